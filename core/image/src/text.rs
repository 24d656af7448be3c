//! The text format, where the feature `wat` is on.

use alloc::borrow::Cow;
use coracle_error::Result;

/// Turns text into binary; what is binary stays as it is.
///
/// # Errors
/// `ErrorKind::Invalid` when it is neither, with line and column where the text is at fault.
#[cfg(feature = "wat")]
pub fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    parse(None, bytes)
}

/// The same for what was read from a file, which errors of the text name.
///
/// # Errors
/// Those of [`to_binary`].
#[cfg(feature = "wat")]
pub fn file_to_binary<'a>(file: &std::path::Path, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    parse(Some(file), bytes)
}

#[cfg(feature = "wat")]
fn parse<'a>(file: Option<&std::path::Path>, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    use alloc::string::ToString;
    use coracle_error::{Error, ErrorKind};
    wat::Parser::new().parse_bytes(file, bytes).map_err(|error| Error::fault(ErrorKind::Invalid, error.to_string()))
}

/// What is binary stays as it is; without the feature `wat` there is nothing else.
///
/// # Errors
/// None: what is not binary is refused by the parser.
#[cfg(not(feature = "wat"))]
pub fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    Ok(Cow::Borrowed(bytes))
}

/// The same for what was read from a file.
///
/// # Errors
/// None.
#[cfg(all(feature = "std", not(feature = "wat")))]
pub fn file_to_binary<'a>(_: &std::path::Path, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    Ok(Cow::Borrowed(bytes))
}
