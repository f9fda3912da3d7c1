//! What must hold: on the way, at rest, and once everything is over. Every sentence says what it guards.

use std::collections::{BTreeMap, BTreeSet};

use super::agent::{tokens, words};
use super::flaw::Flaw;
use super::net::Skew;
use super::world::World;
use crate::app::port::{LinkState, OutboxState};
use crate::desk::stepped::Stepped;
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, CaseId, InteractionId, MessageId};
use crate::domain::permit;
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::scope::Scope;
use crate::domain::time::DAY;
use crate::domain::work::{Author, Kind};
use crate::domain::{Actor, Command};
use crate::store::cache::{Cache, Residue};
use crate::store::ledger::{StoredRow, Verdict};
use crate::store::outbox::State;
use crate::wire::frame::QUIET_DOWN_MS;

/// A desk says what it knows within a step, ms.
const STEP_MS: u64 = 1_000;
/// Not at rest, and no fault by itself.
pub const UNDER_WAY: &str = "messages are under way";

/// In the middle of everything.
pub fn on_the_way(world: &mut World) -> Result<(), String> {
    let skews: Vec<Skew> = world.sky.lock().weather.iter().map(|weather| weather.skew).collect();
    for (computer, skew) in world.computers.iter_mut().zip(skews) {
        let number = computer.number;
        // Who cannot speak with the server is told so in words, and what to do.
        let said = computer.words.contains("install a newer cordboard");
        if skew != Skew::None && (computer.link == LinkState::Live || (computer.link == LinkState::Refused && !said)) {
            return Err(format!("desk {number} ({skew:?}) is {:?}: {:?}", computer.link, computer.words));
        }
        let Some(process) = &mut computer.process else { continue };
        // The machine never claims more than the cache holds.
        let there = process.cache().map(|cache| (cache.cursors().live, cache.cursors().deep));
        let [live, deep] = process.cursors();
        if let Some((cache_live, cache_deep)) = there
            && (live > cache_live || deep > cache_deep)
        {
            return Err(format!("desk {number} claims {live}, {deep}; its cache holds {cache_live}, {cache_deep}"));
        }
    }
    seen(world)
}

/// A desk that has just looked at its clocks says that it is live only if it heard something lately: as often as the
/// server promises to speak, and then as long as the length of the line excuses.
pub fn not_stale(world: &World, n: usize) -> Result<(), String> {
    let computer = &world.computers[n];
    let patience = computer.process.as_ref().map_or(0, Stepped::patience) + STEP_MS;
    let silent = world.time.now() - computer.heard;
    if computer.link == LinkState::Live && silent > QUIET_DOWN_MS + patience {
        return Err(format!("desk {n} says it is live and has heard nothing for {} s", silent / 1_000));
    }
    Ok(())
}

/// What a desk says it has seen it has: whatever it has not is newer than the age it shows.
fn seen(world: &mut World) -> Result<(), String> {
    if world.house.clock.was_set() {
        // What happened later then bears an earlier time.
        return Ok(());
    }
    let epoch = world.house.running.as_ref().map(|(hub, _)| hub.core.epoch());
    for n in 0..world.computers.len() {
        let computer = &world.computers[n];
        let cache = computer.process.as_ref().and_then(|p| p.cache()).map(|cache| cache.cursors().epoch);
        let Some((at, seq)) = computer.seen.filter(|_| cache.is_some() && cache == epoch) else { continue };
        let next = world.house.look(move |inside| {
            let mut reader = inside.ledger.reader()?;
            Ok::<_, crate::store::StoreError>(reader.events(seq, 1)?.pop().map(|event| (event.seq, event.at)))
        });
        if let Some(Ok(Some((missing, happened)))) = next
            && happened < at
        {
            let age = at.since(happened);
            return Err(format!(
                "desk {n} says it has seen everything up to {at:?}, and lacks event {missing}, {age} ms older"
            ));
        }
    }
    Ok(())
}

/// Whether everything has arrived everywhere.
pub fn at_rest(world: &mut World) -> Result<(), String> {
    if !world.sky.lock().idle() {
        return Err(UNDER_WAY.into());
    }
    for computer in &mut world.computers {
        let (number, link) = (computer.number, computer.link);
        let Some(process) = &mut computer.process else { return Err(format!("desk {number} is not running")) };
        if !process.linked() || !process.quiet() {
            return Err(format!("desk {number} is not quiet: {link:?}, cursors {:?}", process.cursors()));
        }
        let waiting = process.outbox().unanswered().map_err(|e| e.to_string())?;
        if let Some(item) = waiting.iter().find(|item| item.state != State::Doubtful) {
            return Err(format!("desk {number} still has {:?} of {} in its outbox", item.command, waiting.len()));
        }
    }
    convergence(world)
}

/// What every desk may hold, as the server has it at this seq.
pub struct Allowed {
    head: u64,
    rows: Vec<BTreeMap<RowKey, StoredRow>>,
}

/// Reads what every desk may hold, unless that is known already.
fn allowed(world: &mut World) -> Result<Allowed, String> {
    let head = world.head();
    if let Some(known) = world.allowed.take().filter(|known| known.head == head) {
        return Ok(known);
    }
    let agents: Vec<AgentId> = world.computers.iter().map(|c| c.me).collect();
    let rows = world.house.look(move |inside| {
        let mut reader = inside.ledger.reader()?;
        let mut all = Vec::new();
        for agent in agents {
            let scopes = inside.state.agent(agent).map(|a| permit::scopes(inside.state, a)).unwrap_or_default();
            let mut mine = BTreeMap::new();
            for scope in scopes {
                for entity in Entity::ALL.iter().filter(|e| crate::server::session::parts::lives_in(**e, scope)) {
                    for row in reader.part(scope, *entity, 0, usize::MAX)?.1 {
                        mine.insert(row.key, row);
                    }
                }
            }
            all.push(mine);
        }
        Ok::<_, crate::store::StoreError>(all)
    });
    let rows = rows.ok_or("the server is not running")?.map_err(|e| e.to_string())?;
    Ok(Allowed { head, rows })
}

/// Every cache is the server's rows of the agent's scopes, byte for byte: nothing is missing, nothing is stale,
/// nothing is left of what was revoked.
fn convergence(world: &mut World) -> Result<(), String> {
    let allowed = allowed(world)?;
    let converged = compare(world, &allowed.rows);
    world.allowed = Some(allowed);
    converged
}

fn compare(world: &World, rows: &[BTreeMap<RowKey, StoredRow>]) -> Result<(), String> {
    for (computer, there) in world.computers.iter().zip(rows) {
        let number = computer.number;
        let Some(cache) = computer.process.as_ref().and_then(|p| p.cache()) else {
            return Err(format!("desk {number} has no cache"));
        };
        let here: BTreeMap<RowKey, StoredRow> =
            cache.every_row().map_err(|e| e.to_string())?.into_iter().map(|row| (row.key, row)).collect();
        let tell = |row: Option<&StoredRow>| {
            row.map_or("nothing".into(), |r| format!("revision {} in {:?}, {} bytes", r.rev, r.scope, r.body.len()))
        };
        // What others said may be known to be there and come when it is read.
        let absent = |row: &StoredRow, same: &StoredRow| {
            row.key.entity == Entity::Message && row.body.is_empty() && (row.scope, row.rev) == (same.scope, same.rev)
        };
        let same = |row: &StoredRow| there.get(&row.key).is_some_and(|s| s == row || absent(row, s));
        if let Some((key, row)) = here.iter().find(|(_, row)| !same(row)) {
            let (RowKey { entity, id }, server) = (key, tell(there.get(key)));
            return Err(format!("desk {number} holds {entity:?} {id} as {}, the server has {server}", tell(Some(row))));
        }
        if let Some((key, row)) = there.iter().find(|(key, _)| !here.contains_key(key)) {
            let RowKey { entity, id } = key;
            return Err(format!("desk {number} lacks {entity:?} {id}; the server has {}", tell(Some(row))));
        }
    }
    Ok(())
}

/// Once everything is at rest.
pub fn afterwards(world: &mut World) -> Result<(), String> {
    // Replaying everything takes as long as all that came before: every sixteenth seed will do.
    if world.plan.seed.is_multiple_of(16) {
        let faults = world.house.look(|inside| inside.ledger.verify()).ok_or("the server is not running")?;
        if let Some(fault) = faults.map_err(|e| e.to_string())?.faults.first() {
            return Err(format!("the ledger's rows do not follow from its events: {fault}"));
        }
    }
    let (events, messages, cases) = read(world)?;
    fates(world, &messages, &cases)?;
    ownership(&events)?;
    replies(world, &events)?;
    wrap_ups(world)?;
    remnants(world, &messages)
}

struct Said {
    scope: Scope,
    of: (usize, u64),
}

type Read = (Vec<(Actor, Event)>, Vec<Said>, BTreeSet<CaseId>);

/// The ledger's events, every message with words of an agent, and every case.
fn read(world: &mut World) -> Result<Read, String> {
    let read = world.house.look(|inside| {
        let mut reader = inside.ledger.reader()?;
        let events = reader.events(0, usize::MAX >> 1)?.into_iter().map(|e| (e.actor, e.event)).collect();
        let mut said = Vec::new();
        for row in reader.page(Entity::Message, 0, usize::MAX >> 1)? {
            let scope = row.scope();
            if let Row::Message(message) = row {
                said.extend(tokens(message.body.as_bytes()).into_iter().map(|of| Said { scope, of }));
            }
        }
        let cases = reader.page(Entity::Case, 0, usize::MAX >> 1)?.into_iter().map(|row| CaseId(row.id())).collect();
        Ok::<_, crate::store::StoreError>((events, said, cases))
    });
    read.ok_or("the server is not running")?.map_err(|e| e.to_string())
}

/// Every command that was stored has one effect or one refusal, and the agent was told which; none is doubled, and
/// one desk's commands keep their order.
fn fates(world: &mut World, messages: &[Said], cases: &BTreeSet<CaseId>) -> Result<(), String> {
    let mut effects: BTreeMap<(usize, u64), u32> = BTreeMap::new();
    for said in messages {
        *effects.entry(said.of).or_default() += 1;
    }
    if let Some(((desk, token), count)) = effects.iter().find(|(_, count)| **count > 1) {
        return Err(format!("command #{token} of desk {desk} was carried out {count} times"));
    }
    for computer in &mut world.computers {
        let desk = computer.number;
        let Some(process) = &mut computer.process else { continue };
        let items = process.outbox().every_item().map_err(|e| e.to_string())?;
        let incarnation = process.outbox().incarnation();
        let device = world.house.devices[desk].id;
        let items: BTreeMap<u64, _> = items.into_iter().map(|item| (item.key, item)).collect();
        for (token, given) in &computer.given {
            let written = tokens(format!("{:?}", given.command).as_bytes()).contains(&(desk, *token));
            let effect = effects.contains_key(&(desk, *token));
            let what = format!("command #{token} of desk {desk} ({})", super::agent::short(&given.command));
            let Some(key) = given.key else {
                // The process died before it could say so; it is stored or it is not, but it is not done unstored.
                if effect && given.not_queued {
                    return Err(format!("{what} was refused here and carried out there"));
                }
                continue;
            };
            let told = computer.verdicts.get(&key);
            let Some(item) = items.get(&key) else {
                // What was answered may go; what was not is lost, and so is what was done in another life.
                match told {
                    Some(OutboxState::Done { .. }) if effect || !written => continue,
                    Some(OutboxState::Refused(_)) if !effect => continue,
                    _ => return Err(format!("{what} is lost: told {told:?}, effect {effect}")),
                }
            };
            let done = match &item.state {
                State::Done { .. } => true,
                State::Refused(_) => false,
                other => return Err(format!("{what} is {other:?}")),
            };
            if written && item.command == given.command && done != effect {
                return Err(format!("{what}: done here {done}, effect there {effect}"));
            }
            let lost = |r: &Refusal| {
                matches!(
                    r,
                    Refusal::Gone { .. } | Refusal::Lost { .. } | Refusal::Taken { .. } | Refusal::WrongPhase { .. }
                )
            };
            // A case that a restored server never heard of takes nothing; all others take it, however late.
            let known = given.command.case().is_some_and(|case| cases.contains(&case));
            let late = matches!(given.command, Command::WrapUp { .. }) && known;
            if late && matches!(&item.state, State::Refused(r) if lost(r)) {
                return Err(format!("{what} came late and was refused: {:?}", item.state));
            }
            let agrees = match told {
                // An earlier process was told, or it was answered before anyone listened.
                None | Some(OutboxState::Waiting | OutboxState::Held { .. } | OutboxState::Withdrawn) => true,
                Some(OutboxState::Done { .. }) => done,
                Some(OutboxState::Refused(_)) => !done,
                Some(OutboxState::Doubtful | OutboxState::Lapsed) => false,
            };
            if !agrees {
                return Err(format!("{what}: the agent was told {told:?}, the outbox says {:?}", item.state));
            }
            let here = matches!(&item.state, State::Refused(Refusal::NeedsLink));
            if let Some(n) = item.n.filter(|_| !here && world.flaw == Flaw::None) {
                let verdict = world.house.look(move |i| i.ledger.verdict(device, incarnation, n));
                match verdict {
                    Some(Ok(Verdict::Answered { refusal, .. })) if refusal.is_none() == done => {}
                    other => return Err(format!("{what} is {:?} here and {other:?} there", item.state)),
                }
            }
        }
    }
    for (desk, token) in effects.keys() {
        let known = world.computers.iter().any(|c| c.number == *desk && c.given.contains_key(token));
        if !known {
            return Err(format!("{} was never said", words(*desk, *token)));
        }
    }
    Ok(())
}

/// One owner per contact and epoch: two agents never both have it.
fn ownership(events: &[(Actor, Event)]) -> Result<(), String> {
    let mut owner: BTreeMap<InteractionId, AgentId> = BTreeMap::new();
    for (_, event) in events {
        match event {
            Event::OfferAccepted { interaction, by, .. } => {
                if let Some(other) = owner.insert(*interaction, *by).filter(|other| other != by) {
                    return Err(format!("contact {interaction} was {other}'s and became {by}'s without leaving"));
                }
            }
            Event::Requeued { interaction, .. } => drop(owner.remove(interaction)),
            // A wrap-up ends a contact only for its owner, in the epoch they had it in.
            Event::WrappedUp { wrap_up } if !wrap_up.late => {
                if let Some(other) = owner.get(&wrap_up.interaction).filter(|o| **o != wrap_up.agent) {
                    return Err(format!(
                        "{} wrapped up contact {}, which is {other}'s",
                        wrap_up.agent, wrap_up.interaction
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The guard of stale replies: what was written without the customer's newest words was not sent, unless its agent
/// said to send it anyway.
fn replies(world: &World, events: &[(Actor, Event)]) -> Result<(), String> {
    let mut newest: BTreeMap<CaseId, MessageId> = BTreeMap::new();
    for (_, event) in events {
        let Event::MessageAdded { message, .. } = event else { continue };
        if (message.author, message.kind) == (Author::Customer, Kind::Message) {
            newest.insert(message.case, message.id);
        }
        for (desk, token) in tokens(message.body.as_bytes()) {
            let given = world.computers.iter().find(|c| c.number == desk).and_then(|c| c.given.get(&token));
            let Some(Command::SendReply { case, base, anyway: false, .. }) = given.map(|g| &g.command) else {
                continue;
            };
            let unseen = newest.get(case).filter(|newest| base.is_none_or(|base| base < **newest));
            if let Some(unseen) = unseen {
                return Err(format!(
                    "reply #{token} of desk {desk} was sent though message {unseen} had come in: it was written after {base:?}"
                ));
            }
        }
    }
    Ok(())
}

/// Fencing: a wrap-up is stored for the contact and the epoch its agent had, and under their name.
fn wrap_ups(world: &mut World) -> Result<(), String> {
    let rows = world.house.look(|inside| {
        let mut reader = inside.ledger.reader()?;
        let mut found = Vec::new();
        for row in reader.page(Entity::WrapUp, 0, usize::MAX >> 1)? {
            if let Row::WrapUp(wrap_up) = row {
                let note = wrap_up.note.map(|id| RowKey { entity: Entity::Message, id: id.0 });
                let note = note.map(|key| inside.ledger.rows(&[key])).transpose()?.and_then(|mut rows| rows.pop());
                if let Some(Row::Message(message)) = note {
                    found.push((wrap_up, tokens(message.body.as_bytes())));
                }
            }
        }
        Ok::<_, crate::store::StoreError>(found)
    });
    let rows = rows.ok_or("the server is not running")?.map_err(|e| e.to_string())?;
    for (row, of) in rows {
        for (desk, token) in of {
            let given = world.computers.iter().find(|c| c.number == desk).and_then(|c| c.given.get(&token));
            let Some(Command::WrapUp { interaction, epoch, .. }) = given.map(|g| &g.command) else { continue };
            let me = AgentId(desk as u64 + 1);
            if (row.interaction, row.epoch, row.agent) != (*interaction, *epoch, me) {
                let (i, e, a) = (row.interaction, row.epoch, row.agent);
                return Err(format!(
                    "wrap-up #{token} of {me} on contact {interaction} epoch {epoch} counts for {a} on {i} epoch {e}"
                ));
            }
        }
    }
    Ok(())
}

/// No row of what an agent may not see is in the files of their desk, unless they typed it there themselves.
fn remnants(world: &mut World, messages: &[Said]) -> Result<(), String> {
    let agents: Vec<AgentId> = world.computers.iter().map(|c| c.me).collect();
    let scopes = world.house.look(move |inside| {
        let of =
            |agent: &AgentId| inside.state.agent(*agent).map(|a| permit::scopes(inside.state, a)).unwrap_or_default();
        agents.iter().map(of).collect::<Vec<_>>()
    });
    let Some(scopes) = scopes else { return Err("the server is not running".into()) };
    world.time.pass(DAY as u64);
    for (computer, scopes) in world.computers.iter_mut().zip(scopes) {
        // What left in the course of the work has a day's time; what was taken away has none.
        let residue = computer.process.as_ref().and_then(|p| p.cache()).map(Cache::residue);
        match residue {
            Some(Residue::None) => {}
            Some(Residue::Left) => drop(computer.step(64, &world.dice)),
            other => return Err(format!("desk {} has not tidied up: {other:?}", computer.number)),
        }
        computer.close();
        let hidden = |of: &(usize, u64)| messages.iter().any(|m| m.of == *of && !scopes.contains(&m.scope));
        for file in ["cache.db", "cache.db-wal", "cache.db.aside"] {
            let Ok(bytes) = std::fs::read(computer.files().join(file)) else { continue };
            if let Some((desk, token)) = tokens(&bytes).iter().find(|of| of.0 != computer.number && hidden(of)) {
                let number = computer.number;
                return Err(format!(
                    "words of command #{token} of desk {desk} are in {file} of desk {number}, whose agent may not see them"
                ));
            }
        }
    }
    Ok(())
}
