//! Between the store's types, the machine's and the app's: the same facts under each room's own roof.

use crate::app::port::{self, OutboxItem, OutboxState};
use crate::domain::refusal::Refusal;
use crate::store::{StoreError, cache, outbox};
use crate::sync::machine;
use crate::wire::frame;

pub(super) fn draft_to_app(draft: outbox::Draft) -> port::Draft {
    let outbox::Draft { key, body, base, meta, at } = draft;
    let field = match key.field {
        outbox::DraftField::Reply => port::DraftField::Reply,
        outbox::DraftField::Note => port::DraftField::Note,
        outbox::DraftField::WrapUp => port::DraftField::WrapUp,
    };
    port::Draft { key: port::DraftKey { case: key.case, field }, body, base, meta, at }
}

pub(super) fn draft_to_store(draft: port::Draft) -> outbox::Draft {
    let port::Draft { key, body, base, meta, at } = draft;
    outbox::Draft { key: key_to_store(key), body, base, meta, at }
}

pub(super) fn key_to_store(key: port::DraftKey) -> outbox::DraftKey {
    let field = match key.field {
        port::DraftField::Reply => outbox::DraftField::Reply,
        port::DraftField::Note => outbox::DraftField::Note,
        port::DraftField::WrapUp => outbox::DraftField::WrapUp,
    };
    outbox::DraftKey { case: key.case, field }
}

pub(super) fn item(item: outbox::Item) -> OutboxItem {
    OutboxItem { n: item.key, at: item.at, command: item.command, state: state(item.state), returned: item.returned }
}

pub(super) fn state(state: outbox::State) -> OutboxState {
    match state {
        outbox::State::Waiting => OutboxState::Waiting,
        outbox::State::Held { until } => OutboxState::Held { until },
        outbox::State::Withdrawn => OutboxState::Withdrawn,
        outbox::State::Doubtful => OutboxState::Doubtful,
        outbox::State::Lapsed => OutboxState::Lapsed,
        outbox::State::Done { seq } => OutboxState::Done { seq, deep: seq },
        outbox::State::Refused(refusal) => OutboxState::Refused(refusal),
    }
}

/// What an agent is told about a command the server cannot read.
pub(super) fn unreadable() -> Refusal {
    Refusal::invalid(tk!("not sent"), tk!("the server is older than this desk and does not know this action"))
}

pub(super) fn queued(item: &outbox::Item) -> Option<machine::Queued> {
    item.n.map(|n| machine::Queued { n, at: item.at, command: item.command.clone() })
}

pub(super) fn parts(parts: &[cache::Part]) -> Vec<frame::Part> {
    let part = |p: &cache::Part| frame::Part { scope: p.scope, entity: p.entity, mark: p.mark, whole: p.whole };
    parts.iter().map(part).collect()
}

pub(super) fn link_state(state: machine::LinkState) -> port::LinkState {
    match state {
        machine::LinkState::Connecting => port::LinkState::Connecting,
        machine::LinkState::Live => port::LinkState::Live,
        machine::LinkState::Late => port::LinkState::Late,
        machine::LinkState::Lost => port::LinkState::Lost,
        machine::LinkState::Offline => port::LinkState::Offline,
        machine::LinkState::Refused => port::LinkState::Refused,
    }
}

pub(super) fn stage(stage: machine::Stage) -> port::Stage {
    match stage {
        machine::Stage::Queue => port::Stage::Queue,
        machine::Stage::Titles => port::Stage::Titles,
        machine::Stage::History => port::Stage::History,
        machine::Stage::Bodies => port::Stage::Bodies,
    }
}

/// A store's error as a sentence.
pub(super) fn sentence(error: &StoreError) -> String {
    let words = error.to_string();
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).chain(['.']).collect()
}
