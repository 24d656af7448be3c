//! The store without a tier: a stand-in interpreter runs Rust functions in place of bodies, by their export's name.
#![allow(unsafe_code)] // Stands in for a tier.

use crate::engine::{Engine, EngineParts, Settings};
use crate::host_func::HostFunc;
use crate::module::Module;
use crate::raw::RawVal;
use crate::store::instantiate::instantiate_module;
use crate::store::value::Value;
use crate::store::*;
use crate::tier::builtin::{GROW_FAILED, Gate, TRAPPED};
use crate::tier::{ArrayEntry, Interpreter, LoopHead, OpOffsets, Slot, Status, Stubs, TierStrategy, VmCtx, VmStore};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::bail;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::{DefinedFuncIndex, EntityRef};
use coracle_image::module::{Bytes, EntityIndex, FuncType, ValType};
use coracle_image::parse::features::Trust;
use coracle_image::parse::module::parse_module;

struct Toy;

impl Interpreter for Toy {
    fn entry(&self) -> ArrayEntry {
        toy
    }
    fn resume(&self) -> crate::tier::ResumeEntry {
        unreachable!("the toy leaves no frames")
    }
    fn stubs(&self) -> Stubs {
        Stubs { lazy: core::ptr::dangling_mut(), foreign: core::ptr::dangling_mut() }
    }
    fn make_code(&self, _: &Module, _: DefinedFuncIndex) -> Option<*mut ()> {
        None
    }
    fn op_offsets(&self, _: &Module, _: DefinedFuncIndex) -> Option<OpOffsets> {
        None
    }
    fn drop_code(&self, _: *mut ()) {}
    fn print_code(&self, _: &Module, _: DefinedFuncIndex) -> Result<String> {
        Ok(String::new())
    }
    fn loop_head(&self, _: &Module, _: DefinedFuncIndex, _: u32) -> Option<LoopHead> {
        None
    }
}

/// The toy keeps nothing of the store's.
struct Kept(*mut VmCtx);

impl Gate for Kept {
    fn publish(&mut self) -> *mut VmCtx {
        self.0
    }
    fn reload(&mut self) {}
}

/// Runs what an export's name says.
unsafe extern "C" fn toy(
    slot: *const Slot,
    ctx: *mut VmCtx,
    store: *mut VmStore,
    _: *mut VmCtx,
    cells: *mut RawVal,
) -> Status {
    // SAFETY: called by the tests below as the array convention says.
    unsafe {
        let module = Module::of_slot(&*slot).unwrap();
        let is_it =
            |item: &EntityIndex| matches!(*item, EntityIndex::Func(f) if module.defined(f) == Some((*slot).func()));
        let name = &module.data().exports.iter().find(|(_, item)| is_it(item)).unwrap().0;
        let run = &*(*store).builtins;
        let arg = |i: usize| (*cells.add(i)).u64();
        let result = |value: u64| {
            *cells = RawVal::from_u64(value);
            if value == TRAPPED { Status::Trap } else { Status::Done }
        };
        match &**name {
            "grow" => result(run.memory_grow(&mut Kept(ctx), 0, arg(0))),
            "copy" => (run.memory_copy)(ctx, 0, 0, arg(0), arg(1), arg(2)),
            "fill" => (run.memory_fill)(ctx, 0, arg(0), arg(1) as u32, arg(2)),
            "init" => (run.memory_init)(ctx, 0, 1, arg(0), arg(1) as u32, arg(2) as u32),
            "drop" => {
                (run.data_drop)(ctx, 1);
                Status::Done
            }
            "table_grow" => result(run.table_grow(&mut Kept(ctx), 0, arg(0), 0)),
            "table_init" => (run.table_init)(ctx, 0, 0, arg(0), arg(1) as u32, arg(2) as u32),
            "notify" => result((run.atomic_notify)(ctx, 0, arg(0), 1)),
            "wait" => result(run.atomic_wait32(&mut Kept(ctx), 0, arg(0), 0, 1)),
            "throw" => (run.throw)(ctx, 0, cells),
            "import" => {
                let import = &*VmCtx::at::<crate::tier::VmFuncRef>(ctx, module.layout().func_ref(0));
                (*import.slot).enter(import.callee, store, ctx, cells)
            }
            "fuel" => {
                (*store).fuel -= 10;
                if (*store).fuel < 0 { run.out_of_fuel(&mut Kept(ctx)) } else { Status::Done }
            }
            "epoch" => run.new_epoch(&mut Kept(ctx)),
            _ => Status::Done,
        }
    }
}

fn engine() -> Engine {
    let settings = Settings { fuel: true, ..Settings::default() };
    Engine::from_parts(EngineParts {
        interpreter: alloc::boxed::Box::new(Toy),
        compiler: None,
        strategy: TierStrategy::interpreter_alone(),
        settings,
    })
}

fn module(engine: &Engine, text: &str) -> Result<Module> {
    let bytes = wat::parse_str(text).unwrap();
    Module::from_bytes(engine, Bytes::Shared(Arc::from(bytes)))
}

fn store(engine: &Engine) -> Store<u32> {
    Store::new(engine, 0)
}

fn call(store: &mut Store<u32>, instance: InstanceId, name: &str, args: &[Value]) -> Result<Vec<Value>> {
    let mut context = store.as_context_mut();
    let inner = context.inner();
    let Some(RawExtern::Func(func)) = inner.instance_export(instance, name) else { bail!("no function {name}") };
    inner.call_values(func, args)
}

fn number(values: Result<Vec<Value>>) -> i64 {
    match values.as_deref() {
        Ok([Value::I64(v)]) => *v,
        Ok([Value::I32(v)]) => *v as i64,
        other => panic!("{other:?}"),
    }
}

fn trap_of(result: Result<Vec<Value>>) -> Option<Trap> {
    result.err().and_then(|error| error.downcast_ref::<Trap>().copied())
}

fn host(
    engine: &Engine,
    params: &[ValType],
    results: &[ValType],
    f: impl Fn(&mut crate::store::host::HostCall<'_>) -> Result<()> + Send + Sync + 'static,
) -> HostFunc {
    // SAFETY: the tests leave what they say.
    unsafe { HostFunc::new(engine, FuncType { params: params.into(), results: results.into() }, f) }
}

const MEMORY: &str = r#"(module $m
    (import "" "g" (global $g i32))
    (memory (export "mem") 1 3)
    (table (export "tab") 3 5 funcref)
    (global (export "sum") i32 (i32.add (i32.mul (global.get $g) (i32.const 3)) (i32.const 4)))
    (data (i32.const 10) "hello")
    (data "passive")
    (elem (i32.const 1) $f)
    (func $f (export "grow") (param i64) (result i64) unreachable)
    (func (export "copy") (param i64 i64 i64))
    (func (export "fill") (param i64 i64 i64))
    (func (export "init") (param i64 i64 i64))
    (func (export "drop"))
    (func (export "table_grow") (param i64) (result i64) unreachable)
    (func (export "table_init") (param i64 i64 i64))
    (func (export "notify") (param i64) (result i64) unreachable)
    (func (export "wait") (param i64) (result i64) unreachable)
    (func (export "fuel"))
    (func (export "epoch"))
    (func $only_called)
)"#;

fn memory_instance(store: &mut Store<u32>) -> Result<InstanceId> {
    let module = module(&store.engine().clone(), MEMORY)?;
    let mut context = store.as_context_mut();
    let inner = context.inner();
    let ty = coracle_image::module::GlobalType { content: ValType::I32, mutable: false };
    let global = RawExtern::Global(inner.new_global(ty, &Value::I32(5))?);
    instantiate_module(inner, &module, &[global])
}

#[test]
fn parsing_keeps_ranges_names_and_escapes() -> Result<()> {
    let engine = engine();
    let module = module(&engine, MEMORY)?;
    let data = module.data();
    assert_eq!((data.imports.len(), data.bodies.len(), data.escaping.len()), (1, 12, 11));
    let core::ops::Range { start, end } = data.datas[coracle_image::entity::DataIndex::new(1)].range;
    assert_eq!(&data.bytes.as_slice()[start as usize..end as usize], b"passive");
    assert_eq!(data.name.as_deref(), Some("m"));
    assert_eq!(module.func_name(coracle_image::entity::FuncIndex::new(11)), Some("only_called"));
    assert_eq!(module.func_name(coracle_image::entity::FuncIndex::new(1)), None);
    Ok(())
}

#[test]
fn bad_input_is_told_by_kind_and_offset() {
    let engine = engine();
    let fail = |text: &str| module(&engine, text).map(|_| ()).unwrap_err();
    let error = fail("(module (func (result i32) i64.const 0))");
    assert!(error.kind() == ErrorKind::Invalid && error.offset().is_some(), "{error}");
    let error = fail("(component)");
    assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains("component"), "{error}");
    let error = fail("(module (type (struct (field i32))))");
    assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("garbage collection"), "{error}");
    let error = fail("(module (type $t (func (param (ref null $t)))))");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let error = fail("(module (rec (type (func)) (type (func))))");
    assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("garbage collection"), "{error}");
    let error = fail("(module (type $t (func)) (func (param funcref) (drop (ref.test (ref $t) (local.get 0)))))");
    assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("garbage collection"), "{error}");
    // Constant expressions may read what the module defined before.
    assert!(module(&engine, "(module (global $a i32 (i32.const 1)) (global i32 (global.get $a)))").is_ok());
    let bytes = wat::parse_str(MEMORY).unwrap();
    for end in 0..bytes.len() {
        let cut = parse_module(&engine.settings().features, Bytes::Shared(Arc::from(&bytes[..end])), Trust::None);
        // What ends between two sections may be a whole module.
        assert!(cut.as_ref().map_or_else(|e| e.kind() == ErrorKind::Invalid, |_| end >= 8), "{end}: {cut:?}");
    }
    let zeros =
        parse_module(&engine.settings().features, Bytes::Shared(Arc::from(alloc::vec![0; 1 << 20])), Trust::None);
    assert_eq!(zeros.unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn instances_are_initialised_and_views_checked() -> Result<()> {
    let mut store = store(&engine());
    let instance = memory_instance(&mut store)?;
    let mut context = store.as_context_mut();
    let inner = context.inner();
    let Some(RawExtern::Memory(memory)) = inner.instance_export(instance, "mem") else { panic!() };
    assert_eq!(&inner.memory(memory).data()[8..17], b"\0\0hello\0\0");
    assert_eq!(inner.memory_mut(memory).write(65_535, &[1, 2]), Err(Trap::MemoryOutOfBounds));
    assert_eq!(inner.memory(memory).read(usize::MAX, &mut [0; 2]), Err(Trap::MemoryOutOfBounds));
    let Some(RawExtern::Global(global)) = inner.instance_export(instance, "sum") else { panic!() };
    assert!(matches!(inner.global_value(global), Value::I32(19)));
    assert_eq!(inner.set_global_value(global, &Value::I32(1)).unwrap_err().kind(), ErrorKind::Type);
    let Some(RawExtern::Table(table)) = inner.instance_export(instance, "tab") else { panic!() };
    assert!(matches!(inner.table_value(table, 0), Some(Value::Func(None))));
    assert!(matches!(inner.table_value(table, 1), Some(Value::Func(Some(_)))));
    assert!(inner.table_value(table, 3).is_none());
    assert!(inner.fill_table_value(table, 2, &Value::Func(None), 2).is_err());
    assert_eq!(inner.fill_table_value(table, 0, &Value::Extern(None), 1).unwrap_err().kind(), ErrorKind::Type);
    Ok(())
}

#[test]
fn bulk_operations_check_their_bounds() -> Result<()> {
    let mut store = store(&engine());
    store.set_fuel(1 << 20)?;
    let instance = memory_instance(&mut store)?;
    let mut run = |name: &str, args: [i64; 3]| call(&mut store, instance, name, &args.map(Value::I64)).map(|_| ());
    let trap = |result: Result<()>| result.err().and_then(|error| error.downcast_ref::<Trap>().copied());
    run("init", [100, 1, 3])?;
    run("copy", [101, 100, 3])?;
    run("fill", [200, 0x141, 2])?;
    assert_eq!(trap(run("init", [65_534, 0, 3])), Some(Trap::MemoryOutOfBounds));
    assert_eq!(trap(run("init", [0, 5, 3])), Some(Trap::MemoryOutOfBounds));
    assert_eq!(trap(run("copy", [-1, 0, 2])), Some(Trap::MemoryOutOfBounds));
    assert_eq!(trap(run("fill", [65_536, 0, 1])), Some(Trap::MemoryOutOfBounds));
    run("fill", [65_536, 0, 0])?;
    assert_eq!(trap(run("table_init", [0, 0, 1])), Some(Trap::TableOutOfBounds));
    run("table_init", [3, 0, 0])?;
    call(&mut store, instance, "drop", &[])?;
    let gone = call(&mut store, instance, "init", &[Value::I64(0), Value::I64(0), Value::I64(1)]);
    assert_eq!(trap_of(gone), Some(Trap::MemoryOutOfBounds));
    let mut context = store.as_context_mut();
    let Some(RawExtern::Memory(memory)) = context.inner().instance_export(instance, "mem") else { panic!() };
    let data = context.inner().memory(memory).data();
    assert_eq!((&data[100..105], &data[199..203]), (&b"aass\0"[..], &b"\0AA\0"[..]));
    Ok(())
}

struct Limits {
    bytes: usize,
    failed: usize,
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        assert_eq!(maximum, Some(3 << 16));
        Ok(desired <= self.bytes)
    }
    fn memory_grow_failed(&mut self, _: Error) -> Result<()> {
        self.failed += 1;
        Ok(())
    }
    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if desired == 5 { bail!("not five") } else { Ok(true) }
    }
}

#[test]
fn growth_asks_the_limiter() -> Result<()> {
    let mut typed = Store::new(&engine(), Limits { bytes: 2 << 16, failed: 0 });
    typed.limiter(|data| data);
    typed.set_fuel(1 << 20)?;
    let module = module(&typed.engine().clone(), MEMORY)?;
    let mut context = typed.as_context_mut();
    let inner = context.inner();
    let ty = coracle_image::module::GlobalType { content: ValType::I32, mutable: false };
    let global = RawExtern::Global(inner.new_global(ty, &Value::I32(5))?);
    let instance = instantiate_module(inner, &module, &[global])?;
    let mut grow = |name: &str, by: i64| {
        let Some(RawExtern::Func(func)) = inner.instance_export(instance, name) else { panic!() };
        inner.call_values(func, &[Value::I64(by)])
    };
    let failed = GROW_FAILED as i64;
    assert_eq!(number(grow("grow", 1)), 1);
    assert_eq!(number(grow("grow", 1)), failed);
    assert_eq!(number(grow("grow", 2)), failed);
    assert_eq!(number(grow("grow", -1)), failed);
    assert_eq!(number(grow("grow", 0)), 2);
    assert_eq!(number(grow("table_grow", 1)), 3);
    assert_eq!(grow("table_grow", 1).unwrap_err().to_string(), "not five");
    assert_eq!(number(grow("table_grow", 9)), failed);
    assert_eq!(typed.data().failed, 2);
    Ok(())
}

#[test]
fn imports_that_do_not_fit_are_told_by_name() -> Result<()> {
    let engine = engine();
    let mut store = store(&engine);
    let module = module(&engine, r#"(module (import "env" "f" (func (param i32))) (import "env" "m" (memory 2 4)))"#)?;
    let mut context = store.as_context_mut();
    let inner = context.inner();
    let right = inner.bind_host_func(&host(&engine, &[ValType::I32], &[], |_| Ok(())), core::ptr::null_mut()).unwrap();
    let wrong = inner.bind_host_func(&host(&engine, &[], &[], |_| Ok(())), core::ptr::null_mut()).unwrap();
    let mut memory = |min, max| {
        let ty = coracle_image::module::MemoryType { min, max, page_size_log2: 16, memory64: false, shared: false };
        inner.define_memory(ty).map(RawExtern::Memory)
    };
    let (fits, too_small, no_max) = (memory(3, Some(4))?, memory(1, Some(4))?, memory(2, None)?);
    let mut fail =
        |imports: &[RawExtern]| alloc::format!("{:#}", instantiate_module(inner, &module, imports).unwrap_err());
    assert_eq!(fail(&[]), "expected 2 imports, found 0");
    let text = fail(&[RawExtern::Func(wrong), fits]);
    let wanted = "incompatible import type for `env::f`: types incompatible: expected type `(func (param i32))`, found \
                  type `(func)`";
    assert_eq!(text, wanted);
    assert!(fail(&[fits, fits]).ends_with("expected func, but found memory"));
    let wanted = "expected memory limits (min: 2, max: 4) doesn't match provided memory limits (min: 1, max: 4)";
    assert!(fail(&[RawExtern::Func(right), too_small]).ends_with(wanted));
    assert!(fail(&[RawExtern::Func(right), no_max]).ends_with("memory limits (min: 2, max: none)"));
    instantiate_module(inner, &module, &[RawExtern::Func(right), fits])?;
    Ok(())
}

#[test]
fn segments_out_of_bounds_trap_after_what_came_before() -> Result<()> {
    let engine = engine();
    let mut store = store(&engine);
    let text = r#"(module (import "" "m" (memory 1)) (data (i32.const 0) "x") (data (i32.const 65535) "yz"))"#;
    let module = module(&engine, text)?;
    let mut context = store.as_context_mut();
    let inner = context.inner();
    let ty =
        coracle_image::module::MemoryType { min: 1, max: None, page_size_log2: 16, memory64: false, shared: false };
    let memory = inner.define_memory(ty)?;
    let error = instantiate_module(inner, &module, &[RawExtern::Memory(memory)]).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
    assert_eq!(inner.memory(memory).data()[0], b'x');
    Ok(())
}

const IMPORT: &str = r#"(module
    (import "" "f" (func $f (param i32) (result i32)))
    (tag $t (export "tag") (param i32))
    (func (export "import") (param i32) (result i32) unreachable)
    (func (export "throw") (param i32) (result i32) unreachable))"#;

fn import_instance(
    store: &mut Store<u32>,
    f: impl Fn(&mut crate::store::host::HostCall<'_>) -> Result<()> + Send + Sync + 'static,
) -> Result<InstanceId> {
    let engine = store.engine().clone();
    let module = module(&engine, IMPORT)?;
    let func = host(&engine, &[ValType::I32], &[ValType::I32], f);
    let mut context = store.as_context_mut();
    let func = context.inner().bind_host_func(&func, core::ptr::null_mut()).unwrap();
    instantiate_module(context.inner(), &module, &[RawExtern::Func(func)])
}

#[test]
fn errors_and_panics_of_the_host_come_out_as_they_went_in() -> Result<()> {
    let mut store = store(&engine());
    let instance = import_instance(&mut store, |call| match call.cells[0].i32() {
        0 => bail!("host says no"),
        1 => panic!("host falls"),
        2 => Err(Trap::UnreachableCodeReached.into()),
        n => {
            assert!(call.caller().is_some());
            call.cells[0] = RawVal::from_i32(n + 1);
            Ok(())
        }
    })?;
    assert_eq!(number(call(&mut store, instance, "import", &[Value::I32(41)])), 42);
    let error = call(&mut store, instance, "import", &[Value::I32(0)]).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "host says no");
    let error = call(&mut store, instance, "import", &[Value::I32(2)]);
    assert_eq!(trap_of(error), Some(Trap::UnreachableCodeReached));
    let top = store.as_context_mut().inner().vm.get().stack_top;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = call(&mut store, instance, "import", &[Value::I32(1)]);
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"host falls"));
    let mut context = store.as_context_mut();
    let vm = context.inner().vm.get();
    assert_eq!((vm.stack_top, vm.host_depth), (top, 0));
    assert_eq!(number(call(&mut store, instance, "import", &[Value::I32(41)])), 42);
    Ok(())
}

#[test]
fn nested_entries_are_bounded() -> Result<()> {
    let mut store = store(&engine());
    let instance = import_instance(&mut store, |call| {
        let instance = call.caller().unwrap();
        let mut context = StoreContextMut::<u32>::of(call.store.inner_mut());
        *context.data_mut() += 1;
        let inner = context.inner();
        let Some(RawExtern::Func(func)) = inner.instance_export(instance, "import") else { panic!() };
        let n = call.cells[0].i32();
        if n > 0 {
            inner.call_values(func, &[Value::I32(n - 1)])?;
        }
        Ok(())
    })?;
    call(&mut store, instance, "import", &[Value::I32(50)])?;
    assert_eq!(*store.data(), 51);
    let deep = trap_of(call(&mut store, instance, "import", &[Value::I32(i32::MAX)]));
    assert_eq!(deep, Some(Trap::StackOverflow));
    assert_eq!(store.as_context_mut().inner().vm.get().host_depth, 0);
    Ok(())
}

#[test]
fn exceptions_leave_as_traps_and_pass_through_the_host() -> Result<()> {
    let mut store = store(&engine());
    let instance = import_instance(&mut store, |call| {
        let instance = call.caller().unwrap();
        let Some(RawExtern::Func(throw)) = call.store.inner().instance_export(instance, "throw") else { panic!() };
        call.store.inner_mut().call_values(throw, &[Value::I32(7)]).map(|_| ())
    })?;
    for name in ["throw", "import"] {
        let error = call(&mut store, instance, name, &[Value::I32(7)]).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UncaughtException));
        let mut context = store.as_context_mut();
        let inner = context.inner();
        let exception = inner.task.thrown.take().unwrap();
        let (tag, args) = inner.exception_parts(exception).unwrap();
        assert_eq!(inner.instance_export(instance, "tag"), Some(RawExtern::Tag(tag)));
        assert!(matches!(args[..], [Value::I32(7)]));
    }
    Ok(())
}

#[test]
fn fuel_and_epochs_end_in_their_traps() -> Result<()> {
    let mut store = store(&engine());
    let instance = memory_instance(&mut store)?;
    store.set_fuel(25)?;
    for left in [15, 5] {
        call(&mut store, instance, "fuel", &[])?;
        assert_eq!(store.get_fuel()?, left);
    }
    assert_eq!(trap_of(call(&mut store, instance, "fuel", &[])), Some(Trap::OutOfFuel));
    store.set_fuel(u64::MAX)?;
    assert_eq!(store.get_fuel()?, u64::MAX);
    assert_eq!(trap_of(call(&mut store, instance, "epoch", &[])), Some(Trap::Interrupt));
    store.epoch_deadline_callback(|mut context| {
        *context.data_mut() += 1;
        if *context.data() < 3 { Ok(UpdateDeadline::Continue(1)) } else { bail!("enough") }
    });
    call(&mut store, instance, "epoch", &[])?;
    call(&mut store, instance, "epoch", &[])?;
    assert_eq!(call(&mut store, instance, "epoch", &[]).unwrap_err().root_cause().to_string(), "enough");
    assert_eq!(store.into_data(), 3);
    Ok(())
}

#[test]
fn waits_need_a_shared_memory() -> Result<()> {
    let mut store = store(&engine());
    let instance = memory_instance(&mut store)?;
    assert_eq!(trap_of(call(&mut store, instance, "wait", &[Value::I64(8)])), Some(Trap::AtomicWaitNonSharedMemory));
    assert_eq!(trap_of(call(&mut store, instance, "notify", &[Value::I64(2)])), Some(Trap::HeapMisaligned));
    assert_eq!(number(call(&mut store, instance, "notify", &[Value::I64(8)])), 0);
    assert_eq!(trap_of(call(&mut store, instance, "notify", &[Value::I64(1 << 16)])), Some(Trap::MemoryOutOfBounds));
    Ok(())
}

#[test]
#[should_panic(expected = "wrong store")]
fn a_handle_of_another_store_is_refused() {
    let engine = engine();
    let (mut one, mut two) = (store(&engine), store(&engine));
    let func = host(&engine, &[], &[], |_| Ok(()));
    let func = one.as_context_mut().inner().bind_host_func(&func, core::ptr::null_mut()).unwrap();
    let _ = two.as_context_mut().inner().call_values(func, &[]);
}

/// Function types live as long as what uses them: a module, a host function, something in a store.
#[test]
fn signatures_are_released() -> Result<()> {
    let engine = engine();
    let interned = || engine.signatures().len();
    // Each refused module has types of its own.
    for round in 0..50 {
        let params = "i64 ".repeat(round + 1);
        assert!(module(&engine, &alloc::format!("(module (type (func (param {params}))) (func (call 7)))")).is_err());
    }
    assert_eq!(interned(), 0);
    let kept = module(&engine, "(module (type $t (func (param i64))) (type (func (param (ref null $t)))))")?;
    assert_eq!(interned(), 2);
    let func = host(&engine, &[ValType::I64], &[ValType::I32], |_| Ok(()));
    assert_eq!(interned(), 3);
    let mut store = store(&engine);
    let sig = engine.intern(FuncType { params: [ValType::F64].into(), results: [].into() })?;
    store.as_context_mut().inner().new_tag(sig.id()).unwrap();
    drop((kept, sig));
    assert_eq!(interned(), 2, "the host function's, and the tag's");
    drop((store, func));
    assert_eq!(interned(), 0);
    Ok(())
}
