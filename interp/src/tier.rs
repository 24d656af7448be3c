//! What an engine sees of the interpreter.

use crate::code;
use crate::exec::dispatch;
#[cfg(op_forms)]
use crate::exec::forms;
use crate::exec::places;
use crate::prepare;
use crate::prepared;
use crate::print;
use crate::translate;
use alloc::borrow::Cow;
use alloc::boxed::Box;
#[cfg(op_forms)]
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::{BodyForm, CodeForm};
use coracle_vm::internals;
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
        match record(module, func) {
            // What was prepared just now does not last.
            Some((form, record)) => prepared::code(module, func, form, &record, matches!(record, Cow::Borrowed(_))),
            None => translate::translate(module, func).ok().and_then(code::Code::into_raw),
        }
    }

    fn takes(&self, form: CodeForm) -> Result<()> {
        prepared::takes(form)
    }

    fn prepare(&self, module: &Module, func: DefinedFuncIndex, form: &mut CodeForm, sigs: &[u32]) -> Result<Vec<u8>> {
        prepare::prepare(module, func, form, sigs)
    }

    #[cfg(all(feature = "translate", op_forms))]
    fn form(&self, form: CodeForm) -> CodeForm {
        places::with_table(form)
    }

    fn body_start(&self, module: &Module, func: DefinedFuncIndex) -> usize {
        match record(module, func) {
            Some((_, record)) => prepared::origins(&record).map_or(0, |(start, _)| start as usize),
            None => module.body(func).1,
        }
    }

    fn op_offsets(&self, module: &Module, func: DefinedFuncIndex) -> Option<OpOffsets> {
        match record(module, func) {
            Some((_, record)) => prepared::origins(&record).map(|(_, ops)| OpOffsets { ops, ..OpOffsets::default() }),
            None => translate::offsets(module, func),
        }
    }

    fn drop_code(&self, code: *mut ()) {
        code::drop_made(code);
    }

    fn print_code(&self, module: &Module, func: DefinedFuncIndex) -> Result<String> {
        match module.data().form {
            BodyForm::Wasm => print::of(module, func),
            BodyForm::Prepared(_) => Err(Error::fault(ErrorKind::Unsupported, "prepared code is not printed")),
        }
    }

    fn loop_head(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> Option<LoopHead> {
        match module.data().form {
            BodyForm::Wasm => translate::loop_head(module, func, index),
            BodyForm::Prepared(_) => None,
        }
    }
}

/// The record of a function whose code was prepared, and its form. Tests may ask that all code is prepared first, as for a
/// machine with few ops and addresses of another size.
fn record(module: &Module, func: DefinedFuncIndex) -> Option<(CodeForm, Cow<'_, [u8]>)> {
    match module.data().form {
        BodyForm::Prepared(form) => Some((form, Cow::Borrowed(module.body(func).0))),
        BodyForm::Wasm if internals::settings(module.engine()).prepares => {
            let form = CodeForm { compact: true, word_bytes: 12 - places::OWN.word_bytes, ..places::OWN };
            let mut form = places::with_table(form);
            let sigs: Vec<u32> = module.data().types.values().map(|_| 0).collect();
            let record = prepare::prepare(module, func, &mut form, &sigs);
            Some((form, Cow::Owned(record.expect("code can be prepared for a machine that has all ops"))))
        }
        BodyForm::Wasm => None,
    }
}
