//! Which proposal would make bytes valid.

use coracle_error::{Error, ErrorKind};
use wasmparser::{Validator, WasmFeatures};

/// Turns `Invalid` into `Unsupported` where the bytes are valid with a proposal that is off, and names it.
///
/// Costs a validation of all bytes, and one more per proposal where that succeeds.
#[cold]
pub fn explain(error: Error, bytes: &[u8], features: WasmFeatures) -> Error {
    let valid_with = |features: WasmFeatures| Validator::new_with_features(features).validate_all(bytes).is_ok();
    if error.kind() != ErrorKind::Invalid || !valid_with(WasmFeatures::all()) || valid_with(features) {
        return error;
    }
    let missing = WasmFeatures::all() & !features;
    let named = |flag: &(&'static str, WasmFeatures)| valid_with(features | flag.1);
    let proposal = match missing.iter_names().find(named) {
        Some(("GC", _)) => alloc::string::String::from("garbage collection (gc)"),
        Some((name, _)) => name.to_lowercase().replace('_', "-"),
        None => alloc::string::String::from("several proposals together"),
    };
    let message = alloc::format!("this uses a proposal that is off or not supported: {proposal}: {error}");
    Error::fault(ErrorKind::Unsupported, message)
}
