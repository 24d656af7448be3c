//! Coracle, with the settings of the firmware.

use crate::{Clock, next};
use coracle::{Config, Engine, Linker, Module, Result, Store};

/// The answer of a function, and what it took the second time.
pub(crate) fn run(module: &'static [u8], name: &str, x: i32, fuel: bool, clock: &mut Clock) -> Option<(i32, u64)> {
    counted(module, name, x, fuel, clock).ok()
}

fn counted(module: &'static [u8], name: &str, x: i32, fuel: bool, clock: &mut Clock) -> Result<(i32, u64)> {
    let mut config = Config::new();
    config.consume_fuel(fuel).wasm_backtrace(false).max_wasm_stack(16 << 10).interpreter_stack_size(4 << 10);
    let engine = Engine::new(&config)?;
    let module = Module::from_static(&engine, module)?;
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("host", "next", next)?;
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(u64::MAX / 4)?;
    }
    // What is kept between calls differs from instance to instance.
    linker.instantiate(&mut store, &module)?.get_typed_func::<i32, i32>(&mut store, name)?.call(&mut store, x)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let func = instance.get_typed_func::<i32, i32>(&mut store, name)?;
    let (answer, count) = clock.count(|| func.call(&mut store, x));
    Ok((answer?, count))
}
