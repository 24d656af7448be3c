//! The same for components: a world of stores, each with the model of its instances, and what the host does when it is
//! called. Half of the stores wait: their calls are of `*_async`, some are given up in the middle, or forgotten.

#[path = "components/steps.rs"]
mod steps;

pub(crate) use steps::{step, verify};

use crate::world::{Dice, Mark, Policy};
use coracle::component::{Component, Instance, Linker, Resource, ResourceAny, ResourceType};
use coracle::{
    AsContextMut, CallHook, Engine, Error, ResourceLimiter, Result, Store, StoreContextMut, Trap, UpdateDeadline,
};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Pages that the guest's own maximum allows.
pub(crate) const MAX_PAGES: u32 = 12;
/// Fuel that does not end.
pub(crate) const MUCH: u64 = 1 << 40;

/// A resource of the host's.
pub(crate) struct Thing;

/// How a host function ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Value(u32),
    Trap(Trap),
    /// An error or a panic of the embedder's.
    Mark,
    Panic,
}

/// An instance, and what must be in it.
#[derive(Clone)]
pub(crate) struct It {
    pub(crate) instance: Instance,
    pub(crate) pages: u32,
    pub(crate) count: u32,
    /// The thing that it keeps.
    pub(crate) kept: Option<u32>,
    /// Whether the outer one of its components, and the inner one, may no longer be entered.
    pub(crate) poisoned: [bool; 2],
}

/// A resource of a guest's, which instance it is of, and its number.
#[derive(Clone)]
pub(crate) struct Cell {
    pub(crate) any: ResourceAny,
    pub(crate) of: usize,
    pub(crate) number: u32,
}

/// Handles of one store, to be tried on others.
#[derive(Clone)]
pub(crate) struct Handles {
    pub(crate) store: usize,
    pub(crate) instance: Instance,
    pub(crate) cell: Option<ResourceAny>,
    pub(crate) component: Component,
}

/// A store's data: the model.
pub(crate) struct State {
    pub(crate) which: usize,
    pub(crate) dice: Dice,
    /// Calls of the embedder's within each other.
    pub(crate) depth: u32,
    /// Steps that callbacks may still take before the sequence goes on.
    pub(crate) budget: u32,
    /// Hooks and epoch callbacks that call guests: one may stand in a `realloc`, whose instance cannot call out.
    pub(crate) acting: u32,
    /// The model looks: callbacks do what they are there for.
    pub(crate) quiet: bool,
    /// Calls are of `*_async`.
    pub(crate) waits: bool,
    /// A call was forgotten in the middle: nothing is known of the store any more.
    pub(crate) spent: bool,
    pub(crate) its: Vec<It>,
    pub(crate) cells: Vec<Cell>,
    /// Cells that were given away.
    pub(crate) gone: Vec<ResourceAny>,
    /// All things, and whether each was destroyed.
    pub(crate) things: BTreeMap<u32, bool>,
    pub(crate) limiter: Policy,
    pub(crate) hook: Policy,
    pub(crate) epoch: Policy,
    pub(crate) fuel: bool,
    pub(crate) epochs: bool,
    /// How the calls of the host's functions in this call ended.
    pub(crate) ends: Vec<End>,
    /// Something of the embedder's has failed in this call: what a guest has done by then is not known.
    pub(crate) disturbed: bool,
    pub(crate) log: Vec<String>,
    pub(crate) component: Component,
    pub(crate) linker: Arc<Linker<State>>,
    pub(crate) shared: Arc<Mutex<Vec<Handles>>>,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        match self.limiter {
            _ if self.quiet => Ok(true),
            Policy::Kind | Policy::Act => Ok(desired as u64 <= u64::from(MAX_PAGES) << 16),
            Policy::Refuse => Ok(false),
            policy => self.fail(policy).map(|()| false),
        }
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

impl State {
    fn fail(&mut self, policy: Policy) -> Result<()> {
        self.disturbed = true;
        match policy {
            Policy::Panic => resume_unwind(Box::new(Mark)),
            _ => Err(Error::new(Mark)),
        }
    }

    /// How a host function ends.
    fn end(&mut self, value: u32) -> Result<u32> {
        let end = match self.dice.below(12) {
            _ if self.quiet => End::Value(value),
            0 => End::Trap(Trap::IntegerOverflow),
            1 => End::Mark,
            2 => End::Panic,
            _ => End::Value(value),
        };
        self.ends.push(end);
        match end {
            End::Value(value) => Ok(value),
            End::Trap(trap) => Err(trap.into()),
            End::Mark => Err(Error::new(Mark)),
            End::Panic => resume_unwind(Box::new(Mark)),
        }
    }
}

/// Ends a future that has nothing to wait for.
pub(crate) fn now<R>(future: impl Future<Output = R>) -> R {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a call that may not wait has waited"),
    }
}

/// A future that is not ready so many times.
struct Polls(u64);

impl Future for Polls {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Some steps within a callback that may not wait: within a call that may, the host can call nobody there.
fn act(mut store: StoreContextMut<'_, State>) {
    if store.data().waits {
        let instance = store.data().its.first().map(|it| it.instance);
        if let Some(func) = instance.and_then(|instance| instance.get_func(&mut store, "state")) {
            assert!(func.call(&mut store, &[1_u32.into()], &mut [0_u32.into()]).is_err(), "this cannot wait");
        }
        return;
    }
    now(act_and_wait(store));
}

/// Some steps within a callback.
async fn act_and_wait(mut store: StoreContextMut<'_, State>) {
    let state = store.data_mut();
    if state.depth >= 3 || state.quiet {
        return;
    }
    state.depth += 1;
    for _ in 0..1 + store.data_mut().dice.below(2) {
        let state = store.data_mut();
        if state.budget == 0 {
            break;
        }
        state.budget -= 1;
        step(store.as_context_mut()).await;
    }
    store.data_mut().depth -= 1;
}

/// Lets a callback do what it is told; whether it may go on to what it is there for.
fn obey(mut store: StoreContextMut<'_, State>, policy: Policy) -> Result<bool> {
    match policy {
        _ if store.data().quiet => {}
        Policy::Kind => {}
        Policy::Act => {
            store.data_mut().acting += 1;
            act(store.as_context_mut());
            store.data_mut().acting -= 1;
        }
        Policy::Refuse => return Ok(false),
        policy => store.data_mut().fail(policy)?,
    }
    Ok(true)
}

type Boxed<'a, R> = Box<dyn Future<Output = Result<R>> + Send + 'a>;

/// The host's part of the world.
pub(crate) fn linker(engine: &Engine, waits: bool) -> Result<Linker<State>> {
    let mut linker = Linker::<State>::new(engine);
    let mut root = linker.root();
    root.resource("thing", ResourceType::host::<Thing>(), |mut store, rep| {
        let destroyed = store.data_mut().things.insert(rep, true);
        assert_eq!(destroyed, Some(false), "thing {rep} was destroyed before");
        Ok(())
    })?;
    root.func_wrap("host", |mut store: StoreContextMut<'_, State>, (n,): (u32,)| {
        act(store.as_context_mut());
        store.data_mut().end(n.wrapping_mul(3)).map(|n| (n,))
    })?;
    root.func_wrap("look", |mut store: StoreContextMut<'_, State>, (thing,): (Resource<Thing>,)| {
        assert!(!thing.owned() && !store.data().things[&thing.rep()], "a borrow of what there is");
        act(store.as_context_mut());
        store.data_mut().end(thing.rep() + 2).map(|n| (n,))
    })?;
    root.func_wrap("say", |mut store: StoreContextMut<'_, State>, (said,): (String,)| {
        act(store.as_context_mut());
        store.data_mut().end(0).map(|_| (said.chars().rev().collect::<String>(),))
    })?;
    if !waits {
        root.func_wrap("wait", |mut store: StoreContextMut<'_, State>, (n,): (u32,)| {
            act(store.as_context_mut());
            store.data_mut().end(n.wrapping_mul(3)).map(|n| (n,))
        })?;
        return Ok(linker);
    }
    root.func_wrap_async("wait", |mut store: StoreContextMut<'_, State>, (n,): (u32,)| -> Boxed<'_, (u32,)> {
        Box::new(async move {
            for _ in 0..store.data_mut().dice.below(3) {
                Polls(store.data_mut().dice.below(3)).await;
                act_and_wait(store.as_context_mut()).await;
            }
            Polls(store.data_mut().dice.below(2)).await;
            store.data_mut().end(n.wrapping_mul(3)).map(|n| (n,))
        })
    })?;
    Ok(linker)
}

/// The guest for an engine.
pub(crate) fn component(engine: &Engine) -> Component {
    Component::new(engine, include_str!("components/guest.wat")).expect("the guest is valid")
}

/// A store, with an instance.
pub(crate) fn store(
    which: usize,
    component: &Component,
    linker: &Arc<Linker<State>>,
    waits: bool,
    seed: u64,
    shared: &Arc<Mutex<Vec<Handles>>>,
) -> Store<State> {
    let engine = component.engine();
    let mut dice = Dice::new(seed);
    dice.roll();
    let state = State {
        which,
        dice,
        depth: 0,
        budget: 0,
        acting: 0,
        quiet: false,
        waits,
        spent: false,
        its: Vec::new(),
        cells: Vec::new(),
        gone: Vec::new(),
        things: BTreeMap::new(),
        limiter: Policy::Kind,
        hook: Policy::Kind,
        epoch: Policy::Kind,
        fuel: engine.get_consume_fuel(),
        epochs: engine.get_epoch_interruption(),
        ends: Vec::new(),
        disturbed: false,
        log: Vec::new(),
        component: component.clone(),
        linker: linker.clone(),
        shared: shared.clone(),
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
            true if store.data().waits => Ok(UpdateDeadline::Yield(1)),
            true => Ok(UpdateDeadline::Continue(1)),
            false => {
                store.data_mut().disturbed = true;
                store.set_epoch_deadline(1);
                Err(Trap::Interrupt.into())
            }
        }
    });
    if store.data().fuel {
        store.set_fuel(MUCH).expect("fuel is on");
        if waits {
            store.fuel_async_yield_interval(Some(50)).expect("fuel is on");
        }
    }
    store.set_epoch_deadline(1);
    store
}
