//! Answers of the Zendesk API, saved to files: users become customers, tickets cases, comments messages and notes.
//!
//! Ticket files are read twice and never held whole: first to see who asks, then to make cases. Zendesk's own
//! agents are not brought in; what they wrote is kept under their name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::customers::tidy;
use super::json::{Entry, entries, first_key};
use super::map::shortened;
use super::record::{Case, Customer, Instant, Message, Queue, Record, Speaker, every_channel};
use super::{Item, Place};
use crate::domain::time::At;
use crate::domain::work::{Channel, Kind, Priority, Status};

/// Kinds of things found in files, by the key they stand under.
const PLURALS: [(&str, &str); 5] = [
    ("tickets", "ticket"),
    ("users", "user"),
    ("organizations", "organization"),
    ("groups", "group"),
    ("comments", "comment"),
];

/// What is known here already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Keys of queues.
    pub queues: HashSet<String>,
    /// Names of agents, small letters, to logins.
    pub agents: HashMap<String, String>,
    /// Where tickets without a known group go.
    pub queue: String,
    /// Calling code of numbers without one.
    pub country: Option<String>,
    /// Time of what has none.
    pub now: At,
}

/// What was found in the files, tickets aside.
struct Found {
    known: Known,
    users: BTreeMap<u64, User>,
    organizations: HashMap<u64, String>,
    groups: BTreeMap<u64, String>,
    comments: HashMap<u64, Vec<Value>>,
    /// Who asks in some ticket, with what the ticket itself says about them.
    requesters: BTreeMap<u64, Option<Value>>,
    tickets: Vec<(PathBuf, Vec<String>)>,
}

struct User {
    reference: String,
    name: String,
    is_customer: bool,
    value: Value,
}

/// Looks through the files; notes say what is passed over. The items come in the order they need each other.
pub fn read(
    files: &[PathBuf],
    known: Known,
) -> Result<(impl Iterator<Item = Item> + Send + use<>, Vec<String>), String> {
    let mut found = Found {
        known,
        users: BTreeMap::new(),
        organizations: HashMap::new(),
        groups: BTreeMap::new(),
        comments: HashMap::new(),
        requesters: BTreeMap::new(),
        tickets: Vec::new(),
    };
    let mut notes = Vec::new();
    let mut loose = Vec::new();
    for path in files {
        found.file(path, &mut loose, &mut notes)?;
    }
    found.see_tickets();
    found.place_comments(loose, &mut notes);
    let agents = found.users.iter().filter(|(id, u)| !u.is_customer && !found.requesters.contains_key(id)).count();
    if agents > 0 {
        notes.push(format!("{agents} of the users work at the desk in Zendesk and are not brought in as customers"));
    }
    Ok((found.items(), notes))
}

impl Found {
    /// Takes in one file.
    fn file(
        &mut self,
        path: &Path,
        loose: &mut Vec<(PathBuf, Vec<Value>)>,
        notes: &mut Vec<String>,
    ) -> Result<(), String> {
        let shown = path.display();
        let open = || File::open(path).map_err(|error| format!("{shown} cannot be read: {error}"));
        let (key, at) = match top(open)? {
            Top::Under(key) => (PLURALS.iter().find(|(many, one)| key == *many || key == *one), vec![key]),
            Top::Entries(value) => (guess(&value).and_then(|one| PLURALS.iter().find(|(_, o)| *o == one)), Vec::new()),
            Top::Other(why) => {
                notes.push(format!("{shown} is passed over: {why}"));
                return Ok(());
            }
        };
        let Some((many, one)) = key.copied() else {
            notes
                .push(format!("{shown} is passed over: it holds no tickets, users, organizations, groups or comments"));
            return Ok(());
        };
        let single = at.first().is_some_and(|k| k == one);
        if many == "tickets" {
            self.tickets.push((path.to_owned(), at));
            return Ok(());
        }
        let mut comments = Vec::new();
        for value in values(path, &at, single) {
            let value = match value {
                Ok(value) => value,
                Err(why) => {
                    notes.push(format!("{shown}: {why}"));
                    continue;
                }
            };
            let id = value["id"].as_u64();
            match (many, id) {
                ("users", Some(id)) => {
                    self.users.entry(id).or_insert_with(|| User::of(id, value));
                }
                ("organizations", Some(id)) => {
                    self.organizations.insert(id, word(&value["name"]));
                }
                ("groups", Some(id)) => {
                    self.groups.insert(id, word(&value["name"]));
                }
                ("comments", _) => comments.push(value),
                _ => {}
            }
        }
        if !comments.is_empty() {
            loose.push((path.to_owned(), comments));
        }
        Ok(())
    }

    /// First look at the tickets: who asks.
    fn see_tickets(&mut self) {
        for (path, at) in self.tickets.clone() {
            let single = at.first().is_some_and(|k| k == "ticket");
            for ticket in values(&path, &at, single).flatten() {
                if let Some(id) = ticket["requester_id"].as_u64() {
                    let from = &ticket["via"]["source"]["from"];
                    let said = (from["name"].is_string() || from["address"].is_string()).then(|| from.clone());
                    let slot = self.requesters.entry(id).or_default();
                    *slot = slot.take().or(said);
                }
            }
        }
    }

    /// The API answers comments of one ticket without saying which; name, neighbour or words may tell.
    fn place_comments(&mut self, loose: Vec<(PathBuf, Vec<Value>)>, notes: &mut Vec<String>) {
        let alone: Vec<(PathBuf, u64)> = self
            .tickets
            .iter()
            .filter(|(_, at)| at.first().is_some_and(|k| k == "ticket"))
            .filter_map(|(path, at)| {
                let id = values(path, at, true).flatten().next()?["id"].as_u64()?;
                Some((path.parent().map(Path::to_owned).unwrap_or_default(), id))
            })
            .collect();
        for (path, comments) in loose {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let by_name =
                stem.rsplit(|c: char| !c.is_ascii_digit()).find(|d| !d.is_empty()).and_then(|d| d.parse().ok());
            let folder = path.parent().map(Path::to_owned).unwrap_or_default();
            let mut beside = alone.iter().filter(|(f, _)| *f == folder).map(|(_, id)| *id);
            let by_place = beside.next().filter(|_| beside.next().is_none());
            let mut lost = 0;
            for comment in comments {
                match comment["ticket_id"].as_u64().or(by_name).or(by_place) {
                    Some(ticket) => self.comments.entry(ticket).or_default().push(comment),
                    None => lost += 1,
                }
            }
            if lost > 0 {
                notes.push(format!(
                    "{}: {lost} comments do not say which ticket they belong to and are left out; \
                     put the ticket's number into the file's name",
                    path.display()
                ));
            }
        }
    }

    fn items(self) -> impl Iterator<Item = Item> + Send + use<> {
        let wanted: BTreeSet<String> = self.groups.values().map(|name| key_of(name)).collect();
        let queues: Vec<Item> = wanted
            .iter()
            .chain([&self.known.queue])
            .filter(|key| !self.known.queues.contains(*key))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|key| {
                let name =
                    self.groups.values().find(|n| key_of(n) == *key).cloned().unwrap_or_else(|| "Imported".into());
                Item::whole(Place::Entry(0, format!("group {name}")), 0, Record::Queue(new_queue(key, &name)))
            })
            .collect();
        let customers: Vec<Item> = self.customers();
        let queues = if self.tickets.is_empty() { Vec::new() } else { queues };
        queues.into_iter().chain(customers).chain(self.cases())
    }

    fn customers(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (n, (id, user)) in self.users.iter().enumerate() {
            if user.is_customer || self.requesters.contains_key(id) {
                let place = Place::Entry(n as u64 + 1, format!("user {id}"));
                items.push(self.customer(place, user));
            }
        }
        for (id, said) in self.requesters.iter().filter(|(id, _)| !self.users.contains_key(id)) {
            if let Some(said) = said {
                let value =
                    serde_json::json!({ "name": said["name"], "email": said["address"], "phone": said["phone"] });
                let place = Place::Entry(items.len() as u64 + 1, format!("requester {id}"));
                items.push(self.customer(place, &User::of(*id, value)));
            }
        }
        items
    }

    fn customer(&self, place: Place, user: &User) -> Item {
        let v = &user.value;
        let organization = v["organization_id"].as_u64().and_then(|id| self.organizations.get(&id));
        let notes = [organization.map(|o| format!("Organisation: {o}")), some(&v["details"]), some(&v["notes"])];
        let mut customer = Customer {
            reference: user.reference.clone(),
            name: user.name.clone(),
            phones: some(&v["phone"]).into_iter().collect(),
            emails: some(&v["email"]).into_iter().collect(),
            handle: String::new(),
            locale: word(&v["locale"]),
            zone: word(&v["iana_time_zone"]),
            plan: String::new(),
            flags: strings(&v["tags"]),
            note: notes.into_iter().flatten().collect::<Vec<_>>().join("\n"),
            since: word(&v["created_at"]),
        };
        let mut warnings = Vec::new();
        let record = tidy(&mut customer, self.known.country.as_deref(), &mut warnings);
        Item { place, record: record.map(|()| Box::new(Record::Customer(customer))), warnings, end: 0 }
    }

    fn cases(self) -> impl Iterator<Item = Item> + Send + use<> {
        let entries = self.tickets.clone().into_iter().flat_map(|(path, at)| {
            let single = at.first().is_some_and(|k| k == "ticket");
            values(&path, &at, single).map(move |value| (path.clone(), value))
        });
        let mut seen = HashSet::new();
        entries.enumerate().filter_map(move |(n, (path, value))| match value {
            Ok(ticket) => {
                let id = ticket["id"].as_u64().unwrap_or_default();
                let new = seen.insert(id);
                new.then(|| self.case(Place::Entry(n as u64 + 1, format!("ticket {id}")), id, &ticket))
            }
            Err(why) => Some(Item::rejected(Place::File(path.display().to_string()), 0, why)),
        })
    }

    fn case(&self, place: Place, id: u64, t: &Value) -> Item {
        let mut warnings = Vec::new();
        let record = self.case_of(id, t, &mut warnings).map(|c| Box::new(Record::Case(c)));
        Item { place, record, warnings, end: 0 }
    }

    fn case_of(&self, id: u64, t: &Value, warnings: &mut Vec<String>) -> Result<Case, String> {
        if id == 0 {
            return Err("it has no id".into());
        }
        let created = At::from_rfc3339(&word(&t["created_at"])).unwrap_or(self.known.now);
        let updated = At::from_rfc3339(&word(&t["updated_at"])).unwrap_or(created).max(created);
        let requester = t["requester_id"].as_u64();
        let customer = requester.and_then(|id| match (self.users.get(&id), self.requesters.get(&id)) {
            (Some(user), _) => Some(user.reference.clone()),
            (None, Some(Some(_))) => Some(format!("zendesk-{id}")),
            _ => None,
        });
        if customer.is_none() {
            warnings.push("who asked is not among the users; the case has no customer".into());
        }
        let group = t["group_id"].as_u64().and_then(|id| self.groups.get(&id)).map(|name| key_of(name));
        let description = word(&t["description"]);
        let subject =
            [word(&t["subject"]), word(&t["raw_subject"]), description.lines().next().unwrap_or("").to_owned()];
        let subject = subject.into_iter().find(|s| !s.trim().is_empty()).unwrap_or_else(|| "(no subject)".into());
        let status = match word(&t["status"]).as_str() {
            "new" | "open" => Status::Open,
            "pending" | "hold" => Status::Pending,
            "solved" => Status::Solved,
            "closed" => Status::Closed,
            "deleted" => return Err("it is deleted in Zendesk".into()),
            other => {
                warnings.push(format!("its status {other:?} is not known; it is open here"));
                Status::Open
            }
        };
        let mut messages = self.messages(id, requester, t, warnings);
        if messages.is_empty() && !description.trim().is_empty() {
            messages.push(said(created, Speaker::Customer, None, Kind::Message, description));
        }
        messages.sort_by_key(|m| m.at);
        let locale = requester.and_then(|id| self.users.get(&id)).map(|u| word(&u.value["locale"])).unwrap_or_default();
        Ok(Case {
            label: None,
            checks: Vec::new(),
            reference: some(&t["external_id"]).unwrap_or_else(|| format!("zendesk-{id}")),
            customer,
            queue: group.unwrap_or_else(|| self.known.queue.clone()),
            channel: channel(&word(&t["via"]["channel"])),
            subject: shortened(&subject, warnings),
            status,
            priority: Priority::from_word(&word(&t["priority"])).unwrap_or_default(),
            tags: strings(&t["tags"]),
            assignee: t["assignee_id"].as_u64().and_then(|id| self.login(id)),
            language: locale.split('-').next().unwrap_or_default().to_owned(),
            created: Instant(created),
            updated: Instant(updated),
            snoozed_until: None,
            reason: None,
            outcome: None,
            escalated: None,
            messages,
            wrap_ups: Vec::new(),
            promises: Vec::new(),
        })
    }

    fn messages(&self, id: u64, requester: Option<u64>, t: &Value, warnings: &mut Vec<String>) -> Vec<Message> {
        let inside = t["comments"].as_array().map(Vec::as_slice).unwrap_or_default();
        let apart = self.comments.get(&id).map(Vec::as_slice).unwrap_or_default();
        let mut seen = HashSet::new();
        let mut messages = Vec::new();
        for comment in inside.iter().chain(apart) {
            if comment["id"].as_u64().is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let body = [&comment["plain_body"], &comment["body"]].into_iter().find_map(some);
            let Some(body) = body else { continue };
            let at = At::from_rfc3339(&word(&comment["created_at"])).unwrap_or_else(|| {
                warnings.push("a comment has no time".into());
                self.known.now
            });
            let kind = if comment["public"].as_bool() == Some(false) { Kind::Note } else { Kind::Message };
            let author = comment["author_id"].as_u64();
            let user = author.and_then(|id| self.users.get(&id));
            let message = match (author.and_then(|id| self.login(id)), user) {
                _ if author == requester && author.is_some() => said(at, Speaker::Customer, None, kind, body),
                (Some(login), _) => said(at, Speaker::Agent, Some(login), kind, body),
                (None, Some(user)) if user.is_customer => said(at, Speaker::Customer, None, kind, body),
                (None, Some(user)) => said(at, Speaker::System, None, kind, format!("{} wrote:\n{body}", user.name)),
                (None, None) => said(at, Speaker::System, None, kind, body),
            };
            messages.push(message);
        }
        messages
    }

    /// The agent here who is called like a user there.
    fn login(&self, user: u64) -> Option<String> {
        let user = self.users.get(&user).filter(|u| !u.is_customer)?;
        self.known.agents.get(&user.name.to_lowercase()).cloned()
    }
}

impl User {
    fn of(id: u64, value: Value) -> User {
        let reference = some(&value["external_id"]).unwrap_or_else(|| format!("zendesk-{id}"));
        let name = some(&value["name"]).or_else(|| some(&value["email"])).unwrap_or_default();
        let is_customer = value["role"].as_str().is_none_or(|r| r == "end-user");
        User { reference, name, is_customer, value }
    }
}

/// A queue for what comes from elsewhere.
pub fn new_queue(key: &str, name: &str) -> Queue {
    Queue {
        key: key.to_owned(),
        name: name.to_owned(),
        channels: every_channel(),
        skills: BTreeMap::new(),
        offer_s: 15,
        wrap_up_s: 60,
        wrap_up: Default::default(),
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        routing: super::rules::Routing::default(),
        active: true,
    }
}

/// What the top of a document is.
enum Top {
    /// An object with this key of ours.
    Under(String),
    /// A list or JSON Lines; the first entry.
    Entries(Box<Value>),
    /// Something else.
    Other(String),
}

fn top(open: impl Fn() -> Result<File, String>) -> Result<Top, String> {
    let known: Vec<&str> = PLURALS.iter().flat_map(|(many, one)| [*many, *one]).collect();
    match entries(open()?, Vec::new()).next() {
        Some(Entry { key, value: Ok(value), .. }) if key.is_empty() => return Ok(Top::Entries(Box::new(value))),
        Some(Entry { value: Ok(_) | Err(_), .. }) | None => {}
    }
    Ok(match first_key(open()?, &known) {
        Ok(Some(key)) => Top::Under(key),
        Ok(None) => Top::Other("it holds no tickets, users, organizations, groups or comments".into()),
        Err(why) => Top::Other(why),
    })
}

fn guess(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some();
    match () {
        () if has("requester_id") => Some("ticket"),
        () if has("author_id") => Some("comment"),
        () if has("role") && has("email") => Some("user"),
        () => None,
    }
}

type Values = Box<dyn Iterator<Item = Result<Value, String>> + Send>;

/// The things a file holds under a key; one thing when it is a single one.
fn values(path: &Path, at: &[String], single: bool) -> Values {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return Box::new(std::iter::once(Err(format!("it cannot be read: {error}")))),
    };
    if single {
        let key = at.first().cloned().unwrap_or_default();
        let found = entries(file, Vec::new()).find(|e| e.key == key).map(|e| e.value);
        return Box::new(found.into_iter());
    }
    Box::new(entries(file, at.to_vec()).map(|e| e.value))
}

fn said(at: At, from: Speaker, author: Option<String>, kind: Kind, body: String) -> Message {
    Message { at: Instant(at), from, author, kind, channel: None, body, files: Vec::new(), went: None }
}

fn channel(via: &str) -> Channel {
    match via {
        "voice" | "phone" | "call" => Channel::Voice,
        "chat" | "messaging" | "native_messaging" | "whatsapp" | "sms" | "facebook" | "line" => Channel::Chat,
        _ => Channel::Email,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn some(value: &Value) -> Option<String> {
    Some(word(value)).filter(|w| !w.is_empty())
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().map(|list| list.iter().filter_map(some).collect()).unwrap_or_default()
}

/// A short name made of a long one: `Tier 2 Support` is `tier-2-support`.
pub fn key_of(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() { "imported".into() } else { words.join("-") }
}

#[cfg(test)]
mod tests;
