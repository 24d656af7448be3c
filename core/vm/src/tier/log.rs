//! The tier log: what an embedder is told when a function changes its tier.

use crate::demangle::Demangled;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use coracle_image::printable::Printable;
use core::fmt;

/// Receives the log. Called on whichever thread the change happens, the compiler's worker included. Its panics end where
/// it was called.
pub type TierLog = Arc<dyn Fn(&TierEvent) + Send + Sync>;

/// A change of tier, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierEvent {
    /// When, in microseconds since the engine was made.
    pub at_us: u64,
    /// Which of the engine's compile threads tells it, from 1 on; 0: whoever runs the guest.
    pub thread: u32,
    /// The module's name, where its name section tells one.
    pub module: Option<Box<str>>,
    /// The function, in its module's index space.
    pub func: u32,
    /// The function's name, where the name section tells one.
    pub name: Option<String>,
    /// What happened.
    pub change: TierChange,
}

/// What happened to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TierChange {
    /// It is hot, and waits for the compiler.
    Queued,
    /// It was queued and has cooled: it is interpreted until it is hot again.
    Cooled,
    /// Its native code is published: the next call runs it.
    Promoted {
        /// Bytes of machine code.
        code_bytes: u32,
        /// Microseconds that compiling took.
        compile_us: u64,
    },
    /// Native code of a loop is ready for frames that run in it.
    LoopCompiled {
        /// Which loop, in the order of the body's `loop` operators.
        index: u32,
        /// Bytes of machine code of the loop's own function.
        code_bytes: u32,
        /// Microseconds that compiling took.
        compile_us: u64,
    },
    /// A running loop goes on in native code.
    LoopEntered {
        /// Which loop, in the order of the body's `loop` operators.
        index: u32,
        /// Bytes of machine code of the loop's own function.
        code_bytes: u32,
    },
    /// The compiler does not take it; it stays in the interpreter.
    Refused {
        /// Why.
        reason: String,
    },
}

/// One line: `lua::luaV_execute (func 812): promoted, 18332 bytes in 9210 µs`.
impl fmt::Display for TierEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = Printable(self.module.as_deref().unwrap_or("module"));
        match &self.name {
            Some(name) => write!(f, "{module}::{} (func {}): ", Printable(Demangled(name)), self.func)?,
            None => write!(f, "{module}::func {}: ", self.func)?,
        }
        match &self.change {
            TierChange::Queued => f.write_str("queued"),
            TierChange::Cooled => f.write_str("cooled"),
            TierChange::Promoted { code_bytes, compile_us } => {
                write!(f, "promoted, {code_bytes} bytes in {compile_us} µs")
            }
            TierChange::LoopCompiled { index, code_bytes, compile_us } => {
                write!(f, "loop {index} compiled, {code_bytes} bytes in {compile_us} µs")
            }
            TierChange::LoopEntered { index, code_bytes } => {
                write!(f, "on-stack replacement in loop {index}, {code_bytes} bytes")
            }
            TierChange::Refused { reason } => write!(f, "stays in the interpreter: {reason}"),
        }
    }
}
