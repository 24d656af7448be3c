//! Runs programs and prints what each comes to, and the fuel that it takes, one per line.
//!
//! usage: coracle-machines FOLDER EXPECTED      (FOLDER: `benches/programs`)
//!        coracle-machines --inside FILE        (FILE: `bare`, built for wasm32: Coracle inside Coracle)
//!
//! The lines must be those of the file EXPECTED: what differs is printed, and is an error. With `BLESS` in the
//! environment they are written there.

use coracle::{Caller, Engine, Linker, Module, Result, Store, bail};
use coracle_machines::{Kind, engine, line};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The programs of a folder, by name.
fn programs(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "wasm"));
    files.sort();
    Ok(files)
}

fn lines(folder: &Path) -> Result<String> {
    let engine = engine()?;
    let mut text = String::new();
    for (folder, kind) in [(folder.join("core"), Kind::Core), (folder.join("components"), Kind::Component)] {
        for file in programs(&folder)? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            text += &line(&engine, kind, &name, &std::fs::read(&file)?)?;
            text += "\n";
        }
    }
    Ok(text)
}

fn compare(folder: &Path, expected: &Path) -> Result<()> {
    let lines = lines(folder)?;
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(expected, &lines)?;
    }
    let expected = std::fs::read_to_string(expected)?;
    let differ: Vec<_> = lines.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect();
    if lines != expected {
        bail!("not as expected: {}", differ.join(", "));
    }
    println!("{} programs, all as expected", lines.lines().count());
    Ok(())
}

/// Runs the runtime as a guest of the runtime.
fn inside(file: &Path) -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<String>::new(&engine);
    linker.func_wrap("host", "write", |mut caller: Caller<'_, String>, at: u32, len: u32| -> Result<()> {
        let Some(memory) = caller.get_export("memory").and_then(|memory| memory.into_memory()) else {
            bail!("the guest has no memory");
        };
        let mut text = vec![0; len as usize];
        memory.read(&caller, at as usize, &mut text)?;
        *caller.data_mut() += &String::from_utf8_lossy(&text);
        Ok(())
    })?;
    let mut store = Store::new(&engine, String::new());
    let instance = linker.instantiate(&mut store, &Module::from_file(&engine, file)?)?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    let wrong = run.call(&mut store, ())?;
    let said = store.data().trim_end();
    if wrong != 0 {
        bail!("{said}");
    }
    println!("{said}");
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let done = match arguments.as_slice() {
        [flag, file] if flag.as_os_str() == "--inside" => inside(file),
        [folder, expected] => compare(folder, expected),
        _ => Err(coracle::format_err!("usage: coracle-machines FOLDER EXPECTED | --inside FILE")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coracle-machines: {error:?}");
            ExitCode::FAILURE
        }
    }
}
