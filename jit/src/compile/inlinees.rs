//! Which calls of a body are replaced by the bodies that they call: small functions of the same module, and of others what
//! an import was linked to in the module's first instance.
//!
//! # Invariants
//! - What is in the map can stand anywhere: its operators mean the same in the middle of another one's code.

use crate::compile::sig::{self, results_in_memory};
use crate::trap::{INLINED, Inlined, InlinedCall, Place};
use coracle_image::entity::{DefinedFuncIndex, FuncIndex};
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use coracle_vm::module::{Module, Slots};
use coracle_vm::signatures::Signature;
use coracle_vm::tier::{Promotion, When};
use coracle_vm::tuning::{
    INLINED_BODY_BYTES, INLINED_BODY_BYTES_ACROSS, INLINED_DEPTH, INLINED_FUNCTIONS, INLINED_LOCALS,
    Inlining as Setting,
};
use hashbrown::HashMap;
use wasmparser::{BinaryReader, FunctionBody, Operator as O};

/// A function that may stand in the place of calls of it.
pub(crate) struct Inlinee {
    pub(crate) module: Module,
    pub(crate) func: DefinedFuncIndex,
    /// Whether it is known by its import only.
    pub(crate) linked: bool,
}

/// All that one compilation may put in the place of calls, by the module that calls and what it calls there.
#[derive(Default)]
pub(crate) struct Inlinees(HashMap<(usize, FuncIndex), Inlinee>);

/// What the code of one function has of other modules.
#[derive(Default)]
pub(crate) struct Foreign {
    /// Slots whose addresses stand in it.
    pub(crate) slots: Vec<Slots>,
    /// Types whose numbers stand in it, or in a name of a stub.
    pub(crate) signatures: Vec<Signature>,
}

/// What has been put in the place of calls so far, in one compilation.
#[derive(Default)]
pub(crate) struct Inlining {
    /// Functions whose code is being made, but for the outermost.
    pub(crate) open: Vec<(usize, DefinedFuncIndex)>,
    /// Bytes of all bodies put in.
    pub(crate) bytes: usize,
    pub(crate) places: Vec<Place>,
    #[expect(clippy::vec_box, reason = "code holds the calls' addresses")]
    pub(crate) calls: Vec<Box<InlinedCall>>,
    pub(crate) foreign: Foreign,
}

impl Inlining {
    /// What the code's places mean; nothing where nothing was put in.
    pub(crate) fn finish(self) -> (Option<Box<Inlined>>, Foreign) {
        let inlined =
            (!self.calls.is_empty()).then(|| Box::new(Inlined { places: self.places.into(), _calls: self.calls }));
        (inlined, self.foreign)
    }
}

impl Inlinees {
    /// Those of a body, and of what stands in the place of its calls.
    pub(crate) fn of(module: &Module, func: DefinedFuncIndex) -> Self {
        let mut all = Self::default();
        let inlining = internals::settings(module.engine()).inlining;
        if inlining == Setting::No {
            return all;
        }
        let mut bodies = vec![(module.clone(), func)];
        for _ in 0..INLINED_DEPTH {
            for (module, func) in std::mem::take(&mut bodies) {
                each_call(&FuncBody::of(&module, func), |callee| {
                    let key = (module.key(), callee);
                    if all.0.len() >= INLINED_FUNCTIONS || all.0.contains_key(&key) {
                        return;
                    }
                    if let Some(inlinee) = candidate(&module, callee, inlining) {
                        bodies.push((inlinee.module.clone(), inlinee.func));
                        all.0.insert(key, inlinee);
                    }
                });
            }
        }
        all
    }

    /// What may stand in the place of a call of `callee` in `module`.
    pub(crate) fn get(&self, module: &Module, callee: FuncIndex) -> Option<&Inlinee> {
        self.0.get(&(module.key(), callee))
    }
}

/// Calls `each` with what a body calls by its number.
fn each_call(body: &FuncBody<'_>, mut each: impl FnMut(FuncIndex)) {
    each_operator(body, |op| {
        if let O::Call { function_index } = *op {
            each(FuncIndex::from_u32(function_index));
        }
        true
    });
}

/// Whether an operator enters another function.
pub(crate) fn is_call(op: &O<'_>) -> bool {
    matches!(op, O::Call { .. } | O::CallIndirect { .. } | O::CallRef { .. }) || is_tail_call(op)
}

fn is_tail_call(op: &O<'_>) -> bool {
    matches!(op, O::ReturnCall { .. } | O::ReturnCallIndirect { .. } | O::ReturnCallRef { .. })
}

/// Calls `each` with a body's operators while it says yes; whether it always did.
pub(crate) fn each_operator(body: &FuncBody<'_>, mut each: impl FnMut(&O<'_>) -> bool) -> bool {
    let reader = FunctionBody::new(BinaryReader::new(body.bytes, body.offset as u64));
    let Ok(operators) = reader.get_operators_reader() else { return false };
    operators.into_iter().all(|op| op.is_ok_and(|op| each(&op)))
}

fn candidate(module: &Module, callee: FuncIndex, inlining: Setting) -> Option<Inlinee> {
    let inlinee = match module.defined(callee) {
        Some(_) if inlining != Setting::Yes => return None,
        Some(func) => Inlinee { module: module.clone(), func, linked: false },
        None => {
            let (module, func) = module.linked(callee)?;
            Inlinee { module, func, linked: true }
        }
    };
    let body = FuncBody::of(&inlinee.module, inlinee.func);
    let inlined_before = !inlinee.linked && !inlinee.module.is_written_here();
    let most = if inlined_before { INLINED_BODY_BYTES } else { INLINED_BODY_BYTES_ACROSS };
    let fits = body.bytes.len() <= most && !results_in_memory(body.ty) && sig::check(body.ty).is_ok();
    (fits && is_used(&inlinee) && can_stand_elsewhere(&body)).then_some(inlinee)
}

/// Whether the function has ever run, as far as anybody has counted.
fn is_used(inlinee: &Inlinee) -> bool {
    let slot = inlinee.module.slot(inlinee.func);
    let counted = internals::strategy(inlinee.module.engine()).when() == When::Behind;
    !counted || slot.calls() > 0 || slot.promotion() != Promotion::Cold
}

/// Whether all operators of a body mean the same in the middle of another one's code. Tail calls would leave that too,
/// and so would what is thrown; numbers of types stay at home, but for those of calls.
fn can_stand_elsewhere(body: &FuncBody<'_>) -> bool {
    // Places in larger binaries look like those of inlined operators.
    body.offset < INLINED as usize
        && locals(body).is_some_and(|count| count <= INLINED_LOCALS)
        && each_operator(body, |op| {
            let throws = matches!(op, O::TryTable { .. } | O::Throw { .. } | O::ThrowRef);
            !throws && !is_tail_call(op) && !matches!(op, O::CallIndirect { .. } | O::CallRef { .. })
        })
}

/// How many locals a body declares: a few bytes can name any number.
fn locals(body: &FuncBody<'_>) -> Option<u32> {
    let reader = FunctionBody::new(BinaryReader::new(body.bytes, body.offset as u64)).get_locals_reader().ok()?;
    reader.into_iter().try_fold(0_u32, |sum, local| sum.checked_add(local.ok()?.0))
}
