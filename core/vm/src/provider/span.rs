//! A part of a stack, as addresses.

/// A run of addresses of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The lowest address.
    pub(crate) low: usize,
    /// How many there are.
    pub(crate) bytes: usize,
}

impl Span {
    /// Whether an address lies in it.
    #[inline(always)]
    pub(crate) fn contains(self, address: usize) -> bool {
        address.wrapping_sub(self.low) < self.bytes
    }

    /// The same but for so many bytes at its low end; of a small one half is left.
    #[inline(always)]
    pub(crate) fn without(self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes / 2);
        Self { low: self.low + bytes, bytes: self.bytes - bytes }
    }
}
