//! Random graphs of components: linked at run time they do what the same components do that are nested in one.
//!
//! A graph is a chain with shortcuts, or diamonds; each component hands a random value on to others, in an encoding of
//! its own, and gives back what comes of it; so what comes out is what went in. A resource that the first one defines
//! crosses in values, is lent, and is dropped by any of them. Fuel says that both ways run the same code.
//!
//! Graphs are the same on each run. `CASES` in the environment sets how many there are in each tier, `SEED` which, and
//! `TIER=off` or `TIER=sync` that only one tier is used.

#[path = "linked/shape.rs"]
mod shape;
#[path = "linked/text.rs"]
mod text;
#[path = "roundtrip/ty.rs"]
mod ty;

use coracle::component::{Component, Func, Instance, InstancePre, Linker, Val};
use coracle::{Config, Engine, Error, Result, Store, TierPolicy};
use shape::{Dep, Graph, Via};
use text::API;
use ty::Dice;

type Pre = InstancePre<()>;

/// Values that each graph is sent.
const VALUES: usize = 3;

const FUEL: u64 = 1 << 40;

/// What is called from outside.
struct Entrances {
    echo: Func,
    handles: Option<Handles>,
}

struct Handles {
    new: Func,
    dropped: Func,
    lend: Func,
    lend_all: Func,
    eat: Func,
}

impl Entrances {
    /// Those of the instance of a root, and of the instance of the component that defines the resource.
    fn new(store: &mut Store<()>, root: Instance, first: Option<Instance>) -> Self {
        let mut func = |instance: Instance, name: &str| {
            instance.get_func(&mut *store, name).unwrap_or_else(|| panic!("`{name}` is exported"))
        };
        let handles = first.map(|first| Handles {
            new: func(first, "new"),
            dropped: func(first, "dropped"),
            lend: func(root, "lend"),
            lend_all: func(root, "lend-all"),
            eat: func(root, "eat"),
        });
        Self { echo: func(root, "echo"), handles }
    }
}

/// Sends values through; gives back the fuel that it took.
fn send(store: &mut Store<()>, graph: &Graph, entrances: &Entrances, dice: &mut Dice) -> Result<u64> {
    store.set_fuel(FUEL)?;
    let mut dropped = 0;
    for _ in 0..VALUES {
        let value = graph.ty.value(dice);
        let mut call = |func: &Func, arg: &[Val]| -> Result<Val> {
            let mut result = [Val::Bool(false)];
            let count = func.ty(&*store).results().len();
            func.call(&mut *store, arg, &mut result[..count])?;
            let [result] = result;
            Ok(result)
        };
        let none = || Error::msg("a value without handles has one");
        let handles = entrances.handles.as_ref();
        let sent = graph.ty.handles(value.clone(), &mut |rep| call(&handles.ok_or_else(none)?.new, &[rep]))?;
        let back = call(&entrances.echo, &[sent])?;
        let back = graph.ty.handles(back, &mut |handle| {
            let Handles { lend, eat, .. } = handles.ok_or_else(none)?;
            let rep = call(lend, &[handle.clone()])?;
            call(eat, &[handle])?;
            dropped += 1;
            Ok(rep)
        })?;
        assert_eq!(back, value);
        if let Some(Handles { new, dropped: count, lend_all, eat, .. }) = handles {
            let reps: Vec<_> = (0..dice.below(4) as u32).map(Val::U32).collect();
            let many = reps.iter().map(|rep| call(new, std::slice::from_ref(rep))).collect::<Result<Vec<_>>>()?;
            // Each is lent twice.
            let twice = |all: &[Val]| Val::List([all, all].concat());
            assert_eq!(call(lend_all, &[twice(&many)])?, twice(&reps));
            for handle in many {
                call(eat, &[handle])?;
                dropped += 1;
            }
            assert_eq!(call(count, &[])?, Val::U32(dropped));
        }
    }
    Ok(FUEL - store.get_fuel()?)
}

/// The components of a graph, linked.
fn linked(engine: &Engine, graph: &Graph) -> Result<Vec<Pre>> {
    let mut made = Vec::new();
    for number in 0..graph.nodes.len() {
        made.push(link(graph, &made, number, &Component::new(engine, graph.component(number))?)?);
    }
    Ok(made)
}

fn link(graph: &Graph, made: &[Pre], number: usize, component: &Component) -> Result<Pre> {
    let mut linker = Linker::new(component.engine());
    let node = &graph.nodes[number];
    if graph.handles && number > 0 {
        linker.root().export("r", &made[node.resource], "r")?;
    }
    for Dep { node, via } in &node.deps {
        let pre = &made[*node];
        let funcs = graph.funcs(*node).iter();
        match via {
            Via::Funcs => {
                funcs.map(|f| linker.root().export(&format!("{f}-{node}"), pre, f)).collect::<Result<()>>()?
            }
            Via::Instance => linker.root().export(&format!("i{node}"), pre, API)?,
            Via::Built => {
                let mut instance = linker.instance(&format!("i{node}"))?;
                for f in funcs {
                    let handle = pre.component().root().child(API)?.child(f)?.index();
                    instance.export(f, pre, handle)?;
                }
            }
        }
    }
    linker.instantiate_pre(component)
}

fn run_linked(graph: &Graph, root: &Pre, first: &Pre, dice: &mut Dice) -> Result<u64> {
    let mut store = Store::new(root.engine(), ());
    store.set_fuel(FUEL)?;
    let instance = root.instantiate(&mut store)?;
    let first = graph.handles.then(|| instance.node(&store, first).expect("it is part of the graph"));
    let entrances = Entrances::new(&mut store, instance, first);
    send(&mut store, graph, &entrances, dice)
}

fn run_nested(engine: &Engine, graph: &Graph, dice: &mut Dice) -> Result<u64> {
    let component = Component::new(engine, graph.nested())?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    let root = Linker::new(engine).instantiate(&mut store, &component)?;
    let entrances = Entrances::new(&mut store, root, graph.handles.then_some(root));
    send(&mut store, graph, &entrances, dice)
}

/// One graph, linked, nested, and linked with another copy of one component; gives back how many it has.
fn case(engine: &Engine, seed: u64) -> Result<usize> {
    let mut dice = Dice::new(seed);
    let graph = Graph::random(&mut dice);
    let values = || Dice::new(!seed);
    let run = || -> Result<()> {
        let made = linked(engine, &graph)?;
        let root = made.last().expect("a graph has components");
        let fuel = run_linked(&graph, root, &made[0], &mut values())?;
        assert_eq!(fuel, run_nested(engine, &graph, &mut values())?, "fuel");
        if seed % 4 == 0 {
            let number = (seed / 4) as usize % made.len();
            let other = link(&graph, &made[..number], number, made[number].component())?;
            let exchanged = root.with_node(&made[number], &other)?;
            let first = if number == 0 { &other } else { &made[0] };
            assert_eq!(fuel, run_linked(&graph, &exchanged, first, &mut values())?, "fuel");
        }
        Ok(())
    };
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let told = told.unwrap_or_else(|_| Err(Error::msg("it panicked")));
    told.map_err(|error| error.context(format!("SEED={seed} CASES=1\n{}", graph.nested())))?;
    Ok(graph.nodes.len())
}

fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn cases(interpreted: u64, compiled: u64) -> Result<()> {
    let mut tiers = vec![(TierPolicy::Off, interpreted)];
    if cfg!(feature = "jit") {
        tiers.push((TierPolicy::Sync(1), compiled));
    }
    match std::env::var("TIER").as_deref() {
        Ok("off") => tiers.truncate(1),
        Ok("sync") => drop(tiers.remove(0)),
        _ => {}
    }
    let first = env("SEED").unwrap_or(1);
    for (tier, count) in tiers {
        let mut config = Config::new();
        config.tier_policy(tier).consume_fuel(true);
        let engine = Engine::new(&config)?;
        let count = env("CASES").unwrap_or(count);
        let mut components = 0;
        for seed in first..first + count {
            components += case(&engine, seed)?;
        }
        println!("{tier:?}: {count} graphs of {components} components, linked as nested");
    }
    Ok(())
}

#[test]
fn linked_is_as_nested() -> Result<()> {
    cases(200, 30)
}

#[test]
#[ignore = "minutes"]
fn thousands_are_as_nested() -> Result<()> {
    cases(4000, 2000)
}
