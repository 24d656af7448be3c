//! The thread library is asked once per thread. While the thread runs on a stack of ours, that is its stack.
#![allow(unsafe_code)] // Asks the thread library.

use crate::provider::span::Span;
use coracle_image::limits::HOST_STACK_BYTES;
use core::cell::Cell;

std::thread_local! {
    static KNOWN: Known = const { Known::new() };
}

/// What is known of the running thread's stack. Word by word, since both are written and read again within one call.
struct Known {
    /// Whether the thread library was asked.
    asked: Cell<bool>,
    /// The stack; empty where the system does not tell.
    low: Cell<usize>,
    bytes: Cell<usize>,
    /// What of it is open to guests.
    open_low: Cell<usize>,
    open_bytes: Cell<usize>,
}

impl Known {
    const fn new() -> Self {
        let [low, bytes, open_low, open_bytes] = [const { Cell::new(0) }; 4];
        Self { asked: Cell::new(false), low, bytes, open_low, open_bytes }
    }

    #[inline(always)]
    fn stack(&self) -> Span {
        Span { low: self.low.get(), bytes: self.bytes.get() }
    }

    #[inline(always)]
    fn open(&self) -> Span {
        Span { low: self.open_low.get(), bytes: self.open_bytes.get() }
    }

    #[inline(always)]
    fn set(&self, stack: Span, open: Span) {
        self.low.set(stack.low);
        self.bytes.set(stack.bytes);
        self.open_low.set(open.low);
        self.open_bytes.set(open.bytes);
    }
}

/// The thread runs on another stack until this is dropped: on the same thread, and in the reverse order.
#[cfg(native_stacks)]
pub(crate) struct Switched {
    stack: Span,
    open: Span,
    asked: bool,
}

#[cfg(native_stacks)]
impl Switched {
    /// From now on the running thread's stack is this one.
    #[inline]
    pub(crate) fn to(stack: Span) -> Self {
        KNOWN.with(|known| {
            let before = Self { stack: known.stack(), open: known.open(), asked: known.asked.replace(true) };
            known.set(stack, stack.without(HOST_STACK_BYTES));
            before
        })
    }
}

#[cfg(native_stacks)]
impl Drop for Switched {
    #[inline]
    fn drop(&mut self) {
        KNOWN.with(|known| {
            known.set(self.stack, self.open);
            known.asked.set(self.asked);
        });
    }
}

/// The running thread's stack; empty where the system does not tell.
pub(crate) fn bounds() -> Span {
    KNOWN.with(|known| {
        if !known.asked.replace(true) {
            let stack = ask().unwrap_or(Span { low: 0, bytes: 0 });
            known.set(stack, stack.without(HOST_STACK_BYTES));
        }
        known.stack()
    })
}

/// The same but for what is left to host code; empty until [`bounds`] was asked for on this thread.
#[inline(always)]
pub(crate) fn open() -> Span {
    KNOWN.with(Known::open)
}

/// The guard is left out: some versions of glibc count it in.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn ask() -> Option<Span> {
    use core::mem::MaybeUninit;

    // SAFETY: asks for numbers.
    if cfg!(target_env = "musl") && unsafe { libc::getpid() == libc::gettid() } {
        // Of the first thread's stack musl tells only what has been touched so far.
        return None;
    }
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the running thread is alive; the call initialises the attributes where it succeeds.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut low, mut bytes, mut guard) = (core::ptr::null_mut(), 0, 0);
    // SAFETY: the attributes are initialised, and destroyed once; the answers have places.
    let told = unsafe {
        let told = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut bytes) == 0
            && libc::pthread_attr_getguardsize(attributes.as_ptr(), &raw mut guard) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        told
    };
    let stack = Span { low: low.addr().checked_add(guard)?, bytes: bytes.checked_sub(guard)? };
    told.then_some(stack)
}

#[cfg(target_vendor = "apple")]
fn ask() -> Option<Span> {
    // SAFETY: the running thread is alive, and numbers are asked for.
    let (high, bytes) = unsafe {
        let thread = libc::pthread_self();
        (libc::pthread_get_stackaddr_np(thread).addr(), libc::pthread_get_stacksize_np(thread))
    };
    Some(Span { low: high.checked_sub(bytes)?, bytes })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn ask() -> Option<Span> {
    None
}
