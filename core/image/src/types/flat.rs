//! Flattening: which core values stand for a component-level value.
//!
//! Counting stops one past the ABI maximum (a type of a million leaves costs no more than one of seventeen), so a
//! [`Flat`] is a small fixed array that is either complete or known to be too long.

use crate::codec::{self, Codec, Reader, Writer};
use crate::limits::MAX_FLAT_PARAMS;
use core::fmt;

/// A core value type as the canonical ABI uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FlatType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

impl FlatType {
    /// The type that can carry the bits of both (Canonical ABI, `join`).
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::I32, Self::F32) | (Self::F32, Self::I32) => Self::I32,
            _ => Self::I64,
        }
    }

    /// The name in the text format.
    pub fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

impl fmt::Display for FlatType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The width of addresses in the memory that a canonical option names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Ptr {
    /// A 32-bit memory, or no memory at all.
    #[default]
    P32,
    /// A 64-bit memory.
    P64,
}

impl Ptr {
    /// The core type of an address or length.
    #[inline]
    pub fn flat(self) -> FlatType {
        match self {
            Self::P32 => FlatType::I32,
            Self::P64 => FlatType::I64,
        }
    }

    /// Bytes of an address or length.
    #[inline]
    pub fn bytes(self) -> u32 {
        match self {
            Self::P32 => 4,
            Self::P64 => 8,
        }
    }
}

/// The flattened form of one type: up to [`MAX_FLAT_PARAMS`] core types, or the fact that there are more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flat {
    len: u8,
    types: [FlatType; MAX_FLAT_PARAMS],
}

impl Flat {
    /// No core values.
    pub const EMPTY: Self = Self { len: 0, types: [FlatType::I32; MAX_FLAT_PARAMS] };
    /// More core values than fit.
    pub const OVERFLOW: Self = Self { len: MAX_FLAT_PARAMS as u8 + 1, types: [FlatType::I32; MAX_FLAT_PARAMS] };

    /// The given core values.
    pub const fn of(types: &[FlatType]) -> Self {
        if types.len() > MAX_FLAT_PARAMS {
            return Self::OVERFLOW;
        }
        let mut flat = Self::EMPTY;
        while (flat.len as usize) < types.len() {
            flat.types[flat.len as usize] = types[flat.len as usize];
            flat.len += 1;
        }
        flat
    }

    /// How many core values, at most [`MAX_FLAT_PARAMS`] + 1.
    #[inline]
    pub fn count(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether counting stopped at the maximum.
    #[inline]
    pub fn overflows(&self) -> bool {
        self.count() > MAX_FLAT_PARAMS
    }

    /// The core types, or `None` when there are more than the maximum.
    #[inline]
    pub fn types(&self) -> Option<&[FlatType]> {
        self.types.get(..self.count())
    }

    /// Appends one core value.
    pub fn push(&mut self, ty: FlatType) {
        match self.types.get_mut(usize::from(self.len)) {
            Some(slot) => {
                *slot = ty;
                self.len += 1;
            }
            None => *self = Self::OVERFLOW,
        }
    }

    /// Appends the core values of `other`.
    pub fn append(&mut self, other: &Self) {
        match other.types() {
            Some(types) => types.iter().for_each(|&ty| self.push(ty)),
            None => *self = Self::OVERFLOW,
        }
    }

    /// Joins the core values of one more variant case, position by position.
    pub fn join_case(&mut self, case: &Self) {
        let Some(types) = case.types().filter(|_| !self.overflows()) else {
            *self = Self::OVERFLOW;
            return;
        };
        for (i, &ty) in types.iter().enumerate() {
            if i < self.count() {
                self.types[i] = self.types[i].join(ty);
            } else {
                self.push(ty);
            }
        }
    }
}

impl fmt::Debug for Flat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.types() {
            Some(types) => f.debug_list().entries(types).finish(),
            None => f.write_str("[..]"),
        }
    }
}

/// A core function signature of the canonical ABI.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CoreSig {
    params: [FlatType; MAX_FLAT_PARAMS + 1],
    param_count: u8,
    result: Option<FlatType>,
}

impl CoreSig {
    /// A signature of at most [`MAX_FLAT_PARAMS`] + 1 parameters.
    ///
    /// # Panics
    /// If there are more: the canonical ABI never makes such a signature.
    pub fn new(params: &[FlatType], result: Option<FlatType>) -> Self {
        let mut all = [FlatType::I32; MAX_FLAT_PARAMS + 1];
        all[..params.len()].copy_from_slice(params);
        Self { params: all, param_count: params.len() as u8, result }
    }

    /// The parameters.
    #[inline]
    pub fn params(&self) -> &[FlatType] {
        &self.params[..usize::from(self.param_count)]
    }

    /// The result, if there is one: the canonical ABI has at most one.
    #[inline]
    pub fn result(&self) -> Option<FlatType> {
        self.result
    }
}

impl fmt::Display for CoreSig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, ty) in self.params().iter().enumerate() {
            write!(f, "{}{ty}", if i == 0 { "" } else { " " })?;
        }
        f.write_str(")")?;
        match self.result {
            Some(ty) => write!(f, " -> {ty}"),
            None => Ok(()),
        }
    }
}

codec::choice! {
    FlatType { 0 = I32, 1 = I64, 2 = F32, 3 = F64 }
    Ptr { 0 = P32, 1 = P64 }
}

/// Its count, and as many types as there are.
impl Codec for Flat {
    fn write(&self, to: &mut Writer) {
        self.len.write(to);
        self.types().unwrap_or_default().iter().for_each(|ty| ty.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        let count = usize::from(u8::read(from));
        if count > MAX_FLAT_PARAMS {
            if count > MAX_FLAT_PARAMS + 1 {
                from.damaged();
            }
            return Self::OVERFLOW;
        }
        let mut flat = Self::EMPTY;
        for _ in 0..count {
            flat.push(FlatType::read(from));
        }
        flat
    }
}

impl Codec for CoreSig {
    fn write(&self, to: &mut Writer) {
        self.param_count.write(to);
        self.params().iter().for_each(|ty| ty.write(to));
        self.result.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Self {
        let mut sig = Self::new(&[], None);
        let count = u8::read(from);
        match sig.params.get_mut(..usize::from(count)) {
            Some(params) => {
                sig.param_count = count;
                params.iter_mut().for_each(|ty| *ty = FlatType::read(from));
            }
            None => from.damaged(),
        }
        sig.result = Option::read(from);
        sig
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_follows_the_specification() {
        use FlatType::{F32, F64, I32, I64};
        for (a, b, want) in [(I32, I32, I32), (I32, F32, I32), (F32, F32, F32), (F32, F64, I64), (I32, I64, I64)] {
            assert_eq!(a.join(b), want);
            assert_eq!(b.join(a), want);
        }
    }

    #[test]
    fn counting_stops_past_the_maximum() {
        let mut flat = Flat::EMPTY;
        for i in 1..40 {
            flat.push(FlatType::F64);
            assert_eq!(flat.count(), i.min(MAX_FLAT_PARAMS + 1));
        }
        assert!(flat.overflows() && flat.types().is_none());
        let mut variant = Flat::of(&[FlatType::I32]);
        variant.join_case(&flat);
        assert!(variant.overflows());
    }
}
