//! `coracle completion` and `coracle man`: what shells and readers of manuals want to know of the command line.

use crate::flags::{Cli, CompletionFlags, ManFlags};
use crate::report::{self, Outcome, UsageError};
use clap::CommandFactory;
use clap_mangen::Man;

/// The name under which the command is installed.
const NAME: &str = "coracle";

/// Prints a shell's script of completions.
pub(crate) fn completion(flags: &CompletionFlags) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(flags.shell, &mut Cli::command(), NAME, &mut text);
    report::print(&text)
}

/// Prints a page of the manual, of the whole or of one command.
pub(crate) fn man(flags: &ManFlags) -> Outcome {
    let mut command = Cli::command();
    // Subcommands learn by it how they are called in full.
    command.build();
    let page = match &flags.command {
        None => Man::new(command),
        Some(name) => {
            let named = command.find_subcommand(name).ok_or_else(|| {
                let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
                UsageError::error(format!("there is no command `{name}`; commands are {}", names.join(", ")))
            })?;
            Man::new(named.clone()).title(format!("{NAME}-{name}"))
        }
    };
    let mut text = Vec::new();
    page.render(&mut text)?;
    report::print(&text)
}
