//! The embedder's say on growth.

use coracle_error::{Error, ErrorKind, Result};
use core::any::Any;

/// Core instances of one store where the embedder sets no limit.
pub const DEFAULT_INSTANCE_LIMIT: usize = 10_000;
/// Tables of one store where the embedder sets no limit.
pub const DEFAULT_TABLE_LIMIT: usize = 10_000;
/// Memories of one store where the embedder sets no limit.
pub const DEFAULT_MEMORY_LIMIT: usize = 10_000;

/// Decides whether memories and tables may grow, and how many things a store may hold.
pub trait ResourceLimiter: Send {
    /// Whether a memory may go from `current` to `desired` bytes; its type allows at most `maximum`.
    ///
    /// `current` is 0 when the memory is made.
    ///
    /// # Errors
    /// An error stops the guest, rather than tell it that growth failed.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Is told that a growth that was allowed failed all the same.
    ///
    /// # Errors
    /// An error stops the guest, rather than tell it that growth failed.
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// Whether a table may go from `current` to `desired` elements; its type allows at most `maximum`.
    ///
    /// # Errors
    /// An error stops the guest, rather than tell it that growth failed.
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Is told that a growth that was allowed failed all the same.
    ///
    /// # Errors
    /// An error stops the guest, rather than tell it that growth failed.
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// Core instances that the store may hold.
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// Tables that the store may hold.
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// Memories that the store may hold.
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }
}

/// Finds the limiter in the store's data and hands it on.
pub(crate) type LimiterHook = alloc::boxed::Box<dyn FnMut(&mut dyn Any, Visit<'_>) + Send + Sync>;
/// What is done with the limiter once it is found.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&mut dyn ResourceLimiter);

/// A [`ResourceLimiter`] of fixed limits.
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

/// Builds [`StoreLimits`].
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            memory_size: None,
            table_elements: None,
            instances: DEFAULT_INSTANCE_LIMIT,
            tables: DEFAULT_TABLE_LIMIT,
            memories: DEFAULT_MEMORY_LIMIT,
            trap_on_grow_failure: false,
        }
    }
}

impl StoreLimitsBuilder {
    /// No limits but the default counts.
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so many bytes in each memory.
    pub fn memory_size(mut self, limit: usize) -> Self {
        self.0.memory_size = Some(limit);
        self
    }

    /// At most so many elements in each table.
    pub fn table_elements(mut self, limit: usize) -> Self {
        self.0.table_elements = Some(limit);
        self
    }

    /// At most so many core instances.
    pub fn instances(mut self, limit: usize) -> Self {
        self.0.instances = limit;
        self
    }

    /// At most so many tables.
    pub fn tables(mut self, limit: usize) -> Self {
        self.0.tables = limit;
        self
    }

    /// At most so many memories.
    pub fn memories(mut self, limit: usize) -> Self {
        self.0.memories = limit;
        self
    }

    /// Whether a growth that is refused traps, rather than fail as the guest expects.
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
    pub fn build(self) -> StoreLimits {
        self.0
    }
}

impl StoreLimits {
    /// Whether `desired` is within both limits; `what` and its unit are for the error.
    fn decide(&self, desired: usize, limit: Option<usize>, maximum: Option<usize>, what: [&str; 2]) -> Result<bool> {
        let allowed = limit.is_none_or(|limit| desired <= limit) && maximum.is_none_or(|most| desired <= most);
        if !allowed && self.trap_on_grow_failure {
            let [what, unit] = what;
            let message = alloc::format!("forcing trap when growing {what} to {desired} {unit}");
            return Err(Error::fault(ErrorKind::Resource, message));
        }
        Ok(allowed)
    }

    fn failed(&self, error: Error, message: &'static str) -> Result<()> {
        if self.trap_on_grow_failure { Err(error.as_fault(ErrorKind::Resource, message)) } else { Ok(()) }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.decide(desired, self.memory_size, maximum, ["memory", "bytes"])
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failed(error, "forcing a memory growth failure to be a trap")
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.decide(desired, self.table_elements, maximum, ["table", "elements"])
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failed(error, "forcing a table growth failure to be a trap")
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}
