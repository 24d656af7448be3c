//! What an embedder does with components, one thing at a time, and what must come of it.
//!
//! As in [`steps`](crate::steps): a step is taken at the top or by a callback, and the model says behind it what may have
//! come of it. An instance is two components, one of which calls the other; the model knows which of them a call that
//! failed has poisoned.

use super::{Cell, End, Handles, It, MAX_PAGES, MUCH, State, Thing, now};
use crate::world::{Mark, Policy};
use coracle::component::{ComponentNamedList, Lift, Lower, Resource, ResourceAny, TypedFunc};
use coracle::{AsContextMut, Error, Result, StoreContextMut, Trap};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::Poll;

/// How a call ended that returned no value.
#[derive(Clone, Debug, PartialEq)]
enum Failed {
    Trap(Trap),
    Mark,
    Panic,
    /// Another error, with its text.
    Other(String),
    /// Its future was dropped, or forgotten, after so many polls.
    GivenUp(u32),
}

type Got<R> = std::result::Result<R, Failed>;
type Step<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The components of an instance.
const OUTER: usize = 0;
const INNER: usize = 1;

/// Takes a step.
pub(crate) fn step(mut store: StoreContextMut<'_, State>) -> Step<'_> {
    Box::pin(async move {
        let state = store.data_mut();
        if state.spent {
            return;
        }
        let before = (std::mem::replace(&mut state.disturbed, false), std::mem::take(&mut state.ends));
        match store.data_mut().dice.below(28) {
            _ if store.data().its.is_empty() => another(store.as_context_mut()).await,
            0..10 => numbers(store.as_context_mut()).await,
            10..13 => texts(store.as_context_mut()).await,
            13 => sum(store.as_context_mut()).await,
            14..18 => things(store.as_context_mut()).await,
            18..22 => cells(store.as_context_mut()).await,
            22 => another(store.as_context_mut()).await,
            23 => foreign(store.as_context_mut()).await,
            24 => store.engine().increment_epoch(),
            _ => policies(store.as_context_mut()),
        }
        let state = store.data_mut();
        (state.disturbed, state.ends) = before;
    })
}

/// Compares the model with what there is.
pub(crate) async fn verify(mut store: StoreContextMut<'_, State>) {
    if store.data().spent {
        return;
    }
    for at in 0..store.data().its.len() {
        let it = store.data().its[at].clone();
        let seen = look(&mut store, &it).await;
        let outer = (!it.poisoned[OUTER]).then_some((it.pages, it.count));
        assert_eq!(seen, (outer, !it.poisoned[INNER]), "instance {at}");
    }
}

/// Pages and count of an instance, unless its outer component is poisoned, and whether its inner one is not.
async fn look(store: &mut StoreContextMut<'_, State>, it: &It) -> (Option<(u32, u32)>, bool) {
    let quiet = std::mem::replace(&mut store.data_mut().quiet, true);
    if store.data().fuel {
        store.set_fuel(MUCH).expect("fuel is on");
    }
    // While the callback of an epoch runs there is none, and whoever is called is interrupted.
    store.set_epoch_deadline(1 << 40);
    let state = u32s(store, it, "state", 0, None).await;
    let ping = u32s(store, it, "back-ping", 1, None).await;
    store.set_epoch_deadline(1);
    store.data_mut().quiet = quiet;
    let outer = match state {
        Ok(state) => Some((state >> 16, state & 0xffff)),
        Err(Failed::Trap(Trap::CannotEnterComponent)) => None,
        Err(failed) => panic!("a look at an instance: {failed:?}"),
    };
    assert!(matches!(ping, Ok(8) | Err(Failed::Trap(Trap::CannotEnterComponent))), "{ping:?}");
    (outer, ping.is_ok())
}

/// Takes over what there is: nobody knows how far a guest came. What was poisoned stays so.
async fn resync(store: &mut StoreContextMut<'_, State>, at: usize) {
    let it = store.data().its[at].clone();
    let (outer, inner) = look(store, &it).await;
    let it = &mut store.data_mut().its[at];
    let healed = it.poisoned[OUTER] && outer.is_some() || it.poisoned[INNER] && inner;
    assert!(!healed, "what was poisoned can be entered again");
    (it.pages, it.count) = outer.unwrap_or((it.pages, it.count));
    it.poisoned = [outer.is_none(), !inner];
}

/// Calls a function of an instance's. In a store that waits, the call may be given up after so many polls.
async fn call<P, R>(
    store: &mut StoreContextMut<'_, State>,
    it: &It,
    name: &str,
    params: P,
    patience: Option<u32>,
) -> Got<R>
where
    P: ComponentNamedList + Lower + Send + Sync + 'static,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    let func: TypedFunc<P, R> = it.instance.get_typed_func(&mut *store, name).expect("it is exported");
    if !store.data().waits {
        let got = catch_unwind(AssertUnwindSafe(|| func.call(&mut *store, params)));
        return told(got);
    }
    let state = store.data_mut();
    let before = (state.depth, state.quiet);
    let forget = state.depth == 0 && state.dice.below(4) == 0;
    match patiently(func.call_async(&mut *store, params), patience, forget).await {
        Ok(got) => told(got),
        Err(polls) => {
            let state = store.data_mut();
            (state.depth, state.quiet) = before;
            state.spent |= forget;
            Err(Failed::GivenUp(polls))
        }
    }
}

/// Waits for a future, and gives it up after so many polls, which are told then; panics are caught.
async fn patiently<F: Future>(
    future: F,
    patience: Option<u32>,
    forget: bool,
) -> std::result::Result<std::thread::Result<F::Output>, u32> {
    let (mut future, mut polls) = (Box::pin(future), 0);
    let got = poll_fn(|context| {
        if patience == Some(polls) {
            return Poll::Ready(None);
        }
        polls += 1;
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(got)) => Poll::Ready(Some(Ok(got))),
            Err(panic) => Poll::Ready(Some(Err(panic))),
        }
    });
    let got = got.await;
    if got.is_none() && forget {
        std::mem::forget(future);
    }
    got.ok_or(polls)
}

/// What became of a call, errors and panics of the embedder's told apart from any other.
fn told<R>(got: std::thread::Result<Result<R>>) -> Got<R> {
    match got {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(&error)),
        Err(panic) if panic.is::<Mark>() => Err(Failed::Panic),
        Err(panic) => resume_unwind(panic),
    }
}

fn failed(error: &Error) -> Failed {
    match error.downcast_ref::<Trap>() {
        _ if error.is::<Mark>() => Failed::Mark,
        Some(trap) => Failed::Trap(*trap),
        None => Failed::Other(format!("{error:#}")),
    }
}

/// Calls a function of one number, with its type known or not.
async fn u32s(store: &mut StoreContextMut<'_, State>, it: &It, name: &str, n: u32, patience: Option<u32>) -> Got<u32> {
    if store.data().waits || store.data_mut().dice.below(2) == 0 {
        return call(store, it, name, (n,), patience).await.map(|(n,): (u32,)| n);
    }
    let func = it.instance.get_func(&mut *store, name).expect("it is exported");
    let mut results = [0_u32.into()];
    let got = catch_unwind(AssertUnwindSafe(|| func.call(&mut *store, &[n.into()], &mut results)));
    told(got).map(|()| match results {
        [coracle::component::Val::U32(n)] => n,
        other => panic!("{name} gave {other:?}"),
    })
}

impl Failed {
    fn of(end: End) -> Option<Self> {
        match end {
            End::Value(_) => None,
            End::Trap(trap) => Some(Self::Trap(trap)),
            End::Mark => Some(Self::Mark),
            End::Panic => Some(Self::Panic),
        }
    }

    /// Whether this may come of anything in the state that the store is in.
    fn is_disturbance(&self, state: &State) -> bool {
        match self {
            Self::Mark | Self::Panic => state.disturbed,
            Self::Trap(Trap::OutOfFuel) => state.fuel,
            Self::Trap(Trap::Interrupt) => state.epochs,
            Self::Trap(Trap::CannotLeaveComponent) => state.acting > 0,
            Self::GivenUp(_) => true,
            _ => false,
        }
    }
}

fn note(store: &mut StoreContextMut<'_, State>, what: String) {
    let state = store.data_mut();
    let indent = "  ".repeat(state.depth as usize);
    state.log.push(format!("{indent}store {}: {what}", state.which));
}

fn pick(store: &mut StoreContextMut<'_, State>) -> Option<(usize, It)> {
    let count = store.data().its.len() as u64;
    let at = (count > 0).then(|| store.data_mut().dice.below(count) as usize)?;
    Some((at, store.data().its[at].clone()))
}

/// With how much a call begins: little fuel now and then, and little patience.
fn begin(store: &mut StoreContextMut<'_, State>) -> Option<u32> {
    let state = store.data_mut();
    let (little, patience) = (state.dice.below(8) == 0, state.dice.below(6) == 0);
    let (fuel, polls) = (state.dice.below(400), state.dice.below(5) as u32);
    if state.fuel && little {
        store.set_fuel(fuel).expect("fuel is on");
    }
    (store.data().waits && patience).then_some(polls)
}

/// Takes note of how a call of an instance ended. `expected` is how it could: with a value, which `takes` says, or not, and
/// then which of its components are poisoned. Whether all went as it should.
async fn end<R: std::fmt::Debug>(
    store: &mut StoreContextMut<'_, State>,
    (at, before): (usize, &It),
    what: &str,
    got: &Got<R>,
    entered: usize,
    takes: impl FnOnce(&State, &R) -> bool,
    expected: impl FnOnce(&State) -> Vec<(Failed, [bool; 2])>,
) -> bool {
    if store.data().fuel {
        store.set_fuel(MUCH).expect("fuel is on");
    }
    note(store, format!("instance {at}: {what} ended: {got:?}"));
    if store.data().spent {
        return false;
    }
    let failed = match got {
        Ok(value) => {
            assert!(!before.poisoned[entered], "{what}: a poisoned component was entered");
            assert!(takes(store.data(), value), "{what} of instance {at} gave {value:?}");
            return true;
        }
        Err(failed) => failed,
    };
    if before.poisoned[entered] {
        let refused = matches!(failed, Failed::Trap(Trap::CannotEnterComponent) | Failed::GivenUp(0));
        assert!(refused, "{what}: {failed:?} of a poisoned component");
        return false;
    }
    let mut expected = expected(store.data());
    if store.data().its[at].poisoned[INNER] && entered == OUTER {
        // Whoever called it from the outer one could not enter.
        expected.push((Failed::Trap(Trap::CannotEnterComponent), [true, true]));
    }
    if store.data().its[at].poisoned != before.poisoned {
        // A call within this one may have been broken off in a `realloc`, and whoever was in it cannot call out.
        expected.push((Failed::Trap(Trap::CannotLeaveComponent), [entered == OUTER, entered == INNER]));
    }
    if let Some((_, poisoned)) = expected.iter().find(|(expected, _)| expected == failed) {
        let now = &mut store.data_mut().its[at].poisoned;
        *now = [now[0] || poisoned[0], now[1] || poisoned[1]];
        return false;
    }
    assert!(failed.is_disturbance(store.data()), "{what} of instance {at}: {failed:?}, not one of {expected:?}");
    resync(store, at).await;
    if let Failed::GivenUp(polls @ 1..) = failed {
        // Calls within it, of whichever instance, were given up with it.
        for at in 0..store.data().its.len() {
            resync(store, at).await;
        }
        assert!(store.data().its[at].poisoned[entered], "{what} was given up after {polls} polls");
    }
    false
}

const NUMBERS: [&str; 14] = [
    "state",
    "fail",
    "fail-back",
    "host",
    "host",
    "wait",
    "wait",
    "wait",
    "relay",
    "relay",
    "twice",
    "grow",
    "back-ping",
    "back-relay",
];

/// Calls a function of numbers.
async fn numbers(mut store: StoreContextMut<'_, State>) {
    let store = &mut store;
    let Some((at, it)) = pick(store) else { return };
    let name = NUMBERS[store.data_mut().dice.below(14) as usize];
    let n = match name {
        "grow" => [0, 1, 1, 2, 20, u32::MAX][store.data_mut().dice.below(6) as usize],
        _ => store.data_mut().dice.below(1000) as u32,
    };
    note(store, format!("instance {at}: {name}({n})"));
    let patience = begin(store);
    let got = u32s(store, &it, name, n, patience).await;
    let entered = if name.starts_with("back") { INNER } else { OUTER };
    let takes = |state: &State, &got: &u32| value(name, n, &state.its[at], state).contains(&got);
    let expected = |state: &State| failures(name, state);
    let done = end(store, (at, &it), name, &got, entered, takes, expected).await;
    let (true, Ok(got)) = (done, got) else { return };
    let it = &mut store.data_mut().its[at];
    match name {
        "grow" if got != u32::MAX => it.pages += n,
        "host" | "wait" | "relay" | "twice" => it.count += 1,
        _ => {}
    }
}

/// The values that a function of numbers may give, by the model as it is behind it.
fn value(name: &str, n: u32, it: &It, state: &State) -> Vec<u32> {
    let ends = state.ends.iter().map(|end| if let End::Value(value) = end { *value } else { 0 });
    let sum = ends.fold(0, u32::wrapping_add);
    match name {
        "state" => vec![it.pages * 0x10000 + it.count],
        "host" | "wait" => vec![sum],
        "relay" | "twice" | "back-relay" => vec![sum.wrapping_add(1)],
        "back-ping" => vec![n + 7],
        "grow" => {
            let fits = it.pages.checked_add(n).is_some_and(|pages| pages <= MAX_PAGES);
            let refused = state.limiter == Policy::Refuse && n > 0;
            if fits && !refused { vec![it.pages] } else { vec![u32::MAX] }
        }
        _ => Vec::new(),
    }
}

/// How a function of numbers may fail, and what that poisons.
fn failures(name: &str, state: &State) -> Vec<(Failed, [bool; 2])> {
    let unreachable = Failed::Trap(Trap::UnreachableCodeReached);
    let ended = state.ends.last().and_then(|&end| Failed::of(end));
    let poisoned = match name {
        "fail" => return vec![(unreachable, [true, false])],
        "fail-back" => return vec![(unreachable, [true, true])],
        "twice" => [true, state.ends.len() == 1],
        "relay" => [true, true],
        "back-relay" => [false, true],
        _ => [true, false],
    };
    ended.map(|failed| (failed, poisoned)).into_iter().collect()
}

/// Sends a text through: to the inner component and back, or to the host.
async fn texts(mut store: StoreContextMut<'_, State>) {
    let store = &mut store;
    let Some((at, it)) = pick(store) else { return };
    let dice = &mut store.data_mut().dice;
    let letters = ['a', 'z', 'é', '\u{7ff}', '€', '\u{10ffff}'];
    let text: String = (0..dice.below(80)).map(|_| letters[dice.below(6) as usize]).collect();
    let name = if dice.below(2) == 0 { "echo" } else { "say" };
    note(store, format!("instance {at}: {name}({text:?})"));
    let patience = begin(store);
    let got: Got<(String,)> = call(store, &it, name, (text.clone(),), patience).await;
    let takes = |_: &State, (got,): &(String,)| match name {
        "say" => got.chars().eq(text.chars().rev()),
        _ => *got == text,
    };
    let expected = |state: &State| failures(name, state);
    end(store, (at, &it), name, &got, OUTER, takes, expected).await;
}

/// Sends a list.
async fn sum(mut store: StoreContextMut<'_, State>) {
    let store = &mut store;
    let Some((at, it)) = pick(store) else { return };
    let dice = &mut store.data_mut().dice;
    let list: Vec<u32> = (0..dice.below(100)).map(|_| dice.roll() as u32).collect();
    let wanted = list.iter().map(|&n| u64::from(n)).sum::<u64>();
    let patience = begin(store);
    let got: Got<(u64,)> = call(store, &it, "sum", (list,), patience).await;
    end(store, (at, &it), "sum", &got, OUTER, |_, &(got,)| got == wanted, |_| Vec::new()).await;
}

/// Lends a thing of the host's, gives one away, or asks for it back.
async fn things(mut store: StoreContextMut<'_, State>) {
    let store = &mut store;
    let Some((at, it)) = pick(store) else { return };
    let patience = begin(store);
    match store.data_mut().dice.below(4) {
        0 => {
            let rep = new_thing(store.data_mut());
            let borrow = Resource::<Thing>::new_borrow(rep);
            let got: Got<(u32,)> = call(store, &it, "lend", (borrow,), patience).await;
            let wanted = |state: &State, &(got,): &(u32,)| state.ends == [End::Value(got)] && got == rep + 2;
            let done = end(store, (at, &it), "lend", &got, OUTER, wanted, |state| failures("lend", state)).await;
            if done {
                store.data_mut().its[at].count += 1;
            }
            assert!(!store.data().things[&rep], "what is lent is the host's");
        }
        1 => {
            let rep = new_thing(store.data_mut());
            let got: Got<(Option<Resource<Thing>>,)> =
                call(store, &it, "keep", (Resource::<Thing>::new_own(rep),), patience).await;
            if end(store, (at, &it), "keep", &got, OUTER, gives(at), |_| Vec::new()).await {
                store.data_mut().its[at].kept = Some(rep);
            }
        }
        2 => {
            let got: Got<(Option<Resource<Thing>>,)> = call(store, &it, "give", (), patience).await;
            if end(store, (at, &it), "give", &got, OUTER, gives(at), |_| Vec::new()).await {
                store.data_mut().its[at].kept = None;
            }
        }
        _ => {
            let got: Got<()> = call(store, &it, "discard", (), patience).await;
            let gone = |state: &State, (): &()| state.its[at].kept.is_none_or(|rep| state.things[&rep]);
            if end(store, (at, &it), "discard", &got, OUTER, gone, |_| Vec::new()).await {
                store.data_mut().its[at].kept = None;
            }
        }
    }
}

/// A thing of the host's that nobody knows yet.
fn new_thing(state: &mut State) -> u32 {
    let rep = state.things.len() as u32 + 1;
    state.things.insert(rep, false);
    rep
}

/// Whether what a guest gives is what it kept.
fn gives(at: usize) -> impl FnOnce(&State, &(Option<Resource<Thing>>,)) -> bool {
    move |state, (got,)| {
        let rep = got.as_ref().map(Resource::rep);
        rep == state.its[at].kept && rep.is_none_or(|rep| !state.things[&rep])
    }
}

/// Makes a resource of the guest's, looks at it, gives it away, drops it, or uses what was given away.
async fn cells(mut store: StoreContextMut<'_, State>) {
    let store = &mut store;
    let Some((at, it)) = pick(store) else { return };
    let (what, n) = (store.data_mut().dice.below(6), store.data_mut().dice.below(1000) as u32);
    if what < 2 {
        let patience = begin(store);
        let got: Got<(ResourceAny,)> = call(store, &it, "make", (n,), patience).await;
        let done = end(store, (at, &it), "make", &got, OUTER, |_, _| true, |_| Vec::new()).await;
        if let (true, Ok((any,))) = (done, got) {
            store.data_mut().cells.push(Cell { any, of: at, number: n });
        }
        return;
    }
    if what == 2 {
        let count = store.data().gone.len() as u64;
        let Some(gone) = (count > 0).then(|| store.data_mut().dice.below(count) as usize) else { return };
        let any = store.data().gone[gone];
        let got: Got<(u32,)> = call(store, &it, "read", (any,), None).await;
        let refused = matches!(&got, Err(failed) if matches!(failed, Failed::Other(_) | Failed::Trap(Trap::CannotEnterComponent)) || failed.is_disturbance(store.data()));
        note(store, format!("a cell that is gone: {got:?}"));
        assert!(refused, "a cell that was given away was used: {got:?}");
        return resync(store, at).await;
    }
    let count = store.data().cells.len() as u64;
    let Some(which) = (count > 0).then(|| store.data_mut().dice.below(count) as usize) else { return };
    let cell = store.data().cells[which].clone();
    let it = store.data().its[cell.of].clone();
    let at = cell.of;
    let traps = cell.number & 7 == 5;
    let unreachable = |poisoned| match traps {
        true => vec![(Failed::Trap(Trap::UnreachableCodeReached), poisoned)],
        false => Vec::new(),
    };
    note(store, format!("instance {at}: cell {} {what}", cell.number));
    if what == 3 {
        let patience = begin(store);
        let got: Got<(u32,)> = call(store, &it, "read", (cell.any,), patience).await;
        end(store, (at, &it), "read", &got, OUTER, |_, &(got,)| got == cell.number, |_| Vec::new()).await;
        return;
    }
    // Whatever comes of it, the host has it no longer; but where it could not be given, nobody knows.
    store.data_mut().cells.remove(which);
    if what == 4 {
        let patience = begin(store);
        let got: Got<(u32,)> = call(store, &it, "take", (cell.any,), patience).await;
        let takes = |_: &State, &(got,): &(u32,)| got == cell.number && !traps;
        if end(store, (at, &it), "take", &got, OUTER, takes, |_| unreachable([true, true])).await {
            store.data_mut().gone.push(cell.any);
        }
        return;
    }
    let got = match store.data().waits {
        true => patiently(cell.any.resource_drop_async(&mut *store), None, false)
            .await
            .map_or_else(|polls| Err(Failed::GivenUp(polls)), told),
        false => told(catch_unwind(AssertUnwindSafe(|| cell.any.resource_drop(&mut *store)))),
    };
    if end(store, (at, &it), "drop", &got, INNER, |_, ()| !traps, |_| unreachable([false, true])).await {
        store.data_mut().gone.push(cell.any);
    }
}

/// One more instance.
async fn another(mut store: StoreContextMut<'_, State>) {
    if store.data().its.len() >= 4 {
        return;
    }
    let state = store.data();
    let (linker, component, waits) = (state.linker.clone(), state.component.clone(), state.waits);
    let got = match waits {
        true => patiently(linker.instantiate_async(&mut store, &component), None, false)
            .await
            .map_or_else(|polls| Err(Failed::GivenUp(polls)), told),
        false => told(catch_unwind(AssertUnwindSafe(|| linker.instantiate(&mut store, &component)))),
    };
    match got {
        Ok(instance) => {
            let state = store.data_mut();
            state.its.push(It { instance, pages: 1, count: 0, kept: None, poisoned: [false; 2] });
            let cell = state.cells.last().map(|cell| cell.any);
            let handles = Handles { store: state.which, instance, cell, component };
            state.shared.lock().expect("nobody panics with it").push(handles);
        }
        // The limiter says of the memories whether there may be any.
        Err(Failed::Other(message)) if message.contains("limit") => {}
        Err(failed) => assert!(failed.is_disturbance(store.data()), "{failed:?}"),
    }
}

/// Tries what is another store's.
async fn foreign(mut store: StoreContextMut<'_, State>) {
    let which = store.data().which;
    let shared = store.data().shared.clone();
    let others: Vec<_> =
        shared.lock().expect("nobody panics with it").iter().filter(|it| it.store != which).cloned().collect();
    let Some((at, it)) = pick(&mut store) else { return };
    let Some(other) = (!others.is_empty()).then(|| &others[store.data_mut().dice.below(others.len() as u64) as usize])
    else {
        return;
    };
    let way = store.data_mut().dice.below(4);
    note(&mut store, format!("a thing of store {}, way {way}", other.store));
    let mut ctx = store.as_context_mut();
    let attempt = || -> Result<bool> {
        Ok(match (way, other.cell) {
            (0, _) => other.instance.get_func(&mut ctx, "state").is_some(),
            (1, Some(cell)) if !ctx.data().waits => {
                let read = it.instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut ctx, "read")?;
                read.call(&mut ctx, (cell,)).is_ok()
            }
            (2, Some(cell)) if !ctx.data().waits => cell.resource_drop(&mut ctx).is_ok(),
            (3, _) if !coracle::Engine::same(other.component.engine(), ctx.engine()) => {
                let linker = ctx.data().linker.clone();
                now(linker.instantiate_async(&mut ctx, &other.component)).is_ok()
            }
            _ => false,
        })
    };
    let taken = crate::quietly(|| catch_unwind(AssertUnwindSafe(attempt)));
    assert!(!matches!(taken, Ok(Ok(true))), "a thing of store {} was taken, way {way}", other.store);
    resync(&mut store, at).await;
}

fn policies(mut store: StoreContextMut<'_, State>) {
    let state = store.data_mut();
    let policy = Policy::roll(&mut state.dice);
    match state.dice.below(3) {
        0 => state.limiter = policy,
        1 => state.hook = policy,
        _ => state.epoch = policy,
    }
    let told = format!("limiter {:?}, hook {:?}, epoch {:?}", state.limiter, state.hook, state.epoch);
    note(&mut store, told);
}
