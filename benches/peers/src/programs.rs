//! `core` and `cold`: programs that export `run(i32) -> i32`, work linear in the argument, or for `cold` any one export.

use crate::engines::{self, Program};
use crate::measure::{Spread, geomean, thread_cpu, time};
use crate::table::Table;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Core modules, once warm.
#[derive(Args)]
pub struct Core {
    /// Modules, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Engines by name.
    #[arg(long, value_delimiter = ',', default_value = "wasmi,wasmtime")]
    engines: Vec<String>,
    /// The engine that ratios are to (default: wasmi if it runs, else the first).
    #[arg(long)]
    base: Option<String>,
    /// Only programs whose name is one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds: in each, every engine runs once.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 200)]
    run_ms: u64,
    /// CPU time for which each engine runs before it is measured, in ms.
    #[arg(long, default_value_t = 300)]
    warm_ms: u64,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

/// One engine with one program loaded, and what it took.
struct Entry {
    engine: String,
    program: Box<dyn Program>,
    /// Iterations in a run.
    n: i32,
    /// ns per iteration, by round.
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

impl Core {
    /// Runs all programs and prints the table.
    pub fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        let base = self.base()?;
        let mut table =
            Table::new(["program", "engine", "cpu_ns", "min", "max", "mad_%", "wall_ns", "ratio", "r_min", "r_max"]);
        let mut ratios = vec![Vec::new(); self.engines.len()];
        for path in programs(&self.paths, &self.only)? {
            let name = stem(&path);
            eprintln!("{name}");
            let entries = self.measure(&path).with_context(|| name.clone())?;
            for (index, entry) in entries.iter().enumerate() {
                let (cpu, wall) = (Spread::of(&entry.cpu), Spread::of(&entry.wall));
                let pairs: Vec<f64> = entry.cpu.iter().zip(&entries[base].cpu).map(|(own, base)| own / base).collect();
                let ratio = Spread::of(&pairs);
                ratios[index].push(ratio.median);
                let figures =
                    [cpu.median, cpu.min, cpu.max, cpu.mad * 100.0, wall.median].map(|figure| format!("{figure:.1}"));
                let ratios = [ratio.median, ratio.min, ratio.max].map(|ratio| format!("{ratio:.3}"));
                table.row([name.clone(), entry.engine.clone()].into_iter().chain(figures).chain(ratios));
            }
        }
        print!("{}", table.text());
        println!("\ngeomean of the ratios to {}, CPU time, {} rounds:", self.engines[base], self.runs);
        for (engine, ratios) in self.engines.iter().zip(&ratios) {
            println!("  {engine:<18} {:.3}  ({} programs)", geomean(ratios), ratios.len());
        }
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }

    fn base(&self) -> Result<usize> {
        let wanted = self.base.as_deref().unwrap_or("wasmi");
        match self.engines.iter().position(|engine| engine == wanted) {
            Some(index) => Ok(index),
            None if self.base.is_none() => Ok(0),
            None => bail!("--base {wanted} is not among --engines"),
        }
    }

    fn measure(&self, path: &Path) -> Result<Vec<Entry>> {
        let wasm = fs::read(path)?;
        let mut entries = Vec::new();
        let mut sums = Vec::new();
        for engine in &self.engines {
            let prepared = self.prepare(engine, &wasm).with_context(|| engine.clone())?;
            sums.push(prepared.1);
            entries.push(prepared.0);
        }
        agree(&self.engines, &sums)?;
        for round in 0..self.runs {
            for turn in 0..entries.len() {
                let index = (round + turn) % entries.len();
                let entry = &mut entries[index];
                let (result, sample) = time(|| entry.program.run(entry.n));
                result.with_context(|| entry.engine.clone())?;
                entry.cpu.push(sample.cpu.as_nanos() as f64 / f64::from(entry.n));
                entry.wall.push(sample.wall.as_nanos() as f64 / f64::from(entry.n));
            }
        }
        Ok(entries)
    }

    /// Loads, warms and sizes; gives the checksums of the first iteration, cold and warm.
    fn prepare(&self, engine: &str, wasm: &[u8]) -> Result<(Entry, [i32; 2])> {
        let mut program = engines::find(engine)?.load(wasm, "run")?;
        program.fresh()?;
        let cold = program.run(1)?;
        let end = thread_cpu() + Duration::from_millis(self.warm_ms);
        let mut n = 1;
        while thread_cpu() < end {
            program.run(n)?;
            n = n.saturating_mul(2).min(1 << 20);
        }
        // What has been compiled meanwhile serves a new instance too, and must give the same answer.
        program.fresh()?;
        let warm = program.run(1)?;
        let n = self.size(&mut *program)?;
        let entry = Entry { engine: engine.to_owned(), program, n, cpu: Vec::new(), wall: Vec::new() };
        Ok((entry, [cold, warm]))
    }

    /// How many iterations take as long as a run should.
    fn size(&self, program: &mut dyn Program) -> Result<i32> {
        let wanted = Duration::from_millis(self.run_ms);
        let mut n = 1;
        loop {
            let (result, sample) = time(|| program.run(n));
            result?;
            if sample.cpu * 4 >= wanted {
                let scale = wanted.as_secs_f64() / sample.cpu.as_secs_f64();
                return Ok((f64::from(n) * scale).ceil().max(1.0) as i32);
            }
            n = n.checked_mul(2).context("the program does no work")?;
        }
    }
}

/// All checksums are one, or the odd one is named.
fn agree(engines: &[String], sums: &[[i32; 2]]) -> Result<()> {
    let expected = sums[0][0];
    for (engine, [cold, warm]) in engines.iter().zip(sums) {
        ensure!(
            *cold == expected && *warm == expected,
            "checksums differ: {} says {expected}, {engine} says {cold} cold and {warm} warm",
            engines[0]
        );
    }
    Ok(())
}

/// The modules that are meant, in order of name.
pub fn programs(paths: &[PathBuf], only: &[String]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "wasm") {
                found.push(path);
            }
        }
    }
    found.retain(|path| only.is_empty() || only.contains(&stem(path)));
    found.sort();
    ensure!(!found.is_empty(), "no programs there");
    Ok(found)
}

/// A module's name: that of its file.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Core modules from bytes to the first result.
#[derive(Args)]
pub struct Cold {
    /// Modules, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Engines by name; ratios are to the first.
    #[arg(long, value_delimiter = ',', default_value = "wasmi,wasmtime")]
    engines: Vec<String>,
    /// Only programs whose name is one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds: in each, every engine starts once.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// The function that gives the first result: `(i32) -> i32` or `() -> i32`. Functions that the module imports trap.
    #[arg(long, default_value = "run")]
    export: String,
    /// Its argument, if it takes one.
    #[arg(long, default_value_t = 1)]
    n: i32,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

impl Cold {
    /// Starts all programs in all engines and prints the table.
    pub fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        let own = std::env::current_exe()?.to_string_lossy().into_owned();
        let mut table =
            Table::new(["program", "engine", "cpu_ms", "min", "max", "wall_ms", "peak_MiB", "ratio", "r_min", "r_max"]);
        for path in programs(&self.paths, &self.only)? {
            let command = |engine: &String| -> Vec<String> {
                let n = self.n.to_string();
                [&own, "once", engine, &path.to_string_lossy(), &self.export, &n].map(str::to_owned).to_vec()
            };
            let commands: Vec<Vec<String>> = self.engines.iter().map(command).collect();
            let rows = crate::commands::rounds(&commands, self.runs, true).with_context(|| stem(&path))?;
            for (engine, row) in self.engines.iter().zip(&rows) {
                let cpu = Spread::of(&row.cpu_ms);
                let figures =
                    [cpu.median, cpu.min, cpu.max, Spread::of(&row.wall_ms).median].map(|ms| format!("{ms:.2}"));
                let peak = format!("{:.1}", Spread::of(&row.peak_kib).median / 1024.0);
                let ratio = row.ratio_to(&rows[0]);
                let ratios = [ratio.median, ratio.min, ratio.max].map(|ratio| format!("{ratio:.3}"));
                table.row([stem(&path), engine.clone()].into_iter().chain(figures).chain([peak]).chain(ratios));
            }
        }
        print!("{}", table.text());
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }
}

/// One cold start.
#[derive(Args)]
pub struct Once {
    engine: String,
    path: PathBuf,
    export: String,
    n: i32,
}

impl Once {
    /// Prints the result.
    pub fn run(&self) -> Result<()> {
        let wasm = fs::read(&self.path)?;
        let mut program = engines::find(&self.engine)?.load(&wasm, &self.export)?;
        program.fresh()?;
        println!("{}", program.run(self.n)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_different_answer_is_an_error() {
        let engines = ["a".to_owned(), "b".to_owned()];
        assert!(agree(&engines, &[[1, 1], [1, 1]]).is_ok());
        assert!(agree(&engines, &[[1, 1], [2, 1]]).unwrap_err().to_string().contains("b says 2 cold"));
        assert!(agree(&engines, &[[1, 3], [1, 1]]).is_err());
    }
}
