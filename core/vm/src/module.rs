//! `Module`: a validated core module, as data, with the slots of its functions.
//!
//! # Invariants
//! - Everything but the slots is frozen once made; slots change only as [`tier::slot`](crate::tier::slot) says.
//! - Types are those of the engine: a `SigId` here equals a `SigId` of any module of the same engine exactly when the
//!   function types are equal. The module holds them: they stay interned for as long as it lives.
#![allow(unsafe_code)] // Turning a slot's owner address back into its module.

use crate::engine::Engine;
use crate::signatures::{self, Signature};
use crate::stamp::Stamp;
use crate::sync::Lock;
use crate::tier::slot::Slot;
use crate::tier::vmctx::VmLayout;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, or_end};
use coracle_error::shared::{Arc, Weak};
use coracle_error::{Error, Result};
use coracle_image::entity::*;
use coracle_image::keyed::KeyMap;
use coracle_image::module::{BodyForm, Bytes, FuncType, ModuleData};
use coracle_image::module_image::ModuleImage;
use coracle_image::parse::features::Trust;
use coracle_image::parse::module::parse_module;
use coracle_image::parse::name_section;
use core::hash::Hash;
use core::ops::Range;

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

/// A share in where a module's slots lie: when the module is gone, nothing else comes to lie there, and nothing else is
/// left of it. They are in here from then on.
#[derive(Clone)]
pub struct Slots(Arc<Lock<Box<[Slot]>>>);

/// What an imported function was linked to, or will be.
#[derive(Clone)]
pub enum LinkedFunc {
    /// A function that this module defines.
    Wasm(WeakModule, DefinedFuncIndex),
    /// One of the host's.
    Host,
    /// Nobody can tell yet.
    Unknown,
}

/// What a [`Module`] shares.
pub struct ModuleInner {
    this: Weak<ModuleInner>,
    stamp: Stamp,
    kin: u64,
    engine: Engine,
    data: ModuleData,
    layout: VmLayout,
    func_refs: KeyMap<FuncIndex, u32>,
    /// The module's function types, so that nobody takes the engine's lock for one while it translates.
    sigs: KeyMap<SigId, Arc<FuncType>>,
    slots: Box<[Slot]>,
    /// Where they go when the module goes, if somebody has a share.
    slots_after: Lock<Option<Slots>>,
    /// What the imported functions were when the module was first instantiated, or will be as far as its component
    /// says. A guess at what they are in other instances.
    linked: Lock<Option<Box<[LinkedFunc]>>>,
    /// Where the name section names functions, once somebody has asked.
    names: Lock<Option<Arc<[NameAt]>>>,
    /// Keeps the function types of the binary interned.
    _held: Arc<[Signature]>,
}

/// Whether what is loaded again while it lives is the same module. Compact builds, which have no compiler, do without the
/// comparison.
const SHARES: bool = !cfg!(feature = "compact");

/// Where a function's name lies in the name section.
struct NameAt {
    func: u32,
    start: u32,
    len: u32,
}

impl Module {
    /// Reads and validates a module, and makes it live.
    ///
    /// # Errors
    /// Those of [`parse_module`], and of [`Module::load`].
    pub fn from_bytes(engine: &Engine, bytes: Bytes) -> Result<Self> {
        Self::read(engine, bytes, Trust::None)
    }

    /// The same; one that somebody vouches for is only read.
    ///
    /// # Errors
    /// Those of [`Module::from_bytes`].
    pub(crate) fn read(engine: &Engine, bytes: Bytes, trust: Trust) -> Result<Self> {
        Self::load(engine, parse_module(&engine.settings().features, bytes, trust)?)
    }

    /// Makes a module live: interns its function types and makes a slot for each body. Compiles nothing, but for an
    /// eager compiler, which is told.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn load(engine: &Engine, image: ModuleImage) -> Result<Self> {
        let (ids, held) = signatures::intern_all(engine.signatures(), &image.func_types)?;
        let module = Self::of_binary(engine, image.data, &ids, &held, 0)?;
        module.loaded()?;
        Ok(module)
    }

    /// Whether this engine's interpreter can run what a module's bodies are.
    ///
    /// # Errors
    /// Those of [`Interpreter::takes`](crate::tier::Interpreter::takes).
    fn check_form(engine: &Engine, data: &ModuleData) -> Result<()> {
        match data.form {
            BodyForm::Wasm => Ok(()),
            BodyForm::Prepared(form) => engine.interpreter().takes(form),
        }
    }

    /// As [`Module::load`], for a module of a binary whose function types were interned together: `ids` are their new
    /// numbers, and `held` keeps them.
    ///
    /// A module that lives, says the same and is of the same `kin` is taken instead: whoever loads something twice warms
    /// it once (not in compact builds). Modules of other kin are others all the same, since they are linked otherwise.
    /// That is for those that the runtime writes; of all others it is 0.
    ///
    /// No compiler is told: [`Module::loaded`] does that.
    ///
    /// # Errors
    /// `OutOfMemory`; `ErrorKind::Unsupported` for prepared code that this build cannot run.
    pub fn of_binary(
        engine: &Engine,
        mut data: ModuleData,
        ids: &[SigId],
        held: &Arc<[Signature]>,
        kin: u64,
    ) -> Result<Self> {
        Self::check_form(engine, &data)?;
        data.renumber(ids);
        let hash = SHARES.then(|| data.rough_hash());
        if let Some(hash) = hash {
            let mut twins = engine.modules().candidates(hash)?.into_iter().filter_map(|twin| twin.upgrade());
            if let Some(twin) = twins.find(|twin| twin.0.kin == kin && twin.data().says_the_same(&data)) {
                return Ok(twin);
            }
        }
        let module = Self::from_data(engine, data, held.clone(), kin)?;
        if let Some(hash) = hash {
            engine.modules().add(hash, module.downgrade())?;
        }
        Ok(module)
    }

    /// Tells an eager compiler that all is there that it can go by.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn loaded(&self) -> Result<()> {
        self.engine().compiler().map_or(Ok(()), |compiler| compiler.module_loaded(self))
    }

    fn from_data(engine: &Engine, data: ModuleData, held: Arc<[Signature]>, kin: u64) -> Result<Self> {
        let first = data.imported.funcs;
        let func_refs = map(data.escaping.iter().copied().zip(first..))?;
        let layout = VmLayout::of(size_of::<usize>(), &data);
        let sigs: KeyMap<SigId, Arc<FuncType>> = map(data.types.values().map(|&sig| (sig, engine.func_type(sig))))?;
        let mut slots = Vec::with_room(data.bodies.len())?;
        let inner = Arc::try_new_cyclic(|this: &Weak<ModuleInner>| {
            let owner = this.as_ptr().cast::<()>();
            slots.extend(data.bodies.iter().map(|(defined, range)| {
                let sig = data.funcs[FuncIndex::from_u32(first + defined.as_u32())];
                let ty = &sigs[&sig];
                let cells = ty.param_cells().max(ty.result_cells());
                // Without `std` nothing is compiled, so nothing has to be known of when.
                let heat = if cfg!(feature = "std") { engine.strategy().first_heat(range.len()) } else { i32::MAX };
                let interp = engine.interpreter();
                let slot = Slot::for_body(owner, defined, sig, cells, heat, interp.entry(), interp.stubs());
                if data.form != BodyForm::Wasm {
                    // There is nothing that could be compiled.
                    slot.refuse();
                }
                slot
            }));
            let slots = slots.into_boxed_slice();
            let (this, engine) = (this.clone(), engine.clone());
            let (stamp, names, _held) = (Stamp::new(), Lock::new(None), held);
            let (slots_after, linked) = (Lock::new(None), Lock::new(None));
            ModuleInner {
                this,
                stamp,
                kin,
                engine,
                data,
                layout,
                func_refs,
                sigs,
                slots,
                slots_after,
                linked,
                names,
                _held,
            }
        });
        Ok(Self(inner?))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What the sections say.
    pub fn data(&self) -> &ModuleData {
        &self.0.data
    }

    /// Whether the runtime has written it, as it does adapters: no toolchain has put small functions of it in the place of
    /// calls.
    pub fn is_written_here(&self) -> bool {
        self.0.kin != 0
    }

    /// Where contexts of this module keep their arrays.
    pub fn layout(&self) -> &VmLayout {
        &self.0.layout
    }

    /// Where they would on a machine whose addresses have so many bytes.
    pub fn layout_on(&self, word_bytes: usize) -> VmLayout {
        VmLayout::of(word_bytes, self.data())
    }

    /// The slots of defined functions, in order.
    pub fn slots(&self) -> &[Slot] {
        &self.0.slots
    }

    /// A share in where the slots lie.
    pub fn shared_slots(&self) -> Slots {
        if let Some(slots) = self.0.slots_after.with(|slots| slots.clone()) {
            return slots;
        }
        // Whoever allocates does so before the lock is taken.
        let slots = Slots(Arc::new(Lock::new(Box::default())));
        self.0.slots_after.with(|known| known.get_or_insert(slots).clone())
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

    /// Notes what the imported functions are in an instance, in order, if nobody has before.
    pub fn note_linked(&self, funcs: impl Iterator<Item = LinkedFunc>) {
        // Whoever allocates does so before the lock is taken.
        if self.0.linked.with(|linked| linked.is_none()) {
            let funcs: Box<[_]> = funcs.collect();
            self.0.linked.with(|linked| _ = linked.get_or_insert(funcs));
        }
    }

    /// The wasm function that an import was in the module's first instance, if it still lives.
    pub fn linked(&self, func: FuncIndex) -> Option<(Module, DefinedFuncIndex)> {
        let at = func.as_u32() as usize;
        let linked = self.0.linked.with(|linked| linked.as_ref()?.get(at).cloned())?;
        let LinkedFunc::Wasm(module, func) = linked else { return None };
        let module = module.upgrade().filter(|module| module.data().form == BodyForm::Wasm)?;
        Some((module, func))
    }

    /// Whether an import was a function of the host's in the module's first instance.
    pub fn is_linked_to_host(&self, func: FuncIndex) -> bool {
        let at = func.as_u32() as usize;
        let is_host = |linked: &[LinkedFunc]| matches!(linked.get(at), Some(LinkedFunc::Host));
        self.0.linked.with(|linked| linked.as_deref().is_some_and(is_host))
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

    /// A function's name, if the name section tells it. O(log names), but for the first time that somebody asks, which
    /// is linear.
    pub fn func_name(&self, func: FuncIndex) -> Option<&str> {
        let section = self.name_section()?;
        let names = match self.0.names.with(|names| names.clone()) {
            Some(names) => names,
            None => {
                // Whoever else is at it comes to the same.
                let names = self.index_names(section);
                self.0.names.with(|known| known.insert(names).clone())
            }
        };
        let at = names.binary_search_by_key(&func.as_u32(), |name| name.func).ok()?;
        let NameAt { start, len, .. } = names[at];
        core::str::from_utf8(section.get(start as usize..)?.get(..len as usize)?).ok()
    }

    /// Where each function's name lies, by the function; of several names the first.
    fn index_names(&self, section: &[u8]) -> Arc<[NameAt]> {
        let mut names = Vec::new();
        self.each_func_name(|func, name| {
            let start = name.as_ptr().addr() - section.as_ptr().addr();
            names.push(NameAt { func: func.as_u32(), start: start as u32, len: name.len() as u32 });
        });
        names.sort_unstable_by_key(|name| (name.func, name.start));
        names.dedup_by_key(|name| name.func);
        or_end(Arc::try_from_vec(names))
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

    /// The bytes of a defined function, and where they begin in the binary; of a module that was prepared, what was made of
    /// it.
    pub fn body(&self, func: DefinedFuncIndex) -> (&[u8], usize) {
        let Range { start, end } = self.0.data.bodies[func];
        (&self.0.data.bytes.as_slice()[start as usize..end as usize], start as usize)
    }

    /// The same module, without a share in its life.
    pub fn downgrade(&self) -> WeakModule {
        WeakModule(Arc::downgrade(&self.0))
    }

    /// What tells this module from all others, also from those that come after it.
    pub fn stamp(&self) -> Stamp {
        self.0.stamp
    }

    /// The address that stands for this module while it lives: in slots, contexts, and [`Compiler::module_dropped`].
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

/// A map of all that there is.
fn map<K: Ord + Hash, V>(all: impl Iterator<Item = (K, V)>) -> Result<KeyMap<K, V>> {
    let mut map = KeyMap::new();
    map.try_reserve(all.size_hint().0).map_err(|_| Error::out_of_memory())?;
    map.extend(all);
    Ok(map)
}

impl Drop for ModuleInner {
    fn drop(&mut self) {
        if SHARES {
            self.engine.modules().remove(self.data.rough_hash(), |twin| core::ptr::eq(twin.0.as_ptr(), self));
        }
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
        if let Some(Slots(after)) = self.slots_after.with(|slots| slots.take()) {
            let slots = core::mem::take(&mut self.slots);
            after.with(|kept| *kept = slots);
        }
    }
}

impl core::fmt::Debug for Module {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name: Option<String> = self.0.data.name.as_deref().map(Into::into);
        f.debug_struct("Module").field("name", &name).field("functions", &self.0.data.funcs.len()).finish()
    }
}
