//! Whether a core value is of a store and of a type.

use crate::store::inner::StoreInner;
use crate::store::value::Value;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::SigId;
use coracle_image::module::{HeapType, RefType, ValType};
use core::fmt;

/// A type with its nullability spelled out.
struct Spelled(ValType);

impl fmt::Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ValType::Ref(RefType { nullable: true, heap }) => write!(f, "(ref null {heap})"),
            ty => ty.fmt(f),
        }
    }
}

impl StoreInner {
    /// Whether what a value refers to, if it refers to anything, is of this store.
    pub fn owns(&self, value: &Value) -> bool {
        match *value {
            Value::Func(Some(func)) => func.store() == self.id(),
            Value::Extern(Some(r)) | Value::Exn(Some(r)) => r.store() == self.id(),
            _ => true,
        }
    }

    /// Whether a value is of this store and belongs to a type.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it is not.
    pub fn ensure_value(&self, value: &Value, ty: ValType) -> Result<()> {
        if !self.owns(value) {
            return Err(Error::fault(ErrorKind::Type, "value used with wrong store"));
        }
        if self.value_is(value, ty) {
            return Ok(());
        }
        let (wanted, found) = (Spelled(ty), Spelled(self.type_of(value)));
        Err(Error::fault(ErrorKind::Type, coracle_error::wording!("type mismatch: expected {wanted}, found {found}")))
    }

    /// The type of this very value: a null is of a type that has only null.
    fn type_of(&self, value: &Value) -> ValType {
        let reference = |nullable: bool, heap: HeapType| ValType::Ref(RefType { nullable, heap });
        match *value {
            Value::I32(_) => ValType::I32,
            Value::I64(_) => ValType::I64,
            Value::F32(_) => ValType::F32,
            Value::F64(_) => ValType::F64,
            Value::V128(_) => ValType::V128,
            Value::Func(None) => reference(true, HeapType::NoFunc),
            Value::Func(Some(func)) => reference(false, HeapType::Sig(self.func_sig(func))),
            Value::Extern(None) => reference(true, HeapType::NoExtern),
            Value::Extern(Some(_)) => reference(false, HeapType::Extern),
            Value::Exn(None) => reference(true, HeapType::NoExn),
            Value::Exn(Some(_)) => reference(false, HeapType::Exn),
        }
    }

    /// Whether a value belongs to a type.
    ///
    /// # Panics
    /// If the value refers to another store.
    pub fn value_is(&self, value: &Value, ty: ValType) -> bool {
        let reference = |null: bool, fits: &dyn Fn(HeapType) -> bool| match ty {
            ValType::Ref(ty) => (ty.nullable || !null) && fits(ty.heap),
            _ => false,
        };
        match value {
            Value::I32(_) => ty == ValType::I32,
            Value::I64(_) => ty == ValType::I64,
            Value::F32(_) => ty == ValType::F32,
            Value::F64(_) => ty == ValType::F64,
            Value::V128(_) => ty == ValType::V128,
            Value::Func(func) => {
                let sig: Option<SigId> = func.map(|func| self.func_sig(func));
                reference(func.is_none(), &|heap| match heap {
                    HeapType::Func => true,
                    HeapType::Sig(wanted) => sig.is_none_or(|sig| sig == wanted),
                    HeapType::NoFunc => sig.is_none(),
                    _ => false,
                })
            }
            Value::Extern(r) => {
                r.map(|r| self.unstamp(r));
                reference(r.is_none(), &|heap| match heap {
                    HeapType::Extern => true,
                    HeapType::NoExtern => r.is_none(),
                    _ => false,
                })
            }
            Value::Exn(r) => {
                r.map(|r| self.unstamp(r));
                reference(r.is_none(), &|heap| match heap {
                    HeapType::Exn => true,
                    HeapType::NoExn => r.is_none(),
                    _ => false,
                })
            }
        }
    }
}
