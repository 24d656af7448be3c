//! The command line of Coracle.
//!
//! One module per command; what they share (options, opening a component, reporting errors) stands beside
//! them. Exit codes: the guest's own; 134 after a trap; 2 when the command line is wrong; 1 for every
//! other failure.

mod compile;
mod document;
mod engine;
mod flags;
mod grant;
mod graph;
mod http;
mod inspect;
mod invoke;
mod link;
mod load;
mod module;
mod options;
mod report;
mod run;
mod serve;
mod signature;
mod state;
mod trace;
mod unlinked;
mod unrunnable;
mod wast;
mod with;

use flags::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = Cli::read().command;
    report::notes(&command.notes());
    let outcome = match command {
        Command::Run(flags) => run::run(&flags),
        Command::Serve(flags) => serve::serve(flags),
        Command::Compile(flags) => compile::compile(&flags),
        Command::Inspect(flags) => inspect::inspect(&flags),
        Command::Wast(flags) => wast::wast(&flags),
        Command::Completion(flags) => document::completion(&flags),
        Command::Man(flags) => document::man(&flags),
    };
    report::exit(outcome)
}
