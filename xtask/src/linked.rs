//! `linked`: what it costs that components are linked at run time, in instructions, against the same components nested
//! in one, and against a host that hands values from one to the other.
//!
//! Counted as `perf-check` counts: each subject runs twice, with few and with more iterations, and the difference is
//! divided. There is no baseline: pairs are of one build, and their ratio is what matters.

use crate::perf::{build, count};
use anyhow::{Context, Result, ensure};
use clap::Args;
use coracle::component::{Component, Instance, InstancePre, Linker, Resource, ResourceType};
use coracle::{Config, Engine, Store, TierPolicy};
use std::path::Path;
use std::time::Instant;

const LIBRARY: &str = include_str!("../../benches/support/calls/library.wat");
const DRIVER: &str = include_str!("../../benches/support/calls/driver.wat");

/// By how much a call across a link may cost more than one inside of a component.
const CALL: f64 = 1.05;
/// The same of making instances.
const INSTANCE: f64 = 1.1;

/// Shapes of values: a function of the library, what length it is given, and how many calls the second run has more: so
/// many that what compiling takes by chance, some ten thousand instructions more or less, does not show.
const SHAPES: [(&str, &str, u32, u32); 6] = [
    ("flat", "flat", 42, 200_000),
    ("string 12 B", "text", 12, 100_000),
    ("string 1 KiB", "text", 1 << 10, 20_000),
    ("list 64 KiB", "bytes", 64 << 10, 200),
    ("record", "record", 12, 100_000),
    ("resource", "get", 42, 50_000),
];

/// Components in a row.
const CHAINS: [u32; 3] = [10, 100, 1000];

/// Hands a number on.
const NEXT: &str = r#"(component
  (import "run" (func $run (param "n" u32) (result u32)))
  (core func $run' (canon lower (func $run)))
  (core module $m (import "" "run" (func $run (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $run (local.get 0))))
  (core instance $m (instantiate $m (with "" (instance (export "run" (func $run'))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;

const LAST: &str = r#"(component
  (core module $m (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;

/// Counts, prints, and fails where a limit is passed.
#[derive(Args)]
pub(crate) struct Linked {
    /// Counts in the build that runs, rather than in an optimised one that is made first.
    #[arg(long)]
    here: bool,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// One subject, as it is counted.
#[derive(Args)]
pub(crate) struct Run {
    tier: String,
    subject: String,
    way: String,
    n: u32,
}

impl Linked {
    /// All rows, in the interpreter and in native code.
    pub(crate) fn run(&self) -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package stands in the workspace")?;
        let program = if self.here { std::env::current_exe()? } else { build(root)? };
        let mut over = Vec::new();
        for tier in ["off", "sync=1"] {
            let each = |subject: &str, way: &str, more: u32| -> Result<f64> {
                let run = |n: u32| count(&program, &["linked-run", tier, subject, way, &n.to_string()]);
                Ok((run(1 + more)? - run(1)?) / f64::from(more))
            };
            println!("instructions, --tier {tier:<6}       nested       linked  ratio    forwarded  ratio to linked");
            for (row, .., more) in SHAPES.iter().filter(|(row, ..)| row.contains(&self.only)) {
                let (nested, linked) = (each(row, "nested", *more)?, each(row, "linked", *more)?);
                print!("{row:<24} {nested:>18.0} {linked:>12.0} {:>6.3}", linked / nested);
                match *row == "resource" {
                    true => println!(),
                    false => {
                        let forwarded = each(row, "forwarded", (*more).min(500))?;
                        println!(" {forwarded:>12.0} {:>12.1}", forwarded / linked);
                    }
                }
                if linked / nested > CALL {
                    over.push(format!("{tier}: {row}"));
                }
            }
            if "instance".contains(&self.only) {
                let (nested, linked) = (each("instance", "nested", 50)?, each("instance", "linked", 50)?);
                println!("{:<24} {nested:>18.0} {linked:>12.0} {:>6.3}", "instance", linked / nested);
                if linked / nested > INSTANCE {
                    over.push(format!("{tier}: instance"));
                }
            }
            for chain in CHAINS.iter().filter(|_| "chain".contains(&self.only)) {
                let call = each("chain", &chain.to_string(), 20)?;
                println!("{:<24} {call:>31.0}  {:.1} each", format!("chain of {chain}"), call / f64::from(*chain));
            }
        }
        if "exchange".contains(&self.only) {
            exchange().map_err(told)?;
        }
        ensure!(over.is_empty(), "above the limits: {}", over.join(", "));
        Ok(())
    }
}

impl Run {
    /// Does its work; prints nothing.
    pub(crate) fn run(&self) -> Result<()> {
        let policy: TierPolicy = self.tier.parse().map_err(told)?;
        let engine = Engine::new(Config::new().tier_policy(policy)).map_err(told)?;
        let Self { subject, way, n, .. } = self;
        match (subject.as_str(), way.as_str()) {
            ("instance", _) => instances(&engine, way, *n).map_err(told),
            ("chain", length) => calls_chain(&engine, length.parse()?, *n).map_err(told),
            _ => {
                let row = SHAPES.iter().find(|(row, ..)| row == subject);
                let (_, func, length, _) = row.with_context(|| format!("there is no subject `{subject}`"))?;
                let sum = calls(&engine, way, func, *length, *n).map_err(told)?;
                ensure!(sum == n.wrapping_mul(*length), "{subject}, {way}: the sum is {sum}");
                Ok(())
            }
        }
    }
}

fn told(error: coracle::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

/// The library and the driver: nested in one component, or linked.
fn joined(engine: &Engine, way: &str) -> coracle::Result<InstancePre<()>> {
    let mut linker = Linker::new(engine);
    if way == "linked" {
        let library = linker.instantiate_pre(&Component::new(engine, LIBRARY)?)?;
        linker.root().export("api", &library, library.component().root().index())?;
        return linker.instantiate_pre(&Component::new(engine, DRIVER)?);
    }
    let mut text = format!("(component\n{LIBRARY}\n{DRIVER}\n(instance $l (instantiate $library))\n");
    text += "(instance $d (instantiate $driver (with \"api\" (instance $l))))\n";
    for func in ["flat", "text", "bytes", "record", "get"] {
        text += &format!("(export \"{func}\" (func $d \"{func}\"))\n");
    }
    linker.instantiate_pre(&Component::new(engine, text + ")")?)
}

/// The driver, linked to host functions that call the library with the values that they are given.
fn forwarded(engine: &Engine, store: &mut Store<()>) -> coracle::Result<Instance> {
    /// What the host's resource stands for.
    struct Host;
    let library = Linker::new(engine).instantiate(&mut *store, &Component::new(engine, LIBRARY)?)?;
    let mut linker = Linker::new(engine);
    let mut api = linker.instance("api")?;
    api.resource("r", ResourceType::host::<Host>(), |_, _| Ok(()))?;
    api.func_wrap("make", |_, (): ()| Ok((Resource::<Host>::new_own(42),)))?;
    api.func_wrap("get", |_, (resource,): (Resource<Host>,)| Ok((resource.rep(),)))?;
    for name in ["flat", "text", "bytes", "record"] {
        let Some(func) = library.get_func(&mut *store, name) else {
            return Err(coracle::Error::msg("the library lacks a function"));
        };
        api.func_new(name, move |store, _, params, results| func.call(store, params, results))?;
    }
    linker.instantiate(store, &Component::new(engine, DRIVER)?)
}

fn calls(engine: &Engine, way: &str, func: &str, length: u32, n: u32) -> coracle::Result<u32> {
    let mut store = Store::new(engine, ());
    let instance = match way {
        "forwarded" => forwarded(engine, &mut store)?,
        way => joined(engine, way)?.instantiate(&mut store)?,
    };
    let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, func)?;
    Ok(func.call(&mut store, (n, length))?.0)
}

fn instances(engine: &Engine, way: &str, n: u32) -> coracle::Result<()> {
    let pre = joined(engine, way)?;
    (0..n).try_for_each(|_| pre.instantiate(&mut Store::new(engine, ())).map(drop))
}

/// A chain of so many, the first one linked to the last.
fn chain(engine: &Engine, length: u32) -> coracle::Result<Vec<InstancePre<()>>> {
    let next = Component::new(engine, NEXT)?;
    let mut all = vec![Linker::new(engine).instantiate_pre(&Component::new(engine, LAST)?)?];
    for n in 1..length as usize {
        let mut linker = Linker::new(engine);
        linker.link(&all[n - 1])?;
        all.push(linker.instantiate_pre(&next)?);
    }
    Ok(all)
}

fn calls_chain(engine: &Engine, length: u32, n: u32) -> coracle::Result<()> {
    let Some(pre) = chain(engine, length)?.pop() else { return Ok(()) };
    let mut store = Store::new(engine, ());
    let run = pre.instantiate(&mut store)?.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    (0..n).try_for_each(|k| run.call(&mut store, (k,)).map(drop))
}

/// How long it takes to exchange one of a thousand.
fn exchange() -> coracle::Result<()> {
    let engine = Engine::default();
    let last = Component::new(&engine, LAST)?;
    let mut text = String::from("(component\n");
    let mut linker = Linker::<()>::new(&engine);
    for n in 0..999 {
        linker.root().export(&format!("f{n}"), &Linker::new(&engine).instantiate_pre(&last)?, "run")?;
        text += &format!(
            "(import \"f{n}\" (func $f{n} (param \"n\" u32) (result u32))) (export \"run{n}\" (func $f{n}))\n"
        );
    }
    let beside = linker.instantiate_pre(&Component::new(&engine, text + ")")?)?;
    let row = chain(&engine, 1000)?;
    let mut linker = Linker::new(&engine);
    linker.link(&row[997])?;
    let below_the_top = linker.instantiate_pre(&Component::new(&engine, NEXT)?)?;
    let new = Linker::new(&engine).instantiate_pre(&last)?;
    let beside_one = beside.graph().nodes()[500].clone();
    for (what, root, old, new) in [
        ("one of 999 beside each other", &beside, &beside_one, &new),
        ("the second of 1000 in a row", &row[999], &row[998], &below_the_top),
        ("the last of 1000 in a row", &row[999], &row[0], &new),
    ] {
        let mut times = Vec::new();
        for _ in 0..21 {
            let begun = Instant::now();
            root.with_node(old, new)?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        println!("exchange {what}: {:.3} ms", times[10].as_secs_f64() * 1e3);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_subjects_run() {
        for tier in ["off", "sync=1"] {
            let run = |subject: &str, way: &str| {
                Run { tier: tier.into(), subject: subject.into(), way: way.into(), n: 3 }.run().unwrap();
            };
            for way in ["nested", "linked", "forwarded"] {
                SHAPES.iter().for_each(|(row, ..)| run(row, way));
            }
            ["nested", "linked"].iter().for_each(|way| run("instance", way));
            run("chain", "10");
        }
        exchange().unwrap();
    }
}
