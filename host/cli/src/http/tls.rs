//! Requests as upstream sends them, with TLS.

use crate::http::Answer;
use http_body_util::BodyExt;
use wasmtime_wasi_http::{RequestOptions, Result, WasiBody};

/// Sends a request.
pub(super) async fn send(request: http::Request<WasiBody>, options: Option<RequestOptions>) -> Result<Answer> {
    let (response, connection) = wasmtime_wasi_http::default_send_request(request, options).await?;
    Ok((response.map(BodyExt::boxed_unsync), Box::new(connection)))
}
