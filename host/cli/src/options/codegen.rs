//! `-O`, `-C`, `-D`: how Wasmtime compiles. Most of it means nothing where functions are compiled once they are hot.

use crate::options::{Group, Row, Take};
use coracle::{Config, PoolingAllocationConfig};

/// What the options of `-O` come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Optimize {
    memory_may_move: Option<bool>,
    memory_reservation: Option<u64>,
    signals_based_traps: Option<bool>,
    total_stacks: Option<u64>,
}

impl Optimize {
    /// Has an engine as the options want it.
    pub(crate) fn configure(&self, config: &mut Config) {
        if let Some(on) = self.memory_may_move {
            config.memory_may_move(on);
        }
        if let Some(bytes) = self.memory_reservation {
            config.memory_reservation(bytes);
        }
        if let Some(on) = self.signals_based_traps {
            config.signals_based_traps(on);
        }
        if let Some(count) = self.total_stacks {
            let mut pool = PoolingAllocationConfig::new();
            pool.total_stacks(u32::try_from(count).unwrap_or(u32::MAX));
            config.allocation_strategy(pool);
        }
    }
}

/// Why a limit of the pooling allocator cannot be taken for granted.
const POOL: &str =
    "there is no pool whose limits hold; `-W max-memory-size`, `max-memories` and their kin limit a guest";

impl Group for Optimize {
    const NAMES: (char, &'static str) = ('O', "optimize");
    const ROWS: &'static [Row<Self>] = &[
        Row::new(
            "memory-may-move",
            "",
            "memories may move when they grow",
            Take::Flag(|o, on| o.memory_may_move = Some(on)),
        ),
        Row::new(
            "memory-reservation",
            "BYTES",
            "address space of a memory; from 4 GiB on, accesses need no checks",
            Take::Number(|o, n| o.memory_reservation = Some(n)),
        ),
        Row::new(
            "signals-based-traps",
            "",
            "accesses out of bounds are found by a fault",
            Take::Flag(|o, on| o.signals_based_traps = Some(on)),
        ),
        Row::new(
            "opt-level",
            "LEVEL",
            "what is compiled is always made for speed; `--tier` says what is",
            Take::Nothing,
        ),
        Row::new(
            "pooling-total-stacks",
            "N",
            "most stacks of calls that can wait",
            Take::Number(|o, n| o.total_stacks = Some(n)),
        ),
        Row::new("regalloc-algorithm", "NAME", "there is one", Take::Nothing),
        Row::new("memory-reservation-for-growth", "BYTES", "memories grow in place", Take::Nothing),
        Row::new("memory-guard-size", "BYTES", "guards have the size that native code needs", Take::Nothing),
        Row::new("guard-before-linear-memory", "", "no access goes below a memory", Take::Nothing),
        Row::new("table-lazy-init", "", "tables are filled when they are made", Take::Nothing),
        Row::new("memory-init-cow", "", "memories are filled when they are made", Take::Nothing),
        Row::new(
            "memory-guaranteed-dense-image-size",
            "BYTES",
            "memories are filled when they are made",
            Take::Nothing,
        ),
        Row::new("pooling-allocator", "", "instances are made on demand, and cheap to make", Take::Nothing),
        Row::new("pooling-decommit-batch-size", "N", "there is no pool", Take::Nothing),
        Row::new("pooling-memory-keep-resident", "BYTES", "there is no pool", Take::Nothing),
        Row::new("pooling-table-keep-resident", "BYTES", "there is no pool", Take::Nothing),
        Row::new("pooling-async-stack-keep-resident", "BYTES", "there is no pool", Take::Nothing),
        Row::new("pooling-max-unused-warm-slots", "N", "there is no pool", Take::Nothing),
        Row::new("pooling-pagemap-scan", "", "there is no pool", Take::Nothing),
        Row::new("pooling-max-memory-protection-keys", "N", "there are no protection keys", Take::Nothing),
        Row::new("pooling-memory-protection-keys", "", "there are no protection keys", Take::Never),
        Row::new("pooling-*", "N", POOL, Take::Never),
        Row::new("dynamic-memory-guard-size", "BYTES", "it is `memory-guard-size` now, which has none", Take::Nothing),
        Row::new("static-memory-guard-size", "BYTES", "it is `memory-guard-size` now, which has none", Take::Nothing),
        Row::new("dynamic-memory-reserved-for-growth", "BYTES", "memories grow in place", Take::Nothing),
        Row::new(
            "static-memory-forced",
            "",
            "as `memory-may-move=n`",
            Take::Flag(|o, on| o.memory_may_move = Some(!on)),
        ),
        Row::new(
            "static-memory-maximum-size",
            "BYTES",
            "as `memory-reservation`",
            Take::Number(|o, n| o.memory_reservation = Some(n)),
        ),
    ];
}

/// What the options of `-C` come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codegen {
    guard_memories: Option<bool>,
    guard_tables: Option<bool>,
}

impl Codegen {
    /// Has an engine as the options want it.
    pub(crate) fn configure(&self, config: &mut Config) {
        if let Some(on) = self.guard_memories {
            config.enable_heap_access_spectre_mitigation(on);
        }
        if let Some(on) = self.guard_tables {
            config.enable_table_access_spectre_mitigation(on);
        }
    }
}

impl Group for Codegen {
    const NAMES: (char, &'static str) = ('C', "codegen");
    const ROWS: &'static [Row<Self>] = &[
        Row::new(
            "cranelift-enable-heap-access-spectre-mitigation",
            "",
            "accesses to memories are guarded against processors that guess (default: y)",
            Take::Flag(|o, on| o.guard_memories = Some(on)),
        ),
        Row::new(
            "cranelift-enable-table-access-spectre-mitigation",
            "",
            "the same for tables (default: y)",
            Take::Flag(|o, on| o.guard_tables = Some(on)),
        ),
        Row::new("compiler", "NAME", "there is one compiler, Cranelift; `--tier` says what it compiles", Take::Nothing),
        Row::new("collector", "NAME", "references are collected in one way", Take::Nothing),
        Row::new("cranelift-debug-verifier", "", "that is of debug builds", Take::Nothing),
        Row::new("cache", "", "nothing is compiled before it runs, so there is nothing to keep", Take::Nothing),
        Row::new(
            "cache-config",
            "FILE",
            "nothing is compiled before it runs, so there is nothing to keep",
            Take::Nothing,
        ),
        Row::new("parallel-compilation", "", "functions are compiled beside the guest", Take::Nothing),
        Row::new("native-unwind-info", "", "frames are walked without it", Take::Nothing),
        Row::new("inlining", "", "functions are compiled by themselves", Take::Nothing),
        Row::new("cranelift-*", "VALUE", "Cranelift's settings are those that the tiers agree on", Take::Nothing),
        Row::new("pcc", "", "native code carries no proofs", Take::Never),
    ];
}

/// Nothing of `-D` has an effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Debug;

impl Group for Debug {
    const NAMES: (char, &'static str) = ('D', "debug");
    const ROWS: &'static [Row<Self>] = &[
        Row::new("debug-info", "", "native code has none; backtraces name functions and offsets", Take::Nothing),
        Row::new("address-map", "", "native code can always be traced back to wasm", Take::Nothing),
        Row::new("logging", "", "`--tier-log` and `serve` log by themselves", Take::Nothing),
        Row::new("log-to-files", "", "what is told goes to standard error", Take::Nothing),
        Row::new("guest-debug", "", "guests cannot be looked at while they run", Take::Never),
        Row::new("coredump", "FILE", "there are no core dumps", Take::Never),
    ];
}
