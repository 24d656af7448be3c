//! Exports: some may be missing, all are checked once, and errors say what is wrong where.

use coracle::component::__internal::{AbiInfo, FlatDst, FlatSrc, InstanceType, InterfaceType, LiftCx, LowerCx};
use coracle::component::{Component, ComponentType, InstancePre, Lift, Linker, Lower};
use coracle::{Engine, Result, Store};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// `run` and `a:b/api` with `go`, both `func(x: u32) -> u32`, and `a:b/lonely`, which is a function.
const COMPONENT: &str = r#"
    (component
        (core module $m
            (func (export "run") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
        (core instance $i (instantiate $m))
        (func $run (param "x" u32) (result u32) (canon lift (core func $i "run")))
        (instance $api (export "go" (func $run)))
        (export "run" (func $run))
        (export "a:b/api" (instance $api)))
"#;

fn linked() -> Result<(Engine, InstancePre<()>)> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, COMPONENT)?;
    let pre = Linker::new(&engine).instantiate_pre(&component)?;
    Ok((engine, pre))
}

mod optional {
    coracle::component::bindgen!({
        inline: "
            package a:b;
            interface api { go: func(x: u32) -> u32; gone: func(); }
            interface more { go: func(); }
            world w {
                export run: func(x: u32) -> u32;
                export stop: func();
                export api;
                export more;
            }
        ",
        exports: { "run": optional, "stop": optional, "a:b/api.gone": optional, "a:b/more": optional },
    });
}

#[test]
fn what_is_optional_may_be_missing() -> Result<()> {
    let (engine, pre) = linked()?;
    let mut store = Store::new(&engine, ());
    let world = optional::WPre::new(pre)?.instantiate(&mut store)?;
    assert_eq!(world.call_run(&mut store, 1)?, Some(2));
    assert_eq!(world.func_run().map(|run| run.call(&mut store, (2,))).transpose()?, Some((3,)));
    assert_eq!(world.call_stop(&mut store)?, None);
    assert!(world.func_stop().is_none());
    assert_eq!(world.a_b_api().call_go(&mut store, 3)?, 4);
    assert_eq!(world.a_b_api().call_gone(&mut store)?, None);
    assert!(world.a_b_more().is_none());
    Ok(())
}

/// The bindings of a world with one export, and the error of a component that does not fit.
macro_rules! errors {
    ($($name:ident: $wit:literal, $rules:tt, $want:literal;)*) => {
        $({
            coracle::component::bindgen!({ inline: $wit, exports: $rules });
            let error = $name::new(linked()?.1).map(drop).unwrap_err();
            assert_eq!(error.to_string(), $want);
        })*
    };
}

#[test]
fn errors_name_the_item_its_place_and_both_types() -> Result<()> {
    errors! {
        APre: "package a:b;\nworld a {\n  export run: func(x: string) -> u32;\n}", {},
            "type mismatch: export `run` is `func(x: string) -> u32` in WIT (bindgen.wit:3) and \
             `func(x: u32) -> u32` in the component";
        BPre: "package a:b;\ninterface api { record p { x: u8 } go: func(x: list<p>); }\nworld b { export api; }", {},
            "type mismatch: export `go` of `a:b/api` is `func(x: list<p>)` in WIT (bindgen.wit:2) and \
             `func(x: u32) -> u32` in the component";
        CPre: "package a:b;\nworld c { export run: func(x: u64) -> u32; }", { "run": optional },
            "type mismatch: export `run` is `func(x: u64) -> u32` in WIT (bindgen.wit:2) and \
             `func(x: u32) -> u32` in the component";
        DPre: "package a:b;\nworld d { export gone: func(); }", {},
            "no export `gone` found: func() (bindgen.wit:2)";
        EPre: "package a:b;\ninterface api { go: func(x: u32) -> u32; gone: func() -> bool; }\nworld e { export api; }", {},
            "instance export `a:b/api` does not have export `gone`: func() -> bool (bindgen.wit:2)";
        FPre: "package a:b;\ninterface other { go: func(); }\nworld f { export other; }", {},
            "no exported instance named `a:b/other` (bindgen.wit:2)";
        GPre: "package a:b;\nworld g { export run: interface { go: func(); } }", {},
            "export `run` (bindgen.wit:2) is a function, not an instance";
    }
    Ok(())
}

/// What another macro would have made of `a:b/types`, but for a type that counts how often it is checked.
pub mod counted {
    pub type Num = super::Counted;
    pub trait Host {}
    pub trait HostWithStore<T>: coracle::component::HasData {}
    pub fn add_to_linker<T, D>(
        _: &mut coracle::component::Linker<T>,
        _: fn(&mut T) -> D::Data<'_>,
    ) -> coracle::Result<()>
    where
        D: HostWithStore<T>,
        for<'a> D::Data<'a>: Host,
        T: 'static,
    {
        Ok(())
    }
}

/// A `u32` that counts how often its type is checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted(u32);

static CHECKS: AtomicUsize = AtomicUsize::new(0);

impl ComponentType for Counted {
    const ABI: AbiInfo = <u32 as ComponentType>::ABI;
    const MAY_REQUIRE_REALLOC: bool = false;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        CHECKS.fetch_add(1, Relaxed);
        u32::typecheck(ty, types)
    }
}

impl Lower for Counted {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        self.0.lower_flat(cx, ty, dst)
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        self.0.store(cx, ty, at)
    }
}

impl Lift for Counted {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        u32::lift_flat(cx, ty, src).map(Self)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        u32::load(cx, ty, bytes).map(Self)
    }
}

mod counting {
    coracle::component::bindgen!({
        inline: "
            package a:b;
            interface types { type num = u32; }
            interface api { use types.{num}; go: func(x: num) -> num; }
            world w {
                use types.{num};
                export run: func(x: num) -> num;
                export api;
            }
        ",
        with: { "a:b/types": super::counted },
    });
}

#[test]
fn types_are_checked_when_pre_is_made_and_never_again() -> Result<()> {
    let (engine, pre) = linked()?;
    let before = CHECKS.load(Relaxed);
    let pre = counting::WPre::new(pre)?;
    assert_eq!(CHECKS.load(Relaxed) - before, 4, "two functions, each with a parameter and a result");
    for _ in 0..3 {
        let mut store = Store::new(&engine, ());
        let world = pre.instantiate(&mut store)?;
        assert_eq!(world.call_run(&mut store, Counted(1))?, Counted(2));
        assert_eq!(world.a_b_api().call_go(&mut store, Counted(2))?, Counted(3));
    }
    assert_eq!(CHECKS.load(Relaxed) - before, 4);

    // Indices are for what they were made of; an instance of another linking is checked.
    let indices = counting::WIndices::new(pre.instance_pre())?;
    let checked = CHECKS.load(Relaxed);
    let mut store = Store::new(&engine, ());
    let own = pre.instance_pre().instantiate(&mut store)?;
    indices.load(&mut store, &own)?;
    assert_eq!(CHECKS.load(Relaxed), checked);
    let again = Linker::new(&engine).instantiate_pre(pre.instance_pre().component())?;
    let other = again.instantiate(&mut store)?;
    let world = indices.load(&mut store, &other)?;
    assert_eq!(world.call_run(&mut store, Counted(1))?, Counted(2));
    assert_eq!(CHECKS.load(Relaxed) - checked, 4);
    let empty = Component::new(&engine, "(component)")?;
    let empty = Linker::new(&engine).instantiate(&mut store, &empty)?;
    assert_eq!(
        indices.load(&mut store, &empty).map(drop).unwrap_err().to_string().split(':').next(),
        Some("no export `run` found")
    );
    Ok(())
}
