//! Reading the frequent operators straight from the bytes; the others are read by `parse/operator`.
//!
//! The body was validated, so nothing is checked here that validation has checked: how numbers are padded.

use crate::exec::ops::Row;
use crate::translate::func::Func;
use crate::translate::operand::Class;
use crate::translate::visit::{I32, I64};
use coracle_error::Result;
use coracle_image::leb::{signed, unsigned};
use wasmparser::{MemArg, MemArgTarget};

/// Translates the operator that `bytes` begin with, if it is a frequent one that can be reached and costs no fuel: how
/// many bytes it takes, or 0.
#[inline(always)]
pub(crate) fn frequent(func: &mut Func<'_>, bytes: &[u8]) -> Result<usize> {
    macro_rules! operators {
        (
            index { $($index:literal $with_index:expr;)* }
            load { $($load:literal $load_row:ident $to:ident;)* }
            store { $($store:literal $store_row:ident $wide:literal;)* }
            binary { $($binary:literal $binary_row:ident $mirror:expr, $typing:ident;)* }
        ) => {
            match *bytes {
                $([$index, ref rest @ ..] => match unsigned(rest) {
                    Some((value, len)) => $with_index(func, value).map(|()| 1 + len),
                    None => Ok(0),
                },)*
                $([$load, align @ 0..=15, ref rest @ ..] => match unsigned(rest) {
                    Some((offset, len)) => {
                        func.visit_load(Row::$load_row, &memarg(align, offset), Class::$to).map(|()| 2 + len)
                    }
                    None => Ok(0),
                },)*
                $([$store, align @ 0..=15, ref rest @ ..] => match unsigned(rest) {
                    Some((offset, len)) => {
                        let memarg = memarg(align, offset);
                        func.visit_store(Row::$store_row, &memarg, Class::Int, $wide).map(|()| 2 + len)
                    }
                    None => Ok(0),
                },)*
                $([$binary, ..] => func.binary(Row::$binary_row, $mirror, $typing).map(|()| 1),)*
                [0x41, ref rest @ ..] => match signed(rest) {
                    Some((value, len)) => func.constant(u64::from(value as u32)).map(|()| 1 + len),
                    None => Ok(0),
                },
                [0x42, ref rest @ ..] => match signed(rest) {
                    Some((value, len)) => func.constant(i64::from(value) as u64).map(|()| 1 + len),
                    None => Ok(0),
                },
                [0x6a, ..] => func.add(false).map(|()| 1),
                [0x6b, ..] => func.add(true).map(|()| 1),
                [0x7d, ..] => func.subtract64().map(|()| 1),
                [0xa7, ..] => func.wrap().map(|()| 1),
                [0xad, ..] => func.unary(Row::I64ExtendI32U, Class::Int, Class::Int).map(|()| 1),
                [0x45, ..] => func.compare_with_zero(Row::I32Eq, I32).map(|()| 1),
                [0x50, ..] => func.compare_with_zero(Row::I64Eq, I64).map(|()| 1),
                [0x0b, ..] => func.end().map(|()| 1),
                _ => Ok(0),
            }
        };
    }
    operators! {
        index {
            0x20 Func::local_get; 0x21 Func::local_set; 0x22 Func::tee;
            0x0c Func::br; 0x0d Func::br_if; 0x10 Func::call;
        }
        load {
            0x28 I32Load Int; 0x29 I64Load Int; 0x2d I32Load8U Int; 0x2f I32Load16U Int; 0x35 I64Load32U Int;
        }
        store { 0x36 I32Store false; 0x37 I64Store true; 0x3a I32Store8 false; 0x3b I32Store16 false; }
        binary {
            0x71 I32And Some(Row::I32And), I32; 0x72 I32Or Some(Row::I32Or), I32; 0x73 I32Xor Some(Row::I32Xor), I32;
            0x74 I32Shl None, I32; 0x76 I32ShrU None, I32;
            0x7c I64Add Some(Row::I64Add), I64; 0x83 I64And Some(Row::I64And), I64;
        }
    }
}

/// An access to memory 0. What the alignment may be at most was validated.
#[inline(always)]
fn memarg(align: u8, offset: u32) -> MemArg {
    let target = MemArgTarget::Memory(0);
    MemArg { align, max_align: align, offset: u64::from(offset), target, ordering: None }
}
