//! The command line of Coracle.
//!
//! One module per command; what they share (opening a component, reporting errors) stands beside
//! them. Exit codes: the guest's own; 134 after a trap; 2 when the command line is wrong; 1 for every
//! other failure.

mod flags;
mod grant;
mod graph;
mod http;
mod inspect;
mod invoke;
mod load;
mod module;
mod report;
mod run;
mod serve;
mod signature;
mod state;
mod wast;
mod with;

use clap::Parser;
use flags::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(flags) => run::run(&flags),
        Command::Serve(flags) => serve::serve(flags),
        Command::Inspect(flags) => inspect::inspect(&flags),
        Command::Wast(flags) => wast::wast(&flags),
    };
    report::exit(outcome)
}
