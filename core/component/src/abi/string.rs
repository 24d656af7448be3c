//! Strings between Rust's UTF-8 and a guest's encoding.
//!
//! Lowering follows the specification's allocation pattern, which a guest can observe: one allocation where the
//! length is known (`utf8`), a worst-case one and a shrinking one where it is not (`utf16`), and for `latin1+utf16`
//! first the optimistic one, then, at the first character that does not fit, a larger one.

use crate::abi::ascii::ascii_runs;
use crate::abi::cells::FlatSrc;
use crate::abi::cx::{LiftCx, LowerCx};
use alloc::borrow::Cow;
use alloc::string::String;
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::limits::{MAX_LIST_BYTES, MAX_STRING_BYTES};
use coracle_image::plan::StringEncoding;
use coracle_image::types::Ptr;

/// The bit of a length that says UTF-16 in `latin1+utf16`.
#[inline]
pub fn utf16_tag(ptr: Ptr) -> u64 {
    match ptr {
        Ptr::P32 => 1 << 31,
        Ptr::P64 => 1 << 63,
    }
}

/// An address and a length as they stand in the guest: not yet checked, the length perhaps tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointerPair {
    /// The address.
    pub ptr: u64,
    /// The length, in elements or code units.
    pub len: u64,
}

impl PointerPair {
    /// Reads a pair from core values.
    #[inline]
    pub fn from_flat(ptr: Ptr, src: &mut FlatSrc<'_>) -> Self {
        let (a, b) = (src.next(), src.next());
        match ptr {
            Ptr::P32 => Self { ptr: a.u32().into(), len: b.u32().into() },
            Ptr::P64 => Self { ptr: a.u64(), len: b.u64() },
        }
    }

    /// Reads a pair from its bytes in memory.
    #[inline]
    pub fn from_bytes(ptr: Ptr, bytes: &[u8]) -> Self {
        let half = ptr.bytes() as usize;
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        match bytes {
            // The common width as one load each.
            &[a, b, c, d, e, f, g, h] => {
                Self { ptr: u32::from_le_bytes([a, b, c, d]).into(), len: u32::from_le_bytes([e, f, g, h]).into() }
            }
            _ => Self { ptr: word(&bytes[..half]), len: word(&bytes[half..]) },
        }
    }

    /// Checks a list of elements of this layout; gives address and length.
    ///
    /// # Errors
    /// `Trap::TooLong`, `Trap::UnalignedPointer`, `Trap::ListOutOfBounds`.
    #[inline]
    pub fn check_list(self, memory: usize, size: usize, align: u32) -> Result<(usize, usize)> {
        let bytes = self.len.checked_mul(size as u64).filter(|&bytes| bytes <= MAX_LIST_BYTES as u64);
        let Some(bytes) = bytes else { return Err(Error::new(Trap::TooLong)) };
        if self.ptr & u64::from(align - 1) != 0 {
            return Err(Error::new(Trap::UnalignedPointer));
        }
        match self.ptr.checked_add(bytes) {
            Some(end) if end <= memory as u64 => Ok((self.ptr as usize, self.len as usize)),
            _ => Err(Error::new(Trap::ListOutOfBounds).told("list pointer/length out of bounds of memory")),
        }
    }
}

/// Puts a string into the guest; gives its address and its (tagged) length.
///
/// # Errors
/// `Trap::TooLong` and the errors of `LowerCx::realloc`.
pub fn lower_string(cx: &mut LowerCx<'_>, text: &str) -> Result<PointerPair> {
    if text.len() > MAX_STRING_BYTES {
        return Err(Error::new(Trap::TooLong));
    }
    match cx.options.encoding {
        StringEncoding::Utf8 => {
            let at = cx.alloc(1, text.len())?;
            cx.bytes_mut(at, text.len())?.copy_from_slice(text.as_bytes());
            Ok(pair(at, text.len() as u64))
        }
        StringEncoding::Utf16 => lower_utf16(cx, text),
        StringEncoding::CompactUtf16 => lower_compact(cx, text, text.len()),
    }
}

fn pair(ptr: usize, len: u64) -> PointerPair {
    PointerPair { ptr: ptr as u64, len }
}

/// Writes UTF-16 code units; gives how many bytes were written.
pub(crate) fn encode_utf16(text: &str, bytes: &mut [u8]) -> usize {
    let mut written = 0;
    for (unit, to) in text.encode_utf16().zip(bytes.chunks_exact_mut(2)) {
        to.copy_from_slice(&unit.to_le_bytes());
        written += 2;
    }
    written
}

pub(crate) fn lower_utf16(cx: &mut LowerCx<'_>, text: &str) -> Result<PointerPair> {
    let worst = 2 * text.len();
    let mut at = cx.alloc(2, worst)?;
    let len = encode_utf16(text, cx.bytes_mut(at, worst)?);
    if len < worst {
        at = cx.realloc(at, worst, 2, len)?;
    }
    Ok(pair(at, len as u64 / 2))
}

/// First as Latin-1, of as many bytes as the source has code units; at the first character that does not fit, as
/// UTF-16.
pub(crate) fn lower_compact(cx: &mut LowerCx<'_>, text: &str, guess: usize) -> Result<PointerPair> {
    let mut at = cx.alloc(2, guess)?;
    let mut latin1 = 0;
    let mut wide = false;
    let bytes = cx.bytes_mut(at, guess)?;
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) => {
                bytes[latin1] = byte;
                latin1 += 1;
            }
            Err(_) => {
                wide = true;
                break;
            }
        }
    }
    if !wide {
        if latin1 < guess {
            at = cx.realloc(at, guess, 2, latin1)?;
        }
        return Ok(pair(at, latin1 as u64));
    }
    // What was written so far is widened by encoding the whole text again: the same bytes, and simpler.
    let worst = 2 * guess;
    at = cx.realloc(at, guess, 2, worst)?;
    let len = encode_utf16(text, cx.bytes_mut(at, worst)?);
    if len < worst {
        at = cx.realloc(at, worst, 2, len)?;
    }
    Ok(pair(at, (len as u64 / 2) | utf16_tag(cx.ptr())))
}

/// A string's bytes in guest memory, checked for bounds, and how to read them.
#[derive(Clone, Copy, Debug)]
pub struct RawText<'a> {
    bytes: &'a [u8],
    encoding: TextEncoding,
}

#[derive(Clone, Copy, Debug)]
enum TextEncoding {
    Utf8,
    Utf16,
    Latin1,
}

impl<'a> RawText<'a> {
    /// Finds the bytes of a string.
    ///
    /// # Errors
    /// `Trap::TooLong`, `Trap::UnalignedPointer`, `Trap::StringOutOfBounds`.
    #[inline]
    pub fn find(memory: &'a [u8], encoding: StringEncoding, ptr: Ptr, at: PointerPair) -> Result<Self> {
        let tag = utf16_tag(ptr);
        let (encoding, align, units, width) = match encoding {
            StringEncoding::Utf8 => (TextEncoding::Utf8, 1, at.len, 1),
            StringEncoding::Utf16 => (TextEncoding::Utf16, 2, at.len, 2),
            StringEncoding::CompactUtf16 if at.len & tag != 0 => (TextEncoding::Utf16, 2, at.len ^ tag, 2),
            StringEncoding::CompactUtf16 => (TextEncoding::Latin1, 2, at.len, 1),
        };
        let len = units.checked_mul(width).filter(|&len| len <= MAX_STRING_BYTES as u64);
        let Some(len) = len else { return Err(Error::new(Trap::TooLong)) };
        if at.ptr & (align - 1) != 0 {
            return Err(Error::new(Trap::UnalignedPointer));
        }
        match at.ptr.checked_add(len) {
            Some(end) if end <= memory.len() as u64 => {
                Ok(Self { bytes: &memory[at.ptr as usize..end as usize], encoding })
            }
            _ => Err(Error::new(Trap::StringOutOfBounds).told("string pointer/length out of bounds of memory")),
        }
    }

    /// Bytes in the guest.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Checks that the bytes are a string, without taking it out.
    ///
    /// # Errors
    /// `Trap::InvalidString`.
    #[inline]
    pub fn validate(self) -> Result<()> {
        match self.encoding {
            TextEncoding::Latin1 => Ok(()),
            TextEncoding::Utf8 if is_utf8(self.bytes) => Ok(()),
            TextEncoding::Utf8 | TextEncoding::Utf16 => self.decode().map(|_| ()),
        }
    }

    /// The text; borrowed from the guest's memory where that is UTF-8.
    ///
    /// # Errors
    /// `Trap::InvalidString`.
    pub fn decode(self) -> Result<Cow<'a, str>> {
        match self.encoding {
            TextEncoding::Utf8 => core::str::from_utf8(self.bytes)
                .map(Cow::Borrowed)
                .map_err(|e| Error::new(Trap::InvalidString).context(e)),
            TextEncoding::Latin1 => Ok(Cow::Owned(self.bytes.iter().map(|&byte| char::from(byte)).collect())),
            TextEncoding::Utf16 => {
                let units = self.bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
                let mut text = String::with_capacity(self.bytes.len() / 2);
                for c in char::decode_utf16(units) {
                    text.push(c.map_err(|e| {
                        Error::new(Trap::InvalidString).told(coracle_error::wording!("invalid utf-16: {e}"))
                    })?);
                }
                Ok(Cow::Owned(text))
            }
        }
    }
}

/// Whether bytes are UTF-8.
#[inline]
fn is_utf8(bytes: &[u8]) -> bool {
    let rest = &bytes[ascii_runs(bytes)..];
    rest.is_empty() || core::str::from_utf8(rest).is_ok()
}

/// Takes a string out of the guest.
///
/// # Errors
/// The traps of [`RawText`], `Trap::HostcallFuel`.
pub fn lift_string(cx: &mut LiftCx<'_>, at: PointerPair) -> Result<String> {
    let text = RawText::find(cx.memory, cx.options.encoding, cx.options.ptr, at)?;
    cx.charge(text.byte_len())?;
    text.decode().map(Cow::into_owned)
}

/// Bytes of a list that is to be lowered.
///
/// # Errors
/// `Trap::TooLong`.
#[inline]
pub fn list_bytes(len: usize, size: usize) -> Result<usize> {
    let bytes = len.checked_mul(size).filter(|&bytes| bytes <= MAX_LIST_BYTES);
    bytes.ok_or_else(|| Error::new(Trap::TooLong))
}
