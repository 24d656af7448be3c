//! Every knob that cannot change an answer: unit, default, why.

use coracle_error::{Error, ErrorKind};

/// Bytes of wasm in one body that is compiled. What is longer stays in the interpreter, as with the limits below: the
/// code generator takes more than linear time, and a kilobyte of memory for each byte.
pub const COMPILED_BODY_BYTES: usize = 256 << 10;
/// Values in one body's intermediate code, operands that branches carry, and values that loops join, once for each level
/// of loops. A body of 8 KB may come to millions.
pub const COMPILED_BODY_VALUES: usize = 1 << 18;
/// Blocks within blocks in one body that is compiled, in levels.
pub const COMPILED_BODY_DEPTH: usize = 10_000;
/// Loops and conditions within each other in one body that is compiled, in levels: memory goes with their square.
pub const COMPILED_BODY_NESTING: usize = 1_000;

/// Who runs what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TierPolicy {
    /// The interpreter runs everything, and counts nothing.
    Off,
    /// The interpreter runs everything, and counts as if there were a compiler: for measuring what counting costs.
    InterpreterOnly,
    /// Hot functions are compiled by a thread of their own while the guest goes on.
    #[default]
    Background,
    /// A function is compiled by the thread that calls it, at its call of this number (or after as many turns of a
    /// loop). The answer never depends on timing.
    Sync(u32),
    /// Everything is compiled when it is loaded.
    Eager,
}

/// As on the command line: `off`, `interp`, `background`, `sync=N`, `eager`.
impl core::str::FromStr for TierPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "off" => Self::Off,
            "interp" => Self::InterpreterOnly,
            "background" => Self::Background,
            "eager" => Self::Eager,
            _ => match text.strip_prefix("sync=").map(str::parse) {
                Some(Ok(calls)) => Self::Sync(calls),
                _ => {
                    let message = "a tier policy is `off`, `interp`, `background`, `sync=N` or `eager`";
                    return Err(Error::fault(ErrorKind::Other, message));
                }
            },
        })
    }
}

/// When a function is promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Heat that a call of a function adds. An entry says more than a back-edge: what is called is called again.
    pub call_heat: i32,
    /// Heat that one turn of a loop adds.
    pub loop_heat: i32,
    /// Heat at which a function of no length is promoted.
    pub base_heat: i32,
    /// Heat added to the threshold per byte of body, so that a huge function does not block the queue.
    pub heat_per_byte: i32,
}

impl Tuning {
    /// The heat at which a body of `bytes` bytes is promoted.
    pub fn threshold(&self, bytes: usize) -> i32 {
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        self.base_heat.saturating_add(self.heat_per_byte.saturating_mul(bytes))
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self { call_heat: 10, loop_heat: 1, base_heat: 3_000, heat_per_byte: 4 }
    }
}
