//! Types of components as an embedder looks at them, before there is an instance.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::Component;
use coracle_component::reflect::{ComponentItem, Type};

const SHAPES: &str = r#"
(component
  (import "host" (instance $host
    (export "r" (type (sub resource)))
    (export "make" (func (result (own 0))))))
  (import "names" (implements "a:b/names@1.0.0") (instance))
  (core module $m
    (memory (export "memory") 1)
    (func (export "f") (param i32 f32 f64 i32) (result i32) i32.const 0)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (type $point' (record (field "x" f32) (field "y" f64)))
  (export $point "point" (type $point'))
  (type $shape' (variant (case "dot" $point) (case "nothing")))
  (export $shape "shape" (type $shape'))
  (alias export $host "r" (type $r'))
  (export $r "r" (type $r'))
  (func $f (param "shape" $shape) (param "on" (borrow $r)) (result bool)
    (canon lift (core func $i "f")))
  (export "f" (func $f))
  (export "m" (core module $m))
)"#;

#[test]
fn everything_has_a_type_before_linking() {
    let engine = support::engine();
    let component = Component::new(&engine, SHAPES).unwrap();
    let ty = component.component_type();

    let imports: Vec<_> = ty.imports(&engine).collect();
    assert_eq!(imports.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["host", "names"]);
    let ComponentItem::ComponentInstance(host) = &imports[0].1.ty else { panic!() };
    assert_eq!(host.exports(&engine).map(|(name, _)| name).collect::<Vec<_>>(), ["r", "make"]);
    assert!(imports[1].1.is_implements("a:b/names@1.0.0") && imports[0].1.implements.is_none());

    let Some(ComponentItem::ComponentFunc(f)) = ty.get_export(&engine, "f").map(|item| item.ty) else { panic!() };
    let text = "func(shape: variant { dot(record { x: f32, y: f64 }), nothing }, on: borrow<resource0>) -> bool";
    assert_eq!(format!("{f:?}"), text);
    let (item, handle) = component.get_export(None, "f").unwrap();
    let ComponentItem::ComponentFunc(again) = item else { panic!() };
    assert!(again == f && !f.async_() && f.results().eq([Type::Bool]));
    assert_eq!(component.get_export_index(None, "f"), Some(handle));

    let (name, shape) = f.params().next().unwrap();
    assert_eq!(name, "shape");
    let cases: Vec<_> = shape.unwrap_variant().cases().map(|case| (case.name.to_string(), case.ty)).collect();
    let point = cases[0].1.clone().unwrap();
    assert_eq!((cases[0].0.as_str(), cases[1].1.is_none()), ("dot", true));
    let fields: Vec<_> = point.unwrap_record().fields().map(|field| (field.name.to_string(), field.ty)).collect();
    assert_eq!(fields, [("x".to_string(), Type::Float32), ("y".to_string(), Type::Float64)]);

    let ComponentItem::Resource(r) = component.get_export(None, "r").unwrap().0 else { panic!() };
    assert_eq!(f.params().nth(1).unwrap().1.unwrap_borrow(), &r);
    let ComponentItem::Module(m) = component.get_export(None, "m").unwrap().0 else { panic!() };
    assert_eq!(m.exports(&engine).map(|(name, _)| name).collect::<Vec<_>>(), ["memory", "f", "realloc"]);
    assert!(m.exports(&engine).next().unwrap().1.memory().is_some());
}

#[test]
fn types_of_two_loads_are_equal_but_for_resources() {
    let engine = support::engine();
    let [a, b] = [(); 2].map(|()| Component::new(&engine, SHAPES).unwrap());
    let shape = |component: &Component| match component.get_export(None, "shape").unwrap().0 {
        ComponentItem::Type(ty) => ty,
        _ => panic!(),
    };
    let func = |component: &Component| match component.get_export(None, "f").unwrap().0 {
        ComponentItem::ComponentFunc(ty) => ty,
        _ => panic!(),
    };
    assert_eq!(shape(&a), shape(&b));
    assert!(func(&a) == func(&a) && func(&a) != func(&b));
}
