//! The guests of `examples/firmware` on this machine: the same answers for the same fuel as on the board.

use coracle::component::{Component, Linker};
use coracle::{Config, Engine, Result, Store, StoreContextMut};

/// What the board takes of fuel for the same calls.
const FUEL: &str = include_str!("../examples/firmware/guests/fuel.txt");

#[test]
fn string_and_page() -> Result<()> {
    let mut config = Config::new();
    config.consume_fuel(true);
    let engine = Engine::new(&config)?;
    for guest in ["string", "page"] {
        let component = Component::from_file(&engine, format!("examples/firmware/guests/{guest}.wat"))?;
        let mut linker = Linker::<u32>::new(&engine);
        linker.root().func_wrap("log", |mut store: StoreContextMut<'_, u32>, (_,): (String,)| {
            *store.data_mut() += 1;
            Ok(())
        })?;
        let mut store = Store::new(&engine, 0);
        store.set_fuel(1_000_000)?;
        let instance = linker.instantiate(&mut store, &component)?;
        let greet = instance.get_typed_func::<(&str,), (String,)>(&mut store, "greet")?;
        assert_eq!(greet.call(&mut store, ("board",))?.0, "hello, board");
        let fib = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "fib")?;
        assert_eq!(fib.call(&mut store, (15,))?.0, 610);
        assert_eq!(1_000_000 - store.get_fuel()?, FUEL.trim().parse::<u64>()?, "{guest}");
    }
    Ok(())
}
