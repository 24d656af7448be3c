//! What errors of Coracle's own say, put together where there is memory for it. `wording_off` is the same for builds that
//! keep no texts.

use crate::room::text;
use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// Whether errors have texts: not in builds with the feature `compact` and without `messages`.
pub const TEXTS: bool = true;

/// The words of an error or of its context; see [`wording!`](crate::wording).
#[derive(Clone, PartialEq, Eq)]
pub struct Wording(Cow<'static, str>);

impl Wording {
    /// A text that is put together; it is left out where there is no memory for it.
    #[cold]
    pub fn of(args: fmt::Arguments<'_>) -> Self {
        Self(text(args).map_or(Cow::Borrowed("no memory for the message of this error"), Cow::Owned))
    }
}

impl From<&'static str> for Wording {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Wording {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Cow<'static, str>> for Wording {
    fn from(text: Cow<'static, str>) -> Self {
        Self(text)
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
