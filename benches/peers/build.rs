//! Tells the report with what it was built: compiler, profile, target.

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
}
