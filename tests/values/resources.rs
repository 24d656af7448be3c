//! Resources: the host's own `counters`, which the guest drives, and the guest's, which the host drives.

use crate::setup::{GUESTS, Guest, tiers};
use coracle::component::{Linker, Resource, ResourceAny, ResourceTable, ResourceType, Val};
use coracle::{Result, StoreContextMut};

/// What the host knows: counters that live, and how many died.
#[derive(Default)]
pub(crate) struct Host {
    table: ResourceTable,
    live: u32,
    dropped: u32,
}

/// The host's resource.
pub(crate) struct Counter(u32);

impl Host {
    fn make(&mut self, start: u32) -> Result<Resource<Counter>> {
        self.live += 1;
        Ok(self.table.push(Counter(start))?)
    }

    /// Takes a counter off the table, as a destructor does.
    fn take(&mut self, counter: Resource<Counter>) -> Result<u32> {
        self.live -= 1;
        self.dropped += 1;
        Ok(self.table.delete(counter)?.0)
    }
}

type Owned = Resource<Counter>;
type Context<'a> = StoreContextMut<'a, Host>;

/// The host's `counters`.
pub(crate) fn add_to_linker(linker: &mut Linker<Host>) -> Result<()> {
    let mut counters = linker.instance("coracle:values/counters@0.1.0")?;
    counters.resource("counter", ResourceType::host::<Counter>(), |mut cx, rep| {
        cx.data_mut().take(Resource::new_own(rep)).map(drop)
    })?;
    counters.func_wrap("[constructor]counter", |mut cx: Context<'_>, (start,): (u32,)| {
        Ok((cx.data_mut().make(start)?,))
    })?;
    counters.func_wrap("[method]counter.add", |mut cx: Context<'_>, (own, n): (Owned, u32)| {
        let counter = cx.data_mut().table.get_mut(&own)?;
        counter.0 = counter.0.wrapping_add(n);
        Ok((counter.0,))
    })?;
    counters
        .func_wrap("[method]counter.get", |cx: Context<'_>, (own,): (Owned,)| Ok((cx.data().table.get(&own)?.0,)))?;
    counters.func_wrap("[static]counter.join", |mut cx: Context<'_>, (a, b): (Owned, Owned)| {
        let sum = cx.data_mut().take(a)?.wrapping_add(cx.data_mut().take(b)?);
        Ok((cx.data_mut().make(sum)?,))
    })?;
    counters.func_wrap("live", |cx: Context<'_>, (): ()| Ok((cx.data().live,)))?;
    counters.func_wrap("dropped", |cx: Context<'_>, (): ()| Ok((cx.data().dropped,)))?;
    counters.func_wrap("consume", |mut cx: Context<'_>, (own,): (Owned,)| Ok((cx.data_mut().take(own)?,)))?;
    counters.func_wrap("peek", |cx: Context<'_>, (own,): (Owned,)| Ok((cx.data().table.get(&own)?.0,)))?;
    counters.func_wrap("pass", |_: Context<'_>, (own,): (Owned,)| Ok((own,)))?;
    counters.func_wrap("make", |mut cx: Context<'_>, (n,): (u32,)| {
        let all: Result<Vec<Owned>> = (0..n).map(|start| cx.data_mut().make(start)).collect();
        Ok((all?,))
    })?;
    counters.func_wrap("sum", |mut cx: Context<'_>, (all,): (Vec<Owned>,)| {
        let sum: Result<u32> = all.into_iter().map(|own| cx.data_mut().take(own)).sum();
        Ok((sum?,))
    })?;
    counters.func_wrap("sum-peek", |cx: Context<'_>, (all, one): (Vec<Owned>, Option<Owned>)| {
        let table = &cx.data().table;
        let sum: Result<u32> = all.iter().chain(&one).map(|own| Ok(table.get(own)?.0)).sum();
        Ok((sum?,))
    })?;
    Ok(())
}

/// What `drive-counters` tells of counters that behave.
const DRIVEN: [&str; 7] = ["add 42", "peek 42", "live 2", "join 49 live 1", "sum-peek 59", "consume 49", "sum 10"];

#[test]
fn a_guest_drives_its_imported_counters() {
    for tier in tiers() {
        for name in GUESTS {
            let mut guest = Guest::new(tier, name);
            let func = guest.func("control", "drive-counters");
            let lines = guest.call(&func, &[], 1).remove(0);
            let mut expected: Vec<Val> = DRIVEN.map(|line| Val::String(line.into())).to_vec();
            // Dropped: two joined, the joined one, five summed, and one that was never used.
            expected.push(Val::String("live 0 dropped 9".into()));
            assert_eq!(lines, Val::List(expected), "{tier} {name}");
            assert_eq!(guest.store.data().live, 0, "{tier} {name}");
        }
    }
}

#[test]
fn a_guest_keeps_a_handle_across_calls() {
    for tier in tiers() {
        let mut guest = Guest::new(tier, "values");
        let [keep, add, drop] = ["keep-counter", "add-to-kept", "drop-kept"].map(|name| guest.func("control", name));
        assert_eq!(guest.call(&keep, &[Val::U32(5)], 1), [Val::U32(5)], "{tier}");
        let some = |n| Val::Option(Some(Box::new(Val::U32(n))));
        assert_eq!(guest.call(&add, &[Val::U32(6)], 1), [some(11)], "{tier}");
        assert_eq!((guest.store.data().live, guest.store.data().dropped), (1, 0), "{tier}");
        guest.call(&drop, &[], 0);
        assert_eq!((guest.store.data().live, guest.store.data().dropped), (0, 1), "{tier}");
        assert_eq!(guest.call(&add, &[Val::U32(6)], 1), [Val::Option(None)], "{tier}");
    }
}

/// A guest whose `counters` the host drives.
struct Driven(Guest);

impl Driven {
    fn call(&mut self, name: &str, params: &[Val]) -> Val {
        let func = self.0.func("counters", name);
        self.0.call(&func, params, 1).remove(0)
    }

    fn counter(&mut self, start: u32) -> ResourceAny {
        resource(self.call("[constructor]counter", &[Val::U32(start)]))
    }

    fn live(&mut self) -> Val {
        self.call("live", &[])
    }
}

fn resource(value: Val) -> ResourceAny {
    match value {
        Val::Resource(resource) => resource,
        other => panic!("{other:?} is no resource"),
    }
}

#[test]
fn the_host_drives_a_guest_s_counters() {
    for tier in tiers() {
        for name in GUESTS {
            let mut guest = Driven(Guest::new(tier, name));
            let a = guest.counter(40);
            assert!(a.owned(), "{tier} {name}");
            let handle = Val::Resource(a);
            assert_eq!(guest.call("[method]counter.add", &[handle.clone(), Val::U32(2)]), Val::U32(42), "{tier}");
            assert_eq!(guest.call("peek", std::slice::from_ref(&handle)), Val::U32(42), "{tier}");
            let b = resource(guest.call("pass", &[handle]));
            let c = guest.counter(7);
            assert_eq!(guest.live(), Val::U32(2), "{tier}");
            let joined = guest.call("[static]counter.join", &[Val::Resource(b), Val::Resource(c)]);
            assert_eq!(guest.live(), Val::U32(1), "{tier}");
            let Val::List(many) = guest.call("make", &[Val::U32(5)]) else { panic!("a list") };
            let one = Val::Option(Some(Box::new(joined.clone())));
            assert_eq!(guest.call("sum-peek", &[Val::List(many.clone()), one]), Val::U32(59), "{tier}");
            assert_eq!(guest.call("sum", &[Val::List(many)]), Val::U32(10), "{tier}");
            assert_eq!(guest.live(), Val::U32(1), "{tier}");
            resource(joined).resource_drop(&mut guest.0.store).unwrap();
            assert_eq!(guest.live(), Val::U32(0), "{tier}");
            assert_eq!(guest.call("dropped", &[]), Val::U32(8), "{tier}");
        }
    }
}

#[test]
fn a_handle_that_was_given_away_is_refused() {
    for tier in tiers() {
        let mut guest = Driven(Guest::new(tier, "values"));
        let handle = Val::Resource(guest.counter(1));
        assert_eq!(guest.call("consume", std::slice::from_ref(&handle)), Val::U32(1), "{tier}");
        let func = guest.0.func("counters", "peek");
        let mut out = [Val::Bool(false)];
        assert!(func.call(&mut guest.0.store, &[handle], &mut out).is_err(), "{tier}");
    }
}
