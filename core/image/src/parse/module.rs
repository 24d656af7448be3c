//! A core module on its own, read.

use crate::func_types::FuncTypesBuilder;
use crate::limits;
use crate::module::{Bytes, ModuleData};
use crate::module_image::ModuleImage;
use crate::parse::builder::ModuleBuilder;
use crate::parse::check::Check;
use crate::parse::error::invalid;
use crate::parse::explain::explain;
use crate::parse::features::{Features, Trust};
use coracle_error::{Error, ErrorKind, Result};
use wasmparser::{Parser, WasmFeatures};

/// Reads and validates a core module; one that somebody vouches for is only read.
///
/// # Errors
/// `ErrorKind::Invalid` with an offset when the bytes are no valid module, a component included;
/// `ErrorKind::Unsupported` when they are one of a proposal that is off or not supported, which the message names, and
/// for what nobody vouches for in builds without the feature `validate`.
pub fn parse_module(features: &Features, bytes: Bytes, trust: Trust) -> Result<ModuleImage> {
    check_size(&bytes)?;
    let features = features.wasmparser();
    read(&bytes, features, trust).map_err(|error| explain(error, bytes.as_slice(), features))
}

/// Reads a module that this crate wrote itself. It is validated in debug builds only, with every proposal on.
///
/// # Errors
/// `ErrorKind::Bug`, or a panic in debug builds, when the bytes are not what they should be.
pub fn parse_trusted(func_types: &mut FuncTypesBuilder, bytes: Bytes) -> Result<ModuleData> {
    let features = WasmFeatures::all();
    #[cfg(all(debug_assertions, feature = "validate"))]
    wasmparser::Validator::new_with_features(features)
        .validate_all(bytes.as_slice())
        .map_err(|error| coracle_error::bug!("a synthesised module is not valid: {error}"))?;
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut builder = ModuleBuilder::new(bytes.clone());
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(|error| coracle_error::bug!("a synthesised module cannot be read: {error}"))?;
        builder.payload(&payload, func_types)?;
    }
    builder.finish()
}

fn read(bytes: &Bytes, features: WasmFeatures, trust: Trust) -> Result<ModuleImage> {
    let mut parser = Parser::new(0);
    parser.set_features(features);
    if Parser::is_component(bytes.as_slice()) {
        let message = "this is a component, where a core module is expected";
        return Err(Error::fault_at(ErrorKind::Invalid, message, 0));
    }
    let mut check = Check::new(features, trust, bytes)?;
    let mut func_types = FuncTypesBuilder::default();
    let mut builder = ModuleBuilder::new(bytes.clone());
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(invalid)?;
        check.payload(&payload)?;
        builder.payload(&payload, &mut func_types)?;
    }
    Ok(ModuleImage { data: builder.finish()?, func_types: func_types.finish() })
}

/// Whether offsets into a binary fit in 32 bits: a range for each of a million functions is kept.
///
/// # Errors
/// `ErrorKind::Limit` when they do not.
pub fn check_size(bytes: &Bytes) -> Result<()> {
    let fits = u32::try_from(bytes.as_slice().len()).is_ok();
    if fits { Ok(()) } else { Err(limits::exceeded("bytes of a binary", u32::MAX as usize)) }
}
