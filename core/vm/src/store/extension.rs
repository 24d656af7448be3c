//! What a storey above keeps in a store: one value, of a type that it alone knows.
//!
//! The first access makes it. An access costs a comparison of type ids, which is inlined.
#![allow(unsafe_code)] // Gives the value its type back after a look at its id, without a call through its table.

use alloc::boxed::Box;
use core::any::{Any, TypeId};

/// What a storey above keeps in a store, and in each of its tasks.
pub trait StoreExtension: Any + Send + Sync {
    /// The part that belongs to one task.
    type Task: Any + Send + Sync + Default;

    /// Exchanges what is here of the running task with what is there of another: called when that one is taken up, and
    /// once more when it is left.
    fn exchange(&mut self, task: &mut Self::Task);

    /// Sets how many handles of components there may be.
    fn limit_handles(&mut self, most: usize);
}

/// The part of a task, made when it is needed.
#[derive(Default)]
pub(crate) struct TaskExtension(Option<Box<dyn Any + Send + Sync>>);

/// The slot.
pub(crate) struct Extension(Option<Filled>);

struct Filled {
    /// The type of what `value` holds.
    id: TypeId,
    value: Box<dyn Any + Send + Sync>,
    exchange: fn(&mut (dyn Any + Send + Sync), &mut TaskExtension),
    limit_handles: fn(&mut (dyn Any + Send + Sync), usize),
}

fn exchange<T: StoreExtension>(value: &mut (dyn Any + Send + Sync), task: &mut TaskExtension) {
    let part = task.0.get_or_insert_with(|| Box::new(T::Task::default()));
    if let (Some(value), Some(part)) = (value.downcast_mut::<T>(), part.downcast_mut::<T::Task>()) {
        value.exchange(part);
    }
}

fn limit_handles<T: StoreExtension>(value: &mut (dyn Any + Send + Sync), most: usize) {
    if let Some(value) = value.downcast_mut::<T>() {
        value.limit_handles(most);
    }
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
    pub(crate) fn get_or<T: StoreExtension>(&mut self, make: impl FnOnce() -> T) -> &mut T {
        let value: *mut T = match &mut self.0 {
            Some(filled) if filled.id == TypeId::of::<T>() => (&raw mut *filled.value).cast(),
            _ => self.fill(make),
        };
        // SAFETY: the box holds a `T`: its id was just compared, or it was just filled; the borrow is that of `self`.
        unsafe { &mut *value }
    }

    #[cold]
    fn fill<T: StoreExtension>(&mut self, make: impl FnOnce() -> T) -> *mut T {
        assert!(self.0.is_none(), "a store's extension has one type");
        let filled = Filled {
            id: TypeId::of::<T>(),
            value: Box::new(make()),
            exchange: exchange::<T>,
            limit_handles: limit_handles::<T>,
        };
        (&raw mut *self.0.insert(filled).value).cast()
    }

    /// Sets how many handles there may be. What is made later is told when it is made.
    pub(crate) fn limit_handles(&mut self, most: usize) {
        if let Some(filled) = &mut self.0 {
            (filled.limit_handles)(&mut *filled.value, most);
        }
    }

    /// Exchanges what belongs to a task.
    pub(crate) fn exchange(&mut self, task: &mut TaskExtension) {
        if let Some(filled) = &mut self.0 {
            (filled.exchange)(&mut *filled.value, task);
        }
    }
}
