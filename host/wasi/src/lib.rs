//! WASI 0.2 for the Coracle component runtime.
