//! Files: those that customers send, and those of their conversation that they ask for.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Query};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Asker, Chats, heard_out, shared, text_of};
use crate::channel::webchat::protocol::{Card, Why};
use crate::domain::ids::FileId;

/// A file must be there within this time …
const FILE: Duration = Duration::from_secs(300);
/// … and some more of it within this.
const STALL: Duration = Duration::from_secs(20);
/// Some more of a file that is fetched must be taken within this time, so much at a time, bytes.
const TAKEN: Duration = Duration::from_secs(60);
const PART: usize = 16 << 10;
/// Room taken for a file before it comes, bytes at most.
const AT_FIRST: usize = 1 << 20;

const TOKEN: HeaderName = HeaderName::from_static("x-chat-token");
const NAME: HeaderName = HeaderName::from_static("x-file-name");

/// `POST /chat/{inbox}/file`: a file that goes along with a message to come.
pub(super) async fn keep_file(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asker = match Asker::within(&chats, inbox, peer, &headers) {
        Ok(asker) => asker,
        Err(no) => return heard_out(Err(*no), Some(body)).await,
    };
    let mut body = Some(body);
    let answer = keep_it(&asker, &headers, &mut body).await;
    heard_out(answer, body).await
}

async fn keep_it(asker: &Asker, headers: &HeaderMap, body: &mut Option<Body>) -> Result<Response, Response> {
    let guest = asker.guest(text_of(headers, TOKEN.as_str()).unwrap_or_default()).await?;
    let bad = |code: Why| {
        let status = if code == Why::Big { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::UNPROCESSABLE_ENTITY };
        asker.refuse(status, code)
    };
    let announced = text_of(headers, "content-length").and_then(|length| length.parse::<u64>().ok());
    let name = unescape(text_of(headers, NAME.as_str()).unwrap_or_default()).ok_or_else(|| bad(Why::Name))?;
    let kind = text_of(headers, "content-type").unwrap_or_default();
    let passage = asker.chats.may_send(&guest, &name, kind, announced).await.map_err(bad)?;
    let bytes = all_of(body.take().unwrap_or_default(), passage.most()).await.map_err(bad)?;
    let card = asker.chats.keep_file(&guest, passage, &name, kind, bytes).await.map_err(bad)?;
    Ok(shared(Json(Card::from(&card)).into_response(), asker.origin.as_ref()))
}

/// Reads so much at most, into the room that is there for it.
async fn all_of(body: Body, most: u64) -> Result<Vec<u8>, Why> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut parts = body.into_data_stream();
    let read = async {
        let mut bytes = Vec::with_capacity(most.min(AT_FIRST));
        while let Some(part) = timeout(STALL, parts.next()).await.map_err(|_| Why::Later)? {
            let part = part.map_err(|_| Why::Later)?;
            if bytes.len() + part.len() > most {
                return Err(Why::Big);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    };
    timeout(FILE, read).await.map_err(|_| Why::Later)?
}

/// Which file.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    id: String,
}

type Asked = Result<Query<Which>, axum::extract::rejection::QueryRejection>;

/// `GET /chat/{inbox}/file?id=`: a file of the conversation.
pub(super) async fn fetch_file(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    which: Asked,
    headers: HeaderMap,
) -> Response {
    fetch_it(&chats, inbox, peer, which, &headers).await.unwrap_or_else(|no| no)
}

async fn fetch_it(
    chats: &Chats,
    inbox: String,
    peer: SocketAddr,
    which: Asked,
    headers: &HeaderMap,
) -> Result<Response, Response> {
    let mut asker = Asker::within(chats, inbox, peer, headers).map_err(|no| *no)?;
    let guest = asker.guest(text_of(headers, TOKEN.as_str()).unwrap_or_default()).await?;
    let no = |code: Why| match code {
        Why::Slow => asker.refuse(StatusCode::TOO_MANY_REQUESTS, code),
        _ => asker.refuse(StatusCode::NOT_FOUND, Why::File),
    };
    let id = which.ok().and_then(|Query(which)| which.id.parse().ok()).map(FileId);
    let (bytes, way) = asker.chats.file(&guest, id.ok_or_else(|| no(Why::File))?).await.map_err(no)?;
    // Whatever it says it is: here it is bytes to be saved under the name that the page knows.
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")];
    let length = [(header::CONTENT_LENGTH, bytes.len())];
    let body = handed_out(bytes.into(), (way, asker.line.take()));
    Ok(shared((headers, length, body).into_response(), asker.origin.as_ref()))
}

/// Hands bytes out as they are taken. Who takes no more of them does not keep them here; `held` is held until then.
fn handed_out(bytes: Bytes, held: impl Send + 'static) -> Body {
    let (parts, taken) = mpsc::channel::<Result<Bytes, std::convert::Infallible>>(1);
    tokio::spawn(async move {
        let _held = held;
        let mut rest = bytes;
        while !rest.is_empty() {
            let part = rest.split_to(PART.min(rest.len()));
            if !matches!(timeout(TAKEN, parts.send(Ok(part))).await, Ok(Ok(()))) {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(taken, async |mut taken| Some((taken.recv().await?, taken))))
}

/// Reads percent signs; `None` when they are none of UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn names_come_through_percent_signs_or_not_at_all() {
        assert_eq!(unescape("factura%20%C3%B1.pdf").as_deref(), Some("factura ñ.pdf"));
        assert_eq!(unescape("plain").as_deref(), Some("plain"));
        for bad in ["%", "%4", "%zz", "%ff", "a%C3"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn what_is_handed_out_is_held_until_it_is_taken_or_nobody_takes_it() {
        let bytes = Bytes::from(vec![7; 10 * PART + 1]);
        let held = Arc::new(());
        let whole = axum::body::to_bytes(handed_out(bytes.clone(), held.clone()), usize::MAX).await;
        assert!(whole.expect("bytes") == bytes);
        let mut parts = handed_out(bytes, held.clone()).into_data_stream();
        assert_eq!(parts.next().await.expect("a part").expect("bytes").len(), PART);
        assert!(Arc::strong_count(&held) > 1);
        drop(parts);
        let let_go = async {
            while Arc::strong_count(&held) > 1 {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), let_go).await.expect("it is held no longer");
    }
}
