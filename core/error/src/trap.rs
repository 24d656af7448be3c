//! The table of trap codes, shared by the core and both tiers.
//!
//! One line per trap: variant, code, text. The text is Wasmtime's wording where Wasmtime has the trap, because the
//! specification's test scripts compare by prefix and embedders match on it.
//!
//! # Invariants
//! - A code is never 0 and never changes: compiled code and prepared artifacts carry it.

use crate::wording::TEXTS;
use core::fmt;

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why a guest was stopped.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(not(feature = "compact"), derive(Debug))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Trap { $($(#[$doc])* $name = $code,)* }

        impl Trap {
            /// The trap of a code, or `None` where no trap has it.
            pub const fn from_u8(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

traps! {
    /// The stack limit of the task or of the host was reached, or calls between the two nest too deep.
    StackOverflow = 1, "call stack exhausted";
    /// A load, store or bulk operation left its memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An atomic access was not aligned to its width.
    HeapMisaligned = 3, "unaligned atomic";
    /// A table access left its table: of an instruction, or of the host's.
    TableOutOfBounds = 4, "undefined element: out of bounds table access";
    /// An indirect call met a null entry.
    IndirectCallToNull = 5, "uninitialized element";
    /// An indirect call met a function of another type.
    BadSignature = 6, "indirect call type mismatch";
    /// A signed division or truncation overflowed.
    IntegerOverflow = 7, "integer overflow";
    /// An integer was divided by zero.
    IntegerDivisionByZero = 8, "integer divide by zero";
    /// A float that is not a number, or out of range, was converted to an integer.
    BadConversionToInteger = 9, "invalid conversion to integer";
    /// `unreachable` was executed.
    UnreachableCodeReached = 10, "wasm `unreachable` instruction executed";
    /// The epoch deadline passed.
    Interrupt = 11, "interrupt";
    /// The fuel was used up.
    OutOfFuel = 12, "all fuel consumed by WebAssembly";
    /// `memory.atomic.wait` on a memory that is not shared.
    AtomicWaitNonSharedMemory = 13, "atomic wait on non-shared memory";
    /// A null reference was used where none may be.
    NullReference = 14, "null reference";
    /// A component was entered after an earlier call into the store's components had trapped.
    CannotEnterComponent = 16, "cannot enter component instance";
    /// A component was left at a time when it may not: during `realloc` or `post-return`.
    CannotLeaveComponent = 17, "cannot leave component instance";
    /// An exception left the outermost frame of a call.
    UncaughtException = 20, "unhandled exception";
    /// The store's arena of references is full.
    ReferenceLimit = 21, "too many live references";
    /// The work that a guest makes the host do exceeded its allowance.
    HostcallFuel = 22, "too much data is being copied between the host and the guest";
    /// A string in guest memory lies outside it.
    StringOutOfBounds = 23, "string content out-of-bounds";
    /// A list in guest memory lies outside it.
    ListOutOfBounds = 24, "list content out-of-bounds";
    /// A discriminant names no case.
    InvalidDiscriminant = 25, "invalid variant discriminant";
    /// An integer is no Unicode scalar value.
    InvalidChar = 26, "invalid `char` bit pattern";
    /// A pointer is not aligned for what it points to.
    UnalignedPointer = 27, "unaligned pointer";
    /// A string is not valid in its encoding.
    InvalidString = 28, "invalid string encoding";
    /// A handle names nothing in its table.
    UnknownHandle = 29, "unknown handle index";
    /// A handle is of another resource type.
    HandleTypeMismatch = 30, "handle index used with the wrong type";
    /// An own handle was given away while it was lent.
    HandleLent = 31, "cannot remove owned resource while borrowed";
    /// A borrow outlived the call that it was made for.
    BorrowsRemain = 32, "borrow handles still remain at the end of the call";
    /// A borrow was used where an own handle is needed.
    NotOwned = 33, "cannot lift own resource from a borrow";
    /// `realloc` returned memory outside its memory.
    ReallocOutOfBounds = 34, "realloc return: beyond end of memory";
    /// `realloc` returned a pointer that is not aligned.
    ReallocUnaligned = 35, "realloc return: result not aligned";
    /// A string or list is longer than the canonical ABI allows.
    TooLong = 36, "string or list byte length exceeds the maximum";
    /// The handle table is full.
    HandleLimit = 37, "handle table is full";
    /// A guest would have to wait, and nothing can wake it.
    CannotBlockSyncTask = 39, "cannot block a synchronous task before returning";
    /// A pointer to spilled parameters or results lies outside its memory.
    PointerOutOfBounds = 40, "pointer out of bounds of memory";
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TEXTS {
            true => write!(f, "wasm trap: {}", self.text()),
            false => write!(f, "wasm trap {}", *self as u8),
        }
    }
}

/// `{:?}` says what `{}` does.
#[cfg(feature = "compact")]
impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Trap {}
