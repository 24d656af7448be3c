//! Chores of this repository that are programs: `cargo xtask help`.

mod background;
mod linked;
mod perf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of this repository that are programs")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Counts instructions of short programs and calls by callgrind, and compares them with what was committed.
    PerfCheck(perf::Check),
    /// Measures how much a compiling thread slows a guest beside it.
    Background(background::Background),
    /// Counts instructions of calls between components that are linked, and that are nested in one; and of a host that
    /// hands values on.
    Linked(linked::Linked),
    /// One of them, as it is counted.
    #[command(hide = true)]
    LinkedRun(linked::Run),
    /// One of them, as it is counted.
    #[command(hide = true)]
    PerfRun(perf::Run),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().what {
        What::PerfCheck(check) => check.run(),
        What::Background(background) => background.run(),
        What::Linked(linked) => linked.run(),
        What::LinkedRun(run) => run.run(),
        What::PerfRun(run) => run.run(),
    }
}
