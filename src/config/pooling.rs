//! Pools, as Wasmtime lets one set them up. There is none here: what they say is accepted and without effect, but for what
//! would promise a protection, and for how many stacks there may be.

use crate::config::accepted::without_effect;

/// Whether something is used that not every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enabled {
    /// Where there is it.
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// Where the memories of instances come from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum InstanceAllocationStrategy {
    /// From the machine, for each instance.
    #[default]
    OnDemand,
    /// From a pool in Wasmtime; here the same.
    Pooling(PoolingAllocationConfig),
}

/// Sizes of pools. What instances may have is limited by a [`ResourceLimiter`](crate::ResourceLimiter), not by these; but
/// stacks are an engine's.
#[derive(Clone, Debug)]
pub struct PoolingAllocationConfig {
    protection_keys: Enabled,
    total_stacks: Option<u32>,
}

impl InstanceAllocationStrategy {
    /// Pools of default sizes.
    pub fn pooling() -> Self {
        Self::Pooling(PoolingAllocationConfig::default())
    }

    /// Whether it asks for what nobody here can give.
    pub(crate) fn needs_protection_keys(&self) -> bool {
        matches!(self, Self::Pooling(PoolingAllocationConfig { protection_keys: Enabled::Yes, .. }))
    }

    /// How many stacks an engine may have for calls that wait.
    pub(crate) fn stacks(&self) -> usize {
        match self {
            Self::Pooling(PoolingAllocationConfig { total_stacks: Some(stacks), .. }) => {
                usize::try_from(*stacks).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        }
    }
}

impl From<PoolingAllocationConfig> for InstanceAllocationStrategy {
    fn from(config: PoolingAllocationConfig) -> Self {
        Self::Pooling(config)
    }
}

impl Default for PoolingAllocationConfig {
    fn default() -> Self {
        Self { protection_keys: Enabled::No, total_stacks: None }
    }
}

impl PoolingAllocationConfig {
    /// The default sizes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether memories are kept apart by protection keys. [`Engine::new`](crate::Engine::new) refuses
    /// [`Enabled::Yes`].
    pub fn memory_protection_keys(&mut self, enable: Enabled) -> &mut Self {
        self.protection_keys = enable;
        self
    }

    /// Stacks of the host's that an engine may have at a time, for calls of `*_async` that have not ended. A call that
    /// would need one more is an error. Without a limit unless this is called (Wasmtime: 1000).
    pub fn total_stacks(&mut self, count: u32) -> &mut Self {
        self.total_stacks = Some(count);
        self
    }

    /// Whether memories can be kept apart by protection keys: never.
    pub fn are_memory_protection_keys_available() -> bool {
        false
    }

    without_effect! {
        /// Slots that are kept warm.
        max_unused_warm_slots(u32);
        /// Slots that are given back at once.
        decommit_batch_size(usize);
        /// Bytes of a stack that stay.
        async_stack_keep_resident(usize);
        /// Bytes of a memory that stay.
        linear_memory_keep_resident(usize);
        /// Bytes of a table that stay.
        table_keep_resident(usize);
        /// Component instances at a time.
        total_component_instances(u32);
        /// Bytes of a component instance.
        max_component_instance_size(usize);
        /// Core instances of a component.
        max_core_instances_per_component(u32);
        /// Memories of a component.
        max_memories_per_component(u32);
        /// Tables of a component.
        max_tables_per_component(u32);
        /// Memories at a time.
        total_memories(u32);
        /// Tables at a time.
        total_tables(u32);
        /// Core instances at a time.
        total_core_instances(u32);
        /// Bytes of a core instance.
        max_core_instance_size(usize);
        /// Tables of a module.
        max_tables_per_module(u32);
        /// Elements of a table.
        table_elements(usize);
        /// Memories of a module.
        max_memories_per_module(u32);
        /// Bytes of a memory.
        max_memory_size(usize);
        /// Protection keys that are used.
        max_memory_protection_keys(usize);
        /// Heaps at a time.
        total_gc_heaps(u32);
        /// Whether the machine is asked which pages were touched.
        pagemap_scan(Enabled);
    }
}
