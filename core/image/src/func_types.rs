//! `FuncTypes`: core function types, interned.
//!
//! Parsing numbers the function types of a binary here, those of a component and of all modules in it together. The
//! numbers mean something to this registry alone; an engine that loads the binary has one of its own.
//!
//! # Invariants
//! - Equal numbers are equal types.
//! - A type refers only to types with smaller numbers: what refers to itself is refused when it is parsed.

use crate::arena::PrimaryMap;
use crate::codec::{Codec, Reader, Writer};
use crate::entity::SigId;
use crate::keyed::KeyMap;
use crate::module::FuncType;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_error::{Error, Result};

/// Interned function types, frozen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FuncTypes(PrimaryMap<SigId, Arc<FuncType>>);

impl FuncTypes {
    /// All types, in order of their numbers.
    pub fn types(&self) -> &PrimaryMap<SigId, Arc<FuncType>> {
        &self.0
    }
}

/// Interns function types.
#[derive(Debug, Default)]
pub struct FuncTypesBuilder {
    pub(crate) types: PrimaryMap<SigId, Arc<FuncType>>,
    ids: KeyMap<Arc<FuncType>, SigId>,
}

impl FuncTypesBuilder {
    /// The number of a type, new or old.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn intern(&mut self, ty: FuncType) -> Result<SigId> {
        if let Some(&id) = self.ids.get(&ty) {
            return Ok(id);
        }
        let ty = Arc::try_new(ty)?;
        self.ids.try_reserve(1).map_err(|_| Error::out_of_memory())?;
        let id = self.types.try_push(ty.clone())?;
        self.ids.insert(ty, id);
        Ok(id)
    }

    /// The types as they are now, frozen.
    pub fn finish(self) -> FuncTypes {
        FuncTypes(self.types)
    }
}

impl Codec for FuncTypes {
    fn write(&self, to: &mut Writer) {
        to.number(self.0.len() as u64);
        self.0.values().for_each(|ty| FuncType::write(ty, to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        let types = Vec::<FuncType>::read(from).into_iter().map(Arc::try_new);
        Self(PrimaryMap::try_collect(types).unwrap_or_else(|error| {
            from.fail(&error);
            PrimaryMap::new()
        }))
    }
}
