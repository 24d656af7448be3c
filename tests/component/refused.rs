//! What is valid and cannot be run is refused when it is loaded, and called by its name.

use coracle::component::Component;
use coracle::{Config, Engine, ErrorKind};

/// What the error must name, and a component that uses it.
const REFUSED: &[(&str, &str)] = &[
    ("component values", r#"(component (import "v" (value $v string)) (export "w" (value $v)))"#),
    ("component start functions", r#"(component (import "f" (func $f)) (start $f))"#),
    ("an import of a component at the root", r#"(component (import "c" (component)))"#),
    ("an export of a component at the root", r#"(component (component $c) (export "c" (component $c)))"#),
    ("component-model async", r#"(component (canon backpressure.inc (core func)))"#),
    ("component-model async", r#"(component (canon waitable-set.new (core func)))"#),
    ("component-model async", r#"(component (canon task.return (core func)))"#),
    ("component-model async", r#"(component (canon context.get i32 0 (core func)))"#),
    (
        "the canonical option `async`",
        r#"(component
            (core module $m (func (export "f")))
            (core instance $m (instantiate $m))
            (func (export "f") async (canon lift (core func $m "f") async)))"#,
    ),
    ("async", r#"(component (import "f" (func $f async)) (core func (canon lower (func $f) async)))"#),
    ("`stream`", r#"(component (type $s (stream u8)) (canon stream.new $s (core func)))"#),
    ("`future`", r#"(component (type $f (future u8)) (canon future.new $f (core func)))"#),
    ("`stream`", r#"(component (import "f" (func $f (param "x" (stream u8)))) (core func (canon lower (func $f))))"#),
    ("`future`", r#"(component (import "f" (func $f (result (future u8)))) (core func (canon lower (func $f))))"#),
    ("`error-context`", r#"(component (canon error-context.drop (core func)))"#),
    (
        "`error-context`",
        r#"(component (import "f" (func $f (param "x" error-context))) (core func (canon lower (func $f))))"#,
    ),
    ("component threads", r#"(component (canon thread.index (core func)))"#),
    (
        "gc",
        r#"(component
            (core module $m (func (export "f")))
            (core instance $m (instantiate $m))
            (func (export "f") (canon lift (core func $m "f") gc)))"#,
    ),
    ("garbage collection", r#"(component (core module (type (struct))))"#),
];

#[test]
fn each_is_called_by_its_name() {
    let engine = Engine::default();
    let mut wrong = Vec::new();
    for (name, text) in REFUSED {
        match Component::new(&engine, text) {
            Ok(_) => wrong.push(format!("{name}: it loads")),
            Err(error) if error.kind() == ErrorKind::Unsupported && error.to_string().contains(name) => {}
            Err(error) => wrong.push(format!("{name}: {:?}: {error}", error.kind())),
        }
    }
    println!("{} components", REFUSED.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_switched_off_is_called_by_its_name() {
    let mut config = Config::new();
    config.wasm_component_model_map(false);
    config.wasm_component_model_fixed_length_lists(false);
    let engine = Engine::new(&config).expect("an engine");
    for text in [r#"(component (type (map string u8)))"#, r#"(component (type (list u8 4)))"#] {
        let error = Component::new(&engine, text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("cm-map") || error.to_string().contains("cm-fixed-length-lists"), "{error}");
    }
}

#[test]
fn flags_beyond_the_specification_are_invalid() {
    let engine = Engine::default();
    let flags = |count: usize| (0..count).map(|n| format!("\"f{n}\" ")).collect::<String>();
    let text = |count| format!("(component (type (flags {})))", flags(count));
    assert!(Component::new(&engine, text(32)).is_ok());
    let error = Component::new(&engine, text(33)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("32 flags"), "{error}");
}
