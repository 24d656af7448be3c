//! `AbiInfo`: size, alignment and flat count of a Rust type, known when it is compiled.
//!
//! The same arithmetic as [`types::layout`](coracle_image::types::layout), as `const fn`s, so that the code of a typed call
//! has its offsets as constants. A type check makes sure that both speak of the same type.

use coracle_image::limits::MAX_FLAT_PARAMS;
use coracle_image::types::Ptr;

/// How a Rust type is laid out in linear memory and in core values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbiInfo {
    size: [u32; 2],
    align: [u32; 2],
    flat: u8,
}

const OVERFLOW: u8 = MAX_FLAT_PARAMS as u8 + 1;

const fn max(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}

const fn align_to(offset: u32, align: u32) -> u32 {
    (offset + align - 1) & !(align - 1)
}

const fn add_flat(a: u8, b: u8) -> u8 {
    if a as usize + b as usize > MAX_FLAT_PARAMS { OVERFLOW } else { a + b }
}

impl AbiInfo {
    /// A value that takes no room.
    pub const EMPTY: Self = Self { size: [0; 2], align: [1; 2], flat: 0 };
    /// An address and a length.
    pub const POINTER_PAIR: Self = Self { size: [8, 16], align: [4, 8], flat: 2 };

    /// A value of `bytes` bytes, aligned to its size, that is one core value.
    pub const fn scalar(bytes: u32) -> Self {
        Self { size: [bytes; 2], align: [bytes; 2], flat: 1 }
    }

    /// Fields one after the other, each aligned.
    pub const fn record(fields: &[AbiInfo]) -> Self {
        let mut info = Self::EMPTY;
        let mut i = 0;
        while i < fields.len() {
            let mut p = 0;
            while p < 2 {
                info.align[p] = max(info.align[p], fields[i].align[p]);
                info.size[p] = align_to(info.size[p], fields[i].align[p]) + fields[i].size[p];
                p += 1;
            }
            info.flat = add_flat(info.flat, fields[i].flat);
            i += 1;
        }
        info.size = [align_to(info.size[0], info.align[0]), align_to(info.size[1], info.align[1])];
        info
    }

    /// A discriminant and one of several payloads.
    pub const fn variant(cases: &[Option<AbiInfo>]) -> Self {
        let tag = Self::tag_bytes(cases.len());
        let mut info = Self::scalar(tag);
        let (mut payload, mut flat) = ([0_u32; 2], 0_u8);
        let mut i = 0;
        while i < cases.len() {
            if let Some(case) = cases[i] {
                let mut p = 0;
                while p < 2 {
                    info.align[p] = max(info.align[p], case.align[p]);
                    payload[p] = max(payload[p], case.size[p]);
                    p += 1;
                }
                if case.flat > flat {
                    flat = case.flat;
                }
            }
            i += 1;
        }
        let mut p = 0;
        while p < 2 {
            info.size[p] = align_to(align_to(tag, info.align[p]) + payload[p], info.align[p]);
            p += 1;
        }
        info.flat = add_flat(1, flat);
        info
    }

    /// `count` cases without payload.
    pub const fn enumeration(count: usize) -> Self {
        Self::scalar(Self::tag_bytes(count))
    }

    /// `count` flags, packed.
    pub const fn flags(count: usize) -> Self {
        match count {
            0 => Self::EMPTY,
            1..=8 => Self::scalar(1),
            9..=16 => Self::scalar(2),
            _ => {
                let words = count.div_ceil(32) as u32;
                let flat = if words as usize > MAX_FLAT_PARAMS { OVERFLOW } else { words as u8 };
                Self { size: [4 * words; 2], align: [4; 2], flat }
            }
        }
    }

    /// `count` values one after the other.
    pub const fn array(element: AbiInfo, count: usize) -> Self {
        let words = element.flat as usize * count;
        let n = count as u32;
        Self {
            size: [element.size[0] * n, element.size[1] * n],
            align: element.align,
            flat: if words > MAX_FLAT_PARAMS { OVERFLOW } else { words as u8 },
        }
    }

    /// Bytes of the discriminant of a type with `cases` cases.
    pub const fn tag_bytes(cases: usize) -> u32 {
        match cases {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        }
    }

    /// Bytes in memory.
    #[inline(always)]
    pub const fn size(&self, ptr: Ptr) -> usize {
        self.size[ptr as usize] as usize
    }

    /// Alignment in memory, in bytes.
    #[inline(always)]
    pub const fn align(&self, ptr: Ptr) -> u32 {
        self.align[ptr as usize]
    }

    /// How many core values, at most the ABI maximum + 1.
    #[inline(always)]
    pub const fn flat(&self) -> usize {
        self.flat as usize
    }

    /// The offset of a payload behind a discriminant of `tag` bytes, for a variant of this layout.
    #[inline(always)]
    pub const fn payload_offset(&self, tag: u32, ptr: Ptr) -> usize {
        align_to(tag, self.align[ptr as usize]) as usize
    }

    /// Where a field of this layout stands in a record whose earlier fields end at `end`; moves `end` behind it.
    #[inline(always)]
    pub const fn next_field(&self, end: &mut usize, ptr: Ptr) -> usize {
        let at = align_to(*end as u32, self.align[ptr as usize]) as usize;
        *end = at + self.size[ptr as usize] as usize;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coracle_image::types::Layout;

    #[test]
    fn agrees_with_the_layout_of_interned_types() {
        let same = |info: AbiInfo, layout: &Layout| {
            for ptr in [Ptr::P32, Ptr::P64] {
                assert_eq!(info.size(ptr) as u32, layout.size(ptr));
                assert_eq!(info.align(ptr), layout.align(ptr));
                assert_eq!(info.flat(), layout.flat(ptr).count());
            }
        };
        let (byte, pair) = (Layout::checked(1), Layout::pointer_pair());
        let record = [AbiInfo::scalar(1), AbiInfo::POINTER_PAIR, AbiInfo::scalar(1)];
        same(AbiInfo::record(&record), &Layout::record_of([&byte, &pair, &byte].into_iter()).unwrap().0);
        let cases = [None, Some(AbiInfo::POINTER_PAIR), Some(AbiInfo::scalar(1))];
        same(AbiInfo::variant(&cases), &Layout::variant_of([None, Some(&pair), Some(&byte)].into_iter()).unwrap().0);
        for count in [0, 1, 8, 9, 16, 17, 32, 33, 64, 65, 600] {
            same(AbiInfo::flags(count), &Layout::flags_of(count));
        }
        same(AbiInfo::array(AbiInfo::POINTER_PAIR, 9), &Layout::array_of(&pair, 9).unwrap());
    }
}
