//! Workers, and what they meet.

use crate::Options;
use crate::compile::tests::module;
use crate::testing::NoInterpreter;
use crate::tier::{Jit, LoopState, lock, threads};
use coracle_image::entity::{DefinedFuncIndex, EntityRef};
use coracle_vm::engine::Settings;
use coracle_vm::tier::{Compiler, Interpreter, Promotion, Reply, TierStrategy};
use coracle_vm::tuning::{TierPolicy, Tuning};
use std::num::NonZeroUsize;
use std::thread::sleep;
use std::time::{Duration, Instant};

fn compiler() -> Jit {
    let strategy = TierStrategy::new(TierPolicy::Background, Tuning::AT_ONCE);
    let (settings, threads) = (Settings::default(), NonZeroUsize::new(1));
    Jit::new(Options { strategy, log: None, code_limit_bytes: 1 << 20, threads, perf_map: false, settings })
}

#[test]
fn a_worker_outlives_a_panic() {
    let jit = compiler();
    let module = module("(module (func (loop (br 0))) (func (result i32) (i32.const 1)))", Settings::default());
    let (looping, plain) = (DefinedFuncIndex::new(0), DefinedFuncIndex::new(1));
    // This interpreter panics when it is asked where the loop stands.
    assert!(matches!(jit.loop_hot(&module, looping, 0), Err(Reply::Wait(_))));
    let begun = Instant::now();
    while jit.loop_hot(&module, looping, 0) != Err(Reply::Never) {
        assert!(begun.elapsed() < Duration::from_secs(30), "the loop waits for a worker that has ended");
        sleep(Duration::from_millis(1));
    }
    while module.slot(plain).promotion() != Promotion::Published {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", jit.take_events());
        // What does not ask again has cooled, where the worker comes late.
        let _ = jit.call_hot(&module, plain);
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_loop_that_its_frame_has_left_is_not_compiled() {
    let jit = compiler();
    let module = module("(module (func (loop) (loop)) (func (loop)))", Settings::default());
    let [func, other] = [0, 1].map(DefinedFuncIndex::new);
    let entry = jit.shared.entry(&module);
    // Asked so late that however long this takes is not long.
    let asked = Instant::now() + Duration::from_secs(3600);
    let second = Duration::from_secs(1);
    let waits = |key, asked, entered: Option<Instant>| {
        let mut loops = lock(&entry.loops);
        loops.clear();
        loops.insert(key, LoopState::Queued(asked));
        loops.insert((func, 1), LoopState::Ready(NoInterpreter.entry(), 0, entered));
        drop(loops);
        let ended = jit.shared.forget_ended(&module, key);
        assert_eq!(lock(&entry.loops).contains_key(&key), !ended);
        !ended
    };
    assert!(waits((func, 0), asked, None));
    assert!(waits((func, 0), asked, Some(asked - second)), "it has come to another loop since");
    assert!(!waits((func, 0), asked, Some(asked + second)), "its frame runs natively");
    assert!(waits((other, 0), asked, Some(asked + second)), "that was another body's");
    assert!(!waits((func, 0), Instant::now() - second, None), "it has not asked for long");
}

#[test]
fn there_is_always_a_thread_to_compile() {
    assert!((1..=4).contains(&threads(None)));
    assert_eq!(threads(NonZeroUsize::new(7)), 7);
}
