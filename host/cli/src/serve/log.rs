//! What a server tells: a line for each request, and why one failed.

use coracle::Printable;
use hyper::{Method, StatusCode, Uri};
use std::io::{self, IsTerminal};
use std::time::Instant;
use tracing::Level;

/// From here on what is told goes to standard error, a line each; `quiet`: failures alone.
pub(crate) fn start(quiet: bool) {
    let most = if quiet { Level::WARN } else { Level::INFO };
    let lines = tracing_subscriber::fmt().with_max_level(most).with_target(false);
    // Upstream's crates trace as well: what they say of themselves is below these levels.
    let lines = lines.with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Another one is there already only if this is called a second time.
    let _ = lines.try_init();
}

/// The line of a request. It is written when the request is answered, or when nobody waits for an answer any more.
pub(crate) struct Line {
    request: String,
    began: Instant,
    status: Option<StatusCode>,
}

impl Line {
    pub(crate) fn new(method: &Method, uri: &Uri) -> Self {
        let request = format!("{} {}", Printable(method), Printable(uri));
        Self { request, began: Instant::now(), status: None }
    }

    /// Says why there is no answer of the guest's.
    pub(crate) fn failed(&self, why: &dyn std::fmt::Display) {
        tracing::warn!("{}: {why:#}", self.request);
    }

    /// How the request ends for the client.
    pub(crate) fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        match self.status {
            Some(status) => tracing::info!("{} {} {took:.1?}", self.request, status.as_u16()),
            None => tracing::info!("{} - {took:.1?}: the client is gone", self.request),
        }
    }
}
