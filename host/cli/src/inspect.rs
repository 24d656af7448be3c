//! `coracle inspect`: what a component or module imports and exports, and what the runtime makes of it.

use crate::engine;
use crate::flags::{Format, InspectFlags};
use crate::load::{self, Guest};
use crate::report::{self, Outcome, UsageError};
use crate::with::Parts;
use crate::{graph, unrunnable};
use coracle::component::Component;
use coracle::inspect as print;
use coracle::{ErrorKind, Module, Result};

/// Prints what the flags ask for.
pub(crate) fn inspect(flags: &InspectFlags) -> Outcome {
    let engine = engine::of_everything()?;
    let bytes = load::read(&flags.file)?;
    let (mut text, code) = match load::loaded(&engine, &flags.file, &bytes) {
        Ok(Guest::Component(component)) => of_component(flags, &component)?,
        Ok(Guest::Module(module)) => (of_module(flags, &module)?, 0),
        // It may be as it should be all the same.
        Err(error) if error.kind() == ErrorKind::Unsupported && plainly(flags) => {
            (unrunnable::wit(&bytes, &error).ok_or(error)?, 0)
        }
        Err(error) => return Err(error),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    report::print(text.as_bytes()).map(|_| code)
}

/// Whether nothing is asked for but what is imported and exported, for people.
fn plainly(flags: &InspectFlags) -> bool {
    flags.explain.is_none() && flags.code.is_none() && !flags.plan && flags.format == Format::Tree
}

fn of_component(flags: &InspectFlags, component: &Component) -> Result<(String, u8)> {
    let parts = match flags.with.is_empty() {
        true => None,
        false => Some(Parts::load(&flags.with, &flags.file, component)?),
    };
    let explained = |name: &String| graph::explain(parts.as_ref()?, name);
    let text = if let Some(text) = flags.explain.as_ref().and_then(explained) {
        text
    } else if let Some(name) = &flags.explain {
        let explanation = component.explain_export(name);
        let code = u8::from(explanation.found.is_none());
        return Ok((explanation.to_string(), code));
    } else if let Some(func) = &flags.code {
        print::code(component, func)?
    } else if flags.plan {
        print::plan(component)
    } else if let Some(parts) = &parts {
        graph::show(parts, flags.format)
    } else {
        match flags.format {
            Format::Tree => print::tree(component),
            Format::Json => print::json(component),
            Format::Dot => print::dot(component),
            Format::Svg => print::svg(component),
        }
    };
    Ok((text, 0))
}

fn of_module(flags: &InspectFlags, module: &Module) -> Result<String> {
    let refused = |what: &str| Err(UsageError::error(format!("{what} is of components, and this is a core module")));
    if !flags.with.is_empty() {
        return refused("`--with`");
    }
    if flags.explain.is_some() {
        return refused("`--explain`");
    }
    if flags.plan {
        return refused("`--plan`");
    }
    match (&flags.code, flags.format) {
        (Some(func), _) => print::module_code(module, func),
        (None, Format::Tree) => Ok(print::module_tree(module)),
        (None, Format::Json) => Ok(print::module_json(module)),
        (None, Format::Dot | Format::Svg) => refused("a picture"),
    }
}
