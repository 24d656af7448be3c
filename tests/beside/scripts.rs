//! The component model's own scripts: what must validate does and flattens without a panic, what must not does not.
//!
//! Nothing is run here; `tests/spec.rs` runs them. Ignored where the scripts are not there.

use crate::place::{files, suites};
use coracle::component::Component;
use coracle::{Config, Engine, ErrorKind, TierPolicy};
use std::path::{Path, PathBuf};
use wast::{QuoteWat, WastDirective};

#[derive(Default, Debug)]
struct Counts {
    flat: usize,
    refused: usize,
    rejected: usize,
    skipped: usize,
    wrong: Vec<String>,
}

/// The scripts.
pub(crate) fn scripts() -> Vec<PathBuf> {
    files(&suites().join("component-model"), "wast")
}

pub(crate) fn scripts_validate_and_flatten() {
    let mut config = Config::new();
    // The scripts take nested names for syntax of the future; Coracle reads them.
    config.tier_policy(TierPolicy::Off).wasm_component_model_nested_names(false);
    let engine = Engine::new(&config).expect("the settings fit together");
    let (files, mut counts) = (scripts(), Counts::default());
    for file in &files {
        script(&engine, file, &mut counts);
    }
    println!("{} files: {counts:#?}", files.len());
    assert!(!files.is_empty() && counts.wrong.is_empty());
}

fn script(engine: &Engine, file: &Path, counts: &mut Counts) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lexer = wast::lexer::Lexer::new(&text);
    lexer.allow_confusing_unicode(true);
    let buffer = wast::parser::ParseBuffer::new_with_lexer(lexer).unwrap();
    let script = wast::parser::parse::<wast::Wast<'_>>(&buffer).unwrap();
    for directive in script.directives {
        let (line, _) = directive.span().linecol_in(&text);
        let at = format!("{}:{}", file.file_name().unwrap().display(), line + 1);
        match directive {
            WastDirective::Module(wat) | WastDirective::ModuleDefinition(wat) => {
                valid(engine, &at, wat, counts);
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                invalid(engine, &at, module, counts);
            }
            WastDirective::AssertUnlinkable { module, .. } => valid(engine, &at, QuoteWat::Wat(module), counts),
            _ => counts.skipped += 1,
        }
    }
}

fn is_component(wat: &QuoteWat<'_>) -> bool {
    matches!(wat, QuoteWat::Wat(wast::Wat::Component(_)) | QuoteWat::QuoteComponent(..))
}

fn valid(engine: &Engine, at: &str, mut wat: QuoteWat<'_>, counts: &mut Counts) {
    if !is_component(&wat) {
        counts.skipped += 1;
        return;
    }
    match Component::from_binary(engine, &wat.encode().unwrap()) {
        Ok(_) => counts.flat += 1,
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            counts.refused += 1;
            println!("{at}: {error}");
        }
        Err(error) => counts.wrong.push(format!("{at}: {error}")),
    }
}

fn invalid(engine: &Engine, at: &str, mut wat: QuoteWat<'_>, counts: &mut Counts) {
    if !is_component(&wat) {
        counts.skipped += 1;
        return;
    }
    let Ok(bytes) = wat.encode() else {
        counts.rejected += 1;
        return;
    };
    match Component::from_binary(engine, &bytes) {
        Ok(_) => counts.wrong.push(format!("{at}: is accepted")),
        // What a proposal that is off would allow is rejected by the proposal's name.
        Err(error) if !error.to_string().contains("cannot be run") => counts.rejected += 1,
        Err(error) => counts.wrong.push(format!("{at}: {error}")),
    }
}
