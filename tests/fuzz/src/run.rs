//! Runs of one program in engines that must agree, and what is seen of them.

use crate::smith::MEMORY_BYTES;
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::Bytes;
use coracle_vm::backtrace::WasmBacktrace;
use coracle_vm::embed::{Extern, Func, FuncType, Instance, Val, ValType};
use coracle_vm::engine::{Engine, EngineParts, Settings};
use coracle_vm::internals;
use coracle_vm::module::Module as Data;
use coracle_vm::store::{Store, StoreLimits, StoreLimitsBuilder};
use coracle_vm::tier::{ArrayEntry, Compiler, Interpreter, Reply, TierStrategy};
use coracle_vm::tuning::{TierPolicy, Tuning};
use std::sync::atomic::Ordering;

/// Fuel for each call: enough for loops, little enough for endless ones.
pub const FUEL: u64 = 100_000;

/// Calls of each export: the second and third find warm code.
const CALLS: u64 = 3;

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The loop dispatcher, or else the tail dispatcher.
    pub portable: bool,
    pub fuel: bool,
    pub epochs: bool,
    pub heat: Heat,
    /// Memories are reserved, so that native code checks no bounds.
    pub reserve: bool,
    /// Arithmetic returns whichever NaN the machine does; all NaNs look alike then.
    pub any_nan: bool,
}

/// Who counts heat, and who takes what is hot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heat {
    /// Nobody.
    Off,
    /// It is counted, and nothing comes of it.
    Count,
    /// The compiler, at this call or turn of a loop.
    Compile(u32),
    /// The compiler, at load.
    Eager,
}

/// All that can be seen of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How each call of an export ended, what fuel it took, what is in memories and globals.
    pub lines: Vec<Line>,
    /// What ended how often, for figures.
    pub ends: Ends,
}

/// One thing that was seen.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub what: String,
    pub fuel: Option<u64>,
    /// The stack was exhausted: how deep it is differs between tiers, and so may all that comes after.
    pub exhausted: bool,
}

/// How calls ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    pub returned: usize,
    pub trapped: usize,
    pub thrown: usize,
    pub out_of_fuel: usize,
    pub exhausted: usize,
    pub other: usize,
    /// The program was not loaded, or not instantiated.
    pub refused: usize,
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

impl Way {
    /// The tail dispatcher alone, with fuel.
    pub const TAIL: Self =
        Self { portable: false, fuel: true, epochs: false, heat: Heat::Off, reserve: false, any_nan: false };

    /// An engine that runs this way.
    pub fn engine(self) -> Engine {
        let settings = Settings {
            fuel: self.fuel,
            epochs: self.epochs,
            canonical_nans: !self.any_nan,
            garbage_in_stacks: true,
            reserve_memories: self.reserve,
            stack_bytes: 256 << 10,
            native_stack_bytes: 256 << 10,
            ..Settings::default()
        };
        let interpreter: Box<dyn Interpreter> =
            if self.portable { coracle_interp_portable::tier() } else { coracle_interp::tier() };
        let (policy, tuning) = match self.heat {
            Heat::Off => (TierPolicy::Off, Tuning::default()),
            Heat::Count => (TierPolicy::InterpreterOnly, Tuning::AT_ONCE),
            Heat::Compile(calls) => (TierPolicy::Sync(calls), Tuning::default()),
            Heat::Eager => (TierPolicy::Eager, Tuning::default()),
        };
        let strategy = TierStrategy::new(policy, tuning);
        let compiler = match self.heat {
            Heat::Off => None,
            Heat::Count => Some(Box::new(CountOnly) as Box<dyn Compiler>),
            Heat::Compile(_) | Heat::Eager => {
                let settings = settings.clone();
                Some(coracle_jit::tier(coracle_jit::Options {
                    strategy,
                    log: None,
                    code_limit_bytes: 64 << 20,
                    threads: None,
                    perf_map: false,
                    settings,
                }))
            }
        };
        internals::new_engine(EngineParts { interpreter, compiler, strategy, settings })
    }

    /// What is seen when these modules are instantiated and their exports called.
    pub fn run(self, modules: &[Vec<u8>]) -> Outcome {
        let engine = self.engine();
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_BYTES).table_elements(2000).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits: &mut StoreLimits| limits);
        if self.epochs {
            store.set_epoch_deadline(1);
        }
        let mut outcome = Outcome { lines: Vec::new(), ends: Ends::default() };
        let mut instances = Vec::new();
        for bytes in modules {
            match instantiate(&mut store, self, &instances, bytes) {
                Ok(instance) => instances.push(instance),
                Err(error) => {
                    outcome.ends.refused += 1;
                    outcome.see(format!("not made: {}", why(&error, self)), None);
                    return outcome;
                }
            }
        }
        for &instance in instances.iter().rev() {
            self.call_all(&mut store, instance, &mut outcome);
        }
        outcome
    }

    fn refuel(self, store: &mut Store<StoreLimits>) {
        if self.fuel {
            store.set_fuel(FUEL).expect("fuel is on");
        }
    }

    fn call_all(self, store: &mut Store<StoreLimits>, instance: Instance, outcome: &mut Outcome) {
        let exports: Vec<(String, Extern)> =
            instance.exports(&mut *store).map(|export| (export.name().to_string(), export.into_extern())).collect();
        for round in 0..CALLS {
            for (name, item) in &exports {
                let Extern::Func(func) = item else { continue };
                self.refuel(store);
                let end = call(store, *func, round, self.any_nan);
                let fuel = if self.fuel { store.get_fuel().ok() } else { None };
                let text = outcome.ends.count(end, self);
                outcome.see(format!("{name}: {text}"), fuel);
            }
        }
        for (name, item) in &exports {
            match item {
                Extern::Memory(memory) => {
                    let bytes = memory.data(&*store);
                    outcome.see(format!("{name}: {} bytes, {:#x}", bytes.len(), sum(bytes.iter().copied())), None);
                }
                Extern::SharedMemory(memory) => {
                    let text = format!("{name}: {} pages", memory.size());
                    let data = memory.atomics().iter().map(|byte| byte.load(Ordering::Relaxed));
                    outcome.see(format!("{text}, {:#x}", sum(data)), None);
                }
                Extern::Global(global) => {
                    let text = format!("{name}: {}", value(&global.get(&mut *store), self.any_nan));
                    outcome.see(text, None);
                }
                Extern::Table(table) => {
                    let text = format!("{name}: {} elements", table.size(&*store));
                    outcome.see(text, None);
                }
                _ => {}
            }
        }
    }
}

impl Outcome {
    fn see(&mut self, what: String, fuel: Option<u64>) {
        let exhausted = what.contains(&Trap::StackOverflow.to_string());
        self.lines.push(Line { what, fuel, exhausted });
    }

    /// Panics where two runs of one program differ. Fuel is compared where both had some.
    pub fn must_equal(&self, other: &Self, what: &str) {
        for (one, two) in self.lines.iter().zip(&other.lines) {
            if one.exhausted || two.exhausted {
                return;
            }
            let fuel = one.fuel.is_none() || two.fuel.is_none() || one.fuel == two.fuel;
            assert!(one.what == two.what && fuel, "{what}:\n  {one:?}\n  {two:?}");
        }
        assert_eq!(self.lines.len(), other.lines.len(), "{what}: how much there is to see");
    }
}

impl Ends {
    fn count(&mut self, end: Result<String>, way: Way) -> String {
        let error = match end {
            Ok(text) => {
                self.returned += 1;
                return text;
            }
            Err(error) => error,
        };
        *match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => &mut self.out_of_fuel,
            Some(Trap::StackOverflow) => &mut self.exhausted,
            Some(Trap::UncaughtException) => &mut self.thrown,
            Some(_) => &mut self.trapped,
            None => &mut self.other,
        } += 1;
        why(&error, way)
    }
}

fn instantiate(store: &mut Store<StoreLimits>, way: Way, before: &[Instance], bytes: &[u8]) -> Result<Instance> {
    let data = coracle_vm::module::Module::from_bytes(store.engine(), Bytes::Shared(bytes.into()))?;
    let module = coracle_vm::internals::embed_module(data);
    way.refuel(store);
    let wanted: Vec<(String, String)> =
        module.imports().map(|import| (import.module().to_string(), import.name().to_string())).collect();
    let mut imports = Vec::new();
    for (from, name) in wanted {
        imports.push(match (from.as_str(), before.first()) {
            ("host", _) => host(store, &name).into(),
            (_, Some(first)) => first.get_export(&mut *store, &name).expect("the first module exports it"),
            _ => unreachable!("only the second module imports from the first"),
        });
    }
    Instance::new(store, &module, &imports)
}

/// A function of the host: a number that depends on all that it is given.
fn host(store: &mut Store<StoreLimits>, name: &str) -> Func {
    let number: usize = name.parse().expect("host functions have numbers");
    let (params, results) = crate::program::HOST[number];
    let of = |types: &[wasm_encoder::ValType]| types.iter().map(|ty| host_type(*ty)).collect::<Vec<_>>();
    let ty = FuncType::new(store.engine(), of(params), of(results));
    Func::new(store, ty, move |_, args, out| {
        let sum = args.iter().fold(7_u64, |sum, arg| sum.rotate_left(9) ^ bits(arg));
        for (result, ty) in out.iter_mut().zip(results) {
            *result = match ty {
                wasm_encoder::ValType::I64 => Val::I64(sum as i64),
                wasm_encoder::ValType::F32 => Val::F32(f32::from(sum as u8).to_bits()),
                _ => Val::I32(sum as i32 & 0xff),
            };
        }
        Ok(())
    })
}

fn sum(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, |sum, byte| sum.rotate_left(5) ^ u64::from(byte))
}

fn host_type(ty: wasm_encoder::ValType) -> ValType {
    match ty {
        wasm_encoder::ValType::I32 => ValType::I32,
        wasm_encoder::ValType::I64 => ValType::I64,
        wasm_encoder::ValType::F32 => ValType::F32,
        _ => ValType::F64,
    }
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::F32(bits) if f32::from_bits(*bits).is_nan() => 1,
        Val::F64(bits) if f64::from_bits(*bits).is_nan() => 1,
        Val::I32(value) => *value as u64,
        Val::I64(value) => *value as u64,
        Val::F32(value) => u64::from(*value),
        Val::F64(value) => *value,
        _ => 0,
    }
}

/// Calls with zeros first, then with numbers that depend on the round.
fn call(store: &mut Store<StoreLimits>, func: Func, round: u64, any_nan: bool) -> Result<String> {
    let ty = func.ty(&*store);
    let number = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> ((round & 1) * 40);
    let params: Option<Vec<Val>> = ty
        .params()
        .map(|ty| {
            Some(match Val::default_for_ty(&ty)? {
                Val::I32(_) => Val::I32(number as i32),
                Val::I64(_) => Val::I64(number as i64),
                Val::F32(_) => Val::F32((round as f32 * 1.25).to_bits()),
                Val::F64(_) => Val::F64((round as f64 * -3.5e9).to_bits()),
                other => other,
            })
        })
        .collect();
    let Some(params) = params else { return Ok("a parameter without a default".into()) };
    let mut results = vec![Val::I32(0); ty.results().len()];
    func.call(store, &params, &mut results)?;
    Ok(results.iter().map(|result| value(result, any_nan)).collect::<Vec<_>>().join(" "))
}

/// A value as text. References are told from null alone: they have no number that two stores share.
fn value(value: &Val, any_nan: bool) -> String {
    match value {
        Val::F32(bits) if any_nan && f32::from_bits(*bits).is_nan() => "NaN".into(),
        Val::F64(bits) if any_nan && f64::from_bits(*bits).is_nan() => "NaN".into(),
        Val::FuncRef(of) => format!("funcref {}", of.is_some()),
        Val::ExternRef(of) => format!("externref {}", of.is_some()),
        Val::ExnRef(of) => format!("exnref {}", of.is_some()),
        number => format!("{number:?}"),
    }
}

/// An error's cause, and where in wasm it arose.
fn why(error: &Error, way: Way) -> String {
    let Some(trap) = error.downcast_ref::<Trap>() else { return error.root_cause().to_string() };
    let place = error.downcast_ref::<WasmBacktrace>().and_then(|trace| {
        let frame = trace.frames().first()?;
        // A native load that faults may have become part of the operator that takes its value.
        let exact = !(way.reserve && *trap == Trap::MemoryOutOfBounds);
        let offset = frame.module_offset().filter(|_| exact);
        Some(format!(" at {offset:?} of function {}", frame.func_index()))
    });
    // Where the fuel or the stack ends is known by the block, and each tier says it in its own way; of an exception native
    // code tells the frames from the innermost `try_table` on that it has passed.
    match trap {
        Trap::OutOfFuel | Trap::StackOverflow | Trap::UncaughtException => trap.to_string(),
        _ => format!("{trap}{}", place.unwrap_or_default()),
    }
}
