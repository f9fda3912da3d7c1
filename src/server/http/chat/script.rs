//! The script that firms put into their pages, and a page of our own to look at it.

use std::io::Read as _;
use std::sync::OnceLock;

use axum::extract::{Extension, Path};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::{Chats, text_of};
use crate::channel::webchat::words::SCRIPT;

/// How long browsers keep the script before they ask whether it is still the same.
const CACHE: &str = "public, max-age=3600";

/// A word that changes when the script does.
fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| format!("\"{}\"", &HEXLOWER.encode(&Sha256::digest(SCRIPT))[..20]))
}

/// `GET /chat/widget.js`.
pub async fn script(Extension(chats): Extension<Chats>, headers: HeaderMap) -> Response {
    if chats.is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let packed = text_of(&headers, "accept-encoding").is_some_and(|list| list.contains("gzip"));
    let known = text_of(&headers, "if-none-match").is_some_and(|tags| tags.split(',').any(|t| t.trim() == tag()));
    let mut response = match (known, packed) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => SCRIPT.into_response(),
        (false, false) => {
            let mut whole = Vec::new();
            match GzDecoder::new(SCRIPT).read_to_end(&mut whole) {
                Ok(_) => whole.into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    };
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    set(header::CACHE_CONTROL, CACHE);
    set(header::VARY, "accept-encoding");
    // The script is everybody's; whom it serves is asked when it speaks.
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    set(header::ETAG, tag());
    if packed && !known {
        set(header::CONTENT_ENCODING, "gzip");
    }
    response
}

/// `GET /chat/{inbox}/try`: the widget alone, for the firm to look at.
pub async fn page(Extension(chats): Extension<Chats>, Path(inbox): Path<String>) -> Response {
    let Some(inbox) = chats.as_ref().and_then(|chats| chats.inbox(&inbox)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (key, title) = (&inbox.key, escape(&inbox.title));
    let tag = format!(
        "&lt;script src=&quot;https://…/chat/widget.js&quot; data-inbox=&quot;{key}&quot; async&gt;&lt;/script&gt;"
    );
    let sites: String = inbox.sites.iter().map(|site| format!("<li>{}</li>", escape(site))).collect();
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}: web chat</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"></head>\
         <body><main><h1>{title}: web chat</h1><p>What customers see is at the lower corner. Whatever is sent here is a real chat.</p>\
         <p>For your own pages:</p><pre><code>{tag}</code></pre><p>Pages that may open it:</p><ul>{sites}</ul></main>\
         <script src=\"../widget.js\" data-inbox=\"{key}\" async></script></body></html>"
    );
    let policy = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'; require-trusted-types-for 'script'";
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, body).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
