//! What derived code has in common, so that the code in each embedder's crate is short.

use crate::abi::cx::{LowerCx, bad_type};
use crate::abi::info::AbiInfo;
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::types::{Case, Field, InterfaceType, TypeTable};
use core::fmt;

/// The fields of a record type.
///
/// # Errors
/// `ErrorKind::Bug` when it is none.
#[inline]
pub fn fields(types: &TypeTable, ty: InterfaceType) -> Result<&[Field]> {
    match ty {
        InterfaceType::Record(index) => Ok(&types[index].fields),
        _ => Err(bad_type()),
    }
}

/// The payload type of a case of a variant type.
///
/// # Errors
/// `ErrorKind::Bug` when there is none.
#[inline]
pub fn payload(types: &TypeTable, ty: InterfaceType, case: usize) -> Result<InterfaceType> {
    let cases: &[Case] = match ty {
        InterfaceType::Variant(index) => &types[index].cases,
        _ => return Err(bad_type()),
    };
    cases.get(case).and_then(|case| case.ty).ok_or_else(bad_type)
}

/// Writes the discriminant of a type with `cases` cases.
///
/// # Errors
/// `Trap::MemoryOutOfBounds`.
#[inline]
pub fn store_tag(cx: &mut LowerCx<'_>, cases: usize, at: usize, case: u32) -> Result<()> {
    match AbiInfo::tag_bytes(cases) {
        1 => cx.write(at, [case as u8]),
        2 => cx.write(at, (case as u16).to_le_bytes()),
        _ => cx.write(at, case.to_le_bytes()),
    }
}

/// Reads the discriminant of a type with `cases` cases from the start of its bytes.
#[inline]
pub fn load_tag(cases: usize, bytes: &[u8]) -> u32 {
    match AbiInfo::tag_bytes(cases) {
        1 => bytes[0].into(),
        2 => u16::from_le_bytes([bytes[0], bytes[1]]).into(),
        _ => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
    }
}

/// The error for a discriminant that names no case.
#[cold]
pub fn invalid_discriminant() -> Error {
    Error::new(Trap::InvalidDiscriminant)
}

/// Writes the bits of flags, `bytes` bytes in all.
///
/// # Errors
/// `Trap::MemoryOutOfBounds`.
#[inline]
pub fn store_flags(cx: &mut LowerCx<'_>, at: usize, bytes: usize, words: &[u32]) -> Result<()> {
    match bytes {
        1 => cx.write(at, [words[0] as u8]),
        2 => cx.write(at, (words[0] as u16).to_le_bytes()),
        _ => (0..).zip(words).try_for_each(|(n, word)| cx.write(at + 4 * n, word.to_le_bytes())),
    }
}

/// Reads the bits of flags from their bytes. Bits beyond the last flag are dropped.
#[inline]
pub fn load_flags<const N: usize>(count: usize, bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks(4)) {
        *word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    }
    mask_flags(count, words)
}

/// Drops the bits beyond the last of `count` flags.
#[inline]
pub const fn mask_flags<const N: usize>(count: usize, mut words: [u32; N]) -> [u32; N] {
    if !count.is_multiple_of(32) && N != 0 {
        words[N - 1] &= (1 << (count % 32)) - 1;
    }
    words
}

/// Writes the names of the flags that are set, as `Name(A | B)`.
///
/// # Errors
/// What writing raises.
pub fn debug_flags(f: &mut fmt::Formatter<'_>, name: &str, names: &[&str], words: &[u32]) -> fmt::Result {
    write!(f, "{name}(")?;
    let mut first = true;
    for (bit, flag) in names.iter().enumerate() {
        if words[bit / 32] >> (bit % 32) & 1 != 0 {
            write!(f, "{}{flag}", if first { "" } else { " | " })?;
            first = false;
        }
    }
    f.write_str(")")
}
