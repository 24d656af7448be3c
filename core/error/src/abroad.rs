//! Parts of an error whose types `anyhow` may look for, and parts of ours that came from there.
//!
//! Both errors keep a type behind a trait object, and both let it be found again. So each part goes over by itself, with
//! its type: an error that crosses over and back is downcast to what it was downcast to before.
//! `abroad_off` stands in for this file in builds without the feature `anyhow`.

use alloc::boxed::Box;
use core::any::Any;
use core::error::Error as StdError;
use core::fmt;

/// An error of `anyhow`'s, as one of ours holds it.
#[derive(Debug)]
pub(crate) struct Visitor(pub(crate) anyhow::Error);

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Visitor {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// An error that can become `anyhow`'s with its type.
pub(crate) trait LeafAbroad {
    fn into_anyhow(self: Box<Self>) -> anyhow::Error;
}

impl<E: StdError + Send + Sync + 'static> LeafAbroad for E {
    fn into_anyhow(self: Box<Self>) -> anyhow::Error {
        let mut own = Some(*self);
        match (&mut own as &mut dyn Any).downcast_mut::<Option<Visitor>>().and_then(Option::take) {
            Some(visitor) => visitor.0,
            None => anyhow::Error::new(own.expect("only a visitor is taken")),
        }
    }
}

/// A context that can be added to `anyhow`'s with its type.
pub(crate) trait MessageAbroad {
    fn add_to(self: Box<Self>, error: anyhow::Error) -> anyhow::Error;
}

impl<M: fmt::Display + fmt::Debug + Send + Sync + 'static> MessageAbroad for M {
    fn add_to(self: Box<Self>, error: anyhow::Error) -> anyhow::Error {
        error.context(*self)
    }
}

/// The `E` that a leaf is, or that is in it.
pub(crate) fn find<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: &dyn Any) -> Option<&E> {
    match leaf.downcast_ref::<Visitor>() {
        Some(visitor) => (&visitor.0 as &dyn Any).downcast_ref().or_else(|| visitor.0.downcast_ref()),
        None => leaf.downcast_ref(),
    }
}

/// The same, for change.
pub(crate) fn find_mut<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: &mut dyn Any) -> Option<&mut E> {
    if !leaf.is::<Visitor>() {
        return leaf.downcast_mut();
    }
    let error = &mut leaf.downcast_mut::<Visitor>()?.0;
    if (error as &dyn Any).is::<E>() { (error as &mut dyn Any).downcast_mut() } else { error.downcast_mut() }
}

/// The same, by value. `None` where there is none.
pub(crate) fn take<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(leaf: Box<dyn Any>) -> Option<E> {
    match leaf.downcast::<Visitor>() {
        Ok(visitor) => {
            let mut error = Some(visitor.0);
            match (&mut error as &mut dyn Any).downcast_mut::<Option<E>>() {
                Some(itself) => itself.take(),
                None => error?.downcast().ok(),
            }
        }
        Err(leaf) => leaf.downcast().ok().map(|found| *found),
    }
}
