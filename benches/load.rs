//! From bytes to a component that can be linked: parse, validate, flatten. Function bodies are not translated yet.
//!
//! Guests in MiB/s; wide components in exports/s, which may not fall as there are more of them.

#[path = "support/wide.rs"]
mod wide;

use coracle::Engine;
use coracle::component::Component;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const GUESTS: [(&str, &[u8]); 3] = [
    ("hello", include_bytes!("../tests/guests/hello/hello.wasm")),
    ("values", include_bytes!("../tests/guests/values/values.wasm")),
    ("chain", include_bytes!("../tests/guests/chain/chain.wasm")),
];

fn load(c: &mut Criterion) {
    let engine = Engine::default();
    let mut group = c.benchmark_group("load");
    group.sample_size(10);
    for (name, bytes) in GUESTS {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| Component::new(&engine, bytes).expect("the guest is valid")));
    }
    for depth in [1, wide::DEEP] {
        for count in [1_000, 10_000, 100_000] {
            let bytes = wide::wide(count, depth);
            group.throughput(Throughput::Elements(count.into()));
            group.bench_function(format!("{count}_exports_{depth}_deep"), |b| {
                b.iter(|| Component::new(&engine, &bytes).expect("the component is valid"));
            });
        }
    }
}

criterion_group!(benches, load);
criterion_main!(benches);
