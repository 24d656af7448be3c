//! `cold`: from bytes to the first result, each time in a new process: CPU time, time on the wall, peak memory.

use crate::commands::{self, Command};
use crate::engines;
use crate::interrupt;
use crate::programs::{programs, stem};
use crate::section::{Row, Section, rows};
use anyhow::{Result, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// Programs from bytes to the first result.
#[derive(Args)]
pub struct Cold {
    /// Modules and components, or folders of them.
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
        engines::check(&self.engines)?;
        let mut section = section();
        interrupt::listen();
        for path in programs(&self.paths, &self.only)?.iter().take_while(|_| !interrupt::wanted()) {
            section.rows.extend(measure(path, &self.export, self.n, &self.engines, 0, self.runs)?);
        }
        print!("{}", section.table().text());
        self.csv.as_ref().map_or(Ok(()), |path| section.table().write_csv(path))
    }
}

/// The section that rows of [`measure`] belong to.
pub fn section() -> Section {
    Section {
        topic: "cold".into(),
        title: "Cold start".into(),
        about: "CPU time of a new process, all its threads, from the bytes of the program to its first result; \
                `run(1)` where there is one."
            .into(),
        unit: "ms".into(),
        rows: Vec::new(),
    }
}

/// The rows of one program in all engines.
///
/// # Errors
/// When engines disagree on the result. An engine that fails has a row that says so.
pub fn measure(path: &Path, export: &str, n: i32, engines: &[String], base: usize, runs: usize) -> Result<Vec<Row>> {
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let command = |engine: &String| {
        let words = [&own, "once", engine, &path.to_string_lossy(), export, &n.to_string()].map(str::to_owned);
        Command { words: words.to_vec(), quiet: true }
    };
    let commands: Vec<Command> = engines.iter().map(command).collect();
    let measured = commands::rounds(&commands, runs, true)?;
    let samples: Vec<_> = measured.into_iter().map(commands::Samples::into_samples).collect();
    Ok(rows(&stem(path), engines, &samples, |_| base))
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
        let wasm = engines::read(&self.path)?;
        let loaded = (engines::find(&self.engine)?.make)()?.load(&wasm, &self.export)?;
        println!("{}", loaded.instance()?.run(self.n)?);
        Ok(())
    }
}
