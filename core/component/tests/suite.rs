//! The component model's own scripts: what must validate does and flattens without a panic, what must not does not.
//!
//! Nothing is run here; traps and results are tested where there are tiers.

#[path = "support/engine.rs"]
mod support;

use coracle_component::component::Component;
use coracle_error::ErrorKind;
use coracle_image::parse::features::Proposal;
use coracle_vm::engine::{Engine, Settings};
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

#[test]
fn scripts_validate_and_flatten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites/component-model");
    let mut files = Vec::new();
    find(&folder, &mut files);
    if files.is_empty() {
        println!("skipped: not found: {}", folder.display());
        return;
    }
    // The scripts take nested names for syntax of the future; Coracle reads them.
    let mut settings = Settings::default();
    settings.features.set(Proposal::ComponentNestedNames, false);
    let (engine, mut counts) = (support::engine_with(settings), Counts::default());
    for file in &files {
        script(&engine, file, &mut counts);
    }
    println!("{} files: {counts:#?}", files.len());
    assert!(counts.wrong.is_empty());
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|e| e == "wast") {
            files.push(path);
        }
    }
    files.sort();
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
