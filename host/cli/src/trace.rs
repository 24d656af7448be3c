//! `--tier-trace FILE`: what becomes native code and when, as a trace that Chrome and Perfetto show.
//!
//! Each event is written as it happens, so that a guest that ends the process leaves a trace too; readers of the format
//! do without the bracket at its end.

use coracle::{Error, ErrorKind, Result, TierChange, TierEvent};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A trace that is being written.
pub(crate) struct Trace(Mutex<File>);

impl Trace {
    /// Begins a trace.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn begin(path: &Path) -> Result<Self> {
        let begin = || {
            let mut file = File::create(path)?;
            file.write_all(b"[\n").map(|()| file)
        };
        let file = begin().map_err(|error| {
            Error::fault(ErrorKind::Other, format!("`--tier-trace`: cannot write `{}`: {error}", path.display()))
        })?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes an event. Nobody waits for a trace that cannot be written.
    pub(crate) fn add(&self, event: &TierEvent) {
        let line = format!("{},\n", shown(event));
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

/// An event of the format: compilations have a length, all else is a moment.
fn shown(event: &TierEvent) -> Value {
    let module = event.module.as_deref().unwrap_or("module");
    let function = event.name.clone().unwrap_or_else(|| format!("func {}", event.func));
    let (phase, us, args) = match &event.change {
        TierChange::Promoted { code_bytes, compile_us } => ("compile", *compile_us, json!({ "bytes": code_bytes })),
        TierChange::LoopCompiled { index, code_bytes, compile_us } => {
            ("compile loop", *compile_us, json!({ "loop": index, "bytes": code_bytes }))
        }
        TierChange::LoopEntered { index, .. } => ("enter loop", 0, json!({ "loop": index })),
        TierChange::Queued => ("queued", 0, json!({})),
        TierChange::Cooled => ("cooled", 0, json!({})),
        TierChange::Refused { reason } => ("refused", 0, json!({ "reason": reason })),
        other => ("other", 0, json!({ "change": format!("{other:?}") })),
    };
    let mut shown = json!({
        "name": format!("{module}::{function}"),
        "cat": phase,
        "pid": std::process::id(),
        "tid": event.thread,
        "ts": event.at_us.saturating_sub(us),
        "args": args,
    });
    let kind = if us > 0 { json!({ "ph": "X", "dur": us }) } else { json!({ "ph": "i", "s": "t" }) };
    if let (Value::Object(shown), Value::Object(kind)) = (&mut shown, kind) {
        shown.extend(kind);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilations_have_a_length_and_names_are_escaped() {
        let change = TierChange::Promoted { code_bytes: 12, compile_us: 30 };
        let name = Some("a\"b\n".to_owned());
        let event = TierEvent { at_us: 100, thread: 2, module: None, func: 7, name, change };
        let text = shown(&event).to_string();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&read["ph"], &read["ts"], &read["dur"], &read["tid"]),
            (&json!("X"), &json!(70), &json!(30), &json!(2))
        );
        assert_eq!(read["name"], "module::a\"b\n");
        assert!(!text.contains('\n'));
        let moment = shown(&TierEvent { change: TierChange::Queued, ..event });
        assert_eq!((&moment["ph"], &moment["cat"]), (&json!("i"), &json!("queued")));
    }
}
