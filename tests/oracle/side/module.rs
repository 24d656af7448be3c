//! Core modules: each export is called, then memories, globals and tables are looked at.

use crate::ty::Dice;
use crate::{Seen, sum, why};
use coracle::{
    AsContextMut, Engine, Extern, ExternRef, Func, FuncType, Instance, Module, Ref, Result, Store, StoreLimits,
    StoreLimitsBuilder, V128, Val, ValType,
};
use std::sync::atomic::{AtomicU8, Ordering};

/// Modules, and how they are run.
pub struct Program<'a> {
    /// In the order of instantiation; the first imports `host`, others the exports of the one before as `first`.
    pub modules: &'a [Vec<u8>],
    /// Fuel for each call, if the engine counts it.
    pub fuel: Option<u64>,
    /// All NaNs look alike.
    pub any_nan: bool,
    /// What arguments are made from.
    pub seed: u64,
    /// Bytes that a memory may have.
    pub memory_bytes: usize,
}

/// What is seen when the modules are instantiated and all that they export is called.
pub fn modules(engine: &Engine, program: &Program<'_>) -> Vec<Seen> {
    let limits = StoreLimitsBuilder::new().memory_size(program.memory_bytes).table_elements(2000).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    let mut seen = Vec::new();
    let mut instances: Vec<(Module, Instance)> = Vec::new();
    for bytes in program.modules {
        let made =
            Module::new(engine, bytes).map_err(|error| (format!("refused: {error:#}"), false)).and_then(|module| {
                refuel(&mut store, program);
                let instance = instantiate(&mut store, &module, instances.first().map(|made| made.1));
                instance.map(|instance| (module, instance)).map_err(|error| why(&error))
            });
        match made {
            Ok(made) => instances.push(made),
            Err((what, stop)) => {
                seen.push((format!("not made: {what}"), stop));
                return seen;
            }
        }
    }
    let mut numbers = Numbers::new(program.seed);
    for (module, instance) in instances.iter().rev() {
        // Not all tell them in the module's order.
        let mut names: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
        names.sort();
        for _ in 0..call_rounds() {
            for name in &names {
                if let Some(Extern::Func(func)) = instance.get_export(&mut store, name) {
                    refuel(&mut store, program);
                    let (end, stop) = call(&mut store, func, &mut numbers, program.any_nan);
                    seen.push((format!("{name}: {end}"), stop));
                }
            }
        }
        for name in &names {
            if let Some(item) = instance.get_export(&mut store, name)
                && let Some(state) = state(&mut store, item, program.any_nan)
            {
                seen.push((format!("{name}: {state}"), false));
            }
        }
    }
    seen
}

/// Calls of each export: the second finds warm code.
pub fn call_rounds() -> usize {
    2
}

/// Numbers that arguments are made from.
pub struct Numbers(Dice);

impl Numbers {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Dice::new(seed))
    }

    /// Any number, small ones and those near the ends more often.
    pub fn next(&mut self) -> u64 {
        let raw = self.0.roll();
        match self.0.roll() >> 20 & 7 {
            0 | 1 => raw & 0xff,
            2 => raw & 0xffff,
            3 => (raw & 0xf).wrapping_neg(),
            4 => 0x7fff_ffff_ffff_ffff ^ (raw & 3),
            5 => 0x8000_0000 ^ (raw & 3),
            _ => raw,
        }
    }
}

fn refuel(store: &mut Store<StoreLimits>, program: &Program<'_>) {
    if let Some(fuel) = program.fuel {
        store.set_fuel(fuel).expect("fuel is on");
    }
}

fn instantiate(store: &mut Store<StoreLimits>, module: &Module, first: Option<Instance>) -> Result<Instance> {
    let mut imports = Vec::new();
    for import in module.imports() {
        imports.push(match (first, import.ty().func()) {
            (_, Some(ty)) if import.module() == "host" => host(store, ty.clone()).into(),
            (Some(first), _) => first.get_export(&mut *store, import.name()).expect("the first module exports it"),
            _ => unreachable!("the first module imports from the host alone"),
        });
    }
    Instance::new(store, module, &imports)
}

/// A function of the host: numbers that depend on all that it is given.
fn host(store: &mut Store<StoreLimits>, ty: FuncType) -> Func {
    let results: Vec<ValType> = ty.results().collect();
    Func::new(store, ty, move |_, args, out| {
        let sum = args.iter().fold(7_u64, |sum, arg| sum.rotate_left(9) ^ bits(arg));
        for (result, ty) in out.iter_mut().zip(&results) {
            *result = match ty {
                ValType::I64 => Val::I64(sum as i64),
                ValType::F32 => Val::F32(f32::from(sum as u8).to_bits()),
                ValType::F64 => Val::F64(f64::from(sum as u8).to_bits()),
                _ => Val::I32(sum as i32 & 0xff),
            };
        }
        Ok(())
    })
}

fn bits(value: &Val) -> u64 {
    match *value {
        Val::F32(bits) if f32::from_bits(bits).is_nan() => 1,
        Val::F64(bits) if f64::from_bits(bits).is_nan() => 1,
        Val::I32(value) => value as u64,
        Val::I64(value) => value as u64,
        Val::F32(value) => u64::from(value),
        Val::F64(value) => value,
        _ => 0,
    }
}

fn call(store: &mut Store<StoreLimits>, func: Func, numbers: &mut Numbers, any_nan: bool) -> Seen {
    let ty = func.ty(&*store);
    let mut args = Vec::new();
    for param in ty.params() {
        match argument(store, &param, numbers) {
            Some(arg) => args.push(arg),
            None => return ("not called".into(), false),
        }
    }
    let mut out = vec![Val::I32(0); ty.results().len()];
    match func.call(&mut *store, &args, &mut out) {
        Ok(()) => (out.iter().map(|value| format!("{} ", shown(&mut *store, value, any_nan))).collect(), false),
        Err(error) => why(&error),
    }
}

fn argument(store: &mut Store<StoreLimits>, ty: &ValType, numbers: &mut Numbers) -> Option<Val> {
    let raw = numbers.next();
    Some(match ty {
        ValType::I32 => Val::I32(raw as i32),
        ValType::I64 => Val::I64(raw as i64),
        ValType::F32 => Val::F32(raw as u32),
        ValType::F64 => Val::F64(raw),
        ValType::V128 => Val::V128(V128::from(u128::from(raw) << 64 | u128::from(numbers.next()))),
        ValType::Ref(ty) if ty.heap_type().is_extern() && raw & 1 != 0 => {
            Val::ExternRef(Some(ExternRef::new(store, raw as u32).ok()?))
        }
        ty => ty.default_value()?,
    })
}

/// A value as both runtimes must show it.
fn shown(store: impl AsContextMut, value: &Val, any_nan: bool) -> String {
    match value {
        Val::F32(bits) if any_nan && f32::from_bits(*bits).is_nan() => "f32 nan".into(),
        Val::F64(bits) if any_nan && f64::from_bits(*bits).is_nan() => "f64 nan".into(),
        Val::I32(value) => format!("i32 {value:#x}"),
        Val::I64(value) => format!("i64 {value:#x}"),
        Val::F32(bits) => format!("f32 {bits:#x}"),
        Val::F64(bits) => format!("f64 {bits:#x}"),
        // Nobody knows which lanes are numbers.
        Val::V128(_) if any_nan => "v128".into(),
        Val::V128(value) => format!("v128 {:#x}", value.as_u128()),
        Val::ExternRef(Some(reference)) => {
            let data = reference.data(&store).ok().flatten();
            format!("extern {:?}", data.and_then(|data| data.downcast_ref::<u32>()))
        }
        Val::FuncRef(Some(func)) => format!("func of {} parameters", func.ty(&store).params().len()),
        Val::FuncRef(None) | Val::ExternRef(None) => "null".into(),
        Val::ExnRef(reference) => format!("exception {}", reference.is_some()),
        _ => "another reference".into(),
    }
}

/// What is in a memory, a global or a table.
fn state(store: &mut Store<StoreLimits>, item: Extern, any_nan: bool) -> Option<String> {
    Some(match item {
        Extern::Memory(memory) => {
            let bytes = memory.data(&*store);
            format!("{} bytes, {:#x}", bytes.len(), sum(bytes.iter().copied()))
        }
        Extern::SharedMemory(memory) => {
            let data = memory.data();
            // SAFETY: nobody else runs, and an atomic byte lies as a byte does.
            let bytes = data.iter().map(|byte| unsafe { AtomicU8::from_ptr(byte.get()) }.load(Ordering::Relaxed));
            format!("{} bytes, {:#x}", data.len(), sum(bytes))
        }
        Extern::Global(global) => {
            let value = global.get(&mut *store);
            shown(store, &value, any_nan)
        }
        Extern::Table(table) => {
            let size = table.size(&*store);
            let mut text = format!("{size} elements: ");
            for at in 0..size.min(64) {
                let element = table.get(&mut *store, at).expect("within the table");
                text.push(if is_null(&element) { '.' } else { 'x' });
            }
            text
        }
        _ => return None,
    })
}

fn is_null(element: &Ref) -> bool {
    element.is_null()
}
