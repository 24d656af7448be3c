//! What every program here needs: numbers that look random and are the same everywhere, and a checksum.

/// A row of numbers by xorshift.
pub struct Numbers(u32);

impl Numbers {
    /// The row that begins with this seed, which is not 0.
    pub fn from(seed: u32) -> Numbers {
        Numbers(seed)
    }

    /// The next of the row.
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// Adds a value to a checksum in which order counts.
pub fn mix(sum: u32, value: u32) -> u32 {
    (sum ^ value).wrapping_mul(0x0100_0193).wrapping_add(sum >> 15)
}

/// Exports `run(n)`: that many rounds of a function of the round's number, as one checksum.
#[macro_export]
macro_rules! rounds {
    ($round:path) => {
        /// `n` rounds.
        #[no_mangle]
        pub extern "C" fn run(n: i32) -> i32 {
            (0..n as u32).fold(0, |sum, i| $crate::mix(sum, $round(i))) as i32
        }
    };
}
