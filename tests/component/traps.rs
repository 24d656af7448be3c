//! Each trap of the canonical ABI, by its own code, in each direction in which it can happen.

use crate::engines;
use coracle::component::{Component, Instance, Linker, Resource, ResourceType, Val};
use coracle::{Result, Store, StoreContextMut, Trap};

/// A value that a guest gives away: its type, encoding, core values and memory; and what is wrong with it.
struct Bad {
    ty: &'static str,
    encoding: &'static str,
    cells: &'static [&'static str],
    data: &'static str,
    trap: Trap,
}

const fn bad(ty: &'static str, cells: &'static [&'static str], data: &'static str, trap: Trap) -> Bad {
    Bad { ty, encoding: "utf8", cells, data, trap }
}

const fn text(encoding: &'static str, cells: &'static [&'static str], data: &'static str, trap: Trap) -> Bad {
    Bad { ty: "string", encoding, cells, data, trap }
}

/// Memory has one page; data stands at 1024.
const BAD: &[Bad] = &[
    bad("char", &["i32.const 0xd800"], "", Trap::InvalidChar),
    bad("char", &["i32.const 0xdfff"], "", Trap::InvalidChar),
    bad("char", &["i32.const 0x110000"], "", Trap::InvalidChar),
    bad("(list char)", &["i32.const 1024", "i32.const 1"], r"\00\d8\00\00", Trap::InvalidChar),
    bad("$e", &["i32.const 3"], "", Trap::InvalidDiscriminant),
    bad("$v", &["i32.const 2", "i32.const 0"], "", Trap::InvalidDiscriminant),
    bad("(option u8)", &["i32.const 2", "i32.const 0"], "", Trap::InvalidDiscriminant),
    bad("(result u8)", &["i32.const 2", "i32.const 0"], "", Trap::InvalidDiscriminant),
    bad("(list $e)", &["i32.const 1024", "i32.const 1"], r"\03", Trap::InvalidDiscriminant),
    bad("(list (option u8))", &["i32.const 1024", "i32.const 1"], r"\ff", Trap::InvalidDiscriminant),
    bad("(list u8)", &["i32.const 65536", "i32.const 1"], "", Trap::ListOutOfBounds),
    bad("(list u8)", &["i32.const 1", "i32.const 65536"], "", Trap::ListOutOfBounds),
    bad("(list u8)", &["i32.const -1", "i32.const 1"], "", Trap::ListOutOfBounds),
    bad("(list u32)", &["i32.const 65532", "i32.const 2"], "", Trap::ListOutOfBounds),
    bad("(list u16)", &["i32.const 1", "i32.const 0"], "", Trap::UnalignedPointer),
    bad("(list u32)", &["i32.const 2", "i32.const 1"], "", Trap::UnalignedPointer),
    bad("(list (tuple u8 u64))", &["i32.const 4", "i32.const 1"], "", Trap::UnalignedPointer),
    bad("(map string u32)", &["i32.const 2", "i32.const 1"], "", Trap::UnalignedPointer),
    bad("(list u8)", &["i32.const 0", "i32.const 0x10000000"], "", Trap::TooLong),
    bad("(list u64)", &["i32.const 0", "i32.const 0x02000000"], "", Trap::TooLong),
    bad("(list u64)", &["i32.const 0", "i32.const 0xffffffff"], "", Trap::TooLong),
    bad("(list (list u16))", &["i32.const 1024", "i32.const 1"], r"\01\00\00\00\01\00\00\00", Trap::UnalignedPointer),
    bad("(list string)", &["i32.const 1024", "i32.const 1"], r"\00\00\00\00\01\00\01\00", Trap::StringOutOfBounds),
    text("utf8", &["i32.const 65536", "i32.const 1"], "", Trap::StringOutOfBounds),
    text("utf8", &["i32.const 1", "i32.const 65536"], "", Trap::StringOutOfBounds),
    text("utf8", &["i32.const 0", "i32.const 0x10000000"], "", Trap::TooLong),
    text("utf8", &["i32.const 1024", "i32.const 1"], r"\80", Trap::InvalidString),
    text("utf8", &["i32.const 1024", "i32.const 2"], r"\c0\80", Trap::InvalidString),
    text("utf8", &["i32.const 1024", "i32.const 3"], r"\ed\a0\80", Trap::InvalidString),
    text("utf8", &["i32.const 1024", "i32.const 3"], r"\f0\9f\98", Trap::InvalidString),
    text("utf16", &["i32.const 1", "i32.const 1"], "", Trap::UnalignedPointer),
    text("utf16", &["i32.const 65534", "i32.const 2"], "", Trap::StringOutOfBounds),
    text("utf16", &["i32.const 0", "i32.const 0x08000000"], "", Trap::TooLong),
    text("utf16", &["i32.const 1024", "i32.const 1"], r"\00\d8", Trap::InvalidString),
    text("utf16", &["i32.const 1024", "i32.const 2"], r"\00\dc\00\d8", Trap::InvalidString),
    text("latin1+utf16", &["i32.const 1", "i32.const 1"], "", Trap::UnalignedPointer),
    text("latin1+utf16", &["i32.const 65534", "i32.const 3"], "", Trap::StringOutOfBounds),
    text("latin1+utf16", &["i32.const 0", "i32.const 0x10000000"], "", Trap::TooLong),
    text("latin1+utf16", &["i32.const 1024", "i32.const 0x80000001"], r"\00\d8", Trap::InvalidString),
    text("latin1+utf16", &["i32.const 65534", "i32.const 0x80000002"], "", Trap::StringOutOfBounds),
    bad("(own $r)", &["i32.const 1"], "", Trap::UnknownHandle),
    bad("(own $r)", &["i32.const 0"], "", Trap::UnknownHandle),
    bad("(own $r)", &["i32.const -1"], "", Trap::UnknownHandle),
    bad("(borrow $r)", &["i32.const 5"], "", Trap::UnknownHandle),
    bad("(list (own $r))", &["i32.const 1024", "i32.const 1"], r"\09\00\00\00", Trap::UnknownHandle),
];

/// Named types, as each component takes them in.
const TYPES: &str = r#"
    (import "r" (type $r (sub resource)))
    (type $e' (enum "a" "b" "c")) (import "e" (type $e (eq $e')))
    (type $v' (variant (case "a" u8) (case "b"))) (import "v" (type $v (eq $v')))"#;
const WITH: &str = r#"(with "r" (type $r)) (with "e" (type $e)) (with "v" (type $v))"#;

/// Memory, data and a `realloc`.
fn libc(data: &str, realloc: &str) -> String {
    format!(
        r#"(core module $libc (memory (export "m") 1) (data (i32.const 1024) "{data}")
            (func (export "r") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
                {realloc}))
        (core instance $libc (instantiate $libc))"#
    )
}

const REALLOC: &str = "(i32.const 2048)";

/// A component without its brackets that gives a bad value to its import `take` when `run` is called.
fn giver(case: &Bad) -> String {
    let Bad { ty, encoding, cells, data, .. } = case;
    let params: String = cells.iter().map(|_| " i32").collect();
    let cells: String = cells.iter().map(|cell| format!("({cell})")).collect();
    format!(
        r#"{TYPES}
        (import "take" (func $take (param "x" {ty})))
        {libc}
        (core func $take' (canon lower (func $take) string-encoding={encoding}
            (memory (core memory $libc "m")) (realloc (core func $libc "r"))))
        (core module $m (import "" "take" (func $take (param{params}))) (func (export "run") {cells} (call $take)))
        (core instance $i (instantiate $m (with "" (instance (export "take" (func $take'))))))
        (func $run (canon lift (core func $i "run")))"#,
        libc = libc(data, REALLOC),
    )
}

/// A component without its brackets that takes a value of the type, and ignores it.
fn taker(ty: &str, encoding: &str, cells: usize, realloc: &str) -> String {
    format!(
        r#"{TYPES}
        {libc}
        (core module $m (func (export "take") (param{params})))
        (core instance $i (instantiate $m))
        (func $take (export "take") (param "x" {ty}) (canon lift (core func $i "take") string-encoding={encoding}
            (memory (core memory $libc "m")) (realloc (core func $libc "r"))))"#,
        libc = libc("", realloc),
        params = " i32".repeat(cells),
    )
}

fn linker(engine: &coracle::Engine) -> Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    linker.root().resource("r", ResourceType::host::<()>(), |_, _| Ok(()))?;
    linker.root().func_new("take", |mut store, _, params, _| {
        // What is borrowed must be given up before the call returns.
        let handles = params.iter().filter_map(|value| if let Val::Resource(any) = value { Some(any) } else { None });
        handles.into_iter().try_for_each(|any| any.resource_drop(&mut store))
    })?;
    Ok(linker)
}

fn instantiate(engine: &coracle::Engine, text: &str) -> Result<(Store<()>, Instance)> {
    let component = Component::new(engine, text).map_err(|error| error.context(text.to_owned()))?;
    let mut store = Store::new(engine, ());
    let instance = linker(engine)?.instantiate(&mut store, &component)?;
    Ok((store, instance))
}

/// The trap that a function of no parameters ends in.
fn trap_of(engine: &coracle::Engine, text: &str, func: &str) -> Result<Option<Trap>> {
    let (mut store, instance) = instantiate(engine, text)?;
    let func = instance.get_func(&mut store, func).expect("it is exported");
    let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
    Ok(func.call(&mut store, &[], &mut results).err().and_then(|error| error.downcast_ref().copied()))
}

#[test]
fn a_guest_gives_the_host_a_bad_value() -> Result<()> {
    for engine in engines() {
        for case in BAD {
            let text = format!("(component {} (export \"run\" (func $run)))", giver(case));
            assert_eq!(trap_of(&engine, &text, "run")?, Some(case.trap), "{} {:?}", case.ty, case.cells);
        }
    }
    println!("{} bad values", BAD.len());
    Ok(())
}

#[test]
fn a_guest_gives_a_guest_a_bad_value() -> Result<()> {
    for engine in engines() {
        for case in BAD {
            for encoding in ["utf8", "utf16", "latin1+utf16"] {
                let text = format!(
                    "(component {TYPES}
                        (component $T {taker})
                        (component $G {giver} (export \"run\" (func $run)))
                        (instance $t (instantiate $T {WITH}))
                        (instance $g (instantiate $G {WITH} (with \"take\" (func $t \"take\"))))
                        (export \"run\" (func $g \"run\")))",
                    taker = taker(case.ty, encoding, case.cells.len(), REALLOC),
                    giver = giver(case),
                );
                let trap = trap_of(&engine, &text, "run")?;
                assert_eq!(trap, Some(case.trap), "{} {:?} to {encoding}", case.ty, case.cells);
            }
        }
    }
    Ok(())
}

#[test]
fn a_guest_returns_a_bad_value() -> Result<()> {
    for engine in engines() {
        for case in BAD.iter().filter(|case| !case.ty.contains("borrow")) {
            let Bad { ty, encoding, cells, data, trap } = case;
            // One core value is returned as it is, two through memory.
            let (result, stores) = match cells {
                [one] => (format!("({one})"), String::new()),
                [a, b, ..] => (
                    "(i32.const 512)".into(),
                    match *ty {
                        "$v" | "(option u8)" | "(result u8)" => format!("(i32.store8 (i32.const 512) ({a}))"),
                        _ => format!("(i32.store (i32.const 512) ({a})) (i32.store (i32.const 516) ({b}))"),
                    },
                ),
                [] => unreachable!("each has a core value"),
            };
            let text = format!(
                r#"(component {TYPES}
                    (core module $m (memory (export "m") 1) (data (i32.const 1024) "{data}")
                        (func (export "run") (result i32) {stores} {result}))
                    (core instance $i (instantiate $m))
                    (func (export "run") (result {ty}) (canon lift (core func $i "run") string-encoding={encoding}
                        (memory (core memory $i "m")))))"#
            );
            assert_eq!(trap_of(&engine, &text, "run")?, Some(*trap), "{ty} {cells:?}");
        }
    }
    Ok(())
}

#[test]
fn memory_for_parameters_and_results_is_checked() -> Result<()> {
    for engine in engines() {
        for (at, trap) in [(65_533, Trap::UnalignedPointer), (65_536, Trap::PointerOutOfBounds)] {
            let text = format!(
                r#"(component (core module $m (memory (export "m") 1)
                        (func (export "run") (result i32) (i32.const {at})))
                    (core instance $i (instantiate $m))
                    (func (export "run") (result (tuple u32 u32)) (canon lift (core func $i "run")
                        (memory (core memory $i "m")))))"#
            );
            assert_eq!(trap_of(&engine, &text, "run")?, Some(trap), "a result at {at}");
            let many = "u32 ".repeat(17);
            let spilled = format!(
                r#"(component
                    (import "take" (func $take (param "x" (tuple {many}))))
                    (core module $libc (memory (export "m") 1))
                    (core instance $libc (instantiate $libc))
                    (core func $take' (canon lower (func $take) (memory (core memory $libc "m"))))
                    (core module $m (import "" "take" (func $take (param i32)))
                        (func (export "run") (call $take (i32.const {at}))))
                    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take'))))))
                    (func (export "run") (canon lift (core func $i "run"))))"#
            );
            assert_eq!(trap_of(&engine, &spilled, "run")?, Some(trap), "parameters at {at}");
        }
    }
    Ok(())
}

#[test]
fn what_realloc_returns_is_checked() -> Result<()> {
    const REALLOCS: [(&str, Trap); 4] = [
        ("(i32.const 2049)", Trap::ReallocUnaligned),
        ("(i32.const 65536)", Trap::ReallocOutOfBounds),
        ("(i32.const -16)", Trap::ReallocOutOfBounds),
        ("unreachable", Trap::UnreachableCodeReached),
    ];
    for engine in engines() {
        for (realloc, trap) in REALLOCS {
            for (ty, value) in [
                ("string", Val::String("four".into())),
                ("(list u32)", Val::List(vec![Val::U32(1), Val::U32(2)])),
                ("(list (list u16))", Val::List(vec![Val::List(vec![Val::U16(1)])])),
            ] {
                let text = format!("(component {})", taker(ty, "utf16", 2, realloc));
                let (mut store, instance) = instantiate(&engine, &text)?;
                let take = instance.get_func(&mut store, "take").expect("it is exported");
                let error = take.call(&mut store, std::slice::from_ref(&value), &mut []).unwrap_err();
                assert_eq!(error.downcast_ref(), Some(&trap), "{ty} from the host: {error:#}");
            }
            let case = text("utf8", &["i32.const 1024", "i32.const 4"], "four", trap);
            let text = format!(
                "(component {TYPES}
                    (component $T {taker})
                    (component $G {giver} (export \"run\" (func $run)))
                    (instance $t (instantiate $T {WITH}))
                    (instance $g (instantiate $G {WITH} (with \"take\" (func $t \"take\"))))
                    (export \"run\" (func $g \"run\")))",
                taker = taker("string", "utf16", 2, realloc),
                giver = giver(&case),
            );
            let of_string = match trap {
                Trap::ReallocUnaligned => Trap::UnalignedPointer,
                Trap::ReallocOutOfBounds => Trap::StringOutOfBounds,
                trap => trap,
            };
            assert_eq!(trap_of(&engine, &text, "run")?, Some(of_string), "a string from a guest");
        }
    }
    Ok(())
}

/// A component whose core module has the resource builtins of two types and the import `take`, and runs `body`.
fn with_resources(body: &str, taken: &str) -> String {
    format!(
        r#"(component
            (import "r" (type $r (sub resource)))
            (import "take" (func $take (param "x" {taken})))
            (type $own (resource (rep i32)))
            (type $other (resource (rep i32)))
            (core func $new (canon resource.new $own))
            (core func $rep (canon resource.rep $own))
            (core func $drop (canon resource.drop $own))
            (core func $drop-other (canon resource.drop $other))
            (core func $drop-r (canon resource.drop $r))
            (core func $take' (canon lower (func $take)))
            (core module $m
                (import "" "new" (func $new (param i32) (result i32)))
                (import "" "rep" (func $rep (param i32) (result i32)))
                (import "" "drop" (func $drop (param i32)))
                (import "" "drop-other" (func $drop-other (param i32)))
                (import "" "drop-r" (func $drop-r (param i32)))
                (import "" "take" (func $take (param i32)))
                (global $kept (mut i32) (i32.const 0))
                (func (export "run") {body})
                (func (export "borrow") (param i32))
                (func (export "drops") (param i32) (call $drop-r (local.get 0))))
            (core instance $i (instantiate $m (with "" (instance
                (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))
                (export "drop-other" (func $drop-other)) (export "drop-r" (func $drop-r))
                (export "take" (func $take'))))))
            (func (export "run") (canon lift (core func $i "run")))
            (func (export "keeps") (param "x" (borrow $r)) (canon lift (core func $i "borrow")))
            (func (export "drops") (param "x" (borrow $r)) (canon lift (core func $i "drops"))))"#
    )
}

#[test]
fn handles_are_checked() -> Result<()> {
    const CASES: [(&str, Option<Trap>); 9] = [
        ("(call $drop (call $new (i32.const 1)))", None),
        ("(call $drop (i32.const 1))", Some(Trap::UnknownHandle)),
        ("(drop (call $rep (i32.const 0)))", Some(Trap::UnknownHandle)),
        ("(drop (call $rep (i32.const 77)))", Some(Trap::UnknownHandle)),
        (
            "(global.set $kept (call $new (i32.const 1))) (call $drop (global.get $kept)) (call $drop (global.get $kept))",
            Some(Trap::UnknownHandle),
        ),
        ("(loop (drop (call $new (i32.const 1))) (br 0))", Some(Trap::HandleLimit)),
        ("(call $drop-other (call $new (i32.const 1)))", Some(Trap::HandleTypeMismatch)),
        ("(call $drop-r (call $new (i32.const 1)))", Some(Trap::HandleTypeMismatch)),
        ("(call $take (call $new (i32.const 1)))", Some(Trap::HandleTypeMismatch)),
    ];
    for engine in engines() {
        for (body, trap) in CASES {
            for taken in ["(own $r)", "(borrow $r)"] {
                assert_eq!(trap_of(&engine, &with_resources(body, taken), "run")?, trap, "{body} {taken}");
            }
        }
        // A borrow must be dropped before the call returns.
        let (mut store, instance) = instantiate(&engine, &with_resources("", "(borrow $r)"))?;
        let drops = instance.get_typed_func::<(&Resource<()>,), ()>(&mut store, "drops")?;
        let keeps = instance.get_typed_func::<(&Resource<()>,), ()>(&mut store, "keeps")?;
        let resource = Resource::new_own(4);
        drops.call(&mut store, (&resource,))?;
        let error = keeps.call(&mut store, (&resource,)).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::BorrowsRemain), "{error:#}");
    }
    Ok(())
}

/// A guest that is lent a handle of the host's and does something with the handle while, or after, it is lent on.
fn lending(body: &str, param: &str) -> String {
    format!(
        r#"(component
            (import "r" (type $r (sub resource)))
            (import "take" (func $take (param "a" (borrow $r)) (param "b" {param})))
            (core func $drop (canon resource.drop $r))
            (core func $take' (canon lower (func $take)))
            (core module $m
                (import "" "take" (func $take (param i32 i32)))
                (import "" "drop" (func $drop (param i32)))
                (func (export "own") (param i32) {body})
                (func (export "borrow") (param i32) {body}))
            (core instance $i (instantiate $m (with "" (instance
                (export "drop" (func $drop)) (export "take" (func $take'))))))
            (func (export "own") (param "x" (own $r)) (canon lift (core func $i "own")))
            (func (export "borrow") (param "x" (borrow $r)) (canon lift (core func $i "borrow"))))"#
    )
}

#[test]
fn lent_handles_stay_and_borrows_are_not_owned() -> Result<()> {
    for engine in engines() {
        let run = |func: &str, body: &str, param: &str| -> Result<Option<Trap>> {
            let (mut store, instance) = instantiate(&engine, &lending(body, param))?;
            let value = Resource::<()>::new_own(1).try_into_resource_any(&mut store)?;
            let func = instance.get_func(&mut store, func).expect("it is exported");
            let error = func.call(&mut store, &[Val::Resource(value)], &mut []).err();
            Ok(error.and_then(|error| error.downcast_ref().copied()))
        };
        let both = "(call $take (local.get 0) (local.get 0))";
        assert_eq!(run("own", both, "(borrow $r)")?, None);
        assert_eq!(run("own", both, "(own $r)")?, Some(Trap::HandleLent));
        assert_eq!(
            run("borrow", "(call $take (local.get 0) (local.get 0)) (call $drop (local.get 0))", "(borrow $r)")?,
            None
        );
        let given = run("borrow", both, "(own $r)")?;
        assert!(matches!(given, Some(Trap::NotOwned | Trap::HandleLent)), "{given:?}");
    }
    Ok(())
}

#[test]
fn an_instance_is_not_left_from_realloc_or_post_return() -> Result<()> {
    for engine in engines() {
        let text = |from: &str, call: &str| {
            let call = |at: &str| if at == from { call } else { "" };
            format!(
                r#"(component
                    (import "host" (func $host))
                    (type $own (resource (rep i32)))
                    (core func $host' (canon lower (func $host)))
                    (core func $new (canon resource.new $own))
                    (core func $drop (canon resource.drop $own))
                    (core module $m
                        (import "" "host" (func $host))
                        (import "" "new" (func $new (param i32) (result i32)))
                        (import "" "drop" (func $drop (param i32)))
                        (memory (export "m") 1)
                        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc} (i32.const 64))
                        (func (export "post") (param i32) {post})
                        (func (export "run") (param i32 i32) (result i32) {body} (i32.const 7)))
                    (core instance $i (instantiate $m (with "" (instance
                        (export "host" (func $host')) (export "new" (func $new)) (export "drop" (func $drop))))))
                    (func (export "run") (param "x" string) (result u32) (canon lift (core func $i "run")
                        (memory (core memory $i "m")) (realloc (core func $i "realloc"))
                        (post-return (core func $i "post")))))"#,
                realloc = call("realloc"),
                post = call("post"),
                body = call("body"),
            )
        };
        let run = |text: &str| -> Result<Option<Trap>> {
            let component = Component::new(&engine, text).map_err(|error| error.context(text.to_owned()))?;
            let mut linker = Linker::new(&engine);
            linker.root().func_wrap("host", |_: StoreContextMut<'_, ()>, (): ()| Ok(()))?;
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &component)?;
            let run = instance.get_typed_func::<(&str,), (u32,)>(&mut store, "run")?;
            Ok(run.call(&mut store, ("x",)).err().and_then(|error| error.downcast_ref().copied()))
        };
        for call in ["(call $host)", "(drop (call $new (i32.const 1)))", "(call $drop (i32.const 1))"] {
            for from in ["realloc", "post"] {
                assert_eq!(run(&text(from, call))?, Some(Trap::CannotLeaveComponent), "{call} from {from}");
            }
        }
        assert_eq!(run(&text("body", "(call $host) (call $drop (call $new (i32.const 1)))"))?, None);
    }
    Ok(())
}

#[test]
fn an_exception_does_not_leave_a_component() -> Result<()> {
    for engine in engines() {
        let inner = r#"(core module $m (tag $t) (func (export "f") (throw $t)))
            (core instance $i (instantiate $m))
            (func (export "f") (canon lift (core func $i "f")))"#;
        let text = format!("(component {inner})");
        assert_eq!(trap_of(&engine, &text, "f")?, Some(Trap::UncaughtException));
        // The caller's `catch_all` must not see it.
        let text = format!(
            r#"(component
                (component $c {inner})
                (instance $c (instantiate $c))
                (core func $f (canon lower (func $c "f")))
                (core module $n (import "" "f" (func $f))
                    (func (export "g") (block $caught (try_table (catch_all $caught) (call $f)))))
                (core instance $j (instantiate $n (with "" (instance (export "f" (func $f))))))
                (func (export "g") (canon lift (core func $j "g"))))"#
        );
        assert_eq!(trap_of(&engine, &text, "g")?, Some(Trap::UncaughtException));
    }
    Ok(())
}

#[test]
fn wrong_arguments_name_the_parameter() -> Result<()> {
    let engine = engines().remove(0);
    let text = r#"(component (core module $m (func (export "f") (param i32 i32 i32)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "first" u32) (param "second" (tuple u8 (option char))) (canon lift (core func $i "f"))))"#;
    let text = text.replace("(param i32 i32 i32)", "(param i32 i32 i32 i32)");
    let (mut store, instance) = instantiate(&engine, &text)?;
    let f = instance.get_func(&mut store, "f").expect("it is exported");
    let good = Val::Tuple(vec![Val::U8(1), Val::Option(None)]);
    let mut told = |args: &[Val], results: &mut [Val]| format!("{:#}", f.call(&mut store, args, results).unwrap_err());
    let error = told(&[Val::U32(1)], &mut []);
    assert!(error.contains('2') && error.contains('1'), "{error}");
    let error = told(&[Val::U32(1), good.clone(), Val::U32(3)], &mut []);
    assert!(error.contains('2') && error.contains('3'), "{error}");
    let error = told(&[Val::String("x".into()), good.clone()], &mut []);
    assert!(error.contains("first") && error.contains("u32"), "{error}");
    let error = told(&[Val::U32(1), Val::Tuple(vec![Val::U8(1)])], &mut []);
    assert!(error.contains("second"), "{error}");
    let error = told(&[Val::U32(1), Val::Tuple(vec![Val::U8(1), Val::Option(Some(Val::U8(1).into()))])], &mut []);
    assert!(error.contains("second") && error.contains("char"), "{error}");
    let error = told(&[Val::U32(1), good.clone()], &mut [Val::Bool(false)]);
    assert!(error.contains("result"), "{error}");
    // None of these was the guest's fault.
    f.call(&mut store, &[Val::U32(1), good], &mut [])
}
