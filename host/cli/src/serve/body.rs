//! A response's body, which tells when nobody needs it any more.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// A body. Its other end ends when this is dropped: once it is sent, or its client is gone. It is told before that if the
/// guest has returned and left the body unfinished: nobody will write the rest of it.
pub(crate) struct Told {
    body: HyperOutgoingBody,
    end: Option<oneshot::Sender<Unfinished>>,
    /// Whether the guest has returned.
    returned: Option<oneshot::Receiver<()>>,
}

/// A body that its guest has left unfinished.
pub(crate) struct Unfinished;

impl Told {
    /// A body that nobody is told of.
    pub(crate) fn untold(body: HyperOutgoingBody) -> Self {
        Self { body, end: None, returned: None }
    }

    /// A body, and what ends with it. `returned`: told when the guest has returned.
    pub(crate) fn new(
        body: HyperOutgoingBody,
        returned: oneshot::Receiver<()>,
    ) -> (Self, oneshot::Receiver<Unfinished>) {
        let (sender, receiver) = oneshot::channel();
        (Self { body, end: Some(sender), returned: Some(returned) }, receiver)
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        if frame.is_ready() || !this.returned.as_mut().is_some_and(|returned| Pin::new(returned).poll(cx).is_ready()) {
            return frame;
        }
        this.returned = None;
        // What the guest wrote last has come by now.
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        if frame.is_pending()
            && let Some(end) = this.end.take()
        {
            let _ = end.send(Unfinished);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
