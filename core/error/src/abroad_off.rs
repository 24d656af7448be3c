//! What stands for `abroad` in builds without `anyhow`: an error's parts are what they are.

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;

/// An error that can go nowhere.
pub(crate) trait LeafAbroad {}

impl<E> LeafAbroad for E {}

/// A context that can go nowhere.
pub(crate) trait MessageAbroad {}

impl<M> MessageAbroad for M {}

/// The `E` that a leaf is.
pub(crate) fn find<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: &dyn Any) -> Option<&E> {
    leaf.downcast_ref()
}

/// The same, for change.
pub(crate) fn find_mut<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: &mut dyn Any) -> Option<&mut E> {
    leaf.downcast_mut()
}

/// The same, by value. `None` where there is none.
pub(crate) fn take<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: Box<dyn Any>) -> Option<E> {
    leaf.downcast().ok().map(|found| *found)
}
