//! The automatic summary: a wrap-up note from the contact's own rows by one template (operations 5). No guessing:
//! every clause names the rows it was made from, a clause without rows is not there, and the same rows give the same
//! bytes.

use crate::domain::ids::{AgentId, OutcomeId, QueueId, ReasonId};
use crate::domain::people::Customer;
use crate::domain::row::{Entity, RowKey};
use crate::domain::safe;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Author, Case, Channel, Interaction, Kind, LegEnd, Message, Task, WrapUp};

/// Characters of the customer's words that are quoted.
const QUOTE: usize = 160;

/// What a summary or card is made from. Messages, legs and promises are the case's, oldest first.
pub struct Material<'a> {
    /// The contact.
    pub interaction: &'a Interaction,
    /// Its case.
    pub case: &'a Case,
    /// Who it is, when known.
    pub customer: Option<&'a Customer>,
    /// Everything written on the case.
    pub messages: &'a [Message],
    /// Every leg on the case.
    pub legs: &'a [WrapUp],
    /// Open promises on the case.
    pub promises: &'a [&'a Task],
    /// An agent's name.
    pub agent: &'a dyn Fn(AgentId) -> String,
    /// A queue's name.
    pub queue: &'a dyn Fn(QueueId) -> String,
    /// An instant as the reader's calendar has it.
    pub time: &'a dyn Fn(At) -> String,
}

/// What the form holds while the summary is made.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// The reason and its words.
    pub reason: Option<(ReasonId, String)>,
    /// The outcome and its words.
    pub outcome: Option<(OutcomeId, String)>,
    /// What is promised, by when, whose.
    pub promised: Option<(String, At, AgentId)>,
}

/// A part of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its words, with the stop at the end.
    pub text: String,
    /// The rows it was made from; never empty.
    pub from: Vec<RowKey>,
}

/// The summary as one line of text.
pub fn text(m: &Material, codes: &Codes) -> String {
    clauses(m, codes).into_iter().map(|c| c.text).collect::<Vec<_>>().join(" ")
}

/// The summary by its clauses, each with where it comes from.
pub fn clauses(m: &Material, codes: &Codes) -> Vec<Clause> {
    let key = |entity, id| RowKey { entity, id };
    let contact = key(Entity::Interaction, m.interaction.id.0);
    let mut found = vec![came(m, contact)];
    if let Some((id, label)) = &codes.reason {
        found.push(Clause { text: format!("Reason {}.", one_line(label)), from: vec![key(Entity::Reason, id.0)] });
    }
    if let Some((words, from)) = said(m) {
        found.push(Clause { text: format!("Customer said: “{words}”."), from: vec![from] });
    }
    found.extend(done(m));
    if m.interaction.hold_ms > 0 {
        found.push(Clause { text: format!("On hold {}.", span(m.interaction.hold_ms)), from: vec![contact] });
    }
    found.extend(handed_on(m));
    if let Some((id, label)) = &codes.outcome {
        found.push(Clause { text: format!("Outcome {}.", one_line(label)), from: vec![key(Entity::Outcome, id.0)] });
    }
    if let Some((what, due, owner)) = &codes.promised {
        let text = format!("Promised {} by {}, owner {}.", one_line(what), (m.time)(*due), (m.agent)(*owner));
        found.push(Clause { text, from: vec![contact, key(Entity::Agent, owner.0)] });
    }
    found
}

/// `22 Nov 10:58 call from Dana Holt.`
fn came(m: &Material, contact: RowKey) -> Clause {
    let name = m.customer.map_or_else(|| one_line(&m.interaction.name), |c| one_line(&c.name));
    let how = match m.interaction.channel {
        Channel::Voice => "call from",
        Channel::Chat => "chat from",
        Channel::Email => "e-mail from",
        Channel::Callback => "call back to",
    };
    let mut from = vec![contact];
    from.extend(m.customer.map(|c| RowKey { entity: Entity::Customer, id: c.id.0 }));
    let name = if name.is_empty() { "an unknown customer".to_owned() } else { name };
    let name = name.trim_end_matches('.');
    Clause { text: format!("{} {how} {name}.", (m.time)(m.interaction.first_enqueued)), from }
}

/// The customer's words worth quoting, and where they stand: the line an agent marked with `>` in a note, else the
/// first thing the customer wrote in this contact.
pub fn said(m: &Material) -> Option<(String, RowKey)> {
    let here = m.messages.iter().filter(|x| x.at >= m.interaction.first_enqueued);
    let quoted = |x: &Message| {
        let noted = x.kind == Kind::Note && matches!(x.author, Author::Agent(_));
        x.body.lines().rev().find_map(|l| l.trim().strip_prefix('>').filter(|_| noted)).map(one_line)
    };
    let marked = here.clone().rev().find_map(|x| Some((quoted(x).filter(|w| !w.is_empty())?, x.id)));
    let wrote = |x: &&Message| x.author == Author::Customer && x.kind == Kind::Message && !x.body.trim().is_empty();
    let first = || here.clone().find(wrote).map(|x| (one_line(&x.body), x.id));
    let (words, id) = marked.or_else(first)?;
    Some((cut(&words), RowKey { entity: Entity::Message, id: id.0 }))
}

/// What agents did, as far as the rows show it.
fn done(m: &Material) -> Option<Clause> {
    let replies: Vec<&Message> = m
        .messages
        .iter()
        .filter(|x| x.at >= m.interaction.first_enqueued && x.kind == Kind::Message)
        .filter(|x| matches!(x.author, Author::Agent(_)))
        .collect();
    let mut what = Vec::new();
    let mut from: Vec<RowKey> = replies.iter().map(|x| RowKey { entity: Entity::Message, id: x.id.0 }).collect();
    match replies.len() {
        0 => {}
        1 => what.push("1 reply sent".to_owned()),
        n => what.push(format!("{n} replies sent")),
    }
    if m.case.escalated.is_some() {
        what.push("escalated".to_owned());
        from.push(RowKey { entity: Entity::Case, id: m.case.id.0 });
    }
    (!what.is_empty()).then(|| Clause { text: format!("Done: {}.", what.join(", ")), from })
}

/// Every agent and queue the contact went through before, oldest first.
fn handed_on(m: &Material) -> Vec<Clause> {
    let here = m.legs.iter().filter(|w| w.interaction == m.interaction.id && w.id.0 != 0);
    let clause = |w: &WrapUp| {
        let how = match w.end {
            LegEnd::Blind => "handed on",
            LegEnd::Consult => "handed over after a word",
            LegEnd::Escalated => "escalated",
            LegEnd::LinkLost => "left by a lost link",
            LegEnd::Unreached => "called and not reached",
            LegEnd::Finished => return None,
        };
        let text = format!("Was {how} by {} in {}.", (m.agent)(w.agent), (m.queue)(w.served));
        Some(Clause { text, from: vec![RowKey { entity: Entity::WrapUp, id: w.id.0 }] })
    };
    here.filter_map(clause).collect()
}

/// Text as one safe line, runs of blanks made one.
pub(super) fn one_line(text: &str) -> String {
    safe::line(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(words: &str) -> String {
    let mut chars = words.chars();
    let short: String = chars.by_ref().take(QUOTE).collect();
    if chars.next().is_some() { format!("{}…", short.trim_end()) } else { short }
}

/// `1:05`.
pub(super) fn span(ms: i64) -> String {
    let s = ms.max(0) / SECOND;
    format!("{}:{:02}", s / 60, s % 60)
}
