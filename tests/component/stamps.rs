//! Resources of another store, and components of another engine: refused, by the name of what is wrong with them.

use crate::engines;
use coracle::component::{Component, InstancePre, Linker, Resource, ResourceAny, ResourceDynamic, ResourceType, Val};
use coracle::{Engine, Error, ErrorKind, Module, Result, Store, Trap};

/// What the host does when it is called.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Host {
    Returns,
    Panics,
    /// An error that is nobody's trap.
    Fails(ErrorKind),
    Traps,
}

/// Of a store: what the host is to do, and which representations its destructors were given.
pub(crate) struct State {
    pub(crate) host: Host,
    destroyed: Vec<u32>,
}

impl State {
    /// Nothing destroyed, and a host that returns.
    pub(crate) fn new() -> Self {
        Self { host: Host::Returns, destroyed: Vec::new() }
    }
}

struct File;
struct Socket;

/// A resource type of the host's, one of the guest's own, and functions that are lent or given either.
pub(crate) const RESOURCES: &str = r#"(component
    (import "file" (type $file (sub resource)))
    (import "dynamic" (type $dynamic (sub resource)))
    (import "destroyed" (func $destroyed (param "rep" u32)))
    (core func $destroyed' (canon lower (func $destroyed)))
    (core module $dtor (import "" "destroyed" (func $destroyed (param i32)))
        (func (export "dtor") (param i32) (call $destroyed (local.get 0))))
    (core instance $dtor (instantiate $dtor (with "" (instance (export "destroyed" (func $destroyed'))))))
    (type $own' (resource (rep i32) (dtor (core func $dtor "dtor"))))
    (export $own "own" (type $own'))
    (core func $new (canon resource.new $own'))
    (core func $drop-own (canon resource.drop $own'))
    (core func $drop (canon resource.drop $file))
    (core func $drop-dynamic (canon resource.drop $dynamic))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "drop-dynamic" (func $drop-dynamic (param i32)))
        (import "" "drop-own" (func $drop-own (param i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "lend-own") (param i32))
        (func (export "give-own") (param i32) (call $drop-own (local.get 0)))
        (func (export "drop-dynamic") (param i32) (call $drop-dynamic (local.get 0)))
        (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "drop" (func $drop)) (export "drop-own" (func $drop-own))
        (export "drop-dynamic" (func $drop-dynamic))))))
    (func (export "make") (param "rep" u32) (result (own $own)) (canon lift (core func $i "make")))
    (func (export "lend-own") (param "x" (borrow $own)) (canon lift (core func $i "lend-own")))
    (func (export "give-own") (param "x" (own $own)) (canon lift (core func $i "give-own")))
    (func (export "lend") (param "x" (borrow $file)) (canon lift (core func $i "drop")))
    (func (export "give") (param "x" (own $file)) (canon lift (core func $i "drop")))
    (func (export "lend-dynamic") (param "x" (borrow $dynamic)) (canon lift (core func $i "drop-dynamic"))))"#;

fn act(host: Host) -> Result<()> {
    match host {
        Host::Returns => Ok(()),
        Host::Panics => panic!("the host's own panic"),
        Host::Fails(kind) => Err(Error::fault(kind, "the host's own error")),
        Host::Traps => Err(Trap::IntegerOverflow.into()),
    }
}

pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>> {
    let mut linker: Linker<State> = Linker::new(engine);
    let mut root = linker.root();
    for (name, ty) in [("file", ResourceType::host::<File>()), ("dynamic", ResourceType::host_dynamic(3))] {
        root.resource(name, ty, |mut store, rep| {
            store.data_mut().destroyed.push(rep);
            act(store.data().host)
        })?;
    }
    root.func_wrap("destroyed", |mut store, (rep,): (u32,)| {
        store.data_mut().destroyed.push(rep);
        act(store.data().host)
    })?;
    root.func_wrap("host", |store, (): ()| act(store.data().host))?;
    Ok(linker)
}

/// A store, with an instance of [`RESOURCES`].
struct Side {
    store: Store<State>,
    instance: coracle::component::Instance,
}

impl Side {
    fn new(engine: &Engine) -> Result<Self> {
        let mut store = Store::new(engine, State::new());
        let component = Component::new(engine, RESOURCES)?;
        let instance = linker(engine)?.instantiate(&mut store, &component)?;
        Ok(Self { store, instance })
    }

    fn make(&mut self, rep: u32) -> Result<ResourceAny> {
        let make = self.instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut self.store, "make")?;
        Ok(make.call(&mut self.store, (rep,))?.0)
    }

    /// Calls a function by its name with a dynamic value.
    fn call(&mut self, name: &str, value: ResourceAny) -> Result<()> {
        let func = self.instance.get_func(&mut self.store, name).expect("it is exported");
        func.call(&mut self.store, &[Val::Resource(value)], &mut [])
    }

    fn lend(&mut self, file: &Resource<File>) -> Result<()> {
        let lend = self.instance.get_typed_func::<(&Resource<File>,), ()>(&mut self.store, "lend")?;
        lend.call(&mut self.store, (file,))
    }

    fn give(&mut self, file: &Resource<File>) -> Result<()> {
        let give = self.instance.get_typed_func::<(&Resource<File>,), ()>(&mut self.store, "give")?;
        give.call(&mut self.store, (file,))
    }

    fn file(&mut self, rep: u32) -> Result<ResourceAny> {
        Resource::<File>::new_own(rep).try_into_resource_any(&mut self.store)
    }
}

type Attempt = fn(&mut Side, &mut Side) -> Result<()>;

/// What is done in the second store with what is of the first.
const FOREIGN: &[(&str, Attempt)] = &[
    ("a guest's, dropped", |one, two| one.make(7)?.resource_drop(&mut two.store)),
    ("a host's, dropped", |one, two| one.file(7)?.resource_drop(&mut two.store)),
    ("a host's, taken", |one, two| Resource::<File>::try_from_resource_any(one.file(7)?, &mut two.store).map(drop)),
    ("a host's, lent", |one, two| {
        let file = one.file(7)?;
        two.call("lend", file)
    }),
    ("a host's, given", |one, two| {
        let file = one.file(7)?;
        two.call("give", file)
    }),
    ("one that was lent before, lent", |one, two| {
        let file = Resource::new_own(7);
        one.lend(&file)?;
        two.lend(&file)
    }),
    ("one that was lent before, given", |one, two| {
        let file = Resource::new_own(7);
        one.lend(&file)?;
        two.give(&file)
    }),
    ("one that was lent before, made dynamic", |one, two| {
        let file = Resource::<File>::new_own(7);
        one.lend(&file)?;
        file.try_into_resource_any(&mut two.store).map(drop)
    }),
    ("a dynamic one that was lent before", |one, two| {
        let lend = |side: &mut Side, file: &ResourceDynamic| {
            let lend = side.instance.get_typed_func::<(&ResourceDynamic,), ()>(&mut side.store, "lend-dynamic")?;
            lend.call(&mut side.store, (file,))
        };
        let file = ResourceDynamic::new_own(7, 3);
        lend(one, &file)?;
        lend(two, &file)
    }),
    ("a dynamic one", |one, two| {
        let any = ResourceDynamic::new_own(7, 3).try_into_resource_any(&mut one.store)?;
        ResourceDynamic::try_from_resource_any(any, &mut two.store).map(drop)
    }),
];

#[test]
fn a_resource_of_another_store_is_refused() -> Result<()> {
    for engine in engines() {
        for (what, attempt) in FOREIGN {
            let (mut one, mut two) = (Side::new(&engine)?, Side::new(&engine)?);
            // Entries of several types, so that whatever number the first store gives is taken in the second.
            let mine = [two.make(100)?, two.file(101)?, two.make(102)?];
            let other = Resource::<Socket>::new_own(103).try_into_resource_any(&mut two.store)?;
            let error = attempt(&mut one, &mut two).expect_err(what);
            assert!(format!("{error:#}").contains("used with the wrong store"), "{what}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Type, "{what}: {error:?}");
            assert!(one.store.data().destroyed.is_empty() && two.store.data().destroyed.is_empty(), "{what}");
            // It was the host's fault: both stores go on, and have all that is theirs.
            one.make(1)?.resource_drop(&mut one.store)?;
            let [own, file, lent] = mine;
            two.call("lend-own", lent)?;
            two.call("give-own", lent)?;
            own.resource_drop(&mut two.store)?;
            assert_eq!(Resource::<File>::try_from_resource_any(file, &mut two.store)?.rep(), 101, "{what}");
            assert_eq!(Resource::<Socket>::try_from_resource_any(other, &mut two.store)?.rep(), 103, "{what}");
            assert_eq!((&*one.store.data().destroyed, &*two.store.data().destroyed), (&[1][..], &[102, 100][..]));
        }
    }
    Ok(())
}

/// A representation is the embedder's own number. Until a store has listed it, it is of none.
#[test]
fn a_representation_is_of_no_store() -> Result<()> {
    for engine in engines() {
        let (mut one, mut two) = (Side::new(&engine)?, Side::new(&engine)?);
        let borrow = Resource::new_borrow(9);
        one.lend(&borrow)?;
        two.lend(&borrow)?;
        let own = Resource::<File>::try_from_resource_any(one.file(8)?, &mut one.store)?;
        two.give(&own)?;
        assert_eq!(two.store.data().destroyed, [8]);
    }
    Ok(())
}

const IMPORTS: &str = r#"(component (import "host" (func)))"#;
const INSTANTIATION: &str = "cross-`Engine` instantiation is not currently supported";
const USAGE: &str = "cross-`Engine` usage is not supported";

#[test]
fn what_is_of_another_engine_is_an_error() -> Result<()> {
    for engine in engines() {
        let other = Engine::default();
        let (mut ours, mut theirs) = (Store::new(&engine, State::new()), Store::new(&other, State::new()));
        let component = Component::new(&engine, IMPORTS)?;
        let foreign = Component::new(&other, IMPORTS)?;
        let linker = linker(&engine)?;
        let pre: InstancePre<State> = linker.instantiate_pre(&component)?;
        let with_module = Component::new(&engine, r#"(component (import "m" (core module)))"#)?;
        let mut modules = linker.clone();
        modules.root().module("m", &Module::new(&other, "(module)")?)?;
        let rows: [(&str, Result<()>, &str); 6] = [
            ("Linker::instantiate_pre", linker.instantiate_pre(&foreign).map(drop), INSTANTIATION),
            ("Linker::instantiate: component", linker.instantiate(&mut ours, &foreign).map(drop), INSTANTIATION),
            ("Linker::instantiate: store", linker.instantiate(&mut theirs, &component).map(drop), USAGE),
            ("substituted_component_type", linker.substituted_component_type(&foreign).map(drop), INSTANTIATION),
            ("InstancePre::instantiate", pre.instantiate(&mut theirs).map(drop), USAGE),
            ("LinkerInstance::module", modules.instantiate_pre(&with_module).map(drop), INSTANTIATION),
        ];
        for (what, result, text) in rows {
            let error = result.expect_err(what);
            assert!(error.chain().any(|link| link.to_string() == text), "{what}: {error:?}");
        }
        pre.instantiate(&mut ours)?;
        linker.clone().define_unknown_imports_as_traps(&foreign)?;
    }
    Ok(())
}
