//! What becomes of a guest's HTTP requests: they are sent where `-S http` grants it, and denied elsewhere.
//!
//! Upstream sends requests only in builds with TLS, whose cryptography needs a C compiler. So TLS is a feature, `tls`;
//! without it requests are sent in the clear from here, and those that ask for TLS are refused by name.

use std::future::Future;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

#[cfg(not(feature = "tls"))]
#[path = "http/clear.rs"]
mod send;
#[cfg(feature = "tls")]
#[path = "http/tls.rs"]
mod send;

/// A response, and what drives the connection that its body comes from.
type Answer = (http::Response<WasiBody>, Box<dyn Future<Output = Result<()>> + Send>);

/// Whether requests are sent at all.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) granted: bool,
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
}
