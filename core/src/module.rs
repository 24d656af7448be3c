//! `Module`: a validated core module, as data, with the slots of its functions.
//!
//! # Invariants
//! - Everything but the slots is frozen once made; slots change only as [`tier::slot`](crate::tier::slot) says.
//! - Types are those of the engine: a `SigId` here equals a `SigId` of any module of the same engine exactly when the
//!   function types are equal.
#![allow(unsafe_code)] // Turning a slot's owner address back into its module.

use crate::arena::PrimaryMap;
use crate::engine::Engine;
use crate::entity::*;
use crate::parse::name_section;
use crate::tier::{Slot, VmLayout};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::ops::Range;
use hashbrown::HashMap;

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// A core function type, interned by the engine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it can be set.
    pub mutable: bool,
}

/// One item of any index space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// An import: two names, and where it lies in its index space, which tells its type.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub enum ElemItems {
    /// Functions, by index.
    Funcs(Box<[FuncIndex]>),
    /// Constant expressions.
    Exprs(Box<[ConstExpr]>),
}

/// When a segment is applied.
#[derive(Clone, Debug)]
pub enum SegmentMode<I> {
    /// By `table.init` or `memory.init`.
    Passive,
    /// Never: it only declares functions.
    Declared,
    /// At instantiation, to this table or memory at this offset.
    Active(I, ConstExpr),
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct ElemSegment {
    /// What its elements are.
    pub ty: RefType,
    /// The elements.
    pub items: ElemItems,
    /// When it is applied.
    pub mode: SegmentMode<TableIndex>,
}

/// A data segment: its bytes as a range of the module's binary.
#[derive(Clone, Debug)]
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

impl core::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.as_slice().len())
    }
}

/// What the sections of a module say. Ranges are offsets into `bytes`.
#[derive(Clone, Debug)]
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
    /// Exports in order.
    pub exports: Vec<(Box<str>, EntityIndex)>,
    /// The same by name: positions in `exports`.
    pub export_names: HashMap<Box<str>, u32>,
    /// The start function.
    pub start: Option<FuncIndex>,
    /// Element segments.
    pub elems: PrimaryMap<ElemIndex, ElemSegment>,
    /// Data segments.
    pub datas: PrimaryMap<DataIndex, DataSegment>,
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

/// A validated core module, ready to be instantiated. Cloning is cheap.
#[derive(Clone)]
pub struct Module(Arc<ModuleInner>);

/// A [`Module`] that this does not keep alive: what waits for a compiler must not hold up its end.
#[derive(Clone)]
pub struct WeakModule(Weak<ModuleInner>);

impl WeakModule {
    /// The module, if it still lives.
    pub fn upgrade(&self) -> Option<Module> {
        self.0.upgrade().map(Module)
    }

    /// Whether this was made from `module`.
    pub fn is(&self, module: &Module) -> bool {
        core::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&module.0))
    }
}

/// What a [`Module`] shares.
pub struct ModuleInner {
    this: Weak<ModuleInner>,
    engine: Engine,
    data: ModuleData,
    layout: VmLayout,
    func_refs: HashMap<FuncIndex, u32>,
    /// The module's function types, so that nobody takes the engine's lock for one while it translates.
    sigs: HashMap<SigId, Arc<FuncType>>,
    slots: Box<[Slot]>,
}

impl Module {
    /// Freezes what was parsed and makes a slot for each body.
    pub fn from_data(engine: &Engine, data: ModuleData) -> Self {
        let first = data.imported.funcs;
        let func_refs = data.escaping.iter().enumerate().map(|(i, &func)| (func, first + i as u32)).collect();
        let layout = VmLayout::new(
            data.memories.len(),
            data.tables.len(),
            data.globals.len(),
            data.tags.len(),
            first as usize + data.escaping.len(),
        );
        let sigs: HashMap<SigId, Arc<FuncType>> =
            data.types.values().map(|&sig| (sig, engine.func_type(sig))).collect();
        Self(Arc::new_cyclic(|this: &Weak<ModuleInner>| {
            let owner = this.as_ptr().cast::<()>();
            let slots = data
                .bodies
                .iter()
                .map(|(defined, range)| {
                    let sig = data.funcs[FuncIndex::from_u32(first + defined.as_u32())];
                    let ty = &sigs[&sig];
                    let cells = ty.param_cells().max(ty.result_cells());
                    let heat = engine.tuning().threshold(range.len());
                    let interp = engine.interpreter();
                    Slot::for_body(owner, defined, sig, cells, heat, interp.entry(), interp.stubs())
                })
                .collect();
            ModuleInner { this: this.clone(), engine: engine.clone(), data, layout, func_refs, sigs, slots }
        }))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What the sections say.
    pub fn data(&self) -> &ModuleData {
        &self.0.data
    }

    /// Where contexts of this module keep their arrays.
    pub fn layout(&self) -> &VmLayout {
        &self.0.layout
    }

    /// The slots of defined functions, in order.
    pub fn slots(&self) -> &[Slot] {
        &self.0.slots
    }

    /// The slot of a defined function.
    pub fn slot(&self, func: DefinedFuncIndex) -> &Slot {
        &self.0.slots[func.index()]
    }

    /// The position of a function's reference in a context: of imports and of functions that escape.
    pub fn func_ref(&self, func: FuncIndex) -> Option<u32> {
        if func.as_u32() < self.0.data.imported.funcs {
            Some(func.as_u32())
        } else {
            self.0.func_refs.get(&func).copied()
        }
    }

    /// A function among the defined ones, or `None` for an import.
    pub fn defined(&self, func: FuncIndex) -> Option<DefinedFuncIndex> {
        func.as_u32().checked_sub(self.0.data.imported.funcs).map(DefinedFuncIndex::from_u32)
    }

    /// The type of a function.
    pub fn func_type(&self, func: FuncIndex) -> &Arc<FuncType> {
        self.sig_type(self.0.data.funcs[func])
    }

    /// The function type of an id that the module's own index space of types has.
    ///
    /// # Panics
    /// If it has no such id.
    pub fn sig_type(&self, sig: SigId) -> &Arc<FuncType> {
        &self.0.sigs[&sig]
    }

    /// A function's name, if the name section tells it. O(names): read each time from the binary.
    pub fn func_name(&self, func: FuncIndex) -> Option<String> {
        name_section::func_name(self.name_section()?, func.as_u32()).map(Into::into)
    }

    /// Calls `each` with every function that the name section names. O(names).
    pub fn each_func_name(&self, mut each: impl FnMut(FuncIndex, &str)) {
        let funcs = self.data().funcs.len();
        if let Some(payload) = self.name_section() {
            // The section is not validated: it may name what is not there.
            name_section::each_func_name(payload, |func, name| {
                if (func as usize) < funcs {
                    each(FuncIndex::from_u32(func), name);
                }
            });
        }
    }

    fn name_section(&self) -> Option<&[u8]> {
        self.data().bytes.as_slice().get(self.data().name_section.clone()?)
    }

    /// The bytes of a defined function, and where they begin in the binary.
    pub fn body(&self, func: DefinedFuncIndex) -> (&[u8], usize) {
        let Range { start, end } = self.0.data.bodies[func];
        (&self.0.data.bytes.as_slice()[start as usize..end as usize], start as usize)
    }

    /// The same module, without a share in its life.
    pub fn downgrade(&self) -> WeakModule {
        WeakModule(Arc::downgrade(&self.0))
    }

    /// The address that stands for this module: in slots, contexts, and [`Compiler::module_dropped`].
    ///
    /// [`Compiler::module_dropped`]: crate::tier::Compiler::module_dropped
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// The module that owns a slot; `None` for a host function's.
    ///
    /// # Safety
    /// The slot's module is alive: someone keeps it.
    pub unsafe fn of_slot(slot: &Slot) -> Option<Self> {
        let inner = slot.owner().cast::<ModuleInner>();
        // SAFETY: `owner` is null or the address that `from_data` took from the module's own `Arc`; it is alive by
        // the contract.
        unsafe { inner.as_ref() }.and_then(|inner| inner.this.upgrade()).map(Self)
    }
}

impl Drop for ModuleInner {
    fn drop(&mut self) {
        let interp = self.engine.interpreter();
        for slot in &self.slots {
            let code = slot.made();
            if !code.is_null() {
                interp.drop_code(code);
            }
        }
        if let Some(compiler) = self.engine.compiler() {
            compiler.module_dropped(core::ptr::from_ref(self) as usize);
        }
    }
}

impl core::fmt::Debug for Module {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name: Option<String> = self.0.data.name.as_deref().map(Into::into);
        f.debug_struct("Module").field("name", &name).field("functions", &self.0.data.funcs.len()).finish()
    }
}
