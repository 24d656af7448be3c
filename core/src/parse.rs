//! Bytes in, validated data out: the only part of the core that knows the binary format.

pub mod features;
pub mod name_section;
pub mod names;
