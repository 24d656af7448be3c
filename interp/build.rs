//! Chooses the dispatcher: `tail_dispatch` where handlers are known to compile to jumps, `unoptimised` where the loop
//! must not hold them all.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(tail_dispatch)");
    println!("cargo::rustc-check-cfg=cfg(unoptimised)");
    println!("cargo::rerun-if-changed=build.rs");
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    // Below opt-level 2 a call in tail position stays a call, and the host's stack would overflow.
    let optimised = matches!(get("OPT_LEVEL").as_str(), "2" | "3" | "s");
    if get("OPT_LEVEL") == "0" {
        println!("cargo::rustc-cfg=unoptimised");
    }
    let known = matches!(get("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    let portable = std::env::var_os("CARGO_FEATURE_PORTABLE_DISPATCH").is_some();
    if optimised && known && !portable {
        println!("cargo::rustc-cfg=tail_dispatch");
    }
}
