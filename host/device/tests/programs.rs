//! Programs of `rustc` for `wasm32-wasip2`, over a machine that is a buffer.

use coracle::component::{Component, Linker};
use coracle::{Engine, Result, Store};
use coracle_device::{Clock, Device, Output, Wasi, WasiCtx, WasiView};

const HELLO: &[u8] = include_bytes!("../../../tests/guests/hello/hello.wasm");
const CONSOLE: &[u8] = include_bytes!("../../../tests/guests/console/console.wasm");
const CONSOLE_PRINTS: &str = include_str!("../../../tests/guests/console/expected.txt");

#[derive(Default)]
struct Machine {
    out: String,
    err: String,
    input: Vec<u8>,
    ns: u64,
}

impl Device for Machine {
    fn write(&mut self, to: Output, bytes: &[u8]) {
        let text = if to == Output::Stdout { &mut self.out } else { &mut self.err };
        text.push_str(std::str::from_utf8(bytes).unwrap());
    }
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        // In small pieces, as a serial line would.
        let len = self.input.len().min(buffer.len()).min(5);
        buffer[..len].copy_from_slice(&self.input[..len]);
        self.input.drain(..len);
        len
    }
    fn monotonic_ns(&mut self) -> u64 {
        self.ns = self.ns.saturating_add(1_000);
        self.ns
    }
    fn wait_until(&mut self, ns: u64) -> Result<()> {
        coracle::error::ensure!(ns < 1 << 40, "this machine does not wait so long");
        self.ns = self.ns.max(ns);
        Ok(())
    }
    fn wall_clock(&mut self) -> Clock {
        Clock { seconds: 1_700_000_000, nanoseconds: 0 }
    }
    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill(4);
    }
}

struct Host(WasiCtx, Machine);

impl WasiView for Host {
    fn wasi(&mut self) -> Wasi<'_> {
        Wasi { ctx: &mut self.0, device: &mut self.1 }
    }
}

fn run(component: impl AsRef<[u8]>, ctx: WasiCtx, input: &str) -> (Result<u8>, Machine) {
    let engine = Engine::default();
    let component = Component::new(&engine, component).unwrap();
    let mut linker = Linker::new(&engine);
    coracle_device::add_to_linker(&mut linker).unwrap();
    let mut store = Store::new(&engine, Host(ctx, Machine { input: input.into(), ..Machine::default() }));
    let code = coracle_device::run(&mut store, &linker, &component);
    (code, store.into_data().1)
}

#[test]
fn a_program_of_rustc_runs() {
    let (code, machine) = run(HELLO, WasiCtx::new(["hello", "Ada"]), "");
    assert_eq!(code.unwrap(), 0);
    assert!(machine.out.starts_with("Hello, Ada!\n"), "{}", machine.out);
    assert_eq!(machine.out.lines().count(), 7, "{}", machine.out);
}

#[test]
fn what_is_not_granted_is_answered() {
    let ctx = WasiCtx::new(["console", "a", "b"]);
    let (code, machine) = run(CONSOLE, ctx, "one two\nthree one\n");
    assert_eq!(machine.out, CONSOLE_PRINTS);
    assert_eq!(machine.err, "now what is not granted\n");
    assert_eq!(code.unwrap(), 1, "0.2.0 knows no other code for failure");
}

#[test]
fn an_environment_is_passed_on() {
    let (code, machine) = run(CONSOLE, WasiCtx::new(["console"]).env("HOME", "/nowhere"), "");
    assert!(machine.out.contains("HOME: Some(\"/nowhere\")"), "{}", machine.out);
    assert_eq!(code.unwrap(), 0);
}

/// A program that asks one function of WASI for something.
fn asks(imports: &str, lower: &str, core: &str) -> String {
    format!(
        r#"(component
            {imports}
            (core module $libc
                (memory (export "memory") 2)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
            (core instance $libc (instantiate $libc))
            (alias core export $libc "memory" (core memory $memory))
            (alias core export $libc "realloc" (core func $realloc))
            {lower}
            (core module $m {core})
            (core instance $m (instantiate $m (with "" (instance (export "ask" (func $ask))))))
            (func $run (result (result)) (canon lift (core func $m "run")))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $run)))"#
    )
}

/// The first lines of what ended it.
fn fails(component: &str) -> String {
    let (code, _) = run(component, WasiCtx::new(["asks"]), "");
    format!("{:#}", code.unwrap_err())
}

#[test]
fn random_bytes_have_a_bound() {
    let program = |len: u32| {
        asks(
            r#"(import "wasi:random/random@0.2.0" (instance $random
                (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))"#,
            r#"(core func $ask (canon lower (func $random "get-random-bytes")
                (memory $memory) (realloc (core func $realloc))))"#,
            &format!(
                r#"(import "" "ask" (func $ask (param i64 i32)))
                (func (export "run") (result i32) (call $ask (i64.const {len}) (i32.const 0)) (i32.const 0))"#
            ),
        )
    };
    assert_eq!(run(program(65_536), WasiCtx::default(), "").0.unwrap(), 0);
    let why = fails(&program(65_537));
    assert!(why.contains("65537 random bytes at once"), "{why}");
}

/// A program that makes a pollable and does something with it.
fn waits(body: &str) -> String {
    asks(
        r#"(import "wasi:io/poll@0.2.0" (instance $poll
                (export "pollable" (type $p (sub resource)))
                (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))
                (export "[method]pollable.block" (func (param "self" (borrow $p))))))
            (alias export $poll "pollable" (type $pollable))
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
                (alias outer 1 $pollable (type $p))
                (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))"#,
        r#"(core func $subscribe (canon lower (func $clock "subscribe-duration")))
            (core func $block (canon lower (func $poll "[method]pollable.block")))
            (core func $drop (canon resource.drop $pollable))
            (core func $poll (canon lower (func $poll "poll")
                (memory $memory) (realloc (core func $realloc))))
            (core module $none (func (export "ask")))
            (core instance $none (instantiate $none))
            (alias core export $none "ask" (core func $ask))
            (core instance $clock (export "subscribe" (func $subscribe)) (export "block" (func $block))
                (export "drop" (func $drop)) (export "poll" (func $poll)) (export "memory" (memory $memory)))"#,
        body,
    )
    .replace(
        r#"(with "" (instance (export "ask" (func $ask))))"#,
        r#"(with "" (instance (export "ask" (func $ask)))) (with "clock" (instance $clock))"#,
    )
}

const CLOCK: &str = r#"
    (import "clock" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "clock" "block" (func $block (param i32)))
    (import "clock" "drop" (func $drop (param i32)))
    (import "clock" "poll" (func $poll (param i32 i32 i32)))
    (import "clock" "memory" (memory 1))"#;

#[test]
fn a_poll_names_what_is_due() {
    // Two times, the later one first: the second alone is due.
    let program = waits(&format!(
        r#"{CLOCK}
        (func (export "run") (result i32)
            (i32.store (i32.const 0) (call $subscribe (i64.const 900000000)))
            (i32.store (i32.const 4) (call $subscribe (i64.const 1000000)))
            (call $poll (i32.const 0) (i32.const 2) (i32.const 16))
            ;; The list begins at 64, where `realloc` says.
            (i32.or
                (i32.ne (i32.load (i32.const 20)) (i32.const 1))
                (i32.ne (i32.load (i32.const 64)) (i32.const 1))))"#
    ));
    assert_eq!(run(program, WasiCtx::default(), "").0.unwrap(), 0);
}

#[test]
fn handles_are_used_again() {
    let program = waits(&format!(
        r#"{CLOCK}
        (func (export "run") (result i32)
            (local $n i32)
            (loop $again
                (call $drop (call $subscribe (i64.const 1)))
                (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10000))))
            (call $block (call $subscribe (i64.const 1000)))
            (i32.const 0))"#
    ));
    assert_eq!(run(program, WasiCtx::default(), "").0.unwrap(), 0);
}

#[test]
fn waits_that_never_end_are_errors() {
    let poll = waits(&format!(
        r#"{CLOCK}
        (func (export "run") (result i32) (call $poll (i32.const 0) (i32.const 0) (i32.const 16)) (i32.const 0))"#
    ));
    assert!(fails(&poll).contains("a poll of nothing"), "{}", fails(&poll));
    let block = waits(&format!(
        r#"{CLOCK}
        (func (export "run") (result i32) (call $block (call $subscribe (i64.const -1))) (i32.const 0))"#
    ));
    assert!(fails(&block).contains("does not wait so long"), "{}", fails(&block));
}

#[test]
fn sockets_are_refused() {
    let program = asks(
        r#"(import "wasi:sockets/network@0.2.0" (instance $network
                (export "network" (type (sub resource)))
                (type $error' (enum
                    "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
                    "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit"
                    "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused"
                    "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable"
                    "temporary-resolver-failure" "permanent-resolver-failure"))
                (export "error-code" (type (eq $error')))
                (type $family' (enum "ipv4" "ipv6"))
                (export "ip-address-family" (type (eq $family')))))
            (alias export $network "error-code" (type $error))
            (alias export $network "ip-address-family" (type $family))
            (import "wasi:sockets/tcp@0.2.0" (instance $tcp (export "tcp-socket" (type (sub resource)))))
            (alias export $tcp "tcp-socket" (type $socket))
            (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $create
                (alias outer 1 $error (type $e'))
                (export "error-code" (type $e (eq $e')))
                (alias outer 1 $family (type $f'))
                (export "ip-address-family" (type $f (eq $f')))
                (alias outer 1 $socket (type $s'))
                (export "tcp-socket" (type $s (eq $s')))
                (export "create-tcp-socket" (func (param "address-family" $f) (result (result (own $s) (error $e)))))))"#,
        r#"(core func $ask (canon lower (func $create "create-tcp-socket") (memory $memory)))
            (core instance $memory (export "memory" (memory $memory)))"#,
        r#"(import "" "ask" (func $ask (param i32 i32)))
            (import "memory" "memory" (memory 1))
            (func (export "run") (result i32)
                (call $ask (i32.const 0) (i32.const 0))
                ;; An error, and which: the second.
                (i32.or
                    (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1))
                    (i32.ne (i32.load8_u (i32.const 4)) (i32.const 1))))"#,
    )
    .replace(
        r#"(with "" (instance (export "ask" (func $ask))))"#,
        r#"(with "" (instance (export "ask" (func $ask)))) (with "memory" (instance $memory))"#,
    );
    assert_eq!(run(program, WasiCtx::default(), "").0.unwrap(), 0);
}
