//! `StoreOpaque`: a store as the storeys above hold it.
//!
//! A borrow of a [`StoreInner`] must not get into hands that could swap two of them: running code knows the address of
//! its own. So what leaves this storey is a borrow of a [`StoreOpaque`], a type without a byte, at the store's address.
//! To swap two of those does nothing; what can be done with one stands in [`internals`](crate::internals).
//!
//! # Invariants
//! - O1. Every `StoreOpaque` lies at the address of a `StoreInner`, is borrowed from a borrow of it, shared from shared
//!   and exclusive from exclusive, and there is no other way to have one.
#![allow(unsafe_code)] // A borrow of nothing at a store's address, and back.

use crate::store::inner::StoreInner;
use core::marker::{PhantomData, PhantomPinned};

/// A store: not to be looked into, nor to be moved.
#[repr(C)]
pub struct StoreOpaque {
    nothing: [usize; 0],
    pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

const _: () = assert!(size_of::<StoreOpaque>() == 0);

impl StoreInner {
    /// The same store, opaque.
    #[inline(always)]
    pub(crate) fn opaque(&self) -> &StoreOpaque {
        // SAFETY: there is no byte of it to be read, and it is aligned no more than the store itself (O1).
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// The same store, opaque, for change.
    #[inline(always)]
    pub(crate) fn opaque_mut(&mut self) -> &mut StoreOpaque {
        // SAFETY: as in `opaque`.
        unsafe { &mut *core::ptr::from_mut(self).cast() }
    }
}

impl StoreOpaque {
    /// The store itself.
    #[inline(always)]
    pub(crate) fn inner(&self) -> &StoreInner {
        // SAFETY: O1. As with opaque types of foreign functions, the borrow of nothing stands for the borrow that it
        // was made of, for as long as it lives.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// The store itself, for change.
    #[inline(always)]
    pub(crate) fn inner_mut(&mut self) -> &mut StoreInner {
        // SAFETY: as in `inner`; this borrow is exclusive, and so was that one.
        unsafe { &mut *core::ptr::from_mut(self).cast() }
    }
}

impl core::fmt::Debug for StoreOpaque {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.inner().fmt(f)
    }
}
