//! `process`: whole commands, paired.

use crate::measure::{Spread, run_command};
use crate::table::Table;
use anyhow::{Result, ensure};
use clap::Args;
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

/// One command's samples, by round.
#[derive(Clone, Default)]
pub struct Row {
    /// CPU time, user and system.
    pub cpu_ms: Vec<f64>,
    /// Time on the wall.
    pub wall_ms: Vec<f64>,
    /// Peak resident memory.
    pub peak_kib: Vec<f64>,
}

impl Row {
    /// CPU time against another's of the same round.
    pub fn ratio_to(&self, base: &Row) -> Spread {
        let pairs: Vec<f64> = self.cpu_ms.iter().zip(&base.cpu_ms).map(|(own, base)| own / base).collect();
        Spread::of(&pairs)
    }
}

impl Process {
    /// Runs the commands and prints the table.
    pub fn run(&self) -> Result<()> {
        let commands: Vec<Vec<String>> = self.commands.split(|word| word == "::").map(<[String]>::to_vec).collect();
        ensure!(commands.len() > 1, "one command alone has no ratio: part two by `::`");
        ensure!(self.runs > 0, "--runs is 0");
        let floor = run_command(&["true".to_owned()])?.peak_kib;
        let rows = rounds(&commands, self.runs, !self.any_output)?;
        let base = &rows[rows.len() - 1];
        let base_peak = Spread::of(&base.peak_kib).median;
        let head = [
            "command",
            "cpu_ms",
            "min",
            "max",
            "mad_%",
            "wall_ms",
            "peak_MiB",
            "cpu_ratio",
            "r_min",
            "r_max",
            "peak_ratio",
        ];
        let mut table = Table::new(head);
        for (index, row) in rows.iter().enumerate() {
            let (cpu, ratio) = (Spread::of(&row.cpu_ms), row.ratio_to(base));
            let peak = Spread::of(&row.peak_kib).median;
            let figures =
                [cpu.median, cpu.min, cpu.max, cpu.mad * 100.0, Spread::of(&row.wall_ms).median, peak / 1024.0];
            let ratios = [ratio.median, ratio.min, ratio.max, peak / base_peak];
            let cells = figures
                .iter()
                .map(|figure| format!("{figure:.2}"))
                .chain(ratios.iter().map(|ratio| format!("{ratio:.3}")));
            table.row(std::iter::once(format!("#{index}")).chain(cells));
        }
        for (index, words) in commands.iter().enumerate() {
            println!("#{index}: {}", words.join(" "));
        }
        print!("\n{}", table.text());
        println!("\n{} rounds; a process that does nothing peaks at {:.2} MiB here", self.runs, floor as f64 / 1024.0);
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }
}

/// Runs every command once in each round, in an order that rotates.
pub fn rounds(commands: &[Vec<String>], runs: usize, same_output: bool) -> Result<Vec<Row>> {
    let mut rows = vec![Row::default(); commands.len()];
    let mut expected: Option<Vec<u8>> = None;
    // The first round only fills the file cache.
    for round in 0..=runs {
        for turn in 0..commands.len() {
            let index = (round + turn) % commands.len();
            let words = &commands[index];
            let ended = run_command(words)?;
            ensure!(ended.code == 0, "`{}` ended with {}", words.join(" "), ended.code);
            let first = expected.get_or_insert_with(|| ended.stdout.clone());
            ensure!(
                !same_output || *first == ended.stdout,
                "outputs differ: `{}` printed {:?}, another command {:?}",
                words.join(" "),
                String::from_utf8_lossy(&ended.stdout),
                String::from_utf8_lossy(first)
            );
            if round > 0 {
                rows[index].cpu_ms.push(ended.sample.cpu.as_secs_f64() * 1e3);
                rows[index].wall_ms.push(ended.sample.wall.as_secs_f64() * 1e3);
                rows[index].peak_kib.push(ended.peak_kib as f64);
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_outputs_are_an_error() {
        let command = |word: &str| vec!["echo".to_owned(), word.to_owned()];
        assert!(rounds(&[command("a"), command("a")], 1, true).is_ok());
        assert!(rounds(&[command("a"), command("b")], 1, true).is_err());
        assert!(rounds(&[command("a"), command("b")], 1, false).is_ok());
        assert!(rounds(&[vec!["false".to_owned()]], 1, true).is_err());
    }
}
