//! Names to numbers: a record becomes the command that brings it in, or nothing when it is there already.

mod case;
mod people;
mod stock;
mod ties;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use stock::stock_name;

use super::record::{self, Record, Speaker};
use crate::cli::books::Books;
use crate::config::nearest;
use crate::domain::Command;
use crate::domain::calendar::{Calendar, Timetable, Version, words};
use crate::domain::checklist::Checklist;
use crate::domain::ids::{
    AgentId, ArticleId, BreakId, CalendarId, CaseId, ChecklistId, CustomerId, InteractionId, LabelId, OutcomeId,
    PolicyId, QueueId, ReasonId, SkillId, TeamId, ViewId,
};
use crate::domain::label::Label;
use crate::domain::people::{Agent, BreakCode, Firm, Skill, Team};
use crate::domain::routing::QueueRules;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::sla::Promise;
use crate::domain::sla::policy::{Fits, Policy, WARN_LEFT_S, WARN_PCT};
use crate::domain::sla::words::{span_s, targets};
use crate::domain::stock::Kind;
use crate::domain::time::At;
use crate::domain::view::SavedView;
use crate::domain::work::{ArticleBody, ArticleHead, Case, Outcome, Queue, Reason};

/// What a record asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Bring it in.
    Do(Box<Command>),
    /// It is there, just so.
    Same,
}

/// Names of the ledger that records mention, learned a batch at a time.
#[derive(Default)]
pub struct Names {
    ids: HashMap<(Entity, String), u64>,
    rows: HashMap<RowKey, Row>,
    /// Interactions that are open, by case and first instant.
    open: HashSet<(CaseId, At)>,
    zone: String,
}

/// Configuration is small and named by everything: it is learned whole.
const CONFIGURATION: [Entity; 13] = [
    Entity::Team,
    Entity::Skill,
    Entity::Calendar,
    Entity::Queue,
    Entity::Policy,
    Entity::Reason,
    Entity::Outcome,
    Entity::BreakCode,
    Entity::Agent,
    Entity::SavedView,
    Entity::Label,
    Entity::Checklist,
    Entity::Stock,
];

impl Names {
    /// Learns the configuration anew; after records of configuration were brought in it must be called again.
    pub fn learn_configuration(&mut self, books: &mut dyn Books) -> anyhow::Result<()> {
        self.ids.retain(|(entity, _), _| !CONFIGURATION.contains(entity));
        self.rows.clear();
        for entity in CONFIGURATION {
            for row in books.all(entity)? {
                if let Some(name) = key_of(&row) {
                    self.ids.insert((entity, name), row.id());
                    self.rows.insert(row.key(), row);
                }
            }
        }
        for row in books.rows(&[RowKey { entity: Entity::Firm, id: 1 }])? {
            if let Row::Firm(firm) = &row {
                self.zone.clone_from(&firm.zone);
            }
            self.rows.insert(row.key(), row);
        }
        Ok(())
    }

    /// Learns what a batch of records names, and the rows that are there already.
    pub fn learn(&mut self, books: &mut dyn Books, records: &[&Record]) -> anyhow::Result<()> {
        let passing = [Entity::Customer, Entity::Case, Entity::ArticleHead];
        self.ids.retain(|(entity, _), _| !passing.contains(entity));
        let kept = |key: &RowKey| CONFIGURATION.contains(&key.entity) || key.entity == Entity::Firm;
        self.rows.retain(|key, _| kept(key));
        let mut names: Vec<(Entity, String)> = Vec::new();
        let mut keys = Vec::new();
        let mut opens = false;
        for record in records {
            match record {
                Record::Customer(c) => {
                    names.push((Entity::Customer, c.reference.clone()));
                    let own = own_number(&c.reference);
                    keys.extend(own.map(|id| RowKey { entity: Entity::Customer, id }));
                    keys.extend(own.map(|id| RowKey { entity: Entity::Contacts, id }));
                }
                Record::Case(c) => {
                    names.push((Entity::Case, c.reference.clone()));
                    names.extend(c.customer.clone().map(|c| (Entity::Customer, c)));
                    let own = c.customer.as_deref().and_then(own_number);
                    keys.extend(own.map(|id| RowKey { entity: Entity::Customer, id }));
                    keys.extend(own_number(&c.reference).map(|id| RowKey { entity: Entity::Case, id }));
                }
                Record::Interaction(i) => {
                    names.push((Entity::Case, i.case.clone()));
                    keys.extend(own_number(&i.case).map(|id| RowKey { entity: Entity::Case, id }));
                    opens = true;
                }
                Record::Ties(t) => {
                    for case in t.named() {
                        names.push((Entity::Case, case.to_owned()));
                        keys.extend(own_number(case).map(|id| RowKey { entity: Entity::Case, id }));
                    }
                }
                Record::Correspondence(c) => {
                    names.push((Entity::Case, c.case.clone()));
                    let own = own_number(&c.case);
                    keys.extend(own.map(|id| RowKey { entity: Entity::Case, id }));
                    keys.extend(own.map(|id| RowKey { entity: Entity::Correspondents, id }));
                }
                Record::Merged(m) => {
                    for customer in [&m.customer, &m.into] {
                        names.push((Entity::Customer, customer.clone()));
                        keys.extend(own_number(customer).map(|id| RowKey { entity: Entity::Customer, id }));
                    }
                }
                Record::Article(a) => names.push((Entity::ArticleHead, format!("{}/{}", a.locale, a.slug))),
                _ => {}
            }
        }
        names.sort();
        names.dedup();
        names.retain(|(_, name)| !name.is_empty());
        for (name, id) in names.iter().zip(books.ids(&names)?) {
            let Some(id) = id else { continue };
            self.ids.insert(name.clone(), id);
            match name.0 {
                Entity::Customer => {
                    keys.push(RowKey { entity: Entity::Customer, id });
                    keys.push(RowKey { entity: Entity::Contacts, id });
                }
                Entity::Case => {
                    keys.push(RowKey { entity: Entity::Case, id });
                    keys.push(RowKey { entity: Entity::Correspondents, id });
                }
                Entity::ArticleHead => {
                    keys.push(RowKey { entity: Entity::ArticleHead, id });
                    keys.push(RowKey { entity: Entity::ArticleBody, id });
                }
                _ => {}
            }
        }
        keys.sort_unstable();
        keys.dedup();
        self.rows.extend(books.rows(&keys)?.into_iter().map(|row| (row.key(), row)));
        self.open.clear();
        if opens {
            self.open.extend(books.all(Entity::Interaction)?.into_iter().filter_map(|row| match row {
                Row::Interaction(i) => Some((i.case, i.first_enqueued)),
                _ => None,
            }));
        }
        Ok(())
    }

    /// The id of a row by name.
    pub fn id(&self, entity: Entity, name: &str) -> Option<u64> {
        self.ids.get(&(entity, name.to_owned())).copied()
    }

    /// Every name of a kind of configuration.
    pub fn all(&self, entity: Entity) -> impl Iterator<Item = &str> {
        self.ids.keys().filter(move |(e, _)| *e == entity).map(|(_, name)| name.as_str())
    }

    /// A row learned before.
    pub fn row(&self, entity: Entity, name: &str) -> Option<&Row> {
        self.rows.get(&RowKey { entity, id: self.id(entity, name)? })
    }

    /// A case learned before, by its reference or as this ledger's own of that number.
    pub fn case(&self, reference: &str) -> Option<&Case> {
        let named = self.id(Entity::Case, reference);
        match self.rows.get(&RowKey { entity: Entity::Case, id: named.or_else(|| own_number(reference))? }) {
            Some(Row::Case(case)) if named.is_some() || case.reference.is_empty() => Some(case),
            _ => None,
        }
    }

    /// Whether an interaction on this case that came then is open.
    pub fn is_open(&self, case: CaseId, came: At) -> bool {
        self.open.contains(&(case, came))
    }

    /// The id of a row that must be there, or a sentence with the nearest name.
    pub fn need(&self, entity: Entity, name: &str) -> Result<u64, String> {
        let word = match entity {
            Entity::BreakCode => "break",
            Entity::Customer => "customer",
            Entity::Team => "team",
            Entity::Skill => "skill",
            Entity::Calendar => "calendar",
            Entity::Policy => "policy",
            Entity::Queue => "queue",
            Entity::Reason => "reason",
            Entity::Outcome => "outcome",
            Entity::Agent => "agent",
            Entity::SavedView => "view",
            Entity::Label => "label",
            Entity::Checklist => "checklist",
            Entity::Stock => "snippet or macro",
            _ => "row",
        };
        self.id(entity, name).ok_or_else(|| match nearest(name, self.all(entity)) {
            Some(near) => format!("there is no {word} {name}; did you mean {near}?"),
            None => format!("there is no {word} {name}"),
        })
    }

    /// What a record asks for, given what was learned.
    pub fn resolve(&self, record: &Record) -> Result<Step, String> {
        let row: Row = match record {
            Record::Firm(r) => {
                Firm { name: r.name.clone(), zone: r.zone.clone(), rules: r.routing.clone(), locale: r.locale.clone() }
                    .into()
            }
            Record::Skill(r) => {
                let id = SkillId(self.id(Entity::Skill, &r.key).unwrap_or(0));
                Skill { id, key: r.key.clone(), name: r.name.clone() }.into()
            }
            Record::Team(r) => {
                let id = TeamId(self.id(Entity::Team, &r.key).unwrap_or(0));
                Team { id, key: r.key.clone(), name: r.name.clone() }.into()
            }
            Record::Calendar(r) => self.calendar(r)?.into(),
            Record::Policy(r) => self.policy(r)?.into(),
            Record::Queue(r) => self.queue(r)?.into(),
            Record::Agent(r) => self.agent(r)?.into(),
            Record::Reason(r) => Reason {
                id: ReasonId(self.id(Entity::Reason, &r.path).unwrap_or(0)),
                path: r.path.clone(),
                label: r.label.clone(),
                queues: self.queues(&r.queues)?,
                active: r.active,
            }
            .into(),
            Record::Outcome(r) => Outcome {
                id: OutcomeId(self.id(Entity::Outcome, &r.key).unwrap_or(0)),
                key: r.key.clone(),
                label: r.label.clone(),
                needs: r.needs.clone(),
                solves: r.solves,
                active: r.active,
            }
            .into(),
            Record::Break(r) => BreakCode {
                id: BreakId(self.id(Entity::BreakCode, &r.key).unwrap_or(0)),
                key: r.key.clone(),
                label: r.label.clone(),
                limit_s: r.limit_s,
            }
            .into(),
            Record::Label(r) => Label {
                id: LabelId(self.id(Entity::Label, &r.key).unwrap_or(0)),
                key: r.key.clone(),
                name: r.name.clone(),
                status: r.status,
                active: r.active,
            }
            .into(),
            Record::Checklist(r) => Checklist {
                id: ChecklistId(self.id(Entity::Checklist, &r.key).unwrap_or(0)),
                key: r.key.clone(),
                name: r.name.clone(),
                items: r.items.clone(),
                queues: self.queues(&r.queues)?,
                reasons: r
                    .reasons
                    .iter()
                    .map(|path| self.need(Entity::Reason, path).map(ReasonId))
                    .collect::<Result<_, _>>()?,
                demand: r.at_wrap_up,
                active: r.active,
            }
            .into(),
            Record::View(r) => self.view(r)?.into(),
            Record::Snippet(r) => self.stock(Kind::Snippet, r)?.into(),
            Record::Macro(r) => self.stock(Kind::Macro, r)?.into(),
            Record::Ties(r) => return self.ties(r),
            Record::Customer(r) => return Ok(self.customer(r)),
            Record::Merged(r) => return self.merged(r),
            Record::Article(r) => return Ok(self.article(r)),
            Record::Case(r) => return self.past_case(r),
            Record::Correspondence(r) => return self.correspondence(r),
            Record::Interaction(r) => return super::interaction::resolve(self, r),
        };
        Ok(self.put(row))
    }

    /// A row as it shall be.
    fn put(&self, row: Row) -> Step {
        if self.rows.get(&row.key()) == Some(&row) {
            return Step::Same;
        }
        Step::Do(Box::new(Command::Put { row: Box::new(row) }))
    }

    fn queues(&self, keys: &[String]) -> Result<Vec<QueueId>, String> {
        keys.iter().map(|key| self.need(Entity::Queue, key).map(QueueId)).collect()
    }

    fn skills(&self, skills: &BTreeMap<String, u8>) -> Result<BTreeMap<SkillId, u8>, String> {
        skills.iter().map(|(key, level)| Ok((SkillId(self.need(Entity::Skill, key)?), *level))).collect()
    }

    fn calendar(&self, r: &record::Calendar) -> Result<Calendar, String> {
        let zone = r.zone.as_ref().unwrap_or(&self.zone);
        let first = timetable(zone, &r.hours, &r.holidays, &r.other_hours)?;
        let mut versions = vec![Version { from: At(0), timetable: first }];
        for later in &r.later {
            let timetable = timetable(&later.zone, &later.hours, &later.holidays, &later.other_hours)?;
            versions.push(Version { from: later.from.0, timetable });
        }
        versions.sort_by_key(|v| v.from);
        let id = CalendarId(self.id(Entity::Calendar, &r.key).unwrap_or(0));
        Ok(Calendar { id, key: r.key.clone(), name: r.name.clone(), versions, active: r.active })
    }

    fn policy(&self, r: &record::Policy) -> Result<Policy, String> {
        let mut promised = BTreeMap::new();
        for (promise, text) in
            [(Promise::First, &r.first), (Promise::Next, &r.next), (Promise::Resolution, &r.resolution)]
        {
            let Some(text) = text else { continue };
            promised.insert(promise, targets(text).map_err(|why| format!("{}: {why}", promise.word()))?);
        }
        let warn_left_s = match r.warn_left.as_deref() {
            None => WARN_LEFT_S,
            Some("none") => 0,
            Some(text) => span_s(text).map_err(|why| format!("warn_left: {why}"))?,
        };
        Ok(Policy {
            id: PolicyId(self.id(Entity::Policy, &r.key).unwrap_or(0)),
            key: r.key.clone(),
            name: r.name.clone(),
            rank: r.rank,
            when: Fits {
                queues: self.queues(&r.queues)?,
                channels: r.channels.clone(),
                priorities: r.priorities.clone(),
                tags: r.tags.clone(),
                flags: r.flags.clone(),
                plans: r.plans.clone(),
                languages: r.languages.clone(),
            },
            calendar: r.calendar.as_ref().map(|key| self.need(Entity::Calendar, key).map(CalendarId)).transpose()?,
            targets: promised,
            reopens: r.reopens,
            pauses: r.pauses.clone(),
            warn_pct: r.warn_pct.unwrap_or(WARN_PCT),
            warn_left_s,
            active: r.active,
        })
    }

    fn queue(&self, r: &record::Queue) -> Result<Queue, String> {
        Ok(Queue {
            id: QueueId(self.id(Entity::Queue, &r.key).unwrap_or(0)),
            key: r.key.clone(),
            name: r.name.clone(),
            channels: r.channels.clone(),
            skills: self.skills(&r.skills)?,
            offer_s: r.offer_s,
            wrap_up_s: r.wrap_up_s,
            sl_pct: r.sl_pct,
            sl_s: r.sl_s,
            calendar: r.calendar.as_ref().map(|key| self.need(Entity::Calendar, key).map(CalendarId)).transpose()?,
            closed_message: r.closed_message.clone(),
            active: r.active,
            rules: QueueRules {
                wrap_up: r.wrap_up,
                ..r.routing.rules(|key| self.need(Entity::Skill, key), |key| self.need(Entity::Queue, key))?
            },
        })
    }

    fn agent(&self, r: &record::Agent) -> Result<Agent, String> {
        Ok(Agent {
            id: AgentId(self.id(Entity::Agent, &r.login).unwrap_or(0)),
            login: r.login.clone(),
            name: r.name.clone(),
            team: TeamId(self.need(Entity::Team, &r.team)?),
            role: r.role,
            skills: self.skills(&r.skills)?,
            queues: self.queues(&r.queues)?,
            active: r.active,
        })
    }

    fn view(&self, r: &record::View) -> Result<SavedView, String> {
        let owner = r.owner.as_ref().map(|l| self.need(Entity::Agent, l).map(AgentId)).transpose()?;
        let id = ViewId(self.id(Entity::SavedView, &view_name(&r.name, owner)).unwrap_or(0));
        Ok(SavedView { id, name: r.name.clone(), text: r.text.clone(), owner })
    }

    fn article(&self, r: &record::Article) -> Step {
        let id = ArticleId(self.id(Entity::ArticleHead, &format!("{}/{}", r.locale, r.slug)).unwrap_or(0));
        let head = ArticleHead {
            id,
            slug: r.slug.clone(),
            title: r.title.clone(),
            locale: r.locale.clone(),
            tags: r.tags.clone(),
            owner: r.owner.clone(),
            verified_until: r.verified_until.clone(),
            internal: r.internal,
            updated: r.updated.0,
        };
        let body = ArticleBody { id, body: r.body.clone() };
        let same = |row: Row| self.rows.get(&row.key()) == Some(&row);
        if id.0 != 0 && same(head.clone().into()) && same(body.clone().into()) {
            return Step::Same;
        }
        Step::Do(Box::new(Command::ImportArticle { head: Box::new(head), body: body.body }))
    }
}

/// The command for one that waits; `came` is when it came.
pub fn waiting(
    names: &Names,
    customer: Option<u64>,
    w: &super::interaction::Waiting,
    came: crate::domain::time::At,
) -> Result<Command, String> {
    let words = w.messages.iter().filter(|m| m.from == Speaker::Customer).map(|m| m.body.as_str());
    let words: Vec<&str> = words.collect();
    Ok(Command::OpenInteraction {
        channel: w.channel,
        queue: QueueId(names.need(Entity::Queue, &w.queue)?),
        hint: crate::domain::command::CustomerHint {
            reference: w.customer.clone(),
            proof: crate::domain::proof::Proof::Address,
            ..Default::default()
        },
        customer: customer.map(CustomerId),
        case: None,
        menu: w.menu.clone(),
        priority: w.priority,
        language: w.language.clone(),
        subject: w.subject.clone(),
        body: words.first().map(|b| (*b).to_owned()),
        came: Some(came),
        callback: Default::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    })
}

/// The commands for what someone who waits said after their first words.
pub fn said_since(w: &super::interaction::Waiting, interaction: InteractionId) -> Vec<Command> {
    let words = w.messages.iter().filter(|m| m.from == Speaker::Customer).skip(1);
    words
        .map(|m| Command::AppendMessage { interaction, body: m.body.clone(), files: Vec::new(), letter: None })
        .collect()
}

/// The number of a case that is named after it.
fn own_number(reference: &str) -> Option<u64> {
    reference.strip_prefix('#')?.parse().ok()
}

/// A view's name among all: people's own are apart from the team's, which have no tab in their name.
fn view_name(name: &str, owner: Option<AgentId>) -> String {
    owner.map_or_else(|| name.to_owned(), |owner| format!("{name}\t{owner}"))
}

/// A configuration row's name in files.
pub fn key_of(row: &Row) -> Option<String> {
    match row {
        Row::Team(r) => Some(r.key.clone()),
        Row::Skill(r) => Some(r.key.clone()),
        Row::Queue(r) => Some(r.key.clone()),
        Row::Calendar(r) => Some(r.key.clone()),
        Row::Policy(r) => Some(r.key.clone()),
        Row::Reason(r) => Some(r.path.clone()),
        Row::Outcome(r) => Some(r.key.clone()),
        Row::BreakCode(r) => Some(r.key.clone()),
        Row::Agent(r) => Some(r.login.clone()),
        Row::SavedView(r) => Some(view_name(&r.name, r.owner)),
        Row::Label(r) => Some(r.key.clone()),
        Row::Checklist(r) => Some(r.key.clone()),
        Row::Stock(r) => Some(stock_name(r.kind, &r.key, &r.locale, r.owner)),
        _ => None,
    }
}

/// A timetable from the words of a file; the error names the part.
fn timetable(zone: &str, hours: &str, holidays: &[String], other: &[String]) -> Result<Timetable, String> {
    let windows = words::windows(hours).map_err(|why| format!("hours: {why}"))?;
    let holidays: Result<_, _> = holidays.iter().map(|h| words::holiday(h)).collect();
    let exceptions: Result<_, _> = other.iter().map(|e| words::exception(e)).collect();
    Ok(Timetable {
        zone: zone.to_owned(),
        windows,
        holidays: holidays.map_err(|why| format!("holidays: {why}"))?,
        exceptions: exceptions.map_err(|why| format!("other_hours: {why}"))?,
    })
}
