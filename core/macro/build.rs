//! Gives the macros a folder (`OUT_DIR`) in which generated code can be put for people to read.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
