//! `WasmBacktrace`: which functions a guest stood in.
//!
//! Without the feature `backtrace` none are recorded.
//!
//! # What is absent
//! Files and lines: the debug information of a module is not read.

use crate::demangle::Demangled;
use crate::module::Module;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_image::entity::{DefinedFuncIndex, FuncIndex};
use coracle_image::printable::Printable;
use core::fmt;
use core::ops::ControlFlow;

/// Whether frames are recorded in this build.
pub const RECORDED: bool = cfg!(feature = "backtrace");

/// The frames of a guest, innermost first. Found in an error by `downcast_ref`.
///
/// Of an exception that nobody catches they are those of the last throw; where native code let it pass a `try_table`, they
/// begin there.
#[derive(Clone, Debug, Default)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
}

/// One frame of a [`WasmBacktrace`].
#[derive(Clone, Debug)]
pub struct FrameInfo {
    pub(crate) module: Module,
    func: DefinedFuncIndex,
    offset: Option<u32>,
    symbols: Vec<FrameSymbol>,
}

/// What debug information tells of a frame. None is read at present, so no frame has any.
#[derive(Clone, Debug)]
pub struct FrameSymbol {
    name: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

impl WasmBacktrace {
    /// The frames that were recorded, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }

    /// Adds the next frame outwards, unless there are `most` already or there is no memory for it, and says whether there is
    /// room for one more.
    pub(crate) fn push(
        &mut self,
        module: Module,
        func: DefinedFuncIndex,
        offset: &mut dyn FnMut() -> u32,
        most: usize,
    ) -> ControlFlow<()> {
        if self.frames.len() < most {
            if self.frames.try_reserve(1).is_err() {
                return ControlFlow::Break(());
            }
            let offset = Some(offset()).filter(|&offset| offset != u32::MAX);
            self.frames.push(FrameInfo { module, func, offset, symbols: Vec::new() });
        }
        if self.frames.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

impl FrameInfo {
    /// The function's index in its module, imports counted.
    pub fn func_index(&self) -> u32 {
        self.module.data().imported.funcs + self.func.as_u32()
    }

    /// The function's name, if the module's name section tells it. Looked up now: a trap costs no names.
    pub fn func_name(&self) -> Option<&str> {
        self.module.func_name(FuncIndex::from_u32(self.func_index()))
    }

    /// Where it stood, in bytes from the start of the binary, if that is known.
    pub fn module_offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset as usize)
    }

    /// Where it stood, in bytes from the start of the function's body, if that is known.
    pub fn func_offset(&self) -> Option<usize> {
        let start = self.module.engine().interpreter().body_start(&self.module, self.func);
        self.module_offset().and_then(|offset| offset.checked_sub(start))
    }

    /// What debug information tells: nothing at present.
    pub fn symbols(&self) -> &[FrameSymbol] {
        &self.symbols
    }
}

impl FrameSymbol {
    /// The function's name in the source.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The source file.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line in the source file, from 1 on.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column in the source file, from 1 on.
    pub fn column(&self) -> Option<u32> {
        self.column
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error while executing at wasm backtrace:")?;
        for (i, frame) in self.frames.iter().enumerate() {
            write!(f, "\n  {i:>3}: ")?;
            if let Some(offset) = frame.offset {
                write!(f, "{offset:#8x} - ")?;
            }
            let module = Printable(frame.module.data().name.as_deref().unwrap_or("<unknown>"));
            match frame.func_name() {
                Some(name) => write!(f, "{module}!{}", Printable(Demangled(name)))?,
                None => write!(f, "{module}!<wasm function {}>", frame.func_index())?,
            }
        }
        Ok(())
    }
}
