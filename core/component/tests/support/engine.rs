//! What the tests of the static side share: an engine that runs nothing.

use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::engine::{Engine, EngineParts, Settings};
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{
    ArrayEntry, Interpreter, LoopHead, OpOffsets, Slot, Status, Stubs, TierStrategy, VmCtx, VmStore,
};

struct Inert;

extern "C" fn never(_: *const Slot, _: *mut VmCtx, _: *mut VmStore, _: *mut VmCtx, _: *mut RawVal) -> Status {
    unreachable!("nothing is run here")
}

impl Interpreter for Inert {
    fn entry(&self) -> ArrayEntry {
        never
    }
    fn resume(&self) -> coracle_vm::tier::ResumeEntry {
        unreachable!("nothing runs")
    }
    fn stubs(&self) -> Stubs {
        Stubs { lazy: std::ptr::null_mut(), foreign: std::ptr::null_mut() }
    }
    fn make_code(&self, _: &Module, _: DefinedFuncIndex) -> Option<*mut ()> {
        None
    }
    fn op_offsets(&self, _: &Module, _: DefinedFuncIndex) -> Option<OpOffsets> {
        None
    }
    fn drop_code(&self, _: *mut ()) {}
    fn print_code(&self, _: &Module, _: DefinedFuncIndex) -> coracle_error::Result<String> {
        Ok(String::new())
    }
    fn loop_head(&self, _: &Module, _: DefinedFuncIndex, _: u32) -> Option<LoopHead> {
        None
    }
}

/// An engine that can load and flatten, and nothing else.
pub(crate) fn engine() -> Engine {
    internals::new_engine(EngineParts {
        interpreter: Box::new(Inert),
        compiler: None,
        strategy: TierStrategy::interpreter_alone(),
        settings: Settings::default(),
    })
}
