//! What `tests/tiers.rs` and `tests/beside.rs` share: engines with a log of their tiers, and calls as text.

#[path = "../beside/dimensions.rs"]
mod dimensions;

use coracle::{
    Caller, Config, Engine, Func, Instance, Linker, Module, Result, Store, TierChange, TierEvent, TierPolicy, Trap,
    Tuning, Val, WasmBacktrace,
};
use std::sync::{Arc, Mutex};

/// What the tiers of an engine have told so far.
pub(crate) type Log = Arc<Mutex<Vec<TierEvent>>>;

/// An engine with this policy and changed so, and its log.
pub(crate) fn engine(policy: TierPolicy, change: impl FnOnce(&mut Config)) -> (Engine, Log) {
    let log = Log::default();
    let events = log.clone();
    let mut config = Config::new();
    config.cranelift_nan_canonicalization(true);
    dimensions::apply(&mut config);
    config.tier_policy(policy).tier_log(move |event| events.lock().unwrap().push(event.clone()));
    if policy == TierPolicy::Background {
        config.tuning(Tuning::AT_ONCE);
    }
    change(&mut config);
    (Engine::new(&config).expect("the settings fit together"), log)
}

/// What a call came to, to be compared as text.
pub(crate) fn outcome(result: Result<Vec<Val>>) -> String {
    match result {
        Ok(values) => values.iter().map(value).collect::<Vec<_>>().join(" "),
        Err(error) => match error.downcast_ref::<Trap>() {
            Some(trap) => format!("{trap}{}", place(&error)),
            None => format!("error: {}", error.root_cause()),
        },
    }
}

/// Where a trap happened: functions and operators from the innermost call on. Where a stack ends is each tier's own, and
/// so is how far in the frames of an exception begin that passed a `try_table`.
fn place(error: &coracle::Error) -> String {
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::StackOverflow) {
        return String::new();
    }
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let frames = backtrace.frames();
    let first = if trap == Some(&Trap::UncaughtException) { frames.len() - 1 } else { 0 };
    let frames = frames[first..].iter().take(4);
    frames.fold(String::new(), |text, frame| format!("{text}, {}@{:x?}", frame.func_index(), frame.module_offset()))
}

fn value(value: &Val) -> String {
    match value {
        Val::I32(v) => v.to_string(),
        Val::I64(v) => v.to_string(),
        Val::F32(v) => format!("{v:#x}f"),
        Val::F64(v) => format!("{v:#x}d"),
        other => format!("{other:?}"),
    }
}

pub(crate) fn call(store: &mut Store<u32>, func: &Func, args: &[Val]) -> String {
    let results = func.ty(&mut *store).results().len();
    let mut values = vec![Val::I32(0); results];
    let result = func.call(&mut *store, args, &mut values);
    outcome(result.map(|()| values))
}

/// Host functions: one that answers, one that fails, one that panics is not for here, one that calls back.
pub(crate) fn link(engine: &Engine, store: &mut Store<u32>, module: &Module) -> Instance {
    let mut linker: Linker<u32> = Linker::new(engine);
    linker
        .func_wrap("host", "add", |mut caller: Caller<'_, u32>, x: i32, y: i32| {
            *caller.data_mut() += 1;
            x.wrapping_add(y)
        })
        .unwrap();
    linker
        .func_wrap("host", "fail", |x: i32| if x == 0 { Ok(1) } else { Err(coracle::format_err!("host says {x}")) })
        .unwrap();
    linker
        .func_wrap("host", "back", |mut caller: Caller<'_, u32>, x: i32| -> Result<i32> {
            let Some(coracle::Extern::Func(func)) = caller.get_export("again") else {
                return Err(coracle::format_err!("no export `again`"));
            };
            func.typed::<i32, i32>(&caller)?.call(&mut caller, x)
        })
        .unwrap();
    linker.instantiate(store, module).expect("the module links")
}

pub(crate) fn promoted(events: &[TierEvent]) -> usize {
    events.iter().filter(|event| matches!(event.change, TierChange::Promoted { .. })).count()
}

pub(crate) fn loops_entered(events: &[TierEvent]) -> Vec<u32> {
    let index = |event: &TierEvent| match event.change {
        TierChange::LoopEntered { index, .. } => Some(index),
        _ => None,
    };
    events.iter().filter_map(index).collect()
}
