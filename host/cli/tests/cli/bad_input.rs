//! Input that is no component: a clear error each, no panic, no hang.

use crate::{binary, coracle, data, file};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

#[test]
fn an_empty_file() {
    let path = file("bad-empty.wasm", b"");
    coracle(&["run".as_ref(), path.as_os_str()]).fails(1, &["Error: ", "bad-empty.wasm", "empty"]);
}

#[test]
fn a_missing_file() {
    coracle(&["run", "no/such.wasm"]).fails(1, &["Error: ", "no/such.wasm", "Caused by", "No such file"]);
}

#[test]
fn a_directory() {
    coracle(&["run", env!("CARGO_TARGET_TMPDIR")]).fails(1, &["Error: ", "failed to read"]);
}

#[test]
fn cut_off_at_every_byte() {
    let whole = binary("small.wat");
    for length in 0..whole.len() {
        let path = file("bad-cut.wasm", &whole[..length]);
        let outcome = coracle(&["run".as_ref(), path.as_os_str()]);
        // A cut between sections leaves a whole component, and behind its last export a whole command.
        if outcome.code == Some(0) {
            assert!(sections(&whole).contains(&length), "cut at {length} of {}", whole.len());
            continue;
        }
        outcome.fails(1, &["Error: ", "bad-cut.wasm"]);
    }
    let path = file("bad-cut.wasm", &whole);
    coracle(&["run".as_ref(), path.as_os_str()]).prints("");
}

/// Where the sections of a component end.
fn sections(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let length = bytes[at + 1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let size = bytes[at + 1..][..length].iter().rev().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        at += 1 + length + size;
        ends.push(at);
    }
    ends
}

#[test]
fn every_byte_wrong() {
    let whole = binary("small.wat");
    for at in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x81;
        let path = file("bad-byte.wasm", &wrong);
        let outcome = coracle(&["run".as_ref(), path.as_os_str()]);
        // A changed name or constant can still be a command.
        assert!(matches!(outcome.code, Some(0 | 1 | 134)), "byte {at}: {outcome:?}");
        assert!(!outcome.stderr.contains("panicked"), "byte {at}: {outcome:?}");
    }
}

#[test]
fn a_core_module() {
    let path = file("bad-module.wat", b"(module (func (export \"_start\")))");
    coracle(&["serve".as_ref(), path.as_os_str()]).fails(1, &["core module where a component is expected"]);
}

/// Names are a guest's, and a terminal does what it is told.
#[test]
fn names_do_not_act_on_a_terminal() {
    let hostile = data("hostile.wat");
    for args in [
        &["run", &hostile][..],
        &["run", "-W", "unknown-imports-trap", "--tier-log", "--tier", "eager", "--invoke", "trap", &hostile],
        &["run", "--invoke", "no\u{1b}[31m\u{202e}such", &hostile],
        &["run", "--invoke", "no\u{1b}[31m\u{202e}such()", &data("functions.wat")],
        &["run", "--dir", "no\u{1b}[31m/such", &data("small.wat")],
        &["inspect", &hostile],
        &["inspect", "--format", "json", &hostile],
        &["inspect", "--code", "trap", &hostile],
        &["inspect", "--code", "no\u{1b}[31msuch", &hostile],
        &["wast", "no\u{1b}[31msuch"],
        &["no\u{1b}[31m/such"],
    ] {
        let outcome = coracle(args);
        assert!(!outcome.stdout.is_empty() || !outcome.stderr.is_empty(), "{args:?}");
        for text in [&outcome.stdout, &outcome.stderr] {
            let acts = |sign: char| (sign.is_control() && sign != '\n') || sign == '\u{202e}';
            assert!(!text.contains(acts), "{args:?}: {text:?}");
        }
    }
    coracle(&["run", "-W", "unknown-imports-trap", "--invoke", "trap", &hostile])
        .fails(134, &[r"\u{1b}[31mmodule!\u{1b}[2Jtrap\u{202e}gnirts", r"twice\u{1b}c"]);
}

#[test]
fn text_that_is_none() {
    for (name, text) in [
        ("bad-text.wat", "(component (core module"),
        ("bad-prose.txt", "hello"),
        ("bad-name.wat", "(component (export \"f\" (func $no-such-name)))"),
    ] {
        let path = file(name, text.as_bytes());
        coracle(&["run".as_ref(), path.as_os_str()]).fails(1, &["Error: ", name]);
    }
}

#[test]
fn errors_in_scripts_name_the_file() {
    for (name, text) in [
        ("bad-script.wast", "(module"),
        ("bad-inner.wast", "(module (func (call $nowhere)))"),
        ("bad-quote.wast", "(module quote \"(func (call $nowhere))\")"),
    ] {
        let path = file(name, text.as_bytes());
        let outcome = coracle(&["wast".as_ref(), path.as_os_str()]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stdout.contains(name) && !outcome.stdout.contains("<anon>"), "{outcome:?}");
    }
}

#[test]
fn an_unknown_import() {
    coracle(&["run", &data("unknown.wat")]).fails(1, &["wasi:cli/enviroment@0.2.0", "wasi:cli/environment"]);
    let all = ["wasi:nn/graph", "acme:tools/hammer", "wasi:cli/exit", "wasi:clocks/system-clock"];
    coracle(&["run", &data("missing.wat")]).fails(1, &all);
}

#[test]
fn no_command() {
    coracle(&["run", &data("functions.wat")]).fails(1, &["wasi:cli/run", "test:calc/ops@1.2.3", "--invoke"]);
}

#[test]
fn much_of_nothing() {
    let zeros = file("bad-zeros.wasm", b"");
    File::options().write(true).open(&zeros).unwrap().set_len(100 << 20).unwrap();
    coracle(&["run".as_ref(), zeros.as_os_str()]).fails(1, &["Error: ", "bad-zeros.wasm"]);

    let headed = file("bad-headed-zeros.wasm", b"");
    let mut open = File::options().write(true).open(&headed).unwrap();
    open.write_all(b"\0asm\x0d\0\x01\0").unwrap();
    open.seek(SeekFrom::Start(0)).unwrap();
    open.set_len(100 << 20).unwrap();
    drop(open);
    coracle(&["run".as_ref(), headed.as_os_str()]).fails(1, &["Error: ", "bad-headed-zeros.wasm"]);
    for path in [zeros, headed] {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn usage() {
    coracle::<&str>(&[]).fails(2, &["Usage"]);
    coracle(&["run"]).fails(2, &["FILE"]);
    coracle(&["walk"]).fails(2, &["walk", "inspect"]);
    coracle(&["run", "-W", "fule=1", "x"]).fails(2, &["fule", "fuel"]);
    coracle(&["run", "--tier", "fast", "x"]).fails(2, &["fast", "background"]);
    let help = coracle(&["run", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("--invoke"));
}
