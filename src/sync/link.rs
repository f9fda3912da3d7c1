//! The socket: TCP, TLS 1.3 with the pinned certificate, a WebSocket whose upgrade request carries the Hello.
//!
//! Knows nothing of frames. One invariant: whatever stands between here and the server, the answer is a
//! [`DialError`] in words that say what to do, and no token is sent before the certificate was recognised.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, IntoClientRequest};
use tokio_tungstenite::tungstenite::http::{Response, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::domain::ids::{FileId, MessageId};
use crate::wire::codec::MAX_WIRE;
use crate::wire::frame::Hello;
use crate::wire::gather::{Gather, thrifty};
use crate::wire::hello::{FEED_PATH, HELLO_HEADER, PRIMED_HEADER, primed_by};
use crate::wire::link_url::Fingerprint;
use crate::wire::pipe::{Dial, DialError, Dialing, Fetching, Opened, Pipe, pair};

use super::ask;
use super::pin;
use super::traffic::{Counted, Traffic};

/// One address of several gets this long before the next is tried.
const ADDRESS: Duration = Duration::from_secs(8);
/// Longest wait a server may ask for, seconds.
const LONGEST_WAIT_S: u32 = 3_600;

/// Where the server is and what opens its door.
#[derive(Clone)]
pub struct Address {
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Of its certificate.
    pub fingerprint: Fingerprint,
    /// This desk's token.
    pub token: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Logs must not hold the token.
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Reaches a server over the network.
pub struct SocketDial {
    address: Arc<Address>,
    tls: Arc<ClientConfig>,
    traffic: Arc<Traffic>,
}

impl SocketDial {
    /// Ready to dial; TLS sessions are remembered between tries.
    pub fn new(address: Address, traffic: Arc<Traffic>) -> Result<SocketDial, rustls::Error> {
        let tls = Arc::new(pin::client_config(address.fingerprint)?);
        Ok(SocketDial { address: Arc::new(address), tls, traffic })
    }
}

impl Dial for SocketDial {
    fn dial(&self, hello: Hello) -> Dialing {
        let (address, tls, traffic) = (Arc::clone(&self.address), Arc::clone(&self.tls), Arc::clone(&self.traffic));
        Box::pin(async move {
            let stream = connect(&address).await?;
            let stream = secure(&address, tls, Gather::new(Counted { stream, traffic })).await?;
            upgrade(&address, stream, &hello).await
        })
    }

    fn fetch(&self, message: MessageId, file: FileId) -> Fetching {
        let address = Arc::clone(&self.address);
        Box::pin(async move { ask::fetch(&address, message, file).await })
    }
}

pub(super) async fn connect(address: &Address) -> Result<TcpStream, DialError> {
    let Address { host, port, .. } = address;
    let unknown = |_| DialError::Unreachable(format!("The name {host} cannot be found from here; is there a network?"));
    let places: Vec<_> = tokio::net::lookup_host((host.as_str(), *port)).await.map_err(unknown)?.collect();
    let mut last = format!("The name {host} leads nowhere.");
    for (index, place) in places.iter().enumerate() {
        let connecting = TcpStream::connect(place);
        let connected = if index + 1 < places.len() {
            tokio::time::timeout(ADDRESS, connecting).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        } else {
            connecting.await
        };
        match connected {
            Ok(stream) => {
                // An answer of 24 bytes must not wait for company.
                stream.set_nodelay(true).map_err(|e| DialError::Unreachable(format!("The connection failed: {e}.")))?;
                thrifty(&stream);
                return Ok(stream);
            }
            Err(error) => last = unreachable_words(address, &error),
        }
    }
    Err(DialError::Unreachable(last))
}

fn unreachable_words(Address { host, port, .. }: &Address, error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => format!("Nobody answers at {host}:{port}; the server may be down."),
        Kind::TimedOut => format!("{host}:{port} does not answer."),
        Kind::NetworkUnreachable | Kind::HostUnreachable => format!("There is no way to {host} from here."),
        _ => format!("The connection to {host}:{port} failed: {error}."),
    }
}

/// TLS over a line whose bytes are counted.
pub type Secure = tokio_rustls::client::TlsStream<Gather<Counted<TcpStream>>>;

pub(super) async fn secure(
    address: &Address,
    tls: Arc<ClientConfig>,
    stream: Gather<Counted<TcpStream>>,
) -> Result<Secure, DialError> {
    let name = ServerName::try_from(address.host.clone())
        .map_err(|_| DialError::Unreachable(format!("{} is not a name a server can have.", address.host)))?;
    TlsConnector::from(tls).connect(name, stream).await.map_err(|error| tls_words(address, &error))
}

fn tls_words(address: &Address, error: &std::io::Error) -> DialError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => DialError::Stranger(
            "Another certificate answers in the server's place. Either this network wants you to sign in first, or \
             the server was set up anew: then ask your lead for a new join link. Nothing was sent."
                .into(),
        ),
        Some(rustls::Error::InvalidMessage(_) | rustls::Error::PeerIncompatible(_)) => DialError::Stranger(
            "Something answers that is not the server; this network may want you to sign in first. Nothing was sent."
                .into(),
        ),
        Some(error) => DialError::Unreachable(format!("The secure connection failed: {error}.")),
        None => DialError::Unreachable(unreachable_words(address, error)),
    }
}

async fn upgrade(address: &Address, stream: Secure, hello: &Hello) -> Result<Opened, DialError> {
    let headers =
        [(HELLO_HEADER, hello.to_header()), (header::AUTHORIZATION.as_str(), format!("Bearer {}", address.token))];
    let (mut socket, answer) = become_socket(address, stream, FEED_PATH, headers).await?;
    let primed = primed_by(answer.headers().get(PRIMED_HEADER).and_then(|value| value.to_str().ok()));
    // From here on nothing waits for company.
    socket.get_mut().get_mut().0.lets_go();
    let (near, far) = pair();
    tokio::spawn(bridge(socket, far));
    Ok(Opened { pipe: near, primed })
}

/// A socket over TLS.
pub type Socket = WebSocketStream<Secure>;

/// Opens another socket of the server's than the desks' own: the one at this path, in the name of the server's own
/// pages.
pub async fn open_socket(address: &Address, traffic: Arc<Traffic>, path: &str) -> Result<Socket, DialError> {
    let odd = |error: rustls::Error| DialError::Unreachable(error.to_string());
    let tls = Arc::new(pin::client_config(address.fingerprint).map_err(odd)?);
    let stream = connect(address).await?;
    let stream = secure(address, tls, Gather::new(Counted { stream, traffic })).await?;
    let origin = ("origin", format!("https://{}", host_and_port(address)));
    let (mut socket, _) = become_socket(address, stream, path, [origin]).await?;
    socket.get_mut().get_mut().0.lets_go();
    Ok(socket)
}

/// As it stands in an address.
fn host_and_port(Address { host, port, .. }: &Address) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

async fn become_socket<const N: usize>(
    address: &Address,
    stream: Secure,
    path: &str,
    headers: [(&'static str, String); N],
) -> Result<(Socket, Response<Option<Vec<u8>>>), DialError> {
    let odd = || DialError::Unreachable(format!("{} is not a name a server can have.", address.host));
    let uri = format!("wss://{}{path}", host_and_port(address)).parse().map_err(|_| odd())?;
    let mut request = ClientRequestBuilder::new(uri);
    for (name, value) in headers {
        request = request.with_header(name, value);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        .write_buffer_size(4 << 10)
        .max_message_size(Some(MAX_WIRE))
        .max_frame_size(Some(MAX_WIRE));
    let request = request.into_client_request().map_err(|_| odd())?;
    client_async_with_config(request, stream, Some(config)).await.map_err(|error| upgrade_words(address, error))
}

fn upgrade_words(address: &Address, error: WsError) -> DialError {
    let sign_in = || {
        let words = "This network wants you to sign in first: open a web page, sign in, then come back.";
        DialError::Stranger(words.into())
    };
    match error {
        WsError::Http(answer) => match answer.status().as_u16() {
            401 | 403 => DialError::Refused(
                "The server does not know this desk, or no longer. Ask your lead for a new join link; what you wrote \
                 is kept."
                    .into(),
            ),
            426 => DialError::Version(said(&answer).unwrap_or_else(|| {
                "This desk and the server speak different versions; install the newest cordboard on both.".into()
            })),
            429 | 503 => {
                let after = answer.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
                let why = said(&answer).unwrap_or_else(|| "The server is busy.".into());
                DialError::Later { why, after_s: after.unwrap_or(10).min(LONGEST_WAIT_S) }
            }
            200..=399 | 511 => sign_in(),
            status => DialError::Unreachable(format!("The server answers with an error ({status}).")),
        },
        WsError::Protocol(_) | WsError::HttpFormat(_) | WsError::Utf8(_) | WsError::Capacity(_) => sign_in(),
        WsError::Io(error) => DialError::Unreachable(unreachable_words(address, &error)),
        error => DialError::Unreachable(format!("The connection failed: {error}.")),
    }
}

/// The answer's body, when it is one short line of plain text.
fn said(answer: &Response<Option<Vec<u8>>>) -> Option<String> {
    let text = std::str::from_utf8(answer.body().as_deref()?).ok()?.trim();
    let plain = !text.is_empty() && text.len() <= 300 && !text.starts_with(['<', '{']);
    (plain && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// Carries messages between socket and pipe until either ends. Both directions run side by side, so that neither
/// can hold the other up.
async fn bridge<S>(socket: WebSocketStream<S>, pipe: Pipe)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (mut sink, mut stream) = socket.split();
    let Pipe { tx, mut rx } = pipe;
    let down = async {
        loop {
            match stream.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    if tx.send(bytes.into()).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map(|f| f.reason.as_str().to_owned()).filter(|why| !why.is_empty());
                    return tx.because(why.as_deref().unwrap_or("The server closed the connection."));
                }
                // Pings are answered by the library; text is nobody's.
                Some(Ok(_)) => {}
                Some(Err(error)) => return tx.because(&broken_words(&error)),
                None => return tx.because("The connection was cut."),
            }
        }
    };
    let up = async {
        while let Some(message) = rx.next().await {
            if let Err(error) = sink.send(Message::Binary(message.into())).await {
                return tx.because(&broken_words(&error));
            }
        }
        // This side is done. A server that is gone does not hear it; nothing hangs on that.
        let goodbye = tokio::time::timeout(Duration::from_secs(2), sink.close()).await;
        if goodbye.is_err() {
            tracing::debug!("the server did not take the goodbye");
        }
    };
    tokio::select! {
        () = down => {}
        () = up => {}
    }
}

fn broken_words(error: &WsError) -> String {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => "The server closed the connection.".into(),
        WsError::Protocol(_) => "The connection was cut.".into(),
        // A server whose power went says no goodbye; what the library has to say of that helps nobody.
        WsError::Io(error) if gone(error.kind()) => "The connection was cut.".into(),
        WsError::Io(error) => format!("The connection broke: {error}."),
        error => format!("The connection broke: {error}."),
    }
}

/// Whether the other side is simply not there any more.
fn gone(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

#[cfg(test)]
mod tests;
