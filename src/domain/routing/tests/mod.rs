//! The router's tests: a small house to route in, and one file per part of the rules.

mod calling;
mod handing;
mod misses;
mod settings;
mod traced;
mod vectors;
mod walk;

use std::collections::BTreeMap;

use crate::domain::decide::tests::{ANA, BEN, BILLING, CYD, Desk, TECH};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, InteractionId, QueueId, SkillId};
use crate::domain::people::{Agent, Firm, Presence, Role};
use crate::domain::routing::FirmRules;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Channel, Phase, Queue};
use crate::domain::{Actor, Command};

/// Spanish in the examples of operations 2.4.
const ES: SkillId = SkillId(1);
/// Billing likewise.
const MONEY: SkillId = SkillId(2);

/// A desk whose two queues ask for no skill and whose agents serve both.
fn plain() -> Desk {
    let mut desk = Desk::new();
    for queue in [BILLING, TECH] {
        edit(&mut desk, queue, |q| {
            q.skills.clear();
            q.offer_s = 0;
        });
    }
    for agent in [ANA, BEN, CYD] {
        let mut row = desk.state.agent(agent).cloned().expect("is there");
        row.queues = vec![BILLING, TECH];
        row.role = Role::Agent;
        desk.state.load(row.into());
    }
    desk
}

fn edit(desk: &mut Desk, queue: QueueId, edit: impl FnOnce(&mut Queue)) {
    let mut row = desk.state.queue(queue).cloned().expect("is there");
    edit(&mut row);
    desk.state.load(row.into());
}

fn house(desk: &mut Desk, edit: impl FnOnce(&mut FirmRules)) {
    let mut rules = desk.state.house().clone();
    edit(&mut rules);
    desk.state.load(Firm { name: "F".into(), zone: String::new(), rules, locale: String::new() }.into());
}

fn skills(desk: &mut Desk, agent: AgentId, levels: &[(SkillId, u8)]) {
    let row = desk.state.agent(agent).cloned().expect("is there");
    let skills: BTreeMap<_, _> = levels.iter().copied().collect();
    desk.state.load(Agent { skills, ..row }.into());
}

/// To whom it is offered.
fn offered(desk: &Desk, id: InteractionId) -> Option<AgentId> {
    match desk.get(id).phase {
        Phase::Offered { to, .. } => Some(to),
        _ => None,
    }
}

/// Moves the clock to the instant, letting every timer on the way speak when it is due and not before.
fn until(desk: &mut Desk, at: At) {
    desk.settle();
    while let Some(due) = super::next_due(&desk.state, desk.now).filter(|due| *due <= at) {
        desk.now = due.max(desk.now);
        desk.settle();
    }
    desk.now = at;
    desk.settle();
}

fn hang_up(desk: &mut Desk, id: InteractionId) -> Vec<Event> {
    desk.give(Actor::Gateway(crate::domain::ids::KeyId(1)), Command::EndInteraction { interaction: id }).expect("ends")
}

fn call(desk: &mut Desk, queue: QueueId) -> InteractionId {
    desk.open(Channel::Voice, queue, None)
}

/// Ends a contact and its work at once.
fn finish(desk: &mut Desk, agent: AgentId, id: InteractionId) {
    let i = desk.get(id);
    desk.ask(agent, crate::domain::decide::tests::wrap_up(&i, 1, "done", None)).expect("wraps up");
}

fn presence(desk: &Desk, agent: AgentId) -> Presence {
    desk.state.presence(agent).map_or(Presence::Offline, |p| p.presence)
}

fn seconds(from: At, s: i64) -> At {
    from.plus(s * SECOND)
}
