//! One engine in a process of its own, told over its pipes what to do.
//!
//! A peer may crash, hang or eat all memory; in a process of its own it then has a row that says so, and the others have
//! figures. It also gives each engine its own heap and its own CPU clock, so what its compiler's threads take is known.
//!
//! # Invariants
//! - Of all workers of a comparison one works at a time; the others wait for their pipe.
//! - A worker ends with its parent: an interrupt is the parent's business, and the end of the pipe is the worker's.

use crate::engines::{self, Live, Loaded};
use crate::measure::{process_cpu, thread_cpu};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What a worker does.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Makes the engine, loads a program and makes an instance.
    Load {
        /// The program.
        path: PathBuf,
        /// What runs will call.
        export: String,
    },
    /// Makes a new instance; later runs are in that one.
    Fresh,
    /// Calls the export.
    Run {
        /// Its argument.
        n: i32,
    },
    /// Calls the export over and over, and gives when each call ended.
    Curve {
        /// Its argument.
        n: i32,
        /// For so long, since before the load.
        ms: u64,
    },
    /// Makes so many instances more and calls the export once in each; gives what they take.
    Keep {
        /// How many.
        count: usize,
    },
    /// Makes so many calls that wait; gives what they take.
    Wait {
        /// How many.
        count: usize,
    },
    /// Makes and drops so many instances in each of so many threads.
    Make {
        /// How many in each.
        count: usize,
        /// How many threads.
        threads: usize,
    },
}

/// What it took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Took {
    /// The last result.
    pub value: i32,
    /// CPU time of the thread that did it.
    pub thread_ns: f64,
    /// CPU time of all threads.
    pub process_ns: f64,
    /// Time on the wall.
    pub wall_ns: f64,
    /// For a curve: ms since before the load at which each call ended.
    pub ends_ms: Vec<f64>,
    /// For instances that are kept and calls that wait: bytes that became resident, and bytes of address space.
    pub resident_bytes: f64,
    /// See `resident_bytes`.
    pub address_bytes: f64,
}

/// A worker, seen from the parent.
pub struct Worker {
    child: Child,
    stdin: Option<ChildStdin>,
    replies: Receiver<String>,
}

impl Worker {
    /// Starts one with an engine.
    pub fn start(engine: &str) -> Result<Worker> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["worker", engine])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting a worker")?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().context("a worker without output")?);
        let (send, replies) = channel();
        // Ends with the worker's output.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Worker { child, stdin, replies })
    }

    /// Has something done, within a time.
    ///
    /// # Errors
    /// What the engine said, or how the worker ended. After an error it is of no more use.
    pub fn ask(&mut self, ask: &Ask, within: Duration) -> Result<Took> {
        let line = serde_json::to_string(ask)? + "\n";
        // If the pipe is broken, the worker's end says more than the pipe's.
        let _ = self.stdin.as_mut().context("the worker has ended")?.write_all(line.as_bytes());
        match self.replies.recv_timeout(within) {
            Ok(reply) => serde_json::from_str::<Result<Took, String>>(&reply)?.map_err(anyhow::Error::msg),
            Err(RecvTimeoutError::Timeout) => bail!("not done within {} s", within.as_secs()),
            Err(RecvTimeoutError::Disconnected) => bail!("crashed: {}", self.child.wait()?),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It may be in an endless loop. A child that has ended already cannot be killed, and need not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The worker itself.
#[derive(Args)]
pub struct Work {
    engine: String,
}

impl Work {
    /// Does what it is told until there is nobody to tell it.
    pub fn run(&self) -> Result<()> {
        crate::interrupt::ignore();
        let mut work = State { engine: self.engine.clone(), start: Instant::now(), loaded: None, live: None };
        for line in std::io::stdin().lines() {
            let ask = serde_json::from_str(&line?)?;
            let reply = work.answer(&ask).map_err(|error| format!("{error:#}"));
            println!("{}", serde_json::to_string(&reply)?);
        }
        Ok(())
    }
}

struct State {
    engine: String,
    start: Instant,
    loaded: Option<Box<dyn Loaded>>,
    live: Option<Box<dyn Live>>,
}

impl State {
    fn answer(&mut self, ask: &Ask) -> Result<Took> {
        match ask {
            Ask::Load { path, export } => {
                let wasm = engines::read(path)?;
                self.start = Instant::now();
                let known = engines::find(&self.engine)?;
                let (loaded, took) = timed(|| {
                    let loaded = (known.make)()?.load(&wasm, export)?;
                    self.live = Some(loaded.instance()?);
                    Ok(loaded)
                })?;
                self.loaded = Some(loaded);
                Ok(took)
            }
            Ask::Fresh => {
                let loaded = self.loaded.as_ref().context("nothing is loaded")?;
                let (live, took) = timed(|| loaded.instance())?;
                self.live = Some(live);
                Ok(took)
            }
            Ask::Run { n } => {
                let live = self.live.as_mut().context("nothing is loaded")?;
                let (value, took) = timed(|| live.run(*n))?;
                Ok(Took { value, ..took })
            }
            Ask::Curve { n, ms } => self.curve(*n, *ms),
            Ask::Keep { count } => self.keep(*count),
            Ask::Wait { count } => {
                let engine = (engines::find(&self.engine)?.make)()?;
                kept(|| engine.waiting(*count))
            }
            Ask::Make { count, threads } => self.make(*count, *threads),
        }
    }

    fn curve(&mut self, n: i32, ms: u64) -> Result<Took> {
        let live = self.live.as_mut().context("nothing is loaded")?;
        let mut ends_ms = Vec::new();
        while ends_ms.last().is_none_or(|last| *last < ms as f64) {
            live.run(n)?;
            ends_ms.push(self.start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(Took { ends_ms, ..Took::default() })
    }

    fn keep(&mut self, count: usize) -> Result<Took> {
        let loaded = self.loaded.as_ref().context("nothing is loaded")?;
        let mut value = 0;
        let took = kept(|| {
            let mut all = Vec::with_capacity(count);
            for made in 0..count {
                let mut live = loaded.instance().with_context(|| format!("after {made} instances"))?;
                value = live.run(1)?;
                all.push(live);
            }
            Ok(all)
        })?;
        Ok(Took { value, ..took })
    }

    fn make(&self, count: usize, threads: usize) -> Result<Took> {
        let loaded = self.loaded.as_deref().context("nothing is loaded")?;
        let make = || -> Result<Took> {
            let ((), took) = timed(|| {
                for _ in 0..count {
                    loaded.instance()?;
                }
                Ok(())
            })?;
            Ok(took)
        };
        if threads == 1 {
            return make();
        }
        let wall = Instant::now();
        let took = std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads).map(|_| scope.spawn(make)).collect();
            let ended =
                all.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?);
            ended.collect::<Result<Vec<Took>>>()
        })?;
        let thread_ns = took.iter().map(|took| took.thread_ns).sum();
        Ok(Took { thread_ns, wall_ns: wall.elapsed().as_nanos() as f64, ..Took::default() })
    }
}

/// Runs something by the clocks.
fn timed<R>(f: impl FnOnce() -> Result<R>) -> Result<(R, Took)> {
    let (wall, thread, process) = (Instant::now(), thread_cpu(), process_cpu());
    let result = f()?;
    let ns = |time: Duration| time.as_nanos() as f64;
    let took = Took {
        thread_ns: ns(thread_cpu() - thread),
        process_ns: ns(process_cpu() - process),
        wall_ns: ns(wall.elapsed()),
        ..Took::default()
    };
    Ok((result, took))
}

/// What is made takes so much memory, which is measured before it is dropped.
fn kept<R>(make: impl FnOnce() -> Result<R>) -> Result<Took> {
    let before = memory()?;
    let all = make()?;
    let after = memory()?;
    drop(all);
    let [address_bytes, resident_bytes] = [0, 1].map(|at: usize| after[at] - before[at]);
    Ok(Took { resident_bytes, address_bytes, ..Took::default() })
}

/// Bytes of address space, and of it in memory, that this process has.
fn memory() -> Result<[f64; 2]> {
    let text =
        std::fs::read_to_string("/proc/self/statm").context("how much memory a process has is read from /proc")?;
    let mut pages = text.split(' ').map(|pages| pages.parse::<f64>());
    // SAFETY: a question without arguments in memory.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as f64;
    match (pages.next(), pages.next()) {
        (Some(Ok(address)), Some(Ok(resident))) => Ok([address * page, resident * page]),
        _ => bail!("/proc/self/statm reads {text:?}"),
    }
}
