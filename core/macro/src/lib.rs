//! `bindgen!` and the derives of the Coracle component runtime.
