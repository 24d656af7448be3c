//! How much of the host's stack a guest may use.
//!
//! The stack is that of the thread that enters the guest; a store is handed from thread to thread between calls, and a
//! host function may hand its `Caller` to another thread and call the guest there. So an entry looks where the stack
//! pointer lies, and where that is not the stack that the limit at hand belongs to, the limit is made anew, and the
//! old one put back when that entry ends. A call that may wait has a stack of ours, which goes with it from thread to
//! thread; its limit is made when it begins.
//!
//! # Invariants
//! - N1. While a guest runs, the limit is an address of the stack that it runs on, and where the end of that stack is
//!   known, as far above it as host code needs.

use crate::provider::span::Span;
use crate::provider::thread_stack::{bounds, open};
use crate::tier::NativeStack;
use coracle_image::limits::HOST_STACK_BYTES;

impl NativeStack {
    /// Makes the limit for a guest that is entered at `here` from outside of all guests; false where nothing is left.
    ///
    /// Where `here` lies outside of the thread's own stack (on a coroutine's), nobody knows how much there is.
    #[inline(always)]
    pub(crate) fn begin(&mut self, here: usize) -> bool {
        let open = open();
        let room = here.wrapping_sub(open.low);
        if room < open.bytes {
            self.bytes = room.min(self.most);
            self.limit = here - self.bytes;
            return true;
        }
        self.begin_slowly(here)
    }

    #[cold]
    fn begin_slowly(&mut self, here: usize) -> bool {
        let stack = bounds();
        match self.on(stack, open(), here) {
            Some(made) => *self = made,
            None => return false,
        }
        true
    }

    /// Whether a guest may be entered at `here` within the call that made the limit.
    #[inline(always)]
    pub(crate) fn allows(&self, here: usize) -> bool {
        here.wrapping_sub(self.limit) <= self.bytes
    }

    /// The limit for such an entry where this one does not allow it; `None` at the end of the same stack.
    pub(crate) fn elsewhere(&self, here: usize) -> Option<Self> {
        let stack = bounds();
        if self.is_same(stack, here) { None } else { self.on(stack, open(), here) }
    }

    /// The limit at `here` on a stack of our own, for entries from anywhere on it.
    #[inline(always)]
    pub(crate) fn within(&self, stack: Span, here: usize) -> Self {
        let open = stack.without(HOST_STACK_BYTES);
        let limit = open.low.max(here.saturating_sub(self.most));
        Self { limit, bytes: stack.low + stack.bytes - limit, ..*self }
    }

    /// The limit at `here`, where the thread has this stack and so much of it is open.
    fn on(&self, stack: Span, open: Span, here: usize) -> Option<Self> {
        let room = match stack.contains(here) {
            true => open.contains(here).then(|| here - open.low)?,
            false => here,
        };
        let bytes = room.min(self.most);
        Some(Self { limit: here - bytes, bytes, ..*self })
    }

    /// Whether `here` lies on the stack that has this limit; `stack` is the running thread's.
    fn is_same(&self, stack: Span, here: usize) -> bool {
        match (stack.contains(here), stack.contains(self.limit)) {
            (true, same) => same,
            (false, true) => false,
            // One coroutine or two: what lies just below the limit is taken for the end of the same one.
            (false, false) => here < self.limit && self.limit - here <= self.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::span::Span;
    use crate::tier::NativeStack;
    use coracle_image::limits::HOST_STACK_BYTES;

    const KIB: usize = 1 << 10;
    const STACK: Span = Span { low: 4_096 * KIB, bytes: 2_048 * KIB };

    fn at(stack: Span, here: usize, most: usize) -> Option<(usize, usize)> {
        let before = NativeStack { limit: 0, bytes: 0, most };
        before.on(stack, stack.without(HOST_STACK_BYTES), here).map(|made| (made.limit, made.bytes))
    }

    #[test]
    fn a_guest_has_its_share_or_what_is_left() {
        assert_eq!(at(STACK, 6_000 * KIB, 512 * KIB), Some((5_488 * KIB, 512 * KIB)));
        assert_eq!(at(STACK, 6_000 * KIB, usize::MAX), Some((4_160 * KIB, 1_840 * KIB)));
        assert_eq!(at(STACK, 4_200 * KIB, 512 * KIB), Some((4_160 * KIB, 40 * KIB)));
        assert_eq!(at(STACK, 4_150 * KIB, 512 * KIB), None);
        let small = Span { bytes: 64 * KIB, ..STACK };
        assert_eq!(at(small, small.low + 60 * KIB, 512 * KIB), Some((small.low + 32 * KIB, 28 * KIB)));
    }

    #[test]
    fn outside_of_the_threads_stack_a_guest_has_its_share() {
        for here in [1_000 * KIB, 9_000 * KIB] {
            assert_eq!(at(STACK, here, 512 * KIB), Some((here - 512 * KIB, 512 * KIB)));
        }
        assert_eq!(at(STACK, 10, 512 * KIB), Some((0, 10)));
    }

    #[test]
    fn a_limit_is_made_on_any_thread() {
        let make = || {
            let mut made = NativeStack { limit: 0, bytes: 0, most: 8 * KIB };
            let here = crate::provider::thread_stack::here();
            assert!(made.begin(here) && made.allows(here) && !made.allows(here - 9 * KIB));
            assert_eq!(here - made.limit, 8 * KIB);
            made
        };
        let first = make();
        let other = std::thread::spawn(make).join().expect("no panic");
        let here = crate::provider::thread_stack::here();
        let moved = other.elsewhere(here).expect("another stack");
        assert!(!other.allows(here) && moved.allows(here));
        assert!(first.elsewhere(first.limit - 1).is_none(), "the end of the same one");
    }

    #[test]
    fn stacks_are_told_apart() {
        let same = |limit: usize, here: usize| NativeStack { limit, bytes: 0, most: 512 * KIB }.is_same(STACK, here);
        assert!(same(4_160 * KIB, 4_150 * KIB), "the end of the thread's stack");
        assert!(!same(9_000 * KIB, 5_000 * KIB), "from another thread or a coroutine");
        assert!(!same(4_160 * KIB, 4_000 * KIB), "to a coroutine just below the stack");
        assert!(same(9_000 * KIB, 8_990 * KIB), "the end of a coroutine");
        assert!(!same(9_000 * KIB, 7_000 * KIB), "from one coroutine to another");
        assert!(!same(9_000 * KIB, 12_000 * KIB), "the same, further up");
    }
}
