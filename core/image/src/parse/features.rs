//! Which proposals are on.

use wasmparser::WasmFeatures;

macro_rules! proposals {
    ($($(#[$doc:meta])* $name:ident = $flags:expr;)*) => {
        /// A proposal that can be switched on and off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Proposal { $($(#[$doc])* $name,)* }

        impl Proposal {
            fn flags(self) -> WasmFeatures {
                match self { $(Self::$name => $flags,)* }
            }
        }
    };
}

proposals! {
    /// `memory.copy`, `memory.fill`, `memory.init`, `table.*` of segments.
    BulkMemory = WasmFeatures::BULK_MEMORY;
    /// Several results and parameters of blocks.
    MultiValue = WasmFeatures::MULTI_VALUE;
    /// `externref`, several tables.
    ReferenceTypes = WasmFeatures::REFERENCE_TYPES;
    /// 128-bit vectors.
    Simd = WasmFeatures::SIMD;
    /// Vector operators whose results may differ; here they do not.
    RelaxedSimd = WasmFeatures::RELAXED_SIMD;
    /// `return_call` and its kin.
    TailCall = WasmFeatures::TAIL_CALL;
    /// Arithmetic in constant expressions.
    ExtendedConst = WasmFeatures::EXTENDED_CONST;
    /// References to functions of a certain type.
    FunctionReferences = WasmFeatures::FUNCTION_REFERENCES;
    /// Several memories.
    MultiMemory = WasmFeatures::MULTI_MEMORY;
    /// Memories and tables with 64-bit addresses.
    Memory64 = WasmFeatures::MEMORY64;
    /// Shared memories and atomics.
    Threads = WasmFeatures::THREADS;
    /// `try_table`, `throw`, `exnref`.
    Exceptions = WasmFeatures::EXCEPTIONS;
    /// Memories with pages of one byte.
    CustomPageSizes = WasmFeatures::CUSTOM_PAGE_SIZES;
    /// 128-bit addition, subtraction and multiplication.
    WideArithmetic = WasmFeatures::WIDE_ARITHMETIC;
    /// Components.
    ComponentModel = WasmFeatures::COMPONENT_MODEL;
    /// Components: `async`, streams and futures.
    ComponentAsync = WasmFeatures::CM_ASYNC;
    /// Components: more builtins of `async`.
    ComponentMoreAsyncBuiltins = WasmFeatures::CM_MORE_ASYNC_BUILTINS;
    /// Components: `async` without callbacks.
    ComponentAsyncStackful = WasmFeatures::CM_ASYNC_STACKFUL;
    /// Components: threads.
    ComponentThreading = WasmFeatures::CM_THREADING;
    /// Components: error contexts.
    ComponentErrorContext = WasmFeatures::CM_ERROR_CONTEXT;
    /// Components: maps.
    ComponentMap = WasmFeatures::CM_MAP;
    /// Components: 64-bit memories of lifted and lowered functions.
    ComponentMemory64 = WasmFeatures::CM64;
    /// Components: lists of fixed length.
    ComponentFixedLengthLists = WasmFeatures::CM_FIXED_LENGTH_LISTS;
    /// Components: several imports of one interface.
    ComponentImplements = WasmFeatures::CM_IMPLEMENTS;
    /// Components: namespaces and projections that nest in names.
    ComponentNestedNames = WasmFeatures::CM_NESTED_NAMES;
    /// Components: values.
    ComponentValues = WasmFeatures::CM_VALUES;
    /// Components: forwarding of stream and future ends.
    ComponentForward = WasmFeatures::CM_FORWARD;
}

/// Whether bytes are to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// No: they are validated.
    None,
    /// Somebody vouches that they are valid: what runs them relies on it.
    Vouched,
}

/// The proposals that validation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(WasmFeatures);

/// The gated parts of the component model. What of them cannot be run is refused by its name when a component is
/// flattened, so all of them are validated.
const COMPONENT_GATES: WasmFeatures = WasmFeatures::CM_ASYNC
    .union(WasmFeatures::CM_ASYNC_STACKFUL)
    .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
    .union(WasmFeatures::CM_THREADING)
    .union(WasmFeatures::CM_ERROR_CONTEXT)
    .union(WasmFeatures::CM_FORWARD)
    .union(WasmFeatures::CM_MAP)
    .union(WasmFeatures::CM_FIXED_LENGTH_LISTS)
    .union(WasmFeatures::CM_IMPLEMENTS)
    .union(WasmFeatures::CM_CANON_NAMES)
    .union(WasmFeatures::CM_NESTED_NAMES)
    .union(WasmFeatures::CM_VALUES)
    .union(WasmFeatures::CM64);

/// What this build lacks.
const ABSENT: WasmFeatures = {
    let all = WasmFeatures::empty();
    let all =
        if cfg!(feature = "simd") { all } else { all.union(WasmFeatures::SIMD).union(WasmFeatures::RELAXED_SIMD) };
    let all = if cfg!(feature = "threads") { all } else { all.union(WasmFeatures::THREADS) };
    let all = if cfg!(feature = "exceptions") { all } else { all.union(WasmFeatures::EXCEPTIONS) };
    let all = if cfg!(feature = "floats") { all } else { all.union(WasmFeatures::FLOATS) };
    if cfg!(feature = "memory64") { all } else { all.union(WasmFeatures::MEMORY64).union(WasmFeatures::CM64) }
};

impl Features {
    /// WebAssembly 3.0 without garbage collection, threads, wide arithmetic, custom page sizes, and components.
    pub fn supported() -> Self {
        let mut on = WasmFeatures::WASM3 & !WasmFeatures::GC;
        on |= WasmFeatures::THREADS
            | WasmFeatures::WIDE_ARITHMETIC
            | WasmFeatures::CUSTOM_PAGE_SIZES
            | WasmFeatures::COMPONENT_MODEL
            | COMPONENT_GATES;
        Self(on & !ABSENT)
    }

    /// Switches a proposal on or off; what this build lacks stays off.
    pub fn set(&mut self, proposal: Proposal, on: bool) {
        self.0.set(proposal.flags() & !ABSENT, on);
    }

    /// Whether a proposal is on.
    pub fn has(self, proposal: Proposal) -> bool {
        self.0.contains(proposal.flags())
    }

    /// A number that tells sets apart.
    pub fn bits(self) -> u64 {
        self.0.bits()
    }

    /// The set as the validator takes it.
    pub fn wasmparser(self) -> WasmFeatures {
        self.0
    }
}

/// The features that sections are validated with.
///
/// WebAssembly 3.0 lets constant expressions read globals that the module itself defines; the validator ties that to
/// garbage collection. So sections are validated as with it, what is its own is refused by whoever reads them, and
/// bodies are validated without.
pub fn section_features(features: WasmFeatures) -> WasmFeatures {
    let wasm3 = WasmFeatures::FUNCTION_REFERENCES | WasmFeatures::EXTENDED_CONST;
    if features.contains(wasm3) { features | WasmFeatures::GC } else { features }
}

impl Default for Features {
    fn default() -> Self {
        Self::supported()
    }
}
