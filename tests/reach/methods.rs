//! Methods and fields that lead to the inside of what the façade re-exports. Each line that ends in `//~` must fail with
//! exactly that error, and no other line may.
#![forbid(unsafe_code)]

use coracle::component::{self, Component, ResourceAny};
use coracle::{AsContext, AsContextMut, Engine, ExnRef, ExnRefPre, Func, Global, Instance, Memory, Module, Rooted};
use coracle::{Store, Table, Tag, ThrownException};

/// With an exclusive borrow of what is behind a store, two of them could be swapped.
fn stores(store: &mut Store<()>) {
    let _ = store.as_context().inner(); //~ E0624
    let _ = store.as_context_mut().inner(); //~ E0624
    let _ = store.as_context_mut().into_inner(); //~ E0624
    let _ = store.as_context().inner; //~ E0616
    let _ = store.as_context_mut().inner; //~ E0616
    let _ = &store.inner; //~ E0616
    let _ = &store.data; //~ E0616
    let _ = store.inner(); //~ E0599
}

/// A compiler told that a module is gone frees its code; an interpreter frees whatever it is given.
fn engines(engine: &Engine) {
    let _ = engine.compiler(); //~ E0624
    let _ = engine.interpreter(); //~ E0624
    let _ = engine.settings(); //~ E0624
    let _ = engine.strategy(); //~ E0624
    let _ = engine.memory_provider(); //~ E0624
    let _ = engine.memory_style(loop {}); //~ E0624
    let _ = engine.intern(loop {}); //~ E0624
    let _ = engine.func_type(loop {}); //~ E0624
    let _ = engine.epoch(); //~ E0624
    let _ = engine.lend_stack(); //~ E0624
}

/// A module of the runtime's has slots, and a slot takes any address for code.
fn modules(module: &Module, component: &Component) {
    let _ = module.inner(); //~ E0624
    let _ = &module.0; //~ E0616
    let _ = component.modules(); //~ E0624
    let _ = component.adapter_batches(); //~ E0624
    let _ = &component.0; //~ E0616
}

/// A handle that could be made or changed would be one of any store.
fn handles(func: Func, memory: Memory, table: Table, global: Global, tag: Tag, instance: Instance) {
    let _ = func.0; //~ E0616
    let _ = memory.0; //~ E0616
    let _ = table.0; //~ E0616
    let _ = global.0; //~ E0616
    let _ = tag.0; //~ E0616
    let _ = instance.0; //~ E0616
}

fn references(rooted: Rooted<ExnRef>, thrown: ThrownException, pre: &ExnRefPre) {
    let _ = rooted.id; //~ E0616
    let _ = rooted.id(); //~ E0624
    let _ = thrown.0; //~ E0616
    let _ = pre.store; //~ E0616
}

fn components(instance: component::Instance, func: component::Func, any: ResourceAny) {
    let _ = instance.0; //~ E0616
    let _ = func.instance; //~ E0616
    let _ = any.handle; //~ E0616
    let _ = any.handle(); //~ E0624
}

/// Whoever implements `Lower` or `Lift` by hand sees these; the handle tables of the store are behind them.
fn lowering(lower: &mut component::__internal::LowerCx<'_>, lift: &mut component::__internal::LiftCx<'_>) {
    let _ = &mut lower.host; //~ E0616
    let _ = &mut lower.table; //~ E0616
    let _ = &mut lower.resources; //~ E0616
    let _ = &mut lower.options; //~ E0616
    let _ = lower.lower_handle(loop {}, 1); //~ E0624
    let _ = lower.alloc(1, 1); //~ E0624
    let _ = &mut lift.handles; //~ E0616
    let _ = &mut lift.table; //~ E0616
    let _ = &mut lift.memory; //~ E0616
    let _ = &mut lift.fuel; //~ E0616
    let _ = &mut lift.source; //~ E0616
    let _ = lift.lift_handle(loop {}, 1); //~ E0624
}

fn main() {}
