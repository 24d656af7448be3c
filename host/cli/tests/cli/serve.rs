//! `coracle serve`: what becomes of services that fail, of clients that do, and of the end.

use crate::{PATIENCE, coracle};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Instant;

/// A service that answers, and fails as the path says.
pub(crate) const SERVICE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/guests/service/service.wasm");

/// A service whose answers are no answers: `BODY` is all that it does.
const SERVICE: &str = r#"(component
  (import "wasi:http/types@0.2.0" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $out))
  (core module $m
    (global $calls (mut i32) (i32.const 0))
    (func (export "handle") (param i32 i32) BODY))
  (core instance $i (instantiate $m))
  (func $handle (param "request" (own $request)) (param "response-out" (own $out))
    (canon lift (core func $i "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;

fn write(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the file can be written");
    path
}

/// A server that runs, and what it says meanwhile.
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: SocketAddr,
    said: JoinHandle<String>,
}

impl Server {
    fn start(name: &str, body: &str, flags: &[&str]) -> Self {
        let file = write(name, &SERVICE.replace("BODY", body));
        Self::serving(file.to_str().expect("text"), flags)
    }

    /// Serves a component.
    pub(crate) fn serving(file: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coracle"));
        command.args(["serve", "--addr", "127.0.0.1:0"]).args(flags).arg(file).stdin(Stdio::null());
        Self::spawn(command)
    }

    /// Runs a command that serves.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it says where it listens");
        let addr = line.trim().strip_prefix("Serving HTTP on http://").and_then(|rest| rest.strip_suffix('/'));
        let addr = addr.unwrap_or_else(|| panic!("{line:?}")).parse().expect("an address");
        // Read all the time: a server whose pipe is full would wait.
        let said = std::thread::spawn(move || {
            let mut rest = String::new();
            said.read_to_string(&mut rest).expect("text");
            rest
        });
        Self { child, addr, said }
    }

    /// Sends these bytes, and returns the first line of what comes back.
    pub(crate) fn send(&self, bytes: &[u8]) -> String {
        self.exchange(bytes).lines().next().unwrap_or_default().to_owned()
    }

    /// Sends these bytes, and returns all that comes back.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut client = self.client();
        // It may have enough before it has read all.
        let _ = client.write_all(bytes);
        let mut all = Vec::new();
        // What breaks off counts as far as it came.
        let _ = client.read_to_end(&mut all);
        String::from_utf8_lossy(&all).into_owned()
    }

    /// A connection.
    pub(crate) fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.addr).expect("it listens");
        client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        client
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.send(&Self::request(path))
    }

    /// A request after which the connection ends.
    pub(crate) fn request(path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").into_bytes()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("`kill` is there").success());
    }

    /// Waits for its end: its exit code, and what it has said.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it ends").code();
        (code, self.said.join().expect("it is read"))
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn end(self) -> (Option<i32>, String) {
        self.signal("-TERM");
        self.wait()
    }
}

#[test]
fn a_trap_is_an_answer_and_the_next_request_has_another_instance() {
    // A second call of the same instance would loop for ever.
    let body = "(loop (br_if 0 (global.get $calls))) (global.set $calls (i32.const 1)) unreachable";
    let server = Server::start("traps.wat", body, &[]);
    for _ in 0..20 {
        assert_eq!(server.get("/a?b=c"), "HTTP/1.1 500 Internal Server Error");
    }
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("wasm `unreachable` instruction executed").count(), 20, "{said}");
    assert_eq!(said.matches("GET /a?b=c 500").count(), 20, "{said}");
}

#[test]
fn a_guest_that_does_not_answer() {
    let server = Server::start("returns.wat", "", &[]);
    assert_eq!(server.get("/"), "HTTP/1.1 500 Internal Server Error");
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the guest returned and has not answered"), "{said}");
}

#[test]
fn guests_that_loop_end_at_the_timeout_and_hold_up_nobody() {
    for tier in ["off", "eager"] {
        let name = format!("loops-{tier}.wat");
        let server =
            Server::start(&name, "(loop (br 0))", &["--timeout", "1", "--max-concurrent", "64", "--tier", tier]);
        let began = Instant::now();
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| server.get("/"))).collect();
            for one in all {
                assert_eq!(one.join().expect("no panic"), "HTTP/1.1 504 Gateway Timeout", "{tier}");
            }
        });
        assert!(began.elapsed() < PATIENCE / 2, "{:?}", began.elapsed());
        assert_eq!(server.end().0, Some(0));
    }
}

#[test]
fn clients_that_do_not_keep_to_the_rules() {
    let server = Server::start("clients.wat", "unreachable", &["--timeout", "1"]);
    let silent = server.client();
    let mut half = server.client();
    half.write_all(b"GET / HTTP/1.1\r\nhost: he").expect("it reads");
    assert_eq!(server.send(b"\x16\x03\x01 no HTTP\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    let mut long = b"GET / HTTP/1.1\r\nhost: here\r\nx: ".to_vec();
    long.resize(1 << 20, b'a');
    long.extend(b"\r\n\r\n");
    let answer = server.send(&long);
    assert!(!answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 500"), "{answer}");
    // Without a host there is nobody to ask.
    assert_eq!(server.send(b"GET / HTTP/1.0\r\n\r\n"), "HTTP/1.0 500 Internal Server Error");
    assert_eq!(server.get("/"), "HTTP/1.1 500 Internal Server Error");
    let mut rest = Vec::new();
    // Its time for the head of a request is up.
    let _ = half.read_to_end(&mut rest);
    drop(silent);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn what_cannot_be_served() {
    let held = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = held.local_addr().expect("an address").to_string();
    let file = write("port.wat", &SERVICE.replace("BODY", ""));
    let file = file.to_str().expect("text");
    let outcome = coracle(&["serve", "--addr", &addr, file]);
    outcome.fails(1, &[&format!("Error: failed to listen on {addr}: Address already in use")]);
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    coracle(&["serve", "--addr", "nowhere", file]).fails(2, &["--addr"]);
    coracle(&["serve", "--addr", &addr, "--dir", "not/there", file]).fails(1, &["not/there"]);
    let hello = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/guests/hello/hello.wasm");
    coracle(&["serve", "--addr", &addr, hello]).fails(1, &["not a service", "`coracle run` runs"]);
    coracle(&["run", file]).fails(1, &["not a command", "`coracle serve` serves"]);
}

/// A service that hands each request on to the one that it imports.
const FRONT: &str = r#"(component
  (import "wasi:http/types@0.2.0" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $out))
  (import "wasi:http/incoming-handler@0.2.0" (instance $behind
    (export "handle" (func (param "request" (own $request)) (param "response-out" (own $out))))))
  (core func $behind (canon lower (func $behind "handle")))
  (core module $m
    (import "" "handle" (func $behind (param i32 i32)))
    (func (export "handle") (param i32 i32) (call $behind (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m (with "" (instance (export "handle" (func $behind))))))
  (func $handle (param "request" (own $request)) (param "response-out" (own $out))
    (canon lift (core func $i "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;

#[test]
fn a_service_in_front_of_another() {
    let front = write("front.wat", FRONT);
    let front = front.to_str().expect("text");
    for uses in ["1", "8"] {
        let server = Server::serving(front, &["--with", SERVICE_FILE, "--max-instance-reuse-count", uses]);
        for _ in 0..3 {
            assert_eq!(server.get("/"), "HTTP/1.1 200 OK");
            assert_eq!(server.get("/trap"), "HTTP/1.1 500 Internal Server Error");
            assert_eq!(server.get("/nowhere"), "HTTP/1.1 404 Not Found");
        }
        let (code, said) = server.end();
        assert_eq!((code, said.matches("unreachable").count() >= 3), (Some(0), true), "{said}");
    }
    coracle(&["serve", front]).fails(1, &["wasi:http/incoming-handler@0.2.0"]);
}
