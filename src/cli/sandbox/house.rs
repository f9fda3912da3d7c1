//! The firm of the training room: the made-up one, with a queue to practise in, a coach, and what the room can do as
//! macros. And the customers who come, with what the firm knows of them.
//!
//! One invariant: a ledger furnished here says for ever that it is a training room.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cli::books::{Books, Done};
use crate::cli::exchange::articles::{Slugs, one};
use crate::cli::exchange::record::Record;
use crate::cli::exchange::{Item, Place};
use crate::cli::sample;
use crate::domain::Command;
use crate::domain::command::CustomerHint;
use crate::domain::ids::{AgentId, CaseId, CustomerId, InteractionId, OutcomeId, QueueId, ReasonId, StockId};
use crate::domain::people::{Agent, Contacts, Customer, Role};
use crate::domain::proof::Proof;
use crate::domain::routing::QueueRules;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::stock::{Kind, Owner, Stock};
use crate::domain::time::At;
use crate::domain::work::{Channel, Outcome, Priority, Queue, Reason};
use crate::sandbox::library::Folder;
use crate::sandbox::read::Ready;
use crate::sandbox::scenario::{self, Scenario};

/// Short name of the queue.
const QUEUE: &str = "training";
/// Login of the coach.
const COACH: &str = "coach";

/// Macros: key, title, steps.
const MACROS: [(&str, &str, &str); 15] = [
    ("hint", tk!("Training: ask for a hint"), "note hint"),
    ("undo", tk!("Training: take the last turn back"), "note undo"),
    ("pause", tk!("Training: let time stand still"), "note pause"),
    ("go-on", tk!("Training: let time go on"), "note go on"),
    ("replay", tk!("Training: step through what was said"), "note replay"),
    ("again", tk!("Training: play it again"), "note again"),
    ("next", tk!("Training: bring the next customer"), "note next"),
    ("did-verify", tk!("Training: the customer is verified"), "note did: verify {what was right?}"),
    ("did-credit", tk!("Training: credit an amount"), "note did: credit {what for? goodwill} {amount?}"),
    ("did-refund", tk!("Training: refund an amount"), "note did: refund {what for? goodwill} {amount?}"),
    ("did-change", tk!("Training: change something on the account"), "note did: change {what?}"),
    ("did-send", tk!("Training: send something"), "note did: send {what?}"),
    ("did-flag", tk!("Training: flag the account"), "note did: flag {what?}"),
    ("did-disclose", tk!("Training: tell what is on the account"), "note did: disclose {what?}"),
    ("did", tk!("Training: do something else"), "note did: {what?}"),
];

/// Who and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct House {
    /// Who practises.
    pub(super) trainee: AgentId,
    /// Who helps.
    pub(super) coach: AgentId,
    /// Where customers come in.
    pub(super) queue: QueueId,
}

/// Makes the firm, unless it is there. With `waiting` the sample's customers wait in its queues.
pub(super) fn furnish(books: &mut dyn Books, data: &Path, now: At, waiting: bool) -> anyhow::Result<House> {
    if waiting {
        sample::first(books, data, now)?;
    } else {
        sample::empty(books, data, now)?;
    }
    if books.ids(&[(Entity::Queue, QUEUE.to_owned())])?[0].is_none() {
        set_up(books)?;
    }
    let names = [(Entity::Queue, QUEUE), (Entity::Agent, COACH), (Entity::Agent, sample::LOGIN)];
    let ids = books.ids(&names.map(|(entity, name)| (entity, name.to_owned())))?;
    let [Some(queue), Some(coach), Some(trainee)] = ids[..] else { bail!("the training room could not be set up") };
    let (queue, coach, trainee) = (QueueId(queue), AgentId(coach), AgentId(trainee));
    if let Some(Row::Agent(agent)) = books.rows(&[RowKey { entity: Entity::Agent, id: trainee.0 }])?.into_iter().next()
        && !agent.queues.contains(&queue)
    {
        let mut queues = agent.queues.clone();
        queues.push(queue);
        put(books, vec![Agent { queues, ..agent }.into()])?;
    }
    if let Some(Row::Agent(agent)) = books.rows(&[RowKey { entity: Entity::Agent, id: coach.0 }])?.into_iter().next()
        && agent.queues.is_empty()
    {
        put(books, vec![Agent { queues: vec![queue], ..agent }.into()])?;
    }
    Ok(House { trainee, coach, queue })
}

fn set_up(books: &mut dyn Books) -> anyhow::Result<()> {
    let firm = books.page(Entity::Firm, 0, 1)?.into_iter().next();
    let team = books.page(Entity::Team, 0, 1)?.into_iter().next();
    let (Some(Row::Firm(mut firm)), Some(Row::Team(team))) = (firm, team) else {
        bail!("the made-up firm is not there");
    };
    firm.rules.training = true;
    let queue = Queue {
        id: QueueId(0),
        key: QUEUE.into(),
        name: "Training".into(),
        channels: Channel::ALL.to_vec(),
        skills: std::collections::BTreeMap::new(),
        offer_s: 60,
        wrap_up_s: 300,
        sl_pct: 80,
        sl_s: 60,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: QueueRules::default(),
    };
    let coach = Agent {
        id: AgentId(0),
        login: COACH.into(),
        name: "Coach".into(),
        team: team.id,
        role: Role::Lead,
        skills: std::collections::BTreeMap::new(),
        queues: Vec::new(),
        active: true,
    };
    let mut rows: Vec<Row> = vec![firm.into(), coach.into()];
    rows.extend(MACROS.map(|(key, title, body)| {
        let (key, title, body) = (key.to_owned(), crate::lang::text(title).to_owned(), body.to_owned());
        let stock =
            Stock { id: StockId(0), kind: Kind::Macro, key, title, body, locale: String::new(), owner: Owner::Firm };
        Row::from(stock)
    }));
    // Whoever comes to practise may come for any reason.
    let reasons = books.all(Entity::Reason)?.into_iter().filter_map(|row| Reason::try_from(row).ok());
    rows.extend(reasons.filter(|r| !r.queues.is_empty()).map(|r| Reason { queues: Vec::new(), ..r }.into()));
    // Last: that it is there says that all of it is.
    rows.push(queue.into());
    put(books, rows)
}

fn put(books: &mut dyn Books, rows: Vec<Row>) -> anyhow::Result<()> {
    done(books, rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect()).map(drop)
}

fn done(books: &mut dyn Books, commands: Vec<Command>) -> anyhow::Result<Vec<RowKey>> {
    let mut all = Vec::new();
    for done in books.submit(commands)? {
        match done {
            Done::Made(made) => all.extend(made),
            Done::Refused(why) => bail!("the training room could not be set up: {why}"),
        }
    }
    Ok(all)
}

/// Makes known to the firm who will come, and what their scenario needs: articles, reasons, outcomes.
pub(super) fn invite(books: &mut dyn Books, ready: &Ready, folder: &Folder, now: At) -> anyhow::Result<CustomerId> {
    let s = &ready.scenario;
    codes(books, s)?;
    let mut slugs = Slugs::default();
    let articles = folder.articles.iter().map(|(name, text)| {
        let place = Place::File(name.clone());
        match one(Path::new(name), text, "en", now, &mut slugs).0 {
            Ok(article) => Item::whole(place, 0, Record::Article(article)),
            Err(why) => Item::rejected(place, 0, why),
        }
    });
    sample::whole(books, articles)?;
    let known = books.ids(&[(Entity::Customer, s.customer.account.clone())])?[0];
    let id = CustomerId(known.unwrap_or(0));
    let one_or_none = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    let (phones, emails) = (one_or_none(&s.persona.phone), one_or_none(&s.persona.email));
    let contacts = Contacts { id, phones, emails, handle: String::new() };
    let customer = Customer {
        id,
        reference: s.customer.account.clone(),
        name: s.persona.name.clone(),
        locale: s.locale.clone(),
        zone: s.persona.zone.clone(),
        plan: s.customer.plan.clone(),
        flags: s.customer.flags.clone(),
        note: known_of(s),
        since: String::new(),
        masked: Vec::new(),
        merged: None,
        holds: Vec::new(),
    };
    let import = Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) };
    let made = done(books, vec![import])?.into_iter().find(|key| key.entity == Entity::Customer);
    let id = made.map(|key| key.id).or(known).context("the customer could not be made known")?;
    Ok(CustomerId(id))
}

/// What the firm knows of someone, for the customer pane.
fn known_of(s: &Scenario) -> String {
    let mut lines: Vec<String> = Some(s.customer.note.clone()).filter(|n| !n.is_empty()).into_iter().collect();
    lines.extend(s.customer.verify.iter().map(|c| format!("To check: {}: {} (level {})", c.ask, c.answer, c.level)));
    lines.extend(s.customer.history.iter().cloned());
    lines.join("\n")
}

/// Reasons and outcomes a scenario ends with, where the firm has none of that name.
fn codes(books: &mut dyn Books, s: &Scenario) -> anyhow::Result<()> {
    let reasons: Vec<Reason> = books.all(Entity::Reason)?.into_iter().filter_map(|r| r.try_into().ok()).collect();
    let outcomes: Vec<Outcome> = books.all(Entity::Outcome)?.into_iter().filter_map(|r| r.try_into().ok()).collect();
    let key = |label: &str| {
        let parts = label.split('›').map(|part| {
            let words: String = part.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
            words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join("-")
        });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut rows: Vec<Row> = Vec::new();
    for label in s.end.reason.iter().filter(|l| !reasons.iter().any(|r| r.label == **l)) {
        let (path, label) = (key(label), label.clone());
        rows.push(Reason { id: ReasonId(0), path, label, queues: Vec::new(), active: true }.into());
    }
    for label in s.end.outcome.iter().filter(|l| !outcomes.iter().any(|o| o.label == **l)) {
        let (key, label) = (key(label), label.clone());
        rows.push(Outcome { id: OutcomeId(0), key, label, needs: Vec::new(), solves: false, active: true }.into());
    }
    if rows.is_empty() { Ok(()) } else { put(books, rows) }
}

/// Lets a customer come in; their contact and its case.
pub(super) fn come(
    books: &mut dyn Books,
    house: &House,
    ready: &Ready,
    customer: CustomerId,
    words: Option<String>,
) -> anyhow::Result<(InteractionId, CaseId)> {
    let s = &ready.scenario;
    let command = Command::OpenInteraction {
        channel: match s.channel {
            scenario::Channel::Voice => Channel::Voice,
            scenario::Channel::Chat => Channel::Chat,
            scenario::Channel::Email => Channel::Email,
        },
        queue: house.queue,
        hint: CustomerHint {
            reference: Some(s.customer.account.clone()),
            proof: Proof::Address,
            ..CustomerHint::default()
        },
        customer: Some(customer),
        case: None,
        menu: Vec::new(),
        priority: Priority::Normal,
        language: s.locale.clone(),
        subject: s.title.clone(),
        body: words,
        came: None,
        callback: Box::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    };
    let made = done(books, vec![command])?;
    let contact = made.iter().find(|key| key.entity == Entity::Interaction).context("nobody came")?;
    match books.rows(&[*contact])?.into_iter().next() {
        Some(Row::Interaction(i)) => Ok((i.id, i.case)),
        _ => bail!("whoever came has gone"),
    }
}
