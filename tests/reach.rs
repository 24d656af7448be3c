//! What an embedder cannot reach: programs with `coracle` as their only dependency, and the errors of the compiler.
//!
//! Doctests that must not compile would do, but stable `rustdoc` does not look at the error that they fail with, so one
//! would go on to pass for a typing mistake. Here the compiler is asked itself, once for each file of `tests/reach`, and
//! what it says is compared line by line.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The libraries that were built with this test, newest first: of several features, or of several days.
fn libraries() -> Vec<PathBuf> {
    let folder = deps();
    let mut found: Vec<(SystemTime, PathBuf)> = fs::read_dir(&folder)
        .expect("the folder of this very test")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            let wanted = name.starts_with("libcoracle-") && name.ends_with(".rlib");
            Some((wanted.then(|| path.metadata().ok()).flatten()?.modified().ok()?, path.clone()))
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no library of `coracle` in {}", folder.display());
    found.into_iter().rev().map(|(_, path)| path).collect()
}

fn deps() -> PathBuf {
    let here = env::current_exe().expect("the path of this test");
    here.parent().expect("it is in a folder").to_path_buf()
}

/// What the compiler says of a program: line and code of each error.
fn errors(program: &str, library: &Path) -> BTreeMap<usize, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut compiler = Command::new(rustc)
        .args(["-", "--crate-name", "reach", "--crate-type", "bin", "--edition", "2024", "--emit", "metadata"])
        .args(["--error-format", "short", "-A", "warnings", "--out-dir", env!("CARGO_TARGET_TMPDIR")])
        .arg("--extern")
        .arg(format!("coracle={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", deps().display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is a compiler where there are tests");
    compiler.stdin.take().expect("it was asked for").write_all(program.as_bytes()).expect("the compiler reads");
    let output = compiler.wait_with_output().expect("the compiler ends");
    let told = String::from_utf8_lossy(&output.stderr);
    // `<anon>:12:34: error[E0624]: …`; an error without a place is none of the program's.
    told.lines()
        .filter_map(|line| {
            let (place, rest) = line.split_once(": error")?;
            let code = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(code, _)| code);
            let number = place.split(':').nth(1)?.parse().ok()?;
            Some((number, code.to_string()))
        })
        .chain(told.lines().filter(|line| line.starts_with("error[")).map(|line| (0, line.to_string())))
        .collect()
}

/// The errors of a program with the library that is this test's own.
fn told(program: &str) -> BTreeMap<usize, String> {
    let control = fs::read_to_string("tests/reach/allowed.rs").expect("it is there");
    let library = libraries().into_iter().find(|library| errors(&control, library).is_empty());
    errors(program, &library.expect("no library of `coracle` compiles what an embedder is allowed"))
}

/// What a program says of itself: `//~ E0624` at the end of a line.
fn wanted(program: &str) -> BTreeMap<usize, String> {
    let mark = |(at, line): (usize, &str)| Some((at + 1, line.split_once("//~ ")?.1.to_string()));
    program.lines().enumerate().filter_map(mark).collect()
}

#[test]
fn what_leads_inside_is_out_of_reach() {
    for file in ["methods", "names"] {
        let program = fs::read_to_string(format!("tests/reach/{file}.rs")).expect("it is there");
        let (wanted, told) = (wanted(&program), told(&program));
        let lines: Vec<&str> = program.lines().collect();
        for (line, code) in &wanted {
            let found = told.get(line).map_or("it compiles", String::as_str);
            assert_eq!(found, code, "{file}.rs:{line}: {}", lines[line - 1]);
        }
        assert_eq!(told, wanted, "{file}.rs");
    }
}
