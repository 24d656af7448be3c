//! What errors say in builds that keep no texts: nothing but a word for their kind (`ErrorKind`).
//!
//! Nothing that is only said is kept then, nor what puts it together: formats, names of types, the text itself.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// Whether errors have texts: not in builds with the feature `compact` and without `messages`.
pub const TEXTS: bool = false;

/// In the place of the words of an error or of its context; see [`wording!`](crate::wording).
#[derive(Clone, PartialEq, Eq)]
pub struct Wording;

impl Wording {
    /// Nothing.
    #[inline(always)]
    pub fn of(_: fmt::Arguments<'_>) -> Self {
        Self
    }
}

impl From<&'static str> for Wording {
    #[inline(always)]
    fn from(_: &'static str) -> Self {
        Self
    }
}

impl From<String> for Wording {
    fn from(_: String) -> Self {
        Self
    }
}

impl From<Cow<'static, str>> for Wording {
    fn from(_: Cow<'static, str>) -> Self {
        Self
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
