//! What a sequence works on: stores with a model each, the guest, and what callbacks are told to do.

use coracle::{
    AsContextMut, CallHook, Caller, Config, Engine, Error, ExnRef, ExnRefPre, ExnType, Func, FuncType, Global,
    Instance, Memory, Module, Ref, ResourceLimiter, Result, Store, StoreContextMut, Table, Tag, TagType, TierPolicy,
    Trap, Tuning, UpdateDeadline, Val, ValType,
};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

/// Pages and elements that the guest's own maximum allows.
pub(crate) const MAX_PAGES: u64 = 12;
pub(crate) const MAX_ELEMENTS: u64 = 24;

/// xorshift: the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
}

/// An error, or a panic, of the embedder's own.
#[derive(Debug, PartialEq)]
pub(crate) struct Mark;

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the embedder's own")
    }
}

impl std::error::Error for Mark {}

/// Panics as an embedder might, without a word of the panic hook.
fn panic() -> ! {
    resume_unwind(Box::new(Mark))
}

/// What a callback does when it is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Policy {
    /// What it is there for.
    Kind,
    /// Says no, or traps.
    Refuse,
    /// Returns an error.
    Fail,
    Panic,
    /// Takes some steps of its own first.
    Act,
}

impl Policy {
    pub(crate) fn roll(dice: &mut Dice) -> Self {
        match dice.below(12) {
            0 => Self::Refuse,
            1 => Self::Fail,
            2 => Self::Panic,
            3 | 4 => Self::Act,
            _ => Self::Kind,
        }
    }
}

/// How a host function ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Value(i32),
    Trap(Trap),
    /// An error or a panic of the embedder's.
    Mark,
    Panic,
    Thrown,
}

/// An instance, and what must be in it.
#[derive(Clone, Debug)]
pub(crate) struct It {
    pub(crate) instance: Instance,
    pub(crate) memory: Memory,
    pub(crate) table: Table,
    pub(crate) global: Global,
    pub(crate) pages: u64,
    /// Numbers by their addresses, multiples of four; 0 where there is none.
    pub(crate) cells: BTreeMap<u32, i32>,
    pub(crate) number: i32,
    /// The number that the function of each element returns.
    pub(crate) elements: Vec<Option<i32>>,
}

impl It {
    /// What lies at an address, whether it is a multiple of four or not.
    pub(crate) fn word(&self, at: u32) -> i32 {
        let byte = |at: u32| self.cells.get(&(at & !3)).copied().unwrap_or(0).to_le_bytes()[at as usize & 3];
        i32::from_le_bytes([0, 1, 2, 3].map(|i| byte(at + i)))
    }

    /// Puts it there.
    pub(crate) fn put(&mut self, at: u32, value: i32) {
        for (at, byte) in (at..).zip(value.to_le_bytes()) {
            let cell = self.cells.entry(at & !3).or_insert(0);
            let mut bytes = cell.to_le_bytes();
            bytes[at as usize & 3] = byte;
            *cell = i32::from_le_bytes(bytes);
        }
    }
}

/// Handles of one store, to be tried on others.
#[derive(Clone)]
pub(crate) struct Handles {
    pub(crate) store: usize,
    pub(crate) it: It,
    pub(crate) func: Func,
    pub(crate) module: Module,
}

/// What handles there are, of all stores.
pub(crate) type Shared = Arc<Mutex<Vec<Handles>>>;

/// A store's data: the model.
pub(crate) struct State {
    pub(crate) which: usize,
    pub(crate) dice: Dice,
    /// Calls of the embedder's within each other.
    pub(crate) depth: u32,
    /// Steps that callbacks may still take before the sequence goes on.
    pub(crate) budget: u32,
    pub(crate) its: Vec<It>,
    pub(crate) limiter: Policy,
    pub(crate) hook: Policy,
    pub(crate) epoch: Policy,
    /// Fuel is counted and may end, epochs are looked at.
    pub(crate) fuel: bool,
    pub(crate) epochs: bool,
    /// What was put into tables, in order: the numbers that its functions return.
    pub(crate) placed: Vec<i32>,
    /// How the last call of the host's function ended.
    pub(crate) ended: Option<End>,
    /// Something of the embedder's has failed since it was last looked at: what a guest has done by then is not known.
    pub(crate) disturbed: bool,
    pub(crate) log: Vec<String>,
    pub(crate) module: Module,
    pub(crate) tag: Option<Tag>,
    pub(crate) shared: Shared,
    /// Takes a step: set by whoever knows the steps.
    pub(crate) step: fn(StoreContextMut<'_, State>),
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.may_grow(desired as u64 <= MAX_PAGES << 16)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.may_grow(desired as u64 <= MAX_ELEMENTS)
    }
}

impl State {
    fn may_grow(&mut self, fits: bool) -> Result<bool> {
        match self.limiter {
            Policy::Kind | Policy::Act => Ok(fits),
            Policy::Refuse => Ok(false),
            Policy::Fail => {
                self.disturbed = true;
                Err(Error::new(Mark))
            }
            Policy::Panic => {
                self.disturbed = true;
                panic()
            }
        }
    }
}

/// Lets a callback do what it is told; whether it may go on to what it is there for.
fn obey(mut store: StoreContextMut<'_, State>, policy: Policy) -> Result<bool> {
    match policy {
        Policy::Kind => {}
        Policy::Act => {
            let ended = store.data().ended;
            act(store.as_context_mut());
            store.data_mut().ended = ended;
        }
        Policy::Refuse => return Ok(false),
        Policy::Fail => {
            store.data_mut().disturbed = true;
            return Err(Error::new(Mark));
        }
        Policy::Panic => {
            store.data_mut().disturbed = true;
            panic()
        }
    }
    Ok(true)
}

/// Some steps within a callback.
fn act(mut store: StoreContextMut<'_, State>) {
    let state = store.data_mut();
    if state.depth >= 3 {
        return;
    }
    state.depth += 1;
    for _ in 0..1 + store.data_mut().dice.below(3) {
        let state = store.data_mut();
        if state.budget == 0 {
            break;
        }
        state.budget -= 1;
        let step = state.step;
        step(store.as_context_mut());
    }
    store.data_mut().depth -= 1;
}

/// An engine, of one of the kinds that there are.
pub(crate) fn engine(dice: &mut Dice) -> Engine {
    let tiers = [TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(2), TierPolicy::Eager, TierPolicy::Background];
    let mut config = Config::new();
    let tier = match cfg!(feature = "jit") {
        true => tiers[dice.below(5) as usize],
        false => TierPolicy::Off,
    };
    config.tier_policy(tier).tuning(Tuning::AT_ONCE);
    config.consume_fuel(dice.below(2) == 0).epoch_interruption(dice.below(2) == 0).max_wasm_stack(128 << 10);
    if dice.below(2) == 0 {
        config.memory_reservation(0);
    }
    config.garbage_in_stacks(dice.below(2) == 0);
    Engine::new(&config).expect("an engine")
}

const WAT: &str = r#"(module
    (type $number (func (result i32)))
    (import "" "host" (func $host (param i32) (result i32)))
    (import "" "tag" (tag $tag (param i32)))
    (memory $m (export "memory") 1 12)
    (table $t (export "table") 4 24 funcref)
    (global $g (export "global") (mut i32) (i32.const 0))
    (func $one (export "one") (type $number) (i32.const 1))
    (func $two (type $number) (i32.const 2))
    (elem (i32.const 1) $one $two)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "load") (param i32 i32) (result i32) (i32.load (local.get 0)))
    (func (export "store") (param i32 i32) (result i32) (i32.store (local.get 0) (local.get 1)) (i32.const 0))
    (func (export "grow") (param i32 i32) (result i32) (memory.grow (local.get 0)))
    (func (export "tgrow") (param i32 i32) (result i32) (table.grow $t (ref.func $one) (local.get 0)))
    (func (export "set") (param i32 i32) (result i32) (global.set $g (local.get 0)) (i32.const 0))
    (func (export "spin") (param i32 i32) (result i32) (local $n i32)
        (loop $l
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (local.get 0))))
        (local.get $n))
    (func (export "at") (param i32 i32) (result i32) (call_indirect $t (type $number) (local.get 0)))
    (func (export "fail") (param i32 i32) (result i32) (unreachable))
    (func (export "throw") (param i32 i32) (result i32) (throw $tag (local.get 0)))
    (func $seen (result i32)
        (i32.add (i32.add (i32.load (i32.const 0)) (i32.mul (memory.size) (i32.const 7)))
            (i32.add (i32.mul (table.size $t) (i32.const 5)) (global.get $g))))
    (func $call (export "host") (param i32 i32) (result i32)
        (i32.add (call $host (local.get 0)) (call $seen)))
    (func $deep (export "deep") (param i32 i32) (result i32)
        (if (result i32) (local.get 1)
            (then (i32.add (i32.const 1) (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
            (else (call $call (local.get 0) (i32.const 0)))))
    (func (export "rest") (param i32 i32) (result i32) (return_call $call (local.get 0) (local.get 1)))
    (func $down (export "down") (param i32 i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
            (else (i32.const 0))))
    (func (export "catch") (param i32 i32) (result i32)
        (block $caught
            (return (try_table (result i32) (catch_all $caught) (call $deep (local.get 0) (local.get 1)))))
        (i32.const -7)))"#;

/// What is added to what the host's function returned in `host`.
pub(crate) fn seen(it: &It) -> i32 {
    let cell = it.cells.get(&0).copied().unwrap_or(0);
    let sizes = (it.pages * 7 + it.elements.len() as u64 * 5) as i32;
    cell.wrapping_add(sizes).wrapping_add(it.number)
}

/// A module for an engine.
pub(crate) fn module(engine: &Engine) -> Module {
    Module::new(engine, WAT).expect("the guest is valid")
}

/// A store, with an instance.
pub(crate) fn store(
    which: usize,
    engine: &Engine,
    module: &Module,
    seed: u64,
    shared: &Shared,
    step: fn(StoreContextMut<'_, State>),
) -> Store<State> {
    let mut dice = Dice::new(seed);
    dice.roll();
    let state = State {
        which,
        dice,
        depth: 0,
        budget: 0,
        its: Vec::new(),
        limiter: Policy::Kind,
        hook: Policy::Kind,
        epoch: Policy::Kind,
        fuel: engine.get_consume_fuel(),
        epochs: engine.get_epoch_interruption(),
        placed: Vec::new(),
        ended: None,
        disturbed: false,
        log: Vec::new(),
        module: module.clone(),
        tag: None,
        shared: shared.clone(),
        step,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| state);
    store.call_hook(|mut store, at| {
        let entering = matches!(at, CallHook::CallingWasm | CallHook::CallingHost);
        // What a hook does on the way back would come between what the guest has seen and what the model has.
        let asked = store.data().hook;
        let policy = match asked {
            Policy::Act | Policy::Refuse if !entering => Policy::Kind,
            _ if store.data_mut().dice.below(4) != 0 => Policy::Kind,
            Policy::Refuse => Policy::Fail,
            _ => asked,
        };
        obey(store, policy).map(drop)
    });
    store.epoch_deadline_callback(|mut store| {
        let policy = store.data().epoch;
        match obey(store.as_context_mut(), policy)? {
            true => Ok(UpdateDeadline::Continue(1)),
            false => {
                store.data_mut().disturbed = true;
                store.set_epoch_deadline(1);
                Err(Trap::Interrupt.into())
            }
        }
    });
    if store.data().fuel {
        store.set_fuel(1 << 40).expect("fuel is on");
    }
    store.set_epoch_deadline(1);
    let tag = Tag::new(&mut store, &TagType::new(FuncType::new(engine, [ValType::I32], []))).expect("a tag");
    store.data_mut().tag = Some(tag);
    let it = instance(store.as_context_mut()).expect("nothing is in its way");
    store.data_mut().its.push(it);
    store
}

/// One more instance.
pub(crate) fn instance(mut store: StoreContextMut<'_, State>) -> Result<It> {
    let module = store.data().module.clone();
    let host = Func::wrap(&mut store, host);
    let tag = store.data().tag.expect("made with the store");
    let instance = Instance::new(&mut store, &module, &[host.into(), tag.into()])?;
    let memory = instance.get_memory(&mut store, "memory").expect("exported");
    let table = instance.get_table(&mut store, "table").expect("exported");
    let global = instance.get_global(&mut store, "global").expect("exported");
    let elements = vec![None, Some(1), Some(2), None];
    let it = It { instance, memory, table, global, pages: 1, cells: BTreeMap::new(), number: 0, elements };
    let handles = Handles { store: store.data().which, it: it.clone(), func: host, module };
    store.data().shared.lock().expect("nobody panics with it").push(handles);
    Ok(it)
}

/// The host's function: some steps, then an end.
fn host(mut caller: Caller<'_, State>, x: i32) -> Result<i32> {
    act(caller.as_context_mut());
    let end = match caller.data_mut().dice.below(10) {
        0 => End::Trap(Trap::UnreachableCodeReached),
        1 => End::Mark,
        2 => End::Panic,
        3 => End::Thrown,
        _ => End::Value(x.wrapping_mul(3)),
    };
    caller.data_mut().ended = Some(end);
    match end {
        End::Value(value) => Ok(value),
        End::Trap(trap) => Err(trap.into()),
        End::Mark => Err(Error::new(Mark)),
        End::Panic => panic(),
        End::Thrown => throw(caller.as_context_mut(), x),
    }
}

fn throw(mut store: StoreContextMut<'_, State>, x: i32) -> Result<i32> {
    let tag = store.data().tag.expect("made with the store");
    let ty = ExnType::new(store.engine(), [ValType::I32])?;
    let pre = ExnRefPre::new(&mut store, ty);
    let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(x)])?;
    store.throw(exception)
}

/// A function of the host's that returns a number, as an element.
pub(crate) fn number(mut store: impl AsContextMut<Data = State>, number: i32) -> Ref {
    Ref::Func(Some(Func::wrap(&mut store, move || number)))
}
