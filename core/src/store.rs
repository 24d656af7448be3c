//! What a store owns at run time.

pub mod resource;
