//! Tuples of up to 17, and `()`.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::info::AbiInfo;
use crate::abi::typed::{ComponentNamedList, ComponentType, Lift, LiftNumbers, Lower, LowerNumbers};
use coracle_error::Result;
use coracle_image::types::{InterfaceType, TypeTable};

#[inline]
fn types_of(types: &TypeTable, ty: InterfaceType) -> Result<&[InterfaceType]> {
    match ty {
        InterfaceType::Tuple(index) => Ok(&types[index].types),
        _ => Err(bad_type()),
    }
}

impl ComponentType for () {
    const ABI: AbiInfo = AbiInfo::EMPTY;
    const MAY_REQUIRE_REALLOC: bool = false;
    const IS_RUST_UNIT_TYPE: bool = true;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        check::tuple(ty, types, &[])
    }
}

impl Lower for () {
    const NUMBERS: Option<LowerNumbers<Self>> = Some(|(), _| ());
    #[inline]
    fn lower_flat(&self, _: &mut LowerCx<'_>, _: InterfaceType, _: &mut FlatDst<'_>) -> Result<()> {
        Ok(())
    }
    #[inline]
    fn store(&self, _: &mut LowerCx<'_>, _: InterfaceType, _: usize) -> Result<()> {
        Ok(())
    }
}

impl Lift for () {
    const NUMBERS: Option<LiftNumbers<Self>> = Some(|_| Ok(()));
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: InterfaceType, _: &mut FlatSrc<'_>) -> Result<Self> {
        Ok(())
    }
    #[inline]
    fn load(_: &mut LiftCx<'_>, _: InterfaceType, _: &[u8]) -> Result<Self> {
        Ok(())
    }
}

impl ComponentNamedList for () {}

macro_rules! tuples {
    ($($($T:ident $i:tt),+;)*) => {$(
        impl<$($T: ComponentType),+> ComponentType for ($($T,)+) {
            const ABI: AbiInfo = AbiInfo::record(&[$($T::ABI),+]);
            const MAY_REQUIRE_REALLOC: bool = $($T::MAY_REQUIRE_REALLOC)||+;
            fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                check::tuple(ty, types, &[$($T::typecheck),+])
            }
        }

        impl<$($T: Lower),+> Lower for ($($T,)+) {
            const NUMBERS: Option<LowerNumbers<Self>> = if $(<$T as Lower>::NUMBERS.is_some())&&+ {
                Some(|values, dst| {
                    $(if let Some(lower) = <$T as Lower>::NUMBERS {
                        lower(&values.$i, dst);
                    })+
                })
            } else {
                None
            };
            #[inline]
            fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                let types = types_of(cx.types, ty)?;
                $(self.$i.lower_flat(cx, types[$i], dst)?;)+
                Ok(())
            }
            #[inline]
            fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
                let (types, ptr, mut end) = (types_of(cx.types, ty)?, cx.ptr(), 0);
                $(self.$i.store(cx, types[$i], at + $T::ABI.next_field(&mut end, ptr))?;)+
                Ok(())
            }
        }

        impl<$($T: Lift),+> Lift for ($($T,)+) {
            const NUMBERS: Option<LiftNumbers<Self>> = if $(<$T as Lift>::NUMBERS.is_some())&&+ {
                Some(|src| Ok(($(<$T as Lift>::NUMBERS.ok_or_else(bad_type)?(src)?,)+)))
            } else {
                None
            };
            #[inline]
            fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                let types = types_of(cx.types, ty)?;
                Ok(($($T::lift_flat(cx, types[$i], src)?,)+))
            }
            #[inline]
            fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
                let (types, ptr, mut end) = (types_of(cx.types, ty)?, cx.ptr(), 0);
                Ok(($({
                    let at = $T::ABI.next_field(&mut end, ptr);
                    $T::load(cx, types[$i], &bytes[at..end])?
                },)+))
            }
        }

        impl<$($T: ComponentType),+> ComponentNamedList for ($($T,)+) {}
    )*};
}

tuples! {
    A 0;
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
    A 0, B 1, C 2, D 3, E 4, F 5;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15, Q 16;
}
