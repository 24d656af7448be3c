//! What a call that may wait allocates, counted; and that the futures cross threads.

use crate::counting::allocations;
use crate::support::{Polls, TIERS, engine, engines, error, poll, run};
use coracle::component::{Component, Linker as ComponentLinker, ResourceAny};
use coracle::{
    Caller, Instance, Linker, Memory, MemoryType, Module, PoolingAllocationConfig, Ref, Result, Store, StoreContextMut,
    StoreLimitsBuilder, Table, TableType, Val,
};
use std::pin::pin;

const LOOP: &str = r#"(module
  (import "" "host" (func $host (param i32) (result i32)))
  (func (export "nothing") (param i32) (result i32) local.get 0)
  (func (export "many") (param $n i32) (result i32) (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (call $host (i32.const 2))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))"#;

#[test]
fn a_call_allocates_nothing_and_a_host_function_its_box() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap_async("", "host", |_: Caller<'_, ()>, (n,): (i32,)| Box::new(async move { n }))?;
        let mut store = Store::new(&engine, ());
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, LOOP)?)).0?;
        let nothing = instance.get_typed_func::<i32, i32>(&mut store, "nothing")?;
        let many = instance.get_typed_func::<i32, i32>(&mut store, "many")?;
        let mut call = |func: &coracle::TypedFunc<i32, i32>, n| {
            let mut result = Ok(0);
            let count = allocations(|| result = run(func.call_async(&mut store, n)).0);
            (result.expect("it returns"), count)
        };
        // What is promoted meanwhile allocates as well.
        let least = |seen: [(i32, usize); 20]| seen.into_iter().min_by_key(|seen| seen.1);
        assert_eq!(least([(); 20].map(|()| call(&nothing, 5))), Some((5, 0)));
        assert_eq!(least([(); 20].map(|()| call(&many, 1_000))), Some((2_000, 1_000)));
    }
    Ok(())
}

const FLAT: &str = r#"(component
  (import "host" (func $host (param "a" u32) (result u32)))
  (core func $lowered (canon lower (func $host)))
  (core module $m
    (import "" "host" (func $host (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $host (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "host" (func $lowered))))))
  (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))"#;

#[test]
fn a_component_s_call_allocates_the_host_s_box() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut linker = ComponentLinker::<()>::new(&engine);
        linker
            .root()
            .func_wrap_async("host", |_: StoreContextMut<'_, ()>, (n,): (u32,)| Box::new(async move { Ok((n,)) }))?;
        let mut store = Store::new(&engine, ());
        let instance = run(linker.instantiate_async(&mut store, &Component::new(&engine, FLAT)?)).0?;
        let call = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        let mut counts = Vec::new();
        for _ in 0..20 {
            let mut result = Ok((0,));
            counts.push(allocations(|| result = run(call.call_async(&mut store, (7,))).0));
            assert_eq!(result?, (7,));
        }
        assert_eq!(counts.iter().min(), Some(&1), "{counts:?}");
    }
    Ok(())
}

/// Never run: that it compiles is the test.
#[allow(dead_code, reason = "the types are what is tested")]
fn futures_cross_threads(
    mut store: Store<u32>,
    (module, core, linker): (&Module, Instance, &mut Linker<u32>),
    (component, linked, components): (&Component, coracle::component::Instance, &ComponentLinker<u32>),
    (memory, table, any): (Memory, Table, ResourceAny),
) {
    fn send<F: Future + Send>(_: F) {}
    let store = &mut store;
    let func = core.get_func(&mut *store, "").expect("never run");
    send(func.call_async(&mut *store, &[Val::I32(1)], &mut []));
    send(func.typed::<i32, i32>(&*store).expect("never run").call_async(&mut *store, 1));
    send(Instance::new_async(&mut *store, module, &[]));
    send(linker.instantiate_async(&mut *store, module));
    send(linker.module_async(&mut *store, "", module));
    send(linker.instantiate_pre(module).expect("never run").instantiate_async(&mut *store));
    send(memory.grow_async(&mut *store, 1));
    send(Memory::new_async(&mut *store, MemoryType::new(1, None)));
    send(table.grow_async(&mut *store, 1, Ref::Func(None)));
    send(Table::new_async(&mut *store, TableType::new(coracle::RefType::FUNCREF, 1, None), Ref::Func(None)));
    send(store.gc_async(None));
    let func = linked.get_func(&mut *store, "").expect("never run");
    send(func.call_async(&mut *store, &[], &mut []));
    let typed = func.typed::<(&str,), (String,)>(&*store).expect("never run");
    send(typed.call_async(&mut *store, ("",)));
    send(components.instantiate_async(&mut *store, component));
    send(components.instantiate_pre(component).expect("never run").instantiate_async(&mut *store));
    send(any.resource_drop_async(&mut *store));
}

/// Calls `wait`, which waits for the host.
const WAITS: &str = r#"(module (import "" "wait" (func $wait)) (func (export "run") (call $wait)))"#;

#[test]
fn an_engine_has_so_many_stacks_and_a_store_pays_for_its_own() -> Result<()> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_stacks(1);
    for tier in TIERS {
        let engine = engine(tier, |config| _ = config.allocation_strategy(pool.clone()).async_stack_size(1 << 20));
        let module = Module::new(&engine, WAITS)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("", "wait", |_: Caller<'_, _>, ()| Box::new(Polls(1)))?;
        let mut stores = [0, 1].map(|_| {
            let mut store = Store::new(&engine, StoreLimitsBuilder::new().store_size(5 << 19).build());
            store.limiter(|limits| limits);
            store
        });
        let [one, two] = &mut stores;
        let first = run(linker.instantiate_async(&mut *one, &module)).0?.get_typed_func::<(), ()>(&mut *one, "run")?;
        let second = run(linker.instantiate_async(&mut *two, &module)).0?.get_typed_func::<(), ()>(&mut *two, "run")?;
        {
            let mut waits = pin!(first.call_async(&mut *one, ()));
            assert!(poll(waits.as_mut()).is_pending());
            let told = error(run(second.call_async(&mut *two, ())).0);
            assert!(told.contains("maximum concurrent fiber limit of 1 reached"), "{told}");
            assert!(poll(waits.as_mut()).is_ready());
        }
        for _ in 0..3 {
            run(second.call_async(&mut *two, ())).0?;
        }
        *two.data_mut() = StoreLimitsBuilder::new().store_size(3 << 19).build();
        two.limiter(|limits| limits);
        let told = error(run(second.call_async(&mut *two, ())).0);
        assert!(told.contains("resource limit exceeded"), "{told}");
    }
    Ok(())
}
