//! Validation, while the sections are read.

use crate::module::Bytes;
use crate::parse::body::BodyValidator;
use crate::parse::error::invalid;
use crate::parse::features::{Trust, section_features};
use alloc::boxed::Box;
use coracle_error::Result;
use coracle_error::fallible::boxed;
use wasmparser::{Payload, ValidPayload, Validator, WasmFeatures};

/// What checks sections before they are read; nothing does where somebody vouches for the bytes.
pub struct Check(Option<Box<Checks>>);

struct Checks {
    validator: Validator,
    bodies: BodyValidator,
    features: WasmFeatures,
}

impl Check {
    /// Checks bytes with these proposals.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(features: WasmFeatures, trust: Trust, _: &Bytes) -> Result<Self> {
        let checks = || {
            let validator = Validator::new_with_features(section_features(features));
            boxed(Checks { validator, bodies: BodyValidator::default(), features })
        };
        Ok(Self((trust == Trust::None).then(checks).transpose()?))
    }

    /// Checks the next section, or body.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset.
    pub fn payload(&mut self, payload: &Payload<'_>) -> Result<()> {
        let Some(checks) = &mut self.0 else { return Ok(()) };
        if let ValidPayload::Func(mut func, body) = checks.validator.payload(payload).map_err(invalid)? {
            func.features = checks.features;
            checks.bodies.validate(func, &body)?;
        }
        Ok(())
    }
}
