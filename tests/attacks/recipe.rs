//! The recipe that SECURITY.md shows: what an embedder writes who runs hostile guests.

use coracle::{Config, Engine, Result, Store, StoreLimits, StoreLimitsBuilder};
use std::time::Duration;

/// An engine whose guests can be stopped, and whose epochs pass for as long as it lives.
pub fn engine(config: &mut Config) -> Result<Engine> {
    let engine = Engine::new(config.epoch_interruption(true).code_memory_limit(64 << 20))?;
    let weak = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    Ok(engine)
}

/// A store that takes at most 64 MiB of the host's memory, for all that its guests can make it hold.
pub fn store(engine: &Engine) -> Store<StoreLimits> {
    let limits = StoreLimitsBuilder::new()
        .store_size(64 << 20)
        .memory_size(32 << 20)
        .table_elements(100_000)
        .instances(100)
        .memories(10)
        .tables(100)
        .build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store.set_hostcall_fuel(16 << 20);
    store.set_max_component_handles(10_000);
    store
}

/// To be called before each call of a guest: it may take two to three epochs, 100 to 150 ms.
pub fn before_each_call(store: &mut Store<StoreLimits>) {
    store.set_epoch_deadline(3);
}
