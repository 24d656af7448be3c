//! THE SEAM: all that a tier must read.
//!
//! A tier runs bodies. There are two kinds: an [`Interpreter`], which an engine always has, and a [`Compiler`], which
//! it may have. They do not know each other: both read the body of a function through [`FuncBody`](crate::body::FuncBody), the state of an
//! instance through [`vmctx`], call the runtime through [`builtin`], and meet in the [`Slot`] of a function.
//!
//! # How a call crosses
//! One convention is shared by interpreter, native code and host: the *array convention*, [`ArrayEntry`]. Arguments
//! lie in cells of the task's [`Stack`](stack), results replace them from the same cell on:
//! - `cells` points into the task's stack; [`ENTRY_HEADER_CELLS`] cells below it belong to the callee as well.
//! - The caller leaves everything from `cells` to the stack's end to the callee; what the callee needs beyond it
//!   checks against [`VmStore::stack_end`].
//! - While code other than the interpreter's runs, [`VmStore::stack_top`] is the first free cell. An entry that
//!   changes it restores it before it returns. A nested entry starts its cells at
//!   `stack_top + ENTRY_HEADER_CELLS`.
//! - The callee returns a [`Status`]. With `Trap`, [`VmStore::trap`] tells why, or a host error is pending in the
//!   store. With `TailCall`, [`VmStore::tail`] names the function to go on with, its arguments lie at the same
//!   `cells`, and whoever called the entry makes that call. With `Suspended`, a host function below waits: whoever has
//!   frames that can stay where they are leaves in [`VmStore::suspended`] what it goes on with, and returns
//!   `Suspended` in its turn; whoever has not ends the call with `Trap::CannotBlockSyncTask`.
//!
//! # Promotion
//! A slot is cold, then queued, then published or refused. What has cooled while it waited is cold again; nothing else
//! leads back. The interpreter counts heat at entries and loop heads; when it runs out it asks the engine's
//! [`Compiler`]. The [`TierStrategy`] says how much heat there is and what becomes of what is hot. The compiler publishes by
//! [`Slot::publish`], the only writer of a slot's entries. Interpreter code stays valid for ever.
//!
//! # What is absent
//! No tier's type, no `cfg` of a tier, no code that runs a guest.

pub mod builtin;
pub mod frame;
pub mod log;
pub mod slot;
pub mod stack;
pub mod status;
pub mod strategy;
pub mod vmctx;

pub use builtin::Builtins;
pub use frame::{CellLoc, LoopHead};
pub use log::{TierChange, TierEvent, TierLog};
pub use slot::{ArrayEntry, CodeBlock, Promotion, Slot, Stubs};
pub use stack::{ENTRY_HEADER_CELLS, Stack};
pub use status::Status;
pub use strategy::{LoopChoice, TierStrategy, When};
pub use vmctx::{
    Known, NativeStack, SuspendPoint, TailTarget, TrapRecord, VmCtx, VmFuncRef, VmGlobal, VmLayout, VmMemory, VmStore,
    VmTable, VmTag,
};

use crate::module::Module;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::CodeForm;

/// Goes on in a task that was left by `Suspended`, as if the call that waited had now returned this status: `Done`,
/// with its results in place; `Throw`, with the exception on its way; `Trap`, with the reason in place.
///
/// Arguments: the store, whose running task that is; where the task was left.
pub type ResumeEntry = unsafe extern "C" fn(store: *mut VmStore, at: *const SuspendPoint, status: Status) -> Status;

/// Where the ops of a function's interpreter code come from. Places are as the interpreter counts them.
#[derive(Debug, Default)]
pub struct OpOffsets {
    /// Places in the code, ascending, each with an offset in the module's binary.
    pub ops: Vec<(u32, u32)>,
    /// Bodies of callees that it runs in its own frame, inner ones before those that they are in.
    pub inlined: Vec<InlinedBody>,
    /// Where fuel was charged ahead.
    pub prepaid: Vec<Prepaid>,
}

/// Places where fuel was charged for what comes behind them as well: what traps there gets it back.
#[derive(Clone, Copy, Debug)]
pub struct Prepaid {
    /// The first place.
    pub start: u32,
    /// The first place behind.
    pub end: u32,
    /// How much was charged ahead.
    pub fuel: u64,
}

/// The body of a callee that the code of its caller holds.
#[derive(Clone, Copy, Debug)]
pub struct InlinedBody {
    /// Its first place.
    pub start: u32,
    /// The first place behind.
    pub end: u32,
    /// Whose body it is.
    pub func: DefinedFuncIndex,
    /// The call's offset in the module's binary.
    pub call: u32,
}

/// The tier that every engine has.
pub trait Interpreter: Send + Sync {
    /// The array entry that runs a slot's body in this interpreter.
    fn entry(&self) -> ArrayEntry;

    /// What goes on where this interpreter's frames were left in the middle.
    fn resume(&self) -> ResumeEntry;

    /// What a slot's `code` word points at before there is code, and after there is native code.
    fn stubs(&self) -> Stubs;

    /// Makes the code of a function, for [`Slot::offer_code`]; nothing where the body cannot be translated: a limit, or a
    /// feature that is off. Code that no slot took is the caller's to free.
    ///
    /// The interpreter asks for it itself, at a function's first call: what runs code knows of nothing that makes it.
    fn make_code(&self, module: &Module, func: DefinedFuncIndex) -> Option<*mut ()>;

    /// Whether this interpreter can run code that was prepared in this form.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported`, with what does not fit.
    fn takes(&self, form: CodeForm) -> Result<()> {
        let _ = form;
        Err(Error::fault(ErrorKind::Unsupported, "this build runs no code that was prepared"))
    }

    /// Makes code of a function to be run elsewhere: what a body of a module in [`BodyForm::Prepared`] is. `sigs` are the
    /// numbers that an engine that has loaded nothing else gives to the module's types, in their order. What of its features
    /// a build may be without is noted in the form where the code takes it.
    ///
    /// [`BodyForm::Prepared`]: coracle_image::module::BodyForm::Prepared
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for an op that the form does not number, and in builds that know no ops by name.
    fn prepare(&self, module: &Module, func: DefinedFuncIndex, form: &mut CodeForm, sigs: &[u32]) -> Result<Vec<u8>> {
        let _ = (module, func, form, sigs);
        Err(Error::fault(ErrorKind::Unsupported, "this build prepares no code"))
    }

    /// A form with the table of ops that this build has.
    fn form(&self, form: CodeForm) -> CodeForm {
        form
    }

    /// Where a function's body began in the binary, also where it was prepared.
    fn body_start(&self, module: &Module, func: DefinedFuncIndex) -> usize {
        module.body(func).1
    }

    /// Where the ops of a function come from. Costs a translation, but where it was prepared.
    fn op_offsets(&self, module: &Module, func: DefinedFuncIndex) -> Option<OpOffsets>;

    /// Frees code that this interpreter stored in a slot.
    ///
    /// Called once per slot, when its module dies, never with a stub.
    fn drop_code(&self, code: *mut ());

    /// The code of a function as text, one op per line.
    ///
    /// # Errors
    /// When the body cannot be translated: a limit, or a feature that is off.
    fn print_code(&self, module: &Module, func: DefinedFuncIndex) -> Result<String>;

    /// Where everything lies at the head of loop number `index`, if the function has so many. Costs a translation.
    fn loop_head(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> Option<LoopHead>;
}

/// What a compiler answers when a function is hot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Go on in the interpreter, and ask again when this much more heat has been spent.
    Wait(i32),
    /// Go on in the interpreter, and do not ask again.
    Never,
    /// The function is published: call it through its slot.
    Published,
}

/// The tier that an engine may have besides.
pub trait Compiler: Send + Sync {
    /// A function's entries have run out of heat. Compiles at once, queues it, or refuses.
    fn call_hot(&self, module: &Module, func: DefinedFuncIndex) -> Reply;

    /// A loop has run out of heat: the entry that takes the frame over at its head, or how long to wait for it. Loops
    /// are numbered as in [`LoopHead::index`].
    ///
    /// The entry follows the array convention with `cells` at the interpreter's frame, laid out as
    /// [`Interpreter::loop_head`] says; it runs the rest of the function and leaves the function's results at `cells`.
    /// `VmStore::stack_top` must lie beyond the frame before it is called.
    ///
    /// # Errors
    /// How long to wait before asking again; `Reply::Never` when this loop stays where it is.
    fn loop_hot(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> core::result::Result<ArrayEntry, Reply>;

    /// A module was loaded: an eager compiler compiles all of it now.
    ///
    /// # Errors
    /// When code memory cannot be had. A body that cannot be compiled is no error.
    fn module_loaded(&self, module: &Module) -> Result<()>;

    /// A module dies: nothing refers to its code any more, and what belongs to it can be freed.
    fn module_dropped(&self, key: usize);

    /// What has happened since it was asked for before, as far as it is still known, oldest first.
    fn take_events(&self) -> Vec<TierEvent> {
        Vec::new()
    }

    /// Gives back what the process has of all compilers together: handlers of signals. Faults of native code are nobody's
    /// from then on, until another compiler is made.
    fn leave_process(&self) {}
}
