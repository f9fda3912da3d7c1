//! Deciding a group of commands and storing it in one transaction.
//!
//! Start at [`Desk::group`]. Entries are decided one after the other on the state as the earlier ones left it; the
//! seqs they will get are known beforehand because nobody else writes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::ids::{CaseId, Seq};
use crate::domain::row::{Change, Entity, RowKey};
use crate::domain::time::{At, DAY, MINUTE, SECOND};
use crate::domain::{Actor, Command, State, routing};
use crate::store::StoreError;
use crate::store::ledger::{Entry, Ledger};

use super::memory::rights;
use super::request::{Commit, Inside, Origin, Published, Reply, Rights, Rules, Submit};
use super::ring::Ring;
use super::ruling::{Open, Step};
use crate::server::links::Links;
use crate::server::metrics::Metrics;

/// Times the router may look again at what it just did, per round; it places one interaction at a time.
const PASSES: usize = 200;
/// Cases spoken about in one transaction at most.
const WAKES: usize = 200;
/// A clock set back by less than this stands still instead.
const CLOCK_BACK_MS: i64 = MINUTE;

/// When something must be said about the next case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// Not looked up since cases changed.
    Unknown,
    /// Nothing must.
    Never,
    /// Then.
    At(At),
}

/// Ledger and state, owned by the core's thread.
pub struct Desk {
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) rules: Rules,
    pub(super) state: State,
    pub(super) links: Arc<Links>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) commits: Ring,
    pub(super) publish: watch::Sender<Published>,
    pub(super) rights: Arc<Rights>,
    pub(super) head: Seq,
    pub(super) now: At,
    /// False after a failure, until the state was loaded anew.
    pub(super) sound: bool,
    /// Repeats of commands that were in the group itself; they find their answer in the next one.
    pub(super) deferred: Vec<Submit>,
    /// Rows that are here for one command, or for an open interaction.
    pub(super) visitors: BTreeSet<RowKey>,
    /// When something must be said about the next case.
    pub(super) wake: Wake,
    /// Clocks of cases after this id are still to be looked at.
    pub(super) check_after: Option<u64>,
    /// When the timers last had nothing to say, or nothing that came to anything. Whatever claims to have been due
    /// then is not asked again at once.
    pub(super) quiet_at: At,
    /// The ledger is swept again after this.
    pub(super) sweep_at: At,
    /// The router had more to say than one round allows.
    pub(super) more: bool,
}

impl Desk {
    /// Loads everything.
    pub fn load(
        ledger: Box<dyn Ledger>,
        links: Arc<Links>,
        metrics: Arc<Metrics>,
        commits: Ring,
        publish: watch::Sender<Published>,
        rules: Rules,
        now: At,
    ) -> Result<Desk, StoreError> {
        let mut desk = Desk {
            ledger,
            rules,
            state: State::new(),
            links,
            metrics,
            commits,
            publish,
            rights: Arc::default(),
            head: 0,
            now,
            sound: false,
            deferred: Vec::new(),
            visitors: BTreeSet::new(),
            wake: Wake::Unknown,
            check_after: Some(0),
            quiet_at: At(i64::MIN),
            sweep_at: now,
            more: false,
        };
        desk.reload(now)?;
        Ok(desk)
    }

    /// Server time: the wall clock, standing still when that is set back a little.
    pub fn clock_says(&mut self, wall: At) -> At {
        if wall < self.now && self.now.since(wall) < CLOCK_BACK_MS {
            return self.now;
        }
        if wall < self.now {
            tracing::warn!(from = %self.now.to_rfc3339(), to = %wall.to_rfc3339(), "the clock was set back");
        }
        self.now = wall;
        wall
    }

    /// Whether some commands wait for the next group.
    pub fn has_deferred(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// Commands that waited for this group.
    pub fn take_deferred(&mut self) -> Vec<Submit> {
        std::mem::take(&mut self.deferred)
    }

    /// When a timer is due, if nothing else happens.
    pub fn next_due(&mut self, now: At) -> Option<At> {
        if !self.sound || self.more || self.check_after.is_some() {
            return Some(now);
        }
        if self.wake == Wake::Unknown {
            self.look_up_wake(now);
        }
        let wake = match self.wake {
            Wake::At(at) => Some(at),
            Wake::Unknown | Wake::Never => None,
        };
        let due = [routing::next_due(&self.state, now), self.links.next_due(), wake].into_iter().flatten().min();
        due.map(|due| if due <= self.quiet_at { due.max(self.quiet_at.plus(SECOND)) } else { due })
    }

    /// Runs something that only reads, or that only touches server-side records.
    pub fn run(&mut self, now: At, run: Box<dyn FnOnce(&mut Inside<'_>) + Send>) {
        let mut inside = Inside { ledger: self.ledger.as_mut(), state: &self.state, now };
        if catch_unwind(AssertUnwindSafe(|| run(&mut inside))).is_err() {
            tracing::error!("a request inside the core panicked");
        }
    }

    /// Decides commands and what the timers say, stores it all in one transaction, answers. False when nothing could
    /// be stored.
    pub fn group(&mut self, submits: Vec<Submit>, now: At, timers: bool) -> bool {
        if let Err(error) = self.make_sound(now) {
            let words = error.to_string();
            for submit in submits {
                (submit.reply)(Reply::Failed(words.clone()));
            }
            return false;
        }
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut open = Open { head: self.head, ..Open::default() };
            // Within one instant customers speak before timers and timers before agents.
            let (customers, others): (Vec<_>, Vec<_>) =
                submits.into_iter().partition(|s| s.command.as_ref().is_some_and(|c| routing::rank(c) == 0));
            let split = customers.len();
            for (n, submit) in customers.into_iter().chain(others).enumerate() {
                if timers && n == split {
                    self.run_out(&mut open, now);
                }
                match self.decide(&mut open, submit.actor, &submit.origin, submit.command.as_ref(), now) {
                    Ok(Step::Reply(reply)) => open.answers.push((submit.reply, reply)),
                    Ok(Step::Defer) => self.deferred.push(submit),
                    Err(error) => open.answers.push((submit.reply, Reply::Failed(error.to_string()))),
                }
            }
            if timers {
                self.timers(&mut open, now);
            }
            self.close(open, now)
        }));
        done.unwrap_or_else(|_| {
            tracing::error!("deciding a group panicked; the state is loaded anew");
            self.sound = false;
            false
        })
    }

    /// Decides many commands and stores them in one transaction; the replies come in order.
    pub fn bulk(&mut self, actor: Actor, commands: Vec<Command>, now: At) -> Vec<Reply> {
        let count = commands.len();
        if let Err(error) = self.make_sound(now) {
            return vec![Reply::Failed(error.to_string()); count];
        }
        let mut open = Open { head: self.head, ..Open::default() };
        let mut replies = Vec::with_capacity(count);
        for command in &commands {
            replies.push(match self.decide(&mut open, actor, &Origin::Own, Some(command), now) {
                Ok(Step::Reply(reply)) => reply,
                Ok(Step::Defer) => Reply::Failed("this command was given twice at once".into()),
                Err(error) => Reply::Failed(error.to_string()),
            });
        }
        let (tell, told) = std::sync::mpsc::channel();
        // One answer stands for all: it turns into a failure when the transaction does.
        open.answers.push((
            Box::new(move |reply| drop(tell.send(reply))),
            Reply::Done { seq: 0, made: Vec::new(), fresh: false },
        ));
        self.close(open, now);
        match told.recv() {
            Ok(Reply::Failed(words)) => vec![Reply::Failed(words); count],
            _ => replies,
        }
    }

    /// Once a day the ledger forgets what no one can ask for any more.
    fn sweep(&mut self, now: At) {
        if now < self.sweep_at {
            return;
        }
        self.sweep_at = now.plus(DAY);
        if let Err(error) = self.ledger.sweep(now) {
            tracing::warn!(%error, "the ledger could not be swept; tried again tomorrow");
        }
    }

    /// What the timers alone say, before agents are heard.
    fn run_out(&mut self, open: &mut Open, now: At) {
        for command in routing::due_timers(&self.state, now) {
            let command = self.fair(command);
            if let Err(error) = self.decide(open, Actor::System, &Origin::Own, Some(&command), now) {
                tracing::warn!(%error, "a timer's rows could not be read");
            }
        }
    }

    /// What router and timers say, until they have nothing to add.
    fn timers(&mut self, open: &mut Open, now: At) {
        self.sweep(now);
        self.more = false;
        for pass in 0..PASSES {
            let mut commands = self.links.due(now);
            if pass == 0 {
                commands.extend(self.alarms(now));
                commands.extend(self.clocks_to_check());
            }
            commands.extend(routing::due(&self.state, now));
            if commands.is_empty() {
                self.quiet_at = now;
                return;
            }
            let before = open.head;
            for command in commands {
                let command = self.fair(command);
                match self.decide(open, Actor::System, &Origin::Own, Some(&command), now) {
                    Ok(Step::Reply(Reply::Refused { refusal, .. })) => {
                        tracing::debug!(?command, ?refusal, "the desk refused itself");
                    }
                    Err(error) => tracing::warn!(%error, "a timer's rows could not be read"),
                    Ok(_) => {}
                }
            }
            if open.head == before {
                self.quiet_at = now;
                return;
            }
        }
        self.more = true;
    }

    /// An offer that ran out while nothing was heard of the agent's desk was let pass by the line, not by them.
    fn fair(&self, command: Command) -> Command {
        let Command::ExpireOffer { interaction, epoch } = command else { return command };
        let offered = || {
            let i = self.state.interaction(interaction).filter(|i| i.epoch == epoch)?;
            let (to, _) = i.offered_to()?;
            let linked = self.state.presence(to).is_some_and(|p| p.link_lost.is_none());
            linked.then(|| self.links.unheard(to, i.rung.unwrap_or_default())).flatten()
        };
        offered().unwrap_or(command)
    }

    /// What is said about cases whose time has come; whichever of the two has nothing to say is silent.
    fn alarms(&mut self, now: At) -> Vec<Command> {
        match self.wake {
            Wake::Never => return Vec::new(),
            Wake::At(at) if at > now => return Vec::new(),
            Wake::At(_) | Wake::Unknown => {}
        }
        let due = self.look_up_wake(now);
        let both = |id| [Command::WakeCase { case: CaseId(id) }, Command::CheckClocks { case: CaseId(id) }];
        due.into_iter().take(WAKES).flat_map(both).collect()
    }

    /// After policies or calendars changed, and after every start, each clock that is not over is looked at once.
    fn clocks_to_check(&mut self) -> Vec<Command> {
        let Some(after) = self.check_after else { return Vec::new() };
        match self.ledger.clocked(after, WAKES) {
            Ok(ids) => {
                self.check_after = ids.last().copied().filter(|_| ids.len() == WAKES);
                ids.into_iter().map(|id| Command::CheckClocks { case: CaseId(id) }).collect()
            }
            Err(error) => {
                tracing::warn!(%error, "the cases with clocks could not be read; they are looked at after a restart");
                self.check_after = None;
                Vec::new()
            }
        }
    }

    fn look_up_wake(&mut self, now: At) -> Vec<u64> {
        match self.ledger.alarms_due(now) {
            Ok((due, next)) => {
                let next = if due.is_empty() { next } else { Some(now) };
                self.wake = next.map_or(Wake::Never, Wake::At);
                due
            }
            Err(error) => {
                tracing::warn!(%error, "the alarms could not be read");
                self.wake = Wake::At(now.plus(MINUTE));
                Vec::new()
            }
        }
    }

    /// Stores the group, then answers and feeds. False when it could not be stored.
    fn close(&mut self, open: Open, now: At) -> bool {
        let Open { head, entries, answers, .. } = open;
        if !entries.is_empty() {
            match self.ledger.commit(&entries) {
                Ok(stored) => {
                    debug_assert_eq!(stored, head, "the core is the ledger's only writer");
                    self.publish(head, now, entries);
                }
                Err(error) => {
                    tracing::error!(%error, commands = answers.len(), "nothing of this group was stored");
                    self.metrics.failed_commit();
                    let words = error.to_string();
                    if let Err(error) = self.reload(now) {
                        tracing::error!(%error, "the state could not be loaded anew");
                    }
                    for (answer, reply) in answers {
                        answer(match reply {
                            Reply::Done { .. } | Reply::Refused { .. } => Reply::Failed(words.clone()),
                            other => other,
                        });
                    }
                    return false;
                }
            }
        }
        for (answer, reply) in answers {
            answer(reply);
        }
        self.evict();
        true
    }

    fn publish(&mut self, head: Seq, now: At, entries: Vec<Entry>) {
        let changes: Arc<[Change]> = entries.into_iter().flat_map(|e| e.changes).collect();
        let touched = |kinds: &[Entity]| changes.iter().any(|c| kinds.contains(&c.key().entity));
        if touched(&[Entity::Agent, Entity::Queue, Entity::Team]) {
            self.rights = Arc::new(rights(&self.state));
        }
        if touched(&[Entity::Policy, Entity::Calendar]) {
            self.check_after = Some(0);
        }
        if touched(&[Entity::Case]) {
            self.wake = Wake::Unknown;
        }
        let from = std::mem::replace(&mut self.head, head);
        // Rights first: whoever sees a commit must find the rights that hold at it.
        self.publish.send_replace(Published { seq: head, at: now, rights: self.rights.clone() });
        self.commits.push(Commit { from, to: head, at: now, changes });
        self.metrics.committed(head);
    }

    /// Newest seq on disk.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Tells the metrics how long a round with its transaction took.
    pub fn observe_commit(&self, ms: u64) {
        self.metrics.commit_took(ms);
    }
}
