//! How an image's data is written into a prepared file and read again: one codec, in one place.
//!
//! Numbers are LEB128, so that a file says the same to machines of any word size and byte order; lists and texts begin
//! with their length; of several cases the number comes first. A record is its fields in order. What a table's hash maps
//! and look-ups know is not written: it follows from the rest.
//!
//! # Invariants
//! - What is read takes no more memory than a fixed multiple of the bytes that it is read from, and no longer.
//! - Bytes that nobody wrote are an error, which is told at the end: a list that is longer than what is left, a case that there is not, a number
//!   that is too large, a text that is no UTF-8. Whether an index leads to something is not asked here.

use crate::arena::PrimaryMap;
use crate::entity::*;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, boxed_str};
use coracle_error::{Error, ErrorKind, OutOfMemory, Result};
use core::ops::Range;

/// Something that can be written and read again.
pub trait Codec: Sized {
    /// Appends it.
    fn write(&self, to: &mut Writer);
    /// Reads it. Of bytes that [`Codec::write`] did not make something comes, too, and the reader notes it.
    fn read(from: &mut Reader<'_>) -> Self;
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

/// What is left to read, and whether all was well until now.
///
/// Once something was not, there is nothing left: numbers are 0 and lists are empty from then on. So whoever reads asks
/// once, at the end ([`Reader::finish`]), and believes nothing before that.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    fault: Option<ReadFault>,
}

/// What was not well.
#[derive(Clone, Copy, Debug)]
enum ReadFault {
    Damaged,
    NoMemory,
}

impl<'a> Reader<'a> {
    /// Reads from the start of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, fault: None }
    }

    /// A number.
    pub fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0_u64, 0);
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            let part = u64::from(byte & 0x7f);
            if shift > 63 || part << shift >> shift != part {
                break;
            }
            number |= part << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
        self.damaged();
        0
    }

    /// A number below 2^32.
    pub fn small(&mut self) -> u32 {
        self.below(u32::MAX.into()) as u32
    }

    /// A number of so much at most.
    fn below(&mut self, most: u64) -> u64 {
        let number = self.number();
        if number <= most {
            return number;
        }
        self.damaged();
        0
    }

    /// The number of an index.
    pub(crate) fn index(&mut self) -> u32 {
        self.below(u64::from(u32::MAX) - 1) as u32
    }

    /// A number below 2^32, or nothing once something was not well.
    pub fn try_small(&mut self) -> Option<u32> {
        let number = self.small();
        self.fault.is_none().then_some(number)
    }

    /// So many bytes as they are, or none.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest.split_at_checked(count) {
            Some((bytes, rest)) => {
                self.rest = rest;
                bytes
            }
            None => {
                self.damaged();
                &[]
            }
        }
    }

    /// How many things come: no more than bytes are left, since each takes one at least.
    pub fn count(&mut self) -> usize {
        self.below(self.rest.len() as u64) as usize
    }

    /// A list of as many things as come.
    pub(crate) fn list_of<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let (mut list, count) = self.room();
        list.extend((0..count).map(|_| read(self)));
        list
    }

    /// An empty list with room for as many things as come, and how many; none where there is no memory for them.
    #[inline(never)]
    fn room<T>(&mut self) -> (Vec<T>, usize) {
        let count = self.count();
        match Vec::with_room(count) {
            Ok(list) => (list, count),
            Err(_) => {
                self.stop(ReadFault::NoMemory);
                (Vec::new(), 0)
            }
        }
    }

    /// A text.
    fn text(&mut self) -> &'a str {
        let count = self.count();
        core::str::from_utf8(self.bytes(count)).unwrap_or_else(|_| {
            self.damaged();
            ""
        })
    }

    /// Notes that nobody wrote these bytes.
    #[cold]
    pub fn damaged(&mut self) {
        self.stop(ReadFault::Damaged);
    }

    /// Notes why something could not be made of what was read.
    #[cold]
    pub fn fail(&mut self, error: &Error) {
        let memory = error.is::<OutOfMemory>();
        self.stop(if memory { ReadFault::NoMemory } else { ReadFault::Damaged });
    }

    fn stop(&mut self, fault: ReadFault) {
        self.rest = &[];
        self.fault = self.fault.or(Some(fault));
    }

    /// Whether all was well, and nothing is left.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` for bytes that [`Codec::write`] did not make; `OutOfMemory`.
    pub fn finish(self) -> Result<()> {
        match self.fault {
            None if self.rest.is_empty() => Ok(()),
            Some(ReadFault::NoMemory) => Err(Error::out_of_memory()),
            _ => Err(damaged()),
        }
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
            // Whoever reads many does not have the stack of all of them at once.
            #[inline(never)]
            fn read(from: &mut $crate::codec::Reader<'_>) -> Self {
                Self { $($field: $crate::codec::Codec::read(from)),* }
            }
        }
    )*};
}
pub(crate) use record;

/// Makes a [`Codec`] of an enum: each case with its number, and names for what it holds. One has number 0; it stands for
/// what is none.
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
            fn read(from: &mut $crate::codec::Reader<'_>) -> Self {
                let mut tag = from.small();
                loop {
                    match tag {
                        $($tag => {
                            $($(let $item = $crate::codec::Codec::read(from);)*)?
                            $($(let $field = $crate::codec::Codec::read(from);)*)?
                            break Self::$case $(($($item),*))? $({$($field),*})?;
                        })*
                        _ => {
                            from.damaged();
                            tag = 0;
                        }
                    }
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
            fn read(from: &mut $crate::codec::Reader<'_>) -> Self {
                Self::from_u32(from.index())
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
                to.number(*self as u64);
            }
            fn read(from: &mut Reader<'_>) -> Self {
                from.below($number::MAX as u64) as $number
            }
        }
    )*};
}
numbers! { u8 u16 u32 u64 usize }

impl Codec for bool {
    fn write(&self, to: &mut Writer) {
        to.number((*self).into());
    }
    fn read(from: &mut Reader<'_>) -> Self {
        from.below(1) == 1
    }
}

impl<T: Codec> Codec for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        self.iter().for_each(|some| some.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        bool::read(from).then(|| T::read(from))
    }
}

impl<T: Codec> Codec for Range<T> {
    fn write(&self, to: &mut Writer) {
        self.start.write(to);
        self.end.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        T::read(from)..T::read(from)
    }
}

impl<T: Codec> Codec for [T; 2] {
    fn write(&self, to: &mut Writer) {
        self.iter().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        [T::read(from), T::read(from)]
    }
}

impl Codec for [u8; 16] {
    fn write(&self, to: &mut Writer) {
        to.bytes(self);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        from.bytes(16).try_into().unwrap_or_default()
    }
}

impl<A: Codec, B: Codec> Codec for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        (A::read(from), B::read(from))
    }
}

impl<A: Codec, B: Codec, C: Codec> Codec for (A, B, C) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
        self.2.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        (A::read(from), B::read(from), C::read(from))
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.iter().for_each(|one| one.write(to));
    }
    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        from.list_of(T::read)
    }
}

impl<T: Codec> Codec for Box<[T]> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.iter().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        Vec::read(from).into()
    }
}

impl Codec for Box<str> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        to.bytes(self.as_bytes());
    }
    fn read(from: &mut Reader<'_>) -> Self {
        boxed_str(from.text()).unwrap_or_else(|error| {
            from.fail(&error);
            Self::default()
        })
    }
}

impl<K: EntityRef, V: Codec> Codec for PrimaryMap<K, V> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        self.values().for_each(|one| one.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        Vec::read(from).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// All of these bytes as one thing.
    fn read<T: Codec>(bytes: &[u8]) -> Result<T> {
        let mut from = Reader::new(bytes);
        let thing = T::read(&mut from);
        from.finish().map(|()| thing)
    }

    #[test]
    fn what_was_written_is_read() {
        type Things = (Vec<Option<u32>>, Box<str>, (u64, bool, Range<u32>));
        let things: Things = ([None, Some(7), Some(u32::MAX)].into(), "name".into(), (u64::MAX, true, 3..4));
        let mut to = Writer::default();
        things.write(&mut to);
        let bytes = to.finish();
        assert_eq!(read::<Things>(&bytes).unwrap(), things);
        for end in 0..bytes.len() {
            assert!(read::<Things>(&bytes[..end]).is_err(), "cut off at {end}");
        }
        assert!(read::<Things>(&[&bytes[..], &[0]].concat()).is_err(), "one more");
    }

    #[test]
    fn what_nobody_wrote_is_damaged() {
        assert!(read::<Vec<u8>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]).is_err(), "a long list");
        assert!(read::<u64>(&[0xff; 16]).is_err(), "a long number");
        assert!(read::<u8>(&[0x80, 2]).is_err(), "a large number");
        assert!(read::<bool>(&[2]).is_err(), "neither");
        assert!(read::<Box<str>>(&[1, 0xff]).is_err(), "no UTF-8");
        assert!(read::<FuncIndex>(&[0xff, 0xff, 0xff, 0xff, 0x0f]).is_err(), "no index");
        assert!(read::<crate::types::FlatType>(&[4]).is_err(), "no case");
    }

    #[test]
    fn nothing_is_left_once_something_was_wrong() {
        let mut from = Reader::new(&[2, 1, 5]);
        assert!(!bool::read(&mut from) && u8::read(&mut from) == 0 && from.try_small().is_none());
        assert!(from.finish().unwrap_err().to_string().contains("damaged"));
    }
}
