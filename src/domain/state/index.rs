//! What the rules look up, kept beside the rows: who holds what, who waits in which line, what hangs on a case, and
//! when something is due. One invariant: it is a function of the rows; [`Index::enter`] and [`Index::leave`] are
//! called with the same row and the same configuration.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::calendar::wall::Zone;
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::people::{Presence, PresenceRow};
use crate::domain::routing::FirmRules;
use crate::domain::routing::capacity::fit;
use crate::domain::routing::order::Class;
use crate::domain::routing::timers;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::work::{Channel, Interaction, Phase, Queue};

/// One interaction in an agent's hands, as far as it decides what fits beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// Which.
    pub id: InteractionId,
    /// How it came.
    pub channel: Channel,
    /// It is only offered, or they are asked about it and have not answered.
    pub offer: bool,
    /// Its contact is over, its work is not.
    pub wraps: bool,
}

/// Lookups over the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Interactions in an agent's hands, offered ones and those they are asked about included.
    pub held: BTreeMap<AgentId, Vec<Hand>>,
    /// Who waits, in order of arrival.
    pub lines: BTreeMap<Class, BTreeSet<(At, InteractionId)>>,
    /// Rows by what they belong to.
    pub children: BTreeSet<(Entity, u64, u64)>,
    /// When something must be said about a row.
    pub alarms: BTreeSet<(At, RowKey)>,
    /// When the router must look again.
    pub wakes: BTreeSet<(At, InteractionId)>,
    /// Who takes offers: Ready, linked, not about to leave.
    pub ready: BTreeSet<AgentId>,
    /// Those of them who have room for something.
    pub free: BTreeSet<AgentId>,
    /// Whose link is lost.
    pub lost: BTreeSet<AgentId>,
    /// Zones of the customers who wait to be called, with how many are in each.
    pub callbacks: BTreeMap<Option<Zone>, usize>,
    /// The house's rules, or the defaults while no firm is set up.
    pub house: FirmRules,
}

impl Index {
    pub fn enter(&mut self, row: &Row, queue: Option<&Queue>) {
        let key = row.key();
        if is_child(key.entity) {
            self.children.insert((key.entity, row.parent(), key.id));
        }
        match row {
            Row::Interaction(i) => {
                for (agent, hand) in hands(i).into_iter().flatten() {
                    let held = self.held.entry(agent).or_default();
                    if let Err(place) = held.binary_search_by_key(&i.id, |h| h.id) {
                        held.insert(place, hand);
                    }
                    self.look_for_room(agent);
                }
                if i.phase.waits() {
                    self.lines.entry(Class::of(i)).or_default().insert((i.enqueued, i.id));
                    if i.channel == Channel::Callback {
                        *self.callbacks.entry(zone(i)).or_default() += 1;
                    }
                }
                self.alarms.extend(timers::alarm(i, queue).map(|at| (at, key)));
                self.wakes.extend(timers::wakes(i, queue, &self.house).into_iter().map(|at| (at, i.id)));
            }
            Row::Case(c) => self.alarms.extend(timers::case_alarm(c).map(|at| (at, key))),
            Row::Scheduled(s) => self.alarms.extend(s.due().map(|at| (at, key))),
            Row::Presence(p) => {
                if takes_offers(p) {
                    self.ready.insert(p.agent);
                }
                self.look_for_room(p.agent);
                if p.link_lost.is_some() {
                    self.lost.insert(p.agent);
                }
                self.alarms.extend(timers::tell_lead(p, &self.house).map(|at| (at, key)));
            }
            _ => {}
        }
    }

    /// Whether an agent belongs to the free: Ready, no offer pending, and some channel that is pushed still fits.
    fn look_for_room(&mut self, agent: AgentId) {
        let hands = self.held.get(&agent).map_or(&[][..], Vec::as_slice);
        let room = hands.is_empty()
            || (!hands.iter().any(|h| h.offer) && self.house.offer_s.keys().any(|c| fit(&self.house, hands, *c)));
        if room && self.ready.contains(&agent) {
            self.free.insert(agent);
        } else {
            self.free.remove(&agent);
        }
    }

    pub fn leave(&mut self, row: &Row, queue: Option<&Queue>) {
        let key = row.key();
        if is_child(key.entity) {
            self.children.remove(&(key.entity, row.parent(), key.id));
        }
        match row {
            Row::Interaction(i) => {
                for (agent, _) in hands(i).into_iter().flatten() {
                    if let Some(held) = self.held.get_mut(&agent) {
                        held.retain(|h| h.id != i.id);
                    }
                    self.look_for_room(agent);
                }
                if i.phase.waits() {
                    let class = Class::of(i);
                    if let Some(line) = self.lines.get_mut(&class) {
                        line.remove(&(i.enqueued, i.id));
                        if line.is_empty() {
                            self.lines.remove(&class);
                        }
                    }
                    if let Some(count) = self.callbacks.get_mut(&zone(i)).filter(|_| i.channel == Channel::Callback) {
                        *count -= 1;
                        self.callbacks.retain(|_, count| *count > 0);
                    }
                }
                if let Some(at) = timers::alarm(i, queue) {
                    self.alarms.remove(&(at, key));
                }
                for at in timers::wakes(i, queue, &self.house) {
                    self.wakes.remove(&(at, i.id));
                }
            }
            Row::Case(c) => {
                if let Some(at) = timers::case_alarm(c) {
                    self.alarms.remove(&(at, key));
                }
            }
            Row::Scheduled(s) => {
                if let Some(at) = s.due() {
                    self.alarms.remove(&(at, key));
                }
            }
            Row::Presence(p) => {
                self.ready.remove(&p.agent);
                self.free.remove(&p.agent);
                self.lost.remove(&p.agent);
                if let Some(at) = timers::tell_lead(p, &self.house) {
                    self.alarms.remove(&(at, key));
                }
            }
            _ => {}
        }
    }
}

fn zone(i: &Interaction) -> Option<Zone> {
    i.place.owed.and_then(|o| o.zone)
}

fn is_child(entity: Entity) -> bool {
    matches!(entity, Entity::Interaction | Entity::Message | Entity::WrapUp | Entity::Scheduled)
}

fn takes_offers(p: &PresenceRow) -> bool {
    p.presence == Presence::Ready && p.link_lost.is_none() && p.next.is_none()
}

/// In whose hands it is: the owner's or those of the one it is offered to, and of the colleague who is asked.
fn hands(i: &Interaction) -> [Option<(AgentId, Hand)>; 2] {
    let wraps = matches!(i.phase, Phase::WrapUp { .. });
    let hand = Hand { id: i.id, channel: i.channel, offer: false, wraps };
    let owner = i.owner.map(|agent| (agent, hand));
    match i.phase {
        Phase::Offered { to, .. } => [Some((to, Hand { offer: true, ..hand })), None],
        Phase::Consult { with, until, .. } => [owner, Some((with, Hand { offer: until.is_some(), ..hand }))],
        _ => [owner, None],
    }
}
