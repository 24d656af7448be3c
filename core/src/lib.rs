//! The tier-neutral core of the Coracle component runtime.
#![cfg_attr(not(feature = "std"), no_std)]
