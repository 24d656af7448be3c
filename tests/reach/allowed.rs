//! What an embedder does reach of the same values: this program compiles, so that the errors of its neighbours are not
//! for want of something else.
#![forbid(unsafe_code)]

use coracle::component::{Component, ResourceAny, ResourceType};
use coracle::{AsContext, AsContextMut, Engine, Instance, Module, Store, ThrownException};

fn stores(store: &mut Store<()>) -> u64 {
    let _ = store.as_context_mut().data_mut();
    store.as_context().get_fuel().unwrap_or_default()
}

fn engines(engine: &Engine, module: &Module, component: &Component) -> bool {
    engine.increment_epoch();
    Engine::same(engine, module.engine()) && Engine::same(engine, component.engine())
}

fn handles(store: &mut Store<()>, instance: Instance, any: ResourceAny, thrown: ThrownException) -> ResourceType {
    println!("{thrown} {:?}", instance.get_func(store, "f"));
    any.ty()
}

fn main() {
    let _ = (stores as fn(&mut _) -> _, engines as fn(&_, &_, &_) -> _, handles as fn(&mut _, _, _, _) -> _);
}
