//! Commands: exit codes, output, arguments, limits.

use crate::{binary, coracle, coracle_with, data, file};

#[test]
fn success_and_failure() {
    coracle(&["run", &data("small.wat")]).prints("");
    coracle(&["run", &data("command.wat")]).prints("");
    let failed = coracle(&["run", &data("command.wat"), "fail"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), ""));
}

#[test]
fn binary_and_text_are_the_same() {
    let small = file("run-small.wasm", &binary("small.wat"));
    coracle(&["run".as_ref(), small.as_os_str()]).prints("");
}

#[test]
fn a_prepared_component_is_run_if_it_is_trusted() {
    let prepared = file("run-command.portable", b"");
    let prepared = prepared.to_str().expect("a path of letters");
    coracle(&["compile", "--portable", "-o", prepared, &data("command.wat")]).prints("");
    coracle(&["run", prepared]).fails(2, &["--allow-precompiled"]);
    coracle(&["run", "--allow-precompiled", prepared, "print", "x"]).prints("x");
    coracle(&["run", "--allow-precompiled", prepared, "trap"]).fails(134, &["unreachable"]);
    coracle(&["run", "--allow-precompiled", "-W", "fuel=1000000", prepared]).fails(1, &["fuel"]);
    let broken = file("run-broken.portable", &std::fs::read(prepared).expect("it is there")[..1000]);
    coracle(&["run".as_ref(), "--allow-precompiled".as_ref(), broken.as_os_str()]).fails(1, &["damaged"]);
}

#[test]
fn the_guests_code_is_passed_on() {
    let exited = coracle(&["run", &data("command.wat"), "exit"]);
    assert_eq!((exited.code, exited.stderr.as_str()), (Some(42), ""));
}

#[test]
fn a_trap_is_134_and_told() {
    coracle(&["run", &data("command.wat"), "trap"]).fails(134, &["Error: ", "command.wat", "unreachable"]);
}

#[test]
fn arguments_and_output() {
    coracle(&["run", &data("command.wat"), "print", "žluť\n"]).prints("žluť\n");
    coracle(&["run", &data("command.wat"), "print", "--env"]).prints("--env");
}

#[test]
fn tiers_agree() {
    for tier in ["off", "interp", "background", "sync=1", "eager"] {
        coracle(&["run", "--tier", tier, &data("command.wat"), "print", "x"]).prints("x");
    }
}

#[test]
fn environment() {
    coracle(&["run", "--env", "A=1", "--env", "B=", &data("small.wat")]).prints("");
    coracle_with(&["run", "--env", "CORACLE_TEST", &data("small.wat")], &[("CORACLE_TEST", "x")]).prints("");
    coracle(&["run", "--env", "CORACLE_NOT_SET", &data("small.wat")]).fails(2, &["CORACLE_NOT_SET"]);
}

#[test]
fn limits() {
    coracle(&["run", "-W", "max-memory-size=65536", &data("small.wat")]).prints("");
    coracle(&["run", "-W", "max-memory-size=65536", &data("command.wat")]).fails(1, &["memory"]);
}
