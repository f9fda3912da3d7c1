//! The link against small servers of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::*;
use crate::wire::hello::{PRIMED, PRIMED_HEADER};

/// A certificate of its own, as the server makes one at first start.
fn identity() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    (made.cert.der().clone(), key)
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::new(pin::provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

struct Place {
    dial: SocketDial,
    traffic: Arc<Traffic>,
}

fn place(port: u16, fingerprint: Fingerprint) -> Place {
    let traffic = Arc::new(Traffic::default());
    let token = "secret-token-0123456789".to_owned();
    let address = Address { host: "127.0.0.1".into(), port, fingerprint, token };
    Place { dial: SocketDial::new(address, Arc::clone(&traffic)).expect("a dial"), traffic }
}

fn hello() -> Hello {
    Hello {
        min: 1,
        max: 1,
        incarnation: 2,
        generation: 3,
        epoch: 4,
        live: 5,
        deep: 6,
        parts: Vec::new(),
        dictionary: 7,
        version: "test".into(),
    }
}

/// Answers every connection with these bytes instead of an upgrade.
async fn answering(answer: &'static str) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (certificate, key) = identity();
    let fingerprint = Fingerprint::of(&certificate);
    let acceptor = acceptor(certificate, key);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    place(port, fingerprint)
}

async fn refusal(answer: &'static str) -> DialError {
    answering(answer).await.dial.dial(hello()).await.expect_err("refused")
}

#[tokio::test]
async fn messages_go_both_ways_and_the_reason_comes_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (certificate, key) = identity();
    let Place { dial, traffic } = place(port, Fingerprint::of(&certificate));
    let acceptor = acceptor(certificate, key);
    let resumed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&resumed);
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.expect("a desk");
            let stream = acceptor.accept(stream).await.expect("a handshake");
            if stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed) {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            #[allow(clippy::result_large_err)] // the library's own type
            let check = |request: &Request, mut response: Response| {
                let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).expect("sent");
                assert_eq!(Hello::from_header(header(HELLO_HEADER)), Ok(hello()));
                assert_eq!(header("Authorization"), "Bearer secret-token-0123456789");
                assert_eq!(request.uri().path(), FEED_PATH);
                response.headers_mut().insert(PRIMED_HEADER, PRIMED.parse().expect("plain"));
                Ok(response)
            };
            let mut socket = accept_hdr_async(stream, check).await.expect("an upgrade");
            let message = socket.next().await.expect("a message").expect("sound");
            socket.send(message).await.expect("sent");
            socket.close(None).await.expect("closed");
            while socket.next().await.is_some() {}
        }
    });
    for _ in 0..2 {
        let Opened { mut pipe, primed } = dial.dial(hello()).await.expect("opened");
        assert!(primed);
        pipe.tx.send(vec![1, 2, 3]).await.expect("sent");
        assert_eq!(pipe.rx.next().await, Some(vec![1, 2, 3]));
        assert_eq!(pipe.rx.next().await, None);
        assert_eq!(pipe.rx.why(), Some("The server closed the connection."));
    }
    server.await.expect("no panic");
    assert_eq!(resumed.load(Ordering::SeqCst), 1, "the second handshake resumes the session");
    let (down, up) = traffic.bytes();
    assert!(down > 500 && up > 500, "{down} {up}");
}

#[tokio::test]
async fn another_certificate_is_a_stranger_and_hears_no_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (certificate, key) = identity();
    let acceptor = acceptor(certificate, key);
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a desk");
        acceptor.accept(stream).await.is_err()
    });
    let error = place(port, Fingerprint([7; 32])).dial.dial(hello()).await.expect_err("refused");
    assert!(matches!(&error, DialError::Stranger(words) if words.contains("Another certificate")), "{error:?}");
    assert!(server.await.expect("no panic"), "the handshake ends before anything is said");
}

#[tokio::test]
async fn answers_that_are_no_upgrade_become_words() {
    let not_known = refusal("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(not_known, DialError::Refused(_)), "{not_known:?}");
    let version = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 21\r\n\r\ninstall version 9 now";
    assert_eq!(refusal(version).await, DialError::Version("install version 9 now".into()));
    let busy = refusal("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(busy, DialError::Later { after_s: 30, .. }), "{busy:?}");
    let page = refusal("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>").await;
    assert!(matches!(page, DialError::Stranger(_)), "{page:?}");
    let away = refusal("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(away, DialError::Stranger(_)), "{away:?}");
    let broken = refusal("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(broken, DialError::Unreachable(_)), "{broken:?}");
}

#[tokio::test]
async fn something_that_speaks_no_tls_is_a_stranger() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    let error = place(port, Fingerprint([7; 32])).dial.dial(hello()).await.expect_err("refused");
    assert!(matches!(error, DialError::Stranger(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let error = place(port, Fingerprint([7; 32])).dial.dial(hello()).await.expect_err("refused");
    assert!(matches!(&error, DialError::Unreachable(words) if words.starts_with("Nobody answers")), "{error:?}");
}
