//! The machine that code is made for: this one.
//!
//! x86-64 and AArch64. Frame pointers are always kept: a trap finds its entry stub by walking them.

use coracle_vm::engine::Settings;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};

/// The target of this host, with the engine's settings baked in; or why there is none.
pub(crate) fn host(engine: &Settings) -> Result<OwnedTargetIsa, String> {
    if !cfg!(all(unix, any(target_arch = "x86_64", target_arch = "aarch64"))) {
        return Err("native code is made on x86-64 and AArch64 Unix only".into());
    }
    finish(cranelift_native::builder()?, engine)
}

/// A target with the engine's settings baked in.
pub(crate) fn finish(isa: isa::Builder, engine: &Settings) -> Result<OwnedTargetIsa, String> {
    let canonical_nans = if engine.canonical_nans { "true" } else { "false" };
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    // What is left of the fuel, or when an epoch ends (`compile/fuel`).
    let register = if engine.fuel || engine.epochs { "true" } else { "false" };
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "speed"),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("preserve_frame_pointers", "true"),
        // A frame of many pages touches each, so that none reaches over a guard page into what lies behind it.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        ("unwind_info", "false"),
        ("enable_pinned_reg", register),
        ("enable_verifier", verify),
        ("enable_nan_canonicalization", canonical_nans),
    ] {
        flags.set(name, value).map_err(|error| format!("flag {name}: {error}"))?;
    }
    isa.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}
