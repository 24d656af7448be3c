//! `coracle serve` among guests that fail in every way, and clients that do: each is answered and told, and no other
//! request notices.

use crate::serve::{SERVICE_FILE as SERVICE, Server};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Connections that many requests are sent over.
const CONNECTIONS: u32 = 64;

#[test]
fn every_fault_is_answered_and_told() {
    let limits = ["-W", "max-memory-size=16777216", "-S", "max-resources=5000", "--timeout", "2s"];
    let server = Server::serving(SERVICE, &limits);
    // What the client gets, and what is told beside the request's own line.
    let faults = [
        ("/trap", "HTTP/1.1 500 ", "unreachable"),
        ("/error", "HTTP/1.1 500 ", "InternalError(Some(\"as asked\"))"),
        ("/silent", "HTTP/1.1 500 ", "the guest returned and has not answered"),
        ("/loop", "HTTP/1.1 504 ", "no answer within 2s"),
        ("/sleep", "HTTP/1.1 504 ", "no answer within 2s"),
        ("/grow", "HTTP/1.1 500 ", "unreachable"),
        ("/leak-all", "HTTP/1.1 500 ", ""),
        ("/leak", "HTTP/1.1 200 ", ""),
        ("/late-trap", "HTTP/1.1 200 ", "after its response had begun"),
        ("/twice", "HTTP/1.1 200 ", "after its response had begun"),
        ("/half", "HTTP/1.1 200 ", ""),
        ("/nowhere", "HTTP/1.1 404 ", ""),
    ];
    let done = AtomicBool::new(false);
    let others = std::thread::scope(|scope| {
        let others = scope.spawn(|| {
            let mut answered = 0;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(server.get("/"), "HTTP/1.1 200 OK");
                answered += 1;
            }
            answered
        });
        let all = faults.map(|(path, answer, _)| {
            let server = &server;
            scope.spawn(move || {
                for _ in 0..2 {
                    let answered = server.get(path);
                    assert!(answered.starts_with(answer), "{path}: {answered:?}");
                }
            })
        });
        let ended = all.map(|one| one.join());
        done.store(true, Ordering::Relaxed);
        let others = others.join().expect("all others are answered");
        ended.into_iter().for_each(|one| one.expect("each is answered"));
        others
    });
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    for (path, answer, says) in faults {
        let line = format!("GET {path} {}", &answer[9..12]);
        assert_eq!(said.matches(&line).count(), 2, "{line} in {said}");
        let told = said.lines().any(|line| line.contains(&format!("GET {path}: ")) || says.is_empty());
        assert!(told && said.contains(says), "{path}: {says} in {said}");
    }
    assert_eq!(said.matches("GET / 200").count(), others, "{said}");
}

#[test]
fn clients_that_fail_hold_up_nobody() {
    let server = Server::serving(SERVICE, &["--timeout", "2s", "--max-concurrent", "4"]);
    let silent = server.client();
    let mut half = server.client();
    half.write_all(b"GET / HTTP/1.1\r\nhost: he").expect("it reads");
    let mut body = server.client();
    body.write_all(b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\nhalf").expect("it reads");
    let mut gone = server.client();
    gone.write_all(b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\nhalf").expect("it reads");
    gone.shutdown(Shutdown::Both).expect("it is open");
    drop(gone);
    // One that asks for much, and reads nothing.
    let mut deaf = server.client();
    for _ in 0..20 {
        let _ = deaf.write_all(b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n");
    }
    let mut long = b"GET / HTTP/1.1\r\nhost: here\r\nx: ".to_vec();
    long.resize(1 << 20, b'a');
    long.extend(b"\r\n\r\n");
    let answer = server.send(&long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(server.get("/"), "HTTP/1.1 200 OK");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    // The one whose body does not come is told so when its time is up.
    let mut answer = [0; 12];
    body.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 504", "{}", String::from_utf8_lossy(&answer));
    drop((silent, half, deaf));
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("POST /echo - ") || said.contains("POST /echo 400"), "the one that is gone: {said}");
}

#[test]
fn instances_answer_as_many_requests_as_they_may() {
    let seen = |server: &Server| {
        let answer = server.exchange(&Server::request("/seen"));
        let body = answer.split("\r\n\r\n").nth(1).expect("a body").to_owned();
        // It comes in chunks: a line has the length, the next the text.
        body.lines().nth(1).expect("a chunk").parse::<u32>().expect("a number")
    };
    let once = Server::serving(SERVICE, &[]);
    assert_eq!([(); 3].map(|()| seen(&once)), [1, 1, 1]);
    assert_eq!(once.end().0, Some(0));

    let flags = ["--max-instance-reuse-count", "3", "--idle-instance-timeout", "60s"];
    let often = Server::serving(SERVICE, &flags);
    // The next request may come before the instance is free; that is no fault, so it is asked for with patience.
    let mut counts = Vec::new();
    for _ in 0..7 {
        counts.push(seen(&often));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(counts, [1, 2, 3, 1, 2, 3, 1]);
    // One that has trapped answers no more.
    assert_eq!(often.get("/trap"), "HTTP/1.1 500 Internal Server Error");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(seen(&often), 1);
    // Nor does one whose response is not whole; its client is told at once, not when its time is up.
    let asked = Instant::now();
    assert!(often.get("/half").starts_with("HTTP/1.1 200"));
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    assert_eq!(often.end().0, Some(0));
}

#[test]
fn requests_that_are_under_way_are_answered_before_the_end() {
    for signal in ["-INT", "-TERM"] {
        let server = Server::serving(SERVICE, &[]);
        let mut client = server.client();
        client.write_all(b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 4\r\n\r\nha").expect("it reads");
        std::thread::sleep(Duration::from_millis(300));
        server.signal(signal);
        std::thread::sleep(Duration::from_millis(300));
        client.write_all(b"lf").expect("it still reads");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("half"), "{answer}");
        let (code, said) = server.wait();
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("POST /echo 200"), "{said}");
    }
}

#[test]
fn a_connection_may_ask_for_the_end() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let server = Server::serving(SERVICE, &["--quiet", "--shutdown-addr", &free.to_string()]);
    assert_eq!(server.get("/"), "HTTP/1.1 200 OK");
    drop(TcpStream::connect(free).expect("it listens"));
    assert_eq!(server.wait(), (Some(0), String::new()));
}

#[test]
fn a_socket_of_systemd_s_is_served() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    let mut command = Command::new("sh");
    let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\"";
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_coracle"), "serve", "--addr", "127.0.0.1:1", SERVICE]);
    command.stdin(Stdio::from(OwnedFd::from(listener)));
    let server = Server::spawn(command);
    assert_eq!(server.addr, addr);
    assert_eq!(server.get("/"), "HTTP/1.1 200 OK");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_thousand_requests_of_which_one_in_ten_traps() {
    many(1_000);
}

#[test]
#[ignore = "ten times as many, minutes in a debug build"]
fn ten_thousand_requests_of_which_one_in_ten_traps() {
    many(10_000);
}

/// Sends so many requests over so many connections; every tenth traps. None is lost.
fn many(requests: u32) {
    for uses in ["1", "128"] {
        let server = Server::serving(SERVICE, &["--max-instance-reuse-count", uses]);
        let addr = server.addr;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (well, trapped) = runtime.block_on(async {
            let clients: Vec<_> =
                (0..CONNECTIONS).map(|client| tokio::spawn(requests_of(client, requests, addr))).collect();
            let (mut well, mut trapped) = (0, 0);
            for client in clients {
                let counts = client.await.expect("no panic");
                well += counts.0;
                trapped += counts.1;
            }
            (well, trapped)
        });
        assert_eq!((well, trapped), (requests - requests / 10, requests / 10));
        let (code, said) = server.end();
        assert_eq!(code, Some(0), "{said}");
        let told = |line: &str| said.matches(line).count();
        assert_eq!(told("GET / 200") as u32, well);
        assert_eq!(told("GET /trap 500") as u32, trapped);
        assert_eq!(told("GET /trap: ") as u32, trapped);
        println!(
            "instances used {uses} times: {requests} requests over {CONNECTIONS} connections: {well} answered, {trapped} trapped"
        );
    }
}

/// One connection's share of the requests: how many were answered, and how many trapped.
async fn requests_of(client: u32, requests: u32, addr: SocketAddr) -> (u32, u32) {
    let stream = tokio::net::TcpStream::connect(addr).await.expect("it listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("it speaks HTTP");
    tokio::spawn(connection);
    let (mut well, mut trapped) = (0, 0);
    for number in (client..requests).step_by(CONNECTIONS as usize) {
        let traps = number % 10 == 0;
        let request = Request::get(if traps { "/trap" } else { "/" }).header("host", "here");
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        sender.ready().await.expect("the connection stays");
        let response = sender.send_request(request).await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a whole body").to_bytes();
        match (traps, status, &*body) {
            (true, 500, b"") => trapped += 1,
            (false, 200, b"hello\n") => well += 1,
            _ => panic!("request {number}: {status} {body:?}"),
        }
    }
    (well, trapped)
}
