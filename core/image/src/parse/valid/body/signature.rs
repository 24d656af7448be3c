//! What plain operators take and leave, as tables.
//!
//! An operator is plain when its opcode alone says its types: of seven hundred all but fifty. Runs of opcodes have the
//! same types, so a row is where a run ends; a match over operators would be as many arms as there are operators.
//!
//! # Invariants
//! - Rows are sorted. An opcode between two runs belongs to some run even where there is no such operator: whoever asks
//!   has read the operator before.

use crate::module::{RefType, ValType};
use coracle_error::Result;
use wasmparser::{BinaryReader, WasmFeatures};

/// What the opcodes after a prefix begin with; those before are the ones of a byte.
const MISC: u16 = 0x400;
const VECTOR: u16 = 0x800;
const ATOMIC: u16 = 0xc00;
/// The part of an opcode that the reader tells after its prefix.
const WITHIN: u16 = 0x3ff;

/// Types as a signature writes them; 0 is none.
const I32: u16 = 1;
const I64: u16 = 2;
const F32: u16 = 3;
const F64: u16 = 4;
const V128: u16 = 5;
/// An index into the memory or table that an operator names.
const INDEX: u16 = 6;
/// An index into the second one.
const OTHER: u16 = 7;
/// A length that both may have.
const BOTH: u16 = 8;
/// What the table holds.
const ELEMENT: u16 = 9;

/// No plain operator.
const SPECIAL: u16 = u16::MAX;

const LOAD_I32: u16 = takes([INDEX], I32);
const LOAD_I64: u16 = takes([INDEX], I64);
const STORE_I32: u16 = takes([INDEX, I32], 0);
const STORE_I64: u16 = takes([INDEX, I64], 0);

/// Where a run of opcodes ends, and its signature.
type Row = (u16, u16);

/// Four bits for the result, then for each parameter from the last to the first.
const fn takes<const N: usize>(params: [u16; N], result: u16) -> u16 {
    let (mut signature, mut i) = (0, 0);
    while i < N {
        signature = signature << 4 | params[i];
        i += 1;
    }
    signature << 4 | result
}

const PLAIN: &[Row] = &[
    (0x00, SPECIAL),
    (0x01, takes([], 0)),
    (0x24, SPECIAL),
    (0x25, takes([INDEX], ELEMENT)),
    (0x26, takes([INDEX, ELEMENT], 0)),
    (0x28, LOAD_I32),
    (0x29, LOAD_I64),
    (0x2a, takes([INDEX], F32)),
    (0x2b, takes([INDEX], F64)),
    (0x2f, LOAD_I32),
    (0x35, LOAD_I64),
    (0x36, STORE_I32),
    (0x37, STORE_I64),
    (0x38, takes([INDEX, F32], 0)),
    (0x39, takes([INDEX, F64], 0)),
    (0x3b, STORE_I32),
    (0x3e, STORE_I64),
    (0x3f, takes([], INDEX)),
    (0x40, takes([INDEX], INDEX)),
    (0x41, takes([], I32)),
    (0x42, takes([], I64)),
    (0x43, takes([], F32)),
    (0x44, takes([], F64)),
    (0x45, takes([I32], I32)),
    (0x4f, takes([I32, I32], I32)),
    (0x50, takes([I64], I32)),
    (0x5a, takes([I64, I64], I32)),
    (0x60, takes([F32, F32], I32)),
    (0x66, takes([F64, F64], I32)),
    (0x69, takes([I32], I32)),
    (0x78, takes([I32, I32], I32)),
    (0x7b, takes([I64], I64)),
    (0x8a, takes([I64, I64], I64)),
    (0x91, takes([F32], F32)),
    (0x98, takes([F32, F32], F32)),
    (0x9f, takes([F64], F64)),
    (0xa6, takes([F64, F64], F64)),
    (0xa7, takes([I64], I32)),
    (0xa9, takes([F32], I32)),
    (0xab, takes([F64], I32)),
    (0xad, takes([I32], I64)),
    (0xaf, takes([F32], I64)),
    (0xb1, takes([F64], I64)),
    (0xb3, takes([I32], F32)),
    (0xb5, takes([I64], F32)),
    (0xb6, takes([F64], F32)),
    (0xb8, takes([I32], F64)),
    (0xba, takes([I64], F64)),
    (0xbb, takes([F32], F64)),
    (0xbc, takes([F32], I32)),
    (0xbd, takes([F64], I64)),
    (0xbe, takes([I32], F32)),
    (0xbf, takes([I64], F64)),
    (0xc1, takes([I32], I32)),
    (0xc4, takes([I64], I64)),
    (WITHIN, SPECIAL),
    (MISC + 1, takes([F32], I32)),
    (MISC + 3, takes([F64], I32)),
    (MISC + 5, takes([F32], I64)),
    (MISC + 7, takes([F64], I64)),
    (MISC + 8, takes([INDEX, I32, I32], 0)),
    (MISC + 9, takes([], 0)),
    (MISC + 10, takes([INDEX, OTHER, BOTH], 0)),
    (MISC + 11, takes([INDEX, I32, INDEX], 0)),
    (MISC + 12, takes([INDEX, I32, I32], 0)),
    (MISC + 13, takes([], 0)),
    (MISC + 14, takes([INDEX, OTHER, BOTH], 0)),
    (MISC + 15, takes([ELEMENT, INDEX], INDEX)),
    (MISC + 16, takes([], INDEX)),
    (MISC + 17, takes([INDEX, ELEMENT, INDEX], 0)),
];

#[cfg(feature = "simd")]
const VECTORS: &[Row] = &{
    const UNARY: u16 = takes([V128], V128);
    const BINARY: u16 = takes([V128, V128], V128);
    const TERNARY: u16 = takes([V128, V128, V128], V128);
    const TEST: u16 = takes([V128], I32);
    const SHIFT: u16 = takes([V128, I32], V128);
    [
        (VECTOR + 0x0a, takes([INDEX], V128)),
        (VECTOR + 0x0b, takes([INDEX, V128], 0)),
        (VECTOR + 0x0c, takes([], V128)),
        (VECTOR + 0x0e, BINARY),
        (VECTOR + 0x11, takes([I32], V128)),
        (VECTOR + 0x12, takes([I64], V128)),
        (VECTOR + 0x13, takes([F32], V128)),
        (VECTOR + 0x14, takes([F64], V128)),
        (VECTOR + 0x16, TEST),
        (VECTOR + 0x17, SHIFT),
        (VECTOR + 0x19, TEST),
        (VECTOR + 0x1a, SHIFT),
        (VECTOR + 0x1b, TEST),
        (VECTOR + 0x1c, SHIFT),
        (VECTOR + 0x1d, takes([V128], I64)),
        (VECTOR + 0x1e, takes([V128, I64], V128)),
        (VECTOR + 0x1f, takes([V128], F32)),
        (VECTOR + 0x20, takes([V128, F32], V128)),
        (VECTOR + 0x21, takes([V128], F64)),
        (VECTOR + 0x22, takes([V128, F64], V128)),
        (VECTOR + 0x4c, BINARY),
        (VECTOR + 0x4d, UNARY),
        (VECTOR + 0x51, BINARY),
        (VECTOR + 0x52, TERNARY),
        (VECTOR + 0x53, TEST),
        (VECTOR + 0x57, takes([INDEX, V128], V128)),
        (VECTOR + 0x5b, takes([INDEX, V128], 0)),
        (VECTOR + 0x5d, takes([INDEX], V128)),
        (VECTOR + 0x62, UNARY),
        (VECTOR + 0x64, TEST),
        (VECTOR + 0x66, BINARY),
        (VECTOR + 0x6a, UNARY),
        (VECTOR + 0x6d, SHIFT),
        (VECTOR + 0x73, BINARY),
        (VECTOR + 0x75, UNARY),
        (VECTOR + 0x79, BINARY),
        (VECTOR + 0x7a, UNARY),
        (VECTOR + 0x7b, BINARY),
        (VECTOR + 0x81, UNARY),
        (VECTOR + 0x82, BINARY),
        (VECTOR + 0x84, TEST),
        (VECTOR + 0x86, BINARY),
        (VECTOR + 0x8a, UNARY),
        (VECTOR + 0x8d, SHIFT),
        (VECTOR + 0x93, BINARY),
        (VECTOR + 0x94, UNARY),
        (VECTOR + 0x9f, BINARY),
        (VECTOR + 0xa1, UNARY),
        (VECTOR + 0xa4, TEST),
        (VECTOR + 0xaa, UNARY),
        (VECTOR + 0xad, SHIFT),
        (VECTOR + 0xbf, BINARY),
        (VECTOR + 0xc1, UNARY),
        (VECTOR + 0xc4, TEST),
        (VECTOR + 0xca, UNARY),
        (VECTOR + 0xcd, SHIFT),
        (VECTOR + 0xdf, BINARY),
        (VECTOR + 0xe3, UNARY),
        (VECTOR + 0xeb, BINARY),
        (VECTOR + 0xef, UNARY),
        (VECTOR + 0xf7, BINARY),
        (VECTOR + 0xff, UNARY),
        (VECTOR + 0x100, BINARY),
        (VECTOR + 0x104, UNARY),
        (VECTOR + 0x10c, TERNARY),
        (VECTOR + 0x112, BINARY),
        (VECTOR + 0x113, TERNARY),
    ]
};

#[cfg(feature = "threads")]
const ATOMICS: &[Row] = &{
    const RMW_I32: u16 = takes([INDEX, I32], I32);
    const RMW_I64: u16 = takes([INDEX, I64], I64);
    const COMPARE_I32: u16 = takes([INDEX, I32, I32], I32);
    const COMPARE_I64: u16 = takes([INDEX, I64, I64], I64);
    [
        (ATOMIC, RMW_I32),
        (ATOMIC + 0x01, takes([INDEX, I32, I64], I32)),
        (ATOMIC + 0x02, takes([INDEX, I64, I64], I32)),
        (ATOMIC + 0x03, takes([], 0)),
        (ATOMIC + 0x0f, SPECIAL),
        (ATOMIC + 0x10, LOAD_I32),
        (ATOMIC + 0x11, LOAD_I64),
        (ATOMIC + 0x13, LOAD_I32),
        (ATOMIC + 0x16, LOAD_I64),
        (ATOMIC + 0x17, STORE_I32),
        (ATOMIC + 0x18, STORE_I64),
        (ATOMIC + 0x1a, STORE_I32),
        (ATOMIC + 0x1d, STORE_I64),
        // One of seven widths, for each of six operations: the first ones stand for all.
        (ATOMIC + 0x1e, RMW_I32),
        (ATOMIC + 0x1f, RMW_I64),
        (ATOMIC + 0x21, RMW_I32),
        (ATOMIC + 0x24, RMW_I64),
        (ATOMIC + 0x47, SPECIAL),
        (ATOMIC + 0x48, COMPARE_I32),
        (ATOMIC + 0x49, COMPARE_I64),
        (ATOMIC + 0x4b, COMPARE_I32),
        (ATOMIC + 0x4e, COMPARE_I64),
    ]
};

/// What the memories and tables that an operator names say of its types.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    /// Whether indices into the first have 64 bits.
    pub(crate) wide: bool,
    /// The same of the second.
    pub(crate) other_wide: bool,
    /// What the table holds.
    pub(crate) element: RefType,
}

/// A type as a signature writes it.
pub(crate) fn written(ty: u16, named: Named) -> Option<ValType> {
    let wide = match ty {
        I32 => false,
        I64 => true,
        F32 => return Some(ValType::F32),
        F64 => return Some(ValType::F64),
        V128 => return Some(ValType::V128),
        INDEX => named.wide,
        OTHER => named.other_wide,
        BOTH => named.wide && named.other_wide,
        ELEMENT => return Some(ValType::Ref(named.element)),
        _ => return None,
    };
    Some(index(wide))
}

/// The type of an index.
pub(crate) fn index(wide: bool) -> ValType {
    if wide { ValType::I64 } else { ValType::I32 }
}

/// The opcode that a reader stands at: a byte, or what follows a prefix beyond its thousand.
///
/// # Errors
/// `ErrorKind::Invalid` at the end.
pub(crate) fn opcode(reader: &mut BinaryReader<'_>) -> Result<u16> {
    let read = |reader: &mut BinaryReader<'_>| {
        let prefix = match reader.read_u8()? {
            0xfc => MISC,
            0xfd => VECTOR,
            0xfe => ATOMIC,
            byte => return Ok(u16::from(byte)),
        };
        // What is beyond is no operator, as is the last of those that fit.
        Ok(prefix | reader.read_var_u32()?.min(u32::from(WITHIN)) as u16)
    };
    read(reader).map_err(crate::parse::error::invalid)
}

/// What a plain operator takes and leaves: four bits for the result, then for each parameter from the last to the first.
/// `None` for the others.
pub(crate) fn signature(opcode: u16) -> Option<u16> {
    let (rows, opcode) = match opcode & !WITHIN {
        #[cfg(feature = "simd")]
        VECTOR => (VECTORS, opcode),
        #[cfg(feature = "threads")]
        ATOMIC => match opcode & WITHIN {
            within @ 0x1e..=0x47 => (ATOMICS, ATOMIC + 0x1e + (within - 0x1e) % 7),
            _ => (ATOMICS, opcode),
        },
        _ => (PLAIN, opcode),
    };
    let &(_, signature) = rows.get(rows.partition_point(|&(last, _)| last < opcode))?;
    (signature != SPECIAL).then_some(signature)
}

/// How many lanes a vector has for those that take one out of it or put one into it.
#[cfg(feature = "simd")]
pub(crate) fn lanes(opcode: u16) -> u8 {
    match opcode.wrapping_sub(VECTOR) {
        0x15..=0x17 => 16,
        0x18..=0x1a => 8,
        0x1b | 0x1c | 0x1f | 0x20 => 4,
        _ => 2,
    }
}

/// Whether an operator is an access that must be aligned as its width says, no less.
pub(crate) fn is_atomic(opcode: u16) -> bool {
    cfg!(feature = "threads") && opcode >= ATOMIC
}

/// Whether the proposal that an operator is of is on.
pub(crate) fn is_on(opcode: u16, features: WasmFeatures) -> bool {
    const fn bit(proposal: WasmFeatures) -> u32 {
        proposal.bits().trailing_zeros()
    }
    const BULK_FIRST: u16 = MISC + 0x08;
    const BULK_LAST: u16 = MISC + 0x0e;
    const TABLE_FIRST: u16 = MISC + 0x0f;
    const TABLE_LAST: u16 = MISC + 0x11;
    const WIDE_FIRST: u16 = MISC + 0x13;
    const WIDE_LAST: u16 = MISC + 0x16;
    const VECTOR_LAST: u16 = VECTOR + 0xff;
    // Where a proposal has a part of another as well, its own bit is the lowest.
    let bit = match opcode {
        0x08 | 0x0a | 0x1f => const { bit(WasmFeatures::EXCEPTIONS) },
        0x12 | 0x13 => const { bit(WasmFeatures::TAIL_CALL) },
        0x14 | 0x15 | 0xd4..=0xd6 => const { bit(WasmFeatures::FUNCTION_REFERENCES) },
        0x1c | 0x25 | 0x26 | 0xd0..=0xd2 | TABLE_FIRST..=TABLE_LAST => const { bit(WasmFeatures::REFERENCE_TYPES) },
        BULK_FIRST..=BULK_LAST => const { bit(WasmFeatures::BULK_MEMORY) },
        WIDE_FIRST..=WIDE_LAST => const { bit(WasmFeatures::WIDE_ARITHMETIC) },
        VECTOR..=VECTOR_LAST if cfg!(feature = "simd") => const { bit(WasmFeatures::SIMD) },
        VECTOR..ATOMIC if cfg!(feature = "simd") => const { bit(WasmFeatures::RELAXED_SIMD) },
        ATOMIC.. if cfg!(feature = "threads") => const { bit(WasmFeatures::THREADS) },
        // Of the MVP, or of what no build can switch off.
        _ => return true,
    };
    features.bits() >> bit & 1 != 0
}
