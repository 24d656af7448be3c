//! Malformed, huge and hostile components: an error with a name or an offset, in linear time, and never a panic.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::Component;
use coracle_error::ErrorKind;
use std::fmt::Write;
use std::time::{Duration, Instant};
use wasm_encoder::{
    ComponentExportKind, ComponentExportSection, ComponentInstanceSection, ComponentTypeSection, PrimitiveValType,
};

const SMALL: &str = r#"
(component
  (import "a:b/c@1.0.0" (instance $c (export "r" (type $r (sub resource))) (export "f" (func (param "x" (own $r))))))
  (core func $f (canon lower (func $c "f")))
  (core module $m (import "" "f" (func (param i32))) (memory (export "mem") 1) (func (export "run") (result i32)
    (i32.add (i32.const 1) (i32.const 2))))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
  (component $inner (import "run" (func $run (result u32))) (export "again" (func $run)))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $n (instantiate $inner (with "run" (func $run))))
  (export "run" (func $n "again"))
)"#;

#[test]
fn every_truncation_is_an_error() {
    let engine = support::engine();
    let bytes = wat::parse_str(SMALL).unwrap();
    assert!(Component::from_binary(&engine, &bytes).is_ok());
    for len in 0..bytes.len() {
        let error = Component::from_binary(&engine, &bytes[..len]);
        // A cut between sections leaves a whole component, but for what comes first.
        if let Err(error) = error {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{len}: {error}");
            assert!(error.offset().is_some(), "{len}: {error}");
        } else {
            assert!(len >= 8);
        }
    }
    println!("{} truncations", bytes.len());
}

#[test]
fn every_flipped_byte_is_an_error_or_a_component() {
    let engine = support::engine();
    let bytes = wat::parse_str(SMALL).unwrap();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let _ = Component::from_binary(&engine, &changed);
        }
    }
}

#[test]
fn what_is_no_component_is_told_plainly() {
    let engine = support::engine();
    let message = |bytes: &[u8]| {
        let error = Component::from_binary(&engine, bytes).unwrap_err();
        assert_eq!((error.kind(), error.offset().is_some()), (ErrorKind::Invalid, true));
        error.to_string()
    };
    assert!(message(b"").contains("no bytes at all"));
    assert!(message(b"\0asm\x01\0\0\0").contains("core module"));
    assert!(message(b"hello").contains("magic header"));
    let start = Instant::now();
    assert!(message(&vec![0; 100 << 20]).contains("magic header"));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn names_that_clash_or_are_too_long_are_errors() {
    let engine = support::engine();
    let with = |a: &str, b: &str| {
        let text = format!("(component (instance $i) (export \"{a}\" (instance $i)) (export \"{b}\" (instance $i)))");
        Component::new(&engine, text).map(|component| component.root().children().count())
    };
    assert!(with("a", "a").unwrap_err().to_string().contains("`a`"));
    assert!(with("foo-bar", "FOO-bar").unwrap_err().to_string().contains("FOO-bar"));
    assert_eq!(with("a:b/c@1.0.0", "a:b/c@1.0.1").unwrap(), 2);
    for version in
        ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "v1.0.0", "1.0.0@1.0.0", " 1.0.0"]
    {
        let name = format!("a:b/c@{version}");
        let error = with(&name, "b").unwrap_err();
        assert!(error.to_string().contains(&name) && error.offset().is_some(), "{name}: {error}");
    }
    // No more than a number can hold, and a number that is nearly too large.
    assert!(with("a:b/c@1.0.18446744073709551616", "b").is_err());
    assert_eq!(with("a:b/c@1.0.18446744073709551615", "a:b/c@1.0.0-rc.1+b.2").unwrap(), 2);
    let long = "a".repeat(100_000);
    assert_eq!(with(&long, "b").unwrap(), 2);
    assert!(with(&(long + "a"), "b").is_err());
}

/// A component with `count` exports, in bundles of instances that nest `depth` deep.
fn many(count: u32, depth: u32) -> Vec<u8> {
    let mut component = wasm_encoder::Component::new();
    let (ty, mut types) = (0, ComponentTypeSection::new());
    types.defined_type().primitive(PrimitiveValType::U8);
    component.section(&types);
    let mut instances = ComponentInstanceSection::new();
    let mut exports = ComponentExportSection::new();
    let per_level = count / depth;
    for level in 0..depth {
        let mut members: Vec<(String, ComponentExportKind, u32)> =
            (0..per_level).map(|i| (format!("n:p/e{i}@1.{level}.0"), ComponentExportKind::Type, ty)).collect();
        if level > 0 {
            members.push(("down".into(), ComponentExportKind::Instance, level - 1));
        }
        instances.export_items(members.iter().map(|(name, kind, index)| (name.as_str(), *kind, *index)));
    }
    component.section(&instances);
    exports.export("root", ComponentExportKind::Instance, depth - 1, None);
    component.section(&exports);
    component.finish()
}

#[test]
fn many_exports_load_and_resolve_in_linear_time() {
    let engine = support::engine();
    let mut times = Vec::new();
    for (count, depth) in [(1_000, 1), (10_000, 1), (100_000, 1), (1_000, 90), (10_000, 90), (100_000, 90)] {
        let bytes = many(count, depth);
        let start = Instant::now();
        let component = Component::from_binary(&engine, &bytes).unwrap();
        let load = start.elapsed();
        let start = Instant::now();
        let mut at = component.get_export_index(None, "root").unwrap();
        let mut found = 0;
        for level in (0..depth).rev() {
            for i in 0..count / depth {
                let name = format!("n:p/e{i}@1.{level}.0");
                found += u32::from(component.get_export_index(Some(&at), &name).is_some());
            }
            if level > 0 {
                at = component.get_export_index(Some(&at), "down").unwrap();
            }
        }
        assert_eq!(found, count / depth * depth);
        println!("{count} exports, {depth} deep: {load:?} to load, {:?} to look all up", start.elapsed());
        times.push(load);
    }
    // A hundred times the exports may not cost a thousand times as much.
    assert!(times[2] < times[0].max(Duration::from_millis(2)) * 1_000, "{times:?}");
    assert!(times[5] < times[3].max(Duration::from_millis(2)) * 1_000, "{times:?}");
}

#[test]
fn deep_nesting_ends_in_a_named_error() {
    let engine = support::engine();
    let error = |text: String| Component::new(&engine, text).unwrap_err();
    // Instances within instances.
    let mut text = String::from("(component (type $t u8) (instance $i0 (export \"t\" (type $t)))\n");
    for i in 1..400 {
        writeln!(text, "(instance $i{i} (export \"down\" (instance $i{})))", i - 1).unwrap();
    }
    assert!(error(text + "(export \"e\" (instance $i399)))").to_string().contains("nesting is too deep"));
    // Types within types.
    let mut text = String::from("(component (type $t0 u8)\n");
    for i in 1..200 {
        writeln!(text, "(type $t{i} (list $t{}))", i - 1).unwrap();
    }
    assert!(error(text + ")").to_string().contains("nesting is too deep"));
    // Instance types within instance types, each twice: two to the power of the depth.
    let mut text = String::from("(component (type $t0 (instance))\n");
    for i in 1..64 {
        let below = format!("(alias outer 1 $t{} (type $b))", i - 1);
        writeln!(
            text,
            "(type $t{i} (instance {below} (export \"x\" (instance (type $b))) (export \"y\" (instance (type $b)))))"
        )
        .unwrap();
    }
    let start = Instant::now();
    let error = error(text + "(import \"i\" (instance (type $t63))))");
    assert!(matches!(error.kind(), ErrorKind::Limit | ErrorKind::Invalid), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30));
    println!("{error}");
}
