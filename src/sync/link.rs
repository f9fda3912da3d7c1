//! The socket: TCP, TLS 1.3 to the one certificate the join link named, WebSocket upgrade with the Hello in it.
//!
//! Everything after the upgrade is bytes in a [`Pipe`]; what they mean is [`super::machine`]'s. One invariant: no
//! byte of token or Hello leaves before the server has shown the pinned certificate and proven that it holds its key.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::wire::dictionary;
use crate::wire::frame::Hello;
use crate::wire::hello::{DICTIONARY_HEADER, FEED_PATH, HELLO_HEADER};
use crate::wire::link_url::Fingerprint;
use crate::wire::pipe::{self, Dial, DialError, Dialing, Opened, Pipe};

/// Longest message taken in, compressed; the codec caps what it becomes.
const MAX_MESSAGE: usize = 8 << 20;
/// A goodbye that cannot be written in this time is left out.
const GOODBYE: Duration = Duration::from_secs(1);
/// Seconds to wait when the server is too busy and does not say for how long.
const BUSY_S: u32 = 10;

/// Where a desk's server is, and how to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Of the only certificate that is believed.
    pub fingerprint: Fingerprint,
    /// The desk's token.
    pub token: String,
}

/// Dials a server over the network. TLS sessions are kept, so that a reconnect costs fewer bytes.
pub struct Socket {
    target: Target,
    tls: Arc<ClientConfig>,
}

impl Socket {
    /// Ready to dial; nothing is sent yet.
    pub fn new(target: Target) -> Result<Socket, rustls::Error> {
        let tls = client_config(target.fingerprint)?;
        Ok(Socket { target, tls: Arc::new(tls) })
    }
}

impl Dial for Socket {
    fn dial(&self, hello: Hello) -> Dialing {
        let (target, tls) = (self.target.clone(), Arc::clone(&self.tls));
        Box::pin(async move { dial(&target, tls, &hello).await })
    }
}

/// TLS 1.3 that believes one certificate and no authority. Also used for the one request of `join`.
pub fn client_config(fingerprint: Fingerprint) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = Arc::new(Pinned { fingerprint, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous() // the word of the library; the pin is stricter than any authority
        .with_custom_certificate_verifier(pinned)
        .with_no_client_auth();
    Ok(config)
}

async fn dial(target: &Target, tls: Arc<ClientConfig>, hello: &Hello) -> Result<Opened, DialError> {
    let place = format!("{}:{}", target.host, target.port);
    let tcp = TcpStream::connect((target.host.as_str(), target.port))
        .await
        .map_err(|e| DialError::Unreachable(format!("{place} does not answer ({})", plain(&e))))?;
    // Small messages leave at once; a link without it still works.
    tcp.set_nodelay(true).ok();
    let name = ServerName::try_from(target.host.clone())
        .map_err(|_| DialError::Refused(format!("{} is no name of a server; join again", target.host)))?;
    let stream = TlsConnector::from(tls).connect(name, tcp).await.map_err(|e| tls_error(&place, &e))?;
    let request =
        request(target, hello).map_err(|_| DialError::Refused("the desk's token is damaged; join again".into()))?;
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let (socket, response) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|e| upgrade_error(&place, e))?;
    let primed = is_primed(&response);
    let (here, there) = pipe::pair();
    tokio::spawn(pump(socket, there));
    Ok(Opened { pipe: here, primed })
}

fn request(target: &Target, hello: &Hello) -> Result<tokio_tungstenite::tungstenite::handshake::client::Request, ()> {
    let host = if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
    let mut request = format!("wss://{host}:{}{FEED_PATH}", target.port).into_client_request().map_err(drop)?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", target.token)).map_err(drop)?;
    bearer.set_sensitive(true);
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(HELLO_HEADER, HeaderValue::from_str(&hello.to_header()).map_err(drop)?);
    Ok(request)
}

fn is_primed(response: &Response) -> bool {
    let named = response.headers().get(DICTIONARY_HEADER).and_then(|v| v.to_str().ok());
    named.is_some_and(|hash| u64::from_str_radix(hash.trim(), 16) == Ok(dictionary::hash()))
}

/// Carries messages both ways until one side goes.
async fn pump(socket: WebSocketStream<TlsStream<TcpStream>>, pipe: Pipe) {
    let (mut sink, mut stream) = socket.split();
    let Pipe { tx, mut rx } = pipe;
    loop {
        tokio::select! {
            outgoing = rx.next() => {
                let Some(bytes) = outgoing else { break };
                if let Err(error) = sink.send(Message::Binary(bytes.into())).await {
                    tx.because(&socket_words(&error));
                    break;
                }
            }
            incoming = stream.next() => match incoming {
                Some(Ok(Message::Binary(bytes))) => {
                    if tx.send(bytes.into()).await.is_err() {
                        break;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let words = frame.map(|f| f.reason.to_string()).filter(|r| !r.is_empty());
                    tx.because(&words.unwrap_or_else(|| "the server ended the connection".into()));
                    break;
                }
                Some(Ok(_)) => {} // pings are answered by the library
                Some(Err(error)) => {
                    tx.because(&socket_words(&error));
                    break;
                }
                None => {
                    tx.because("the connection broke off");
                    break;
                }
            },
        }
    }
    let _ = tokio::time::timeout(GOODBYE, sink.close()).await;
}

fn socket_words(error: &SocketError) -> String {
    match error {
        SocketError::Io(e) => format!("the connection broke off ({})", plain(e)),
        SocketError::ConnectionClosed | SocketError::AlreadyClosed => "the connection broke off".into(),
        other => format!("the connection broke off ({other})"),
    }
}

fn tls_error(place: &str, error: &std::io::Error) -> DialError {
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => DialError::Stranger(format!(
            "{place} shows another certificate than the one you joined; something stands between, or the server was \
             set up anew: ask your lead for a new join link"
        )),
        Some(_) => DialError::Stranger(format!(
            "{place} does not speak as our server does ({}); this network may want you to sign in first",
            error.get_ref().map(ToString::to_string).unwrap_or_default()
        )),
        None => DialError::Unreachable(format!("{place} broke off while connecting ({})", plain(error))),
    }
}

fn upgrade_error(place: &str, error: SocketError) -> DialError {
    let response = match error {
        SocketError::Http(response) => response,
        SocketError::Io(e) => {
            return DialError::Unreachable(format!("{place} broke off while connecting ({})", plain(&e)));
        }
        other => return DialError::Unreachable(format!("{place} broke off while connecting ({other})")),
    };
    let said = response.body().as_deref().map(|b| String::from_utf8_lossy(b).trim().to_owned()).unwrap_or_default();
    let said = if said.starts_with('<') || said.chars().count() > 500 { String::new() } else { said };
    let or = |words: &str| if said.is_empty() { words.to_owned() } else { said.clone() };
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            DialError::Refused(or("the server no longer knows this desk; ask your lead for a new join link"))
        }
        StatusCode::UPGRADE_REQUIRED => DialError::Version(or("the server speaks another version of the protocol")),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let after = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok());
            let after_s = after.and_then(|v| v.trim().parse().ok()).unwrap_or(BUSY_S);
            DialError::Later { why: or("the server is busy"), after_s }
        }
        status if status.is_redirection() || status.is_success() => {
            DialError::Stranger(format!("{place} answers with a web page; this network may want you to sign in first"))
        }
        status => DialError::Unreachable(or(&format!("the server answered {status}"))),
    }
}

/// What the system said, without its error number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Believes one certificate, whoever signed it, whatever it is called and however old it is.
#[derive(Debug)]
struct Pinned {
    fingerprint: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if Fingerprint::of(end_entity) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
