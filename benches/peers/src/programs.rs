//! `core`: programs that export `run(i32) -> i32`, work linear in the argument: CPU time per iteration once warm.
//!
//! Each engine has a process of its own ([`Worker`]). It loads, gives its checksum cold, warms, gives it again from a new
//! instance, and is then timed round by round. What its other threads take while it warms is compile time.

use crate::engines;
use crate::interrupt;
use crate::section::{Row, Samples, Section, rows};
use crate::worker::{Ask, Took, Worker};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Programs, once warm.
#[derive(Args)]
pub struct Core {
    /// Modules and components, or folders of them.
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
    #[command(flatten)]
    pace: Pace,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

/// How long things run.
#[derive(Args, Clone, Copy, Debug)]
pub struct Pace {
    /// Rounds: in each, every engine runs once.
    #[arg(long, default_value_t = 7)]
    pub runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 200)]
    pub run_ms: u64,
    /// CPU time for which each engine runs before it is measured, in ms.
    #[arg(long, default_value_t = 300)]
    pub warm_ms: u64,
    /// The longest that one request to an engine may take, in seconds; beyond it the engine has failed.
    #[arg(long, default_value_t = 60)]
    pub within_s: u64,
}

impl Pace {
    /// The longest that one request may take.
    pub fn within(&self) -> Duration {
        Duration::from_secs(self.within_s)
    }
}

impl Core {
    /// Runs all programs and prints the table.
    pub fn run(&self) -> Result<()> {
        engines::check(&self.engines)?;
        let base = base(&self.engines, self.base.as_deref())?;
        let paths = programs(&self.paths, &self.only)?;
        let mut section = section();
        interrupt::listen();
        for path in paths.iter().take_while(|_| !interrupt::wanted()) {
            eprintln!("{}", stem(path));
            section.rows.extend(measure(path, &self.engines, |_| base, &self.pace)?);
        }
        print!("{}", section.table().text());
        println!("\ngeomean of the ratios to {}, CPU time, {} rounds:", self.engines[base], self.pace.runs);
        for engine in &self.engines {
            let ratios = section.ratios(engine);
            println!("  {engine:<19} {:.3}  ({} programs)", crate::measure::geomean(&ratios), ratios.len());
        }
        self.csv.as_ref().map_or(Ok(()), |path| section.table().write_csv(path))
    }
}

/// The section that rows of [`measure`] belong to.
pub fn section() -> Section {
    Section {
        topic: "programs".into(),
        title: "Programs, once warm".into(),
        about: "CPU time of the running thread for one iteration of the program's work, after warming up.".into(),
        unit: "ns per iteration".into(),
        rows: Vec::new(),
    }
}

/// The engine that ratios are to.
pub fn base(engines: &[String], wanted: Option<&str>) -> Result<usize> {
    match engines.iter().position(|engine| engine == wanted.unwrap_or("wasmi")) {
        Some(index) => Ok(index),
        None if wanted.is_none() => Ok(0),
        None => bail!("--base {} is not among --engines", wanted.unwrap_or_default()),
    }
}

/// One engine with one program, as long as it works.
struct Entry {
    worker: Option<Worker>,
    /// Iterations in a run.
    n: i32,
    samples: Samples,
}

/// The rows of one program in all engines.
///
/// # Errors
/// When engines disagree on the checksum. An engine that fails has a row that says so.
pub fn measure(path: &Path, engines: &[String], base: impl Fn(usize) -> usize, pace: &Pace) -> Result<Vec<Row>> {
    ensure!(pace.runs > 0, "--runs is 0");
    let name = stem(path);
    let mut entries = Vec::new();
    let mut sums: Vec<Option<[i32; 2]>> = Vec::new();
    for engine in engines {
        let mut entry = Entry { worker: None, n: 1, samples: Samples::default() };
        match prepare(engine, path, pace, &mut entry) {
            Ok(sum) => sums.push(Some(sum)),
            Err(error) => {
                entry.samples.failed = Some(format!("{error:#}"));
                sums.push(None);
            }
        }
        entries.push(entry);
        if interrupt::wanted() {
            break;
        }
    }
    let engines = &engines[..entries.len()];
    agree(engines, &sums).with_context(|| name.clone())?;
    for round in (0..pace.runs).take_while(|_| !interrupt::wanted()) {
        for turn in 0..entries.len() {
            let index = (round + turn) % entries.len();
            let entry = &mut entries[index];
            let Some(worker) = entry.worker.as_mut() else { continue };
            match worker.ask(&Ask::Run { n: entry.n }, pace.within()) {
                Ok(took) => {
                    entry.samples.own.push(took.thread_ns / f64::from(entry.n));
                    entry.samples.wall.push(took.wall_ns / f64::from(entry.n));
                }
                Err(error) => {
                    entry.samples.failed = Some(format!("{error:#}"));
                    entry.worker = None;
                }
            }
        }
    }
    let samples: Vec<Samples> = entries.into_iter().map(|entry| entry.samples).collect();
    Ok(rows(&name, engines, &samples, |index| base(index).min(engines.len() - 1)))
}

/// Loads, warms and sizes; gives the checksums of the first iteration, cold and warm.
fn prepare(engine: &str, path: &Path, pace: &Pace, entry: &mut Entry) -> Result<[i32; 2]> {
    let mut worker = Worker::start(engine)?;
    let within = pace.within();
    let run = |worker: &mut Worker, n: i32| worker.ask(&Ask::Run { n }, within);
    let loaded = worker.ask(&Ask::Load { path: path.to_owned(), export: "run".into() }, within)?;
    let cold = run(&mut worker, 1)?;
    let (mut n, mut each, mut so_far) = (1, cold.thread_ns, cold.thread_ns);
    let mut beside = aside(&loaded) + aside(&cold);
    while so_far < pace.warm_ms as f64 * 1e6 {
        let warm = run(&mut worker, n)?;
        each = warm.thread_ns / f64::from(n);
        so_far += warm.thread_ns;
        beside += aside(&warm);
        // Twice as much, but no run goes far beyond the end of the warming.
        let left = pace.warm_ms as f64 * 1e6 - so_far;
        n = if warm.thread_ns * 2.0 < left { n.saturating_mul(2) } else { n };
    }
    entry.samples.more.insert("load_ms".into(), loaded.process_ns / 1e6);
    entry.samples.more.insert("compile_aside_ms".into(), beside / 1e6);
    // What has been compiled meanwhile serves a new instance too, and must give the same answer.
    worker.ask(&Ask::Fresh, within)?;
    let again = run(&mut worker, 1)?;
    entry.n = size(&mut worker, each, pace)?;
    entry.worker = Some(worker);
    Ok([cold.value, again.value])
}

/// CPU time that other threads of the worker took meanwhile.
fn aside(took: &Took) -> f64 {
    (took.process_ns - took.thread_ns).max(0.0)
}

/// How many iterations take as long as a run should, when one takes about `each` ns.
fn size(worker: &mut Worker, each: f64, pace: &Pace) -> Result<i32> {
    let wanted = pace.run_ms as f64 * 1e6;
    let mut n = (wanted / 4.0 / each.max(1.0)).clamp(1.0, 1e9) as i32;
    loop {
        let took = worker.ask(&Ask::Run { n }, pace.within())?;
        if took.thread_ns * 5.0 >= wanted {
            return Ok((f64::from(n) * wanted / took.thread_ns).ceil().clamp(1.0, 1e9) as i32);
        }
        n = n.checked_mul(2).context("the program does no work")?;
    }
}

/// All checksums are one, or the odd one is named.
fn agree(engines: &[String], sums: &[Option<[i32; 2]>]) -> Result<()> {
    let mut first: Option<(&String, i32)> = None;
    for (engine, sum) in engines.iter().zip(sums) {
        let Some([cold, warm]) = sum else { continue };
        let (other, expected) = *first.get_or_insert((engine, *cold));
        ensure!(
            *cold == expected && *warm == expected,
            "checksums differ: {other} says {expected}, {engine} says {cold} cold and {warm} warm"
        );
    }
    Ok(())
}

/// The programs that are meant, in order of name.
///
/// # Errors
/// When there are none, or not those that are named; the message says what there is.
pub fn programs(paths: &[PathBuf], only: &[String]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            ensure!(path.exists(), "no file {}", path.display());
            found.push(path.clone());
            continue;
        }
        for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "wasm" || kind == "wat") {
                found.push(path);
            }
        }
    }
    found.sort();
    let names: Vec<String> = found.iter().map(|path| stem(path)).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        bail!("no program `{unknown}`; there are {}", names.join(", "));
    }
    found.retain(|path| only.is_empty() || only.contains(&stem(path)));
    ensure!(!found.is_empty(), "no programs there");
    Ok(found)
}

/// A program's name: that of its file.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_different_answer_is_an_error() {
        let engines = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert!(agree(&engines, &[Some([1, 1]), None, Some([1, 1])]).is_ok());
        let message = agree(&engines, &[Some([1, 1]), Some([2, 1]), None]).unwrap_err().to_string();
        assert!(message.contains("b says 2 cold"), "{message}");
        assert!(agree(&engines, &[Some([1, 3]), Some([1, 1]), None]).is_err());
    }

    #[test]
    fn unknown_programs_are_told_what_there_is() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/core");
        let message = programs(&[folder.clone()], &["sudoku".to_owned()]).unwrap_err().to_string();
        assert!(message.contains("no program `sudoku`; there are bignum"), "{message}");
        assert!(programs(&[folder.join("none.wasm")], &[]).is_err());
        assert_eq!(programs(&[folder], &["vm".to_owned()]).unwrap().len(), 1);
    }
}
