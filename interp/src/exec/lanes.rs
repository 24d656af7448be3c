//! Vectors in the frame, read and written as arrays of lanes.
//!
//! An operator over lanes compiles to vector instructions only where its lanes come from memory as they are. By way of
//! a `u128`, each would be shifted out of a register by itself, and wide operators would want more registers than there
//! are: a frame on the host's stack, and ten times the instructions.
#![allow(unsafe_code)] // Reads two cells of the frame as one array.

use crate::exec::machine::Regs;

/// A vector as lanes, lane 0 in the lowest bits.
///
/// # Safety
/// Any sixteen bytes are a value of the type.
pub(crate) unsafe trait Lanes: Copy {
    fn of(v: u128) -> Self;
    fn v128(self) -> u128;
}
// SAFETY: a number of sixteen bytes.
unsafe impl Lanes for u128 {
    #[inline(always)]
    fn of(v: u128) -> Self {
        v
    }
    #[inline(always)]
    fn v128(self) -> u128 {
        self
    }
}
macro_rules! lanes {
    ($($ty:ty, $bytes:literal, $count:literal;)*) => {$(
        // SAFETY: an array of numbers, of sixteen bytes in all.
        unsafe impl Lanes for [$ty; $count] {
            #[inline(always)]
            fn of(v: u128) -> Self {
                let all = v.to_le_bytes();
                let mut lanes = [<$ty>::default(); $count];
                for i in 0..$count {
                    let mut bytes = [0; $bytes];
                    for j in 0..$bytes {
                        bytes[j] = all[i * $bytes + j];
                    }
                    lanes[i] = <$ty>::from_le_bytes(bytes);
                }
                lanes
            }
            #[inline(always)]
            fn v128(self) -> u128 {
                let mut all = [0; 16];
                for i in 0..$count {
                    let bytes = self[i].to_le_bytes();
                    for j in 0..$bytes {
                        all[i * $bytes + j] = bytes[j];
                    }
                }
                u128::from_le_bytes(all)
            }
        }
    )*};
}
lanes! {
    i8, 1, 16; u8, 1, 16; i16, 2, 8; u16, 2, 8; i32, 4, 4; u32, 4, 4; i64, 8, 2; u64, 8, 2; f32, 4, 4; f64, 8, 2;
}

/// Whether two cells hold a vector's bytes in the order of memory, low half first.
const IN_ORDER: bool = cfg!(target_endian = "little");

impl Regs {
    /// The lanes in two cells of the frame.
    #[inline(always)]
    pub(crate) fn lanes<T: Lanes>(&self, slot: u16) -> T {
        if !IN_ORDER {
            return T::of(self.wide(slot));
        }
        // SAFETY: M2, for this slot and the next; any sixteen bytes are lanes.
        unsafe { self.fp.add(slot as usize).cast::<T>().read_unaligned() }
    }

    /// Writes lanes to two cells of the frame.
    #[inline(always)]
    pub(crate) fn set_lanes<T: Lanes>(&mut self, slot: u16, lanes: T) {
        if !IN_ORDER {
            return self.set_wide(slot, lanes.v128());
        }
        // SAFETY: M2, for this slot and the next.
        unsafe { self.fp.add(slot as usize).cast::<T>().write_unaligned(lanes) }
    }

    /// The bytes of one lane of `N` bytes.
    #[inline(always)]
    pub(crate) fn lane<const N: usize>(&self, slot: u16, lane: u16) -> [u8; N] {
        let at = lane as usize % (16 / N) * N;
        if !IN_ORDER {
            let all = self.wide(slot).to_le_bytes();
            return core::array::from_fn(|i| all[at + i]);
        }
        // SAFETY: M2, for this slot and the next, which have sixteen bytes: `at + N` of them at most.
        unsafe { self.fp.add(slot as usize).cast::<u8>().add(at).cast::<[u8; N]>().read() }
    }

    /// Sets the bytes of one lane of `N` bytes.
    #[inline(always)]
    pub(crate) fn set_lane<const N: usize>(&mut self, slot: u16, lane: u16, bytes: [u8; N]) {
        let at = lane as usize % (16 / N) * N;
        if !IN_ORDER {
            let mut all = self.wide(slot).to_le_bytes();
            all[at..at + N].copy_from_slice(&bytes);
            return self.set_wide(slot, u128::from_le_bytes(all));
        }
        // SAFETY: as in `lane`.
        unsafe { self.fp.add(slot as usize).cast::<u8>().add(at).cast::<[u8; N]>().write(bytes) }
    }
}
