//! Which ops become one: the table of combinations.

use crate::exec::ops::Row;
use crate::translate::operand::{Opd, small};

/// The branch on a comparison, or on its contrary, if there is one: where there are few ops none is on floats.
pub(crate) fn branch_row(row: Row, when: bool, few: bool) -> Option<Row> {
    if few && (Row::F32Eq as u16..=Row::F64Ge as u16).contains(&(row as u16)) {
        return None;
    }
    macro_rules! rows {
        ($($row:ident $holds:ident $not:ident;)*) => {
            match row {
                $(Row::$row => Some(if when { Row::$holds } else { Row::$not }),)*
                _ => None,
            }
        };
    }
    rows! {
        I32Eq BrI32Eq BrI32Ne;
        I32Ne BrI32Ne BrI32Eq;
        I32LtS BrI32LtS BrI32GeS;
        I32LtU BrI32LtU BrI32GeU;
        I32GtS BrI32GtS BrI32LeS;
        I32GtU BrI32GtU BrI32LeU;
        I32LeS BrI32LeS BrI32GtS;
        I32LeU BrI32LeU BrI32GtU;
        I32GeS BrI32GeS BrI32LtS;
        I32GeU BrI32GeU BrI32LtU;
        I64Eq BrI64Eq BrI64Ne;
        I64Ne BrI64Ne BrI64Eq;
        I64LtS BrI64LtS BrI64GeS;
        I64LtU BrI64LtU BrI64GeU;
        I64GtS BrI64GtS BrI64LeS;
        I64GtU BrI64GtU BrI64LeU;
        I64LeS BrI64LeS BrI64GtS;
        I64LeU BrI64LeU BrI64GtU;
        I64GeS BrI64GeS BrI64LtS;
        I64GeU BrI64GeU BrI64LtU;
        F32Eq BrF32Eq BrF32Ne;
        F32Ne BrF32Ne BrF32Eq;
        F32Lt BrF32Lt BrF32Nlt;
        F32Gt BrF32Gt BrF32Ngt;
        F32Le BrF32Le BrF32Nle;
        F32Ge BrF32Ge BrF32Nge;
        F64Eq BrF64Eq BrF64Ne;
        F64Ne BrF64Ne BrF64Eq;
        F64Lt BrF64Lt BrF64Nlt;
        F64Gt BrF64Gt BrF64Ngt;
        F64Le BrF64Le BrF64Nle;
        F64Ge BrF64Ge BrF64Nge;
        I32And BrI32AndN BrI32And0;
    }
}

/// The branch that is taken where this one is not.
pub(crate) fn contrary_branch(row: Row) -> Option<Row> {
    macro_rules! rows {
        ($($one:ident $other:ident;)*) => {
            match row {
                $(Row::$one => Some(Row::$other), Row::$other => Some(Row::$one),)*
                _ => None,
            }
        };
    }
    rows! {
        BrI32Eq BrI32Ne;
        BrI32LtS BrI32GeS;
        BrI32LtU BrI32GeU;
        BrI32GtS BrI32LeS;
        BrI32GtU BrI32LeU;
        BrI64Eq BrI64Ne;
        BrI64LtS BrI64GeS;
        BrI64LtU BrI64GeU;
        BrI64GtS BrI64LeS;
        BrI64GtU BrI64LeU;
        BrI32And0 BrI32AndN;
    }
}

/// Whether a branch on a comparison has forms that copy first: those of `i32`.
pub(crate) fn copies(branch: Row) -> bool {
    matches!(
        branch,
        Row::BrI32Eq
            | Row::BrI32Ne
            | Row::BrI32LtS
            | Row::BrI32LtU
            | Row::BrI32GtS
            | Row::BrI32GtU
            | Row::BrI32LeS
            | Row::BrI32LeU
            | Row::BrI32GeS
            | Row::BrI32GeU
            | Row::BrI32And0
            | Row::BrI32AndN
    )
}

/// The contrary of a comparison. Floats have none: with a NaN, neither holds.
pub(crate) fn contrary(row: Row) -> Option<Row> {
    Some(match row {
        Row::I32Eq => Row::I32Ne,
        Row::I32Ne => Row::I32Eq,
        Row::I32LtS => Row::I32GeS,
        Row::I32LtU => Row::I32GeU,
        Row::I32GtS => Row::I32LeS,
        Row::I32GtU => Row::I32LeU,
        Row::I32LeS => Row::I32GtS,
        Row::I32LeU => Row::I32GtU,
        Row::I32GeS => Row::I32LtS,
        Row::I32GeU => Row::I32LtU,
        Row::I64Eq => Row::I64Ne,
        Row::I64Ne => Row::I64Eq,
        Row::I64LtS => Row::I64GeS,
        Row::I64LtU => Row::I64GeU,
        Row::I64GtS => Row::I64LeS,
        Row::I64GtU => Row::I64LeU,
        Row::I64LeS => Row::I64GtS,
        Row::I64LeU => Row::I64GtU,
        Row::I64GeS => Row::I64LtS,
        Row::I64GeU => Row::I64LtU,
        _ => return None,
    })
}

/// The op that shifts its first operand before it computes, and the width of what it shifts.
pub(crate) fn shifted_row(shift: Row, then: Row) -> Option<(Row, u16)> {
    Some(match (shift, then) {
        (Row::I32Shl, Row::I32Add) => (Row::I32ShlAdd, 32),
        (Row::I32Shl, Row::I32Xor) => (Row::I32ShlXor, 32),
        (Row::I32ShrU, Row::I32Xor) => (Row::I32ShrUXor, 32),
        (Row::I32Rotl, Row::I32Xor) => (Row::I32RotlXor, 32),
        (Row::I64ShrU, Row::I64Xor) => (Row::I64ShrUXor, 64),
        (Row::I64Rotl, Row::I64Xor) => (Row::I64RotlXor, 64),
        (Row::I64Rotl, Row::I64Add) => (Row::I64RotlAdd, 64),
        _ => return None,
    })
}

/// The op that shifts what it computed, and the width of that.
pub(crate) fn turned_row(first: Row, shift: Row) -> Option<(Row, u16)> {
    Some(match (first, shift) {
        (Row::I32Xor, Row::I32Rotl) => (Row::I32XorRotl, 32),
        (Row::I64Xor, Row::I64Rotl) => (Row::I64XorRotl, 64),
        _ => return None,
    })
}

/// The op for `(a first b) then c`, or `c then (a first b)` where that is `swapped`; and whether the first operator's
/// operands can be swapped.
pub(crate) fn pair_row(first: Row, then: Row, swapped: bool) -> Option<(Row, bool)> {
    Some(match (first, then) {
        (Row::I32Add, Row::I32Add) => (Row::I32AddAdd, true),
        (Row::I32Add, Row::I32Xor) => (Row::I32AddXor, true),
        (Row::I32Xor, Row::I32Add) => (Row::I32XorAdd, true),
        (Row::I32Xor, Row::I32And) => (Row::I32XorAnd, true),
        (Row::I32And, Row::I32Xor) => (Row::I32AndXor, true),
        (Row::I32And, Row::I32Or) => (Row::I32AndOr, true),
        (Row::I32Mul, Row::I32Add) => (Row::I32MulAddS, true),
        (Row::I64Mul, Row::I64Add) => (Row::I64MulAdd, true),
        (Row::F64Add, Row::F64Add) => (Row::F64AddAdd, true),
        (Row::F64Add, Row::F64Mul) => (Row::F64AddMul, true),
        (Row::F64Mul, Row::F64Add) => (Row::F64MulAdd, true),
        (Row::F64Mul, Row::F64Mul) => (Row::F64MulMul, true),
        (Row::F64Sub, Row::F64Add) => (Row::F64SubAdd, false),
        (Row::F64Sub, Row::F64Mul) => (Row::F64SubMul, false),
        (Row::F64Mul, Row::F64Sub) if swapped => (Row::F64MulSubFrom, true),
        (Row::F64Mul, Row::F64Sub) => (Row::F64MulSub, true),
        _ => return None,
    })
}

/// The op that branches on what it loads.
pub(crate) fn load_branch_row(load: Row, branch: Row) -> Option<Row> {
    Some(match (load, branch) {
        (Row::I32Load, Row::BrI32Eq) => Row::BrI32LoadEq,
        (Row::I32Load, Row::BrI32Ne) => Row::BrI32LoadNe,
        (Row::I32Load8U, Row::BrI32Eq) => Row::BrI32Load8UEq,
        (Row::I32Load8U, Row::BrI32Ne) => Row::BrI32Load8UNe,
        (Row::I32Load, Row::BrI32LtS) => Row::BrI32LoadLtS,
        (Row::I32Load, Row::BrI32LtU) => Row::BrI32LoadLtU,
        (Row::I32Load, Row::BrI32GtS) => Row::BrI32LoadGtS,
        (Row::I32Load, Row::BrI32GtU) => Row::BrI32LoadGtU,
        (Row::I32Load, Row::BrI32LeS) => Row::BrI32LoadLeS,
        (Row::I32Load, Row::BrI32LeU) => Row::BrI32LoadLeU,
        (Row::I32Load, Row::BrI32GeS) => Row::BrI32LoadGeS,
        (Row::I32Load, Row::BrI32GeU) => Row::BrI32LoadGeU,
        (Row::I32Load, Row::BrI32And0) => Row::BrI32LoadAnd0,
        (Row::I32Load, Row::BrI32AndN) => Row::BrI32LoadAndN,
        (Row::I32Load8U, Row::BrI32And0) => Row::BrI32Load8UAnd0,
        (Row::I32Load8U, Row::BrI32AndN) => Row::BrI32Load8UAndN,
        (Row::I32Load16U, Row::BrI32Eq) => Row::BrI32Load16UEq,
        (Row::I32Load16U, Row::BrI32Ne) => Row::BrI32Load16UNe,
        _ => return None,
    })
}

/// The row of such an op that has the other kinds of addresses.
pub(crate) fn load_branch_else(row: Row) -> Option<Row> {
    Some(match row {
        Row::BrI32LoadEq => Row::BrI32LoadEqElse,
        Row::BrI32LoadNe => Row::BrI32LoadNeElse,
        _ => return None,
    })
}

/// The op that computes with a number before it branches on a comparison with another; and that as it takes it.
pub(crate) fn test_row(first: Row, branch: Row, than: u32) -> Option<(Row, u32)> {
    let row = match (first, branch) {
        (Row::I32And, Row::BrI32Eq) => Row::BrI32AndEq,
        (Row::I32And, Row::BrI32Ne) => Row::BrI32AndNe,
        (Row::I32Shl, Row::BrI32Eq) => Row::BrI32ShlEq,
        (Row::I32Shl, Row::BrI32Ne) => Row::BrI32ShlNe,
        (Row::I32Add, Row::BrI32LtU) => Row::BrI32AddLtU,
        (Row::I32Add, Row::BrI32GeU) => Row::BrI32AddGeU,
        (Row::I32Add, Row::BrI32LeU) => return Some((Row::BrI32AddLtU, than.checked_add(1)?)),
        (Row::I32Add, Row::BrI32GtU) => return Some((Row::BrI32AddGeU, than.checked_add(1)?)),
        _ => return None,
    };
    Some((row, than))
}

/// The op that computes with a number, below 2^15 but for its sign, what it loads.
pub(crate) fn load_number_row(load: Row, then: Row) -> Option<Row> {
    Some(match (load, then) {
        (Row::I32Load, Row::I32Add) => Row::I32LoadAdd,
        (Row::I32Load, Row::I32And) => Row::I32LoadAnd,
        (Row::I32Load, Row::I32Shl) => Row::I32LoadShl,
        (Row::I32Load, Row::I32ShrU) => Row::I32LoadShrU,
        (Row::I32Load8U, Row::I32Add) => Row::I32Load8UAdd,
        (Row::I32Load8U, Row::I32And) => Row::I32Load8UAnd,
        (Row::I32Load8U, Row::I32Shl) => Row::I32Load8UShl,
        _ => return None,
    })
}

/// The op that adds twice before it branches.
pub(crate) fn steps_row(branch: Row) -> Option<Row> {
    Some(match branch {
        Row::BrI32Ne => Row::Add2Br,
        Row::BrI32LtU => Row::Add2BrLtU,
        Row::BrI32GtU => Row::Add2BrGtU,
        _ => return None,
    })
}

/// The op that chooses by this comparison, or by its contrary.
pub(crate) fn choose_row(compare: Row) -> Option<(Row, bool)> {
    Some(match compare {
        Row::I32Eq => (Row::ChooseEq, false),
        Row::I32Ne => (Row::ChooseEq, true),
        Row::I32LtS => (Row::ChooseLtS, false),
        Row::I32GeS => (Row::ChooseLtS, true),
        Row::I32LtU => (Row::ChooseLtU, false),
        Row::I32GeU => (Row::ChooseLtU, true),
        Row::I32GtS => (Row::ChooseGtS, false),
        Row::I32LeS => (Row::ChooseGtS, true),
        Row::I32GtU => (Row::ChooseGtU, false),
        Row::I32LeU => (Row::ChooseGtU, true),
        _ => return None,
    })
}

/// The op for `memory[…] then b`, or `b then memory[…]` where that is `swapped`.
pub(crate) fn loaded_row(load: Row, then: Row, swapped: bool) -> Option<Row> {
    Some(match (load, then) {
        (Row::I32Load, Row::I32Add) => Row::I32LoadAdd,
        (Row::I32Load, Row::I32Mul) => Row::I32LoadMul,
        (Row::I32Load, Row::I32And) => Row::I32LoadAnd,
        (Row::I32Load, Row::I32Xor) => Row::I32LoadXor,
        (Row::I32Load, Row::I32Sub) if swapped => Row::I32LoadSubFrom,
        (Row::I32Load, Row::I32Sub) => Row::I32LoadSub,
        (Row::I32Load8U, Row::I32Add) => Row::I32Load8UAdd,
        (Row::I64Load, Row::I64Add) => Row::I64LoadAdd,
        (Row::I64Load, Row::I64Xor) => Row::I64LoadXor,
        (Row::F64Load, Row::F64Add) => Row::F64LoadAdd,
        (Row::F64Load, Row::F64Mul) => Row::F64LoadMul,
        (Row::F64Load, Row::F64Sub) if swapped => Row::F64LoadSubFrom,
        (Row::F64Load, Row::F64Sub) => Row::F64LoadSub,
        _ => return None,
    })
}

/// The comparison with its operands swapped; commutative operators are their own.
pub(crate) fn mirror(row: Row) -> Row {
    match row {
        Row::I32LtS => Row::I32GtS,
        Row::I32LtU => Row::I32GtU,
        Row::I32GtS => Row::I32LtS,
        Row::I32GtU => Row::I32LtU,
        Row::I32LeS => Row::I32GeS,
        Row::I32LeU => Row::I32GeU,
        Row::I32GeS => Row::I32LeS,
        Row::I32GeU => Row::I32LeU,
        Row::I64LtS => Row::I64GtS,
        Row::I64LtU => Row::I64GtU,
        Row::I64GtS => Row::I64LtS,
        Row::I64GtU => Row::I64LtU,
        Row::I64LeS => Row::I64GeS,
        Row::I64LeU => Row::I64GeU,
        Row::I64GeS => Row::I64LeS,
        Row::I64GeU => Row::I64LeU,
        Row::F32Lt => Row::F32Gt,
        Row::F32Gt => Row::F32Lt,
        Row::F32Le => Row::F32Ge,
        Row::F32Ge => Row::F32Le,
        Row::F64Lt => Row::F64Gt,
        Row::F64Gt => Row::F64Lt,
        Row::F64Le => Row::F64Ge,
        Row::F64Ge => Row::F64Le,
        row => row,
    }
}

/// The op that adds, as `i64` where that is `wide`, before it branches on a comparison with `b`; and `b` as it takes it.
pub(crate) fn step_row(branch: Row, b: Opd, wide: bool) -> Option<(Row, Opd)> {
    let row = match branch {
        Row::BrI32Eq => Row::AddBrI32Eq,
        Row::BrI32Ne => Row::AddBrI32Ne,
        Row::BrI32LtS => Row::AddBrI32LtS,
        Row::BrI32LtU => Row::AddBrI32LtU,
        Row::BrI32GtS => Row::AddBrI32GtS,
        Row::BrI32GtU => Row::AddBrI32GtU,
        Row::BrI32LeS => Row::AddBrI32LeS,
        Row::BrI32LeU => Row::AddBrI32LeU,
        Row::BrI32GeS => Row::AddBrI32GeS,
        Row::BrI32GeU => Row::AddBrI32GeU,
        Row::BrI64Eq => Row::AddBrI64Eq,
        Row::BrI64Ne => Row::AddBrI64Ne,
        Row::BrI64LtU => Row::AddBrI64LtU,
        Row::BrI64GeU => Row::AddBrI64GeU,
        _ => return None,
    };
    // A sum of `i64` may have been wrapped before it is compared.
    let long = matches!(row, Row::AddBrI64Eq | Row::AddBrI64Ne | Row::AddBrI64LtU | Row::AddBrI64GeU);
    let b = match b {
        Opd::Imm(number) => Opd::Imm(small(number, wide)?.into()),
        b => b,
    };
    (long == wide).then_some((row, b))
}

/// The op that adds, and branches where that one does not.
pub(crate) fn contrary_step(row: Row) -> Option<Row> {
    Some(match row {
        Row::AddBrI32Eq => Row::AddBrI32Ne,
        Row::AddBrI32Ne => Row::AddBrI32Eq,
        Row::AddBrI32LtS => Row::AddBrI32GeS,
        Row::AddBrI32LtU => Row::AddBrI32GeU,
        Row::AddBrI32GtS => Row::AddBrI32LeS,
        Row::AddBrI32GtU => Row::AddBrI32LeU,
        Row::AddBrI32LeS => Row::AddBrI32GtS,
        Row::AddBrI32LeU => Row::AddBrI32GtU,
        Row::AddBrI32GeS => Row::AddBrI32LtS,
        Row::AddBrI32GeU => Row::AddBrI32LtU,
        Row::AddBrI64Eq => Row::AddBrI64Ne,
        Row::AddBrI64Ne => Row::AddBrI64Eq,
        Row::AddBrI64LtU => Row::AddBrI64GeU,
        Row::AddBrI64GeU => Row::AddBrI64LtU,
        _ => return None,
    })
}
