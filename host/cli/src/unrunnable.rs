//! Components that are valid and use what cannot be run, such as `async`: what they import and export, as WIT.

use coracle::Error;
use wit_component::WitPrinter;
use wit_parser::decoding::{self, DecodedWasm};

/// The world of a component, under the reason why it is not run; none where the bytes are no valid component.
pub(crate) fn wit(bytes: &[u8], why: &Error) -> Option<String> {
    let decoded = decoding::decode(bytes).ok()?;
    let DecodedWasm::Component(..) = &decoded else { return None };
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    printer.print(decoded.resolve(), decoded.package(), &[]).ok()?;
    let reasons = format!("{why:#}").replace('\n', "\n// ");
    Some(format!("// This component is valid, and cannot be run here: {reasons}\n{}", String::from(printer.output)))
}
