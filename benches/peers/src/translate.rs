//! `translate`: how fast bodies become code, against wasmi.
//!
//! A round of an engine is a load, with which everything is validated, and a load with every body translated. What
//! translation takes is the difference: wasmi translates while it loads (`CompilationMode::Eager`). Coracle has no such
//! mode, so its functions are translated one by one after the load, and their code is dropped at once; wasmi keeps it.

use crate::engines::coracle::foreign;
use crate::measure::{Spread, time};
use crate::programs::{programs, stem};
use crate::table::Table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use coracle_image::entity::DefinedFuncIndex;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Modules translated whole.
#[derive(Args)]
pub struct Translate {
    /// Modules, or folders of them. They may import what they like.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Rounds: in each, both engines load and translate.
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Times that a module is loaded in a round, so that a small one takes long enough; 0: by its size.
    #[arg(long, default_value_t = 0)]
    repeat: usize,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

/// CPU seconds of an engine, by round.
#[derive(Default)]
struct Row {
    load: Vec<f64>,
    translate: Vec<f64>,
}

impl Row {
    fn push(&mut self, load: Duration, all: Duration) {
        self.load.push(load.as_secs_f64());
        self.translate.push(all.saturating_sub(load).as_secs_f64().max(1e-9));
    }
}

impl Translate {
    /// Translates all modules in both engines and prints the table.
    pub fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        let head = ["program", "engine", "bodies_MB", "load_MB/s", "translate_MB/s", "ratio", "r_min", "r_max"];
        let mut table = Table::new(head);
        for path in programs(&self.paths, &[])? {
            let wasm = fs::read(&path)?;
            let (bodies, rows) = self.measure(&wasm).with_context(|| stem(&path))?;
            // Speeds, so that more is better: wasmi's time against the own one.
            let ratios = |row: &Row| -> Vec<f64> {
                rows[0].translate.iter().zip(&row.translate).map(|(base, own)| base / own).collect()
            };
            for (name, row) in ["wasmi", "coracle"].into_iter().zip(&rows) {
                let speed = |seconds: &[f64]| format!("{:.1}", bodies / 1e6 / Spread::of(seconds).median);
                let ratio = Spread::of(&ratios(row));
                let ratios = [ratio.median, ratio.min, ratio.max].map(|ratio| format!("{ratio:.3}"));
                let cells = [stem(&path), name.into(), format!("{:.2}", bodies / 1e6)];
                table.row(cells.into_iter().chain([speed(&row.load), speed(&row.translate)]).chain(ratios));
            }
        }
        print!("{}", table.text());
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }

    /// Bytes of bodies in all loads of a round, and wasmi's row and ours.
    fn measure(&self, wasm: &[u8]) -> Result<(f64, [Row; 2])> {
        let repeat = if self.repeat > 0 { self.repeat } else { (4_000_000 / wasm.len().max(1)).clamp(1, 1_000) };
        let engine = ours()?;
        let module = coracle::Module::new(&engine, wasm).map_err(foreign)?;
        let bodies: usize =
            coracle_vm::internals::module(&module).data().bodies.values().map(|range| range.len()).sum();
        let mut rows = [Row::default(), Row::default()];
        for round in 0..self.runs {
            for turn in 0..2 {
                let timed = |all: bool, wasmi: bool| -> Result<Duration> {
                    let (result, sample) = time(|| -> Result<()> {
                        for _ in 0..repeat {
                            if wasmi { load_wasmi(wasm, all)? } else { load_ours(&engine, wasm, all)? }
                        }
                        Ok(())
                    });
                    result.map(|()| sample.cpu)
                };
                let wasmi = (round + turn) % 2 == 0;
                rows[usize::from(!wasmi)].push(timed(false, wasmi)?, timed(true, wasmi)?);
            }
        }
        Ok(((bodies * repeat) as f64, rows))
    }
}

fn load_wasmi(wasm: &[u8], all: bool) -> Result<()> {
    let mode = if all { wasmi::CompilationMode::Eager } else { wasmi::CompilationMode::LazyTranslation };
    let mut config = wasmi::Config::default();
    config.compilation_mode(mode);
    wasmi::Module::new(&wasmi::Engine::new(&config), wasm)?;
    Ok(())
}

fn ours() -> Result<coracle::Engine> {
    coracle::Engine::new(coracle::Config::new().tier_policy(coracle::TierPolicy::Off)).map_err(foreign)
}

fn load_ours(engine: &coracle::Engine, wasm: &[u8], all: bool) -> Result<()> {
    let module = coracle::Module::new(engine, wasm).map_err(foreign)?;
    let bodies = if all { coracle_vm::internals::module(&module).slots().len() } else { 0 };
    for func in 0..bodies {
        coracle_interp::tier::translate(
            coracle_vm::internals::module(&module),
            DefinedFuncIndex::from_u32(func as u32),
        )
        .map_err(foreign)?;
    }
    Ok(())
}
