//! What of a session is due when: how long each kind of change waits for company, and for what. Reads nothing and
//! sends nothing.

use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::routing::holds;
use crate::domain::row::{Change, Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::domain::work::Phase;
use crate::wire::frame::{Part, QUIET_DOWN_MS};

use super::early::case_of;
use super::pump::is_shown_first;
use super::{DEAD_MS, Moment, Session, VERDICT_MS};

/// A contact taken longer ago than this is no news any more, ms.
const TAKEN_MS: i64 = 2_000;
/// Live changes are sent at once, but not more often than this, ms.
const LIVE_MS: u64 = 50;
/// The same for a desk that is a way off, ms: someone comes and is taken in one packet.
const LIVE_FAR_MS: u64 = 250;
/// The same on a thin link: a fuller packet saves more than it costs (spec: sync 3.9).
const THIN_MS: u64 = 1_000;
/// Deep changes that concern nobody here wait at most this long for company, ms.
const DEEP_MS: u64 = 250;
/// While the agent of a desk that is a way off has a contact in hand, ms: who waits is not what they wait for.
const FAR_BUSY_MS: u64 = 20_000;
/// The same on a thin link, since the last of it went out; each verdict brings it along.
const THIN_BUSY_MS: u64 = 180_000;
/// What nobody waits for, of either lane: only the newest state of it goes out, and in company as long as there is
/// any, but this often at least, ms.
const LAZY_MS: u64 = 1_000;
/// The same for a desk that is a way off, of the live and of the deep lane.
const LAZY_FAR_MS: [u64; 2] = [30_000, 60_000];
/// The same on a thin link.
const LAZY_THIN_MS: [u64; 2] = [60_000, 180_000];
/// What colleagues do with their cases while the agent is on duty, a way off, ms: it is fetched when it is needed, and
/// comes in one piece. On a thin link it comes in a break, or when it is asked for.
const DUTY_MS: u64 = 900_000;
/// Whoever had a contact in hand is on duty for so long afterwards, whatever else they said, ms.
const SERVED_MS: u64 = 600_000;
impl Session {
    /// Whether there is something to send at this moment.
    pub fn has_output(&self, now: Moment) -> bool {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        if !self.closing && self.held_until().is_some_and(|until| now.ms < until) {
            return false;
        }
        !(self.out.is_empty() && self.verdicts.is_empty())
            || (!self.closing
                && (!self.started
                    || self.tell_live
                    || self.tell_deep
                    || due(self.live_due())
                    || due(self.deep_due())
                    || due(self.looks_due)
                    || due(Some(self.spoke + QUIET_DOWN_MS))
                    || self.early_due(now)
                    || self.chunk_lane(now).is_some()))
    }

    /// Whether [`Session::pump`] would have to read.
    pub fn needs_reader(&self, now: Moment) -> bool {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        !self.closing
            && (!self.started
                || self.early_due(now)
                || self.chunk_lane(now).is_some()
                || (self.live.behind && (self.tell_live || due(self.live_due())))
                || (self.deep.behind && (self.tell_deep || due(self.deep_due()))))
    }

    /// Until when what is there waits for a verdict, steady ms.
    fn held_until(&self) -> Option<u64> {
        self.asked.filter(|_| self.is_far()).map(|asked| asked + VERDICT_MS)
    }

    /// When there will be something to do if nothing else happens, steady ms.
    pub fn next_wake(&self, now: Moment) -> u64 {
        if let Some(until) = self.held_until().filter(|until| now.ms < *until) {
            return until.min(self.dead_at());
        }
        let quiet = self.spoke + QUIET_DOWN_MS;
        let quiet_or_dead = quiet.min(self.dead_at());
        let greet = self.greet_due.filter(|_| !self.early.is_empty() || self.parts.iter().next().is_some());
        [self.live_due(), self.deep_due(), self.looks_due, greet].into_iter().flatten().fold(quiet_or_dead, u64::min)
    }

    /// Whether the desk has been silent for so long that nobody can be there.
    pub fn is_dead(&self, now: Moment) -> bool {
        now.ms >= self.dead_at()
    }

    /// When the desk counts as gone if it stays silent, steady ms.
    pub fn dead_at(&self) -> u64 {
        self.heard.ms + DEAD_MS
    }

    pub(super) fn live_due(&self) -> Option<u64> {
        if self.live.urgent || self.live.behind {
            return Some(0);
        }
        let waits = self.live.waits_since();
        let due = match (self.is_thin(), self.early.is_busy()) {
            (true, true) => waits.map(|since| since.max(self.flushed + THIN_BUSY_MS)),
            (true, false) => waits.map(|since| since + THIN_MS),
            (false, true) if self.far => waits.map(|since| since + FAR_BUSY_MS),
            (false, false) if self.far => waits.map(|since| since + LIVE_FAR_MS),
            (false, _) => waits.map(|since| since.max(self.flushed + LIVE_MS)),
        };
        earlier(due, self.lazy_due(Lane::Live))
    }

    fn lazy_due(&self, lane: Lane) -> Option<u64> {
        let (feed, index) = match lane {
            Lane::Live => (&self.live, 0),
            Lane::Deep => (&self.deep, 1),
        };
        let since = feed.idles_since()?;
        if index == 0 && self.rests() {
            return Some(self.flushed + THIN_BUSY_MS);
        }
        let rested = since + self.lazy_wait(index);
        if index == 0 || !self.is_far() {
            return Some(rested);
        }
        let on_duty = if self.is_thin() { u64::MAX } else { since + DUTY_MS };
        let free = match (self.on_duty || self.early.is_busy(), self.served) {
            (true, _) => on_duty,
            (false, Some(served)) => rested.max(served + SERVED_MS),
            (false, None) => rested,
        };
        Some(free.min(on_duty))
    }

    fn lazy_wait(&self, lane: usize) -> u64 {
        match (self.is_thin(), self.far) {
            (true, _) => LAZY_THIN_MS[lane],
            (false, true) => LAZY_FAR_MS[lane],
            (false, false) => LAZY_MS,
        }
    }

    /// Whether what waits in the deep lane is worth a ride in another packet: sooner it would be sent again and again.
    pub(super) fn deep_rides(&self, now: Moment) -> bool {
        let half = |since: u64| since + self.lazy_due(Lane::Deep).unwrap_or(since).saturating_sub(since) / 2;
        self.deep.waits_since().is_some() || self.deep.idles_since().is_some_and(|since| half(since) <= now.ms)
    }

    /// Whether what waits in the live lane goes along with a message that has to go anyway: on a thin link, with a
    /// contact in hand, the same rows would be sent again and again.
    pub(super) fn live_rides(&self, now: Moment) -> bool {
        !self.rests() || self.flushed + THIN_BUSY_MS / 2 <= now.ms
    }

    /// Whether the queue may wait: on a thin link, while the agent has a contact in hand.
    fn rests(&self) -> bool {
        self.is_thin() && self.early.is_busy()
    }

    /// Whether the lane will be looked at by itself, because something waits in it.
    pub(super) fn waits_in(&self, lane: Lane) -> bool {
        match lane {
            Lane::Live => self.live_due().is_some(),
            Lane::Deep => self.deep_due().is_some(),
        }
    }

    /// Whether every packet has a way to go.
    pub(super) fn is_far(&self) -> bool {
        self.far || self.is_thin()
    }

    /// Whether thin-link mode is on.
    pub(super) fn is_thin(&self) -> bool {
        self.thin.unwrap_or_else(|| self.window.is_thin())
    }

    pub(super) fn deep_due(&self) -> Option<u64> {
        if self.deep.urgent {
            return Some(0);
        }
        if !self.window.is_open() || !self.parts.is_whole(Lane::Live) {
            return None; // a credit wakes it, or what is sent before it
        }
        let from = self.greet_due.unwrap_or(0);
        // Too much to keep went by: it is read when it would have been sent.
        let held = self.deep.behind && self.is_far() && self.started;
        if let Some(lazy) = self.lazy_due(Lane::Deep).filter(|_| held && !self.deep.in_pieces()) {
            return Some(lazy.max(from));
        }
        if self.deep.behind || self.deep.in_pieces() {
            return Some(from);
        }
        let due = earlier(self.deep.waits_since().map(|since| since + DEEP_MS), self.lazy_due(Lane::Deep));
        due.map(|due| due.max(from))
    }

    /// Whether the desk has answered the first message, or was waited for long enough.
    pub(super) fn is_greeted(&self, now: Moment) -> bool {
        self.greet_due.is_none_or(|due| due <= now.ms)
    }

    /// Whether rows wanted early may go out now: those of who waits only in their window.
    pub(super) fn early_due(&self, now: Moment) -> bool {
        let room = self.window.is_open() && self.parts.is_whole(Lane::Live) && self.is_greeted(now);
        self.early.is_urgent() || (room && !self.early.is_empty())
    }

    /// The lane whose next chunk may go out now.
    pub(super) fn chunk_lane(&self, now: Moment) -> Option<Lane> {
        if let Some(part) = self.parts.next(Lane::Live) {
            let soon = is_shown_first(part.entity) || self.is_greeted(now);
            return soon.then_some(Lane::Live);
        }
        let ready = !self.deep.behind && !self.deep.in_pieces() && self.window.is_open() && self.is_greeted(now);
        let wanted = |part: Part| part.entity != Entity::ArticleBody || !self.is_thin();
        (ready && self.parts.next(Lane::Deep).is_some_and(wanted)).then_some(Lane::Deep)
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

/// Contacts that are gone because an agent finished them: nobody waits to see them go.
pub(super) fn ended_by_hand(changes: &[Change]) -> Vec<InteractionId> {
    let gone = |c: &Change| matches!(c, Change::Forget { key, .. } if key.entity == Entity::Interaction);
    if !changes.iter().any(gone) {
        return Vec::new();
    }
    let finished = |c: &Change| match c {
        Change::Put { key, body, .. } if key.entity == Entity::WrapUp => match Row::decode(Entity::WrapUp, body) {
            Some(Row::WrapUp(leg)) => Some(leg.interaction),
            _ => None,
        },
        _ => None,
    };
    changes.iter().filter_map(finished).collect()
}

/// Whether a change may wait long for company: who is there, the day's figures, customers and articles that nobody
/// here speaks about now.
pub(super) fn is_lazy(change: &Change, me: AgentId) -> bool {
    match (change.scope(), change.key().entity) {
        (_, Entity::Presence) => change.key().id != me.0,
        (_, Entity::QueueDay | Entity::AgentDay | Entity::Usage) => true,
        (Scope::People | Scope::Contacts | Scope::Library | Scope::Shelf(_) | Scope::Training(_), _) => true,
        _ => false,
    }
}

/// Whether a change is what colleagues do with their contacts: where every packet has a way to go it may wait too.
/// What changes who waits may not.
pub(super) fn is_of_others(
    change: &Change,
    me: AgentId,
    now: At,
    ended: &[InteractionId],
    concerns: impl Fn(CaseId) -> bool,
) -> bool {
    match (change.scope(), change.key().entity) {
        (Scope::History(_), _) => !case_of(change).is_some_and(concerns),
        (Scope::Queue(_), Entity::Interaction) => match change {
            Change::Put { body, .. } => match Row::decode(Entity::Interaction, body) {
                Some(Row::Interaction(i)) if holds(&i, me) => false,
                // Taken a moment ago is news for those who saw it wait; what its agent does afterwards is not.
                Some(Row::Interaction(i)) if i.owner.is_some() => i.accepted.is_some_and(|at| now.since(at) > TAKEN_MS),
                Some(Row::Interaction(i)) => matches!(i.phase, Phase::Offered { .. }),
                _ => false,
            },
            Change::Forget { key, .. } | Change::Absent { key, .. } => ended.contains(&InteractionId(key.id)),
        },
        _ => false,
    }
}
