//! A customer's socket: frames both ways, from its greeting to its end.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;

use super::{Asker, Chats, GREETING, told_to};
use crate::channel::webchat::protocol::{Down, MAX_FRAME, Up, Why};
use crate::channel::webchat::{Guest, Known, Listening};

/// So often the server says that it is there.
const BEAT: Duration = Duration::from_secs(20);
/// A widget that is silent for this long, answers to beats included, is gone.
const SILENCE_MS: u64 = 65_000;
/// What the network does not take within this time ends the connection.
const WRITE: Duration = Duration::from_secs(20);
/// Frames in [`WINDOW_MS`] beyond which a widget is none of ours.
const FLOOD: u32 = 300;
const WINDOW_MS: u64 = 10_000;
/// Room for what a widget says, bytes, held for each of thousands.
const READ: usize = 2 << 10;
/// Sockets of customers at once.
const SOCKETS: usize = 5_000;
static OPEN: AtomicUsize = AtomicUsize::new(0);

type Upgrade = Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>;

/// `GET /chat/{inbox}/socket`.
pub(super) async fn socket(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let asker = match Asker::within(&chats, inbox, peer, &headers) {
        Ok(asker) => asker,
        Err(no) => return *no,
    };
    let Ok(upgrade) = upgrade else { return asker.refuse(StatusCode::BAD_REQUEST, Why::Frame) };
    let room = Room::take();
    let (Some(room), false) = (room, asker.chats.stopping()) else {
        return asker.refuse(StatusCode::SERVICE_UNAVAILABLE, Why::Later);
    };
    let upgrade = upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME);
    upgrade.read_buffer_size(READ).write_buffer_size(0).on_upgrade(move |socket| async move {
        let _room = room;
        talk(asker, socket).await;
    })
}

/// A place among the sockets.
struct Room;

impl Room {
    fn take() -> Option<Room> {
        let taken = OPEN.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n < SOCKETS).then_some(n + 1));
        taken.ok().map(|_| Room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::SeqCst);
    }
}

type Out = SplitSink<WebSocket, Message>;

async fn put(out: &mut Out, frames: &[Down]) -> Result<(), ()> {
    for frame in frames {
        let text = serde_json::to_string(frame).map_err(|_| ())?;
        timeout(WRITE, out.send(Message::Text(text.into()))).await.map_err(|_| ())?.map_err(|_| ())?;
    }
    Ok(())
}

/// One customer's socket, from its greeting to its end.
async fn talk(asker: Asker, socket: WebSocket) {
    let (mut out, mut words) = socket.split();
    let first = loop {
        match timeout(GREETING, words.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => break Up::read(&text),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            _ => return,
        }
    };
    let greeted = match first {
        Ok(Up::Hello(hello)) => asker.chats.hello(&asker.inbox, &hello, asker.from).await,
        Ok(_) => Err(Down::no(Why::Frame)),
        Err(why) => Err(Down::no(why)),
    };
    let (guest, frames, known) = match greeted {
        Ok(greeted) => greeted,
        Err(no) => {
            put(&mut out, &[no]).await.ok();
            out.send(Message::Close(None)).await.ok();
            return;
        }
    };
    let Some(listening) = asker.chats.listen(&guest).await else {
        put(&mut out, &[Down::no(Why::Slow)]).await.ok();
        out.send(Message::Close(None)).await.ok();
        return;
    };
    if put(&mut out, &frames).await.is_ok() {
        let why = converse(&asker, &guest, listening, known, &mut out, words).await;
        let bye = CloseFrame { code: why, reason: "".into() };
        timeout(WRITE, out.send(Message::Close(Some(bye)))).await.ok();
    }
}

/// Both ways until one of them ends; why, in the socket's own numbers.
async fn converse(
    asker: &Asker,
    guest: &Guest,
    mut listening: Listening,
    mut known: Known,
    out: &mut Out,
    mut words: futures_util::stream::SplitStream<WebSocket>,
) -> u16 {
    let Some(mut stop) = asker.chats.stop() else { return close_code::RESTART };
    let mut beat = tokio::time::interval(BEAT);
    // The first comes at once.
    beat.tick().await;
    let mut heard = asker.chats.steady_ms();
    let (mut window, mut frames) = (heard, 0);
    listening.news.mark_changed();
    loop {
        tokio::select! {
            biased;
            () = told_to(&mut stop) => return close_code::RESTART,
            message = words.next() => {
                heard = asker.chats.steady_ms();
                if heard.saturating_sub(window) > WINDOW_MS {
                    (window, frames) = (heard, 0);
                }
                frames += 1;
                if frames > FLOOD {
                    return close_code::POLICY;
                }
                let answers = match message {
                    Some(Ok(Message::Text(text))) => match Up::read(&text) {
                        Ok(frame) => asker.chats.hear(guest, frame).await,
                        Err(why) => vec![refused(&text, why)],
                    },
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Binary(_))) => return close_code::UNSUPPORTED,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return close_code::NORMAL,
                };
                if put(out, &answers).await.is_err() {
                    return close_code::AWAY;
                }
            }
            _ = listening.news.changed() => {
                listening.news.borrow_and_update();
                match asker.chats.news(guest, &mut known).await {
                    Ok(news) => if put(out, &news).await.is_err() { return close_code::AWAY },
                    Err(why) => {
                        tracing::debug!("a customer is told later: {why}");
                        return close_code::AGAIN;
                    }
                }
            }
            _ = beat.tick() => {
                if asker.chats.steady_ms().saturating_sub(heard) > SILENCE_MS || put(out, &[Down::Ping]).await.is_err() {
                    return close_code::AWAY;
                }
                if timeout(WRITE, out.send(Message::Ping(Bytes::new()))).await.is_err() {
                    return close_code::AWAY;
                }
            }
        }
    }
}

/// A frame that is refused as a whole; a deed is named, so that the widget stops bringing it.
fn refused(text: &str, code: Why) -> Down {
    let once = match serde_json::from_str(text) {
        Ok(Up::Do { once, .. }) => Some(once),
        _ => None,
    };
    Down::No { code, once, n: None, retry_s: None }
}
