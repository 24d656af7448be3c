//! What becomes of a guest's HTTP requests: they are sent where `-S http` grants it, and denied elsewhere.
//!
//! Upstream sends requests only in builds with TLS, whose cryptography needs a C compiler. So TLS is a feature, `tls`;
//! without it requests are sent in the clear from here, and those that ask for TLS are refused by name.

use std::future::Future;
use wasmtime_wasi_http::p2::{DEFAULT_OUTGOING_BODY_BUFFER_CHUNKS, DEFAULT_OUTGOING_BODY_CHUNK_SIZE};
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

#[cfg(not(feature = "tls"))]
#[path = "http/clear.rs"]
mod send;
#[cfg(feature = "tls")]
#[path = "http/tls.rs"]
mod send;

/// A response, and what drives the connection that its body comes from.
type Answer = (http::Response<WasiBody>, Box<dyn Future<Output = Result<()>> + Send>);

/// Whether requests are sent at all, and how much of a body is kept.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) granted: bool,
    /// Writes of a body that are kept until they are sent, where it is not upstream's number.
    pub(crate) body_chunks: Option<usize>,
    /// Bytes of such a write, where it is not upstream's number.
    pub(crate) body_chunk_size: Option<usize>,
}

impl WasiHttpHooks for Http {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer>> + Send> {
        if self.granted {
            Box::new(send::send(request, options))
        } else {
            Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
        }
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        self.body_chunks.unwrap_or(DEFAULT_OUTGOING_BODY_BUFFER_CHUNKS)
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        self.body_chunk_size.unwrap_or(DEFAULT_OUTGOING_BODY_CHUNK_SIZE)
    }
}
