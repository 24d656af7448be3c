//! Core values: from a script into calls, and results against what a script expects.

use coracle::{ExternRef, HeapType, Result, Store, Val, bail};
use wast::core::{AbstractHeapType, HeapType as WastHeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};

/// An argument as a value of the store.
pub(crate) fn arg(store: &mut Store<()>, arg: &WastArgCore<'_>) -> Result<Val> {
    Ok(match arg {
        WastArgCore::I32(x) => Val::I32(*x),
        WastArgCore::I64(x) => Val::I64(*x),
        WastArgCore::F32(x) => Val::F32(x.bits),
        WastArgCore::F64(x) => Val::F64(x.bits),
        WastArgCore::V128(x) => Val::V128(u128::from_le_bytes(x.to_le_bytes()).into()),
        WastArgCore::RefNull(heap) => match abstract_heap(heap) {
            Some(AbstractHeapType::Extern | AbstractHeapType::NoExtern) => Val::ExternRef(None),
            Some(AbstractHeapType::Func | AbstractHeapType::NoFunc) => Val::FuncRef(None),
            Some(AbstractHeapType::Exn | AbstractHeapType::NoExn) => Val::null_ref(&HeapType::Exn),
            _ => bail!("not supported: a null of {heap:?}"),
        },
        WastArgCore::RefExtern(x) => Val::ExternRef(Some(ExternRef::new(store, *x)?)),
        WastArgCore::RefHost(_) => bail!("not supported: `ref.host`, a reference of the garbage collection proposal"),
    })
}

/// Whether a result is what the script expects.
pub(crate) fn matches(store: &Store<()>, actual: &Val, expected: &WastRetCore<'_>) -> Result<bool> {
    Ok(match (actual, expected) {
        (_, WastRetCore::Either(cases)) => {
            for case in cases {
                if matches(store, actual, case)? {
                    return Ok(true);
                }
            }
            false
        }
        (Val::I32(a), WastRetCore::I32(b)) => a == b,
        (Val::I64(a), WastRetCore::I64(b)) => a == b,
        (Val::F32(a), WastRetCore::F32(b)) => f32_matches(*a, b),
        (Val::F64(a), WastRetCore::F64(b)) => f64_matches(*a, b),
        (Val::V128(a), WastRetCore::V128(b)) => v128_matches(a.as_u128(), b),
        (Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None), WastRetCore::RefNull(None)) => true,
        (Val::FuncRef(x), WastRetCore::RefNull(Some(heap))) => {
            // A concrete type of a script's null can only be a function type here.
            x.is_none() && matches!(abstract_heap(heap), None | Some(AbstractHeapType::Func | AbstractHeapType::NoFunc))
        }
        (Val::ExternRef(x), WastRetCore::RefNull(Some(heap))) => {
            x.is_none() && matches!(abstract_heap(heap), Some(AbstractHeapType::Extern | AbstractHeapType::NoExtern))
        }
        (Val::ExnRef(x), WastRetCore::RefNull(Some(heap))) => {
            x.is_none() && matches!(abstract_heap(heap), Some(AbstractHeapType::Exn | AbstractHeapType::NoExn))
        }
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(x)), WastRetCore::RefExtern(Some(b))) => {
            x.data(store)?.and_then(|data| data.downcast_ref::<u32>()) == Some(b)
        }
        (Val::FuncRef(x), WastRetCore::RefFunc(None)) => x.is_some(),
        (_, WastRetCore::RefFunc(Some(_))) => bail!("not supported: a result that is a certain function"),
        _ => false,
    })
}

/// A result for a message: numbers with their bits where those matter.
pub(crate) fn show(value: &Val) -> String {
    match value {
        Val::F32(bits) => format!("f32 {} ({bits:#010x})", f32::from_bits(*bits)),
        Val::F64(bits) => format!("f64 {} ({bits:#018x})", f64::from_bits(*bits)),
        Val::V128(x) => format!("v128 {:#034x}", x.as_u128()),
        Val::I32(x) => format!("i32 {x} ({x:#x})"),
        Val::I64(x) => format!("i64 {x} ({x:#x})"),
        other => format!("{other:?}"),
    }
}

fn abstract_heap(heap: &WastHeapType<'_>) -> Option<AbstractHeapType> {
    match heap {
        WastHeapType::Abstract { shared: false, ty } => Some(*ty),
        _ => None,
    }
}

fn f32_matches(actual: u32, expected: &NanPattern<F32>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => actual & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(x) => actual == x.bits,
    }
}

fn f64_matches(actual: u64, expected: &NanPattern<F64>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => actual & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(x) => actual == x.bits,
    }
}

fn v128_matches(actual: u128, expected: &V128Pattern) -> bool {
    let bytes = actual.to_le_bytes();
    let lane = |size: usize, i: usize| {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(&bytes[size * i..size * (i + 1)]);
        u64::from_le_bytes(wide)
    };
    match expected {
        V128Pattern::I8x16(lanes) => lanes.iter().enumerate().all(|(i, x)| lane(1, i) == u64::from(*x as u8)),
        V128Pattern::I16x8(lanes) => lanes.iter().enumerate().all(|(i, x)| lane(2, i) == u64::from(*x as u16)),
        V128Pattern::I32x4(lanes) => lanes.iter().enumerate().all(|(i, x)| lane(4, i) == u64::from(*x as u32)),
        V128Pattern::I64x2(lanes) => lanes.iter().enumerate().all(|(i, x)| lane(8, i) == *x as u64),
        V128Pattern::F32x4(lanes) => lanes.iter().enumerate().all(|(i, x)| f32_matches(lane(4, i) as u32, x)),
        V128Pattern::F64x2(lanes) => lanes.iter().enumerate().all(|(i, x)| f64_matches(lane(8, i), x)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns() {
        assert!(f32_matches(0xffc0_0000, &NanPattern::CanonicalNan));
        assert!(!f32_matches(0x7fc0_0001, &NanPattern::CanonicalNan));
        assert!(f32_matches(0x7fc0_0001, &NanPattern::ArithmeticNan));
        assert!(!f32_matches(0x7fa0_0000, &NanPattern::ArithmeticNan));
        assert!(f64_matches(0x7ff8_0000_0000_0000, &NanPattern::CanonicalNan));
        assert!(!f64_matches(0x3ff0_0000_0000_0000, &NanPattern::ArithmeticNan));
    }

    #[test]
    fn lanes_are_little_endian() {
        assert!(v128_matches(1 | 2 << 64, &V128Pattern::I64x2([1, 2])));
        assert!(v128_matches(u128::from(u16::MAX), &V128Pattern::I16x8([-1, 0, 0, 0, 0, 0, 0, 0])));
    }
}
