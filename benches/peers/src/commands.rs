//! `process`: whole commands, paired.

use crate::interrupt;
use crate::measure::{Ended, Spread, run_command};
use crate::section;
use crate::table::Table;
use anyhow::{Result, ensure};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Commands against each other.
#[derive(Args)]
pub struct Process {
    /// Rounds: in each, every command runs once.
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Commands may print different things.
    #[arg(long)]
    any_output: bool,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Two or more commands, parted by `::`; ratios are to the last: `-- a x :: b y`.
    #[arg(last = true, required = true)]
    commands: Vec<String>,
}

/// A command line.
pub struct Command {
    /// The program and its arguments; what stands behind a last `<` is a file, the program's input.
    pub words: Vec<String>,
    /// Whether what it says on its error output is kept for the note if it fails, and not shown.
    pub quiet: bool,
}

/// One command's samples, by round.
#[derive(Clone, Default)]
pub struct Samples {
    /// CPU time, user and system.
    pub cpu_ms: Vec<f64>,
    /// Time on the wall.
    pub wall_ms: Vec<f64>,
    /// Time on the wall until the first byte of output.
    pub first_byte_ms: Vec<f64>,
    /// Peak resident memory.
    pub peak_kib: Vec<f64>,
    /// Why there is no sample, or there are no more.
    pub failed: Option<String>,
}

impl Samples {
    fn push(&mut self, ended: &Ended) {
        self.cpu_ms.push(ended.sample.cpu.as_secs_f64() * 1e3);
        self.wall_ms.push(ended.sample.wall.as_secs_f64() * 1e3);
        self.first_byte_ms.extend(ended.arrivals.first().map(|(_, first)| first.as_secs_f64() * 1e3));
        self.peak_kib.push(ended.peak_kib as f64);
    }

    /// As a section's.
    pub fn into_samples(self) -> section::Samples {
        let mut more = BTreeMap::new();
        if !self.peak_kib.is_empty() {
            more.insert("peak_MiB".to_owned(), Spread::of(&self.peak_kib).median / 1024.0);
        }
        if !self.first_byte_ms.is_empty() {
            more.insert("first_byte_wall_ms".to_owned(), Spread::of(&self.first_byte_ms).median);
        }
        section::Samples { own: self.cpu_ms, wall: self.wall_ms, more, failed: self.failed }
    }
}

impl Process {
    /// Runs the commands and prints the table.
    pub fn run(&self) -> Result<()> {
        let command = |words: &[String]| Command { words: words.to_vec(), quiet: false };
        let commands: Vec<Command> = self.commands.split(|word| word == "::").map(command).collect();
        ensure!(commands.len() > 1, "one command alone has no ratio: part two by `::`");
        ensure!(self.runs > 0, "--runs is 0");
        let floor = run_command(&["true".to_owned()], false)?.peak_kib;
        let measured = rounds(&commands, self.runs, !self.any_output)?;
        if let Some(why) = measured.iter().find_map(|samples| samples.failed.as_ref()) {
            anyhow::bail!("{why}");
        }
        let base = measured.len() - 1;
        let base_peak = Spread::of(&measured[base].peak_kib).median;
        let names: Vec<String> = (0..commands.len()).map(|index| format!("#{index}")).collect();
        let samples: Vec<_> = measured.into_iter().map(Samples::into_samples).collect();
        let rows = section::rows("commands", &names, &samples, |_| base);
        let head = ["command", "cpu_ms", "min", "max", "spread_%", "wall_ms", "peak_MiB"];
        let mut table = Table::new(head.into_iter().chain(["cpu_ratio", "r_min", "r_max", "peak_ratio"]));
        for row in &rows {
            let (Some(cpu), Some(wall), Some(ratio)) = (row.own, row.wall, row.ratio) else { continue };
            let peak = row.more["peak_MiB"];
            let figures = [cpu.median, cpu.min, cpu.max, cpu.width() * 100.0, wall.median, peak];
            let ratios = [ratio.median, ratio.min, ratio.max, peak * 1024.0 / base_peak];
            let cells = figures
                .iter()
                .map(|figure| format!("{figure:.2}"))
                .chain(ratios.iter().map(|ratio| format!("{ratio:.3}")));
            table.row(std::iter::once(row.engine.clone()).chain(cells));
        }
        for (name, command) in names.iter().zip(&commands) {
            println!("{name}: {}", command.words.join(" "));
        }
        print!("\n{}", table.text());
        println!("\n{} rounds; a process that does nothing peaks at {:.2} MiB here", self.runs, floor as f64 / 1024.0);
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }
}

/// Runs every command once in each round, in an order that rotates, until a round is interrupted.
///
/// # Errors
/// When outputs differ that should not. A command that fails has samples that say so, and is not run again.
pub fn rounds(commands: &[Command], runs: usize, same_output: bool) -> Result<Vec<Samples>> {
    let mut all = vec![Samples::default(); commands.len()];
    let mut expected: Option<Vec<u8>> = None;
    // The first round only fills the file cache.
    for round in (0..=runs).take_while(|_| !interrupt::wanted()) {
        for turn in 0..commands.len() {
            let index = (round + turn) % commands.len();
            if all[index].failed.is_some() {
                continue;
            }
            let Command { words, quiet } = &commands[index];
            let ended = match run_command(words, *quiet) {
                Ok(ended) if ended.code == 0 => ended,
                _ if interrupt::wanted() => return Ok(all),
                Ok(ended) => {
                    let said = ended.stderr.lines().next().unwrap_or("it said nothing").to_owned();
                    all[index].failed =
                        Some(if *quiet { said } else { format!("`{}` ended with {}", words.join(" "), ended.code) });
                    continue;
                }
                Err(error) => {
                    all[index].failed = Some(format!("{error:#}"));
                    continue;
                }
            };
            let first = expected.get_or_insert_with(|| ended.stdout.clone());
            ensure!(
                !same_output || *first == ended.stdout,
                "outputs differ: `{}` printed {:?}, another command {:?}",
                words.join(" "),
                String::from_utf8_lossy(&ended.stdout),
                String::from_utf8_lossy(first)
            );
            if round > 0 {
                all[index].push(&ended);
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(word: &str) -> Command {
        Command { words: vec!["echo".to_owned(), word.to_owned()], quiet: true }
    }

    #[test]
    fn different_outputs_are_an_error() {
        assert!(rounds(&[echo("a"), echo("a")], 1, true).is_ok());
        assert!(rounds(&[echo("a"), echo("b")], 1, true).is_err());
        assert!(rounds(&[echo("a"), echo("b")], 1, false).is_ok());
    }

    #[test]
    fn a_command_that_fails_or_is_absent_leaves_the_others_their_figures() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let fails = Command { words: words(&["sh", "-c", "echo broken >&2; exit 3"]), quiet: true };
        let absent = Command { words: words(&["no-such-runtime"]), quiet: true };
        let all = rounds(&[fails, echo("a"), absent], 2, true).unwrap();
        assert_eq!(all[0].failed.as_deref(), Some("broken"));
        assert_eq!(all[1].cpu_ms.len(), 2);
        assert!(all[2].failed.as_ref().unwrap().contains("no-such-runtime"));
    }
}
