//! What widget and server say to each other: JSON, one object a frame, the same over the socket and over single
//! requests. Every field has a limit, and a field that is not known is refused.
//!
//! What a customer *does* carries two names: `n` counts within the conversation and holds the order, `once` is made by
//! the widget and never used again, so that the same deed may come as often as the line needs, from any page. A widget
//! brings one deed after the other: what comes later must not overtake what is put off.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::file::FileCard;
use crate::domain::identity::is_email;
use crate::domain::ids::FileId;

/// The protocol's version.
pub const VERSION: u32 = 1;
/// Largest frame, bytes.
pub const MAX_FRAME: usize = 64 << 10;
/// Frames in one request at most.
pub const MAX_FRAMES: usize = 20;
/// Files of one message at most.
pub const MAX_FILES: usize = 10;
/// Longest name, characters.
pub const MAX_NAME: usize = 100;
/// Longest address of a page, and its title, characters.
const MAX_PAGE: usize = 500;
/// Longest identity or proof.
const MAX_PROOF: usize = 200;

/// From the widget.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase", deny_unknown_fields)]
pub enum Up {
    /// First on every connection.
    Hello(Hello),
    /// A deed.
    Do {
        /// Its number in the conversation, from 1.
        n: u64,
        /// Its own name for ever: 8 to 32 hex digits.
        once: String,
        /// What.
        deed: Deed,
    },
    /// The customer writes, or no longer.
    Typing {
        /// Whether.
        on: bool,
    },
    /// Lines up to here have come.
    Got {
        /// The newest.
        k: u64,
    },
    /// Lines up to here were on the screen.
    Read {
        /// The newest.
        k: u64,
    },
    /// Where on the site they are now.
    Page {
        /// Its address.
        page: String,
        /// Its title.
        #[serde(default)]
        title: String,
    },
}

/// Who comes, and what they have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The protocol's version.
    pub v: u32,
    /// Whether the widget needs its words.
    #[serde(default)]
    pub words: bool,
    /// The conversation's token, when there is one.
    pub token: Option<String>,
    /// The newest line it has.
    #[serde(default)]
    pub k: u64,
    /// Who they are at the firm's site.
    pub id: Option<String>,
    /// The site's proof of it.
    pub hash: Option<String>,
    /// BCP 47.
    #[serde(default)]
    pub lang: String,
    /// Name, as the site has it.
    pub name: Option<String>,
    /// Address, as the site has it.
    pub email: Option<String>,
    /// Where on the site they are.
    #[serde(default)]
    pub page: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
}

/// What a customer does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Deed {
    /// Begins.
    Start(Start),
    /// Says something.
    Say {
        /// The words; may be empty where files come.
        text: String,
        /// What goes along.
        #[serde(default)]
        files: Vec<Enclosed>,
    },
    /// Ends the chat.
    Leave {},
    /// Says how it was.
    Rate {
        /// 1 to 5.
        mark: u8,
    },
    /// Wants the transcript by e-mail.
    Mail {
        /// Where to.
        email: String,
    },
}

/// The first words and who says them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// The question.
    pub text: String,
    /// What was chosen in the menu, key by key.
    #[serde(default)]
    pub menu: Vec<String>,
}

/// A file that goes along; only its number counts here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enclosed {
    /// Its number as the server gave it, in decimal: more digits than a script's numbers hold.
    pub id: String,
    /// Its name, for the widget's own use.
    #[serde(default)]
    pub name: String,
    /// Its size, for the widget's own use.
    #[serde(default)]
    pub size: u64,
}

impl Enclosed {
    /// The file.
    pub fn id(&self) -> Option<FileId> {
        self.id.parse().ok().filter(|id| *id > 0).map(FileId)
    }
}

/// Why something is not done; one word, the widget has the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// This is no frame of this protocol.
    Frame,
    /// Another version of it.
    Version,
    /// The site is not one of the inbox's, or there is no such inbox.
    Origin,
    /// The proof of who they are is none.
    Identity,
    /// The conversation's token is not known.
    Token,
    /// Deeds come in their order; the answer says how far it is.
    Order,
    /// Too many; again later.
    Slow,
    /// It cannot be stored now; again later.
    Later,
    /// There is no conversation yet.
    Form,
    /// The conversation is over.
    Over,
    /// Too long.
    Long,
    /// Nothing in it.
    Empty,
    /// No name.
    Name,
    /// No address, or none that is one.
    Email,
    /// The menu has no such way.
    Menu,
    /// A file that is not there.
    File,
    /// A file of a kind that is not taken.
    Kind,
    /// A file that is too big.
    Big,
    /// The rules say no.
    Wrong,
}

/// To the widget.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Down {
    /// The answer to hello.
    Welcome(Box<Welcome>),
    /// A line of the conversation.
    Line(Line),
    /// A deed is done, now or since before.
    Ack {
        /// How many deeds of the conversation are done.
        n: u64,
        /// Which.
        once: String,
    },
    /// Something is not done.
    No {
        /// Why.
        code: Why,
        /// Which deed, if it was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        once: Option<String>,
        /// How many deeds of the conversation are done.
        #[serde(skip_serializing_if = "Option::is_none")]
        n: Option<u64>,
        /// When to come again, seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_s: Option<u64>,
    },
    /// How the conversation stands.
    Standing(Told),
    /// Who writes an answer.
    Typing {
        /// Their name; none does when it is not there.
        who: Option<String>,
    },
    /// What the other side has seen.
    Marks {
        /// The newest line.
        seen: u64,
    },
    /// The server is there.
    Ping,
}

/// How a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Told {
    /// It has not begun.
    Form,
    /// Nobody has it yet.
    Waiting {
        /// How many are before them.
        ahead: usize,
        /// About how long, seconds, from and to.
        #[serde(skip_serializing_if = "Option::is_none")]
        wait: Option<(i64, i64)>,
    },
    /// Somebody has it.
    With {
        /// Their name.
        who: String,
    },
    /// Somebody has it and asked to hold.
    Held {
        /// Their name.
        who: String,
        /// The firm's words for it; empty is the widget's own.
        words: String,
    },
    /// It is over.
    Over {
        /// Whether to ask how it was.
        ask: bool,
    },
    /// A message was left; the answer comes by mail.
    Left,
}

/// What a conversation begins with, on every connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Welcome {
    /// The conversation's token.
    pub token: String,
    /// Whether the conversation is another than the widget asked for.
    pub fresh: bool,
    /// How many deeds are done.
    pub n: u64,
    /// Whether the site vouches for them.
    pub verified: bool,
    /// How it stands, in one word; the rest follows.
    pub is: &'static str,
    /// Whether they said how it was.
    pub rated: bool,
    /// Whether someone is there; else a message can be left.
    pub online: bool,
    /// What to say when nobody is.
    pub closed: String,
    /// The firm's name.
    pub title: String,
    /// Its colour, `#rrggbb`, or empty.
    pub accent: String,
    /// What the form asks for.
    pub ask: Ask,
    /// The triage menu.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menu: Option<Asked>,
    /// Longest message, characters.
    pub text_max: usize,
    /// What may be sent along.
    pub file: FileRules,
    /// Whether the transcript can be had by e-mail.
    pub mail: bool,
    /// What the widget says, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Value>,
}

/// Whether something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// It must be given.
    Must,
    /// It may be given.
    #[default]
    May,
    /// It is not asked for.
    No,
}

/// What the form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// A name.
    pub name: Wanted,
    /// An address.
    pub email: Wanted,
}

/// A question of the menu in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The question.
    pub ask: String,
    /// What can be answered.
    pub choices: Vec<Offered>,
}

/// A choice in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// Its name.
    pub key: String,
    /// Its words.
    pub text: String,
    /// What follows.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub next: Option<Asked>,
}

/// What may be sent along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRules {
    /// Largest file, bytes; 0 is none at all.
    pub max: u64,
    /// Kinds: `image/*`, `application/pdf`, `.txt`.
    pub types: Vec<String>,
    /// With one message at most.
    pub count: usize,
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The customer.
    You,
    /// An agent.
    Agent,
}

/// A line of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its number in the conversation, from 1.
    pub k: u64,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Whose.
    pub by: By,
    /// The agent's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// The words.
    pub text: String,
    /// What was sent along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Card>,
    /// The customer's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
}

/// A file that was sent along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its number, in decimal.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl From<&FileCard> for Card {
    fn from(card: &FileCard) -> Card {
        Card { id: card.id.to_string(), name: card.name.clone(), size: card.size }
    }
}

/// Frames in a request, for lines that carry no sockets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Whose.
    pub token: Option<String>,
    /// What.
    pub frames: Vec<Up>,
}

/// Asking for news, for lines that carry no sockets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hear {
    /// Whose.
    pub token: String,
    /// The newest line they have.
    pub k: u64,
    /// What they were told last of how it stands.
    pub v: String,
}

/// Answer to both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heard {
    /// What they are told of how it stands.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub v: String,
    /// What is new.
    pub frames: Vec<Down>,
}

impl Down {
    /// A plain no.
    pub fn no(code: Why) -> Down {
        Down::No { code, once: None, n: None, retry_s: None }
    }
}

impl Up {
    /// Reads a frame.
    pub fn read(text: &str) -> Result<Up, Why> {
        if text.len() > MAX_FRAME {
            return Err(Why::Long);
        }
        let frame: Up = serde_json::from_str(text).map_err(|_| Why::Frame)?;
        frame.check()?;
        Ok(frame)
    }

    /// Refuses what is too long or no such thing. What depends on the inbox is checked there.
    pub fn check(&self) -> Result<(), Why> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        let too = |text: &Option<String>, most: usize| text.as_deref().is_some_and(|text| long(text, most));
        match self {
            Up::Hello(h) => {
                if h.v != VERSION {
                    return Err(Why::Version);
                }
                let proof = too(&h.id, MAX_PROOF) || too(&h.hash, MAX_PROOF) || too(&h.token, MAX_PROOF);
                let whom = too(&h.name, MAX_NAME) || too(&h.email, MAX_PROOF) || long(&h.lang, 35);
                if proof || whom || long(&h.page, MAX_PAGE) || long(&h.title, MAX_PAGE) {
                    return Err(Why::Long);
                }
                Ok(())
            }
            Up::Do { once, deed, .. } => {
                if !(8..=32).contains(&once.len()) || !once.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(Why::Frame);
                }
                deed.check()
            }
            Up::Page { page, title } if long(page, MAX_PAGE) || long(title, MAX_PAGE) => Err(Why::Long),
            Up::Page { .. } | Up::Typing { .. } | Up::Got { .. } | Up::Read { .. } => Ok(()),
        }
    }
}

impl Deed {
    fn check(&self) -> Result<(), Why> {
        match self {
            Deed::Start(start) => {
                if start.text.trim().is_empty() {
                    return Err(Why::Empty);
                }
                if start.name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
                    return Err(Why::Name);
                }
                if start.menu.len() > 10 || start.menu.iter().any(|key| key.len() > 40) {
                    return Err(Why::Menu);
                }
                match start.email.as_deref().map(str::trim) {
                    Some(email) if !email.is_empty() && !is_email(email) => Err(Why::Email),
                    _ => Ok(()),
                }
            }
            Deed::Say { text, files } => {
                if files.len() > MAX_FILES || files.iter().any(|file| file.id().is_none()) {
                    return Err(Why::File);
                }
                if text.trim().is_empty() && files.is_empty() { Err(Why::Empty) } else { Ok(()) }
            }
            Deed::Leave {} => Ok(()),
            Deed::Rate { mark } => {
                if (1..=5).contains(mark) {
                    Ok(())
                } else {
                    Err(Why::Wrong)
                }
            }
            Deed::Mail { email } => {
                if is_email(email.trim()) {
                    Ok(())
                } else {
                    Err(Why::Email)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
