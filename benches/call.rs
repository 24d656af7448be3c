//! ns per call: into a guest, from a guest to the host, from guest to guest; flat and through memory.
//!
//! The guest is `tests/guests/values`, whose `echo` gives back what it is given, by itself or through what it imports;
//! so a figure of `through_host` or `through_guest` holds one call more than the figure of `here`.

use coracle::component::{Component, Instance, Linker, Val};
use coracle::{Engine, Store};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};

const VALUES: &[u8] = include_bytes!("../tests/guests/values/values.wasm");
const CHAIN: &[u8] = include_bytes!("../tests/guests/chain/chain.wasm");

/// A live guest.
struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn new(engine: &Engine, bytes: &[u8], through_import: bool) -> Guest {
        let component = Component::new(engine, bytes).expect("the guest is valid");
        let mut linker = Linker::<()>::new(engine);
        linker.define_unknown_imports_as_traps(&component).expect("every import can be a trap");
        linker.allow_shadowing(true);
        let mut echo = linker.instance("coracle:values/echo@0.1.0").expect("a valid name");
        echo.func_wrap("echo-u32", |_, v: (u32,)| Ok(v)).expect("a new name");
        echo.func_wrap("echo-string", |_, v: (String,)| Ok(v)).expect("a new name");
        echo.func_wrap("echo-bytes", |_, v: (Vec<u8>,)| Ok(v)).expect("a new name");
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &component).expect("all imports are there");
        let mut guest = Guest { store, instance };
        let route = guest.func("control", "set-route");
        let to = if through_import { "through-import" } else { "here" };
        route.call(&mut guest.store, &[Val::Enum(to.into())], &mut []).expect("it does not trap");
        guest
    }

    fn func(&mut self, interface: &str, name: &str) -> coracle::component::Func {
        let interface = format!("coracle:values/{interface}@0.1.0");
        let index = self.instance.get_export_index(&mut self.store, None, &interface).expect("exported");
        let index = self.instance.get_export_index(&mut self.store, Some(&index), name).expect("exported");
        self.instance.get_func(&mut self.store, index).expect("a function")
    }
}

fn route(group: &mut BenchmarkGroup<'_, WallTime>, mut guest: Guest) {
    let guest = &mut guest;
    let flat = guest.func("echo", "echo-u32");
    let typed = flat.typed::<(u32,), (u32,)>(&guest.store).expect("its type");
    group.bench_function("flat_typed_ns", |b| b.iter(|| typed.call(&mut guest.store, (7,)).expect("no trap")));
    let mut out = [Val::U32(0)];
    group.bench_function("flat_val_ns", |b| {
        b.iter(|| flat.call(&mut guest.store, &[Val::U32(7)], &mut out).expect("no trap"));
    });
    let arguments = [("string_12B_ns", "x".repeat(12)), ("string_1KiB_ns", "x".repeat(1024))];
    let text = guest.func("echo", "echo-string").typed::<(&str,), (String,)>(&guest.store).expect("its type");
    for (name, argument) in &arguments {
        group.bench_function(*name, |b| b.iter(|| text.call(&mut guest.store, (argument,)).expect("no trap")));
    }
    let argument = vec![7; 1 << 20];
    let bytes = guest.func("echo", "echo-bytes").typed::<(&[u8],), (Vec<u8>,)>(&guest.store).expect("its type");
    group.bench_function("list_1MiB_ns", |b| b.iter(|| bytes.call(&mut guest.store, (&argument,)).expect("no trap")));
}

fn call(c: &mut Criterion) {
    let engine = Engine::default();
    route(&mut c.benchmark_group("call/here"), Guest::new(&engine, VALUES, false));
    route(&mut c.benchmark_group("call/through_host"), Guest::new(&engine, VALUES, true));
    route(&mut c.benchmark_group("call/through_guest"), Guest::new(&engine, CHAIN, true));
}

criterion_group!(benches, call);
criterion_main!(benches);
