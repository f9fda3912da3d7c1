//! What the desks saw, and what it comes to.
//!
//! A change counts as arrived at a desk with the first batch of its lane that reaches up to it: also where that batch
//! brought a newer state of the same row instead. Invariant: desks that are stuck or slow on purpose are not counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::{Kind, Stage};
use crate::domain::ids::Seq;
use crate::domain::row::Entity;
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;

/// What a change is about, as far as its hurry goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Who waits, offers, my work.
    Work,
    /// Who is there, and the figures of the day.
    Figures,
    /// Customers, cases, messages, wrap-ups.
    History,
}

impl Class {
    /// By kind of row.
    pub(super) fn of(entity: Entity) -> Class {
        match entity {
            Entity::Interaction | Entity::Task => Class::Work,
            Entity::Case
            | Entity::Customer
            | Entity::Contacts
            | Entity::Correspondents
            | Entity::Scheduled
            | Entity::Message
            | Entity::WrapUp
            | Entity::Departure
            | Entity::Rating => Class::History,
            _ => Class::Figures,
        }
    }
}

/// What one desk saw.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub kind: Kind,
    pub scopes: Vec<Scope>,
    /// By lane: up to where the desk knew everything, since when.
    pub arrivals: BTreeMap<Lane, Vec<(Seq, At)>>,
    /// µs from key press to verdict, while customers came.
    pub verdicts: Vec<u64>,
    /// Verdicts while the server was pushed.
    pub pushed: u64,
    pub refused: u64,
    /// What went wrong, in words.
    pub troubles: Vec<String>,
}

impl Notes {
    /// A batch came.
    pub(super) fn arrived(&mut self, lane: Lane, to: Seq, at: At) {
        self.arrivals.entry(lane).or_default().push((to, at));
    }

    /// A command has its verdict.
    pub(super) fn verdict(&mut self, stage: Stage, us: u64, refused: bool) {
        match stage {
            Stage::Work => self.verdicts.push(us),
            Stage::Push => self.pushed += 1,
            _ => {}
        }
        self.refused += u64::from(refused);
    }

    fn when(&self, lane: Lane, seq: Seq) -> Option<At> {
        let arrivals = self.arrivals.get(&lane)?;
        arrivals.get(arrivals.partition_point(|(to, _)| *to < seq)).map(|(_, at)| *at)
    }
}

/// What all desks note together.
#[derive(Debug, Clone, Default)]
pub(super) struct Mind {
    inner: Arc<Inner>,
}

/// Where a change travels, and what it is about.
type Place = (Lane, Scope, Class);

#[derive(Debug, Default)]
struct Inner {
    connected: AtomicUsize,
    settled: AtomicUsize,
    ready: AtomicUsize,
    seen: Mutex<BTreeMap<Seq, Vec<Place>>>,
}

impl Mind {
    /// A desk has its connection.
    pub(super) fn connected(&self) {
        self.inner.connected.fetch_add(1, Ordering::Relaxed);
    }

    /// A desk has everything.
    pub(super) fn settled(&self) {
        self.inner.settled.fetch_add(1, Ordering::Relaxed);
    }

    /// An agent's Ready has its verdict.
    pub(super) fn readied(&self) {
        self.inner.ready.fetch_add(1, Ordering::Relaxed);
    }

    /// Agents whose Ready has its verdict.
    pub(super) fn ready(&self) -> usize {
        self.inner.ready.load(Ordering::Relaxed)
    }

    /// Connections made, and desks that have everything.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.inner.connected.load(Ordering::Relaxed), self.inner.settled.load(Ordering::Relaxed))
    }

    /// A change reached some desk.
    pub(super) fn seen(&self, rev: Seq, lane: Lane, scope: Scope, class: Class) {
        let mut seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let about = seen.entry(rev).or_default();
        if !about.contains(&(lane, scope, class)) {
            about.push((lane, scope, class));
        }
    }

    /// How long the changes made between two positions took to the last desk that may see them. `made` says when
    /// each was decided.
    pub(super) fn latencies(&self, notes: &[Notes], made: &BTreeMap<Seq, At>) -> BTreeMap<Class, Latency> {
        let mut by_scope: BTreeMap<Scope, Vec<&Notes>> = BTreeMap::new();
        for desk in notes.iter().filter(|n| n.kind == Kind::Steady) {
            for scope in &desk.scopes {
                by_scope.entry(*scope).or_default().push(desk);
            }
        }
        let mut found: BTreeMap<Class, (Vec<u64>, Vec<u64>, u64)> = BTreeMap::new();
        let seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (rev, about) in seen.iter() {
            let Some(at) = made.get(rev) else { continue };
            for (lane, scope, class) in about {
                let (last, all, missing) = found.entry(*class).or_default();
                let mut worst = None;
                for desk in by_scope.get(scope).into_iter().flatten() {
                    match desk.when(*lane, *rev) {
                        Some(when) => {
                            let ms = when.since(*at).max(0) as u64;
                            all.push(ms);
                            worst = worst.max(Some(ms));
                        }
                        None => *missing += 1,
                    }
                }
                last.extend(worst);
            }
        }
        let latency = |(last, all, missing): (Vec<u64>, Vec<u64>, u64)| Latency {
            changes: last.len(),
            deliveries: all.len(),
            last_desk: Spread::of(last),
            every_desk: Spread::of(all),
            missing,
        };
        found.into_iter().map(|(class, found)| (class, latency(found))).collect()
    }
}

/// How long one class of changes took.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Latency {
    /// Changes.
    pub changes: usize,
    /// Desks they reached, counted for each change.
    pub deliveries: usize,
    /// From a change to the last desk, ms.
    pub last_desk: Spread,
    /// From a change to any one desk, ms.
    pub every_desk: Spread,
    /// Desks that never heard of a change they may see.
    pub missing: u64,
}

/// Ranks of many values.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Spread {
    /// Half are below.
    pub p50: u64,
    /// One in a hundred is above.
    pub p99: u64,
    /// The largest.
    pub max: u64,
}

impl Spread {
    /// Of these values; all 0 without any.
    pub(super) fn of(mut values: Vec<u64>) -> Spread {
        values.sort_unstable();
        let rank = |share: usize| {
            let index = (values.len() * share).div_ceil(100).max(1) - 1;
            values.get(index).copied().unwrap_or_default()
        };
        Spread { p50: rank(50), p99: rank(99), max: rank(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QueueId;

    #[test]
    fn ranks() {
        assert_eq!(Spread::of((1..=200).collect()).p99, 198);
        let few = Spread::of(vec![7, 3]);
        assert_eq!((few.p50, few.p99, few.max), (3, 7, 7));
        assert_eq!(Spread::of(Vec::new()).max, 0);
    }

    #[test]
    fn the_last_desk_that_may_see_it_counts_and_slow_ones_do_not() {
        let scope = Scope::Queue(QueueId(1));
        let desk = |kind, scope, arrivals: &[(Seq, i64)]| {
            let mut notes = Notes { kind, scopes: vec![scope], ..Notes::default() };
            arrivals.iter().for_each(|(to, at)| notes.arrived(Lane::Live, *to, At(*at)));
            notes
        };
        let notes = [
            desk(Kind::Steady, scope, &[(9, 100), (12, 140)]),
            desk(Kind::Steady, scope, &[(11, 110), (14, 190)]),
            desk(Kind::Slow, scope, &[(14, 9_000)]),
            desk(Kind::Steady, Scope::Queue(QueueId(2)), &[(14, 5_000)]),
        ];
        let mind = Mind::default();
        for rev in [10, 12, 13] {
            mind.seen(rev, Lane::Live, scope, Class::Work);
        }
        let made = BTreeMap::from([(10, At(90)), (12, At(130))]);
        let found = mind.latencies(&notes, &made).remove(&Class::Work).expect("seen");
        assert_eq!((found.changes, found.deliveries, found.missing), (2, 4, 0));
        assert_eq!((found.last_desk.p50, found.last_desk.max), (50, 60));
        // What was made before or after the time that counts is left out; a desk that never heard is told.
        let made = BTreeMap::from([(13, At(180))]);
        let found = mind.latencies(&notes, &made).remove(&Class::Work).expect("seen");
        assert_eq!((found.last_desk.max, found.missing), (10, 1));
    }
}
