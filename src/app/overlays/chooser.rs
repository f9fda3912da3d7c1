//! The one list with a filter: palette, help and every picker are this with other items.

use super::Overlay;
use super::bulk::Bulk;
use super::routing::{PASSES, REASONS};
use super::views::Found;
use crate::app::action::Action;
use crate::app::list::List;
use crate::app::matching;
use crate::app::port::CaseHit;
use crate::app::stock::Slot;
use crate::app::text::Field;
use crate::app::update::{Asking, Desk};
use crate::app::words;
use crate::domain::command::WaitingReply;
use crate::domain::file::FileCard;
use crate::domain::ids::{
    AgentId, BreakId, CaseId, CustomerId, InteractionId, LabelId, MessageId, QueueId, StockId, ViewId,
};
use crate::domain::label::standing;
use crate::domain::mail::{Address, Way};
use crate::domain::people::{Customer, Presence};
use crate::domain::stock::{Kind, Stock};
use crate::domain::ties::LinkKind;
use crate::domain::time::At;
use crate::domain::work::{Priority, Status};

/// What is being chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Any action.
    Palette,
    /// Any key, those of the focused pane first.
    Help,
    /// A queue or a person to hand on to.
    Transfer,
    /// A time to sleep until.
    Snooze,
    /// Tags; several can be marked.
    Tags,
    /// An order of need.
    Priority,
    /// A status.
    Status,
    /// A person.
    Assign,
    /// A kind of break, or another presence.
    Break,
    /// A past case, by words.
    History,
    /// A customer, by words.
    Customers,
    /// Who the customer of a case is, by words.
    Identify,
    /// A section of an article to insert.
    Section,
    /// A colleague to ask while the customer holds.
    Colleague,
    /// Why a contact is where it is; nothing is chosen.
    Why,
    /// Someone else, to set their presence.
    Whose,
    /// What someone else is to be.
    ForcedPresence(AgentId),
    /// Why.
    ForcedReason(AgentId, Presence),
    /// Why an offer is let pass.
    Decline(InteractionId),
    /// Why a wrap-up takes longer.
    MoreTime,
    /// A saved view.
    Views,
    /// Cases in view; several can be marked. What is typed is the view.
    Cases,
    /// What to do with many cases.
    Bulk,
    /// A name for a view.
    SaveView,
    /// A case to merge into.
    Merge,
    /// Why cases of different customers are merged.
    MergeReason,
    /// A case to take out again.
    Unmerge,
    /// A file of the open case.
    Files,
    /// Messages that become a case of their own; several can be marked.
    Split,
    /// Another case, and what it is to this one.
    Link,
    /// What is to be done on a case; each is ticked at once.
    Checklist,
    /// Colours.
    Theme,
    /// What the desk wrote down lately; nothing is chosen.
    Log,
    /// A snippet to put in there.
    Snippets(Slot),
    /// A macro to run.
    Macros,
    /// What a macro asks.
    Answer,
    /// A name for a snippet or macro.
    KeepStock(Kind),
    /// A snippet or macro to drop.
    DropStock,
    /// To whom a reply goes; each is moved at once.
    Recipients,
    /// When a reply goes out.
    Later,
    /// When a reply that waits goes out instead.
    MoveReply(WaitingReply),
    /// Replies that wait, and what to do with them.
    WaitingReplies,
    /// Who is the same person as the customer in the pane, by words.
    SamePerson,
    /// Why the one customer is the other.
    SameReason(CustomerId, CustomerId),
    /// A customer to take out of another.
    UnmergeCustomer,
}

/// What an item stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// An action.
    Act(Action),
    /// An action with the words it is given along.
    ActWith(Action, String),
    /// A queue.
    Queue(QueueId),
    /// An agent, or nobody.
    Agent(Option<AgentId>),
    /// An instant; `None` is now (wake it).
    Until(Option<At>),
    /// A tag.
    Tag(String),
    /// A priority.
    Priority(Priority),
    /// A status.
    Status(Status),
    /// A label, and the status it is within; `None` takes the label away.
    Label(Option<LabelId>, Status),
    /// Something on a checklist.
    Check(String),
    /// Something to add to it.
    NewCheck(String),
    /// Something to take away from it.
    DropCheck(String),
    /// A presence.
    Presence(Presence),
    /// A kind of break.
    Break(BreakId),
    /// A case.
    Case(CaseId),
    /// A customer.
    Customer(CustomerId),
    /// Text to put into the reply or note, or a name or reason as typed.
    Text(String),
    /// A view: its name, its text, and its number when it is one of this agent's own.
    View(String, String, Option<ViewId>),
    /// Something to do with many cases.
    Bulk(Bulk),
    /// A file that a message names.
    File(MessageId, FileCard),
    /// A message or note.
    Message(MessageId),
    /// Another case, and what it is to be to this one.
    Link(CaseId, Option<LinkKind>),
    /// Colours, by name.
    Theme(&'static str),
    /// A snippet or macro.
    Stock(StockId),
    /// A snippet or macro to keep.
    KeepStock(Box<Stock>),
    /// Someone, and how they are to get the reply; `None` is not at all.
    Recipient(Option<Way>, Address),
    /// To whom it went before.
    AsBefore,
    /// A reply that waits, to be taken back into the field.
    TakeBack(WaitingReply),
    /// A reply that waits, to be sent at another time.
    MoveReply(WaitingReply),
    /// A reply that waits, to be sent at once.
    SendNow(WaitingReply),
    /// A heading or a text key in help: cannot be chosen.
    Nothing,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it stands for.
    pub pick: Pick,
    /// What is matched and shown first.
    pub label: String,
    /// A sentence beside or below it.
    pub detail: String,
    /// Right-aligned: a key, a count, a time.
    pub right: String,
    /// Why it cannot be chosen now.
    pub disabled: Option<String>,
    /// Marked, where several can be.
    pub marked: bool,
}

impl Item {
    /// An item that can be chosen.
    pub fn new(pick: Pick, label: impl Into<String>) -> Item {
        let label = label.into();
        Item { pick, label, detail: String::new(), right: String::new(), disabled: None, marked: false }
    }

    /// With a sentence.
    pub fn detail(mut self, detail: impl Into<String>) -> Item {
        self.detail = detail.into();
        self
    }

    /// With something at the right.
    pub fn right(mut self, right: impl Into<String>) -> Item {
        self.right = right.into();
        self
    }

    /// Not to be chosen now, because of this.
    pub fn disabled(mut self, because: Option<String>) -> Item {
        self.disabled = because;
        self
    }

    /// Marked.
    pub fn marked(mut self, marked: bool) -> Item {
        self.marked = marked;
        self
    }
}

/// A line that passed the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which item.
    pub item: usize,
    /// Character positions in its label that matched, to be marked.
    pub matched: Vec<usize>,
}

/// The list.
#[derive(Debug, Clone, PartialEq)]
pub struct Chooser {
    /// What for.
    pub purpose: Purpose,
    /// In the border.
    pub title: String,
    /// One sentence under the filter: what typing does here, or what the typed words mean (a resolved time).
    pub sentence: String,
    /// What is typed.
    pub field: Field,
    /// All items.
    pub items: Vec<Item>,
    /// Those that match, best first.
    pub shown: Vec<Shown>,
    /// The selection among [`Chooser::shown`].
    pub list: List,
    /// The case it is about, if it is about one.
    pub case: Option<CaseId>,
    /// Cases that were found for what is typed, for what stands behind each line.
    pub hits: Vec<CaseHit>,
    /// Customers that were found.
    pub people: Vec<Customer>,
    /// The cases it is about, if it is about many.
    pub found: Option<Box<Found>>,
}

impl Chooser {
    /// A list with nothing typed.
    pub fn new(purpose: Purpose, title: impl Into<String>, sentence: impl Into<String>, items: Vec<Item>) -> Chooser {
        let mut chooser = Chooser {
            purpose,
            title: title.into(),
            sentence: sentence.into(),
            field: Field::line(),
            items,
            shown: Vec::new(),
            list: List::default(),
            case: None,
            hits: Vec::new(),
            people: Vec::new(),
            found: None,
        };
        chooser.filter();
        chooser
    }

    /// About a case.
    pub fn about(mut self, case: Option<CaseId>) -> Chooser {
        self.case = case;
        self
    }

    /// The selected item.
    pub fn selected(&self) -> Option<&Item> {
        self.shown.get(self.list.selected).and_then(|s| self.items.get(s.item))
    }

    /// About many cases.
    pub fn of(mut self, found: Found) -> Chooser {
        self.found = Some(Box::new(found));
        self
    }

    /// Whether what is typed makes the items, so that all are shown.
    pub fn is_remote(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::History
                | Purpose::Customers
                | Purpose::Identify
                | Purpose::Cases
                | Purpose::SaveView
                | Purpose::MergeReason
                | Purpose::Answer
                | Purpose::KeepStock(_)
                | Purpose::SamePerson
                | Purpose::SameReason(..)
        )
    }

    /// Whether several can be marked.
    pub fn marks(&self) -> bool {
        matches!(self.purpose, Purpose::Tags | Purpose::Cases | Purpose::Split | Purpose::Checklist)
    }

    /// Applies what is typed: matching labels first, then sentences that hold the words.
    pub fn filter(&mut self) {
        let typed = if self.is_remote() { "" } else { self.field.text().trim() };
        let found = matching::best(typed, self.items.iter().map(|i| i.label.as_str()));
        self.shown = found.into_iter().map(|m| Shown { item: m.index, matched: m.positions }).collect();
        if !typed.is_empty() {
            let low = typed.to_lowercase();
            let listed: Vec<usize> = self.shown.iter().map(|s| s.item).collect();
            let others = self
                .items
                .iter()
                .enumerate()
                .filter(|(n, i)| !listed.contains(n) && i.detail.to_lowercase().contains(&low));
            self.shown.extend(others.map(|(item, _)| Shown { item, matched: Vec::new() }));
            let items = &self.items;
            self.shown.retain(|s| !items[s.item].is_heading());
        }
        self.list.select(0, self.shown.len());
        self.step(0);
    }

    /// Moves the selection, over headings.
    pub fn step(&mut self, by: isize) {
        let len = self.shown.len();
        self.list.step(by, len);
        let heading = |c: &Chooser| c.selected().is_some_and(Item::is_heading);
        let way = if by < 0 { -1 } else { 1 };
        while heading(self) && self.list.selected.checked_add_signed(way).is_some_and(|n| n < len) {
            self.list.step(way, len);
        }
        while heading(self) && self.list.selected + 1 < len {
            self.list.step(1, len);
        }
    }

    /// Puts other items in, keeping the selected line.
    pub fn refill(&mut self, items: Vec<Item>) {
        let at = self.list.selected;
        self.items = items;
        self.filter();
        self.list.select(at, self.shown.len());
        self.step(0);
    }
}

impl Item {
    /// A line that only names what follows.
    pub fn is_heading(&self) -> bool {
        self.pick == Pick::Nothing && self.detail.is_empty()
    }
}

impl Desk<'_> {
    /// The top overlay, if it is a list for this.
    pub(in crate::app) fn chooser(&self, purpose: Purpose) -> Option<&Chooser> {
        match self.m.top() {
            Some(Overlay::Chooser(c)) if c.purpose == purpose => Some(c),
            _ => None,
        }
    }

    pub(in crate::app) fn chooser_mut(&mut self) -> Option<&mut Chooser> {
        match self.m.overlays.last_mut() {
            Some(Overlay::Chooser(c)) => Some(c),
            _ => None,
        }
    }

    pub(in crate::app) fn open_chooser(&mut self, chooser: Chooser) {
        let purpose = chooser.purpose;
        self.m.overlays.push(Overlay::Chooser(Box::new(chooser)));
        match purpose {
            Purpose::History => self.want(Asking::History),
            Purpose::Customers | Purpose::Identify | Purpose::SamePerson => self.want(Asking::Customers),
            Purpose::Cases => self.want(Asking::View),
            _ => {}
        }
    }

    /// What is typed changed.
    pub(in crate::app) fn chooser_typed(&mut self) {
        let Some(purpose) = self.chooser_mut().map(|c| c.purpose) else { return };
        match purpose {
            Purpose::History => self.want(Asking::History),
            Purpose::Customers | Purpose::Identify | Purpose::SamePerson => self.want(Asking::Customers),
            Purpose::SameReason(..) => self.same_reason_typed(),
            Purpose::Palette => self.palette_typed(),
            Purpose::Snooze | Purpose::Later | Purpose::MoveReply(_) => self.snooze_typed(),
            Purpose::Recipients => self.recipients_typed(),
            Purpose::Tags => self.tags_typed(),
            Purpose::ForcedReason(..) => self.reason_typed(&REASONS),
            Purpose::Decline(_) => self.reason_typed(&PASSES),
            Purpose::Cases => self.want(Asking::View),
            Purpose::Views => self.views_typed(),
            Purpose::Bulk => self.bulk_typed(),
            Purpose::SaveView | Purpose::MergeReason => self.line_typed(),
            Purpose::Merge => self.merge_typed(),
            Purpose::Link => self.link_typed(),
            Purpose::Checklist => self.checks_typed(),
            Purpose::Snippets(slot) => self.snippets_typed(slot),
            Purpose::Answer => self.answer_typed(),
            Purpose::KeepStock(kind) => self.name_typed(kind),
            _ => {
                if let Some(chooser) = self.chooser_mut() {
                    chooser.filter();
                }
            }
        }
    }

    pub(in crate::app) fn history_came(&mut self, hits: Vec<CaseHit>) {
        let (server, zone) = (self.server(), self.m.zone().to_owned());
        let view = self.m.view();
        let item = |h: CaseHit| {
            let stands = standing(view, &h.case);
            // What was found may be the subject itself, which is there already.
            let found = if h.excerpt == h.case.subject { String::new() } else { h.excerpt };
            let label =
                if h.customer.is_empty() { h.case.subject } else { format!("{} · {}", h.customer, h.case.subject) };
            let right = format!("#{} {}  {}", h.case.id, stands, words::date(h.case.updated, server, &zone));
            Item::new(Pick::Case(h.case.id), label).detail(found).right(right)
        };
        let items = hits.iter().cloned().map(item).collect();
        if let Some(chooser) = self.chooser_mut().filter(|c| c.purpose == Purpose::History) {
            chooser.hits = hits;
        }
        self.found(Purpose::History, items);
    }

    pub(in crate::app) fn customers_came(&mut self, mut hits: Vec<Customer>) {
        let mut why = None;
        if let Some(chooser) = self.chooser(Purpose::SamePerson) {
            why = chooser.field.is_blank().then(|| t!("same number or address"));
            let me: Vec<_> =
                self.m.customer.id.map(|id| self.m.view().kin(id)).unwrap_or_default().iter().map(|c| c.id).collect();
            hits.retain(|c| !me.contains(&c.id));
        }
        let item = |c: Customer| {
            let right = why.map_or(c.plan, str::to_owned);
            Item::new(Pick::Customer(c.id), c.name).detail(c.masked.join("  ")).right(right)
        };
        let items = hits.iter().cloned().map(item).collect();
        let people = [Purpose::Customers, Purpose::Identify, Purpose::SamePerson];
        let Some(chooser) = self.chooser_mut().filter(|c| people.contains(&c.purpose)) else { return };
        chooser.people = hits;
        let purpose = chooser.purpose;
        self.found(purpose, items);
    }

    fn found(&mut self, purpose: Purpose, items: Vec<Item>) {
        if let Some(Overlay::Chooser(chooser)) = self.m.overlays.last_mut()
            && chooser.purpose == purpose
            && chooser.items != items
        {
            let nothing = items.is_empty() && !chooser.field.is_blank();
            // Why these and no others stands there as long as nothing else was looked for.
            if !(matches!(purpose, Purpose::Identify | Purpose::SamePerson) && chooser.field.is_blank()) {
                chooser.sentence = if nothing { t!("Nothing holds these words.").to_owned() } else { String::new() };
            }
            chooser.items = items;
            chooser.filter();
            self.touched = true;
        }
    }
}
