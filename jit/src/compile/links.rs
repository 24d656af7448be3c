//! What the code of one module can name: its own functions, and the stubs that it shares.

use crate::compile::refusal::Refusal;
use crate::compile::sig;
use coracle_image::entity::{DefinedFuncIndex, SigId};
use coracle_image::module::FuncType;
use coracle_vm::internals;
use coracle_vm::module::Module;
use cranelift_codegen::ir::{ExtFuncData, ExternalName, FuncRef, Function, Signature, UserExternalName};
use cranelift_codegen::isa::CallConv;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module as _};
use hashbrown::HashMap;

/// A stub, one per function type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stub {
    /// The array entry of native bodies of this type.
    Array(SigId),
    /// From native code to whatever a slot's array entry is.
    Bounce(SigId),
    /// From cells to the native entry of a slot: where a tail call goes on.
    Resume(SigId),
}

/// The functions of one module's native code.
pub(crate) struct Links {
    /// Where code is put together.
    pub(crate) jit: JITModule,
    direct: HashMap<DefinedFuncIndex, FuncId>,
    stubs: HashMap<Stub, FuncId>,
    wanted: Vec<(Stub, FuncId)>,
}

impl Links {
    /// None yet.
    pub(crate) fn new(jit: JITModule) -> Self {
        Self { jit, direct: HashMap::new(), stubs: HashMap::new(), wanted: Vec::new() }
    }

    /// The convention of host functions.
    pub(crate) fn host(&self) -> CallConv {
        self.jit.isa().default_call_conv()
    }

    /// A new function of the module's native code.
    pub(crate) fn declare(&mut self, signature: &Signature) -> Result<FuncId, Refusal> {
        self.jit.declare_anonymous_function(signature).map_err(Refusal::new)
    }

    /// Lets code call this function's native entry directly. It is defined before that code is finished.
    pub(crate) fn set_direct(&mut self, func: DefinedFuncIndex, id: FuncId) {
        self.direct.insert(func, id);
    }

    /// Sends calls of this function through its slot again.
    pub(crate) fn unset_direct(&mut self, func: DefinedFuncIndex) {
        self.direct.remove(&func);
    }

    /// The native entry of a function, if there is one to call directly.
    pub(crate) fn direct(&self, func: DefinedFuncIndex) -> Option<FuncId> {
        self.direct.get(&func).copied()
    }

    /// A stub, which is made with the batch at hand if there is none yet.
    pub(crate) fn stub(&mut self, stub: Stub, ty: &FuncType) -> Result<FuncId, Refusal> {
        if let Some(&id) = self.stubs.get(&stub) {
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
        Stub::Bounce(_) => sig::bounce(ty),
        Stub::Resume(_) => sig::osr(ty),
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
pub(crate) fn stub_type(module: &Module, stub: Stub) -> std::sync::Arc<FuncType> {
    let (Stub::Array(sig) | Stub::Bounce(sig) | Stub::Resume(sig)) = stub;
    internals::func_type(module.engine(), sig)
}
