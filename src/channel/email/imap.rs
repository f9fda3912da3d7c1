//! A mailbox over IMAP4rev1 (RFC 3501), with IDLE (RFC 2177), SPECIAL-USE (RFC 6154) and XOAUTH2. Only the few commands
//! that are needed; what the server sends unasked is looked at and passed over.

mod read;

use std::time::Duration;

use read::{Said, State, Value, next};

use super::net::{Fault, Line, WAIT};
use super::plan::{Secret, Secure, Server};
use crate::domain::time::At;

/// Bytes fetched at once of one mail.
const PIECE: u64 = 512 << 10;
/// When more came while we looked, it is looked again after this.
const SOON: Duration = Duration::from_secs(1);
/// Most things said in answer to one command.
const MOST: usize = 500_000;

/// A folder that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Opened {
    /// Which numbering of its mails; another one when they were numbered anew.
    pub(super) validity: u32,
    /// The number the next mail gets, when it says so.
    pub(super) next: Option<u32>,
}

/// What is known of a mail without fetching it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) uid: u32,
    pub(super) bytes: u64,
    /// When it reached the mailbox.
    pub(super) came: Option<At>,
}

/// A session with a server that let us in.
#[derive(Debug)]
pub(super) struct Session {
    line: Line,
    tags: u32,
    able: Vec<String>,
    /// The server said how many mails there are since we last looked: there may be new ones.
    news: bool,
}

impl Session {
    /// Connects and logs in.
    pub(super) async fn open(server: &Server) -> Result<Session, Fault> {
        let secret = server.secret().await.map_err(Fault::Here)?;
        let mut session = Session { line: Line::connect(server).await?, tags: 0, able: Vec::new(), news: false };
        let greeted = match next(&mut session.line, WAIT).await? {
            Said::State { tag: None, state: State::Ok | State::Preauth, code, .. } => code,
            Said::State { words, .. } => return Err(Fault::No(words)),
            _ => return Err(Fault::Odd("no greeting".into())),
        };
        session.learn(&greeted);
        if server.tls == Secure::Starttls {
            session.command("STARTTLS").await?;
            session.line = session.line.secured(server).await?;
            session.able.clear();
        }
        if session.able.is_empty() {
            session.ask_able().await?;
        }
        session.log_in(&server.user, &secret).await?;
        session.ask_able().await?;
        Ok(session)
    }

    fn learn(&mut self, code: &str) {
        let mut words = code.split_whitespace();
        if words.next().is_some_and(|w| w.eq_ignore_ascii_case("CAPABILITY")) {
            self.able = words.map(str::to_ascii_uppercase).take(200).collect();
        }
    }

    async fn ask_able(&mut self) -> Result<(), Fault> {
        for values in self.command("CAPABILITY").await? {
            if values.first().is_some_and(|v| v.is("CAPABILITY")) {
                self.able = values[1..].iter().map(|v| v.words().to_ascii_uppercase()).take(200).collect();
            }
        }
        Ok(())
    }

    fn is_able(&self, word: &str) -> bool {
        self.able.iter().any(|a| a == word)
    }

    async fn log_in(&mut self, user: &str, secret: &Secret) -> Result<(), Fault> {
        let done = match secret {
            Secret::Nobody => return Ok(()),
            Secret::Password(password)
                if self.is_able("AUTH=PLAIN") && (self.is_able("SASL-IR") || !plain(password)) =>
            {
                let code = data_encoding::BASE64.encode(format!("\0{user}\0{password}").as_bytes());
                self.authenticate("PLAIN", &code).await
            }
            Secret::Password(password) => {
                self.command(&format!("LOGIN {} {}", quote(user), quote(password))).await.map(drop)
            }
            Secret::Token(token) => {
                let code =
                    data_encoding::BASE64.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01").as_bytes());
                self.authenticate("XOAUTH2", &code).await
            }
        };
        done.map_err(|fault| match fault {
            // It cannot look now; the password may be right.
            Fault::No(words) if words.contains("UNAVAILABLE") => Fault::No(words),
            Fault::No(words) => Fault::Login(words),
            fault => fault,
        })
    }

    async fn authenticate(&mut self, kind: &str, code: &str) -> Result<(), Fault> {
        let tag = self.tag();
        let inline = self.is_able("SASL-IR");
        let first = if inline {
            format!("{tag} AUTHENTICATE {kind} {code}\r\n")
        } else {
            format!("{tag} AUTHENTICATE {kind}\r\n")
        };
        self.line.send(first.as_bytes()).await?;
        let mut sent = inline;
        loop {
            match next(&mut self.line, WAIT).await? {
                // A second go-ahead is the reason why not; an empty line asks for the verdict.
                Said::Go(_) => {
                    let words = if sent { String::new() } else { code.to_owned() };
                    self.line.send(format!("{words}\r\n").as_bytes()).await?;
                    sent = true;
                }
                Said::State { tag: Some(t), state, code, words } if t == tag => {
                    return verdict(state, &code, words);
                }
                Said::State { tag: None, state: State::Bye, words, .. } => return Err(Fault::No(words)),
                _ => {}
            }
        }
    }

    fn tag(&mut self) -> String {
        self.tags += 1;
        format!("c{}", self.tags)
    }

    /// Sends a command and gathers what is said until its end.
    async fn command(&mut self, words: &str) -> Result<Vec<Vec<Value>>, Fault> {
        let tag = self.tag();
        self.line.send(format!("{tag} {words}\r\n").as_bytes()).await?;
        self.until(&tag).await
    }

    async fn until(&mut self, tag: &str) -> Result<Vec<Vec<Value>>, Fault> {
        let mut all = Vec::new();
        loop {
            match next(&mut self.line, WAIT * 2).await? {
                Said::State { tag: Some(t), state, code, words } if t == tag => {
                    verdict(state, &code, words)?;
                    if !code.is_empty() {
                        all.push(vec![Value::Atom("CODE".into()), Value::Atom(code)]);
                    }
                    return Ok(all);
                }
                Said::State { tag: None, state: State::Bye, words, .. } => return Err(Fault::No(words)),
                Said::State { tag: None, code, .. } if !code.is_empty() => {
                    all.push(vec![Value::Atom("CODE".into()), Value::Atom(code)]);
                }
                Said::Data(values) => {
                    self.notice(&values);
                    all.push(values);
                }
                _ => {}
            }
            if all.len() > MOST {
                return Err(Fault::Odd("an answer without end".into()));
            }
        }
    }

    fn notice(&mut self, values: &[Value]) {
        // Not the number: one mail gone and one come leave it as it was.
        self.news |= values.get(1).is_some_and(|word| word.is("EXISTS"));
    }

    /// Opens a folder.
    pub(super) async fn select(&mut self, folder: &str) -> Result<Opened, Fault> {
        let mut opened = Opened::default();
        for values in self.command(&format!("SELECT {}", quote(&coded(folder)))).await? {
            let [first, code] = values.as_slice() else { continue };
            if !first.is("CODE") {
                continue;
            }
            let code = code.words();
            let mut words = code.split_whitespace();
            let (name, number) = (words.next().unwrap_or_default(), words.next().and_then(|n| n.parse().ok()));
            match name.to_ascii_uppercase().as_str() {
                "UIDVALIDITY" => opened.validity = number.unwrap_or_default(),
                "UIDNEXT" => opened.next = number,
                _ => {}
            }
        }
        Ok(opened)
    }

    /// The mails from this number on, ascending.
    pub(super) async fn heads(&mut self, from: u32) -> Result<Vec<Head>, Fault> {
        self.news = false;
        let said = self.command(&format!("UID FETCH {from}:* (UID RFC822.SIZE INTERNALDATE)")).await?;
        let mut heads: Vec<Head> = said.iter().filter_map(|values| head(values)).filter(|h| h.uid >= from).collect();
        heads.sort_by_key(|h| h.uid);
        heads.dedup_by_key(|h| h.uid);
        Ok(heads)
    }

    /// The numbers of the mails that have this message id.
    pub(super) async fn find(&mut self, id: &str) -> Result<Vec<u32>, Fault> {
        let said = self.command(&format!("UID SEARCH HEADER Message-ID {}", quote(&format!("<{id}>")))).await?;
        let found = said.iter().filter(|v| v.first().is_some_and(|f| f.is("SEARCH")));
        Ok(found.flat_map(|v| v[1..].iter().filter_map(Value::number)).filter_map(|n| u32::try_from(n).ok()).collect())
    }

    /// The raw mail, piece by piece, at most `most` bytes of it; `None` when it is gone.
    pub(super) async fn mail(&mut self, uid: u32, most: u64) -> Result<Option<Vec<u8>>, Fault> {
        let mut mail = Vec::new();
        loop {
            let (from, count) = (mail.len() as u64, PIECE.min(most - mail.len() as u64));
            if count == 0 {
                return Ok(Some(mail));
            }
            let Some(piece) = self.section(uid, &format!("BODY.PEEK[]<{from}.{count}>")).await? else {
                return Ok((!mail.is_empty()).then_some(mail));
            };
            mail.extend_from_slice(&piece);
            if (piece.len() as u64) < count {
                return Ok(Some(mail));
            }
        }
    }

    /// The head of a mail.
    pub(super) async fn mail_head(&mut self, uid: u32) -> Result<Option<Vec<u8>>, Fault> {
        self.section(uid, &format!("BODY.PEEK[HEADER]<0.{PIECE}>")).await
    }

    async fn section(&mut self, uid: u32, section: &str) -> Result<Option<Vec<u8>>, Fault> {
        let said = self.command(&format!("UID FETCH {uid} (UID {section})")).await?;
        let items = said.iter().filter_map(|values| match values.as_slice() {
            [_, word, items] if word.is("FETCH") => Some(items.list()),
            _ => None,
        });
        for items in items {
            let is_it = items.chunks_exact(2).any(|p| p[0].is("UID") && p[1].number() == Some(u64::from(uid)));
            let body = items.chunks_exact(2).find(|p| p[0].words().to_ascii_uppercase().starts_with("BODY["));
            if let (true, Some([_, value])) = (is_it, body) {
                return Ok(match value {
                    Value::Text(bytes) => Some(bytes.clone()),
                    // NIL: nothing there.
                    _ => None,
                });
            }
        }
        Ok(None)
    }

    /// Adds flags to a mail.
    pub(super) async fn flag(&mut self, uid: u32, flags: &str) -> Result<(), Fault> {
        self.command(&format!("UID STORE {uid} +FLAGS.SILENT ({flags})")).await.map(drop)
    }

    /// The folder of sent mail, as the server marks it; else one that is called so.
    pub(super) async fn sent_folder(&mut self) -> Result<Option<String>, Fault> {
        let said = self.command("LIST \"\" \"*\"").await?;
        let mut folders = said.iter().filter_map(|values| match values.as_slice() {
            [word, flags, _, name] if word.is("LIST") => {
                Some((flags.list().iter().any(|f| f.is("\\Sent")), name.words()))
            }
            _ => None,
        });
        let mut called = None;
        for (marked, name) in folders.by_ref() {
            if marked {
                return Ok(Some(name));
            }
            if ["sent", "sent items", "inbox.sent", "inbox/sent"].contains(&name.to_ascii_lowercase().as_str()) {
                called = Some(name);
            }
        }
        Ok(called)
    }

    /// Makes a folder.
    pub(super) async fn create(&mut self, folder: &str) -> Result<(), Fault> {
        self.command(&format!("CREATE {}", quote(&coded(folder)))).await.map(drop)
    }

    /// Opens a folder by the name the server gave.
    pub(super) async fn examine_raw(&mut self, folder: &str) -> Result<(), Fault> {
        self.command(&format!("EXAMINE {}", quote(folder))).await.map(drop)
    }

    /// Puts a mail into a folder, by the name the server gave.
    pub(super) async fn append(&mut self, folder: &str, mail: &[u8]) -> Result<(), Fault> {
        let tag = self.tag();
        let head = format!("{tag} APPEND {} (\\Seen) {{{}}}\r\n", quote(folder), mail.len());
        self.line.send(head.as_bytes()).await?;
        loop {
            match next(&mut self.line, WAIT).await? {
                Said::Go(_) => break,
                Said::State { tag: Some(t), state, code, words } if t == tag => return verdict(state, &code, words),
                _ => {}
            }
        }
        self.line.send(mail).await?;
        self.line.send(b"\r\n").await?;
        self.until(&tag).await.map(drop)
    }

    /// Whether the server tells by itself when mail comes.
    pub(super) fn can_idle(&self) -> bool {
        self.is_able("IDLE")
    }

    /// Waits until mail comes or the time is over; whether there may be new mail. Dropping it in the middle leaves the
    /// session unusable: use [`Session::idle`] with `until`.
    pub(super) async fn idle(&mut self, longest: Duration, until: impl Future<Output = ()>) -> Result<bool, Fault> {
        // Something came while we looked: again soon, but never without a pause.
        let longest = if std::mem::take(&mut self.news) { SOON } else { longest };
        let tag = self.tag();
        self.line.send(format!("{tag} IDLE\r\n").as_bytes()).await?;
        loop {
            match next(&mut self.line, WAIT).await? {
                Said::Go(_) => break,
                Said::State { tag: Some(t), state, code, words } if t == tag => {
                    return verdict(state, &code, words).map(|()| true);
                }
                Said::Data(values) => self.notice(&values),
                Said::State { .. } => {}
            }
        }
        let over = tokio::time::sleep(longest);
        tokio::pin!(over, until);
        while !self.news {
            let ready = tokio::select! {
                ready = self.line.ready() => ready,
                () = &mut over => break,
                () = &mut until => break,
            };
            ready?;
            match next(&mut self.line, WAIT).await? {
                Said::Data(values) => self.notice(&values),
                Said::State { state: State::Bye, words, .. } => return Err(Fault::No(words)),
                _ => {}
            }
        }
        self.line.send(b"DONE\r\n").await?;
        self.until(&tag).await?;
        Ok(self.news)
    }

    /// Asks for nothing, to see that the line is there.
    pub(super) async fn noop(&mut self) -> Result<(), Fault> {
        self.command("NOOP").await.map(drop)
    }

    /// Takes leave.
    pub(super) async fn leave(mut self) {
        // Gone either way.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.command("LOGOUT")).await;
    }
}

fn verdict(state: State, code: &str, words: String) -> Result<(), Fault> {
    match state {
        State::Ok => Ok(()),
        State::No => Err(Fault::No(if code.is_empty() { words } else { format!("{words} ({code})") })),
        _ => Err(Fault::Odd(words)),
    }
}

fn head(values: &[Value]) -> Option<Head> {
    let [_, word, items] = values else { return None };
    if !word.is("FETCH") {
        return None;
    }
    let get = |name: &str| items.list().chunks_exact(2).find(|p| p[0].is(name)).map(|p| &p[1]);
    let uid = u32::try_from(get("UID")?.number()?).ok()?;
    let came = get("INTERNALDATE").and_then(|v| date(v.words().trim()));
    Some(Head { uid, bytes: get("RFC822.SIZE").and_then(Value::number).unwrap_or_default(), came })
}

/// `23-Nov-2026 10:00:00 +0100`
fn date(text: &str) -> Option<At> {
    let parsed = chrono::DateTime::parse_from_str(text, "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(At(parsed.timestamp_millis()))
}

fn plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..0x7f).contains(&b))
}

/// A quoted text. What cannot stand in one is left out; passwords with such letters go by AUTHENTICATE.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A folder's name in IMAP's own UTF-7 (RFC 3501, 5.1.3).
pub(super) fn coded(name: &str) -> String {
    let mut out = String::new();
    let mut other: Vec<u8> = Vec::new();
    let flush = |other: &mut Vec<u8>, out: &mut String| {
        if !other.is_empty() {
            let code = data_encoding::BASE64_NOPAD.encode(other).replace('/', ",");
            out.push_str(&format!("&{code}-"));
            other.clear();
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut other, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|u| other.extend_from_slice(&u.to_be_bytes()));
        }
    }
    flush(&mut other, &mut out);
    out
}

#[cfg(test)]
mod tests;
