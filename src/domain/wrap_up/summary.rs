//! The automatic summary: a wrap-up note from the contact's own rows by one template (operations 5). No guessing:
//! every clause names the rows it was made from, a clause without rows is not there, and the same rows give the same
//! bytes.

use super::Verified;
use super::card::asked;
use crate::domain::ids::{AgentId, OutcomeId, QueueId, ReasonId};
use crate::domain::named;
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
    /// How far the customer was verified.
    pub verified: Option<Verified>,
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
    match codes.verified {
        None | Some(Verified::NotNeeded) => {}
        Some(Verified::Failed) => found.push(Clause { text: t!("Verification failed.").into(), from: vec![contact] }),
        Some(level) => {
            found.push(Clause { text: t!("Verified {word}.", word = named::verified(level)), from: vec![contact] });
        }
    }
    if let Some((id, label)) = &codes.reason {
        found.push(Clause {
            text: t!("Reason {words}.", words = one_line(label)),
            from: vec![key(Entity::Reason, id.0)],
        });
    }
    if let Some((words, from)) = said(m) {
        found.push(Clause { text: t!("Customer said: “{words}”.", words), from: vec![from] });
    }
    found.extend(done(m));
    found.extend(holds(m, contact));
    found.extend(handed_on(m));
    if let Some((id, label)) = &codes.outcome {
        found.push(Clause {
            text: t!("Outcome {words}.", words = one_line(label)),
            from: vec![key(Entity::Outcome, id.0)],
        });
    }
    if let Some((what, due, owner)) = &codes.promised {
        let text = t!(
            "Promised {what} by {time}, owner {who}.",
            what = one_line(what),
            time = (m.time)(*due),
            who = (m.agent)(*owner)
        );
        found.push(Clause { text, from: vec![contact, key(Entity::Agent, owner.0)] });
    }
    found
}

/// `22 Nov 10:58 call from Dana Holt.`
fn came(m: &Material, contact: RowKey) -> Clause {
    let name = m.customer.map_or_else(|| one_line(&m.interaction.name), |c| one_line(&c.name));
    let how = match m.interaction.channel {
        Channel::Voice => t!("call from"),
        Channel::Chat => t!("chat from"),
        Channel::Email => t!("e-mail from"),
        Channel::Callback => t!("call back to"),
    };
    let mut from = vec![contact];
    from.extend(m.customer.map(|c| RowKey { entity: Entity::Customer, id: c.id.0 }));
    let name = if name.is_empty() { t!("an unknown customer").to_owned() } else { name };
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
        n => what.push(tn!(n, "1 reply sent", "{n} replies sent")),
    }
    if m.case.escalated.is_some() {
        what.push(t!("escalated").to_owned());
        from.push(RowKey { entity: Entity::Case, id: m.case.id.0 });
    }
    (!what.is_empty()).then(|| Clause { text: t!("Done: {what}.", what = what.join(", ")), from })
}

/// `On hold 2 times, 3:05 together.`: over every agent's part of the contact.
fn holds(m: &Material, contact: RowKey) -> Option<Clause> {
    let before = || earlier(m).filter(|w| w.hold_ms > 0);
    let times = before().map(|w| u32::from(w.holds)).sum::<u32>() + u32::from(m.interaction.holds);
    let ms = before().map(|w| w.hold_ms).sum::<i64>() + m.interaction.hold_ms;
    let from = std::iter::once(contact).chain(before().map(leg_key)).collect();
    let text = match times {
        0 => return None,
        n => tn!(n, "On hold once, {span}.", "On hold {n} times, {span} together.", span = span(ms)),
    };
    Some(Clause { text, from })
}

/// The parts of the contact that were others' before, oldest first.
fn earlier<'a>(m: &'a Material<'_>) -> impl Iterator<Item = &'a WrapUp> + Clone {
    m.legs.iter().filter(|w| w.interaction == m.interaction.id && w.id.0 != 0 && w.end != LegEnd::Finished)
}

fn leg_key(w: &WrapUp) -> RowKey {
    RowKey { entity: Entity::WrapUp, id: w.id.0 }
}

/// From whom to whom the contact went before, oldest first, and what the last one asked for.
fn handed_on(m: &Material) -> Vec<Clause> {
    let legs: Vec<&WrapUp> = earlier(m).collect();
    let mut found = Vec::with_capacity(legs.len());
    for (n, w) in legs.iter().enumerate() {
        let how = match w.end {
            LegEnd::Blind => t!("Handed on"),
            LegEnd::Consult => t!("Handed over after a word"),
            LegEnd::Escalated => t!("Escalated"),
            LegEnd::LinkLost => t!("Left by a lost link"),
            LegEnd::Unreached => t!("Called and not reached"),
            LegEnd::Finished => continue,
        };
        let mut text = t!("{how} by {who} in {queue}", how, who = (m.agent)(w.agent), queue = (m.queue)(w.served));
        let mut from = vec![leg_key(w)];
        if matches!(w.end, LegEnd::Blind | LegEnd::Consult | LegEnd::Escalated) {
            let next = legs.get(n + 1).map(|next| (next.agent, next.served, leg_key(next)));
            let here = (m.interaction.owner, RowKey { entity: Entity::Interaction, id: m.interaction.id.0 });
            let to = next.or_else(|| Some((here.0?, m.interaction.queue, here.1)));
            if let Some((agent, queue, row)) = to {
                text.push_str(&t!(" to {who}", who = (m.agent)(agent)));
                if queue != w.served {
                    text.push_str(&t!(" in {queue}", queue = (m.queue)(queue)));
                }
                from.push(row);
            }
            if let Some((words, note)) = because(m, w).filter(|_| n + 1 == legs.len()) {
                text.push_str(&t!(", because: “{words}”", words));
                from.push(note);
            }
        }
        found.push(Clause { text: format!("{text}."), from });
    }
    found
}

/// What whoever handed it on last asked for, in their words.
fn because(m: &Material, leg: &WrapUp) -> Option<(String, RowKey)> {
    let card = m.interaction.card.filter(|c| c.by == leg.agent)?;
    let note = m.messages.iter().find(|x| x.id == card.note)?;
    let words = one_line(asked(&note.body));
    (!words.is_empty()).then(|| (cut(&words), RowKey { entity: Entity::Message, id: note.id.0 }))
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
