//! Accepting connections, with or without TLS, until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::registry::{Goodbye, Registry};
use crate::clock::{Clock, SystemClock};
use crate::wire::gather::{Gather, thrifty};

/// A TLS handshake must be done within this time.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So must the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// Largest head of a request, bytes.
const MAX_HEAD: usize = 64 << 10;
/// How long connections may take to end when the server goes down.
const GRACE: Duration = Duration::from_millis(1_500);
/// Pause after the system refused to accept (no file handles left), so that the log does not fill.
const BREATH: Duration = Duration::from_millis(100);
/// Connections that are no desk's feed at most: requests, handshakes.
const CONNECTIONS: usize = 2_048;
/// When desks shall come back after the server went down, seconds.
const RETRY_S: u32 = 5;

/// Serves until `shutdown` turns true or its sender is gone, then says goodbye to every desk and returns.
pub async fn run(
    listener: TcpListener,
    app: Router,
    tls: Option<Arc<ServerConfig>>,
    registry: Registry,
    mut shutdown: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let acceptor = tls.map(TlsAcceptor::from);
    let (stop, stopping) = watch::channel(false);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            tracing::warn!(%peer, "too many connections");
            continue;
        };
        let (app, acceptor, stopping) = (app.clone(), acceptor.clone(), stopping.clone());
        tokio::spawn(async move {
            let _permit = permit;
            connection(stream, peer, app, acceptor, stopping).await;
        });
    }
    drop(listener);
    stop.send_replace(true);
    say_goodbye(&registry).await;
}

/// Sends every desk away, to come back soon; waits until they have gone, but not long.
pub async fn say_goodbye(registry: &Registry) {
    let why = "The server is going down for a moment.".to_owned();
    let goodbye = registry.shut(Goodbye { why, retry_s: Some(RETRY_S) });
    if tokio::time::timeout(GRACE, goodbye).await.is_err() {
        tracing::warn!("some desks did not hang up in time");
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    acceptor: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
) {
    // Small frames must not wait for company: an offer is one packet.
    stream.set_nodelay(true).ok();
    thrifty(&stream);
    match acceptor {
        None => speak(stream, peer, app, stopping).await,
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(Gather::new(stream))).await {
            Ok(Ok(mut stream)) => {
                stream.get_mut().0.lets_go();
                speak(stream, peer, app, stopping).await;
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
            Err(_) => tracing::debug!(%peer, "TLS took too long"),
        },
    }
}

/// An answer says when it was given; the one that opens a desk's connection need not, and is shorter.
async fn dated(mut response: Response) -> Response {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let now = SystemClock::new().now().to_utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(now) = HeaderValue::from_str(&now) {
            response.headers_mut().entry(header::DATE).or_insert(now);
        }
    }
    response
}

/// HTTP/1.1 on one connection; an upgraded one is the feed's from then on.
async fn speak<S>(stream: S, peer: SocketAddr, app: Router, mut stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let app = app.layer(axum::Extension(peer)).layer(axum::middleware::map_response(dated));
    let connection = http1::Builder::new()
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection ended early");
            }
            return;
        }
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::time::timeout(GRACE, connection).await.ok();
}
