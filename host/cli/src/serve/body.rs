//! A response's body, which tells when nobody needs it any more.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// A body. Its other end ends when this is dropped: once it is sent, or its client is gone.
pub(crate) struct Told {
    body: HyperOutgoingBody,
    _end: Option<oneshot::Sender<()>>,
}

impl Told {
    /// A body that nobody is told of.
    pub(crate) fn untold(body: HyperOutgoingBody) -> Self {
        Self { body, _end: None }
    }

    /// A body, and what ends with it.
    pub(crate) fn new(body: HyperOutgoingBody) -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self { body, _end: Some(sender) }, receiver)
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
