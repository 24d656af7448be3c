//! Backtraces as an embedder takes them, and the modules that they tell of.

use crate::backtrace::{FrameInfo, WasmBacktrace};
use crate::embed::module::Module;
use crate::embed::raw::as_module;
use crate::store::AsContext;
use coracle_image::limits::DEFAULT_BACKTRACE_FRAMES;

impl WasmBacktrace {
    /// The frames of the guests that run in a store at the moment: of a host function's callers. None where
    /// `Config::wasm_backtrace` is off.
    pub fn capture(store: impl AsContext) -> Self {
        store.as_context().inner().backtrace()
    }

    /// The same, whatever `Config::wasm_backtrace` says.
    pub fn force_capture(store: impl AsContext) -> Self {
        let store = store.as_context();
        match store.engine().settings().backtrace_frames {
            0 => store.inner().walk(DEFAULT_BACKTRACE_FRAMES),
            most => store.inner().walk(most),
        }
    }
}

impl FrameInfo {
    /// The module.
    pub fn module(&self) -> &Module {
        as_module(&self.module)
    }
}
