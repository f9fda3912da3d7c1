//! Handing mail over by SMTP submission (RFC 6409): with or without TLS, by password or XOAUTH2.
//!
//! A hand-over is in two steps, so that who hands over can write down between them that from now on it may have
//! happened: [`Session::offer`] brings everything but the last dot, [`Session::commit`] brings the dot.

use std::time::Duration;

use super::net::{Fault, Line, WAIT};
use super::plan::{Secret, Secure, Server};

/// Longest line of an answer, bytes.
const LINE: usize = 4_096;
/// Most lines of one answer.
const LINES: usize = 200;
/// Longest wait for the verdict on a mail (RFC 5321, 4.5.3.2.6).
const VERDICT: Duration = Duration::from_secs(600);

/// What a post office answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) words: String,
}

impl Answer {
    fn is_good(&self) -> bool {
        (200..400).contains(&self.code)
    }
}

/// Why a mail was not taken.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// Perhaps later: 4xx, or the link; nothing was handed over.
    Later(String),
    /// Never: 5xx.
    Never(String),
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> NotTaken {
        NotTaken::Later(fault.to_string())
    }
}

/// A session with a post office that let us in.
#[derive(Debug)]
pub(super) struct Session {
    line: Line,
    able: Vec<String>,
}

impl Session {
    /// Connects and logs in.
    pub(super) async fn open(server: &Server, host: &str) -> Result<Session, Fault> {
        let secret = server.secret().await.map_err(Fault::Here)?;
        let mut session = Session { line: Line::connect(server).await?, able: Vec::new() };
        session.expect(WAIT * 5).await?;
        session.greet(host).await?;
        if server.tls == Secure::Starttls {
            session.command("STARTTLS").await?;
            session.line = session.line.secured(server).await?;
            session.greet(host).await?;
        }
        session.log_in(&server.user, &secret).await?;
        Ok(session)
    }

    async fn greet(&mut self, host: &str) -> Result<(), Fault> {
        let answer = match self.command(&format!("EHLO {host}")).await {
            Err(Fault::No(_)) => self.command(&format!("HELO {host}")).await?,
            answer => answer?,
        };
        self.able = answer.words.lines().skip(1).map(str::to_ascii_uppercase).collect();
        Ok(())
    }

    fn is_able(&self, word: &str) -> bool {
        self.able.iter().any(|a| a.split_whitespace().next() == Some(word))
    }

    async fn log_in(&mut self, user: &str, secret: &Secret) -> Result<(), Fault> {
        let words = match secret {
            Secret::Nobody => return Ok(()),
            Secret::Password(password) => {
                let code = data_encoding::BASE64.encode(format!("\0{user}\0{password}").as_bytes());
                format!("AUTH PLAIN {code}")
            }
            Secret::Token(token) => {
                let code =
                    data_encoding::BASE64.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01").as_bytes());
                format!("AUTH XOAUTH2 {code}")
            }
        };
        self.line.send(format!("{words}\r\n").as_bytes()).await?;
        let mut answer = self.answer(WAIT).await?;
        if answer.code == 334 {
            // The reason why not; an empty line asks for the verdict.
            self.line.send(b"\r\n").await?;
            answer = self.answer(WAIT).await?;
        }
        let words = format!("{} {}", answer.code, one_line(&answer.words));
        match answer.code {
            200..400 => Ok(()),
            // It cannot look now; the password may be right.
            400..500 => Err(Fault::No(words)),
            _ => Err(Fault::Login(words)),
        }
    }

    async fn answer(&mut self, wait: Duration) -> Result<Answer, Fault> {
        let mut words = String::new();
        for _ in 0..LINES {
            let line = self.line.line(LINE, wait).await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let code: u16 = line.get(..3).and_then(|c| c.parse().ok()).ok_or_else(|| Fault::Odd(line.clone()))?;
            if !words.is_empty() {
                words.push('\n');
            }
            words.push_str(line.get(4..).unwrap_or_default().trim());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Answer { code, words });
            }
        }
        Err(Fault::Odd("an answer without end".into()))
    }

    async fn expect(&mut self, wait: Duration) -> Result<Answer, Fault> {
        let answer = self.answer(wait).await?;
        if answer.is_good() {
            Ok(answer)
        } else {
            Err(Fault::No(format!("{} {}", answer.code, one_line(&answer.words))))
        }
    }

    async fn command(&mut self, words: &str) -> Result<Answer, Fault> {
        self.line.send(format!("{words}\r\n").as_bytes()).await?;
        self.expect(WAIT * 5).await
    }

    async fn asked(&mut self, words: &str) -> Result<Answer, NotTaken> {
        self.line.send(format!("{words}\r\n").as_bytes()).await?;
        let answer = self.answer(WAIT * 5).await?;
        judged(answer)
    }

    /// Brings a mail, all but the dot that ends it. The recipients that were refused, and why; at least one was not.
    pub(super) async fn offer(
        &mut self,
        from: &str,
        to: &[String],
        mail: &[u8],
    ) -> Result<Vec<(String, String)>, NotTaken> {
        let mut parameters = String::new();
        if self.is_able("SIZE") {
            parameters.push_str(&format!(" SIZE={}", mail.len()));
        }
        if !mail.is_ascii() && self.is_able("8BITMIME") {
            parameters.push_str(" BODY=8BITMIME");
        }
        self.asked(&format!("MAIL FROM:<{from}>{parameters}")).await?;
        let mut refused = Vec::new();
        let mut taken = 0;
        for address in to {
            match self.asked(&format!("RCPT TO:<{address}>")).await {
                Ok(_) => taken += 1,
                Err(NotTaken::Never(why)) => refused.push((address.clone(), why)),
                // One that is to be tried later holds up all: the mail is whole or not at all.
                Err(later) => return Err(later),
            }
        }
        if taken == 0 {
            let why =
                refused.first().map_or_else(|| "there is nobody to send it to".to_owned(), |(_, why)| why.clone());
            return Err(NotTaken::Never(why));
        }
        let go = self.asked("DATA").await?;
        if go.code != 354 {
            return Err(NotTaken::Later(format!("{} {}", go.code, go.words)));
        }
        self.line.send(&stuffed(mail)).await?;
        Ok(refused)
    }

    /// Ends the mail. After a link that is lost here nobody knows whether it was taken.
    pub(super) async fn commit(&mut self) -> Result<Result<Answer, NotTaken>, Fault> {
        self.line.send(b".\r\n").await?;
        let answer = self.answer(VERDICT).await?;
        Ok(judged(answer))
    }

    /// Takes leave.
    pub(super) async fn leave(mut self) {
        // Gone either way.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.command("QUIT")).await;
    }
}

fn judged(answer: Answer) -> Result<Answer, NotTaken> {
    let words = format!("{} {}", answer.code, one_line(&answer.words));
    match answer.code {
        200..400 => Ok(answer),
        500..600 => Err(NotTaken::Never(words)),
        _ => Err(NotTaken::Later(words)),
    }
}

fn one_line(words: &str) -> String {
    super::head::line(words)
}

/// With a dot before lines that begin with one, every line ended by CR LF, and no other CR or LF.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 50 + 2);
    let mail = mail.strip_suffix(b"\n").unwrap_or(mail);
    for line in mail.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend(line.iter().filter(|b| **b != b'\r'));
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_cannot_end_itself_early() {
        assert_eq!(stuffed(b"a\n.\r\n.b\r\nc\r\n"), b"a\r\n..\r\n..b\r\nc\r\n");
        assert_eq!(stuffed(b"a\r\r\n.\n"), b"a\r\n..\r\n");
        assert_eq!(stuffed(b"x\r.\ry"), b"x.y\r\n");
        assert_eq!(stuffed(b""), b"\r\n");
    }
}
