//! Requests in the clear, over HTTP/1.1.

use futures_util::stream;
use http::uri::{PathAndQuery, Scheme, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody};

/// How long a guest that sets no limit waits for each of a request's stages.
const PATIENCE: Duration = Duration::from_secs(600);

/// Sends a request.
pub(super) async fn send(
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<()>> + Send>)> {
    let options = options.unwrap_or_default();
    let within = |limit: Option<Duration>| limit.unwrap_or(PATIENCE);
    let stream = timeout(within(options.connect_timeout), TcpStream::connect(address(request.uri())?))
        .await
        .map_err(|_| Error::ConnectionTimeout)?
        .map_err(Error::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection has to make progress while the response is waited for; it ends when both sides are done.
    let connection = Connection(tokio::spawn(connection));
    let response = timeout(within(options.first_byte_timeout), sender.send_request(to_origin(request)?))
        .await
        .map_err(|_| Error::ConnectionReadTimeout)??;
    let between = within(options.between_bytes_timeout);
    Ok((response.map(|body| timed(body, between)), Box::new(connection.done())))
}

/// Where to connect to.
fn address(uri: &Uri) -> Result<String> {
    if uri.scheme() == Some(&Scheme::HTTPS) {
        let message = "this build sends no requests over TLS (feature `tls`)";
        return Err(Error::InternalError(Some(message.into())));
    }
    let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
    Ok(format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)))
}

/// The request as it is sent to the server itself: a proxy alone is told the authority in the first line.
fn to_origin(mut request: http::Request<WasiBody>) -> Result<http::Request<WasiBody>> {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    *request.uri_mut() = Uri::builder().path_and_query(path).build().map_err(|_| Error::HttpRequestUriInvalid)?;
    Ok(request)
}

/// A body whose frames come within a time of each other, or it ends in an error.
fn timed(body: Incoming, between: Duration) -> WasiBody {
    let frames = stream::try_unfold(body, move |mut body| async move {
        match timeout(between, body.frame()).await {
            Err(_) => Err(Error::ConnectionReadTimeout),
            Ok(None) => Ok(None),
            Ok(Some(frame)) => Ok(Some((frame?, body))),
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// A connection's task, which ends with whoever waits for it.
struct Connection(tokio::task::JoinHandle<hyper::Result<()>>);

impl Connection {
    async fn done(mut self) -> Result<()> {
        match (&mut self.0).await {
            Ok(ended) => ended.map_err(Error::from),
            Err(_) => Err(Error::ConnectionTerminated),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}
