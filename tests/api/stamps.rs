//! What belongs to another store or to another engine: refused, each by the name of what is wrong with it.
//!
//! One table for errors and one for panics: where Wasmtime's function returns what it makes and not a `Result`, there is
//! nothing to return an error in, and its documentation promises the panic.

use crate::engines;
use coracle::{
    AsContextMut, Engine, Error, ErrorKind, ExnRef, ExnRefPre, ExnType, ExternRef, ExternType, Func, FuncType, Global,
    GlobalType, HeapType, Instance, InstancePre, Linker, MemoryType, Module, Mutability, Ref, RefType, Result, Rooted,
    SharedMemory, Store, Table, TableType, Tag, TagType, ThrownException, Trap, Val, ValType,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

const INSTANTIATION: &str = "cross-`Engine` instantiation is not currently supported";
const USAGE: &str = "cross-`Engine` usage is not supported";
const IMPORTS: &str = r#"(module (import "a" "b" (func)))"#;

/// Two engines, with a store and all that is handed around of each.
struct Side {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    module: Module,
    pre: InstancePre<()>,
    tag: Tag,
    ty: FuncType,
}

impl Side {
    fn new(engine: Engine) -> Result<Self> {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("a", "b", || {})?;
        let module = Module::new(&engine, IMPORTS)?;
        let ty = FuncType::new(&engine, [ValType::I32], []);
        let tag = Tag::new(&mut store, &TagType::new(ty.clone()))?;
        Ok(Self { pre: linker.instantiate_pre(&module)?, engine, store, linker, module, tag, ty })
    }

    /// References to functions of this side's type.
    fn reference(&self) -> RefType {
        RefType::new(true, HeapType::ConcreteFunc(self.ty.clone()))
    }

    fn exception(&mut self) -> Result<Rooted<ExnRef>> {
        let pre = ExnRefPre::new(&mut self.store, ExnType::new(&self.engine, [ValType::I32])?);
        ExnRef::new(&mut self.store, &pre, &self.tag, &[Val::I32(7)])
    }
}

type Attempt = fn(&mut Side, &mut Side) -> Result<()>;

/// What is done with something of the second engine, and what the error says.
const ERRORS: &[(&str, Attempt, &str)] = &[
    ("Instance::new", |one, two| Instance::new(&mut one.store, &two.module, &[]).map(drop), INSTANTIATION),
    ("Linker::instantiate_pre", |one, two| one.linker.instantiate_pre(&two.module).map(drop), INSTANTIATION),
    (
        "Linker::instantiate: module",
        |one, two| one.linker.instantiate(&mut one.store, &two.module).map(drop),
        INSTANTIATION,
    ),
    ("Linker::instantiate: store", |one, two| one.linker.instantiate(&mut two.store, &one.module).map(drop), USAGE),
    ("Linker::module", |one, two| one.linker.module(&mut one.store, "m", &two.module).map(drop), INSTANTIATION),
    ("InstancePre::instantiate", |one, two| one.pre.instantiate(&mut two.store).map(drop), USAGE),
    (
        "InstancePre::instantiate without imports",
        |one, two| {
            let empty = Module::new(&one.engine, "(module)")?;
            one.linker.instantiate_pre(&empty)?.instantiate(&mut two.store).map(drop)
        },
        USAGE,
    ),
    (
        "Linker::define",
        |one, two| {
            let item = Func::wrap(&mut two.store, || {});
            one.linker.allow_shadowing(true).define(&two.store, "a", "b", item)?;
            one.linker.instantiate_pre(&one.module).map(drop)
        },
        "cross-`Engine` instantiation is not currently supported: the item provided for `a::b` belongs to a different \
         engine than the module being instantiated",
    ),
    (
        "SharedMemory as an import",
        |one, two| {
            let module = Module::new(&one.engine, r#"(module (import "a" "m" (memory 1 2 shared)))"#)?;
            let memory = SharedMemory::new(&two.engine, MemoryType::shared(1, 2))?;
            Instance::new(&mut one.store, &module, &[memory.into()]).map(drop)
        },
        "cross-`Store` instantiation is not currently supported",
    ),
    (
        "SharedMemory in a linker",
        |one, two| {
            let module = Module::new(&one.engine, r#"(module (import "a" "m" (memory 1 2 shared)))"#)?;
            let memory = SharedMemory::new(&two.engine, MemoryType::shared(1, 2))?;
            one.linker.define(&one.store, "a", "m", memory)?;
            one.linker.instantiate_pre(&module)?.instantiate(&mut one.store).map(drop)
        },
        "cross-`Store` instantiation is not currently supported",
    ),
    (
        "Global::new",
        |one, two| {
            let ty = GlobalType::new(ValType::Ref(two.reference()), Mutability::Var);
            Global::new(&mut one.store, ty, Val::FuncRef(None)).map(drop)
        },
        "a global's type is of another engine",
    ),
    (
        "Table::new",
        |one, two| Table::new(&mut one.store, TableType::new(two.reference(), 1, None), Ref::Func(None)).map(drop),
        "a table's type is of another engine",
    ),
    (
        "Tag::new",
        |one, two| Tag::new(&mut one.store, &TagType::new(two.ty.clone())).map(drop),
        "a tag needs a function type of its engine without results",
    ),
    (
        "FuncType::default_value",
        |one, two| ExternType::from(two.ty.clone()).default_value(&mut one.store).map(drop),
        "a function type of another engine was used",
    ),
    (
        "ExnRefPre of another engine",
        |one, two| {
            let pre = ExnRefPre::new(&mut one.store, ExnType::new(&two.engine, [ValType::I32])?);
            ExnRef::new(&mut one.store, &pre, &one.tag, &[Val::I32(1)]).map(drop)
        },
        "an exception type of another engine was used",
    ),
    (
        "ExnRefPre of another store",
        |one, _| {
            let mut other = Store::new(&one.engine, ());
            let pre = ExnRefPre::new(&mut other, ExnType::new(&one.engine, [ValType::I32])?);
            ExnRef::new(&mut one.store, &pre, &one.tag, &[Val::I32(1)]).map(drop)
        },
        "an `ExnRefPre` of another store was used",
    ),
    (
        "a value of an exception",
        |one, two| {
            let ty = ExnType::new(&one.engine, [ValType::EXTERNREF])?;
            let tag = Tag::new(&mut one.store, &ty.tag_type())?;
            let pre = ExnRefPre::new(&mut one.store, ty);
            let value = ExternRef::new(&mut two.store, 1)?;
            ExnRef::new(&mut one.store, &pre, &tag, &[value.into()]).map(drop)
        },
        "value used with wrong store",
    ),
];

/// What is done with something of the second engine, and what the panic says.
const PANICS: &[(&str, Attempt, &str)] = &[
    (
        "Func::new",
        |one, two| {
            let _ = Func::new(&mut one.store, two.ty.clone(), |_, _, _| Ok(()));
            Ok(())
        },
        "a function type of another engine was used",
    ),
    (
        "Linker::func_new",
        |one, two| one.linker.func_new("c", "d", two.ty.clone(), |_, _, _| Ok(())).map(drop),
        "a function type of another engine was used",
    ),
    (
        "Linker::module: store",
        |one, two| one.linker.module(&mut two.store, "m", &one.module).map(drop),
        "different engines for this linker and the store provided",
    ),
    (
        "Linker::get",
        |one, two| one.linker.get(&mut two.store, "a", "b").map(drop),
        "cannot use a store with a different engine than a host function was created with",
    ),
    (
        "Tag::ty",
        |one, two| {
            let _ = two.tag.ty(&one.store);
            Ok(())
        },
        "object used with the wrong store",
    ),
    (
        "Store::throw",
        |one, two| {
            let exception = two.exception()?;
            one.store.throw::<()>(exception)
        },
        "object used with the wrong store",
    ),
];

#[test]
fn what_is_of_another_engine_is_an_error() -> Result<()> {
    for (what, attempt, text) in ERRORS {
        for engine in engines(|_| {}) {
            let (mut one, mut two) = (Side::new(engine)?, Side::new(Engine::default())?);
            let outcome = catch_unwind(AssertUnwindSafe(|| attempt(&mut one, &mut two)));
            let error = outcome.unwrap_or_else(|_| panic!("{what}: a panic")).expect_err(what);
            assert!(error.chain().any(|link| link.to_string() == *text), "{what}: {error:?}");
            // Nothing came of it: both go on.
            one.pre.instantiate(&mut one.store)?;
            two.pre.instantiate(&mut two.store)?;
        }
    }
    Ok(())
}

#[test]
fn where_there_is_no_error_to_return_it_is_a_panic() -> Result<()> {
    for (what, attempt, text) in PANICS {
        let (mut one, mut two) = (Side::new(Engine::default())?, Side::new(Engine::default())?);
        let panic = catch_unwind(AssertUnwindSafe(|| attempt(&mut one, &mut two))).expect_err(what);
        let told = panic.downcast_ref::<&str>().map(ToString::to_string);
        let told = told.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        assert_eq!(told, *text, "{what}");
    }
    Ok(())
}

#[test]
fn an_exception_of_another_store_is_not_thrown() -> Result<()> {
    for engine in engines(|_| {}) {
        // The numbers of references in both stores overlap: what is an exception here is a value of the host's there.
        let mut theirs = Side::new(engine.clone())?;
        let exception = theirs.exception()?;
        let thrown: Error = theirs.store.throw::<()>(exception).unwrap_err();
        assert!(thrown.is::<ThrownException>());
        let thrown = *thrown.downcast_ref::<ThrownException>().expect("it was thrown");

        let mut ours = Side::new(engine.clone())?;
        ExternRef::new(&mut ours.store, "a value of the host's".to_string())?;
        let throw = Func::wrap(&mut ours.store, move || -> Result<()> { Err(thrown.into()) });
        let wat = r#"(module
            (import "" "throw" (func $throw))
            (func (export "caught") (result i32)
                (block $caught (result exnref)
                    (try_table (catch_all_ref $caught) (call $throw))
                    (return (i32.const 0)))
                (drop)
                (i32.const 1))
            (func (export "not") (call $throw)))"#;
        let it = Instance::new(&mut ours.store, &Module::new(&engine, wat)?, &[throw.into()])?;
        let caught = it.get_typed_func::<(), i32>(&mut ours.store, "caught")?;
        let not = it.get_typed_func::<(), ()>(&mut ours.store, "not")?;
        for _ in 0..3 {
            let error = caught.call(&mut ours.store, ()).expect_err("a guest caught what is of another store");
            assert!(format!("{error:#}").contains("an exception of another store"), "{error:?}");
            let error = not.call(&mut ours.store, ()).unwrap_err();
            assert!(format!("{error:#}").contains("an exception of another store"), "{error:?}");
            assert!(error.downcast_ref::<Trap>() != Some(&Trap::UncaughtException), "{error:?}");
            assert!(!ours.store.as_context_mut().has_pending_exception());
        }
        assert!(theirs.store.has_pending_exception());
        assert!(!ErrorKind::Bug.eq(&not.call(&mut ours.store, ()).unwrap_err().kind()));
    }
    Ok(())
}
