//! `calls`: what a call of a component's function costs, in each direction and for each shape of value; and what an
//! instance costs.
//!
//! Host → guest, guest → host, and guest → guest, where the two are joined in one component. Coracle's interpreter is
//! set against Pulley, its native code against wasmtime's; all run the same bytes, through the same API.

mod sides;

use crate::measure::{Spread, thread_cpu};
use crate::table::Table;
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// Calls between host and guests.
#[derive(Args)]
pub struct Calls {
    /// Rounds: in each, all engines run once.
    #[arg(long, default_value_t = 11)]
    runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 10)]
    run_ms: u64,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

const LIBRARY: &str = include_str!("../../support/calls/library.wat");
const DRIVER: &str = include_str!("../../support/calls/driver.wat");

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The host calls a guest.
    IntoGuest,
    /// A guest calls the host.
    IntoHost,
    /// A guest calls a guest.
    Between,
    /// No call: the host makes a store and an instance in it, and drops both.
    Instantiate,
}

/// What is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Three numbers.
    Flat,
    /// A string.
    Text,
    /// A list of bytes.
    Bytes,
    /// Three numbers and a string of 12 bytes.
    Record,
    /// A borrowed resource.
    Borrow,
}

impl Shape {
    /// The function that takes it.
    pub(crate) fn func(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Record => "record",
            Self::Borrow => "get",
        }
    }
}

/// Makes `n` calls and gives the sum of what they gave.
pub(crate) type Run = Box<dyn FnMut(u32) -> Result<u32>>;

/// One engine: makes what one row measures.
type Side = (&'static str, fn(Way, Shape, u32) -> Result<Run>);

const SIDES: [Side; 4] = [
    ("interp", sides::ours::interp),
    ("pulley", sides::theirs::pulley),
    ("native", sides::ours::native),
    ("cranelift", sides::theirs::cranelift),
];

const ROWS: [(&str, Shape, u32); 6] = [
    ("flat", Shape::Flat, 42),
    ("string 12 B", Shape::Text, 12),
    ("string 1 KiB", Shape::Text, 1 << 10),
    ("list 1 MiB", Shape::Bytes, 1 << 20),
    ("record", Shape::Record, 12),
    ("resource", Shape::Borrow, 42),
];

/// The component for a way, as text.
pub(crate) fn text(way: Way) -> String {
    match way {
        Way::IntoGuest | Way::Instantiate => LIBRARY.to_owned(),
        Way::IntoHost => DRIVER.to_owned(),
        Way::Between => {
            let mut text = format!("(component\n{LIBRARY}\n{DRIVER}\n(instance $l (instantiate $library))\n");
            text += "(instance $d (instantiate $driver (with \"api\" (instance $l))))\n";
            for func in ["flat", "text", "bytes", "record", "get"] {
                text += &format!("(export \"{func}\" (func $d \"{func}\"))\n");
            }
            text + ")"
        }
    }
}

impl Calls {
    /// Measures all rows and prints the table.
    pub fn run(&self) -> Result<()> {
        ensure!(self.runs > 0, "--runs is 0");
        let mut columns = vec!["call".to_owned()];
        columns.extend(SIDES.iter().map(|(name, _)| format!("{name}_ns")));
        columns.extend(["interp/pulley", "i_min", "i_max", "native/cranelift", "n_min", "n_max"].map(String::from));
        let mut table = Table::new(columns);
        for (way, name) in
            [(Way::IntoGuest, "host → guest"), (Way::IntoHost, "guest → host"), (Way::Between, "guest → guest")]
        {
            for (what, shape, length) in ROWS {
                let row = format!("{name}: {what}");
                if row.contains(&self.only) {
                    table.row(self.measure(row, way, shape, length)?);
                }
            }
        }
        let row = "host: store and instance".to_owned();
        if row.contains(&self.only) {
            table.row(self.measure(row, Way::Instantiate, Shape::Flat, 42)?);
        }
        print!("{}", table.text());
        println!("\nns of CPU time per call, {} rounds; ratios are within the round", self.runs);
        self.csv.as_ref().map_or(Ok(()), |path| table.write_csv(path))
    }

    fn measure(&self, row: String, way: Way, shape: Shape, length: u32) -> Result<Vec<String>> {
        let mut runs = Vec::new();
        for (name, make) in SIDES {
            let mut run = make(way, shape, length)?;
            let sum = run(10)?;
            ensure!(sum == length.wrapping_mul(10), "{row}: {name} gives {sum}");
            let mut n = 16;
            while ns_each(&mut run, n)? * f64::from(n) < self.run_ms as f64 * 1e6 {
                n *= 2;
            }
            runs.push((run, n));
        }
        let mut samples = vec![Vec::new(); runs.len()];
        for round in 0..self.runs {
            for turn in 0..runs.len() {
                let index = (round + turn) % runs.len();
                let (run, n) = &mut runs[index];
                samples[index].push(ns_each(run, *n)?);
            }
        }
        let ratio = |a: usize, b: usize| {
            let ratios: Vec<f64> = samples[a].iter().zip(&samples[b]).map(|(own, other)| own / other).collect();
            let spread = Spread::of(&ratios);
            [spread.median, spread.min, spread.max].map(|ratio| format!("{ratio:.2}"))
        };
        let figures = samples.iter().map(|samples| format!("{:.0}", Spread::of(samples).median));
        Ok(std::iter::once(row).chain(figures).chain(ratio(0, 1)).chain(ratio(2, 3)).collect())
    }
}

/// ns of CPU time for each of `n` calls.
fn ns_each(run: &mut Run, n: u32) -> Result<f64> {
    let start = thread_cpu();
    run(n)?;
    Ok((thread_cpu() - start).as_nanos() as f64 / f64::from(n))
}
