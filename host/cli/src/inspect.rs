//! `coracle inspect`: what a component imports and exports, and what the runtime makes of it.

use crate::flags::{EngineFlags, Format, InspectFlags};
use crate::report::Outcome;
use crate::with::Parts;
use crate::{graph, load, run};
use coracle::inspect as print;
use std::io::{self, Write};

/// Prints what the flags ask for.
pub(crate) fn inspect(flags: &InspectFlags) -> Outcome {
    let engine = run::engine(&EngineFlags::default())?;
    let component = load::component(&engine, &flags.file)?;
    let mut code = 0;
    let parts = match flags.with.is_empty() {
        true => None,
        false => Some(Parts::load(&flags.with, &flags.file, &component)?),
    };
    let explained = |name: &String| graph::explain(parts.as_ref()?, name);
    let mut text = if let Some(text) = flags.explain.as_ref().and_then(explained) {
        text
    } else if let Some(name) = &flags.explain {
        let explanation = component.explain_export(name);
        code = u8::from(explanation.found.is_none());
        explanation.to_string()
    } else if let Some(func) = &flags.code {
        print::code(&component, func)?
    } else if flags.plan {
        print::plan(&component)
    } else if let Some(parts) = &parts {
        graph::show(parts, flags.format)
    } else {
        match flags.format {
            Format::Tree => print::tree(&component),
            Format::Json => print::json(&component),
            Format::Dot => print::dot(&component),
            Format::Svg => print::svg(&component),
        }
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(code),
    }
}
