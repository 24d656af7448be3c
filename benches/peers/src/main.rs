//! Paired, interleaved figures of Coracle and its peers.
//!
//! Absolute times on a shared machine mean little, and one engine measured an hour after the other means nothing.
//! So every figure here is a *ratio of pairs*: in each round all engines run once, in an order that rotates, and the ratio
//! is taken within the round. What is printed is the median over the rounds, with its spread.
//! Answers are compared before anything is timed; engines that disagree end the run with an error.

mod calls;
mod commands;
mod engines;
mod lookup;
mod measure;
mod programs;
mod table;
mod translate;
#[path = "../../support/wide.rs"]
mod wide;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Paired, interleaved figures of Coracle and its peers")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Core modules that export `run(i32) -> i32`: CPU time per iteration once warm.
    Core(programs::Core),
    /// From bytes to the first result, each time in a new process: CPU time and peak memory.
    Cold(programs::Cold),
    /// Bodies to code: bytes of wasm per second, against wasmi.
    Translate(translate::Translate),
    /// Exports of a component: looking them up, and calling them.
    Lookup(lookup::Lookup),
    /// Calls between host and guests, in each direction.
    Calls(calls::Calls),
    /// Two whole commands, each time in a new process: CPU time and peak memory.
    Process(commands::Process),
    /// The engines that can be named.
    Engines,
    /// One cold start, in this process; what `cold` calls.
    #[command(hide = true)]
    Once(programs::Once),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().what {
        What::Core(core) => core.run(),
        What::Cold(cold) => cold.run(),
        What::Translate(translate) => translate.run(),
        What::Lookup(lookup) => lookup.run(),
        What::Calls(calls) => calls.run(),
        What::Process(process) => process.run(),
        What::Once(once) => once.run(),
        What::Engines => {
            engines::ALL.iter().for_each(|(name, about, _)| println!("{name:<18} {about}"));
            Ok(())
        }
    }
}
