//! Values from text and as text.

#[path = "support/engine.rs"]
mod support;

use coracle_component::abi::value::Val;
use coracle_component::component::Component;
use coracle_component::reflect::{ComponentFunc, ComponentItem, Type};
use coracle_error::ErrorKind;
use wasm_wave::untyped::UntypedFuncCall;
use wasm_wave::wasm::WasmFunc;

const TYPES: &str = r#"(component
    (type $record' (record (field "x" u8) (field "y" (option string))))
    (import "record" (type $record (eq $record')))
    (type $variant' (variant (case "one" (list f64)) (case "two")))
    (import "variant" (type $variant (eq $variant')))
    (type $flags' (flags "a" "b"))
    (import "flags" (type $flags (eq $flags')))
    (import "thing" (type $thing (sub resource)))
    (import "f" (func
        (param "record" $record) (param "variant" $variant) (param "flags" $flags) (param "char" char)
        (param "pair" (tuple s64 bool)) (param "outcome" (result u8 (error string))) (param "thing" (own $thing)))))"#;

fn func() -> ComponentFunc {
    let engine = support::engine();
    let ty = Component::new(&engine, TYPES).unwrap().component_type();
    let Some(ComponentItem::ComponentFunc(f)) = ty.get_import(&engine, "f").map(|item| item.ty) else { panic!() };
    f
}

fn params() -> Vec<Type> {
    func().params().map(|(_, ty)| ty).collect()
}

/// `wasm-wave` reads a whole call by what it asks of a function's type.
#[test]
fn a_function_is_one_of_wasm_waves() {
    let f = func();
    let names: Vec<_> = WasmFunc::param_names(&f).collect();
    assert_eq!(names, ["record", "variant", "flags", "char", "pair", "outcome", "thing"]);
    assert_eq!(WasmFunc::params(&f).collect::<Vec<_>>(), f.params().map(|(_, ty)| ty).collect::<Vec<_>>());
    assert_eq!(WasmFunc::results(&f).count(), 0);
    let call = UntypedFuncCall::parse("f({x: 7}, two)").unwrap();
    let values: Vec<Val> = call.to_wasm_params(&params()[..2]).unwrap();
    assert_eq!(values[1].to_wave().unwrap(), "two");
}

#[test]
fn what_is_read_is_written() {
    let texts = [
        (r#"{x: 7, y: some("ž")}"#, r#"{x: 7, y: some("ž")}"#),
        ("two", "two"),
        ("one([1, 2.5, nan])", "one([1, 2.5, nan])"),
        ("{b, a}", "{a, b}"),
        (r"'\n'", r"'\n'"),
        ("(-1, true)", "(-1, true)"),
        (r#"err("no")"#, r#"err("no")"#),
        ("ok(3)", "ok(3)"),
    ];
    let types = params();
    let of = [0, 1, 1, 2, 3, 4, 5, 5];
    for ((text, written), ty) in texts.into_iter().zip(of) {
        let val = Val::from_wave(&types[ty], text).unwrap();
        assert_eq!(val.to_wave().unwrap(), written);
    }
}

#[test]
fn what_is_no_value_is_an_error() {
    let types = params();
    let bad = [(0, "{x: 256}"), (0, "{}"), (1, "three"), (1, "two(1)"), (2, "{c}"), (3, "'ab'"), (4, "(1)"), (6, "1")];
    for (ty, text) in bad.into_iter().chain([(4, ""), (4, "((((")]) {
        assert_eq!(Val::from_wave(&types[ty], text).unwrap_err().kind(), ErrorKind::Type, "{text}");
    }
    let deep = "[".repeat(1 << 20);
    assert_eq!(Val::from_wave(&types[1], &deep).unwrap_err().kind(), ErrorKind::Type);
}
