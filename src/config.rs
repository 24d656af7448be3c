//! `Config`: settings of an engine, and the only place that names both tiers.
//!
//! The names are Wasmtime's. What has a meaning here works as it does there. What has none is accepted, and its
//! documentation says so. What would promise something that is not kept is an error of [`Engine::new`].
#![allow(unsafe_code)] // Defines the function behind `Engine::default` under a fixed name.

mod accepted;
#[cfg(feature = "std")]
mod cache;
mod pooling;

use accepted::without_effect;
#[cfg(feature = "std")]
pub use cache::{Cache, CacheConfig};
pub use pooling::{Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result, Wording};
use coracle_image::fuel::{CostTable, OperatorCost};
use coracle_image::limits::{DEFAULT_ASYNC_STACK_BYTES, DEFAULT_BACKTRACE_FRAMES};
use coracle_image::parse::features::Proposal;
use coracle_vm::embed::{EngineConfig, ModuleVersionStrategy};
use coracle_vm::engine::{Engine, EngineParts, Settings};
use coracle_vm::provider::RESERVED_BYTES;
use coracle_vm::tier::{Compiler, TierEvent, TierLog, TierStrategy};
use coracle_vm::tuning::{Inlining, TierPolicy, Tuning};
use core::fmt;
use core::num::NonZeroUsize;

/// Bytes of machine code that an engine makes at most, unless [`Config::code_memory_limit`] says otherwise.
const CODE_LIMIT_BYTES: usize = 256 << 20;

/// Settings of an [`Engine`].
///
/// ```
/// use coracle::{Config, Engine, TierPolicy};
///
/// # fn main() -> coracle::Result<()> {
/// let mut config = Config::new();
/// config.consume_fuel(true).tier_policy(TierPolicy::Sync(100));
/// let engine = Engine::new(&config)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    settings: Settings,
    tuning: Tuning,
    policy: TierPolicy,
    log: Option<TierLog>,
    code_limit_bytes: usize,
    /// Threads that compile, where somebody has said how many.
    jit_threads: Option<usize>,
    perf_map: bool,
    async_stack_bytes: Option<usize>,
    memory_may_move: bool,
    memory_reservation: u64,
    signals_based_traps: bool,
    /// What was asked for that there is not.
    refused: Vec<&'static str>,
}

/// Which compiler makes native code. There is one, and [`Config::tier_policy`] says when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// Whichever there is.
    Auto,
    /// Cranelift.
    Cranelift,
    /// Winch, which there is not: what it is for, a quick start, the interpreter gives.
    Winch,
}

/// How the compiler assigns registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegallocAlgorithm {
    /// With second thoughts.
    Backtracking,
    /// In one pass.
    SinglePass,
}

/// How a heap for garbage collection would be collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Collector {
    /// Whichever there is.
    #[default]
    Auto,
    /// By counting references.
    DeferredReferenceCounting,
    /// Not at all.
    Null,
    /// By copying.
    Copying,
}

/// Which profiler is told of native code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfilingStrategy {
    /// None.
    None,
    /// `perf`, by a map.
    PerfMap,
    /// `perf`, by a dump.
    JitDump,
    /// VTune.
    VTune,
    /// Wasmtime's interpreter's own.
    Pulley,
}

/// Whether a run is recorded, to be played again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RRConfig {
    /// It is recorded.
    Recording,
    /// It is played.
    Replaying,
    /// Neither.
    #[default]
    None,
}

/// How much native code is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OptLevel {
    /// Not: compiling is quickest.
    None,
    /// For speed.
    Speed,
    /// For speed, and then for size.
    SpeedAndSize,
}

/// Whether backtraces name files and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WasmBacktraceDetails {
    /// Always.
    Enable,
    /// Never.
    Disable,
    /// As an environment variable says.
    Environment,
}

macro_rules! proposals {
    ($($(#[$doc:meta])* $name:ident $proposal:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.settings.features.set(Proposal::$proposal, enable);
            self
        }
    )*};
}

macro_rules! refused {
    ($($(#[$doc:meta])* $name:ident $what:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// There is none: [`Engine::new`] refuses `true`.
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.ask(enable, concat!($what, " (`Config::", stringify!($name), "`)"))
        }
    )*};
}

/// Tiers.
impl Config {
    /// Who runs what: the interpreter alone, or native code for what is hot, and when. Default:
    /// [`TierPolicy::Background`] where there is a compiler, else the interpreter alone.
    pub fn tier_policy(&mut self, policy: TierPolicy) -> &mut Self {
        self.policy = policy;
        self
    }

    /// Calls `log` at each change of tier, on the thread where it happens: the guest's or the one that compiles.
    ///
    /// A panic of `log` goes no further. The panic hook has told it by then; the event counts as told, guest and compiler
    /// go on, and the next event is told again.
    pub fn tier_log(&mut self, log: impl Fn(&TierEvent) + Send + Sync + 'static) -> &mut Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// What the tiers cost on this machine, which tells when a function is promoted. Cannot change an answer.
    pub fn tuning(&mut self, tuning: Tuning) -> &mut Self {
        self.tuning = tuning;
        self
    }

    /// Machine code of all modules of the engine, in bytes; beyond it nothing more is compiled. Default: 256 MiB.
    pub fn code_memory_limit(&mut self, bytes: usize) -> &mut Self {
        self.code_limit_bytes = bytes;
        self
    }

    /// How many threads compile under [`TierPolicy::Background`]. They begin when there is something to do, and give way
    /// to guests when they have compiled for some 30 ms. [`Engine::new`] refuses none. Default: half of the processors, one at least and four at most.
    pub fn jit_threads(&mut self, threads: usize) -> &mut Self {
        self.jit_threads = Some(threads);
        self
    }

    /// Where native code has the bodies of small functions in the place of calls of them. What can be observed, backtraces
    /// included, is the same. Default: [`Inlining::Yes`] (Wasmtime: across modules).
    pub fn compiler_inlining(&mut self, inlining: Inlining) -> &mut Self {
        self.settings.inlining = inlining;
        self
    }

    /// Which profiler is told of native code: `perf`, by its map (a file `/tmp/perf-PID.map`), or none. The other
    /// strategies are without effect.
    pub fn profiler(&mut self, strategy: ProfilingStrategy) -> &mut Self {
        self.perf_map = strategy == ProfilingStrategy::PerfMap;
        self
    }

    without_effect! {
        /// How much native code is optimised: always for speed.
        cranelift_opt_level(OptLevel);
        /// Which compiler makes native code.
        strategy(Strategy);
        /// How the compiler assigns registers.
        cranelift_regalloc_algorithm(RegallocAlgorithm);
        /// Whether there is a compiler: `Config::tier_policy` says whether it is used.
        enable_compiler(bool);
        /// Whether the compiler checks its own intermediate code.
        cranelift_debug_verifier(bool);
        /// Whether compiling uses several threads.
        parallel_compilation(bool);
        /// Whether native code carries unwind information.
        native_unwind_info(bool);
        /// Whether native code can be traced back to wasm: it always can.
        generate_address_map(bool);
        /// Whether native code carries debug information.
        debug_info(bool);
        /// Whether native code carries the names of functions.
        debug_symbols(bool);
        /// Whether native code checks what the compiler promises.
        cranelift_wasmtime_debug_checks(bool);
        /// Whether native code carries what Wasmtime's own assertions need.
        metadata_for_internal_asserts(bool);
        /// Whether native code carries what tells of a damaged heap.
        metadata_for_gc_heap_corruption(bool);
        /// Whether adapters between components carry debug information.
        debug_adapter_modules(bool);
    }

    /// Where compiled code is kept between runs: nowhere, nothing is compiled before it is hot.
    ///
    /// Without effect: accepted so that programs written for Wasmtime build and run.
    #[cfg(feature = "std")]
    pub fn cache(&mut self, _: Option<Cache>) -> &mut Self {
        self
    }

    /// A folder for the compiler's intermediate code, of which nothing is written.
    ///
    /// Without effect: accepted so that programs written for Wasmtime build and run.
    #[cfg(feature = "std")]
    pub fn emit_clif(&mut self, _: &std::path::Path) -> &mut Self {
        self
    }

    /// Says what the processor has, where that cannot be asked. It is asked here.
    ///
    /// Without effect: accepted so that programs written for Wasmtime build and run.
    ///
    /// # Safety
    /// There is nothing to hold. Wasmtime's is `unsafe`.
    pub unsafe fn detect_host_feature(&mut self, _: fn(&str) -> Option<bool>) -> &mut Self {
        self
    }

    /// Whether floats may be passed as the processor would, where there is no vector unit.
    ///
    /// Without effect: accepted so that programs written for Wasmtime build and run.
    ///
    /// # Safety
    /// There is nothing to hold. Wasmtime's is `unsafe`.
    pub unsafe fn x86_float_abi_ok(&mut self, _: bool) -> &mut Self {
        self
    }
}

/// Limits and metering.
impl Config {
    /// Whether fuel is counted, and running out of it traps. Default: off.
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.settings.fuel = enable;
        self
    }

    /// What fuel costs, in the place of the default: 1 for each operator but those that only structure the code, and for
    /// each byte and element of bulk operations. The start of a function always costs 1.
    ///
    /// ```
    /// use coracle::{Config, Engine, OperatorCost};
    ///
    /// # fn main() -> coracle::Result<()> {
    /// let costs = OperatorCost { I64DivS: 20, F64Sqrt: 15, ..OperatorCost::default() };
    /// let engine = Engine::new(Config::new().consume_fuel(true).operator_cost(costs))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn operator_cost(&mut self, cost: OperatorCost) -> &mut Self {
        self.settings.operator_cost = Some(CostTable::new(cost));
        self
    }

    /// Whether running code looks at the epoch. Default: off.
    pub fn epoch_interruption(&mut self, enable: bool) -> &mut Self {
        self.settings.epochs = enable;
        self
    }

    /// Bytes of stack that a guest may use in each tier. Default: 1 MiB of the interpreter's, 512 KiB of the host's.
    ///
    /// On a thread whose stack has less, a guest has what is there but for 64 KiB, on a very small one half of it: they
    /// are left to host functions that the guest calls at the very end. A guest that is entered on another stack than
    /// the thread's own, on a coroutine's, has so many bytes from there on, and that stack must have them and those
    /// 64 KiB.
    pub fn max_wasm_stack(&mut self, bytes: usize) -> &mut Self {
        self.settings.stack_bytes = bytes;
        self.settings.native_stack_bytes = bytes;
        self
    }

    /// Whether the interpreter's stacks hold garbage before they are used, in the place of zeroes or of what a call before
    /// left. For tests: it costs time, and cannot change an answer. Default: off.
    pub fn garbage_in_stacks(&mut self, enable: bool) -> &mut Self {
        self.settings.garbage_in_stacks = enable;
        self
    }

    /// Whether the interpreter's code is prepared before it is run, as [`Component::serialize_portable`] does it for a
    /// machine with few ops and addresses of another size. For tests: it costs time, and cannot change an answer.
    /// Default: off.
    ///
    /// [`Component::serialize_portable`]: crate::component::Component::serialize_portable
    #[cfg(feature = "inspect")]
    pub fn prepare_code(&mut self, enable: bool) -> &mut Self {
        self.settings.prepares = enable;
        self
    }

    /// Bytes of the interpreter's own stack alone, which lies on the heap: a machine with little memory has less for it
    /// than for the host's. [`Config::max_wasm_stack`] sets it too. Default: 1 MiB.
    pub fn interpreter_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.settings.stack_bytes = bytes;
        self
    }

    /// Bytes of the host's stack that a call of `*_async` runs on. Guests get [`Config::max_wasm_stack`] of them, host
    /// functions the rest; of what is left when a guest calls the host, guests leave at least 64 KiB. [`Engine::new`]
    /// refuses less than `max_wasm_stack`. Default: 2 MiB, or that and 1 MiB where it is more than 1 MiB.
    pub fn async_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.async_stack_bytes = Some(bytes);
        self
    }

    /// Whether a trap tells the frames that it left. Default: on.
    pub fn wasm_backtrace(&mut self, enable: bool) -> &mut Self {
        self.settings.backtrace_frames = if enable { DEFAULT_BACKTRACE_FRAMES } else { 0 };
        self
    }

    /// How many frames a backtrace tells at most; none switches backtraces off.
    pub fn wasm_backtrace_max_frames(&mut self, limit: Option<NonZeroUsize>) -> &mut Self {
        self.settings.backtrace_frames = limit.map_or(0, NonZeroUsize::get);
        self
    }

    without_effect! {
        /// Whether calls can wait: there is no setting for it.
        async_support(bool);
        /// Whether backtraces name files and lines: they name functions and offsets.
        wasm_backtrace_details(WasmBacktraceDetails);
        /// Whether stacks of tasks are cleared before they are used again: they are never used again.
        async_stack_zeroing(bool);
    }
}

/// Determinism.
impl Config {
    /// Whether arithmetic returns canonical NaNs, in every tier. Default: off.
    pub fn cranelift_nan_canonicalization(&mut self, enable: bool) -> &mut Self {
        self.settings.canonical_nans = enable;
        self
    }

    without_effect! {
        /// Whether relaxed vector operators give the same result on every machine: they always do.
        relaxed_simd_deterministic(bool);
    }
}

/// Memories.
impl Config {
    /// Bytes of address space that a 32-bit memory reserves. From 4 GiB on native code needs no bounds checks; less
    /// is as none, and accesses are checked, but where memories may not move ([`memory_may_move`](Self::memory_may_move)):
    /// there it is 4 GiB. Default: 4 GiB where there is a compiler and the machine can do it.
    pub fn memory_reservation(&mut self, bytes: u64) -> &mut Self {
        self.memory_reservation = bytes;
        self.place_memories()
    }

    fn place_memories(&mut self) -> &mut Self {
        let asked = self.memory_reservation;
        let any = cfg!(target_pointer_width = "64") && !self.memory_may_move && asked > 0;
        self.settings.reserve_memories = self.signals_based_traps && (any || asked >= RESERVED_BYTES);
        self
    }

    /// Whether native code finds out by a fault that an access is out of bounds, or a reference null. Off: that is
    /// checked.
    pub fn signals_based_traps(&mut self, enable: bool) -> &mut Self {
        self.signals_based_traps = enable;
        self.place_memories()
    }

    /// Whether native code that compares an address with a memory's length guards itself against processors that guess
    /// how that comes out (Spectre): they then read nothing that the guest chose. Default: on.
    ///
    /// Memories that are reserved ([`Config::memory_reservation`]) need neither.
    pub fn enable_heap_access_spectre_mitigation(&mut self, enable: bool) -> &mut Self {
        self.settings.heap_spectre_guards = enable;
        self
    }

    /// The same of tables, whose accesses and indirect calls are always compared. Default: on.
    pub fn enable_table_access_spectre_mitigation(&mut self, enable: bool) -> &mut Self {
        self.settings.table_spectre_guards = enable;
        self
    }

    /// Sets a flag by Cranelift's name: `enable_heap_access_spectre_mitigation` and
    /// `enable_table_access_spectre_mitigation`, which are methods here too. [`Engine::new`] refuses any other.
    ///
    /// # Safety
    /// There is nothing to hold: flags that could break something are refused. Wasmtime's is `unsafe`.
    pub unsafe fn cranelift_flag_set(&mut self, name: &str, value: &str) -> &mut Self {
        let value = match value {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        };
        match (name, value) {
            ("enable_heap_access_spectre_mitigation", Some(on)) => self.enable_heap_access_spectre_mitigation(on),
            ("enable_table_access_spectre_mitigation", Some(on)) => self.enable_table_access_spectre_mitigation(on),
            _ => self.ask(true, "a flag of Cranelift's (`Config::cranelift_flag_set`)"),
        }
    }

    /// Switches a flag on that [`Config::cranelift_flag_set`] knows.
    ///
    /// # Safety
    /// As there.
    pub unsafe fn cranelift_flag_enable(&mut self, flag: &str) -> &mut Self {
        // SAFETY: there is nothing to hold.
        unsafe { self.cranelift_flag_set(flag, "true") }
    }

    /// Where the memories of instances come from. Without effect, but that [`Engine::new`] refuses protection keys, and
    /// [`PoolingAllocationConfig::total_stacks`] holds.
    pub fn allocation_strategy(&mut self, strategy: impl Into<InstanceAllocationStrategy>) -> &mut Self {
        let strategy = strategy.into();
        self.settings.async_stacks = strategy.stacks();
        let keys = strategy.needs_protection_keys();
        self.ask(keys, "memory protection keys (`PoolingAllocationConfig::memory_protection_keys`)")
    }

    /// Whether memories may move when they grow. If not, each reserves what it may ever take, 4 GiB, also where
    /// [`memory_reservation`](Self::memory_reservation) asks for less; [`Engine::new`] refuses it where that asks for
    /// none.
    pub fn memory_may_move(&mut self, enable: bool) -> &mut Self {
        self.memory_may_move = enable;
        self.place_memories()
    }

    /// Whether shared memories can be made, by the host or by a module's definition. Default: on (Wasmtime: off).
    pub fn shared_memory(&mut self, enable: bool) -> &mut Self {
        self.settings.shared_memories = enable;
        self
    }

    without_effect! {
        /// Bytes of unmapped address space behind a memory.
        memory_guard_size(u64);
        /// Bytes that a memory that moves reserves for growing.
        memory_reservation_for_growth(u64);
        /// Whether there is unmapped address space before a memory as well.
        guard_before_linear_memory(bool);
        /// Whether memories start as copies on write.
        memory_init_cow(bool);
        /// Whether the images that memories start from are kept in files of their own.
        force_memory_init_memfd(bool);
        /// Bytes of an image that a memory with gaps may start from.
        memory_guaranteed_dense_image_size(u64);
        /// How a heap for references is collected: by marking, and when it is asked for.
        collector(Collector);
        /// Bytes of address space that such a heap reserves.
        gc_heap_reservation(u64);
        /// Bytes of such a heap at the start.
        gc_heap_initial_size(u64);
        /// Bytes that such a heap reserves for growing.
        gc_heap_reservation_for_growth(u64);
        /// Bytes of unmapped address space behind such a heap.
        gc_heap_guard_size(u64);
        /// Whether such a heap may move.
        gc_heap_may_move(bool);
        /// Whether tables are filled when they are first used.
        table_lazy_init(bool);
        /// Whether faults are told by Mach's ports on Apple's systems.
        macos_use_mach_ports(bool);
    }
}

/// Proposals. What is on by default is in [`Features`](coracle_image::parse::features::Features).
impl Config {
    proposals! {
        /// Tail calls.
        wasm_tail_call TailCall;
        /// Memories with pages of one byte.
        wasm_custom_page_sizes CustomPageSizes;
        /// Shared memories and atomics.
        wasm_threads Threads;
        /// `externref`, several tables.
        wasm_reference_types ReferenceTypes;
        /// References to functions of a certain type.
        wasm_function_references FunctionReferences;
        /// 128-bit arithmetic.
        wasm_wide_arithmetic WideArithmetic;
        /// 128-bit vectors.
        wasm_simd Simd;
        /// Vector operators whose results may differ between machines; here they do not.
        wasm_relaxed_simd RelaxedSimd;
        /// Bulk operations on memories and tables.
        wasm_bulk_memory BulkMemory;
        /// Several results.
        wasm_multi_value MultiValue;
        /// Several memories.
        wasm_multi_memory MultiMemory;
        /// 64-bit memories and tables.
        wasm_memory64 Memory64;
        /// Arithmetic in constant expressions.
        wasm_extended_const ExtendedConst;
        /// Exceptions.
        wasm_exceptions Exceptions;
        /// Components.
        wasm_component_model ComponentModel;
        /// Components: `async`, streams and futures.
        wasm_component_model_async ComponentAsync;
        /// Components: more builtins of `async`.
        wasm_component_model_more_async_builtins ComponentMoreAsyncBuiltins;
        /// Components: `async` without callbacks.
        wasm_component_model_async_stackful ComponentAsyncStackful;
        /// Components: threads.
        wasm_component_model_threading ComponentThreading;
        /// Components: error contexts.
        wasm_component_model_error_context ComponentErrorContext;
        /// Components: maps.
        wasm_component_model_map ComponentMap;
        /// Components: 64-bit memories.
        wasm_component_model_memory64 ComponentMemory64;
        /// Components: lists of fixed length.
        wasm_component_model_fixed_length_lists ComponentFixedLengthLists;
        /// Components: several imports of one interface.
        wasm_component_model_implements ComponentImplements;
        /// Components: forwarding of stream and future ends.
        wasm_component_model_forward ComponentForward;
        /// Components: namespaces and projections that nest in names.
        wasm_component_model_nested_names ComponentNestedNames;
    }

    refused! {
        /// Garbage collection.
        wasm_gc "garbage collection";
        /// Components: garbage collection.
        wasm_component_model_gc "garbage collection";
        /// Guests that are looked at and stopped while they run.
        guest_debug "debugging of guests";
        /// What a trap leaves, as a file.
        coredump_on_trap "core dumps";
        /// Accesses to what an allocator of the guest's has not given out.
        wmemcheck "checking of guests' allocators";
    }

    /// Whether runs are recorded or played. [`Engine::new`] refuses both.
    pub fn rr(&mut self, config: RRConfig) -> &mut Self {
        self.ask(config != RRConfig::None, "recording and replaying (`Config::rr`)")
    }

    /// The machine that code is made for: this one.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for another processor or operating system.
    #[cfg(feature = "std")]
    pub fn target(&mut self, target: &str) -> Result<&mut Self> {
        use std::env::consts::{ARCH, OS};
        let system = if OS == "macos" { "darwin" } else { OS };
        let mut parts = target.split('-');
        if parts.next() == Some(ARCH) && parts.any(|part| part.starts_with(system)) {
            return Ok(self);
        }
        let message = alloc::format!("code for another machine, `{target}`, is not supported (`Config::target`)");
        Err(Error::fault(ErrorKind::Unsupported, message))
    }

    /// Which version artifacts say that they are of, and which are read. Default: this package's.
    ///
    /// # Errors
    /// `ErrorKind::Limit` for a version of more than 255 bytes.
    pub fn module_version(&mut self, strategy: ModuleVersionStrategy) -> Result<&mut Self> {
        if strategy.as_str().len() > usize::from(u8::MAX) {
            let message = "a version of more than 255 bytes (`Config::module_version`)";
            return Err(Error::fault(ErrorKind::Limit, message));
        }
        self.settings.module_version = Some(Box::new(strategy));
        Ok(self)
    }

    fn ask(&mut self, enable: bool, what: &'static str) -> &mut Self {
        self.refused.retain(|asked| *asked != what);
        if enable {
            self.refused.push(what);
        }
        self
    }

    without_effect! {
        /// Whether there is a heap for references: there always is one for `externref` and exceptions, and no other.
        gc_support(bool);
        /// Stack switching: a module that uses it is refused, whatever is set.
        wasm_stack_switching(bool);
        /// Threads that share everything: a module that uses them is refused, whatever is set.
        wasm_shared_everything_threads(bool);
        /// Exceptions as they were before they were standardised: a module that uses them is refused, whatever is set.
        wasm_legacy_exceptions(bool);
        /// Whether branch hints are heeded.
        wasm_branch_hinting(bool);
        /// Whether the bookkeeping of component tasks is on.
        concurrency_support(bool);
    }
}

impl Config {
    /// The default settings.
    pub fn new() -> Self {
        let compiler = cfg!(feature = "jit");
        let settings = Settings { reserve_memories: compiler, ..Settings::default() };
        Self {
            settings,
            tuning: Tuning::default(),
            policy: if compiler { TierPolicy::Background } else { TierPolicy::Off },
            log: None,
            code_limit_bytes: CODE_LIMIT_BYTES,
            jit_threads: None,
            perf_map: false,
            async_stack_bytes: None,
            memory_may_move: true,
            memory_reservation: if compiler { RESERVED_BYTES } else { 0 },
            signals_based_traps: true,
            refused: Vec::new(),
        }
    }

    fn check(&self) -> Result<()> {
        let refused = |message: Wording| Err(Error::fault(ErrorKind::Unsupported, message));
        if let Some(what) = self.refused.first() {
            return refused(coracle_error::wording!("{what}: not supported"));
        }
        if self.jit_threads == Some(0) {
            return refused("a compiler of no threads (`jit_threads`)".into());
        }
        if self.settings.stack_bytes == 0 {
            return refused("a stack of no bytes (`max_wasm_stack`, `interpreter_stack_size`)".into());
        }
        if self.async_stack_bytes.is_some_and(|bytes| bytes < self.settings.native_stack_bytes) {
            return refused("`async_stack_size` is less than `max_wasm_stack`".into());
        }
        if !self.memory_may_move && !self.settings.reserve_memories {
            return refused("memories that never move (`memory_may_move`) need `memory_reservation`".into());
        }
        if !cfg!(feature = "jit") && matches!(self.policy, TierPolicy::Sync(_) | TierPolicy::Eager) {
            let policy = self.policy;
            let message =
                coracle_error::wording!("{policy:?} needs a compiler, and this build has none (feature `jit`)");
            return refused(message);
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("settings", &self.settings).field("tiers", &self.policy).finish_non_exhaustive()
    }
}

impl EngineConfig for Config {
    fn parts(&self) -> Result<EngineParts> {
        self.check()?;
        Ok(EngineParts {
            interpreter: coracle_interp::tier(),
            compiler: self.compiler(),
            strategy: self.tiers(),
            settings: Settings { async_stack_bytes: self.async_stack_bytes(), ..self.settings.clone() },
        })
    }
}

impl Config {
    fn async_stack_bytes(&self) -> usize {
        let default = DEFAULT_ASYNC_STACK_BYTES.max(self.settings.native_stack_bytes.saturating_add(1 << 20));
        self.async_stack_bytes.unwrap_or(default)
    }

    fn tiers(&self) -> TierStrategy {
        let policy = match self.policy {
            // Nobody compiles: nothing is counted either.
            TierPolicy::Background if !cfg!(feature = "jit") => TierPolicy::Off,
            policy => policy,
        };
        TierStrategy::new(policy, self.tuning)
    }

    fn compiler(&self) -> Option<Box<dyn Compiler>> {
        if self.tiers().needs_compiler() { self.jit() } else { None }
    }

    #[cfg(feature = "jit")]
    fn jit(&self) -> Option<Box<dyn Compiler>> {
        Some(coracle_jit::tier(coracle_jit::Options {
            strategy: self.tiers(),
            log: self.log.clone(),
            code_limit_bytes: self.code_limit_bytes,
            threads: self.jit_threads.and_then(NonZeroUsize::new),
            perf_map: self.perf_map,
            settings: self.settings.clone(),
        }))
    }

    #[cfg(not(feature = "jit"))]
    fn jit(&self) -> Option<Box<dyn Compiler>> {
        None
    }
}

/// What `Engine::default` calls.
#[unsafe(no_mangle)]
extern "Rust" fn __coracle_default_engine_v0_1() -> Engine {
    Engine::new(&Config::new()).expect("the default settings do not contradict each other")
}
