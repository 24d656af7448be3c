//! Plans and export trees as files: input and expected output in one place.
//!
//! The first line of a file names the stage, `;;! plan` or `;;! tree` and so on; lines that begin with `;;|` are the
//! expected output. `BLESS=1` rewrites them.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::Component;
use coracle_component::inspect;
use std::path::Path;

#[test]
fn goldens() {
    let engine = support::engine();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .flat_map(|stage| std::fs::read_dir(stage.path()).unwrap().flatten())
        .map(|file| file.path())
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let is_output = |line: &&str| line.starts_with(";;|");
        let input: String = text.lines().filter(|line| !is_output(line)).map(|line| format!("{line}\n")).collect();
        let input = input.trim_end().to_string() + "\n";
        let stage = input.lines().next().and_then(|line| line.strip_prefix(";;! ")).expect("a stage");
        let output = match Component::new(&engine, &input) {
            Err(error) => format!("{error:?}\n"),
            Ok(component) => match stage {
                "plan" => inspect::plan(&component),
                "tree" => inspect::tree(&component),
                "json" => inspect::json(&component),
                "dot" => inspect::dot(&component),
                "svg" => inspect::svg(&component),
                other => panic!("{}: no stage `{other}`", file.display()),
            },
        };
        let got: String = output.lines().map(|line| format!(";;| {line}").trim_end().to_string() + "\n").collect();
        let want: String = text.lines().filter(is_output).map(|line| format!("{line}\n")).collect();
        if got == want {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(file, format!("{input}\n{got}")).unwrap();
        } else {
            println!("{}:\n{got}", file.display());
            wrong.push(file.file_name().unwrap().to_owned());
        }
    }
    println!("{} goldens", files.len());
    assert!(wrong.is_empty() && !files.is_empty(), "{wrong:?}: BLESS=1 rewrites");
}
