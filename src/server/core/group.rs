//! Deciding a group of commands and storing it in one transaction.
//!
//! Start at [`Desk::group`]. Entries are decided one after the other on the state as the earlier ones left it; the
//! seqs they will get are known beforehand because nobody else writes.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::domain::ids::{ArticleId, CaseId, CustomerId, DeviceId, KeyId, Seq};
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::time::{At, MINUTE, SECOND};
use crate::domain::{Actor, Command, Event, Refusal, State, apply, decide, permit, routing};
use crate::store::StoreError;
use crate::store::ledger::{Cause, Entry, Ledger, Verdict};

use super::needs::{Needs, import_name, is_hot, made, of_command, of_event};
use super::request::{Answer, Commit, Inside, Origin, Published, Reply, Rights, Submit};
use crate::server::links::Links;
use crate::server::metrics::Metrics;

/// Times the router may look again at what it just did, per round; it places one interaction at a time.
const PASSES: usize = 200;
/// Sleeping cases woken in one transaction at most.
const WAKES: usize = 200;
/// A clock set back by less than this stands still instead.
const CLOCK_BACK_MS: i64 = MINUTE;

/// Ledger and state, owned by the core's thread.
pub struct Desk {
    ledger: Box<dyn Ledger>,
    state: State,
    links: Arc<Links>,
    metrics: Arc<Metrics>,
    commits: broadcast::Sender<Commit>,
    publish: watch::Sender<Published>,
    rights: Arc<Rights>,
    head: Seq,
    now: At,
    /// False after a failure, until the state was loaded anew.
    sound: bool,
    /// Repeats of commands that were in the group itself; they find their answer in the next one.
    deferred: Vec<Submit>,
    /// Rows that are here for one command, or for an open interaction.
    visitors: BTreeSet<RowKey>,
    /// When the next sleeping case wakes, once looked up.
    wake: Option<Option<At>>,
    /// The router said something that came to nothing; it is not asked again before.
    fruitless_until: At,
    /// The router had more to say than one round allows.
    more: bool,
}

/// A group being decided.
#[derive(Default)]
struct Open {
    head: Seq,
    entries: Vec<Entry>,
    answers: Vec<(Answer<Reply>, Reply)>,
    numbers: BTreeMap<(DeviceId, u64), u64>,
    requests: BTreeSet<(KeyId, String)>,
    /// Rows removed by this group; the ledger still has them.
    gone: BTreeSet<RowKey>,
    /// Imported rows by name; the ledger does not know them yet.
    named: BTreeMap<(Entity, String), u64>,
}

/// What deciding came to.
enum Step {
    Reply(Reply),
    /// The same command is in this very group.
    Defer,
}

impl Desk {
    /// Loads everything.
    pub fn load(
        ledger: Box<dyn Ledger>,
        links: Arc<Links>,
        metrics: Arc<Metrics>,
        commits: broadcast::Sender<Commit>,
        publish: watch::Sender<Published>,
        now: At,
    ) -> Result<Desk, StoreError> {
        let mut desk = Desk {
            ledger,
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
            wake: None,
            fruitless_until: At(i64::MIN),
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
        if !self.sound || self.more {
            return Some(now);
        }
        if self.wake.is_none() {
            self.look_up_wake(now);
        }
        let wake = self.wake.flatten();
        let due = [routing::next_due(&self.state, now), self.links.next_due(), wake].into_iter().flatten().min();
        due.map(|due| due.max(self.fruitless_until))
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
            submits.into_iter().for_each(|s| (s.reply)(Reply::Failed(words.clone())));
            return false;
        }
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut open = Open { head: self.head, ..Open::default() };
            for submit in submits {
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
        open.answers.push((Box::new(move |reply| drop(tell.send(reply))), Reply::Done { seq: 0, made: Vec::new() }));
        self.close(open, now);
        match told.recv() {
            Ok(Reply::Failed(words)) => vec![Reply::Failed(words); count],
            _ => replies,
        }
    }

    fn make_sound(&mut self, now: At) -> Result<(), StoreError> {
        if self.sound { Ok(()) } else { self.reload(now) }
    }

    /// Memory as the ledger has it.
    fn reload(&mut self, now: At) -> Result<(), StoreError> {
        self.sound = false;
        self.state = self.ledger.hot()?;
        self.head = self.ledger.head();
        self.visitors.clear();
        self.wake = None;
        let mut needs = Needs::default();
        needs.keys.extend(self.belongings());
        self.bring_in(&Open::default(), needs)?;
        self.rights = Arc::new(rights(&self.state));
        self.links.settle(&self.state, now);
        self.publish.send_replace(Published { seq: self.head, at: now, rights: self.rights.clone() });
        self.sound = true;
        Ok(())
    }

    /// Cases and customers of the open interactions: they stay in memory.
    fn belongings(&self) -> BTreeSet<RowKey> {
        let mut keys = BTreeSet::new();
        for interaction in self.state.interactions() {
            keys.insert(RowKey { entity: Entity::Case, id: interaction.case.0 });
            if let Some(CustomerId(id)) = interaction.customer {
                keys.insert(RowKey { entity: Entity::Customer, id });
                keys.insert(RowKey { entity: Entity::Contacts, id });
            }
        }
        keys
    }

    fn decide(
        &mut self,
        open: &mut Open,
        actor: Actor,
        origin: &Origin,
        command: Option<&Command>,
        now: At,
    ) -> Result<Step, StoreError> {
        if let Some(step) = self.answered_before(open, origin, command.is_none())? {
            return Ok(step);
        }
        let (events, refusal) = match command {
            Some(command) => self.rule(open, actor, origin, command.clone(), now)?,
            None => (Vec::new(), None),
        };
        // Everything the events touch comes first: an error here leaves the state as it was.
        for event in &events {
            let needs = of_event(&self.state, event);
            self.bring_in(open, needs)?;
        }
        events.iter().for_each(|event| apply(&mut self.state, event));
        let rev = open.head + events.len() as Seq;
        let changes = self.state.take_changes(rev);
        self.note(open, &changes);
        open.head = rev;
        let made = made(&events);
        let cause = match origin {
            Origin::Desk { device, incarnation, n, hash, .. } => {
                open.numbers.insert((*device, *incarnation), *n);
                Cause::Desk { device: *device, incarnation: *incarnation, n: *n, hash: *hash }
            }
            // What a gateway was refused left nothing behind: it may try again with the same key.
            Origin::Gateway { key, idempotency, hash, answer } if refusal.is_none() => {
                open.requests.insert((*key, idempotency.clone()));
                let answer = answer(&made);
                Cause::Gateway { key: *key, idempotency: idempotency.clone(), hash: *hash, answer }
            }
            _ => Cause::Own,
        };
        let reply = match &refusal {
            None => Reply::Done { seq: rev, made },
            Some(refusal) => Reply::Refused { seq: rev, refusal: refusal.clone() },
        };
        if !events.is_empty() || cause != Cause::Own {
            open.entries.push(Entry { at: now, actor, cause, events, refusal, changes });
        }
        Ok(Step::Reply(reply))
    }

    /// What the rules say to a command, with everything they need brought into memory first.
    fn rule(
        &mut self,
        open: &mut Open,
        actor: Actor,
        origin: &Origin,
        mut command: Command,
        now: At,
    ) -> Result<(Vec<Event>, Option<Refusal>), StoreError> {
        self.resolve_hint(&mut command)?;
        let name = import_name(&command);
        let known = match &name {
            Some(name) => self.known(open, name)?,
            None => None,
        };
        let known_as = known.map(|id| resolve_import(&mut command, id));
        let needs = of_command(&self.state, &command);
        self.bring_in(open, needs)?;
        let at = instant(origin, &command, now);
        let decided = match known_as {
            Some(Err(refusal)) => Ok(Err(refusal)),
            _ => catch_unwind(AssertUnwindSafe(|| decide(&self.state, &command, actor, at))),
        };
        let (events, refusal) = match decided {
            Ok(Ok(events)) => (events, None),
            Ok(Err(refusal)) => (Vec::new(), Some(refusal)),
            Err(_) => {
                tracing::error!(?command, "the rules panicked on this command");
                let because = "the server stumbled over it; the fault is in its log";
                (Vec::new(), Some(Refusal::invalid("this", because)))
            }
        };
        if let (Some(name), Some(made)) = (name, made(&events).first()) {
            open.named.insert(name, made.id);
        }
        self.metrics.command(&command, refusal.as_ref());
        Ok((events, refusal))
    }

    /// The row an import would make again.
    fn known(&mut self, open: &Open, name: &(Entity, String)) -> Result<Option<u64>, StoreError> {
        match open.named.get(name) {
            Some(id) => Ok(Some(*id)),
            None => self.ledger.id_by_name(name.0, &name.1),
        }
    }

    /// The verdict a command already has, or why it cannot have one yet.
    fn answered_before(&mut self, open: &Open, origin: &Origin, skip: bool) -> Result<Option<Step>, StoreError> {
        match origin {
            Origin::Own => Ok(None),
            Origin::Gateway { key, idempotency, hash, .. } => {
                if open.requests.contains(&(*key, idempotency.clone())) {
                    return Ok(Some(Step::Defer));
                }
                Ok(self.ledger.gateway_answer(*key, idempotency)?.map(|(before, answer)| {
                    Step::Reply(if before == *hash { Reply::Repeat { answer } } else { Reply::Reused })
                }))
            }
            Origin::Desk { device, incarnation, n, hash, .. } => {
                let reply = match self.ledger.verdict(*device, *incarnation, *n)? {
                    Verdict::Answered { hash: before, .. } if before != *hash && !skip => Reply::Cloned,
                    Verdict::Answered { seq, refusal: Some(refusal), .. } => Reply::Refused { seq, refusal },
                    Verdict::Answered { seq, refusal: None, .. } => Reply::Done { seq, made: Vec::new() },
                    // Answered so long ago that the verdict itself was swept: it was done with then.
                    Verdict::New { last } if *n <= last => Reply::Done { seq: open.head, made: Vec::new() },
                    Verdict::New { last } => {
                        let here = open.numbers.get(&(*device, *incarnation)).copied().unwrap_or(0);
                        if *n <= here {
                            return Ok(Some(Step::Defer));
                        }
                        let last = last.max(here);
                        if *n == last + 1 {
                            return Ok(None);
                        }
                        Reply::Expect { n: last + 1 }
                    }
                };
                Ok(Some(Step::Reply(reply)))
            }
        }
    }

    /// Who a gateway's customer is: the first of reference, phone and e-mail that names exactly one.
    fn resolve_hint(&mut self, command: &mut Command) -> Result<(), StoreError> {
        let Command::OpenInteraction { hint, customer: customer @ None, case, .. } = command else { return Ok(()) };
        if case.is_some() {
            return Ok(());
        }
        let phone = hint.phone.as_deref().map(plain_phone);
        for identity in [hint.reference.as_deref(), phone.as_deref(), hint.email.as_deref()].into_iter().flatten() {
            if let [one] = self.ledger.customers_by_identity(identity.trim())?[..] {
                *customer = Some(CustomerId(one));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Brings rows into memory that are not there yet; a case brings its customer and its newest inbound message.
    fn bring_in(&mut self, open: &Open, needs: Needs) -> Result<(), StoreError> {
        let mut keys = needs.keys;
        while !keys.is_empty() {
            keys.retain(|key| self.is_missing(open, *key));
            keys.sort_unstable();
            keys.dedup();
            let rows = if keys.is_empty() { Vec::new() } else { self.ledger.rows(&keys)? };
            keys.clear();
            for row in rows {
                if let Row::Case(case) = &row {
                    keys.extend(case.customer.map(|c| RowKey { entity: Entity::Customer, id: c.0 }));
                    keys.extend(case.last_inbound.map(|m| RowKey { entity: Entity::Message, id: m.0 }));
                }
                self.visitors.insert(row.key());
                self.state.load(row);
            }
        }
        for (entity, parent) in needs.children {
            for row in self.ledger.children(entity, parent)? {
                if self.is_missing(open, row.key()) {
                    self.visitors.insert(row.key());
                    self.state.load(row);
                }
            }
        }
        Ok(())
    }

    fn is_missing(&self, open: &Open, key: RowKey) -> bool {
        let can_be = !is_hot(key.entity) || key.entity == Entity::Task;
        can_be && self.state.row(key).is_none() && !open.gone.contains(&key)
    }

    /// Remembers what a group changed: rows that are gone, and rows that need not stay in memory.
    fn note(&mut self, open: &mut Open, changes: &[Change]) {
        for change in changes {
            let key = change.key();
            match change {
                Change::Put { .. } => open.gone.remove(&key),
                Change::Forget { .. } => open.gone.insert(key),
            };
            if !is_hot(key.entity) || key.entity == Entity::Task {
                self.visitors.insert(key);
            }
        }
    }

    /// What router and timers say, until they have nothing to add.
    fn timers(&mut self, open: &mut Open, now: At) {
        self.more = false;
        for pass in 0..PASSES {
            let mut commands = self.links.due(now);
            if pass == 0 {
                commands.extend(self.cases_to_wake(now));
            }
            commands.extend(routing::due(&self.state, now));
            if commands.is_empty() {
                return;
            }
            let before = open.head;
            for command in commands {
                match self.decide(open, Actor::System, &Origin::Own, Some(&command), now) {
                    Ok(Step::Reply(Reply::Refused { refusal, .. })) => {
                        tracing::debug!(?command, ?refusal, "the desk refused itself");
                    }
                    Err(error) => tracing::warn!(%error, "a timer's rows could not be read"),
                    Ok(_) => {}
                }
            }
            if open.head == before {
                self.fruitless_until = now.plus(SECOND);
                return;
            }
        }
        self.more = true;
    }

    fn cases_to_wake(&mut self, now: At) -> Vec<Command> {
        if self.wake.is_some_and(|wake| wake.is_none_or(|at| at > now)) {
            return Vec::new();
        }
        let due = self.look_up_wake(now);
        due.into_iter().take(WAKES).map(|id| Command::WakeCase { case: CaseId(id) }).collect()
    }

    fn look_up_wake(&mut self, now: At) -> Vec<u64> {
        match self.ledger.snoozed_due(now) {
            Ok((due, next)) => {
                self.wake = Some(if due.is_empty() { next } else { Some(now) });
                due
            }
            Err(error) => {
                tracing::warn!(%error, "the sleeping cases could not be read");
                self.wake = Some(Some(now.plus(MINUTE)));
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
        answers.into_iter().for_each(|(answer, reply)| answer(reply));
        self.evict();
        true
    }

    fn publish(&mut self, head: Seq, now: At, entries: Vec<Entry>) {
        let changes: Arc<[Change]> = entries.into_iter().flat_map(|e| e.changes).collect();
        let touched = |kinds: &[Entity]| changes.iter().any(|c| kinds.contains(&c.key().entity));
        if touched(&[Entity::Agent, Entity::Queue, Entity::Team]) {
            self.rights = Arc::new(rights(&self.state));
        }
        if touched(&[Entity::Case]) {
            self.wake = None;
        }
        let from = std::mem::replace(&mut self.head, head);
        // Rights first: whoever sees a commit must find the rights that hold at it.
        self.publish.send_replace(Published { seq: head, at: now, rights: self.rights.clone() });
        // No session yet is no fault.
        self.commits.send(Commit { from, to: head, at: now, changes }).ok();
        self.metrics.committed(head);
    }

    /// Lets go of rows that nothing open needs.
    fn evict(&mut self) {
        let keep = self.belongings();
        let state = &mut self.state;
        self.visitors.retain(|key| {
            let stays = match key.entity {
                Entity::Task => state.task(crate::domain::ids::TaskId(key.id)).is_some_and(|t| t.done.is_none()),
                _ => keep.contains(key),
            };
            if !stays {
                state.unload(*key);
            }
            stays
        });
    }

    /// Tells the metrics how long a round with its transaction took.
    pub fn observe_commit(&self, ms: u64) {
        self.metrics.commit_took(ms);
    }
}

fn rights(state: &State) -> Rights {
    state.agents().filter(|a| a.active).map(|a| (a.id, permit::scopes(state, a).into())).collect()
}

/// The instant a command counts from: the key press for work done at the desk, now for everything that only the
/// server can time (claims, offers, presence) or that starts somebody else's clock.
fn instant(origin: &Origin, command: &Command, now: At) -> At {
    let done_at_the_desk = matches!(
        command,
        Command::Hold { .. }
            | Command::Resume { .. }
            | Command::EndContact { .. }
            | Command::WrapUp { .. }
            | Command::AddNote { .. }
            | Command::SendReply { .. }
            | Command::CompleteTask { .. }
            | Command::EditTags { .. }
            | Command::SetStatus { .. }
            | Command::Snooze { .. }
    );
    match origin {
        Origin::Desk { pressed, .. } if done_at_the_desk => (*pressed).min(now),
        _ => now,
    }
}

/// An import meets a row of the same name: customers and articles are brought up to date, a case is history and
/// comes in once.
fn resolve_import(command: &mut Command, id: u64) -> Result<(), Refusal> {
    match command {
        Command::ImportCustomer { customer, contacts } => {
            customer.id = CustomerId(id);
            contacts.id = CustomerId(id);
            Ok(())
        }
        Command::ImportArticle { head, .. } => {
            head.id = ArticleId(id);
            Ok(())
        }
        Command::ImportCase { case, .. } => Err(Refusal::Exists { what: format!("the case {}", case.reference) }),
        _ => Ok(()),
    }
}

/// A phone number as people and gateways write it, cut to `+` and digits; `00` in front is `+`.
fn plain_phone(text: &str) -> String {
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    match kept.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => kept,
    }
}
