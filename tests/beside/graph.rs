//! Three components of the corpus, linked at run time, print what the same three print that were composed by a tool;
//! ignored where the corpus is not there.

use crate::place::shared;
use coracle::component::{Component, InstancePre, Linker, Resource, ResourceType, Val};
use coracle::{Config, Engine, Result, Store, StoreContextMut, TierPolicy};

/// What the components have printed.
type Printed = Vec<u8>;

/// An output stream.
struct Out;

/// An input stream.
struct In;

fn component(engine: &Engine, name: &str) -> Result<Component> {
    Component::from_file(engine, shared("corpus").join(name).join(format!("{name}.wasm")))
}

/// As much of WASI as a program needs that prints: standard streams, no directory, and an environment.
fn wasi(engine: &Engine, environment: &'static [(&str, &str)]) -> Result<Linker<Printed>> {
    let mut linker = Linker::new(engine);
    linker.instance("wasi:cli/environment@0.2.6")?.func_wrap("get-environment", |_, ()| {
        Ok((environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>(),))
    })?;
    linker.instance("wasi:cli/stdin@0.2.6")?.func_wrap("get-stdin", |_, ()| Ok((Resource::<In>::new_own(0),)))?;
    linker.instance("wasi:cli/stdout@0.2.6")?.func_wrap("get-stdout", |_, ()| Ok((Resource::<Out>::new_own(1),)))?;
    linker.instance("wasi:cli/stderr@0.2.6")?.func_wrap("get-stderr", |_, ()| Ok((Resource::<Out>::new_own(2),)))?;
    linker.instance("wasi:filesystem/preopens@0.2.6")?.func_new("get-directories", |_, _, _, results| {
        results[0] = Val::List(Vec::new());
        Ok(())
    })?;
    let mut streams = linker.instance("wasi:io/streams@0.2.6")?;
    streams.resource("output-stream", ResourceType::host::<Out>(), |_, _| Ok(()))?;
    streams.resource("input-stream", ResourceType::host::<In>(), |_, _| Ok(()))?;
    let ok = |value: Option<Val>| Val::Result(Ok(value.map(Box::new)));
    let names = ["check-write", "write", "flush", "blocking-flush", "blocking-write-and-flush"];
    for name in names {
        let method = move |mut store: StoreContextMut<'_, Printed>, _, params: &[Val], results: &mut [Val]| {
            let Val::Resource(stream) = params[0] else { panic!("a method has a resource: {params:?}") };
            stream.resource_drop(&mut store)?;
            if let Some(Val::List(bytes)) = params.get(1) {
                store.data_mut().extend(bytes.iter().map(|byte| match byte {
                    Val::U8(byte) => *byte,
                    other => panic!("no byte: {other:?}"),
                }));
            }
            results[0] = ok((name == "check-write").then_some(Val::U64(1 << 20)));
            Ok(())
        };
        streams.func_new(&format!("[method]output-stream.{name}"), method)?;
    }
    Ok(linker)
}

/// What a linked component's `run` prints.
fn run(pre: &InstancePre<Printed>) -> Result<String> {
    let mut store = Store::new(pre.engine(), Printed::new());
    let instance = pre.instantiate(&mut store)?;
    let run = pre.component().root().child("wasi:cli/run@0.2.6")?.child("run")?.index();
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, run)?;
    assert_eq!(run.call(&mut store, ())?, (Ok(()),));
    Ok(String::from_utf8(store.into_data()).expect("text"))
}

/// The three, linked.
fn linked(engine: &Engine, environment: &'static [(&str, &str)]) -> Result<InstancePre<Printed>> {
    let mut below: Option<InstancePre<Printed>> = None;
    for name in ["rs-rich-leaf", "rs-rich-mid", "rs-rich-driver"] {
        let component = component(engine, name)?;
        let mut linker = wasi(engine, environment)?;
        if let Some(below) = &below {
            linker.link(below)?;
        }
        linker.define_unknown_imports_as_traps(&component)?;
        below = Some(linker.instantiate_pre(&component)?);
    }
    Ok(below.expect("three components"))
}

fn composed(engine: &Engine, environment: &'static [(&str, &str)]) -> Result<InstancePre<Printed>> {
    let component = component(engine, "rs-rich-composed")?;
    let mut linker = wasi(engine, environment)?;
    linker.define_unknown_imports_as_traps(&component)?;
    linker.instantiate_pre(&component)
}

pub(crate) fn linked_is_as_composed() {
    for tier in [TierPolicy::Off, TierPolicy::Background, TierPolicy::Sync(50)] {
        let mut config = Config::new();
        config.tier_policy(tier);
        let engine = Engine::new(&config).expect("the settings fit together");
        for (environment, file) in [(&[][..], "expected.0.stdout"), (&[("LIGHT", "1")][..], "expected.1.stdout")] {
            let want = std::fs::read_to_string(shared("corpus").join("rs-rich-composed").join(file)).expect("a text");
            for pre in [composed(&engine, environment), linked(&engine, environment)] {
                let printed = pre.and_then(|pre| run(&pre)).unwrap_or_else(|error| panic!("{tier:?}: {error:?}"));
                assert_eq!(printed, want, "{tier:?} {file}");
            }
        }
    }
}
