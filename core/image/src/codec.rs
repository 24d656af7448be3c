//! How an image's data is written into a prepared file and read again: one codec, in one place.
//!
//! Numbers are LEB128, so that a file says the same to machines of any word size and byte order; lists and texts begin
//! with their length; of several cases the number comes first. A record is its fields in order. What a table's hash maps
//! and look-ups know is not written: it follows from the rest.
//!
//! # Invariants
//! - What is read takes no more memory than a fixed multiple of the bytes that it is read from, and no longer.
//! - Bytes that nobody wrote are an error: a list that is longer than what is left, a case that there is not, a number
//!   that is too large, a text that is no UTF-8. Whether an index leads to something is not asked here.

use crate::arena::PrimaryMap;
use crate::entity::*;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, boxed_str};
use coracle_error::{Error, ErrorKind, Result};
use core::ops::Range;

/// Something that can be written and read again.
pub trait Codec: Sized {
    /// Appends it.
    fn write(&self, to: &mut Writer);
    /// Reads it.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` for bytes that [`Codec::write`] did not make; `OutOfMemory`.
    fn read(from: &mut Reader<'_>) -> Result<Self>;
}

/// Where things are written to.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Appends a number.
    pub fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// All that was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// What is left to read.
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the start of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A number.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`.
    pub fn number(&mut self) -> Result<u64> {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let &[byte] = self.bytes(1)? else { return Err(damaged()) };
            let part = u64::from(byte & 0x7f);
            if shift > 63 || part << shift >> shift != part {
                return Err(damaged());
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// A number below 2^32.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`.
    pub fn small(&mut self) -> Result<u32> {
        self.number()?.try_into().map_err(|_| damaged())
    }

    /// So many bytes as they are.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// How many things come: no more than bytes are left, since each takes one at least.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`.
    pub fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        if count <= self.0.len() as u64 { Ok(count as usize) } else { Err(damaged()) }
    }

    /// A text.
    fn text(&mut self) -> Result<&'a str> {
        let count = self.count()?;
        core::str::from_utf8(self.bytes(count)?).map_err(|_| damaged())
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The error for bytes that nobody wrote.
#[cold]
pub fn damaged() -> Error {
    Error::fault(ErrorKind::Invalid, "the prepared component is damaged")
}

/// Makes a [`Codec`] of a struct, by the names of its fields.
macro_rules! record {
    ($($name:ident $(<$param:ident>)? { $($field:ident),* $(,)? })*) => {$(
        impl$(<$param: $crate::codec::Codec>)? $crate::codec::Codec for $name$(<$param>)? {
            fn write(&self, to: &mut $crate::codec::Writer) {
                $($crate::codec::Codec::write(&self.$field, to);)*
            }
            fn read(from: &mut $crate::codec::Reader<'_>) -> coracle_error::Result<Self> {
                Ok(Self { $($field: $crate::codec::Codec::read(from)?),* })
            }
        }
    )*};
}
pub(crate) use record;

/// Makes a [`Codec`] of an enum: each case with its number, and names for what it holds.
macro_rules! choice {
    ($($name:ident $(<$param:ident>)? {
        $($tag:literal = $case:ident $(($($item:ident),*))? $({$($field:ident),*})?),* $(,)?
    })*) => {$(
        impl$(<$param: $crate::codec::Codec>)? $crate::codec::Codec for $name$(<$param>)? {
            fn write(&self, to: &mut $crate::codec::Writer) {
                match self {
                    $(Self::$case $(($($item),*))? $({$($field),*})? => {
                        to.number($tag);
                        $($($crate::codec::Codec::write($item, to);)*)?
                        $($($crate::codec::Codec::write($field, to);)*)?
                    })*
                }
            }
            fn read(from: &mut $crate::codec::Reader<'_>) -> coracle_error::Result<Self> {
                match from.number()? {
                    $($tag => {
                        $($(let $item = $crate::codec::Codec::read(from)?;)*)?
                        $($(let $field = $crate::codec::Codec::read(from)?;)*)?
                        Ok(Self::$case $(($($item),*))? $({$($field),*})?)
                    })*
                    _ => Err($crate::codec::damaged()),
                }
            }
        }
    )*};
}
pub(crate) use choice;

/// Makes a [`Codec`] of each of these indices.
macro_rules! indices {
    ($($name:ident)*) => {$(
        impl $crate::codec::Codec for $name {
            fn write(&self, to: &mut $crate::codec::Writer) {
                to.number(self.as_u32().into());
            }
            fn read(from: &mut $crate::codec::Reader<'_>) -> coracle_error::Result<Self> {
                match from.small()? {
                    u32::MAX => Err($crate::codec::damaged()),
                    index => Ok(Self::from_u32(index)),
                }
            }
        }
    )*};
}
pub(crate) use indices;

indices! { FuncIndex DefinedFuncIndex TableIndex MemoryIndex GlobalIndex TagIndex TypeIndex ElemIndex DataIndex SigId }

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl Codec for $number {
            fn write(&self, to: &mut Writer) {
                to.number((*self).into());
            }
            fn read(from: &mut Reader<'_>) -> Result<Self> {
                from.number()?.try_into().map_err(|_| damaged())
            }
        }
    )*};
}
numbers! { u8 u16 u32 u64 }

impl Codec for bool {
    fn write(&self, to: &mut Writer) {
        to.number((*self).into());
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        match from.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(damaged()),
        }
    }
}

impl Codec for usize {
    fn write(&self, to: &mut Writer) {
        to.number(*self as u64);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.number()?.try_into().map_err(|_| damaged())
    }
}

impl<T: Codec> Codec for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        self.iter().for_each(|some| some.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        bool::read(from)?.then(|| T::read(from)).transpose()
    }
}

impl<T: Codec> Codec for Range<T> {
    fn write(&self, to: &mut Writer) {
        self.start.write(to);
        self.end.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok(T::read(from)?..T::read(from)?)
    }
}

impl<T: Codec> Codec for [T; 2] {
    fn write(&self, to: &mut Writer) {
        self.iter().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok([T::read(from)?, T::read(from)?])
    }
}

impl Codec for [u8; 16] {
    fn write(&self, to: &mut Writer) {
        to.bytes(self);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.bytes(16)?.try_into().map_err(|_| damaged())
    }
}

impl<A: Codec, B: Codec> Codec for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

impl<A: Codec, B: Codec, C: Codec> Codec for (A, B, C) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
        self.2.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok((A::read(from)?, B::read(from)?, C::read(from)?))
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.iter().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let count = from.count()?;
        let mut list = Self::with_room(count)?;
        for _ in 0..count {
            list.push(T::read(from)?);
        }
        Ok(list)
    }
}

impl<T: Codec> Codec for Box<[T]> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.iter().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Vec::read(from).map(Into::into)
    }
}

impl Codec for Box<str> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        to.bytes(self.as_bytes());
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        boxed_str(from.text()?)
    }
}

impl<K: EntityRef, V: Codec> Codec for PrimaryMap<K, V> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.values().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let count = from.count()?;
        let mut map = Self::with_room(count)?;
        for _ in 0..count {
            map.push(V::read(from)?);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        type Things = (Vec<Option<u32>>, Box<str>, (u64, bool, Range<u32>));
        let things: Things = ([None, Some(7), Some(u32::MAX)].into(), "name".into(), (u64::MAX, true, 3..4));
        let mut to = Writer::default();
        things.write(&mut to);
        let bytes = to.finish();
        let mut from = Reader::new(&bytes);
        assert_eq!(Things::read(&mut from).unwrap(), things);
        assert!(from.is_empty());
        for end in 0..bytes.len() {
            assert!(Things::read(&mut Reader::new(&bytes[..end])).is_err(), "cut off at {end}");
        }
    }

    #[test]
    fn what_nobody_wrote_is_damaged() {
        assert!(Vec::<u8>::read(&mut Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1])).is_err(), "a long list");
        assert!(u64::read(&mut Reader::new(&[0xff; 16])).is_err(), "a long number");
        assert!(u8::read(&mut Reader::new(&[0x80, 2])).is_err(), "a large number");
        assert!(bool::read(&mut Reader::new(&[2])).is_err(), "neither");
        assert!(Box::<str>::read(&mut Reader::new(&[1, 0xff])).is_err(), "no UTF-8");
        assert!(FuncIndex::read(&mut Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f])).is_err(), "no index");
    }
}
