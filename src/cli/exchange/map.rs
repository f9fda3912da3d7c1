//! A mapping file: how the entries of someone else's JSON become customers or cases.
//!
//! ```toml
//! records = ""                      # where the entries are; empty is the document itself
//! [customer]
//! ref = "{$key}"
//! name = "{name.first_name} {name.last_name}"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::articles::clip;
use super::customers::tidy;
use super::json::Entry;
use super::record::{Case, Customer, Instant, Message, Record, Speaker};
use super::template::{Scope, Template, each};
use super::{Item, Place};
use crate::domain::time::At;
use crate::domain::work::{Channel, Kind, Priority, Status};

/// A mapping, read and checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Where the entries are, as a dotted path.
    #[serde(default)]
    pub records: String,
    customer: Option<CustomerMap>,
    case: Option<CaseMap>,
}

/// Where a field's words come from.
#[derive(Debug, Clone)]
enum Source {
    /// A template.
    Text(Template),
    /// A template whose result is looked up.
    Lookup { from: Template, map: BTreeMap<String, String>, default: Option<String> },
    /// One text per element.
    Each { each: String, text: Template, join: String },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SourceFile {
    Text(String),
    Table(SourceTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    from: Option<String>,
    map: Option<BTreeMap<String, String>>,
    default: Option<String>,
    each: Option<String>,
    text: Option<String>,
    join: Option<String>,
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Source, D::Error> {
        use serde::de::Error;
        let parse = |t: &str| Template::parse(t).map_err(D::Error::custom);
        let shape = "a field is a template, { from, map, default } or { each, text, join }";
        match SourceFile::deserialize(from).map_err(|_| D::Error::custom(shape))? {
            SourceFile::Text(text) => Ok(Source::Text(parse(&text)?)),
            SourceFile::Table(SourceTable { from: Some(from), map, default, each: None, text: None, join: None }) => {
                Ok(Source::Lookup { from: parse(&from)?, map: map.unwrap_or_default(), default })
            }
            SourceFile::Table(SourceTable {
                each: Some(each),
                text: Some(text),
                join,
                from: None,
                map: None,
                default: None,
            }) => Ok(Source::Each { each, text: parse(&text)?, join: join.unwrap_or_else(|| "\n".into()) }),
            SourceFile::Table(_) => Err(D::Error::custom(shape)),
        }
    }
}

impl Source {
    fn fill(&self, scope: Scope<'_>) -> Result<String, String> {
        match self {
            Source::Text(template) => Ok(template.fill(scope)),
            Source::Lookup { from, map, default } => {
                let word = from.fill(scope);
                match map.get(&word).or(default.as_ref()) {
                    Some(found) => Ok(found.clone()),
                    None => Err(format!("the map has nothing for {word:?}, and no default")),
                }
            }
            Source::Each { each: path, text, join } => {
                let lines = each(scope, path)?.into_iter().map(|value| text.fill(Scope { value, ..scope }));
                Ok(lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join(join))
            }
        }
    }
}

/// A list of sources, or one.
#[derive(Debug, Clone, Default)]
struct Sources(Vec<Source>);

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Sources, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Many(Vec<Source>),
            One(Source),
        }
        Ok(match Shape::deserialize(from)? {
            Shape::Many(list) => Sources(list),
            Shape::One(one) => Sources(vec![one]),
        })
    }
}

impl Sources {
    fn fill(&self, scope: Scope<'_>) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for source in &self.0 {
            match source {
                Source::Text(template) => all.extend(template.fill_list(scope)),
                other => all.push(other.fill(scope)?),
            }
        }
        all.retain(|t| !t.is_empty());
        Ok(all)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerMap {
    #[serde(rename = "ref")]
    reference: Source,
    name: Source,
    #[serde(default)]
    phones: Sources,
    #[serde(default)]
    emails: Sources,
    handle: Option<Source>,
    locale: Option<Source>,
    zone: Option<Source>,
    plan: Option<Source>,
    #[serde(default)]
    flags: Sources,
    note: Option<Source>,
    since: Option<Source>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseMap {
    #[serde(rename = "ref")]
    reference: Source,
    customer: Option<Source>,
    queue: Option<Source>,
    channel: Option<Source>,
    subject: Source,
    status: Option<Source>,
    priority: Option<Source>,
    #[serde(default)]
    tags: Sources,
    assignee: Option<Source>,
    language: Option<Source>,
    created: Option<Source>,
    updated: Option<Source>,
    reason: Option<Source>,
    outcome: Option<Source>,
    #[serde(default)]
    message: Vec<MessageMap>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageMap {
    /// One message for each element here; absent is one message.
    each: Option<String>,
    from: Option<Source>,
    author: Option<Source>,
    kind: Option<Source>,
    at: Option<Source>,
    body: Source,
}

/// What to use where the mapping says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Queue of cases.
    pub queue: String,
    /// Calling code of numbers without one.
    pub country: Option<String>,
    /// Time of what has none.
    pub now: At,
}

/// Reads a mapping file; the error names its line.
pub fn read(text: &str) -> Result<Map, String> {
    let map: Map = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|s| 1 + text[..s.start].matches('\n').count());
        let what = error.message().trim().replace('\n', " ");
        line.map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
    })?;
    match (&map.customer, &map.case) {
        (None, None) => Err("it has neither [customer] nor [case]".into()),
        (Some(_), Some(_)) => Err("it has both [customer] and [case]; one file makes one of them".into()),
        _ => Ok(map),
    }
}

impl Map {
    /// Whether it makes customers (else cases).
    pub fn makes_customers(&self) -> bool {
        self.customer.is_some()
    }

    /// Where the entries are.
    pub fn path(&self) -> Vec<String> {
        self.records.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect()
    }

    /// Makes records of entries.
    pub fn apply(
        self,
        entries: impl Iterator<Item = Entry> + Send,
        defaults: Defaults,
    ) -> impl Iterator<Item = Item> + Send {
        let mut seen = std::collections::HashMap::new();
        entries.enumerate().map(move |(n, entry)| {
            let value = match entry.value {
                Ok(value) => value,
                Err(why) => return Item::rejected(entry.place, entry.end, why),
            };
            let scope = Scope { value: &value, root: &value, key: &entry.key, number: n as u64 + 1 };
            let mut warnings = Vec::new();
            let record = if value.is_object() {
                self.record(scope, &defaults, &mut warnings)
            } else {
                Err("it is no object with fields".to_owned())
            };
            let record = record.and_then(|r| match seen.insert(r.title(), entry.place.clone()) {
                Some(first) => Err(format!("{} was already at {first}", r.title())),
                None => Ok(Box::new(r)),
            });
            Item { place: named(entry.place, record.as_deref().ok()), record, warnings, end: entry.end }
        })
    }

    fn record(&self, scope: Scope<'_>, defaults: &Defaults, warnings: &mut Vec<String>) -> Result<Record, String> {
        match (&self.customer, &self.case) {
            (Some(map), _) => map.fill(scope, defaults, warnings).map(Record::Customer),
            (None, Some(map)) => map.fill(scope, defaults, warnings).map(Record::Case),
            (None, None) => Err("the mapping makes nothing".into()),
        }
    }
}

/// An entry of a list has no key; its reference says more than its number.
fn named(place: Place, record: Option<&Record>) -> Place {
    match (place, record) {
        (Place::Entry(n, key), Some(Record::Customer(c))) if key.is_empty() => Place::Entry(n, c.reference.clone()),
        (Place::Entry(n, key), Some(Record::Case(c))) if key.is_empty() => Place::Entry(n, c.reference.clone()),
        (place, _) => place,
    }
}

fn text(source: Option<&Source>, scope: Scope<'_>, field: &str) -> Result<String, String> {
    source.map_or(Ok(String::new()), |s| s.fill(scope).map_err(|why| format!("{field}: {why}")))
}

impl CustomerMap {
    fn fill(&self, scope: Scope<'_>, defaults: &Defaults, warnings: &mut Vec<String>) -> Result<Customer, String> {
        let one = |source: &Option<Source>, field| text(source.as_ref(), scope, field);
        let mut customer = Customer {
            reference: text(Some(&self.reference), scope, "ref")?,
            name: text(Some(&self.name), scope, "name")?,
            phones: self.phones.fill(scope)?,
            emails: self.emails.fill(scope)?,
            handle: one(&self.handle, "handle")?,
            locale: one(&self.locale, "locale")?,
            zone: one(&self.zone, "zone")?,
            plan: one(&self.plan, "plan")?,
            flags: self.flags.fill(scope)?,
            note: one(&self.note, "note")?,
            since: one(&self.since, "since")?,
        };
        tidy(&mut customer, defaults.country.as_deref(), warnings)?;
        Ok(customer)
    }
}

impl CaseMap {
    fn fill(&self, scope: Scope<'_>, defaults: &Defaults, warnings: &mut Vec<String>) -> Result<Case, String> {
        let one = |source: &Option<Source>, field| text(source.as_ref(), scope, field);
        let some = |text: String| (!text.is_empty()).then_some(text);
        let reference = text(Some(&self.reference), scope, "ref")?;
        if reference.is_empty() {
            return Err("the reference is missing".into());
        }
        let created = moment(&one(&self.created, "created")?, "created")?;
        let updated = moment(&one(&self.updated, "updated")?, "updated")?;
        let created = created.or(updated).unwrap_or(defaults.now);
        let mut case = Case {
            label: None,
            checks: Vec::new(),
            reference,
            customer: some(one(&self.customer, "customer")?),
            queue: some(one(&self.queue, "queue")?).unwrap_or_else(|| defaults.queue.clone()),
            channel: word(&one(&self.channel, "channel")?, "channel", Channel::Email, &Channel::ALL, Channel::word)?,
            subject: shortened(&text(Some(&self.subject), scope, "subject")?, warnings),
            status: word(&one(&self.status, "status")?, "status", Status::Closed, &Status::ALL, Status::word)?,
            priority: word(
                &one(&self.priority, "priority")?,
                "priority",
                Priority::Normal,
                &Priority::ALL,
                Priority::word,
            )?,
            tags: self.tags.fill(scope)?,
            assignee: some(one(&self.assignee, "assignee")?),
            language: one(&self.language, "language")?,
            created: Instant(created),
            updated: Instant(updated.unwrap_or(created).max(created)),
            snoozed_until: None,
            reason: some(one(&self.reason, "reason")?),
            outcome: some(one(&self.outcome, "outcome")?),
            escalated: None,
            messages: Vec::new(),
            wrap_ups: Vec::new(),
            promises: Vec::new(),
        };
        for map in &self.message {
            match &map.each {
                None => case.messages.extend(map.fill(scope, created)?),
                Some(path) => {
                    for value in each(scope, path)? {
                        case.messages.extend(map.fill(Scope { value, ..scope }, created)?);
                    }
                }
            }
        }
        case.messages.sort_by_key(|m| m.at);
        Ok(case)
    }
}

impl MessageMap {
    /// The message, or nothing when there are no words.
    fn fill(&self, scope: Scope<'_>, created: At) -> Result<Option<Message>, String> {
        let body = self.body.fill(scope)?;
        if body.is_empty() {
            return Ok(None);
        }
        let from = match text(self.from.as_ref(), scope, "from")?.as_str() {
            "" | "customer" => Speaker::Customer,
            "agent" => Speaker::Agent,
            "system" => Speaker::System,
            other => return Err(format!("from: {other:?} is not customer, agent or system")),
        };
        let kind = match text(self.kind.as_ref(), scope, "kind")?.as_str() {
            "" | "message" => Kind::Message,
            "note" => Kind::Note,
            other => return Err(format!("kind: {other:?} is not message or note")),
        };
        let at = moment(&text(self.at.as_ref(), scope, "at")?, "at")?.unwrap_or(created);
        let author = text(self.author.as_ref(), scope, "author")?;
        let author = (from == Speaker::Agent && !author.is_empty()).then_some(author);
        Ok(Some(Message { at: Instant(at), from, author, kind, channel: None, body, files: Vec::new(), went: None }))
    }
}

/// A subject of at most 300 characters and one line.
pub fn shortened(subject: &str, warnings: &mut Vec<String>) -> String {
    let line = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 300 {
        warnings.push("the subject is longer than 300 characters; it is shortened".into());
    }
    clip(&line, 300)
}

fn word<T: Copy>(text: &str, field: &str, default: T, all: &[T], word: fn(T) -> &'static str) -> Result<T, String> {
    if text.is_empty() {
        return Ok(default);
    }
    all.iter().copied().find(|t| word(*t) == text).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|t| word(*t)).collect();
        format!("{field}: {text:?} is not {}", words.join(", "))
    })
}

/// Reads a time: RFC 3339, a date, or seconds or milliseconds since 1970.
fn moment(text: &str, field: &str) -> Result<Option<At>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(at) = At::from_rfc3339(text) {
        return Ok(Some(at));
    }
    if let Ok(number) = text.parse::<i64>() {
        let ms = if number.abs() < 100_000_000_000 { number.saturating_mul(1000) } else { number };
        return Ok(Some(At(ms)));
    }
    let naive = text.replacen(' ', "T", 1).parse::<chrono::NaiveDateTime>().ok();
    let naive = naive.or_else(|| text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0));
    match naive {
        Some(time) => Ok(Some(At(time.and_utc().timestamp_millis()))),
        None => Err(format!("{field}: {text:?} is no time such as 2025-06-30T14:05:00Z")),
    }
}

/// An entry made of a whole value, for sources that are read at once.
pub fn entry(place: Place, value: Value) -> Entry {
    Entry { place, key: String::new(), value: Ok(value), end: 0 }
}

#[cfg(test)]
mod tests;
