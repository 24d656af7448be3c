//! A box or a text if there is memory for it: what errors are made of, too.
//!
//! # Invariants
//! - R1. A [`MaybeBox`] has the address of a box that it owns, or that of [`NOTHING`], which no box has.
//!
//! Rust's own `Box::try_new` is unstable.
#![allow(unsafe_code)] // A box is made of memory that may be refused.

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::num::NonZero;
use core::ptr::NonNull;

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

/// An empty list with room for exactly so many, or nothing where there is no memory for them.
pub(crate) fn try_list<T>(count: usize) -> Option<Vec<T>> {
    let block = block_for(Layout::new::<T>(), count)?;
    // SAFETY: the block is of the global allocator, or none is needed, and has the alignment of a `T` and the size of so
    // many, which is what a vector of that capacity gives back.
    Some(unsafe { Vec::from_raw_parts(block.cast::<T>().as_ptr(), 0, count) })
}

/// A block for so many of these, or an aligned address where they take no memory. One for lists of all types.
#[inline(never)]
fn block_for(one: Layout, count: usize) -> Option<NonNull<u8>> {
    let bytes = one.size().checked_mul(count)?;
    let layout = Layout::from_size_align(bytes, one.align()).ok()?;
    if bytes == 0 {
        return NonZero::new(one.align()).map(NonNull::without_provenance);
    }
    // SAFETY: the layout's size is not 0.
    NonNull::new(unsafe { alloc(layout) })
}

/// A box or nothing, in one word that is never 0: a result that has nothing to say but an error is one word as well.
pub(crate) struct MaybeBox<T>(NonNull<T>, PhantomData<Box<T>>);

/// Where nothing is.
static NOTHING: u8 = 0;

// SAFETY: it is a box.
unsafe impl<T: Send> Send for MaybeBox<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for MaybeBox<T> {}

impl<T> From<Option<Box<T>>> for MaybeBox<T> {
    fn from(value: Option<Box<T>>) -> Self {
        const { assert!(size_of::<T>() > 0, "a box of nothing may have any address") };
        value.map_or(Self::nothing(), |value| Self(NonNull::from(Box::leak(value)), PhantomData))
    }
}

impl<T> MaybeBox<T> {
    /// Nothing.
    pub(crate) const fn nothing() -> Self {
        Self(NonNull::from_ref(&NOTHING).cast(), PhantomData)
    }

    fn is_there(&self) -> bool {
        self.0 != NonNull::from_ref(&NOTHING).cast()
    }

    /// What is in the box.
    pub(crate) fn get(&self) -> Option<&T> {
        if !self.is_there() {
            return None;
        }
        // SAFETY: R1; borrowed as this is.
        Some(unsafe { self.0.as_ref() })
    }

    /// The same, for change.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if !self.is_there() {
            return None;
        }
        // SAFETY: R1; borrowed as this is.
        Some(unsafe { self.0.as_mut() })
    }

    /// The box.
    pub(crate) fn into_option(self) -> Option<Box<T>> {
        let this = ManuallyDrop::new(self);
        if !this.is_there() {
            return None;
        }
        // SAFETY: R1; nobody else drops it.
        Some(unsafe { Box::from_raw(this.0.as_ptr()) })
    }
}

impl<T> Drop for MaybeBox<T> {
    fn drop(&mut self) {
        if self.is_there() {
            // SAFETY: R1; it is not used again.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
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
    fn lists_have_the_room_that_they_are_given() {
        let mut list = try_list::<u64>(3).unwrap();
        list.extend([1, 2, 3]);
        assert_eq!((list.as_slice(), list.capacity()), (&[1, 2, 3][..], 3));
        list.push(4);
        assert_eq!(list, [1, 2, 3, 4]);
        let (mut none, nothing) = (try_list::<u32>(0).unwrap(), try_list::<()>(5).unwrap());
        none.push(5);
        assert_eq!((none.as_slice(), nothing.len()), (&[5][..], 0));
        assert!(try_list::<u64>(usize::MAX).is_none() && try_list::<u8>(usize::MAX).is_none());
    }

    #[test]
    fn as_without_failure() {
        assert_eq!(try_box(5_u32), Ok(Box::new(5)));
        assert_eq!(try_box(()), Ok(Box::new(())));
        let (mut some, mut none) = (MaybeBox::from(Some(Box::new(String::from("a")))), MaybeBox::<String>::from(None));
        some.get_mut().unwrap().push('b');
        assert_eq!((some.get().map(String::as_str), none.get_mut()), (Some("ab"), None));
        assert_eq!((some.into_option().as_deref().map(String::as_str), none.into_option()), (Some("ab"), None));
        assert_eq!(text(format_args!("{}, {}", 1, "two")).as_deref(), Some("1, two"));
    }
}
