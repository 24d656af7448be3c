//! `coracle run` of a core module: a command of WASI preview 1, or one of its functions.

use crate::engine;
use crate::flags::{Preload, RunFlags};
use crate::grant::Grants;
use crate::load::{self, Guest};
use crate::options::wasm::Unknown;
use crate::report::{self, Outcome, UsageError};
use crate::state::ModuleState;
use crate::unlinked;
use coracle::{Error, ExternType, Func, Instance, Linker, Module, Result, Store, V128, Val, ValType};
use std::ffi::OsString;

/// Names that an error lists.
const MOST_SHOWN: usize = 20;

/// Runs a module's `_start`.
pub(crate) fn command(flags: &RunFlags, grants: &Grants, module: &Module) -> Outcome {
    let (mut store, instance) = start(flags, grants, module)?;
    let start = instance.get_func(&mut store, "_start").ok_or_else(|| {
        let advice = "; `--invoke` calls a function";
        Error::msg(format!("not a command: the module exports no function `_start`{}", exports(module, advice)))
    })?;
    start.typed::<(), ()>(&store)?.call(&mut store, ())?;
    Ok(0)
}

/// Calls a function with what stands behind the file, and prints its results, a line for each.
pub(crate) fn invoke(flags: &RunFlags, grants: &Grants, module: &Module, name: &str) -> Outcome {
    let Some(ExternType::Func(ty)) = module.get_export(name) else {
        return Err(UsageError::error(format!("the module exports no function `{name}`{}", exports(module, ""))));
    };
    let params: Vec<ValType> = ty.params().collect();
    let given = flags.args();
    if given.len() != params.len() {
        let message = format!("`{name}` takes {} arguments, {} given: it is {ty}", params.len(), given.len());
        return Err(UsageError::error(message));
    }
    let read = |(ty, text): (&ValType, &OsString)| value(ty, text);
    let args: Vec<Val> = params.iter().zip(given).map(read).collect::<Result<_>>()?;
    let (mut store, instance) = start(flags, grants, module)?;
    let func = instance.get_func(&mut store, name).ok_or_else(|| Error::msg("the export is gone"))?;
    if let Some(initialize) = instance.get_func(&mut store, "_initialize").filter(|_| name != "_initialize") {
        initialize.typed::<(), ()>(&store)?.call(&mut store, ())?;
    }
    print(&mut store, func, &args, ty.results().len())
}

fn print(store: &mut Store<ModuleState>, func: Func, args: &[Val], results: usize) -> Outcome {
    let mut values = vec![Val::I32(0); results];
    func.call(store, args, &mut values)?;
    let mut text = String::new();
    for value in values {
        text += &match value {
            Val::I32(value) => value.to_string(),
            Val::I64(value) => value.to_string(),
            Val::F32(bits) => f32::from_bits(bits).to_string(),
            Val::F64(bits) => f64::from_bits(bits).to_string(),
            Val::V128(value) => value.as_u128().to_string(),
            reference => if is_null(&reference) { "<null>" } else { "<reference>" }.to_owned(),
        };
        text.push('\n');
    }
    report::print(text.as_bytes())
}

fn is_null(value: &Val) -> bool {
    value.ref_().is_some_and(|reference| reference.is_null())
}

/// Reads an argument as the function's type has it. Integers may be signed or not, and hexadecimal.
fn value(ty: &ValType, text: &OsString) -> Result<Val> {
    let wrong = || UsageError::error(format!("{text:?} is no {ty}"));
    let word = text.to_str().ok_or_else(wrong)?;
    let integer = |bits: u32| {
        let (sign, digits) = word.strip_prefix('-').map_or((1, word), |rest| (-1, rest));
        let (digits, radix) = digits.strip_prefix("0x").map_or((digits, 10), |rest| (rest, 16));
        let number = i128::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']));
        let fits = |number: &i128| (-(1_i128 << (bits - 1))..1_i128 << bits).contains(number);
        number.map(|number| sign * number).filter(fits).ok_or_else(wrong)
    };
    Ok(match ty {
        // What does not fit a signed number is the unsigned one of the same bits.
        ValType::I32 => Val::I32(integer(32)? as i32),
        ValType::I64 => Val::I64(integer(64)? as i64),
        ValType::F32 => Val::F32(word.parse::<f32>().map_err(|_| wrong())?.to_bits()),
        ValType::F64 => Val::F64(word.parse::<f64>().map_err(|_| wrong())?.to_bits()),
        ValType::V128 => Val::V128(V128::from(word.parse::<u128>().map_err(|_| wrong())?)),
        ValType::Ref(ty) if word == "null" && ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return Err(UsageError::error(format!("{text:?}: of references, only `null` can be given"))),
    })
}

/// Makes an instance, after those of the modules that it is given.
fn start(flags: &RunFlags, grants: &Grants, module: &Module) -> Result<(Store<ModuleState>, Instance)> {
    let mut linker = Linker::<ModuleState>::new(module.engine());
    linker.allow_unknown_exports(grants.wasm.unknown_exports);
    wasmtime_wasi::p1::add_to_linker_sync(&mut linker, |state| &mut state.wasi)?;
    let mut store = grants.module_store(module.engine())?;
    engine::start_clock(grants.wasm.timeout, &mut store)?;
    for Preload { name, file } in &flags.preload {
        let Guest::Module(given) = load::guest(module.engine(), file)? else {
            return Err(UsageError::error(format!("`--preload {name}={}` is no core module", file.display())));
        };
        define_unknown(&mut linker, &mut store, grants, &given)?;
        let linked = linker.module(&mut store, name, &given);
        linked.map_err(|error| error.context(format!("failed to preload `{}`", file.display())))?;
    }
    define_unknown(&mut linker, &mut store, grants, module)?;
    let instance = linker.instantiate(&mut store, module)?;
    Ok((store, instance))
}

/// What is missing becomes what the flags say of it, or one error that names all of it.
fn define_unknown(
    linker: &mut Linker<ModuleState>,
    store: &mut Store<ModuleState>,
    grants: &Grants,
    module: &Module,
) -> Result<()> {
    match grants.wasm.unknown_imports {
        Unknown::Trap => linker.define_unknown_imports_as_traps(module)?,
        Unknown::Zero => linker.define_unknown_imports_as_default_values(&mut *store, module)?,
        Unknown::Refused => {}
    }
    let (mut lines, mut all) = (Vec::new(), 0);
    for import in module.imports() {
        if linker.get_by_import(&mut *store, &import).is_none() {
            all += 1;
            if lines.len() < MOST_SHOWN {
                lines.push(format!("`{}::{}`: {}", import.module(), import.name(), advice(import.module())));
            }
        }
    }
    if all == 0 { Ok(()) } else { Err(unlinked::error(&lines, all)) }
}

/// What would give an import from a module of this name.
fn advice(module: &str) -> String {
    match module {
        "wasi_snapshot_preview1" => "WASI preview 1 has no such function".to_owned(),
        "wasi_unstable" => "there is no WASI before preview 1".to_owned(),
        "wasi" => "guests start no threads".to_owned(),
        name => format!("`--preload {name}=FILE` gives what a core module exports"),
    }
}

/// What a module exports, for an error; `advice` where it exports a function.
fn exports(module: &Module, advice: &str) -> String {
    let mut names: Vec<&str> = module.exports().map(|export| export.name()).take(MOST_SHOWN + 1).collect();
    if names.len() > MOST_SHOWN {
        names[MOST_SHOWN] = "…";
    }
    match names.as_slice() {
        [] => "; it exports nothing".to_owned(),
        names => format!("; it exports {}{advice}", names.join(", ")),
    }
}
