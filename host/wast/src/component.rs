//! Components of scripts: loading, calling, and their values.

use coracle::component::types::Type;
pub(crate) use coracle::component::{Component, Instance, Linker, Val};
use coracle::error::Context;
use coracle::{Engine, Error, ErrorKind, Result, Store, bail};
use std::rc::Rc;
use wast::component::WastVal;
use wast::core::{NanPattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastInvoke, WastRet};

/// Loads a component in binary form. One that is valid, but uses what cannot be run, is given back as the error that
/// tells so.
pub(crate) fn load(engine: &Engine, bytes: &[u8]) -> Result<Result<Component, Refused>> {
    match Component::from_binary(engine, bytes) {
        Ok(component) => Ok(Ok(component)),
        Err(error) if error.kind() == ErrorKind::Unsupported && Component::validate(engine, bytes).is_ok() => {
            Ok(Err(Refused(error.to_string().into())))
        }
        Err(error) => Err(error),
    }
}

/// Why a valid component cannot be run.
#[derive(Clone)]
pub(crate) struct Refused(Rc<str>);

impl From<&Refused> for Error {
    fn from(refused: &Refused) -> Self {
        Error::msg(refused.0.to_string())
    }
}

/// Calls an exported function.
pub(crate) fn invoke(store: &mut Store<()>, instance: Instance, invoke: &WastInvoke<'_>) -> Result<Vec<Val>> {
    let Some(func) = instance.get_func(&mut *store, invoke.name) else {
        bail!("no function `{}` is exported", invoke.name);
    };
    let ty = func.ty(&*store);
    if ty.params().len() != invoke.args.len() {
        bail!("the function takes {} arguments, the script gives {}", ty.params().len(), invoke.args.len());
    }
    let mut args = Vec::with_capacity(invoke.args.len());
    for ((name, ty), given) in ty.params().zip(&invoke.args) {
        args.push(arg(given, &ty).with_context(|| format!("argument `{name}`"))?);
    }
    let mut results = vec![Val::Bool(false); ty.results().len()];
    func.call(&mut *store, &args, &mut results)?;
    Ok(results)
}

/// An argument as a value. Floats are spelled as in core scripts, and are read as such.
fn arg(value: &WastArg<'_>, ty: &Type) -> Result<Val> {
    match value {
        WastArg::Component(value) => of_type(value, ty),
        WastArg::Core(WastArgCore::F32(x)) => Ok(Val::Float32(f32::from_bits(x.bits))),
        WastArg::Core(WastArgCore::F64(x)) => Ok(Val::Float64(f64::from_bits(x.bits))),
        other => bail!("the script gives {other:?} to a component"),
    }
}

/// Whether a result is what the script expects. Floats are compared by bits, any NaN with any.
pub(crate) fn matches(actual: &Val, expected: &WastRet<'_>) -> bool {
    match (actual, expected) {
        (actual, WastRet::Component(expected)) => same(actual, expected),
        (Val::Float32(a), WastRet::Core(WastRetCore::F32(NanPattern::Value(b)))) => f32_same(*a, b.bits),
        (Val::Float64(a), WastRet::Core(WastRetCore::F64(NanPattern::Value(b)))) => f64_same(*a, b.bits),
        (Val::Float32(a), WastRet::Core(WastRetCore::F32(_))) => a.is_nan(),
        (Val::Float64(a), WastRet::Core(WastRetCore::F64(_))) => a.is_nan(),
        _ => false,
    }
}

/// An argument as a value. The type tells what text alone does not: the place of flags, whether a list is of fixed
/// length.
fn of_type(value: &WastVal<'_>, ty: &Type) -> Result<Val> {
    Ok(match (value, ty) {
        (WastVal::Bool(x), _) => Val::Bool(*x),
        (WastVal::U8(x), _) => Val::U8(*x),
        (WastVal::S8(x), _) => Val::S8(*x),
        (WastVal::U16(x), _) => Val::U16(*x),
        (WastVal::S16(x), _) => Val::S16(*x),
        (WastVal::U32(x), _) => Val::U32(*x),
        (WastVal::S32(x), _) => Val::S32(*x),
        (WastVal::U64(x), _) => Val::U64(*x),
        (WastVal::S64(x), _) => Val::S64(*x),
        (WastVal::F32(x), _) => Val::Float32(f32::from_bits(x.bits)),
        (WastVal::F64(x), _) => Val::Float64(f64::from_bits(x.bits)),
        (WastVal::Char(x), _) => Val::Char(*x),
        (WastVal::String(x), _) => Val::String((*x).to_owned()),
        (WastVal::List(items), Type::List(list)) => {
            Val::List(items.iter().map(|item| of_type(item, &list.ty())).collect::<Result<_>>()?)
        }
        (WastVal::List(items), Type::FixedLengthList(list)) => {
            Val::FixedLengthList(items.iter().map(|item| of_type(item, &list.ty())).collect::<Result<_>>()?)
        }
        (WastVal::Map(entries), Type::Map(map)) => Val::Map(
            entries
                .iter()
                .map(|(k, v)| Ok((of_type(k, &map.key())?, of_type(v, &map.value())?)))
                .collect::<Result<_>>()?,
        ),
        (WastVal::Record(fields), Type::Record(record)) => {
            let types = record.fields();
            if types.len() != fields.len() {
                bail!("the record has {} fields, the script gives {}", types.len(), fields.len());
            }
            Val::Record(
                fields
                    .iter()
                    .zip(types)
                    .map(|((name, value), field)| Ok(((*name).to_owned(), of_type(value, &field.ty)?)))
                    .collect::<Result<_>>()?,
            )
        }
        (WastVal::Tuple(items), Type::Tuple(tuple)) => {
            Val::Tuple(items.iter().zip(tuple.types()).map(|(item, ty)| of_type(item, &ty)).collect::<Result<_>>()?)
        }
        (WastVal::Variant(name, payload), Type::Variant(variant)) => {
            let Some(case) = variant.cases().find(|case| case.name == *name) else {
                bail!("the variant has no case `{name}`");
            };
            Val::Variant((*name).to_owned(), payload_arg(payload.as_deref(), case.ty.as_ref())?)
        }
        (WastVal::Enum(name), _) => Val::Enum((*name).to_owned()),
        (WastVal::Option(value), Type::Option(option)) => {
            Val::Option(payload_arg(value.as_deref(), Some(&option.ty()))?)
        }
        (WastVal::Result(value), Type::Result(result)) => Val::Result(match value {
            Ok(value) => Ok(payload_arg(value.as_deref(), result.ok().as_ref())?),
            Err(value) => Err(payload_arg(value.as_deref(), result.err().as_ref())?),
        }),
        (WastVal::Flags(names), _) => Val::Flags(names.iter().map(|name| (*name).to_owned()).collect()),
        (value, ty) => bail!("the script gives {value:?} where the function takes {}", type_name(ty)),
    })
}

fn payload_arg(value: Option<&WastVal<'_>>, ty: Option<&Type>) -> Result<Option<Box<Val>>> {
    match (value, ty) {
        (Some(value), Some(ty)) => Ok(Some(Box::new(of_type(value, ty)?))),
        (None, _) => Ok(None),
        (Some(_), None) => bail!("the script gives a payload where the type has none"),
    }
}

fn type_name(ty: &Type) -> String {
    format!("{ty:?}")
}

fn same(actual: &Val, expected: &WastVal<'_>) -> bool {
    match (actual, expected) {
        (Val::Bool(a), WastVal::Bool(b)) => a == b,
        (Val::U8(a), WastVal::U8(b)) => a == b,
        (Val::S8(a), WastVal::S8(b)) => a == b,
        (Val::U16(a), WastVal::U16(b)) => a == b,
        (Val::S16(a), WastVal::S16(b)) => a == b,
        (Val::U32(a), WastVal::U32(b)) => a == b,
        (Val::S32(a), WastVal::S32(b)) => a == b,
        (Val::U64(a), WastVal::U64(b)) => a == b,
        (Val::S64(a), WastVal::S64(b)) => a == b,
        (Val::Float32(a), WastVal::F32(b)) => f32_same(*a, b.bits),
        (Val::Float64(a), WastVal::F64(b)) => f64_same(*a, b.bits),
        (Val::Char(a), WastVal::Char(b)) => a == b,
        (Val::String(a), WastVal::String(b)) => a == b,
        (Val::List(a) | Val::FixedLengthList(a), WastVal::List(b)) | (Val::Tuple(a), WastVal::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Val::Map(a), WastVal::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
        }
        (Val::Record(a), WastVal::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Val::Variant(a, x), WastVal::Variant(b, y)) => a == b && payload_matches(x, y),
        (Val::Enum(a), WastVal::Enum(b)) => a == b,
        (Val::Option(a), WastVal::Option(b)) => payload_matches(a, b),
        (Val::Result(Ok(a)), WastVal::Result(Ok(b))) | (Val::Result(Err(a)), WastVal::Result(Err(b))) => {
            payload_matches(a, b)
        }
        (Val::Flags(a), WastVal::Flags(b)) => a.len() == b.len() && b.iter().all(|b| a.iter().any(|a| a == b)),
        _ => false,
    }
}

fn payload_matches(actual: &Option<Box<Val>>, expected: &Option<Box<WastVal<'_>>>) -> bool {
    match (actual, expected) {
        (Some(actual), Some(expected)) => same(actual, expected),
        (None, None) => true,
        _ => false,
    }
}

fn f32_same(actual: f32, expected: u32) -> bool {
    actual.to_bits() == expected || (actual.is_nan() && f32::from_bits(expected).is_nan())
}

fn f64_same(actual: f64, expected: u64) -> bool {
    actual.to_bits() == expected || (actual.is_nan() && f64::from_bits(expected).is_nan())
}
