//! Sequences of calls of the core API that nobody wrote, against a model of what must come of them.
//!
//! Two stores of one engine and one of another; limiters, hooks, epoch callbacks and host functions that do what they are
//! there for, or refuse, fail, panic, throw, call the guest, grow everything; fuel and epochs that end in the middle;
//! memories that are reserved and such as move; every tier; now and then another thread. `SEED` in the environment
//! begins elsewhere, `CASES` sets how many sequences there are. [`components`] is the same for components.

#[path = "embedder/components.rs"]
mod components;
#[path = "embedder/steps.rs"]
mod steps;
#[path = "embedder/world.rs"]
mod world;

use coracle::{AsContextMut, Store};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll, Waker};
use world::{Dice, Shared, State};

/// Steps at the top of a sequence.
const STEPS: u64 = 60;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something whose panics are not worth a word.
fn quietly<R>(f: impl FnOnce() -> R) -> R {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = f();
    QUIET.set(before);
    result
}

fn sequence(seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..4 {
        dice.roll();
    }
    let engines = [world::engine(&mut dice), world::engine(&mut dice)];
    let modules = [world::module(&engines[0]), world::module(&engines[1])];
    let shared = Shared::default();
    let mut made = 0;
    let mut store = |which: usize, dice: &mut Dice| {
        let of = usize::from(which == 2);
        made += 1;
        world::store(made, &engines[of], &modules[of], dice.roll(), &shared, steps::step)
    };
    let mut stores: Vec<Store<State>> = (0..3).map(|which| store(which, &mut dice)).collect();
    for at in 0..STEPS {
        let which = dice.below(3) as usize;
        if dice.below(40) == 0 {
            stores[which] = store(which, &mut dice);
        }
        let elsewhere = dice.below(16) == 0;
        let it = &mut stores[which];
        it.data_mut().budget = 12;
        let taken = catch_unwind(AssertUnwindSafe(|| match elsewhere {
            true => std::thread::scope(|scope| {
                let step = scope.spawn(|| take(it));
                step.join().unwrap_or_else(|panic| resume_unwind(panic));
            }),
            false => take(it),
        }));
        if let Err(panic) = taken {
            let log = &stores[which].data().log;
            eprintln!("SEED={seed} CASES=1, step {at}:\n{}", log[log.len().saturating_sub(40)..].join("\n"));
            resume_unwind(panic);
        }
    }
}

fn take(store: &mut Store<State>) {
    steps::step(store.as_context_mut());
    steps::verify(store.as_context_mut());
}

/// A sequence of calls of the component API.
fn sequence_of_components(seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..4 {
        dice.roll();
    }
    let engines = [world::engine(&mut dice), world::engine(&mut dice)];
    let components = [components::component(&engines[0]), components::component(&engines[1])];
    let linker = |of: usize, waits| Arc::new(components::linker(&engines[of], waits).expect("names are free"));
    let linkers = [0, 1].map(|of| [false, true].map(|waits| linker(of, waits)));
    let shared = Arc::default();
    let mut made = 0;
    let mut store = |which: usize, dice: &mut Dice| {
        let (of, waits) = (usize::from(which == 2), dice.below(2) == 0);
        made += 1;
        let linker = &linkers[of][usize::from(waits)];
        components::store(made, &components[of], linker, waits, dice.roll(), &shared)
    };
    let mut stores: Vec<Store<components::State>> = (0..3).map(|which| store(which, &mut dice)).collect();
    for at in 0..STEPS {
        let which = dice.below(3) as usize;
        if dice.below(40) == 0 || stores[which].data().spent {
            stores[which] = store(which, &mut dice);
        }
        let elsewhere = dice.below(16) == 0;
        let it = &mut stores[which];
        it.data_mut().budget = 12;
        let taken = catch_unwind(AssertUnwindSafe(|| {
            let mut step = Box::pin(async {
                components::step(it.as_context_mut()).await;
                components::verify(it.as_context_mut()).await;
            });
            while poll(step.as_mut(), elsewhere).is_pending() {}
        }));
        if let Err(panic) = taken {
            let log = &stores[which].data().log;
            eprintln!("SEED={seed} CASES=1, step {at}:\n{}", log[log.len().saturating_sub(40)..].join("\n"));
            resume_unwind(panic);
        }
    }
}

/// Polls, on another thread if it is to be elsewhere.
fn poll<F: Future + Send>(future: Pin<&mut F>, elsewhere: bool) -> Poll<()> {
    let poll = || future.poll(&mut Context::from_waker(Waker::noop())).map(drop);
    match elsewhere {
        true => std::thread::scope(|scope| {
            let poll = scope.spawn(poll);
            poll.join().unwrap_or_else(|panic| resume_unwind(panic))
        }),
        false => poll(),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn run(cases: u64, sequence: impl FnMut(u64)) {
    let (first, cases) = (number("SEED").unwrap_or(1), number("CASES").unwrap_or(cases));
    (first..first + cases).for_each(sequence);
}

#[test]
fn sequences() {
    run(60, sequence);
}

#[test]
fn sequences_of_components() {
    run(40, sequence_of_components);
}

/// The same, for as long as one likes: `CASES=100000 cargo test --release --test embedder -- --ignored`.
#[test]
#[ignore = "as long as one likes"]
fn sequences_for_long() {
    run(2000, sequence);
}

#[test]
#[ignore = "as long as one likes"]
fn sequences_of_components_for_long() {
    run(2000, sequence_of_components);
}
