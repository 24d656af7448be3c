//! What is allocated, or an error where there is no memory: for boxes, texts and vectors. For what is shared there is
//! [`shared`](crate::shared).

use crate::error::{Error, OutOfMemory, Result};
use crate::room::{try_box, try_list};
use alloc::alloc::{Layout, handle_alloc_error};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What somebody made who has no way to say that there was no memory for it: the process ends then, as by the standard
/// library's own allocations.
///
/// # Panics
/// For any other error.
pub fn or_end<T>(made: Result<T>) -> T {
    made.unwrap_or_else(|error| match error.is::<OutOfMemory>() {
        true => handle_alloc_error(Layout::new::<T>()),
        false => panic!("{error}"),
    })
}

/// A box.
///
/// # Errors
/// [`OutOfMemory`].
pub fn boxed<T>(value: T) -> Result<Box<T>> {
    try_box(value).map_err(|_| Error::out_of_memory())
}

/// A copy of a text.
///
/// # Errors
/// [`OutOfMemory`].
pub fn boxed_str(text: &str) -> Result<Box<str>> {
    let mut copy = String::new();
    // Exactly so many, so that nothing is given back when it becomes a box.
    copy.try_reserve_exact(text.len()).map_err(|_| Error::out_of_memory())?;
    copy.push_str(text);
    Ok(copy.into_boxed_str())
}

/// Vectors that say where there is no memory for what is put into them.
pub trait TryVec<T>: Sized {
    /// An empty vector with room for exactly so many.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn with_room(count: usize) -> Result<Self>;

    /// Makes room for so many more.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn make_room(&mut self, more: usize) -> Result<()>;

    /// Puts one more behind the last.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn try_push(&mut self, value: T) -> Result<()>;
}

impl<T> TryVec<T> for Vec<T> {
    fn with_room(count: usize) -> Result<Self> {
        try_list(count).ok_or_else(Error::out_of_memory)
    }

    fn make_room(&mut self, more: usize) -> Result<()> {
        let made = if !cfg!(feature = "compact") {
            self.try_reserve(more)
        } else if more > self.capacity() - self.len() {
            // Most lists of a small machine have one thing or two: half as much again, not four to begin with.
            self.try_reserve_exact(more.max(self.len() / 2))
        } else {
            Ok(())
        };
        made.map_err(|_| Error::out_of_memory())
    }

    fn try_push(&mut self, value: T) -> Result<()> {
        self.make_room(1)?;
        self.push(value);
        Ok(())
    }
}

/// All of an iterator.
///
/// # Errors
/// [`OutOfMemory`].
pub fn collect<T>(all: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) -> Result<Vec<T>> {
    let all = all.into_iter();
    let mut vec = Vec::with_room(all.len())?;
    for one in all {
        vec.try_push(one)?;
    }
    Ok(vec)
}

/// All of an iterator, or its first error.
///
/// # Errors
/// [`OutOfMemory`], or that error.
pub fn collect_results<T>(all: impl IntoIterator<Item = Result<T>, IntoIter: ExactSizeIterator>) -> Result<Vec<T>> {
    let all = all.into_iter();
    let mut vec = Vec::with_room(all.len())?;
    for one in all {
        vec.try_push(one?)?;
    }
    Ok(vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn as_without_failure() {
        assert_eq!((*boxed(5_u32).unwrap(), &*boxed_str("two").unwrap()), (5, "two"));
        let three = collect([1, 2, 3]).unwrap();
        assert_eq!((three.as_slice(), three.capacity()), (&[1, 2, 3][..], 3));
        assert!(collect_results([Ok(1), Err(Error::msg("no"))]).unwrap_err().to_string().contains("no"));
    }

    #[test]
    fn too_much() {
        assert!(Vec::<u64>::with_room(usize::MAX).unwrap_err().is::<OutOfMemory>());
        assert!(Vec::<u8>::new().make_room(usize::MAX).unwrap_err().is::<OutOfMemory>());
    }
}
