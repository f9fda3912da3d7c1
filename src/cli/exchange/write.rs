//! Rows to records: the whole desk, or a part, as it would be read again.
//!
//! The order is fixed (configuration, customers, cases, what these have to do with each other, open interactions, articles, each by
//! number) and nothing of a number is
//! written, so two desks that hold the same give the same bytes.

use std::collections::HashMap;

mod ties;

use super::interaction;
use super::record::{self, Instant, Record, Speaker};
use super::resolve::key_of;
use super::rules::{Routing, in_order};
use crate::cli::books::Books;
use crate::domain::calendar::{Calendar, words};
use crate::domain::ids::{AgentId, CaseId};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::sla::Promise;
use crate::domain::sla::policy::{WARN_LEFT_S, WARN_PCT};
use crate::domain::sla::words::{typed_span, typed_targets};
use crate::domain::stock::{Kind, Owner};
use crate::domain::time::At;
use crate::domain::work::{Author, Case, Interaction, Message, Task, WrapUp};

/// Rows read at a time.
const PAGE: usize = 500;

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Firm, queues, people, codes.
    pub config: bool,
    /// Customers.
    pub customers: bool,
    /// Cases and their open interactions.
    pub cases: bool,
    /// Articles.
    pub articles: bool,
    /// Only cases of this queue.
    pub queue: Option<u64>,
    /// Only cases changed at or after this.
    pub since: Option<At>,
    /// Only this customer, and their cases.
    pub customer: Option<u64>,
}

impl Default for Selection {
    fn default() -> Selection {
        Selection {
            config: true,
            customers: true,
            cases: true,
            articles: true,
            queue: None,
            since: None,
            customer: None,
        }
    }
}

impl Selection {
    fn wants(&self, case: &Case) -> bool {
        self.queue.is_none_or(|q| case.queue.0 == q)
            && self.since.is_none_or(|t| case.updated >= t)
            && self.customer.is_none_or(|id| case.customer.is_some_and(|c| c.0 == id))
    }
}

/// How many records of each kind there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Configuration records.
    pub config: u64,
    /// Customers.
    pub customers: u64,
    /// Cases.
    pub cases: u64,
    /// Open interactions.
    pub interactions: u64,
    /// Articles.
    pub articles: u64,
}

/// Gives every record of the selection to `out`, in order.
pub fn records(
    books: &mut dyn Books,
    selection: &Selection,
    out: &mut dyn FnMut(&Record) -> anyhow::Result<()>,
) -> anyhow::Result<Written> {
    let names = Names::of(books)?;
    let mut written = Written::default();
    if selection.config {
        for record in names.configuration(books)? {
            out(&record)?;
            written.config += 1;
        }
    }
    if selection.customers {
        written.customers = customers(books, selection, out)?;
    }
    if selection.cases {
        written.cases = cases(books, &names, selection, out)?;
        ties::cases(books, &names, selection, out)?;
        ties::correspondence(books, selection, out)?;
    }
    // After the cases, so that each comes in as the case of whose it was.
    if selection.customers && selection.customer.is_none() {
        ties::customers(books, &names, out)?;
    }
    if selection.cases {
        written.interactions = interactions(books, &names, selection, out)?;
    }
    if selection.articles {
        written.articles = articles(books, out)?;
    }
    Ok(written)
}

/// Numbers to names.
struct Names(HashMap<RowKey, String>);

impl Names {
    fn of(books: &mut dyn Books) -> anyhow::Result<Names> {
        let mut names = HashMap::new();
        let kinds = [
            Entity::Team,
            Entity::Skill,
            Entity::Calendar,
            Entity::Queue,
            Entity::Reason,
            Entity::Outcome,
            Entity::Agent,
            Entity::Label,
        ];
        for entity in kinds {
            for row in books.all(entity)? {
                names.extend(key_of(&row).map(|name| (row.key(), name)));
            }
        }
        Ok(Names(names))
    }

    fn get(&self, entity: Entity, id: u64) -> Option<String> {
        self.0.get(&RowKey { entity, id }).cloned()
    }

    fn or_number(&self, entity: Entity, id: u64) -> String {
        self.get(entity, id).unwrap_or_else(|| format!("#{id}"))
    }

    fn agent(&self, id: AgentId) -> String {
        self.or_number(Entity::Agent, id.0)
    }

    /// In the order in which records may name each other.
    fn configuration(&self, books: &mut dyn Books) -> anyhow::Result<Vec<Record>> {
        let mut records = Vec::new();
        for row in books.rows(&[RowKey { entity: Entity::Firm, id: 1 }])? {
            records.extend(self.configured(row));
        }
        let kinds = [
            Entity::Skill,
            Entity::Calendar,
            Entity::Queue,
            Entity::Policy,
            Entity::Team,
            Entity::Agent,
            Entity::Reason,
            Entity::Outcome,
            Entity::BreakCode,
            Entity::Label,
            Entity::Checklist,
            Entity::SavedView,
            Entity::Stock,
        ];
        for entity in kinds {
            let mut queues = Vec::new();
            for row in books.all(entity)? {
                match self.configured(row) {
                    Some(Record::Queue(queue)) => queues.push(queue),
                    record => records.extend(record),
                }
            }
            records.extend(in_order(queues).into_iter().map(Record::Queue));
        }
        Ok(records)
    }

    fn configured(&self, row: Row) -> Option<Record> {
        let queues =
            |ids: &[crate::domain::ids::QueueId]| ids.iter().filter_map(|q| self.get(Entity::Queue, q.0)).collect();
        let skills = |levels: &std::collections::BTreeMap<crate::domain::ids::SkillId, u8>| {
            levels.iter().filter_map(|(s, level)| Some((self.get(Entity::Skill, s.0)?, *level))).collect()
        };
        Some(match row {
            Row::Firm(r) => {
                Record::Firm(record::Firm { name: r.name, zone: r.zone, locale: r.locale, routing: r.rules })
            }
            Row::Skill(r) => Record::Skill(record::Named { key: r.key, name: r.name }),
            Row::Team(r) => Record::Team(record::Named { key: r.key, name: r.name }),
            Row::Calendar(r) => Record::Calendar(calendar(r)),
            Row::Policy(r) => {
                let promised = |promise| r.targets.get(&promise).map(typed_targets);
                let warn_left = match r.warn_left_s {
                    WARN_LEFT_S => None,
                    0 => Some("none".to_owned()),
                    s => Some(typed_span(s)),
                };
                Record::Policy(record::Policy {
                    queues: queues(&r.when.queues),
                    calendar: r.calendar.and_then(|c| self.get(Entity::Calendar, c.0)),
                    first: promised(Promise::First),
                    next: promised(Promise::Next),
                    resolution: promised(Promise::Resolution),
                    key: r.key,
                    name: r.name,
                    rank: r.rank,
                    channels: r.when.channels,
                    priorities: r.when.priorities,
                    tags: r.when.tags,
                    flags: r.when.flags,
                    plans: r.when.plans,
                    languages: r.when.languages,
                    reopens: r.reopens,
                    pauses: r.pauses,
                    warn_pct: Some(r.warn_pct).filter(|pct| *pct != WARN_PCT),
                    warn_left,
                    active: r.active,
                })
            }
            Row::Queue(r) => Record::Queue(record::Queue {
                calendar: r.calendar.and_then(|c| self.get(Entity::Calendar, c.0)),
                skills: skills(&r.skills),
                key: r.key,
                name: r.name,
                channels: r.channels,
                offer_s: r.offer_s,
                wrap_up_s: r.wrap_up_s,
                wrap_up: r.rules.wrap_up,
                sl_pct: r.sl_pct,
                sl_s: r.sl_s,
                closed_message: r.closed_message,
                active: r.active,
                routing: Routing::of(
                    &r.rules,
                    |skill| self.get(Entity::Skill, skill),
                    |queue| self.get(Entity::Queue, queue),
                ),
            }),
            Row::Agent(r) => Record::Agent(record::Agent {
                team: self.or_number(Entity::Team, r.team.0),
                skills: skills(&r.skills),
                queues: queues(&r.queues),
                login: r.login,
                name: r.name,
                role: r.role,
                active: r.active,
            }),
            Row::Reason(r) => Record::Reason(record::Reason {
                queues: queues(&r.queues),
                path: r.path,
                label: r.label,
                active: r.active,
            }),
            Row::Outcome(r) => Record::Outcome(record::Outcome {
                key: r.key,
                label: r.label,
                needs: r.needs,
                solves: r.solves,
                active: r.active,
            }),
            Row::Label(r) => {
                Record::Label(record::Label { key: r.key, name: r.name, status: r.status, active: r.active })
            }
            Row::Checklist(r) => Record::Checklist(record::Checklist {
                queues: queues(&r.queues),
                reasons: r.reasons.iter().filter_map(|id| self.get(Entity::Reason, id.0)).collect(),
                key: r.key,
                name: r.name,
                items: r.items,
                at_wrap_up: r.demand,
                active: r.active,
            }),
            Row::SavedView(r) => {
                Record::View(record::View { owner: r.owner.map(|id| self.agent(id)), name: r.name, text: r.text })
            }
            Row::Stock(r) => {
                let team = match r.owner {
                    Owner::Team(team) => Some(self.or_number(Entity::Team, team.0)),
                    _ => None,
                };
                let owner = match r.owner {
                    Owner::Agent(agent) => Some(self.agent(agent)),
                    _ => None,
                };
                let (key, title, locale, text) = (r.key, r.title, r.locale, r.body);
                let stock = record::Stock { key, title, locale, team, owner, text };
                match r.kind {
                    Kind::Snippet => Record::Snippet(stock),
                    Kind::Macro => Record::Macro(stock),
                }
            }
            Row::BreakCode(r) => Record::Break(record::Break { key: r.key, label: r.label, limit_s: r.limit_s }),
            _ => return None,
        })
    }
}

type Out<'o> = &'o mut dyn FnMut(&Record) -> anyhow::Result<()>;

fn customers(books: &mut dyn Books, selection: &Selection, out: Out<'_>) -> anyhow::Result<u64> {
    let mut after = 0;
    let mut count = 0;
    loop {
        let page = match selection.customer {
            Some(id) if after == 0 => books.rows(&[RowKey { entity: Entity::Customer, id }])?,
            Some(_) => return Ok(count),
            None => books.page(Entity::Customer, after, PAGE)?,
        };
        let Some(last) = page.last().map(Row::id) else { return Ok(count) };
        after = last;
        let keys: Vec<RowKey> = page.iter().map(|r| RowKey { entity: Entity::Contacts, id: r.id() }).collect();
        let mut contacts: HashMap<u64, _> = HashMap::new();
        for row in books.rows(&keys)? {
            if let Row::Contacts(c) = row {
                contacts.insert(c.id.0, c);
            }
        }
        for row in page {
            let Row::Customer(c) = row else { continue };
            let reach = contacts.remove(&c.id.0).unwrap_or_default();
            out(&Record::Customer(record::Customer {
                reference: reference(&c.reference, c.id.0),
                name: c.name,
                phones: reach.phones,
                emails: reach.emails,
                handle: reach.handle,
                locale: c.locale,
                zone: c.zone,
                plan: c.plan,
                flags: c.flags,
                note: c.note,
                since: c.since,
            }))?;
            count += 1;
        }
    }
}

fn cases(books: &mut dyn Books, names: &Names, selection: &Selection, out: Out<'_>) -> anyhow::Result<u64> {
    let mut promises: HashMap<CaseId, Vec<Task>> = HashMap::new();
    for row in books.all(Entity::Task)? {
        if let Row::Task(task) = row {
            promises.entry(task.case).or_default().push(task);
        }
    }
    let mut after = 0;
    let mut count = 0;
    loop {
        let page = books.page(Entity::Case, after, PAGE)?;
        let Some(last) = page.last().map(Row::id) else { return Ok(count) };
        after = last;
        let page = page.into_iter().filter_map(|row| match row {
            Row::Case(case) => selection.wants(&case).then_some(case),
            _ => None,
        });
        let page: Vec<Case> = page.collect();
        let ids: Vec<u64> = page.iter().map(|c| c.id.0).collect();
        let mut keys: Vec<RowKey> =
            page.iter().filter_map(|c| c.customer).map(|c| RowKey { entity: Entity::Customer, id: c.0 }).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut people = HashMap::new();
        for row in books.rows(&keys)? {
            if let Row::Customer(c) = row {
                people.insert(c.id, reference(&c.reference, c.id.0));
            }
        }
        let messages = books.children(Entity::Message, &ids)?;
        let wrap_ups = books.children(Entity::WrapUp, &ids)?;
        for ((case, messages), wrap_ups) in page.into_iter().zip(messages).zip(wrap_ups) {
            let messages: Vec<Message> = messages.into_iter().filter_map(|r| r.try_into().ok()).collect();
            let wrap_ups: Vec<WrapUp> = wrap_ups.into_iter().filter_map(|r| r.try_into().ok()).collect();
            let promises = promises.remove(&case.id).unwrap_or_default();
            let customer = case.customer.and_then(|id| people.get(&id).cloned());
            out(&Record::Case(one_case(names, case, customer, &messages, wrap_ups, promises)))?;
            count += 1;
        }
    }
}

/// What is open on the cases of the selection.
fn interactions(books: &mut dyn Books, names: &Names, selection: &Selection, out: Out<'_>) -> anyhow::Result<u64> {
    let open: Vec<Interaction> =
        books.all(Entity::Interaction)?.into_iter().filter_map(|row| row.try_into().ok()).collect();
    let mut keys: Vec<RowKey> = open.iter().map(|i| RowKey { entity: Entity::Case, id: i.case.0 }).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut cases: HashMap<CaseId, String> = HashMap::new();
    for row in books.rows(&keys)? {
        if let Row::Case(case) = row
            && selection.wants(&case)
        {
            cases.insert(case.id, reference(&case.reference, case.id.0));
        }
    }
    let mut count = 0;
    for i in open {
        let Some(case) = cases.get(&i.case).cloned() else { continue };
        let queue = names.or_number(Entity::Queue, i.queue.0);
        // A card names its words by their place on the case.
        let messages = if i.card.is_some() { books.children(Entity::Message, &[i.case.0])? } else { Vec::new() };
        let messages: Vec<Message> = messages.into_iter().flatten().filter_map(|r| r.try_into().ok()).collect();
        out(&Record::Interaction(interaction::written(i, case, queue, &messages, |id| names.agent(id))))?;
        count += 1;
    }
    Ok(count)
}

fn one_case(
    names: &Names,
    case: Case,
    customer: Option<String>,
    messages: &[Message],
    wrap_ups: Vec<WrapUp>,
    promises: Vec<Task>,
) -> record::Case {
    let said = |m: &Message| record::Message {
        at: Instant(m.at),
        from: match m.author {
            Author::Customer => Speaker::Customer,
            Author::Agent(_) => Speaker::Agent,
            Author::System => Speaker::System,
        },
        author: match m.author {
            Author::Agent(id) => Some(names.agent(id)),
            _ => None,
        },
        kind: m.kind,
        channel: (m.channel != case.channel).then_some(m.channel),
        body: m.body.clone(),
        files: m
            .files
            .iter()
            .map(|f| record::File { name: f.name.clone(), size: f.size, kind: f.kind.clone() })
            .collect(),
        went: m.went.clone(),
    };
    let reason = |id: Option<crate::domain::ids::ReasonId>| id.and_then(|r| names.get(Entity::Reason, r.0));
    let outcome = |id: Option<crate::domain::ids::OutcomeId>| id.and_then(|o| names.get(Entity::Outcome, o.0));
    let wrapped = |w: WrapUp| record::WrapUp {
        at: Instant(w.at),
        agent: names.agent(w.agent),
        channel: w.channel,
        reason: reason(w.reason),
        outcome: outcome(w.outcome),
        note: w.note.and_then(|id| messages.iter().position(|m| m.id == id)).map(|n| n as u32),
        wait_ms: w.wait_ms,
        talk_ms: w.talk_ms,
        hold_ms: w.hold_ms,
        holds: w.holds,
        wrap_ms: w.wrap_ms,
        late: w.late,
        incomplete: w.incomplete,
        findings: w.findings,
    };
    let promised = |t: Task| record::Promise {
        owner: names.agent(t.owner),
        kind: t.kind,
        what: t.what,
        due: Instant(t.due),
        done: t.done.map(Instant),
    };
    record::Case {
        messages: messages.iter().map(said).collect(),
        wrap_ups: wrap_ups.into_iter().map(wrapped).collect(),
        promises: promises.into_iter().map(promised).collect(),
        reference: reference(&case.reference, case.id.0),
        customer,
        queue: names.or_number(Entity::Queue, case.queue.0),
        channel: case.channel,
        subject: case.subject,
        status: case.status,
        priority: case.priority,
        tags: case.tags,
        assignee: case.assignee.map(|id| names.agent(id)),
        language: case.language,
        created: Instant(case.created),
        updated: Instant(case.updated),
        snoozed_until: case.snoozed_until.map(Instant),
        label: case.label.and_then(|l| names.get(Entity::Label, l.0)),
        checks: case
            .checks
            .into_iter()
            .map(|c| record::Check {
                text: c.text,
                by: c.by.map(|id| names.agent(id)),
                done_by: c.done.map(|(id, _)| names.agent(id)),
                done: c.done.map(|(_, at)| Instant(at)),
            })
            .collect(),
        reason: reason(case.reason),
        outcome: outcome(case.outcome),
        escalated: case.escalated,
    }
}

fn articles(books: &mut dyn Books, out: Out<'_>) -> anyhow::Result<u64> {
    let mut after = 0;
    let mut count = 0;
    loop {
        let page = books.page(Entity::ArticleHead, after, PAGE)?;
        let Some(last) = page.last().map(Row::id) else { return Ok(count) };
        after = last;
        let keys: Vec<RowKey> = page.iter().map(|r| RowKey { entity: Entity::ArticleBody, id: r.id() }).collect();
        let mut bodies = HashMap::new();
        for row in books.rows(&keys)? {
            if let Row::ArticleBody(b) = row {
                bodies.insert(b.id, b.body);
            }
        }
        for row in page {
            let Row::ArticleHead(head) = row else { continue };
            let body = bodies.remove(&head.id).unwrap_or_default();
            out(&Record::Article(record::Article {
                slug: head.slug,
                locale: head.locale,
                title: head.title,
                tags: head.tags,
                owner: head.owner,
                verified_until: head.verified_until,
                internal: head.internal,
                updated: Instant(head.updated),
                body,
            }))?;
            count += 1;
        }
    }
}

/// What has no reference of its own is named after its number.
fn reference(own: &str, id: u64) -> String {
    if own.is_empty() { format!("#{id}") } else { own.to_owned() }
}

fn calendar(r: Calendar) -> record::Calendar {
    let mut versions = r.versions.into_iter().map(|v| record::Later {
        from: record::Instant(v.from),
        zone: v.timetable.zone,
        hours: words::typed(&v.timetable.windows),
        holidays: v.timetable.holidays.iter().map(words::typed_holiday).collect(),
        other_hours: v.timetable.exceptions.iter().map(words::typed_exception).collect(),
    });
    let first = versions.next();
    let (zone, hours, holidays, other_hours) =
        first.map_or_else(Default::default, |f| (Some(f.zone), f.hours, f.holidays, f.other_hours));
    let later = versions.collect();
    record::Calendar { key: r.key, name: r.name, zone, hours, holidays, other_hours, later, active: r.active }
}
