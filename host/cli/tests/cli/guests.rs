//! The committed guests, built by a real toolchain: the same lines and the same traps in every tier.

use crate::coracle;
use std::path::{Path, PathBuf};

/// Every tier policy; two of `sync` so that promotion falls into calls and into loops.
const TIERS: [&str; 6] = ["off", "interp", "background", "sync=1", "sync=50", "eager"];

/// Each trap that `cpu` can raise, and what the engine calls it.
const TRAPS: [(&str, &str); 6] = [
    ("unreachable", "unreachable"),
    ("divide", "integer divide by zero"),
    ("overflow", "integer overflow"),
    ("load", "out of bounds memory access"),
    ("stack", "call stack exhausted"),
    ("indirect", "undefined element"),
];

fn guests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests")
}

fn guest(name: &str) -> String {
    guests().join(format!("{name}/{name}.wasm")).to_str().unwrap().to_owned()
}

fn expected(name: &str) -> String {
    std::fs::read_to_string(guests().join(name).join("expected.txt")).unwrap()
}

#[test]
fn the_readme_s_command() {
    coracle(&["run", &guest("hello")]).prints(&expected("hello"));
    let named = expected("hello").replace("component world", "Ada and Grace");
    coracle(&["run", &guest("hello"), "Ada", "Grace"]).prints(&named);
}

#[test]
fn a_hot_function_is_promoted_while_it_runs() {
    let outcome = coracle(&["run", "--tier-log", &guest("hello")]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), expected("hello").as_str()));
    assert!(!outcome.stderr.is_empty(), "nothing was promoted");
}

#[test]
fn kernels_agree_in_every_tier() {
    for tier in TIERS {
        coracle(&["run", "--tier", tier, &guest("cpu")]).prints(&expected("cpu"));
    }
}

#[test]
fn traps_agree_in_every_tier() {
    for tier in TIERS {
        for (kind, says) in TRAPS {
            let outcome = coracle(&["run", "--tier", tier, &guest("cpu"), "trap", kind]);
            assert_eq!(outcome.stdout, format!("before {kind}\n"), "{tier}: {outcome:?}");
            outcome.fails(134, &[says]);
        }
    }
}

#[test]
fn a_trace_tells_what_was_compiled() {
    let file = std::env::temp_dir().join(format!("coracle-trace-{}.json", std::process::id()));
    let path = file.to_string_lossy();
    coracle(&["run", "--tier", "sync=1", "--tier-trace", &path, &guest("hello")]).prints(&expected("hello"));
    let trace = std::fs::read_to_string(&file).expect("a trace");
    std::fs::remove_file(&file).expect("it is ours");
    assert!(trace.starts_with("[\n{") && trace.ends_with("},\n"), "{trace}");
    assert!(trace.contains(r#""cat":"compile""#) && trace.contains(r#""ph":"X""#), "{trace}");
    let nowhere = coracle(&["run", "--tier-trace", "no/such/folder/trace", &guest("hello")]);
    nowhere.fails(1, &["--tier-trace", "no/such/folder/trace"]);
}
