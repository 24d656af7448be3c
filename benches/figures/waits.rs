//! ns per call of a flat function that may wait, beside the same call that may not: where nothing has to be waited for,
//! where something may have to be, and of host functions that are ready at once.

use crate::{POLICIES, engine};
use coracle::component::{Component, Linker};
use coracle::{Engine, Store, StoreContextMut, TierPolicy};
use criterion::Criterion;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// `flat` is called by the host, and `many` calls the host so many times.
const GUEST: &str = r#"(component
  (import "host" (func $host (param "a" u32) (result u32)))
  (core func $lowered (canon lower (func $host)))
  (core module $m
    (import "" "host" (func $host (param i32) (result i32)))
    (func (export "flat") (param i32 i64 f64) (result i32) (local.get 0))
    (func (export "many") (param $n i32) (result i32) (local $sum i32)
      (loop $l
        (local.set $sum (i32.add (local.get $sum) (call $host (i32.const 2))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))
  (core instance $i (instantiate $m (with "" (instance (export "host" (func $lowered))))))
  (func (export "flat") (param "a" u32) (param "b" u64) (param "c" float64) (result u32)
    (canon lift (core func $i "flat")))
  (func (export "many") (param "n" u32) (result u32) (canon lift (core func $i "many"))))"#;

/// Calls of the host in one call of `many`.
const MANY: u32 = 1_000;

/// The output of a future that is never waited for.
fn ready<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn linker(engine: &Engine, waits: bool) -> coracle::Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    match waits {
        true => linker
            .root()
            .func_wrap_async("host", |_: StoreContextMut<'_, ()>, (a,): (u32,)| Box::new(async move { Ok((a,)) }))?,
        false => linker.root().func_wrap("host", |_, (a,): (u32,)| Ok((a,)))?,
    }
    Ok(linker)
}

/// The calls beside each other, for each policy.
pub(crate) fn waits(c: &mut Criterion) {
    for (policy, tiers) in POLICIES.iter().filter(|(_, tiers)| *tiers != TierPolicy::Background) {
        let engine = engine(*tiers);
        let component = Component::new(&engine, GUEST).expect("valid");
        for waits in [false, true] {
            let linker = linker(&engine, waits).expect("no name twice");
            let mut store = Store::new(&engine, ());
            let instance = ready(linker.instantiate_async(&mut store, &component)).expect("it fits");
            let flat = instance.get_typed_func::<(u32, u64, f64), (u32,)>(&mut store, "flat").expect("exported");
            let many = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "many").expect("exported");
            if !waits {
                c.bench_function(&format!("waits/call/flat/{policy}_ns"), |b| {
                    b.iter(|| flat.call(&mut store, (42, 8, 0.5)).expect("it returns"));
                });
            }
            let store_of = if waits { "store_that_may_wait" } else { "store_that_never_waits" };
            c.bench_function(&format!("waits/call_async/{store_of}/flat/{policy}_ns"), |b| {
                b.iter(|| ready(flat.call_async(&mut store, (42, 8, 0.5))).expect("it returns"));
            });
            let kind = if waits { "func_wrap_async" } else { "func_wrap" };
            c.bench_function(&format!("waits/{kind}/{MANY}_calls/{policy}_ns"), |b| {
                b.iter(|| ready(many.call_async(&mut store, (MANY,))).expect("it returns"));
            });
        }
    }
}
