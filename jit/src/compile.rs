//! One function: wasm body → machine code, relocations, trap sites.
//!
//! Nothing here touches memory that runs; `code` puts what comes out of here in place.

mod asks;
mod bounce;
mod call;
mod cells;
mod env;
mod fuel;
mod inline;
pub(crate) mod inlinees;
pub(crate) mod links;
mod osr;
mod places;
pub(crate) mod refusal;
pub(crate) mod sig;
#[cfg(test)]
pub(crate) mod tests;
mod translator;
mod twice;
mod visit;
mod visit_atomic;
mod visit_bulk;
mod visit_exception;
mod visit_memory;
mod visit_numeric;
mod visit_reference;
mod visit_simd;

use crate::compile::asks::Asks;
use crate::compile::bounce::Entered;
use crate::compile::env::{Env, Pinned, fixed};
use crate::compile::inlinees::{Foreign, Inlinees, Inlining};
use crate::compile::links::{Links, Stub, func_ref, stub_signature, stub_type};
use crate::compile::osr::OsrHead;
use crate::compile::refusal::Refusal;
use crate::compile::translator::Translator;
use crate::trap::{Inlined, Kind, Landing, Site, native_trap};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::body::FuncBody;
use coracle_vm::module::Module;
use coracle_vm::tier::{LoopHead, VmCtx, VmStore};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, GlobalValueData, InstBuilder, Signature, UserFuncName};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CodegenResult, CompiledCode, Context, FinalizedMachCallSite, FinalizedMachExceptionHandler};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, ModuleReloc};
use std::mem::offset_of;
use std::panic::AssertUnwindSafe;

/// Machine code of one function, not yet in its place.
pub(crate) struct Compiled {
    /// Which function it is among the module's native code.
    pub(crate) id: FuncId,
    /// The code.
    pub(crate) bytes: Vec<u8>,
    /// Its alignment in bytes.
    pub(crate) align: u64,
    /// What must be filled in.
    pub(crate) relocs: Vec<ModuleReloc>,
    /// What a fault in it means.
    pub(crate) kind: Kind,
    /// What it has of other modules.
    pub(crate) foreign: Foreign,
}

/// What is to be compiled.
pub(crate) enum Work<'a> {
    /// A function from its start.
    Body(DefinedFuncIndex),
    /// A function from one of its loops on.
    Osr(DefinedFuncIndex, &'a LoopHead),
    /// The array entry of an OSR function.
    OsrEntry(DefinedFuncIndex, FuncId),
    /// A stub.
    Stub(Stub),
    /// A function that was refused, but which code has named.
    StandIn(DefinedFuncIndex),
}

/// Buffers that compilations share, one after the other.
pub(crate) struct Workbench {
    context: Context,
    /// What the function in it asks.
    asks: Asks,
    builder: FunctionBuilderContext,
    registers: regalloc2::Ctx,
}

impl Workbench {
    /// Empty buffers.
    pub(crate) fn new() -> Self {
        Self {
            context: Context::new(),
            asks: Asks::default(),
            builder: FunctionBuilderContext::new(),
            registers: Default::default(),
        }
    }

    /// Compiles one function.
    pub(crate) fn compile(
        &mut self,
        module: &Module,
        isa: &dyn TargetIsa,
        links: &mut Links,
        id: FuncId,
        work: &Work<'_>,
    ) -> Result<Compiled, Refusal> {
        // A panic in the code generator must cost a function, not the program: it stays in the interpreter.
        let attempt = AssertUnwindSafe(|| self.compile_inner(module, isa, links, id, work));
        let result =
            std::panic::catch_unwind(attempt).unwrap_or_else(|_| Err(Refusal::new("the code generator failed")));
        if result.is_err() {
            // A body that is refused half way leaves its blocks and values in the buffers.
            *self = Self::new();
        }
        result
    }

    fn compile_inner(
        &mut self,
        module: &Module,
        isa: &dyn TargetIsa,
        links: &mut Links,
        id: FuncId,
        work: &Work<'_>,
    ) -> Result<Compiled, Refusal> {
        let (inlined, foreign) = self.build(module, isa, links, id, work)?;
        let code = self.finish(isa).map_err(Refusal::new)?;
        let compiled = self.take(&code, module, id, work);
        let kind = match compiled.kind {
            Kind::Body { slot, sites, returns, landings, .. } => Kind::Body { slot, sites, returns, landings, inlined },
            kind => kind,
        };
        // A loop that lies across two lines of the processor's caches takes longer, and where it lies must not be luck.
        let align = compiled.align.max(u64::from(isa.function_alignment().preferred));
        Ok(Compiled { kind, foreign, align, ..compiled })
    }

    /// The CLIF of one function, and what it has of others.
    fn build(
        &mut self,
        module: &Module,
        isa: &dyn TargetIsa,
        links: &mut Links,
        id: FuncId,
        work: &Work<'_>,
    ) -> Result<(Option<Box<Inlined>>, Foreign), Refusal> {
        self.context.clear();
        let signature = signature(module, links, work);
        self.context.func = Function::with_name_signature(UserFuncName::user(0, id.as_u32()), signature);
        let mut b = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
        let (mut inlining, pinned) = (Inlining::default(), Pinned::of(module));
        self.asks = Asks::default();
        match *work {
            Work::Body(func) => (b, inlining, self.asks) = body(b, module, links, func, None)?,
            Work::Osr(func, head) => (b, inlining, self.asks) = body(b, module, links, func, Some(head))?,
            Work::OsrEntry(func, target) => {
                let body = FuncBody::of(module, func);
                let target = func_ref(b.func, target, sig::osr(body.ty));
                bounce::array(&mut b, body.ty, Entered::Osr(target), pinned);
            }
            Work::Stub(stub) => bounce::build(&mut b, links, stub, &stub_type(module, stub), pinned)?,
            Work::StandIn(func) => {
                let body = FuncBody::of(module, func);
                bounce::stand_in(&mut b, links, module.slot(func), body.ty)?;
            }
        }
        b.finalize(isa.frontend_config());
        self.asks.about_epochs(&mut self.context.func);
        Ok(inlining.finish())
    }

    /// From CLIF to machine code: what `Context::compile` does, with the places of loads put right in the middle.
    fn finish(&mut self, isa: &dyn TargetIsa) -> CodegenResult<CompiledCode> {
        self.context.optimize(isa, &mut ControlPlane::default())?;
        places::of_loads(&mut self.context.func);
        if self.asks.about_fuel(&mut self.context.func) {
            self.context.flowgraph();
            self.context.verify_if(isa)?;
        }
        let Context { func, domtree, .. } = &self.context;
        let code = isa.compile_function(func, domtree, &mut self.registers, false, &mut ControlPlane::default())?;
        Ok(code.apply_params(&func.params))
    }

    /// What a compilation made.
    fn take(&self, code: &CompiledCode, module: &Module, id: FuncId, work: &Work<'_>) -> Compiled {
        let buffer = &code.buffer;
        let kind = match *work {
            Work::Body(func) | Work::Osr(func, _) => {
                let slot = std::ptr::from_ref(module.slot(func)).addr();
                let (sites, returns) = (sites(buffer).into(), returns(buffer).into());
                Kind::Body { slot, sites, returns, landings: landings(buffer).into(), inlined: None }
            }
            Work::Stub(Stub::Array(_)) | Work::OsrEntry(..) => {
                let mut kind = Kind::Stub;
                for call in buffer.call_sites() {
                    if let [FinalizedMachExceptionHandler::Default(_), ..] = *call.exception_handlers
                        && let (Some(frame), Some(layout)) = (call.frame_offset, buffer.frame_layout())
                    {
                        // The activation is the only stack slot of an array stub.
                        let run = layout.stackslots.values().next().map_or(0, |slot| slot.offset);
                        kind = Kind::Entry { frame, run };
                    }
                }
                kind
            }
            Work::Stub(_) | Work::StandIn(_) => Kind::Stub,
        };
        let func = &self.context.func;
        Compiled {
            id,
            bytes: buffer.data().to_vec(),
            align: u64::from(buffer.alignment),
            relocs: buffer.relocs().iter().map(|reloc| ModuleReloc::from_mach_reloc(reloc, func, id)).collect(),
            kind,
            foreign: Foreign::default(),
        }
    }
}

/// Finished code before it is put in its place.
type Buffer = cranelift_codegen::MachBufferFinalized<cranelift_codegen::Final>;

/// Where code traps, in order of its addresses.
fn sites(buffer: &Buffer) -> Vec<Site> {
    let mut sites: Vec<Site> = buffer
        .traps()
        .iter()
        .map(|trap| Site { at: trap.offset, code: native_trap(trap.code), offset: place(buffer, trap.offset) })
        .collect();
    sites.sort_by_key(|site| site.at);
    sites
}

/// Where calls return to, in order, and the operators that call.
fn returns(buffer: &Buffer) -> Vec<(u32, u32)> {
    let mut returns: Vec<_> =
        buffer.call_sites().map(|call| (call.ret_addr, place(buffer, call.ret_addr.saturating_sub(1)))).collect();
    returns.sort_unstable();
    returns
}

/// Where calls go on with an exception, in order of the addresses to which they return.
fn landings(buffer: &Buffer) -> Vec<Landing> {
    let landing = |call: FinalizedMachCallSite<'_>| match (call.exception_handlers, call.frame_offset) {
        (&[FinalizedMachExceptionHandler::Default(at)], Some(frame)) => {
            Some(Landing { back: call.ret_addr, at, frame })
        }
        _ => None,
    };
    let mut landings: Vec<_> = buffer.call_sites().filter_map(landing).collect();
    landings.sort_unstable_by_key(|landing| landing.back);
    landings
}

/// The operator that an instruction belongs to.
fn place(buffer: &Buffer, at: u32) -> u32 {
    let places = buffer.get_srclocs_sorted();
    let next = places.partition_point(|place| place.start <= at);
    let found = next.checked_sub(1).map(|i| &places[i]).filter(|place| at < place.end);
    found.map_or(u32::MAX, |place| place.loc.bits())
}

fn signature(module: &Module, links: &Links, work: &Work<'_>) -> Signature {
    match *work {
        Work::Body(func) | Work::StandIn(func) => sig::native(FuncBody::of(module, func).ty),
        Work::Osr(func, _) => sig::osr(FuncBody::of(module, func).ty),
        Work::OsrEntry(..) => sig::array(links.host()),
        Work::Stub(stub) => stub_signature(stub, &stub_type(module, stub), links.host()),
    }
}

/// A wasm body, from its start or from a loop on.
fn body<'f>(
    mut b: FunctionBuilder<'f>,
    module: &Module,
    links: &mut Links,
    func: DefinedFuncIndex,
    head: Option<&LoopHead>,
) -> Result<(FunctionBuilder<'f>, Inlining, Asks), Refusal> {
    let body = FuncBody::of(module, func);
    sig::check(body.ty)?;
    let inlinees = Inlinees::of(module, func);
    stack_limit(&mut b);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.seal_block(entry);
    let args = b.block_params(entry).to_vec();
    let env = Env::new(module, links.host(), func, args[0]);
    let in_memory = sig::results_in_memory(body.ty);
    let area = in_memory.then(|| *args.last().expect("the area is the last parameter"));
    let (params, osr) = match head {
        None => (Some(&args[2..2 + body.ty.params.len()]), None),
        Some(head) => {
            let (start, normal) = (b.create_block(), b.create_block());
            b.ins().jump(start, &[]);
            b.switch_to_block(normal);
            b.seal_block(normal);
            (None, Some(OsrHead { head, start, cells: args[2] }))
        }
    };
    Translator::new(b, env, links, body, &inlinees, area, osr).run(params)
}

/// Makes the prologue compare the stack pointer with the store's limit.
fn stack_limit(b: &mut FunctionBuilder<'_>) {
    let ctx = b.func.create_global_value(GlobalValueData::VMContext);
    let readonly = b.func.dfg.mem_flags.insert_unchecked(fixed());
    let plain = b.func.dfg.mem_flags.insert_unchecked(cranelift_codegen::ir::MemFlagsData::trusted());
    let store = b.func.create_global_value(GlobalValueData::Load {
        base: ctx,
        offset: (VmCtx::OFFSET_STORE as i32).into(),
        global_type: sig::WORD,
        flags: readonly,
    });
    let limit = b.func.create_global_value(GlobalValueData::Load {
        base: store,
        offset: (offset_of!(VmStore, native_stack.limit) as i32).into(),
        global_type: sig::WORD,
        flags: plain,
    });
    b.func.stack_limit = Some(limit);
}
