//! Tells the report of what it was built, and with what: revision, compiler, profile, target.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let get = |name: &str| env::var(name).unwrap_or_default();
    let version = Command::new(get("RUSTC")).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=PEERS_RUSTC={version}");
    // `PROFILE` says `release` for every profile that inherits from it; the folder has the name.
    let out = get("OUT_DIR");
    let profile = Path::new(&out).ancestors().nth(3).and_then(Path::file_name).unwrap_or_default();
    println!("cargo::rustc-env=PEERS_PROFILE={} (opt-level {})", profile.to_string_lossy(), get("OPT_LEVEL"));
    println!("cargo::rustc-env=PEERS_TARGET={}", get("TARGET"));
    println!("cargo::rustc-env=PEERS_REVISION={}", revision());
}

/// The revision of this repository; asked for anew when there is another, and when what is measured has changed.
fn revision() -> String {
    let git = |words: &[&str]| -> Option<String> {
        let output = Command::new("git").args(words).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    for room in ["core", "interp", "jit", "src"] {
        println!("cargo::rerun-if-changed=../../{room}");
    }
    // Written at each commit and at each change of the branch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    let Some(revision) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "an unknown revision".to_owned() };
    let changed = git(&["status", "--porcelain"]).is_none_or(|text| !text.is_empty());
    format!("{revision}{}", if changed { ", changed" } else { "" })
}
