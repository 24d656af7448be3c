//! The rule for names: for imports in the linker, in both directions, and for exported functions and modules.

use crate::{live, numbers};
use coracle::Store;
use coracle::component::{Component, Instance, Linker};
use coracle::{Engine, Result};

/// What the linker or component has, what is asked for, and which of them is found.
const ROWS: &[(&[&str], &str, Option<u32>)] = &[
    // Exact first, whatever else there is.
    (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.0.0", Some(0)),
    (&["a:b/c"], "a:b/c", Some(0)),
    (&["plain", "other"], "other", Some(1)),
    // Then the track: the highest, in whatever order, above or below what is asked for.
    (&["a:b/c@1.0.0", "a:b/c@1.2.0"], "a:b/c@1.1.0", Some(1)),
    (&["a:b/c@1.2.0", "a:b/c@1.0.0"], "a:b/c@1.1.0", Some(0)),
    (&["a:b/c@1.0.1"], "a:b/c@1.1.0", Some(0)),
    (&["a:b/c@1.1.0"], "a:b/c@1.0.1", Some(0)),
    (&["a:b/c@0.2.0"], "a:b/c@0.2.6", Some(0)),
    (&["a:b/c@0.2.6"], "a:b/c@0.2.0", Some(0)),
    (&["a:b/c@1.0.0", "a:b/c@2.0.0"], "a:b/c@1.9.0", Some(0)),
    // Never across tracks, packages or interfaces.
    (&["a:b/c@1.0.0"], "a:b/c@2.0.0", None),
    (&["a:b/c@0.2.0"], "a:b/c@0.3.0", None),
    (&["a:b/c@1.0.0"], "a:b/d@1.0.1", None),
    (&["a:b/c@1.0.0"], "a:bb/c@1.0.1", None),
    (&["a:b/c@1.0.0"], "a:b/c", None),
    (&["a:b/c"], "a:b/c@1.0.0", None),
    // 0.0.x and pre-releases are exact, in both roles.
    (&["a:b/c@0.0.1"], "a:b/c@0.0.1", Some(0)),
    (&["a:b/c@0.0.1"], "a:b/c@0.0.2", None),
    (&["a:b/c@1.0.0-pre"], "a:b/c@1.0.0-pre", Some(0)),
    (&["a:b/c@1.0.0-pre"], "a:b/c@1.0.0", None),
    (&["a:b/c@1.0.0"], "a:b/c@1.0.1-pre", None),
    (&["a:b/c@0.2.0-rc.1", "a:b/c@0.2.0"], "a:b/c@0.2.3", Some(1)),
    // Build metadata has no say in the track; of equal versions the higher build, else the later, wins.
    (&["a:b/c@1.0.0+abc"], "a:b/c@1.0.0", Some(0)),
    (&["a:b/c@1.0.0"], "a:b/c@1.0.0+abc", Some(0)),
    (&["a:b/c@1.0.0+abc", "a:b/c@1.0.0+def"], "a:b/c@1.3.0", Some(1)),
    (&["a:b/c@1.0.0+def", "a:b/c@1.0.0+abc"], "a:b/c@1.3.0", Some(0)),
    // Canonical interface names; what was cut off stands behind the bar.
    (&["a:b/c@0.2.1"], "a:b/c@0.2|.6", Some(0)),
    (&["a:b/c@0.2.6", "a:b/c@0.2.9", "a:b/c@0.3.0"], "a:b/c@0.2|.6", Some(1)),
    (&["a:b/c@1.4.0"], "a:b/c@1|.0.3", Some(0)),
    (&["a:b/c@2.0.0"], "a:b/c@1|.0.3", None),
    (&["a:b/c@0.0.1"], "a:b/c@0.0.1|+x", Some(0)),
    (&["a:b/c@0.0.2"], "a:b/c@0.0.1|+x", None),
];

/// Rows that only a linker can have, whose names nobody validates, and in which none has a suffix.
const LINKER_ROWS: &[(&[&str], &str, Option<u32>)] = &[
    (&["a:b/c@0.2"], "a:b/c@0.2|.6", Some(0)),
    (&["a:b/c@0.2"], "a:b/c@0.2.6", Some(0)),
    (&["a:b/c@1"], "a:b/c@1.0.3", Some(0)),
    (&["a:b/c@1"], "a:b/c@0.2.6", None),
    (&["a:b/c@0.2"], "a:b/c@0.2.6-rc.1", None),
    (&["a:b/c@0.2", "a:b/c@0.2.1"], "a:b/c@0.2.6", Some(1)),
    (&["a:b/c@01"], "a:b/c@1.0.0", None),
    (&["a:b/c@1.x"], "a:b/c@1.0.0", None),
    (&["a@b@1.0.0"], "a:b/c@1.0.0", None),
];

/// A name and its suffix as the text format has them.
fn written(name: &str) -> String {
    match name.split_once('|') {
        Some((name, suffix)) => format!("\"{name}\" (version-suffix \"{suffix}\")"),
        None => format!("\"{name}\""),
    }
}

#[test]
fn imports_resolve_by_the_rule_at_the_root_and_within_instances() {
    let engine = Engine::default();
    let mut cases = 0;
    for (names, ask, want) in ROWS.iter().chain(LINKER_ROWS) {
        for nested in [false, true] {
            let item = format!("{} (instance $i (export \"id\" (func (result u32))))", written(ask));
            let text = match nested {
                false => format!("(component (import {item}) (export \"id\" (func $i \"id\")))"),
                true => format!(
                    "(component (import \"outer\" (instance $o (export {}))) (alias export $o \"{}\" (instance $i))
                     (export \"id\" (func $i \"id\")))",
                    item.replace(" $i", ""),
                    ask.split('|').next().unwrap()
                ),
            };
            let component = Component::new(&engine, &text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            let mut linker = Linker::<()>::new(&engine);
            for (i, name) in (0u32..).zip(*names) {
                let mut root = linker.root();
                let mut at = if nested { root.instance("outer").unwrap() } else { root };
                at.instance(name).unwrap().func_wrap("id", move |_, (): ()| Ok((i,))).unwrap();
            }
            let mut store = Store::new(&engine, ());
            let found = linker.instantiate(&mut store, &component).and_then(|instance| id(&mut store, &instance));
            assert_eq!(found.as_ref().ok(), want.as_ref(), "`{ask}` of {names:?}, nested: {nested}: {found:?}");
            if let Err(error) = found {
                assert!(format!("{error:?}").contains(ask.split('|').next().unwrap()), "{error:?}");
            }
            cases += 1;
        }
    }
    println!("{cases} cases");
}

/// What the exported `id` returns.
fn id(store: &mut Store<()>, instance: &Instance) -> Result<u32> {
    Ok(instance.get_typed_func::<(), (u32,)>(&mut *store, "id")?.call(store, ())?.0)
}

#[test]
fn imported_functions_and_modules_resolve_by_the_rule_too() {
    let engine = Engine::default();
    let module = |i: usize| {
        coracle::Module::new(&engine, format!("(module (func (export \"f\") (result i32) (i32.const {i})))")).unwrap()
    };
    for (names, ask, want) in ROWS.iter().filter(|(_, ask, _)| !ask.contains('|')) {
        let text = format!(
            "(component
               (import \"{ask}\" (core module $m (export \"f\" (func (result i32)))))
               (core instance $i (instantiate $m))
               (func (export \"id\") (result u32) (canon lift (core func $i \"f\"))))"
        );
        let component = Component::new(&engine, text).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        for (i, name) in names.iter().enumerate() {
            linker.root().module(name, &module(i)).unwrap();
        }
        let mut store = Store::new(&engine, ());
        let found = linker.instantiate(&mut store, &component).and_then(|instance| id(&mut store, &instance));
        assert_eq!(found.as_ref().ok(), want.as_ref(), "module `{ask}` of {names:?}: {found:?}");

        let text = format!("(component (import \"{ask}\" (func $f (result u32))) (export \"id\" (func $f)))");
        let component = Component::new(&engine, text).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        for (i, name) in (0u32..).zip(*names) {
            linker.root().func_wrap(name, move |_, (): ()| Ok((i,))).unwrap();
        }
        let found = linker.instantiate(&mut store, &component).and_then(|instance| id(&mut store, &instance));
        assert_eq!(found.as_ref().ok(), want.as_ref(), "function `{ask}` of {names:?}: {found:?}");
    }
}

#[test]
fn exported_functions_and_modules_resolve_by_the_rule_at_every_level() {
    let engine = Engine::default();
    for (names, ask, want) in ROWS.iter().filter(|(_, ask, _)| !ask.contains('|')) {
        let (mut funcs, mut modules, mut level) = (String::new(), String::new(), String::new());
        for (i, name) in names.iter().enumerate() {
            funcs += &format!("(export \"{name}\" (func $f{i}))");
            modules += &format!("(core module $m{i} (func (export \"f\") (result i32) (i32.const {i})))");
            level += &format!("(export \"{name}\" (core module $m{i}))");
        }
        let text = format!(
            "(component {numbers} {modules}
               (instance $funcs {funcs}) (instance $modules {level})
               (instance $both (export \"funcs\" (instance $funcs)) (export \"modules\" (instance $modules)))
               {funcs} (export \"funcs\" (instance $funcs)) (export \"both\" (instance $both)))",
            numbers = numbers(names.len())
        );
        let (component, mut store, instance) = live(&engine, &text);
        let both = component.get_export_index(None, "both").unwrap();
        let path = |name: &str| component.get_export_index(Some(&both), name).unwrap();
        let call = |store: &mut Store<()>, func: coracle::component::Func| {
            func.typed::<(), (u32,)>(&*store).unwrap().call(store, ()).unwrap().0
        };
        // At the root by name; below it by handles, from the component and from the instance.
        let found = instance.get_func(&mut store, *ask).map(|func| call(&mut store, func));
        assert_eq!(found, *want, "`{ask}` of {names:?}");
        for parent in [component.get_export_index(None, "funcs").unwrap(), path("funcs")] {
            let index = component.get_export_index(Some(&parent), *ask);
            assert_eq!(instance.get_export_index(&mut store, Some(&parent), *ask), index);
            let found = index.map(|index| instance.get_func(&mut store, index).unwrap());
            assert_eq!(found.map(|func| call(&mut store, func)), *want, "`{ask}` of {names:?}");
        }
        let index = component.get_export_index(Some(&path("modules")), *ask);
        let module = index.map(|index| instance.get_module(&mut store, index).unwrap());
        let found = module.map(|module| {
            let instance = coracle::Instance::new(&mut store, &module, &[]).unwrap();
            instance.get_typed_func::<(), u32>(&mut store, "f").unwrap().call(&mut store, ()).unwrap()
        });
        assert_eq!(found, *want, "module `{ask}` of {names:?}");
    }
}

#[test]
fn a_second_definition_is_an_error_or_shadows_the_first_in_its_place() {
    let engine = Engine::default();
    let define = |linker: &mut Linker<()>, name: &str, i: u32| {
        linker.root().func_wrap(name, move |_, (): ()| Ok((i,))).map_err(|error| error.to_string())
    };
    let ask = |linker: &Linker<()>, name: &str| {
        let text = format!("(component (import \"{name}\" (func $f (result u32))) (export \"id\" (func $f)))");
        let component = Component::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component).unwrap();
        id(&mut store, &instance).unwrap()
    };
    let mut linker = Linker::<()>::new(&engine);
    define(&mut linker, "a:b/c@1.0.0", 0).unwrap();
    define(&mut linker, "a:b/c@1.2.0", 1).unwrap();
    let twice = define(&mut linker, "a:b/c@1.2.0", 2).unwrap_err();
    assert!(twice.contains("map entry `a:b/c@1.2.0` defined twice"), "{twice}");
    assert_eq!(ask(&linker, "a:b/c@1.1.0"), 1);
    // Shadowed, the higher version stays the track's; the lower one is only itself.
    linker.allow_shadowing(true);
    define(&mut linker, "a:b/c@1.2.0", 3).unwrap();
    assert_eq!(ask(&linker, "a:b/c@1.1.0"), 3);
    define(&mut linker, "a:b/c@1.0.0", 4).unwrap();
    assert_eq!((ask(&linker, "a:b/c@1.1.0"), ask(&linker, "a:b/c@1.0.0")), (3, 4));
    // Another kind may take the name as well, and then is what is found.
    linker.instance("a:b/c@1.2.0").unwrap();
    let component = Component::new(&engine, "(component (import \"a:b/c@1.2.0\" (func (result u32))))").unwrap();
    let error = linker.instantiate_pre(&component).err().unwrap().to_string();
    assert!(error.contains("expected function found instance"), "{error}");
    linker.allow_shadowing(false);
    assert!(linker.instance("a:b/c@1.0.0").is_err());
    // What is opened again is the same instance.
    linker.instance("i").unwrap().func_wrap("f", |_, (): ()| Ok((5u32,))).unwrap();
    let again = linker.instance("i").unwrap().func_wrap("f", |_, (): ()| Ok((6u32,)));
    assert!(again.unwrap_err().to_string().contains("map entry `f` defined twice"));
}
