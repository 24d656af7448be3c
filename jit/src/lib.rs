//! The Cranelift tier of the Coracle component runtime.
