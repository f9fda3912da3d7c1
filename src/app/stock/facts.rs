//! What the case at hand knows, for the words in braces.

use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::panes::wrapup::promise_zone;
use crate::app::words;
use crate::domain::ids::CaseId;
use crate::domain::people::Customer;
use crate::domain::stock::date;
use crate::domain::stock::text::Fact;
use crate::domain::time::{At, DAY};

/// The language to write in: the contact's, else the customer's, else this agent's, else the firm's.
pub fn locale(model: &Model, case: Option<CaseId>) -> String {
    let view = model.view();
    let contact = case.and_then(|c| view.interactions_of(c).next()).map(|i| i.language.clone());
    let customer = case.and_then(|c| customer(model, c)).map(|c| c.locale.clone());
    let firm = view.firm().map(|f| f.locale.clone());
    let all = [customer, contact, Some(model.settings.locale.clone()), firm];
    all.into_iter().flatten().find(|l| !l.is_empty()).unwrap_or_default()
}

fn customer(model: &Model, case: CaseId) -> Option<&Customer> {
    let id = model.view().case(case)?.customer?;
    let file = model.customer.file.as_ref().map(|f| &f.customer).filter(|c| c.id == id);
    file.or_else(|| model.view().customer(id))
}

/// The name of whoever the case is with.
fn name(model: &Model, case: CaseId) -> Option<String> {
    let known = customer(model, case).map(|c| c.name.clone());
    let called = || model.view().interactions_of(case).next().map(|i| queue::name(model, i));
    known.or_else(called).filter(|n| !n.trim().is_empty())
}

fn first(name: &str) -> Option<String> {
    name.split_whitespace().next().map(str::to_owned)
}

/// What is known; `None` asks for it.
pub fn fact(model: &Model, case: Option<CaseId>, fact: Fact, now: At) -> Option<String> {
    let view = model.view();
    let row = case.and_then(|c| view.case(c));
    let me = model.me().and_then(|me| view.agent(me));
    let server = model.server(now);
    let zone = || case.map_or_else(|| model.zone().to_owned(), |c| promise_zone(model, c));
    let day = |at: At| date::words(words::local(at, &zone()).date_naive(), &locale(model, case));
    match fact {
        Fact::Customer => name(model, case?),
        Fact::FirstName => first(&name(model, case?)?),
        Fact::Case => case.map(queue::number),
        Fact::Subject => row.map(|c| c.subject.clone()),
        Fact::Agent => me.map(|a| a.name.clone()),
        Fact::AgentFirstName => first(&me?.name),
        Fact::Team => view.team(me?.team).map(|t| t.name.clone()),
        Fact::Queue => view.queue(row?.queue).map(|q| q.name.clone()),
        Fact::Firm => view.firm().map(|f| f.name.clone()),
        Fact::Today => Some(day(server)),
        Fact::Tomorrow => Some(day(server.plus(DAY))),
        Fact::Time => Some(words::hour(server, &zone())),
    }
}

/// Words of this case written so that they serve every case: its names and number become words in braces.
pub fn general(model: &Model, case: Option<CaseId>, words: &str, now: At) -> String {
    let mut general = words.to_owned();
    for word in [Fact::Customer, Fact::FirstName, Fact::Case, Fact::Agent] {
        let Some(value) = fact(model, case, word, now).filter(|v| v.chars().count() >= 3) else { continue };
        general = replace_words(&general, &value, &format!("{{{}}}", word.word()));
    }
    general
}

/// Replaces a value where it stands as words of its own.
fn replace_words(text: &str, value: &str, with: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let end = at + value.len();
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let before = rest[..at].chars().next_back().or_else(|| made.chars().next_back());
        let alone = apart(before) && apart(rest[end..].chars().next());
        made.push_str(&rest[..at]);
        made.push_str(if alone { with } else { value });
        rest = &rest[end..];
    }
    made.push_str(rest);
    made
}
