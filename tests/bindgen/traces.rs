//! What the flag `tracing` tells the crate of that name.

use coracle::component::{Component, HasSelf, Linker};
use coracle::{Result, Store};
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Bindings that are traced, with these flags beside.
macro_rules! traced {
    ($($name:ident: $imports:tt, $exports:tt;)*) => {
        $(mod $name {
            coracle::component::bindgen!({
                inline: "
                    package a:b;
                    interface api {
                        add: func(x: u32, y: u32) -> u32;
                        sum: func(all: list<u32>) -> u32;
                    }
                    world w {
                        import api;
                        export run: func(x: u32) -> u32;
                    }
                ",
                imports: $imports,
                exports: $exports,
            });
        })*
    };
}

traced! {
    bindings: { "a:b/api.sum": tracing | verbose_tracing, default: tracing }, { default: tracing };
    waiting: { default: async | tracing }, { default: async | tracing };
}

/// `run(x)` is `add(x, 1) + sum([])`.
const COMPONENT: &str = r#"
    (component
        (import "a:b/api" (instance $api
            (export "add" (func (param "x" u32) (param "y" u32) (result u32)))
            (export "sum" (func (param "all" (list u32)) (result u32)))))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (alias core export $memory "memory" (core memory $m))
        (core func $add (canon lower (func $api "add")))
        (core func $sum (canon lower (func $api "sum") (memory $m)))
        (core module $main
            (import "" "add" (func $add (param i32 i32) (result i32)))
            (import "" "sum" (func $sum (param i32 i32) (result i32)))
            (func (export "run") (param i32) (result i32)
                (i32.add
                    (call $add (local.get 0) (i32.const 1))
                    (call $sum (i32.const 0) (i32.const 0)))))
        (core instance $i (instantiate $main (with "" (instance
            (export "add" (func $add))
            (export "sum" (func $sum))))))
        (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))
"#;

struct Host;

impl bindings::a::b::api::Host for Host {
    fn add(&mut self, x: u32, y: u32) -> u32 {
        x + y
    }
    fn sum(&mut self, all: Vec<u32>) -> u32 {
        all.into_iter().sum()
    }
}

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, what: &str, record: impl FnOnce(&mut dyn Visit)) {
        let mut line = Line(what.into());
        record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(span.metadata().name(), |line| span.record(line));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.note("event", |line| event.record(line));
    }
    fn enter(&self, _: &Id) {
        self.note("enter", |_| ());
    }
    fn exit(&self, _: &Id) {
        self.note("exit", |_| ());
    }
}

#[test]
fn calls_are_told() -> Result<()> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, COMPONENT)?;
    let mut linker = Linker::new(&engine);
    bindings::W::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Host);
    let world = bindings::W::instantiate(&mut store, &component, &linker)?;

    let notes = Notes::default();
    let got = tracing::subscriber::with_default(notes.clone(), || world.call_run(&mut store, 4))?;
    assert_eq!(got, 5);
    assert_eq!(
        *notes.0.lock().unwrap(),
        [
            r#"wit-bindgen export module="default" function="run""#,
            "enter",
            r#"wit-bindgen import module="api" function="add""#,
            "enter",
            "event message=call x=4 y=1",
            "event message=return result=5",
            "exit",
            r#"wit-bindgen import module="api" function="sum""#,
            "enter",
            "event message=call all=[]",
            "event message=return result=0",
            "exit",
            "exit",
        ]
    );
    Ok(())
}

impl waiting::a::b::api::Host for Host {
    async fn add(&mut self, x: u32, y: u32) -> u32 {
        crate::waits::wait().await;
        x + y
    }
    async fn sum(&mut self, all: Vec<u32>) -> u32 {
        all.into_iter().sum()
    }
}

#[test]
fn who_waits_is_in_no_span() -> Result<()> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, COMPONENT)?;
    let mut linker = Linker::new(&engine);
    waiting::W::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Host);
    let world = crate::waits::block_on(waiting::W::instantiate_async(&mut store, &component, &linker), || ()).0?;

    let notes = Notes::default();
    let (seen, mut inside) = (notes.clone(), Vec::new());
    let call = world.call_run(&mut store, 4);
    let (got, waits) = tracing::subscriber::with_default(notes.clone(), || {
        crate::waits::block_on(call, || {
            let notes = seen.0.lock().unwrap();
            let count = |what: &str| notes.iter().filter(|note| *note == what).count();
            inside.push(count("enter") - count("exit"));
        })
    });
    assert_eq!((got?, waits, inside), (5, 1, vec![0]));
    let notes = notes.0.lock().unwrap();
    let events: Vec<_> = notes.iter().filter(|note| note.starts_with("event")).collect();
    assert_eq!(
        events,
        [
            "event message=call x=4 y=1",
            "event message=return result=5",
            "event message=call all=\"...\"",
            "event message=return result=0",
        ]
    );
    Ok(())
}
