//! Finished code, looked at by the table: what each op's fields say must hold of the function around it.
//!
//! In builds of the profile `dev` and those that inherit it, and with the feature `verify`, every function that is
//! translated is looked at, and a body whose code does not pass is a bug that is told with the op and what is wrong.
//!
//! # Invariants
//! - V1. Every word is an op's or an operand's: ops follow each other without gaps up to the end.
//! - V2. Cells that operands name are below the frame's size; so is what a call hands over, with the callee's header.
//! - V3. Whatever a branch leads to is an op's start, behind a fuel op where the branch pays for one, which follows a
//!   conditional one. Nothing runs over the end.
//! - V4. What tells its distance from the start of the code tells the truth.
//! - V5. What handles exceptions leads to an op, and leaves its arguments below the frame's size.

use crate::code::Handler;
use crate::exec::forms::{Form, form_of, op_words};
use crate::exec::machine::pays;
#[cfg(any(verify_code, test))]
use crate::exec::operand::Operand;
use crate::exec::operand::{self, Kind, Name, placed};
use crate::exec::ops::Row;
use crate::exec::stack::{FUEL_WORDS, HEADER_CELLS};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Code with op numbers in the place of handlers, as the printer takes it.
#[derive(Clone, Copy)]
pub(crate) struct Finished<'a> {
    /// The ops.
    pub(crate) ops: &'a [u64],
    /// Cells of the frame.
    pub(crate) frame_cells: usize,
    /// What becomes of exceptions.
    pub(crate) handlers: &'a [Handler],
}

/// An op of it.
#[derive(Clone, Copy)]
struct Op<'a> {
    at: usize,
    row: Row,
    form: &'static Form,
    words: &'a [u64],
}

/// Looks at all of it.
///
/// # Errors
/// What is wrong with which op.
pub(crate) fn verify(code: Finished<'_>) -> Result<(), String> {
    let (mut starts, mut ops) = (Vec::new(), Vec::new());
    if starts.try_reserve(code.ops.len()).is_err() || ops.try_reserve(code.ops.len()).is_err() {
        // Where there is no memory to look at it, none is looked at.
        return Ok(());
    }
    starts.resize(code.ops.len(), None);
    let mut at = 0;
    while at < code.ops.len() {
        let op = read(code.ops, at)?;
        starts[at] = Some(op.row);
        at += op.words.len();
        ops.push(op);
    }
    for (i, op) in ops.iter().enumerate() {
        let next = ops.get(i + 1).map(|next| next.row);
        look(op, &code, &starts, next).map_err(|wrong| {
            let name = if op.form.name.is_empty() { "" } else { "_" };
            format!("{}: {}{name}{}: {wrong}", op.at, op.row.text(), op.form.name)
        })?;
    }
    code.handlers.iter().try_for_each(|handler| look_at_handler(handler, &code, &starts))
}

/// The op at `at`, whole.
fn read(ops: &[u64], at: usize) -> Result<Op<'_>, String> {
    let op = u16::try_from(ops[at]).ok().and_then(form_of);
    let Some((row, form)) = op else { return Err(format!("{at}: not an op: {:#x}", ops[at])) };
    let short = || format!("{at}: {}: the code ends in it", row.text());
    let whole = op_words(&ops[at..]).ok_or_else(short)?;
    Ok(Op { at, row, form, words: ops.get(at..at + whole).ok_or_else(short)? })
}

impl Op<'_> {
    /// The 16-bit operand at `at`.
    fn half(&self, at: usize) -> u16 {
        operand::half(self.words, at)
    }

    /// The 32-bit operand at `at`.
    fn full(&self, at: usize) -> u32 {
        operand::full(self.words, at)
    }

    /// The place of the operand of this name.
    fn at(&self, name: Name) -> usize {
        operand::place(self.form.operands, name)
    }

    /// Where it ends.
    fn end(&self) -> usize {
        self.at + self.words.len()
    }

    /// Whether it pays for the fuel ops that it leads to.
    fn pays(&self) -> bool {
        pays(self.form.name)
    }
}

/// The first operand of an op that was not put in its turn, or not in its width: `put` are those that were, in order.
#[cfg(verify_code)]
pub(crate) fn misplaced(op: u16, put: impl Iterator<Item = (Name, usize)>) -> Option<Name> {
    let (_, form) = form_of(op)?;
    let mut stated = placed(form.operands).map(|(Operand { name, kind }, _)| (name, kind.bytes()));
    let wrong = put.filter(|&put| stated.next() != Some(put)).map(|(name, _)| name).next();
    wrong.or_else(|| stated.next().map(|(name, _)| name))
}

/// What ops lie where, by their first words.
type Starts = [Option<Row>];

fn look(op: &Op<'_>, code: &Finished<'_>, starts: &Starts, next: Option<Row>) -> Result<(), String> {
    let mut branches = false;
    for (operand, at) in placed(op.form.operands) {
        match operand.kind {
            Kind::None | Kind::DstAcc | Kind::SrcAcc | Kind::Imm16 | Kind::Imm32 | Kind::Imm64 => {}
            Kind::Dst | Kind::Src => cells(op.half(at), 1, code)?,
            Kind::Run => cells(op.half(at), op.half(at + 2).into(), code)?,
            Kind::Target => {
                branches = true;
                leads(op, op.full(at), starts)?;
            }
            Kind::Targets => {
                for i in 0..=op.full(at) as usize {
                    leads(op, op.full(at + 4 + 4 * i), starts)?;
                }
            }
            Kind::Link if op.full(at) as usize != op.end() => {
                return Err(format!("it says that it ends at {}", op.full(at)));
            }
            Kind::Link => {}
        }
    }
    if is_last(op.row) {
        return Ok(());
    }
    match next {
        None => return Err("nothing follows".into()),
        Some(Row::Fuel) => {}
        Some(_) if branches && op.pays() || op.row == Row::ZeroFuel => return Err("no fuel op follows".into()),
        Some(_) => {}
    }
    look_at_call(op, code)
}

/// Whether nothing behind such an op is reached from it.
fn is_last(row: Row) -> bool {
    use Row::{Br, BrTable, Ret0, Ret1, RetN, RetSum, Throw, ThrowRef, Unreachable};
    let leaves = matches!(row, Br | BrTable | Ret0 | Ret1 | RetN | RetSum | Throw | ThrowRef | Unreachable);
    leaves || matches!(row, Row::TailCall | Row::TailCallImport | Row::TailCallIndirect | Row::TailCallRef)
}

/// What an op that is a call, or counts, says of where it stands and of the callee's frame.
fn look_at_call(op: &Op<'_>, code: &Finished<'_>) -> Result<(), String> {
    match op.row {
        Row::LoopHeat => match op.full(op.at(Name::Distance)) as usize {
            distance if distance != op.at => Err(format!("it says that it stands at {distance}")),
            _ => Ok(()),
        },
        Row::Call | Row::CallImport | Row::CallIndirect | Row::CallRef => {
            let (base, header) = (op.half(op.at(Name::Base)), op.half(op.at(Name::Header)));
            cells(base, usize::from(header) + HEADER_CELLS, code)
        }
        _ => Ok(()),
    }
}

fn cells(first: u16, count: usize, code: &Finished<'_>) -> Result<(), String> {
    if usize::from(first) + count > code.frame_cells {
        return Err(format!("cells from {first} on, {count} of them, in a frame of {}", code.frame_cells));
    }
    Ok(())
}

fn leads(op: &Op<'_>, words: u32, starts: &Starts) -> Result<(), String> {
    let target = op.at as i64 + i64::from(words as i32);
    let at = |place: i64| usize::try_from(place).ok().and_then(|place| starts.get(place).copied().flatten());
    match at(target) {
        None => Err(format!("no op at {target}")),
        Some(_) if op.pays() && at(target - FUEL_WORDS as i64) != Some(Row::Fuel) => {
            Err(format!("no fuel op before {target}"))
        }
        Some(_) => Ok(()),
    }
}

/// Where a handler ends is no op's start where the last op within and the first behind became one; a call never does.
fn look_at_handler(handler: &Handler, code: &Finished<'_>, starts: &Starts) -> Result<(), String> {
    let is_start = |at: u32| starts.get(at as usize).is_some_and(Option::is_some);
    let args = handler.args + u32::from(handler.with_ref);
    if handler.start > handler.end || handler.end as usize > code.ops.len() || !is_start(handler.target) {
        return Err(format!("a handler of {} to {} leads to {}", handler.start, handler.end, handler.target));
    }
    if (handler.cell + args) as usize > code.frame_cells {
        return Err(format!("a handler's arguments from {} on, in a frame of {}", handler.cell, code.frame_cells));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::quiet::is_quiet;

    /// A word of operands of 16 bits.
    fn word(parts: [u16; 4]) -> u64 {
        let [[a, b], [c, d], [e, f], [g, h]] = parts.map(u16::to_ne_bytes);
        u64::from_ne_bytes([a, b, c, d, e, f, g, h])
    }

    fn op(row: Row, form: u8) -> u64 {
        row.op(form).into()
    }

    fn wrong(ops: &[u64]) -> String {
        verify(Finished { ops, frame_cells: 8, handlers: &[] }).err().unwrap_or_default()
    }

    #[test]
    fn what_is_right_passes() {
        let code = [op(Row::Copy, 0), word([4, 7, 0, 0]), op(Row::Br, 0), word([0xfffe, 0xffff, 0, 0])];
        let back = [op(Row::Copy, 0), word([4, 7, 0, 0]), op(Row::Ret0, 0), word([3, 0, 0, 0])];
        assert_eq!(wrong(&back), "");
        if cfg!(target_endian = "little") {
            assert_eq!(wrong(&code), "");
        }
    }

    /// Ops that fuel is charged ahead for, and that stand twice in the code: none leads anywhere, pays for another, reaches
    /// the embedder, or is paid for by its length.
    #[test]
    fn quiet_ops_lead_nowhere() {
        let mut quiet = 0;
        for (row, form) in (0..=u16::MAX).filter(|&op| is_quiet(op)).filter_map(form_of) {
            let loud = |operand: &Operand| {
                let Operand { name, kind } = *operand;
                let leads = matches!(kind, Kind::Target | Kind::Targets | Kind::Link);
                leads || matches!(name, Name::Header | Name::Top | Name::Len | Name::Heat | Name::Cost)
            };
            let ends = form.operands.is_empty() || is_last(row);
            assert!(!ends && !form.operands.iter().any(loud) && !pays(form.name), "{} {}", row.text(), form.name);
            quiet += 1;
        }
        assert!(quiet > 1000, "{quiet}");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let ret = [op(Row::Ret0, 0), word([3, 0, 0, 0])];
        let with = |first: &[u64]| wrong(&[first, &ret[..]].concat());
        assert_eq!(with(&[0xfff0]), "0: not an op: 0xfff0");
        assert_eq!(
            with(&[op(Row::Copy, 0), word([4, 8, 0, 0])]),
            "0: copy_ss: cells from 8 on, 1 of them, in a frame of 8"
        );
        assert!(with(&[op(Row::Zero, 0), word([4, 5, 0, 0])]).contains("cells from 4 on, 5 of them"));
        assert!(with(&[op(Row::Br, 0), word([1, 0, 0, 0])]).contains("no op at"));
        assert!(
            with(&[op(Row::Br, 1), word([2, 0, 0, 0])]).contains("no fuel op before") || cfg!(target_endian = "big")
        );
        assert!(with(&[op(Row::ZeroFuel, 1), word([4, 1, 0, 0])]).contains("no fuel op follows"));
        assert!(with(&[op(Row::LoopHeat, 0), 0, word([9, 0, 0, 0])]).contains("it says that it stands at"));
        assert!(with(&[op(Row::Call, 0), word([4, 0, 0, 0]), 0]).contains("it says that it ends at 0"));
        assert_eq!(wrong(&[op(Row::Copy, 0), word([4, 7, 0, 0])]), "0: copy_ss: nothing follows");
        assert_eq!(wrong(&[op(Row::Copy, 0)]), "0: copy: the code ends in it");
        let handler = Handler { start: 0, end: 2, tag: 0, target: 1, cell: 0, args: 0, with_ref: false };
        let code = Finished { ops: &ret, frame_cells: 8, handlers: &[handler] };
        assert!(verify(code).is_err_and(|wrong| wrong.contains("leads to 1")));
    }
}
