//! µs per instance, its store included.

use coracle::component::{Component, Linker};
use coracle::{Engine, Store};
use criterion::{Criterion, criterion_group, criterion_main};

const VALUES: &[u8] = include_bytes!("../tests/guests/values/values.wasm");

/// A memory, a function, nothing else.
const SMALL: &str = r#"(component
    (core module $m (memory 1) (func (export "f") (param i32) (result i32) local.get 0))
    (core instance $i (instantiate $m))
    (func (export "f") (param "v" u32) (result u32) (canon lift (core func $i "f"))))"#;

fn instantiate(c: &mut Criterion) {
    let engine = Engine::default();
    for (name, bytes) in [("instantiate/small_ns", SMALL.as_bytes()), ("instantiate/values_ns", VALUES)] {
        let component = Component::new(&engine, bytes).expect("the component is valid");
        let mut linker = Linker::<()>::new(&engine);
        linker.define_unknown_imports_as_traps(&component).expect("every import can be a trap");
        let pre = linker.instantiate_pre(&component).expect("all imports are there");
        c.bench_function(name, |b| b.iter(|| pre.instantiate(&mut Store::new(&engine, ())).expect("it instantiates")));
    }
}

criterion_group!(benches, instantiate);
criterion_main!(benches);
