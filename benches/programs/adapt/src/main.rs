//! `adapt MODULE OUT`: the component of a command for WASI 0.1, with the usual adapter.

use std::error::Error;
use std::fs;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wit_component::ComponentEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, out] = args.as_slice() else {
        return Err("usage: adapt MODULE OUT".into());
    };
    let mut encoder = ComponentEncoder::default();
    encoder
        .module(&fs::read(module)?)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)?;
    fs::write(out, encoder.encode()?)?;
    Ok(())
}
