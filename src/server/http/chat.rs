//! The door for customers: the web chat's script, its socket, and single requests for lines that carry no sockets.
//!
//! Browsers say which page they act for; only pages of the inbox's sites are served, and this server's own test page.
//! Nothing is decided here: frames go in, frames come out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, Path, Query};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::timeout;

use super::text_of;
use crate::channel::webchat::protocol::{Card, Down, Hear, Heard, MAX_FRAME, MAX_FRAMES, Said, Up, Why};
use crate::channel::webchat::words::SCRIPT;
use crate::channel::webchat::{Guest, Known, Listening, WebChat};
use crate::domain::ids::FileId;

mod script;

/// The first frame must come within this time.
const GREETING: Duration = Duration::from_secs(10);
/// So often the server says that it is there.
const BEAT: Duration = Duration::from_secs(20);
/// A widget that is silent for this long, answers to beats included, is gone.
const SILENCE_MS: u64 = 65_000;
/// What the network does not take within this time ends the connection.
const WRITE: Duration = Duration::from_secs(20);
/// Longest wait for news in one request.
const HOLD: Duration = Duration::from_secs(25);
/// A request's body must be there within this time, a file's within the second.
const BODY: Duration = Duration::from_secs(15);
const FILE: Duration = Duration::from_secs(300);
/// Frames in [`WINDOW_MS`] beyond which a widget is none of ours.
const FLOOD: u32 = 300;
const WINDOW_MS: u64 = 10_000;
/// Room for what a widget says, bytes, held for each of thousands.
const READ: usize = 2 << 10;
/// Sockets of customers at once.
const SOCKETS: usize = 5_000;
static OPEN: AtomicUsize = AtomicUsize::new(0);

const TOKEN: HeaderName = HeaderName::from_static("x-chat-token");
const NAME: HeaderName = HeaderName::from_static("x-file-name");

/// The web chats, if there are any.
type Chats = Option<Arc<WebChat>>;
type Upgrade = Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>;

/// Every route of the web chat.
pub fn routes<S: Clone + Send + Sync + 'static>(chats: Chats) -> Router<S> {
    let file = post(keep_file).get(fetch_file).options(preflight);
    Router::new()
        .route("/chat/widget.js", get(script::script))
        .route("/chat/{inbox}/try", get(script::page))
        .route("/chat/{inbox}/socket", get(socket))
        .route("/chat/{inbox}/say", post(say).options(preflight))
        .route("/chat/{inbox}/hear", post(hear).options(preflight))
        .route("/chat/{inbox}/file", file)
        .layer(middleware::from_fn(guarded))
        .layer(Extension(chats))
}

/// What every answer here carries, whatever it is.
async fn guarded(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

/// A request of a page that may ask.
struct Asker {
    chats: Arc<WebChat>,
    inbox: String,
    from: IpAddr,
    origin: Option<HeaderValue>,
}

/// An answer that is no success: the frame that says why, so that a widget reads one language only.
fn refuse(status: StatusCode, code: Why, origin: Option<&HeaderValue>) -> Response {
    let body = Json(json!({ "v": "", "code": code, "frames": [Down::no(code)] }));
    shared((status, body).into_response(), origin)
}

/// Lets the page that asked read the answer.
fn shared(mut response: Response, origin: Option<&HeaderValue>) -> Response {
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    }
    response
}

impl Asker {
    /// Whether the page a request comes from may open this inbox. A request that names no page comes from no browser,
    /// or from this server's own page when the browser says so.
    fn of(chats: &Chats, inbox: String, peer: SocketAddr, headers: &HeaderMap) -> Result<Asker, Box<Response>> {
        let origin = headers.get(header::ORIGIN).cloned();
        let not = || {
            let said = text_of(headers, "origin").unwrap_or("none");
            tracing::warn!(
                inbox,
                origin = said.escape_default().take(100).collect::<String>(),
                "not one of the chat's sites"
            );
            refuse(StatusCode::FORBIDDEN, Why::Origin, origin.as_ref())
        };
        let Some((chats, known)) = chats.as_ref().and_then(|c| Some((c.clone(), c.inbox(&inbox)?))) else {
            return Err(Box::new(refuse(StatusCode::NOT_FOUND, Why::Origin, origin.as_ref())));
        };
        let fine = match origin.as_ref().map(HeaderValue::to_str) {
            Some(Ok(origin)) => known.welcomes(origin) || is_own(origin, headers),
            Some(Err(_)) => false,
            None => text_of(headers, "sec-fetch-site") == Some("same-origin"),
        };
        if !fine {
            return Err(Box::new(not()));
        }
        let named = text_of(headers, "x-forwarded-for").and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let from = named.filter(|_| known.behind_proxy).unwrap_or(peer.ip());
        Ok(Asker { chats, inbox, from, origin })
    }

    async fn guest(&self, token: &str) -> Result<Guest, Response> {
        let guest = self.chats.guest(&self.inbox, token, self.from).await;
        guest.map_err(|no| self.answer(&Heard { v: String::new(), frames: vec![no] }))
    }

    fn answer(&self, heard: &Heard) -> Response {
        shared(Json(heard).into_response(), self.origin.as_ref())
    }

    fn refuse(&self, status: StatusCode, code: Why) -> Response {
        refuse(status, code, self.origin.as_ref())
    }
}

/// Whether a page is this server's own.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.is_some_and(|host| text_of(headers, "host") == Some(host))
}

/// Asked by browsers before a request that carries more than a form could.
async fn preflight(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
) -> Response {
    match Asker::of(&chats, inbox, peer, &headers) {
        Err(no) => *no,
        Ok(asker) => {
            let mut response = shared(StatusCode::NO_CONTENT.into_response(), asker.origin.as_ref());
            let mut set = |name: HeaderName, value: &'static str| {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            };
            set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
            set(header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, x-chat-token, x-file-name");
            set(header::ACCESS_CONTROL_MAX_AGE, "600");
            response
        }
    }
}

/// Lets whoever was refused before their words were read say them all the same, so far as they are few: on a line that
/// is closed in the middle the answer is lost.
async fn heard_out(answer: Result<Response, Response>, unread: Option<Body>) -> Response {
    if let Some(body) = unread {
        // What is more, or slow, is not waited for.
        timeout(GREETING, to_bytes(body, MAX_FRAME)).await.ok();
    }
    answer.unwrap_or_else(|no| no)
}

async fn body_of(body: Body, most: usize, patience: Duration) -> Result<Bytes, Why> {
    match timeout(patience, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Why::Big),
        Err(_) => Err(Why::Later),
    }
}

/// `POST /chat/{inbox}/say`: frames in, what they are answered out.
async fn say(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut body = Some(body);
    let answer = say_it(&chats, inbox, peer, &headers, &mut body).await;
    heard_out(answer, body).await
}

async fn say_it(
    chats: &Chats,
    inbox: String,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: &mut Option<Body>,
) -> Result<Response, Response> {
    let asker = Asker::of(chats, inbox, peer, headers).map_err(|no| *no)?;
    let bad = |code: Why| asker.refuse(StatusCode::BAD_REQUEST, code);
    let bytes = body_of(body.take().unwrap_or_default(), MAX_FRAME * 4, BODY).await.map_err(bad)?;
    let said: Said = serde_json::from_slice(&bytes).map_err(|_| bad(Why::Frame))?;
    if said.frames.len() > MAX_FRAMES {
        return Err(bad(Why::Long));
    }
    let mut guest = match said.token.as_deref() {
        Some(token) => Some(asker.guest(token).await?),
        None => None,
    };
    let mut frames = Vec::new();
    for frame in said.frames {
        if let Err(why) = frame.check() {
            frames.push(match frame {
                Up::Do { once, .. } => Down::No { code: why, once: Some(once), n: None, retry_s: None },
                _ => Down::no(why),
            });
            continue;
        }
        match (frame, &guest) {
            (Up::Hello(hello), _) => match asker.chats.hello(&asker.inbox, &hello, asker.from).await {
                Ok((new, told, _)) => {
                    guest = Some(new);
                    frames.extend(told);
                }
                Err(no) => frames.push(no),
            },
            (frame, Some(guest)) => frames.extend(asker.chats.hear(guest, frame).await),
            (_, None) => frames.push(Down::no(Why::Token)),
        }
    }
    Ok(asker.answer(&Heard { v: String::new(), frames }))
}

/// `POST /chat/{inbox}/hear`: waits for what is new.
async fn hear(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut body = Some(body);
    let answer = hear_it(&chats, inbox, peer, &headers, &mut body).await;
    heard_out(answer, body).await
}

async fn hear_it(
    chats: &Chats,
    inbox: String,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: &mut Option<Body>,
) -> Result<Response, Response> {
    let asker = Asker::of(chats, inbox, peer, headers).map_err(|no| *no)?;
    let bytes = body_of(body.take().unwrap_or_default(), MAX_FRAME, BODY)
        .await
        .map_err(|why| asker.refuse(StatusCode::BAD_REQUEST, why))?;
    let ask: Hear = serde_json::from_slice(&bytes).map_err(|_| asker.refuse(StatusCode::BAD_REQUEST, Why::Frame))?;
    let guest = asker.guest(&ask.token).await?;
    let busy = || asker.refuse(StatusCode::SERVICE_UNAVAILABLE, Why::Later);
    let mut listening = asker.chats.listen(&guest).await.ok_or_else(busy)?;
    let mut stop = asker.chats.stop().ok_or_else(busy)?;
    let held = tokio::time::sleep(HOLD);
    tokio::pin!(held);
    loop {
        listening.news.borrow_and_update();
        let mut known = Known::after(ask.k);
        let frames = asker.chats.news(&guest, &mut known).await.map_err(|_| busy())?;
        let v = known.word();
        if v != ask.v || frames.iter().any(|frame| matches!(frame, Down::Line(_))) {
            return Ok(asker.answer(&Heard { v, frames }));
        }
        tokio::select! {
            _ = listening.news.changed() => {}
            () = &mut held => return Ok(asker.answer(&Heard { v, frames: Vec::new() })),
            () = told_to(&mut stop) => return Err(busy()),
        }
    }
}

/// `POST /chat/{inbox}/file`: a file that goes along with a message to come.
async fn keep_file(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut body = Some(body);
    let answer = keep_it(&chats, inbox, peer, &headers, &mut body).await;
    heard_out(answer, body).await
}

async fn keep_it(
    chats: &Chats,
    inbox: String,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: &mut Option<Body>,
) -> Result<Response, Response> {
    let asker = Asker::of(chats, inbox, peer, headers).map_err(|no| *no)?;
    let guest = asker.guest(text_of(headers, TOKEN.as_str()).unwrap_or_default()).await?;
    let most = asker.chats.inbox(&asker.inbox).map_or(0, |inbox| inbox.file.max);
    let bad = |code: Why| {
        let status = if code == Why::Big { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::UNPROCESSABLE_ENTITY };
        asker.refuse(status, code)
    };
    let announced = text_of(headers, "content-length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(bad(Why::Big));
    }
    let name = unescape(text_of(headers, NAME.as_str()).unwrap_or_default()).ok_or_else(|| bad(Why::Name))?;
    let kind = text_of(headers, "content-type").unwrap_or_default();
    let bytes = body_of(body.take().unwrap_or_default(), usize::try_from(most).unwrap_or(usize::MAX), FILE)
        .await
        .map_err(bad)?;
    let card = asker.chats.keep_file(&guest, &name, kind, bytes.to_vec()).await.map_err(bad)?;
    Ok(shared(Json(Card::from(&card)).into_response(), asker.origin.as_ref()))
}

/// Which file.
#[derive(Debug, Deserialize)]
struct Which {
    id: String,
}

type Asked = Result<Query<Which>, axum::extract::rejection::QueryRejection>;

/// `GET /chat/{inbox}/file?id=`: a file of the conversation.
async fn fetch_file(
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
    let asker = Asker::of(chats, inbox, peer, headers).map_err(|no| *no)?;
    let guest = asker.guest(text_of(headers, TOKEN.as_str()).unwrap_or_default()).await?;
    let missing = || asker.refuse(StatusCode::NOT_FOUND, Why::File);
    let id = which.ok().and_then(|Query(which)| which.id.parse().ok()).map(FileId).ok_or_else(missing)?;
    let (_, bytes) = asker.chats.file(&guest, id).await.map_err(|_| missing())?;
    // Whatever it says it is: here it is bytes to be saved under the name that the page knows.
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")];
    Ok(shared((headers, bytes).into_response(), asker.origin.as_ref()))
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

/// `GET /chat/{inbox}/socket`.
async fn socket(
    Extension(chats): Extension<Chats>,
    Extension(peer): Extension<SocketAddr>,
    Path(inbox): Path<String>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let asker = match Asker::of(&chats, inbox, peer, &headers) {
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

/// Waits until the server goes down.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    // Whoever would have said so is gone: that is an end too.
    stop.wait_for(|stop| *stop).await.ok();
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
    let Some(listening) = asker.chats.listen(&guest).await else { return };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_through_percent_signs_or_not_at_all() {
        assert_eq!(unescape("factura%20%C3%B1.pdf").as_deref(), Some("factura ñ.pdf"));
        assert_eq!(unescape("plain").as_deref(), Some("plain"));
        for bad in ["%", "%4", "%zz", "%ff", "a%C3"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_servers_own_page_is_told_by_its_host() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("desk.example:7420"));
        assert!(is_own("https://desk.example:7420", &headers));
        for other in ["https://desk.example", "https://desk.example:7420.evil.example", "null", "file://"] {
            assert!(!is_own(other, &headers), "{other}");
        }
        assert!(!is_own("https://desk.example:7420", &HeaderMap::new()));
    }
}
