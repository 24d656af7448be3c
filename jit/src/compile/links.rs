//! What the code of one module can name: its own functions, and the stubs that it shares.
//!
//! # Invariants
//! - L1. Code names what its own batch defines, or what is in place: never what another batch is about to define.

use crate::compile::refusal::Refusal;
use crate::compile::sig;
use coracle_error::shared;
use coracle_image::entity::{DefinedFuncIndex, SigId};
use coracle_image::module::FuncType;
use coracle_vm::internals;
use coracle_vm::module::Module;
use cranelift_codegen::ir::{ExtFuncData, ExternalName, FuncRef, Function, Signature, UserExternalName};
use cranelift_codegen::isa::CallConv;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module as _, ModuleReloc};
use hashbrown::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A stub: of each function type, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stub {
    /// The array entry of native bodies of this type.
    Array(SigId),
    /// From native code to whatever a slot's array entry is.
    Bounce(SigId),
    /// From native code to what a reference leads to, of which it knows nothing yet.
    Meet(SigId),
    /// From cells to the native entry of a slot: where a tail call goes on.
    Resume(SigId),
    /// Asks whether a guest may go on that has no fuel left.
    OutOfFuel,
    /// Asks whether one may go on whose epoch is over.
    NewEpoch,
}

/// The functions of one module's native code that are in place, and where more are put.
pub(crate) struct Names {
    jit: JITModule,
    direct: HashMap<DefinedFuncIndex, FuncId>,
    stubs: HashMap<Stub, FuncId>,
}

impl Names {
    /// None yet.
    pub(crate) fn new(jit: JITModule) -> Self {
        Self { jit, direct: HashMap::new(), stubs: HashMap::new() }
    }

    /// Puts a function where it will be, still writable.
    pub(crate) fn define(
        &mut self,
        id: FuncId,
        align: u64,
        bytes: &[u8],
        relocs: &[ModuleReloc],
    ) -> Result<(), Refusal> {
        self.jit.define_function_bytes(id, align, bytes, relocs).map_err(Refusal::new)
    }

    /// Makes what was defined executable.
    pub(crate) fn finish(&mut self) -> Result<(), Refusal> {
        self.jit.finalize_definitions().map_err(Refusal::new)
    }

    /// Lets all name what a batch has defined.
    pub(crate) fn adopt(&mut self, batch: &mut Links) {
        self.direct.extend(batch.direct.drain());
        for (stub, id) in batch.stubs.drain() {
            // Another batch may have made the same meanwhile; either will do.
            self.stubs.entry(stub).or_insert(id);
        }
    }

    /// Where a function lies that is in place.
    pub(crate) fn address(&self, id: FuncId) -> *const u8 {
        self.jit.get_finalized_function(id)
    }
}

/// What the code of one batch can name: its own functions and stubs, and all that are in place.
pub(crate) struct Links {
    names: Arc<Mutex<Names>>,
    host: CallConv,
    direct: HashMap<DefinedFuncIndex, FuncId>,
    stubs: HashMap<Stub, FuncId>,
    wanted: Vec<(Stub, FuncId)>,
}

impl Links {
    /// Those of a new batch.
    pub(crate) fn new(names: &Arc<Mutex<Names>>) -> Self {
        let names = names.clone();
        let host = names.lock().unwrap_or_else(PoisonError::into_inner).jit.isa().default_call_conv();
        Self { names, host, direct: HashMap::new(), stubs: HashMap::new(), wanted: Vec::new() }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The convention of host functions.
    pub(crate) fn host(&self) -> CallConv {
        self.host
    }

    /// A new function of the module's native code.
    pub(crate) fn declare(&mut self, signature: &Signature) -> Result<FuncId, Refusal> {
        self.names().jit.declare_anonymous_function(signature).map_err(Refusal::new)
    }

    /// Lets code of the batch call this function's native entry directly. It is defined before that code is finished.
    pub(crate) fn set_direct(&mut self, func: DefinedFuncIndex, id: FuncId) {
        self.direct.insert(func, id);
    }

    /// Sends calls of this function through its slot again.
    pub(crate) fn unset_direct(&mut self, func: DefinedFuncIndex) {
        self.direct.remove(&func);
    }

    /// The native entry of a function, if there is one to call directly.
    pub(crate) fn direct(&self, func: DefinedFuncIndex) -> Option<FuncId> {
        self.direct.get(&func).copied().or_else(|| self.names().direct.get(&func).copied())
    }

    /// A stub, which is made with the batch if there is none yet.
    pub(crate) fn stub(&mut self, stub: Stub, ty: &FuncType) -> Result<FuncId, Refusal> {
        let placed = || self.names().stubs.get(&stub).copied();
        if let Some(id) = self.stubs.get(&stub).copied().or_else(placed) {
            return Ok(id);
        }
        let id = self.declare(&stub_signature(stub, ty, self.host()))?;
        self.stubs.insert(stub, id);
        self.wanted.push((stub, id));
        Ok(id)
    }

    /// The next stub that somebody named and nobody made.
    pub(crate) fn next_wanted(&mut self) -> Option<(Stub, FuncId)> {
        self.wanted.pop()
    }
}

/// The signature of a stub for functions of type `ty`.
pub(crate) fn stub_signature(stub: Stub, ty: &FuncType, host: CallConv) -> Signature {
    match stub {
        Stub::Array(_) => sig::array(host),
        Stub::Bounce(_) | Stub::Meet(_) => sig::bounce(ty),
        Stub::Resume(_) => sig::osr(ty),
        Stub::OutOfFuel | Stub::NewEpoch => sig::ask(),
    }
}

/// Names a function of the module's native code in a function that is being made.
pub(crate) fn func_ref(func: &mut Function, id: FuncId, signature: Signature) -> FuncRef {
    let name = func.declare_imported_user_function(UserExternalName { namespace: 0, index: id.as_u32() });
    let signature = func.import_signature(signature);
    // All code of a module lies in one reservation, so near calls reach.
    func.import_function(ExtFuncData { name: ExternalName::user(name), signature, colocated: true, patchable: false })
}

/// The type of a stub's functions.
pub(crate) fn stub_type(module: &Module, stub: Stub) -> shared::Arc<FuncType> {
    match stub {
        Stub::Array(sig) | Stub::Bounce(sig) | Stub::Meet(sig) | Stub::Resume(sig) => {
            internals::func_type(module.engine(), sig)
        }
        Stub::OutOfFuel | Stub::NewEpoch => shared::Arc::new(no_values()),
    }
}

/// The type that stands for that of stubs which are of none.
pub(crate) fn no_values() -> FuncType {
    FuncType { params: [].into(), results: [].into() }
}
