//! What a call leaves behind that the host broke off: by an error of any kind, by a trap, or by a panic.

use crate::engines;
use crate::stamps::{Host, RESOURCES, State, linker};
use coracle::component::{Component, Instance, Linker, Resource, ResourceAny, ResourceType};
use coracle::{Engine, Error, ErrorKind, Result, Store, Trap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

const BUSY: &str = r#"(component
    (import "host" (func $host))
    (core func $host' (canon lower (func $host)))
    (core module $m (import "" "host" (func $host)) (global $busy (mut i32) (i32.const 0))
        (func (export "run") (global.set $busy (i32.const 1)) (call $host) (global.set $busy (i32.const 0)))
        (func (export "busy") (result i32) (global.get $busy)))
    (core instance $i (instantiate $m (with "" (instance (export "host" (func $host'))))))
    (func (export "run") (canon lift (core func $i "run")))
    (func (export "busy") (result u32) (canon lift (core func $i "busy"))))"#;

const STARTS: &str = r#"(component
    (import "host" (func $host))
    (core func $host' (canon lower (func $host)))
    (core module $m (import "" "host" (func $host)) (start $host))
    (core instance (instantiate $m (with "" (instance (export "host" (func $host')))))))"#;

/// What the host breaks off, with what the store then says of a later entry of an instance of [`BUSY`].
fn broken_off(
    engine: &Engine,
    host: Host,
    run: impl FnOnce(&mut Store<State>, &Linker<State>, Instance) -> Result<()>,
) -> Result<Option<Trap>> {
    let linker = linker(engine)?;
    let mut store = Store::new(engine, State::new());
    let instance = linker.instantiate(&mut store, &Component::new(engine, BUSY)?)?;
    let busy = instance.get_typed_func::<(), (u32,)>(&mut store, "busy")?;
    assert_eq!(busy.call(&mut store, ())?, (0,));
    store.data_mut().host = host;
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&mut store, &linker, instance)));
    match (outcome, host) {
        (Err(panic), Host::Panics) => assert_eq!(panic.downcast_ref(), Some(&"the host's own panic")),
        (Ok(Ok(())), Host::Returns) => {}
        (Ok(Err(error)), Host::Fails(_)) => assert!(format!("{error:#}").contains("the host's own error"), "{error:?}"),
        (Ok(Err(error)), Host::Traps) => assert_eq!(error.downcast_ref(), Some(&Trap::IntegerOverflow)),
        (other, _) => panic!("{host:?}: {:?}", other.map_err(drop)),
    }
    store.data_mut().host = Host::Returns;
    match busy.call(&mut store, ()) {
        Ok(busy) => {
            assert_eq!(busy, (0,), "{host:?}: what a call left half done is seen by the next");
            Ok(None)
        }
        Err(error) => Ok(error.downcast_ref().copied()),
    }
}

const HOSTS: [Host; 7] = [
    Host::Returns,
    Host::Panics,
    Host::Fails(ErrorKind::Other),
    Host::Fails(ErrorKind::Type),
    Host::Fails(ErrorKind::Limit),
    Host::Fails(ErrorKind::Link),
    Host::Traps,
];

#[test]
fn whatever_the_host_breaks_off_is_poisoned_as_by_a_trap_and_nothing_else() -> Result<()> {
    let call = |store: &mut Store<State>, _: &Linker<State>, instance: Instance| {
        instance.get_typed_func::<(), ()>(&mut *store, "run")?.call(store, ())
    };
    let start = |store: &mut Store<State>, linker: &Linker<State>, _| {
        let component = Component::new(store.engine(), STARTS)?;
        linker.instantiate(store, &component).map(drop)
    };
    let dtor = |store: &mut Store<State>, linker: &Linker<State>, _| {
        let host = std::mem::replace(&mut store.data_mut().host, Host::Returns);
        let component = Component::new(store.engine(), RESOURCES)?;
        let instance = linker.instantiate(&mut *store, &component)?;
        let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut *store, "make")?;
        let (any,) = make.call(&mut *store, (1,))?;
        store.data_mut().host = host;
        let dropped = catch_unwind(AssertUnwindSafe(|| any.resource_drop(&mut *store)));
        let host = std::mem::replace(&mut store.data_mut().host, Host::Returns);
        let again = make.call(&mut *store, (2,)).err().and_then(|error| error.downcast_ref().copied());
        assert_eq!(again, (host != Host::Returns).then_some(Trap::CannotEnterComponent), "a destructor, {host:?}");
        dropped.unwrap_or_else(|panic| resume_unwind(panic))
    };
    for engine in engines() {
        for host in HOSTS {
            let poisoned = (host != Host::Returns).then_some(Trap::CannotEnterComponent);
            assert_eq!(broken_off(&engine, host, call)?, poisoned, "a call, {host:?}");
            assert_eq!(broken_off(&engine, host, start)?, None, "another's start function, {host:?}");
            assert_eq!(broken_off(&engine, host, dtor)?, None, "another's destructor, {host:?}");
        }
    }
    Ok(())
}

/// A host function that a component exports again keeps nothing of what it was lent when it fails.
#[test]
fn a_function_that_is_exported_again_may_fail_often() -> Result<()> {
    for engine in engines() {
        let text = r#"(component
            (import "r" (type $r (sub resource)))
            (import "take" (func $take (param "x" (borrow $r))))
            (export "take" (func $take)))"#;
        let mut linker = Linker::<()>::new(&engine);
        linker.root().resource("r", ResourceType::host::<u8>(), |_, _| Ok(()))?;
        linker.root().func_wrap("take", |_, (_,): (Resource<u8>,)| -> Result<()> { Err(Error::msg("not now")) })?;
        let mut store = Store::new(&engine, ());
        store.set_max_component_handles(10);
        let instance = linker.instantiate(&mut store, &Component::new(&engine, text)?)?;
        let take = instance.get_typed_func::<(&Resource<u8>,), ()>(&mut store, "take")?;
        let resource = Resource::new_own(7);
        for _ in 0..100 {
            let error = take.call(&mut store, (&resource,)).unwrap_err();
            assert_eq!(error.root_cause().to_string(), "not now");
        }
    }
    Ok(())
}
