//! The native code of one module: compiled in batches, put in place, published.
//!
//! # Invariants
//! - C1. A function whose code others call directly is defined in the same batch or an earlier one; one that cannot
//!   be compiled after it was named gets a stand-in that goes through its slot.
//! - C2. After a failure in the middle of a batch nothing more is compiled for the module (`broken`): what was
//!   published stays, what was not is refused.
//! - C3. Everything is freed with the module, and not before: functions that call each other cannot go one by one.

pub(crate) mod memory;

use crate::code::memory::{Budget, CodePages};
use crate::compile::links::{Links, Stub, stub_signature, stub_type};
use crate::compile::refusal::Refusal;
use crate::compile::{Compiled, Work, Workbench, sig};
use crate::publish::{Finished, NativeBlock, array_entry, publish};
use crate::trap::{Placed, Registration, register};
use coracle_image::entity::{DefinedFuncIndex, EntityRef};
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::tier::{ArrayEntry, LoopHead, Promotion};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module as _, ModuleRelocTarget, default_libcall_names};
use hashbrown::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
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
    /// Before `links`: faults are ours as long as the code is there.
    registrations: Vec<Registration>,
    #[expect(clippy::vec_box, reason = "slots hold the blocks' addresses")]
    blocks: Vec<Box<NativeBlock>>,
    links: Links,
    isa: OwnedTargetIsa,
    bench: Workbench,
    broken: Option<Refusal>,
}

impl ModuleCode {
    /// None yet, for this module.
    pub(crate) fn new(module: &Module, isa: OwnedTargetIsa, budget: Arc<Budget>) -> Result<Self, Refusal> {
        let wasm: usize = module.data().bodies.values().map(|range| range.len()).sum();
        let bytes = wasm.saturating_mul(RESERVE_PER_BYTE).clamp(RESERVE_LEAST, RESERVE_MOST);
        let pages = CodePages::reserve(bytes, budget).map_err(Refusal::new)?;
        let mut builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        builder.memory_provider(Box::new(pages));
        Ok(Self {
            registrations: Vec::new(),
            blocks: Vec::new(),
            links: Links::new(JITModule::new(builder)),
            isa,
            bench: Workbench::new(),
            broken: None,
        })
    }

    /// Compiles functions whose claims the caller holds, and publishes or refuses each.
    pub(crate) fn bodies(&mut self, module: &Module, funcs: &[DefinedFuncIndex]) -> Vec<Outcome<()>> {
        let guarded = self.guard(|code| code.bodies_inner(module, funcs));
        let outcomes = guarded.unwrap_or_else(|refusal| funcs.iter().map(|_| Err(refusal.clone())).collect());
        for (&func, outcome) in funcs.iter().zip(&outcomes) {
            if outcome.is_err() && module.slot(func).promotion() == Promotion::Queued {
                module.slot(func).refuse();
            }
        }
        outcomes
    }

    /// Compiles a function from a loop on: its array entry.
    pub(crate) fn osr(&mut self, module: &Module, func: DefinedFuncIndex, head: &LoopHead) -> Outcome<ArrayEntry> {
        self.guard(|code| code.osr_inner(module, func, head))
    }

    /// Runs a batch. Whatever fails in it leaves functions declared that are not defined, which ends compilation here.
    fn guard<T>(&mut self, batch: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if let Some(refusal) = &self.broken {
            return Err(refusal.clone());
        }
        let attempt = AssertUnwindSafe(|| batch(self));
        std::panic::catch_unwind(attempt).unwrap_or_else(|_| {
            let refusal = Refusal::new("code could not be put in place");
            self.broken = Some(refusal.clone());
            Err(refusal)
        })
    }

    fn compile(&mut self, module: &Module, id: FuncId, work: &Work<'_>) -> Result<Compiled, Refusal> {
        self.bench.compile(module, &*self.isa, &mut self.links, id, work)
    }

    fn bodies_inner(&mut self, module: &Module, funcs: &[DefinedFuncIndex]) -> Result<Vec<Outcome<()>>, Refusal> {
        let mut ids = Vec::with_capacity(funcs.len());
        for &func in funcs {
            let id = self.links.declare(&sig::native(FuncBody::of(module, func).ty))?;
            self.links.set_direct(func, id);
            ids.push(id);
        }
        let mut batch = Vec::new();
        let mut outcomes: Vec<Outcome<()>> = Vec::with_capacity(funcs.len());
        for (&func, &id) in funcs.iter().zip(&ids) {
            let begun = Instant::now();
            let outcome = self.compile(module, id, &Work::Body(func)).map(|compiled| {
                let bytes = byte_count(compiled.bytes.len());
                batch.push(compiled);
                Made { value: (), us: elapsed_us(begun), bytes }
            });
            outcomes.push(outcome);
        }
        self.stand_in(module, funcs, &ids, &outcomes, &mut batch)?;
        let stubs = self.entry_stubs(module, funcs, &outcomes)?;
        self.place(module, batch)?;
        let interpreter = internals::interpreter(module.engine()).stubs();
        for (i, &func) in funcs.iter().enumerate() {
            let (Ok(made), Some((array, resume))) = (&outcomes[i], stubs[i]) else { continue };
            let finished = Finished {
                native: self.address(ids[i]),
                array: self.address(array),
                resume: self.address(resume),
                bytes: made.bytes,
            };
            self.blocks.push(publish(module.slot(func), &finished, interpreter));
        }
        Ok(outcomes)
    }

    /// C1: what was refused and has been named goes through its slot; what nobody has named is forgotten.
    fn stand_in(
        &mut self,
        module: &Module,
        funcs: &[DefinedFuncIndex],
        ids: &[FuncId],
        outcomes: &[Outcome<()>],
        batch: &mut Vec<Compiled>,
    ) -> Result<(), Refusal> {
        let named: HashSet<u32> = batch
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
                batch.push(self.compile(module, ids[i], &Work::StandIn(funcs[i]))?);
            }
        }
        Ok(())
    }

    /// The stubs through which others enter each compiled function.
    fn entry_stubs(
        &mut self,
        module: &Module,
        funcs: &[DefinedFuncIndex],
        outcomes: &[Outcome<()>],
    ) -> Result<Vec<Option<(FuncId, FuncId)>>, Refusal> {
        let mut stubs = Vec::with_capacity(funcs.len());
        for (&func, outcome) in funcs.iter().zip(outcomes) {
            stubs.push(match outcome {
                Err(_) => None,
                Ok(_) => {
                    let sig = module.slot(func).sig();
                    let ty = internals::func_type(module.engine(), sig);
                    Some((self.links.stub(Stub::Array(sig), &ty)?, self.links.stub(Stub::Resume(sig), &ty)?))
                }
            });
        }
        Ok(stubs)
    }

    fn osr_inner(&mut self, module: &Module, func: DefinedFuncIndex, head: &LoopHead) -> Outcome<ArrayEntry> {
        let begun = Instant::now();
        let ty = FuncBody::of(module, func).ty;
        let id = self.links.declare(&sig::osr(ty))?;
        let entry = self.links.declare(&sig::array(self.links.host()))?;
        let body = self.compile(module, id, &Work::Osr(func, head))?;
        let stub = self.compile(module, entry, &Work::OsrEntry(func, id))?;
        let bytes = byte_count(body.bytes.len() + stub.bytes.len());
        self.place(module, vec![body, stub])?;
        Ok(Made { value: array_entry(self.address(entry)), us: elapsed_us(begun), bytes })
    }

    /// Puts a batch, and the stubs that it names, in executable memory.
    fn place(&mut self, module: &Module, mut batch: Vec<Compiled>) -> Result<(), Refusal> {
        while let Some((stub, id)) = self.links.next_wanted() {
            let compiled = self.compile(module, id, &Work::Stub(stub)).inspect_err(|refusal| self.fail(refusal))?;
            debug_assert_eq!(
                self.links.jit.declarations().get_function_decl(id).signature,
                stub_signature(stub, &stub_type(module, stub), self.links.host())
            );
            batch.push(compiled);
        }
        for compiled in &batch {
            let defined =
                self.links.jit.define_function_bytes(compiled.id, compiled.align, &compiled.bytes, &compiled.relocs);
            defined.map_err(Refusal::new).inspect_err(|refusal| self.fail(refusal))?;
        }
        self.links.jit.finalize_definitions().map_err(Refusal::new).inspect_err(|refusal| self.fail(refusal))?;
        let placed = batch.into_iter().map(|compiled| Placed {
            start: self.address(compiled.id).addr(),
            len: compiled.bytes.len(),
            kind: compiled.kind,
        });
        let placed = placed.collect();
        let memories = internals::reservations(module.engine());
        self.registrations.extend(register(placed, memories));
        Ok(())
    }

    /// C2.
    fn fail(&mut self, refusal: &Refusal) {
        self.broken = Some(refusal.clone());
    }

    fn address(&self, id: FuncId) -> *const u8 {
        self.links.jit.get_finalized_function(id)
    }
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
