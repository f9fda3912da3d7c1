//! Lines to post offices: TCP, and TLS 1.3 over it. Every wait has an end, every line a longest length.
//!
//! Words in the open go over loopback only, and only when the plan says so.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::plan::{Secure, Server};

/// Longest wait for a connection or an answer.
pub(super) const WAIT: Duration = Duration::from_secs(60);
/// Longest wait for a connection alone.
const CONNECT: Duration = Duration::from_secs(20);
/// Where systems keep the authorities they trust.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

/// What goes wrong with a post office.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The link: not there, cut, silent.
    #[error("{0}")]
    Link(#[source] Error),
    /// It speaks in a way that is not understood.
    #[error("it speaks in a way that is not understood: {0}")]
    Odd(String),
    /// It does not let us in.
    #[error("it does not let us in: {0}; look at the user name and the password or token")]
    Login(String),
    /// It said no.
    #[error("it said no: {0}")]
    No(String),
    /// Something on our side is missing.
    #[error("{0}")]
    Here(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        // TLS has a paragraph to say about it.
        let hung_up = || Error::new(ErrorKind::UnexpectedEof, "it hung up");
        Fault::Link(if error.kind() == ErrorKind::UnexpectedEof { hung_up() } else { error })
    }
}

impl Fault {
    fn silent() -> Fault {
        Fault::Link(Error::new(ErrorKind::TimedOut, "it does not answer"))
    }
}

/// A stream in the open or inside TLS.
#[derive(Debug)]
pub(super) enum Stream {
    Open(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Open(s) => Pin::new(s).poll_read(cx, buf),
            Stream::Tls(s) => Pin::new(s).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Stream::Open(s) => Pin::new(s).poll_write(cx, buf),
            Stream::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Open(s) => Pin::new(s).poll_flush(cx),
            Stream::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Open(s) => Pin::new(s).poll_shutdown(cx),
            Stream::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }
}

/// A line to a post office.
#[derive(Debug)]
pub(super) struct Line {
    stream: BufReader<Stream>,
}

impl Line {
    /// Connects, inside TLS from the first byte if the plan says so.
    pub(super) async fn connect(server: &Server) -> Result<Line, Fault> {
        let at = (server.host.as_str(), server.port());
        let tcp = tokio::time::timeout(CONNECT, TcpStream::connect(at)).await.map_err(|_| Fault::silent())??;
        tcp.set_nodelay(true)?;
        if server.tls == Secure::Off && !tcp.peer_addr()?.ip().is_loopback() {
            return Err(Fault::Here(format!("{} is not this machine; without TLS nothing is sent there", server.host)));
        }
        let mut line = Line { stream: BufReader::new(Stream::Open(tcp)) };
        if server.tls == Secure::On {
            line = line.secured(server).await?;
        }
        Ok(line)
    }

    /// The same line inside TLS from here on. What came before is forgotten (CVE-2011-0411).
    pub(super) async fn secured(self, server: &Server) -> Result<Line, Fault> {
        if !self.stream.buffer().is_empty() {
            return Err(Fault::Odd("it said more before TLS began".into()));
        }
        let Stream::Open(tcp) = self.stream.into_inner() else {
            return Err(Fault::Odd("TLS inside TLS".into()));
        };
        let name = ServerName::try_from(server.host.clone())
            .map_err(|_| Fault::Here(format!("{:?} is no name of a machine", server.host)))?;
        let connector = TlsConnector::from(config(server.ca_file.as_deref())?);
        let done = tokio::time::timeout(CONNECT, connector.connect(name, tcp));
        let tls = done.await.map_err(|_| Fault::silent())??;
        Ok(Line { stream: BufReader::new(Stream::Tls(Box::new(tls))) })
    }

    /// One line without its end, at most `most` bytes long.
    pub(super) async fn line(&mut self, most: usize, wait: Duration) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(most as u64 + 2).read_until_newline(&mut line);
        tokio::time::timeout(wait, read).await.map_err(|_| Fault::silent())??;
        if line.pop() != Some(b'\n') {
            let why = if line.len() > most { "a line without end" } else { "it hung up" };
            return Err(Fault::Link(Error::new(ErrorKind::UnexpectedEof, why)));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }

    /// Exactly so many bytes.
    pub(super) async fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; count];
        let read = self.stream.read_exact(&mut bytes);
        tokio::time::timeout(WAIT * 5, read).await.map_err(|_| Fault::silent())??;
        Ok(bytes)
    }

    /// Waits until there is something to read, however long.
    pub(super) async fn ready(&mut self) -> Result<(), Fault> {
        if self.stream.fill_buf().await?.is_empty() {
            return Err(Fault::Link(Error::new(ErrorKind::UnexpectedEof, "it hung up")));
        }
        Ok(())
    }

    /// Sends.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let stream = self.stream.get_mut();
        let sent = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        Ok(tokio::time::timeout(WAIT * 5, sent).await.map_err(|_| Fault::silent())??)
    }
}

trait ReadLine {
    async fn read_until_newline(self, line: &mut Vec<u8>) -> std::io::Result<usize>;
}

impl<R: AsyncBufReadExt + Unpin> ReadLine for R {
    async fn read_until_newline(mut self, line: &mut Vec<u8>) -> std::io::Result<usize> {
        self.read_until(b'\n', line).await
    }
}

/// TLS as this program speaks it, with the authorities of the file or of the system.
fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Fault> {
    let places: Vec<PathBuf> = match ca_file {
        Some(file) => vec![file.to_owned()],
        None => BUNDLES.iter().map(PathBuf::from).collect(),
    };
    let Some(place) = places.iter().find(|p| p.is_file()) else {
        let why = "no file of trusted authorities was found; install ca-certificates, or name one with ca_file";
        return Err(Fault::Here(why.into()));
    };
    let mut roots = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(place).map_err(|e| Fault::Here(format!("{}: {e}", place.display())))?;
    roots.add_parsable_certificates(read.filter_map(Result::ok));
    if roots.is_empty() {
        return Err(Fault::Here(format!("{} holds no certificate", place.display())));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|e| Fault::Here(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
