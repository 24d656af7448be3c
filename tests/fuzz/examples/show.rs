//! The program of an input: its mode, its operators with their offsets, the interpreter's code, how it ends.
//!
//!     cargo run --release --example show -- translate_exec.found [--out FOLDER]

use arbitrary::Unstructured;
use coracle_fuzz::run::{Heat, Way};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::Bytes;
use coracle_vm::internals;
use std::{env, fs};
use wasmparser::{Parser, Payload};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = env::args().nth(1).ok_or("which input?")?;
    let out = env::args().skip_while(|arg| arg != "--out").nth(1);
    let data = fs::read(file)?;
    let mut input = Unstructured::new(&data);
    let which = input.arbitrary::<u8>()? % 4;
    let program = coracle_fuzz::modules(which, &mut input).ok_or("no program")?;
    println!("mode {:#010b}, made by {}", program.mode, if which == 0 { "wasm-smith" } else { "our own generator" });
    let engine = Way { heat: Heat::Count, ..Way::TAIL }.engine();
    for (number, bytes) in program.modules.iter().enumerate() {
        println!("module {number}: {} bytes", bytes.len());
        if let Some(folder) = &out {
            fs::write(format!("{folder}/{number}.wasm"), bytes)?;
        }
        let module = coracle_vm::module::Module::from_bytes(&engine, Bytes::Shared(bytes.as_slice().into()));
        let mut index = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let body = match payload? {
                Payload::CodeSectionEntry(body) => body,
                Payload::TypeSection(types) => {
                    types.into_iter().enumerate().for_each(|(at, ty)| println!("type {at}: {ty:?}"));
                    continue;
                }
                Payload::FunctionSection(funcs) => {
                    funcs.into_iter().enumerate().for_each(|(at, ty)| println!("function +{at}: {ty:?}"));
                    continue;
                }
                _ => continue,
            };
            println!("function +{index}: locals {:?}", body.get_locals_reader()?.into_iter().collect::<Vec<_>>());
            let mut operators = body.get_operators_reader()?;
            while !operators.eof() {
                let at = operators.original_position();
                println!("{at:6} {:?}", operators.read()?);
            }
            if let Ok(module) = &module {
                let code = internals::interpreter(&engine).print_code(module, DefinedFuncIndex::from_u32(index));
                println!("{}", code.unwrap_or_else(|error| format!("{error:?}")));
            }
            index += 1;
        }
    }
    for heat in [Heat::Off, Heat::Compile(1), Heat::Eager] {
        println!("{heat:?}:");
        for line in (Way { heat, ..Way::TAIL }).run(&program.modules).lines {
            println!("  {:?} {}", line.fuel, line.what);
        }
    }
    Ok(())
}
