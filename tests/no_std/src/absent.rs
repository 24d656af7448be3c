//! What this build is without is refused by its name, where it stands.

use coracle::{Engine, Module, Result, bail};

/// Sections of a module, what the error names, and where they have it.
static MODULES: &[(&[u8], &str, &str)] = &[
    (b"\x01\x05\x01\x60\x01\x7b\0", "SIMD", "0xb"),
    (b"\x05\x04\x01\x03\x01\x01", "threads", "0xb"),
    (b"\x01\x04\x01\x60\0\0\x0d\x03\x01\0\0", "exceptions", "0x10"),
    (b"\x05\x03\x01\x04\x01", "memory64", "0xb"),
    (b"\x04\x04\x01\x70\x04\x01", "memory64", "0xb"),
];

/// Loads what cannot be loaded here.
pub(crate) fn refused() -> Result<()> {
    let engine = Engine::default();
    for (sections, name, at) in MODULES {
        let module = [b"\0asm\x01\0\0\0", *sections].concat();
        match Module::new(&engine, &module) {
            Err(error) => {
                let error = alloc::format!("{error:#}");
                if !error.contains(name) || !error.contains(at) {
                    bail!("{name}, at {at}: {error}");
                }
            }
            Ok(_) => bail!("{name} was loaded"),
        }
    }
    Ok(())
}
