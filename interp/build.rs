//! Chooses the dispatcher: `tail_dispatch` where handlers are known to compile to jumps, else the loop, with
//! `handlers_apart` where it must not hold them all; `verify_code` where all code is looked at once more; and `op_forms`
//! where ops are known by name. What is asked is how this package is built, by whatever workspace depends on it.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(tail_dispatch)");
    println!("cargo::rustc-check-cfg=cfg(handlers_apart)");
    println!("cargo::rustc-check-cfg=cfg(verify_code)");
    println!("cargo::rustc-check-cfg=cfg(op_forms)");
    println!("cargo::rerun-if-changed=build.rs");
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let level = get("OPT_LEVEL");
    // For the tests.
    println!("cargo::rustc-env=CORACLE_OPT_LEVEL={level}");
    // Below opt-level 2, and for size, a call in tail position may stay a call, and the host's stack would overflow. So it
    // may where assertions stand between a handler and its jump; and nothing is known where flags overrule the profile.
    let asserts = std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some();
    let flags = get("CARGO_ENCODED_RUSTFLAGS");
    let overruled = ["opt-level", "debug-assertions"].iter().any(|flag| flags.contains(flag));
    let jumps = matches!(level.as_str(), "2" | "3") && !asserts && !overruled;
    let known = matches!(get("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    // Debug assertions are off in our own profile for development, and so do not tell.
    let has = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let verifies = get("PROFILE") == "debug" || has("VERIFY");
    if verifies {
        println!("cargo::rustc-cfg=verify_code");
    }
    if verifies || has("INSPECT") || has("PROFILE_OPS") {
        println!("cargo::rustc-cfg=op_forms");
    }
    if jumps && known && !has("PORTABLE_DISPATCH") {
        println!("cargo::rustc-cfg=tail_dispatch");
    } else if matches!(level.as_str(), "0" | "s" | "z") || asserts || has("COMPACT") {
        // One function of two thousand arms would take many minutes to compile with assertions or for size, and half a
        // megabyte of the host's stack without optimisation.
        println!("cargo::rustc-cfg=handlers_apart");
    }
}
