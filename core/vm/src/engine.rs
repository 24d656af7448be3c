//! `Engine`: features, limits, tiers and the types that all modules of it share.

use crate::module::WeakModule;
use crate::provider::{self, MemoryProvider, MemoryStyle};
use crate::raw::RawVal;
use crate::signatures::{Registry, Signature};
use crate::store::coroutine::HostStack;
use crate::tier::stack::Stack;
use crate::tier::{Compiler, Interpreter, TierStrategy};
use crate::tuning::Inlining;
use crate::twins::Twins;
use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use coracle_error::shared;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::artifact::{ModuleVersionStrategy, Stamp, settings_hash};
use coracle_image::entity::SigId;
use coracle_image::fuel::{CostTable, VariableOperatorCost};
use coracle_image::limits;
use coracle_image::module::{FuncType, MemoryType};
use coracle_image::prepared::Switches;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What an engine is made of. The façade's `Config` fills it in.
pub struct EngineParts {
    /// The interpreter.
    pub interpreter: Box<dyn Interpreter>,
    /// The compiler, if there is one.
    pub compiler: Option<Box<dyn Compiler>>,
    /// Which tier runs what.
    pub strategy: TierStrategy,
    /// Settings that code bakes in.
    pub settings: Settings,
}

/// Settings that validation, translation and compilation depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The proposals that are on.
    pub features: coracle_image::parse::features::Features,
    /// Whether fuel is charged.
    pub fuel: bool,
    /// Whether epochs are checked.
    pub epochs: bool,
    /// Whether arithmetic returns canonical NaNs.
    pub canonical_nans: bool,
    /// Which version artifacts say that they are of, where it is not the package's: in a word, for machines with little
    /// memory.
    pub module_version: Option<Box<ModuleVersionStrategy>>,
    /// Bytes of a task's value stack.
    pub stack_bytes: usize,
    /// Whether stacks hold garbage before they are used, in the place of zeroes or of what was left: for tests.
    pub garbage_in_stacks: bool,
    /// Whether the interpreter's code is prepared before it is run, as for another machine: for tests.
    pub prepares: bool,
    /// Bytes of native stack that an entry into compiled code may use.
    pub native_stack_bytes: usize,
    /// Bytes of the host's stack that a call which may wait runs on.
    pub async_stack_bytes: usize,
    /// How many of those there may be at a time.
    pub async_stacks: usize,
    /// Whether 32-bit memories reserve their whole address space, so that native code needs no bounds checks.
    pub reserve_memories: bool,
    /// Whether native code that compares an address with a memory's length makes sure that it reads nothing beyond it
    /// ahead of the comparison either.
    pub heap_spectre_guards: bool,
    /// The same of elements and tables.
    pub table_spectre_guards: bool,
    /// What fuel costs, where it is not the default.
    pub operator_cost: Option<CostTable>,
    /// How many of the frames that a trap leaves are recorded, innermost first; 0 for none.
    pub backtrace_frames: usize,
    /// Whether shared memories can be made.
    pub shared_memories: bool,
    /// Where native code has the bodies of small functions in the place of calls of them.
    pub inlining: Inlining,
}

impl Settings {
    /// What so many bytes, elements or pages of an operator cost.
    pub(crate) fn price(&self, count: u64, each: impl Fn(&VariableOperatorCost) -> u8) -> u64 {
        const DEFAULT: &VariableOperatorCost = &VariableOperatorCost::new();
        let costs = self.operator_cost.as_ref().map_or(DEFAULT, CostTable::variable);
        count.saturating_mul(each(costs).into())
    }

    /// What code depends on that is made once and run elsewhere.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` where fuel has prices of the embedder's: code has them in it, and a file does not tell them.
    pub fn switches(&self) -> Result<Switches> {
        if self.operator_cost.is_some() {
            let message = "prepared code has the default costs of fuel (`Config::operator_cost`)";
            return Err(Error::fault(ErrorKind::Unsupported, message));
        }
        Ok(Switches { fuel: self.fuel, epochs: self.epochs, canonical_nans: self.canonical_nans })
    }

    /// What artifacts are made for: the version, and a hash of what a loaded binary depends on.
    pub fn artifact_stamp(&self) -> Stamp<'_> {
        let switches = [self.fuel, self.epochs, self.canonical_nans].map(u64::from);
        let [fuel, epochs, nans] = switches;
        let settings = settings_hash(&[self.features.bits(), fuel, epochs, nans]);
        let version = self.module_version.as_deref().unwrap_or(&ModuleVersionStrategy::WasmtimeVersion);
        Stamp { version, settings }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            features: Default::default(),
            fuel: false,
            epochs: false,
            canonical_nans: false,
            module_version: None,
            stack_bytes: coracle_image::limits::DEFAULT_STACK_BYTES,
            garbage_in_stacks: false,
            prepares: false,
            native_stack_bytes: coracle_image::limits::DEFAULT_NATIVE_STACK_BYTES,
            async_stack_bytes: coracle_image::limits::DEFAULT_ASYNC_STACK_BYTES,
            async_stacks: usize::MAX,
            reserve_memories: false,
            heap_spectre_guards: true,
            table_spectre_guards: true,
            operator_cost: None,
            backtrace_frames: coracle_image::limits::DEFAULT_BACKTRACE_FRAMES,
            shared_memories: true,
            inlining: Inlining::default(),
        }
    }
}

/// The environment that modules and components are loaded into. Cloning is cheap.
#[derive(Clone)]
pub struct Engine(Arc<EngineInner>);

/// An [`Engine`] that this does not keep alive, for whoever only counts its epochs, say.
#[derive(Clone)]
pub struct EngineWeak(Weak<EngineInner>);

impl EngineWeak {
    /// The engine, if it still lives.
    pub fn upgrade(&self) -> Option<Engine> {
        self.0.upgrade().map(Engine)
    }
}

impl core::fmt::Debug for EngineWeak {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("EngineWeak")
    }
}

struct EngineInner {
    parts: EngineParts,
    signatures: Arc<Registry>,
    epoch: AtomicUsize,
    memories: Box<dyn MemoryProvider>,
    /// Modules that live, by a hash of what they say.
    modules: Twins<WeakModule>,
    /// Stacks that no task needs at the moment, at most [`limits::IDLE_STACKS`].
    stacks: crate::sync::Lock<Vec<Stack>>,
    /// The same of stacks of the host's.
    host_stacks: crate::sync::Lock<Vec<HostStack>>,
    /// How many of those there are, in use or not.
    host_stack_count: AtomicUsize,
}

/// The host's stack that a store has for its next call that may wait, or none yet.
pub(crate) struct KeptStack {
    engine: Engine,
    stack: Option<HostStack>,
}

impl KeptStack {
    /// None yet.
    pub(crate) fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), stack: None }
    }

    /// A stack: the store's own, one that nobody needs at the moment, or a new one.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the host does not give one.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<HostStack> {
        self.stack.take().map_or_else(|| self.engine.host_stack(), Ok)
    }

    /// Keeps a stack for the next call.
    #[inline]
    pub(crate) fn keep(&mut self, stack: HostStack) {
        // Where they are few, no store keeps one that it does not need.
        if self.stack.is_none() && self.engine.settings().async_stacks == usize::MAX {
            self.stack = Some(stack);
        } else {
            self.engine.keep_host_stack(stack);
        }
    }
}

impl Drop for KeptStack {
    fn drop(&mut self) {
        if let Some(stack) = self.stack.take() {
            self.engine.keep_host_stack(stack);
        }
    }
}

/// A stack on loan from its engine.
#[derive(Debug)]
pub(crate) struct LentStack {
    engine: Engine,
    /// `None` only when it has been given back.
    stack: Option<Stack>,
}

impl LentStack {
    /// The first cell, and the end.
    pub(crate) fn bounds(&mut self) -> [*mut RawVal; 2] {
        let stack = self.stack.as_mut().expect("a stack is given back when the loan ends");
        [stack.base(), stack.end()]
    }
}

impl Drop for LentStack {
    fn drop(&mut self) {
        self.engine.0.stacks.with(|idle| {
            // Where there is no memory for the note of it, the stack goes.
            if idle.len() < limits::IDLE_STACKS && idle.try_reserve(1).is_ok() {
                idle.extend(self.stack.take());
            }
        });
    }
}

impl Engine {
    /// An engine of these parts.
    pub(crate) fn from_parts(parts: EngineParts) -> Self {
        let memories = crate::provider::platform();
        let (signatures, modules, epoch) = Default::default();
        let (stacks, host_stacks, host_stack_count) = Default::default();
        let inner = EngineInner { parts, signatures, epoch, memories, modules, stacks, host_stacks, host_stack_count };
        Self(Arc::new(inner))
    }

    /// A stack for a task. What tasks before left in it is there still: running code reads no cell that it has not
    /// written. O(1) when one is idle.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory for it.
    pub(crate) fn lend_stack(&self) -> Result<LentStack> {
        let mut stack = match self.0.stacks.with(Vec::pop) {
            Some(stack) => stack,
            None => Stack::new(self.settings().stack_bytes)?,
        };
        if self.settings().garbage_in_stacks {
            stack.spoil();
        }
        Ok(LentStack { engine: self.clone(), stack: Some(stack) })
    }

    /// A stack of the host's for a call that may wait.
    #[cold]
    fn host_stack(&self) -> Result<HostStack> {
        match self.0.host_stacks.with(Vec::pop) {
            Some(stack) => Ok(stack),
            None => self.new_host_stack(),
        }
    }

    fn new_host_stack(&self) -> Result<HostStack> {
        let most = self.settings().async_stacks;
        if self.0.host_stack_count.fetch_add(1, Ordering::Relaxed) >= most {
            self.0.host_stack_count.fetch_sub(1, Ordering::Relaxed);
            let message = coracle_error::wording!("maximum concurrent fiber limit of {most} reached");
            return Err(Error::fault(ErrorKind::Limit, message));
        }
        let stack = HostStack::new(self.settings().async_stack_bytes);
        stack.inspect_err(|_| _ = self.0.host_stack_count.fetch_sub(1, Ordering::Relaxed))
    }

    /// Keeps a stack of the host's for whoever needs one, unless there are enough.
    fn keep_host_stack(&self, stack: HostStack) {
        let mut stack = Some(stack);
        self.0.host_stacks.with(|idle| {
            if idle.len() < limits::IDLE_STACKS {
                idle.extend(stack.take());
            }
        });
        if stack.is_some() {
            self.0.host_stack_count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The interpreter.
    pub(crate) fn interpreter(&self) -> &dyn Interpreter {
        &*self.0.parts.interpreter
    }

    /// Whether there is no other handle of it, not even a weak one.
    pub(crate) fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1 && Arc::weak_count(&self.0) == 0
    }

    /// The compiler, if there is one.
    pub(crate) fn compiler(&self) -> Option<&dyn Compiler> {
        self.0.parts.compiler.as_deref()
    }

    /// Which tier runs what.
    pub(crate) fn strategy(&self) -> &TierStrategy {
        &self.0.parts.strategy
    }

    /// Settings that code bakes in.
    #[inline]
    pub(crate) fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    /// The modules of this engine that live.
    pub(crate) fn modules(&self) -> &Twins<WeakModule> {
        &self.0.modules
    }

    /// Where linear memories come from.
    pub(crate) fn memory_provider(&self) -> &dyn MemoryProvider {
        &*self.0.memories
    }

    /// How memories of this type lie in the address space: what code may rely on.
    pub(crate) fn memory_style(&self, ty: &MemoryType) -> MemoryStyle {
        provider::style(ty, self.settings().reserve_memories)
    }

    /// A share in a function type, new or old. The ids in it are of this engine, and held.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn intern(&self, ty: FuncType) -> Result<Signature> {
        self.signatures().intern(ty)
    }

    /// A share in the function type of an id of this engine, which somebody holds.
    pub(crate) fn signature(&self, id: SigId) -> Signature {
        self.signatures().signature(id)
    }

    /// The function type of an id of this engine, which somebody holds.
    pub(crate) fn func_type(&self, id: SigId) -> shared::Arc<FuncType> {
        self.signatures().ty(id)
    }

    /// The function types that live things of this engine use.
    pub(crate) fn signatures(&self) -> &Arc<Registry> {
        &self.0.signatures
    }

    /// The epoch that running code compares its deadline with.
    pub(crate) fn epoch(&self) -> &AtomicUsize {
        &self.0.epoch
    }

    /// Moves to the next epoch. Async-signal-safe.
    pub fn increment_epoch(&self) {
        self.0.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// The same engine, without a share in its life.
    pub fn weak(&self) -> EngineWeak {
        EngineWeak(Arc::downgrade(&self.0))
    }

    /// Whether code is interpreted that a compiler made for an abstract machine: never. Our interpreter runs wasm.
    pub fn is_pulley(&self) -> bool {
        false
    }

    /// Whether two handles are of one engine.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Engine").field("compiler", &self.0.parts.compiler.is_some()).finish_non_exhaustive()
    }
}
