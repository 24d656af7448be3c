//! From `anyhow`'s error to ours and back, with the feature `anyhow`.
//!
//! `?` turns ours into `anyhow`'s. The other way there can be no `From`: the compiler must expect that `anyhow` makes its
//! error a [`core::error::Error`] one day, and those are turned already. So one writes
//! [`to_wasmtime_result`](ToWasmtimeResult::to_wasmtime_result) or [`Error::from_anyhow`].

use crate::abroad::Visitor;
use crate::convert::ToWasmtimeResult;
use crate::error::{Error, Node, OutOfMemory, Result};

impl<T> ToWasmtimeResult<T> for anyhow::Result<T> {
    fn to_wasmtime_result(self) -> Result<T> {
        self.map_err(Error::from_anyhow)
    }
}

impl Error {
    /// Takes an error of `anyhow`'s: it is found by [`Error::is`] and its kin, and so is all that is found in it.
    #[cold]
    pub fn from_anyhow(error: anyhow::Error) -> Self {
        Self::new(Visitor(error))
    }
}

/// Contexts and the error keep their types; what came from `anyhow` is itself again.
impl From<Error> for anyhow::Error {
    #[cold]
    fn from(error: Error) -> Self {
        let mut contexts = alloc::vec::Vec::new();
        let mut at = error;
        loop {
            match at.into_node() {
                Node::Context(context, below) => {
                    contexts.push(context);
                    at = below;
                }
                leaf => {
                    let inner = match leaf {
                        Node::Leaf(leaf) => leaf.into_anyhow(),
                        _ => anyhow::Error::new(OutOfMemory),
                    };
                    return contexts.into_iter().rev().fold(inner, |error, context| context.add_to(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context as _, Trap};
    use alloc::string::{String, ToString};

    fn ours() -> Error {
        Error::new(Trap::Interrupt).context(7_u32).context("outermost")
    }

    /// What each chain says, outermost first.
    fn said<'a>(chain: impl Iterator<Item = &'a (dyn core::error::Error + 'static)>) -> alloc::vec::Vec<String> {
        chain.map(ToString::to_string).collect()
    }

    #[test]
    fn there_by_the_question_mark() {
        let there = || -> anyhow::Result<()> { Err(ours())? };
        let there = there().unwrap_err();
        assert_eq!(said(there.chain()), ["outermost", "7", "wasm trap: interrupt"]);
        assert_eq!(there.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
        assert_eq!(there.downcast_ref::<u32>(), Some(&7));
    }

    #[test]
    fn back_with_everything_in_it() {
        let error = anyhow::Error::new(Trap::OutOfFuel).context("above");
        let mut back = Err::<(), _>(error).to_wasmtime_result().context("on top").unwrap_err();
        assert!(back.is::<anyhow::Error>() && back.is::<Trap>());
        assert_eq!(said(back.chain()), ["on top", "above", "wasm trap: all fuel consumed by WebAssembly"]);
        assert_eq!(back.kind(), crate::ErrorKind::Trap);
        *back.downcast_mut::<Trap>().expect("it is in there") = Trap::Interrupt;
        assert!(back.downcast_mut::<anyhow::Error>().is_some());
        let itself = back.downcast::<anyhow::Error>().expect("it is one");
        assert_eq!(itself.downcast::<Trap>().ok(), Some(Trap::Interrupt));
        assert_eq!(
            Error::from_anyhow(anyhow::Error::new(Trap::Interrupt)).downcast::<Trap>().ok(),
            Some(Trap::Interrupt)
        );
    }

    #[test]
    fn around_and_back_is_the_same() {
        let error = anyhow::Error::new(Trap::OutOfFuel);
        let around = anyhow::Error::from(Error::from_anyhow(error).context("new"));
        assert_eq!(said(around.chain()), ["new", "wasm trap: all fuel consumed by WebAssembly"]);
        assert!(around.downcast_ref::<Trap>().is_some());
        assert!(Error::from_anyhow(anyhow::Error::from(ours())).is::<u32>());
    }

    #[test]
    fn macros_take_it_for_what_it_is() {
        let made = crate::format_err!(anyhow::Error::new(Trap::Interrupt));
        assert!(made.is::<Trap>() && made.is::<anyhow::Error>());
    }
}
