//! What `tests/fuel.rs` and `tests/beside.rs` share: the tiers, and how a run with fuel ends in them.

use coracle::{Config, Engine, Instance, Module, Result, Store, TierPolicy, Trap};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The interpreter as it is, and while it counts; everything compiled at its first call or turn; everything at load.
pub(crate) const TIERS: [TierPolicy; 5] =
    [TierPolicy::Off, TierPolicy::InterpreterOnly, TierPolicy::Sync(1), TierPolicy::Sync(3), TierPolicy::Eager];

/// An engine with this policy that counts fuel.
pub(crate) fn engine(policy: TierPolicy) -> Engine {
    let mut config = Config::new();
    config.tier_policy(policy).consume_fuel(true);
    Engine::new(&config).expect("the settings fit together")
}

/// How a run ends with so much fuel: its result or trap, what is left, and the first bytes of memory.
pub(crate) fn outcome(module: &Module, n: i32, fuel: u64) -> String {
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(fuel).expect("fuel is on");
    let instance = Instance::new(&mut store, module, &[]).expect("no imports");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    let result = run.call(&mut store, n);
    end(&mut store, &instance, result)
}

/// The same for a call that gives way whenever it has used so much, and how often it did.
#[allow(dead_code, reason = "what the tests of folders beside share needs it not")]
pub(crate) fn outcome_in_turns(module: &Module, n: i32, fuel: u64, interval: u64) -> (String, u64) {
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(fuel).expect("fuel is on");
    let instance = Instance::new(&mut store, module, &[]).expect("no imports");
    store.fuel_async_yield_interval(Some(interval)).expect("fuel is on");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    let mut turns = 0;
    let result = {
        let mut call = pin!(run.call_async(&mut store, n));
        loop {
            match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(result) => break result,
                Poll::Pending => turns += 1,
            }
        }
    };
    (end(&mut store, &instance, result), turns)
}

fn end(store: &mut Store<()>, instance: &Instance, result: Result<i32>) -> String {
    let end = match result {
        Ok(value) => format!("{value:#x}, {} left", store.get_fuel().expect("fuel is on")),
        Err(error) => error.downcast_ref::<Trap>().map_or_else(|| format!("{error:?}"), Trap::to_string),
    };
    let memory = instance.get_memory(&mut *store, "memory").expect("exported");
    format!("{end}, {:?}", &memory.data(&*store)[..8])
}
