//! Canonical options, as the generator of adapters sees them.

use crate::codec;
use crate::plan::{OptionsIndex, Plan, StringEncoding};
use crate::types::Ptr;

/// A memory that one side names in its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryOption {
    /// What the plan calls it.
    pub key: u32,
    /// Width of its addresses.
    pub ptr: Ptr,
}

/// One side's canonical options. Keys are what the plan calls things; the generator only compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SideOptions {
    /// Which set of options this is.
    pub key: u32,
    /// The component instance whose options these are.
    pub instance: u32,
    /// String encoding.
    pub encoding: StringEncoding,
    /// Memory, if the options name one.
    pub memory: Option<MemoryOption>,
    /// The core function `realloc`, if the options name one.
    pub realloc: Option<u32>,
}

impl SideOptions {
    /// Width of addresses on this side; 32 where there is no memory.
    pub fn ptr(&self) -> Ptr {
        self.memory.map_or(Ptr::P32, |m| m.ptr)
    }
}

impl SideOptions {
    /// A set of a plan's canonical options. Keys are the plan's indices.
    pub fn of_plan(plan: &Plan, options: OptionsIndex) -> Self {
        let set = &plan.options[options];
        Self {
            key: options.as_u32(),
            instance: set.instance.as_u32(),
            encoding: set.encoding,
            memory: set.memory.map(|memory| MemoryOption { key: memory.as_u32(), ptr: set.ptr }),
            realloc: set.realloc.map(|func| func.as_u32()),
        }
    }

    /// The same with all keys marked by a bit.
    pub(crate) fn marked(self, bit: u32) -> Self {
        Self {
            key: self.key | bit,
            instance: self.instance | bit,
            memory: self.memory.map(|memory| MemoryOption { key: memory.key | bit, ..memory }),
            realloc: self.realloc.map(|func| func | bit),
            ..self
        }
    }
}

codec::record! {
    MemoryOption { key, ptr }
    SideOptions { key, instance, encoding, memory, realloc }
}
