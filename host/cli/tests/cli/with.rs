//! `--with`: components that others import from.

use crate::{coracle, data, file};

/// `seven` of `test:lib/numbers@1.2.0`, and what the number is.
fn library(number: u32) -> String {
    format!(
        r#"(component
        (core module $m (func (export "seven") (result i32) (i32.const {number})))
        (core instance $m (instantiate $m))
        (func $seven (result u32) (canon lift (core func $m "seven")))
        (instance $numbers (export "seven" (func $seven)))
        (export "test:lib/numbers@1.2.0" (instance $numbers)))"#
    )
}

/// Imports `seven` of one interface, and exports it as of another, more by a number.
fn more(import: &str, number: u32, export: &str) -> String {
    format!(
        r#"(component
        (import "{import}" (instance $given (export "seven" (func (result u32)))))
        (core func $given (canon lower (func $given "seven")))
        (core module $m (import "" "seven" (func $seven (result i32)))
          (func (export "seven") (result i32) (i32.add (call $seven) (i32.const {number}))))
        (core instance $m (instantiate $m (with "" (instance (export "seven" (func $given))))))
        (func $seven (result u32) (canon lift (core func $m "seven")))
        (instance $more (export "seven" (func $seven)))
        {export})"#
    )
}

fn interface(name: &str) -> String {
    format!("(export \"{name}\" (instance $more))")
}

const NUMBERS: &str = "test:lib/numbers@1.0.0";

/// A file of that name, for one test.
fn named(test: &str, name: &str, text: &str) -> String {
    file(&format!("with-{test}-{name}.wat"), text.as_bytes()).to_str().unwrap().to_owned()
}

/// A program whose `run` is one more than the library's number.
fn program(test: &str) -> String {
    named(test, "program", &more(NUMBERS, 1, "(export \"run\" (func $seven))"))
}

fn invoke(with: &[&str], program: &str) -> crate::Outcome {
    let mut args = vec!["run"];
    with.iter().for_each(|file| args.extend(["--with", file]));
    args.extend(["--invoke", "run()", program]);
    coracle(&args)
}

#[test]
fn the_last_one_before_the_importer_gives() {
    let (lib, program) = (named("chain", "lib", &library(7)), program("chain"));
    let middle = named("chain", "middle", &more(NUMBERS, 10, &interface("test:lib/numbers@1.1.0")));
    let other = named("chain", "other", &library(70));
    invoke(&[&lib], &program).prints("8\n");
    invoke(&[&lib, &middle], &program).prints("18\n");
    invoke(&[&other, &middle, &middle], &program).prints("91\n");
    // Where none before it has it, one behind it is taken.
    let only = named("chain", "only", &more("test:only/numbers", 100, &interface("test:lib/numbers@1.0.0")));
    let late = named("chain", "late", &library(7).replace("test:lib/numbers@1.2.0", "test:only/numbers"));
    invoke(&[&only, &late], &program).prints("108\n");
    let left = invoke(&[&middle, &lib], &program);
    assert_eq!((left.code, left.stdout.as_str()), (Some(0), "8\n"), "{left:?}");
    assert!(left.stderr.contains("nothing imports from") && left.stderr.contains("middle"), "{left:?}");
}

#[test]
fn one_import_by_its_name() {
    let program = program("name");
    let bare = named(
        "name",
        "bare",
        &library(7).replacen("(instance $numbers", "(export \"seven\" (func $seven)) (instance $numbers", 1),
    );
    let bare = bare.as_str();
    let lib = named("name", "lib", &library(40));
    invoke(&[&format!("{NUMBERS}={lib}")], &program).prints("41\n");
    // Its exports are the instance, where none has the name.
    let other = named("name", "other", &more(NUMBERS, 1, "(export \"run\" (func $seven))").replace(NUMBERS, "x"));
    invoke(&[&format!("x={bare}")], &other).prints("8\n");
    invoke(&[&format!("y={bare}")], &other).fails(2, &["nothing imports `y`", bare]);
    invoke(&[&lib, &format!("y={bare}")], &program).fails(2, &["nothing imports `y`"]);
    for bad in ["=x.wat", "x="] {
        invoke(&[bad], &other).fails(2, &[bad]);
    }
}

#[test]
fn what_cannot_be_linked_is_told_by_file_and_path() {
    let program = program("bad");
    let lib = named("bad", "lib", &library(7));
    let a = named("bad", "a", &more("test:b/numbers", 1, &interface("test:a/numbers")));
    let b = named("bad", "b", &more("test:a/numbers", 1, &interface("test:b/numbers")));
    let first = named("bad", "first", &more("test:a/numbers", 1, "(export \"run\" (func $seven))"));
    invoke(&[&a, &b], &first).fails(1, &["import each other", "`test:b/numbers` of", "`test:a/numbers` of", &a, &b]);
    let of_program = named("bad", "of-program", &more("run-of-program", 1, &interface(NUMBERS)));
    let cyclic =
        named("bad", "cyclic", &more(NUMBERS, 1, &(interface("run-of-program") + "(export \"run\" (func $seven))")));
    invoke(&[&of_program], &cyclic).fails(1, &["import each other", &of_program, &cyclic]);

    // Nobody gives itself what it imports.
    let itself = named("bad", "itself", &more(NUMBERS, 1, &interface(NUMBERS)));
    invoke(&[&itself], &program).fails(1, &["failed to link", &itself, NUMBERS]);
    let other = named("bad", "other", &library(7).replace("seven", "eight"));
    invoke(&[&other], &program).fails(1, &["seven", NUMBERS]);
    let typed = named("bad", "typed", &library(7).replace("(result u32)", "(result s32)"));
    invoke(&[&typed], &program).fails(1, &["test:lib/numbers@1.0.0#seven", "func() -> s32", "func() -> u32"]);
    invoke(&["no-such-file.wasm"], &program).fails(1, &["no-such-file.wasm"]);
    let module = named("bad", "module", "(module)");
    invoke(&[&module], &program).fails(1, &["core module", &module]);
    coracle(&["run", "--with", &lib, &module]).fails(2, &["--with", "core module"]);
    coracle(&["serve", "--addr", "127.0.0.1:0", "--with", &lib, &data("command.wat")]).fails(1, &["not a service"]);
    let traps =
        named("bad", "traps", &library(7).replace("(core module $m", "(core module $m (func unreachable) (start 0)"));
    invoke(&[&traps], &program).fails(134, &["in component 1 of 2", "unreachable"]);
}

#[test]
fn the_graph_is_drawn_and_explained() {
    let (lib, program) = (named("draw", "lib", &library(7)), program("draw"));
    let middle = named("draw", "middle", &more(NUMBERS, 10, &interface("test:lib/numbers@1.1.0")));
    let inspect = |args: &[&str]| {
        let mut all = vec!["inspect", "--with", &lib, "--with", &middle];
        all.extend(args);
        all.push(&program);
        let outcome = coracle(&all);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        outcome.stdout
    };
    let import = "test:lib/numbers@1.0.0 = test:lib/numbers";
    assert_eq!(inspect(&[]), format!("{program}\n└── {middle}: {import}@1.1.0\n    └── {lib}: {import}@1.2.0\n"));
    let json = inspect(&["--format", "json"]);
    for text in [
        "\"importer\": 2, \"import\": \"test:lib/numbers@1.0.0\", \"exporter\": 1, \"export\": \"test:lib/numbers@1.1.0\"",
        "\"host\": []",
    ] {
        assert!(json.contains(text), "no {text:?} in:\n{json}");
    }
    let dot = inspect(&["--format", "dot"]);
    assert!(dot.contains("c2 -> c1 [label = \"test:lib/numbers@1.0.0\"]") && dot.contains("c1 -> c0"), "{dot}");
    let svg = inspect(&["--format", "svg"]);
    assert_eq!((svg.matches("<rect").count(), svg.matches("marker-end").count()), (4, 2), "{svg}");
    let explained = inspect(&["--explain", NUMBERS]);
    for text in [
        "program.wat` imports `test:lib/numbers@1.0.0`",
        "`test:lib/numbers@1.1.0` of",
        "the last one before it that exports it",
        "on the track `test:lib/numbers@1`",
    ] {
        assert!(explained.contains(text), "no {text:?} in:\n{explained}");
    }
    // What the host gives, and what is an export, is told too.
    let host =
        coracle(&["inspect", "--with", &lib, "--explain", NUMBERS, &named("draw", "more", &more(NUMBERS, 1, ""))]);
    assert!(host.stdout.contains("lib.wat` is linked"), "{host:?}");
    let host = coracle(&["inspect", "--with", &lib, "--explain", "wasi:cli/environment@0.2.0", &data("command.wat")]);
    assert!(host.stdout.contains("left to the host"), "{host:?}");
    let export = coracle(&["inspect", "--with", &lib, "--explain", "run", &program]);
    assert!(export.stdout.contains("found: function"), "{export:?}");
}
