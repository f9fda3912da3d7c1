//! After every message: what follows from what changed. Rows, offers, contacts that came or went, the focus.

use std::collections::{BTreeMap, BTreeSet};

use super::Desk;
use super::lookup::Asking;
use crate::app::panes::{offer, queue, wrapup};
use crate::app::port::{DraftField, DraftKey, Effect};
use crate::app::screen::Pane;
use crate::app::toast::Tone;
use crate::domain::ids::InteractionId;
use crate::domain::people::Presence;
use crate::domain::work::Phase;

/// Customers of waiting contacts looked up for their names.
const NAMES: usize = 60;

impl Desk<'_> {
    pub(super) fn settle(&mut self) {
        let before = self.m.toasts.len();
        let now = self.now;
        self.m.toasts.retain(|t| t.until > now);
        self.touched |= self.m.toasts.len() != before;
        if self.m.queue.rest.is_some_and(|at| at <= now) {
            self.rest();
            self.touched = true;
        }
        if self.m.memory.rows != self.m.mirror.version {
            self.m.memory.rows = self.m.mirror.version;
            self.touched = true;
            self.notice_offers();
            self.tell_news();
            self.notice_mine();
            self.rows();
            self.look_up_names();
            self.forms();
        }
        self.notify_of_words();
        self.notify_of_clocks();
        self.first_case();
        self.suggest();
        self.right_focus();
        self.tell_others();
    }

    /// Rings for a new offer; says what became of one that went away.
    fn notice_offers(&mut self) {
        let Some(me) = self.m.me() else { return };
        let view = self.m.view();
        let mut offered = BTreeMap::new();
        for i in view.interactions() {
            if i.offered_to().is_some_and(|(to, _)| to == me) {
                offered.insert(i.id, (i.epoch, queue::name(self.m, i)));
            }
        }
        let known = std::mem::replace(&mut self.m.memory.offered, offered.clone());
        if offered.iter().any(|(id, (epoch, _))| known.get(id).is_none_or(|(e, _)| e != epoch)) {
            if self.m.settings.bell {
                self.effect(Effect::Bell);
            }
            self.notify_of_offers();
            let customers: Vec<_> = offered.keys().filter_map(|id| self.m.view().interaction(*id)?.customer).collect();
            for customer in customers {
                self.want(Asking::Customer(customer));
            }
        }
        for (id, (_, name)) in known.into_iter().filter(|(id, _)| !offered.contains_key(id)) {
            self.offer_went(id, &name);
            self.m.pops.remove(&id);
        }
    }

    fn offer_went(&mut self, id: InteractionId, name: &str) {
        let me = self.m.me();
        let view = self.m.view();
        let Some(i) = view.interaction(id) else {
            self.say(t!("{name} gave up waiting.", name));
            return;
        };
        let missed = view.presences().any(|p| Some(p.agent) == me && p.presence == Presence::NotResponding);
        match (i.owner, i.phase) {
            (Some(owner), _) if Some(owner) != me => {
                let by = queue::agent_name(view, owner);
                self.say(t!("{by} took {name}.", by, name));
            }
            (None, phase) if missed && phase.waits() => {
                let text = t!("The offer of {name} ran out; it waits for others.", name);
                self.toast(Tone::Warn, text, t!("You get no offers until you say Ready (<toggle-ready>)."));
            }
            _ => {}
        }
    }

    /// Opens a contact that has become mine, unless that would tear the agent out of what they write.
    fn notice_mine(&mut self) {
        let Some(me) = self.m.me() else { return };
        let mine: BTreeSet<_> = self.m.view().interactions().filter(|i| i.owner == Some(me)).map(|i| i.id).collect();
        let known = std::mem::replace(&mut self.m.memory.mine, mine.clone());
        let came: Vec<_> = mine.difference(&known).copied().collect();
        let expecting = std::mem::take(&mut self.m.memory.expecting);
        if came.is_empty() {
            self.m.memory.expecting = expecting && self.m.mirror.pending.iter().any(|p| p.command.needs_link());
            return;
        }
        let Some(i) = came.last().and_then(|id| self.m.view().interaction(*id)).cloned() else { return };
        if expecting || self.m.conversation.case.is_none() {
            self.m.queue.chosen = Some(queue::Row::Mine(i.id));
            self.open_case(i.case);
            if expecting && self.m.overlays.is_empty() {
                self.focus(Pane::Conversation);
            }
        }
        for id in came {
            if let Some(case) = self.m.view().interaction(id).map(|i| i.case) {
                self.want(Asking::Thread(case));
            }
        }
    }

    fn rows(&mut self) {
        let server = self.server();
        let rows = queue::rows(self.m, server);
        let queue = &mut self.m.queue;
        let chosen = queue.chosen;
        let at = chosen.and_then(|row| rows.iter().position(|r| *r == row)).or_else(|| {
            // A waiting contact that became mine is the same contact.
            let id = chosen?.interaction()?;
            rows.iter().position(|r| r.interaction() == Some(id))
        });
        let len = rows.len();
        queue.rows = rows;
        queue.list.select(at.unwrap_or(queue.list.selected), len);
        queue.chosen = queue.rows.get(queue.list.selected).copied();
    }

    fn look_up_names(&mut self) {
        let view = self.m.view();
        let wanted = self.m.queue.rows.iter().take(NAMES).filter_map(|row| match row {
            queue::Row::Waiting(id) | queue::Row::Mine(id) => view.interaction(*id)?.customer,
            queue::Row::Promise(id) => view.task(*id)?.customer,
        });
        let wanted: BTreeSet<_> = wanted.filter(|c| view.customer(*c).is_none()).collect();
        for customer in wanted {
            if self.m.memory.named.insert(customer) {
                self.want(Asking::Customer(customer));
            }
        }
    }

    /// A contact of mine that is over gets its form; a form nobody needs any more goes.
    fn forms(&mut self) {
        let Some(me) = self.m.me() else { return };
        let over: Vec<_> = self
            .m
            .view()
            .interactions()
            .filter(|i| i.owner == Some(me) && matches!(i.phase, Phase::WrapUp { .. }))
            .map(|i| i.id)
            .filter(|id| !self.m.forms.contains_key(id))
            .collect();
        for id in over {
            self.open_form(id);
        }
        let idle: Vec<_> = self
            .m
            .forms
            .values()
            .filter(|f| self.m.view().interaction(f.interaction).is_none_or(|i| i.owner != Some(me)))
            .filter(|f| f.reason.is_none() && f.outcome.is_none() && f.follow.is_none())
            .filter(|f| {
                let draft = self.m.drafts.get(&DraftKey::new(f.case, DraftField::WrapUp));
                draft.is_none_or(|w| w.field.is_blank())
            })
            .map(|f| f.interaction)
            .collect();
        for id in idle {
            self.m.forms.remove(&id);
        }
    }

    /// At the start something is on screen: mine, or who waits longest.
    fn first_case(&mut self) {
        if self.m.conversation.case.is_some() {
            return;
        }
        let mine = self.m.queue.rows.iter().position(|r| matches!(r, queue::Row::Mine(_))).unwrap_or(0);
        if let Some(row) = self.m.queue.rows.get(mine).copied() {
            let len = self.m.queue.rows.len();
            self.m.queue.list.select(mine, len);
            self.m.queue.chosen = Some(row);
            self.open_row(row);
        }
    }

    /// With nothing typed, the knowledge pane suits the open case.
    fn suggest(&mut self) {
        let case = self.m.conversation.case;
        if self.m.memory.suggested != case && self.m.me().is_some() {
            self.m.memory.suggested = case;
            if self.m.knowledge.search.is_blank() {
                self.want(Asking::Articles);
            }
        }
    }

    /// The focus is never on something that is not there.
    fn right_focus(&mut self) {
        let there = match self.m.focus {
            Pane::Composer => self.m.conversation.case.is_some(),
            Pane::WrapUp => wrapup::form(self.m).is_some(),
            _ => true,
        };
        if !there {
            self.focus(Pane::Conversation);
        }
        if offer::band(self.m, self.now).is_none() && self.m.memory.offered.is_empty() {
            self.m.pops.clear();
        }
    }

    /// Tells the others what is open here: not what the selection only passes over.
    fn tell_others(&mut self) {
        let case = self.m.conversation.case.filter(|case| {
            let mine = self.m.view().interactions().any(|i| i.case == *case && i.owner == self.m.me());
            mine || self.m.focus != Pane::Queue
        });
        let key = case.map(|case| DraftKey::new(case, self.m.composer.field()));
        let writing = self.m.focus == Pane::Composer
            && key.and_then(|key| self.m.drafts.get(&key)).is_some_and(|w| !w.field.is_blank());
        if self.m.memory.look != (case, writing) && self.m.me().is_some() {
            self.m.memory.look = (case, writing);
            self.effect(Effect::Look { case, writing });
        }
    }
}
