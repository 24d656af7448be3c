//! The embedder's say on growth.

use alloc::boxed::Box;
use coracle_error::{Error, ErrorKind, Result};
use core::any::Any;
use core::pin::Pin;

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

    /// Bytes of the host's memory that the store may take for everything together: linear memories, tables, instances,
    /// globals, references, exceptions, handles, stacks. An addition to Wasmtime's trait.
    ///
    /// What would take more fails: a memory or a table does not grow, an instance is an error, an exception or a reference
    /// is [`Trap::ReferenceLimit`](coracle_error::Trap::ReferenceLimit), a handle
    /// [`Trap::HandleLimit`](coracle_error::Trap::HandleLimit).
    fn store_size(&self) -> usize {
        usize::MAX
    }

    /// Bytes that exceptions and references to values of the host's may take together. An addition to Wasmtime's trait,
    /// where they lie in a heap that grows as a memory does.
    fn references_size(&self) -> usize {
        usize::MAX
    }
}

/// A [`ResourceLimiter`] that may have to wait for its decision.
///
/// The signatures are those that `#[async_trait::async_trait]` makes of `async fn memory_growing(&mut self, …)`, so
/// that an implementation can be written with it.
pub trait ResourceLimiterAsync: Send {
    /// As [`ResourceLimiter::memory_growing`].
    ///
    /// # Errors
    /// As there.
    fn memory_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::memory_grow_failed`].
    ///
    /// # Errors
    /// As there.
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// As [`ResourceLimiter::table_growing`].
    ///
    /// # Errors
    /// As there.
    fn table_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::table_grow_failed`].
    ///
    /// # Errors
    /// As there.
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

    /// Bytes of the host's memory that the store may take for everything together: linear memories, tables, instances,
    /// globals, references, exceptions, handles, stacks. An addition to Wasmtime's trait.
    ///
    /// What would take more fails: a memory or a table does not grow, an instance is an error, an exception or a reference
    /// is [`Trap::ReferenceLimit`](coracle_error::Trap::ReferenceLimit), a handle
    /// [`Trap::HandleLimit`](coracle_error::Trap::HandleLimit).
    fn store_size(&self) -> usize {
        usize::MAX
    }

    /// Bytes that exceptions and references to values of the host's may take together. An addition to Wasmtime's trait,
    /// where they lie in a heap that grows as a memory does.
    fn references_size(&self) -> usize {
        usize::MAX
    }
}

type Data = dyn Any + 'static;
type Find = dyn for<'a> FnMut(&'a mut Data) -> Option<&'a mut dyn ResourceLimiter> + Send + Sync;
type FindAsync = dyn for<'a> FnMut(&'a mut Data) -> Option<&'a mut dyn ResourceLimiterAsync> + Send + Sync;

/// Finds the limiter in the store's data.
pub(crate) enum LimiterHook {
    /// One that decides at once.
    Sync(Box<Find>),
    /// One that may wait.
    Async(Box<FindAsync>),
}

/// The limiter itself.
pub(crate) enum Limiter<'a> {
    Sync(&'a mut dyn ResourceLimiter),
    Async(&'a mut dyn ResourceLimiterAsync),
}

/// What is to grow, from so many bytes or elements to so many; its type allows at most `maximum`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    pub(crate) what: Grows,
    pub(crate) current: usize,
    pub(crate) desired: usize,
    pub(crate) maximum: Option<usize>,
}

/// What can grow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Grows {
    Memory,
    Table,
}

impl Limiter<'_> {
    /// Is told that a growth that was allowed failed.
    pub(crate) fn grow_failed(self, what: Grows, error: Error) -> Result<()> {
        match (self, what) {
            (Self::Sync(limiter), Grows::Memory) => limiter.memory_grow_failed(error),
            (Self::Sync(limiter), Grows::Table) => limiter.table_grow_failed(error),
            (Self::Async(limiter), Grows::Memory) => limiter.memory_grow_failed(error),
            (Self::Async(limiter), Grows::Table) => limiter.table_grow_failed(error),
        }
    }

    /// Instances, tables and memories that the store may hold.
    pub(crate) fn counts(self) -> [usize; 3] {
        match self {
            Self::Sync(limiter) => [limiter.instances(), limiter.tables(), limiter.memories()],
            Self::Async(limiter) => [limiter.instances(), limiter.tables(), limiter.memories()],
        }
    }

    /// Bytes that the store may have, and references in it.
    pub(crate) fn sizes(self) -> [usize; 2] {
        match self {
            Self::Sync(limiter) => [limiter.store_size(), limiter.references_size()],
            Self::Async(limiter) => [limiter.store_size(), limiter.references_size()],
        }
    }
}

/// A [`ResourceLimiter`] of fixed limits.
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    store_size: Option<usize>,
    references_size: Option<usize>,
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
            store_size: None,
            references_size: None,
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

    /// At most so many bytes in each memory, and in all exceptions and references together unless
    /// [`references_size`](Self::references_size) says otherwise.
    pub fn memory_size(mut self, limit: usize) -> Self {
        self.0.memory_size = Some(limit);
        self
    }

    /// At most so many elements in each table.
    pub fn table_elements(mut self, limit: usize) -> Self {
        self.0.table_elements = Some(limit);
        self
    }

    /// At most so many bytes of the host's memory for all that the store holds: see [`ResourceLimiter::store_size`]. A
    /// store takes a little more than 1 MiB before anything is in it, for its stack. An addition to Wasmtime's builder.
    pub fn store_size(mut self, limit: usize) -> Self {
        self.0.store_size = Some(limit);
        self
    }

    /// At most so many bytes in all exceptions and references together: see [`ResourceLimiter::references_size`]. An
    /// addition to Wasmtime's builder.
    pub fn references_size(mut self, limit: usize) -> Self {
        self.0.references_size = Some(limit);
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
            let message = coracle_error::wording!("forcing trap when growing {what} to {desired} {unit}");
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
    fn store_size(&self) -> usize {
        self.store_size.unwrap_or(usize::MAX)
    }

    fn references_size(&self) -> usize {
        self.references_size.or(self.memory_size).unwrap_or(usize::MAX)
    }
}
