//! Every tier, guests, and the host's side of what the guests import.

use crate::resources::{self, Host};
use coracle::component::{Component, Func, Instance, InstancePre, Linker, Val};
use coracle::{Config, Engine, Store};
use std::fmt;
use std::sync::LazyLock;

/// The guests that export `echo`, `counters` and `control`: one, two in one component, and the same two linked.
pub(crate) const GUESTS: [&str; 3] = ["values", "chain", "linked"];

/// An engine with one tier policy, and the guests linked in it.
pub(crate) struct Tier {
    /// The policy, as on the command line.
    name: &'static str,
    engine: Engine,
    guests: [InstancePre<Host>; 3],
}

/// Every tier policy. All tests share them, on several threads, so code gets hot while it is used.
pub(crate) fn tiers() -> &'static [Tier] {
    static TIERS: LazyLock<Vec<Tier>> =
        LazyLock::new(|| ["off", "background", "sync=1", "sync=3", "eager"].map(Tier::new).into());
    &TIERS
}

impl Tier {
    fn new(name: &'static str) -> Tier {
        let mut config = Config::new();
        config.tier_policy(name.parse().unwrap());
        let engine = Engine::new(&config).unwrap();
        let load = |guest: &str| {
            let path = format!("{}/tests/guests/{guest}/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
            let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            Component::new(&engine, bytes).unwrap()
        };
        let mut linker = linker(&engine);
        let values = load("values");
        let alone = linker.instantiate_pre(&values).unwrap();
        let chain = linker.instantiate_pre(&load("chain")).unwrap();
        linker.allow_shadowing(true).link(&alone).unwrap();
        let linked = linker.instantiate_pre(&values).unwrap();
        Tier { name, engine, guests: [alone, chain, linked] }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// An instance in a store of its own.
pub(crate) struct Guest {
    /// The store.
    pub store: Store<Host>,
    /// The instance.
    pub instance: Instance,
}

impl Guest {
    /// Instantiates the guest of that name.
    pub(crate) fn new(tier: &Tier, name: &str) -> Guest {
        let which = GUESTS.iter().position(|guest| *guest == name).expect("a guest of ours");
        let mut store = Store::new(&tier.engine, Host::default());
        let instance = tier.guests[which].instantiate(&mut store).unwrap();
        Guest { store, instance }
    }

    /// An exported function of an interface.
    pub(crate) fn func(&mut self, interface: &str, name: &str) -> Func {
        let interface = format!("coracle:values/{interface}@0.1.0");
        let index = self.instance.get_export_index(&mut self.store, None, &interface);
        let index = index.unwrap_or_else(|| panic!("no {interface}"));
        let index = self.instance.get_export_index(&mut self.store, Some(&index), name);
        self.instance.get_func(&mut self.store, index.unwrap_or_else(|| panic!("no {name}"))).unwrap()
    }

    /// Calls with so many results.
    pub(crate) fn call(&mut self, func: &Func, params: &[Val], results: usize) -> Vec<Val> {
        let mut out = vec![Val::Bool(false); results];
        func.call(&mut self.store, params, &mut out).unwrap_or_else(|e| panic!("{params:?}: {e:?}"));
        out
    }

    /// Says where `echo` answers from.
    pub(crate) fn route(&mut self, to: &str) {
        let func = self.func("control", "set-route");
        self.call(&func, &[Val::Enum(to.into())], 0);
    }
}

/// The host's `echo`, over values without static types, and its `counters`.
fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::new(engine);
    let mut echo = linker.instance("coracle:values/echo@0.1.0").unwrap();
    for name in crate::echo_names() {
        let identity = |params: &[Val], results: &mut [Val]| results.clone_from_slice(params);
        echo.func_new(name, move |_, _, params, results| {
            let _: () = identity(params, results);
            Ok(())
        })
        .unwrap();
    }
    echo.func_new("nothing", |_, _, _, _| Ok(())).unwrap();
    echo.func_new("spilled", |_, _, params, results| {
        results[0] = Val::Tuple(params.to_vec());
        Ok(())
    })
    .unwrap();
    echo.func_new("sixteen", |_, _, params, results| {
        let words: Vec<String> = params.iter().map(word).collect();
        results[0] = Val::String(words.join(" "));
        Ok(())
    })
    .unwrap();
    resources::add_to_linker(&mut linker).unwrap();
    linker
}

/// A param of `sixteen`, as the guest writes it.
fn word(value: &Val) -> String {
    match value {
        Val::U8(n) => n.to_string(),
        Val::S8(n) => n.to_string(),
        Val::U16(n) => n.to_string(),
        Val::S16(n) => n.to_string(),
        Val::U32(n) => n.to_string(),
        Val::S32(n) => n.to_string(),
        Val::U64(n) => n.to_string(),
        Val::S64(n) => n.to_string(),
        Val::Float32(x) => format!("{:x}", x.to_bits()),
        Val::Float64(x) => format!("{:x}", x.to_bits()),
        Val::Bool(b) => b.to_string(),
        Val::Char(c) => c.to_string(),
        Val::String(s) => s.clone(),
        other => panic!("{other:?} is no param of `sixteen`"),
    }
}
