//! From bytes to a component that can be linked: parse, validate, flatten. Function bodies are not translated yet.
//!
//! Guests in MiB/s; wide components in exports/s, which may not fall as there are more of them.

use crate::wide;
use coracle::Engine;
use coracle::component::Component;
use criterion::{Criterion, Throughput};

const GUESTS: [(&str, &[u8]); 3] = [
    ("hello", include_bytes!("../../tests/guests/hello/hello.wasm")),
    ("values", include_bytes!("../../tests/guests/values/values.wasm")),
    ("chain", include_bytes!("../../tests/guests/chain/chain.wasm")),
];

/// Guests, and components that are wide.
pub(crate) fn load(c: &mut Criterion) {
    let engine = Engine::default();
    let mut group = c.benchmark_group("load");
    for (name, bytes) in GUESTS {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{name}_ns"), |b| {
            b.iter(|| Component::new(&engine, bytes).expect("the guest is valid"))
        });
    }
    for depth in [1, wide::DEEP] {
        for count in [1_000, 10_000, 100_000] {
            let bytes = wide::wide(count, depth);
            group.throughput(Throughput::Elements(count.into()));
            group.bench_function(format!("{count}_exports_{depth}_deep_ns"), |b| {
                b.iter(|| Component::new(&engine, &bytes).expect("the component is valid"));
            });
        }
    }
}
