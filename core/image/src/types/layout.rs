//! Layout: alignment, size and offsets of values in linear memory.
//!
//! Everything is computed once, when a type is interned, for 32-bit and for 64-bit memories; no call walks a type to
//! find an offset.
//!
//! # Invariants
//! - An alignment is 1, 2, 4 or 8, and a size is a multiple of its alignment.
//! - A size is at most [`limits::TYPE_BYTES`], so that sums of a few fit a `u32`.

use crate::codec;
use crate::limits;
use crate::types::flat::{Flat, FlatType, Ptr};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, ErrorKind, Result};

/// Size and alignment, in bytes, in one kind of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeAlign {
    /// Bytes of one value, padded to its alignment (the element size of a list).
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
}

/// What is known about the representation of one interned type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layout {
    mem: [SizeAlign; 2],
    flat: [Flat; 2],
    /// What lies inside.
    pub content: Content,
    /// How many levels of types nest in this one; a scalar has 0.
    pub depth: u16,
}

/// What a value of a type can hold, at any depth. Decides what a lowering needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Content {
    /// Strings, lists or maps: lowering it needs `realloc`, lifting it needs a memory.
    pub pointers: bool,
    /// Own handles, streams or futures: lifting it takes something away from the guest.
    pub owns: bool,
    /// Borrow handles.
    pub borrows: bool,
    /// Streams, futures or error contexts.
    pub asynchronous: bool,
    /// Anything whose bits must be looked at: bool, char, discriminants, flags, handles, pointers. A list of a type
    /// without is copied as bytes.
    pub checked: bool,
    /// Padding bytes between or after fields.
    pub padding: bool,
}

impl Content {
    const NONE: Self =
        Self { pointers: false, owns: false, borrows: false, asynchronous: false, checked: false, padding: false };

    /// What either can hold.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            pointers: self.pointers | other.pointers,
            owns: self.owns | other.owns,
            borrows: self.borrows | other.borrows,
            asynchronous: self.asynchronous | other.asynchronous,
            checked: self.checked | other.checked,
            padding: self.padding | other.padding,
        }
    }
}

impl Layout {
    /// A value that takes no room.
    pub const EMPTY: Self =
        Self { mem: [SizeAlign { size: 0, align: 1 }; 2], flat: [Flat::EMPTY; 2], content: Content::NONE, depth: 0 };

    /// A value of `bytes` bytes, aligned to its size, that flattens to one core value.
    pub const fn scalar(bytes: u32, ty: FlatType, content: Content) -> Self {
        let flat = Flat::of(&[ty]);
        Self { mem: [SizeAlign { size: bytes, align: bytes }; 2], flat: [flat; 2], content, depth: 0 }
    }

    /// An integer or float, of which every bit pattern is a value.
    pub const fn number(bytes: u32, ty: FlatType) -> Self {
        Self::scalar(bytes, ty, Content::NONE)
    }

    /// A scalar of which some bit patterns are no value, or not the canonical one.
    pub const fn checked(bytes: u32) -> Self {
        Self::scalar(bytes, FlatType::I32, Content { checked: true, ..Content::NONE })
    }

    /// A handle that is given away with the value.
    pub const fn owned_handle() -> Self {
        Self::scalar(4, FlatType::I32, Content { checked: true, owns: true, ..Content::NONE })
    }

    /// A handle to a stream, future or error context.
    pub const fn async_handle() -> Self {
        Self::scalar(4, FlatType::I32, Content { checked: true, owns: true, asynchronous: true, ..Content::NONE })
    }

    /// A handle that is lent.
    pub const fn borrowed_handle() -> Self {
        Self::scalar(4, FlatType::I32, Content { checked: true, borrows: true, ..Content::NONE })
    }

    /// An address and a length.
    pub const fn pointer_pair() -> Self {
        Self {
            mem: [SizeAlign { size: 8, align: 4 }, SizeAlign { size: 16, align: 8 }],
            flat: [Flat::of(&[FlatType::I32, FlatType::I32]), Flat::of(&[FlatType::I64, FlatType::I64])],
            content: Content { pointers: true, checked: true, ..Content::NONE },
            depth: 0,
        }
    }

    /// A list or map whose elements are laid out as `element`.
    #[must_use]
    pub fn list_of(element: &Layout) -> Self {
        let own = Self::pointer_pair();
        Self { content: own.content.union(element.content), depth: element.depth.saturating_add(1), ..own }
    }

    /// `count` values, one after the other.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is larger than [`limits::TYPE_BYTES`].
    pub fn array_of(element: &Layout, count: u32) -> Result<Self> {
        let mut layout = Self { depth: element.depth.saturating_add(1), ..*element };
        for i in 0..2 {
            layout.mem[i].size = checked_size(u64::from(element.mem[i].size) * u64::from(count))?;
            layout.flat[i] = Flat::EMPTY;
            for _ in 0..count {
                layout.flat[i].append(&element.flat[i]);
                if layout.flat[i].overflows() || element.flat[i].count() == 0 {
                    break;
                }
            }
        }
        Ok(layout)
    }

    /// Fields one after the other, each aligned; also gives the field offsets (32-bit and 64-bit memories).
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is larger than [`limits::TYPE_BYTES`].
    pub fn record_of<'a>(fields: impl ExactSizeIterator<Item = &'a Layout>) -> Result<(Self, Box<[[u32; 2]]>)> {
        let mut layout = Self::EMPTY;
        let mut offsets = Vec::with_room(fields.len())?;
        let mut end = [0_u64; 2];
        let mut bytes = [0_u64; 2];
        for field in fields {
            let mut offset = [0; 2];
            for i in 0..2 {
                let mem = field.mem[i];
                offset[i] = checked_size(align_to(end[i], mem.align))?;
                end[i] = u64::from(offset[i]) + u64::from(mem.size);
                bytes[i] += u64::from(mem.size);
                layout.mem[i].align = layout.mem[i].align.max(mem.align);
                layout.flat[i].append(&field.flat[i]);
            }
            offsets.push(offset);
            layout.content = layout.content.union(field.content);
            layout.depth = layout.depth.max(field.depth.saturating_add(1));
        }
        for i in 0..2 {
            layout.mem[i].size = checked_size(align_to(end[i], layout.mem[i].align))?;
            layout.content.padding |= u64::from(layout.mem[i].size) != bytes[i];
        }
        Ok((layout, offsets.into()))
    }

    /// A discriminant and the payload of one of `cases`.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when it is larger than [`limits::TYPE_BYTES`].
    pub fn variant_of<'a>(
        cases: impl ExactSizeIterator<Item = Option<&'a Layout>>,
    ) -> Result<(Self, Discriminant, [u32; 2])> {
        let tag = Discriminant::for_cases(cases.len());
        let mut layout = Self::checked(tag.bytes());
        layout.flat = [Flat::EMPTY; 2];
        let mut payload = [0_u32; 2];
        for case in cases.flatten() {
            for (i, payload) in payload.iter_mut().enumerate() {
                layout.mem[i].align = layout.mem[i].align.max(case.mem[i].align);
                *payload = (*payload).max(case.mem[i].size);
                layout.flat[i].join_case(&case.flat[i]);
            }
            layout.content = layout.content.union(case.content);
            layout.depth = layout.depth.max(case.depth.saturating_add(1));
        }
        let mut payload_offset = [0; 2];
        for i in 0..2 {
            // The specification aligns to the cases alone; the alignment of the whole gives the same, since what is
            // less aligned than the discriminant begins right behind it either way.
            payload_offset[i] = align_to(u64::from(tag.bytes()), layout.mem[i].align) as u32;
            let end = u64::from(payload_offset[i]) + u64::from(payload[i]);
            layout.mem[i].size = checked_size(align_to(end, layout.mem[i].align))?;
            let mut flat = Flat::of(&[FlatType::I32]);
            flat.append(&layout.flat[i]);
            layout.flat[i] = flat;
        }
        layout.content.padding = true;
        Ok((layout, tag, payload_offset))
    }

    /// `count` flags, packed.
    #[must_use]
    pub fn flags_of(count: usize) -> Self {
        match count {
            0 => Self::EMPTY,
            1..=8 => Self::checked(1),
            9..=16 => Self::checked(2),
            _ => {
                let words = count.div_ceil(32);
                let mut layout = Self::checked(4);
                for i in 0..2 {
                    layout.mem[i].size = 4 * words as u32;
                    layout.flat[i] = Flat::EMPTY;
                    (0..words).for_each(|_| layout.flat[i].push(FlatType::I32));
                }
                layout
            }
        }
    }

    /// Bytes of a value in memory.
    #[inline]
    pub fn size(&self, ptr: Ptr) -> u32 {
        self.mem[ptr as usize].size
    }

    /// Alignment in memory, in bytes.
    #[inline]
    pub fn align(&self, ptr: Ptr) -> u32 {
        self.mem[ptr as usize].align
    }

    /// The core values that it flattens to.
    #[inline]
    pub fn flat(&self, ptr: Ptr) -> &Flat {
        &self.flat[ptr as usize]
    }
}

/// The width of a discriminant in memory. In flat form it is always one `i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discriminant {
    /// Up to 256 cases.
    U8,
    /// Up to 65,536 cases.
    U16,
    /// More.
    U32,
}

impl Discriminant {
    /// The narrowest that numbers `cases` cases.
    pub fn for_cases(cases: usize) -> Self {
        match cases {
            0..=0x100 => Self::U8,
            0x101..=0x1_0000 => Self::U16,
            _ => Self::U32,
        }
    }

    /// Bytes in memory, which is also its alignment.
    pub fn bytes(self) -> u32 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }
}

/// The next multiple of `align`, which is a power of two.
#[inline]
pub fn align_to(offset: u64, align: u32) -> u64 {
    let mask = u64::from(align) - 1;
    (offset + mask) & !mask
}

fn checked_size(bytes: u64) -> Result<u32> {
    match u32::try_from(bytes) {
        Ok(small) if small <= limits::TYPE_BYTES => Ok(small),
        _ => Err(Error::fault(ErrorKind::Limit, "implementation limit reached: bytes of one value of a type")),
    }
}

codec::record! {
    SizeAlign { size, align }
    Layout { mem, flat, content, depth }
    Content { pointers, owns, borrows, asynchronous, checked, padding }
}

codec::choice! { Discriminant { 0 = U8, 1 = U16, 2 = U32 } }

#[cfg(test)]
mod tests {
    use super::*;

    const U8: Layout = Layout::number(1, FlatType::I32);
    const U64: Layout = Layout::number(8, FlatType::I64);
    const F32: Layout = Layout::number(4, FlatType::F32);

    #[test]
    fn records_pad() {
        let (layout, offsets) = Layout::record_of([&U8, &U64, &U8].into_iter()).unwrap();
        assert_eq!(&*offsets, &[[0, 0], [8, 8], [16, 16]]);
        assert_eq!((layout.size(Ptr::P32), layout.align(Ptr::P32)), (24, 8));
        assert!(layout.content.padding && !layout.content.checked);
        let (layout, offsets) = Layout::record_of([&Layout::pointer_pair(), &U8].into_iter()).unwrap();
        assert_eq!((&*offsets, layout.size(Ptr::P32), layout.size(Ptr::P64)), (&[[0, 0], [8, 16]][..], 12, 24));
    }

    #[test]
    fn variants_join_and_align() {
        let (layout, tag, payload) = Layout::variant_of([Some(&F32), None, Some(&U64)].into_iter()).unwrap();
        assert_eq!((tag, payload), (Discriminant::U8, [8, 8]));
        assert_eq!(layout.size(Ptr::P32), 16);
        assert_eq!(layout.flat(Ptr::P32).types().unwrap(), &[FlatType::I32, FlatType::I64]);
        let (layout, tag, payload) = Layout::variant_of((0..300).map(|_| Some(&U8))).unwrap();
        assert_eq!((tag, payload, layout.size(Ptr::P32)), (Discriminant::U16, [2, 2], 4));
    }

    #[test]
    fn huge_arrays_are_refused_without_counting() {
        assert!(Layout::array_of(&U64, u32::MAX).is_err());
        let array = Layout::array_of(&U64, 1 << 20).unwrap();
        assert!(array.flat(Ptr::P32).overflows());
        assert_eq!(Layout::array_of(&U8, 3).unwrap().flat(Ptr::P64).count(), 3);
    }
}
