//! A lock that works with and without an operating system, and the atomics of what threads share without one.
//!
//! With `std` it is a mutex that ignores poison (what it guards is never left half done). Without, a spin lock:
//! what stands under it is short, and never runs guest code.
#![allow(unsafe_code)] // The spin lock hands out what its flag guards.

#[cfg(feature = "std")]
mod imp {
    /// A value that one thread at a time can reach.
    #[derive(Debug, Default)]
    pub struct Lock<T>(std::sync::Mutex<T>);

    impl<T> Lock<T> {
        /// Wraps a value.
        pub const fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }
        /// Runs `f` with the value, after everyone else.
        pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
            f(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
        }
    }
}

#[cfg(not(feature = "std"))]
mod imp {
    use core::cell::UnsafeCell;
    use core::sync::atomic::{AtomicBool, Ordering};

    /// A value that one thread at a time can reach.
    #[derive(Debug, Default)]
    pub struct Lock<T> {
        taken: AtomicBool,
        value: UnsafeCell<T>,
    }

    // SAFETY: `with` hands the value to one thread at a time.
    unsafe impl<T: Send> Sync for Lock<T> {}

    impl<T> Lock<T> {
        /// Wraps a value.
        pub const fn new(value: T) -> Self {
            Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
        }
        /// Runs `f` with the value, after everyone else.
        pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
            struct Release<'a>(&'a AtomicBool);
            impl Drop for Release<'_> {
                fn drop(&mut self) {
                    self.0.store(false, Ordering::Release);
                }
            }
            while self.taken.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                core::hint::spin_loop();
            }
            let _release = Release(&self.taken);
            // SAFETY: the flag was false and is now ours until `_release` is dropped.
            f(unsafe { &mut *self.value.get() })
        }
    }
}

pub use imp::Lock;

/// Atomics of slots: the machine's, or under `cfg(loom)` those of a model that tries what threads may do to each other.
pub mod atomic {
    #[cfg(not(loom))]
    pub use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering};
    #[cfg(loom)]
    pub use loom::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering};
}
