//! The function types of an engine: interned when something live needs them, and forgotten with the last of those.
//!
//! A [`Signature`] is a share in one interned type. Modules, host functions and what an embedder makes in a store hold
//! them for as long as code may compare the id; so a module that is refused or dropped leaves nothing behind.
//!
//! # Invariants
//! - S1. An id leads to one type for as long as any [`Signature`] of it lives, and equal types have equal ids then.
//! - S2. A type keeps the types that it refers to.

use alloc::sync;
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::shared::{Arc, Weak};
use coracle_error::{Error, Result};
use coracle_image::entity::{EntityRef, SigId};
use coracle_image::func_types::FuncTypes;
use coracle_image::keyed::KeyMap;
use coracle_image::module::FuncType;
use core::fmt;

/// A share in an interned function type. Cloning is cheap.
#[derive(Clone)]
pub struct Signature(Arc<Interned>);

/// The id of a type that was not interned after all.
const NOT_INTERNED: SigId = SigId::from_u32(u32::MAX);

struct Interned {
    id: SigId,
    ty: Arc<FuncType>,
    registry: sync::Arc<Registry>,
    /// The types that this one refers to (S2).
    parts: Vec<Signature>,
}

impl Signature {
    /// The id, engine-wide.
    #[inline]
    pub fn id(&self) -> SigId {
        self.0.id
    }

    /// The type.
    #[inline]
    pub fn ty(&self) -> &Arc<FuncType> {
        &self.0.ty
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.id, self.0.ty)
    }
}

impl Drop for Interned {
    fn drop(&mut self) {
        if self.id != NOT_INTERNED {
            self.registry.forget(self.id, &self.ty);
        }
        // A binary's types may refer to each other in a chain of a million: no recursion.
        let mut rest = core::mem::take(&mut self.parts);
        while let Some(Signature(part)) = rest.pop() {
            if let Some(mut part) = Arc::into_inner(part) {
                rest.append(&mut part.parts);
            }
        }
    }
}

/// All function types that are interned at the moment.
#[derive(Default)]
pub(crate) struct Registry(crate::sync::Lock<Types>);

#[derive(Default)]
struct Types {
    by_id: Vec<Option<(Arc<FuncType>, Weak<Interned>)>>,
    ids: KeyMap<Arc<FuncType>, SigId>,
    /// Ids that nothing uses.
    free: Vec<SigId>,
}

impl Types {
    fn find(&self, ty: &FuncType) -> Option<Signature> {
        self.ids.get(ty).and_then(|&id| self.live(id))
    }

    fn live(&self, id: SigId) -> Option<Signature> {
        self.by_id.get(id.index())?.as_ref()?.1.upgrade().map(Signature)
    }
}

impl Registry {
    /// The signature of a type, new or old. The types that it refers to are held by somebody.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If it refers to a type that is not interned: a bug of the caller's.
    pub(crate) fn intern(self: &sync::Arc<Self>, ty: FuncType) -> Result<Signature> {
        if let Some(old) = self.0.with(|types| types.find(&ty)) {
            return Ok(old);
        }
        // All of it is made before the lock, and let go after it: dropping a signature takes the lock again.
        let mut parts = Vec::new();
        for sig in ty.sigs() {
            parts.try_push(self.signature(sig))?;
        }
        let ty = Arc::try_new(ty)?;
        let mut made = Arc::try_new(Interned { id: NOT_INTERNED, ty: ty.clone(), registry: self.clone(), parts })?;
        self.0.with(|types| {
            // Whoever was quicker is the one that all share.
            if let Some(old) = types.find(&ty) {
                return Ok(old);
            }
            types.by_id.make_room(1)?;
            types.ids.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            let id = types.free.pop().unwrap_or_else(|| {
                types.by_id.push(None);
                SigId::new(types.by_id.len() - 1)
            });
            Arc::get_mut(&mut made).expect("nobody else has it yet").id = id;
            types.by_id[id.index()] = Some((ty.clone(), Arc::downgrade(&made)));
            types.ids.insert(ty.clone(), id);
            Ok(Signature(made.clone()))
        })
    }

    /// A share in the type of an id.
    ///
    /// # Panics
    /// If nobody holds it: a bug of the caller's (S1).
    pub(crate) fn signature(&self, id: SigId) -> Signature {
        self.0.with(|types| types.live(id)).expect("whoever has an id of a function type keeps it interned")
    }

    /// The type of an id.
    ///
    /// # Panics
    /// If nobody holds it: a bug of the caller's (S1).
    pub(crate) fn ty(&self, id: SigId) -> Arc<FuncType> {
        self.0.with(|types| match types.by_id.get(id.index()) {
            Some(Some((ty, _))) => ty.clone(),
            _ => panic!("whoever has an id of a function type keeps it interned"),
        })
    }

    /// How many types are interned.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.with(|types| types.ids.len())
    }

    /// Takes a type out whose last share is gone.
    fn forget(&self, id: SigId, ty: &FuncType) {
        self.0.with(|types| {
            // The same type may have been interned anew in between, under another id.
            if types.ids.get(ty) == Some(&id) {
                types.ids.remove(ty);
            }
            types.by_id[id.index()] = None;
            // A number that there is no memory to note down is not used again.
            if types.free.try_reserve(1).is_ok() {
                types.free.push(id);
            }
        });
    }
}

/// Interns all function types of a binary: their ids, each in its old number's place, and what holds them.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn intern_all(registry: &sync::Arc<Registry>, types: &FuncTypes) -> Result<(Vec<SigId>, Arc<[Signature]>)> {
    let mut ids = Vec::with_room(types.types().len())?;
    let mut held = Vec::with_room(types.types().len())?;
    for ty in types.types().values() {
        let signature = registry.intern(ty.renumbered(&ids)?)?;
        ids.push(signature.id());
        held.push(signature);
    }
    Ok((ids, Arc::try_from_vec(held)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use coracle_image::module::{HeapType, RefType, ValType};

    fn of(params: &[ValType]) -> FuncType {
        FuncType { params: params.into(), results: Box::default() }
    }

    fn to(signature: &Signature) -> ValType {
        ValType::Ref(RefType { nullable: true, heap: HeapType::Sig(signature.id()) })
    }

    #[test]
    fn equal_types_have_one_id_while_they_live() {
        let registry = sync::Arc::new(Registry::default());
        let first = registry.intern(of(&[ValType::I32])).unwrap();
        let second = registry.intern(of(&[ValType::I32])).unwrap();
        let other = registry.intern(of(&[ValType::I64])).unwrap();
        assert!(first.id() == second.id() && first.id() != other.id());
        drop(first);
        assert_eq!(registry.signature(second.id()).ty(), second.ty());
        drop((second, other));
        assert_eq!(registry.len(), 0);
    }

    /// Types that refer to each other in a long chain are kept by the last one alone, and go with it.
    #[test]
    fn a_long_chain_is_held_and_forgotten() {
        let registry = sync::Arc::new(Registry::default());
        let mut last = registry.intern(of(&[])).unwrap();
        for _ in 0..200_000 {
            last = registry.intern(of(&[to(&last)])).unwrap();
        }
        assert_eq!(registry.len(), 200_001);
        drop(last);
        assert_eq!(registry.len(), 0);
    }
}
