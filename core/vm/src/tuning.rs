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

/// Bytes of wasm in one body that is put in the place of calls in its own module: toolchains inline what is small, and so
/// little is left to win.
pub const INLINED_BODY_BYTES: usize = 32;
/// The same for calls into other modules, which no toolchain could inline: an adapter of numbers has some hundred.
pub const INLINED_BODY_BYTES_ACROSS: usize = 256;
/// Locals that one such body may declare.
pub const INLINED_LOCALS: u32 = 64;
/// Bytes of wasm that are put in the place of calls of one body, in all.
pub const INLINED_BYTES: usize = 2 << 10;
/// Bodies within bodies: a call that goes through three components passes five.
pub const INLINED_DEPTH: usize = 6;
/// Functions that are looked at for one body.
pub const INLINED_FUNCTIONS: usize = 64;
/// Bytes of wasm in a loop of which native code has two copies, so that every other turn looks at the epoch.
pub const TWICE_BYTES: u64 = 64;

/// Which calls are replaced by the bodies of small functions. Cannot change an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inlining {
    /// All.
    #[default]
    Yes,
    /// Those into other modules, since there is no garbage collection here.
    InterModuleAndIntraGc,
    /// Those into other modules.
    InterModule,
    /// None.
    No,
}

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

/// What the tiers cost: [`TierPolicy::Background`] promotes a body when what the interpreter has spent on it reaches a
/// share of what its compilation will cost. The defaults are those of x86-64 processors of 2023.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Picoseconds that the interpreter takes for one unit of work, which is what costs one unit of fuel.
    pub interpreted_ps: u32,
    /// Microseconds that compiling a body of no length takes.
    pub compiled_us: u32,
    /// Nanoseconds that each of its bytes adds.
    pub compiled_ns_per_byte: u32,
    /// At how much of that a body is promoted: 100 loses least in the worst case, less is sooner at peak speed.
    pub percent: u32,
}

impl Tuning {
    /// Everything is hot at its first call: for tests.
    pub const AT_ONCE: Self = Self { interpreted_ps: 1, compiled_us: 0, compiled_ns_per_byte: 0, percent: 0 };

    /// What compiling a body of `bytes` bytes costs, in units of the interpreter's work.
    pub fn cost(&self, bytes: usize) -> u64 {
        let ps =
            u128::from(self.compiled_us) * 1_000_000 + bytes as u128 * u128::from(self.compiled_ns_per_byte) * 1_000;
        u64::try_from(ps / u128::from(self.interpreted_ps.max(1))).unwrap_or(u64::MAX)
    }

    /// The work after which a body of `bytes` bytes is promoted.
    pub fn threshold(&self, bytes: usize) -> i32 {
        let work = u128::from(self.cost(bytes)) * u128::from(self.percent) / 100;
        i32::try_from(work).unwrap_or(i32::MAX)
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self { interpreted_ps: 2_000, compiled_us: 100, compiled_ns_per_byte: 1_000, percent: 50 }
    }
}
