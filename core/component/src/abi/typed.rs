//! The traits of Rust types that are component values: `ComponentType`, `Lower`, `Lift`.
//!
//! They are implemented here for the types of Rust's library, by the derives for an embedder's own, and by nobody by
//! hand: the methods are hidden and may change. A type is checked against a component's type once; from then on its
//! methods trust the types they are given.

#[cfg(feature = "bytes")]
mod bytes;
pub(crate) mod compound;
mod list;
mod map;
mod scalar;
mod text;
mod tuple;

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::cx::{InstanceType, LiftCx, LowerCx};
use crate::abi::info::AbiInfo;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::types::InterfaceType;

/// A Rust type that stands for a type of the component model.
///
/// | component | Rust |
/// |---|---|
/// | `bool`, `s8` … `u64`, `f32`, `f64`, `char` | `bool`, `i8` … `u64`, `f32`, `f64`, `char` |
/// | `string` | `String`, `str`, `Box<str>`, `Arc<str>` |
/// | `list<T>` | `Vec<T>`, `[T]`, `Box<[T]>` |
/// | `list<T, N>` | `[T; N]` |
/// | `map<K, V>` | `HashMap<K, V>` (with `std`), `BTreeMap<K, V>` |
/// | `tuple` | tuples of up to 17 |
/// | `option<T>`, `result<T, E>` | `Option<T>`, `Result<T, E>`; `()` where there is no payload |
/// | `own<R>`, `borrow<R>` | `Resource<T>`, `ResourceAny`, `ResourceDynamic` |
/// | `record`, `variant`, `enum` | types with `#[derive(ComponentType)]` |
/// | `flags` | types made by `flags!` |
pub trait ComponentType: Send + Sync {
    /// Layout in memory and in core values.
    #[doc(hidden)]
    const ABI: AbiInfo;
    /// Whether lowering it allocates in the guest.
    #[doc(hidden)]
    const MAY_REQUIRE_REALLOC: bool = true;
    /// Whether it stands for the absence of a payload in a result or variant.
    #[doc(hidden)]
    const IS_RUST_UNIT_TYPE: bool = false;

    /// Checks that this type stands for `ty`.
    #[doc(hidden)]
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()>;
}

/// How a value is written that its core values say all of.
#[doc(hidden)]
pub type LowerNumbers<T> = fn(&T, &mut FlatDst<'_>);

/// How a value is read that its core values say all of.
#[doc(hidden)]
pub type LiftNumbers<T> = fn(&mut FlatSrc<'_>) -> Result<T>;

/// A value that can be given to a guest.
pub trait Lower: ComponentType {
    /// Writes the value as core values, where it takes no look at types, memory or handles.
    #[doc(hidden)]
    const NUMBERS: Option<LowerNumbers<Self>> = None;

    /// Writes the value as core values.
    #[doc(hidden)]
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()>;

    /// Writes the value to memory. `at` is aligned, and the memory reached the end of the value when it was checked.
    #[doc(hidden)]
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()>;

    /// Writes several values, one after the other.
    #[doc(hidden)]
    fn store_list(cx: &mut LowerCx<'_>, ty: InterfaceType, mut at: usize, items: &[Self]) -> Result<()>
    where
        Self: Sized,
    {
        let size = Self::ABI.size(cx.ptr());
        for item in items {
            item.store(cx, ty, at)?;
            at += size;
        }
        Ok(())
    }
}

/// A value that can be taken out of a guest.
pub trait Lift: Sized + ComponentType {
    /// Reads the value from core values, where it takes no look at types, memory or handles.
    #[doc(hidden)]
    const NUMBERS: Option<LiftNumbers<Self>> = None;

    /// Reads the value from core values.
    #[doc(hidden)]
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self>;

    /// Reads the value from the bytes that it has in memory.
    #[doc(hidden)]
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self>;

    /// Reads `len` values, one after the other.
    #[doc(hidden)]
    fn load_list(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8], len: usize) -> Result<Vec<Self>> {
        let size = Self::ABI.size(cx.ptr());
        let mut items = Vec::with_capacity(len);
        for i in 0..len {
            items.push(Self::load(cx, ty, &bytes[i * size..(i + 1) * size])?);
        }
        Ok(items)
    }
}

/// The parameters or results of a function: a tuple of [`ComponentType`]s, or `()`.
pub trait ComponentNamedList: ComponentType {}
