//! Handlers: loads, stores, bulk operations.
//!
//! [`Load`] and [`Store`] serve memory 0 with 32-bit addresses that nobody shares, through two registers. Everything
//! else goes through [`LoadAny`] and [`StoreAny`].

use crate::exec::any::{Bytes, Bytewise, Way, Whole};
use crate::exec::machine::{Dispatch, Dst, Exec, Field, I, Invalid, R, Regs, S, Src, Val, words};
use crate::exec::numeric::{dst_field, src_field};
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

/// `dst = memory[a + offset]`: dst at 0, a at 2, offset at 4.
pub(crate) struct Load<O, D, A>(PhantomData<(O, D, A)>);
/// `memory[a + offset] = value`: a at 0, value at 2, offset at 4, an immediate value at 8.
pub(crate) struct Store<O, A, V>(PhantomData<(O, A, V)>);
/// `dst = memory[a + offset]`: dst at 0, a at 2, memory at 4, offset at 8. `A` is the type of addresses, `W` how
/// the memory is accessed.
pub(crate) struct LoadAny<O, A, W = Whole>(PhantomData<(O, A, W)>);
/// `memory[a + offset] = value`: a at 0, value at 2, memory at 4, offset at 8. `A` is the type of addresses, `W` how
/// the memory is accessed.
pub(crate) struct StoreAny<O, A, W = Whole>(PhantomData<(O, A, W)>);

/// Where an access to memory 0 goes: the address operand lies at `at`.
pub(crate) trait Place {
    /// The form's letter.
    const KIND: u8;
    /// The address and the offset, to be added without wrapping.
    fn place(m: &Regs, at: usize) -> (u32, u32);
}
/// A constant address: it is the offset.
pub(crate) struct Abs;
/// The sum of a slot and a constant, which wraps; it leaves no room for an offset.
pub(crate) struct Sum;
impl Place for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn place(m: &Regs, at: usize) -> (u32, u32) {
        (m.cell(m.u16(at)).u32(), m.u32(4))
    }
}
impl Place for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn place(m: &Regs, _: usize) -> (u32, u32) {
        (m.acc as u32, m.u32(4))
    }
}
impl Place for Abs {
    const KIND: u8 = b'i';
    #[inline(always)]
    fn place(m: &Regs, _: usize) -> (u32, u32) {
        (0, m.u32(4))
    }
}
impl Place for Sum {
    const KIND: u8 = b'+';
    #[inline(always)]
    fn place(m: &Regs, at: usize) -> (u32, u32) {
        (m.cell(m.u16(at)).u32().wrapping_add(m.u32(4)), 0)
    }
}

/// The field of an address.
const fn place_field(kind: u8, at: u8) -> Field {
    match kind {
        b's' | b'+' => Field::Src(at),
        b'r' => Field::SrcAcc,
        _ => Field::Imm16(at),
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
    const FORM: &'static str = access(D::KIND, A::KIND);
    const FIELDS: [Field; 6] =
        [dst_field(D::KIND, 0), place_field(A::KIND, 2), Field::Imm32(4), Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = A::place(&m, 2);
        match O::Bytes::load0(&m, base, offset) {
            Some(bytes) => {
                D::write(&mut m, 0, O::read(bytes));
                m.skip(2);
                P::next(m)
            }
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// `dst = memory[address + offset]`, the address being computed first: dst at 0, offset at 4, the rest as `A` says.
pub(crate) struct LoadFar<O, D, A>(PhantomData<(O, D, A)>);

/// How an address is computed.
pub(crate) trait Far {
    /// The form's letters, behind a result in a slot and in the accumulator.
    const KINDS: [&'static str; 2];
    /// Its operands.
    const FIELDS: [Field; 4];
    /// The address, or nothing where memory ends before.
    fn address(m: &Regs) -> Option<u32>;
}

/// What lies in memory: a at 2, the offset there at 8.
pub(crate) struct Behind;
impl Far for Behind {
    const KINDS: [&'static str; 2] = ["s*", "r*"];
    const FIELDS: [Field; 4] = [Field::Src(2), Field::Imm32(4), Field::Imm32(8), Field::None];
    #[inline(always)]
    fn address(m: &Regs) -> Option<u32> {
        Some(u32::from_le_bytes(m.load(m.cell(m.u16(2)).u32(), m.u32(8))?))
    }
}

/// An element of an array: `(a << k) + b`, which wraps; a at 2, b at 8, k at 10.
pub(crate) struct Element<A>(PhantomData<A>);
impl<A: Src> Far for Element<A> {
    const KINDS: [&'static str; 2] = if A::KIND == b'r' { ["s[r]", "r[r]"] } else { ["s[s]", "r[s]"] };
    const FIELDS: [Field; 4] = [src_field(A::KIND, 2, 0, false), Field::Imm32(4), Field::Src(8), Field::Imm16(10)];
    #[inline(always)]
    fn address(m: &Regs) -> Option<u32> {
        let index = A::read::<u32>(m, 2, 0).wrapping_shl(u32::from(m.u16(10)));
        Some(m.cell(m.u16(8)).u32().wrapping_add(index))
    }
}

impl<O: LoadOp, D: Dst, A: Far> Exec for LoadFar<O, D, A> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = A::KINDS[if D::KIND == b's' { 0 } else { 1 }];
    const FIELDS: [Field; 6] =
        [dst_field(D::KIND, 0), A::FIELDS[0], A::FIELDS[1], A::FIELDS[2], A::FIELDS[3], Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let Some(address) = A::address(&m) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        match O::Bytes::load0(&m, address, m.u32(4)) {
            Some(bytes) => {
                D::write(&mut m, 0, O::read(bytes));
                m.skip(3);
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
    const FORM: &'static str = access(V::KIND, A::KIND);
    const FIELDS: [Field; 6] = [
        place_field(A::KIND, 0),
        src_field(V::KIND, 2, 8, O::V::WIDE),
        Field::Imm32(4),
        Field::None,
        Field::None,
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = O::write(V::read::<O::V>(&m, 2, 8));
        let (base, offset) = A::place(&m, 0);
        match bytes.store0(&mut m, base, offset) {
            Some(()) => {
                m.skip(const { words(&<Self as Exec>::FIELDS) });
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
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] =
        [Field::Dst(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        match W::load::<O::Bytes>(&m, m.u32(4), S::read::<A>(&m, 2, 0).wide(), m.u64(8)) {
            Some(bytes) => {
                // The slot alone: the translator takes it that accumulators keep what they hold.
                m.set_cell(m.u16(0), O::read(bytes).cell());
                m.skip(3);
                P::next(m)
            }
            None => W::otherwise::<P, LoadAny<O, A, Bytewise>>(m),
        }
    }
}

impl<O: StoreOp, A: Address, W: Way> Exec for StoreAny<O, A, W> {
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] =
        [Field::Src(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = || O::write(S::read::<O::V>(&m, 2, 0));
        match W::store(&m, m.u32(4), S::read::<A>(&m, 0, 0).wide(), m.u64(8), bytes) {
            Some(()) => {
                m.skip(3);
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
    if wide { cell.u64() } else { u64::from(cell.u32()) }
}

/// `memory.size`: dst at 0, log2 of the page size at 2, the memory's place at 4.
pub(crate) struct MemorySize;
impl Exec for MemorySize {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::Dst(0), Field::Imm16(2), Field::Imm32(4), Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bytes = m.memory_len(m.u32(4)) as u64;
        m.set_cell(m.u16(0), RawVal::from_u64(bytes >> m.u16(2)));
        m.skip(2);
        P::next(m)
    }
}

/// `memory.grow`: dst at 0, delta at 2, the memory's index at 4, the first free slot at 8. `W`: whether it has 64-bit
/// addresses.
pub(crate) struct MemoryGrow<const W: bool>;
impl<const W: bool> Exec for MemoryGrow<W> {
    const FORM: &'static str = if W { "64" } else { "32" };
    const FIELDS: [Field; 6] =
        [Field::Dst(0), Field::Src(2), Field::Imm32(4), Field::Imm16(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let old = m.memory_grow(m.u16(8), m.u32(4), index(&m, 2, W));
        if old == TRAPPED {
            return leave::<P>(m);
        }
        // `GROW_FAILED` is all ones in either width.
        m.set_cell(m.u16(0), if W { RawVal::from_u64(old) } else { RawVal::from_u32(old as u32) });
        m.skip(3);
        P::next(m)
    }
}

/// `memory.fill`: address at 0, byte at 2, length at 4, the memory's index at 8.
pub(crate) struct MemoryFill<const W: bool>;
impl<const W: bool> Exec for MemoryFill<W> {
    const FORM: &'static str = if W { "64" } else { "32" };
    const FIELDS: [Field; 6] = [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm32(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let byte = m.cell(m.u16(2)).u32();
        if !m.memory_fill(m.u32(8), index(&m, 0, W), byte, index(&m, 4, W)) {
            return leave::<P>(m);
        }
        m.skip(3);
        P::next(m)
    }
}

/// `memory.copy`: destination at 0, source at 2, length at 4, which of them have 64 bits at 6 (1, 2, 4), the
/// memories' indices at 8 and 12.
pub(crate) struct MemoryCopy;
impl Exec for MemoryCopy {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] =
        [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm16(6), Field::Imm32(8), Field::Imm32(12)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let wide = m.u16(6);
        let (dst, src) = (index(&m, 0, wide & 1 != 0), index(&m, 2, wide & 2 != 0));
        if !m.memory_copy(m.u32(8), m.u32(12), dst, src, index(&m, 4, wide & 4 != 0)) {
            return leave::<P>(m);
        }
        m.skip(3);
        P::next(m)
    }
}

/// `memory.copy` within memory 0, which has 32-bit addresses and is not shared: destination at 0, source at 2, length at
/// 4. Of 8 to 32 bytes; all else is [`CopyFar`].
pub(crate) struct Copy0;
/// `memory.fill` of such a memory: address at 0, byte at 2, length at 4. Of 8 to 32 bytes; all else is [`FillFar`].
pub(crate) struct Fill0;
/// [`Copy0`] of any length.
pub(crate) struct CopyFar;
/// [`Fill0`] of any length.
pub(crate) struct FillFar;

macro_rules! bulk {
    ($($name:ident |$m:ident, $dst:ident, $with:ident, $len:ident| $done:expr;)*) => {$(
        impl Exec for $name {
            const FORM: &'static str = "0";
            const FIELDS: [Field; 6] =
                [Field::Src(0), Field::Src(2), Field::Src(4), Field::None, Field::None, Field::None];
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                // One by one: a closure over the registers is not always inlined, and costs the handler its jump.
                let ($dst, $with) = ($m.cell($m.u16(0)).u32(), $m.cell($m.u16(2)).u32());
                let $len = $m.cell($m.u16(4)).u32();
                if $done.is_none() {
                    return trap::<P>($m, Trap::MemoryOutOfBounds);
                }
                $m.skip(2);
                P::next($m)
            }
        }
    )*};
}
bulk! {
    Copy0 |m, dst, src, len| match len {
        8..=16 => m.copy_ends::<8>(dst, src, len),
        17..=32 => m.copy_ends::<16>(dst, src, len),
        _ => return P::apart::<CopyFar>(m),
    };
    Fill0 |m, dst, byte, len| match len {
        8..=16 => m.fill_ends::<8>(dst, byte as u8, len),
        17..=32 => m.fill_ends::<16>(dst, byte as u8, len),
        _ => return P::apart::<FillFar>(m),
    };
    CopyFar |m, dst, src, len| m.copy_within(dst, src, len);
    FillFar |m, dst, byte, len| m.fill_bytes(dst, byte as u8, len);
}

/// `memory.init`: destination at 0, source at 2, length at 4, whether the destination has 64 bits at 6, memory at 8,
/// segment at 12.
pub(crate) struct MemoryInit;
impl Exec for MemoryInit {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] =
        [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm16(6), Field::Imm32(8), Field::Imm32(12)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let dst = index(&m, 0, m.u16(6) != 0);
        let (src, len) = (m.cell(m.u16(2)).u32(), m.cell(m.u16(4)).u32());
        if !m.memory_init(m.u32(8), m.u32(12), dst, src, len) {
            return leave::<P>(m);
        }
        m.skip(3);
        P::next(m)
    }
}

/// `data.drop`: the segment at 0.
pub(crate) struct DataDrop;
impl Exec for DataDrop {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::Imm32(0), Field::None, Field::None, Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.data_drop(m.u32(0));
        m.skip(2);
        P::next(m)
    }
}
