//! Errors of the HTTP door: JSON that names what is wrong, where, and what to do.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::Refusal;
use crate::domain::time::At;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// One word for programs; these are never renamed.
    pub error: &'static str,
    /// Field or header it is about, empty when none.
    pub field: String,
    /// What is wrong and what to do, one sentence for people.
    pub hint: String,
    /// What to tell the customer, empty when nothing.
    pub message: String,
    /// When to try again, seconds.
    pub retry_s: Option<u64>,
}

impl Problem {
    /// A problem that concerns no field.
    pub fn new(status: StatusCode, error: &'static str, hint: impl Into<String>) -> Problem {
        Problem { status, error, field: String::new(), hint: hint.into(), message: String::new(), retry_s: None }
    }

    /// A problem with a field of the request.
    pub fn field(error: &'static str, field: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { field: field.into(), ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error, hint) }
    }

    /// Nothing was stored; it may be tried again.
    pub fn unavailable(hint: impl Into<String>) -> Problem {
        Problem { retry_s: Some(10), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", hint) }
    }

    /// What the rules said no to.
    pub fn refused(refusal: &Refusal, now: At) -> Problem {
        let hint = refusal.sentence(now);
        match refusal {
            Refusal::Invalid { field, because } => Problem::field("wrong_value", field.replace(' ', "_"), because),
            Refusal::Gone { .. } => Problem::new(StatusCode::NOT_FOUND, "gone", hint),
            _ => Problem::new(StatusCode::CONFLICT, "refused", hint),
        }
    }

    /// The token is missing or unknown.
    pub fn unauthorized(hint: &str) -> Problem {
        Problem { field: "Authorization".into(), ..Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", hint) }
    }
}

impl Problem {
    /// The sentence alone, for desks.
    pub fn into_plain(self) -> Response {
        let plain = (self.status, self.hint.clone()).into_response();
        self.with_headers(plain)
    }

    fn with_headers(&self, mut response: Response) -> Response {
        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        if let Some(seconds) = self.retry_s {
            set(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            set(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "hint": self.hint });
        if !self.field.is_empty() {
            body["field"] = self.field.as_str().into();
        }
        if !self.message.is_empty() {
            body["message"] = self.message.as_str().into();
        }
        let response = (self.status, Json(body)).into_response();
        self.with_headers(response)
    }
}
