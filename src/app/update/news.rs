//! News that the routing brings an agent: someone set their presence, a colleague answered or left, someone asks them;
//! and for leads, who was set Away and did not come back.

use std::collections::BTreeSet;

use super::Desk;
use crate::app::enabled::asked;
use crate::app::overlays::later;
use crate::app::panes::queue;
use crate::app::screen::Pane;
use crate::app::toast::Tone;
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::people::Presence;
use crate::domain::permit::{Right, allows};
use crate::domain::time::At;
use crate::domain::work::Phase;

/// What was last seen of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// When someone else last set my presence.
    forced: Option<At>,
    /// Whom I ask about which contact, and whether they are there.
    asking: Option<(InteractionId, AgentId, bool)>,
    /// Which contact I am with a colleague about.
    asked: Option<InteractionId>,
    /// Agents a lead was told of, each with when they were set Away.
    told: BTreeSet<(AgentId, At)>,
    /// Replies of mine that were stopped.
    stopped: BTreeSet<(CaseId, At)>,
    /// Whether anything was looked at yet: what was so at the start is no news.
    looked: bool,
}

impl Desk<'_> {
    pub(super) fn tell_news(&mut self) {
        let Some(me) = self.m.me() else { return };
        let before = self.m.memory.news.clone();
        let now = News {
            forced: self.m.view().presence(me).and_then(|p| p.forced.as_ref()).map(|f| f.at),
            asking: self.asking(me),
            asked: asked(self.m).map(|i| i.id),
            told: self.told(me),
            stopped: later::stopped(self.m, me),
            looked: true,
        };
        self.m.memory.news = now.clone();
        if now.forced != before.forced && now.forced.is_some() {
            self.tell_forced(me);
        }
        for (case, _) in now.stopped.difference(&before.stopped) {
            self.tell_stopped(*case);
        }
        self.tell_asking(before.asking, now.asking);
        if let Some(id) = now.asked.filter(|id| before.asked != Some(*id)) {
            self.join_colleague(id);
        }
        if before.looked {
            let new: Vec<_> = now.told.difference(&before.told).copied().collect();
            new.into_iter().for_each(|(agent, _)| self.tell_lead(agent));
        }
    }

    fn asking(&self, me: AgentId) -> Option<(InteractionId, AgentId, bool)> {
        let mut mine = self.m.view().held(me).filter(|i| i.owner == Some(me));
        mine.find_map(|i| match i.phase {
            Phase::Consult { with, until, .. } => Some((i.id, with, until.is_none())),
            _ => None,
        })
    }

    fn told(&self, me: AgentId) -> BTreeSet<(AgentId, At)> {
        let view = self.m.view();
        if !view.agent(me).is_some_and(|a| allows(a.role, Right::RunTeam)) {
            return BTreeSet::new();
        }
        let told = |p: &crate::domain::people::PresenceRow| {
            p.forced.as_ref().filter(|f| f.by.is_none() && f.told).map(|f| (p.agent, f.at))
        };
        view.presences().filter(|p| p.agent != me).filter_map(told).collect()
    }

    /// The agent hears of it first, and how to come back.
    fn tell_forced(&mut self, me: AgentId) {
        let view = self.m.view();
        let Some(row) = view.presence(me) else { return };
        let Some(forced) = row.forced.clone() else { return };
        let to = match row.next.unwrap_or(row.presence) {
            Presence::Ready => t!("Ready").to_owned(),
            Presence::Break(id) => view.break_code(id).map_or_else(|| t!("on a break").to_owned(), |b| b.label.clone()),
            Presence::Offline => t!("signed out").to_owned(),
            Presence::Away | Presence::NotResponding => t!("Away").to_owned(),
        };
        let after = if row.next.is_some() { t!(" after this contact") } else { "" };
        let text = match forced.by {
            Some(by) => t!(
                "{who} set you {to}{after}: {reason}.",
                who = queue::agent_name(view, by),
                to,
                after,
                reason = forced.reason
            ),
            None => t!("You are {to}: {reason}.", to, reason = forced.reason),
        };
        self.toast(Tone::Warn, text, t!("Say Ready (<toggle-ready>) when you are back."));
    }

    fn tell_lead(&mut self, agent: AgentId) {
        let view = self.m.view();
        let reason = view.presence(agent).and_then(|p| p.forced.as_ref()).map(|f| f.reason.clone());
        let text =
            t!("{who} is Away: {reason}.", who = queue::agent_name(view, agent), reason = reason.unwrap_or_default());
        self.toast(Tone::Warn, text, t!("They were told first and have not come back."));
    }

    fn tell_asking(
        &mut self,
        before: Option<(InteractionId, AgentId, bool)>,
        now: Option<(InteractionId, AgentId, bool)>,
    ) {
        let view = self.m.view();
        match (before, now) {
            (Some((_, _, false)) | None, Some((_, with, true))) => {
                let name = queue::agent_name(view, with);
                self.say(t!("{name} is there: <hand-over> hands over, <hold> takes the customer back.", name));
            }
            (Some((id, with, _)), None) => {
                let name = queue::agent_name(view, with);
                let mine = view.interaction(id).filter(|i| i.owner == self.m.me() && i.phase == Phase::Connected);
                if let Some(customer) = mine.map(|i| queue::name(self.m, i)) {
                    self.say(t!("{name} is no longer with you; {customer} is off hold.", name, customer));
                }
            }
            _ => {}
        }
    }

    /// Someone asks and I said yes: their contact is in front.
    fn join_colleague(&mut self, id: InteractionId) {
        let view = self.m.view();
        let Some(i) = view.interaction(id) else { return };
        let owner = i.owner.map_or_else(String::new, |o| queue::agent_name(view, o));
        let case = i.case;
        self.open_case(case);
        if self.m.overlays.is_empty() {
            self.focus(Pane::Conversation);
        }
        self.say(t!("You are with {owner}; <leave-consult> leaves again.", owner));
    }
}
