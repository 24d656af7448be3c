//! Turns the guests from text into binaries, and names the linker's script.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for guest in ["kernels", "sha256"] {
        let text = format!("guests/{guest}.wat");
        fs::write(out.join(guest).with_extension("wasm"), wat::parse_file(&text)?)?;
        println!("cargo::rerun-if-changed={text}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    Ok(())
}
