//! `calls`: what a call of a component's function costs, in each direction and for each shape of value; and what an
//! instance costs.
//!
//! Host → guest, guest → host, and guest → guest, where the two are joined in one component, or meet when they are linked.
//! Coracle's interpreter is set against Pulley, its native code against wasmtime's; all run the same bytes, through the
//! same API.

mod sides;

use crate::interrupt;
use crate::rounds::{self, interleave};
use crate::section::{Row, Section, rows};
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// Calls between host and guests.
#[derive(Args)]
pub struct Calls {
    /// Rounds: in each, all engines run once.
    #[arg(long, default_value_t = 11)]
    pub runs: usize,
    /// CPU time that one run should take at least, in ms.
    #[arg(long, default_value_t = 10)]
    pub run_ms: u64,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    pub only: String,
    /// Also writes the table there, as CSV.
    #[arg(long)]
    pub csv: Option<PathBuf>,
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
    /// A guest calls a guest of another component, which is no part of its own: Coracle links them, in wasmtime the host
    /// hands the values on.
    Linked,
    /// No call: the host makes a store and an instance in it, and drops both.
    Instantiate,
    /// The host calls a guest by a call that may wait, in a store that has nothing to wait for.
    MayWait,
    /// A guest calls functions of the host that are waited for, and are ready at once.
    Awaited,
    /// The host calls a guest by a call that may wait, and the guest such a function, once.
    ThereAndBack,
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
type Side = fn(Way, Shape, u32) -> Result<Run>;

/// Engines, each beside the one that its ratios are to.
const SIDES: [(&str, usize, Side); 4] = [
    ("coracle-interp", 1, sides::ours::interp),
    ("pulley", 1, sides::theirs::pulley),
    ("coracle-eager", 3, sides::ours::native),
    ("wasmtime", 3, sides::theirs::cranelift),
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
        Way::IntoGuest | Way::Instantiate | Way::MayWait => LIBRARY.to_owned(),
        Way::IntoHost | Way::Linked | Way::Awaited | Way::ThereAndBack => DRIVER.to_owned(),
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
        interrupt::listen();
        let section = self.section()?;
        print!("{}", section.table().text());
        println!("\nns of CPU time per call, {} rounds; ratios are within the round", self.runs);
        self.csv.as_ref().map_or(Ok(()), |path| section.table().write_csv(path))
    }

    /// Measures all rows.
    pub fn section(&self) -> Result<Section> {
        let ways = [
            (Way::IntoGuest, "host → guest"),
            (Way::IntoHost, "guest → host"),
            (Way::Between, "guest → guest"),
            (Way::Linked, "component → component"),
        ];
        // A host cannot hand on a resource that a guest defines.
        let calls = ways.iter().flat_map(|(way, name)| {
            let rows = ROWS.iter().filter(|(_, shape, _)| (*way, *shape) != (Way::Linked, Shape::Borrow));
            rows.map(move |(what, shape, length)| (format!("{name}: {what}"), *way, *shape, *length))
        });
        let last = [
            ("call_async: host → guest", Way::MayWait),
            ("func_wrap_async, ready: guest → host", Way::Awaited),
            ("both: host → guest → host", Way::ThereAndBack),
            ("host: store and instance", Way::Instantiate),
        ];
        let last = last.map(|(name, way)| (name.to_owned(), way, Shape::Flat, 42));
        let mut section = Section {
            topic: "calls".into(),
            title: "Calls of components".into(),
            about: "CPU time of one call, without the work that it asks for; Coracle's interpreter against Pulley, \
                    its native code against Cranelift's. Two components are linked to each other in Coracle, and in \
                    wasmtime by a host function that hands dynamic values on. `call_async` and `func_wrap_async` pass \
                    flat values where nobody has to wait. The last subject is a store with an instance, made and dropped."
                .into(),
            unit: "ns per call".into(),
            rows: Vec::new(),
        };
        for (row, way, shape, length) in calls.chain(last) {
            if row.contains(&self.only) && !interrupt::wanted() {
                section.rows.extend(self.measure(&row, way, shape, length)?);
            }
        }
        ensure!(!section.rows.is_empty() || interrupt::wanted(), "no row contains `{}`", self.only);
        Ok(section)
    }

    fn measure(&self, row: &str, way: Way, shape: Shape, length: u32) -> Result<Vec<Row>> {
        let mut made = SIDES.map(|(name, _, make)| -> Result<Box<rounds::Run<'static>>> {
            let mut run = make(way, shape, length)?;
            let sum = run(10)?;
            ensure!(sum == length.wrapping_mul(10), "{row}: {name} gives {sum}");
            Ok(Box::new(move |n| run(u32::try_from(n)?).map(drop)))
        });
        let samples = interleave(&mut made, self.runs, self.run_ms)?;
        let names = SIDES.map(|(name, ..)| name.to_owned());
        Ok(rows(row, &names, &samples, |index| SIDES[index].1))
    }
}
