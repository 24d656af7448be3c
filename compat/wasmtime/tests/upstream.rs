//! Upstream's WASI, as an async host has it: components and modules wait for clocks and streams while others run.

use std::time::Duration;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Module, Result, Store, TierPolicy};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};

const HELLO: &str = "../../tests/guests/hello/hello.wasm";

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

fn engines() -> Vec<Engine> {
    let tiers = [TierPolicy::Off, TierPolicy::Background, TierPolicy::Sync(1), TierPolicy::Eager];
    let engine = |tier| Engine::new(Config::new().tier_policy(tier)).expect("an engine");
    tiers.into_iter().map(engine).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Runs the guest in a store of its own; gives what it printed.
async fn hello(linker: Linker<State>, component: Component) -> Result<Vec<u8>> {
    let stdout = MemoryOutputPipe::new(4096);
    let wasi = WasiCtx::builder().stdout(stdout.clone()).arg("hello").build();
    let mut store = Store::new(linker.engine(), State { wasi, table: ResourceTable::new() });
    let command = Command::instantiate_async(&mut store, &component, &linker).await?;
    assert!(command.wasi_cli_run().call_run(&mut store).await?.is_ok());
    Ok(stdout.contents().into())
}

/// Several at once, each as a task that may go on on another thread.
#[test]
fn components_run_side_by_side() -> Result<()> {
    let expected = std::fs::read("../../tests/guests/hello/expected.txt").expect("it is committed");
    for engine in engines() {
        let component = Component::from_file(&engine, HELLO)?;
        let mut linker = Linker::<State>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        block_on(async {
            let task = |_| tokio::spawn(hello(linker.clone(), component.clone()));
            for task in (0..4).map(task).collect::<Vec<_>>() {
                assert_eq!(task.await.expect("no panic")?, expected);
            }
            wasmtime::error::Ok(())
        })?;
    }
    Ok(())
}

/// Waits a while, then ends with a code: `poll_oneoff` with one clock, and `proc_exit`.
const SLEEPER: &str = r#"(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 20000000))
        (if (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)) (then unreachable))
        (call $exit (i32.const 7))))"#;

#[test]
fn modules_wait_and_exit() -> Result<()> {
    for engine in engines() {
        let module = Module::new(&engine, SLEEPER)?;
        let mut linker = wasmtime::Linker::<WasiP1Ctx>::new(&engine);
        wasmtime_wasi::p1::add_to_linker_async(&mut linker, |wasi| wasi)?;
        let mut store = Store::new(&engine, WasiCtx::builder().build_p1());
        let began = std::time::Instant::now();
        let error = block_on(async {
            let instance = linker.instantiate_async(&mut store, &module).await?;
            instance.get_typed_func::<(), ()>(&mut store, "_start")?.call_async(&mut store, ()).await
        });
        let error = error.expect_err("it exits");
        assert_eq!(error.downcast_ref::<I32Exit>().map(|exit| exit.0), Some(7), "{error:?}");
        assert!(began.elapsed() >= Duration::from_millis(20));
    }
    Ok(())
}

/// A guest that waits is given up by its host, and the store is as good as new for another one.
#[test]
fn a_wait_is_given_up() -> Result<()> {
    let engine = Engine::default();
    let forever = SLEEPER.replace("20000000", "1000000000000");
    let (forever, short) = (Module::new(&engine, forever)?, Module::new(&engine, SLEEPER)?);
    let mut linker = wasmtime::Linker::<WasiP1Ctx>::new(&engine);
    wasmtime_wasi::p1::add_to_linker_async(&mut linker, |wasi| wasi)?;
    let mut store = Store::new(&engine, WasiCtx::builder().build_p1());
    block_on(async {
        let start =
            linker.instantiate_async(&mut store, &forever).await?.get_typed_func::<(), ()>(&mut store, "_start")?;
        let given_up = tokio::time::timeout(Duration::from_millis(20), start.call_async(&mut store, ())).await;
        assert!(given_up.is_err());
        let start =
            linker.instantiate_async(&mut store, &short).await?.get_typed_func::<(), ()>(&mut store, "_start")?;
        assert!(start.call_async(&mut store, ()).await.expect_err("it exits").is::<I32Exit>());
        Ok(())
    })
}
