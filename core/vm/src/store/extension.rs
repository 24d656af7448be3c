//! What a storey above keeps in a store: one value, of a type that it alone knows.
//!
//! The first access makes it. An access costs a comparison of type ids, which is inlined.
#![allow(unsafe_code)] // Gives the value its type back after a look at its id, without a call through its table.

use crate::raw::RawVal;
use crate::store::global::GlobalState;
use crate::store::ids::GlobalId;
use alloc::boxed::Box;
use coracle_error::Result;
use coracle_error::fallible::boxed;
use coracle_image::arena::PrimaryMap;
use core::any::{Any, TypeId};

/// What a storey above keeps in a store, and in each of its tasks.
pub trait StoreExtension: Any + Send + Sync {
    /// The part that belongs to one task.
    type Task: Any + Send + Sync + Default;

    /// Exchanges what is here of the running task with what is there of another: called when that one is taken up, and
    /// once more when it is left.
    fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut Self::Task);

    /// Ends what is here of the running task: its calls will never return.
    fn break_off(&mut self, globals: &mut Globals<'_>);

    /// Sets how many handles of components there may be.
    fn limit_handles(&mut self, most: usize);
}

/// The globals of a store, by number.
pub struct Globals<'a>(pub(crate) &'a mut PrimaryMap<GlobalId, GlobalState>);

impl Globals<'_> {
    /// The first cell of a global.
    pub fn get(&self, global: GlobalId) -> RawVal {
        self.0[global].cells()[0]
    }

    /// Sets a global of one cell that holds a number.
    pub fn set(&mut self, global: GlobalId, value: RawVal) {
        self.0[global].set_cells([value, RawVal::ZERO]);
    }
}

/// The part of a task, made when it is needed.
#[derive(Default)]
pub(crate) struct TaskExtension(Option<Box<dyn Any + Send + Sync>>);

/// The slot.
pub(crate) struct Extension(Option<Filled>);

struct Filled {
    /// The type of what `value` holds.
    id: TypeId,
    value: Box<dyn Kept>,
}

/// An extension whose type is forgotten.
trait Kept: Send + Sync {
    fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut TaskExtension);
    fn break_off(&mut self, globals: &mut Globals<'_>);
    fn limit_handles(&mut self, most: usize);
}

impl<T: StoreExtension> Kept for T {
    fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut TaskExtension) {
        let part = task.0.get_or_insert_with(|| Box::new(T::Task::default()));
        if let Some(part) = part.downcast_mut::<T::Task>() {
            StoreExtension::exchange(self, globals, part);
        }
    }

    fn break_off(&mut self, globals: &mut Globals<'_>) {
        StoreExtension::break_off(self, globals);
    }

    fn limit_handles(&mut self, most: usize) {
        StoreExtension::limit_handles(self, most);
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

    /// Makes the value, if there is none.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If there is one of another type: a process has one storey above.
    pub(crate) fn make<T: StoreExtension>(&mut self, make: impl FnOnce() -> T) -> Result<()> {
        if self.get::<T>().is_none() {
            assert!(self.0.is_none(), "a store's extension has one type");
            self.0 = Some(Filled { id: TypeId::of::<T>(), value: boxed(make())? });
        }
        Ok(())
    }

    #[cold]
    fn fill<T: StoreExtension>(&mut self, make: impl FnOnce() -> T) -> *mut T {
        assert!(self.0.is_none(), "a store's extension has one type");
        let filled = Filled { id: TypeId::of::<T>(), value: Box::new(make()) };
        (&raw mut *self.0.insert(filled).value).cast()
    }

    /// Sets how many handles there may be. What is made later is told when it is made.
    pub(crate) fn limit_handles(&mut self, most: usize) {
        if let Some(filled) = &mut self.0 {
            filled.value.limit_handles(most);
        }
    }

    /// Exchanges what belongs to a task.
    pub(crate) fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut TaskExtension) {
        if let Some(filled) = &mut self.0 {
            filled.value.exchange(globals, task);
        }
    }

    /// Ends what belongs to the task that runs.
    pub(crate) fn break_off(&mut self, globals: &mut Globals<'_>) {
        if let Some(filled) = &mut self.0 {
            filled.value.break_off(globals);
        }
    }
}
