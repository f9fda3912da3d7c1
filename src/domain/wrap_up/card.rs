//! The hand-off card: what whoever hands a contact on wants the next one to know, in the order situation, background,
//! what was tried, what is asked (SBAR). The words are a note on the case, so that only those who may read the case
//! read them; the contact carries who left it and who has read it.

use serde::{Deserialize, Serialize};

use super::summary::{Material, one_line, said, span};
use crate::domain::ids::{AgentId, MessageId};
use crate::domain::time::At;
use crate::domain::work::{Author, Kind};

/// A card on a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Who left it.
    pub by: AgentId,
    /// When.
    pub at: At,
    /// The note that has its words.
    pub note: MessageId,
    /// Who read it and when.
    pub read: Option<(AgentId, At)>,
}

/// A card: the facts, and what the agent asks of the next one in their own words. Same rows and words, same bytes.
pub fn text(m: &Material, asked: &str) -> String {
    let mut lines = facts(m);
    if !asked.trim().is_empty() {
        lines.push(tf!("Asked: {words}", words = asked.trim()));
    }
    lines.join("\n")
}

/// The agent's own words of a card, for when it comes back.
pub fn asked(card: &str) -> &str {
    match card.split_once("\nAsked: ") {
        Some((_, asked)) => asked,
        None if card.starts_with("Situation: ") => "",
        None => card,
    }
}

/// The facts of a contact, a line each.
pub fn facts(m: &Material) -> Vec<String> {
    let mut lines = Vec::new();
    let subject = one_line(&m.case.subject);
    let menu = m.interaction.menu.join(" › ");
    lines.push(tf!("Situation: {words}", words = if subject.is_empty() { menu } else { subject }));
    if let Some((words, _)) = said(m) {
        lines.push(tf!("They say: “{words}”", words));
    }
    let mut known = vec![m.customer.map_or_else(|| one_line(&m.interaction.name), |c| one_line(&c.name))];
    if let Some(c) = m.customer {
        known.extend((!c.plan.is_empty()).then(|| c.plan.clone()));
        known.extend(c.flags.iter().map(|f| f.replace('-', " ")));
    }
    lines.push(tf!("Background: {words}", words = known.join(", ")));
    let mut tried = Vec::new();
    let since = m.interaction.accepted.unwrap_or(m.interaction.first_enqueued);
    let mine = |kind| {
        m.messages.iter().filter(move |x| x.kind == kind && matches!(x.author, Author::Agent(_)) && x.at >= since)
    };
    match mine(Kind::Message).count() {
        0 => {}
        1 => tried.push("1 reply".to_owned()),
        n => tried.push(format!("{n} replies")),
    }
    tried.extend(mine(Kind::Note).map(|x| one_line(&x.body)));
    if m.interaction.hold_ms > 0 {
        let times = if m.interaction.holds > 1 { format!(", {} times", m.interaction.holds) } else { String::new() };
        tried.push(format!("on hold {}{times}", span(m.interaction.hold_ms)));
    }
    lines.push(match tried.is_empty() {
        true => tk!("Tried: nothing yet").to_owned(),
        false => tf!("Tried: {words}", words = tried.join("; ")),
    });
    for task in m.promises {
        let who = (m.agent)(task.owner);
        lines.push(tf!(
            "Promised: {what} by {time}, {who}",
            what = one_line(&task.what),
            time = (m.time)(task.due),
            who
        ));
    }
    lines
}
