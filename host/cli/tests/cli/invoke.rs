//! `run --invoke`: finding functions, values in and out, what is said when either fails.

use crate::{coracle, data};

fn invoke(call: &str) -> crate::Outcome {
    coracle(&["run", "--invoke", call, &data("functions.wat")])
}

#[test]
fn all_spellings() {
    invoke("test:calc/ops@1.2.3#add(1, 2)").prints("3\n");
    invoke("test:calc/ops.add@1.2.3(1, 2)").prints("3\n");
    invoke("test:calc/ops@1.0.0#add(4294967295, 2)").prints("1\n");
    invoke("only-here()").prints("()\n");
    invoke("only-here").prints("()\n");
    invoke("nothing").prints("()\n");
}

#[test]
fn values_of_every_kind() {
    invoke("same(-0.5)").prints("-0.5\n");
    invoke("same(nan)").prints("nan\n");
    invoke("same(-inf)").prints("-inf\n");
    invoke("paint(green)").prints("green\n");
    invoke("grant({go, read})").prints("{read, go}\n");
    invoke("grant({})").prints("{}\n");
    invoke(r#"greet("\"žluť\"\n")"#).prints("\"\\\"žluť\\\"\\n\"\n");
    invoke("greet(\"\")").prints("\"\"\n");
    invoke("draw([dot, round(1.5), at({y: 2, x: -1})])").prints("[dot, round(1.5), at({x: -1, y: 2})]\n");
    invoke("draw([])").prints("[]\n");
    invoke(r#"mix([(true, 'ž', some(255), ok("a")), (false, '\n', none, err(-9223372036854775808))])"#)
        .prints("[(true, 'ž', some(255), ok(\"a\")), (false, '\\n', none, err(-9223372036854775808))]\n");
}

#[test]
fn traps() {
    invoke("fail()").fails(134, &["unreachable"]);
}

#[test]
fn several_candidates_are_listed() {
    invoke("add(1, 2)").fails(2, &["several", "test:calc/ops@1.2.3#add", "test:calc/more@0.1.0#add"]);
}

#[test]
fn what_is_missing_is_told_with_what_is_there() {
    invoke("addd(1, 2)").fails(2, &["no function `addd`", "test:calc/ops@1.2.3#add", "greet"]);
    invoke("test:calc/oops#add(1, 2)").fails(2, &["no instance `test:calc/oops`", "test:calc/ops@1.2.3"]);
    invoke("test:calc/ops@2.0.0#add(1, 2)").fails(2, &["no instance `test:calc/ops@2.0.0`"]);
    invoke("test:calc/ops@1.2.3#sub(1, 2)").fails(2, &["no function `sub`", "test:calc/ops@1.2.3#add"]);
    invoke("point").fails(2, &["no function `point`"]);
}

#[test]
fn wrong_arguments_show_the_signature() {
    let signature = "add: func(a: u32, b: u32) -> u32";
    for args in ["(1)", "(1, 2, 3)", "()", ""] {
        invoke(&format!("test:calc/ops@1.2.3#add{args}")).fails(2, &["takes 2 arguments", "given", signature]);
    }
    invoke("test:calc/ops@1.2.3#add(1, \"two\")").fails(2, &["argument 2 (`b`) is a u32", "`\"two\"`", signature]);
    invoke("test:calc/ops@1.2.3#add(1, -2)").fails(2, &["argument 2 (`b`) is a u32", "`-2`", signature]);
    invoke("test:calc/ops@1.2.3#add(4294967296, 2)").fails(2, &["argument 1 (`a`)", signature]);
    invoke("paint(blue)").fails(2, &["`blue`", "paint: func(with: enum { red, green })"]);
    invoke("draw([at({x: 1})])").fails(2, &["argument 1 (`shapes`)", "y"]);
}

#[test]
fn broken_text_is_told() {
    for call in ["greet(\"a", "greet(\"a\"", "greet(\"a\") x", "greet(\"\\q\")", "greet(,)", "greet(1)(2)"] {
        invoke(call).fails(2, &["Error: ", "greet: func(name: string) -> string"]);
    }
    for call in ["", "(1)", "#f()", "test:calc/ops@1.2.3(1)"] {
        invoke(call).fails(2, &["Error: "]);
    }
    invoke(&format!("draw({}", "[".repeat(100_000))).fails(2, &["nested deeper"]);
}
