//! Many desks on one server, some of which do not read: nobody waits for them, and nothing piles up for them.

use super::*;
use crate::domain::ids::Seq;
use crate::server::core::ring::KEPT;
use crate::wire::frame::Outcome;

/// Desks that read, that read late, and that never read.
const DESKS: (u64, u64, u64) = (40, 5, 5);
/// What a session may hold for its desk at most, bytes: what a lane keeps before it forgets and reads anew, twice.
const HELD: i64 = 2 * (64 << 10);

/// People for the billing queue beside Ana and Ben.
fn crowd(house: &House, count: u64) -> Vec<AgentId> {
    let people = (0..count).map(|n| put(agent(0, &format!("agent{n}"), Role::Agent, vec![BILLING])));
    house.operate(people.collect()).into_iter().map(|key| AgentId(key.id)).collect()
}

fn head(house: &House) -> Seq {
    house.hub.core.published().borrow().seq
}

#[tokio::test]
async fn a_stuck_desk_delays_nobody_and_costs_nothing_that_grows() {
    let house = House::new();
    let (reading, late, stuck) = DESKS;
    let people = crowd(&house, reading + late + stuck);
    let mut desks = Vec::new();
    for person in people {
        let mut desk = house.desk(person).await;
        desk.settle(0).await;
        desks.push(desk);
    }
    // The stuck ones are kept open to the end, and never read again.
    let _stuck = desks.split_off((reading + late) as usize);
    let mut late = desks.split_off(reading as usize);
    let (mut sent, mut rounds) = (0, 0);
    // Until everything the ring keeps was overwritten, in rounds.
    while sent < KEPT + KEPT / 2 {
        for _ in 0..32 {
            house.chat(BILLING, &"a long question ".repeat(15)).await;
            sent += 1;
        }
        house.clock.advance(2_000);
        house.hub.core.tick().await;
        let head = head(&house);
        for desk in &mut desks {
            // Every desk that reads gets everything while the others have not moved.
            desk.until("the newest rows", |p| p.count(Entity::Interaction) == sent).await;
            assert!(desk.live <= head);
        }
        rounds += 1;
        let held = house.hub.metrics.held();
        let bound = HELD * (reading + DESKS.1 + DESKS.2) as i64;
        assert!(held <= bound, "after {rounds} rounds {held} bytes are held, {bound} are allowed");
    }
    // Who reads late gets the newest state of every row, each once, from the ledger.
    let head = head(&house);
    for desk in &mut late {
        let before = desk.frames.len();
        desk.until("the newest rows", |p| p.count(Entity::Interaction) == sent && p.live >= head).await;
        assert!(desk.frames.len() - before < sent, "caught up by state, not by replay");
    }
    house.verify().await;
}

#[tokio::test]
async fn fifty_desks_claim_the_same_contacts_and_each_has_one_owner() {
    let house = House::new();
    let people = crowd(&house, 50);
    let mut contacts = Vec::new();
    for n in 0..40 {
        contacts.push(house.chat(BILLING, &format!("question {n}")).await.0);
    }
    let mut desks = Vec::new();
    for person in &people {
        desks.push(house.desk(*person).await);
    }
    // Everyone claims all of them, each beginning elsewhere, and nobody waits for an answer.
    for (n, desk) in desks.iter_mut().enumerate() {
        for k in 0..contacts.len() {
            let interaction = Some(contacts[(n + k) % contacts.len()]);
            desk.command(k as u64 + 1, Command::Pull { interaction }).await;
        }
    }
    let count = contacts.len();
    let mut won = std::collections::BTreeMap::new();
    for (n, desk) in desks.iter_mut().enumerate() {
        desk.until("all verdicts", |p| p.verdicts.len() == count).await;
        for (k, (_, outcome)) in &desk.verdicts {
            if *outcome == Outcome::Done {
                let contact = contacts[(n + *k as usize - 1) % count];
                let other = won.insert(contact, people[n]);
                assert_eq!(other, None, "{contact:?} has two winners");
            }
        }
    }
    assert_eq!(won.len(), count, "every contact has its winner");
    for (contact, winner) in won {
        let owner = house.interaction(contact).await.and_then(|i| i.owner);
        assert_eq!(owner, Some(winner));
    }
    house.verify().await;
}
