//! What passes between the desk and the terminal beside the screen: selected words, whose the mouse is, and what the
//! agent is told of while they look elsewhere.
//!
//! Invariant: a notification names no customer unless the agent allowed it, and there are never many.

use std::collections::{BTreeMap, BTreeSet};

use super::Desk;
use crate::app::panes::queue;
use crate::app::port::Effect;
use crate::domain::ids::{CaseId, InteractionId, MessageId};
use crate::domain::sla::Promise;
use crate::domain::sla::clock::Standing;
use crate::domain::time::{At, SECOND};

/// Between two notifications of a kind, ms; what comes sooner is on the screen and need not be told again.
const CALM: i64 = 20 * SECOND;
const URGENT: i64 = 3 * SECOND;

/// What the agent was told of, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The customer's newest words, by contact of mine.
    heard: BTreeMap<InteractionId, MessageId>,
    /// Promises on my contacts that are late.
    late: Option<BTreeSet<(CaseId, Promise)>>,
    at: Option<At>,
    urgent: Option<At>,
}

impl Desk<'_> {
    pub(super) fn selected(&mut self, text: String) {
        let (lines, letters) = (text.lines().count(), text.chars().count());
        let said = match lines {
            0 | 1 => tn!(letters, "Copied one character.", "Copied {n} characters."),
            _ => tn!(lines, "Copied one line.", "Copied {n} lines."),
        };
        self.effect(Effect::Copy(text));
        self.did(said);
    }

    pub(super) fn toggle_mouse(&mut self) {
        let on = !self.m.settings.mouse;
        self.m.settings.mouse = on;
        self.did(if on {
            t!("The mouse is the desk's: dragging copies a pane's text.")
        } else {
            t!("The mouse is the terminal's again.")
        });
    }

    /// Something is offered: that cannot wait.
    pub(super) fn notify_of_offers(&mut self) {
        let name = self.m.memory.offered.values().next_back().map(|(_, name)| name.clone()).unwrap_or_default();
        let words = if self.m.settings.notify_details {
            t!("{name} is offered to you.", name)
        } else {
            t!("A contact is offered to you.").to_owned()
        };
        self.notify(words, true);
    }

    /// A customer in hand has written while the agent looks elsewhere.
    pub(super) fn notify_of_words(&mut self) {
        let Some(me) = self.m.me() else { return };
        let view = self.m.view();
        let heard = view.held(me).filter_map(|i| Some((i.id, view.case(i.case)?.last_inbound?)));
        let heard: BTreeMap<_, _> = heard.collect();
        if self.m.memory.told.heard == heard {
            return;
        }
        let known = std::mem::replace(&mut self.m.memory.told.heard, heard.clone());
        let new = heard.iter().find(|(id, last)| known.get(id).is_some_and(|known| known != *last));
        let Some(id) = new.map(|(id, _)| *id).filter(|_| self.m.unattended) else { return };
        let name = self.m.view().interaction(id).map(|i| queue::name(self.m, i)).unwrap_or_default();
        let words = if self.m.settings.notify_details {
            t!("{name} has written to you.", name)
        } else {
            t!("A customer has written to you.").to_owned()
        };
        self.notify(words, false);
    }

    /// A promise on a contact in hand has become late.
    pub(super) fn notify_of_clocks(&mut self) {
        let Some(me) = self.m.me() else { return };
        let server = self.server();
        let view = self.m.view();
        let cases: BTreeSet<_> = view.held(me).map(|i| i.case).collect();
        let late: BTreeSet<_> = cases
            .into_iter()
            .filter_map(|id| view.case(id))
            .flat_map(|case| case.sla.open().map(|clock| (case.id, clock)))
            .filter(|(_, clock)| clock.standing_at(server) == Standing::Breached)
            .map(|(case, clock)| (case, clock.promise))
            .collect();
        if self.m.memory.told.late.as_ref() == Some(&late) {
            return;
        }
        let Some(known) = self.m.memory.told.late.replace(late.clone()) else { return };
        if let Some((case, _)) = late.difference(&known).next().copied() {
            let number = queue::number(case);
            self.notify(t!("{number} is late.", number), true);
        }
    }

    fn notify(&mut self, words: String, urgent: bool) {
        let now = self.now;
        let told = &mut self.m.memory.told;
        let (last, span) = if urgent { (told.urgent, URGENT) } else { (told.at, CALM) };
        if last.is_some_and(|at| at <= now && now.since(at) < span) {
            return;
        }
        if urgent {
            told.urgent = Some(now);
        } else {
            told.at = Some(now);
        }
        self.effect(Effect::Notify(words));
    }
}
