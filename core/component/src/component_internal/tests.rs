//! Generated bindings compile, against the paths that the façade gives them.

#![allow(dead_code, missing_docs, unreachable_pub)]

mod facade {
    pub use coracle_error::Result;
    pub use coracle_vm::engine::Engine;
    pub use coracle_vm::store::{AsContextMut, StoreContextMut};

    pub mod component {
        pub use crate::abi::resource::{Resource, ResourceAny, ResourceType};
        pub use crate::abi::{ComponentType, Lift, Lower};
        pub use crate::component::Component;
        pub use crate::component_internal as __internal;
        pub use crate::func::TypedFunc;
        pub use crate::handle::{Func, Instance};
        pub use crate::has_data::{Access, HasData, HasSelf};
        pub use crate::link::pre::InstancePre;
        pub use crate::link::{Linker, LinkerInstance};
        pub use coracle_image::export::ComponentExportIndex;
        pub use coracle_macro::{ComponentType, Lift, Lower, flags};
    }
}

mod everything {
    coracle_macro::bindgen!({
        wasmtime_crate: crate::component_internal::tests::facade,
        inline: r#"
            package a:b@1.0.0;

            interface types {
                enum errno { no-entry, busy }
                record point { x: u32, the-y: string }
                variant shape { none, some-shape(point), self(list<u8>) }
                flags perms { read, write }
                type points = list<point>;
                type pair = tuple<u8, perms>;
                resource file {
                    constructor(name: string);
                    open: static func(name: string) -> result<file, errno>;
                    read: func(len: u64) -> result<list<u8>, errno>;
                }
                move: func(p: point, s: shape, m: pair, all: points) -> option<tuple<u8, char>>;
                lend: func(f: borrow<file>) -> result<_, errno>;
                stored: func() -> u32;
                @unstable(feature = later)
                later: func();
            }

            interface more {
                use types.{errno, file};
                take: func(f: file) -> result<u32, errno>;
            }

            interface api {
                use types.{point, errno, file};
                record mine { p: point, f: file }
                resource thing { constructor(); size: func(at: point) -> u32; make: static func() -> thing; }
                run: func(args: list<string>, %type: point) -> result<point, errno>;
                take: func(t: thing, b: borrow<thing>, m: mine) -> map<string, u8>;
                many: func(a: option<string>, b: result<list<u8>, string>, c: tuple<string, u8>, d: list<u8, 4>);
            }

            world my-world {
                import types;
                import more;
                import log: func(text: string);
                import extra: interface { ping: func() -> u32; }
                resource own-thing { poke: func(); }
                export api;
                export main: func(a: string, b: list<u32>) -> string;
                export mine: interface { pong: func(); }
            }
        "#,
        imports: {
            default: trappable,
            "a:b/types.stored": store | trappable,
            "log": exact,
        },
        trappable_error_type: { "a:b/types.errno" => crate::component_internal::tests::everything::Failure },
        with: { "a:b/types.file": crate::component_internal::tests::everything::MyFile },
    });

    use super::facade::component::{Access, HasSelf, Linker, Resource};
    use super::facade::{Engine, Result};
    use a::b::types;

    #[derive(Debug)]
    pub struct Failure;
    pub struct MyFile;
    struct State;

    impl types::Host for State {
        fn move_(
            &mut self,
            _: types::Point,
            _: types::Shape,
            _: types::Pair,
            _: types::Points,
        ) -> Result<Option<(u8, char)>> {
            Ok(None)
        }
        fn lend(&mut self, _: Resource<MyFile>) -> core::result::Result<(), Failure> {
            Err(Failure)
        }
        fn later(&mut self) -> Result<()> {
            Ok(())
        }
        fn convert_errno(&mut self, _: Failure) -> Result<types::Errno> {
            Ok(types::Errno::Busy)
        }
    }
    impl types::HostWithStore<State> for HasSelf<State> {
        fn stored(mut host: Access<'_, State, Self>) -> Result<u32> {
            let _: &mut State = host.get();
            Ok(1)
        }
    }
    impl types::HostFile for State {
        fn new(&mut self, _: alloc::string::String) -> Result<Resource<MyFile>> {
            Ok(Resource::new_own(1))
        }
        fn open(&mut self, _: alloc::string::String) -> core::result::Result<Resource<MyFile>, Failure> {
            Err(Failure)
        }
        fn read(&mut self, _: Resource<MyFile>, _: u64) -> core::result::Result<alloc::vec::Vec<u8>, Failure> {
            Err(Failure)
        }
        fn drop(&mut self, _: Resource<MyFile>) -> Result<()> {
            Ok(())
        }
    }
    impl a::b::more::Host for State {
        fn take(&mut self, _: Resource<MyFile>) -> core::result::Result<u32, Failure> {
            Err(Failure)
        }
    }
    impl extra::Host for State {
        fn ping(&mut self) -> Result<u32> {
            Ok(7)
        }
    }
    impl HostOwnThing for State {
        fn poke(&mut self, _: Resource<OwnThing>) -> Result<()> {
            Ok(())
        }
        fn drop(&mut self, _: Resource<OwnThing>) -> Result<()> {
            Ok(())
        }
    }
    impl MyWorldImports for State {
        fn log(&mut self, _: alloc::string::String) {}
    }

    /// What an embedder writes; it is enough that it compiles.
    fn link(engine: &Engine) -> Result<Linker<State>> {
        let mut linker = Linker::new(engine);
        MyWorld::add_to_linker::<_, HasSelf<State>>(&mut linker, LinkOptions::default().later(true), |state| state)?;
        Ok(linker)
    }

    fn call<S: super::facade::AsContextMut>(world: &MyWorld, mut store: S) -> Result<()> {
        let point = types::Point { x: 1, the_y: "y".into() };
        let _: alloc::string::String = world.call_main(&mut store, "a", &[1, 2])?;
        let api = world.a_b_api();
        let _ = api.call_run(&mut store, &["x".into()], &point)?;
        let thing = api.thing().call_constructor(&mut store)?;
        let _: u32 = api.thing().call_size(&mut store, thing, &point)?;
        api.call_many(&mut store, Some("a"), Err("b"), ("c", 1), [1; 4])?;
        world.mine().call_pong(&mut store)
    }

    #[test]
    fn an_engine_is_all_that_linking_needs() {
        let _ = (link as fn(&_) -> _, call::<coracle_vm::store::StoreContextMut<'_, State>> as fn(&_, _) -> _);
        assert_eq!(alloc::format!("{}", types::Errno::Busy), "busy (error 1)");
        assert_eq!(types::Errno::NoEntry.name(), "no-entry");
    }
}

/// Bindings that use those of another macro.
mod reuse {
    coracle_macro::bindgen!({
        wasmtime_crate: crate::component_internal::tests::facade,
        inline: r#"
            package a:b;
            interface types { record point { x: u32 } get: func() -> point; }
            interface user { use types.{point}; set: func(p: point); }
            world w { import user; export types; }
        "#,
        with: { "a:b/types": super::first::a::b::types },
        require_store_data_send: true,
    });
}

mod first {
    coracle_macro::bindgen!({
        wasmtime_crate: crate::component_internal::tests::facade,
        inline: r#"
            package a:b;
            interface types { record point { x: u32 } get: func() -> point; }
            world w { import types; }
        "#,
        additional_derives: [PartialEq, core::hash::Hash, Clone],
    });
}
