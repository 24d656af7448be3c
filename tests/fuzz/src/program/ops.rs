//! Wasm's operators by type, so that a generator can ask for "one that makes an `f64`".
//!
//! Rows are ranges of opcodes with one signature; what traps now and then stands in rows of its own.

use Ty::{F32, F64, I32, I64, V128};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    I32,
    I64,
    F32,
    F64,
    V128,
    Func,
    Extern,
    Exn,
    /// A function of this type, or null.
    Ref(u32),
}

/// What follows an opcode.
#[derive(Clone, Copy, Debug)]
pub enum Imm {
    None,
    /// A lane below this.
    Lane(u8),
    /// Sixteen lanes below 32.
    Shuffle,
}

/// Opcodes `first..=last` behind `prefix` (0 for none): parameters, result, what follows, whether they may trap.
pub struct Ops {
    pub prefix: u8,
    pub first: u32,
    pub last: u32,
    pub params: &'static [Ty],
    pub result: Ty,
    pub imm: Imm,
    pub may: Trap,
}

/// How operators trap, if they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    Never,
    /// When the last operand is zero.
    Zero,
    /// When the operand is out of range; the operator with this number more and the prefix `0xfc` does not.
    Range,
}

impl Ops {
    /// Whether an integer, or a sign, can come of a NaN's bits.
    pub fn shows_nans(&self) -> bool {
        self.prefix == 0xfd || matches!(self.first, 0xbc | 0xbd | 0x98 | 0xa6) && self.prefix == 0
    }
}

const fn ops(prefix: u8, first: u32, last: u32, params: &'static [Ty], result: Ty) -> Ops {
    Ops { prefix, first, last, params, result, imm: Imm::None, may: Trap::Never }
}
const fn traps(first: u32, last: u32, params: &'static [Ty], result: Ty, may: Trap) -> Ops {
    Ops { prefix: 0, first, last, params, result, imm: Imm::None, may }
}
const fn lanes(first: u32, last: u32, params: &'static [Ty], result: Ty, imm: Imm) -> Ops {
    Ops { prefix: 0xfd, first, last, params, result, imm, may: Trap::Never }
}

const V: &[Ty] = &[V128];
const VV: &[Ty] = &[V128, V128];
const VVV: &[Ty] = &[V128, V128, V128];
const SHIFT: &[Ty] = &[V128, I32];

/// Operators without memory.
pub const PLAIN: &[Ops] = &[
    ops(0, 0x45, 0x45, &[I32], I32),
    ops(0, 0x46, 0x4f, &[I32, I32], I32),
    ops(0, 0x50, 0x50, &[I64], I32),
    ops(0, 0x51, 0x5a, &[I64, I64], I32),
    ops(0, 0x5b, 0x60, &[F32, F32], I32),
    ops(0, 0x61, 0x66, &[F64, F64], I32),
    ops(0, 0x67, 0x69, &[I32], I32),
    ops(0, 0x6a, 0x6c, &[I32, I32], I32),
    traps(0x6d, 0x70, &[I32, I32], I32, Trap::Zero),
    ops(0, 0x71, 0x78, &[I32, I32], I32),
    ops(0, 0x79, 0x7b, &[I64], I64),
    ops(0, 0x7c, 0x7e, &[I64, I64], I64),
    traps(0x7f, 0x82, &[I64, I64], I64, Trap::Zero),
    ops(0, 0x83, 0x8a, &[I64, I64], I64),
    ops(0, 0x8b, 0x91, &[F32], F32),
    ops(0, 0x92, 0x97, &[F32, F32], F32),
    ops(0, 0x98, 0x98, &[F32, F32], F32),
    ops(0, 0x99, 0x9f, &[F64], F64),
    ops(0, 0xa0, 0xa5, &[F64, F64], F64),
    ops(0, 0xa6, 0xa6, &[F64, F64], F64),
    ops(0, 0xa7, 0xa7, &[I64], I32),
    traps(0xa8, 0xa9, &[F32], I32, Trap::Range),
    traps(0xaa, 0xab, &[F64], I32, Trap::Range),
    ops(0, 0xac, 0xad, &[I32], I64),
    traps(0xae, 0xaf, &[F32], I64, Trap::Range),
    traps(0xb0, 0xb1, &[F64], I64, Trap::Range),
    ops(0, 0xb2, 0xb3, &[I32], F32),
    ops(0, 0xb4, 0xb5, &[I64], F32),
    ops(0, 0xb6, 0xb6, &[F64], F32),
    ops(0, 0xb7, 0xb8, &[I32], F64),
    ops(0, 0xb9, 0xba, &[I64], F64),
    ops(0, 0xbb, 0xbb, &[F32], F64),
    ops(0, 0xbc, 0xbc, &[F32], I32),
    ops(0, 0xbd, 0xbd, &[F64], I64),
    ops(0, 0xbe, 0xbe, &[I32], F32),
    ops(0, 0xbf, 0xbf, &[I64], F64),
    ops(0, 0xc0, 0xc1, &[I32], I32),
    ops(0, 0xc2, 0xc4, &[I64], I64),
    ops(0xfc, 0, 1, &[F32], I32),
    ops(0xfc, 2, 3, &[F64], I32),
    ops(0xfc, 4, 5, &[F32], I64),
    ops(0xfc, 6, 7, &[F64], I64),
    // Vectors.
    lanes(13, 13, VV, V128, Imm::Shuffle),
    ops(0xfd, 14, 14, VV, V128),
    ops(0xfd, 15, 17, &[I32], V128),
    ops(0xfd, 18, 18, &[I64], V128),
    ops(0xfd, 19, 19, &[F32], V128),
    ops(0xfd, 20, 20, &[F64], V128),
    lanes(21, 22, V, I32, Imm::Lane(16)),
    lanes(23, 23, SHIFT, V128, Imm::Lane(16)),
    lanes(24, 25, V, I32, Imm::Lane(8)),
    lanes(26, 26, SHIFT, V128, Imm::Lane(8)),
    lanes(27, 27, V, I32, Imm::Lane(4)),
    lanes(28, 28, SHIFT, V128, Imm::Lane(4)),
    lanes(29, 29, V, I64, Imm::Lane(2)),
    lanes(30, 30, &[V128, I64], V128, Imm::Lane(2)),
    lanes(31, 31, V, F32, Imm::Lane(4)),
    lanes(32, 32, &[V128, F32], V128, Imm::Lane(4)),
    lanes(33, 33, V, F64, Imm::Lane(2)),
    lanes(34, 34, &[V128, F64], V128, Imm::Lane(2)),
    ops(0xfd, 35, 76, VV, V128),
    ops(0xfd, 77, 77, V, V128),
    ops(0xfd, 78, 81, VV, V128),
    ops(0xfd, 82, 82, VVV, V128),
    ops(0xfd, 83, 83, V, I32),
    ops(0xfd, 94, 98, V, V128),
    ops(0xfd, 99, 100, V, I32),
    ops(0xfd, 101, 102, VV, V128),
    ops(0xfd, 103, 106, V, V128),
    ops(0xfd, 107, 109, SHIFT, V128),
    ops(0xfd, 110, 115, VV, V128),
    ops(0xfd, 116, 117, V, V128),
    ops(0xfd, 118, 121, VV, V128),
    ops(0xfd, 122, 122, V, V128),
    ops(0xfd, 123, 123, VV, V128),
    ops(0xfd, 124, 129, V, V128),
    ops(0xfd, 130, 130, VV, V128),
    ops(0xfd, 131, 132, V, I32),
    ops(0xfd, 133, 134, VV, V128),
    ops(0xfd, 135, 138, V, V128),
    ops(0xfd, 139, 141, SHIFT, V128),
    ops(0xfd, 142, 147, VV, V128),
    ops(0xfd, 148, 148, V, V128),
    ops(0xfd, 149, 153, VV, V128),
    ops(0xfd, 155, 159, VV, V128),
    ops(0xfd, 160, 161, V, V128),
    ops(0xfd, 163, 164, V, I32),
    ops(0xfd, 167, 170, V, V128),
    ops(0xfd, 171, 173, SHIFT, V128),
    ops(0xfd, 174, 174, VV, V128),
    ops(0xfd, 177, 177, VV, V128),
    ops(0xfd, 181, 186, VV, V128),
    ops(0xfd, 188, 191, VV, V128),
    ops(0xfd, 192, 193, V, V128),
    ops(0xfd, 195, 196, V, I32),
    ops(0xfd, 199, 202, V, V128),
    ops(0xfd, 203, 205, SHIFT, V128),
    ops(0xfd, 206, 206, VV, V128),
    ops(0xfd, 209, 209, VV, V128),
    ops(0xfd, 213, 223, VV, V128),
    ops(0xfd, 224, 225, V, V128),
    ops(0xfd, 227, 227, V, V128),
    ops(0xfd, 228, 235, VV, V128),
    ops(0xfd, 236, 237, V, V128),
    ops(0xfd, 239, 239, V, V128),
    ops(0xfd, 240, 247, VV, V128),
    ops(0xfd, 248, 255, V, V128),
    // Relaxed vectors: what they do here is what every machine does.
    ops(0xfd, 256, 256, VV, V128),
    ops(0xfd, 257, 260, V, V128),
    ops(0xfd, 261, 268, VVV, V128),
    ops(0xfd, 269, 274, VV, V128),
    ops(0xfd, 275, 275, VVV, V128),
];

/// An access of a memory: opcode, alignment as a power of two, what is loaded or stored, and lanes if it names one.
pub struct Access {
    pub prefix: u8,
    pub code: u32,
    pub align: u8,
    pub ty: Ty,
    pub lanes: u8,
}

const fn access(prefix: u8, code: u32, align: u8, ty: Ty) -> Access {
    Access { prefix, code, align, ty, lanes: 0 }
}
const fn lane(code: u32, align: u8, lanes: u8) -> Access {
    Access { prefix: 0xfd, code, align, ty: V128, lanes }
}

/// Loads. Those with lanes take a vector too.
pub const LOADS: &[Access] = &[
    access(0, 0x28, 2, I32),
    access(0, 0x29, 3, I64),
    access(0, 0x2a, 2, F32),
    access(0, 0x2b, 3, F64),
    access(0, 0x2c, 0, I32),
    access(0, 0x2d, 0, I32),
    access(0, 0x2e, 1, I32),
    access(0, 0x2f, 1, I32),
    access(0, 0x30, 0, I64),
    access(0, 0x31, 0, I64),
    access(0, 0x32, 1, I64),
    access(0, 0x33, 1, I64),
    access(0, 0x34, 2, I64),
    access(0, 0x35, 2, I64),
    access(0xfd, 0, 4, V128),
    access(0xfd, 1, 3, V128),
    access(0xfd, 2, 3, V128),
    access(0xfd, 3, 3, V128),
    access(0xfd, 4, 3, V128),
    access(0xfd, 5, 3, V128),
    access(0xfd, 6, 3, V128),
    access(0xfd, 7, 0, V128),
    access(0xfd, 8, 1, V128),
    access(0xfd, 9, 2, V128),
    access(0xfd, 10, 3, V128),
    access(0xfd, 92, 2, V128),
    access(0xfd, 93, 3, V128),
    lane(84, 0, 16),
    lane(85, 1, 8),
    lane(86, 2, 4),
    lane(87, 3, 2),
];

/// Stores.
pub const STORES: &[Access] = &[
    access(0, 0x36, 2, I32),
    access(0, 0x37, 3, I64),
    access(0, 0x38, 2, F32),
    access(0, 0x39, 3, F64),
    access(0, 0x3a, 0, I32),
    access(0, 0x3b, 1, I32),
    access(0, 0x3c, 0, I64),
    access(0, 0x3d, 1, I64),
    access(0, 0x3e, 2, I64),
    access(0xfd, 11, 4, V128),
    lane(88, 0, 16),
    lane(89, 1, 8),
    lane(90, 2, 4),
    lane(91, 3, 2),
];

/// Widths of atomic accesses, in the order of their opcodes: what is loaded or stored, and the alignment.
pub const ATOMICS: [(Ty, u8); 7] = [(I32, 2), (I64, 3), (I32, 0), (I32, 1), (I64, 0), (I64, 1), (I64, 2)];
