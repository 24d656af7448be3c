//! ns per export lookup: by name, by index, and on to a typed function; with 1,000, 10,000 and 100,000 exports.
//!
//! Nothing may depend on how many exports there are, but for what the machine's caches hold.

use crate::wide;
use coracle::component::{Component, Linker};
use coracle::{Engine, Store};
use criterion::Criterion;
use std::hint::black_box;

/// By name, by index, and on to a typed function.
pub(crate) fn lookup(c: &mut Criterion) {
    let engine = Engine::default();
    for (count, depth) in [(1_000, 1), (10_000, 1), (100_000, 1), (1_000, wide::DEEP), (100_000, wide::DEEP)] {
        let component = Component::new(&engine, wide::wide(count, depth)).expect("the component is valid");
        let pre = Linker::<()>::new(&engine).instantiate_pre(&component).expect("it imports nothing");
        let mut store = Store::new(&engine, ());
        let instance = pre.instantiate(&mut store).expect("it instantiates");

        // The instance at the bottom, and a function in the middle of it.
        let mut parent = None;
        for _ in 1..depth {
            parent = component.get_export_index(parent.as_ref(), "down");
        }
        let (parent, middle) = (parent.as_ref(), (count / depth / 2) | 1);
        let name = wide::name(middle);
        let near = name.replace("@1.2.", "@1.9.");
        let function = component.get_export_index(parent, &name).expect("it is exported");
        let typed = pre.typed_func::<(u32,), (u32,)>(function).expect("its type");
        assert!(component.get_export_index(parent, &near).is_some());

        let mut group = c.benchmark_group(format!("lookup/{count}_exports_{depth}_deep"));
        group.bench_function("component_by_name_ns", |b| {
            b.iter(|| component.get_export_index(parent, black_box(name.as_str())));
        });
        group.bench_function("component_by_semver_ns", |b| {
            b.iter(|| component.get_export_index(parent, black_box(near.as_str())));
        });
        group.bench_function("func_by_index_ns", |b| {
            b.iter(|| instance.get_func(&mut store, black_box(&function)));
        });
        group.bench_function("typed_func_by_index_ns", |b| {
            b.iter(|| instance.get_typed_func::<(u32,), (u32,)>(&mut store, black_box(&function)));
        });
        group.bench_function("typed_func_by_pre_ns", |b| {
            b.iter(|| black_box(&typed).get(&mut store, &instance));
        });
    }
}
