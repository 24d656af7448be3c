//! Where the stack of the running thread lies, and how much of it is open to guests.

#[cfg(all(unix, feature = "std"))]
mod asked;
#[cfg(not(all(unix, feature = "std")))]
mod unknown;

#[cfg(all(unix, feature = "std"))]
pub(crate) use asked::{bounds, open};
#[cfg(not(all(unix, feature = "std")))]
pub(crate) use unknown::{bounds, open};

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
    pub(crate) fn without(self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes / 2);
        Self { low: self.low + bytes, bytes: self.bytes - bytes }
    }
}

/// The address of something on the stack that is run on, near its end.
#[inline(always)]
pub(crate) fn here() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}

#[cfg(test)]
mod tests {
    use super::{bounds, here, open};

    #[test]
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    fn a_thread_knows_its_stack() {
        for bytes in [128 << 10, 2 << 20] {
            let thread = std::thread::Builder::new().stack_size(bytes).spawn(move || {
                let stack = bounds();
                assert!(stack.contains(here()), "{stack:x?}, {:x}", here());
                assert!((bytes / 2..bytes + (128 << 10)).contains(&stack.bytes), "{stack:x?}, {bytes}");
                let open = open();
                assert_eq!((stack, open.low + open.bytes), (bounds(), stack.low + stack.bytes));
                assert!(open.low >= stack.low + (48 << 10), "{open:x?}");
                stack
            });
            let other = thread.expect("a thread").join().expect("no panic");
            assert!(!other.contains(here()));
        }
    }
}
