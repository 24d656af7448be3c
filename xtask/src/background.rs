//! `background`: what a guest's thread takes of the processor while another thread compiles, against the same guest
//! alone, and against one beside which a thread only spins.
//!
//! The guest is native before it is measured, so nothing of its own is compiled meanwhile. The other thread compiles one
//! large module again and again, in engines of its own, as the thread of an engine does that compiles what is hot; the
//! third way tells what two busy processors do to each other whatever they are busy with.
//!
//! # Invariants
//! - CPU time of the guest's thread alone is counted, so others that take the processor away do not show.

use crate::perf::build;
use anyhow::{Context, Result, ensure};
use clap::Args;
use coracle::{Config, Engine, Linker, Module, Store, TierPolicy, TypedFunc};
use std::hint::{black_box, spin_loop};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use std::{fs, iter};

/// How long one run of a guest should take, in ns.
const RUN_NS: u64 = 40_000_000;

/// What is measured.
#[derive(Args)]
pub(crate) struct Background {
    /// The module that is compiled meanwhile: one of a megabyte or more.
    #[arg(long)]
    compiled: PathBuf,
    /// Modules that export `run(i32) -> i32`, such as those of `benches/programs/core`.
    #[arg(required = true)]
    guests: Vec<PathBuf>,
    /// Rounds: in each, the guest runs alone, beside the compiler, and beside a thread that spins.
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Measures in the build that runs, rather than in an optimised one that is made first.
    #[arg(long)]
    here: bool,
}

/// What the other thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Compiling,
    Spinning,
}

impl Background {
    /// Measures, and prints a line for each guest.
    pub(crate) fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        if self.here {
            return self.measure();
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package stands in the workspace")?;
        let mut command = Command::new(build(root)?);
        command.args(["background", "--here", "--runs", &self.runs.to_string(), "--compiled"]).arg(&self.compiled);
        ensure!(command.args(&self.guests).status()?.success(), "the optimised build failed to run");
        Ok(())
    }

    fn measure(&self) -> Result<()> {
        let large = fs::read(&self.compiled).with_context(|| self.compiled.display().to_string())?;
        println!("{:<12} {:>9}  compiling  spinning", "guest", "alone, ms");
        for path in &self.guests {
            let mut guest = Guest::new(&fs::read(path).with_context(|| path.display().to_string())?)?;
            let mut took = [Beside::Nothing, Beside::Compiling, Beside::Spinning].map(|beside| (beside, Vec::new()));
            for _ in 0..self.runs {
                for (beside, samples) in &mut took {
                    samples.push(guest.beside(*beside, &large)? as f64);
                }
            }
            let [alone, compiling, spinning] = took.map(|(_, samples)| median(samples));
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            println!("{name:<12} {:>9.1}  {:>9.3}  {:>8.3}", alone / 1e6, compiling / alone, spinning / alone);
        }
        Ok(())
    }
}

/// A guest that is native.
struct Guest {
    store: Store<()>,
    run: TypedFunc<i32, i32>,
    /// What it is called with.
    n: i32,
}

impl Guest {
    fn new(wasm: &[u8]) -> Result<Self> {
        let engine = eager()?;
        let module = Module::new(&engine, wasm).map_err(foreign)?;
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module).map_err(foreign)?;
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").map_err(foreign)?;
        let mut guest = Self { store, run, n: 1 };
        let tries = iter::successors(Some(1_i32), |n| n.checked_mul(2));
        for n in tries {
            guest.n = n;
            if guest.time()? > RUN_NS {
                break;
            }
        }
        Ok(guest)
    }

    /// What one run takes of the processor, in ns.
    fn time(&mut self) -> Result<u64> {
        let before = thread_ns()?;
        black_box(self.run.call(&mut self.store, self.n).map_err(foreign)?);
        Ok(thread_ns()? - before)
    }

    /// The same while another thread does something.
    fn beside(&mut self, beside: Beside, large: &[u8]) -> Result<u64> {
        let (begun, over) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            let other = scope.spawn(|| -> Result<()> {
                begun.store(true, Ordering::Release);
                while beside != Beside::Nothing && !over.load(Ordering::Acquire) {
                    match beside {
                        Beside::Compiling => drop(Module::new(&eager()?, large).map_err(foreign)?),
                        _ => spin_loop(),
                    }
                }
                Ok(())
            });
            while !begun.load(Ordering::Acquire) {
                spin_loop();
            }
            thread::sleep(Duration::from_millis(20));
            let took = self.time();
            over.store(true, Ordering::Release);
            other.join().map_err(|_| anyhow::anyhow!("the other thread panicked"))??;
            took
        })
    }
}

fn eager() -> Result<Engine> {
    Engine::new(Config::new().tier_policy(TierPolicy::Eager)).map_err(foreign)
}

/// The processor's time that this thread has had so far, in ns.
fn thread_ns() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("this takes Linux")?;
    text.split(' ').next().and_then(|ns| ns.parse().ok()).with_context(|| format!("no time in {text:?}"))
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn foreign(error: coracle::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}
