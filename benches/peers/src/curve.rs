//! Tier-up: how much of a program's work is done by when, from before it is loaded.
//!
//! A worker runs short calls one after the other and says when each ended. Speeds are the slope of what was done, in spans
//! of time that grow by a fixed factor, and of each span the median over the rounds.

use crate::interrupt;
use crate::measure::Spread;
use crate::programs::Pace;
use crate::worker::{Ask, Worker};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// The end of the first span, in ms.
const FIRST_MS: f64 = 1.0;
/// How much longer each span lasts than the one before.
const GROWTH: f64 = 1.25;

/// What one engine did of a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// The program.
    pub subject: String,
    /// The engine.
    pub engine: String,
    /// Ends of spans, in ms since before the load, and iterations per second in them.
    pub points: Vec<[f64; 2]>,
    /// Iterations done by the end of each span.
    pub done: Vec<f64>,
    /// When the first iteration was done, in ms.
    pub first_ms: Option<f64>,
    /// Why there are no points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One program in all engines.
pub fn measure(path: &Path, subject: &str, engines: &[String], ms: u64, pace: &Pace) -> Vec<Curve> {
    let rounds = pace.runs.min(3);
    let mut ends: Vec<Vec<Vec<f64>>> = vec![Vec::new(); engines.len()];
    let mut failed: Vec<Option<String>> = vec![None; engines.len()];
    for round in (0..rounds).take_while(|_| !interrupt::wanted()) {
        for turn in 0..engines.len() {
            let index = (round + turn) % engines.len();
            match run(path, &engines[index], ms, pace) {
                _ if failed[index].is_some() => {}
                Ok(run) => ends[index].push(run),
                Err(error) => failed[index] = Some(format!("{error:#}")),
            }
        }
    }
    let spans: Vec<f64> = std::iter::successors(Some(FIRST_MS), |end| Some(end * GROWTH))
        .take_while(|end| *end < ms as f64)
        .chain([ms as f64])
        .collect();
    let curve = |index: usize| {
        let runs = &ends[index];
        let median =
            |of: &dyn Fn(&[f64]) -> f64| Spread::of(&runs.iter().map(|run| of(run)).collect::<Vec<_>>()).median;
        let usable = failed[index].is_none() && !runs.is_empty();
        let done: Vec<f64> = spans.iter().filter(|_| usable).map(|end| median(&|run| done(run, *end))).collect();
        let speed = |span: usize| {
            let start = if span == 0 { 0.0 } else { spans[span - 1] };
            [
                spans[span],
                median(&|run| (self::done(run, spans[span]) - self::done(run, start)) / (spans[span] - start)) * 1e3,
            ]
        };
        Curve {
            subject: subject.to_owned(),
            engine: engines[index].clone(),
            points: (0..done.len()).map(speed).collect(),
            done,
            first_ms: usable.then(|| median(&|run| run[0])),
            note: failed[index].clone().or((!usable).then(|| "interrupted".to_owned())),
        }
    };
    (0..engines.len()).map(curve).collect()
}

fn run(path: &Path, engine: &str, ms: u64, pace: &Pace) -> Result<Vec<f64>> {
    let mut worker = Worker::start(engine)?;
    worker.ask(&Ask::Load { path: path.to_owned(), export: "run".into() }, pace.within())?;
    let within = pace.within() + Duration::from_millis(ms);
    Ok(worker.ask(&Ask::Curve { n: 1, ms }, within)?.ends_ms)
}

/// Iterations done by a time, of which the last in part.
fn done(ends: &[f64], ms: f64) -> f64 {
    let whole = ends.partition_point(|end| *end <= ms);
    let start = if whole == 0 { 0.0 } else { ends[whole - 1] };
    // Before the first result nothing shows: how much of that is loading is not known.
    let part = if whole == 0 { 0.0 } else { ends.get(whole).map_or(0.0, |end| (ms - start) / (end - start)) };
    whole as f64 + part
}

impl Curve {
    /// When so much was done, in ms, if it was by the end.
    pub fn reaches(&self, wanted: f64) -> Option<f64> {
        let span = self.done.iter().position(|done| *done >= wanted)?;
        let (end, last) = (self.points[span][0], self.done[span]);
        let (start, first) = if span == 0 { (0.0, 0.0) } else { (self.points[span - 1][0], self.done[span - 1]) };
        Some(start + (end - start) * (wanted - first) / (last - first).max(1e-9))
    }

    /// How much was done by a time, as the points say.
    pub fn done_by(&self, ms: f64) -> Option<f64> {
        let span = self.points.iter().position(|point| point[0] >= ms)?;
        let end = self.points[span][0];
        Some(self.done[span] - (end - ms) / 1e3 * self.points[span][1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_between_ends() {
        let ends = [10.0, 20.0, 40.0];
        assert_eq!(
            [0.0, 9.0, 10.0, 15.0, 30.0, 40.0, 90.0].map(|ms| done(&ends, ms)),
            [0.0, 0.0, 1.0, 1.5, 2.5, 3.0, 3.0]
        );
    }

    #[test]
    fn a_curve_says_when() {
        let points = vec![[10.0, 0.0], [20.0, 100.0], [40.0, 200.0]];
        let curve = Curve {
            subject: "p".into(),
            engine: "e".into(),
            points,
            done: vec![0.0, 1.0, 5.0],
            first_ms: Some(12.0),
            note: None,
        };
        assert_eq!(curve.reaches(3.0), Some(30.0));
        assert_eq!(curve.reaches(9.0), None);
        assert_eq!(curve.done_by(30.0), Some(3.0));
    }
}
