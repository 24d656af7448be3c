//! ns per call of a component's function: host to guest, guest to host, guest to guest; each shape of value; with types
//! that are known when the program is compiled, and with `Val`s.
//!
//! The guests are those of `benches/peers`. A guest that calls does so in a loop of its own, so what the host takes to
//! start it is in none of the figures.

use crate::{POLICIES, engine};
use coracle::component::{
    Component, ComponentType, Instance, Lift, Linker, Lower, Resource, ResourceAny, ResourceType, Val,
};
use coracle::{Engine, Store, StoreContextMut, TierPolicy};
use criterion::Criterion;
use std::time::Instant;

const LIBRARY: &str = include_str!("../support/calls/library.wat");
const DRIVER: &str = include_str!("../support/calls/driver.wat");

/// Names of shapes, the functions that take them, and the lengths of what they take.
const SHAPES: [(&str, &str, u32); 6] = [
    ("flat", "flat", 42),
    ("string_12B", "text", 12),
    ("string_1KiB", "text", 1 << 10),
    ("list_1MiB", "bytes", 1 << 20),
    ("record", "record", 12),
    ("resource", "get", 42),
];

/// What `record` takes.
#[derive(ComponentType, Lift, Lower, Clone)]
#[component(record)]
struct Record {
    a: u32,
    b: u64,
    c: f64,
    d: String,
}

/// What the host's resource stands for.
struct Host;

/// Makes so many calls.
type Run = Box<dyn FnMut(u64) -> coracle::Result<()>>;

fn typed_host(linker: &mut Linker<()>) -> coracle::Result<()> {
    let mut api = linker.instance("api")?;
    api.resource("r", ResourceType::host::<Host>(), |_, _| Ok(()))?;
    api.func_wrap("flat", |_, (a, _, _): (u32, u64, f64)| Ok((a,)))?;
    api.func_wrap("text", |_, (text,): (String,)| Ok((text.len() as u32,)))?;
    api.func_wrap("bytes", |_, (bytes,): (Vec<u8>,)| Ok((bytes.len() as u32,)))?;
    api.func_wrap("record", |_, (record,): (Record,)| Ok((record.d.len() as u32,)))?;
    api.func_wrap("make", |_, (): ()| Ok((Resource::<Host>::new_own(42),)))?;
    api.func_wrap("get", |_, (resource,): (Resource<Host>,)| Ok((resource.rep(),)))
}

fn dynamic_host(linker: &mut Linker<()>) -> coracle::Result<()> {
    /// The length of what a call was given, or the number that it was given.
    fn measure(store: StoreContextMut<'_, ()>, value: &Val) -> coracle::Result<u32> {
        Ok(match value {
            Val::U32(value) => *value,
            Val::String(text) => text.len() as u32,
            Val::List(items) => items.len() as u32,
            Val::Record(fields) => match fields.last() {
                Some((_, Val::String(text))) => text.len() as u32,
                _ => 0,
            },
            Val::Resource(any) => Resource::<Host>::try_from_resource_any(*any, store)?.rep(),
            _ => 0,
        })
    }
    let mut api = linker.instance("api")?;
    api.resource("r", ResourceType::host::<Host>(), |_, _| Ok(()))?;
    for name in ["flat", "text", "bytes", "record", "get"] {
        api.func_new(name, |store, _, arguments, results| {
            results[0] = Val::U32(measure(store, &arguments[0])?);
            Ok(())
        })?;
    }
    api.func_new("make", |store, _, _, results| {
        results[0] = Val::Resource(Resource::<Host>::new_own(42).try_into_resource_any(store)?);
        Ok(())
    })
}

/// The host calls, with types.
fn into_typed(mut store: Store<()>, instance: &Instance, func: &str, length: u32) -> coracle::Result<Run> {
    /// Calls with one argument.
    macro_rules! calls {
        ($ty:ty, $args:expr) => {{
            let func = instance.get_typed_func::<$ty, (u32,)>(&mut store, func)?;
            Box::new(move |n| {
                for _ in 0..n {
                    func.call(&mut store, $args)?;
                }
                Ok(())
            })
        }};
    }
    // A typed function names the lifetime of what it borrows; the arguments are there to the end.
    let letters: &'static str = "x".repeat(length as usize).leak();
    Ok(match func {
        "flat" => calls!((u32, u64, f64), (42, 8, 0.5)),
        "text" => calls!((&str,), (letters,)),
        "bytes" => calls!((&[u8],), (letters.as_bytes(),)),
        "record" => {
            let record: &'static Record = Box::leak(Box::new(Record { a: 7, b: 8, c: 0.5, d: letters.to_owned() }));
            calls!((&Record,), (record,))
        }
        _ => {
            let make = instance.get_typed_func::<(), (ResourceAny,)>(&mut store, "make")?;
            let (resource,) = make.call(&mut store, ())?;
            calls!((ResourceAny,), (resource,))
        }
    })
}

/// The host calls, with `Val`s.
fn into_dynamic(mut store: Store<()>, instance: &Instance, func: &str, length: u32) -> coracle::Result<Run> {
    let letters = "x".repeat(length as usize);
    let arguments = match func {
        "flat" => vec![Val::U32(42), Val::U64(8), Val::Float64(0.5)],
        "text" => vec![Val::String(letters)],
        "bytes" => vec![Val::List(letters.bytes().map(Val::U8).collect())],
        "record" => {
            let fields =
                [("a", Val::U32(7)), ("b", Val::U64(8)), ("c", Val::Float64(0.5)), ("d", Val::String(letters))];
            vec![Val::Record(fields.map(|(name, value)| (name.to_owned(), value)).to_vec())]
        }
        _ => {
            let make = instance.get_typed_func::<(), (ResourceAny,)>(&mut store, "make")?;
            vec![Val::Resource(make.call(&mut store, ())?.0)]
        }
    };
    let func = instance.get_func(&mut store, func).expect("it is exported");
    let mut results = [Val::U32(0)];
    Ok(Box::new(move |n| {
        for _ in 0..n {
            func.call(&mut store, &arguments, &mut results)?;
        }
        Ok(())
    }))
}

/// A guest calls what its linker has, or another guest.
fn from_guest(engine: &Engine, text: &str, linker: &Linker<()>, func: &str, length: u32) -> coracle::Result<Run> {
    let component = Component::new(engine, text)?;
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, func)?;
    Ok(Box::new(move |n| func.call(&mut store, (u32::try_from(n).unwrap_or(u32::MAX), length)).map(drop)))
}

/// Both guests in one component.
fn joined() -> String {
    let funcs: String = ["flat", "text", "bytes", "record", "get"]
        .map(|func| format!("(export \"{func}\" (func $d \"{func}\"))\n"))
        .concat();
    format!(
        "(component\n{LIBRARY}\n{DRIVER}\n(instance $l (instantiate $library))\n\
         (instance $d (instantiate $driver (with \"api\" (instance $l))))\n{funcs})"
    )
}

/// What one bench calls.
fn make(engine: &Engine, way: &str, func: &str, length: u32) -> coracle::Result<Run> {
    let mut linker = Linker::new(engine);
    match way {
        "host_to_guest_typed" | "host_to_guest_val" => {
            let component = Component::new(engine, LIBRARY)?;
            let mut store = Store::new(engine, ());
            let instance = linker.instantiate(&mut store, &component)?;
            let into = if way == "host_to_guest_typed" { into_typed } else { into_dynamic };
            into(store, &instance, func, length)
        }
        "guest_to_host_typed" => {
            typed_host(&mut linker)?;
            from_guest(engine, DRIVER, &linker, func, length)
        }
        "guest_to_host_val" => {
            dynamic_host(&mut linker)?;
            from_guest(engine, DRIVER, &linker, func, length)
        }
        _ => from_guest(engine, &joined(), &linker, func, length),
    }
}

/// All ways, shapes and policies; in the background is as at load, once warm.
pub(crate) fn calls(c: &mut Criterion) {
    let ways =
        ["host_to_guest_typed", "host_to_guest_val", "guest_to_host_typed", "guest_to_host_val", "guest_to_guest"];
    for (policy, tiers) in POLICIES.iter().filter(|(_, tiers)| *tiers != TierPolicy::Background) {
        let engine = engine(*tiers);
        for way in ways {
            for (shape, func, length) in SHAPES {
                let mut run = make(&engine, way, func, length).expect("the guests fit together");
                c.bench_function(&format!("calls/{way}/{shape}/{policy}_ns"), |b| {
                    b.iter_custom(|n| {
                        let start = Instant::now();
                        run(n).expect("it does not trap");
                        start.elapsed()
                    });
                });
            }
        }
    }
}
