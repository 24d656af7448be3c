//! Validation of core modules in builds that are to be small, without wasmparser's.
//!
//! wasmparser's validator knows all proposals, keeps a second copy of what a module says and ends the program where there is
//! no memory for it. This one checks what [`ModuleBuilder`] has made of the sections, and fails where memory runs out.
//! The algorithm is that of the specification's appendix (“Validation Algorithm”).

pub(crate) mod body;
#[cfg(not(feature = "compact"))]
mod check;
pub(crate) mod module;
pub(crate) mod outside;
#[cfg(test)]
mod tests;

use crate::entity::{EntityRef, FuncIndex, SigId};
use crate::func_types::FuncTypesBuilder;
use crate::module::{FuncType, HeapType, ModuleData, RefType, ValType};
use crate::parse::builder::ModuleBuilder;
use coracle_error::{Error, ErrorKind, Result};
use wasmparser::WasmFeatures;

/// What bodies and constant expressions are validated against: all that the module's sections have said before.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) module: &'a ModuleBuilder,
    pub(crate) types: &'a FuncTypesBuilder,
    /// What bodies may use.
    pub(crate) features: WasmFeatures,
    /// How many data segments there will be, where a section has said it.
    pub(crate) data_count: Option<u32>,
}

impl<'a> Context<'a> {
    /// What the sections have said.
    pub(crate) fn data(self) -> &'a ModuleData {
        &self.module.data
    }

    /// A function type.
    pub(crate) fn func_type(self, sig: SigId) -> &'a FuncType {
        &self.types.types[sig]
    }

    /// Whether a function is named outside of bodies, so that `ref.func` may name it.
    pub(crate) fn is_declared(self, func: FuncIndex) -> bool {
        self.module.escapes.get(func.index()).is_some_and(|&escapes| escapes)
    }

    /// A type of a value, where its proposal is on.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` where it is of a proposal that is off, or refers to a type that is not there;
    /// `ErrorKind::Unsupported` where there is no such proposal here.
    pub(crate) fn val_type(self, ty: wasmparser::ValType, at: u64) -> Result<ValType> {
        let ty = self.module.val_type(ty, at)?;
        self.allowed(ty, at)?;
        Ok(ty)
    }

    /// The same for a reference.
    ///
    /// # Errors
    /// As those of [`Context::val_type`].
    pub(crate) fn ref_type(self, ty: wasmparser::RefType, at: u64) -> Result<RefType> {
        let ty = self.module.ref_type(ty, at)?;
        self.allowed(ValType::Ref(ty), at)?;
        Ok(ty)
    }

    /// Whether a type's proposal is on.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` where it is not.
    pub(crate) fn allowed(self, ty: ValType, at: u64) -> Result<()> {
        let on = self.features;
        let functions = on.function_references();
        let allowed = match ty {
            ValType::I32 | ValType::I64 => true,
            ValType::F32 | ValType::F64 => on.floats(),
            ValType::V128 => on.simd(),
            ValType::Ref(_) if !on.reference_types() => false,
            ValType::Ref(RefType { nullable, heap }) => match heap {
                HeapType::Func | HeapType::Extern => nullable || functions,
                HeapType::Sig(_) => functions,
                HeapType::NoFunc | HeapType::NoExtern => on.gc(),
                HeapType::Exn | HeapType::NoExn => on.exceptions(),
            },
        };
        if allowed { Ok(()) } else { refused("a type of a proposal that is not enabled", at) }
    }
}

/// What is not valid, with where it stands.
#[cold]
pub(crate) fn refused<T>(message: &'static str, at: u64) -> Result<T> {
    Err(Error::fault_at(ErrorKind::Invalid, message, at))
}
