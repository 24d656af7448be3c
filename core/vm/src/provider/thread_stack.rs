//! Where the stack of the running thread lies, and how much of it is open to guests.

#[cfg(all(unix, feature = "std"))]
mod asked;
#[cfg(not(all(unix, feature = "std")))]
mod unknown;

#[cfg(native_stacks)]
pub(crate) use asked::{Bounds, Switched};
#[cfg(all(unix, feature = "std"))]
pub(crate) use asked::{bounds, open};
#[cfg(not(all(unix, feature = "std")))]
pub(crate) use unknown::{bounds, open};

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
