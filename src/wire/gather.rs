//! The opening of a connection in as few packets as it can be: what is said is held until there is nothing more to
//! hear, because only then does the other side wait for it. A client's end of a handshake and its request are one
//! packet so, and a server's last word of the handshake and its first answer, where each alone would cost 52 bytes of
//! its own and an acknowledgement of as many.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Held at most, bytes.
const MOST: usize = 16 << 10;

/// A stream that gathers what is written until it is read from in vain, or let go for good.
#[derive(Debug)]
pub struct Gather<S> {
    stream: S,
    held: Vec<u8>,
    gathers: bool,
}

impl<S> Gather<S> {
    /// Gathers from now on.
    pub fn new(stream: S) -> Gather<S> {
        Gather { stream, held: Vec::new(), gathers: true }
    }

    /// From now on everything goes at once; what is held goes along with it.
    pub fn lets_go(&mut self) {
        self.gathers = false;
    }
}

impl<S: AsyncWrite + Unpin> Gather<S> {
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.drain(..written);
        }
        self.held = Vec::new();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Holds what is written. Once let go it leaves with what was held, now or with the flush.
    fn hold(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        if self.held.len() + size > MOST {
            ready!(self.send(cx))?;
        }
        parts.iter().for_each(|part| self.held.extend_from_slice(part));
        if !self.gathers {
            let _ = self.send(cx)?;
        }
        Poll::Ready(Ok(size))
    }

    /// Whether everything goes by as it comes.
    fn is_through(&self) -> bool {
        !self.gathers && self.held.is_empty()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gather<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_pending() && !self.held.is_empty() {
            ready!(self.send(cx))?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gather<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_through() {
            Pin::new(&mut self.stream).poll_write(cx, buf)
        } else {
            self.hold(cx, &[IoSlice::new(buf)])
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_through() { Pin::new(&mut self.stream).poll_write_vectored(cx, bufs) } else { self.hold(cx, bufs) }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gathers { Poll::Ready(Ok(())) } else { self.send(cx) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What was sent and is not acknowledged after this long is given up with its connection, ms (spec: sync 3.10).
const GIVEN_UP_MS: u32 = 60_000;

/// Asks the system to let acknowledgements ride on answers: each alone is 52 bytes, and the opening of a connection is
/// all questions and answers. And not to repeat for a quarter of an hour what nobody acknowledges: a link that comes
/// back has better things to carry. Where that cannot be asked for, nothing is lost.
#[cfg(target_os = "linux")]
pub fn thrifty(stream: impl std::os::fd::AsFd) {
    let asked = rustix::net::sockopt::set_tcp_quickack(&stream, false);
    if let Err(error) = asked.and_then(|()| rustix::net::sockopt::set_tcp_user_timeout(&stream, GIVEN_UP_MS)) {
        tracing::debug!(%error, "the system keeps its ways");
    }
}

/// Elsewhere the system does as it likes.
#[cfg(not(target_os = "linux"))]
pub fn thrifty<S>(_: S) {}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_is_said_before_listening_goes_together() {
        let (near, mut far) = duplex(1 << 10);
        let mut near = Gather::new(near);
        for part in [&b"one, "[..], b"two, ", b"three"] {
            near.write_all(part).await.expect("held");
            near.flush().await.expect("held");
        }
        let answer = tokio::spawn(async move {
            let mut said = [0; 64];
            let length = near.read(&mut said).await.expect("an answer");
            (near, said[..length].to_vec())
        });
        let mut heard = [0; 64];
        let length = far.read(&mut heard).await.expect("one packet");
        assert_eq!(&heard[..length], b"one, two, three");
        far.write_all(b"yes").await.expect("open");
        let (mut near, said) = answer.await.expect("ends");
        assert_eq!(said, b"yes");
        // Once let go, nothing waits.
        near.write_all(b"held, ").await.expect("held");
        near.lets_go();
        near.write_all(b"now").await.expect("open");
        near.flush().await.expect("open");
        let length = far.read(&mut heard).await.expect("both");
        assert_eq!(&heard[..length], b"held, now");
    }
}
