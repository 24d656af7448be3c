//! Ops as the translator thinks of them: their operands, and what is known of the last one.

use crate::exec::machine::COMPACT;
use crate::exec::operand::{Kind, Name, Room};
use crate::exec::ops::Row;

/// The class of a value: which accumulator holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// `i32`, `i64`, references, and whatever is moved as a cell.
    Int,
    F32,
    F64,
    /// None: vectors, and ops that leave the accumulators alone.
    None,
}

/// What is known of the accumulators: the slot whose value each holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acc {
    held: [u32; 3],
    /// Whether ops take operands from there at all.
    used: bool,
}

impl Acc {
    /// Nothing is known.
    pub(crate) const fn none(used: bool) -> Self {
        Self { held: [u32::MAX; 3], used }
    }

    pub(crate) fn holds(&self, class: Class, slot: u16) -> bool {
        !COMPACT && self.used && class != Class::None && self.held[class as usize] == u32::from(slot)
    }

    /// A slot is written: no accumulator holds its value any more.
    pub(crate) fn forget(&mut self, slot: u16) {
        for held in &mut self.held {
            if *held == u32::from(slot) {
                *held = u32::MAX;
            }
        }
    }

    pub(crate) fn set(&mut self, class: Class, slot: u16) {
        self.forget(slot);
        if class != Class::None {
            self.held[class as usize] = u32::from(slot);
        }
    }
}

/// An operand of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opd {
    Slot(u16),
    Acc,
    Imm(u64),
    /// There is none.
    None,
}

/// What the last op was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// Where it begins.
    pub(crate) at: usize,
    /// How many words it takes.
    pub(crate) words: u8,
    pub(crate) row: Row,
    /// Its form, as it was written: a result that is kept in the accumulator alone is told by the code word.
    pub(crate) form: u8,
    pub(crate) shape: Shape,
    /// The slot that it writes.
    pub(crate) dst: u16,
    pub(crate) class: Class,
    pub(crate) a: Opd,
    pub(crate) b: Opd,
    /// What the accumulators held before it.
    pub(crate) before: Acc,
    /// Where it comes from, and where what traps behind its first word does.
    pub(crate) offset: u32,
    pub(crate) behind: u32,
}

impl Last {
    /// Whether it loads from memory 0, from an address that is at hand.
    pub(crate) fn is_load(&self) -> bool {
        matches!(self.row, Row::I32Load | Row::I32Load8U | Row::I64Load | Row::F64Load) && self.form < 8
    }
}

/// A sum that a branch computes: where its op begins, where it goes, and of what it is the sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    pub(crate) at: usize,
    pub(crate) dst: u16,
    pub(crate) from: u16,
    /// A slot, or the 32 bits of a number.
    pub(crate) by: Opd,
    /// Whether it is one of `i64`.
    pub(crate) wide: bool,
}

/// A number as an op has it whose immediates have 32 bits, which are those of a small `i64` where that is `wide`.
pub(crate) fn small(number: u64, wide: bool) -> Option<u32> {
    if wide { i32::try_from(number as i64).ok().map(|number| number as u32) } else { Some(number as u32) }
}

/// The halves of a word, as operands lie in it.
pub(crate) fn halves(word: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = word.to_ne_bytes();
    [u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])]
}

/// What can be done with the last op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Its result is its first operand; the next form keeps it in the accumulator alone.
    Value,
    /// Its result is its first operand, and it has no other form.
    Fixed,
    /// A copy of one cell.
    Copy,
    /// Copies of two cells, which stay as they are.
    Copy2,
    /// A number below 2^32, which is its first operand.
    Const,
}

/// What the last op put in place for a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    /// The copy of a cell: where to, where from.
    Copy(u16, u16),
    /// Two copies.
    Two((u16, u16), (u16, u16)),
    /// The sum of a cell and a number: where to, the cell, the number.
    Sum(u16, u16, u32),
    /// Nothing that a call can do itself; it stays.
    Other,
}

/// How many operands an op has at most.
#[cfg(verify_code)]
const MOST: usize = 10;

/// The operands of an op, put in the order of the table: each comes to lie where the table has it.
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    bytes: [u8; 32],
    room: Room,
    /// What was put, by name and width.
    #[cfg(verify_code)]
    put: [Option<(Name, usize)>; MOST],
}

impl Operands {
    /// None so far.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; 32],
            room: Room::new(),
            #[cfg(verify_code)]
            put: [None; MOST],
        }
    }

    /// Those of an op whose result goes to a slot.
    #[inline]
    pub(crate) fn to(dst: u16) -> Self {
        Self::new().u16(Name::Dst, dst)
    }

    /// Those of an op with a result, which [`send`](Self::send) tells where to go.
    #[inline]
    pub(crate) fn result() -> Self {
        Self::to(0)
    }

    /// The result, which is the first operand, goes to this slot.
    #[inline]
    pub(crate) fn send(mut self, dst: u16) -> Self {
        self.bytes[..2].copy_from_slice(&dst.to_ne_bytes());
        self
    }

    #[inline]
    fn put(mut self, name: Name, kind: Kind, bytes: &[u8]) -> Self {
        let at = self.room.place(kind);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self.note(name, kind.bytes());
        self
    }

    #[cfg(verify_code)]
    fn note(&mut self, name: Name, bytes: usize) {
        if let Some(free) = self.put.iter_mut().find(|put| put.is_none()) {
            *free = Some((name, bytes));
        }
    }

    #[cfg(not(verify_code))]
    #[inline(always)]
    fn note(&mut self, _: Name, _: usize) {}

    /// What was put, in order.
    #[cfg(verify_code)]
    pub(crate) fn noted(&self) -> impl Iterator<Item = (Name, usize)> {
        self.put.into_iter().flatten()
    }

    /// A slot, or a 16-bit number.
    #[inline]
    pub(crate) fn u16(self, name: Name, value: u16) -> Self {
        self.put(name, Kind::Imm16, &value.to_ne_bytes())
    }

    /// A 32-bit number.
    #[inline]
    pub(crate) fn u32(self, name: Name, value: u32) -> Self {
        self.put(name, Kind::Imm32, &value.to_ne_bytes())
    }

    /// A 64-bit number.
    #[inline]
    pub(crate) fn u64(self, name: Name, value: u64) -> Self {
        self.put(name, Kind::Imm64, &value.to_ne_bytes())
    }

    /// A slot and how many cells there are from it on.
    #[inline]
    pub(crate) fn run(self, name: Name, first: u16, count: u16) -> Self {
        let ([a, b], [c, d]) = (first.to_ne_bytes(), count.to_ne_bytes());
        self.put(name, Kind::Run, &[a, b, c, d])
    }

    /// A slot, the accumulator, or a number, which takes a word where that is `wide`.
    pub(crate) fn operand(self, name: Name, operand: Opd, wide: bool) -> Self {
        match operand {
            Opd::Slot(slot) => self.u16(name, slot),
            Opd::Acc => self.put(name, Kind::SrcAcc, &[]),
            Opd::None => self,
            Opd::Imm(value) if wide => self.u64(name, value),
            Opd::Imm(value) => self.u32(name, value as u32),
        }
    }

    /// How far the op's end lies from the start of the code; the last operand.
    pub(crate) fn link(self, distance: u32) -> Self {
        self.put(Name::Link, Kind::Link, &distance.to_ne_bytes())
    }

    /// How many words they take.
    pub(crate) const fn words(&self) -> usize {
        self.room.words()
    }

    /// Word number `index` of them.
    pub(crate) fn word(&self, index: usize) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&self.bytes[index * 8..index * 8 + 8]);
        u64::from_ne_bytes(word)
    }
}

/// How the operands of an arithmetic op are typed: their class, and whether an immediate takes a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typing {
    pub(crate) operands: Class,
    pub(crate) wide: bool,
    pub(crate) result: Class,
}
