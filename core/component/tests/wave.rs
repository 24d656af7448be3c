//! Values from text and as text.

#[path = "support/engine.rs"]
mod support;

use coracle_component::abi::value::Val;
use coracle_component::component::Component;
use coracle_component::reflect::{ComponentItem, Type};
use coracle_error::ErrorKind;

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

fn params() -> Vec<Type> {
    let engine = support::engine();
    let ty = Component::new(&engine, TYPES).unwrap().component_type();
    let Some(ComponentItem::ComponentFunc(f)) = ty.get_import(&engine, "f").map(|item| item.ty) else { panic!() };
    f.params().map(|(_, ty)| ty).collect()
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
