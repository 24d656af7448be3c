//! `-W`: limits, checks, and which proposals a guest may use.

use crate::options::{Group, Row, Take};
use coracle::{Config, Result, Store, StoreLimits, StoreLimitsBuilder};
use std::time::Duration;

/// A setting of a proposal.
type Proposal = fn(&mut Config, bool) -> &mut Config;

/// Adds a limit.
type Limit = fn(StoreLimitsBuilder, usize) -> StoreLimitsBuilder;

/// What becomes of imports that nothing defines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The guest is not run.
    #[default]
    Refused,
    /// A call traps.
    Trap,
    /// A call returns zeros.
    Zero,
}

/// What the options of `-W` come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wasm {
    pub(crate) fuel: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) unknown_imports: Unknown,
    pub(crate) unknown_exports: bool,
    max_memory_size: Option<usize>,
    max_store_size: Option<usize>,
    max_table_elements: Option<usize>,
    max_instances: Option<usize>,
    max_tables: Option<usize>,
    max_memories: Option<usize>,
    trap_on_grow_failure: bool,
    max_wasm_stack: Option<usize>,
    async_stack_size: Option<usize>,
    canonical_nans: bool,
    all_proposals: Option<bool>,
    proposals: Vec<(Proposal, bool)>,
}

impl Wasm {
    /// Has an engine as the options want it.
    pub(crate) fn configure(&self, config: &mut Config) {
        if self.fuel.is_some() {
            config.consume_fuel(true);
        }
        if self.timeout.is_some() {
            config.epoch_interruption(true);
        }
        if let Some(bytes) = self.max_wasm_stack {
            config.max_wasm_stack(bytes);
        }
        if let Some(bytes) = self.async_stack_size {
            config.async_stack_size(bytes);
        }
        if self.canonical_nans {
            config.cranelift_nan_canonicalization(true);
        }
        if let Some(on) = self.all_proposals {
            all_proposals(config, on);
        }
        for &(set, on) in &self.proposals {
            set(config, on);
        }
    }

    /// How much of everything a store may have.
    pub(crate) fn limits(&self) -> StoreLimits {
        let mut limits = StoreLimitsBuilder::new().trap_on_grow_failure(self.trap_on_grow_failure);
        let wanted: [(Option<usize>, Limit); 6] = [
            (self.max_memory_size, StoreLimitsBuilder::memory_size),
            (self.max_store_size, StoreLimitsBuilder::store_size),
            (self.max_table_elements, StoreLimitsBuilder::table_elements),
            (self.max_instances, StoreLimitsBuilder::instances),
            (self.max_tables, StoreLimitsBuilder::tables),
            (self.max_memories, StoreLimitsBuilder::memories),
        ];
        for (limit, set) in wanted {
            if let Some(limit) = limit {
                limits = set(limits, limit);
            }
        }
        limits.build()
    }

    /// Gives a store the fuel that the options name.
    pub(crate) fn fuel<T>(&self, store: &mut Store<T>) -> Result<()> {
        self.fuel.map_or(Ok(()), |fuel| store.set_fuel(fuel))
    }
}

/// Switches all proposals that can be run.
pub(crate) fn all_proposals(config: &mut Config, on: bool) {
    for set in ALL {
        set(config, on);
    }
}

/// What `all-proposals` is about: all that can be run, but components themselves.
const ALL: [Proposal; 22] = [
    Config::wasm_bulk_memory,
    Config::wasm_multi_value,
    Config::wasm_reference_types,
    Config::wasm_simd,
    Config::wasm_relaxed_simd,
    Config::wasm_tail_call,
    Config::wasm_threads,
    Config::wasm_multi_memory,
    Config::wasm_memory64,
    Config::wasm_function_references,
    Config::wasm_custom_page_sizes,
    Config::wasm_wide_arithmetic,
    Config::wasm_extended_const,
    Config::wasm_exceptions,
    Config::wasm_component_model_async,
    Config::wasm_component_model_more_async_builtins,
    Config::wasm_component_model_async_stackful,
    Config::wasm_component_model_threading,
    Config::wasm_component_model_error_context,
    Config::wasm_component_model_map,
    Config::wasm_component_model_memory64,
    Config::wasm_component_model_fixed_length_lists,
];

macro_rules! proposal {
    ($key:literal, $help:literal, $setter:ident) => {
        Row::new($key, "", $help, Take::Flag(|wasm: &mut Wasm, on| wasm.proposals.push((Config::$setter, on))))
    };
}

impl Group for Wasm {
    const NAMES: (char, &'static str) = ('W', "wasm");
    const ROWS: &'static [Row<Self>] = &[
        Row::new("fuel", "N", "what a guest may spend; running out traps", Take::Number(|w, n| w.fuel = Some(n))),
        Row::new("timeout", "TIME", "how long a guest may run (2s, 100ms)", Take::Time(|w, t| w.timeout = Some(t))),
        Row::new("max-memory-size", "BYTES", "most of a memory", Take::Size(|w, n| w.max_memory_size = Some(n))),
        Row::new(
            "max-store-size",
            "BYTES",
            "most of the host's memory that all of a guest's takes together",
            Take::Size(|w, n| w.max_store_size = Some(n)),
        ),
        Row::new("max-table-elements", "N", "most of a table", Take::Size(|w, n| w.max_table_elements = Some(n))),
        Row::new("max-instances", "N", "most instances", Take::Size(|w, n| w.max_instances = Some(n))),
        Row::new("max-tables", "N", "most tables", Take::Size(|w, n| w.max_tables = Some(n))),
        Row::new("max-memories", "N", "most memories", Take::Size(|w, n| w.max_memories = Some(n))),
        Row::new(
            "trap-on-grow-failure",
            "",
            "growth that fails traps; elsewhere the guest is told",
            Take::Flag(|w, on| w.trap_on_grow_failure = on),
        ),
        Row::new("max-wasm-stack", "BYTES", "most of a stack", Take::Size(|w, n| w.max_wasm_stack = Some(n))),
        Row::new(
            "async-stack-size",
            "BYTES",
            "the host's stack of a call that can wait",
            Take::Size(|w, n| w.async_stack_size = Some(n)),
        ),
        Row::new(
            "unknown-imports-trap",
            "",
            "imports that nothing defines trap when they are called",
            Take::Flag(|w, on| w.unknown_imports = if on { Unknown::Trap } else { Unknown::Refused }),
        ),
        Row::new(
            "unknown-imports-default",
            "",
            "functions that nothing defines return zeros; in core modules",
            Take::Flag(|w, on| w.unknown_imports = if on { Unknown::Zero } else { Unknown::Refused }),
        ),
        Row::new(
            "unknown-exports-allow",
            "",
            "a preloaded command may export what commands do not",
            Take::Flag(|w, on| w.unknown_exports = on),
        ),
        Row::new(
            "nan-canonicalization",
            "",
            "arithmetic returns canonical NaNs",
            Take::Flag(|w, on| w.canonical_nans = on),
        ),
        Row::new("all-proposals", "", "all proposals that can be run", Take::Flag(|w, on| w.all_proposals = Some(on))),
        proposal!("bulk-memory", "bulk operations on memories and tables", wasm_bulk_memory),
        proposal!("multi-value", "several results", wasm_multi_value),
        proposal!("reference-types", "`externref`, several tables", wasm_reference_types),
        proposal!("simd", "128-bit vectors", wasm_simd),
        proposal!("relaxed-simd", "relaxed vector operators", wasm_relaxed_simd),
        proposal!("tail-call", "tail calls", wasm_tail_call),
        proposal!("threads", "atomics and shared memories", wasm_threads),
        proposal!("shared-memory", "shared memories can be made", shared_memory),
        proposal!("multi-memory", "several memories", wasm_multi_memory),
        proposal!("memory64", "64-bit memories and tables", wasm_memory64),
        proposal!("function-references", "references to functions of a certain type", wasm_function_references),
        proposal!("custom-page-sizes", "pages of one byte", wasm_custom_page_sizes),
        proposal!("wide-arithmetic", "128-bit arithmetic", wasm_wide_arithmetic),
        proposal!("extended-const", "arithmetic in constant expressions", wasm_extended_const),
        proposal!("exceptions", "exceptions", wasm_exceptions),
        proposal!("component-model-async", "components: `async`", wasm_component_model_async),
        proposal!(
            "component-model-async-builtins",
            "components: more builtins of `async`",
            wasm_component_model_more_async_builtins
        ),
        proposal!(
            "component-model-async-stackful",
            "components: `async` without callbacks",
            wasm_component_model_async_stackful
        ),
        proposal!("component-model-threading", "components: threads", wasm_component_model_threading),
        proposal!("component-model-error-context", "components: error contexts", wasm_component_model_error_context),
        proposal!("component-model-map", "components: maps", wasm_component_model_map),
        proposal!("component-model-memory64", "components: 64-bit memories", wasm_component_model_memory64),
        proposal!(
            "component-model-fixed-length-lists",
            "components: lists of fixed length",
            wasm_component_model_fixed_length_lists
        ),
        Row::new("component-model", "", "components are what this is for", Take::Always),
        Row::new("async-stack-zeroing", "", "stacks are not used a second time", Take::Nothing),
        Row::new("relaxed-simd-deterministic", "", "relaxed vector operators always are", Take::Nothing),
        Row::new("epoch-interruption", "", "`timeout` and `serve` bring their own", Take::Nothing),
        Row::new("gc-support", "", "there is a heap for references in any case", Take::Nothing),
        Row::new("concurrency-support", "", "there is no setting for it", Take::Nothing),
        Row::new("gc", "", "there is no garbage collection", Take::Never),
        Row::new("component-model-gc", "", "there is no garbage collection", Take::Never),
        Row::new("stack-switching", "", "there is none", Take::Never),
        Row::new("shared-everything-threads", "", "there are none", Take::Never),
        Row::new("legacy-exceptions", "", "exceptions are those of the standard", Take::Never),
        Row::new("wmemcheck", "", "guests' allocators are not checked", Take::Never),
    ];
}
