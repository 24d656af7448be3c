//! What a core module says, as data: its types and its sections.
//!
//! # Invariants
//! - Frozen once parsed. Nothing here knows an engine: function types are numbered by the registry that the module was
//!   parsed with, and [`ModuleData::renumber`] exchanges those numbers for another registry's.

use crate::arena::PrimaryMap;
use crate::codec::{self, Codec, Reader, Writer};
use crate::entity::*;
use crate::named::Named;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::collect;
use core::ops::Range;

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeapType {
    /// Any function.
    Func,
    /// A function of one type.
    Sig(SigId),
    /// No function: null only.
    NoFunc,
    /// Anything of the host's.
    Extern,
    /// Nothing of the host's: null only.
    NoExtern,
    /// An exception.
    Exn,
    /// No exception: null only.
    NoExn,
}

/// A reference type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefType {
    /// Whether null belongs to it.
    pub nullable: bool,
    /// What it refers to.
    pub heap: HeapType,
}

impl HeapType {
    /// Whether all that belongs to `self` belongs to `wanted`. Function types are related by equality alone.
    pub fn matches(self, wanted: Self) -> bool {
        self == wanted
            || match self {
                Self::NoFunc => matches!(wanted, Self::Func | Self::Sig(_)),
                Self::Sig(_) => wanted == Self::Func,
                Self::NoExtern => wanted == Self::Extern,
                Self::NoExn => wanted == Self::Exn,
                Self::Func | Self::Extern | Self::Exn => false,
            }
    }
}

impl core::fmt::Display for HeapType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Func => f.write_str("func"),
            Self::Sig(sig) => write!(f, "{sig}"),
            Self::NoFunc => f.write_str("nofunc"),
            Self::Extern => f.write_str("extern"),
            Self::NoExtern => f.write_str("noextern"),
            Self::Exn => f.write_str("exn"),
            Self::NoExn => f.write_str("noexn"),
        }
    }
}

impl RefType {
    /// Whether all that belongs to `self` belongs to `wanted`.
    pub fn matches(self, wanted: Self) -> bool {
        (wanted.nullable || !self.nullable) && self.heap.matches(wanted.heap)
    }
}

impl core::fmt::Display for RefType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::FUNCREF => f.write_str("funcref"),
            Self::EXTERNREF => f.write_str("externref"),
            _ => write!(f, "(ref {}{})", if self.nullable { "null " } else { "" }, self.heap),
        }
    }
}

impl core::fmt::Display for ValType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(ty) => ty.fmt(f),
        }
    }
}

impl core::fmt::Display for FuncType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let list = |f: &mut core::fmt::Formatter<'_>, what: &str, types: &[ValType]| {
            if types.is_empty() {
                return Ok(());
            }
            write!(f, " ({what}")?;
            types.iter().try_for_each(|ty| write!(f, " {ty}"))?;
            f.write_str(")")
        };
        f.write_str("(func")?;
        list(f, "param", &self.params)?;
        list(f, "result", &self.results)?;
        f.write_str(")")
    }
}

impl RefType {
    /// `funcref`.
    pub const FUNCREF: Self = Self { nullable: true, heap: HeapType::Func };
    /// `externref`.
    pub const EXTERNREF: Self = Self { nullable: true, heap: HeapType::Extern };
}

/// A core value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValType {
    /// `i32`.
    I32,
    /// `i64`.
    I64,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `v128`.
    V128,
    /// A reference.
    Ref(RefType),
}

impl ValType {
    /// Whether all that belongs to `self` belongs to `wanted`.
    pub fn matches(self, wanted: Self) -> bool {
        match (self, wanted) {
            (Self::Ref(ty), Self::Ref(wanted)) => ty.matches(wanted),
            _ => self == wanted,
        }
    }

    /// How many cells a value of this type takes.
    pub const fn cells(self) -> u32 {
        match self {
            Self::V128 => 2,
            _ => 1,
        }
    }
}

/// A core function type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncType {
    /// The parameters.
    pub params: Box<[ValType]>,
    /// The results.
    pub results: Box<[ValType]>,
}

impl FuncType {
    /// How many cells the parameters take.
    pub fn param_cells(&self) -> u32 {
        self.params.iter().map(|t| t.cells()).sum()
    }

    /// How many cells the results take.
    pub fn result_cells(&self) -> u32 {
        self.results.iter().map(|t| t.cells()).sum()
    }
}

/// A memory's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryType {
    /// Pages at the start.
    pub min: u64,
    /// Pages at most.
    pub max: Option<u64>,
    /// Bytes of a page, as a power of two: 16, or 0 with custom page sizes.
    pub page_size_log2: u32,
    /// Whether addresses have 64 bits.
    pub memory64: bool,
    /// Whether several agents share it.
    pub shared: bool,
}

/// A table's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableType {
    /// What its elements are.
    pub element: RefType,
    /// Elements at the start.
    pub min: u64,
    /// Elements at most.
    pub max: Option<u64>,
    /// Whether indices have 64 bits.
    pub table64: bool,
}

/// A global's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it can be set.
    pub mutable: bool,
}

/// One item of any index space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityIndex {
    /// A function.
    Func(FuncIndex),
    /// A table.
    Table(TableIndex),
    /// A memory.
    Memory(MemoryIndex),
    /// A global.
    Global(GlobalIndex),
    /// A tag.
    Tag(TagIndex),
}

impl EntityIndex {
    /// The word for what it names.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Func(_) => "func",
            Self::Table(_) => "table",
            Self::Memory(_) => "memory",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

/// An import: two names, and where it lies in its index space, which tells its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The first name.
    pub module: Box<str>,
    /// The second name.
    pub name: Box<str>,
    /// The item that it provides.
    pub item: EntityIndex,
}

/// One operator of a constant expression. The expression is run on a stack of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstOp {
    /// A number, as a cell.
    Value(u64),
    /// A vector, the least significant byte first.
    V128([u8; 16]),
    /// The value of a global.
    GlobalGet(GlobalIndex),
    /// Null.
    RefNull,
    /// A function's reference.
    RefFunc(FuncIndex),
    /// 32-bit addition.
    I32Add,
    /// 32-bit subtraction.
    I32Sub,
    /// 32-bit multiplication.
    I32Mul,
    /// 64-bit addition.
    I64Add,
    /// 64-bit subtraction.
    I64Sub,
    /// 64-bit multiplication.
    I64Mul,
}

/// A constant expression: the value that is left after its operators have run. Small, since a module may have hundreds
/// of thousands of segments.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstExpr {
    /// Of one operator.
    One(ConstOp),
    /// Of any number.
    Many(Box<[ConstOp]>),
}

impl ConstExpr {
    /// Its operators.
    pub fn ops(&self) -> &[ConstOp] {
        match self {
            Self::One(op) => core::slice::from_ref(op),
            Self::Many(ops) => ops,
        }
    }
}

const _: () = assert!(size_of::<ConstExpr>() <= 24 && size_of::<DataSegment>() <= 40);

/// The elements of a segment.
#[derive(Clone, Debug, PartialEq)]
pub enum ElemItems {
    /// Functions, by index.
    Funcs(Box<[FuncIndex]>),
    /// Constant expressions.
    Exprs(Box<[ConstExpr]>),
}

/// When a segment is applied.
#[derive(Clone, Debug, PartialEq)]
pub enum SegmentMode<I> {
    /// By `table.init` or `memory.init`.
    Passive,
    /// Never: it only declares functions.
    Declared,
    /// At instantiation, to this table or memory at this offset.
    Active(I, ConstExpr),
}

/// An element segment.
#[derive(Clone, Debug, PartialEq)]
pub struct ElemSegment {
    /// What its elements are.
    pub ty: RefType,
    /// The elements.
    pub items: ElemItems,
    /// When it is applied.
    pub mode: SegmentMode<TableIndex>,
}

/// A data segment: its bytes as a range of the module's binary.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSegment {
    /// The bytes.
    pub range: Range<u32>,
    /// When it is applied.
    pub mode: SegmentMode<MemoryIndex>,
}

/// The bytes that modules are read from.
#[derive(Clone)]
pub enum Bytes {
    /// Borrowed for ever: flash, or a static array.
    Static(&'static [u8]),
    /// Shared.
    Shared(Arc<[u8]>),
}

impl Bytes {
    /// All of them.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl core::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.as_slice().len())
    }
}

/// What bodies are: what a compiler wrote, or what an interpreter made of it before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyForm {
    /// WebAssembly.
    #[default]
    Wasm,
    /// Code that was prepared.
    Prepared(CodeForm),
}

/// What interpreter can run code that was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeForm {
    /// Whether it has few ops, as builds with the feature `compact` have.
    pub compact: bool,
    /// Whether ops of memories that are shared are numbered.
    pub threads: bool,
    /// Whether ops of vectors are numbered.
    pub simd: bool,
    /// Whether the code throws exceptions, or catches them.
    pub exceptions: bool,
    /// Whether it is of a module that has memories or tables with 64-bit addresses.
    pub memory64: bool,
    /// Whether it computes with floats.
    pub floats: bool,
    /// Bytes of an address, on the machine on which it can stay where it is.
    pub word_bytes: u8,
    /// A hash of the table of ops.
    pub table: u32,
}

/// What the sections of a module say. Ranges are offsets into `bytes`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleData {
    /// The binary that ranges refer to; of a whole component where the module is nested in one.
    pub bytes: Bytes,
    /// The module's own name, from the name section.
    pub name: Option<Box<str>>,
    /// Function types by the module's own index space.
    pub types: PrimaryMap<TypeIndex, SigId>,
    /// Imports in order.
    pub imports: Vec<Import>,
    /// Functions, imports first: each one's type.
    pub funcs: PrimaryMap<FuncIndex, SigId>,
    /// Tables, imports first.
    pub tables: PrimaryMap<TableIndex, TableType>,
    /// What defined tables are filled with at first.
    pub table_inits: Vec<ConstExpr>,
    /// Memories, imports first.
    pub memories: PrimaryMap<MemoryIndex, MemoryType>,
    /// Globals, imports first.
    pub globals: PrimaryMap<GlobalIndex, GlobalType>,
    /// What defined globals are set to at first.
    pub global_inits: Vec<ConstExpr>,
    /// Tags, imports first: each one's type.
    pub tags: PrimaryMap<TagIndex, SigId>,
    /// How many of each space are imported.
    pub imported: ImportCounts,
    /// Exports.
    pub exports: Named<EntityIndex>,
    /// The start function.
    pub start: Option<FuncIndex>,
    /// Element segments.
    pub elems: PrimaryMap<ElemIndex, ElemSegment>,
    /// Data segments.
    pub datas: PrimaryMap<DataIndex, DataSegment>,
    /// What bodies are.
    pub form: BodyForm,
    /// Bodies of defined functions.
    pub bodies: PrimaryMap<DefinedFuncIndex, Range<u32>>,
    /// The payload of the name section, if there is one; read when somebody asks for a name.
    pub name_section: Option<Range<usize>>,
    /// Defined functions that escape, in order of their function references; imports come before all of them.
    pub escaping: Vec<FuncIndex>,
}

/// How many items of each index space are imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Functions.
    pub funcs: u32,
    /// Tables.
    pub tables: u32,
    /// Memories.
    pub memories: u32,
    /// Globals.
    pub globals: u32,
    /// Tags.
    pub tags: u32,
}

impl RefType {
    /// The same type with its function type numbered by another registry.
    pub fn renumbered(self, ids: &[SigId]) -> Self {
        let heap = match self.heap {
            HeapType::Sig(sig) => HeapType::Sig(ids[sig.index()]),
            heap => heap,
        };
        Self { heap, ..self }
    }
}

impl ValType {
    /// The same type with its function type numbered by another registry.
    pub fn renumbered(self, ids: &[SigId]) -> Self {
        match self {
            Self::Ref(ty) => Self::Ref(ty.renumbered(ids)),
            other => other,
        }
    }
}

impl FuncType {
    /// The same type with the function types that it refers to numbered by another registry.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn renumbered(&self, ids: &[SigId]) -> Result<Self> {
        let list = |types: &[ValType]| collect(types.iter().map(|ty| ty.renumbered(ids))).map(Into::into);
        Ok(Self { params: list(&self.params)?, results: list(&self.results)? })
    }

    /// The function types that it refers to, as often as it does.
    pub fn sigs(&self) -> impl Iterator<Item = SigId> {
        self.params.iter().chain(&self.results).filter_map(|ty| match ty {
            ValType::Ref(RefType { heap: HeapType::Sig(sig), .. }) => Some(*sig),
            _ => None,
        })
    }
}

impl ModuleData {
    /// Exchanges the numbers of function types for another registry's: `ids` has the new one at each old one's place.
    /// Linear in functions, types and items; once, when the module is loaded.
    pub fn renumber(&mut self, ids: &[SigId]) {
        let new = |sig: &mut SigId| *sig = ids[sig.index()];
        self.types.iter_mut().for_each(|(_, sig)| new(sig));
        self.funcs.iter_mut().for_each(|(_, sig)| new(sig));
        self.tags.iter_mut().for_each(|(_, sig)| new(sig));
        self.tables.iter_mut().for_each(|(_, ty)| ty.element = ty.element.renumbered(ids));
        self.globals.iter_mut().for_each(|(_, ty)| ty.content = ty.content.renumbered(ids));
        self.elems.iter_mut().for_each(|(_, segment)| segment.ty = segment.ty.renumbered(ids));
    }

    /// Reads what was written of a module; `bytes` are those that its ranges refer to.
    #[inline(never)]
    pub fn read(from: &mut Reader<'_>, bytes: &Bytes) -> Self {
        let data = Self {
            bytes: bytes.clone(),
            name: Codec::read(from),
            types: Codec::read(from),
            imports: Codec::read(from),
            funcs: Codec::read(from),
            tables: Codec::read(from),
            table_inits: Codec::read(from),
            memories: Codec::read(from),
            globals: Codec::read(from),
            global_inits: Codec::read(from),
            tags: Codec::read(from),
            imported: Codec::read(from),
            exports: Codec::read(from),
            start: Codec::read(from),
            elems: Codec::read(from),
            datas: Codec::read(from),
            form: Codec::read(from),
            bodies: Codec::read(from),
            name_section: Codec::read(from),
            escaping: Codec::read(from),
        };
        if !data.read_ranges().all(|range| bytes.as_slice().get(range).is_some()) {
            from.damaged();
        }
        data
    }

    /// Writes it for [`ModuleData::read`], but for the bytes that its ranges refer to.
    pub fn write(&self, to: &mut Writer) {
        self.name.write(to);
        self.types.write(to);
        self.imports.write(to);
        self.funcs.write(to);
        self.tables.write(to);
        self.table_inits.write(to);
        self.memories.write(to);
        self.globals.write(to);
        self.global_inits.write(to);
        self.tags.write(to);
        self.imported.write(to);
        self.exports.write(to);
        self.start.write(to);
        self.elems.write(to);
        self.datas.write(to);
        self.form.write(to);
        self.bodies.write(to);
        self.name_section.write(to);
        self.escaping.write(to);
    }

    /// Whether it says what another module says, at the same places of its binary. Of a module in a component those bytes
    /// are compared that are read when it is live: bodies, data and names; else all.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let (bytes, others) = (self.bytes.as_slice(), other.bytes.as_slice());
        let same_bytes = || match bytes.starts_with(b"\0asm\x01\0\0\0") {
            true => bytes == others,
            false => self.read_ranges().all(|range| bytes.get(range.clone()) == others.get(range)),
        };
        (&self.types, &self.funcs, &self.tags) == (&other.types, &other.funcs, &other.tags)
            && (&self.name, self.start, self.imported, &self.name_section)
                == (&other.name, other.start, other.imported, &other.name_section)
            && (&self.tables, &self.table_inits, &self.memories) == (&other.tables, &other.table_inits, &other.memories)
            && (&self.globals, &self.global_inits) == (&other.globals, &other.global_inits)
            && (&self.imports, &self.exports, &self.escaping) == (&other.imports, &other.exports, &other.escaping)
            && (&self.elems, &self.datas, &self.bodies) == (&other.elems, &other.datas, &other.bodies)
            && self.form == other.form
            && same_bytes()
    }

    /// A hash of a part of what [`ModuleData::says_the_same`] compares, the same in each run. It proves nothing.
    pub fn rough_hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        let counts = [self.bodies.len(), self.imports.len(), self.exports.len(), self.datas.len()];
        counts.iter().for_each(|&n| mix(n as u64));
        let step = self.bodies.len() / 64 + 1;
        for (_, range) in self.bodies.iter().step_by(step) {
            mix(u64::from(range.start) << 32 | u64::from(range.end));
            let body = &self.bytes.as_slice()[range.start as usize..range.end as usize];
            body.chunks(8)
                .take(8)
                .for_each(|chunk| mix(chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte))));
        }
        hash
    }

    fn read_ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let wide = |range: &Range<u32>| range.start as usize..range.end as usize;
        let bodies = self.bodies.iter().map(move |(_, range)| wide(range));
        let datas = self.datas.iter().map(move |(_, segment)| wide(&segment.range));
        bodies.chain(datas).chain(self.name_section.clone())
    }
}

codec::choice! {
    HeapType { 0 = Func, 1 = Sig(sig), 2 = NoFunc, 3 = Extern, 4 = NoExtern, 5 = Exn, 6 = NoExn }
    ValType { 0 = I32, 1 = I64, 2 = F32, 3 = F64, 4 = V128, 5 = Ref(ty) }
    EntityIndex { 0 = Func(index), 1 = Table(index), 2 = Memory(index), 3 = Global(index), 4 = Tag(index) }
    ConstOp {
        0 = Value(number), 1 = V128(bytes), 2 = GlobalGet(global), 3 = RefNull, 4 = RefFunc(func),
        5 = I32Add, 6 = I32Sub, 7 = I32Mul, 8 = I64Add, 9 = I64Sub, 10 = I64Mul,
    }
    ConstExpr { 0 = One(op), 1 = Many(ops) }
    ElemItems { 0 = Funcs(funcs), 1 = Exprs(exprs) }
    SegmentMode<I> { 0 = Passive, 1 = Declared, 2 = Active(into, offset) }
    BodyForm { 0 = Wasm, 1 = Prepared(form) }
}

codec::record! {
    RefType { nullable, heap }
    FuncType { params, results }
    MemoryType { min, max, page_size_log2, memory64, shared }
    TableType { element, min, max, table64 }
    GlobalType { content, mutable }
    Import { module, name, item }
    ElemSegment { ty, items, mode }
    DataSegment { range, mode }
    ImportCounts { funcs, tables, memories, globals, tags }
    CodeForm { compact, threads, simd, exceptions, memory64, floats, word_bytes, table }
}
