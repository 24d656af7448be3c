//! wasmi, with settings that come to the same.

use crate::{Clock, next};
use wasmi::{Config, Engine, Error, Linker, Module, Store};

/// The answer of a function, and what it took the second time.
pub(crate) fn run(module: &'static [u8], name: &str, x: i32, fuel: bool, clock: &mut Clock) -> Option<(i32, u64)> {
    counted(module, name, x, fuel, clock).ok()
}

fn counted(module: &'static [u8], name: &str, x: i32, fuel: bool, clock: &mut Clock) -> Result<(i32, u64), Error> {
    let mut config = Config::default();
    config.consume_fuel(fuel).set_min_stack_height(4 << 10).set_max_stack_height(4 << 10);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, module)?;
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("host", "next", next)?;
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(u64::MAX / 4)?;
    }
    linker.instantiate_and_start(&mut store, &module)?.get_typed_func::<i32, i32>(&store, name)?.call(&mut store, x)?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    let func = instance.get_typed_func::<i32, i32>(&store, name)?;
    let (answer, count) = clock.count(|| func.call(&mut store, x));
    Ok((answer?, count))
}
