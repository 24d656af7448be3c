//! The interpreter of the Coracle component runtime.
#![cfg_attr(not(feature = "std"), no_std)]
