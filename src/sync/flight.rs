//! Commands on their way: in order, at most [`IN_FLIGHT`] unanswered, each until it has a verdict.
//!
//! Only numbered commands are here; the outbox gives the numbers. One invariant: a number goes to the server as its
//! command or, when that was given up unsent, as a skip; never both, and never a number that is not here.

use std::collections::BTreeMap;

use crate::domain::command::Command;
use crate::domain::time::At;
use crate::wire::frame::{IN_FLIGHT, Up};

/// A numbered command of the outbox that has no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub n: u64,
    /// When the key was pressed, server time as estimated then.
    pub at: At,
    /// What is asked.
    pub command: Command,
}

#[derive(Debug, Clone)]
struct Item {
    at: At,
    command: Command,
    /// Whether this process sent it, on whatever connection.
    sent: bool,
    /// Whether it was submitted to this process while linked; an older one may have been sent by the process before.
    fresh: bool,
}

/// Why a command was given up without the server's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abandoned {
    /// It is a claim, and there was no link to send it over.
    Unlinked,
    /// The server cannot read it.
    Unreadable,
}

/// Connections on which a command may go unread before it is given up.
const TRIES: u32 = 2;

/// The numbered, unanswered part of the outbox, and what of it is under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight {
    items: BTreeMap<u64, Item>,
    /// Sent on this connection and not answered: when.
    under_way: BTreeMap<u64, u64>,
    /// Highest number the server has decided.
    last: u64,
    /// Next number to send on this connection; `None` while nothing may be sent.
    next: Option<u64>,
    /// How many connections in a row ended because the oldest ran out of time; each gives twice as much.
    timeouts: u32,
    /// A number the server asked for although it was sent, and on how many connections.
    unread: Option<(u64, u32)>,
}

impl Flight {
    /// A welcome: the server has decided up to `last`. Nothing is sent before [`Flight::handed`].
    pub(super) fn opened(&mut self, last: u64) {
        self.under_way.clear();
        self.next = None;
        self.last = last;
    }

    /// What the outbox holds, brought in line with the server's `last`.
    pub(super) fn handed(&mut self, items: Vec<Queued>) {
        let old = std::mem::take(&mut self.items);
        for Queued { n, at, command } in items {
            let (sent, fresh) = old.get(&n).map_or((false, false), |item| (item.sent, item.fresh));
            self.items.insert(n, Item { at, command, sent, fresh });
        }
        self.next = Some(0);
    }

    /// The outbox counts anew: nothing of the old numbers is left.
    pub(super) fn renewed(&mut self) {
        *self = Flight::default();
    }

    pub(super) fn submit(&mut self, queued: Queued) {
        let Queued { n, at, command } = queued;
        self.items.insert(n, Item { at, command, sent: false, fresh: true });
    }

    /// The connection is gone. Returns the claims that were never sent: they do not wait for another link. Their
    /// numbers come back with the next [`Flight::handed`] and are skipped then.
    pub(super) fn closed(&mut self) -> Vec<u64> {
        self.under_way.clear();
        self.next = None;
        let claim = |(n, item): (&u64, &Item)| (item.command.needs_link() && item.fresh && !item.sent).then_some(*n);
        let claims: Vec<u64> = self.items.iter().filter_map(claim).collect();
        self.items.retain(|n, _| !claims.contains(n));
        claims
    }

    /// What can be sent now, and what is given up instead.
    pub(super) fn pump(&mut self, now: u64) -> (Vec<Up>, Vec<(u64, Abandoned)>) {
        let (mut frames, mut given_up) = (Vec::new(), Vec::new());
        let Some(mut next) = self.next else { return (frames, given_up) };
        while self.under_way.len() < IN_FLIGHT {
            // Numbers at or below `last` without an item are answered here and there.
            if next <= self.last {
                next = self.items.range(next..=self.last).next().map_or(self.last + 1, |(n, _)| *n);
            }
            let why = self.hopeless(next);
            let Some(item) = self.items.get_mut(&next) else { break };
            if let Some(why) = why {
                self.items.remove(&next);
                given_up.push((next, why));
                frames.push(Up::Skip { n: next });
            } else {
                item.sent = true;
                frames.push(Up::Command { n: next, at_ms: item.at.0, command: Box::new(item.command.clone()) });
            }
            self.under_way.insert(next, now);
            next += 1;
        }
        self.next = Some(next);
        (frames, given_up)
    }

    /// Whether sending it makes no sense any more. Only asked of what the server has surely not decided, or of what
    /// it has decided, which is asked for its verdict.
    fn hopeless(&self, n: u64) -> Option<Abandoned> {
        let item = self.items.get(&n)?;
        if n <= self.last {
            None
        } else if self.unread.is_some_and(|(unread, times)| unread == n && times >= TRIES) {
            // One command that the server cannot read must not hold up all behind it.
            Some(Abandoned::Unreadable)
        } else if item.command.needs_link() && !item.sent && !item.fresh {
            // Nobody waits any more for a claim that the process before left behind.
            Some(Abandoned::Unlinked)
        } else {
            None
        }
    }

    /// A verdict came; whether an item waited for it.
    pub(super) fn verdict(&mut self, n: u64) -> bool {
        self.under_way.remove(&n);
        self.last = self.last.max(n);
        self.timeouts = 0;
        self.items.remove(&n).is_some()
    }

    /// The server wants `n`, although it was sent: it could not read it.
    pub(super) fn expected(&mut self, n: u64) {
        self.unread = match self.unread {
            Some((unread, times)) if unread == n => Some((n, times + 1)),
            _ => Some((n, 1)),
        };
    }

    /// When the oldest command under way runs out of time, given the patience for a claim and for anything else.
    pub(super) fn deadline(&self, claim_ms: u64, other_ms: u64) -> Option<u64> {
        let limit = |(n, since): (&u64, &u64)| {
            let claim = self.items.get(n).is_some_and(|item| item.command.needs_link());
            let patience = if claim { claim_ms } else { other_ms };
            since + (patience << self.timeouts.min(6))
        };
        self.under_way.iter().map(limit).min()
    }

    pub(super) fn timed_out(&mut self) {
        self.timeouts += 1;
    }

    /// Whether everything numbered has its verdict.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
