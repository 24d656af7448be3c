//! ns to link a component, and ns per instance, its store included.

use coracle::component::{Component, Linker};
use coracle::{Engine, Module, Store};
use criterion::Criterion;

const VALUES: &[u8] = include_bytes!("../../tests/guests/values/values.wasm");
const CHAIN: &[u8] = include_bytes!("../../tests/guests/chain/chain.wasm");
const SMALL: &[u8] = include_bytes!("../programs/small/component.wat");
const MODULE: &[u8] = include_bytes!("../programs/small/module.wat");

fn linker(engine: &Engine, component: &Component) -> Linker<()> {
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(component).expect("every import can be a trap");
    linker
}

/// Finding what is imported, and checking its types.
pub(crate) fn link(c: &mut Criterion) {
    let engine = Engine::default();
    for (name, bytes) in [("small", SMALL), ("values", VALUES), ("chain", CHAIN)] {
        let component = Component::new(&engine, bytes).expect("the component is valid");
        let linker = linker(&engine, &component);
        c.bench_function(&format!("link/{name}_ns"), |b| {
            b.iter(|| linker.instantiate_pre(&component).expect("all imports are there"));
        });
    }
}

/// Making and dropping.
pub(crate) fn instantiate(c: &mut Criterion) {
    let engine = Engine::default();
    for (name, bytes) in [("small", SMALL), ("values", VALUES), ("chain", CHAIN)] {
        let component = Component::new(&engine, bytes).expect("the component is valid");
        let pre = linker(&engine, &component).instantiate_pre(&component).expect("all imports are there");
        c.bench_function(&format!("instantiate/{name}_ns"), |b| {
            b.iter(|| pre.instantiate(&mut Store::new(&engine, ())).expect("it instantiates"));
        });
    }
    let module = Module::new(&engine, MODULE).expect("the module is valid");
    let pre = coracle::Linker::<()>::new(&engine).instantiate_pre(&module).expect("it imports nothing");
    c.bench_function("instantiate/module_ns", |b| {
        b.iter(|| pre.instantiate(&mut Store::new(&engine, ())).expect("it instantiates"));
    });
}
