//! Calls that wait: there is no stack for them, so they give way by returning.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use coracle::component::{Component, Linker as ComponentLinker, ResourceAny, Val as Value};
use coracle::{
    Caller, Engine, Global, GlobalType, Linker, Module, Mutability, Result, Store, StoreContextMut, Trap, Val, ValType,
    bail,
};
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

static COMPONENT: &[u8] = include_bytes!("../guests/waits.wasm");
static MODULE: &[u8] = include_bytes!("../guests/core.wasm");

/// Not ready so many times.
struct Polls(u32);

impl Future for Polls {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The output, and how often the future was not ready.
fn run<R>(future: impl Future<Output = R>) -> (R, u32) {
    let mut future = pin!(future);
    let mut pending = 0;
    loop {
        match poll(future.as_mut()) {
            Poll::Ready(output) => return (output, pending),
            Poll::Pending => pending += 1,
        }
    }
}

fn expect<T: PartialEq + core::fmt::Debug>(what: &str, got: T, want: T) -> Result<()> {
    if got != want {
        bail!("{what}: {got:?} for {want:?}");
    }
    Ok(())
}

fn cannot_wait<T>(what: &str, result: Result<T>) -> Result<()> {
    let trap = result.err().and_then(|error| error.downcast_ref::<Trap>().copied());
    expect(what, trap, Some(Trap::CannotBlockSyncTask))
}

pub(crate) fn modules() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, MODULE)?;
    let mut linker = Linker::<u32>::new(&engine);
    linker.func_wrap_async("", "wait", |mut caller: Caller<'_, u32>, (n,): (i32,)| {
        Box::new(async move {
            Polls(n as u32).await;
            *caller.data_mut() += 1;
            n
        })
    })?;
    let mut store = Store::new(&engine, 0);
    let ty = GlobalType::new(ValType::I32, Mutability::Const);
    for start in [1, 0] {
        let global = Global::new(&mut store, ty.clone(), Val::I32(start))?;
        linker.allow_shadowing(true).define(&store, "", "start", global)?;
        let (instance, _) = run(linker.instantiate_async(&mut store, &module));
        if start == 1 {
            cannot_wait("a start function", instance)?;
            continue;
        }
        let func = instance?.get_typed_func::<i32, i32>(&mut store, "run")?;
        for depth in [0, 1, 30] {
            let (result, pending) = run(func.call_async(&mut store, depth));
            expect("the sum of a module", (result?, pending), (2 + depth, 2 + depth as u32))?;
            let mut results = [Val::I32(0)];
            let (done, pending) = run(func.func().call_async(&mut store, &[Val::I32(depth)], &mut results));
            done?;
            expect("the same as a value", (results[0].unwrap_i32(), pending), (2 + depth, 2 + depth as u32))?;
        }
        expect("calls of the host", *store.data(), 2 * (1 + 2 + 31))?;
        // Dropped, or forgotten, in the middle.
        for forget in [false, true] {
            let mut call = Box::pin(func.call_async(&mut store, 5));
            for _ in 0..3 {
                expect("it waits", poll(call.as_mut()).is_pending(), true)?;
            }
            if forget {
                core::mem::forget(call)
            } else {
                drop(call)
            }
            expect("the next call", run(func.call_async(&mut store, 3)).0?, 5)?;
        }
    }
    Ok(())
}

pub(crate) fn components() -> Result<()> {
    let engine = Engine::default();
    let component = Component::from_static(&engine, COMPONENT)?;
    let mut linker = ComponentLinker::<u32>::new(&engine);
    let mut root = linker.root();
    root.func_wrap_async("wait", |_: StoreContextMut<'_, u32>, (n,): (u32,)| {
        Box::new(async move {
            Polls(n).await;
            Ok((n,))
        })
    })?;
    root.func_new_async("later", |_: StoreContextMut<'_, u32>, _, args, results| {
        Box::new(async move {
            Polls(3).await;
            let Value::String(text) = &args[0] else { bail!("no text") };
            results[0] = Value::String(format!("{text}, later"));
            Ok(())
        })
    })?;
    let mut store = Store::new(&engine, 0);
    let (instance, _) = run(linker.instantiate_async(&mut store, &component));
    let instance = instance?;
    let sum = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let echo = instance.get_typed_func::<(&str,), (String,)>(&mut store, "echo")?;
    for depth in [0, 1, 30] {
        let (result, pending) = run(sum.call_async(&mut store, (depth,)));
        expect("the sum of a component", (result?.0, pending), (2 + depth, 2 + depth))?;
    }
    for _ in 0..3 {
        let (result, pending) = run(echo.call_async(&mut store, ("some text",)));
        expect("a text", (&*result?.0, pending), ("some text, later", 3))?;
        let mut results = [Value::Bool(false)];
        let (done, _) = run(echo.func().call_async(&mut store, &[Value::String("a value".into())], &mut results));
        done?;
        expect("a text as a value", &results[0], &Value::String("a value, later".into()))?;
    }
    let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make")?;
    let (resource,) = run(make.call_async(&mut store, (7,))).0?;
    cannot_wait("a destructor", run(resource.resource_drop_async(&mut store)).0)?;
    // Broken off: another instance is well, and one whose call is dropped is not.
    let instance = run(linker.instantiate_async(&mut store, &component)).0?;
    let sum = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let mut call = Box::pin(sum.call_async(&mut store, (5,)));
    expect("it waits", poll(call.as_mut()).is_pending(), true)?;
    drop(call);
    let error = run(sum.call_async(&mut store, (0,))).0.map(|_| ()).map_err(|error| error.downcast_ref().copied());
    expect("a call that was dropped", error, Err(Some(Trap::CannotEnterComponent)))
}
