//! The server's doors over HTTP: desks, joining, gateways, health, figures.
//!
//! Every answer that is no success is a [`Problem`]. Nothing here decides anything: requests become commands.

mod chat;
mod feed;
mod fields;
mod files;
mod intake;
pub mod limit;
mod problem;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use futures_util::FutureExt;
use serde_json::json;

use super::Hub;
use super::accounts::{JoinError, JoinRequest, bearer};
use crate::channel::webchat::WebChat;
use crate::domain::ids::KeyId;
use crate::wire::hello::FEED_PATH;
use limit::{Limits, Rate};
use problem::Problem;

/// A request must be read and answered within this time.
const PATIENCE: Duration = Duration::from_secs(30);
/// The core must answer a health check within this time.
const HEALTH: Duration = Duration::from_secs(5);

/// What the handlers share.
pub struct Door {
    hub: Arc<Hub>,
    limits: Limits,
    max_body: usize,
}

/// The gateway that asks; only there when its key was right.
#[derive(Debug, Clone, Copy)]
struct Gateway(KeyId);

/// Every route. The caller puts the peer's [`SocketAddr`] into each request's extensions.
/// `max_body` is the largest body of a gateway's request, bytes; `chats` are the web chats, if there are any.
pub fn router(hub: Arc<Hub>, rate: Rate, max_body: usize, chats: Option<Arc<WebChat>>) -> Router {
    let door = Arc::new(Door { limits: Limits::new(rate, hub.clock.clone()), hub, max_body });
    let gateways = Router::new()
        .route("/v1/interactions", post(intake::open))
        .route("/v1/interactions/{id}/messages", post(intake::append))
        .route("/v1/interactions/{id}/callback", post(intake::call_back))
        .route("/v1/interactions/{id}/end", post(intake::end))
        .route("/v1/cases/{case}/ratings", post(intake::rate))
        .route("/v1/queues", get(intake::queues))
        .layer(middleware::from_fn_with_state(door.clone(), gateway));
    Router::new()
        .route("/join", post(join))
        .merge(gateways)
        .layer(middleware::from_fn_with_state(door.clone(), bounded))
        .route(FEED_PATH, get(feed::feed))
        .route("/files/{message}/{file}", get(files::file))
        .merge(chat::routes(chats))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(sheltered))
        .layer(middleware::from_fn_with_state(door.clone(), counted))
        .with_state(door)
}

/// A header's value as text.
fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn too_fast(seconds: u64) -> Problem {
    Problem {
        retry_s: Some(seconds),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests; wait as the header says")
    }
}

/// Reads the body within limits of size and time.
async fn bounded(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let max_body = door.max_body;
    let work = async {
        let (parts, body) = request.into_parts();
        let announced = text_of(&parts.headers, "content-length").and_then(|v| v.parse::<usize>().ok());
        let too_large = || {
            let hint = format!("the body is larger than {max_body} bytes");
            Problem { field: "body".into(), ..Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", hint) }
        };
        if announced.is_some_and(|size| size > max_body) {
            return too_large().into_response();
        }
        match to_bytes(body, max_body).await {
            Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
            Err(_) => too_large().into_response(),
        }
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the request took too long").into_response(),
    }
}

/// Lets gateways in that have a key, as fast as they may.
async fn gateway(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = door.key(peer, request.headers()).await?;
    door.limits.check(key).map_err(too_fast)?;
    request.extensions_mut().insert(Gateway(key));
    Ok(next.run(request).await)
}

impl Door {
    async fn key(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<KeyId, Problem> {
        self.limits.welcome(peer.ip()).map_err(too_fast)?;
        let token = bearer(text_of(headers, header::AUTHORIZATION.as_str())).ok_or_else(|| {
            Problem::unauthorized(
                "send the header Authorization: Bearer KEY; keys are made with cordboard admin key add",
            )
        })?;
        let known = self.hub.key_of(token).await.map_err(Problem::unavailable)?;
        known.map(|key| key.id).ok_or_else(|| {
            self.limits.stranger(peer.ip());
            Problem::unauthorized("this key is not known here, or was revoked")
        })
    }
}

/// `POST /join`.
async fn join(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<SocketAddr>,
    body: Bytes,
) -> Result<Response, Problem> {
    door.limits.welcome(peer.ip()).map_err(too_fast)?;
    let request: JoinRequest = serde_json::from_slice(&body).map_err(|error| {
        let hint = format!("the request cannot be read: {error}");
        Problem::new(StatusCode::BAD_REQUEST, "bad_json", hint)
    })?;
    match door.hub.join(request).await {
        Ok(joined) => Ok(Json(joined).into_response()),
        Err(error) => {
            let hint = error.to_string();
            Err(match error {
                JoinError::Invalid { field, hint } => Problem::field("wrong_value", field, hint),
                JoinError::Invite => {
                    door.limits.stranger(peer.ip());
                    Problem::new(StatusCode::FORBIDDEN, "invite", hint)
                }
                JoinError::Wrong => {
                    door.limits.stranger(peer.ip());
                    Problem::new(StatusCode::FORBIDDEN, "wrong_password", hint)
                }
                JoinError::Locked { minutes } => Problem {
                    retry_s: Some(minutes.unsigned_abs() * 60),
                    ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked", hint)
                },
                JoinError::Fault(_) => Problem::unavailable(hint),
            })
        }
    }
}

/// `GET /healthz`: whether commands can be stored.
async fn health(State(door): State<Arc<Door>>) -> Response {
    let head = tokio::time::timeout(HEALTH, door.hub.core.run(|inside| inside.ledger.head())).await;
    let (status, word, head) = match head {
        Ok(Ok(head)) if door.hub.metrics.can_store() => (StatusCode::OK, "ok", head),
        Ok(Ok(head)) => (StatusCode::SERVICE_UNAVAILABLE, "cannot store", head),
        Ok(Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "stopping", 0),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "stuck", 0),
    };
    (status, Json(json!({ "status": word, "head": head }))).into_response()
}

/// `GET /metrics`, for this machine itself or whoever has a key.
async fn metrics(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !peer.ip().is_loopback() {
        door.key(peer, &headers).await?;
    }
    let waiting = door.hub.core.run(|inside| super::waiting(inside.state, inside.now)).await;
    let waiting = waiting.map_err(|stopped| Problem::unavailable(stopped.to_string()))?;
    let text = door.hub.metrics.render(&waiting);
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

async fn nowhere() -> Problem {
    let hint = "there is nothing here; the intake is under /v1";
    Problem::new(StatusCode::NOT_FOUND, "not_found", hint)
}

async fn wrong_method(method: Method) -> Problem {
    let hint = format!("{method} is not possible here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", hint)
}

/// A handler that panics costs its asker an answer, and nobody else anything.
async fn sheltered(request: Request, next: Next) -> Response {
    let answer = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a request's handler panicked");
        let hint = "the server stumbled over this request; the fault is in its log";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", hint).into_response()
    })
}

/// Counts answers by route.
async fn counted(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let route = match request.uri().path() {
        "/feed" => "feed",
        "/join" => "join",
        path if path.starts_with("/files/") => "files",
        "/healthz" => "healthz",
        "/metrics" => "metrics",
        path if path.starts_with("/v1/") => "intake",
        path if path.starts_with("/chat/") => "chat",
        _ => "other",
    };
    let response = next.run(request).await;
    door.hub.metrics.request(route, response.status().as_u16());
    response
}

#[cfg(test)]
mod tests {
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        async fn stumble() -> StatusCode {
            panic!("on purpose")
        }
        let app = Router::new().route("/", get(stumble)).layer(middleware::from_fn(sheltered));
        let response = TowerToHyperService::new(app).call(Request::new(Body::empty())).await.expect("answers");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body(), 1_000).await.expect("a body");
        assert!(body.starts_with(br#"{"error":"fault""#), "{body:?}");
    }
}
