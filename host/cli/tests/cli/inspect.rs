//! `inspect`: imports and exports as a tree and as JSON.

use crate::{coracle, data};

#[test]
fn exports_as_a_tree() {
    let tree = coracle(&["inspect", &data("functions.wat")]);
    assert_eq!(tree.code, Some(0), "{tree:?}");
    for line in [
        "imports",
        "exports",
        "  instance test:calc/ops@1.2.3",
        "add: func(a: u32, b: u32) -> u32",
        "greet: func(name: string) -> string",
        "record { x: s32, y: f32 }",
    ] {
        assert!(tree.stdout.contains(line), "no {line:?} in:\n{}", tree.stdout);
    }
}

#[test]
fn imports_as_json() {
    let json = coracle(&["inspect", "--format", "json", &data("command.wat")]);
    assert_eq!(json.code, Some(0), "{json:?}");
    for text in [
        r#""name": "wasi:io/streams@0.2.0", "kind": "instance""#,
        r#""name": "output-stream", "kind": "resource""#,
        r#""type": "func() -> list<string>""#,
    ] {
        assert!(json.stdout.contains(text), "no {text:?} in:\n{}", json.stdout);
    }
}

#[test]
fn pictures_and_the_plan() {
    for (flags, says) in
        [(["--format", "dot"], "digraph"), (["--format", "svg"], "<svg"), (["--plan", "--"], "instantiate")]
    {
        let text = coracle(&["inspect", flags[0], flags[1], &data("small.wat")]);
        assert_eq!(text.code, Some(0), "{text:?}");
        assert!(text.stdout.contains(says), "no {says:?} in:\n{}", text.stdout);
    }
    coracle(&["inspect", "--plan", "--format", "dot", &data("small.wat")]).fails(2, &["--plan"]);
}

#[test]
fn why_a_name_resolves() {
    let file = data("functions.wat");
    let explain = |name: &str| coracle(&["inspect", "--explain", name, &file]);
    let found = explain("test:calc/ops@1.0.0#add");
    assert_eq!(found.code, Some(0), "{found:?}");
    for text in ["`test:calc/ops@1.2.3`: there is no such version", "`test:calc/ops@1`", "`add`: an export of exactly"]
    {
        assert!(found.stdout.contains(text), "no {text:?} in:\n{}", found.stdout);
    }
    for (name, near) in [("test:calc/ops@2.0.0", "near: `test:calc/ops@1.2.3`"), ("test:calc/ops@1.2.3#Add", "`add`")] {
        let missing = explain(name);
        assert_eq!(missing.code, Some(1), "{missing:?}");
        assert!(missing.stdout.contains(near) && missing.stdout.ends_with("not found\n"), "{missing:?}");
    }
    coracle(&["inspect", "--explain", "x", "--plan", &file]).fails(2, &["--explain"]);
    coracle(&["inspect", "--explain", "x", "--format", "dot", &file]).fails(2, &["--explain"]);
}

#[test]
fn code_of_a_function() {
    let file = data("functions.wat");
    for func in ["test:calc/ops@1.2.3#add", "test:calc/ops@1.1.0#add", "module0.func3"] {
        let code = coracle(&["inspect", "--code", func, &file]);
        assert_eq!(code.code, Some(0), "{code:?}");
        for text in ["module0.func3", "i32.add", "return"] {
            assert!(code.stdout.contains(text), "no {text:?} in:\n{}", code.stdout);
        }
    }
    for (func, says) in [
        ("nope", "no function `nope`"),
        ("test:calc/ops@1.2.3", "is no function"),
        ("module7.func0", "there is no module7"),
        ("module0.func999", "there is no func999"),
    ] {
        coracle(&["inspect", "--code", func, &file]).fails(1, &[says]);
    }
}

#[test]
fn core_modules() {
    let file = data("module.wat");
    let tree = coracle(&["inspect", &file]);
    assert_eq!(tree.code, Some(0), "{tree:?}");
    for line in [
        "module $calculator\n",
        "imports\nexports\n",
        "  memory memory: (memory 1 10)\n",
        "  function add: (func (param i32 i32) (result i32)) -> func0\n",
    ] {
        assert!(tree.stdout.contains(line), "no {line:?} in:\n{}", tree.stdout);
    }
    let json = coracle(&["inspect", "--format", "json", &data("needs.wat")]);
    assert_eq!(json.code, Some(0), "{json:?}");
    for text in [r#"{"module": "env", "name": "twice", "kind": "function""#, r#""source": "func2""#] {
        assert!(json.stdout.contains(text), "no {text:?} in:\n{}", json.stdout);
    }
    for func in ["add", "func0"] {
        let code = coracle(&["inspect", "--code", func, &file]);
        assert!(code.code == Some(0) && code.stdout.contains("i32.add"), "{code:?}");
    }
    let code = coracle(&["inspect", "--code", "spin", &file]);
    assert!(code.code == Some(0) && code.stdout.starts_with("func11 $spin\n"), "{code:?}");
    coracle(&["inspect", "--code", "nope", &file]).fails(1, &["no function `nope`"]);
    coracle(&["inspect", "--code", "func0", &data("needs.wat")]).fails(1, &["an import of the module"]);
    for flags in [["--plan", "--"], ["--format", "svg"], ["--explain", "add"]] {
        coracle(&["inspect", flags[0], flags[1], &file]).fails(2, &["this is a core module"]);
    }
}

#[test]
fn what_is_valid_and_cannot_be_run() {
    let shown = coracle(&["inspect", &data("async.wat")]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    for text in
        ["// This component is valid", "async", "import source: func(name: string) -> stream<u8>;", "export again"]
    {
        assert!(shown.stdout.contains(text), "no {text:?} in:\n{}", shown.stdout);
    }
    coracle(&["inspect", "--plan", &data("async.wat")]).fails(1, &["async"]);
    coracle(&["run", &data("async.wat")]).fails(1, &["async"]);
}

#[test]
fn bad_input_fails() {
    coracle(&["inspect", "no-such-file"]).fails(1, &["no-such-file"]);
    coracle(&["inspect"]).fails(2, &["FILE"]);
}
