//! Strings from one guest's encoding to another's.
//!
//! The specification fixes how often and with which sizes `realloc` is called, by the source's encoding and number of
//! code units; the guest can observe it. Lowering from Rust's strings ([`string`](crate::abi::string)) is the case in
//! which the source is UTF-8.

use crate::abi::cx::LowerCx;
use crate::abi::string::{PointerPair, encode_utf16, lower_compact, lower_utf16, utf16_tag};
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::limits::MAX_STRING_BYTES;
use coracle_image::plan::StringEncoding;

/// How a source string was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// UTF-8.
    Utf8,
    /// UTF-16, where that is the encoding.
    Utf16,
    /// UTF-16, where Latin-1 was possible too.
    TaggedUtf16,
    /// Latin-1.
    Latin1,
}

impl Source {
    /// What a length says under an encoding: how its string is encoded, and how many code units it has.
    pub fn of(encoding: StringEncoding, tag: u64, len: u64) -> (Self, u64) {
        match encoding {
            StringEncoding::Utf8 => (Self::Utf8, len),
            StringEncoding::Utf16 => (Self::Utf16, len),
            StringEncoding::CompactUtf16 if len & tag != 0 => (Self::TaggedUtf16, len ^ tag),
            StringEncoding::CompactUtf16 => (Self::Latin1, len),
        }
    }
}

/// Lowers a string that was encoded as `source` in `units` code units.
///
/// # Errors
/// The errors of `LowerCx::realloc`.
pub fn lower(cx: &mut LowerCx<'_>, text: &str, source: Source, units: usize) -> Result<PointerPair> {
    if units > MAX_STRING_BYTES {
        return Err(Error::new(Trap::TooLong));
    }
    match (cx.options.encoding, source) {
        (StringEncoding::Utf8, Source::Utf8) => copy(cx, text.as_bytes(), 1, units as u64),
        (StringEncoding::Utf8, Source::Latin1) => to_utf8(cx, text, units, 2 * units),
        (StringEncoding::Utf8, Source::Utf16 | Source::TaggedUtf16) => to_utf8(cx, text, units, 3 * units),
        (StringEncoding::Utf16, Source::Utf8) => lower_utf16(cx, text),
        (StringEncoding::Utf16, _) => {
            let at = cx.alloc(2, 2 * units)?;
            encode_utf16(text, cx.bytes_mut(at, 2 * units)?);
            Ok(pair(at, units as u64))
        }
        (StringEncoding::CompactUtf16, Source::Utf8 | Source::Utf16) => lower_compact(cx, text, units),
        (StringEncoding::CompactUtf16, Source::Latin1) => {
            let at = cx.alloc(2, units)?;
            write_latin1(text, cx.bytes_mut(at, units)?);
            Ok(pair(at, units as u64))
        }
        (StringEncoding::CompactUtf16, Source::TaggedUtf16) => probably_utf16(cx, text, units),
    }
}

fn pair(ptr: usize, len: u64) -> PointerPair {
    PointerPair { ptr: ptr as u64, len }
}

fn copy(cx: &mut LowerCx<'_>, bytes: &[u8], align: u32, units: u64) -> Result<PointerPair> {
    let at = cx.alloc(align, bytes.len())?;
    cx.bytes_mut(at, bytes.len())?.copy_from_slice(bytes);
    Ok(pair(at, units))
}

fn write_latin1(text: &str, bytes: &mut [u8]) {
    for (c, to) in text.chars().zip(bytes) {
        *to = c as u8;
    }
}

/// First as if all were ASCII; at the first character that is not, with room for the worst case.
fn to_utf8(cx: &mut LowerCx<'_>, text: &str, units: usize, worst: usize) -> Result<PointerPair> {
    let mut at = cx.alloc(1, units)?;
    if text.is_ascii() {
        cx.bytes_mut(at, units)?.copy_from_slice(text.as_bytes());
        return Ok(pair(at, units as u64));
    }
    at = cx.realloc(at, units, 1, worst)?;
    cx.bytes_mut(at, text.len())?.copy_from_slice(text.as_bytes());
    if worst > text.len() {
        at = cx.realloc(at, worst, 1, text.len())?;
    }
    Ok(pair(at, text.len() as u64))
}

/// As UTF-16 first; where all of it turns out to be Latin-1, narrowed in place.
fn probably_utf16(cx: &mut LowerCx<'_>, text: &str, units: usize) -> Result<PointerPair> {
    let bytes = 2 * units;
    let mut at = cx.alloc(2, bytes)?;
    encode_utf16(text, cx.bytes_mut(at, bytes)?);
    if text.chars().any(|c| u32::from(c) >= 0x100) {
        return Ok(pair(at, units as u64 | utf16_tag(cx.ptr())));
    }
    write_latin1(text, cx.bytes_mut(at, units)?);
    at = cx.realloc(at, bytes, 1, units)?;
    Ok(pair(at, units as u64))
}
