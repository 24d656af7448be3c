//! What a storey above keeps in a store: one value, of a type that it alone knows.
//!
//! The first access makes it. An access costs a comparison of type ids, which is inlined.
#![allow(unsafe_code)] // Gives the value its type back after a look at its id, without a call through its table.

use alloc::boxed::Box;
use core::any::{Any, TypeId};

/// The slot.
pub(crate) struct Extension(Option<Filled>);

struct Filled {
    /// The type of what `value` holds.
    id: TypeId,
    value: Box<dyn Any + Send + Sync>,
}

impl Extension {
    /// Nothing yet.
    pub(crate) const EMPTY: Self = Self(None);

    /// The value, if there is one of this type.
    #[inline(always)]
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        match &self.0 {
            // SAFETY: `id` is the type of what the box holds.
            Some(filled) if filled.id == TypeId::of::<T>() => Some(unsafe { &*(&raw const *filled.value).cast() }),
            _ => None,
        }
    }

    /// The value for change; `make` makes it where there is none.
    ///
    /// # Panics
    /// If there is one of another type: a process has one storey above.
    #[inline(always)]
    pub(crate) fn get_or<T: Any + Send + Sync>(&mut self, make: impl FnOnce() -> T) -> &mut T {
        if !matches!(&self.0, Some(filled) if filled.id == TypeId::of::<T>()) {
            self.fill(make);
        }
        match &mut self.0 {
            // SAFETY: `id` is the type of what the box holds: it was just compared, or set.
            Some(filled) => unsafe { &mut *(&raw mut *filled.value).cast() },
            None => unreachable!("it was just filled"),
        }
    }

    #[cold]
    fn fill<T: Any + Send + Sync>(&mut self, make: impl FnOnce() -> T) {
        assert!(self.0.is_none(), "a store's extension has one type");
        self.0 = Some(Filled { id: TypeId::of::<T>(), value: Box::new(make()) });
    }
}
