//! `lookup`: exports of one component in Coracle and in wasmtime, from a name or a handle to a function, and the call.
//!
//! Both load the same bytes. What is called alike is compared alike; the row `typed by pre` sets Coracle's
//! `TypedFuncPre::get` against wasmtime's `get_typed_func` by index, which is what a program has there.

use crate::engines::coracle::foreign;
use crate::interrupt;
use crate::rounds::{Run, interleave};
use crate::section::{Section, rows};
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
    pub exports: u32,
    /// Levels of instances that they stand in.
    #[arg(long, default_value_t = 1)]
    pub depth: u32,
    /// Rounds: in each, both engines run once.
    #[arg(long, default_value_t = 15)]
    pub runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 20)]
    pub run_ms: u64,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    pub only: String,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    pub csv: Option<PathBuf>,
}

/// Does what is measured, over and over.
macro_rules! each {
    ($body:expr) => {
        Box::new(|n| {
            for _ in 0..n {
                $body;
            }
            Ok(())
        })
    };
}

impl Lookup {
    /// Measures all rows and prints the table.
    pub fn run(&self) -> Result<()> {
        interrupt::listen();
        let section = self.section()?;
        print!("{}", section.table().text());
        println!(
            "\n{} exports, {} deep; CPU time, {} rounds; ratios are to wasmtime, within the round",
            self.exports, self.depth, self.runs
        );
        self.csv.as_ref().map_or(Ok(()), |path| section.table().write_csv(path))
    }

    /// Measures all rows.
    pub fn section(&self) -> Result<Section> {
        ensure!(self.depth > 0 && self.exports >= self.depth, "--depth is 0, or more than there are exports");
        let bytes = wide(self.exports, self.depth);
        let mut section = Section {
            topic: "lookup".into(),
            title: "Look-up of exports".into(),
            about: format!(
                "CPU time from a name or a handle to a function of one component with {} exports, {} deep.",
                self.exports, self.depth
            ),
            unit: "ns".into(),
            rows: Vec::new(),
        };
        self.measure(&bytes, "coracle-eager", coracle::TierPolicy::Eager, &mut section)?;
        self.measure(&bytes, "coracle-interp", coracle::TierPolicy::Off, &mut section)?;
        Ok(section)
    }

    fn measure(
        &self,
        bytes: &[u8],
        engine_name: &str,
        policy: coracle::TierPolicy,
        section: &mut Section,
    ) -> Result<()> {
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

        let mut row = |what: &str, ours: Box<Run<'_>>, theirs: Box<Run<'_>>| -> Result<()> {
            if !what.contains(&self.only) || interrupt::wanted() {
                return Ok(());
            }
            let samples = interleave(&mut [Ok(ours), Ok(theirs)], self.runs, self.run_ms)?;
            section.rows.extend(rows(what, &[engine_name.to_owned(), "wasmtime".to_owned()], &samples, |_| 1));
            Ok(())
        };
        if policy == coracle::TierPolicy::Eager {
            row(
                "component: index by name",
                each!(black_box(component.get_export_index(parent, black_box(plain.as_str())))),
                each!(black_box(other_component.get_export_index(other_parent, black_box(plain.as_str())))),
            )?;
            row(
                "component: index by compatible version",
                each!(black_box(component.get_export_index(parent, black_box(near.as_str())))),
                each!(black_box(other_component.get_export_index(other_parent, black_box(near.as_str())))),
            )?;
            row(
                "instance: index by name",
                each!(black_box(instance.get_export_index(&mut store, parent, black_box(plain.as_str())))),
                each!(black_box(other_instance.get_export_index(
                    &mut other_store,
                    other_parent,
                    black_box(plain.as_str())
                ))),
            )?;
            if self.depth == 1 {
                row(
                    "instance: func by name",
                    each!(black_box(instance.get_func(&mut store, black_box(plain.as_str())))),
                    each!(black_box(other_instance.get_func(&mut other_store, black_box(plain.as_str())))),
                )?;
            }
            row(
                "instance: func by index",
                each!(black_box(instance.get_func(&mut store, black_box(index)))),
                each!(black_box(other_instance.get_func(&mut other_store, black_box(other_index)))),
            )?;
            row(
                "instance: typed func by index",
                each!(black_box(instance.get_typed_func::<(u32,), (u32,)>(&mut store, black_box(index)).is_ok())),
                each!(black_box(
                    other_instance.get_typed_func::<(u32,), (u32,)>(&mut other_store, black_box(other_index)).is_ok()
                )),
            )?;
            row(
                "typed func by pre / typed func by index",
                each!(black_box(black_box(&typed_pre).get(&mut store, &instance))),
                each!(black_box(
                    other_instance.get_typed_func::<(u32,), (u32,)>(&mut other_store, black_box(other_index)).is_ok()
                )),
            )?;
        }
        let tier = engine_name.trim_start_matches("coracle-");
        row(
            &format!("call, flat, typed ({tier})"),
            each!(black_box(typed.call(&mut store, (black_box(7),)).is_ok())),
            each!(black_box(other_typed.call(&mut other_store, (black_box(7),)).is_ok())),
        )?;
        let (func, other_func) = (*typed.func(), *other_typed.func());
        let (mut out, mut other_out) = ([ours::Val::U32(0)], [theirs::Val::U32(0)]);
        row(
            &format!("call, flat, dynamic ({tier})"),
            each!(black_box(func.call(&mut store, &[ours::Val::U32(black_box(7))], &mut out).is_ok())),
            each!(black_box(
                other_func.call(&mut other_store, &[theirs::Val::U32(black_box(7))], &mut other_out).is_ok()
            )),
        )
    }
}
