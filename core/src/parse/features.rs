//! Which proposals are on.

use wasmparser::WasmFeatures;

/// The proposals that validation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(WasmFeatures);

impl Features {
    /// WebAssembly 3.0 without garbage collection, threads, wide arithmetic, custom page sizes, and components.
    pub fn supported() -> Self {
        let mut on = WasmFeatures::WASM3 & !WasmFeatures::GC;
        on |= WasmFeatures::THREADS
            | WasmFeatures::WIDE_ARITHMETIC
            | WasmFeatures::CUSTOM_PAGE_SIZES
            | WasmFeatures::COMPONENT_MODEL;
        if !cfg!(feature = "simd") {
            on &= !(WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD);
        }
        Self(on)
    }

    /// The set as the validator takes it.
    pub fn wasmparser(self) -> WasmFeatures {
        self.0
    }

    /// The same set with exactly these proposals of the validator's.
    pub fn from_wasmparser(features: WasmFeatures) -> Self {
        Self(features)
    }
}

impl Default for Features {
    fn default() -> Self {
        Self::supported()
    }
}
