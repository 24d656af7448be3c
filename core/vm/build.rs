//! Tells the code whether calls that may wait get stacks of their own: `cfg(native_stacks)`.
//!
//! The same condition stands in `Cargo.toml`, where it brings the crate that switches stacks.

use std::env::var;

/// The machines whose registers `corosensei` knows how to exchange, of those that Coracle is built for.
const MACHINES: [&str; 6] = ["x86_64", "x86", "aarch64", "arm", "riscv64", "loongarch64"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(native_stacks)");
    let std = var("CARGO_FEATURE_STD").is_ok();
    let unix = var("CARGO_CFG_UNIX").is_ok();
    let machine = var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if std && unix && MACHINES.contains(&machine.as_str()) {
        println!("cargo::rustc-cfg=native_stacks");
    }
}
