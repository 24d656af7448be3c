//! Validation of bodies.
//!
//! Each operator is validated by wasmparser's own visitor. Who hands it over differs: wasmparser's reader takes forty
//! instructions for an operator that takes it twenty to validate, since it reads all thousand operators of all
//! proposals in one function, so the frequent ones with short immediates are read here. On a module of 14 MB that is a
//! third of the time of validation.
//!
//! # Invariants
//! - What is read here is what wasmparser would have read: operators of the MVP alone, immediates of at most four bytes,
//!   memory 0. Everything else, whatever ends the body included, goes to its reader.
//! - No operator is handed over when no block is open: only `end` closes one.

use crate::leb::{signed, unsigned};
use crate::parse::error::invalid;
use coracle_error::Result;
use wasmparser::{
    BinaryReader, BlockType, FrameStack, FuncToValidate, FuncValidator, FuncValidatorAllocations, FunctionBody, MemArg,
    MemArgTarget, ValType, ValidatorResources, VisitOperator,
};

/// `end`, which alone closes a block.
const END: u8 = 0x0b;

type Outcome<T = ()> = core::result::Result<T, wasmparser::Error>;

/// Validates bodies one after the other, with the same allocations.
#[derive(Default)]
pub struct BodyValidator(FuncValidatorAllocations);

impl BodyValidator {
    /// Validates one body.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset.
    pub fn validate(&mut self, func: FuncToValidate<ValidatorResources>, body: &FunctionBody<'_>) -> Result<()> {
        let mut validator = func.into_validator(core::mem::take(&mut self.0));
        let mut reader = body.get_binary_reader();
        validate(&mut validator, &mut reader, body.as_bytes()).map_err(invalid)?;
        self.0 = validator.into_allocations();
        Ok(())
    }
}

/// `bytes` are all that `reader` reads.
fn validate<'a>(
    validator: &mut FuncValidator<ValidatorResources>,
    reader: &mut BinaryReader<'a>,
    bytes: &'a [u8],
) -> Outcome {
    let base = reader.original_position();
    validator.read_locals(reader)?;
    reader.set_features(*validator.features());
    let mut at = reader.current_position();
    while at < bytes.len() {
        let mut visitor = validator.visitor(base + at as u64);
        if bytes[at] == END {
            visitor.visit_end()?;
            at += 1;
            if visitor.current_frame().is_none() {
                break;
            }
            continue;
        }
        let read = frequent(&mut visitor, &bytes[at..])?;
        at += read;
        if read != 0 {
            continue;
        }
        reader.read_bytes(at - reader.current_position())?;
        reader.visit_operator(&mut visitor)??;
        at = reader.current_position();
    }
    reader.read_bytes(at - reader.current_position())?;
    // Whatever follows the last `end` is an error, which the reader tells.
    while !reader.eof() {
        reader.visit_operator(&mut validator.visitor(reader.original_position()))??;
    }
    reader.finish_expression(&validator.visitor(reader.original_position()))
}

/// The type of a block that takes a byte, and is no index.
#[inline(always)]
fn block_type(byte: u8) -> Option<BlockType> {
    Some(match byte {
        0x40 => BlockType::Empty,
        0x7f => BlockType::Type(ValType::I32),
        0x7e => BlockType::Type(ValType::I64),
        0x7d => BlockType::Type(ValType::F32),
        0x7c => BlockType::Type(ValType::F64),
        _ => return None,
    })
}

/// Validates the operator that `bytes` begin with if it is a frequent one: how many bytes it takes, or 0.
#[inline(always)]
fn frequent<'a>(visitor: &mut impl VisitOperator<'a, Output = Outcome>, bytes: &[u8]) -> Outcome<usize> {
    macro_rules! operators {
        (
            plain { $($plain:literal $visit_plain:ident;)* }
            index { $($index:literal $visit_index:ident;)* }
            memory { $($memory:literal $visit_memory:ident $max_align:literal;)* }
            block { $($block:literal $visit_block:ident;)* }
        ) => {
            match *bytes {
                $([$plain, ..] => visitor.$visit_plain().map(|()| 1),)*
                $([$index, ref rest @ ..] => match unsigned(rest) {
                    Some((value, len)) => visitor.$visit_index(value).map(|()| 1 + len),
                    None => Ok(0),
                },)*
                $([$memory, align @ 0..=15, ref rest @ ..] => match unsigned(rest) {
                    Some((offset, len)) => {
                        let (offset, target) = (u64::from(offset), MemArgTarget::Memory(0));
                        let memarg = MemArg { align, max_align: $max_align, offset, target, ordering: None };
                        visitor.$visit_memory(memarg).map(|()| 2 + len)
                    }
                    None => Ok(0),
                },)*
                $([$block, ty, ..] => match block_type(ty) {
                    Some(ty) => visitor.$visit_block(ty).map(|()| 2),
                    None => Ok(0),
                },)*
                [0x41, ref rest @ ..] => match signed(rest) {
                    Some((value, len)) => visitor.visit_i32_const(value).map(|()| 1 + len),
                    None => Ok(0),
                },
                [0x42, ref rest @ ..] => match signed(rest) {
                    Some((value, len)) => visitor.visit_i64_const(i64::from(value)).map(|()| 1 + len),
                    None => Ok(0),
                },
                _ => Ok(0),
            }
        };
    }
    operators! {
        plain {
            0x0f visit_return; 0x1a visit_drop; 0x1b visit_select;
            0x45 visit_i32_eqz; 0x46 visit_i32_eq; 0x47 visit_i32_ne; 0x48 visit_i32_lt_s; 0x49 visit_i32_lt_u;
            0x4a visit_i32_gt_s; 0x4b visit_i32_gt_u; 0x4c visit_i32_le_s; 0x4d visit_i32_le_u; 0x4e visit_i32_ge_s;
            0x4f visit_i32_ge_u;
            0x50 visit_i64_eqz; 0x51 visit_i64_eq; 0x52 visit_i64_ne; 0x53 visit_i64_lt_s; 0x54 visit_i64_lt_u;
            0x55 visit_i64_gt_s; 0x56 visit_i64_gt_u; 0x57 visit_i64_le_s; 0x58 visit_i64_le_u; 0x59 visit_i64_ge_s;
            0x5a visit_i64_ge_u;
            0x6a visit_i32_add; 0x6b visit_i32_sub; 0x6c visit_i32_mul; 0x71 visit_i32_and; 0x72 visit_i32_or;
            0x73 visit_i32_xor; 0x74 visit_i32_shl; 0x75 visit_i32_shr_s; 0x76 visit_i32_shr_u;
            0x7c visit_i64_add; 0x7d visit_i64_sub; 0x7e visit_i64_mul; 0x83 visit_i64_and; 0x84 visit_i64_or;
            0x85 visit_i64_xor; 0x86 visit_i64_shl; 0x87 visit_i64_shr_s; 0x88 visit_i64_shr_u;
            0xa0 visit_f64_add; 0xa1 visit_f64_sub; 0xa2 visit_f64_mul; 0xa3 visit_f64_div;
            0xa7 visit_i32_wrap_i64; 0xac visit_i64_extend_i32_s; 0xad visit_i64_extend_i32_u;
        }
        index {
            0x0c visit_br; 0x0d visit_br_if; 0x10 visit_call;
            0x20 visit_local_get; 0x21 visit_local_set; 0x22 visit_local_tee;
            0x23 visit_global_get; 0x24 visit_global_set;
        }
        memory {
            0x28 visit_i32_load 2; 0x29 visit_i64_load 3; 0x2a visit_f32_load 2; 0x2b visit_f64_load 3;
            0x2c visit_i32_load8_s 0; 0x2d visit_i32_load8_u 0; 0x2e visit_i32_load16_s 1; 0x2f visit_i32_load16_u 1;
            0x31 visit_i64_load8_u 0; 0x33 visit_i64_load16_u 1; 0x34 visit_i64_load32_s 2; 0x35 visit_i64_load32_u 2;
            0x36 visit_i32_store 2; 0x37 visit_i64_store 3; 0x38 visit_f32_store 2; 0x39 visit_f64_store 3;
            0x3a visit_i32_store8 0; 0x3b visit_i32_store16 1; 0x3c visit_i64_store8 0; 0x3e visit_i64_store32 2;
        }
        block { 0x02 visit_block; 0x03 visit_loop; 0x04 visit_if; }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::features::Features;
    use alloc::vec::Vec;
    use wasmparser::{Parser, ValidPayload, Validator};

    /// A module with a memory, a table, a global and one function of no parameters and one local, whose code this is.
    fn module(code: &[u8]) -> Vec<u8> {
        let mut bytes =
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x04\x04\x01\x70\0\x01\x05\x03\x01\0\x01".to_vec();
        bytes.extend(b"\x06\x06\x01\x7f\x01\x41\0\x0b\x0a");
        let body = code.len() as u8 + 3;
        bytes.extend([body + 2, 1, body, 1, 1, 0x7f]);
        bytes.extend(code);
        bytes
    }

    /// Whether a body is valid, asked in this way or by wasmparser alone.
    fn valid(code: &[u8], alone: bool) -> bool {
        let bytes = module(code);
        let mut validator = Validator::new_with_features(Features::supported().wasmparser());
        for payload in Parser::new(0).parse_all(&bytes) {
            let payload = payload.expect("sections can be read");
            if let ValidPayload::Func(func, body) = validator.payload(&payload).expect("sections are valid") {
                let (mut validator, mut reader) = (func.into_validator(Default::default()), body.get_binary_reader());
                return match alone {
                    true => validator.validate(&body).is_ok(),
                    false => validate(&mut validator, &mut reader, body.as_bytes()).is_ok(),
                };
            }
        }
        unreachable!("there is a body")
    }

    /// Bodies of pieces that fit or do not, some of proposals that are never on, some cut off.
    #[test]
    fn both_ways_say_the_same() {
        let pieces: &[&[u8]] = &[
            &[0x41, 5],
            &[0x1a],
            &[0x02, 0x40],
            &[0x03, 0x7f],
            &[0x04, 0x40],
            &[0x05],
            &[0x0b],
            &[0x20, 0],
            &[0x21, 0],
            &[0x6a],
            &[0x45],
            &[0x0c, 0],
            &[0x0d, 0],
            &[0x0e, 1, 0, 0],
            &[0x0f],
            &[0x10, 0],
            &[0x00],
            &[0x01],
            &[0x23, 0],
            &[0x24, 0],
            &[0x28, 2, 0],
            &[0x36, 2, 0x80],
            &[0x3f, 0],
            &[0x40, 0],
            &[0x42, 1],
            &[0x1b],
            &[0x06, 0x40],
            &[0x07, 0],
            &[0x19],
            &[0x1f, 0x40, 0],
            &[0xd0, 0x70],
            &[0xd1],
            &[0xfb, 0, 0],
            &[0xfc, 10, 0, 0],
            &[0xfc, 0],
            &[0xfd, 12],
            &[0xfe, 0x10, 2, 0],
            &[0xff],
            &[0x41, 0x80],
        ];
        let (mut seed, mut right) = (1_u64, 0);
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        for _ in 0..20_000 {
            let mut code: Vec<u8> = (0..next(9)).flat_map(|_| pieces[next(pieces.len())]).copied().collect();
            if next(4) > 0 {
                code.push(END);
            }
            let verdict = valid(&code, true);
            assert_eq!(verdict, valid(&code, false), "{code:x?}");
            right += usize::from(verdict);
        }
        assert!(right > 100, "{right} of them are valid");
    }
}
