//! Bindings made by `bindgen!`, with a guest made by a real toolchain behind them.

#[path = "bindgen/exports.rs"]
#[allow(unreachable_pub)] // What a macro re-exports is public.
mod exports;
#[path = "bindgen/imports.rs"]
mod imports;
#[path = "bindgen/links.rs"]
#[allow(unreachable_pub)] // What a macro re-exports is public.
mod links;
#[path = "bindgen/traces.rs"]
mod traces;
#[path = "bindgen/waits.rs"]
#[allow(unreachable_pub)] // What options of a macro name is public.
mod waits;

use coracle::component::{Component, HasSelf, Linker, Resource, ResourceTable};
use coracle::{Config, Engine, Result, Store};

mod bindings {
    // The package's namespace is `coracle` too: the leading colons tell the crate from the module made here.
    ::coracle::component::bindgen!({
        path: "tests/guests/values/wit",
        inline: "
            package tests:bindgen;
            world plugin {
                import coracle:values/counters@0.1.0;
                export coracle:values/counters@0.1.0;
                export coracle:values/control@0.1.0;
                export coracle:values/echo@0.1.0;
            }
        ",
        imports: { default: trappable },
        with: { "coracle:values/counters.counter": crate::Counter },
    });
}

use bindings::coracle::values::{counters, types};
use bindings::exports::coracle::values::control::Route;
use bindings::exports::coracle::values::echo;
use bindings::{Plugin, PluginPre};

/// A counter of the host's.
pub struct Counter(u32);

#[derive(Default)]
struct Host {
    table: ResourceTable,
    dropped: u32,
}

// An interface of types alone: nothing to implement.
impl types::Host for Host {}

impl counters::Host for Host {
    fn live(&mut self) -> Result<u32> {
        Ok(self.table.iter_mut().count() as u32)
    }
    fn dropped(&mut self) -> Result<u32> {
        Ok(self.dropped)
    }
    fn consume(&mut self, counter: Resource<Counter>) -> Result<u32> {
        let value = self.table.get(&counter)?.0;
        counters::HostCounter::drop(self, counter)?;
        Ok(value)
    }
    fn peek(&mut self, counter: Resource<Counter>) -> Result<u32> {
        Ok(self.table.get(&counter)?.0)
    }
    fn pass(&mut self, counter: Resource<Counter>) -> Result<Resource<Counter>> {
        Ok(counter)
    }
    fn make(&mut self, n: u32) -> Result<Vec<Resource<Counter>>> {
        (0..n).map(|start| Ok(self.table.push(Counter(start))?)).collect()
    }
    fn sum(&mut self, all: Vec<Resource<Counter>>) -> Result<u32> {
        all.into_iter().map(|counter| self.consume(counter)).sum()
    }
    fn sum_peek(&mut self, all: Vec<Resource<Counter>>, one: Option<Resource<Counter>>) -> Result<u32> {
        all.into_iter().chain(one).map(|counter| self.peek(counter)).sum()
    }
}

impl counters::HostCounter for Host {
    fn new(&mut self, start: u32) -> Result<Resource<Counter>> {
        Ok(self.table.push(Counter(start))?)
    }
    fn add(&mut self, counter: Resource<Counter>, n: u32) -> Result<u32> {
        let counter = self.table.get_mut(&counter)?;
        counter.0 += n;
        Ok(counter.0)
    }
    fn get(&mut self, counter: Resource<Counter>) -> Result<u32> {
        Ok(self.table.get(&counter)?.0)
    }
    fn join(&mut self, a: Resource<Counter>, b: Resource<Counter>) -> Result<Resource<Counter>> {
        let sum = counters::Host::consume(self, a)? + counters::Host::consume(self, b)?;
        Ok(self.table.push(Counter(sum))?)
    }
    fn drop(&mut self, counter: Resource<Counter>) -> Result<()> {
        self.table.delete(counter)?;
        self.dropped += 1;
        Ok(())
    }
}

/// An engine that starts at once.
fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.tier_policy("off".parse()?);
    Engine::new(&config)
}

fn plugin() -> Result<(Store<Host>, Plugin)> {
    let engine = engine()?;
    let path = format!("{}/tests/guests/values/values.wasm", env!("CARGO_MANIFEST_DIR"));
    let component = Component::new(&engine, std::fs::read(path)?)?;
    let mut linker = Linker::new(&engine);
    Plugin::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    linker.define_unknown_imports_as_traps(&component)?;
    let pre = PluginPre::new(linker.instantiate_pre(&component)?)?;
    let mut store = Store::new(&engine, Host::default());
    let plugin = pre.instantiate(&mut store)?;
    Ok((store, plugin))
}

#[test]
fn exports_are_methods() -> Result<()> {
    let (mut store, plugin) = plugin()?;
    let echo = plugin.coracle_values_echo();
    assert_eq!(echo.call_echo_string(&mut store, "日本語")?, "日本語");
    assert_eq!(echo.call_echo_bytes(&mut store, &[1, 2, 3])?, [1, 2, 3]);
    let mixed = echo::Mixed {
        a: true,
        b: u64::MAX,
        c: 1,
        d: 0.5,
        e: 'é',
        f: -1,
        g: "g".into(),
        h: Some(2),
        i: (3, 4),
        j: vec![5],
    };
    assert_eq!(format!("{:?}", echo.call_echo_mixed(&mut store, &mixed)?), format!("{mixed:?}"));
    let shape = echo::Shape::Pair((-1.5, 7));
    assert!(matches!(echo.call_echo_shape(&mut store, &shape)?, echo::Shape::Pair((-1.5, 7))));
    assert_eq!(echo.call_echo_seventeen(&mut store, echo::Seventeen::Q)?, echo::Seventeen::Q);
    assert_eq!(echo.call_echo_result(&mut store, Err("no"))?, Err("no".into()));
    echo.call_nothing(&mut store)?;
    let text = echo.call_sixteen(&mut store, 1, 2, 3, 4, 5, 6, 7, 8, 0.5, 0.25, true, 'x', "y", "z")?;
    assert!(text.contains('z'), "{text}");
    Ok(())
}

#[test]
fn the_guests_resources_are_dropped_by_hand() -> Result<()> {
    let (mut store, plugin) = plugin()?;
    let counters = plugin.coracle_values_counters();
    let counter = counters.counter().call_constructor(&mut store, 40)?;
    assert_eq!(counters.counter().call_add(&mut store, counter, 2)?, 42);
    assert_eq!(counters.call_peek(&mut store, counter)?, 42);
    let same = counters.call_pass(&mut store, counter)?;
    assert!(counters.call_peek(&mut store, counter).is_err(), "it was given away");
    same.resource_drop(&mut store)?;
    assert_eq!((counters.call_live(&mut store)?, counters.call_dropped(&mut store)?), (0, 1));
    let all = counters.call_make(&mut store, 4)?;
    assert_eq!(counters.call_sum_peek(&mut store, &all, Some(all[3]))?, 9);
    assert_eq!(counters.call_sum(&mut store, &all)?, 6);
    Ok(())
}

#[test]
fn imports_are_traits() -> Result<()> {
    let (mut store, plugin) = plugin()?;
    let control = plugin.coracle_values_control();
    let lines = control.call_drive_counters(&mut store)?;
    assert!(lines.len() > 3, "{lines:?}");
    assert_eq!(control.call_keep_counter(&mut store, 5)?, 5);
    assert_eq!(control.call_add_to_kept(&mut store, 2)?, Some(7));
    let dropped = store.data().dropped;
    control.call_drop_kept(&mut store)?;
    assert_eq!(store.data().dropped, dropped + 1);
    assert!(store.data().table.is_empty());
    control.call_set_route(&mut store, Route::ThroughImport)?;
    assert!(plugin.coracle_values_echo().call_echo_u8(&mut store, 1).is_err(), "nothing provides it");
    Ok(())
}
