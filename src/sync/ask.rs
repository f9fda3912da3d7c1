//! One question to the server outside the feed: joining, and asking how it does. The same roads, certificate and
//! words as the link's.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

use super::link::{Address, connect, secure};
use super::pin;
use super::traffic::{Counted, Traffic};
use crate::domain::ids::{FileId, MessageId};
use crate::wire::gather::Gather;
use crate::wire::hello::file_path;
use crate::wire::pipe::DialError;

/// An answer longer than this is none of ours, bytes.
const LONGEST: usize = 64 << 10;
/// Largest file that is fetched, bytes.
const LARGEST: usize = 64 << 20;
/// A file may take this long.
const PATIENCE: Duration = Duration::from_mins(30);

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
    let question = Question { path, json, token: None, longest: LONGEST };
    let (status, date, body) = tokio::time::timeout(patience, exchange(address, question)).await.map_err(late)??;
    Ok(Answer { status, date, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Fetches a file that a message names, as this desk. However thin the line, it may take its time; what does not come
/// is said.
pub async fn fetch(address: &Address, message: MessageId, file: FileId) -> Result<Vec<u8>, String> {
    let path = file_path(message, file);
    let question = Question { path: &path, json: None, token: Some(&address.token), longest: LARGEST };
    let exchange = tokio::time::timeout(PATIENCE, exchange(address, question)).await;
    let (status, _, body) = match exchange {
        Ok(answered) => answered.map_err(|error| error.to_string())?,
        Err(_) => return Err(format!("{} sent too little of the file in time.", place(address))),
    };
    match status {
        200 => Ok(body.to_vec()),
        404 => Err("The server does not have this file any more, or you may not see it.".into()),
        status => Err(format!("The server answers with an error ({status}).")),
    }
}

/// What is asked.
struct Question<'q> {
    path: &'q str,
    json: Option<String>,
    token: Option<&'q str>,
    /// An answer longer than this is none of ours, bytes.
    longest: usize,
}

/// Status, date and body.
type Said = (u16, Option<String>, Bytes);

async fn exchange(address: &Address, question: Question<'_>) -> Result<Said, DialError> {
    let Question { path, json, token, longest } = question;
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
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, place(address))
        .header(CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from(json.unwrap_or_default()))).map_err(|e| broken(&e))?;
    let response = sender.send_request(request).await.map_err(|e| broken(&e))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, longest).collect().await.map_err(|e| broken(&e))?.to_bytes();
    let date = head.headers.get(DATE).and_then(|d| d.to_str().ok()).map(str::to_owned);
    Ok((head.status.as_u16(), date, body))
}

/// Host and port as people write them.
pub fn place(Address { host, port, .. }: &Address) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
