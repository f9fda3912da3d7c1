//! The door for desks: a WebSocket whose opening words ride in the upgrade request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};

use super::problem::Problem;
use super::{Door, text_of};
use crate::server::accounts::bearer;
use crate::server::session::drive;
use crate::wire::codec::Frame;
use crate::wire::frame::{Hello, Up};
use crate::wire::hello::{HELLO_HEADER, PRIMED, PRIMED_HEADER, agree};
use crate::wire::pipe::{self, Pipe};

/// A message the network does not take for this long ends the connection.
const WRITE: Duration = Duration::from_mins(1);

/// Room for what a desk says, bytes, held for each of thousands; a longer message takes more while it comes in.
const READ: usize = 2 << 10;

type Upgrade = Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>;

/// `GET /feed`. A desk shows what it is refused with as it comes: one line of plain text.
pub async fn feed(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<SocketAddr>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    open(&door, peer, &headers, upgrade).await.unwrap_or_else(Problem::into_plain)
}

async fn open(door: &Door, peer: SocketAddr, headers: &HeaderMap, upgrade: Upgrade) -> Result<Response, Problem> {
    let hello = text_of(headers, HELLO_HEADER).ok_or(crate::wire::hello::BadHello);
    let hello = hello.and_then(Hello::from_header).map_err(|bad| Problem {
        field: HELLO_HEADER.into(),
        ..Problem::new(StatusCode::BAD_REQUEST, "bad_hello", bad.to_string())
    })?;
    agree(hello.min, hello.max)
        .map_err(|other| Problem::new(StatusCode::UPGRADE_REQUIRED, "version", other.to_string()))?;
    door.limits.welcome(peer.ip()).map_err(super::too_fast)?;
    let token = bearer(text_of(headers, header::AUTHORIZATION.as_str()))
        .ok_or_else(|| Problem::unauthorized("this desk has no token; join again with a new link"))?;
    let known = door.hub.device_of(token).await.map_err(Problem::unavailable)?;
    let Some((device, _)) = known else {
        door.limits.stranger(peer.ip());
        return Err(Problem::unauthorized("this desk was shut out or its account closed; ask your lead"));
    };
    let upgrade = upgrade.map_err(|no| Problem::new(StatusCode::BAD_REQUEST, "no_upgrade", no.body_text()))?;
    let primed = hello.primes();
    let hub = door.hub.clone();
    let serve = move |socket: WebSocket| async move {
        let (inside, outside) = pipe::pair();
        let session = tokio::spawn(drive::serve(hub, inside, hello, primed, device));
        carry(socket, outside).await;
        // The session ends by itself once its pipe is gone; a panic in it was logged by the runtime.
        session.await.ok();
    };
    let upgrade = upgrade.max_message_size(Up::MAX_MESSAGE).max_frame_size(Up::MAX_MESSAGE);
    let mut response = upgrade.read_buffer_size(READ).write_buffer_size(0).on_upgrade(serve).into_response();
    if primed {
        response.headers_mut().insert(HeaderName::from_static(PRIMED_HEADER), HeaderValue::from_static(PRIMED));
    }
    Ok(response)
}

/// Carries messages between socket and session until one of them ends.
async fn carry(socket: WebSocket, pipe: Pipe) {
    let (mut to_desk, mut from_desk) = socket.split();
    let Pipe { tx, mut rx } = pipe;
    let reading = async move {
        while let Some(message) = from_desk.next().await {
            match message {
                Ok(Message::Binary(bytes)) => {
                    if tx.send(bytes.to_vec()).await.is_err() {
                        // The session has ended; what it still wants to say is being written.
                        return false;
                    }
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) => return true,
                Ok(Message::Text(_)) => {
                    tx.because("the desk sent text");
                    return true;
                }
                Err(error) => {
                    tx.because(&error.to_string());
                    return true;
                }
            }
        }
        true
    };
    let writing = async move {
        while let Some(bytes) = rx.next().await {
            match tokio::time::timeout(WRITE, to_desk.send(Message::Binary(bytes.into()))).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
        let bye = CloseFrame { code: close_code::NORMAL, reason: "".into() };
        // The other side may have gone first; that is all the same now.
        tokio::time::timeout(WRITE, to_desk.send(Message::Close(Some(bye)))).await.ok();
    };
    tokio::pin!(writing);
    tokio::select! {
        hung_up = reading => {
            if !hung_up {
                writing.await;
            }
        }
        () = &mut writing => {}
    }
}
