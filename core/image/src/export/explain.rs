//! Why a path of export names resolved to what it did.

use crate::export::node::{ExportError, ExportNode};
use crate::export::{ComponentExportIndex, ExportEntry, ExportGraph};
use crate::parse::names::{Match, Versioned};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// How a path was resolved, name by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// One step per name, up to the first that failed.
    pub steps: Vec<ExplainedName>,
    /// The export at the end, if every name was found.
    pub found: Option<ComponentExportIndex>,
    /// What it is.
    pub kind: Option<&'static str>,
}

/// How one name was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedName {
    /// The name that was asked for.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// There is an export of exactly that name.
    Exact,
    /// Of the exports on the name's version track the one with the highest version was taken.
    Track {
        /// What names on the track begin with.
        track: String,
        /// The name of the export that was taken.
        taken: String,
        /// All names on the track, in order of declaration.
        candidates: Vec<String>,
    },
    /// The export is called by the canonical interface name of the name.
    Canonical {
        /// The name of the export.
        taken: String,
    },
    /// Nothing was found.
    Failed(ExportError),
}

/// Explains what a path of export names resolves to; names are parted by `#`.
pub fn explain(graph: &ExportGraph, path: &str) -> Explanation {
    let mut steps = Vec::new();
    let mut at = ExportNode::root(graph);
    for name in path.split('#') {
        let (outcome, next) = step(graph, at, name);
        steps.push(ExplainedName { name: name.to_string(), outcome });
        match next {
            Some(next) => at = next,
            None => return Explanation { steps, found: None, kind: None },
        }
    }
    Explanation { steps, found: Some(at.index()), kind: Some(at.kind()) }
}

fn step<'a>(graph: &ExportGraph, at: ExportNode<'a>, name: &str) -> (Outcome, Option<ExportNode<'a>>) {
    let next = match at.child(name) {
        Ok(next) => next,
        Err(error) => return (Outcome::Failed(error), None),
    };
    let types = graph.types();
    let resolved = match at.entry() {
        ExportEntry::Instance { members, .. } => members.resolve(types.names(), name),
        _ => None,
    };
    let outcome = match resolved {
        None | Some((_, _, Match::Exact)) => Outcome::Exact,
        Some((taken, _, Match::Canonical)) => Outcome::Canonical { taken: types.name(taken).to_string() },
        Some((taken, _, Match::Track)) => {
            let track = Versioned::parse(name).map_or(name, |versioned| versioned.canonical);
            let same = |other: &str| Versioned::parse(other).is_some_and(|v| v.has_track() && v.canonical == track);
            let candidates = at.children().map(|(other, _)| other).filter(|other| same(other));
            Outcome::Track {
                track: track.to_string(),
                taken: types.name(taken).to_string(),
                candidates: candidates.map(ToString::to_string).collect(),
            }
        }
    };
    (outcome, Some(next))
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "`{}`: {}", step.name, step.outcome)?;
        }
        match self.kind {
            Some(kind) => writeln!(f, "found: {kind}"),
            None => writeln!(f, "not found"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("an export of exactly this name"),
            Self::Canonical { taken } => write!(f, "`{taken}`, which is its canonical interface name"),
            Self::Track { track, taken, candidates } => {
                write!(f, "`{taken}`: there is no such version, and this is the highest on the track `{track}`")?;
                if candidates.len() > 1 {
                    write!(f, " of: {}", candidates.join(", "))?;
                }
                Ok(())
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}
