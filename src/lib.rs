//! A runtime for WebAssembly components.
#![cfg_attr(not(feature = "std"), no_std)]
