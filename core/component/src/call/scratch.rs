//! What stands for a guest's memory where the host calls the host.

use crate::abi::cx::{AbiHost, Options};
use crate::abi::handles::Handles;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::{Error, Result};

/// A buffer that allocates upwards, as a guest's memory with the simplest `realloc`.
pub(crate) struct Scratch<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
    pub(crate) handles: &'a mut Handles,
}

impl AbiHost for Scratch<'_> {
    fn memory(&self, _: &Options) -> &[u8] {
        self.bytes
    }

    fn memory_mut(&mut self, _: &Options) -> &mut [u8] {
        self.bytes
    }

    fn realloc(&mut self, _: &Options, old: u64, old_size: u64, align: u32, new_size: u64) -> Result<u64> {
        let at = self.bytes.len().next_multiple_of(align as usize);
        let end = at.checked_add(new_size as usize).ok_or_else(|| Error::new(Trap::TooLong))?;
        self.bytes.resize(end, 0);
        let (old, kept) = (old as usize, old_size.min(new_size) as usize);
        self.bytes.copy_within(old..old + kept, at);
        Ok(at as u64)
    }

    fn handles(&mut self) -> &mut Handles {
        self.handles
    }
}
