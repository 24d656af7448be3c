//! What Coracle says of failures on their way: contexts that are nothing but words, and are left out where errors have no
//! texts.

use crate::error::{Error, ErrorKind, Result};
use crate::wording::{TEXTS, Wording};

/// Adds what Coracle says of a failure.
pub trait Told<T> {
    /// Adds these words if this failed; nothing where errors have no texts.
    ///
    /// # Errors
    /// The failure, with the words on top.
    fn told<W: Into<Wording>>(self, wording: impl FnOnce() -> W) -> Result<T>;
}

impl<T, E: Into<Error>> Told<T> for core::result::Result<T, E> {
    #[inline]
    fn told<W: Into<Wording>>(self, wording: impl FnOnce() -> W) -> Result<T> {
        self.map_err(|e| e.into().told(wording()))
    }
}

impl<T> Told<T> for Option<T> {
    #[inline]
    fn told<W: Into<Wording>>(self, wording: impl FnOnce() -> W) -> Result<T> {
        self.ok_or_else(|| Error::fault(ErrorKind::Other, wording()))
    }
}

impl Error {
    /// Adds, in Coracle's own words, what was being done; nothing where errors have no texts.
    #[cold]
    #[must_use]
    pub fn told(self, wording: impl Into<Wording>) -> Self {
        if TEXTS { self.context(wording.into()) } else { self }
    }
}

/// What an error says, put together as by `format!` where errors have texts: a [`Wording`].
#[macro_export]
macro_rules! wording {
    ($($args:tt)*) => { $crate::Wording::of(::core::format_args!($($args)*)) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trap::Trap;
    use alloc::string::ToString;

    #[test]
    fn words_are_put_on_top() {
        let failed = || Err::<(), _>(Trap::Interrupt);
        let error = failed().told(|| crate::wording!("step {}", 2)).told(|| "of a plan").unwrap_err();
        let text = alloc::format!("{error:#}");
        assert_eq!(text, if TEXTS { "of a plan: step 2: wasm trap: interrupt" } else { "wasm trap 11" });
        assert_eq!(error.kind(), ErrorKind::Trap);
        assert_eq!(None::<()>.told(|| "nothing").unwrap_err().to_string(), if TEXTS { "nothing" } else { "error" });
    }

    #[test]
    fn without_texts_there_is_a_word_and_an_offset() {
        let error = Error::fault_at(ErrorKind::Unsupported, crate::wording!("{} bytes", 3), 4);
        assert_eq!(error.to_string(), if TEXTS { "3 bytes (at offset 0x4)" } else { "unsupported (at offset 0x4)" });
    }
}
