//! The door for customers: the web chat's script, its socket, and single requests for lines that carry no sockets.
//!
//! Browsers say which page they act for; only pages of the inbox's sites are served, and this server's own test page.
//! Nothing is decided here: frames go in, frames come out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::text_of;
use crate::channel::webchat::protocol::{Down, Hear, Heard, MAX_FRAME, MAX_FRAMES, Said, Up, Why};
use crate::channel::webchat::{Guest, Known, WebChat, Within};

mod file;
mod script;
mod socket;

/// The first frame must come within this time.
const GREETING: Duration = Duration::from_secs(10);
/// Longest wait for news in one request.
const HOLD: Duration = Duration::from_secs(25);
/// A request's body must be there within this time.
const BODY: Duration = Duration::from_secs(15);
/// Requests that are refused and heard out at once.
static HEARD_OUT: Semaphore = Semaphore::const_new(100);

/// The web chats, if there are any.
type Chats = Option<Arc<WebChat>>;

/// Every route of the web chat.
pub fn routes<S: Clone + Send + Sync + 'static>(chats: Chats) -> Router<S> {
    let file = post(file::keep_file).get(file::fetch_file).options(preflight);
    Router::new()
        .route("/chat/widget.js", get(script::script))
        .route("/chat/{inbox}/try", get(script::page))
        .route("/chat/{inbox}/socket", get(socket::socket))
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
#[derive(Debug)]
struct Asker {
    chats: Arc<WebChat>,
    inbox: String,
    from: IpAddr,
    origin: Option<HeaderValue>,
    /// Its place among those of its address.
    line: Option<Within>,
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
        Ok(Asker { chats, inbox, from, origin, line: None })
    }

    /// One that counts among those of its address for as long as it lasts, if they are not too many.
    fn within(chats: &Chats, inbox: String, peer: SocketAddr, headers: &HeaderMap) -> Result<Asker, Box<Response>> {
        let mut asker = Asker::of(chats, inbox, peer, headers)?;
        asker.line = asker.chats.within(&asker.inbox, asker.from);
        if asker.line.is_some() {
            return Ok(asker);
        }
        Err(Box::new(asker.refuse(StatusCode::TOO_MANY_REQUESTS, Why::Slow)))
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
/// is closed in the middle the answer is lost. An address that has too many lines keeps none for that.
async fn heard_out(answer: Result<Response, Response>, unread: Option<Body>) -> Response {
    let answer = answer.unwrap_or_else(|no| no);
    if let (Some(body), Ok(_few)) = (unread, HEARD_OUT.try_acquire())
        && answer.status() != StatusCode::TOO_MANY_REQUESTS
    {
        // What is more, or slow, is not waited for.
        timeout(GREETING, to_bytes(body, MAX_FRAME)).await.ok();
    }
    answer
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
    let asker = match Asker::within(&chats, inbox, peer, &headers) {
        Ok(asker) => asker,
        Err(no) => return heard_out(Err(*no), Some(body)).await,
    };
    say_it(&asker, body).await.unwrap_or_else(|no| no)
}

async fn say_it(asker: &Asker, body: Body) -> Result<Response, Response> {
    let bad = |code: Why| asker.refuse(StatusCode::BAD_REQUEST, code);
    let bytes = body_of(body, MAX_FRAME * 4, BODY).await.map_err(bad)?;
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
    let asker = match Asker::within(&chats, inbox, peer, &headers) {
        Ok(asker) => asker,
        Err(no) => return heard_out(Err(*no), Some(body)).await,
    };
    hear_it(&asker, body).await.unwrap_or_else(|no| no)
}

async fn hear_it(asker: &Asker, body: Body) -> Result<Response, Response> {
    let bytes = body_of(body, MAX_FRAME, BODY).await.map_err(|why| asker.refuse(StatusCode::BAD_REQUEST, why))?;
    let ask: Hear = serde_json::from_slice(&bytes).map_err(|_| asker.refuse(StatusCode::BAD_REQUEST, Why::Frame))?;
    let guest = asker.guest(&ask.token).await?;
    let busy = || asker.refuse(StatusCode::SERVICE_UNAVAILABLE, Why::Later);
    let many = || asker.refuse(StatusCode::TOO_MANY_REQUESTS, Why::Slow);
    let _waits = asker.chats.waits(&guest).ok_or_else(many)?;
    let mut stop = asker.chats.stop().ok_or_else(busy)?;
    if let Err(wait_s) = asker.chats.may_ask(&guest) {
        // Whoever asks on and on is answered the slower.
        timeout(Duration::from_secs(wait_s).min(HOLD), told_to(&mut stop)).await.ok();
    }
    let mut listening = asker.chats.listen(&guest).await.ok_or_else(busy)?;
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

/// Waits until the server goes down.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    // Whoever would have said so is gone: that is an end too.
    stop.wait_for(|stop| *stop).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

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
