//! `Arc` and `Weak` as the standard library's, for memory that may be refused: `Arc::try_new` and its kin are errors where
//! there is none. On stable Rust the standard library's end the process.
//!
//! # Invariants
//! - S1. A block is a header, and behind it the value, as [`Block`] lays them out. It was allocated with the layout of its
//!   `Block`, and is given back once, by whoever takes `weak` to 0.
//! - S2. `strong` counts the [`Arc`]s; while it is not 0 the value lives. `weak` counts the [`Weak`]s, and one more for all
//!   `Arc`s together. So a block is there for as long as anything leads to it.
//! - S3. Of what is unsized no `Weak` is made: whoever gives its block back has the value's layout from the value itself.
//! - S4. While `weak` is `LOCKED` there is no `Weak`, and none is made.
//! - S5. `strong` and `weak` are the atomics of the machine, or in `model` those of loom, which tries what threads may do to
//!   each other, and looks whether each block is given back once.
#![allow(unsafe_code)] // Shares blocks of memory.

#[cfg(all(loom, test))]
mod model;

use crate::error::{Error, Result};
use alloc::alloc::{Layout, handle_alloc_error};
#[cfg(not(all(loom, test)))]
use alloc::alloc::{alloc, dealloc};
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Ordering as Order;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::NonNull;
#[cfg(not(all(loom, test)))]
use core::{
    hint::spin_loop,
    sync::atomic::{AtomicUsize, Ordering, fence},
};
#[cfg(all(loom, test))]
use loom::{
    alloc::{alloc, dealloc},
    hint::spin_loop,
    sync::atomic::{AtomicUsize, Ordering, fence},
};

/// More shares than this there cannot be, whatever is forgotten.
const MOST: usize = isize::MAX as usize;

/// In the place of the number of `Weak`s: somebody looks whether the value is theirs alone.
const LOCKED: usize = usize::MAX;

#[repr(C)]
struct Header {
    strong: AtomicUsize,
    weak: AtomicUsize,
}

/// What is shared, with its counts. It is public for [`Arc::unsize`] alone.
#[repr(C)]
pub struct Block<T: ?Sized> {
    header: Header,
    value: T,
}

/// A share in a value, which may be used on any thread.
pub struct Arc<T: ?Sized>(NonNull<Block<T>>, PhantomData<Block<T>>);

/// What may become an [`Arc`] while another one lives.
pub struct Weak<T>(NonNull<Block<T>>, PhantomData<Block<T>>);

// SAFETY: an `Arc` lends the value to several threads, and drops it on any.
unsafe impl<T: ?Sized + Send + Sync> Send for Arc<T> {}
// SAFETY: as above; a clone can be made through a reference.
unsafe impl<T: ?Sized + Send + Sync> Sync for Arc<T> {}
// SAFETY: it becomes an `Arc`.
unsafe impl<T: Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Weak<T> {}

impl<T: ?Sized> Unpin for Arc<T> {}

/// A block for a `T`, without its value, with these counts; nothing where there is no memory.
fn block<T>(strong: usize) -> Option<NonNull<Block<T>>> {
    // SAFETY: the layout has the header's size at least.
    let block = NonNull::new(unsafe { alloc(Layout::new::<Block<T>>()) })?.cast::<Block<T>>();
    // SAFETY: the block is new, and as large and aligned as that.
    unsafe { (&raw mut (*block.as_ptr()).header).write(Header::new(strong)) };
    Some(block)
}

impl Header {
    fn new(strong: usize) -> Self {
        Self { strong: AtomicUsize::new(strong), weak: AtomicUsize::new(1) }
    }
}

/// One share more.
#[inline]
fn more(count: &AtomicUsize) {
    if count.fetch_add(1, Ordering::Relaxed) > MOST {
        count.fetch_sub(1, Ordering::Relaxed);
        panic!("too many shares in one value");
    }
}

/// Gives up what all `Arc`s have together, or a `Weak`; the last gives the block back.
///
/// # Safety
/// The block is there and has this layout, and what is given up is the caller's, who does not use it again (S1, S2).
unsafe fn release(block: NonNull<Header>, layout: Layout) {
    // SAFETY: by the contract.
    if unsafe { block.as_ref() }.weak.fetch_sub(1, Ordering::Release) != 1 {
        return;
    }
    // What others did with it comes before.
    fence(Ordering::Acquire);
    // SAFETY: nothing leads to it (S2), and it has this layout (S1).
    unsafe { dealloc(block.as_ptr().cast(), layout) }
}

impl<T> Arc<T> {
    /// A value that can be shared.
    ///
    /// # Errors
    /// `OutOfMemory`; the value is dropped then.
    pub fn try_new(value: T) -> Result<Self> {
        let Some(block) = block::<T>(1) else { return Err(Error::out_of_memory()) };
        // SAFETY: the block is new, and nobody else has it.
        unsafe { (&raw mut (*block.as_ptr()).value).write(value) };
        Ok(Self(block, PhantomData))
    }

    /// The same; where there is no memory, the process ends.
    pub fn new(value: T) -> Self {
        Self::try_new(value).unwrap_or_else(|_| handle_alloc_error(Layout::new::<Block<T>>()))
    }

    /// A value that has a [`Weak`] to itself, which leads to nothing while it is made.
    ///
    /// # Errors
    /// `OutOfMemory`; nothing is made then.
    pub fn try_new_cyclic(make: impl FnOnce(&Weak<T>) -> T) -> Result<Self> {
        let Some(block) = block::<T>(0) else { return Err(Error::out_of_memory()) };
        // If `make` panics, this gives the block back.
        let weak = Weak(block, PhantomData);
        let value = make(&weak);
        // What this `Weak` is counted for is what all `Arc`s have together from now on.
        core::mem::forget(weak);
        // SAFETY: the block is there, and until `strong` is not 0 nobody else looks at the value.
        unsafe {
            (&raw mut (*block.as_ptr()).value).write(value);
            (*block.as_ptr()).header.strong.store(1, Ordering::Release);
        }
        Ok(Self(block, PhantomData))
    }

    /// What does not keep the value alive.
    ///
    /// # Panics
    /// If there are more shares than half of memory.
    pub fn downgrade(this: &Self) -> Weak<T> {
        let weak = &this.header().weak;
        let mut count = weak.load(Ordering::Relaxed);
        loop {
            if count == LOCKED {
                spin_loop();
                count = weak.load(Ordering::Relaxed);
                continue;
            }
            assert!(count <= MOST, "too many shares in one value");
            match weak.compare_exchange_weak(count, count + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Weak(this.0, PhantomData),
                Err(now) => count = now,
            }
        }
    }

    /// The value, if this is the last share in it.
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        if this.header().strong.fetch_sub(1, Ordering::Release) != 1 {
            return None;
        }
        fence(Ordering::Acquire);
        // SAFETY: this was the last share, so the value is the caller's alone (S2); it is not used again here, nor is what
        // all shares had together.
        unsafe {
            let value = (&raw const (*this.0.as_ptr()).value).read();
            release(this.0.cast(), Layout::new::<Block<T>>());
            Some(value)
        }
    }

    /// The same as a share in something unsized: `coerce` returns what it is given, as a pointer to that.
    ///
    /// # Safety
    /// It returns the address that it was given, and its layout is that of the value.
    pub unsafe fn unsize<U: ?Sized>(this: Self, coerce: impl FnOnce(*mut Block<T>) -> *mut Block<U>) -> Arc<U> {
        let block = coerce(ManuallyDrop::new(this).0.as_ptr());
        // SAFETY: by the contract it is the address of a block, which is not null.
        Arc(unsafe { NonNull::new_unchecked(block) }, PhantomData)
    }
}

impl<T> Arc<[T]> {
    /// A list that can be shared.
    ///
    /// # Errors
    /// `OutOfMemory`; the list is dropped then.
    pub fn try_from_vec(mut list: Vec<T>) -> Result<Self> {
        let count = list.len();
        let values = Layout::array::<T>(count).map_err(|_| Error::out_of_memory())?;
        let (layout, at) = Layout::new::<Header>().extend(values).map_err(|_| Error::out_of_memory())?;
        // SAFETY: the layout has the header's size at least. With padding it is that of a `Block` (`repr(C)`).
        let block = NonNull::new(unsafe { alloc(layout.pad_to_align()) }).ok_or_else(Error::out_of_memory)?;
        // SAFETY: the block is new and has room for all; the values are moved, for the list forgets them.
        let block = unsafe {
            block.cast::<Header>().write(Header::new(1));
            block.add(at).cast::<T>().copy_from_nonoverlapping(NonNull::from(list.as_mut_slice()).cast(), count);
            list.set_len(0);
            NonNull::new_unchecked(core::ptr::slice_from_raw_parts_mut(block.as_ptr(), count) as *mut Block<[T]>)
        };
        Ok(Self(block, PhantomData))
    }
}

impl<T: ?Sized> Arc<T> {
    fn header(&self) -> &Header {
        // SAFETY: S2.
        unsafe { &self.0.as_ref().header }
    }

    /// Whether two are shares in one value.
    pub fn ptr_eq(a: &Self, b: &Self) -> bool {
        core::ptr::addr_eq(a.0.as_ptr(), b.0.as_ptr())
    }

    /// The address of the value.
    pub fn as_ptr(this: &Self) -> *const T {
        // SAFETY: S2; no reference is made.
        unsafe { &raw const (*this.0.as_ptr()).value }
    }

    /// The value for change, if nothing else leads to it.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // While the count is locked there is no `Weak` that could become a share (S4), so if this is the only share nobody
        // makes another. Both counts are read after what others did before they gave theirs up.
        let header = this.header();
        header.weak.compare_exchange(1, LOCKED, Ordering::Acquire, Ordering::Relaxed).ok()?;
        let alone = header.strong.load(Ordering::Acquire) == 1;
        header.weak.store(1, Ordering::Release);
        if !alone {
            return None;
        }
        // SAFETY: nothing else leads to it, as long as this is borrowed.
        Some(unsafe { &mut this.0.as_mut().value })
    }
}

impl<T: Clone> Arc<T> {
    /// The value for change: this one if nothing else leads to it, else a copy.
    ///
    /// # Panics
    /// If the copy's making does.
    pub fn make_mut(this: &mut Self) -> &mut T {
        if Self::get_mut(this).is_none() {
            *this = Self::new(T::clone(this));
        }
        Self::get_mut(this).expect("it was made just now, or nothing else leads to it")
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    #[inline]
    fn clone(&self) -> Self {
        more(&self.header().strong);
        Self(self.0, PhantomData)
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    #[inline]
    fn drop(&mut self) {
        if self.header().strong.fetch_sub(1, Ordering::Release) == 1 {
            // SAFETY: this was the last share (S2).
            unsafe { drop_last(self.0) }
        }
    }
}

/// Drops a value whose last share is gone.
///
/// # Safety
/// There is no share left, and this is called once.
#[cold]
#[inline(never)]
unsafe fn drop_last<T: ?Sized>(block: NonNull<Block<T>>) {
    // What others did with it comes before.
    fence(Ordering::Acquire);
    // SAFETY: the value lives until it is dropped here; nobody else looks at it, since there is no share (S2). Then what
    // all shares had together is given up.
    unsafe {
        let layout = Layout::for_value(block.as_ref());
        core::ptr::drop_in_place(&raw mut (*block.as_ptr()).value);
        release(block.cast(), layout);
    }
}

impl<T> Weak<T> {
    fn header(&self) -> &Header {
        // SAFETY: S2; the header alone, since the value may be gone.
        unsafe { &(*self.0.as_ptr()).header }
    }

    /// A share in the value, if it still lives.
    ///
    /// # Panics
    /// If there are more shares than half of memory.
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let strong = &self.header().strong;
        let mut count = strong.load(Ordering::Relaxed);
        while count != 0 {
            assert!(count <= MOST, "too many shares in one value");
            match strong.compare_exchange_weak(count, count + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Arc(self.0, PhantomData)),
                Err(now) => count = now,
            }
        }
        None
    }

    /// How many shares there are.
    pub fn strong_count(&self) -> usize {
        self.header().strong.load(Ordering::Relaxed)
    }

    /// The address of the value, whether or not it lives.
    pub fn as_ptr(&self) -> *const T {
        // SAFETY: S2: the block is there; no reference is made.
        unsafe { &raw const (*self.0.as_ptr()).value }
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        more(&self.header().weak);
        Self(self.0, PhantomData)
    }
}

impl<T> Drop for Weak<T> {
    fn drop(&mut self) {
        // SAFETY: it is this one's, and not used again.
        unsafe { release(self.0.cast(), Layout::new::<Block<T>>()) }
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: S2.
        unsafe { &self.0.as_ref().value }
    }
}

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Arc<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for Arc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        (**self).partial_cmp(other)
    }
}

impl<T: ?Sized + Ord> Ord for Arc<T> {
    fn cmp(&self, other: &Self) -> Order {
        (**self).cmp(other)
    }
}

impl<T: ?Sized + Hash> Hash for Arc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use alloc::string::{String, ToString};
    use alloc::vec;
    use core::any::Any;

    #[test]
    fn shares_lead_to_one_value_that_is_dropped_once() {
        let dropped = Arc::new(());
        let value = Arc::try_new((dropped.clone(), String::from("a"))).unwrap();
        let (other, weak) = (value.clone(), Arc::downgrade(&value));
        assert!(Arc::ptr_eq(&value, &other) && core::ptr::eq(weak.as_ptr(), &*other));
        assert_eq!((&*(*value).1, weak.strong_count()), ("a", 2));
        drop(value);
        let third = weak.upgrade().unwrap();
        assert!(Arc::into_inner(third).is_none());
        drop(other);
        assert!(weak.upgrade().is_none() && weak.clone().strong_count() == 0);
        assert_eq!(Arc::into_inner(dropped), Some(()));
    }

    #[test]
    fn a_value_is_changed_where_nothing_else_leads_to_it() {
        let mut value = Arc::new(5);
        *Arc::make_mut(&mut value) += 1;
        let weak = Arc::downgrade(&value);
        assert!(Arc::get_mut(&mut value).is_none());
        *Arc::make_mut(&mut value) += 1;
        assert!(weak.upgrade().is_none(), "the old one is gone");
        let other = value.clone();
        *Arc::make_mut(&mut value) += 1;
        assert_eq!((*value, *other, Arc::into_inner(value)), (8, 7, Some(8)));
    }

    #[test]
    fn a_value_leads_to_itself() {
        struct Me(Weak<Me>, u64);
        let me = Arc::try_new_cyclic(|weak| {
            assert!(weak.upgrade().is_none());
            Me(weak.clone(), 7)
        });
        let me = me.unwrap();
        assert_eq!(((*me).1, (*(*me).0.upgrade().unwrap()).1), (7, 7));
    }

    #[test]
    fn lists_and_what_has_no_size() {
        let list = Arc::<[String]>::try_from_vec(vec!["a".to_string(), "b".to_string()]).unwrap();
        assert_eq!(list.clone()[1], "b");
        assert_eq!(format_args!("{list:?}").to_string(), r#"["a", "b"]"#);
        let none = Arc::<[u128]>::try_from_vec(Vec::new()).unwrap();
        assert!(none.is_empty());
        let any = Arc::new(Box::new(5_u8));
        // SAFETY: an unsizing coercion.
        let any: Arc<dyn Any> = unsafe { Arc::unsize(any, |block| block as *mut Block<dyn Any>) };
        assert_eq!(any.downcast_ref::<Box<u8>>(), Some(&Box::new(5)));
    }

    #[test]
    fn threads_share() {
        extern crate std;
        let value = Arc::new(AtomicUsize::new(0));
        let weak = Arc::downgrade(&value);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (value, weak) = (value.clone(), weak.clone());
                scope.spawn(move || {
                    for _ in 0..1000 {
                        weak.upgrade().unwrap().fetch_add(1, Ordering::Relaxed);
                        drop(value.clone());
                    }
                });
            }
        });
        assert_eq!((weak.strong_count(), Arc::into_inner(value).unwrap().into_inner()), (1, 4000));
    }
}
