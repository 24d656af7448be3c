//! `Error`: one word wide, takes any error, carries context, downcasts.
//!
//! The shape is that of `anyhow`'s error, which is Wasmtime's too: an embedder's own error goes in through `?`,
//! travels through the guest, and comes out by [`Error::downcast_ref`]. What Coracle itself reports is a [`Fault`]
//! with an [`ErrorKind`] that can be matched on, and a byte offset where the input is at fault.
//!
//! # Invariants
//! - `size_of::<Error>()` is one pointer, so `Result<u32>` stays in registers.
//! - Nobody has to look at a message to tell errors apart.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::error::Error as StdError;
use core::fmt;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What kind of thing went wrong, to be matched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a well-formed or valid module or component.
    Invalid,
    /// The bytes are valid, but use a feature that is off or not supported; the message names it.
    Unsupported,
    /// An implementation limit of [`limits`](crate::limits) was reached; the message names it.
    Limit,
    /// An import is provided by nothing, or by something of another type.
    Link,
    /// A name or handle does not lead to an export.
    NotFound,
    /// A value or a Rust type does not have the type that is asked for.
    Type,
    /// The host has no memory, address space or permission for it.
    Resource,
    /// The guest trapped; [`Error::downcast_ref`] finds the [`Trap`](crate::Trap).
    Trap,
    /// Coracle is at fault. Please report it.
    Bug,
    /// An error of the embedder's own.
    Other,
}

/// An error that Coracle itself reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: ErrorKind,
    message: Cow<'static, str>,
    offset: Option<u64>,
}

impl Fault {
    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
    /// Where in the input, in bytes from its start.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.offset {
            Some(offset) => write!(f, " (at offset {offset:#x})"),
            None => Ok(()),
        }
    }
}

impl StdError for Fault {}

/// Any error, with the context it met on its way.
pub struct Error(Box<Node>);

enum Node {
    Leaf(Box<dyn Leaf>),
    /// What was being done, as a value that can be downcast to, and what failed.
    Context(Box<dyn Message>, Error),
}

trait Message: fmt::Display + fmt::Debug + Send + Sync + core::any::Any {
    fn any(&self) -> &dyn core::any::Any;
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any>;
}

impl<M: fmt::Display + fmt::Debug + Send + Sync + 'static> Message for M {
    fn any(&self) -> &dyn core::any::Any {
        self
    }
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any> {
        self
    }
}

/// An error whose own type can be found again.
trait Leaf: StdError + Send + Sync + core::any::Any {
    fn any(&self) -> &dyn core::any::Any;
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any>;
    fn std(&self) -> &(dyn StdError + 'static);
}

impl<E: StdError + Send + Sync + 'static> Leaf for E {
    fn any(&self) -> &dyn core::any::Any {
        self
    }
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any> {
        self
    }
    fn std(&self) -> &(dyn StdError + 'static) {
        self
    }
}

/// An error that came in boxed: its type is no longer known.
#[derive(Debug)]
struct Boxed(Box<dyn StdError + Send + Sync>);
impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl StdError for Boxed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// A message that is an error by itself.
#[derive(Debug)]
struct Text(String);
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl StdError for Text {}

impl Error {
    /// Wraps an error of any type.
    #[cold]
    pub fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(Node::Leaf(Box::new(error))))
    }

    /// Wraps an error that is already boxed.
    #[cold]
    pub fn from_boxed(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self::new(Boxed(error))
    }

    /// An error that is only a message.
    #[cold]
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::new(Text(message.to_string()))
    }

    /// An error of Coracle's own.
    #[cold]
    pub fn fault(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fault { kind, message: message.into(), offset: None })
    }

    /// An error of Coracle's own at a byte offset of the input.
    #[cold]
    pub fn fault_at(kind: ErrorKind, message: impl Into<Cow<'static, str>>, offset: u64) -> Self {
        Self::new(Fault { kind, message: message.into(), offset: Some(offset) })
    }

    /// Adds what was being done. The new text is printed first.
    #[cold]
    #[must_use]
    pub fn context(self, context: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self(Box::new(Node::Context(Box::new(context), self)))
    }

    /// Adds an error of Coracle's own as context: its kind is the kind of the whole from now on.
    #[cold]
    #[must_use]
    pub fn as_fault(self, kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        self.context(Fault { kind, message: message.into(), offset: None })
    }

    /// The kind of the outermost error of Coracle's own; `Trap` for a trap, `Other` for an embedder's error.
    pub fn kind(&self) -> ErrorKind {
        if let Some(fault) = self.downcast_ref::<Fault>() {
            return fault.kind;
        }
        if self.is::<crate::trap::Trap>() { ErrorKind::Trap } else { ErrorKind::Other }
    }

    /// The byte offset in the input that the error points at.
    pub fn offset(&self) -> Option<u64> {
        self.downcast_ref::<Fault>().and_then(Fault::offset)
    }

    /// Whether an `E` is found, as the error itself or as context.
    pub fn is<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// The `E` in this error: the error itself, or a context of that type. O(length of the chain).
    pub fn downcast_ref<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(&self) -> Option<&E> {
        let mut at = self;
        loop {
            match &*at.0 {
                Node::Leaf(error) => return (**error).any().downcast_ref::<E>(),
                Node::Context(context, below) => match (**context).any().downcast_ref::<E>() {
                    Some(found) => return Some(found),
                    None => at = below,
                },
            }
        }
    }

    /// The `E` in this error by value, or the error unchanged.
    ///
    /// # Errors
    /// The error itself when there is no `E` in it.
    pub fn downcast<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(self) -> Result<E, Self> {
        if !self.is::<E>() {
            return Err(self);
        }
        let mut at = self;
        loop {
            match *at.0 {
                Node::Leaf(error) => match error.any_box().downcast::<E>() {
                    Ok(found) => return Ok(*found),
                    Err(_) => unreachable!("the type was just tested"),
                },
                Node::Context(context, below) => {
                    if (*context).any().is::<E>() {
                        if let Ok(found) = context.any_box().downcast::<E>() {
                            return Ok(*found);
                        }
                        unreachable!("the type was just tested");
                    }
                    at = below;
                }
            }
        }
    }

    /// The innermost error.
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        let mut cause = self.leaf().std();
        while let Some(next) = cause.source() {
            cause = next;
        }
        cause
    }

    /// Every line of the chain, outermost first: contexts, the error, its sources.
    pub fn chain_text(&self) -> alloc::vec::Vec<String> {
        let mut lines = alloc::vec::Vec::new();
        let mut at = self;
        loop {
            match &*at.0 {
                Node::Context(context, below) => {
                    lines.push(context.to_string());
                    at = below;
                }
                Node::Leaf(error) => {
                    let mut cause: Option<&(dyn StdError + 'static)> = Some(error.std());
                    while let Some(e) = cause {
                        lines.push(e.to_string());
                        cause = e.source();
                    }
                    return lines;
                }
            }
        }
    }

    fn leaf(&self) -> &dyn Leaf {
        let mut at = self;
        loop {
            match &*at.0 {
                Node::Leaf(error) => return &**error,
                Node::Context(_, below) => at = below,
            }
        }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[cold]
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

/// The outermost message; with `{:#}` the whole chain, joined by colons.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.write_str(&self.chain_text().join(": "));
        }
        match &*self.0 {
            Node::Leaf(error) => error.fmt(f),
            Node::Context(context, _) => context.fmt(f),
        }
    }
}

/// The outermost message, and below it what caused it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.chain_text();
        f.write_str(&lines[0])?;
        if lines.len() > 1 {
            f.write_str("\n\nCaused by:")?;
            for (i, line) in lines[1..].iter().enumerate() {
                write!(f, "\n    {i}: {line}")?;
            }
        }
        Ok(())
    }
}

/// Adds context to a failure.
pub trait Context<T> {
    /// Adds `context` if this failed.
    ///
    /// # Errors
    /// The failure, with the context on top.
    fn context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(self, context: C) -> Result<T>;

    /// Adds what `context` makes, computed only if this failed.
    ///
    /// # Errors
    /// The failure, with the context on top.
    fn with_context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(
        self,
        context: impl FnOnce() -> C,
    ) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for core::result::Result<T, E> {
    #[inline]
    fn context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(self, context: C) -> Result<T> {
        self.map_err(|e| e.into().context(context))
    }
    #[inline]
    fn with_context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(
        self,
        context: impl FnOnce() -> C,
    ) -> Result<T> {
        self.map_err(|e| e.into().context(context()))
    }
}

impl<T> Context<T> for Option<T> {
    #[inline]
    fn context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(self, context: C) -> Result<T> {
        self.ok_or_else(|| Error::msg(context))
    }
    #[inline]
    fn with_context<C: fmt::Display + fmt::Debug + Send + Sync + 'static>(
        self,
        context: impl FnOnce() -> C,
    ) -> Result<T> {
        self.ok_or_else(|| Error::msg(context()))
    }
}

/// Makes an [`Error`] from a format string, or from any error value.
#[macro_export]
macro_rules! format_err {
    ($fmt:literal $($args:tt)*) => { $crate::Error::msg(::core::format_args!($fmt $($args)*)) };
    ($err:expr $(,)?) => { $crate::Error::from($err) };
}

/// Returns early with an [`Error`] made as by [`format_err!`](crate::format_err).
#[macro_export]
macro_rules! bail {
    ($($args:tt)*) => { return ::core::result::Result::Err($crate::format_err!($($args)*)) };
}

/// Returns early with an [`Error`] unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($cond:expr, $($args:tt)*) => { if !$cond { $crate::bail!($($args)*) } };
}

/// Our own bug: a panic where debug assertions are on, an error of kind [`ErrorKind::Bug`] elsewhere.
#[macro_export]
macro_rules! bug {
    ($($args:tt)*) => {{
        let message = ::alloc::format!($($args)*);
        if cfg!(debug_assertions) {
            panic!("bug in coracle: {message}");
        }
        $crate::Error::fault($crate::ErrorKind::Bug, message)
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_and_found_again() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
        let error = Error::new(crate::trap::Trap::OutOfFuel).context("running `f`").context(7_u32);
        assert_eq!(error.downcast_ref::<crate::trap::Trap>(), Some(&crate::trap::Trap::OutOfFuel));
        assert_eq!(error.downcast_ref::<u32>(), Some(&7));
        assert_eq!(error.kind(), ErrorKind::Trap);
        assert_eq!(alloc::format!("{error:#}"), "7: running `f`: wasm trap: all fuel consumed by WebAssembly");
        assert_eq!(error.downcast::<crate::trap::Trap>().ok(), Some(crate::trap::Trap::OutOfFuel));
    }

    #[test]
    fn faults_carry_kind_and_offset() {
        let error = Error::fault_at(ErrorKind::Invalid, "bad magic", 4).context("loading");
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Invalid, Some(4)));
        assert_eq!(error.root_cause().to_string(), "bad magic (at offset 0x4)");
    }
}
