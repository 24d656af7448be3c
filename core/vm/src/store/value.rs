//! `Value`: a core value of one store outside its cells.
//!
//! References are stamped with their store, so that a value of one store is never written into another.

use crate::store::ids::{FuncHandle, RefId, Stored};
use coracle_image::module::{HeapType, RefType, ValType};

/// A core value.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    /// A `v128`, lane 0 lowest.
    V128(u128),
    /// A function, or null.
    Func(Option<FuncHandle>),
    /// A host reference, or null.
    Extern(Option<Stored<RefId>>),
    /// An exception, or null.
    Exn(Option<Stored<RefId>>),
}

impl Value {
    /// Null of a reference type.
    pub fn null(heap: HeapType) -> Self {
        match heap {
            HeapType::Func | HeapType::Sig(_) | HeapType::NoFunc => Self::Func(None),
            HeapType::Extern | HeapType::NoExtern => Self::Extern(None),
            HeapType::Exn | HeapType::NoExn => Self::Exn(None),
        }
    }

    /// The type's default: zero or null. `None` for a reference type without null.
    pub fn default_of(ty: ValType) -> Option<Self> {
        Some(match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(0),
            ValType::Ref(RefType { nullable: true, heap }) => Self::null(heap),
            ValType::Ref(_) => return None,
        })
    }
}
