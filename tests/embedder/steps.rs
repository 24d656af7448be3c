//! What an embedder does, one thing at a time, and what must come of it.
//!
//! A step is taken at the top, or by a callback while a guest stands in the middle of another. What must come of it is
//! told by the model, looked at after the step: callbacks change things on the way in only, and each function of the
//! guest has one effect, at its end. Where a callback has failed, the fuel was out or an epoch over, the guest may have
//! got to its effect or not, and the model takes over what there is.

use crate::world::{Dice, End, It, MAX_ELEMENTS, MAX_PAGES, Mark, Policy, State, instance, number, seen};
use coracle::{
    AsContextMut, Engine, Error, Extern, Instance, Ref, Result, StoreContextMut, ThrownException, Trap, Val,
    WasmBacktrace,
};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How something ended.
#[derive(Debug, PartialEq)]
enum Got {
    End(End),
    /// Another error, with its text.
    Other(String),
}

/// Takes a step.
pub(crate) fn step(mut store: StoreContextMut<'_, State>) {
    let before = std::mem::replace(&mut store.data_mut().disturbed, false);
    match store.data_mut().dice.below(24) {
        0..12 => guest(store.as_context_mut()),
        12..14 => memory(store.as_context_mut()),
        14..16 => table(store.as_context_mut()),
        16 => global(store.as_context_mut()),
        17 | 18 => policies(store.as_context_mut()),
        19 => meters(store.as_context_mut()),
        20 => another(store.as_context_mut()),
        21 | 22 => foreign(store.as_context_mut()),
        _ => look(store.as_context_mut()),
    }
    store.data_mut().disturbed = before;
}

/// Compares the model with what there is.
pub(crate) fn verify(mut store: StoreContextMut<'_, State>) {
    for at in 0..store.data().its.len() {
        let it = store.data().its[at].clone();
        assert_eq!(it.memory.size(&store), it.pages, "pages of {at}");
        assert_eq!(it.global.get(&mut store).i32(), Some(it.number), "the global of {at}");
        assert_eq!(it.table.size(&store), it.elements.len() as u64, "elements of {at}");
        for (index, element) in it.elements.iter().enumerate() {
            let found = it.table.get(&mut store, index as u64).expect("within the table");
            assert_eq!(found.is_null(), element.is_none(), "element {index} of {at}");
        }
        let data = it.memory.data(&store);
        for (&address, &value) in &it.cells {
            let bytes = data[address as usize..][..4].try_into().expect("four bytes");
            assert_eq!(i32::from_le_bytes(bytes), value, "the cell at {address} of {at}");
        }
    }
}

/// Takes over what there is: nobody knows how far a guest came. New elements return `number`.
fn resync(mut store: StoreContextMut<'_, State>, number: i32) {
    for at in 0..store.data().its.len() {
        let mut it = store.data().its[at].clone();
        it.pages = it.memory.size(&store);
        it.number = it.global.get(&mut store).i32().expect("the type of the global");
        let size = it.table.size(&store) as usize;
        it.elements.resize(size, Some(number));
        for index in 0..size {
            let null = it.table.get(&mut store, index as u64).expect("within the table").is_null();
            it.elements[index] = if null { None } else { it.elements[index].or(Some(number)) };
        }
        let data = it.memory.data(&store);
        for (&address, value) in &mut it.cells {
            *value = i32::from_le_bytes(data[address as usize..][..4].try_into().expect("four bytes"));
        }
        store.data_mut().its[at] = it;
    }
}

/// What became of a call, errors and panics of the embedder's told apart from any other.
fn caught<T>(
    mut store: StoreContextMut<'_, State>,
    call: impl FnOnce(StoreContextMut<'_, State>) -> Result<T>,
) -> std::result::Result<T, Got> {
    match catch_unwind(AssertUnwindSafe(|| call(store.as_context_mut()))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Got::of(store, &error)),
        Err(panic) if panic.is::<Mark>() => Err(Got::End(End::Panic)),
        Err(panic) => resume_unwind(panic),
    }
}

impl Got {
    fn of(mut store: StoreContextMut<'_, State>, error: &Error) -> Self {
        if error.is::<Mark>() {
            return Self::End(End::Mark);
        }
        if error.is::<ThrownException>() {
            assert!(store.take_pending_exception().is_some(), "a thrown exception is kept");
            return Self::End(End::Thrown);
        }
        match error.downcast_ref::<Trap>() {
            Some(trap) => Self::End(End::Trap(*trap)),
            None => Self::Other(format!("{error:#}")),
        }
    }

    /// Whether this may come of anything in the state that the store is in.
    fn is_disturbance(&self, state: &State) -> bool {
        match self {
            Self::End(End::Mark | End::Panic) => state.disturbed,
            Self::End(End::Trap(Trap::OutOfFuel)) => state.fuel,
            Self::End(End::Trap(Trap::Interrupt)) => state.epochs,
            _ => false,
        }
    }
}

fn pick(store: &mut StoreContextMut<'_, State>) -> (usize, It) {
    let count = store.data().its.len() as u64;
    let at = store.data_mut().dice.below(count) as usize;
    (at, store.data().its[at].clone())
}

fn note(store: &mut StoreContextMut<'_, State>, what: String) {
    let state = store.data_mut();
    let indent = "  ".repeat(state.depth as usize);
    state.log.push(format!("{indent}store {}: {what}", state.which));
}

const FUNCS: [&str; 20] = [
    "add", "load", "load", "store", "store", "grow", "grow", "tgrow", "set", "spin", "at", "at", "fail", "throw",
    "host", "host", "deep", "rest", "down", "catch",
];

fn arguments(name: &str, it: &It, dice: &mut Dice) -> (i32, i32) {
    let value = dice.below(1000) as i32;
    match name {
        "load" | "store" => {
            let end = (it.pages << 16) as i32;
            ([0, 0, 8, end - 4, end - 3, end, -4][dice.below(7) as usize], value)
        }
        "grow" => ([0, 1, 1, 2, 20, -1][dice.below(6) as usize], 0),
        "tgrow" => ([0, 1, 2, 5, 30, -1][dice.below(6) as usize], 0),
        "spin" => (1 + value * 3, 0),
        "at" => (dice.below(it.elements.len() as u64 + 2) as i32, 0),
        "down" => (if dice.below(4) == 0 { 1_000_000 } else { value % 60 }, 0),
        "deep" | "catch" => (value, value % 20),
        _ => (value, value / 2),
    }
}

/// Calls a function of a guest's.
fn guest(mut store: StoreContextMut<'_, State>) {
    let (at, it) = pick(&mut store);
    let name = FUNCS[store.data_mut().dice.below(20) as usize];
    let args = arguments(name, &it, &mut store.data_mut().dice);
    note(&mut store, format!("instance {at}: {name}{args:?}"));
    store.data_mut().ended = None;
    let placed = store.data().placed.len();
    let func = it.instance.get_typed_func::<(i32, i32), i32>(&mut store, name).expect("it is exported");
    let got = caught(store.as_context_mut(), |store| func.call(store, args));
    let got = got.map_or_else(|got| got, |value| Got::End(End::Value(value)));
    note(&mut store, format!("{name} ended: {got:?}"));
    let state = store.data_mut();
    let mut expected = expected(name, args, &state.its[at], state);
    if name == "at" {
        // The hook before the host's function comes when the element has been read.
        let before = it.elements.get(args.0 as usize).copied().flatten();
        expected.extend(state.placed[placed..].iter().copied().chain(before).map(End::Value));
    }
    let fits = expected.iter().any(|end| got == Got::End(*end));
    if !fits {
        assert!(got.is_disturbance(state), "{name}{args:?} of instance {at}: {got:?}, not one of {expected:?}");
        if name == "store" {
            // It may have got that far.
            written(store.as_context_mut(), at, args.0 as u32);
        }
        return resync(store, 1);
    }
    let Got::End(End::Value(value)) = got else { return };
    let it = &mut state.its[at];
    match name {
        "store" => it.put(args.0 as u32, args.1),
        "set" => it.number = args.0,
        "grow" if value != -1 => it.pages += args.0 as u64,
        "tgrow" if value != -1 => it.elements.resize(it.elements.len() + args.0 as usize, Some(1)),
        _ => {}
    }
}

/// Has the model look at a number's place, if there is such a place.
fn written(mut store: StoreContextMut<'_, State>, at: usize, address: u32) {
    let memory = store.data().its[at].memory;
    let end = memory.data_size(&store) as u64;
    for cell in [address & !3, address.wrapping_add(3) & !3] {
        if u64::from(cell) + 4 <= end {
            store.data_mut().its[at].cells.entry(cell).or_insert(0);
        }
    }
}

/// How a call may end, by the model as it is behind it.
fn expected(name: &str, (a, b): (i32, i32), it: &It, state: &State) -> Vec<End> {
    let within = u64::from(a as u32) + 4 <= it.pages << 16;
    vec![match name {
        "add" => End::Value(a.wrapping_add(b)),
        "load" if within => End::Value(it.word(a as u32)),
        "store" if within => End::Value(0),
        "load" | "store" => End::Trap(Trap::MemoryOutOfBounds),
        "grow" => return grown(it.pages, u64::from(a as u32), MAX_PAGES, state.limiter),
        "tgrow" => return grown(it.elements.len() as u64, u64::from(a as u32), MAX_ELEMENTS, state.limiter),
        "set" => End::Value(0),
        "spin" => End::Value(a.max(1)),
        "at" => match it.elements.get(a as usize) {
            Some(Some(number)) => End::Value(*number),
            Some(None) => End::Trap(Trap::IndirectCallToNull),
            None => End::Trap(Trap::TableOutOfBounds),
        },
        "fail" => End::Trap(Trap::UnreachableCodeReached),
        "throw" => End::Thrown,
        "down" if a > 1000 => End::Trap(Trap::StackOverflow),
        "down" => End::Value(a),
        _ => match (state.ended, name) {
            (None, _) => return Vec::new(),
            (Some(End::Thrown), "catch") => End::Value(-7),
            (Some(End::Value(value)), "deep" | "catch") => End::Value(value.wrapping_add(seen(it)).wrapping_add(b)),
            (Some(End::Value(value)), _) => End::Value(value.wrapping_add(seen(it))),
            (Some(end), _) => end,
        },
    }]
}

/// How growing may end: what is too much by the guest's own maximum may be refused before or after the limiter says so.
fn grown(old: u64, delta: u64, max: u64, limiter: Policy) -> Vec<End> {
    let by_limiter = match limiter {
        Policy::Kind | Policy::Act => None,
        Policy::Refuse => Some(End::Value(-1)),
        Policy::Fail => Some(End::Mark),
        Policy::Panic => Some(End::Panic),
    };
    let fits = old + delta <= max;
    let mut ends = Vec::from_iter(by_limiter);
    if !fits {
        ends.push(End::Value(-1));
    }
    if fits && by_limiter.is_none() || delta == 0 {
        ends.push(End::Value(old as i32));
    }
    ends
}

/// Growing by the API: an error where a guest gets -1.
fn grown_by_host(ends: &[End], got: &std::result::Result<u64, Got>) -> bool {
    ends.iter().any(|end| match (end, got) {
        (End::Value(-1), Err(Got::Other(_))) => true,
        (End::Value(old), Ok(got)) => *got == *old as u64,
        (end, Err(got)) => *got == Got::End(*end),
        _ => false,
    })
}

fn memory(mut store: StoreContextMut<'_, State>) {
    let (at, it) = pick(&mut store);
    let (which, value) = (store.data_mut().dice.below(3), store.data_mut().dice.below(1000) as i32);
    let end = it.pages << 16;
    let address = [0, 4, end - 4, end - 2, end + 8][store.data_mut().dice.below(5) as usize];
    let fits = address + 4 <= end;
    match which {
        0 => {
            let delta = [0, 1, 2, 20, u64::MAX][store.data_mut().dice.below(5) as usize];
            note(&mut store, format!("the memory of {at} grows by {delta}"));
            let got = caught(store.as_context_mut(), |store| it.memory.grow(store, delta));
            let ends = grown(it.pages, delta.min(1 << 40), MAX_PAGES, store.data().limiter);
            assert!(grown_by_host(&ends, &got), "memory.grow: {got:?}, not one of {ends:?}");
            store.data_mut().its[at].pages += if got.is_ok() { delta } else { 0 };
        }
        1 => {
            let written = it.memory.write(&mut store, address as usize, &value.to_le_bytes());
            assert_eq!(written.is_ok(), fits, "a write at {address}");
            if fits {
                store.data_mut().its[at].put(address as u32, value);
            }
        }
        _ => {
            let mut bytes = [0; 4];
            let read = it.memory.read(&store, address as usize, &mut bytes);
            assert_eq!(read.is_ok(), fits, "a read at {address}");
            if let Some(value) = it.cells.get(&(address as u32)).filter(|_| fits) {
                assert_eq!(i32::from_le_bytes(bytes), *value);
            }
        }
    }
}

fn table(mut store: StoreContextMut<'_, State>) {
    let (at, it) = pick(&mut store);
    let new = store.data_mut().dice.below(100) as i32 + 10;
    let null = store.data_mut().dice.below(4) == 0;
    let element = if null { Ref::Func(None) } else { number(store.as_context_mut(), new) };
    let kept = (!null).then_some(new);
    store.data_mut().placed.extend(kept);
    let len = it.elements.len();
    let index = store.data_mut().dice.below(len as u64 + 2) as usize;
    match store.data_mut().dice.below(4) {
        0 => {
            let delta = [0, 1, 3, 40][store.data_mut().dice.below(4) as usize];
            note(&mut store, format!("the table of {at} grows by {delta}"));
            let got = caught(store.as_context_mut(), |store| it.table.grow(store, delta, element));
            let ends = grown(len as u64, delta, MAX_ELEMENTS, store.data().limiter);
            assert!(grown_by_host(&ends, &got), "table.grow: {got:?}, not one of {ends:?}");
            if got.is_ok() {
                store.data_mut().its[at].elements.resize(len + delta as usize, kept);
            }
        }
        1 | 2 => {
            note(&mut store, format!("element {index} of {at} is set"));
            assert_eq!(it.table.set(&mut store, index as u64, element).is_ok(), index < len);
            if index < len {
                store.data_mut().its[at].elements[index] = kept;
            }
        }
        _ => {
            let count = store.data_mut().dice.below(4) as usize;
            note(&mut store, format!("{count} elements from {index} of {at} are filled"));
            let filled = it.table.fill(&mut store, index as u64, element, count as u64);
            assert_eq!(filled.is_ok(), index + count <= len, "fill {index} {count} of {len}");
            if filled.is_ok() {
                store.data_mut().its[at].elements[index..index + count].fill(kept);
            }
        }
    }
}

fn global(mut store: StoreContextMut<'_, State>) {
    let (at, it) = pick(&mut store);
    let value = store.data_mut().dice.below(1000) as i32;
    it.global.set(&mut store, Val::I32(value)).expect("of its type");
    it.global.set(&mut store, Val::I64(1)).expect_err("of another type");
    store.data_mut().its[at].number = value;
}

/// What callbacks will do.
fn policies(mut store: StoreContextMut<'_, State>) {
    let state = store.data_mut();
    let policy = Policy::roll(&mut state.dice);
    match state.dice.below(4) {
        0 => state.limiter = policy,
        1 => state.hook = policy,
        2 => state.epoch = policy,
        _ => (state.limiter, state.hook, state.epoch) = (Policy::Kind, Policy::Kind, Policy::Kind),
    }
    let now = (state.limiter, state.hook, state.epoch);
    note(&mut store, format!("limiter, hook, epoch: {now:?}"));
}

/// Fuel and epochs.
fn meters(mut store: StoreContextMut<'_, State>) {
    let fuel = [0, 40, 3000, 1 << 40, 1 << 40][store.data_mut().dice.below(5) as usize];
    note(&mut store, format!("fuel {fuel}"));
    let has = store.data().fuel;
    assert_eq!(store.set_fuel(fuel).is_ok(), has);
    assert_eq!(store.get_fuel().ok(), has.then_some(fuel));
    let ticks = store.data_mut().dice.below(3);
    store.set_epoch_deadline(ticks);
    if store.data_mut().dice.below(2) == 0 {
        store.engine().increment_epoch();
    }
}

/// One more instance.
fn another(mut store: StoreContextMut<'_, State>) {
    if store.data().its.len() >= 5 {
        return;
    }
    note(&mut store, "another instance".into());
    let limiter = store.data().limiter;
    let kind = matches!(limiter, Policy::Kind | Policy::Act);
    match caught(store.as_context_mut(), instance) {
        Ok(it) => {
            assert!(kind, "instantiated with a limiter that says {limiter:?}");
            store.data_mut().its.push(it);
        }
        Err(got) => {
            let of_limiter = match limiter {
                Policy::Refuse => matches!(got, Got::Other(_)),
                Policy::Fail => got == Got::End(End::Mark),
                Policy::Panic => got == Got::End(End::Panic),
                _ => false,
            };
            assert!(of_limiter, "an instance was refused: {got:?}");
        }
    }
}

/// Things of another store: refused by an error, by a panic or by finding nothing, and nothing changes.
fn foreign(mut store: StoreContextMut<'_, State>) {
    let which = store.data().which;
    let all = store.data().shared.clone();
    let others: Vec<_> =
        all.lock().expect("nobody panics with it").iter().filter(|handles| handles.store != which).cloned().collect();
    let Some(other) = (!others.is_empty()).then(|| &others[store.data_mut().dice.below(others.len() as u64) as usize])
    else {
        return;
    };
    let (at, it) = pick(&mut store);
    let way = store.data_mut().dice.below(8);
    note(&mut store, format!("a thing of store {}, way {way}, at {at}", other.store));
    let module = store.data().module.clone();
    let tag = store.data().tag.expect("made with the store");
    let mut ctx = store.as_context_mut();
    let attempt = || -> Result<bool> {
        Ok(match way {
            0 => other.func.call(&mut ctx, &[Val::I32(1)], &mut [Val::I32(0)]).is_ok(),
            1 => other.it.instance.get_export(&mut ctx, "memory").is_some(),
            2 => other.it.memory.grow(&mut ctx, 1).is_ok(),
            3 => it.table.set(&mut ctx, 0, Ref::Func(Some(other.func))).is_ok(),
            4 => other.it.table.size(&ctx) < u64::MAX,
            5 => other.it.global.set(&mut ctx, Val::I32(1)).is_ok(),
            6 => Instance::new(&mut ctx, &module, &[Extern::Func(other.func), tag.into()]).is_ok(),
            _ => {
                let same = Engine::same(ctx.engine(), other.module.engine());
                !same && Instance::new(&mut ctx, &other.module, &[]).is_ok()
            }
        })
    };
    let taken = crate::quietly(|| catch_unwind(AssertUnwindSafe(attempt)));
    assert!(!matches!(taken, Ok(Ok(true))), "a thing of store {} was taken, way {way}", other.store);
}

/// Looks around.
fn look(mut store: StoreContextMut<'_, State>) {
    let frames = WasmBacktrace::capture(&store).frames().len();
    assert!(store.data().depth > 0 || frames == 0, "{frames} frames where no guest runs");
    store.gc(None).expect("nothing is in its way");
    verify(store);
}
