//! A guest that is only a memory, and what the tests of the canonical ABI share.

mod derive;
mod random;
mod resources;
mod roundtrip;
mod traps;

use super::*;
use crate::abi::handles::{HandleTableId, Handles};
use alloc::vec;
use alloc::vec::Vec;
use coracle_image::plan::StringEncoding;
use coracle_image::types::{FuncTypeIndex, TypeTable, TypeTableBuilder};

/// What a `realloc` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Realloc {
    /// Gives fresh room each time, and copies.
    Bump,
    /// Gives this, whatever is asked.
    Always(u64),
    /// Traps.
    Traps,
}

/// A memory with a `realloc`.
pub(super) struct Guest {
    pub(super) memory: Vec<u8>,
    pub(super) handles: Handles,
    pub(super) realloc: Realloc,
    /// Every call of `realloc`.
    pub(super) calls: Vec<(u64, u64, u32, u64)>,
    next: u64,
}

impl AbiHost for Guest {
    fn memory(&self, _: &Options) -> &[u8] {
        &self.memory
    }
    fn memory_mut(&mut self, _: &Options) -> &mut [u8] {
        &mut self.memory
    }
    fn realloc(&mut self, _: &Options, old: u64, old_size: u64, align: u32, new_size: u64) -> Result<u64> {
        self.calls.push((old, old_size, align, new_size));
        match self.realloc {
            Realloc::Always(at) => return Ok(at),
            Realloc::Traps => return Err(coracle_error::Trap::UnreachableCodeReached.into()),
            Realloc::Bump => {}
        }
        let at = self.next.next_multiple_of(u64::from(align));
        // Leave a gap, so that an address that is off by a little does not hit the neighbour.
        self.next = at + new_size + 3;
        if self.memory.len() < self.next as usize {
            self.memory.resize(self.next as usize, 0xee);
        }
        let keep = old_size.min(new_size) as usize;
        self.memory.copy_within(old as usize..old as usize + keep, at as usize);
        Ok(at)
    }
    fn handles(&mut self) -> &mut Handles {
        &mut self.handles
    }
}

/// Types, a guest and options: all that a lift or lower needs.
pub(super) struct World {
    pub(super) types: TypeTable,
    pub(super) resources: ResourceBindings,
    pub(super) guest: Guest,
    pub(super) table: HandleTableId,
    pub(super) options: Options,
    pub(super) fuel: usize,
}

pub(super) const ENCODINGS: [StringEncoding; 3] =
    [StringEncoding::Utf8, StringEncoding::Utf16, StringEncoding::CompactUtf16];

impl World {
    pub(super) fn new(types: TypeTableBuilder) -> Self {
        let mut handles = Handles::new(1, coracle_error::shared::Arc::new(coracle_vm::store::budget::Budget::new()));
        let table = handles.add_table().unwrap();
        let guest = Guest { memory: vec![0xee; 64], handles, realloc: Realloc::Bump, calls: Vec::new(), next: 17 };
        Self {
            types: types.finish(),
            resources: ResourceBindings::new(),
            guest,
            table,
            options: Options::default(),
            fuel: 1 << 20,
        }
    }

    pub(super) fn lower_cx(&mut self) -> LowerCx<'_> {
        LowerCx {
            options: self.options,
            types: &self.types,
            resources: &self.resources,
            table: self.table,
            host: &mut self.guest,
        }
    }

    pub(super) fn lift_cx(&mut self) -> LiftCx<'_> {
        LiftCx {
            options: self.options,
            types: &self.types,
            resources: &self.resources,
            table: self.table,
            memory: &self.guest.memory,
            handles: &mut self.guest.handles,
            fuel: &mut self.fuel,
            source: None,
        }
    }

    /// Every pair of encoding and address width in turn.
    pub(super) fn each_options(&mut self, mut f: impl FnMut(&mut Self)) {
        for encoding in ENCODINGS {
            for ptr in [Ptr::P32, Ptr::P64] {
                self.options = Options { encoding, ptr, ..Options::default() };
                f(self);
            }
        }
    }

    /// Host → guest → host, as parameters and as results.
    pub(super) fn echo(&mut self, func: FuncTypeIndex, vals: &[Val]) -> Result<Vec<Val>> {
        let ty = self.types[func].clone();
        let mut cells = [RawVal::from_u64(u64::MAX); MAX_CELLS];
        let mut cx = self.lower_cx();
        let used = lower_params_dynamic(&mut cx, vals, &ty, &mut cells)?;
        let mut back = Vec::new();
        lift_params_dynamic(&mut self.lift_cx(), &ty, &cells[..used], |val| back.push(val))?;
        Ok(back)
    }

    /// Core values with these words in them, lifted as the parameters of `func`.
    pub(super) fn lift(&mut self, func: FuncTypeIndex, cells: &[u64]) -> Result<Vec<Val>> {
        let ty = self.types[func].clone();
        let cells: Vec<_> = cells.iter().map(|&cell| RawVal::from_u64(cell)).collect();
        let mut back = Vec::new();
        lift_params_dynamic(&mut self.lift_cx(), &ty, &cells, |val| back.push(val))?;
        Ok(back)
    }
}

/// A function with these parameters, and their tuple as its result.
pub(super) fn func(types: &mut TypeTableBuilder, params: &[InterfaceType]) -> FuncTypeIndex {
    let name = types.name("p");
    let result = types.tuple(params.to_vec()).unwrap();
    let params = params.iter().map(|&ty| (name, ty)).collect();
    types.func(false, params, Some(InterfaceType::Tuple(result))).unwrap()
}
