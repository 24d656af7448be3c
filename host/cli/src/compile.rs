//! `coracle compile`: a component as a small machine runs it, without parser, validator and translator.

use crate::flags::CompileFlags;
use crate::report::Outcome;
use crate::{engine, load};
use coracle::bail;
use coracle::component::Portable;
use coracle::error::Context;
use std::fs;

/// Prepares the component of the flags, and writes the file.
pub(crate) fn compile(flags: &CompileFlags) -> Outcome {
    if !flags.portable {
        bail!("nothing has to be compiled before it runs; `--portable` prepares a component for a small machine");
    }
    let mut config = engine::config(&flags.engine)?;
    config.tier_policy(coracle::TierPolicy::Off);
    let component = load::component(&coracle::Engine::new(&config)?, &flags.file)?;
    let portable = Portable {
        compact: !flags.all_ops,
        threads: flags.threads,
        simd: flags.simd,
        wide: flags.wide,
        names: !flags.no_names,
    };
    let file = component.serialize_portable(&portable)?;
    let output = flags.output.clone().unwrap_or_else(|| flags.file.with_extension("portable"));
    fs::write(&output, file).with_context(|| format!("failed to write `{}`", output.display()))?;
    Ok(0)
}
