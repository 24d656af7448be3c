//! Nothing is counted: the twin of `profile` in builds without the feature `profile-ops`.

/// The code word of an op as it stands in code.
#[cfg(tail_dispatch)]
#[inline(always)]
pub(crate) fn tag(word: u64, _: u16) -> u64 {
    word
}

/// The handler in a code word.
#[cfg(tail_dispatch)]
#[inline(always)]
pub(crate) fn note(word: *const ()) -> *const () {
    word
}

/// Counts one dispatch.
#[cfg(not(tail_dispatch))]
#[inline(always)]
pub(crate) fn count(_: u16) {}
