//! Handles: what they are good for, and that misuse finds nothing, says why where it can, and never answers wrongly.

use crate::{live, numbers};
use coracle::component::types::ComponentItem;
use coracle::component::{Component, ComponentExportIndex, ExportError, InstanceExportLookup, Linker};
use coracle::{Engine, ErrorKind, Store};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One export of each kind, at the root and within an instance.
fn every_kind() -> String {
    format!(
        r#"(component
            {numbers}
            (core module $m (func (export "f") (result i32) (i32.const 7)))
            (type $r' (resource (rep i32)))
            (export $r "r" (type $r'))
            (type $t (record (field "x" u8)))
            (export $t' "t" (type $t))
            (export "f" (func $f0))
            (export "m" (core module $m))
            (instance $i (export "r" (type $r)) (export "t" (type $t')) (export "f" (func $f1)) (export "m" (core module $m)))
            (export "i" (instance $i)))"#,
        numbers = numbers(2)
    )
}

/// The path of names to a handle.
fn path(component: &Component, names: &[&str]) -> ComponentExportIndex {
    names.iter().fold(None, |at, name| Some(component.get_export_index(at.as_ref(), *name).unwrap())).unwrap()
}

#[test]
fn each_kind_is_found_by_its_call_and_by_no_other() {
    let engine = Engine::default();
    let (component, mut store, instance) = live(&engine, &every_kind());
    // By path: is it a function, a module, a resource; the item; what the other way calls it.
    let rows: &[(&[&str], [bool; 3], &str)] = &[
        (&["f"], [true, false, false], "function"),
        (&["m"], [false, true, false], "module"),
        (&["r"], [false, false, true], "resource"),
        (&["t"], [false, false, false], "type"),
        (&["i"], [false, false, false], "instance"),
        (&["i", "f"], [true, false, false], "function"),
        (&["i", "m"], [false, true, false], "module"),
        (&["i", "r"], [false, false, true], "resource"),
        (&["i", "t"], [false, false, false], "type"),
    ];
    for (names, want, kind) in rows {
        let index = path(&component, names);
        let found = [
            instance.get_func(&mut store, index).is_some(),
            instance.get_module(&mut store, index).is_some(),
            instance.get_resource(&mut store, index).is_some(),
        ];
        assert_eq!(found, *want, "{names:?}");
        // By reference, and at the root by name in every form.
        let by_reference: &ComponentExportIndex = &index;
        assert_eq!(instance.get_func(&mut store, by_reference).is_some(), want[0]);
        if let [name] = names {
            assert_eq!(instance.get_func(&mut store, *name).is_some(), want[0]);
            assert_eq!(instance.get_func(&mut store, name.to_string()).is_some(), want[0]);
            let text: &String = &name.to_string();
            assert_eq!(instance.get_func(&mut store, text).is_some(), want[0]);
            assert_eq!(instance.get_module(&mut store, *name).is_some(), want[1]);
            assert_eq!(instance.get_resource(&mut store, *name).is_some(), want[2]);
        }
        // From the component and from the instance, the same item and the same handle.
        let item = component.get_export(None, index).unwrap();
        let live = instance.get_export(&mut store, None, index).unwrap();
        assert_eq!((item.1, live.1), (index, index));
        for item in [item.0, live.0] {
            let found = match item {
                ComponentItem::ComponentFunc(_) => "function",
                ComponentItem::Module(_) => "module",
                ComponentItem::ComponentInstance(_) => "instance",
                ComponentItem::Resource(_) => "resource",
                ComponentItem::Type(_) => "type",
                _ => "another",
            };
            assert_eq!(found, *kind, "{names:?}");
        }
        let node = component.node(index).unwrap();
        assert_eq!((node.kind(), node.index()), (*kind, index));
        for (wanted, handle) in [
            ("function", node.func()),
            ("module", node.module()),
            ("resource", node.resource()),
            ("instance", node.instance()),
        ] {
            let want = if wanted == *kind { Ok(index) } else { Err(ExportError::WrongKind { found: kind, wanted }) };
            assert_eq!(handle, want, "{names:?}");
        }
        // What is no instance has nothing below it.
        if *kind != "instance" {
            assert_eq!(component.get_export_index(Some(&index), "f"), None);
            assert!(instance.get_export(&mut store, Some(&index), "f").is_none());
        }
    }
}

#[test]
fn typed_look_ups_say_what_is_wrong() {
    let engine = Engine::default();
    let (component, mut store, instance) = live(&engine, &every_kind());
    let pre = Linker::<()>::new(&engine).instantiate_pre(&component).unwrap();
    let mut message = |name: &str| {
        let live = format!("{:?}", instance.get_typed_func::<(), (u32,)>(&mut store, name).err().unwrap());
        let before = format!("{:?}", pre.typed_func::<(), (u32,)>(name).err().unwrap());
        (live, before)
    };
    let (live, before) = message("missing");
    assert!(live.contains("failed to find function export"), "{live}");
    assert!(before.contains("failed to find function export"), "{before}");
    let (live, before) = message("m");
    assert!(live.contains("failed to find function export"), "{live}");
    assert!(before.contains("the export is a module, not a function"), "{before}");
    let error = instance.get_typed_func::<(String,), ()>(&mut store, "f").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Type);
    assert!(format!("{error:?}").contains("type mismatch with parameters"), "{error:?}");
    let error = pre.typed_func::<(), (i32,)>("f").err().unwrap();
    assert!(format!("{error:?}").contains("expected `s32`, found `u32`"), "{error:?}");
}

#[test]
fn a_handle_is_good_for_every_load_and_for_no_other_component() {
    let engine = Engine::default();
    let text = every_kind();
    let (one, mut store, instance) = live(&engine, &text);
    let handle = path(&one, &["i", "f"]);
    // A clone, another load, a load of another engine: the handle is the same value and as good.
    let elsewhere = Component::new(&Engine::default(), &text).unwrap();
    let again = Component::new(&engine, &text).unwrap();
    let all = [&one, &one.clone(), &again, &elsewhere].map(|component| path(component, &["i", "f"]));
    assert_eq!(HashSet::from(all), HashSet::from([handle]));
    assert!(instance.get_func(&mut store, path(&again, &["i", "f"])).is_some());
    assert!(again.node(handle).is_ok());

    // Another component, though all its names are the same: it has one function more, or another type.
    let changed = [
        text.replace("(export \"f\" (func $f0))", "(export \"f\" (func $f0)) (export \"g\" (func $f0))"),
        text.replace("\"x\" u8", "\"x\" u16"),
        text.replace("(export \"f\" (func $f0))", "(export \"f0\" (func $f0))"),
    ];
    for text in changed {
        let (other, mut other_store, other_instance) = live(&engine, &text);
        for (from, to, mut store, instance) in
            [(&one, &other, &mut other_store, other_instance), (&other, &one, &mut store, instance)]
        {
            for names in [&["r"][..], &["m"], &["t"], &["i"], &["i", "f"], &["i", "m"], &["i", "r"]] {
                let foreign = path(from, names);
                assert_eq!(to.get_export_index(None, foreign), None, "{names:?}");
                assert_eq!(to.get_export_index(Some(&foreign), "f"), None, "{names:?}");
                assert!(to.get_export(None, foreign).is_none() && to.get_export(Some(&foreign), "f").is_none());
                assert!(instance.get_func(&mut store, foreign).is_none());
                assert!(instance.get_module(&mut store, foreign).is_none());
                assert!(instance.get_resource(&mut store, foreign).is_none());
                assert!(instance.get_export(&mut store, None, foreign).is_none());
                assert!(instance.get_typed_func::<(), (u32,)>(&mut store, foreign).is_err());
                assert_eq!(to.node(foreign).unwrap_err(), ExportError::Foreign);
            }
        }
    }
}

#[test]
fn a_handle_is_absolute_and_a_missing_name_is_not_looked_for_elsewhere() {
    let engine = Engine::default();
    let (component, _, _) = live(&engine, &every_kind());
    let (inner, func) = (path(&component, &["i"]), path(&component, &["f"]));
    assert_ne!(func, path(&component, &["i", "f"]));
    // The parent says where a name is looked for; a handle knows by itself.
    assert_eq!(component.get_export_index(Some(&inner), func), Some(func));
    // Only the root has `i`: it is not found below it, nor by what stands below a missing instance.
    assert_eq!(component.get_export_index(Some(&inner), "i"), None);
    assert_eq!(component.get_export_index(None, "missing"), None);
    let missing = component.root().child("i").unwrap().child("i").unwrap_err();
    assert_eq!(missing, ExportError::Missing { name: "i".into(), near: vec![] });
    assert!(!component.explain_export("missing#f").to_string().contains("found: function"));
}

#[test]
fn the_older_name_of_the_trait_is_the_same_trait() {
    fn find(component: &Component, name: impl InstanceExportLookup) -> bool {
        component.get_export_index(None, name).is_some()
    }
    let (component, _, _) = live(&Engine::default(), &every_kind());
    assert!(find(&component, "f") && find(&component, String::from("i")) && find(&component, path(&component, &["m"])));
}

#[test]
fn another_store_or_another_component_panics_plainly() {
    let engine = Engine::default();
    let text = every_kind();
    let (component, mut store, instance) = live(&engine, &text);
    let mut other = Store::new(&engine, ());
    let said = |what: &mut dyn FnMut()| {
        let panic = catch_unwind(AssertUnwindSafe(what)).unwrap_err();
        panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap()
    };
    let wrong = said(&mut || assert!(instance.get_func(&mut other, "f").is_none()));
    assert!(wrong.contains("wrong store"), "{wrong}");
    let func = instance.get_func(&mut store, "f").unwrap();
    let wrong = said(&mut || drop(func.call(&mut other, &[], &mut [])));
    assert!(wrong.contains("wrong store"), "{wrong}");
    // A `TypedFuncPre` skips the type check, so it insists on the very component.
    let again = Component::new(&engine, &text).unwrap();
    let pre = Linker::<()>::new(&engine).instantiate_pre(&again).unwrap();
    let typed = pre.typed_func::<(), (u32,)>(path(&component, &["f"])).unwrap();
    let wrong = said(&mut || drop(typed.get(&mut store, &instance).func().call(&mut other, &[], &mut [])));
    assert!(wrong.contains("another component"), "{wrong}");
    let instance = pre.instantiate(&mut store).unwrap();
    assert_eq!(typed.get(&mut store, &instance).call(&mut store, ()).unwrap(), (0,));
}
