//! Everything the desk knows and shows. Panes and overlays hold their own part; what belongs to all is here.
//!
//! Invariant: [`Model::revision`] changes whenever something visible did, and only `app::update` changes it.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::key::Key;
use super::keymap::Keymap;
use super::mirror::Mirror;
use super::overlays::Overlay;
use super::overlays::outbox::Line;
use super::overlays::welcome::Welcome;
use super::panes::composer::Composer;
use super::panes::conversation::Conversation;
use super::panes::customer::Customer;
use super::panes::knowledge::Knowledge;
use super::panes::queue::Queue;
use super::panes::wrapup::Form;
use super::port::{DraftKey, LinkStatus, Pop, Thin};
use super::screen::{Column, Pane, Visible, visible};
use super::setup::Themes;
use super::text::Field;
use super::toast::Toast;
use super::update::{Asking, Running, contexts};
use super::words;
use crate::domain::command::{Command, WaitingReply};
use crate::domain::ids::{AgentId, CaseId, CustomerId, InteractionId, MessageId, OutcomeId, QueueId, ReasonId};
use crate::domain::side::Side;
use crate::domain::state::State;
use crate::domain::time::At;

/// What the app must be told about where it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// IANA zone of this machine; empty is the firm's.
    pub zone: String,
    /// Preferred language for articles when a case has none, BCP 47.
    pub locale: String,
    /// Colours to choose from.
    pub themes: Themes,
    /// Ring the bell for offers.
    pub bell: bool,
    /// Wheel, clicks and selecting are the desk's, not the terminal's.
    pub mouse: bool,
    /// Notifications may say who and what about.
    pub notify_details: bool,
    /// How long a reply is held before it leaves, ms; 0 sends at once.
    pub hold_ms: i64,
    /// The same in a live chat.
    pub hold_chat_ms: i64,
    /// How long a reply in a live chat may wait for a link before the agent is asked again, ms.
    pub chat_wait_ms: i64,
    /// When thin-link mode is on.
    pub thin: Thin,
    /// The program that opens files customers sent; empty only keeps them.
    pub open_files: String,
    /// Read line by line: sentences name words to type, not keys.
    pub plain: bool,
    /// A screen reader listens: clocks count minutes, and the cursor stands on the focus.
    pub reader: bool,
}

/// Text being written, and what it was begun on.
#[derive(Debug, Clone)]
pub struct Written {
    /// The words.
    pub field: Field,
    /// Newest customer message seen when it was begun.
    pub base: Option<MessageId>,
    /// Choices beside the words (wrap-up form), as JSON.
    pub meta: String,
}

impl Default for Written {
    fn default() -> Written {
        Written { field: Field::area(), base: None, meta: String::new() }
    }
}

/// Something this agent did, so that it can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Done {
    /// In words: "reply on case 4821", "status solved on 32 cases".
    pub(super) what: String,
    /// The commands it took, in order.
    pub(super) parts: Vec<Part>,
}

/// One command of something done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) token: u64,
    /// What sends the opposite, if there is one.
    pub(super) inverse: Option<Command>,
}

/// Something that is being taken back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taking {
    /// In words.
    pub(super) what: String,
    /// Commands of which the outbox has not said yet whether it was in time, by their numbers.
    pub(super) asked: Vec<(u64, Part)>,
    /// Commands that were taken back in time.
    pub(super) withdrawn: usize,
    /// What takes the others back.
    pub(super) opposites: Vec<Command>,
    /// Commands that were sent and have no opposite.
    pub(super) stuck: usize,
}

impl Taking {
    /// One of them was sent already.
    pub(super) fn sent(&mut self, inverse: Option<Command>) {
        match inverse {
            Some(inverse) => self.opposites.push(inverse),
            None => self.stuck += 1,
        }
    }
}

/// Forgets a command; what has none left is forgotten with it.
pub(super) fn forget(done: &mut Vec<Done>, token: u64) {
    done.iter_mut().for_each(|d| d.parts.retain(|p| p.token != token));
    done.retain(|d| !d.parts.is_empty());
}

/// What the desk saw last time, to notice what is new.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// When the last message came, this machine's clock.
    pub(super) at: At,
    /// Contacts that were mine.
    pub(super) mine: BTreeSet<InteractionId>,
    /// Contacts that were offered to me, by whose name.
    pub(super) offered: BTreeMap<InteractionId, (u32, String)>,
    /// What the others were told is open here.
    pub(super) look: (Option<CaseId>, bool),
    /// Version of the mirror the rows were made from.
    pub(super) rows: u64,
    /// Case the suggestions were asked for.
    pub(super) suggested: Option<CaseId>,
    /// What was done lately, newest last.
    pub(super) done: Vec<Done>,
    /// What the server said yes to lately, newest last.
    pub(super) answered: Vec<(u64, Line)>,
    /// What is to be taken back as soon as it has its number.
    pub(super) undoing: Vec<Done>,
    /// What is being taken back.
    pub(super) taking: Vec<Taking>,
    /// Reasons and outcomes given by this agent lately, newest last, by queue.
    pub(super) codes: Vec<(QueueId, ReasonId, OutcomeId)>,
    /// Wrap-ups the server said yes to whose rows were not read yet, newest last: case, contact, epoch.
    pub(super) wrapped: Vec<(CaseId, InteractionId, u32)>,
    /// Customers looked up for their names.
    pub(super) named: BTreeSet<CustomerId>,
    /// A command of mine that brings a contact was given; open what comes.
    pub(super) expecting: bool,
    /// What the agent was told of outside the window.
    pub(super) told: super::update::terminal::Told,
    /// What was last seen of colleagues and forced presence.
    pub(super) news: super::update::news::News,
    /// Words of replies that are being taken back, each with the reply: if that comes too late, they were sent.
    pub(super) taken_back: Vec<(WaitingReply, String)>,
}

/// What the drawer found out: how much fits where. Given back after each drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Queue rows that fit.
    pub queue: usize,
    /// Rows of the whole thread as wrapped, and rows that fit.
    pub thread: (usize, usize),
    /// Columns of the composer's text.
    pub composer: usize,
    /// Columns of the wrap-up note's text.
    pub note: usize,
    /// Wrap-up choices that fit.
    pub choices: usize,
    /// Timeline lines that fit.
    pub timeline: usize,
    /// Article hits that fit.
    pub hits: usize,
    /// Rows of the whole article as wrapped, and rows that fit.
    pub article: (usize, usize),
    /// Lines of the top overlay's list that fit.
    pub overlay: usize,
    /// Columns of a prompt's text.
    pub prompt: usize,
}

/// The desk.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Set while there is no configuration at all.
    pub welcome: Option<Welcome>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The terminal window has lost the focus.
    pub unattended: bool,
    /// Which pane has the keys.
    pub focus: Pane,
    /// The column that stands beside the work on narrow screens.
    pub side: Column,
    /// What the feed said, and what this desk asked for.
    pub mirror: Mirror,
    /// How the link does.
    pub link: LinkStatus,
    /// Who else has a case open, and whether they write.
    pub looks: BTreeMap<CaseId, Vec<(AgentId, bool)>>,
    /// How the customers' sides of live conversations stand.
    pub customers: BTreeMap<CaseId, Side>,
    /// Context of offers.
    pub pops: BTreeMap<InteractionId, Pop>,
    /// The words of hand-off cards on contacts that are offered to this agent or theirs.
    pub cards: BTreeMap<MessageId, String>,
    /// The queue pane.
    pub queue: Queue,
    /// The conversation pane.
    pub conversation: Conversation,
    /// The composer.
    pub composer: Composer,
    /// Wrap-up forms by contact; the one of the open case is shown.
    pub forms: BTreeMap<InteractionId, Form>,
    /// The customer pane.
    pub customer: Customer,
    /// The knowledge pane.
    pub knowledge: Knowledge,
    /// What is under way with snippets and macros.
    pub stock: super::stock::Bench,
    /// Everything being written.
    pub drafts: BTreeMap<DraftKey, Written>,
    /// What lies over the panes; the last is on top.
    pub overlays: Vec<Overlay>,
    /// Short messages, oldest first.
    pub toasts: Vec<Toast>,
    /// Which key does what.
    pub keymap: Keymap,
    /// Keys of a sequence pressed so far; the which-key box shows what may follow.
    pub prefix: Vec<Key>,
    /// While labels for jumping are shown: the letters typed so far.
    pub jump: Option<String>,
    /// Actions lately run from the palette, newest first.
    pub recent: Vec<Action>,
    /// Where one is in the tour.
    pub tour: super::tour::Tour,
    /// What the app was told.
    pub settings: Settings,
    /// Questions to the cache that are under way.
    pub asking: BTreeMap<Asking, Running>,
    /// How many were asked.
    pub asked: u64,
    /// Changes whenever something visible did.
    pub revision: u64,
    /// What the desk saw last time, to notice what is new.
    pub memory: Memory,
}

impl Model {
    /// Server time at an instant of this machine's clock.
    pub fn server(&self, now: At) -> At {
        now.plus(self.link.offset_ms)
    }

    /// A running clock as shown: with seconds, but by minutes when a reader listens.
    pub fn clock(&self, ms: i64) -> String {
        if self.settings.reader { words::short(ms) } else { words::clock(ms) }
    }

    /// The state to show: the feed's, with what this desk asked for folded over it.
    pub fn view(&self) -> &State {
        self.mirror.view()
    }

    /// Who works here.
    pub fn me(&self) -> Option<AgentId> {
        self.mirror.me
    }

    /// What the screen shows at its present size.
    pub fn visible(&self) -> Visible {
        visible(self.size.0, self.size.1, self.focus, self.side)
    }

    /// What of the layout shows where lists and texts stand.
    pub(super) fn layout_key(&self) -> [usize; 8] {
        let (list, overlay) = match self.overlays.last() {
            Some(Overlay::Chooser(c)) => (c.list.top, c.list.selected),
            Some(Overlay::Outbox(o)) => (o.list.top, o.list.selected),
            Some(Overlay::Day(d)) => (d.shown().top, d.shown().selected),
            _ => (0, 0),
        };
        let forms = self.forms.values().map(|f| f.list.top).sum();
        let article = self.knowledge.preview.as_ref().map_or(0, |p| p.top);
        let scroll = self.conversation.scroll;
        let (hits, lines) = (self.knowledge.list.top, self.customer.list.top);
        [self.queue.list.top, scroll.up, lines, hits, article, forms, list, overlay]
    }

    /// The zone times are shown in.
    pub fn zone(&self) -> &str {
        match (self.settings.zone.as_str(), self.view().firm()) {
            ("", Some(firm)) => &firm.zone,
            (zone, _) => zone,
        }
    }

    /// What may follow the keys of a sequence pressed so far, for the which-key box.
    pub fn continuations(&self) -> Vec<(Key, Action)> {
        if self.prefix.is_empty() {
            return Vec::new();
        }
        self.keymap.continuations(&contexts(self), &self.prefix)
    }

    /// The overlay that takes the keys.
    pub fn top(&self) -> Option<&Overlay> {
        self.overlays.last()
    }
}
