//! One request: from a place among those that run to the guest's answer, and to the end of what it does.

use crate::grant::Grants;
use crate::serve::body::{Told, Unfinished};
use crate::serve::log::Line;
use crate::serve::pool::{Pool, Worker};
use crate::state::State;
use coracle::{Error, Result};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// What all requests share.
pub(crate) struct Service {
    pub(crate) pre: ProxyPre<State>,
    pub(crate) grants: Grants,
    /// One permit for each guest that may run.
    pub(crate) places: Arc<Semaphore>,
    /// How long a guest may take, and a request may wait for a place.
    pub(crate) patience: Duration,
    /// Requests that an instance may answer.
    pub(crate) uses: u32,
    pub(crate) pool: Pool,
}

/// What a guest answers, and what tells when its body is sent.
type Answered = std::result::Result<Response<HyperOutgoingBody>, ErrorCode>;

/// Why a request has no answer of a guest's.
#[derive(Debug)]
enum Unanswered {
    /// Its guest's time was up.
    Late(Duration),
    /// No place was free in time.
    Crowded(Duration),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(time) => write!(f, "no answer within {time:?}"),
            Self::Crowded(time) => write!(f, "no guest was free within {time:?}"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// The answer to a request: the guest's, or what became of it.
pub(crate) async fn answer(service: Arc<Service>, request: Request<Incoming>) -> Response<Told> {
    let line = Line::new(request.method(), request.uri());
    let patience = service.patience;
    let response = match timeout(patience, service.places.clone().acquire_owned()).await {
        Ok(Ok(place)) => {
            let responded = timeout(patience, respond(service, place, request)).await;
            responded.unwrap_or_else(|_| Err(Error::new(Unanswered::Late(patience))))
        }
        Ok(Err(closed)) => Err(Error::new(closed)),
        Err(_) => Err(Error::new(Unanswered::Crowded(patience))),
    };
    let response = response.unwrap_or_else(|error| {
        line.failed(&error);
        failed(match error.downcast_ref() {
            Some(Unanswered::Late(_)) => StatusCode::GATEWAY_TIMEOUT,
            Some(Unanswered::Crowded(_)) => StatusCode::SERVICE_UNAVAILABLE,
            None => StatusCode::INTERNAL_SERVER_ERROR,
        })
    });
    line.answered(response.status());
    response
}

fn failed(status: StatusCode) -> Response<Told> {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(Told::untold(body));
    *response.status_mut() = status;
    response
}

/// Has an instance work on a request, and waits for the head of its response.
async fn respond(
    service: Arc<Service>,
    place: OwnedSemaphorePermit,
    request: Request<Incoming>,
) -> Result<Response<Told>> {
    let (sender, receiver) = oneshot::channel();
    let (sent, ended) = oneshot::channel();
    let (returned, returns) = oneshot::channel();
    let patience = service.patience;
    let shown = format!("{} {}", request.method(), request.uri());
    let guest = tokio::spawn(async move {
        let worked = timeout(patience, work(&service, request, sender)).await;
        let worker = worked.unwrap_or_else(|_| Err(Error::new(Unanswered::Late(patience))))?;
        let _ = returned.send(());
        // What it leaves unfinished holds up its response until it is dropped; so it is kept only for whole ones.
        if worker.served < service.uses && is_sent(ended, patience).await {
            service.pool.put(worker);
        } else {
            drop(worker);
        }
        // Only now: what a guest has, it has while it holds a place.
        drop(place);
        Ok(())
    });
    match receiver.await {
        Ok(Ok(response)) => {
            // The body is on its way while the guest goes on.
            tokio::spawn(async move {
                if let Err(error) = guest.await.map_err(Error::new).flatten() {
                    tracing::warn!("{shown}: after its response had begun: {error:#}");
                }
            });
            let (head, body) = response.into_parts();
            let (body, end) = Told::new(body, returns);
            // Nobody asks where the instance is used once.
            let _ = sent.send(end);
            Ok(Response::from_parts(head, body))
        }
        Ok(Err(code)) => Err(Error::msg(format!("the guest answered with an error: {code:?}"))),
        // The sender is gone, and the guest with it.
        Err(_) => match guest.await.map_err(Error::new)? {
            Ok(()) => Err(Error::msg("the guest returned and has not answered")),
            Err(error) => Err(error),
        },
    }
}

/// Waits until a response is sent to its end, or its client is gone; false if that takes too long, or cannot be.
async fn is_sent(ended: oneshot::Receiver<oneshot::Receiver<Unfinished>>, patience: Duration) -> bool {
    let Ok(sent) = ended.await else { return false };
    matches!(timeout(patience, sent).await, Ok(Err(_)))
}

/// One guest's work: from its instance to the end of what it does. It is good for another request then.
async fn work(service: &Service, request: Request<Incoming>, sender: oneshot::Sender<Answered>) -> Result<Worker> {
    let mut worker = match service.pool.take() {
        Some(worker) => worker,
        None => {
            let mut store = service.grants.component_store(service.pre.engine())?;
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            let proxy = service.pre.instantiate_async(&mut store).await?;
            Worker { store, proxy, served: 0 }
        }
    };
    let Worker { store, proxy, served } = &mut worker;
    if *served > 0 {
        service.grants.wasm.fuel(store)?;
        store.set_epoch_deadline(1);
    }
    *served += 1;
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let answer = store.data_mut().http().new_response_outparam(sender)?;
    proxy.wasi_http_incoming_handler().call_handle(store, request, answer).await?;
    Ok(worker)
}
