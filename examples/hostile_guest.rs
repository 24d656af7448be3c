//! A guest that is out to starve its host: fuel, time, memory, tables, stack and values are bounded, and each bound ends
//! in an error that tells which.
//!
//! `cargo run --example hostile_guest`

use coracle::{Config, Engine, Error, Linker, Module, Result, Store, StoreLimits, StoreLimitsBuilder, Trap};
use std::time::Duration;

const HOSTILE: &str = r#"(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "spin") (loop (br 0)))
  (func $deeper (export "recurse") (result i32) (i32.add (call $deeper) (i32.const 1)))
  (func (export "hoard") (result i32)
    (block (loop (br_if 1 (i32.eq (memory.grow (i32.const 16)) (i32.const -1))) (br 0)))
    (memory.size))
  (func (export "table") (result i32) (table.grow $t (ref.null func) (i32.const 1000000)))
  (func (export "crash") (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#;

/// Memory that the guest may have, in bytes and in pages.
const MEMORY_BYTES: usize = 4 << 20;
const MEMORY_PAGES: i32 = 64;

struct Meter {
    engine: Engine,
    module: Module,
}

impl Meter {
    /// A fresh instance, with its bounds.
    fn call<R: coracle::WasmResults>(&self, name: &str, fuel: u64) -> Result<R> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_BYTES).table_elements(1000).instances(1).build();
        let mut store = Store::<StoreLimits>::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(fuel)?;
        store.set_epoch_deadline(1);
        let instance = Linker::new(&self.engine).instantiate(&mut store, &self.module)?;
        let called = instance.get_typed_func::<(), R>(&mut store, name)?.call(&mut store, ());
        println!("{name}: {} of {fuel} fuel spent", fuel - store.get_fuel()?);
        called
    }
}

/// Which trap it was.
fn trap(error: Error) -> Option<Trap> {
    error.downcast_ref::<Trap>().copied()
}

pub(crate) fn main() -> Result<()> {
    let mut config = Config::new();
    config.consume_fuel(true).epoch_interruption(true).max_wasm_stack(256 << 10);
    let engine = Engine::new(&config)?;
    let meter = Meter { module: Module::new(&engine, HOSTILE)?, engine };

    assert_eq!(meter.call::<()>("spin", 100_000).map_err(trap), Err(Some(Trap::OutOfFuel)));
    assert_eq!(meter.call::<i32>("recurse", 10_000_000).map_err(trap), Err(Some(Trap::StackOverflow)));
    assert_eq!(meter.call::<()>("crash", 100).map_err(trap), Err(Some(Trap::IntegerDivisionByZero)));
    // What does not fit is told to the guest, which goes on with what it has.
    assert_eq!(meter.call::<i32>("hoard", 100_000)?, MEMORY_PAGES - 15);
    assert_eq!(meter.call::<i32>("table", 100)?, -1);

    // Time is bounded by whoever counts epochs.
    let clock = meter.engine.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        clock.increment_epoch();
    });
    assert_eq!(meter.call::<()>("spin", u64::MAX).map_err(trap), Err(Some(Trap::Interrupt)));
    println!("nothing of it has harmed the host");
    Ok(())
}
