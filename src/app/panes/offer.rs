//! The offer band: a contact reserved for this agent for a few seconds, with what is known about it.

use super::who::{self, Backing};
use super::{conversation, queue};
use crate::app::model::Model;
use crate::app::words;
use crate::domain::State;
use crate::domain::ids::InteractionId;
use crate::domain::label::standing;
use crate::domain::routing::offer_ms;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Case, Channel, Interaction, Phase};
use crate::lang;

/// The band as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Which contact.
    pub interaction: InteractionId,
    /// Whole seconds left.
    pub left_s: i64,
    /// `10:58:20`, when a reader listens: said once in place of the seconds left.
    pub by: String,
    /// Seconds it stands in all.
    pub of_s: i64,
    /// How it came.
    pub channel: Channel,
    /// Who.
    pub name: String,
    /// Flags as words.
    pub flags: Vec<String>,
    /// Plan, customer since.
    pub plan: String,
    /// Pinned note.
    pub note: String,
    /// Queue's name.
    pub queue: String,
    /// How long they have waited in all.
    pub wait: String,
    /// Their language, always said.
    pub language: String,
    /// One line.
    pub subject: String,
    /// What they chose on the way.
    pub menu: Vec<String>,
    /// Last cases: when, subject, status.
    pub cases: Vec<(String, String, String)>,
    /// Who handed it on with a card, its words, and the key that says it was read; none once it was.
    pub card: Option<(String, String, Option<String>)>,
    /// How many more are offered.
    pub more: usize,
    /// Until when, server time.
    pub until: At,
    /// What stands behind who it is.
    pub backing: Option<Backing>,
}

/// The offer that runs out first, as shown; `None` when nothing is offered to this agent.
pub fn band(model: &Model, now: At) -> Option<Band> {
    let me = model.me()?;
    let view = model.view();
    let server = model.server(now);
    let mut offers: Vec<_> = view
        .interactions()
        .filter_map(|i| i.offered_to().filter(|(to, until)| *to == me && *until > server).map(|(_, until)| (until, i)))
        .collect();
    offers.sort_by_key(|(until, i)| (*until, i.id));
    let (until, i) = *offers.first()?;
    let pop = model.pops.get(&i.id);
    let customer = i.customer.and_then(|c| view.person(c));
    let customer = customer.as_deref().or(pop.and_then(|p| p.customer.as_ref()));
    let case =
        |c: &Case| (words::date(c.updated, server, model.zone()), c.subject.clone(), standing(view, c).to_owned());
    let since = customer.map(|c| c.since.clone()).filter(|s| !s.is_empty());
    let plan = customer.map(|c| c.plan.clone()).filter(|p| !p.is_empty());
    let plan = [plan, since.map(|s| t!("since {s}", s))].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Some(Band {
        interaction: i.id,
        left_s: (until.since(server) + SECOND - 1) / SECOND,
        by: if model.settings.reader { words::second(until, model.zone()) } else { String::new() },
        of_s: offer_ms(view, i) / SECOND,
        channel: i.channel,
        name: queue::name(model, i),
        flags: customer.map(|c| c.flags.iter().map(|f| f.replace('-', " ")).collect()).unwrap_or_default(),
        plan,
        note: customer.map(|c| c.note.clone()).unwrap_or_default(),
        queue: view.queue(i.queue).map(|q| q.name.clone()).unwrap_or_default(),
        wait: words::short(server.since(i.first_enqueued)),
        language: i.language.clone(),
        subject: asks(view, i),
        menu: i.menu.clone(),
        cases: pop.map(|p| p.cases.iter().map(case).collect()).unwrap_or_default(),
        card: i.card.map(|c| {
            let unread = c.read.is_none_or(|(by, _)| by != me);
            let words = model.cards.get(&c.note).map(|w| lang::heard_lines(w)).unwrap_or_default();
            (queue::agent_name(view, c.by), words, unread.then(|| conversation::key_of(model)))
        }),
        more: offers.len() - 1,
        until,
        backing: who::backing(model, i, server),
    })
}

/// What it is about; a colleague who asks comes first.
fn asks(view: &State, i: &Interaction) -> String {
    match (i.phase, i.owner) {
        (Phase::Consult { .. }, Some(owner)) => {
            t!("{who} asks you: {subject}", who = queue::agent_name(view, owner), subject = i.subject)
        }
        _ => i.subject.clone(),
    }
}
