//! What wasmi does with core modules, in the lines of `side`.

use crate::Seen;
use coracle_oracle_ours::{Numbers, Program, call_rounds, sum};
use wasmi::{
    AsContext, Config, Engine, Error, Extern, ExternRef, F32, F64, Func, FuncType, Instance, Module, Nullable, Ref,
    Store, StoreLimits, StoreLimitsBuilder, TrapCode, V128, Val, ValType,
};

/// wasmi's engine: all proposals that it has.
pub fn engine(fuel: bool) -> Engine {
    let mut config = Config::default();
    config.wasm_multi_memory(true).wasm_memory64(true).wasm_tail_call(true).wasm_simd(true).wasm_relaxed_simd(true);
    config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true).wasm_extended_const(true).consume_fuel(fuel);
    Engine::new(&config)
}

/// What is seen of the modules, or `None` where wasmi cannot run them.
pub fn modules(engine: &Engine, program: &Program<'_>) -> Option<Vec<Seen>> {
    let limits = StoreLimitsBuilder::new().memory_size(program.memory_bytes).table_elements(2000).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    let mut seen = Vec::new();
    let mut instances: Vec<(Module, Instance)> = Vec::new();
    for bytes in program.modules {
        let module = Module::new(engine, bytes).ok()?;
        refuel(&mut store, program);
        match instantiate(&mut store, &module, instances.first().map(|made| made.1)) {
            Ok(instance) => instances.push((module, instance)),
            Err(error) => {
                let (what, stop) = why(&error);
                seen.push((format!("not made: {what}"), stop));
                return Some(seen);
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
                if let Some(Extern::Func(func)) = instance.get_export(&store, name) {
                    refuel(&mut store, program);
                    let (end, stop) = call(&mut store, func, &mut numbers, program.any_nan);
                    seen.push((format!("{name}: {end}"), stop));
                }
            }
        }
        for name in &names {
            if let Some(item) = instance.get_export(&store, name) {
                let state = state(&store, &item, program.any_nan);
                seen.extend(state.map(|state| (format!("{name}: {state}"), false)));
            }
        }
    }
    Some(seen)
}

fn refuel(store: &mut Store<StoreLimits>, program: &Program<'_>) {
    if let Some(fuel) = program.fuel {
        // It counts otherwise; what ends with its fuel is not compared.
        store.set_fuel(fuel.saturating_mul(8)).expect("fuel is on");
    }
}

fn instantiate(store: &mut Store<StoreLimits>, module: &Module, first: Option<Instance>) -> Result<Instance, Error> {
    let mut imports = Vec::new();
    for import in module.imports() {
        imports.push(match (first, import.ty().func()) {
            (_, Some(ty)) if import.module() == "host" => host(store, ty.clone()).into(),
            (Some(first), _) => first.get_export(&*store, import.name()).expect("the first module exports it"),
            _ => unreachable!("the first module imports from the host alone"),
        });
    }
    Instance::new(store, module, &imports)
}

fn host(store: &mut Store<StoreLimits>, ty: FuncType) -> Func {
    let results = ty.results().to_vec();
    Func::new(store, ty, move |_, args, out| {
        let sum = args.iter().fold(7_u64, |sum, arg| sum.rotate_left(9) ^ bits(arg));
        for (result, ty) in out.iter_mut().zip(&results) {
            *result = match ty {
                ValType::I64 => Val::I64(sum as i64),
                ValType::F32 => Val::F32(f32::from(sum as u8).into()),
                ValType::F64 => Val::F64(f64::from(sum as u8).into()),
                _ => Val::I32(sum as i32 & 0xff),
            };
        }
        Ok(())
    })
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::F32(value) if value.to_float().is_nan() => 1,
        Val::F64(value) if value.to_float().is_nan() => 1,
        Val::I32(value) => *value as u64,
        Val::I64(value) => *value as u64,
        Val::F32(value) => u64::from(value.to_bits()),
        Val::F64(value) => value.to_bits(),
        _ => 0,
    }
}

fn call(store: &mut Store<StoreLimits>, func: Func, numbers: &mut Numbers, any_nan: bool) -> Seen {
    let ty = func.ty(&*store);
    let args: Vec<Val> = ty.params().iter().map(|param| argument(store, *param, numbers)).collect();
    let mut out = vec![Val::I32(0); ty.results().len()];
    match func.call(&mut *store, &args, &mut out) {
        Ok(()) => (out.iter().map(|value| format!("{} ", shown(&*store, value, any_nan))).collect(), false),
        Err(error) => why(&error),
    }
}

fn argument(store: &mut Store<StoreLimits>, ty: ValType, numbers: &mut Numbers) -> Val {
    let raw = numbers.next();
    match ty {
        ValType::I32 => Val::I32(raw as i32),
        ValType::I64 => Val::I64(raw as i64),
        ValType::F32 => Val::F32(F32::from_bits(raw as u32)),
        ValType::F64 => Val::F64(F64::from_bits(raw)),
        ValType::V128 => Val::V128(V128::from(u128::from(raw) << 64 | u128::from(numbers.next()))),
        ValType::ExternRef if raw & 1 != 0 => Val::ExternRef(ExternRef::new(store, raw as u32).into()),
        ty => Val::default_for_ty(ty),
    }
}

fn shown(store: impl AsContext, value: &Val, any_nan: bool) -> String {
    match value {
        Val::F32(value) if any_nan && value.to_float().is_nan() => "f32 nan".into(),
        Val::F64(value) if any_nan && value.to_float().is_nan() => "f64 nan".into(),
        Val::I32(value) => format!("i32 {value:#x}"),
        Val::I64(value) => format!("i64 {value:#x}"),
        Val::F32(value) => format!("f32 {:#x}", value.to_bits()),
        Val::F64(value) => format!("f64 {:#x}", value.to_bits()),
        Val::V128(_) if any_nan => "v128".into(),
        Val::V128(value) => format!("v128 {:#x}", value.as_u128()),
        Val::ExternRef(Nullable::Val(reference)) => {
            format!("extern {:?}", reference.data(&store).downcast_ref::<u32>())
        }
        Val::FuncRef(Nullable::Val(func)) => format!("func of {} parameters", func.ty(store).params().len()),
        _ => "null".into(),
    }
}

fn state(store: &Store<StoreLimits>, item: &Extern, any_nan: bool) -> Option<String> {
    Some(match item {
        Extern::Memory(memory) => {
            let bytes = memory.data(store);
            format!("{} bytes, {:#x}", bytes.len(), sum(bytes.iter().copied()))
        }
        Extern::Global(global) => shown(store, &global.get(store), any_nan),
        Extern::Table(table) => {
            let size = table.size(store);
            let mut text = format!("{size} elements: ");
            for at in 0..size.min(64) {
                let null = matches!(
                    table.get(store, at).expect("within the table"),
                    Ref::Func(Nullable::Null) | Ref::Extern(Nullable::Null)
                );
                text.push(if null { '.' } else { 'x' });
            }
            text
        }
        Extern::Func(_) => return None,
    })
}

fn why(error: &Error) -> Seen {
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => ("trap OutOfFuel".into(), true),
        Some(TrapCode::StackOverflow) => ("trap StackOverflow".into(), true),
        Some(code) => (format!("trap {code:?}"), false),
        None => ("error".into(), false),
    }
}
