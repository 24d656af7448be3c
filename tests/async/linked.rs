//! Components that are linked: what waits below one of them waits for all that are above it.

use crate::support::{Polls, engines, poll, run};
use coracle::component::{Component, InstancePre, Linker};
use coracle::{Engine, ErrorKind, Result, Store, Trap};
use std::pin::pin;

/// Imports `run`, and exports it, one more.
const MORE: &str = r#"(component
  (import "run" (func $run (param "n" u32) (result u32)))
  (core func $run' (canon lower (func $run)))
  (core module $m (import "" "run" (func $run (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $run (local.get 0)) (i32.const 1))))
  (core instance $m (instantiate $m (with "" (instance (export "run" (func $run'))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;

/// Two in a row above a function of the host's that waits as often as its number says.
fn two(engine: &Engine) -> Result<[InstancePre<()>; 2]> {
    let more = Component::new(engine, MORE)?;
    let mut linker = Linker::new(engine);
    linker.root().func_wrap_async("run", |_, (n,): (u32,)| {
        Box::new(async move {
            Polls(n).await;
            Ok((n,))
        })
    })?;
    let below = linker.instantiate_pre(&more)?;
    let mut linker = Linker::new(engine);
    linker.link(&below)?;
    Ok([below, linker.instantiate_pre(&more)?])
}

#[test]
fn a_call_waits_through_a_link() -> Result<()> {
    for engine in engines(|_| {}) {
        let [below, above] = two(&engine)?;
        let mut store = Store::new(&engine, ());
        let error = above.instantiate(&mut store).expect_err("something below it waits");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
        let mut store = Store::new(&engine, ());
        let instance = run(above.instantiate_async(&mut store)).0?;
        let func = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        for n in 0..5 {
            let (result, waits) = run(func.call_async(&mut store, (n,)));
            assert_eq!((result?, waits), ((n + 2,), n));
        }
        // Who is linked to what lives waits as well.
        let lives = instance.node(&store, &below).expect("it is linked to it");
        let mut linker = Linker::new(&engine);
        linker.root().export_of("run", &mut store, &lives, "run")?;
        let beside = linker.instantiate_pre(&Component::new(&engine, MORE)?)?;
        let beside = run(beside.instantiate_async(&mut store)).0?;
        let beside = beside.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        let (result, waits) = run(beside.call_async(&mut store, (3,)));
        assert_eq!((result?, waits), ((5,), 3));
        // A call that is given up in the middle leaves what was in it, on both sides of the link, and nothing else.
        {
            let mut call = pin!(func.call_async(&mut store, (3,)));
            assert!(poll(call.as_mut()).is_pending());
        }
        for func in [&func, &beside] {
            let error = run(func.call_async(&mut store, (0,))).0.expect_err("the lower one was in the call");
            assert_eq!(error.downcast_ref(), Some(&Trap::CannotEnterComponent), "{error:?}");
        }
        let again = run(above.instantiate_async(&mut store)).0?;
        let again = again.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        assert_eq!(run(again.call_async(&mut store, (1,))).0?, (3,));
    }
    Ok(())
}
