//! `Error`: one word wide, takes any error, carries context, downcasts.
//!
//! The shape is that of `anyhow`'s error, which is Wasmtime's too: an embedder's own error goes in through `?`,
//! travels through the guest, and comes out by [`Error::downcast_ref`]. What Coracle itself reports is a [`Fault`]
//! with an [`ErrorKind`] that can be matched on, and a byte offset where the input is at fault.
//!
//! # Invariants
//! - `size_of::<Error>()` is one pointer, so `Result<u32>` stays in registers.
//! - Nobody has to look at a message to tell errors apart.
//! - To make one never ends the process: where there is no memory for an error it is [`OutOfMemory`], which takes none;
//!   where there is none for a context or a message, it is left out.

use crate::abroad::{self, LeafAbroad, MessageAbroad};
use crate::room::{MaybeBox, text, try_box};
use crate::wording::{TEXTS, Wording};
use alloc::boxed::Box;
use alloc::string::String;
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
    /// An implementation limit was reached; the message names it.
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

impl ErrorKind {
    /// What there is to say of such an error where errors have no texts.
    fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Link => "link",
            Self::NotFound => "not found",
            Self::Type => "type",
            Self::Resource => "resource",
            Self::Trap => "trap",
            Self::Bug => "bug",
            Self::Other => "error",
        }
    }
}

/// An error that Coracle itself reports.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "compact"), derive(Debug))]
pub struct Fault {
    kind: ErrorKind,
    message: Wording,
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
        match TEXTS {
            true => self.message.fmt(f)?,
            false => f.write_str(self.kind.word())?,
        }
        match self.offset {
            Some(offset) => write!(f, " (at offset {offset:#x})"),
            None => Ok(()),
        }
    }
}

impl StdError for Fault {}

/// Any error, with the context it met on its way.
///
/// It is no [`core::error::Error`] itself, so that `?` can turn every such error into one; it dereferences to one.
pub struct Error(MaybeBox<Node>);

/// The host has no memory; [`Error::kind`] is `Resource`. It takes none itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl StdError for OutOfMemory {}

/// The errors of a chain, outermost first. See [`Error::chain`].
#[derive(Clone, Debug)]
pub struct Chain<'a>(Option<&'a (dyn StdError + 'static)>);

/// What an error is made of.
#[cfg_attr(not(feature = "compact"), derive(Debug))]
pub(crate) enum Node {
    Leaf(Box<dyn Leaf>),
    /// What was being done, as a value that can be downcast to, and what failed.
    Context(Box<dyn Message>, Error),
    /// There was no memory for any other.
    OutOfMemory,
}

/// What an error without a node is made of.
static NO_NODE: Node = Node::OutOfMemory;

/// What `{:?}` has for contexts.
#[cfg(not(feature = "compact"))]
pub(crate) trait Shown: fmt::Debug {}
#[cfg(not(feature = "compact"))]
impl<M: fmt::Debug> Shown for M {}

/// Nothing: code that nobody calls would be kept for it.
#[cfg(feature = "compact")]
pub(crate) trait Shown {}
#[cfg(feature = "compact")]
impl<M> Shown for M {}

/// `{:?}` says what `{}` does.
#[cfg(feature = "compact")]
macro_rules! debug_by_display {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
#[cfg(feature = "compact")]
debug_by_display! { Fault Node Boxed Text }

/// A context whose type can be found again.
pub(crate) trait Message: MessageAbroad + fmt::Display + Shown + Send + Sync + core::any::Any {
    fn any(&self) -> &dyn core::any::Any;
    fn any_mut(&mut self) -> &mut dyn core::any::Any;
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any>;
}

impl<M: fmt::Display + fmt::Debug + Send + Sync + 'static> Message for M {
    fn any(&self) -> &dyn core::any::Any {
        self
    }
    fn any_mut(&mut self) -> &mut dyn core::any::Any {
        self
    }
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any> {
        self
    }
}

/// An error whose own type can be found again.
pub(crate) trait Leaf: LeafAbroad + StdError + Send + Sync + core::any::Any {
    fn any(&self) -> &dyn core::any::Any;
    fn any_mut(&mut self) -> &mut dyn core::any::Any;
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any>;
    fn std(&self) -> &(dyn StdError + Send + Sync + 'static);
    fn std_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static);
    fn std_box(self: Box<Self>) -> Box<dyn StdError + Send + Sync>;
}

impl<E: StdError + Send + Sync + 'static> Leaf for E {
    fn any(&self) -> &dyn core::any::Any {
        self
    }
    fn any_mut(&mut self) -> &mut dyn core::any::Any {
        self
    }
    fn any_box(self: Box<Self>) -> Box<dyn core::any::Any> {
        self
    }
    fn std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }
    fn std_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }
    fn std_box(self: Box<Self>) -> Box<dyn StdError + Send + Sync> {
        self
    }
}

/// The outermost message: what a context node says where an error is asked for.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(error) => error.fmt(f),
            Self::Context(context, _) => context.fmt(f),
            Self::OutOfMemory => OutOfMemory.fmt(f),
        }
    }
}

impl StdError for Node {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Leaf(error) => error.source(),
            Self::Context(_, below) => Some(below.std()),
            Self::OutOfMemory => None,
        }
    }
}

/// An error that came in boxed: its type is no longer known.
#[cfg_attr(not(feature = "compact"), derive(Debug))]
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
#[cfg_attr(not(feature = "compact"), derive(Debug))]
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
        let Ok(leaf) = try_box(error) else { return Self::out_of_memory() };
        Self(try_box(Node::Leaf(leaf)).ok().into())
    }

    /// There is no memory for something.
    #[cold]
    pub const fn out_of_memory() -> Self {
        Self(MaybeBox::nothing())
    }

    /// Wraps an error that is already boxed.
    #[cold]
    pub fn from_boxed(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self::new(Boxed(error))
    }

    /// An error that is only a message.
    #[cold]
    pub fn msg(message: impl fmt::Display) -> Self {
        match text(message) {
            Some(message) => Self::new(Text(message)),
            None => Self::out_of_memory(),
        }
    }

    /// An error of Coracle's own.
    #[cold]
    pub fn fault(kind: ErrorKind, message: impl Into<Wording>) -> Self {
        Self::new(Fault { kind, message: message.into(), offset: None })
    }

    /// An error of Coracle's own whose message is put together; it is left out where there is no memory for it.
    #[cold]
    pub fn fault_args(kind: ErrorKind, message: fmt::Arguments<'_>) -> Self {
        Self::fault(kind, Wording::of(message))
    }

    /// An error of Coracle's own at a byte offset of the input.
    #[cold]
    pub fn fault_at(kind: ErrorKind, message: impl Into<Wording>, offset: u64) -> Self {
        Self::new(Fault { kind, message: message.into(), offset: Some(offset) })
    }

    /// Adds what was being done. The new text is printed first.
    #[cold]
    #[must_use]
    pub fn context(self, context: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        let Ok(context) = try_box(context) else { return self };
        match try_box(Node::Context(context, self)) {
            Ok(node) => Self(Some(node).into()),
            Err(Node::Context(_, below)) => below,
            Err(_) => Self(MaybeBox::nothing()),
        }
    }

    /// Adds an error of Coracle's own as context: its kind is the kind of the whole from now on.
    #[cold]
    #[must_use]
    pub fn as_fault(self, kind: ErrorKind, message: impl Into<Wording>) -> Self {
        self.context(Fault { kind, message: message.into(), offset: None })
    }

    /// The kind of the outermost error of Coracle's own; `Trap` for a trap, `Other` for an embedder's error.
    pub fn kind(&self) -> ErrorKind {
        if let Some(fault) = self.downcast_ref::<Fault>() {
            return fault.kind;
        }
        if self.is::<OutOfMemory>() {
            return ErrorKind::Resource;
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
            match at.node() {
                Node::OutOfMemory => return (&OutOfMemory as &dyn core::any::Any).downcast_ref(),
                Node::Leaf(error) => return abroad::find((**error).any()),
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
            match at.into_node() {
                Node::OutOfMemory => match abroad::take(Box::new(OutOfMemory)) {
                    Some(found) => return Ok(found),
                    None => unreachable!("the type was just tested"),
                },
                Node::Leaf(error) => match abroad::take(error.any_box()) {
                    Some(found) => return Ok(found),
                    None => unreachable!("the type was just tested"),
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

    /// The `E` in this error, for change. O(length of the chain).
    pub fn downcast_mut<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(&mut self) -> Option<&mut E> {
        let mut at = self;
        loop {
            match at.0.get_mut() {
                // Of no size, so that nothing is allocated and nothing is lost.
                None | Some(Node::OutOfMemory) => return abroad::find_mut(Box::leak(Box::new(OutOfMemory))),
                Some(Node::Leaf(error)) => return abroad::find_mut((**error).any_mut()),
                Some(Node::Context(context, _)) if (**context).any().is::<E>() => {
                    return (**context).any_mut().downcast_mut::<E>();
                }
                Some(Node::Context(_, below)) => at = below,
            }
        }
    }

    /// All errors of the chain, outermost first: contexts, the error, its sources.
    pub fn chain(&self) -> Chain<'_> {
        Chain(Some(self.std()))
    }

    /// The innermost error.
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        let mut cause: &(dyn StdError + 'static) = self.std();
        while let Some(below) = cause.source() {
            cause = below;
        }
        cause
    }

    /// The error as a box that any Rust program understands. Without context it is the error that went in.
    pub fn into_boxed_dyn_error(self) -> Box<dyn StdError + Send + Sync + 'static> {
        match self.into_node() {
            Node::Leaf(error) => error.std_box(),
            Node::OutOfMemory => Box::new(OutOfMemory),
            context @ Node::Context(..) => Box::new(context),
        }
    }

    /// What it is made of.
    pub(crate) fn into_node(self) -> Node {
        self.0.into_option().map_or(Node::OutOfMemory, |node| *node)
    }

    fn node(&self) -> &Node {
        self.0.get().unwrap_or(&NO_NODE)
    }

    fn std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        match self.node() {
            Node::Leaf(error) => (**error).std(),
            Node::OutOfMemory => &OutOfMemory,
            context @ Node::Context(..) => context,
        }
    }
}

impl core::ops::Deref for Error {
    type Target = dyn StdError + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        self.std()
    }
}

impl core::ops::DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self.0.get_mut() {
            None | Some(Node::OutOfMemory) => Box::leak(Box::new(OutOfMemory)),
            Some(Node::Leaf(error)) => (**error).std_mut(),
            Some(context @ Node::Context(..)) => context,
        }
    }
}

impl AsRef<dyn StdError> for Error {
    fn as_ref(&self) -> &(dyn StdError + 'static) {
        self.std()
    }
}

impl AsRef<dyn StdError + Send + Sync> for Error {
    fn as_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self.std()
    }
}

macro_rules! into_box {
    ($($error:ty;)*) => {$(
        impl From<Error> for Box<$error> {
            fn from(error: Error) -> Self {
                error.into_boxed_dyn_error()
            }
        }
    )*};
}

into_box! {
    dyn StdError + Send + Sync + 'static;
    dyn StdError + Send + 'static;
    dyn StdError + 'static;
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn StdError + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.0?;
        self.0 = error.source();
        Some(error)
    }
}

impl core::iter::FusedIterator for Chain<'_> {}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[cold]
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

/// The outermost message; with `{:#}` the whole chain, joined by colons.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chain = self.chain();
        if let Some(outermost) = chain.next() {
            write!(f, "{outermost}")?;
        }
        if f.alternate() {
            chain.try_for_each(|error| write!(f, ": {error}"))?;
        }
        Ok(())
    }
}

/// The outermost message, and below it what caused it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(not(feature = "compact"))]
        if f.alternate() {
            return f.debug_struct("Error").field("inner", self.node()).finish();
        }
        let causes = || self.chain().skip(1);
        write!(f, "{self}")?;
        match causes().count() {
            0 => Ok(()),
            1 => causes().try_for_each(|cause| write!(f, "\n\nCaused by:\n    {cause}\n")),
            _ => {
                f.write_str("\n\nCaused by:\n")?;
                causes().enumerate().try_for_each(|(i, cause)| writeln!(f, "{i:>5}: {cause}"))
            }
        }
    }
}

/// Adds context to a failure.
pub trait Context<T, E> {
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

impl<T, E: Into<Error>> Context<T, E> for core::result::Result<T, E> {
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

impl<T> Context<T, core::convert::Infallible> for Option<T> {
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

/// How [`format_err!`](crate::format_err) makes an [`Error`] of a value: by the first of three traits that fits the
/// value's type. Method look-up tries them in order, since each is implemented one reference further in than the one
/// before.
#[doc(hidden)]
pub mod make {
    use super::{Error, StdError, fmt};
    use core::marker::PhantomData;

    /// The type of a value, to look methods up by.
    pub struct TypeOf<E>(PhantomData<fn() -> E>);

    /// The type of a value.
    pub fn type_of<E>(_: &E) -> TypeOf<E> {
        TypeOf(PhantomData)
    }

    /// An [`Error`] stays what it is.
    pub trait OfOwn {
        fn coracle_error(&self, error: Error) -> Error {
            error
        }
    }
    impl OfOwn for &&TypeOf<Error> {}

    /// An error of `anyhow`'s keeps its parts.
    #[cfg(feature = "anyhow")]
    pub trait OfAnyhow {
        fn coracle_error(&self, error: anyhow::Error) -> Error {
            Error::from_anyhow(error)
        }
    }
    #[cfg(feature = "anyhow")]
    impl OfAnyhow for &&TypeOf<anyhow::Error> {}

    /// Any other error keeps its type.
    pub trait OfError<E: StdError + Send + Sync + 'static> {
        fn coracle_error(&self, error: E) -> Error {
            Error::new(error)
        }
    }
    impl<E: StdError + Send + Sync + 'static> OfError<E> for &TypeOf<E> {}

    /// All else is a message.
    pub trait OfMessage<M: fmt::Display> {
        fn coracle_error(&self, message: M) -> Error {
            Error::msg(message)
        }
    }
    impl<M: fmt::Display> OfMessage<M> for TypeOf<M> {}

    /// The traits without their names, which nothing in the embedder's expression may be taken for.
    pub mod by_type {
        #[cfg(feature = "anyhow")]
        pub use crate::error::make::OfAnyhow as _;
        pub use crate::error::make::{OfError as _, OfMessage as _, OfOwn as _};
    }
}

/// Makes an [`Error`] from a format string, an error, or anything that can be printed.
#[macro_export]
macro_rules! format_err {
    ($fmt:literal $(,)?) => { $crate::Error::msg(::core::format_args!($fmt)) };
    ($fmt:literal, $($args:tt)*) => { $crate::Error::msg(::core::format_args!($fmt, $($args)*)) };
    ($err:expr $(,)?) => {{
        #[allow(unused_imports)]
        use $crate::error::make::by_type::*;
        let error = $err;
        (&&&$crate::error::make::type_of(&error)).coracle_error(error)
    }};
}

/// Returns early with an [`Error`] made as by [`format_err!`](crate::format_err).
#[macro_export]
macro_rules! bail {
    ($($args:tt)*) => {{ return ::core::result::Result::Err($crate::format_err!($($args)*)) }};
}

/// Returns early with an [`Error`] unless the condition holds. Without a message it names the condition.
#[macro_export]
macro_rules! ensure {
    ($cond:expr $(,)?) => {
        $crate::ensure!($cond, ::core::concat!("Condition failed: `", ::core::stringify!($cond), "`"))
    };
    ($cond:expr, $($args:tt)*) => {{ if !$cond { $crate::bail!($($args)*) } }};
}

/// Our own bug: a panic where debug assertions are on, an error of kind [`ErrorKind::Bug`] elsewhere.
#[macro_export]
macro_rules! bug {
    ($($args:tt)*) => {{
        if cfg!(debug_assertions) {
            panic!("bug in coracle: {}", ::core::format_args!($($args)*));
        }
        $crate::Error::fault($crate::ErrorKind::Bug, $crate::wording!($($args)*))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

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
    fn without_memory() {
        let mut error = Error::out_of_memory();
        assert!(error.is::<OutOfMemory>() && error.downcast_mut::<OutOfMemory>().is_some());
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Resource, "out of memory".to_string()));
        let inner: &mut (dyn StdError + Send + Sync) = &mut *error;
        assert!(inner.is::<OutOfMemory>());
        let error = error.context("loading");
        assert_eq!(alloc::format!("{error:#}"), "loading: out of memory");
        assert_eq!(error.kind(), ErrorKind::Resource);
        assert_eq!(error.downcast::<OutOfMemory>().ok(), Some(OutOfMemory));
        assert!(Error::out_of_memory().into_boxed_dyn_error().is::<OutOfMemory>());
    }

    #[test]
    fn faults_carry_kind_and_offset() {
        let error = Error::fault_at(ErrorKind::Invalid, "bad magic", 4).context("loading");
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Invalid, Some(4)));
        assert_eq!(error.root_cause().to_string(), "bad magic (at offset 0x4)");
    }

    /// A type that is printed and is no error.
    #[derive(Debug)]
    struct Note(u8);

    impl fmt::Display for Note {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "note {}", self.0)
        }
    }

    #[test]
    fn made_of_what_it_is_given() {
        use crate::trap::Trap;
        assert_eq!(format_err!("{} of {}", 1, 2).to_string(), "1 of 2");
        assert!(format_err!(Trap::Interrupt).is::<Trap>());
        assert!(format_err!(Error::new(Trap::Interrupt).context("c")).is::<Trap>());
        assert_eq!(format_err!(String::from("text")).to_string(), "text");
        assert_eq!(format_err!(Note(3)).to_string(), "note 3");
        let ensured = |n: u8| -> Result<()> {
            ensure!(n > 1);
            ensure!(n > 2, "{n} is too little");
            Ok(())
        };
        let text = |n| ensured(n).unwrap_err().to_string();
        assert_eq!((text(1), text(2)), ("Condition failed: `n > 1`".to_string(), "2 is too little".to_string()));
        assert!(ensured(3).is_ok());
    }

    #[test]
    fn a_chain_goes_from_the_outside_in() {
        let mut error = Error::new(crate::trap::Trap::Interrupt).context(Note(1)).context("outermost");
        let chain: alloc::vec::Vec<String> = error.chain().map(ToString::to_string).collect();
        assert_eq!(chain, ["outermost", "note 1", "wasm trap: interrupt"]);
        if let Some(note) = error.downcast_mut::<Note>() {
            note.0 = 2;
        }
        let text = "outermost\n\nCaused by:\n    0: note 2\n    1: wasm trap: interrupt\n";
        assert_eq!(alloc::format!("{error:?}"), text);
        assert!(error.root_cause().is::<crate::trap::Trap>());
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("note 2"));
        let boxed: Box<dyn StdError + Send + Sync> = error.into();
        assert_eq!(boxed.to_string(), "outermost");
        assert!(Error::new(crate::trap::Trap::Interrupt).into_boxed_dyn_error().is::<crate::trap::Trap>());
    }
}
