//! For which machine a component is prepared.

/// A machine that runs prepared components.
///
/// The default is one without much memory for code: builds with the feature `compact`, without `simd` and `threads`, and
/// addresses of 32 bits. A build that has more runs the same code, and so does one with addresses of another size; but it
/// copies the code. What throws or catches exceptions takes a build with the feature `exceptions`, what has memories or
/// tables with 64-bit addresses one with `memory64`, and what computes with floats one with `floats`: others refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portable {
    /// Whether its build has few ops: the feature `compact`. Code for one runs on all.
    pub compact: bool,
    /// Whether its build has the feature `threads`.
    pub threads: bool,
    /// Whether its build has the feature `simd`.
    pub simd: bool,
    /// Whether its addresses have 64 bits, not 32.
    pub wide: bool,
    /// Whether names of functions go along, for backtraces.
    pub names: bool,
}

impl Default for Portable {
    fn default() -> Self {
        Self { compact: true, threads: false, simd: false, wide: false, names: true }
    }
}
