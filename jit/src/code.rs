//! The native code of one module: compiled in batches, put in place, published.
//!
//! Any number of threads compile functions of one module at the same time: each batch has names of its own until it is
//! in place, and only then others call its functions directly.
//!
//! # Invariants
//! - C1. A function whose code others call directly is defined in the same batch or in place already; one that cannot
//!   be compiled after it was named gets a stand-in that goes through its slot.
//! - C2. After a failure while a batch is put in place nothing more is compiled for the module (`broken`): what was
//!   published stays, what was not is refused.
//! - C3. Everything is freed with the module, and not before: functions that call each other cannot go one by one.

pub(crate) mod memory;

use crate::code::memory::{Budget, CodePages};
use crate::compile::inlinees::Foreign;
use crate::compile::links::{Links, Names, Stub};
use crate::compile::refusal::Refusal;
use crate::compile::{Compiled, Work, Workbench, sig};
use crate::perf::PerfMap;
use crate::publish::{Finished, NativeBlock, array_entry, publish};
use crate::trap::{Placed, Registration, register};
use coracle_image::entity::{DefinedFuncIndex, EntityRef};
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::tier::{ArrayEntry, LoopHead, Promotion};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, ModuleRelocTarget, default_libcall_names};
use hashbrown::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// Bytes of address space per byte of wasm body: generous, since it costs nothing until it is used.
const RESERVE_PER_BYTE: usize = 64;
/// Bytes of address space that every module's code has at least.
const RESERVE_LEAST: usize = 4 << 20;
/// Bytes of address space that a module's code has at most: what near calls reach on every machine.
const RESERVE_MOST: usize = 1 << 30;

/// What became of one function.
pub(crate) type Outcome<T> = Result<Made<T>, Refusal>;

/// Finished code.
pub(crate) struct Made<T> {
    /// What was made.
    pub(crate) value: T,
    /// How long compilation took, in microseconds.
    pub(crate) us: u64,
    /// Bytes of machine code.
    pub(crate) bytes: u32,
}

/// The native code of one module.
pub(crate) struct ModuleCode {
    /// Before `names`: faults are ours as long as the code is there.
    kept: Mutex<Kept>,
    names: Arc<Mutex<Names>>,
    isa: OwnedTargetIsa,
    broken: OnceLock<Refusal>,
    perf_map: Option<Arc<PerfMap>>,
}

/// What lives as long as code that is in place.
#[derive(Default)]
struct Kept {
    registrations: Vec<Registration>,
    foreign: Vec<Foreign>,
    #[expect(clippy::vec_box, reason = "slots hold the blocks' addresses")]
    blocks: Vec<Box<NativeBlock>>,
}

/// Functions that are compiled together.
struct Batch<'a> {
    code: &'a ModuleCode,
    module: &'a Module,
    bench: &'a mut Workbench,
    links: Links,
    compiled: Vec<Compiled>,
}

impl ModuleCode {
    /// None yet, for this module.
    pub(crate) fn new(
        module: &Module,
        isa: OwnedTargetIsa,
        budget: Arc<Budget>,
        perf_map: Option<Arc<PerfMap>>,
    ) -> Result<Self, Refusal> {
        let wasm: usize = module.data().bodies.values().map(|range| range.len()).sum();
        let bytes = wasm.saturating_mul(RESERVE_PER_BYTE).clamp(RESERVE_LEAST, RESERVE_MOST);
        let pages = CodePages::reserve(bytes, budget).map_err(Refusal::new)?;
        let mut builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        builder.memory_provider(Box::new(pages));
        let names = Arc::new(Mutex::new(Names::new(JITModule::new(builder))));
        Ok(Self { kept: Mutex::default(), names, isa, broken: OnceLock::new(), perf_map })
    }

    /// Compiles functions whose claims the caller holds, and publishes or refuses each.
    pub(crate) fn bodies(
        &self,
        module: &Module,
        funcs: &[DefinedFuncIndex],
        bench: &mut Workbench,
    ) -> Vec<Outcome<()>> {
        let guarded = self.guard(module, bench, |batch| batch.bodies(funcs));
        let outcomes = guarded.unwrap_or_else(|refusal| funcs.iter().map(|_| Err(refusal.clone())).collect());
        for (&func, outcome) in funcs.iter().zip(&outcomes) {
            if outcome.is_err() && module.slot(func).promotion() == Promotion::Queued {
                module.slot(func).refuse();
            }
        }
        outcomes
    }

    /// Compiles a function from a loop on: its array entry.
    pub(crate) fn osr(
        &self,
        module: &Module,
        func: DefinedFuncIndex,
        head: &LoopHead,
        bench: &mut Workbench,
    ) -> Outcome<ArrayEntry> {
        self.guard(module, bench, |batch| batch.osr(func, head))
    }

    /// Runs a batch. A panic leaves functions half in place, perhaps, which ends compilation here (C2).
    fn guard<T>(
        &self,
        module: &Module,
        bench: &mut Workbench,
        run: impl FnOnce(&mut Batch<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.check()?;
        let links = Links::new(&self.names);
        let mut batch = Batch { code: self, module, bench, links, compiled: Vec::new() };
        let attempt = AssertUnwindSafe(|| run(&mut batch));
        std::panic::catch_unwind(attempt)
            .unwrap_or_else(|_| Err(self.fail(Refusal::new("code could not be put in place"))))
    }

    /// C2.
    fn fail(&self, refusal: Refusal) -> Refusal {
        self.broken.get_or_init(|| refusal).clone()
    }

    /// C2.
    fn check(&self) -> Result<(), Refusal> {
        self.broken.get().map_or(Ok(()), |refusal| Err(refusal.clone()))
    }
}

impl<'a> Batch<'a> {
    fn compile(&mut self, id: FuncId, work: &Work<'_>) -> Result<Compiled, Refusal> {
        self.bench.compile(self.module, &*self.code.isa, &mut self.links, id, work)
    }

    fn bodies(&mut self, funcs: &[DefinedFuncIndex]) -> Result<Vec<Outcome<()>>, Refusal> {
        let module = self.module;
        let mut ids = Vec::with_capacity(funcs.len());
        for &func in funcs {
            let id = self.links.declare(&sig::native(FuncBody::of(module, func).ty))?;
            self.links.set_direct(func, id);
            ids.push(id);
        }
        let mut outcomes: Vec<Outcome<()>> = Vec::with_capacity(funcs.len());
        for (&func, &id) in funcs.iter().zip(&ids) {
            let begun = Instant::now();
            let outcome = self.compile(id, &Work::Body(func)).map(|compiled| {
                let bytes = byte_count(compiled.bytes.len());
                self.compiled.push(compiled);
                Made { value: (), us: elapsed_us(begun), bytes }
            });
            outcomes.push(outcome);
        }
        self.stand_in(funcs, &ids, &outcomes)?;
        let stubs = self.entry_stubs(funcs, &outcomes)?;
        let names = self.place()?;
        let interpreter = internals::interpreter(module.engine()).stubs();
        let mut kept = lock(&self.code.kept);
        for (i, &func) in funcs.iter().enumerate() {
            let (Ok(made), Some((array, resume))) = (&outcomes[i], stubs[i]) else { continue };
            let finished = Finished {
                native: names.address(ids[i]),
                array: names.address(array),
                resume: names.address(resume),
                bytes: made.bytes,
            };
            kept.blocks.push(publish(module.slot(func), &finished, interpreter));
        }
        Ok(outcomes)
    }

    /// C1: what was refused and has been named goes through its slot; what nobody has named is forgotten.
    fn stand_in(
        &mut self,
        funcs: &[DefinedFuncIndex],
        ids: &[FuncId],
        outcomes: &[Outcome<()>],
    ) -> Result<(), Refusal> {
        let named: HashSet<u32> = self
            .compiled
            .iter()
            .flat_map(|compiled| &compiled.relocs)
            .filter_map(|reloc| match reloc.name {
                ModuleRelocTarget::User { index, .. } => Some(index),
                _ => None,
            })
            .collect();
        for (i, outcome) in outcomes.iter().enumerate() {
            if outcome.is_ok() {
                continue;
            }
            self.links.unset_direct(funcs[i]);
            if named.contains(&ids[i].as_u32()) {
                let compiled = self.compile(ids[i], &Work::StandIn(funcs[i]))?;
                self.compiled.push(compiled);
            }
        }
        Ok(())
    }

    /// The stubs through which others enter each compiled function.
    fn entry_stubs(
        &mut self,
        funcs: &[DefinedFuncIndex],
        outcomes: &[Outcome<()>],
    ) -> Result<Vec<Option<(FuncId, FuncId)>>, Refusal> {
        let mut stubs = Vec::with_capacity(funcs.len());
        for (&func, outcome) in funcs.iter().zip(outcomes) {
            stubs.push(match outcome {
                Err(_) => None,
                Ok(_) => {
                    let sig = self.module.slot(func).sig();
                    let ty = internals::func_type(self.module.engine(), sig);
                    Some((self.links.stub(Stub::Array(sig), &ty)?, self.links.stub(Stub::Resume(sig), &ty)?))
                }
            });
        }
        Ok(stubs)
    }

    fn osr(&mut self, func: DefinedFuncIndex, head: &LoopHead) -> Outcome<ArrayEntry> {
        let begun = Instant::now();
        let ty = FuncBody::of(self.module, func).ty;
        let id = self.links.declare(&sig::osr(ty))?;
        let entry = self.links.declare(&sig::array(self.links.host()))?;
        let body = self.compile(id, &Work::Osr(func, head))?;
        let stub = self.compile(entry, &Work::OsrEntry(func, id))?;
        let bytes = byte_count(body.bytes.len() + stub.bytes.len());
        self.compiled.extend([body, stub]);
        let value = array_entry(self.place()?.address(entry));
        Ok(Made { value, us: elapsed_us(begun), bytes })
    }

    /// Puts the batch, and the stubs that it names, in executable memory. Gives the names that it now has for all.
    fn place(&mut self) -> Result<MutexGuard<'a, Names>, Refusal> {
        let code = self.code;
        while let Some((stub, id)) = self.links.next_wanted() {
            let compiled = self.compile(id, &Work::Stub(stub))?;
            self.compiled.push(compiled);
        }
        let mut names = lock(&code.names);
        code.check()?;
        for Compiled { id, bytes, align, relocs, .. } in &self.compiled {
            names.define(*id, *align, bytes, relocs).map_err(|refusal| code.fail(refusal))?;
        }
        names.finish().map_err(|refusal| code.fail(refusal))?;
        names.adopt(&mut self.links);
        let mut kept = lock(&code.kept);
        let mut placed = Vec::with_capacity(self.compiled.len());
        for Compiled { id, bytes, kind, foreign, .. } in self.compiled.drain(..) {
            placed.push(Placed { start: names.address(id).addr(), len: bytes.len(), kind });
            if !foreign.slots.is_empty() {
                kept.foreign.push(foreign);
            }
        }
        if let Some(perf_map) = &code.perf_map {
            perf_map.add(self.module, &placed);
        }
        let memories = internals::reservations(self.module.engine());
        let fuel = internals::settings(self.module.engine()).fuel;
        kept.registrations.extend(register(placed, memories, fuel));
        Ok(names)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn elapsed_us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn byte_count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// All functions that a module defines.
pub(crate) fn all_functions(module: &Module) -> impl Iterator<Item = DefinedFuncIndex> {
    (0..module.slots().len()).map(DefinedFuncIndex::new)
}
