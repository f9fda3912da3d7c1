//! One question to the server outside the feed: joining, and asking how it does. The same roads, certificate and
//! words as the link's.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, DATE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

use super::link::{Address, connect, secure};
use super::pin;
use super::traffic::{Counted, Traffic};
use crate::wire::gather::Gather;
use crate::wire::pipe::DialError;

/// An answer longer than this is none of ours, bytes.
const LONGEST: usize = 64 << 10;

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The server's clock, as it writes it (RFC 9110 date).
    pub date: Option<String>,
    /// The body, as text.
    pub body: String,
}

/// Asks one question: a GET, or a POST of JSON. Errors say in words who did not answer and why.
pub async fn ask(address: &Address, path: &str, json: Option<String>, patience: Duration) -> Result<Answer, DialError> {
    let late = |_| DialError::Unreachable(format!("{} does not answer in time.", place(address)));
    tokio::time::timeout(patience, exchange(address, path, json)).await.map_err(late)?
}

async fn exchange(address: &Address, path: &str, json: Option<String>) -> Result<Answer, DialError> {
    let broken = |why: &dyn std::fmt::Display| {
        DialError::Unreachable(format!("{} broke the conversation off: {why}.", place(address)))
    };
    let tls = Arc::new(pin::client_config(address.fingerprint).map_err(|e| broken(&e))?);
    let stream = Counted { stream: connect(address).await?, traffic: Arc::new(Traffic::default()) };
    let mut stream = secure(address, tls, Gather::new(stream)).await?;
    stream.get_mut().0.lets_go();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
    tokio::spawn(async move {
        // What went wrong reaches whoever waits for the answer.
        let _ = connection.await;
    });
    let method = if json.is_some() { Method::POST } else { Method::GET };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, place(address))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(json.unwrap_or_default())))
        .map_err(|e| broken(&e))?;
    let response = sender.send_request(request).await.map_err(|e| broken(&e))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.map_err(|e| broken(&e))?.to_bytes();
    let date = head.headers.get(DATE).and_then(|d| d.to_str().ok()).map(str::to_owned);
    Ok(Answer { status: head.status.as_u16(), date, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Host and port as people write them.
pub fn place(Address { host, port, .. }: &Address) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
