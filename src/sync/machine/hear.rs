//! What the server says, taken in frame by frame.

use super::io::Output;
use super::{Machine, Phase};
use crate::domain::ids::Seq;
use crate::domain::row::Change;
use crate::domain::scope::Lane;
use crate::domain::time::At;
use crate::sync::feed::Fit;
use crate::wire::frame::{Down, Outcome, Part, Record, Up};

impl Machine {
    /// One message. Stops at the frame that ends the connection.
    pub(super) fn frames(&mut self, frames: Vec<Down>, now: u64) {
        self.pulse.heard(now);
        let generation = self.generation;
        let mut credit = 0_u32;
        for frame in frames {
            if !self.current(generation) {
                return;
            }
            match (&frame, self.phase) {
                (Down::Welcome { .. } | Down::Close { .. }, _) | (_, Phase::Up { .. }) => {}
                _ => return self.resync("the server did not greet first", now),
            }
            credit = credit.saturating_add(frame.weight());
            self.frame(frame, now);
        }
        if self.current(generation) {
            if credit > 0 {
                self.send(vec![Up::Credit { bytes: credit }], now);
            }
            self.pump(now);
        }
    }

    fn frame(&mut self, frame: Down, now: u64) {
        match frame {
            Down::Welcome { .. } if self.linked() => self.resync("the server greeted twice", now),
            Down::Welcome { epoch, agent, device, scopes, last_n, head, server_ms: _ } => {
                self.words.clear();
                self.phase = Phase::Up { since: now };
                let same = epoch == self.feed.epoch;
                let ahead = self.feed.cursor(Lane::Live).max(self.feed.cursor(Lane::Deep)) > head;
                if !same || ahead {
                    self.feed.wipe(epoch);
                    (self.seen_at, self.deep_at) = (None, None);
                    self.out.push(Output::Wipe { epoch });
                }
                if same && ahead {
                    // It feeds from cursors that it cannot have given.
                    return self.resync("the server is behind this desk", now);
                }
                self.feed.opened(&scopes);
                self.out.push(Output::Person { agent, device });
                self.out.push(Output::Retain { scopes });
                self.flight.opened(last_n);
                self.out.push(Output::Reconcile { last: last_n, device });
            }
            Down::Batch { lane, from, to, server_ms, records, .. } => {
                self.batch(lane, from, to, At(server_ms), records, now);
            }
            Down::Early { records } => {
                let changes = self.changes(records);
                self.out.push(Output::Early(changes));
            }
            Down::Chunk { scope, entity, after, mark, whole, seq, rows, left } => {
                self.chunk(Part { scope, entity, mark, whole }, after, seq, rows, left, now);
            }
            Down::Verdict { n, seq, deep, outcome } => self.verdict(n, (seq, deep), outcome, now),
            Down::Expect { n } => {
                self.flight.expected(n);
                self.resync("a command did not arrive", now);
            }
            Down::Looks { case, who, customer } => self.out.push(Output::Looks { case, who, customer }),
            Down::Drop { scope } => {
                self.feed.revoke(scope);
                self.out.push(Output::DropScope(scope));
            }
            Down::Grant { scope } => {
                self.feed.grant(scope);
                self.out.push(Output::Grant(scope));
            }
            Down::Beat { desk_ms, server_ms } => {
                let sent = desk_ms as u64;
                if self.pulse.answered(sent, now).is_some() {
                    self.time.measured(sent, now, At(server_ms));
                    self.round_trips += 1;
                }
            }
            Down::Close { why, retry_s: Some(after_s) } => self.later(&why, after_s, now),
            Down::Close { why, retry_s: None } => self.refused(why, None, now),
        }
    }

    fn batch(&mut self, lane: Lane, from: Seq, to: Seq, at: At, records: Vec<Record>, now: u64) {
        match self.feed.batch(lane, from, to) {
            Fit::Next => {
                let changes = self.changes(records);
                self.out.push(Output::Batch { lane, from, to, at, changes });
            }
            Fit::Restart { from } => {
                self.out.extend(self.feed.scopes(lane).into_iter().map(Output::Empty));
                let changes = self.changes(records);
                self.out.push(Output::Batch { lane, from, to, at, changes });
            }
            Fit::Seen => {}
            Fit::Old => return,
            Fit::Gap => return self.resync("changes are missing", now),
        }
        let seen = match lane {
            Lane::Live => &mut self.seen_at,
            Lane::Deep => &mut self.deep_at,
        };
        *seen = (*seen).max(Some(at));
    }

    fn chunk(&mut self, part: Part, after: u64, seq: Seq, rows: Vec<(u64, Seq, Vec<u8>)>, left: u64, now: u64) {
        if !self.feed.may_see(part.scope) {
            return;
        }
        if self.feed.chunk(part, after, left) {
            self.out.push(Output::Chunk { part, after, seq, rows });
        } else {
            self.resync("a piece of the history is missing", now);
        }
    }

    fn verdict(&mut self, n: u64, (seq, deep): (Seq, Seq), outcome: Outcome, now: u64) {
        if outcome == Outcome::Cloned {
            // Whatever else is said about these numbers is about the other copy's commands.
            self.lose("This desk's list of unsent work was copied.", now);
            self.out.push(Output::Cloned);
            return;
        }
        if self.flight.verdict(n) {
            let refusal = match outcome {
                Outcome::Refused(refusal) => Some(refusal),
                Outcome::Done | Outcome::Cloned => None,
            };
            self.out.push(Output::Settled { n, seq, deep, refusal });
        }
    }

    /// What of the records this desk may hold. The server filters; this is the second belt.
    fn changes(&self, records: Vec<Record>) -> Vec<Change> {
        let mine = |change: &Change| matches!(change, Change::Forget { .. }) || self.feed.may_see(change.scope());
        records.into_iter().map(Change::from).filter(mine).collect()
    }
}
