//! Short numbers of the binary format: those of a few bytes, which nearly all are.
//!
//! What validates and what translates frequent operators reads them without a reader. Longer ones, and those that are cut
//! off, are left to wasmparser, which tells what is wrong with them.

/// An unsigned number of up to four bytes at the start of `bytes`, and how many it takes.
#[inline(always)]
pub fn unsigned(bytes: &[u8]) -> Option<(u32, usize)> {
    match *bytes {
        [a @ 0..=0x7f, ..] => Some((u32::from(a), 1)),
        [a, b @ 0..=0x7f, ..] => Some((u32::from(a & 0x7f) | u32::from(b) << 7, 2)),
        [a, b, c @ 0..=0x7f, ..] => Some((u32::from(a & 0x7f) | u32::from(b & 0x7f) << 7 | u32::from(c) << 14, 3)),
        [a, b, c, d @ 0..=0x7f, ..] => {
            let low = u32::from(a & 0x7f) | u32::from(b & 0x7f) << 7 | u32::from(c & 0x7f) << 14;
            Some((low | u32::from(d) << 21, 4))
        }
        _ => None,
    }
}

/// The same, signed.
#[inline(always)]
pub fn signed(bytes: &[u8]) -> Option<(i32, usize)> {
    let (value, len) = unsigned(bytes)?;
    let unused = 32 - 7 * len as u32;
    Some(((value << unused) as i32 >> unused, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_read_and_long_ones_left() {
        assert_eq!(unsigned(&[0x7f, 0xff]), Some((127, 1)));
        assert_eq!(unsigned(&[0x80, 0x01]), Some((128, 2)));
        assert_eq!(unsigned(&[0xff, 0xff, 0x7f]), Some((0x1f_ffff, 3)));
        assert_eq!(unsigned(&[0xff, 0xff, 0xff, 0x7f]), Some((0xfff_ffff, 4)));
        assert_eq!((unsigned(&[0x80, 0x80, 0x80, 0x80, 0x01]), unsigned(&[0x80]), unsigned(&[])), (None, None, None));
        assert_eq!(signed(&[0x7f]), Some((-1, 1)));
        assert_eq!(signed(&[0x80, 0x7f]), Some((-128, 2)));
        assert_eq!(signed(&[0x80, 0x80, 0x80, 0x40]), Some((-0x800_0000, 4)));
        assert_eq!(signed(&[0x3f]), Some((63, 1)));
    }
}
