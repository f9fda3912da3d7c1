//! Who gets a mail: the addresses of a case's correspondence, what an answer names, and answers that wait for their
//! time.
//!
//! Invariant: of whom an answer goes to there is one truth, [`Correspondents`]; a blind copy is never in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::command::WaitingReply;
use super::identity::is_email;
use super::ids::{AgentId, CaseId, MessageId, QueueId, ScheduledId};
use super::refusal::Refusal;
use super::safe;
use super::time::{At, DAY};

/// Most addresses one mail goes to.
pub const MAX_ADDRESSES: usize = 50;
/// Longest name beside an address, in characters.
pub const MAX_NAME: usize = 100;
/// Longest address, in bytes (RFC 5321, 4.5.3.1).
pub const MAX_ADDRESS: usize = 254;
/// Most answers that wait on one case.
pub const MAX_WAITING: usize = 20;
/// How far ahead an answer may be sent, ms.
pub const FARTHEST: i64 = 366 * DAY;

/// A name and an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Address {
    /// The name, or empty.
    pub name: String,
    /// The address as written, or empty when it is none.
    pub address: String,
}

impl Address {
    /// Whether both are the same mailbox: case counts for nobody.
    pub fn is(&self, address: &str) -> bool {
        !self.address.is_empty() && self.address.eq_ignore_ascii_case(address)
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> String {
        self.address.rsplit_once('@').map(|(_, host)| host.to_ascii_lowercase()).unwrap_or_default()
    }

    /// Whether a mail can go there: an address, and a name of one safe line.
    pub fn is_good(&self) -> bool {
        self.address.len() <= MAX_ADDRESS
            && is_email(&self.address)
            && safe::is_safe(&self.address)
            && self.name.chars().count() <= MAX_NAME
            && safe::is_safe(&self.name)
    }

    /// What those may see who may not see addresses: first letter and domain.
    pub fn masked(&self) -> String {
        match self.address.split_once('@') {
            Some((user, host)) => format!("{}•••@{host}", user.chars().next().unwrap_or('•')),
            None => "•••".to_owned(),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.name.as_str(), self.address.as_str()) {
            (name, "") => f.write_str(name),
            ("", address) => f.write_str(address),
            (name, address) => write!(f, "{name} <{address}>"),
        }
    }
}

/// How somebody gets a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It is written to them.
    To,
    /// They get it too, and all see that.
    Cc,
    /// They get it too, and nobody sees that.
    Bcc,
}

impl Way {
    /// Every way.
    pub const ALL: [Way; 3] = [Way::To, Way::Cc, Way::Bcc];

    /// The word on screen, the same in every language.
    pub fn word(self) -> &'static str {
        match self {
            Way::To => "to",
            Way::Cc => "cc",
            Way::Bcc => "bcc",
        }
    }
}

/// To whom an answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipients {
    /// To whom it is written.
    pub to: Vec<Address>,
    /// Who gets it too.
    pub cc: Vec<Address>,
    /// Who gets it without the others seeing that.
    pub bcc: Vec<Address>,
}

impl Recipients {
    /// Those of one way.
    pub fn of(&self, way: Way) -> &Vec<Address> {
        match way {
            Way::To => &self.to,
            Way::Cc => &self.cc,
            Way::Bcc => &self.bcc,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, way: Way) -> &mut Vec<Address> {
        match way {
            Way::To => &mut self.to,
            Way::Cc => &mut self.cc,
            Way::Bcc => &mut self.bcc,
        }
    }

    /// Everyone, with the way they get it.
    pub fn all(&self) -> impl Iterator<Item = (Way, &Address)> {
        Way::ALL.into_iter().flat_map(|way| self.of(way).iter().map(move |a| (way, a)))
    }

    /// Where somebody is.
    pub fn find(&self, address: &str) -> Option<Way> {
        self.all().find(|(_, a)| a.is(address)).map(|(way, _)| way)
    }

    /// Puts somebody somewhere; they are nowhere else then.
    pub fn put(&mut self, way: Way, address: Address) {
        if !(self.of(way).iter().any(|a| a.is(&address.address))) {
            self.remove(&address.address);
            self.of_mut(way).push(address);
        }
    }

    /// Takes somebody out.
    pub fn remove(&mut self, address: &str) {
        Way::ALL.into_iter().for_each(|way| self.of_mut(way).retain(|a| !a.is(address)));
    }

    /// Whether the same people get it in the same way; names and order do not count.
    pub fn same(&self, other: &Recipients) -> bool {
        let set = |r: &Recipients| -> BTreeSet<(Way, String)> {
            r.all().map(|(way, a)| (way, a.address.to_ascii_lowercase())).collect()
        };
        set(self) == set(other)
    }

    /// Addresses only, as those may see them who may not see them in full.
    pub fn masked(&self) -> Recipients {
        let mask = |list: &[Address]| {
            list.iter().map(|a| Address { name: String::new(), address: a.masked() }).collect::<Vec<_>>()
        };
        Recipients { to: mask(&self.to), cc: mask(&self.cc), bcc: mask(&self.bcc) }
    }

    /// Why a mail cannot go to them, if it cannot.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |because: String| Err(Refusal::invalid(tk!("recipients"), because));
        if self.to.is_empty() {
            return wrong(tk!("nobody is under To; add someone").into());
        }
        if self.all().count() > MAX_ADDRESSES {
            return wrong(tf!("a mail goes to at most {most} addresses; take some away", most = MAX_ADDRESSES));
        }
        if let Some((_, bad)) = self.all().find(|(_, a)| !a.is_good()) {
            return wrong(tf!("{address} is no e-mail address", address = safe::line(&bad.address)));
        }
        let mut once = BTreeSet::new();
        match self.all().find(|(_, a)| !once.insert(a.address.to_ascii_lowercase())) {
            Some((_, twice)) => wrong(tf!("{address} is there twice", address = &twice.address)),
            None => Ok(()),
        }
    }

    /// Whether it can be shown, masked as it may be: not too many, and each of one safe line.
    pub(super) fn is_readable(&self) -> bool {
        let fine = |a: &Address| [&a.name, &a.address].iter().all(|w| w.len() <= 4 * MAX_ADDRESS && safe::is_safe(w));
        self.all().count() <= MAX_ADDRESSES && self.all().all(|(_, a)| fine(a))
    }

    pub(super) fn words_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let all = self.to.iter_mut().chain(&mut self.cc).chain(&mut self.bcc);
        all.flat_map(|a| [&mut a.name, &mut a.address])
    }
}

/// Who writes to each other on a case: whoever was in To and Cc of its newest mail, in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Correspondents {
    /// On which case; 0 where the mail that came in says them.
    pub case: CaseId,
    /// The address of ours that answers.
    pub ours: String,
    /// To whom an answer is written.
    pub to: Vec<Address>,
    /// Who gets it too.
    pub cc: Vec<Address>,
    /// To whom the answers go that wait for their time.
    pub waiting: Vec<(ScheduledId, Recipients)>,
}

impl Correspondents {
    /// To whom an answer goes that names nobody.
    pub fn recipients(&self) -> Recipients {
        Recipients { to: self.to.clone(), cc: self.cc.clone(), bcc: Vec::new() }
    }

    /// To whom an answer goes that waits.
    pub fn of(&self, id: ScheduledId) -> Option<&Recipients> {
        self.waiting.iter().find(|(of, _)| *of == id).map(|(_, to)| to)
    }

    /// Whether a channel may say so: at most so many, addresses all of them, none of them ours.
    pub(super) fn is_good(&self) -> bool {
        let count = self.to.len() + self.cc.len();
        (count == 0 || self.to.len() <= MAX_ADDRESSES && count <= MAX_ADDRESSES)
            && self.to.iter().chain(&self.cc).all(|a| a.is_good() && !a.is(&self.ours))
            && (self.ours.is_empty() || is_email(&self.ours))
    }

    pub(super) fn words_mut(&mut self) -> Vec<&mut String> {
        let mut words: Vec<&mut String> = vec![&mut self.ours];
        words.extend(self.to.iter_mut().chain(&mut self.cc).flat_map(|a| [&mut a.name, &mut a.address]));
        words.extend(self.waiting.iter_mut().flat_map(|(_, to)| to.words_mut()));
        words
    }
}

/// An answer that waits for its time. Who gets it is said in [`Correspondents::waiting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Identity.
    pub id: ScheduledId,
    /// On which case.
    pub case: CaseId,
    /// The case's queue, which decides who sees it.
    pub queue: QueueId,
    /// Who wrote it.
    pub by: AgentId,
    /// When, as their desk says: with the case and the writer it tells it from every other one.
    pub asked: At,
    /// The words.
    pub body: String,
    /// The newest customer message its writer had seen.
    pub base: Option<MessageId>,
    /// The newest message of all when it was written: what the customer wrote since is newer.
    pub after: MessageId,
    /// When it goes out.
    pub at: At,
    /// The customer wrote meanwhile, so it was not sent: what and when.
    pub stopped: Option<(MessageId, At)>,
}

impl Scheduled {
    /// What tells it from every other one.
    pub fn which(&self) -> WaitingReply {
        WaitingReply { case: self.case, by: self.by, asked: self.asked }
    }

    /// When it goes out if nothing happens; never when it was stopped.
    pub fn due(&self) -> Option<At> {
        self.stopped.is_none().then_some(self.at)
    }
}
