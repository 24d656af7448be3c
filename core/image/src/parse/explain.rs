//! Which proposal would make bytes valid.

use coracle_error::{Error, ErrorKind};
use wasmparser::{Parser, ValidPayload, Validator, WasmFeatures};

/// Turns `Invalid` into `Unsupported` where a proposal that is off makes what is at fault valid, and names it.
///
/// Linear: looks at the sections once more for each proposal, and of the function bodies only at the one at fault.
#[cold]
pub fn explain(error: Error, bytes: &[u8], features: WasmFeatures) -> Error {
    let (ErrorKind::Invalid, Some(offset)) = (error.kind(), error.offset()) else { return error };
    let passes = |features| passes(bytes, features, offset);
    if !passes(WasmFeatures::all()) || passes(features) {
        return error;
    }
    let missing = WasmFeatures::all() & !features;
    let named = |flag: &(&'static str, WasmFeatures)| passes(features | flag.1);
    let proposal = match missing.iter_names().find(named) {
        Some(("GC", _)) => alloc::string::String::from("garbage collection (gc)"),
        Some((name, _)) => name.to_lowercase().replace('_', "-"),
        None => alloc::string::String::from("several proposals together"),
    };
    let message = alloc::format!("this uses a proposal that is off or not supported: {proposal}: {error}");
    Error::fault(ErrorKind::Unsupported, message)
}

/// Whether validation with these features gets past an offset at which it failed with others.
fn passes(bytes: &[u8], features: WasmFeatures, offset: u64) -> bool {
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut validator = Validator::new_with_features(features);
    for payload in parser.parse_all(bytes) {
        match payload.and_then(|payload| validator.payload(&payload)) {
            Err(error) => return error.offset() > offset,
            Ok(ValidPayload::Func(func, body)) if body.range().contains(&offset) => {
                let failed = func.into_validator(Default::default()).validate(&body).err();
                return failed.is_none_or(|error| error.offset() > offset);
            }
            Ok(_) => {}
        }
    }
    true
}
