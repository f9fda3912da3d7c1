//! Tests of the ledger: its verbs as a story, its proof, its copies.

mod copies;
mod feed;
mod stories;
mod truth;

use super::*;
use crate::domain::ids::AgentId;
use crate::store::sample::{self, Core};

fn memory() -> Core<SqliteLedger> {
    Core::new(SqliteLedger::in_memory(77).expect("opens"))
}

fn key(entity: Entity, id: u64) -> RowKey {
    RowKey { entity, id }
}

/// A small firm at work: configuration, a customer with two cases, an open interaction, a promise, an article.
fn firm_at_work(core: &mut Core<impl Ledger>) {
    core.make(vec![
        sample::set(sample::firm()),
        sample::set(sample::team(1)),
        sample::set(sample::queue(1)),
        sample::set(sample::queue(2)),
        sample::set(sample::agent(1, 1)),
        sample::set(sample::agent(2, 1)),
    ])
    .expect("stores");
    core.make(vec![sample::set(sample::customer(1, "Dana Holt")), sample::set(sample::contacts(1))]).expect("stores");
    let case = sample::case(1, 1, 1, "Roaming bill");
    core.make(vec![
        sample::opened(sample::interaction(1, 1, 1, 1), case),
        sample::said(sample::message(1, 1, 1, "My bill is wrong")),
    ])
    .expect("stores");
    core.make(vec![sample::set(sample::case(2, 2, 1, "Old phone"))]).expect("stores");
    core.make(vec![crate::domain::Event::TaskAdded { task: Box::new(sample::task(1, 1, 2)) }]).expect("stores");
    core.make(vec![
        sample::set(sample::article(1, "Roaming charges")),
        sample::set(sample::article_body(1, "Text about roaming.")),
    ])
    .expect("stores");
}
