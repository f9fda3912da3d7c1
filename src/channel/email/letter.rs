//! One raw mail as a person would tell it: who, to whom, about what, the words that are new, what was quoted, the
//! signature, the files.

use super::head::Head;
pub use super::head::Person;
use super::part::{Piece, Reading, Walk, floor};
use super::quote::{self, Split};
use super::sort::{Delivery, Sort};
use crate::domain::decide::MAX_BODY;
use crate::domain::time::At;

/// Most bytes of words kept on a case; the whole text is kept as a file when there is more.
const BODY: usize = 80_000;
/// Most bytes of what was quoted that are kept below the words.
const QUOTED: usize = 12_000;
/// Most bytes of a signature on a case.
const SIGNATURE: usize = 1_500;

/// How much of one mail is kept.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most files.
    pub files: usize,
    /// Most bytes of all files together.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { files: 40, bytes: 30 << 20 }
    }
}

/// A file that came along.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name: one line, no path.
    pub name: String,
    /// `application/pdf`, as the sender says.
    pub kind: String,
    /// A picture inside the words.
    pub inline: bool,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({}, {}, {} bytes)", self.name, self.kind, self.bytes.len())
    }
}

/// What was left out, to be said on the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// More parts than are looked at.
    TooManyParts,
    /// A text longer than is read.
    TextCut,
    /// A file over the limits.
    FileLeft {
        /// Its name.
        name: String,
        /// How large.
        bytes: usize,
    },
    /// A mail that could not be read at all.
    Unreadable,
    /// A mail larger than is fetched.
    MailLeft {
        /// How large.
        bytes: u64,
    },
}

impl Notice {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Notice::TooManyParts => {
                "This mail has more parts than are looked at; the rest is in the mailbox.".to_owned()
            }
            Notice::Unreadable => "This mail could not be read; it is in the mailbox.".to_owned(),
            Notice::TextCut => "This mail's text is longer than is shown; the rest is in the mailbox.".to_owned(),
            Notice::FileLeft { name, bytes } => {
                format!("The file {name} ({}) was not kept; it is in the mailbox.", size(*bytes as u64))
            }
            Notice::MailLeft { bytes } => {
                format!("This mail is too large ({}) and was not fetched; it is in the mailbox.", size(*bytes))
            }
        }
    }
}

/// A size as people say it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A mail that was read.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// Who wrote it; the first, when several did.
    pub from: Option<Person>,
    /// Where answers should go, when elsewhere.
    pub reply_to: Vec<Person>,
    /// To whom.
    pub to: Vec<Person>,
    /// Who else has it.
    pub cc: Vec<Person>,
    /// The addresses the way here wrote down (Delivered-To and its kin).
    pub delivered_to: Vec<Person>,
    /// One line.
    pub subject: String,
    /// Its own id, without brackets.
    pub id: Option<String>,
    /// The ids it answers.
    pub in_reply_to: Vec<String>,
    /// The ids of the thread, oldest first.
    pub references: Vec<String>,
    /// When it says it was written.
    pub sent: Option<At>,
    /// The words.
    pub words: Split,
    /// Mails that came along, with who wrote them.
    pub forwarded: String,
    /// What else came along.
    pub files: Vec<File>,
    /// What was left out.
    pub notices: Vec<Notice>,
    /// Who or what wrote it.
    pub sort: Sort,
    /// What a delivery report says, recipient by recipient.
    pub deliveries: Vec<Delivery>,
    /// Ids of mails inside, for reports that bring back what was sent.
    pub inner_ids: Vec<String>,
    /// BCP 47, when it says so.
    pub language: String,
}

impl Letter {
    /// Reads a mail. Never fails: what cannot be read is as if it were not there.
    pub fn read(raw: &[u8], limits: &Limits) -> Letter {
        let (head, _) = Head::read(raw);
        let mut walk = Walk::new(limits);
        let pieces = walk.mail(raw);
        let found = walk.found;
        let (text, fold, forwarded) = joined(pieces);
        let words = quote::split(&text, fold);
        let mut letter = Letter {
            words,
            forwarded,
            files: found.files,
            notices: found.notices,
            deliveries: found.deliveries,
            inner_ids: found.inner_ids,
            ..Letter::of(&head)
        };
        letter.sort = Sort::of(&head, &letter);
        letter.shorten();
        letter
    }

    /// Reads the head alone, of a mail whose rest stays where it is.
    pub fn head_only(raw: &[u8], bytes: u64) -> Letter {
        let (head, _) = Head::read(raw);
        let mut letter = Letter { notices: vec![Notice::MailLeft { bytes }], ..Letter::of(&head) };
        letter.sort = Sort::of(&head, &letter);
        letter
    }

    fn of(head: &Head) -> Letter {
        let from = head.people("from").into_iter().chain(head.people("sender")).find(|p| !p.address.is_empty());
        let delivered = ["delivered-to", "x-original-to", "envelope-to", "x-delivered-to"];
        Letter {
            from: from.or_else(|| head.people("from").into_iter().next()),
            reply_to: head.people("reply-to").into_iter().filter(|p| !p.address.is_empty()).collect(),
            to: head.people("to"),
            cc: head.people("cc"),
            delivered_to: delivered.iter().flat_map(|name| head.people(name)).collect(),
            subject: head.text("subject").unwrap_or_default(),
            id: head.ids("message-id").into_iter().next(),
            in_reply_to: head.ids("in-reply-to"),
            references: head.ids("references"),
            sent: head.date(),
            language: head.word("content-language").filter(|l| is_language(l)).unwrap_or_default(),
            ..Letter::default()
        }
    }

    /// Whom an answer goes to: where they say that answers should go.
    pub fn answer_to(&self) -> Option<&Person> {
        self.reply_to.first().or(self.from.as_ref()).filter(|p| !p.address.is_empty())
    }

    /// The text for the case: what is new first, the signature after `-- `, what was quoted last, each line of it
    /// behind a `>`. Never blank.
    pub fn body(&self) -> String {
        let mut body = self.words.new.clone();
        let mut add = |piece: &str| {
            if !piece.trim().is_empty() {
                if !body.is_empty() {
                    body.push_str("\n\n");
                }
                body.push_str(piece);
            }
        };
        add(self.forwarded.trim_end());
        for notice in &self.notices {
            add(&format!("[{}]", notice.words()));
        }
        if !self.words.signature.is_empty() {
            add(&format!("-- \n{}", &self.words.signature[..floor(&self.words.signature, SIGNATURE)]));
        }
        let quoted = &self.words.quoted[..floor(&self.words.quoted, QUOTED)];
        let quoted = quoted.lines().map(quoted_line).collect::<Vec<_>>().join("\n");
        add(&quoted[..floor(&quoted, QUOTED)]);
        body.truncate(floor(&body, MAX_BODY));
        if body.is_empty() {
            let files = self.files.len();
            body = if files == 0 { "(no text)".to_owned() } else { format!("(no text; {files} files)") };
        }
        body
    }

    /// Words that do not fit on a case become a file.
    fn shorten(&mut self) {
        if self.words.new.len() + self.forwarded.len() <= BODY {
            return;
        }
        let whole = format!("{}\n\n{}", self.words.new, self.forwarded);
        let keep = floor(&self.words.new, BODY / 2);
        self.words.new.truncate(keep);
        let keep = floor(&self.forwarded, BODY / 2);
        self.forwarded.truncate(keep);
        if self.forwarded.is_empty() {
            self.words.new.push_str("\n[…]");
        } else {
            self.forwarded.push_str("\n[…]");
        }
        let kind = "text/plain".to_owned();
        self.files.push(File { name: "whole-text.txt".to_owned(), kind, inline: false, bytes: whole.into_bytes() });
    }
}

fn quoted_line(line: &str) -> String {
    match line {
        "" => ">".to_owned(),
        line if line.starts_with('>') => line.to_owned(),
        line => format!("> {line}"),
    }
}

fn is_language(word: &str) -> bool {
    (2..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The pieces one after the other: text, where in it the answered mail begins, and what was forwarded.
fn joined(pieces: Vec<Piece>) -> (String, Option<usize>, String) {
    let (mut text, mut fold, mut forwarded) = (String::new(), None, String::new());
    for piece in pieces {
        let into = if piece.kind == Reading::Forwarded { &mut forwarded } else { &mut text };
        if !into.is_empty() {
            into.push_str("\n\n");
        }
        if piece.kind != Reading::Forwarded && fold.is_none() {
            fold = piece.fold.map(|at| into.len() + at);
        }
        into.push_str(&piece.text);
    }
    (text, fold, forwarded)
}
