//! Graphs of every shape: shared and nested instances, items under several names, imports that are exported again,
//! modules that the host takes out, and chains that double.

use crate::{live, numbers};
use coracle::component::{Component, Linker, Resource, ResourceType, Val};
use coracle::{Engine, ErrorKind, Store};
use std::fmt::Write;
use std::time::{Duration, Instant};

#[test]
fn one_item_under_several_names_is_one_item() {
    let engine = Engine::default();
    let text = format!(
        r#"(component {numbers}
            (instance $i (export "f" (func $f0)) (export "g" (func $f1)) (export "again" (func $f0)))
            (instance $o (export "i" (instance $i)) (export "f" (func $f0)))
            (export "f" (func $f0)) (export "also-f" (func $f0))
            (export "a:b/i@1.0.0" (instance $i)) (export "a:b/j@0.3.0" (instance $i))
            (export "o" (instance $o)))"#,
        numbers = numbers(2)
    );
    let (component, mut store, instance) = live(&engine, &text);
    let find = |path: &str| component.explain_export(path).found.unwrap_or_else(|| panic!("{path}"));
    // Every way to the same item ends at the same handle.
    let ways = ["f", "also-f", "a:b/i@1.0.0#f", "a:b/i@1.2.0#again", "a:b/j@0.3.7#f", "o#f", "o#i#f", "o#i#again"];
    for way in ways {
        assert_eq!(find(way), find("f"), "{way}");
        let func = instance.get_typed_func::<(), (u32,)>(&mut store, find(way)).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap(), (0,));
    }
    assert_eq!(find("a:b/i@1.0.0"), find("o#i"));
    assert_ne!(find("a:b/i@1.0.0#g"), find("f"));
}

#[test]
fn imports_that_are_exported_again_are_called_through() {
    let engine = Engine::default();
    let text = r#"(component
        (import "host:x/y@1.0.0" (instance $y
            (export "r" (type $r (sub resource)))
            (export "f" (func (param "s" string) (result u32)))
            (export "make" (func (result (own $r))))
            (export "deep" (instance (export "g" (func (result u32)))))))
        (import "m" (core module $m (export "f" (func (result i32)))))
        (alias export $y "deep" (instance $deep))
        (component $inner (import "f" (func $f (param "s" string) (result u32))) (export "f" (func $f)))
        (instance $n (instantiate $inner (with "f" (func $y "f"))))
        (export "y" (instance $y))
        (export "f" (func $y "f"))
        (export "through" (instance $n))
        (export "g" (func $deep "g"))
        (export "m" (core module $m)))"#;
    let component = Component::new(&engine, text).unwrap();
    struct Host;
    let mut linker = Linker::<u32>::new(&engine);
    let mut y = linker.instance("host:x/y@1.1.0").unwrap();
    y.resource("r", ResourceType::host::<Host>(), |_, _| Ok(())).unwrap();
    y.func_wrap("f", |mut store, (s,): (String,)| {
        *store.data_mut() += 1;
        Ok((s.len() as u32,))
    })
    .unwrap();
    y.func_wrap("make", |_, (): ()| Ok((Resource::<Host>::new_own(9),))).unwrap();
    y.instance("deep").unwrap().func_wrap("g", |_, (): ()| Ok((5u32,))).unwrap();
    let module = coracle::Module::new(&engine, "(module (func (export \"f\") (result i32) (i32.const 8)))").unwrap();
    linker.root().module("m", &module).unwrap();
    let pre = linker.instantiate_pre(&component).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = pre.instantiate(&mut store).unwrap();
    for path in ["f", "y#f", "through#f"] {
        let index = component.explain_export(path).found.unwrap();
        let func = instance.get_func(&mut store, index).unwrap();
        let mut out = [Val::Bool(false)];
        func.call(&mut store, &[Val::String("four".into())], &mut out).unwrap();
        assert_eq!(out, [Val::U32(4)], "{path}");
        let typed = pre.typed_func::<(&str,), (u32,)>(index).unwrap();
        assert_eq!(typed.get(&mut store, &instance).call(&mut store, ("three",)).unwrap(), (5,), "{path}");
    }
    assert_eq!(*store.data(), 6);
    for path in ["g", "y#deep#g"] {
        let index = component.explain_export(path).found.unwrap();
        let func = instance.get_typed_func::<(), (u32,)>(&mut store, index).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap(), (5,), "{path}");
    }
    let make = component.explain_export("y#make").found.unwrap();
    let make = instance.get_typed_func::<(), (Resource<Host>,)>(&mut store, make).unwrap();
    assert_eq!(make.call(&mut store, ()).unwrap().0.rep(), 9);
    let resource = component.explain_export("y#r").found.unwrap();
    assert_eq!(instance.get_resource(&mut store, resource), Some(ResourceType::host::<Host>()));
    // The imported module comes out again, and is the one that went in.
    let module = instance.get_module(&mut store, "m").unwrap();
    let inner = coracle::Instance::new(&mut store, &module, &[]).unwrap();
    assert_eq!(inner.get_typed_func::<(), i32>(&mut store, "f").unwrap().call(&mut store, ()).unwrap(), 8);
}

#[test]
fn exported_modules_are_instantiated_by_the_host() {
    let engine = Engine::default();
    let text = r#"(component
        (core module $m
            (import "host" "start" (func $start (result i32)))
            (global $g (export "g") (mut i32) (i32.const 0))
            (func (export "next") (result i32)
                (global.set $g (i32.add (global.get $g) (call $start)))
                (global.get $g)))
        (instance $i (export "m" (core module $m)))
        (export "i" (instance $i))
        (export "m" (core module $m)))"#;
    let (component, mut store, instance) = live(&engine, text);
    let inner = component.explain_export("i#m").found.unwrap();
    let start = coracle::Func::wrap(&mut store, || 3i32);
    let mut results = Vec::new();
    for module in [instance.get_module(&mut store, "m"), instance.get_module(&mut store, inner)] {
        let module = module.unwrap();
        assert_eq!(module.imports().len(), 1);
        let made = coracle::Instance::new(&mut store, &module, &[start.into()]).unwrap();
        let next = made.get_typed_func::<(), i32>(&mut store, "next").unwrap();
        results.push((next.call(&mut store, ()).unwrap(), next.call(&mut store, ()).unwrap()));
        // It can also be given to a component that imports such a module.
        let mut linker = Linker::<()>::new(&engine);
        linker.root().module("m", &module).unwrap();
        let taker = Component::new(
            &engine,
            r#"(component
                (import "m" (core module $m
                    (import "host" "start" (func (result i32))) (export "next" (func (result i32)))))
                (core module $s (func (export "start") (result i32) (i32.const 4)))
                (core instance $s (instantiate $s))
                (core instance $i (instantiate $m (with "host" (instance $s))))
                (func (export "next") (result u32) (canon lift (core func $i "next"))))"#,
        )
        .unwrap();
        let taken = linker.instantiate(&mut store, &taker).unwrap();
        let next = taken.get_typed_func::<(), (u32,)>(&mut store, "next").unwrap();
        assert_eq!(next.call(&mut store, ()).unwrap(), (4,));
    }
    assert_eq!(results, [(3, 6), (3, 6)]);
}

#[test]
fn resources_are_the_instances_own_and_handles_are_not() {
    let engine = Engine::default();
    let text = r#"(component
        (type $r' (resource (rep i32)))
        (export $r "r" (type $r'))
        (export "also-r" (type $r'))
        (instance $i (export "r" (type $r)))
        (export "i" (instance $i)))"#;
    let (component, mut store, one) = live(&engine, text);
    let two = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let index = component.explain_export("i#r").found.unwrap();
    let [a, b] = [one, two].map(|instance| instance.get_resource(&mut store, index).unwrap());
    assert_ne!(a, b);
    for name in ["r", "also-r"] {
        assert_eq!(one.get_resource(&mut store, name), Some(a));
        assert_eq!(two.get_resource(&mut store, name), Some(b));
    }
}

#[test]
fn instances_nest_as_deep_as_the_validator_lets_them() {
    let engine = Engine::default();
    let mut text = format!("(component {} (instance $i0 (export \"f\" (func $f0)))", numbers(1));
    let depth = 90;
    for level in 1..depth {
        let _ = write!(text, "(instance $i{level} (export \"down\" (instance $i{})))", level - 1);
    }
    let _ = write!(text, "(export \"down\" (instance $i{})))", depth - 1);
    let (component, mut store, instance) = live(&engine, &text);
    let path = "down#".repeat(depth) + "f";
    let index = component.explain_export(&path).found.unwrap();
    let func = instance.get_typed_func::<(), (u32,)>(&mut store, index).unwrap();
    assert_eq!(func.call(&mut store, ()).unwrap(), (0,));
}

/// Components that each instantiate the previous one twice: two to the power of `levels` of the innermost.
/// Where they export nothing, the types stay small, and only our own limits stand against them.
fn doubling(levels: usize, exports: bool) -> String {
    let mut text = format!("(component (component $c0 {} (export \"f\" (func $f0)))", numbers(1));
    for level in 1..=levels {
        let below = level - 1;
        let _ = write!(
            text,
            "(component $c{level} (alias outer 1 $c{below} (component $b))
               (instance $x (instantiate $b)) (instance $y (instantiate $b)) {})",
            if exports { "(export \"x\" (instance $x)) (export \"y\" (instance $y))" } else { "" }
        );
    }
    text + &format!("(instance $i (instantiate $c{levels})) (export \"i\" (instance $i)))")
}

#[test]
fn a_chain_that_doubles_is_right_while_it_is_small_and_a_named_limit_after_that() {
    let engine = Engine::default();
    let (component, mut store, instance) = live(&engine, &doubling(7, true));
    let ends = ["i#x#x#x#x#x#x#x#f", "i#x#y#x#y#x#y#x#f", "i#y#y#y#y#y#y#y#f"];
    let found = ends.map(|path| component.explain_export(path).found.unwrap());
    assert!(found[0] != found[1] && found[1] != found[2]);
    for index in found {
        let func = instance.get_typed_func::<(), (u32,)>(&mut store, index).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap(), (0,));
    }
    for (levels, exports, kind) in [
        (24, true, ErrorKind::Invalid),
        (60, true, ErrorKind::Invalid),
        (24, false, ErrorKind::Limit),
        (60, false, ErrorKind::Limit),
    ] {
        let start = Instant::now();
        let error = Component::new(&engine, doubling(levels, exports)).unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        println!("{levels} levels: {error}, after {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
