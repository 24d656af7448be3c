//! Instances: making and dropping them, in one thread and in two, and what ten thousand of them take while they live.

use crate::interrupt;
use crate::programs::Pace;
use crate::section::{Row, Samples, Section, rows};
use crate::worker::{Ask, Took, Worker};
use anyhow::Result;
use std::path::Path;

/// Instances that live at once.
pub const LIVE: usize = 10_000;
/// Calls that wait at once.
pub const WAITING: usize = 1_000;

/// The section of instances that are made and dropped.
pub fn instantiate_section() -> Section {
    Section {
        topic: "instantiate".into(),
        title: "Instances, made and dropped".into(),
        about:
            "CPU time of a store with an instance of a loaded and linked program, made and dropped; with two threads, \
                of both, and the time on the wall is that of each thread for one of its own."
                .into(),
        unit: "ns per instance".into(),
        rows: Vec::new(),
    }
}

/// The section of instances that live.
pub fn memory_section() -> Section {
    Section {
        topic: "memory".into(),
        title: "Memory per live instance".into(),
        about: format!(
            "Resident memory that {LIVE} instances take, each in a store of its own, each called once, divided by their \
             number; address space beside it. The last subject is {WAITING} calls that wait for the host, with their \
             stores, instances and stacks."
        ),
        unit: "KiB per instance".into(),
        rows: Vec::new(),
    }
}

/// The rows of a program whose instances are made in so many threads.
pub fn instantiate(path: &Path, subject: &str, threads: usize, engines: &[String], pace: &Pace) -> Result<Vec<Row>> {
    let mut workers: Vec<Option<(Worker, usize)>> = Vec::new();
    let mut samples = vec![Samples::default(); engines.len()];
    for (index, engine) in engines.iter().enumerate() {
        let made = prepare(path, engine, threads, pace);
        samples[index].failed = made.as_ref().err().map(|error| format!("{error:#}"));
        workers.push(made.ok());
    }
    for round in (0..pace.runs).take_while(|_| !interrupt::wanted()) {
        for turn in 0..engines.len() {
            let index = (round + turn) % engines.len();
            let Some((worker, count)) = workers[index].as_mut() else { continue };
            match worker.ask(&Ask::Make { count: *count, threads }, pace.within()) {
                Ok(took) => {
                    samples[index].own.push(took.thread_ns / (*count * threads) as f64);
                    samples[index].wall.push(took.wall_ns / *count as f64);
                }
                Err(error) => {
                    samples[index].failed = Some(format!("{error:#}"));
                    workers[index] = None;
                }
            }
        }
    }
    Ok(rows(subject, engines, &samples, |_| base(engines)))
}

fn prepare(path: &Path, engine: &str, threads: usize, pace: &Pace) -> Result<(Worker, usize)> {
    let mut worker = load(path, engine, pace)?;
    let mut count = 16;
    loop {
        let took = worker.ask(&Ask::Make { count, threads }, pace.within())?;
        let wanted = pace.run_ms as f64 * 1e6 / 2.0;
        if took.wall_ns * 2.0 >= wanted {
            return Ok((worker, (count as f64 * wanted / took.wall_ns).ceil() as usize));
        }
        count *= 2;
    }
}

/// The rows of a program of which [`LIVE`] instances are kept.
pub fn memory(path: &Path, subject: &str, engines: &[String], pace: &Pace) -> Vec<Row> {
    let keep = |engine: &str| load(path, engine, pace)?.ask(&Ask::Keep { count: LIVE }, pace.within());
    taken(subject, engines, pace, LIVE, keep)
}

/// The rows of [`WAITING`] calls that wait.
pub fn waiting(subject: &str, engines: &[String], pace: &Pace) -> Vec<Row> {
    let wait = |engine: &str| Worker::start(engine)?.ask(&Ask::Wait { count: WAITING }, pace.within());
    taken(subject, engines, pace, WAITING, wait)
}

/// The rows of what each engine makes so many of. Each time in a new process: what one has had, its allocator keeps.
fn taken(
    subject: &str,
    engines: &[String],
    pace: &Pace,
    count: usize,
    make: impl Fn(&str) -> Result<Took>,
) -> Vec<Row> {
    let mut samples = vec![Samples::default(); engines.len()];
    for _ in (0..pace.runs.min(3)).take_while(|_| !interrupt::wanted()) {
        for (engine, samples) in engines.iter().zip(&mut samples).filter(|(_, samples)| samples.failed.is_none()) {
            match make(engine) {
                Ok(took) => {
                    samples.own.push((took.resident_bytes / count as f64 / 1024.0).max(0.001));
                    samples.more.insert("address_KiB".into(), took.address_bytes / count as f64 / 1024.0);
                }
                Err(error) => samples.failed = Some(format!("{error:#}")),
            }
        }
    }
    rows(subject, engines, &samples, |_| base(engines))
}

fn load(path: &Path, engine: &str, pace: &Pace) -> Result<Worker> {
    let mut worker = Worker::start(engine)?;
    worker.ask(&Ask::Load { path: path.to_owned(), export: "run".into() }, pace.within())?;
    Ok(worker)
}

/// Instances are what wasmtime is measured by here: it runs modules and components alike.
fn base(engines: &[String]) -> usize {
    engines.iter().position(|engine| engine == "wasmtime").unwrap_or(0)
}
