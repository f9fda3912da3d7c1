//! The door for desks that fetch what a customer sent along.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::{Door, text_of};
use crate::domain::ids::{FileId, MessageId};
use crate::server::accounts::bearer;
use crate::server::outside::file_for;

/// `GET /files/{message}/{file}`, for desks.
pub async fn file(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<SocketAddr>,
    Path((message, file)): Path<(u64, u64)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    door.limits.welcome(peer.ip()).map_err(super::too_fast)?;
    let token = bearer(text_of(&headers, header::AUTHORIZATION.as_str()))
        .ok_or_else(|| Problem::unauthorized("only desks may fetch files"))?;
    let known = door.hub.device_of(token).await.map_err(Problem::unavailable)?;
    let Some((device, _)) = known else {
        door.limits.stranger(peer.ip());
        return Err(Problem::unauthorized("this desk was shut out or its account closed; ask your lead"));
    };
    let found = file_for(&door.hub, device.agent, MessageId(message), FileId(file)).await;
    let bytes = found.map_err(Problem::unavailable)?.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "gone", "there is no such file here, or it is not for this desk")
    })?;
    // Whatever a stranger says it is: bytes to keep, nothing to show.
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
