//! From the ledger to the channels: every answer of an agent, in the ledger's order, and every turn of a contact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::{Channels, key_of};
use crate::channel::{Answered, Channel};
use crate::domain::Event;
use crate::domain::ids::{AgentId, CaseId, InteractionId, MessageId, Seq};
use crate::domain::mail::Recipients;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::scope::Scope;
use crate::domain::work::{Author, Case, Kind, Message};
use crate::server::Hub;
use crate::store::ledger::Entered;
use crate::store::outside::Outside;
use crate::wire::frame::Look;

/// Events read at once.
const MOST: usize = 256;
/// Events without an answer after which the place is written down all the same.
const UNWRITTEN: Seq = 1_000;
/// After a fault it is tried again: first after this, then after twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// Hands what happens to the channels until it is told to stop.
pub async fn follow(hub: Arc<Hub>, outside: Arc<Outside>, channels: Channels, mut stop: watch::Receiver<bool>) {
    let mut head = hub.core.published();
    let mut pause = FIRST;
    let mut place = None;
    loop {
        match catch_up(&hub, &outside, &channels, &mut place).await {
            Ok(()) => pause = FIRST,
            Err(words) => {
                tracing::warn!("answers to customers wait: {words}");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
                pause = (pause * 2).min(LONGEST);
                continue;
            }
        }
        tokio::select! {
            changed = head.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// How far the ledger was read, and how far it is written down that it was. What is between the two held no answer.
#[derive(Clone, Copy)]
struct Place {
    read: Seq,
    written: Seq,
}

/// Hands on everything there is.
async fn catch_up(
    hub: &Arc<Hub>,
    outside: &Arc<Outside>,
    channels: &Channels,
    place: &mut Option<Place>,
) -> Result<(), String> {
    let epoch = hub.core.epoch();
    let place = match place {
        Some(place) => place,
        None => place.insert(begin(hub, outside, epoch).await?),
    };
    loop {
        let from = place.read;
        let read = hub.readers.with(move |reader| reader.events(from, MOST)).await;
        let events = read.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        if events.is_empty() {
            return Ok(());
        }
        let (to, sent, went) = hand_on(hub, channels, from, events).await;
        place.read = to;
        // What was kept before a fault is not offered again because of it; what held no answer can be read again.
        if sent || to - place.written >= UNWRITTEN {
            let store = outside.clone();
            blocking(move || store.set_read_to(epoch, to).map_err(|e| e.to_string())).await?;
            place.written = to;
        }
        went?;
    }
}

/// Where it was written down that reading goes on.
async fn begin(hub: &Arc<Hub>, outside: &Arc<Outside>, epoch: u64) -> Result<Place, String> {
    let store = outside.clone();
    let known = blocking(move || store.read_to().map_err(|e| e.to_string())).await?;
    let seq = match known {
        Some((known, seq)) if known == epoch => seq,
        // Nothing was read of this ledger yet: what was said before there were channels went out another way.
        known => {
            let head = hub.core.run(|inside| inside.state.next_id(Entity::Message, 0).saturating_sub(1));
            let (last, seq) = (head.await.map_err(|e| e.to_string())?, hub.core.published().borrow().seq);
            let store = outside.clone();
            let begin = move || match known {
                // An earlier copy of the ledger was put back.
                Some(_) => store.adopt(epoch, seq, MessageId(last)),
                None => store.set_read_to(epoch, seq),
            };
            blocking(move || begin().map_err(|e| e.to_string())).await?;
            seq
        }
    };
    Ok(Place { read: seq, written: seq })
}

/// Hands events on in their order; how far it came, and whether there was an answer among them.
async fn hand_on(
    hub: &Arc<Hub>,
    channels: &Channels,
    from: Seq,
    events: Vec<Entered>,
) -> (Seq, bool, Result<(), String>) {
    let (mut reached, mut sent, mut went) = (from, false, Ok(()));
    let mut turned: Vec<InteractionId> = Vec::new();
    for entered in events {
        if let Event::MessageAdded { message, to } = &entered.event
            && matches!(message.author, Author::Agent(_))
            && message.kind == Kind::Message
        {
            went = send(hub, channels, message.as_ref().clone(), to.as_deref().cloned(), entered.seq).await;
            if went.is_err() {
                break;
            }
            sent = true;
        }
        turned.extend(turn(&entered.event));
        reached = entered.seq;
    }
    turned.sort_unstable();
    turned.dedup();
    for interaction in turned {
        channels.iter().for_each(|channel| channel.turned(interaction));
    }
    (reached, sent, went)
}

/// Hands an answer to the first channel of its kind that knows the case.
async fn send(
    hub: &Arc<Hub>,
    channels: &Channels,
    message: Message,
    to: Option<Recipients>,
    seq: Seq,
) -> Result<(), String> {
    let ours: Vec<Arc<dyn Channel>> = channels.iter().filter(|c| c.kind() == message.channel).cloned().collect();
    if ours.is_empty() {
        return Ok(());
    }
    let Some(case) = cases(hub, vec![message.case]).await?.pop() else {
        tracing::warn!(case = message.case.0, seq, "an answer on a case that is not there any more was not sent");
        return Ok(());
    };
    let mut held = held_by(hub, &case).await?;
    held.extend(split_from(hub, &case).await?);
    blocking(move || offer(&ours, Answered { message: &message, case: &case, held: &held, to: to.as_ref() })).await
}

async fn cases(hub: &Arc<Hub>, ids: Vec<CaseId>) -> Result<Vec<Case>, String> {
    let keys: Vec<RowKey> = ids.into_iter().map(|id| key_of(Entity::Case, id.0)).collect();
    let read = hub.readers.with(move |reader| reader.stored(&keys)).await;
    let rows = read.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    let rows = rows.iter().filter_map(|row| Row::decode(row.key.entity, &row.body));
    Ok(rows.filter_map(|row| if let Row::Case(case) = row { Some(case) } else { None }).collect())
}

/// The cases that became part of one, and those that had become part of them; the newest first.
async fn held_by(hub: &Arc<Hub>, case: &Case) -> Result<Vec<CaseId>, String> {
    let (mut held, mut next) = (case.ties.holds.clone(), case.ties.holds.clone());
    while !next.is_empty() && held.len() < MOST {
        let found = cases(hub, next).await?;
        next = found.into_iter().flat_map(|c| c.ties.holds).filter(|id| !held.contains(id)).collect();
        held.extend(&next);
    }
    held.sort_unstable();
    held.reverse();
    Ok(held)
}

/// The case that one was split off, and the one that that was split off: its customer is reached as there.
async fn split_from(hub: &Arc<Hub>, case: &Case) -> Result<Vec<CaseId>, String> {
    let (mut from, mut next) = (Vec::new(), case.ties.split_from);
    while let Some(id) = next.filter(|id| !from.contains(id) && from.len() < MOST) {
        from.push(id);
        next = cases(hub, vec![id]).await?.pop().and_then(|c| c.ties.split_from);
    }
    Ok(from)
}

fn offer(channels: &[Arc<dyn Channel>], answer: Answered<'_>) -> Result<(), String> {
    for channel in channels {
        if channel.send(answer)? {
            return Ok(());
        }
    }
    tracing::debug!(case = answer.case.id.0, "no channel here knows the case; its gateway does");
    Ok(())
}

/// The interaction that an event is about, as far as its customer may notice.
fn turn(event: &Event) -> Option<InteractionId> {
    match event {
        Event::InteractionOpened { interaction, .. } => Some(interaction.id),
        Event::OfferAccepted { interaction, .. }
        | Event::Requeued { interaction, .. }
        | Event::PhaseChanged { interaction, .. }
        | Event::CustomerLeft { interaction, .. }
        | Event::InteractionAbandoned { interaction, .. }
        | Event::HandedOver { interaction, .. }
        | Event::ConsultAsked { interaction, .. }
        | Event::ConsultEnded { interaction, .. }
        | Event::FlowedOut { interaction, .. } => Some(*interaction),
        Event::WrappedUp { wrap_up } | Event::LegEnded { wrap_up } => Some(wrap_up.interaction),
        _ => None,
    }
}

/// Tells the channels who has which case open, and who writes an answer, until it is told to stop.
pub async fn watch_looks(hub: Arc<Hub>, channels: Channels, mut stop: watch::Receiver<bool>) {
    let mut news = hub.looks.news();
    let mut told: BTreeMap<CaseId, Vec<(AgentId, Look)>> = BTreeMap::new();
    loop {
        let heard = tokio::select! {
            heard = news.recv() => heard,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let cases: Vec<(CaseId, Scope)> = match heard {
            Ok(one) => vec![one],
            Err(RecvError::Lagged(_)) => hub.looks.cases(),
            Err(RecvError::Closed) => return,
        };
        for (case, scope) in cases {
            let who = hub.looks.who(case, scope, AgentId(0));
            let before = if who.is_empty() { told.remove(&case) } else { told.insert(case, who.clone()) };
            if before.unwrap_or_default() == who {
                continue;
            }
            let writer = who.iter().find(|(_, look)| *look == Look::Writing).map(|(agent, _)| *agent);
            let name = match writer {
                Some(id) => hub.core.run(move |inside| inside.state.agent(id).map(|a| a.name.clone())).await,
                None => Ok(None),
            };
            let (name, who) = (name.ok().flatten(), who.into_iter().map(|(agent, _)| agent).collect::<Vec<_>>());
            channels.iter().for_each(|channel| channel.looks(case, &who, name.as_deref()));
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|_| "the server is stopping".to_owned())?
}
