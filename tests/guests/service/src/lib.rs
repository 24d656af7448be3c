//! A service that answers, and one that fails in every way that somebody thought of: the path says which.

use std::cell::{Cell, RefCell};
use wasip2::clocks::monotonic_clock;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::StreamError;

wasip2::http::proxy::export!(Service);

struct Service;

thread_local! {
    /// Requests that this instance has seen.
    static SEEN: Cell<u32> = const { Cell::new(0) };
    /// What is never given back.
    static LEAKED: RefCell<Vec<Fields>> = const { RefCell::new(Vec::new()) };
}

/// Answers with this text.
fn answer(out: ResponseOutparam, status: u16, text: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("a body");
    ResponseOutparam::set(out, Ok(response));
    {
        let stream = body.write().expect("a stream");
        for part in text.chunks(4096) {
            stream.blocking_write_and_flush(part).expect("somebody reads");
        }
    }
    OutgoingBody::finish(body, None).expect("it is whole");
}

/// All of a request's body, or that it broke off.
fn read(request: &IncomingRequest) -> Result<Vec<u8>, ()> {
    let body = request.consume().map_err(drop)?;
    let mut all = Vec::new();
    let stream = body.stream()?;
    let read = loop {
        match stream.blocking_read(1 << 16) {
            Ok(part) => all.extend(part),
            Err(StreamError::Closed) => break Ok(all),
            Err(StreamError::LastOperationFailed(_)) => break Err(()),
        }
    };
    drop(stream);
    IncomingBody::finish(body);
    read
}

impl Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let seen = SEEN.get() + 1;
        SEEN.set(seen);
        let path = request.path_with_query().unwrap_or_default();
        match path.split('?').next().unwrap_or_default() {
            "/" => answer(out, 200, b"hello\n"),
            "/seen" => answer(out, 200, format!("{seen}\n").as_bytes()),
            "/echo" => match read(&request) {
                Ok(body) => answer(out, 200, &body),
                Err(()) => answer(out, 400, b"the body broke off\n"),
            },
            "/large" => answer(out, 200, &vec![b'z'; 1 << 20]),
            "/trap" => unreachable!("as it was asked for"),
            "/late-trap" => {
                answer(out, 200, b"and then\n");
                unreachable!("as it was asked for")
            }
            "/error" => ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some("as asked".to_owned())))),
            "/silent" => {}
            "/loop" => loop {
                std::hint::spin_loop();
            },
            "/sleep" => loop {
                monotonic_clock::subscribe_duration(60_000_000_000).block();
            },
            "/leak" => {
                LEAKED.with_borrow_mut(|leaked| leaked.extend((0..1000).map(|_| Fields::new())));
                answer(out, 200, b"leaked\n");
            }
            "/leak-all" => LEAKED.with_borrow_mut(|leaked| {
                loop {
                    leaked.push(Fields::new());
                }
            }),
            "/grow" => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            }
            "/half" => {
                let response = OutgoingResponse::new(Fields::new());
                let body = response.body().expect("a body");
                ResponseOutparam::set(out, Ok(response));
                body.write().expect("a stream").blocking_write_and_flush(b"half").expect("somebody reads");
                // Never finished, and never given back.
                std::mem::forget(body);
            }
            "/twice" => {
                // SAFETY: it is a number; that it is given back already is what the host has to notice.
                let again = unsafe { ResponseOutparam::from_handle(out.handle()) };
                answer(out, 200, b"once\n");
                ResponseOutparam::set(again, Err(ErrorCode::ConfigurationError));
            }
            _ => answer(out, 404, b"not found\n"),
        }
    }
}
