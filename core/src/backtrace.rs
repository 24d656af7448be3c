//! `WasmBacktrace`: which functions a guest stood in.

use crate::entity::{DefinedFuncIndex, FuncIndex};
use crate::module::Module;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The frames of a guest, innermost first. Found in an error by `downcast_ref`.
#[derive(Clone, Debug, Default)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
    left_out: usize,
}

/// One frame of a [`WasmBacktrace`].
#[derive(Clone, Debug)]
pub struct FrameInfo {
    module: Module,
    func: DefinedFuncIndex,
    offset: Option<u32>,
    name: Option<String>,
}

impl WasmBacktrace {
    /// The frames that were recorded, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }

    /// Adds the next frame outwards, unless there are `most` already.
    pub(crate) fn push(
        &mut self,
        module: Module,
        func: DefinedFuncIndex,
        offset: &mut dyn FnMut() -> u32,
        most: usize,
    ) {
        if self.frames.len() >= most {
            self.left_out += 1;
            return;
        }
        let index = FuncIndex::from_u32(module.data().imported.funcs + func.as_u32());
        let name = module.func_name(index);
        let offset = Some(offset()).filter(|&offset| offset != u32::MAX);
        self.frames.push(FrameInfo { module, func, offset, name });
    }
}

impl FrameInfo {
    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The function's index in its module, imports counted.
    pub fn func_index(&self) -> u32 {
        self.module.data().imported.funcs + self.func.as_u32()
    }

    /// The function's name, if the module's name section tells it.
    pub fn func_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it stood, in bytes from the start of the binary, if that is known.
    pub fn module_offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset as usize)
    }

    /// Where it stood, in bytes from the start of the function's body, if that is known.
    pub fn func_offset(&self) -> Option<usize> {
        let start = self.module.data().bodies[self.func].start as usize;
        self.module_offset().and_then(|offset| offset.checked_sub(start))
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error while executing at wasm backtrace:")?;
        for (i, frame) in self.frames.iter().enumerate() {
            write!(f, "\n    {i:>3}: {:#8x} - ", frame.offset.unwrap_or(0))?;
            let module = frame.module.data().name.as_deref().unwrap_or("<unknown>");
            match frame.func_name() {
                Some(name) => write!(f, "{module}!{name}")?,
                None => write!(f, "{module}!<wasm function {}>", frame.func_index())?,
            }
        }
        if self.left_out > 0 {
            write!(f, "\n    ... {} more", self.left_out)?;
        }
        Ok(())
    }
}
