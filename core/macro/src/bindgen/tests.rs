//! The output is Rust, and says what it should.

use super::{Options, expand};

fn generate(input: &str) -> Result<String, String> {
    let options: Options = syn::parse_str(input).map_err(|e| e.to_string())?;
    let code = expand(&options).map_err(|e| e.to_string())?;
    syn::parse2::<syn::File>(code.clone()).map_err(|e| format!("{e}: {code}"))?;
    Ok(code.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

const WIT: &str = r#"
    package a:b@1.0.0;

    interface types {
        /// What went wrong.
        enum errno { /// Nothing there.
            no-entry, busy }
        record point { x: u32, the-y: string }
        variant shape { none, some-shape(point), self(list<u8>) }
        flags perms { read, write }
        type points = list<point>;
        resource file {
            constructor(name: string);
            open: static func(name: string) -> result<file, errno>;
            read: func(len: u64) -> result<list<u8>, errno>;
        }
        move: func(p: point, s: shape, m: perms, all: points) -> option<tuple<u8, char>>;
        lend: func(f: borrow<file>) -> result<_, errno>;
        @unstable(feature = later)
        later: func();
    }

    interface api {
        use types.{point, errno};
        resource thing { constructor(); size: func(at: point) -> u32; make: static func() -> thing; }
        run: func(args: list<string>, %type: point) -> result<point, errno>;
        take: func(t: thing, b: borrow<thing>) -> map<string, u8>;
    }

    world my-world {
        import types;
        import log: func(text: string);
        import extra: interface { ping: func() -> u32; }
        export api;
        export main: func(a: string, b: list<u32>) -> string;
        export mine: interface { pong: func(); }
    }
"#;

fn world(options: &str) -> Result<String, String> {
    generate(&format!("{{ inline: {WIT:?}, {options} }}"))
}

#[test]
fn a_world_has_the_shape_of_wasmtimes() {
    let code = world("").unwrap();
    for want in [
        "pub struct MyWorldPre < T : 'static >",
        "pub struct MyWorldIndices",
        "pub struct MyWorld {",
        "pub trait MyWorldImports { fn log (& mut self , text : :: coracle :: component :: __internal :: String) -> () ; }",
        "pub mod a { # [allow (missing_docs , clippy :: all , unused_imports)] pub mod b { # [allow (missing_docs , \
         clippy :: all , unused_imports)] pub mod types {",
        "pub mod exports {",
        "pub enum Errno { # [doc = \" Nothing there.\"] # [component (name = \"no-entry\")] NoEntry ,",
        "pub struct Point { # [component (name = \"x\")] pub x : u32 , # [component (name = \"the-y\")] pub the_y :",
        "# [component (name = \"self\")] Self_ (",
        "pub trait HostFile { fn new (& mut self , name :",
        "fn drop (& mut self , value : :: coracle :: component :: Resource < File >) -> :: coracle :: Result < () > ;",
        "pub trait Host : HostFile { fn move_ (& mut self , p : Point , s : Shape , m : Perms ,",
        "pub fn a_b_api (& self) -> & self :: exports :: a :: b :: api :: Guest",
        "pub fn mine (& self) -> & self :: exports :: mine :: Guest",
        "pub fn call_main < S : :: coracle :: AsContextMut > (& self , mut store : S , arg0 : & str , arg1 : & [u32] ,)",
        "pub type Point = super :: super :: super :: super :: a :: b :: types :: Point ;",
        "pub type Thing = :: coracle :: component :: ResourceAny ;",
        "pub fn call_constructor <",
        "if options . later {",
        "inst . func_wrap (\"[method]file.read\" ,",
        "linker . instance (\"a:b/types@1.0.0\")",
    ] {
        assert!(code.contains(want), "no `{want}` in\n{code}");
    }
    assert_eq!(code.matches("impl :: core :: error :: Error for Errno").count(), 1);
}

#[test]
fn trappable_errors_are_converted_where_they_are_defined() {
    let code = world(
        "imports: { default: trappable, \"log\": tracing }, trappable_error_type: { \"a:b/types.errno\" => crate::E }",
    )
    .unwrap();
    for want in [
        "type _TrappableError0 = crate :: E ;",
        "fn convert_errno (& mut self , value : super :: super :: super :: _TrappableError0) -> :: coracle :: Result < Errno > ;",
        "fn read (& mut self , self_ :",
        "Err (error) => Err (Host :: convert_errno (host , error) ?)",
        "fn log (& mut self , text : :: coracle :: component :: __internal :: String) -> () ;",
        ":: tracing :: span ! (:: tracing :: Level :: TRACE , \"wit-bindgen import\" , module = \"default\" , function = \"log\")",
    ] {
        assert!(code.contains(want), "no `{want}` in\n{code}");
    }
}

#[test]
fn with_replaces_interfaces_and_resources() {
    let code = world("with: { \"a:b/types.file\": crate::MyFile }").unwrap();
    assert!(code.contains("pub use crate :: MyFile as __with_name0 ;"));
    assert!(code.contains("pub use super :: super :: super :: __with_name0 as File ;"), "{code}");
    let code = world("with: { \"a:b\": other::bindings }").unwrap();
    assert!(code.contains("pub use super :: super :: super :: __with_name0 :: types :: * ;"), "{code}");
    assert!(code.contains("D : self :: __with_name0 :: types :: HostWithStore < T >"), "{code}");
    assert!(!code.contains("pub enum Errno"));
}

#[test]
fn functions_may_ask_for_the_store() {
    let code = world("imports: { \"a:b/types.move\": store | trappable }").unwrap();
    assert!(code.contains("pub trait HostWithStore < T : 'static > : :: coracle :: component :: HasData + HostFileWithStore < T > { fn move_ (host : :: coracle :: component :: Access < '_ , T , Self > ,"), "{code}");
}

#[test]
fn mistakes_are_named() {
    for (options, want) in [
        ("imports: { \"a:b/types.nothing\": trappable }", "`imports` names what the world does not have"),
        ("with: { \"x:y\": z }", "`with` names what the world does not have"),
        ("trappable_error_type: { \"a:b/types.nothing\" => E }", "the world has no type `a:b/types.nothing`"),
        ("imports: { default: async }", "`async` functions are not supported yet"),
        ("colour: true", "there is no option `colour`"),
        ("world: \"other\"", "other"),
    ] {
        let error = world(options).unwrap_err();
        assert!(error.contains(want), "{options}: {error}");
    }
    let error = generate(r#"{ inline: "package a:b; world w { export f: async func(); }" }"#).unwrap_err();
    assert!(error.contains("`f` is an async function"), "{error}");
    assert!(generate("\"w\" in \"no/such/path\"").is_err());
}

#[test]
fn interfaces_alone() {
    let code = generate(r#"{ inline: "package a:b; interface i { f: func(); } world w { import i; }" }"#).unwrap();
    assert!(code.contains("pub fn add_to_linker"));
}
