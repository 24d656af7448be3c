//! The command line of Coracle.

fn main() {}
