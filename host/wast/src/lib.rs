//! Runs WebAssembly test scripts on the Coracle component runtime.
