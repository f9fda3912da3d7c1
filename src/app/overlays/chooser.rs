//! The one list with a filter: palette, help and every picker are this with other items.

use crate::app::action::Action;
use crate::app::list::List;
use crate::app::text::Field;
use crate::domain::ids::{AgentId, BreakId, CaseId, CustomerId, QueueId};
use crate::domain::people::Presence;
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
}

/// What an item stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// An action.
    Act(Action),
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
    /// A presence.
    Presence(Presence),
    /// A kind of break.
    Break(BreakId),
    /// A case.
    Case(CaseId),
    /// A customer.
    Customer(CustomerId),
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
}
