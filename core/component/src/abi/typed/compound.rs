//! `Option`, `Result` and the unit type.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::info::AbiInfo;
use crate::abi::typed::{ComponentType, Lift, Lower};
use coracle_error::Trap;
use coracle_error::{Error, Result, Told};
use coracle_image::types::{InterfaceType, TypeTable};
use coracle_vm::raw::RawVal;

/// The error for a discriminant that names no case.
#[cold]
pub(crate) fn invalid_discriminant() -> Error {
    Error::new(Trap::InvalidDiscriminant)
}

impl<T: ComponentType> ComponentType for Option<T> {
    const ABI: AbiInfo = AbiInfo::variant(&[None, Some(T::ABI)]);
    const MAY_REQUIRE_REALLOC: bool = T::MAY_REQUIRE_REALLOC;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        match ty {
            InterfaceType::Option(index) => {
                T::typecheck(types.types[index].ty, types).told(|| "type mismatch in option")
            }
            other => Err(check::expected("option", other, types)),
        }
    }
}

fn option_payload(types: &TypeTable, ty: InterfaceType) -> Result<InterfaceType> {
    match ty {
        InterfaceType::Option(index) => Ok(types[index].ty),
        _ => Err(bad_type()),
    }
}

impl<T: Lower> Lower for Option<T> {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        let end = dst.len() + Self::ABI.flat();
        dst.push(RawVal::from_u32(self.is_some().into()));
        if let Some(value) = self {
            value.lower_flat(cx, option_payload(cx.types, ty)?, dst)?;
        }
        dst.pad_to(end);
        Ok(())
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        cx.write(at, [u8::from(self.is_some())])?;
        match self {
            Some(value) => value.store(cx, option_payload(cx.types, ty)?, at + Self::ABI.payload_offset(1, cx.ptr())),
            None => Ok(()),
        }
    }
}

impl<T: Lift> Lift for Option<T> {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let end = src.position() + Self::ABI.flat();
        let value = match src.next().u32() {
            0 => None,
            1 => Some(T::lift_flat(cx, option_payload(cx.types, ty)?, src)?),
            _ => return Err(invalid_discriminant()),
        };
        src.skip_to(end);
        Ok(value)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        match bytes[0] {
            0 => Ok(None),
            1 => {
                let at = Self::ABI.payload_offset(1, cx.ptr());
                let bytes = &bytes[at..at + T::ABI.size(cx.ptr())];
                Ok(Some(T::load(cx, option_payload(cx.types, ty)?, bytes)?))
            }
            _ => Err(invalid_discriminant()),
        }
    }
}

impl<T: ComponentType, E: ComponentType> ComponentType for Result<T, E> {
    const ABI: AbiInfo = AbiInfo::variant(&[Some(T::ABI), Some(E::ABI)]);
    const MAY_REQUIRE_REALLOC: bool = T::MAY_REQUIRE_REALLOC || E::MAY_REQUIRE_REALLOC;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        match ty {
            InterfaceType::Result(index) => {
                let result = &types.types[index];
                side::<T>(result.ok, types).told(|| "type mismatch in `ok` of a result")?;
                side::<E>(result.err, types).told(|| "type mismatch in `error` of a result")
            }
            other => Err(check::expected("result", other, types)),
        }
    }
}

/// `()` stands for no payload, anything else for a payload.
fn side<T: ComponentType>(ty: Option<InterfaceType>, types: &InstanceType<'_>) -> Result<()> {
    match ty {
        None if T::IS_RUST_UNIT_TYPE => Ok(()),
        other => check::payload(Some(T::typecheck), other, types),
    }
}

fn result_payloads(types: &TypeTable, ty: InterfaceType) -> Result<(Option<InterfaceType>, Option<InterfaceType>)> {
    match ty {
        InterfaceType::Result(index) => Ok((types[index].ok, types[index].err)),
        _ => Err(bad_type()),
    }
}

impl<T: Lower, E: Lower> Lower for Result<T, E> {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        let end = dst.len() + Self::ABI.flat();
        dst.push(RawVal::from_u32(self.is_err().into()));
        match (self, result_payloads(cx.types, ty)?) {
            (Ok(value), (Some(ty), _)) => value.lower_flat(cx, ty, dst)?,
            (Err(value), (_, Some(ty))) => value.lower_flat(cx, ty, dst)?,
            _ => {}
        }
        dst.pad_to(end);
        Ok(())
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        cx.write(at, [u8::from(self.is_err())])?;
        let payload = at + Self::ABI.payload_offset(1, cx.ptr());
        match (self, result_payloads(cx.types, ty)?) {
            (Ok(value), (Some(ty), _)) => value.store(cx, ty, payload),
            (Err(value), (_, Some(ty))) => value.store(cx, ty, payload),
            _ => Ok(()),
        }
    }
}

/// The type by which an absent payload is lifted: `()` does not look at it.
const NO_TYPE: InterfaceType = InterfaceType::Bool;

impl<T: Lift, E: Lift> Lift for Result<T, E> {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let end = src.position() + Self::ABI.flat();
        let (ok, err) = result_payloads(cx.types, ty)?;
        let value = match src.next().u32() {
            0 => Ok(T::lift_flat(cx, ok.unwrap_or(NO_TYPE), src)?),
            1 => Err(E::lift_flat(cx, err.unwrap_or(NO_TYPE), src)?),
            _ => return Err(invalid_discriminant()),
        };
        src.skip_to(end);
        Ok(value)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let (ok, err) = result_payloads(cx.types, ty)?;
        let payload = &bytes[Self::ABI.payload_offset(1, cx.ptr())..];
        match bytes[0] {
            0 => Ok(Ok(T::load(cx, ok.unwrap_or(NO_TYPE), &payload[..T::ABI.size(cx.ptr())])?)),
            1 => Ok(Err(E::load(cx, err.unwrap_or(NO_TYPE), &payload[..E::ABI.size(cx.ptr())])?)),
            _ => Err(invalid_discriminant()),
        }
    }
}
