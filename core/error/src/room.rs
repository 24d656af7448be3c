//! A box or a text if there is memory for it: what errors are made of, too.
//!
//! Rust's own `Box::try_new` is unstable.
#![allow(unsafe_code)] // A box is made of memory that may be refused.

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::{self, Write};

/// A box, or the value where there is no memory for one.
///
/// # Errors
/// The value.
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>, T> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout's size is not 0.
    let block = unsafe { alloc(layout) }.cast::<T>();
    if block.is_null() {
        return Err(value);
    }
    // SAFETY: the block is new and has `T`'s layout, so it can be written; it is of the global allocator, which is what a
    // box of a `T` is made of and given back to.
    unsafe {
        block.write(value);
        Ok(Box::from_raw(block))
    }
}

/// A text, or nothing where there is no memory for it, or its parts cannot be printed.
pub(crate) fn text(of: impl fmt::Display) -> Option<String> {
    struct Fallible(String);
    impl Write for Fallible {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
            self.0.push_str(part);
            Ok(())
        }
    }
    let mut text = Fallible(String::new());
    write!(text, "{of}").is_ok().then_some(text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_without_failure() {
        assert_eq!(try_box(5_u32), Ok(Box::new(5)));
        assert_eq!(try_box(()), Ok(Box::new(())));
        assert_eq!(text(format_args!("{}, {}", 1, "two")).as_deref(), Some("1, two"));
    }
}
