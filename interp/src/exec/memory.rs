//! Handlers: loads, stores, bulk operations.
//!
//! [`Load`] and [`Store`] serve memory 0 with 32-bit addresses that nobody shares, through two registers. Everything
//! else goes through [`LoadAny`] and [`StoreAny`].

use crate::exec::any::{Bytes, Bytewise, Way, Whole};
use crate::exec::machine::{Dispatch, Dst, Exec, I, Invalid, MEMORY64, R, Regs, S, Src, Val};
use crate::exec::operand::{Name, Operand, dst, imm16, imm32, imm64, lacking, name, result, source, src};
use crate::exec::stack::{leave, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::builtin::TRAPPED;
use core::marker::PhantomData;

/// How bytes become a value.
pub(crate) trait LoadOp {
    type R: Val;
    type Bytes: Bytes;
    fn read(bytes: Self::Bytes) -> Self::R;
}

/// How a value becomes bytes.
pub(crate) trait StoreOp {
    type V: Val;
    type Bytes: Bytes;
    fn write(value: Self::V) -> Self::Bytes;
}

/// `dst = memory[address + offset]`.
pub(crate) struct Load<O, D, A>(PhantomData<(O, D, A)>);
/// `memory[address + offset] = value`.
pub(crate) struct Store<O, A, V>(PhantomData<(O, A, V)>);
/// [`Load`] of any memory. `A` is the type of addresses, `W` how the memory is accessed.
pub(crate) struct LoadAny<O, A, W = Whole>(PhantomData<(O, A, W)>);
/// [`Store`] to any memory. `A` is the type of addresses, `W` how the memory is accessed.
pub(crate) struct StoreAny<O, A, W = Whole>(PhantomData<(O, A, W)>);

/// Where an access to memory 0 goes.
pub(crate) trait Place {
    /// The form's letter.
    const KIND: u8;
    /// The address, whose slot lies at `at`, and the offset, to be added without wrapping.
    fn place(m: &Regs, at: usize, offset: u32) -> (u32, u32);
}
/// A constant address: it is the offset.
pub(crate) struct Abs;
/// The sum of a slot and a constant, which wraps; it leaves no room for an offset.
pub(crate) struct Sum;
impl Place for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn place(m: &Regs, at: usize, offset: u32) -> (u32, u32) {
        (m.cell(m.u16(at)).u32(), offset)
    }
}
impl Place for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn place(m: &Regs, _: usize, offset: u32) -> (u32, u32) {
        (m.acc as u32, offset)
    }
}
impl Place for Abs {
    const KIND: u8 = b'i';
    #[inline(always)]
    fn place(_: &Regs, _: usize, offset: u32) -> (u32, u32) {
        (0, offset)
    }
}
impl Place for Sum {
    const KIND: u8 = b'+';
    #[inline(always)]
    fn place(m: &Regs, at: usize, offset: u32) -> (u32, u32) {
        (m.cell(m.u16(at)).u32().wrapping_add(offset), 0)
    }
}

/// The operand of an address.
pub(crate) const fn address(letter: u8) -> Operand {
    match letter {
        b'i' => lacking(Name::Address),
        b'+' => src(Name::Address),
        letter => source(Name::Address, letter, false),
    }
}

/// The letters of an access: a value and an address.
const fn access(value: u8, place: u8) -> &'static str {
    match (value, place) {
        (b's', b's') => "ss",
        (b's', b'r') => "sr",
        (b's', b'i') => "si",
        (b's', _) => "s+",
        (b'r', b's') => "rs",
        (b'r', b'r') => "rr",
        (b'r', b'i') => "ri",
        (b'r', _) => "r+",
        (_, b's') => "is",
        (_, b'r') => "ir",
        (_, b'i') => "ii",
        _ => "i+",
    }
}

/// The forms of a load: by address, each to a slot and to the accumulator.
pub(crate) type Loads<O> = (
    Load<O, S, S>,
    Load<O, R, S>,
    Load<O, S, R>,
    Load<O, R, R>,
    Load<O, S, Abs>,
    Load<O, R, Abs>,
    Load<O, S, Sum>,
    Load<O, R, Sum>,
    LoadAny<O, u32>,
    LoadAny<O, u64>,
    LoadFar<O, S, Behind>,
    LoadFar<O, R, Behind>,
    LoadFar<O, S, Element<R>>,
    LoadFar<O, R, Element<R>>,
    LoadFar<O, S, Element<S>>,
    LoadFar<O, R, Element<S>>,
);
/// The forms of a store: by value, each to all kinds of addresses; the accumulator cannot be both. (A float's could,
/// but the forms are the same for all.)
pub(crate) type Stores<O> = (
    Store<O, S, S>,
    Store<O, R, S>,
    Store<O, Abs, S>,
    Store<O, Sum, S>,
    Store<O, S, R>,
    Invalid,
    Store<O, Abs, R>,
    Store<O, Sum, R>,
    Store<O, S, I>,
    Store<O, R, I>,
    Store<O, Abs, I>,
    Store<O, Sum, I>,
    StoreAny<O, u32>,
    StoreAny<O, u64>,
);

impl<O: LoadOp, D: Dst, A: Place> Exec for Load<O, D, A> {
    const QUIET: bool = true;
    const FORM: &'static str = access(D::KIND, A::KIND);
    const OPERANDS: &'static [Operand] = &[result(D::KIND), address(A::KIND), imm32(Name::Offset)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = A::place(&m, Self::at(name::Address), m.u32(Self::at(name::Offset)));
        match O::Bytes::load0(&m, base, offset) {
            Some(bytes) => {
                D::write(&mut m, Self::at(name::Dst), O::read(bytes));
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// `dst = memory[address + offset]`, the address being computed first, as `A` says.
pub(crate) struct LoadFar<O, D, A>(PhantomData<(O, D, A)>);

/// How an address is computed.
pub(crate) trait Far {
    /// The form's letters, behind a result in a slot and in the accumulator.
    const KINDS: [&'static str; 2];
    /// Its operands: three, of which the second is the offset.
    const OPERANDS: [Operand; 4];
    /// The address that the operands of `E` say, or nothing where memory ends before.
    fn address<E: Exec>(m: &Regs) -> Option<u32>;
}

/// What lies in memory, behind an address and an offset.
pub(crate) struct Behind;
impl Far for Behind {
    const KINDS: [&'static str; 2] = ["s*", "r*"];
    const OPERANDS: [Operand; 4] =
        [src(Name::Address), imm32(Name::Offset), imm32(Name::Offset2), lacking(Name::Shift)];
    #[inline(always)]
    fn address<E: Exec>(m: &Regs) -> Option<u32> {
        let base = m.cell(m.u16(E::at(name::Address))).u32();
        Some(u32::from_le_bytes(m.load(base, m.u32(E::at(name::Offset2)))?))
    }
}

/// An element of an array: `(index << shift) + a`, which wraps.
pub(crate) struct Element<A>(PhantomData<A>);
impl<A: Src> Far for Element<A> {
    const KINDS: [&'static str; 2] = if A::KIND == b'r' { ["s[r]", "r[r]"] } else { ["s[s]", "r[s]"] };
    const OPERANDS: [Operand; 4] =
        [source(Name::Index, A::KIND, false), imm32(Name::Offset), src(Name::A), imm16(Name::Shift)];
    #[inline(always)]
    fn address<E: Exec>(m: &Regs) -> Option<u32> {
        let shift = u32::from(m.u16(E::at(name::Shift)));
        let index = A::read::<u32>(m, E::at(name::Index)).wrapping_shl(shift);
        Some(m.cell(m.u16(E::at(name::A))).u32().wrapping_add(index))
    }
}

impl<O: LoadOp, D: Dst, A: Far> Exec for LoadFar<O, D, A> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = A::KINDS[if D::KIND == b's' { 0 } else { 1 }];
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), A::OPERANDS[0], A::OPERANDS[1], A::OPERANDS[2], A::OPERANDS[3]];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let Some(address) = A::address::<Self>(&m) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        match O::Bytes::load0(&m, address, m.u32(Self::at(name::Offset))) {
            Some(bytes) => {
                D::write(&mut m, Self::at(name::Dst), O::read(bytes));
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => {
                // Operators that became one op are told apart by where in it a trap stands.
                m.skip(1);
                trap::<P>(m, Trap::MemoryOutOfBounds)
            }
        }
    }
}

impl<O: StoreOp, A: Place, V: Src> Exec for Store<O, A, V> {
    const QUIET: bool = true;
    const FORM: &'static str = access(V::KIND, A::KIND);
    const OPERANDS: &'static [Operand] =
        &[address(A::KIND), source(Name::Value, V::KIND, O::V::WIDE), imm32(Name::Offset)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = O::write(V::read::<O::V>(&m, Self::at(name::Value)));
        let (base, offset) = A::place(&m, Self::at(name::Address), m.u32(Self::at(name::Offset)));
        match bytes.store0(&mut m, base, offset) {
            Some(()) => {
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// An address as a memory's index type has it.
pub(crate) trait Address: Val {
    const NAME: &'static str;
    fn wide(self) -> u64;
}
impl Address for u32 {
    const NAME: &'static str = "any32";
    #[inline(always)]
    fn wide(self) -> u64 {
        u64::from(self)
    }
}
impl Address for u64 {
    const NAME: &'static str = "any64";
    #[inline(always)]
    fn wide(self) -> u64 {
        self
    }
}

impl<O: LoadOp, A: Address, W: Way> Exec for LoadAny<O, A, W> {
    const QUIET: bool = true;
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] =
        &[dst(Name::Dst), src(Name::Address), imm32(Name::Memory), imm64(Name::Offset)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let base = S::read::<A>(&m, Self::at(name::Address)).wide();
        match W::load::<O::Bytes>(&m, m.u32(Self::at(name::Memory)), base, m.u64(Self::at(name::Offset))) {
            Some(bytes) => {
                // The slot alone: the translator takes it that accumulators keep what they hold.
                m.set_cell(m.u16(Self::at(name::Dst)), O::read(bytes).cell());
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => W::otherwise::<P, LoadAny<O, A, Bytewise>>(m),
        }
    }
}

impl<O: StoreOp, A: Address, W: Way> Exec for StoreAny<O, A, W> {
    const QUIET: bool = true;
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] =
        &[src(Name::Address), src(Name::Value), imm32(Name::Memory), imm64(Name::Offset)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = || O::write(S::read::<O::V>(&m, Self::at(name::Value)));
        let base = S::read::<A>(&m, Self::at(name::Address)).wide();
        match W::store(&m, m.u32(Self::at(name::Memory)), base, m.u64(Self::at(name::Offset)), bytes) {
            Some(()) => {
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => W::otherwise::<P, StoreAny<O, A, Bytewise>>(m),
        }
    }
}

macro_rules! load_ops {
    ($($name:ident: [$bytes:ty] -> $to:ty { |$b:ident| $read:expr })*) => {$(
        pub(crate) struct $name;
        impl LoadOp for $name {
            type R = $to;
            type Bytes = $bytes;
            #[inline(always)]
            fn read($b: $bytes) -> $to { $read }
        }
    )*};
}
macro_rules! store_ops {
    ($($name:ident: $from:ty => [$bytes:ty] { |$v:ident| $write:expr })*) => {$(
        pub(crate) struct $name;
        impl StoreOp for $name {
            type V = $from;
            type Bytes = $bytes;
            #[inline(always)]
            fn write($v: $from) -> $bytes { $write }
        }
    )*};
}
load_ops! {
    I32Load: [[u8; 4]] -> u32 { |b| u32::from_le_bytes(b) }
    I32Load8S: [[u8; 1]] -> i32 { |b| i32::from(b[0] as i8) }
    I32Load8U: [[u8; 1]] -> u32 { |b| u32::from(b[0]) }
    I32Load16S: [[u8; 2]] -> i32 { |b| i32::from(i16::from_le_bytes(b)) }
    I32Load16U: [[u8; 2]] -> u32 { |b| u32::from(u16::from_le_bytes(b)) }
    I64Load: [[u8; 8]] -> u64 { |b| u64::from_le_bytes(b) }
    I64Load8S: [[u8; 1]] -> i64 { |b| i64::from(b[0] as i8) }
    I64Load8U: [[u8; 1]] -> u64 { |b| u64::from(b[0]) }
    I64Load16S: [[u8; 2]] -> i64 { |b| i64::from(i16::from_le_bytes(b)) }
    I64Load16U: [[u8; 2]] -> u64 { |b| u64::from(u16::from_le_bytes(b)) }
    I64Load32S: [[u8; 4]] -> i64 { |b| i64::from(i32::from_le_bytes(b)) }
    I64Load32U: [[u8; 4]] -> u64 { |b| u64::from(u32::from_le_bytes(b)) }
    F32Load: [[u8; 4]] -> f32 { |b| f32::from_bits(u32::from_le_bytes(b)) }
    F64Load: [[u8; 8]] -> f64 { |b| f64::from_bits(u64::from_le_bytes(b)) }
}
store_ops! {
    I32Store: u32 => [[u8; 4]] { |v| v.to_le_bytes() }
    I32Store8: u32 => [[u8; 1]] { |v| [v as u8] }
    I32Store16: u32 => [[u8; 2]] { |v| (v as u16).to_le_bytes() }
    I64Store: u64 => [[u8; 8]] { |v| v.to_le_bytes() }
    I64Store8: u64 => [[u8; 1]] { |v| [v as u8] }
    I64Store16: u64 => [[u8; 2]] { |v| (v as u16).to_le_bytes() }
    I64Store32: u64 => [[u8; 4]] { |v| (v as u32).to_le_bytes() }
    F32Store: f32 => [[u8; 4]] { |v| v.to_bits().to_le_bytes() }
    F64Store: f64 => [[u8; 8]] { |v| v.to_bits().to_le_bytes() }
}

/// An address or length operand: its cell, of which a 32-bit index type counts the low half only.
#[inline(always)]
fn index(m: &Regs, at: usize, wide: bool) -> u64 {
    let cell = m.cell(m.u16(at));
    if MEMORY64 && wide { cell.u64() } else { u64::from(cell.u32()) }
}

/// `memory.size`, in pages of two to the power of `page` bytes.
pub(crate) struct MemorySize;
impl Exec for MemorySize {
    const QUIET: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), imm16(Name::Page), imm32(Name::Memory)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = m.memory_len(m.u32(Self::at(name::Memory))) as u64;
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u64(bytes >> m.u16(Self::at(name::Page))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `memory.grow`, of the memory of this number. `W`: whether it has 64-bit addresses.
pub(crate) struct MemoryGrow<const W: bool>;
impl<const W: bool> Exec for MemoryGrow<W> {
    const CALLS: bool = true;
    const FORM: &'static str = if W { "64" } else { "32" };
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::Delta), imm32(Name::Memory), imm16(Name::Top)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (top, memory) = (m.u16(Self::at(name::Top)), m.u32(Self::at(name::Memory)));
        let old = m.memory_grow(top, memory, index(&m, Self::at(name::Delta), W));
        if old == TRAPPED {
            return leave::<P>(m);
        }
        // `GROW_FAILED` is all ones in either width.
        let old = if W { RawVal::from_u64(old) } else { RawVal::from_u32(old as u32) };
        m.set_cell(m.u16(Self::at(name::Dst)), old);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `memory.fill`, of the memory of this number.
pub(crate) struct MemoryFill<const W: bool>;
impl<const W: bool> Exec for MemoryFill<W> {
    const CALLS: bool = true;
    const FORM: &'static str = if W { "64" } else { "32" };
    const OPERANDS: &'static [Operand] = &[src(Name::To), src(Name::Value), src(Name::Len), imm32(Name::Memory)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let byte = m.cell(m.u16(Self::at(name::Value))).u32();
        let (to, len) = (index(&m, Self::at(name::To), W), index(&m, Self::at(name::Len), W));
        if !m.memory_fill(m.u32(Self::at(name::Memory)), to, byte, len) {
            return leave::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `memory.copy`, from the second of these memories; which of the operands have 64 bits is told by bits (1, 2, 4).
pub(crate) struct MemoryCopy;
impl Exec for MemoryCopy {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[
        src(Name::To),
        src(Name::From),
        src(Name::Len),
        imm16(Name::Widths),
        imm32(Name::Memory),
        imm32(Name::Memory2),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let wide = m.u16(Self::at(name::Widths));
        let (to, from) = (index(&m, Self::at(name::To), wide & 1 != 0), index(&m, Self::at(name::From), wide & 2 != 0));
        let (memory, other) = (m.u32(Self::at(name::Memory)), m.u32(Self::at(name::Memory2)));
        if !m.memory_copy(memory, other, to, from, index(&m, Self::at(name::Len), wide & 4 != 0)) {
            return leave::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `memory.copy` within memory 0, which has 32-bit addresses and is not shared, of 8 to 32 bytes; all else is [`CopyFar`].
pub(crate) struct Copy0;
/// `memory.fill` of such a memory, likewise; all else is [`FillFar`].
pub(crate) struct Fill0;
/// [`Copy0`] of any length.
pub(crate) struct CopyFar;
/// [`Fill0`] of any length.
pub(crate) struct FillFar;

macro_rules! bulk {
    ($($calls:literal $name:ident [$operand:ident] |$m:ident, $dst:ident, $with:ident, $len:ident| $done:expr;)*) => {$(
        impl Exec for $name {
            const CALLS: bool = $calls;
            const FORM: &'static str = "0";
            const OPERANDS: &'static [Operand] = &[src(Name::To), src(Name::$operand), src(Name::Len)];
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                // One by one: a closure over the registers is not always inlined, and costs the handler its jump.
                let $dst = $m.cell($m.u16(Self::at(name::To))).u32();
                let $with = $m.cell($m.u16(Self::at(name::$operand))).u32();
                let $len = $m.cell($m.u16(Self::at(name::Len))).u32();
                if $done.is_none() {
                    return trap::<P>($m, Trap::MemoryOutOfBounds);
                }
                $m.skip(Self::WORDS);
                P::next($m)
            }
        }
    )*};
}
bulk! {
    false Copy0 [From] |m, dst, src, len| match len {
        8..=16 => m.copy_ends::<8>(dst, src, len),
        17..=32 => m.copy_ends::<16>(dst, src, len),
        _ => return P::apart::<CopyFar>(m),
    };
    false Fill0 [Value] |m, dst, byte, len| match len {
        8..=16 => m.fill_ends::<8>(dst, byte as u8, len),
        17..=32 => m.fill_ends::<16>(dst, byte as u8, len),
        _ => return P::apart::<FillFar>(m),
    };
    true CopyFar [From] |m, dst, src, len| m.copy_within(dst, src, len);
    true FillFar [Value] |m, dst, byte, len| m.fill_bytes(dst, byte as u8, len);
}

/// `memory.init`; whether the destination has 64 bits is told by a bit.
pub(crate) struct MemoryInit;
impl Exec for MemoryInit {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[
        src(Name::To),
        src(Name::From),
        src(Name::Len),
        imm16(Name::Widths),
        imm32(Name::Memory),
        imm32(Name::Segment),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let to = index(&m, Self::at(name::To), m.u16(Self::at(name::Widths)) != 0);
        let (from, len) = (m.cell(m.u16(Self::at(name::From))).u32(), m.cell(m.u16(Self::at(name::Len))).u32());
        if !m.memory_init(m.u32(Self::at(name::Memory)), m.u32(Self::at(name::Segment)), to, from, len) {
            return leave::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `data.drop`.
pub(crate) struct DataDrop;
impl Exec for DataDrop {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[imm32(Name::Segment)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.data_drop(m.u32(Self::at(name::Segment)));
        m.skip(Self::WORDS);
        P::next(m)
    }
}
