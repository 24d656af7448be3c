//! What the targets do with their input.
//!
//! Input is bytes; `wasm-smith` turns them into modules. Both targets panic where something is wrong.

pub mod drive;

use arbitrary::{Arbitrary, Unstructured};
use coracle_core::component::Component;
use coracle_core::embed::{Extern, Func, Instance, Module, Val};
use coracle_core::engine::{Engine, EngineParts, Settings};
use coracle_core::entity::DefinedFuncIndex;
use coracle_core::error::{Error, Result};
use coracle_core::module::{Bytes, Module as Data};
use coracle_core::store::{Store, StoreLimits, StoreLimitsBuilder};
use coracle_core::tier::{ArrayEntry, Compiler, Interpreter, Reply};
use coracle_core::trap::Trap;
use wasm_smith::{Config, Module as Smith};

/// Fuel for each call: enough for loops, little enough for endless ones.
const FUEL: u64 = 100_000;

/// Bytes that all memories of a store may have together, nearly.
const MEMORY_BYTES: usize = 16 << 20;

fn engine(interpreter: Box<dyn Interpreter>, compiler: Option<Box<dyn Compiler>>, fuel: bool) -> Engine {
    let settings = Settings { fuel, canonical_nans: true, ..Settings::default() };
    Engine::from_parts(EngineParts { interpreter, compiler, tuning: Default::default(), settings })
}

/// A compiler that takes nothing, so that the interpreter counts.
struct CountOnly;

impl Compiler for CountOnly {
    fn call_hot(&self, _: &Data, _: DefinedFuncIndex) -> Reply {
        Reply::Wait(7)
    }
    fn loop_hot(&self, _: &Data, _: DefinedFuncIndex, _: u32) -> core::result::Result<ArrayEntry, Reply> {
        Err(Reply::Wait(7))
    }
    fn module_loaded(&self, _: &Data) -> Result<()> {
        Ok(())
    }
    fn module_dropped(&self, _: usize) {}
}

/// Bytes that may be wasm: as they are, or a generated module with some of its bytes changed.
pub fn parse(data: &[u8]) {
    let engine = engine(coracle_interp::tier(), None, false);
    load(&engine, data);
    let mut input = Unstructured::new(data);
    let Ok(module) = smith(&mut input) else { return };
    let mut bytes = module.to_bytes();
    for _ in 0..input.arbitrary_len::<u32>().unwrap_or(0).min(8) {
        let at = input.choose_index(bytes.len()).unwrap_or(0);
        bytes[at] = u8::arbitrary(&mut input).unwrap_or(0);
    }
    load(&engine, &bytes);
    // The same as a component's first section.
    let mut component = b"\0asm\x0d\0\x01\0\x01".to_vec();
    leb(&mut component, bytes.len());
    component.extend(bytes);
    load(&engine, &component);
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
    let Ok(module) = coracle_core::parse::module::parse_module(engine, Bytes::Shared(bytes.into())) else { return };
    for index in 0..module.slots().len() {
        let func = DefinedFuncIndex::from_u32(index as u32);
        let _ = coracle_interp::tier::translate(&module, func);
        if index < 8 {
            let _ = engine.interpreter().print_code(&module, func);
        }
    }
}

/// A module without imports that exports all it has.
fn smith(input: &mut Unstructured<'_>) -> arbitrary::Result<Smith> {
    let mut config = Config::arbitrary(input)?;
    config.max_imports = 0;
    config.min_imports = 0;
    config.min_funcs = 1;
    config.max_funcs = 12;
    config.export_everything = true;
    config.allow_start_export = false;
    config.max_memory32_bytes = MEMORY_BYTES as u64 / 2;
    config.max_memory64_bytes = MEMORY_BYTES as u128 / 2;
    config.max_table_elements = 1000;
    config.gc_enabled = false;
    config.threads_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.canonicalize_nans = false;
    config.allow_invalid_funcs = false;
    // Proposals that the engine has are on whenever the input does not say otherwise.
    config.relaxed_simd_enabled &= config.simd_enabled;
    Smith::new(config, input)
}

/// A generated module in each dispatcher, and in the fast one while it counts heat.
pub fn translate_exec(data: &[u8]) {
    let Ok(module) = smith(&mut Unstructured::new(data)) else { return };
    let bytes = module.to_bytes();
    let tail = outcome(&engine(coracle_interp::tier(), None, true), &bytes);
    let portable = outcome(&engine(coracle_interp_portable::tier(), None, true), &bytes);
    assert_eq!(tail, portable, "the dispatchers differ");
    let counting = outcome(&engine(coracle_interp::tier(), Some(Box::new(CountOnly)), true), &bytes);
    assert_eq!(tail, counting, "counting makes a difference");
}

/// All that can be seen of a run: how each call of an export ended, what fuel it took, what is in the memories.
fn outcome(engine: &Engine, bytes: &[u8]) -> Vec<String> {
    let data = match coracle_core::parse::module::parse_module(engine, Bytes::Shared(bytes.into())) {
        Ok(data) => data,
        // What is generated is valid; it may use what the engine does not have.
        Err(error) => return vec![format!("not loaded: {error:?}")],
    };
    let module = Module::from(data);
    let limits = StoreLimitsBuilder::new().memory_size(MEMORY_BYTES).table_elements(2000).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    store.set_fuel(FUEL).expect("fuel is on");
    let mut lines = Vec::new();
    let instance = match Instance::new(&mut store, &module, &[]) {
        Ok(instance) => instance,
        Err(error) => return vec![format!("not instantiated: {}", why(&error))],
    };
    let exports: Vec<(String, Extern)> =
        instance.exports(&mut store).map(|export| (export.name().to_string(), export.into_extern())).collect();
    for (name, item) in &exports {
        if let Extern::Func(func) = item {
            store.set_fuel(FUEL).expect("fuel is on");
            let end = call(&mut store, *func);
            lines.push(format!("{name}: {end}; fuel {}", store.get_fuel().expect("fuel is on")));
        }
    }
    for (name, item) in &exports {
        match item {
            Extern::Memory(memory) => {
                let data = memory.data(&store);
                let sum = data.iter().fold(data.len() as u64, |sum, &byte| sum.rotate_left(5) ^ u64::from(byte));
                lines.push(format!("{name}: {} bytes, {sum:#x}", data.len()));
            }
            Extern::Global(global) => lines.push(format!("{name}: {}", value(&global.get(&mut store)))),
            _ => {}
        }
    }
    lines
}

fn call(store: &mut Store<StoreLimits>, func: Func) -> String {
    let ty = func.ty(&*store);
    let params: Option<Vec<Val>> = ty.params().map(|ty| Val::default_for_ty(&ty)).collect();
    let Some(params) = params else { return "a parameter without a default".into() };
    let mut results = vec![Val::I32(0); ty.results().len()];
    match func.call(store, &params, &mut results) {
        Ok(()) => results.iter().map(value).collect::<Vec<_>>().join(" "),
        Err(error) => why(&error),
    }
}

/// A value as text. References are told from null alone: they have no number that two stores share.
fn value(value: &Val) -> String {
    match value {
        Val::FuncRef(of) => format!("funcref {}", of.is_some()),
        Val::ExternRef(of) => format!("externref {}", of.is_some()),
        Val::ExnRef(of) => format!("exnref {}", of.is_some()),
        number => format!("{number:?}"),
    }
}

fn why(error: &Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    }
}
