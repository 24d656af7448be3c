//! What tests of this package need of the others: an engine's interpreter, which runs nothing.

use coracle_error::Result;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{
    ArrayEntry, Interpreter, LoopHead, OpOffsets, ResumeEntry, Slot, Status, Stubs, SuspendPoint, VmCtx, VmStore,
};

/// An engine has one; nothing is run here.
pub(crate) struct NoInterpreter;

extern "C" fn never(_: *const Slot, _: *mut VmCtx, _: *mut VmStore, _: *mut VmCtx, _: *mut RawVal) -> Status {
    Status::Trap
}

extern "C" fn never_again(_: *mut VmStore, _: *const SuspendPoint, _: Status) -> Status {
    Status::Trap
}

impl Interpreter for NoInterpreter {
    fn entry(&self) -> ArrayEntry {
        never
    }

    fn resume(&self) -> ResumeEntry {
        never_again
    }

    fn make_code(&self, _: &Module, _: DefinedFuncIndex) -> Option<*mut ()> {
        None
    }

    fn op_offsets(&self, _: &Module, _: DefinedFuncIndex) -> Option<OpOffsets> {
        None
    }

    fn stubs(&self) -> Stubs {
        Stubs { lazy: std::ptr::null_mut(), foreign: std::ptr::null_mut() }
    }

    fn drop_code(&self, _: *mut ()) {}

    fn print_code(&self, _: &Module, _: DefinedFuncIndex) -> Result<String> {
        Ok(String::new())
    }

    fn loop_head(&self, _: &Module, _: DefinedFuncIndex, _: u32) -> Option<LoopHead> {
        panic!("nobody knows where a loop of this interpreter stands")
    }
}
