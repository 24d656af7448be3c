//! What an engine sees of the interpreter.

use crate::code;
use crate::exec::dispatch;
#[cfg(op_forms)]
use crate::exec::forms;
use crate::print;
use crate::translate;
use alloc::boxed::Box;
#[cfg(op_forms)]
use alloc::format;
use alloc::string::String;
use coracle_error::Result;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::Module;
use coracle_vm::tier::{ArrayEntry, Interpreter, LoopHead, OpOffsets, ResumeEntry, Stubs};

/// The interpreter, to make an engine of.
pub fn tier() -> Box<dyn Interpreter> {
    Box::new(Interp)
}

/// Which dispatcher this build has: `tail` or `loop`.
pub const DISPATCHER: &str = if cfg!(tail_dispatch) { "tail" } else { "loop" };

/// How often each op, and each pair of ops, was dispatched in this process so far, as text: the `most` frequent ones.
#[cfg(feature = "profile-ops")]
pub fn profile(most: usize) -> String {
    crate::exec::profile::report(most)
}

/// Translates a function, as its first call would, and drops the code; how many bytes it took. For tests and figures.
///
/// # Errors
/// When the body cannot be translated: a limit, or a feature that is off.
pub fn translate(module: &Module, func: DefinedFuncIndex) -> Result<usize> {
    translate::translate(module, func).map(|code| code.bytes())
}

/// All ops in all forms, as printed code names them. For tests, which ask what of it ever occurs.
#[cfg(op_forms)]
pub fn ops() -> impl Iterator<Item = String> {
    forms::all().filter_map(forms::form_of).map(|(row, form)| match form.name {
        "" => row.text().into(),
        name => format!("{}_{name}", row.text()),
    })
}

/// The code word of each op, in the order of [`ops`]: where handlers jump to each other, the address of its handler. For
/// tests, which read the machine code there.
#[cfg(op_forms)]
pub fn code_words() -> impl Iterator<Item = u64> {
    forms::all().map(dispatch::code_word)
}

struct Interp;

impl Interpreter for Interp {
    fn entry(&self) -> ArrayEntry {
        dispatch::entry()
    }

    fn resume(&self) -> ResumeEntry {
        dispatch::resume()
    }

    fn stubs(&self) -> Stubs {
        dispatch::stubs()
    }

    fn make_code(&self, module: &Module, func: DefinedFuncIndex) -> Option<*mut ()> {
        translate::translate(module, func).ok().and_then(code::Code::into_raw)
    }

    fn op_offsets(&self, module: &Module, func: DefinedFuncIndex) -> Option<OpOffsets> {
        translate::offsets(module, func)
    }

    fn drop_code(&self, code: *mut ()) {
        code::drop_made(code);
    }

    fn print_code(&self, module: &Module, func: DefinedFuncIndex) -> Result<String> {
        print::of(module, func)
    }

    fn loop_head(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> Option<LoopHead> {
        translate::loop_head(module, func, index)
    }
}
