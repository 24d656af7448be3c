//! Functions of the host's over numbers alone, which core values say all of: they are called as others are.

use crate::engines;
use coracle::component::{Component, ComponentNamedList, ComponentType, Lift, Linker, Lower};
use coracle::{Engine, Error, Result, Store, StoreContextMut, Trap};
use std::fmt::Debug;

/// A component that exports `run`, which calls the host's `f` and returns what that gave.
fn caller(params: &str, result: &str, core: &str, args: &str) -> String {
    format!(
        r#"(component
            (import "f" (func $f {params} {result}))
            (core func $f' (canon lower (func $f)))
            (core module $m
                (import "" "f" (func $f {core}))
                (func (export "run") {result_of_core} (call $f {args})))
            (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
            (func (export "run") {result} (canon lift (core func $i "run"))))"#,
        result_of_core = core.split_once("(result").map_or(String::new(), |(_, ty)| format!("(result{ty}")),
    )
}

/// What `run` gives when the host's function is this one.
fn answer<P, R>(
    engine: &Engine,
    text: &str,
    f: impl Fn(StoreContextMut<'_, Vec<String>>, P) -> Result<R> + Send + Sync + 'static,
) -> Result<(R, Vec<String>)>
where
    P: ComponentNamedList + Lift + 'static,
    R: ComponentNamedList + Lift + Lower + 'static,
{
    let mut linker = Linker::new(engine);
    linker.root().func_wrap("f", f)?;
    let mut store = Store::new(engine, Vec::new());
    let instance = linker.instantiate(&mut store, &Component::new(engine, text)?)?;
    let result = instance.get_typed_func::<(), R>(&mut store, "run")?.call(&mut store, ())?;
    Ok((result, store.into_data()))
}

#[test]
fn each_kind_of_number_is_lifted_and_lowered() -> Result<()> {
    fn check<T>(engine: &Engine, ty: &str, core: &str, arg: &str, expected: T) -> Result<()>
    where
        T: ComponentType + Lift + Lower + Copy + Debug + PartialEq + 'static,
    {
        let text = caller(
            &format!(r#"(param "x" {ty})"#),
            &format!("(result {ty})"),
            &format!("(param {core}) (result {core})"),
            arg,
        );
        let ((result,), seen) = answer(engine, &text, |mut store: StoreContextMut<'_, Vec<String>>, (x,): (T,)| {
            store.data_mut().push(format!("{x:?}"));
            Ok((x,))
        })?;
        assert_eq!((result, seen), (expected, vec![format!("{expected:?}")]), "{ty} {arg}");
        Ok(())
    }
    for engine in engines() {
        // What lies above a narrow number is left out.
        check(&engine, "bool", "i32", "(i32.const 2)", true)?;
        check(&engine, "u8", "i32", "(i32.const 0x1ff)", 255_u8)?;
        check(&engine, "s8", "i32", "(i32.const 0x180)", -128_i8)?;
        check(&engine, "u16", "i32", "(i32.const -1)", 65_535_u16)?;
        check(&engine, "s16", "i32", "(i32.const 0x18000)", -32_768_i16)?;
        check(&engine, "u32", "i32", "(i32.const -1)", u32::MAX)?;
        check(&engine, "s32", "i32", "(i32.const -1)", -1_i32)?;
        check(&engine, "u64", "i64", "(i64.const -1)", u64::MAX)?;
        check(&engine, "s64", "i64", "(i64.const -1)", -1_i64)?;
        check(&engine, "f32", "f32", "(f32.const -0.5)", -0.5_f32)?;
        check(&engine, "f64", "f64", "(f64.const 0.1)", 0.1_f64)?;
        check(&engine, "char", "i32", "(i32.const 0x10ffff)", '\u{10ffff}')?;
        check(&engine, "(tuple (tuple u8))", "i32", "(i32.const 0x107)", ((7_u8,),))?;
    }
    Ok(())
}

#[test]
fn a_nan_is_lifted_as_the_one_that_there_is() -> Result<()> {
    for engine in engines() {
        let text = caller(r#"(param "x" f64)"#, "(result u64)", "(param f64) (result i64)", "(f64.const nan:0x1)");
        let ((bits,), _) = answer(&engine, &text, |_, (x,): (f64,)| Ok((x.to_bits(),)))?;
        assert_eq!(bits, 0x7ff8_0000_0000_0000_u64);
    }
    Ok(())
}

#[test]
fn sixteen_parameters_are_core_values() -> Result<()> {
    type Nine = (u32, u32, u32, u32, u32, u32, u32, u32, u32);
    type Seven = (u64, u64, u64, u64, u64, u64, f64);
    let params = format!(r#"(param "a" (tuple {})) (param "b" (tuple {} f64))"#, "u32 ".repeat(9), "u64 ".repeat(6));
    let core = format!("(param {} {} f64) (result f64)", "i32 ".repeat(9), "i64 ".repeat(6));
    let args: String = (1..=9).map(|n| format!("(i32.const {n})")).collect();
    let more: String = (10..=15).map(|n| format!("(i64.const {n})")).collect();
    let text = caller(&params, "(result f64)", &core, &format!("{args}{more}(f64.const 0.5)"));
    for engine in engines() {
        let ((sum,), _) = answer(&engine, &text, |_, (a, b): (Nine, Seven)| {
            let low = a.0 + 2 * a.1 + a.2 + a.3 + a.4 + a.5 + a.6 + a.7 + 3 * a.8;
            let high = b.0 + b.1 + b.2 + b.3 + b.4 + 5 * b.5;
            Ok((f64::from(low) + high as f64 + b.6,))
        })?;
        assert_eq!(sum, 65.5 + 135.0);
    }
    Ok(())
}

#[test]
fn two_results_go_through_memory() -> Result<()> {
    let text = r#"(component
        (import "f" (func $f (param "x" u32) (result (tuple u32 u64))))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (core func $f' (canon lower (func $f) (memory (core memory $memory "memory"))))
        (core module $m
            (import "" "f" (func $f (param i32 i32)))
            (func (export "run") (result i32) (call $f (i32.const 7) (i32.const 64)) (i32.const 64)))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
        (func (export "run") (result (tuple u32 u64))
            (canon lift (core func $i "run") (memory (core memory $memory "memory")))))"#;
    for engine in engines() {
        let (result, _) = answer(&engine, text, |_, (x,): (u32,)| Ok(((x + 1, u64::from(x) << 40),)))?;
        assert_eq!(result, ((8_u32, 7_u64 << 40),));
    }
    Ok(())
}

#[test]
fn what_is_no_character_and_what_fails_stop_the_guest() -> Result<()> {
    for engine in engines() {
        let text = caller(r#"(param "x" char)"#, "(result u32)", "(param i32) (result i32)", "(i32.const 0xd800)");
        let error = answer(&engine, &text, |_, (x,): (char,)| Ok((u32::from(x),))).expect_err("no character");
        assert_eq!(error.downcast_ref(), Some(&Trap::InvalidChar));
        let text = caller(r#"(param "x" u32)"#, "(result u32)", "(param i32) (result i32)", "(i32.const 3)");
        let error = answer(&engine, &text, |_, (_,): (u32,)| -> Result<(u32,)> { Err(Error::msg("not today")) })
            .expect_err("the host's error");
        assert!(format!("{error:?}").contains("not today"), "{error:?}");
    }
    Ok(())
}

#[test]
fn the_host_calls_one_that_is_exported_again() -> Result<()> {
    let text = r#"(component
        (import "f" (func $f (param "x" u32) (result u32)))
        (export "run" (func $f)))"#;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.root().func_wrap("f", |_, (x,): (u32,)| Ok((x + 1,)))?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &Component::new(&engine, text)?)?;
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        assert_eq!(run.call(&mut store, (41,))?, (42,));
    }
    Ok(())
}

#[test]
fn each_instance_calls_for_itself() -> Result<()> {
    // Two instances in one store, and a third in another: what one may do says nothing of the others.
    let text = r#"(component
        (import "f" (func $f (param "x" u32) (result u32)))
        (core func $f' (canon lower (func $f)))
        (core module $m
            (import "" "f" (func $f (param i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (drop (call $f (i32.const 1))) (i32.const 64))
            (func (export "text") (param i32 i32) (result i32) (i32.const 0))
            (func (export "run") (result i32) (call $f (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
        (func (export "text") (param "x" string) (result u32)
            (canon lift (core func $i "text") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.root().func_wrap("f", |mut store: StoreContextMut<'_, u32>, (x,): (u32,)| {
            *store.data_mut() += x;
            Ok((*store.data(),))
        })?;
        let component = Component::new(&engine, text)?;
        let (mut one, mut two) = (Store::new(&engine, 10), Store::new(&engine, 20));
        let instances = [
            linker.instantiate(&mut one, &component)?,
            linker.instantiate(&mut one, &component)?,
            linker.instantiate(&mut two, &component)?,
        ];
        let text = instances[0].get_typed_func::<(&str,), (u32,)>(&mut one, "text")?;
        let error = text.call(&mut one, ("a",)).expect_err("`realloc` calls out");
        assert_eq!(error.downcast_ref(), Some(&Trap::CannotLeaveComponent));
        let run = instances[1].get_typed_func::<(), (u32,)>(&mut one, "run")?;
        assert_eq!(run.call(&mut one, ())?, (11,));
        let run = instances[2].get_typed_func::<(), (u32,)>(&mut two, "run")?;
        assert_eq!(run.call(&mut two, ())?, (21,));
    }
    Ok(())
}
