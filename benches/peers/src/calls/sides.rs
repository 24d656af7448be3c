//! One source for both runtimes: their APIs have the same shape. What links two components is each runtime's own.

use crate::calls::{LIBRARY, Run, Shape, Way, text};
use anyhow::{Result, anyhow, bail};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Defines a module that drives the runtime `$rt`; `$link` joins a library and a driver that imports it.
macro_rules! side {
    ($name:ident, $rt:ident, $link:ident) => {
        pub(crate) mod $name {
            use super::*;
            use $rt::component::{
                Component, ComponentType, Instance, Lift, Linker, Lower, Resource, ResourceAny, ResourceType,
            };
            use $rt::{Engine, Store, StoreContextMut};

            /// An error of this runtime with all its causes.
            pub(crate) fn foreign(error: $rt::Error) -> anyhow::Error {
                anyhow!("{error:?}")
            }

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

            /// What one row measures, in an engine.
            pub(super) fn run(engine: &Engine, way: Way, shape: Shape, length: u32) -> Result<Run> {
                let component = Component::new(engine, wat::parse_str(text(way))?).map_err(foreign)?;
                let mut linker = Linker::<()>::new(engine);
                if matches!(way, Way::IntoHost | Way::Linked) {
                    define(&mut linker).map_err(foreign)?;
                }
                if matches!(way, Way::MayWait | Way::Awaited | Way::ThereAndBack) {
                    return waiting(engine, way, &component, length);
                }
                if way == Way::Instantiate {
                    let (engine, pre) = (engine.clone(), linker.instantiate_pre(&component).map_err(foreign)?);
                    return Ok(Box::new(move |n| {
                        for _ in 0..n {
                            pre.instantiate(&mut Store::new(&engine, ())).map_err(foreign)?;
                        }
                        Ok(n.wrapping_mul(length))
                    }));
                }
                let mut store = Store::new(engine, ());
                let instance = match way {
                    Way::Linked => {
                        let library = Component::new(engine, wat::parse_str(LIBRARY)?).map_err(foreign)?;
                        $link(&library, &component, linker, &mut store)
                    }
                    _ => linker.instantiate(&mut store, &component),
                };
                let instance = instance.map_err(foreign)?;
                match way {
                    Way::IntoGuest => into_guest(store, &instance, shape, length).map_err(foreign),
                    _ => {
                        let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, shape.func());
                        let func = func.map_err(foreign)?;
                        Ok(Box::new(move |n| Ok(func.call(&mut store, (n, length)).map_err(foreign)?.0)))
                    }
                }
            }

            /// The same by calls that may wait.
            fn waiting(engine: &Engine, way: Way, component: &Component, length: u32) -> Result<Run> {
                let (mut linker, mut store) = (Linker::<()>::new(engine), Store::new(engine, ()));
                if way != Way::MayWait {
                    define(&mut linker).map_err(foreign)?;
                    let mut api = linker.allow_shadowing(true).instance("api").map_err(foreign)?;
                    let waited = api
                        .func_wrap_async("flat", |_: StoreContextMut<'_, ()>, (a, _, _): (u32, u64, f64)| {
                            Box::new(async move { Ok((a,)) })
                        });
                    waited.map_err(foreign)?;
                }
                let instance = ready(linker.instantiate_async(&mut store, component))?.map_err(foreign)?;
                if way == Way::MayWait {
                    let func = instance.get_typed_func::<(u32, u64, f64), (u32,)>(&mut store, "flat");
                    let func = func.map_err(foreign)?;
                    return Ok(Box::new(move |n| {
                        let mut sum = 0_u32;
                        for _ in 0..n {
                            let (value,) = ready(func.call_async(&mut store, (42, 8, 0.5)))?.map_err(foreign)?;
                            sum = sum.wrapping_add(value);
                        }
                        Ok(sum)
                    }));
                }
                let func = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "flat").map_err(foreign)?;
                Ok(Box::new(move |n| {
                    let (times, each) = if way == Way::Awaited { (1, n) } else { (n, 1) };
                    let mut sum = 0_u32;
                    for _ in 0..times {
                        let (value,) = ready(func.call_async(&mut store, (each, length)))?.map_err(foreign)?;
                        sum = sum.wrapping_add(value);
                    }
                    Ok(sum)
                }))
            }

            fn define(linker: &mut Linker<()>) -> $rt::Result<()> {
                let mut api = linker.instance("api")?;
                api.resource("r", ResourceType::host::<Host>(), |_, _| Ok(()))?;
                api.func_wrap("flat", |_, (a, _, _): (u32, u64, f64)| Ok((a,)))?;
                api.func_wrap("text", |_, (text,): (String,)| Ok((text.len() as u32,)))?;
                api.func_wrap("bytes", |_, (bytes,): (Vec<u8>,)| Ok((bytes.len() as u32,)))?;
                api.func_wrap("record", |_, (record,): (Record,)| Ok((record.d.len() as u32,)))?;
                api.func_wrap("make", |_, (): ()| Ok((Resource::<Host>::new_own(42),)))?;
                api.func_wrap("get", |_, (resource,): (Resource<Host>,)| Ok((resource.rep(),)))
            }

            fn into_guest(mut store: Store<()>, instance: &Instance, shape: Shape, length: u32) -> $rt::Result<Run> {
                /// `n` calls with one argument.
                macro_rules! calls {
                    ($ty:ty, $args:expr) => {{
                        let func = instance.get_typed_func::<$ty, (u32,)>(&mut store, shape.func())?;
                        Box::new(move |n| {
                            let mut sum = 0_u32;
                            for _ in 0..n {
                                sum = sum.wrapping_add(func.call(&mut store, $args).map_err(foreign)?.0);
                            }
                            Ok(sum)
                        })
                    }};
                }
                // A typed function names the lifetime of what it borrows; the arguments are there to the end.
                let letters: &'static str = "x".repeat(length as usize).leak();
                Ok(match shape {
                    Shape::Flat => calls!((u32, u64, f64), (42, 8, 0.5)),
                    Shape::Text => calls!((&str,), (letters,)),
                    Shape::Bytes => calls!((&[u8],), (letters.as_bytes(),)),
                    Shape::Record => {
                        let record = Record { a: 7, b: 8, c: 0.5, d: letters.to_owned() };
                        let record: &'static Record = Box::leak(Box::new(record));
                        calls!((&Record,), (record,))
                    }
                    Shape::Borrow => {
                        let make = instance.get_typed_func::<(), (ResourceAny,)>(&mut store, "make")?;
                        let (resource,) = make.call(&mut store, ())?;
                        calls!((ResourceAny,), (resource,))
                    }
                })
            }
        }
    };
}

/// The output of a future that is ready when it is polled.
#[inline(always)]
fn ready<R>(future: impl Future<Output = R>) -> Result<R> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => bail!("it waits"),
    }
}

side!(our_side, coracle, linked);
side!(their_side, wasmtime, handed_on);

/// The library as the instance that the driver imports.
fn linked(
    library: &coracle::component::Component,
    driver: &coracle::component::Component,
    mut linker: coracle::component::Linker<()>,
    store: &mut coracle::Store<()>,
) -> coracle::Result<coracle::component::Instance> {
    let library = linker.instantiate_pre(library)?;
    let exports = library.component().root().index();
    linker.allow_shadowing(true).root().export("api", &library, exports)?;
    linker.instantiate(store, driver)
}

/// Functions of the host that call the library with the values that they are given.
fn handed_on(
    library: &wasmtime::component::Component,
    driver: &wasmtime::component::Component,
    mut linker: wasmtime::component::Linker<()>,
    store: &mut wasmtime::Store<()>,
) -> wasmtime::Result<wasmtime::component::Instance> {
    let library = linker.instantiate(&mut *store, library)?;
    let mut api = linker.allow_shadowing(true).instance("api")?;
    for shape in [Shape::Flat, Shape::Text, Shape::Bytes, Shape::Record] {
        let func = library.get_func(&mut *store, shape.func()).expect("the library exports it");
        api.func_new(shape.func(), move |store, _, params, results| func.call(store, params, results))?;
    }
    linker.instantiate(store, driver)
}

/// Coracle.
pub(crate) mod ours {
    use super::{Result, Run, Shape, Way, our_side};
    use coracle::{Config, Engine, TierPolicy};

    fn with(policy: TierPolicy, way: Way, shape: Shape, length: u32) -> Result<Run> {
        let engine = Engine::new(Config::new().tier_policy(policy)).map_err(our_side::foreign)?;
        our_side::run(&engine, way, shape, length)
    }

    /// The interpreter alone.
    pub(crate) fn interp(way: Way, shape: Shape, length: u32) -> Result<Run> {
        with(TierPolicy::Off, way, shape, length)
    }

    /// Native code from the first call on.
    pub(crate) fn native(way: Way, shape: Shape, length: u32) -> Result<Run> {
        with(TierPolicy::Eager, way, shape, length)
    }
}

/// wasmtime.
pub(crate) mod theirs {
    use super::{Result, Run, Shape, Way, their_side};
    use wasmtime::{Config, Engine};

    /// The interpreter, fed by the optimising compiler.
    pub(crate) fn pulley(way: Way, shape: Shape, length: u32) -> Result<Run> {
        their_side::run(&Engine::new(Config::new().target("pulley64")?)?, way, shape, length)
    }

    /// Native code of the optimising compiler.
    pub(crate) fn cranelift(way: Way, shape: Shape, length: u32) -> Result<Run> {
        their_side::run(&Engine::default(), way, shape, length)
    }
}
