//! What the flag `async` writes: host functions and destructors that are waited for, calls and instantiation that wait.

use coracle::component::{Access, Component, HasData, HasSelf, Linker, Resource};
use coracle::{Engine, Result, Store};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

mod bindings {
    coracle::component::bindgen!({
        inline: "
            package a:b;
            interface errors { enum errno { none, some } }
            interface files {
                use errors.{errno};
                resource file {
                    constructor(n: u32);
                    read: func() -> result<u32, errno>;
                }
                count: func(n: u32) -> u32;
                add: func(n: u32) -> u32;
            }
            interface api { go: func(n: u32) -> u32; gone: func(); }
            world w {
                import files;
                import log: func(n: u32);
                export run: func(n: u32) -> u32;
                export api;
            }
        ",
        imports: {
            "a:b/files.count": trappable,
            "a:b/files.add": async | store | trappable,
            "log": async,
            default: async | trappable,
        },
        exports: { default: async, "a:b/api.gone": async | optional },
        trappable_error_type: { "a:b/errors.errno" => crate::waits::Failure },
        with: { "a:b/files.file": crate::waits::File },
    });
}

use bindings::a::b::{errors, files};

/// `run(n)` logs `n`, opens a file of `n`, reads and drops it, and adds `count(n)` and `add(n)` to what was read, or to
/// 1000 and the number of the error. `go` is the same.
const COMPONENT: &str = r#"
    (component
        (import "log" (func $log (param "n" u32)))
        (import "a:b/errors" (instance $errors
            (type $e (enum "none" "some"))
            (export "errno" (type (eq $e)))))
        (alias export $errors "errno" (type $errno))
        (import "a:b/files" (instance $files
            (alias outer 1 $errno (type $e))
            (export "errno" (type $errno (eq $e)))
            (export "file" (type $file (sub resource)))
            (export "[constructor]file" (func (param "n" u32) (result (own $file))))
            (export "[method]file.read" (func (param "self" (borrow $file)) (result (result u32 (error $errno)))))
            (export "count" (func (param "n" u32) (result u32)))
            (export "add" (func (param "n" u32) (result u32)))))
        (alias export $files "file" (type $file))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (alias core export $memory "memory" (core memory $m))
        (core func $log (canon lower (func $log)))
        (core func $open (canon lower (func $files "[constructor]file")))
        (core func $read (canon lower (func $files "[method]file.read") (memory $m)))
        (core func $drop (canon resource.drop $file))
        (core func $count (canon lower (func $files "count")))
        (core func $add (canon lower (func $files "add")))
        (core module $main
            (import "" "memory" (memory 1))
            (import "" "log" (func $log (param i32)))
            (import "" "open" (func $open (param i32) (result i32)))
            (import "" "read" (func $read (param i32 i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "count" (func $count (param i32) (result i32)))
            (import "" "add" (func $add (param i32) (result i32)))
            (func (export "run") (param i32) (result i32)
                (local $file i32)
                (call $log (local.get 0))
                (local.set $file (call $open (local.get 0)))
                (call $read (local.get $file) (i32.const 16))
                (call $drop (local.get $file))
                (if (result i32) (i32.load8_u (i32.const 16))
                    (then (i32.add (i32.const 1000) (i32.load8_u (i32.const 20))))
                    (else (i32.load (i32.const 20))))
                (i32.add (call $count (local.get 0)))
                (i32.add (call $add (local.get 0)))))
        (core instance $i (instantiate $main (with "" (instance
            (export "memory" (memory $m))
            (export "log" (func $log))
            (export "open" (func $open))
            (export "read" (func $read))
            (export "drop" (func $drop))
            (export "count" (func $count))
            (export "add" (func $add))))))
        (func $run (param "n" u32) (result u32) (canon lift (core func $i "run")))
        (instance $api (export "go" (func $run)))
        (export "run" (func $run))
        (export "a:b/api" (instance $api)))
"#;

/// The error of a file.
#[derive(Debug)]
pub enum Failure {
    Guest(errors::Errno),
    Host,
}

/// What is behind a guest's file.
pub struct File;

/// Waits once.
pub(crate) async fn wait() {
    struct Once(bool);
    impl Future for Once {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }
    Once(false).await;
}

/// Polls until there is a result, and says how often there was none; each time it does something else.
pub(crate) fn block_on<T>(future: impl Future<Output = T> + Send, mut meanwhile: impl FnMut()) -> (T, u32) {
    let (mut future, mut waits) = (pin!(future), 0);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => return (value, waits),
            Poll::Pending => {
                waits += 1;
                meanwhile();
            }
        }
    }
}

/// The same, for those who have nothing else to do.
fn finish<T>(future: impl Future<Output = T> + Send) -> T {
    block_on(future, || ()).0
}

#[derive(Default)]
struct Host {
    open: Vec<u32>,
    dropped: u32,
    logged: Vec<u32>,
}

impl errors::Host for Host {
    fn convert_errno(&mut self, err: Failure) -> Result<errors::Errno> {
        match err {
            Failure::Guest(errno) => Ok(errno),
            Failure::Host => Err(coracle::format_err!("no disk")),
        }
    }
}

impl files::HostFile for Host {
    async fn new(&mut self, n: u32) -> Result<Resource<File>> {
        wait().await;
        self.open.push(n);
        Ok(Resource::new_own(self.open.len() as u32 - 1))
    }
    async fn read(&mut self, file: Resource<File>) -> Result<u32, Failure> {
        wait().await;
        match self.open[file.rep() as usize] {
            7 => Err(Failure::Guest(errors::Errno::Some)),
            8 => Err(Failure::Host),
            n => Ok(n),
        }
    }
    async fn drop(&mut self, _: Resource<File>) -> Result<()> {
        wait().await;
        self.dropped += 1;
        Ok(())
    }
}

impl files::Host for Host {
    fn count(&mut self, n: u32) -> Result<u32> {
        Ok(10 * n)
    }
}

impl bindings::WImports for Host {
    async fn log(&mut self, n: u32) {
        wait().await;
        self.logged.push(n);
    }
}

impl<T: Send> files::HostWithStore<T> for HasSelf<Host> {
    async fn add(mut host: Access<'_, T, Self>, n: u32) -> Result<u32> {
        wait().await;
        Ok(100 * n + host.get().dropped)
    }
}

fn linker() -> Result<(Linker<Host>, Component)> {
    let engine = crate::engine()?;
    let component = Component::new(&engine, COMPONENT)?;
    let mut linker = Linker::new(&engine);
    bindings::W::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    Ok((linker, component))
}

#[test]
fn hosts_and_callers_wait() -> Result<()> {
    let (linker, component) = linker()?;
    let mut store = Store::new(linker.engine(), Host::default());
    let world = finish(bindings::W::instantiate_async(&mut store, &component, &linker))?;
    // Logging, opening, reading, dropping and adding wait once each.
    let (answer, waits) = block_on(world.call_run(&mut store, 3), || ());
    assert_eq!((answer?, waits), (3 + 30 + 301, 5));
    assert_eq!(finish(world.a_b_api().call_go(&mut store, 7))?, 1001 + 70 + 702);
    assert_eq!(finish(world.a_b_api().call_gone(&mut store))?, None);
    assert_eq!((store.data().dropped, &store.data().logged[..]), (2, &[3, 7][..]));
    let error = finish(world.func_run().call_async(&mut store, (8,))).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "no disk");
    Ok(())
}

#[test]
fn what_was_linked_once_is_instantiated_by_waiting() -> Result<()> {
    let (linker, component) = linker()?;
    let pre = bindings::WPre::new(linker.instantiate_pre(&component)?)?;
    for n in 0..3 {
        let mut store = Store::new(pre.engine(), Host::default());
        let world = finish(pre.instantiate_async(&mut store))?;
        assert_eq!(finish(world.call_run(&mut store, n))?, 111 * n + 1);
    }
    Ok(())
}

#[test]
fn a_call_that_cannot_wait_is_refused() -> Result<()> {
    let (linker, component) = linker()?;
    let mut store = Store::new(linker.engine(), Host::default());
    assert!(bindings::W::instantiate(&mut store, &component, &linker).is_err());
    let world = finish(bindings::W::instantiate_async(&mut store, &component, &linker))?;
    assert!(world.func_run().call(&mut store, (1,)).is_err());
    Ok(())
}

/// Part of the store's data, by a projection that owns what it borrows.
struct Part;

struct View<'a>(&'a mut Host);

impl HasData for Part {
    type Data<'a> = View<'a>;
}

mod projected {
    coracle::component::bindgen!({
        inline: "package c:d; interface i { get: func() -> u32; } world w { import i; }",
        imports: { default: async },
    });
}

impl projected::c::d::i::Host for View<'_> {
    async fn get(&mut self) -> u32 {
        wait().await;
        self.0.dropped
    }
}

#[test]
fn the_host_may_be_a_part_of_the_data() -> Result<()> {
    let mut linker = Linker::<(u8, Host)>::new(&Engine::default());
    projected::W::add_to_linker::<_, Part>(&mut linker, |data| View(&mut data.1))
}
