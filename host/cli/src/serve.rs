//! `coracle serve`: an HTTP server whose answers a component gives.
//!
//! Each request has an instance of its own, in a store of its own, from one pre-instantiated component; so what a guest
//! does to itself ends with its request. A guest gives way at each epoch, which a thread counts on: one that loops for
//! ever holds up no other, and ends at its timeout.

use crate::flags::ServeFlags;
use crate::report::Outcome;
use crate::state::State;
use crate::{grant, load, run, with};
use coracle::component::Linker;
use coracle::{Engine, Error, Result, Store};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use wasmtime_wasi_config::WasiConfig;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_keyvalue::WasiKeyValue;

/// The interface of a service. Any 0.2 version of it is found by this name.
const HANDLER: &str = "wasi:http/incoming-handler@0.2.12";
/// How often guests give way.
const EPOCH: Duration = Duration::from_millis(5);
/// Bytes that the head of a request may have.
const HEAD_BYTES: usize = 64 << 10;
/// How long requests that are under way may take after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(10);

/// What all requests share.
struct Service {
    pre: ProxyPre<State>,
    flags: ServeFlags,
    /// One permit for each guest that may run.
    places: Arc<Semaphore>,
    patience: Duration,
}

/// A guest's time was up.
#[derive(Debug)]
struct Late(Duration);

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer within {} s", self.0.as_secs())
    }
}

impl std::error::Error for Late {}

/// Serves until the process is asked to end.
pub(crate) fn serve(flags: ServeFlags) -> Outcome {
    let file = flags.file.display().to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::new)?;
    let served = service(flags).and_then(|service| runtime.block_on(listen(Arc::new(service))));
    // What still waits for a client or a disk is not waited for.
    runtime.shutdown_background();
    served.map(|()| 0).map_err(|error| error.context(format!("failed to serve `{file}`")))
}

fn service(flags: ServeFlags) -> Result<Service> {
    let mut config = run::config(&flags.engine)?;
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let component = load::component(&engine, &flags.file)?;
    if component.get_export_index(None, HANDLER).is_none() {
        return Err(load::missing(&component, "a service", "wasi:http/incoming-handler@0.2", ""));
    }
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_config::add_to_linker(&mut linker, |state| WasiConfig::from(&state.config))?;
    wasmtime_wasi_keyvalue::add_to_linker(&mut linker, |state| WasiKeyValue::new(&state.keyvalue, &mut state.table))?;
    let pre = ProxyPre::new(with::link(&linker, &flags.with, &flags.file, &component)?)?;
    // What is granted is tried once, before anybody is promised an answer.
    grant::component((&flags).into())?;
    count_epochs(&engine)?;
    let places = Arc::new(Semaphore::new(flags.max_concurrent as usize));
    Ok(Service { pre, places, patience: Duration::from_secs(flags.timeout), flags })
}

/// Has guests give way, as long as there is the engine.
fn count_epochs(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    let count = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    };
    thread::Builder::new().name("epochs".to_owned()).spawn(count).map(drop).map_err(Error::new)
}

/// Accepts connections until the process is asked to end; then those that are there may finish.
async fn listen(service: Arc<Service>) -> Result<()> {
    let addr = service.flags.addr;
    let listener = TcpListener::bind(addr).await;
    let listener = listener.map_err(|error| Error::new(error).context(format!("failed to listen on {addr}")))?;
    tell(format_args!("Serving HTTP on http://{}/", listener.local_addr().map_err(Error::new)?));
    let graceful = GracefulShutdown::new();
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connect(&service, &graceful, stream),
                // One that could not be accepted (too many files open, a client that is gone) is no end.
                Err(error) => {
                    tell(format_args!("failed to accept a connection: {error}"));
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            () = &mut end => break,
        }
    }
    drop(listener);
    if timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tell(format_args!("left requests unanswered that took longer than {} s to end", FAREWELL.as_secs()));
    }
    Ok(())
}

/// Serves the requests of one connection, in a task of its own.
fn connect(service: &Arc<Service>, graceful: &GracefulShutdown, stream: TcpStream) {
    let service = service.clone();
    let patience = service.patience;
    let handle = hyper::service::service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(answer(service, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), handle);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that is gone, or that speaks no HTTP: nobody is left to be told but whoever reads this.
        if let Err(error) = connection.await {
            tell(format_args!("a connection broke off: {error}"));
        }
    });
}

/// The answer to a request: the guest's, or what became of it.
async fn answer(service: Arc<Service>, request: Request<Incoming>) -> Response<HyperOutgoingBody> {
    let started = Instant::now();
    let line = format!("{} {}", request.method(), request.uri());
    let patience = service.patience;
    let response = match timeout(patience, respond(service, request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tell(format_args!("{line}: {error:?}"));
            let late = error.is::<Late>();
            failed(if late { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::INTERNAL_SERVER_ERROR })
        }
        Err(_) => {
            tell(format_args!("{line}: {}", Late(patience)));
            failed(StatusCode::GATEWAY_TIMEOUT)
        }
    };
    tell(format_args!("{line} {} {:.1?}", response.status().as_u16(), started.elapsed()));
    response
}

fn failed(status: StatusCode) -> Response<HyperOutgoingBody> {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Has an instance of its own work on a request, and waits for the head of its response.
async fn respond(service: Arc<Service>, request: Request<Incoming>) -> Result<Response<HyperOutgoingBody>> {
    let place = service.places.clone().acquire_owned().await.map_err(Error::new)?;
    let (sender, receiver) = oneshot::channel();
    let patience = service.patience;
    let guest = tokio::spawn(async move {
        let worked = timeout(patience, work(&service, place, request, sender)).await;
        worked.unwrap_or_else(|_| Err(Error::new(Late(patience))))
    });
    match receiver.await {
        Ok(Ok(response)) => {
            // The body is on its way while the guest goes on.
            tokio::spawn(async move {
                if let Err(error) = guest.await.map_err(Error::new).flatten() {
                    tell(format_args!("after its response had begun: {error:?}"));
                }
            });
            Ok(response)
        }
        Ok(Err(code)) => Err(Error::msg(format!("the guest answered with an error: {code:?}"))),
        // The sender is gone, and the guest with it.
        Err(_) => match guest.await.map_err(Error::new)? {
            Ok(()) => Err(Error::msg("the guest returned and has not answered")),
            Err(error) => Err(error),
        },
    }
}

type Answered = std::result::Result<Response<HyperOutgoingBody>, ErrorCode>;

/// One guest's work: from its instance to the end of what it does. Its place is free then.
async fn work(
    service: &Service,
    _place: OwnedSemaphorePermit,
    request: Request<Incoming>,
    sender: oneshot::Sender<Answered>,
) -> Result<()> {
    let mut store = Store::new(service.pre.engine(), grant::component((&service.flags).into())?);
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    service.flags.engine.fuel(&mut store)?;
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let answer = store.data_mut().http().new_response_outparam(sender)?;
    let proxy = service.pre.instantiate_async(&mut store).await?;
    proxy.wasi_http_incoming_handler().call_handle(&mut store, request, answer).await
}

/// Waits until the process is interrupted or told to end.
async fn asked_to_end() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Where nobody can ask, nobody does.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn tell(line: fmt::Arguments<'_>) {
    // A closed standard error is no reason to stop serving.
    let _ = writeln!(io::stderr(), "{line}");
}
