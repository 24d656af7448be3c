//! Operands: what the table says of them, and where they come to lie.
//!
//! An op states its operands once, in order, each by its name and what it is (`Exec::OPERANDS`). Where one lies follows
//! from that: each goes to the first free and aligned place behind the code word ([`Room`]). Handlers ask for places by
//! name when they are compiled (`Exec::at`), printer and verifier when they look at code; the translator puts operands in
//! the same order into a room of the same kind, and the verifier compares names and widths.
//!
//! # Invariants
//! - P1. An operand's place depends on those before it alone: ops that begin with the same operands have them in the same
//!   places.
//! - P2. What is in the accumulator has the place that its slot would have, so that forms which differ in that alone are
//!   exchanged by the code word.

macro_rules! names {
    ($($name:ident)*) => {
        /// What an operand is called.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code, reason = "some belong to ops that not all builds have")]
        pub(crate) enum Name { $($name),* }

        /// The names as types, so that a place is known when a handler is compiled.
        #[allow(dead_code, reason = "no handler looks at a link")]
        pub(crate) mod name {
            $(pub(crate) struct $name;)*
        }

        $(impl Named for name::$name { const NAME: Name = Name::$name; })*
    };
}
names! {
    Dst Dst2 Dst3 Dst4
    A B C D
    Number Number2 Low High Factor Shift Step Condition
    Address Address2 Offset Offset2 Value Value2 Lane
    Memory Memory2 Global Table Table2 Segment Page Widths
    To From Len Delta Index Ref
    Target Targets Top Cost Apart Heat Loop Distance
    Base Header NextHeader Callee Sig Arguments Cells Tag Link
}

/// A name as a type.
pub(crate) trait Named {
    /// The name.
    const NAME: Name;
}

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// This form lacks it.
    None,
    /// A frame slot that is written.
    Dst,
    /// A frame slot that is read.
    Src,
    /// The accumulator is written.
    DstAcc,
    /// The accumulator is read.
    SrcAcc,
    /// A 16-bit number.
    Imm16,
    /// A 32-bit number.
    Imm32,
    /// A 64-bit number.
    Imm64,
    /// A branch target, in words from the op's own start.
    Target,
    /// A slot from which a run of cells, whose length is the 16-bit number behind it, is read or written.
    Run,
    /// How many branch targets follow before the last of them, one half word each. The last operand.
    Targets,
    /// In the last half word, how far the op's end lies from the start of the code, in words. The last operand.
    Link,
}

impl Kind {
    /// How many bytes it takes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Dst | Self::Src | Self::DstAcc | Self::SrcAcc | Self::Imm16 => 2,
            Self::Imm32 | Self::Target | Self::Run | Self::Targets | Self::Link => 4,
            Self::Imm64 => 8,
        }
    }
}

/// An operand of an op.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    /// What it is called; no two of an op are called the same.
    pub(crate) name: Name,
    /// What it is.
    pub(crate) kind: Kind,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $constructor:ident $kind:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) const fn $constructor(name: Name) -> Operand {
            Operand { name, kind: Kind::$kind }
        }
    )*};
}
constructors! {
    /// An operand that other forms of the row have.
    lacking None;
    /// A slot that is written.
    dst Dst;
    /// A slot that is read.
    src Src;
    /// A 16-bit number.
    imm16 Imm16;
    /// A 32-bit number.
    imm32 Imm32;
    /// A 64-bit number.
    imm64 Imm64;
    /// Where a branch leads.
    target Target;
    /// A run of cells.
    run Run;
}

/// Where branches lead that a table has.
pub(crate) const TARGETS: Operand = Operand { name: Name::Targets, kind: Kind::Targets };
/// What tells where a call returns to.
pub(crate) const LINK: Operand = Operand { name: Name::Link, kind: Kind::Link };

/// A result, by the letter of where it goes: a slot (`s`) or the accumulator.
pub(crate) const fn result(letter: u8) -> Operand {
    Operand { name: Name::Dst, kind: if letter == b's' { Kind::Dst } else { Kind::DstAcc } }
}

/// An operand by the letter of where it comes from: a slot (`s`), the accumulator (`r`), or the code itself, where it
/// takes a word or half of one.
pub(crate) const fn source(name: Name, letter: u8, wide: bool) -> Operand {
    let kind = match letter {
        b's' => Kind::Src,
        b'r' => Kind::SrcAcc,
        _ if wide => Kind::Imm64,
        _ => Kind::Imm32,
    };
    Operand { name, kind }
}

/// The room behind a code word, in which operands are put one after the other.
///
/// At most half of a word and a quarter of another are free between them, since each takes the smallest part that is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Words that have an operand.
    words: u8,
    /// Where half a word is free, and where a quarter; 0 for nowhere, since each word's first part is taken first.
    half: u8,
    quarter: u8,
}

impl Room {
    /// Room without operands.
    pub(crate) const fn new() -> Self {
        Self { words: 0, half: 0, quarter: 0 }
    }

    /// How many words it takes so far.
    pub(crate) const fn words(&self) -> usize {
        self.words as usize
    }

    /// The place of the next operand, in bytes behind the code word.
    #[inline]
    pub(crate) const fn place(&mut self, kind: Kind) -> usize {
        match (kind, kind.bytes()) {
            (Kind::Link, _) => self.last_half(),
            (_, 0) => 0,
            (_, 2) => self.quarter(),
            (_, 4) => self.half(),
            _ => self.whole(),
        }
    }

    #[inline]
    const fn quarter(&mut self) -> usize {
        if self.quarter != 0 {
            return core::mem::replace(&mut self.quarter, 0) as usize;
        }
        let at = self.half();
        self.quarter = at as u8 + 2;
        at
    }

    #[inline]
    const fn half(&mut self) -> usize {
        if self.half != 0 {
            return core::mem::replace(&mut self.half, 0) as usize;
        }
        let at = self.whole();
        self.half = at as u8 + 4;
        at
    }

    #[inline]
    const fn whole(&mut self) -> usize {
        self.words += 1;
        self.words as usize * 8 - 8
    }

    /// The last half word, which nothing follows.
    const fn last_half(&mut self) -> usize {
        if self.half as usize + 4 != self.words as usize * 8 {
            self.words += 1;
        }
        self.half = 0;
        self.words as usize * 8 - 4
    }
}

/// Where the operand of this name lies, in bytes behind the code word.
pub(crate) const fn place(operands: &[Operand], name: Name) -> usize {
    let (mut room, mut i) = (Room::new(), 0);
    loop {
        // A name that an op does not have ends its compilation here.
        let Operand { name: this, kind } = operands[i];
        let at = room.place(kind);
        if this as u8 == name as u8 {
            return at;
        }
        i += 1;
    }
}

/// How many words an op with these operands takes, its code word included, but for the targets of a table.
pub(crate) const fn words(operands: &[Operand]) -> usize {
    let (mut room, mut i) = (Room::new(), 0);
    while i < operands.len() {
        room.place(operands[i].kind);
        i += 1;
    }
    1 + room.words()
}

/// The operands that there are, and where each lies.
#[cfg(any(op_forms, test))]
pub(crate) fn placed(operands: &[Operand]) -> impl Iterator<Item = (Operand, usize)> {
    let mut room = Room::new();
    let there = operands.iter().filter(|operand| operand.kind != Kind::None);
    there.map(move |&operand| (operand, room.place(operand.kind)))
}

/// The 16-bit operand at `at` of an op's words.
pub(crate) fn half(op: &[u64], at: usize) -> u16 {
    let bytes = op[1 + at / 8].to_ne_bytes();
    u16::from_ne_bytes([bytes[at % 8], bytes[at % 8 + 1]])
}

/// The 32-bit operand at `at`.
pub(crate) fn full(op: &[u64], at: usize) -> u32 {
    let bytes = op[1 + at / 8].to_ne_bytes();
    let from = at % 8;
    u32::from_ne_bytes([bytes[from], bytes[from + 1], bytes[from + 2], bytes[from + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places<const N: usize>(kinds: [Kind; N]) -> [usize; N] {
        let mut room = Room::new();
        kinds.map(|kind| room.place(kind))
    }

    #[test]
    fn each_operand_takes_the_first_place_that_is_free() {
        use Kind::{Dst, DstAcc, Imm16, Imm32, Imm64, Link, None, Src, SrcAcc, Target};
        assert_eq!(places([Dst, Src, Src, Imm16, Src]), [0, 2, 4, 6, 8]);
        assert_eq!(places([Dst, Imm64, Src, Imm32, Imm32]), [0, 8, 2, 4, 16]);
        assert_eq!(places([Target, Src, Imm64, Src]), [0, 4, 8, 6]);
        // What the accumulator holds keeps its place, what a form lacks has none.
        assert_eq!(places([DstAcc, SrcAcc, Src]), [0, 2, 4]);
        assert_eq!(places([None, Src, Imm32])[1..], [0, 4]);
        // A link ends the op.
        assert_eq!(places([Src, Link]), [0, 4]);
        assert_eq!(places([Src, Src, Src, Link])[3], 12);
        assert_eq!(places([Src, Imm32, Imm64, Link])[3], 20);
        assert_eq!(places([Src, Imm64, Link])[2], 20);
    }
}
