//! The customer pane: who they are, and one timeline over all channels.

use super::who::{self, Backing};
use super::{conversation, queue};
use crate::app::list::List;
use crate::app::model::Model;
use crate::app::overlays::identify;
use crate::app::overlays::kin::merged_words;
use crate::app::port::{CustomerFile, TimelineLine};
use crate::app::screen::Pane;
use crate::app::text::Field;
use crate::app::update::{Asking, Desk};
use crate::app::words;
use crate::domain::ids::{CaseId, CustomerId};
use crate::domain::kin;
use crate::domain::label::standing;
use crate::domain::people::Contacts;
use crate::domain::row::Row;
use crate::domain::time::At;
use crate::domain::work::{Author, Channel, Interaction, Kind};

/// The pane.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Whose.
    pub id: Option<CustomerId>,
    /// What the cache knows.
    pub file: Option<Box<CustomerFile>>,
    /// The timeline, newest first, as far as it matches the search.
    pub lines: Vec<TimelineLine>,
    /// The selection among them.
    pub list: List,
    /// What is searched for.
    pub search: Field,
    /// Letters go to the search.
    pub typing: bool,
}

impl Default for Customer {
    fn default() -> Customer {
        Customer {
            id: None,
            file: None,
            lines: Vec::new(),
            list: List::default(),
            search: Field::line(),
            typing: false,
        }
    }
}

/// The facts above the timeline; text is raw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Name.
    pub name: String,
    /// Flags as words.
    pub flags: Vec<String>,
    /// Label and value: plan, since, local time, language, identities.
    pub rows: Vec<(&'static str, String)>,
    /// Pinned note.
    pub note: String,
    /// What stands behind it that this is who the open contact is with.
    pub backing: Option<Backing>,
}

/// A line of the timeline as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which case Enter opens.
    pub case: CaseId,
    /// Date in short.
    pub when: String,
    /// How it came.
    pub channel: Channel,
    /// Subject of the case, or the words that match.
    pub text: String,
    /// `open`, `solved` …; empty on message lines.
    pub status: String,
    /// Reason and outcome of the case, if it has them.
    pub reason: String,
    /// A message line: who spoke.
    pub who: String,
    /// The open case.
    pub open: bool,
}

/// The facts above the timeline; `None` while nothing is known.
pub fn facts(model: &Model, now: At) -> Option<Facts> {
    let id = model.customer.id?;
    let view = model.view();
    let file = model.customer.file.as_ref().filter(|f| one_of(f, id));
    // What this desk did stands there before the cache has it.
    let mut kin = view.kin(id);
    if kin.is_empty() {
        kin = file.into_iter().flat_map(|f| [&f.customer].into_iter().chain(f.held.iter().map(|(c, _)| c))).collect();
    }
    let customer = *kin.first()?;
    let server = model.server(now);
    let mut rows = Vec::new();
    let mut row = |label, value: String| {
        if !value.is_empty() {
            rows.push((label, value));
        }
    };
    row(t!("plan"), customer.plan.clone());
    row(t!("since"), customer.since.clone());
    row(t!("reference"), customer.reference.clone());
    row(t!("language"), customer.locale.clone());
    if !customer.zone.is_empty() {
        let city = words::city(&customer.zone);
        row(t!("their time"), t!("{hour} in {city}", hour = words::hour(server, &customer.zone), city));
    }
    for one in &kin {
        match file.and_then(|f| contacts_of(f, one.id)) {
            Some(contacts) => {
                contacts.phones.iter().for_each(|p| row(t!("phone"), p.clone()));
                contacts.emails.iter().for_each(|e| row(t!("e-mail"), e.clone()));
                row(t!("handle"), contacts.handle.clone());
            }
            None => one.masked.iter().for_each(|m| row(t!("identity"), m.clone())),
        }
    }
    for part in &kin[1..] {
        row(t!("also"), part.name.clone());
        row("", merged_words(model, part, server));
    }
    let flags = kin::flags(&kin).iter().map(|f| f.replace('-', " ")).collect();
    let whose = |i: &&Interaction| i.customer.is_some_and(|c| kin.iter().any(|one| one.id == c));
    let contact = conversation::contact(model).filter(whose);
    let backing = contact.and_then(|i| who::backing(model, i, server));
    Some(Facts { name: customer.name.clone(), flags, rows, note: customer.note.clone(), backing })
}

/// Whether a file is of this customer, or of whoever they are one with.
fn one_of(file: &CustomerFile, id: CustomerId) -> bool {
    file.customer.id == id || file.held.iter().any(|(c, _)| c.id == id)
}

/// How to reach one of those the file is about.
fn contacts_of(file: &CustomerFile, id: CustomerId) -> Option<&Contacts> {
    if file.customer.id == id {
        return file.contacts.as_ref();
    }
    file.held.iter().find(|(c, _)| c.id == id)?.1.as_ref()
}

/// What to say when there is no customer or no line.
pub fn empty(model: &Model) -> &'static str {
    let customer = &model.customer;
    match (customer.id, &customer.file) {
        (None, _) if model.conversation.case.is_none() => {
            t!("Who the customer is, and all that was before, stands here once a contact is open (<go-queue>).")
        }
        (None, _) if !identify::candidates(model).is_empty() => {
            t!("What they gave is known of several customers. Say who it is (<identify>).")
        }
        (None, _) => {
            t!("Nobody is known by this name or number yet. Look for them among all customers (<find-customer>).")
        }
        (Some(_), None) => "",
        _ if !customer.search.is_blank() => {
            t!("No line of theirs holds these words. <leave> shows the whole timeline again.")
        }
        _ => t!("They have no earlier cases."),
    }
}

/// A timeline line as shown.
pub fn line(model: &Model, index: usize, now: At) -> Option<Line> {
    let view = model.view();
    let TimelineLine { case, message } = model.customer.lines.get(index)?;
    let at = message.as_ref().map_or(case.created, |m| m.at);
    let reason = case.reason.and_then(|r| view.reason(r)).map(|r| r.label.as_str());
    let outcome = case.outcome.and_then(|o| view.outcome(o)).map(|o| o.label.as_str());
    let codes: Vec<&str> = reason.into_iter().chain(outcome).collect();
    let who = match message.as_ref().map(|m| (m.author, m.kind)) {
        Some((Author::Agent(a), Kind::Note)) => t!("{who}, note", who = queue::agent_name(view, a)),
        Some((Author::Agent(a), Kind::Message)) => queue::agent_name(view, a),
        Some((Author::Customer, _)) => t!("customer").to_owned(),
        _ => String::new(),
    };
    Some(Line {
        case: case.id,
        when: words::date(at, model.server(now), model.zone()),
        channel: message.as_ref().map_or(case.channel, |m| m.channel),
        text: message.as_ref().map_or_else(|| case.subject.clone(), |m| words::excerpt(&m.body, 200)),
        status: if message.is_some() { String::new() } else { standing(view, case).to_owned() },
        reason: codes.join(" · "),
        who,
        open: model.conversation.case == Some(case.id),
    })
}

impl Desk<'_> {
    /// Shows a customer, or nobody.
    pub(in crate::app) fn show_customer(&mut self, id: Option<CustomerId>) {
        // Whoever is one person with the customer shown is shown already.
        let root = |id: Option<CustomerId>| id.map(|id| self.m.view().customer_root(id));
        if root(self.m.customer.id) == root(id) {
            return;
        }
        self.m.customer =
            Customer { id, list: List { page: self.m.customer.list.page, ..List::default() }, ..Customer::default() };
        self.touched = true;
        if let Some(id) = id {
            self.want(Asking::Customer(id));
            self.want(Asking::Timeline);
        }
    }

    pub(in crate::app) fn customer_came(&mut self, id: CustomerId, file: Option<Box<CustomerFile>>) {
        if let Some(file) = &file {
            let kin = [&file.customer].into_iter().chain(file.held.iter().map(|(c, _)| c));
            let news = kin.filter(|c| self.m.mirror.base.customer(c.id) != Some(c));
            let news: Vec<Row> = news.cloned().map(Row::Customer).collect();
            if !news.is_empty() {
                self.m.mirror.load(news);
                self.m.mirror.refold();
            }
        }
        if self.m.customer.id == Some(id) && self.m.customer.file != file {
            self.m.customer.file = file;
            self.touched = true;
            self.want(Asking::Timeline);
        }
    }

    pub(in crate::app) fn timeline_came(&mut self, id: CustomerId, lines: Vec<TimelineLine>) {
        if self.m.customer.id == Some(id) && self.m.customer.lines != lines {
            let at = self.m.customer.list.selected;
            self.m.customer.lines = lines;
            let len = self.m.customer.lines.len();
            self.m.customer.list.select(at, len);
            self.touched = true;
        }
    }

    /// The search words changed.
    pub(in crate::app) fn timeline_search(&mut self) {
        self.m.customer.list.select(0, 0);
        self.want(Asking::Timeline);
    }

    /// Opens the selected line's case.
    pub(in crate::app) fn open_timeline(&mut self) {
        let list = &self.m.customer;
        let Some(case) = list.lines.get(list.list.selected).map(|l| l.case.id) else { return };
        self.m.customer.typing = false;
        self.open_case(case);
        self.focus(Pane::Conversation);
    }
}
