//! Calls that go on on another thread after each wait: results, traps, backtraces, panics and exceptions there.

use crate::support::{Polls, engine, engines, poll};
use coracle::{
    Caller, Config, Engine, Error, Instance, Linker, Module, Result, Store, TierPolicy, Trap, Tuning, WasmBacktrace,
};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

/// Polls a future to its end, each time on a new thread.
fn hop<R: Send>(future: impl Future<Output = R> + Send) -> R {
    let mut future = Box::pin(future);
    loop {
        let polled = thread::scope(|scope| scope.spawn(|| poll(future.as_mut())).join());
        match polled {
            Ok(Poll::Ready(output)) => return output,
            Ok(Poll::Pending) => {}
            Err(panic) => resume_unwind(panic),
        }
    }
}

const GUEST: &str = r#"(module
  (import "" "wait" (func $wait (param i32) (result i32)))
  (import "" "fail" (func $fail (param i32) (result i32)))
  (import "" "throw" (func $throw))
  (import "" "tag" (tag $tag (param i32)))
  (memory 1)
  (func $sum (export "sum") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get $i)))
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 1000)))
        (then (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (call $wait (i32.const 1))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.load (i32.const 8)))
  (func $trap (export "trap") (param i32) (result i32)
    (drop (call $wait (local.get 0)))
    unreachable)
  (func $outside (export "outside") (param i32) (result i32)
    (i32.load (i32.add (i32.const -64) (i32.mul (call $wait (i32.const 0)) (local.get 0)))))
  (func $deep (export "deep") (param i32) (result i32)
    (drop (call $wait (i32.const 0)))
    (call $down (local.get 0)))
  (func $down (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))
  (func $fails (export "fails") (param i32) (result i32) (call $fail (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    (block $b (result i32)
      (try_table (catch $tag $b) (call $throw))
      (i32.const -1))))"#;

fn guest(engine: &Engine) -> Result<(Store<u32>, Instance)> {
    let module = Module::new(engine, GUEST)?;
    let mut store = Store::new(engine, 0);
    let tag = coracle::TagType::new(coracle::FuncType::new(engine, [coracle::ValType::I32], []));
    let tag = coracle::Tag::new(&mut store, &tag)?;
    let mut linker = Linker::<u32>::new(engine);
    linker.define(&store, "", "tag", tag)?;
    linker.func_wrap_async("", "wait", |mut caller: Caller<'_, u32>, (n,): (i32,)| {
        Box::new(async move {
            Polls(1).await;
            *caller.data_mut() += 1;
            n
        })
    })?;
    linker.func_wrap_async("", "fail", |_: Caller<'_, u32>, (panics,): (i32,)| {
        Box::new(async move {
            Polls(2).await;
            assert!(panics == 0, "the host panics");
            Result::<i32>::Err(Error::msg("the host fails"))
        })
    })?;
    linker.func_wrap_async("", "throw", move |mut caller: Caller<'_, u32>, (): ()| {
        Box::new(async move {
            Polls(1).await;
            let ty = coracle::ExnType::from_tag_type(&tag.ty(&caller))?;
            let pre = coracle::ExnRefPre::new(&mut caller, ty);
            let exception = coracle::ExnRef::new(&mut caller, &pre, &tag, &[coracle::Val::I32(42)])?;
            Polls(1).await;
            let mut store: coracle::StoreContextMut<'_, u32> = caller.into();
            store.throw::<()>(exception)?;
            Ok(())
        })
    })?;
    let instance = hop(linker.instantiate_async(&mut store, &module))?;
    Ok((store, instance))
}

fn call(store: &mut Store<u32>, instance: &Instance, name: &str, arg: i32) -> Result<i32> {
    let func = instance.get_typed_func::<i32, i32>(&mut *store, name)?;
    hop(func.call_async(store, arg))
}

fn frames(error: &Error) -> Vec<String> {
    let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
    trace.frames().iter().map(|frame| frame.func_name().unwrap_or("?").to_string()).collect()
}

#[test]
fn what_comes_after_a_hop_is_as_without() -> Result<()> {
    for engine in engines(|config| {
        config.wasm_exceptions(true);
    }) {
        let (mut store, instance) = guest(&engine)?;
        for _ in 0..3 {
            let error = call(&mut store, &instance, "trap", 1).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached), "{error:?}");
            assert_eq!(frames(&error), ["trap"]);
            let error = call(&mut store, &instance, "outside", 1).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Trap::MemoryOutOfBounds), "{error:?}");
            assert_eq!(frames(&error), ["outside"]);
            let error = call(&mut store, &instance, "deep", 100_000_000).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Trap::StackOverflow), "{error:?}");
            assert_eq!(call(&mut store, &instance, "deep", 1_000)?, 1_000);
            let error = call(&mut store, &instance, "fails", 0).unwrap_err();
            assert_eq!(error.root_cause().to_string(), "the host fails");
            assert_eq!(frames(&error), ["fails"]);
            let panic = catch_unwind(AssertUnwindSafe(|| call(&mut store, &instance, "fails", 1)));
            let panic = panic.expect_err("a panic");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"the host panics"));
            assert_eq!(call(&mut store, &instance, "catch", 0)?, 42);
        }
    }
    Ok(())
}

#[test]
fn a_loop_that_is_taken_over_goes_on_on_other_threads() -> Result<()> {
    let turns: i32 = 60_000;
    let expected = (0..turns).fold(0_i32, |sum, i| sum.wrapping_add(i).wrapping_add(i32::from(i % 1000 == 0)));
    let changes = Arc::new(Mutex::new(0));
    for policy in [TierPolicy::Off, TierPolicy::Background, TierPolicy::Sync(1), TierPolicy::Eager] {
        let seen = changes.clone();
        let engine = engine(policy, |config: &mut Config| {
            config.wasm_exceptions(true);
            config.tuning(Tuning { compiled_us: 0, compiled_ns_per_byte: 0, ..Tuning::default() });
            config.tier_log(move |_: &coracle::TierEvent| *seen.lock().expect("no panic") += 1);
        });
        let (mut store, instance) = guest(&engine)?;
        assert_eq!(call(&mut store, &instance, "sum", turns)?, expected, "{policy:?}");
        assert_eq!(*store.data(), turns as u32 / 1000, "{policy:?}");
    }
    assert!(*changes.lock().expect("no panic") > 0, "something was promoted");
    Ok(())
}
