//! Paired, interleaved figures of Coracle and its peers.
//!
//! Absolute times on a shared machine mean little, and one engine measured an hour after the other means nothing.
//! So every figure here is a *ratio of pairs*: in each round all engines run once, in an order that rotates, and the ratio
//! is taken within the round. What is printed is the median over the rounds, with its spread.
//! Answers are compared before anything is timed; engines that disagree end the run with an error.

mod calls;
mod cold;
mod commands;
mod curve;
mod engines;
mod instances;
mod interrupt;
mod lookup;
mod measure;
mod programs;
mod report;
mod rounds;
mod section;
mod table;
#[cfg(feature = "internals")]
mod translate;
#[path = "../../support/wide.rs"]
mod wide;
mod worker;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Paired, interleaved figures of Coracle and its peers")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Everything, as a page, as Markdown and as data.
    Report(Box<report::Make>),
    /// The page of reports that were made before, on whatever machines.
    Page(report::Page),
    /// Modules and components that export `run`: CPU time per iteration once warm.
    Core(programs::Core),
    /// From bytes to the first result, each time in a new process: CPU time and peak memory.
    Cold(cold::Cold),
    /// Bodies to code: bytes of wasm per second, against wasmi.
    #[cfg(feature = "internals")]
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
    Once(cold::Once),
    /// One engine that does what it is told over its pipes.
    #[command(hide = true)]
    Worker(worker::Work),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().what {
        What::Report(make) => make.run(),
        What::Page(page) => page.run(),
        What::Core(core) => core.run(),
        What::Cold(cold) => cold.run(),
        #[cfg(feature = "internals")]
        What::Translate(translate) => translate.run(),
        What::Lookup(lookup) => lookup.run(),
        What::Calls(calls) => calls.run(),
        What::Process(process) => process.run(),
        What::Once(once) => once.run(),
        What::Worker(work) => work.run(),
        What::Engines => {
            engines::ALL.iter().for_each(|known| println!("{:<19} {}", known.name, known.about));
            Ok(())
        }
    }
}
