//! What the router and a lead do, as lists: a colleague to ask, why a contact is where it is, someone else's
//! presence with its reason; and the keys of a callback.

use super::chooser::{Chooser, Item, Pick, Purpose};
use super::pickers::presence_words;
use super::{Overlay, prompt};
use crate::app::enabled::{asked, dialing, in_front, mine, offered, talking, waiting_selected};
use crate::app::overlays::prompt::Prompt;
use crate::app::panes::queue;
use crate::app::panes::wrapup::card_facts;
use crate::app::port::{DraftField, DraftKey};
use crate::app::update::Desk;
use crate::domain::command::Command;
use crate::domain::ids::AgentId;
use crate::domain::named;
use crate::domain::people::Presence;
use crate::domain::routing::trace::why;
use crate::domain::routing::{fits, serves};
use crate::lang;

/// Reasons at hand when a lead sets someone else's presence.
pub(super) const REASONS: [&str; 5] = [
    tk!("Their shift is over"),
    tk!("Their break is due"),
    tk!("They are needed elsewhere"),
    tk!("They are not at their desk"),
    tk!("A fault"),
];

/// Reasons at hand when an offer is let pass.
pub(super) const PASSES: [&str; 4] = [
    tk!("I lack a skill for it"),
    tk!("I must not handle this customer"),
    tk!("I need a moment first"),
    tk!("My equipment fails"),
];

impl Desk<'_> {
    /// Why an offer is let pass; it stands meanwhile and runs on.
    pub(in crate::app) fn pick_decline(&mut self) {
        let Some(id) = offered(self.m, self.now) else { return };
        let Some(i) = self.m.view().interaction(id) else { return };
        let title = t!("Why {name} goes to someone else", name = queue::name(self.m, i));
        let sentence = t!("Choose, or type a reason of your own. The offer runs on meanwhile.");
        self.open_chooser(Chooser::new(Purpose::Decline(id), title, sentence, reasons("", &PASSES)));
    }

    /// Whom to ask while the customer holds.
    pub(in crate::app) fn pick_colleague(&mut self) {
        let Ok(i) = talking(self.m).cloned() else { return };
        let view = self.m.view();
        let me = self.m.me();
        let agents = view.agents().filter(|a| Some(a.id) != me && serves(view, a, &i)).map(|a| {
            let here = view.presence(a.id).is_some_and(|p| {
                p.link_lost.is_none() && !matches!(p.presence, Presence::Offline | Presence::NotResponding)
            });
            let why = match here {
                false => Some(t!("{name} is not there.", name = a.name)),
                true if !fits(view, a.id, i.channel) => Some(t!("{name} has no room for it now.", name = a.name)),
                true => None,
            };
            Item::new(Pick::Agent(Some(a.id)), &a.name)
                .detail(named::role(a.role))
                .right(presence_words(view, a.id))
                .disabled(why)
        });
        let items: Vec<Item> = agents.collect();
        let sentence =
            if items.is_empty() { t!("Nobody else serves this queue.") } else { t!("The customer holds meanwhile.") };
        let title = t!("Ask a colleague about {name}", name = queue::name(self.m, &i));
        let case = Some(i.case);
        self.open_chooser(Chooser::new(Purpose::Colleague, title, sentence, items).about(case));
    }

    pub(super) fn ask_consult(&mut self, with: AgentId, name: &str) {
        let Ok(i) = talking(self.m).cloned() else { return };
        self.m.overlays.push(Overlay::Prompt(Prompt {
            title: t!("Ask {name} about {name2}", name, name2 = queue::name(self.m, &i)),
            sentence: t!("What must they know? <overlay-confirm> asks, <overlay-close> goes back.").into(),
            draft: DraftKey::new(i.case, DraftField::Note),
            purpose: prompt::Purpose::Consult { interaction: i.id, with },
            facts: card_facts(self.m, i.id),
            problem: String::new(),
        }));
    }

    pub(in crate::app) fn hand_over(&mut self) {
        let Ok(i) = mine(self.m).cloned() else { return };
        if self.submit(Command::HandOver { interaction: i.id, epoch: i.epoch }, None) {
            self.did(t!("Handed over."));
            self.next_contact();
        }
    }

    pub(in crate::app) fn leave_colleague(&mut self) {
        let Some(i) = asked(self.m).cloned() else { return };
        self.submit(Command::LeaveConsult { interaction: i.id, epoch: i.epoch }, None);
    }

    pub(in crate::app) fn ask_callback(&mut self) {
        let Some(interaction) = waiting_selected(self.m) else { return };
        if self.submit(Command::AskCallback { interaction, wish: Default::default(), own: None }, None) {
            self.did(t!("They are called back; their place in line stays."));
        }
    }

    pub(in crate::app) fn call_went(&mut self, reached: bool) {
        let Some(i) = dialing(self.m).cloned() else { return };
        self.submit(Command::CallbackResult { interaction: i.id, epoch: i.epoch, reached }, None);
    }

    /// Why the contact in front is where it is, from the rows at hand; works without a link.
    pub(in crate::app) fn show_why(&mut self) {
        let Some(id) = in_front(self.m) else { return };
        let (view, server) = (self.m.view(), self.server());
        let (Some(trace), Some(i)) = (why(view, id, server), view.interaction(id)) else { return };
        let facts = trace.facts(view, server).into_iter().map(|line| Item::new(Pick::Nothing, line));
        let agents = trace.considered.iter().map(|c| {
            Item::new(Pick::Agent(Some(c.agent)), queue::agent_name(view, c.agent))
                .right(c.verdict_words(view, i, server))
        });
        let items: Vec<Item> = facts.chain(agents).collect();
        let title = t!("Why {name} is where it is", name = queue::name(self.m, i));
        let sentence = t!("Who would get it, in order, and why others would not.");
        let case = Some(i.case);
        self.open_chooser(Chooser::new(Purpose::Why, title, sentence, items).about(case));
    }

    pub(in crate::app) fn pick_whose_presence(&mut self) {
        let view = self.m.view();
        let me = self.m.me();
        let there = |a: &&crate::domain::people::Agent| a.active && Some(a.id) != me;
        let items = view
            .agents()
            .filter(there)
            .filter(|a| view.presence(a.id).is_some_and(|p| p.presence != Presence::Offline));
        let items: Vec<Item> = items
            .map(|a| {
                Item::new(Pick::Agent(Some(a.id)), &a.name)
                    .detail(named::role(a.role))
                    .right(presence_words(view, a.id))
            })
            .collect();
        let sentence =
            if items.is_empty() { t!("Nobody else is signed in.") } else { t!("They are told who did it and why.") };
        self.open_chooser(Chooser::new(Purpose::Whose, t!("Set the presence of"), sentence, items));
    }

    pub(super) fn pick_forced(&mut self, agent: AgentId) {
        let view = self.m.view();
        let mut items = vec![
            Item::new(Pick::Presence(Presence::Ready), t!("Ready")),
            Item::new(Pick::Presence(Presence::Away), t!("Away")),
            Item::new(Pick::Presence(Presence::Offline), t!("Signed out")),
        ];
        items.extend(view.break_codes().map(|b| Item::new(Pick::Break(b.id), &b.label)));
        let title = t!("{who} is to be", who = queue::agent_name(view, agent));
        let sentence = t!("A live contact is finished first.");
        self.open_chooser(Chooser::new(Purpose::ForcedPresence(agent), title, sentence, items));
    }

    pub(super) fn pick_reason(&mut self, agent: AgentId, to: Presence) {
        let title = t!("Why, for {who}", who = queue::agent_name(self.m.view(), agent));
        let sentence = t!("Choose, or type a reason of your own.");
        self.open_chooser(Chooser::new(Purpose::ForcedReason(agent, to), title, sentence, reasons("", &REASONS)));
    }

    pub(super) fn force(&mut self, agent: AgentId, to: Presence, reason: String) {
        if self.submit(Command::ForcePresence { agent, to, reason }, None) {
            let name = queue::agent_name(self.m.view(), agent);
            self.did(t!("{name} is told why.", name));
        }
    }

    /// What is typed is a reason of its own.
    pub(super) fn reason_typed(&mut self, listed: &[&'static str]) {
        if let Some(chooser) = self.chooser_mut() {
            let typed = chooser.field.text().trim().to_owned();
            chooser.items = reasons(&typed, listed);
            chooser.filter();
        }
    }
}

fn reasons(typed: &str, listed: &[&'static str]) -> Vec<Item> {
    let listed = listed.iter().map(|r| lang::text(r).to_owned());
    let own = (!typed.is_empty() && !listed.clone().any(|r| r == typed)).then(|| typed.to_owned());
    own.into_iter().chain(listed).map(|r| Item::new(Pick::Text(r.clone()), r)).collect()
}
