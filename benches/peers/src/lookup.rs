//! `lookup`: exports of one component in Coracle and in wasmtime, from a name or a handle to a function, and the call.
//!
//! Both load the same bytes. What is called alike is compared alike; the row `typed by pre` sets Coracle's
//! `TypedFuncPre::get` against wasmtime's `get_typed_func` by index, which is what a program has there.

use crate::engines::coracle::foreign;
use crate::measure::{Spread, thread_cpu};
use crate::table::Table;
use crate::wide::{name, wide};
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::hint::black_box;
use std::path::PathBuf;

/// Lookups and calls.
#[derive(Args)]
pub struct Lookup {
    /// Functions that the component exports.
    #[arg(long, default_value_t = 1_000)]
    exports: u32,
    /// Levels of instances that they stand in.
    #[arg(long, default_value_t = 1)]
    depth: u32,
    /// Rounds: in each, both engines run once.
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 20)]
    run_ms: u64,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

/// Calls a closure so often and gives the ns of CPU time for each.
fn ns_each(n: u64, f: &mut dyn FnMut()) -> f64 {
    let start = thread_cpu();
    for _ in 0..n {
        f();
    }
    (thread_cpu() - start).as_nanos() as f64 / n as f64
}

impl Lookup {
    /// Measures all rows and prints the table.
    pub fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        ensure!(self.depth > 0 && self.exports >= self.depth, "--depth is 0, or more than there are exports");
        let bytes = wide(self.exports, self.depth);
        let mut table = Table::new(["what", "coracle_ns", "wasmtime_ns", "ratio", "r_min", "r_max"]);
        for (tiers, policy) in [("native", coracle::TierPolicy::Eager), ("interp", coracle::TierPolicy::Off)] {
            self.measure(&bytes, tiers, policy, &mut table)?;
        }
        print!("{}", table.text());
        println!(
            "\n{} exports, {} deep; CPU time, {} rounds; ratios are to wasmtime, within the round",
            self.exports, self.depth, self.runs
        );
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }

    fn measure(&self, bytes: &[u8], tiers: &str, policy: coracle::TierPolicy, table: &mut Table) -> Result<()> {
        use coracle::component as ours;
        use wasmtime::component as theirs;
        let engine = coracle::Engine::new(coracle::Config::new().tier_policy(policy)).map_err(foreign)?;
        let component = ours::Component::new(&engine, bytes).map_err(foreign)?;
        let pre = ours::Linker::<()>::new(&engine).instantiate_pre(&component).map_err(foreign)?;
        let mut store = coracle::Store::new(&engine, ());
        let instance = pre.instantiate(&mut store).map_err(foreign)?;

        let other_engine = wasmtime::Engine::default();
        let other_component = theirs::Component::new(&other_engine, bytes)?;
        let other_pre = theirs::Linker::<()>::new(&other_engine).instantiate_pre(&other_component)?;
        let mut other_store = wasmtime::Store::new(&other_engine, ());
        let other_instance = other_pre.instantiate(&mut other_store)?;

        let (mut parent, mut other_parent) = (None, None);
        for _ in 1..self.depth {
            parent = component.get_export_index(parent.as_ref(), "down");
            other_parent = other_component.get_export_index(other_parent.as_ref(), "down");
        }
        let (parent, other_parent) = (parent.as_ref(), other_parent.as_ref());
        let plain = name(self.exports / self.depth / 2 & !1);
        let near = name(1).replace("@1.2.", "@1.9.");
        let index = component.get_export_index(parent, &plain).context("not found")?;
        let other_index = other_component.get_export_index(other_parent, &plain).context("not found by wasmtime")?;
        let found = (component.get_export_index(parent, &near), other_component.get_export_index(other_parent, &near));
        ensure!(found.0.is_some() && found.1.is_some(), "{near} is not found");
        let typed_pre = pre.typed_func::<(u32,), (u32,)>(index).map_err(foreign)?;
        let typed = typed_pre.get(&mut store, &instance);
        let other_typed = other_instance.get_typed_func::<(u32,), (u32,)>(&mut other_store, other_index)?;
        let answers = (typed.call(&mut store, (7,)).map_err(foreign)?, other_typed.call(&mut other_store, (7,))?);
        ensure!(answers.0 == answers.1, "answers differ: {answers:?}");

        let mut row = |what: &str, a: &mut dyn FnMut(), b: &mut dyn FnMut()| self.row(table, what, a, b);
        if policy == coracle::TierPolicy::Eager {
            row(
                "component: index by name",
                &mut || {
                    black_box(component.get_export_index(parent, black_box(plain.as_str())));
                },
                &mut || {
                    black_box(other_component.get_export_index(other_parent, black_box(plain.as_str())));
                },
            );
            row(
                "component: index by compatible version",
                &mut || {
                    black_box(component.get_export_index(parent, black_box(near.as_str())));
                },
                &mut || {
                    black_box(other_component.get_export_index(other_parent, black_box(near.as_str())));
                },
            );
            row(
                "instance: index by name",
                &mut || {
                    black_box(instance.get_export_index(&mut store, parent, black_box(plain.as_str())));
                },
                &mut || {
                    let name = black_box(plain.as_str());
                    black_box(other_instance.get_export_index(&mut other_store, other_parent, name));
                },
            );
            if self.depth == 1 {
                row(
                    "instance: func by name",
                    &mut || {
                        black_box(instance.get_func(&mut store, black_box(plain.as_str())));
                    },
                    &mut || {
                        black_box(other_instance.get_func(&mut other_store, black_box(plain.as_str())));
                    },
                );
            }
            row(
                "instance: func by index",
                &mut || {
                    black_box(instance.get_func(&mut store, black_box(index)));
                },
                &mut || {
                    black_box(other_instance.get_func(&mut other_store, black_box(other_index)));
                },
            );
            let mut get_typed = || {
                let found = other_instance.get_typed_func::<(u32,), (u32,)>(&mut other_store, black_box(other_index));
                black_box(found.is_ok());
            };
            row(
                "instance: typed func by index",
                &mut || {
                    let found = instance.get_typed_func::<(u32,), (u32,)>(&mut store, black_box(index));
                    black_box(found.is_ok());
                },
                &mut get_typed,
            );
            row(
                "typed func by pre / typed func by index",
                &mut || {
                    black_box(black_box(&typed_pre).get(&mut store, &instance));
                },
                &mut get_typed,
            );
        }
        row(
            &format!("call, flat, typed ({tiers})"),
            &mut || {
                black_box(typed.call(&mut store, (black_box(7),)).is_ok());
            },
            &mut || {
                black_box(other_typed.call(&mut other_store, (black_box(7),)).is_ok());
            },
        );
        let (func, other_func) = (*typed.func(), *other_typed.func());
        let (mut out, mut other_out) = ([ours::Val::U32(0)], [theirs::Val::U32(0)]);
        row(
            &format!("call, flat, dynamic ({tiers})"),
            &mut || {
                black_box(func.call(&mut store, &[ours::Val::U32(black_box(7))], &mut out).is_ok());
            },
            &mut || {
                let called = other_func.call(&mut other_store, &[theirs::Val::U32(black_box(7))], &mut other_out);
                black_box(called.is_ok());
            },
        );
        Ok(())
    }

    /// Runs both sides in turns and adds what they took to the table.
    fn row(&self, table: &mut Table, what: &str, ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()) {
        if !what.contains(&self.only) {
            return;
        }
        let times = |each: f64| ((self.run_ms * 1_000_000) as f64 / each.max(0.5)).ceil() as u64;
        // The first calls are cold and say nothing of the rest.
        let _ = (ns_each(10_000, ours), ns_each(10_000, theirs));
        let n = [times(ns_each(10_000, ours)), times(ns_each(10_000, theirs))];
        let mut samples = [Vec::new(), Vec::new()];
        for round in 0..self.runs {
            for turn in 0..2 {
                let index = (round + turn) % 2;
                let ns = if index == 0 { ns_each(n[0], ours) } else { ns_each(n[1], theirs) };
                samples[index].push(ns);
            }
        }
        let ratios: Vec<f64> = samples[0].iter().zip(&samples[1]).map(|(own, other)| own / other).collect();
        let (own, other, ratio) = (Spread::of(&samples[0]), Spread::of(&samples[1]), Spread::of(&ratios));
        let figures = [own.median, other.median].map(|ns| format!("{ns:.1}"));
        let ratios = [ratio.median, ratio.min, ratio.max].map(|ratio| format!("{ratio:.3}"));
        table.row(std::iter::once(what.to_owned()).chain(figures).chain(ratios));
    }
}
