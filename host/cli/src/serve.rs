//! `coracle serve`: an HTTP server whose answers a component gives.
//!
//! Each request has an instance of its own, in a store of its own, from one pre-instantiated component, unless the command
//! line lets instances answer several, one after the other; one that has trapped answers no more. So what a guest does to
//! itself ends with its request. At most so many guests run as the command line says. A guest gives way at each epoch,
//! which a thread counts on: one that loops for ever holds up no other, and ends at its timeout.

mod body;
mod log;
mod pool;
mod work;

use crate::flags::ServeFlags;
use crate::grant::Grants;
use crate::link::{self, Waiting};
use crate::report::{Outcome, UsageError};
use crate::serve::pool::Pool;
use crate::serve::work::Service;
use crate::{engine, load, with};
use coracle::{Engine, Error, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

/// The interface of a service. Any 0.2 version of it is found by this name.
const HANDLER: &str = "wasi:http/incoming-handler@0.2.12";
/// How often guests give way.
const EPOCH: Duration = Duration::from_millis(5);
/// Bytes that the head of a request may have.
const HEAD_BYTES: usize = 64 << 10;
/// How long requests that are under way may take after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until the process is asked to end.
pub(crate) fn serve(flags: ServeFlags) -> Outcome {
    log::start(flags.quiet);
    let file = flags.file.display().to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::new)?;
    let service = service(&flags).map_err(|error| error.context(format!("failed to serve `{file}`")))?;
    let served = runtime.block_on(listen(Arc::new(service), &flags));
    // What still waits for a client or a disk is not waited for.
    runtime.shutdown_background();
    served.map(|()| 0)
}

fn service(flags: &ServeFlags) -> Result<Service> {
    let mut config = engine::config(&flags.engine)?;
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let grants = Grants::of_service(flags)?;
    let component = load::component(&engine, &flags.file)?;
    if component.get_export_index(None, HANDLER).is_none() {
        return Err(load::missing(&component, "a service", "wasi:http/incoming-handler@0.2", ""));
    }
    let linker = link::linker(&component, &grants, Waiting::BesideOthers)?;
    let pre = ProxyPre::new(with::link(&linker, &flags.with, &flags.file, &component)?)?;
    // What is granted is tried once, before anybody is promised an answer.
    grants.component_store(&engine)?;
    count_epochs(&engine)?;
    let patience = grants.wasm.timeout.unwrap_or(flags.timeout);
    let places = Arc::new(Semaphore::new(flags.max_concurrent as usize));
    Ok(Service { pre, grants, places, patience, uses: flags.max_instance_reuse_count, pool: Pool::default() })
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
async fn listen(service: Arc<Service>, flags: &ServeFlags) -> Result<()> {
    let listener = listener(flags.addr).await?;
    let end = asked_to_end(match flags.shutdown_addr {
        Some(addr) => Some(bound(addr).await?),
        None => None,
    });
    tell(&format!("Serving HTTP on http://{}/", listener.local_addr().map_err(Error::new)?));
    tokio::spawn(drop_idle(service.clone(), flags.idle_instance_timeout));
    let graceful = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connect(&service, &graceful, stream),
                // One that could not be accepted (too many files open, a client that is gone) is no end.
                Err(error) => {
                    tracing::warn!("failed to accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            () = &mut end => break,
        }
    }
    drop(listener);
    tokio::select! {
        finished = timeout(FAREWELL, graceful.shutdown()) => if finished.is_err() {
            tracing::warn!("left requests unanswered that took longer than {} s to end", FAREWELL.as_secs());
        },
        () = asked_to_end(None) => tracing::warn!("left requests unanswered: asked to end a second time"),
    }
    Ok(())
}

/// The socket that systemd has opened for this process, or a new one.
async fn listener(addr: SocketAddr) -> Result<TcpListener> {
    let mut given = listenfd::ListenFd::from_env();
    if given.len() > 1 {
        return Err(UsageError::error(format!("{} sockets are given (LISTEN_FDS), and one is served", given.len())));
    }
    if given.len() == 1 {
        let taken = given.take_tcp_listener(0).ok().flatten();
        let taken = taken.and_then(|socket| socket.set_nonblocking(true).is_ok().then_some(socket));
        let socket =
            taken.ok_or_else(|| UsageError::error("the socket that is given (LISTEN_FDS) listens to no TCP"))?;
        return TcpListener::from_std(socket).map_err(Error::new);
    }
    bound(addr).await
}

async fn bound(addr: SocketAddr) -> Result<TcpListener> {
    // One line: whoever starts servers looks for the reason there.
    TcpListener::bind(addr).await.map_err(|error| Error::msg(format!("failed to listen on {addr}: {error}")))
}

/// Drops instances that nobody has needed for a while.
async fn drop_idle(service: Arc<Service>, after: Duration) {
    loop {
        tokio::time::sleep(after).await;
        service.pool.drop_older(after);
    }
}

/// Serves the requests of one connection, in a task of its own.
fn connect(service: &Arc<Service>, graceful: &GracefulShutdown, stream: TcpStream) {
    let service = service.clone();
    let patience = service.patience;
    // Small answers are not held back for the client's acknowledgement of others.
    let _ = stream.set_nodelay(true);
    let mut stream = tokio_io_timeout::TimeoutStream::new(stream);
    // A client that stops reading keeps its connection no longer than a guest keeps a place.
    stream.set_write_timeout(Some(patience));
    let handle = hyper::service::service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(work::answer(service, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), handle);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that is gone, or that speaks no HTTP: nobody is left to be told but whoever reads this.
        if let Err(error) = connection.await {
            tracing::info!("a connection broke off: {error}");
        }
    });
}

/// Waits until the process is interrupted or told to end, or somebody connects where that asks for it. Signals count from
/// the call on, not from when it is first waited for: else one that came between would end the process at once.
fn asked_to_end(asked_here: Option<TcpListener>) -> impl Future<Output = ()> {
    let signalled = signalled();
    async move {
        let connected = async {
            match asked_here {
                Some(listener) => drop(listener.accept().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = connected => {}
            () = signalled => {}
        }
    }
}

#[cfg(unix)]
fn signalled() -> impl Future<Output = ()> {
    use std::task::Poll;
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    // Where one cannot be heard, it does what it does by default.
    let mut heard: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    std::future::poll_fn(move |cx| match heard.iter_mut().any(|signal| signal.poll_recv(cx).is_ready()) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
}

#[cfg(not(unix))]
async fn signalled() {
    // Where nobody can ask, nobody does.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn tell(line: &str) {
    // A closed standard error is no reason to stop serving.
    let _ = writeln!(io::stderr(), "{line}");
}
