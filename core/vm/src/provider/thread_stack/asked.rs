//! The thread library is asked once per thread. While the thread runs on a stack of ours, that is its stack.
//!
//! # Invariants
//! - S1. What a thread's `KNOWN` leads to is `UNKNOWN`, its own `OWN`, or the bounds of a stack that it runs on.
#![allow(unsafe_code)] // Asks the thread library, and follows the address of what it knows.

use crate::provider::span::Span;
use coracle_image::limits::HOST_STACK_BYTES;
use core::cell::Cell;
use core::ptr::NonNull;

/// A stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Where it lies; empty where the system does not tell.
    pub(crate) stack: Span,
    /// What of it is open to guests.
    open: Span,
}

impl Bounds {
    /// Those of a stack that lies there.
    pub(crate) fn of(stack: Span) -> Self {
        Self { stack, open: stack.without(HOST_STACK_BYTES) }
    }
}

/// Of a stack that nobody was asked about.
static UNKNOWN: Bounds = {
    let nothing = Span { low: 0, bytes: 0 };
    Bounds { stack: nothing, open: nothing }
};

std::thread_local! {
    /// Where the bounds are of the stack that the thread runs on: one word, since it is exchanged at each switch.
    static KNOWN: Cell<NonNull<Bounds>> = const { Cell::new(NonNull::from_ref(&UNKNOWN)) };
    /// Those of the thread's own stack, when the thread library was asked.
    static OWN: Cell<Bounds> = const { Cell::new(UNKNOWN) };
}

/// The thread runs on another stack until this is dropped: on the same thread, and in the reverse order.
#[cfg(native_stacks)]
pub(crate) struct Switched(NonNull<Bounds>);

#[cfg(native_stacks)]
impl Switched {
    /// From now on the running thread's stack is this one.
    ///
    /// # Safety
    /// The bounds are there until this is dropped, which it is.
    #[inline(always)]
    pub(crate) unsafe fn to(bounds: NonNull<Bounds>) -> Self {
        Self(KNOWN.replace(bounds))
    }
}

#[cfg(native_stacks)]
impl Drop for Switched {
    #[inline(always)]
    fn drop(&mut self) {
        KNOWN.set(self.0);
    }
}

/// The running thread's stack; empty where the system does not tell.
pub(crate) fn bounds() -> Span {
    if KNOWN.get() == NonNull::from_ref(&UNKNOWN) {
        let known = Bounds::of(ask().unwrap_or(UNKNOWN.stack));
        OWN.set(known);
        OWN.with(|own| KNOWN.set(NonNull::from_ref(own).cast()));
        return known.stack;
    }
    // SAFETY: S1; nobody writes to them.
    unsafe { KNOWN.get().as_ref() }.stack
}

/// The same but for what is left to host code; empty until [`bounds`] was asked for on this thread.
#[inline(always)]
pub(crate) fn open() -> Span {
    // SAFETY: S1; nobody writes to them.
    unsafe { KNOWN.get().as_ref() }.open
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
