//! Which ops are quiet: they go on with the next one or trap, and until then show nobody how much fuel is left.
//!
//! Fuel is charged ahead for such ops (`translate/fuel`). A handler says of itself that it is quiet ([`Exec::QUIET`]), and
//! a row is if all its forms are.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::machine::{self, Exec};
use crate::exec::ops::{Family, ROWS, for_each_op};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, memory, numeric, stack, table, wide};

/// Whether an op is quiet.
pub(crate) fn is_quiet(op: u16) -> bool {
    let row = usize::from(op >> 4);
    QUIET.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 != 0)
}

/// Whether all forms of a row that there are say that they are quiet.
const fn is_quiet_row<F: Family>() -> bool {
    let first = says::<F::F0>() && says::<F::F1>() && says::<F::F2>() && says::<F::F3>();
    let second = says::<F::F4>() && says::<F::F5>() && says::<F::F6>() && says::<F::F7>();
    let third = says::<F::F8>() && says::<F::F9>() && says::<F::F10>() && says::<F::F11>();
    let last = says::<F::F12>() && says::<F::F13>() && says::<F::F14>() && says::<F::F15>();
    first && second && third && last
}

const fn says<E: Exec>() -> bool {
    E::QUIET || !E::VALID
}

macro_rules! quiet {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// Of each row, a bit for whether it is quiet.
        static QUIET: [u64; ROWS.div_ceil(64)] = {
            let (rows, mut bits, mut row) = ([$(is_quiet_row::<$family>()),*], [0; ROWS.div_ceil(64)], 0);
            while row < ROWS {
                bits[row / 64] |= (rows[row] as u64) << (row % 64);
                row += 1;
            }
            bits
        };
    };
}
for_each_op!(quiet);
