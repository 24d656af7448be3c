//! References: kept by guests, told apart, dropped with their store; functions of certain types.

use crate::engines;
use coracle::{
    Engine, ExternRef, Func, Instance, Module, NoExtern, NoFunc, OwnedRooted, Ref, Result, RootScope, Rooted, Store,
    Val,
};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counted(Arc<AtomicUsize>, u32);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn values_of_the_host_are_kept_by_guests_and_dropped_with_the_store() -> Result<()> {
    for engine in engines(|_| {}) {
        let dropped = Arc::new(AtomicUsize::new(0));
        let mut store = Store::new(&engine, ());
        let module = Module::new(
            &engine,
            r#"(module (table $t 4 externref) (global $g (export "g") (mut externref) (ref.null extern))
                (func (export "keep") (param i32 externref)
                    (table.set $t (local.get 0) (local.get 1)) (global.set $g (local.get 1)))
                (func (export "give") (param i32) (result externref) (table.get $t (local.get 0)))
                (func (export "null") (param externref) (result i32) (ref.is_null (local.get 0))))"#,
        )?;
        let it = Instance::new(&mut store, &module, &[])?;
        let keep = it.get_typed_func::<(i32, Option<Rooted<ExternRef>>), ()>(&mut store, "keep")?;
        let give = it.get_typed_func::<i32, Option<Rooted<ExternRef>>>(&mut store, "give")?;
        let null = it.get_typed_func::<Option<Rooted<ExternRef>>, i32>(&mut store, "null")?;
        for at in 0..4 {
            let value = ExternRef::new(&mut store, Counted(dropped.clone(), at as u32))?;
            keep.call(&mut store, (at, Some(value)))?;
            assert_eq!(null.call(&mut store, Some(value))?, 0);
            let back = give.call(&mut store, at)?.expect("it was kept");
            assert!(Rooted::ref_eq(&store, &value, &back)? && Rooted::rooted_eq(value, back));
            if let Some(counted) = back.data_mut(&mut store)?.and_then(|data| data.downcast_mut::<Counted>()) {
                counted.1 += 10;
            }
        }
        let first = give.call(&mut store, 0)?.expect("it was kept");
        let counted = |data: Option<&(dyn std::any::Any + Send + Sync)>| {
            data.and_then(|data| data.downcast_ref().map(|c: &Counted| c.1))
        };
        assert_eq!(counted(first.data(&store)?), Some(10));
        let last = it.get_global(&mut store, "g").expect("it is exported").get(&mut store);
        assert_eq!(last.unwrap_externref().map(|last| last.data(&store).map(counted)).transpose()?, Some(Some(13)));
        assert_eq!(null.call(&mut store, None)?, 1);
        store.gc(None)?;
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
        drop(store);
        assert_eq!(dropped.load(Ordering::Relaxed), 4);
    }
    Ok(())
}

#[test]
fn handles_of_every_kind_lead_to_the_same() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let (one, two) = (ExternRef::new(&mut store, "one")?, ExternRef::new(&mut store, "two")?);
    let owned: OwnedRooted<ExternRef> = one.to_owned_rooted(&mut store)?;
    assert!(Rooted::ref_eq(&store, &one, &owned)? && !OwnedRooted::ref_eq(&store, &owned, &two)?);
    assert!(Rooted::rooted_eq(owned.to_rooted(&mut store), one));
    let hash = |one: &Rooted<ExternRef>| -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        one.ref_hash(&store, &mut hasher)?;
        one.rooted_hash(&mut hasher);
        Ok(hasher.finish())
    };
    assert_eq!(hash(&one)?, hash(&owned)?);
    assert_ne!(hash(&one)?, hash(&two)?);
    let kept = {
        let mut scope = RootScope::new(&mut store);
        scope.reserve(4);
        ExternRef::new(&mut scope, 5_u8)?
    };
    assert!(kept.data(&store)?.is_some_and(|data| data.is::<u8>()));
    let raw = one.to_raw(&mut store)?;
    let again = ExternRef::from_raw(&mut store, raw).expect("it is not null");
    assert!(Rooted::rooted_eq(one, again) && ExternRef::from_raw(&mut store, 0).is_none());
    Ok(())
}

const CERTAIN: &str = r#"(module (type $t (func (param i32) (result i32)))
    (func (export "call") (param (ref $t)) (result i32) (call_ref $t (i32.const 20) (local.get 0)))
    (func (export "is-null") (param (ref null $t)) (result i32) (ref.is_null (local.get 0))))"#;

#[test]
fn functions_of_a_certain_type_are_checked_in_each_call() -> Result<()> {
    for engine in engines(|config| _ = config.wasm_function_references(true)) {
        let mut store = Store::new(&engine, ());
        let it = Instance::new(&mut store, &Module::new(&engine, CERTAIN)?, &[])?;
        let double = Func::wrap(&mut store, |x: i32| x * 2);
        let wrong = Func::wrap(&mut store, |x: i64| x);
        let call = it.get_typed_func::<Func, i32>(&mut store, "call")?;
        let is_null = it.get_typed_func::<Option<Func>, i32>(&mut store, "is-null")?;
        for _ in 0..4 {
            assert_eq!(call.call(&mut store, double)?, 40);
            assert_eq!(is_null.call(&mut store, Some(double))?, 0);
            assert_eq!(is_null.call(&mut store, None)?, 1);
            let error = call.call(&mut store, wrong).unwrap_err();
            assert_eq!(error.to_string(), "argument type mismatch for reference to concrete type");
            assert!(is_null.call(&mut store, Some(wrong)).is_err());
        }
        let nullable = it.get_typed_func::<Option<Func>, i32>(&mut store, "call")?;
        assert_eq!(nullable.call(&mut store, Some(double))?, 40);
        let error = nullable.call(&mut store, None).unwrap_err().to_string();
        assert!(error.starts_with("argument type mismatch: expected non-nullable (ref (concrete func "), "{error}");
        let nothing = it.get_typed_func::<Option<NoFunc>, i32>(&mut store, "is-null")?;
        assert_eq!(nothing.call(&mut store, NoFunc::null())?, 1);
        let dynamic = it.get_func(&mut store, "call").expect("it is exported");
        let mut result = [Val::I32(0)];
        dynamic.call(&mut store, &[double.into()], &mut result)?;
        assert_eq!(result[0].unwrap_i32(), 40);
        assert!(dynamic.call(&mut store, &[wrong.into()], &mut result).is_err());
        assert!(dynamic.call(&mut store, &[Val::null_func_ref()], &mut result).is_err());
    }
    Ok(())
}

#[test]
fn nulls_are_alike() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let take = Func::wrap(&mut store, |x: Option<NoExtern>, f: Option<NoFunc>| i32::from(x.is_none() && f.is_none()));
    let mut out = [Val::I32(0)];
    take.call(&mut store, &[NoExtern::null_val(), NoFunc::null_val()], &mut out)?;
    assert_eq!(out[0].unwrap_i32(), 1);
    assert!(NoExtern::null_ref().is_null() && matches!(NoFunc::null_ref(), Ref::Func(None)));
    let some = ExternRef::new(&mut store, 1)?;
    assert!(take.call(&mut store, &[some.into(), NoFunc::null_val()], &mut out).is_err());
    Ok(())
}
