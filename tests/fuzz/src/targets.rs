//! The targets: each panics where something is wrong.

use crate::modules;
use crate::program::Program;
use crate::run::{Heat, Outcome, Way};
use crate::smith::component;
use arbitrary::{Arbitrary, Unstructured};
use coracle_component::component::Component;
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::Bytes;
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::module::Module as Data;

/// Bytes that may be wasm: as they are, or a generated module or component with some of its bytes changed.
pub fn parse(data: &[u8]) {
    let engine = Way { fuel: false, ..Way::TAIL }.engine();
    load(&engine, data);
    let mut input = Unstructured::new(data);
    let which = input.arbitrary::<u8>().unwrap_or(0) % 4;
    if which == 3 {
        let Some(mut bytes) = component(&mut input) else { return };
        damage(&mut bytes, &mut input);
        return load(&engine, &bytes);
    }
    let Some(modules) = modules(which, &mut input) else { return };
    for mut bytes in modules.modules {
        damage(&mut bytes, &mut input);
        load(&engine, &bytes);
        // The same as a component's first section.
        let mut component = b"\0asm\x0d\0\x01\0\x01".to_vec();
        leb(&mut component, bytes.len());
        component.extend(bytes);
        load(&engine, &component);
    }
}

/// A generated program in each dispatcher, in the fast one while it counts heat, and as native code.
pub fn translate_exec(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let which = input.arbitrary::<u8>().unwrap_or(0) % 4;
    if let Some(program) = modules(which, &mut input) {
        compare(&program);
    }
}

/// Runs a program in all ways that its mode asks for. What the first way saw.
pub fn compare(program: &Program) -> Outcome {
    let run = |way: Way| way.run(&program.modules);
    let bit = |at: u8| program.mode >> at & 1 != 0;
    let base = Way { epochs: bit(0), reserve: bit(1), any_nan: program.coy, ..Way::TAIL };
    let tail = run(base);
    tail.must_equal(&run(Way { portable: true, ..base }), "the dispatchers differ");
    if bit(2) {
        tail.must_equal(&run(Way { heat: Heat::Count, ..base }), "counting makes a difference");
    }
    let compiled = [Heat::Compile(1), Heat::Compile(4), Heat::Eager, Heat::Off][usize::from(program.mode >> 3 & 3)];
    if compiled != Heat::Off {
        tail.must_equal(&run(Way { heat: compiled, ..base }), "the tiers differ");
    }
    // What ends with fuel ends without.
    if tail.ends.out_of_fuel == 0 && bit(5) {
        let free = Way { fuel: false, ..base };
        let tail_free = run(free);
        tail.must_equal(&tail_free, "fuel makes a difference");
        tail_free.must_equal(&run(Way { portable: true, ..free }), "the dispatchers differ without fuel");
        if compiled != Heat::Off {
            tail_free.must_equal(&run(Way { heat: compiled, ..free }), "the tiers differ without fuel");
        }
    }
    tail
}

/// Changes some bytes.
fn damage(bytes: &mut [u8], input: &mut Unstructured<'_>) {
    for _ in 0..input.arbitrary::<u8>().unwrap_or(0) % 8 {
        let at = input.choose_index(bytes.len()).unwrap_or(0);
        bytes[at] = u8::arbitrary(input).unwrap_or(0);
    }
}

fn leb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Loads what may be a module or a component, and translates all that is valid.
fn load(engine: &Engine, bytes: &[u8]) {
    let _ = Component::new(engine, bytes);
    if let Ok(module) = coracle_vm::module::Module::from_bytes(engine, Bytes::Shared(bytes.into())) {
        translate_all(engine, &module);
    }
}

fn translate_all(engine: &Engine, module: &Data) {
    for index in 0..module.slots().len() {
        let func = DefinedFuncIndex::from_u32(index as u32);
        let _ = coracle_interp::tier::translate(module, func);
        if index < 8 {
            let _ = internals::interpreter(engine).print_code(module, func);
        }
    }
}
