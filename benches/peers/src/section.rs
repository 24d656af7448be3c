//! What is measured, as data: sections of rows, a row for each pair of a subject and an engine.
//!
//! Every topic gives a [`Section`]; terminal, CSV, Markdown, JSON and the page are made from it and from nothing else.
//!
//! # Invariants
//! - A row without a figure has a note that says why.
//! - Ratios are of pairs of the same round.

use crate::measure::Spread;
use crate::table::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The spread from which on a row is marked as noisy: that of the middle half of its samples, as a share of the median.
pub const NOISY: f64 = 0.15;

/// What one topic measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Section {
    /// What it is called on the command line.
    pub topic: String,
    /// What it is called on the page.
    pub title: String,
    /// What was done, in a sentence or two.
    pub about: String,
    /// The unit of the figures. Less is better.
    pub unit: String,
    /// The rows, those of a subject side by side.
    pub rows: Vec<Row>,
}

/// A subject in an engine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// What was run, made or called.
    pub subject: String,
    /// The engine's name.
    pub engine: String,
    /// The figure; for times, CPU time.
    pub own: Option<Spread>,
    /// Time on the wall, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<Spread>,
    /// The engine that the ratio is to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base: String,
    /// The figure against the base's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Spread>,
    /// Other figures, by a name that ends in their unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, f64>,
    /// Why there is no figure, or what is odd about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One engine's samples for a subject, by round.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// The figure.
    pub own: Vec<f64>,
    /// Time on the wall; empty where it says nothing.
    pub wall: Vec<f64>,
    /// Other figures.
    pub more: BTreeMap<String, f64>,
    /// Why it has no figure, or stopped to have one.
    pub failed: Option<String>,
}

impl Row {
    /// Whether its figure spreads too much to be trusted.
    pub fn is_noisy(&self) -> bool {
        self.ratio.filter(|_| self.base != self.engine).or(self.own).is_some_and(|spread| spread.width() > NOISY)
    }
}

/// The rows of a subject: `engines[i]` took `samples[i]`, and its ratio is to `engines[base(i)]`.
pub fn rows(subject: &str, engines: &[String], samples: &[Samples], base: impl Fn(usize) -> usize) -> Vec<Row> {
    let row = |index: usize| {
        let (own, base) = (&samples[index], base(index));
        let known = |samples: &[f64]| (!samples.is_empty()).then(|| Spread::of(samples));
        // An engine that failed half-way has no figure: a median of other rounds than its peers' would be no pair.
        if let Some(why) = &own.failed {
            return Row { note: Some(why.clone()), ..named(subject, &engines[index]) };
        }
        let paired = samples[base].failed.is_none() && !own.own.is_empty();
        Row {
            own: known(&own.own),
            wall: known(&own.wall),
            base: engines[base].clone(),
            ratio: paired.then(|| Spread::of_ratios(&own.own, &samples[base].own)),
            more: own.more.clone(),
            note: own.own.is_empty().then(|| "interrupted before its first round".to_owned()),
            ..named(subject, &engines[index])
        }
    };
    (0..engines.len()).map(row).collect()
}

fn named(subject: &str, engine: &str) -> Row {
    Row { subject: subject.to_owned(), engine: engine.to_owned(), ..Row::default() }
}

impl Section {
    /// The subjects, in order.
    pub fn subjects(&self) -> Vec<&str> {
        distinct(self.rows.iter().map(|row| row.subject.as_str()))
    }

    /// The engines, in order.
    pub fn engines(&self) -> Vec<&str> {
        distinct(self.rows.iter().map(|row| row.engine.as_str()))
    }

    /// The row of a subject and an engine.
    pub fn row(&self, subject: &str, engine: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.subject == subject && row.engine == engine)
    }

    /// The ratios that an engine has.
    pub fn ratios(&self, engine: &str) -> Vec<f64> {
        let own = self.rows.iter().filter(|row| row.engine == engine);
        own.filter_map(|row| row.ratio.map(|ratio| ratio.median)).collect()
    }

    /// As a table for the terminal and for CSV.
    pub fn table(&self) -> Table {
        let more: Vec<&str> = distinct(self.rows.iter().flat_map(|row| row.more.keys().map(String::as_str)));
        let head = [&*self.topic, "engine", &*self.unit, "min", "max", "spread_%", "wall", "ratio", "r_min", "r_max"];
        let mut table = Table::new(head.into_iter().chain(more.iter().copied()).chain(["note"]));
        for row in &self.rows {
            let own = row.own.map_or([const { String::new() }; 4], |own| {
                [figure(own.median), figure(own.min), figure(own.max), format!("{:.0}", own.width() * 100.0)]
            });
            let wall = row.wall.map_or(String::new(), |wall| figure(wall.median));
            let ratio = row.ratio.map_or([const { String::new() }; 3], |ratio| {
                [ratio.median, ratio.min, ratio.max].map(|ratio| format!("{ratio:.3}"))
            });
            let others = more.iter().map(|name| row.more.get(*name).map_or(String::new(), |value| figure(*value)));
            let mark = if row.is_noisy() { "noisy" } else { "" };
            let note = row.note.as_deref().unwrap_or(mark).lines().next().unwrap_or("").replace(',', ";");
            let named = [row.subject.clone(), row.engine.clone()];
            table.row(named.into_iter().chain(own).chain([wall]).chain(ratio).chain(others).chain([note]));
        }
        table
    }
}

/// A figure with as many places as it has a use for.
pub fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || v == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// A figure with its unit, in the one of its kind that reads best: `7.26 ms`, not `7260111` of ns.
pub fn quantity(value: f64, unit: &str) -> String {
    let short = unit.split(' ').next().unwrap_or(unit);
    let nanoseconds = match short {
        "ns" => value,
        "ms" => value * 1e6,
        _ => return format!("{} {short}", figure(value)),
    };
    let (size, name) = match nanoseconds {
        ns if ns >= 1e9 => (1e9, "s"),
        ns if ns >= 1e6 => (1e6, "ms"),
        ns if ns >= 1e3 => (1e3, "µs"),
        _ => (1.0, "ns"),
    };
    format!("{} {name}", figure(nanoseconds / size))
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names.fold(Vec::new(), |mut all, name| {
        if !all.contains(&name) {
            all.push(name);
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(own: &[f64]) -> Samples {
        Samples { own: own.to_vec(), ..Samples::default() }
    }

    #[test]
    fn ratios_are_of_pairs_and_failures_are_rows() {
        let engines = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let failed = Samples { failed: Some("no such op".into()), ..samples(&[1.0]) };
        let rows = rows("p", &engines, &[samples(&[2.0, 6.0, 4.0]), samples(&[1.0, 2.0, 2.0]), failed], |_| 1);
        assert_eq!(rows[0].ratio.unwrap().median, 2.0);
        assert_eq!(rows[1].ratio.unwrap().median, 1.0);
        assert_eq!((rows[2].own, rows[2].ratio, rows[2].note.as_deref()), (None, None, Some("no such op")));
        assert!(rows[0].is_noisy() && !rows[2].is_noisy());
    }

    #[test]
    fn without_the_base_there_is_no_ratio() {
        let engines = ["a".to_owned(), "b".to_owned()];
        let absent = Samples { failed: Some("not in this build".into()), ..Samples::default() };
        let rows = rows("p", &engines, &[absent, samples(&[1.0])], |_| 0);
        assert!(rows[1].own.is_some() && rows[1].ratio.is_none());
    }

    #[test]
    fn figures_have_places() {
        assert_eq!(quantity(7_260_111.0, "ns per iteration"), "7.26 ms");
        assert_eq!(quantity(0.5, "ns per call"), "0.500 ns");
        assert_eq!(quantity(1_500.0, "ms"), "1.50 s");
        assert_eq!(quantity(70.25, "KiB per instance"), "70.2 KiB");
        assert_eq!(["0", "1234", "12.3", "1.23", "0.123"].to_vec(), [0.0, 1234.4, 12.34, 1.234, 0.1234].map(figure));
    }
}
