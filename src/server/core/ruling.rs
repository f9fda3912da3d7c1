//! One command: whether it was answered before, what the rules say, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::command::CustomerHint;
use crate::domain::identity::{Phone, phone};
use crate::domain::ids::{ArticleId, CustomerId, DeviceId, KeyId, Seq};
use crate::domain::proof::{Clue, Proof, recognise};
use crate::domain::row::{Entity, RowKey};
use crate::domain::time::At;
use crate::domain::{Actor, Command, Event, Refusal, apply};
use crate::store::StoreError;
use crate::store::ledger::{Cause, Entry, Verdict};

use super::group::Desk;
use super::needs::{Needs, import_name, made, of_command, of_event, of_people, of_root, of_split};
use super::request::{Answer, Origin, Reply};

/// A group being decided.
#[derive(Default)]
pub(super) struct Open {
    pub head: Seq,
    pub entries: Vec<Entry>,
    pub answers: Vec<(Answer<Reply>, Reply)>,
    pub numbers: BTreeMap<(DeviceId, u64), u64>,
    pub requests: BTreeSet<(KeyId, String)>,
    /// Rows removed by this group; the ledger still has them.
    pub gone: BTreeSet<RowKey>,
    /// Imported rows by name; the ledger does not know them yet.
    pub named: BTreeMap<(Entity, String), u64>,
    /// Customers this group made for callers whom nobody knew, by what they are recognised by.
    pub callers: BTreeMap<(Clue, String), u64>,
}

/// What deciding came to.
pub(super) enum Step {
    Reply(Reply),
    /// The same command is in this very group.
    Defer,
}

impl Desk {
    pub(super) fn decide(
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
        for event in &events {
            apply(&mut self.state, event);
        }
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
            None => Reply::Done { seq: rev, made, fresh: !events.is_empty() },
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
        self.resolve_hint(open, &mut command)?;
        let name = import_name(&command);
        let known = match &name {
            Some(name) => self.known(open, name)?,
            None => None,
        };
        let known_as = known.map(|id| resolve_import(&mut command, id));
        let needs = of_command(&self.state, &command);
        self.bring_in(open, needs)?;
        // A merged case names the next one; the last of them is the one that counts.
        let mut known = command.case();
        while let Some(root) = command.case().map(|c| self.state.root(c)).filter(|root| known != Some(*root)) {
            known = Some(root);
            self.bring_in(open, of_root(&command, root))?;
        }
        let needs = of_split(&self.state, &command);
        self.bring_in(open, needs)?;
        let needs = of_people(&self.state, &command);
        self.bring_in(open, needs)?;
        let at = instant(origin, &command, now);
        let decided = match known_as {
            Some(Err(refusal)) => Ok(Err(refusal)),
            _ => catch_unwind(AssertUnwindSafe(|| (self.rules)(&self.state, &command, actor, at))),
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
        if let Command::OpenInteraction { hint, .. } = &command
            && let Some(newcomer) = made(&events).iter().find(|key| key.entity == Entity::Customer)
        {
            // A reference that was only said is not theirs.
            let theirs = |clue: Clue| clue != Clue::Reference || hint.proof > Proof::Said;
            let theirs = identities(hint).into_iter().filter(|(clue, _)| theirs(*clue));
            open.callers.extend(theirs.map(|by| (by, newcomer.id)));
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
                    Verdict::Answered { seq, refusal: None, .. } => Reply::Done { seq, made: Vec::new(), fresh: false },
                    // Answered so long ago that the verdict itself was swept: it was done with then.
                    Verdict::New { last } if *n <= last => {
                        Reply::Done { seq: open.head, made: Vec::new(), fresh: false }
                    }
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

    /// Who a gateway's customer is, see [`recognise`]. When it is not certain, what they gave is taken out, so that
    /// nobody is made anew who is known already.
    fn resolve_hint(&mut self, open: &Open, command: &mut Command) -> Result<(), StoreError> {
        let Command::OpenInteraction { hint, customer: customer @ None, case: None, maybe, .. } = command else {
            return Ok(());
        };
        let mut found = Vec::new();
        for (clue, identity) in identities(hint) {
            let known: BTreeSet<u64> = self.ledger.customers_by_identity(clue, &identity)?.into_iter().collect();
            let met = open.callers.get(&(clue, identity)).copied();
            let mut known: Vec<CustomerId> = known.into_iter().chain(met).map(CustomerId).collect();
            // Those who are one person are one, however many have the number.
            let keys = known.iter().map(|id| RowKey { entity: Entity::Customer, id: id.0 }).collect();
            self.bring_in(open, Needs { keys, ..Needs::default() })?;
            known.iter_mut().for_each(|id| *id = self.state.customer_root(*id));
            known.sort_unstable();
            known.dedup();
            found.push((clue, known));
        }
        let who = recognise(hint.proof, &found);
        (*customer, *maybe, hint.clue) = (who.customer, who.maybe, who.clue);
        if !maybe.is_empty() {
            *hint =
                CustomerHint { name: hint.name.take(), proof: hint.proof, clue: hint.clue, ..CustomerHint::default() };
        }
        Ok(())
    }
}

/// What a gateway says a customer can be recognised by, as the ledger compares it.
fn identities(hint: &CustomerHint) -> Vec<(Clue, String)> {
    let number = hint.phone.as_deref().and_then(|text| match phone(text, None) {
        Phone::Good(number) => Some(number),
        Phone::National(_) | Phone::Bad(_) => None,
    });
    let other = |text: &Option<String>| text.as_deref().map(|t| t.trim().to_lowercase());
    let given =
        [(Clue::Reference, other(&hint.reference)), (Clue::Number, number), (Clue::Address, other(&hint.email))];
    given.into_iter().filter_map(|(clue, given)| Some((clue, given.filter(|i| !i.is_empty())?))).collect()
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
            | Command::LeaveWrapUp { .. }
            | Command::TakeMoreTime { .. }
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
