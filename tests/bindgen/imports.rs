//! Imports: under labels, told apart by the host, and in the body of a function.

use coracle::component::{Component, ComponentType, HasSelf, Lift, Linker, Lower, Resource, flags};
use coracle::{Result, Store};

/// Two imports of one interface, and `run`, which asks both.
const TWO: &str = r#"
    (component
        (import "primary" (implements "a:b/store") (instance $p (export "get" (func (param "n" u32) (result u32)))))
        (import "backup" (implements "a:b/store") (instance $b (export "get" (func (param "n" u32) (result u32)))))
        (core func $p (canon lower (func $p "get")))
        (core func $b (canon lower (func $b "get")))
        (core module $m
            (import "" "p" (func $p (param i32) (result i32)))
            (import "" "b" (func $b (param i32) (result i32)))
            (func (export "run") (result i32)
                (i32.add (call $p (i32.const 1)) (call $b (i32.const 2)))))
        (core instance $i (instantiate $m (with "" (instance (export "p" (func $p)) (export "b" (func $b))))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))
"#;

/// Bindings for two imports of one interface, with more options.
macro_rules! two {
    ($($options:tt)*) => {
        coracle::component::bindgen!({
            inline: "
                package a:b;
                interface store { get: func(n: u32) -> u32; }
                world w {
                    import primary: store;
                    import backup: store;
                    export run: func() -> u32;
                }
            ",
            $($options)*
        });
    };
}

mod labelled {
    two! { named_imports: { "a:b/store": std::string::String } }
}

struct Plain;
impl labelled::a::b::store::Host for Plain {
    fn get(&mut self, n: u32) -> u32 {
        10 * n
    }
}

#[derive(Default)]
struct Told(Vec<(String, u32)>);
impl labelled::named_imports::a::b::store::Host for Told {
    fn get(&mut self, id: String, n: u32) -> u32 {
        self.0.push((id, n));
        n
    }
}

#[test]
fn one_interface_under_two_labels() -> Result<()> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, TWO)?;
    let mut linker = Linker::new(&engine);
    labelled::W::add_to_linker::<_, HasSelf<Plain>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Plain);
    assert_eq!(labelled::W::instantiate(&mut store, &component, &linker)?.call_run(&mut store)?, 30);
    Ok(())
}

#[test]
fn the_host_tells_imports_apart() -> Result<()> {
    use labelled::named_imports::a::b::store;
    let engine = crate::engine()?;
    let component = Component::new(&engine, TWO)?;
    let mut linker = Linker::new(&engine);
    let lookup = |name: &str| -> Result<String> { Ok(name.to_uppercase()) };
    store::add_to_linker::<_, HasSelf<Told>>(&mut linker, &component, lookup, |host| host)?;
    let mut store = Store::new(&engine, Told::default());
    assert_eq!(labelled::W::instantiate(&mut store, &component, &linker)?.call_run(&mut store)?, 3);
    assert_eq!(store.data().0, [("PRIMARY".into(), 1), ("BACKUP".into(), 2)]);
    Ok(())
}

#[test]
fn bindings_in_the_body_of_a_function() -> Result<()> {
    coracle::component::bindgen!({
        inline: "
            package fun:body;
            interface types { record point { x: u32 } resource thing; }
            interface user { use types.{point, thing}; go: func(p: point, t: borrow<thing>) -> point; }
            world in-body {
                use types.{point};
                import user;
                import log: func(p: point);
                export user;
            }
        ",
        imports: { default: trappable },
    });
    struct Host;
    impl fun::body::types::Host for Host {}
    impl fun::body::types::HostThing for Host {
        fn drop(&mut self, _: Resource<fun::body::types::Thing>) -> Result<()> {
            Ok(())
        }
    }
    impl fun::body::user::Host for Host {
        fn go(&mut self, p: Point, _: Resource<fun::body::types::Thing>) -> Result<Point> {
            Ok(p)
        }
    }
    impl InBodyImports for Host {
        fn log(&mut self, _: Point) -> Result<()> {
            Ok(())
        }
    }
    let mut linker = Linker::new(&crate::engine()?);
    InBody::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)
}

mod with_anyhow {
    two! { imports: { default: trappable }, anyhow: true }
}

#[derive(Debug, PartialEq)]
struct TooMany(u32);

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is too many", self.0)
    }
}

impl std::error::Error for TooMany {}

/// Gives so many, and fails for more with an error of `anyhow`'s.
struct Limit(u32);

impl with_anyhow::a::b::store::Host for Limit {
    fn get(&mut self, n: u32) -> coracle::anyhow::Result<u32> {
        if n > self.0 { Err(coracle::anyhow::Error::new(TooMany(n)).context("asked for")) } else { Ok(n) }
    }
}

#[test]
fn hosts_fail_with_errors_of_anyhow() -> Result<()> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, TWO)?;
    let mut linker = Linker::new(&engine);
    with_anyhow::W::add_to_linker::<_, HasSelf<Limit>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Limit(2));
    assert_eq!(with_anyhow::W::instantiate(&mut store, &component, &linker)?.call_run(&mut store)?, 3);
    let mut store = Store::new(&engine, Limit(1));
    let error = with_anyhow::W::instantiate(&mut store, &component, &linker)?.call_run(&mut store).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&TooMany(2)));
    Ok(())
}

mod derived {
    use std::hash::Hash as Hashed;
    coracle::component::bindgen!({
        inline: "
            package a:b;
            interface api { enum e { a, b } }
            world w {
                use api.{e};
                record pair { x: u32, y: u32 }
                enum side { a, b }
                import log: func(p: pair, e: e, o: side);
            }
        ",
        additional_derives: [Eq, PartialEq, PartialOrd, Ord, std::hash::Hash],
    });
    coracle::component::bindgen!({
        inline: "package c:d; world v { record single { x: u32 } import log: func(s: single); }",
        additional_derives: [Hashed],
    });
}

#[test]
fn derives_are_named_as_beside_the_macro() {
    use derived::{E, Pair, Side, Single};
    fn hash(it: impl std::hash::Hash) -> u64 {
        std::hash::BuildHasher::hash_one(&std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::new(), it)
    }
    assert!(Pair { x: 1, y: 2 } < Pair { x: 1, y: 3 } && E::A < E::B && Side::A < Side::B);
    assert_eq!(hash(Single { x: 1 }), hash(1u32));
}

mod interfaces {
    // Two of these beside each other have no name in common.
    coracle::component::bindgen!({ interfaces: "import one: interface { get: func() -> u8; }" });
    coracle::component::bindgen!({ interfaces: "import two: interface { get: func() -> u8; }" });
}

#[test]
fn interfaces_beside_interfaces() -> Result<()> {
    struct Host;
    impl interfaces::one::Host for Host {
        fn get(&mut self) -> u8 {
            1
        }
    }
    impl interfaces::two::Host for Host {
        fn get(&mut self) -> u8 {
            2
        }
    }
    let mut linker = Linker::new(&crate::engine()?);
    interfaces::one::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    interfaces::two::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)
}

/// A record of nothing; components have none, but programs for Wasmtime may.
#[derive(ComponentType, Lift, Lower, Debug, PartialEq)]
#[component(record)]
struct Empty {}

macro_rules! many {
    ($($flag:ident)*) => { flags! { Many { $(const $flag;)* } } };
}
many! {
    F00 F01 F02 F03 F04 F05 F06 F07 F08 F09 F10 F11 F12 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24 F25 F26 F27 F28
    F29 F30 F31 F32 F33 F34 F35 F36 F37 F38 F39 F40 F41 F42 F43 F44 F45 F46 F47 F48 F49 F50 F51 F52 F53 F54 F55 F56 F57
    F58 F59 F60 F61 F62 F63 F64 NAMES
}

#[test]
fn flags_by_the_dozen_and_records_of_nothing() {
    let two = Many::F01 | Many::NAMES;
    assert_eq!(two.as_array(), [2, 0, 2]);
    assert!(Many::all().contains(two) && (!two).contains(Many::F33) && !(!two).intersects(two));
    assert_eq!(format!("{two:?}"), "Many(F01 | NAMES)");
    assert_eq!(<Empty as ComponentType>::ABI.flat(), 0);
}
