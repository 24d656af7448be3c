//! What is said of imports that nothing defines: all of them at once, each with what would give it.

use coracle::Error;
use coracle::component::MissingImports;

/// Missing imports that are told one by one.
const MOST_TOLD: usize = 50;

/// The error of linking; where imports are missing, all of them with what would link each.
pub(crate) fn explained(error: Error) -> Error {
    let Some(missing) = error.downcast_ref::<MissingImports>() else { return error };
    let mut lines = Vec::new();
    for import in missing.iter().take(MOST_TOLD) {
        let of = import.instance().map_or(String::new(), |instance| format!(" of instance `{instance}`"));
        let what = import.instance().unwrap_or(import.name());
        let advice = match (absent(what), import.near()) {
            (Some(absent), _) => absent.to_owned(),
            (None, []) if what.starts_with("wasi:") => "it is not of WASI 0.2".to_owned(),
            (None, []) => "`--with FILE` links a component that exports it".to_owned(),
            (None, near) => format!("the linker has `{}`", near.join("`, `")),
        };
        lines.push(format!("{} `{}`{of}: {advice}", import.kind(), import.name()));
    }
    self::error(&lines, missing.iter().len())
}

/// The error for imports that nothing defines, a line for each.
pub(crate) fn error(lines: &[String], all: usize) -> Error {
    let mut text = match all {
        1 => "an import is not linked:".to_owned(),
        _ => format!("{all} imports are not linked:"),
    };
    for line in lines {
        text += "\n  ";
        text += line;
    }
    if lines.len() < all {
        text += "\n  …";
    }
    text += "\n`-W unknown-imports-trap` runs it all the same, and a call of what is missing traps";
    Error::msg(text)
}

/// What is not there at all, of which this import is a part.
fn absent(name: &str) -> Option<&'static str> {
    let package = name.split_once('/').map_or(name, |(package, _)| package);
    let version = name.split_once('@').map_or("", |(_, version)| version);
    match package {
        "wasi:nn" => Some("there is no wasi-nn"),
        "wasi:tls" => Some("there is no wasi-tls"),
        _ if package.starts_with("wasi:") && version.starts_with("0.3") => Some("there is no WASI 0.3"),
        _ => None,
    }
}
