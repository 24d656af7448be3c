//! Globals, tables and tags as the host uses them: by checked values.
#![allow(unsafe_code)] // Reads references out of cells that running code wrote.

use crate::raw::RawVal;
use crate::store::enter::ThrownException;
use crate::store::global::{GlobalState, TagState};
use crate::store::ids::MemoryId;
use crate::store::ids::RefId;
use crate::store::ids::Stored;
use crate::store::ids::{GlobalId, TableId, TagId};
use crate::store::inner::StoreInner;
use crate::store::memory::{MemoryState, SharedMemory};
use crate::store::refs::{EXCEPTIONS, Exception};
use crate::store::table::range;
use crate::store::value::Value;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::entity::SigId;
use coracle_image::keyed::KeyMap;
use coracle_image::module::{FuncType, GlobalType, HeapType, RefType, TableType, ValType};

impl StoreInner {
    /// The cells of a value that must have a type.
    fn cells_of(&self, value: &Value, ty: ValType) -> Result<[RawVal; 2]> {
        self.ensure_value(value, ty)?;
        let mut cells = [RawVal::ZERO; 2];
        self.write_value(value, &mut cells)?;
        Ok(cells)
    }

    fn element_of(&self, value: &Value, ty: RefType) -> Result<usize> {
        let cells = self.cells_of(value, ValType::Ref(ty));
        cells.map(|cells| cells[0].usize()).told(|| "type mismatch: value does not match table element type")
    }

    /// Keeps the function type that a type refers to interned for as long as the store lives: no module does.
    fn hold(&mut self, ty: ValType) -> Result<()> {
        if let ValType::Ref(RefType { heap: HeapType::Sig(sig), .. }) = ty {
            self.hold_signature(sig)?;
        }
        Ok(())
    }

    fn hold_signature(&mut self, sig: SigId) -> Result<()> {
        let signature = self.engine().signature(sig);
        self.signatures.try_reserve(1).map_err(|_| Error::out_of_memory())?;
        self.signatures.insert(sig, signature);
        Ok(())
    }

    /// A new global.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the value is not of its type; `ErrorKind::Limit` when the store may not have the bytes.
    pub fn new_global(&mut self, ty: GlobalType, value: &Value) -> Result<GlobalId> {
        let cells = self.cells_of(value, ty.content);
        let cells = cells.told(|| "type mismatch: initial value provided does not match the type of this global")?;
        self.hold(ty.content)?;
        self.budget.take(GlobalState::BYTES)?;
        self.globals.try_push(GlobalState::new(ty, cells)?)
    }

    /// A global's value.
    pub fn global_value(&self, id: GlobalId) -> Value {
        let global = self.global(id);
        // SAFETY: a global's cells hold a value of its type and of this store; all writers see to it.
        unsafe { self.read_value(global.ty().content, &global.cells()) }
    }

    /// Sets a global.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it cannot be set or the value is not of its type.
    pub fn set_global_value(&mut self, id: GlobalId, value: &Value) -> Result<()> {
        let ty = self.global(id).ty();
        if !ty.mutable {
            return Err(Error::fault(ErrorKind::Type, "immutable global cannot be set"));
        }
        let cells = self.cells_of(value, ty.content);
        let cells = cells.told(|| "type mismatch: attempt to set global to value of wrong type")?;
        self.globals[id].set_cells(cells);
        Ok(())
    }

    /// A new table, all elements `init`.
    ///
    /// # Errors
    /// `ErrorKind::Type` when `init` is not of its element type; `ErrorKind::Resource` when limiter or host do not
    /// give so many elements.
    pub fn new_table(&mut self, ty: TableType, init: &Value) -> Result<TableId> {
        let init = self.element_of(init, ty.element)?;
        self.hold(ValType::Ref(ty.element))?;
        self.define_table(ty, init)
    }

    /// An element of a table; `None` beyond its end.
    pub fn table_value(&self, id: TableId, at: u64) -> Option<Value> {
        let table = self.table(id);
        let element = *table.elements().get(usize::try_from(at).ok()?)?;
        // SAFETY: a table's elements are references of its type and of this store; all writers see to it.
        Some(unsafe { self.read_value(ValType::Ref(table.ty().element), &[RawVal::from_usize(element)]) })
    }

    /// Sets `len` elements of a table from `at` on.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the value is not of the element type; `Trap::TableOutOfBounds`.
    pub fn fill_table_value(&mut self, id: TableId, at: u64, value: &Value, len: u64) -> Result<()> {
        let element = self.element_of(value, self.table(id).ty().element)?;
        Ok(self.tables[id].fill(at, element, len)?)
    }

    /// Grows a table as `table.grow` does: the old length, or `None` where it does not grow.
    ///
    /// # Errors
    /// `ErrorKind::Type` when `init` is not of the element type; what the limiter says.
    pub fn grow_table_value(&mut self, id: TableId, delta: u64, init: &Value) -> Result<Option<u64>> {
        let element = self.element_of(init, self.table(id).ty().element)?;
        self.grow_table(id, delta, element)
    }

    /// Copies a run of elements between tables, or within one.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the element types differ; `Trap::TableOutOfBounds`.
    pub fn copy_table_values(&mut self, to: TableId, from: TableId, dst: u64, src: u64, len: u64) -> Result<()> {
        for (table, at) in [(from, src), (to, dst)] {
            range(at, len, self.table(table).len())?;
        }
        let (found, wanted) = (self.table(from).ty().element, self.table(to).ty().element);
        if !found.matches(wanted) {
            let message = coracle_error::wording!("type mismatch: expected {wanted}, found {found}");
            return Err(Error::fault(ErrorKind::Type, message)
                .told("type mismatch: source table's element type does not match destination table's element type"));
        }
        Ok(self.copy_table(to, from, [dst, src, len], false)?)
    }

    /// Frees references that nothing leads to. To be called only while no guest runs: frames hold references too.
    #[cold]
    pub(crate) fn sweep_refs(&mut self) {
        let is_ref = |ty: ValType| match ty {
            ValType::Ref(ty) => matches!(ty.heap, HeapType::Exn | HeapType::Extern),
            _ => false,
        };
        let globals =
            self.globals.values().filter(|global| is_ref(global.ty().content)).map(|global| global.cells()[0]);
        let mut roots: Vec<RawVal> = globals.collect();
        for table in self.tables.values().filter(|table| is_ref(ValType::Ref(table.ty().element))) {
            roots.extend(table.elements().iter().map(|&element| RawVal::from_usize(element)));
        }
        self.instances.values().for_each(|instance| roots.extend(instance.held_refs(&is_ref)));
        roots.extend(self.task.thrown.and_then(|thrown| self.refs.cell(thrown.id)));
        let tags = self.tags.values().filter(|_| EXCEPTIONS);
        let types = tags.map(|tag| (tag.vm().addr(), self.engine().func_type(tag.sig())));
        let types: KeyMap<usize, Arc<FuncType>> = types.collect();
        let held = |exception: &Exception| {
            let mut at = 0;
            let ty = types.get(&exception.tag.addr());
            let mut places = Vec::new();
            for &ty in ty.iter().flat_map(|ty| ty.params.iter()) {
                if is_ref(ty) {
                    places.push(at);
                }
                at += ty.cells() as usize;
            }
            places
        };
        self.refs.sweep(roots.into_iter(), held);
    }

    /// The exception that was thrown last, for the host to keep; nobody else takes it from now on.
    pub(crate) fn take_thrown(&mut self) -> Option<Stored<RefId>> {
        let thrown = self.task.thrown.take()?;
        self.shown(self.ref_cell(thrown)?)
    }

    /// A shared memory as one of this store's.
    ///
    /// # Panics
    /// If it was made for another engine.
    pub fn adopt_memory(&mut self, memory: SharedMemory) -> MemoryId {
        let same = crate::engine::Engine::same(memory.engine(), self.engine());
        assert!(same, "a shared memory is used with another engine");
        self.budget.note(MemoryState::BYTES);
        self.memories.push(MemoryState::of_shared(memory))
    }

    /// A new tag.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_tag(&mut self, sig: SigId) -> Result<TagId> {
        self.hold_signature(sig)?;
        self.budget.note(TagState::BYTES);
        self.tags.try_push(TagState::new(sig)?)
    }

    /// A new exception.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the arguments do not fit the tag; `Trap::ReferenceLimit` when the arena is full, or the store
    /// may not have the bytes; `ErrorKind::Unsupported` without the feature `exceptions`.
    pub fn new_exception(&mut self, tag: TagId, args: &[Value]) -> Result<Stored<RefId>> {
        let ty = self.engine().func_type(self.tag(tag).sig());
        self.check_values(args, &ty.params)?;
        let mut cells = smallvec::SmallVec::new();
        for (value, ty) in args.iter().zip(&ty.params) {
            let pair = self.cells_of(value, *ty)?;
            cells.extend_from_slice(&pair[..ty.cells() as usize]);
        }
        let tag = self.tag(tag).vm().cast_const();
        let cell = self.refs.add_exception(Exception::new(tag, cells)?)?;
        self.shown(cell).ok_or_else(|| coracle_error::bug!("an exception that was just made is null"))
    }

    /// An exception's tag and arguments; `None` where the reference is none to an exception, or that was freed.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn exception_parts(&self, exception: Stored<RefId>) -> Option<(TagId, Vec<Value>)> {
        let Exception { tag, args, .. } = self.refs.exception(self.ref_cell(exception)?)?;
        let tag = self.tags.iter().find(|(_, state)| core::ptr::eq(state.vm(), *tag))?.0;
        let ty = self.engine().func_type(self.tag(tag).sig());
        let mut at = 0;
        let one = |&ty: &ValType| {
            // SAFETY: an exception's cells hold values of its tag's parameter types and of this store.
            let value = unsafe { self.read_value(ty, &args[at..]) };
            at += ty.cells() as usize;
            value
        };
        Some((tag, ty.params.iter().map(one).collect()))
    }

    /// The error by which a host function throws an exception into the guest that called it. The exception waits in
    /// the store from now on.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn throw(&mut self, exception: Stored<RefId>) -> ThrownException {
        self.check(exception.store());
        self.task.thrown = Some(exception);
        ThrownException(exception)
    }
}
