//! Runs programs and prints what each comes to, and the fuel that it takes, one per line.
//!
//! usage: coracle-machines FOLDER EXPECTED      (FOLDER: `benches/programs`)
//!
//! The lines must be those of the file EXPECTED: what differs is printed, and is an error. With `BLESS` in the
//! environment they are written there.

use coracle::component::{Component, Linker as ComponentLinker};
use coracle::{Config, Engine, Linker, Module, Result, Store, bail};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// More than any program takes.
const FUEL: u64 = 1 << 40;

fn module(engine: &Engine, bytes: &[u8]) -> Result<(u32, u64)> {
    let module = Module::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    let instance = Linker::new(engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let result = run.call(&mut store, 1)? as u32;
    Ok((result, FUEL - store.get_fuel()?))
}

fn component(engine: &Engine, bytes: &[u8]) -> Result<(u32, u64)> {
    let component = Component::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    let instance = ComponentLinker::new(engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let (result,) = run.call(&mut store, (1,))?;
    Ok((result, FUEL - store.get_fuel()?))
}

/// The programs of a folder, by name.
fn programs(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "wasm"));
    files.sort();
    Ok(files)
}

fn lines(folder: &Path) -> Result<String> {
    let mut config = Config::new();
    config.consume_fuel(true).cranelift_nan_canonicalization(true);
    let engine = Engine::new(&config)?;
    let mut text = String::new();
    type Run = fn(&Engine, &[u8]) -> Result<(u32, u64)>;
    for (kind, run) in [("core", module as Run), ("components", component)] {
        for file in programs(&folder.join(kind))? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let (result, fuel) = run(&engine, &std::fs::read(&file)?)?;
            writeln!(text, "{kind}/{name} {result:08x} {fuel}")?;
        }
    }
    Ok(text)
}

fn run() -> Result<()> {
    let [folder, expected] = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .collect::<Vec<_>>()
        .try_into()
        .or_else(|_| -> Result<[PathBuf; 2]> { bail!("usage: coracle-machines FOLDER EXPECTED") })?;
    let lines = lines(&folder)?;
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&expected, &lines)?;
    }
    let expected = std::fs::read_to_string(&expected)?;
    let differ: Vec<_> = lines.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect();
    if lines != expected {
        bail!("not as expected: {}", differ.join(", "));
    }
    println!("{} programs, all as expected", lines.lines().count());
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coracle-machines: {error:?}");
            ExitCode::FAILURE
        }
    }
}
