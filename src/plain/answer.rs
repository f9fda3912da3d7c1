//! The answer to a line: it is held until what it asks the cache for has come, so that a script reads in order, and
//! then says what changed. What the world tells meanwhile waits until the answer is out.

use super::session::Turn;
use crate::app::action::Action;
use crate::app::model::Model;
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::Purpose;
use crate::app::panes::queue::Row;
use crate::app::panes::wrapup::{self, Part};
use crate::app::screen::Pane;
use crate::domain::ids::{ArticleId, CaseId, InteractionId};
use crate::domain::time::At;

/// An answer waits this long for the cache, ms.
const CACHE: i64 = 1_500;
/// An answer waits this long for the server's word on a contact, ms.
const SERVER: i64 = 3_000;

/// A line being answered.
pub(super) struct Answer {
    since: At,
    /// How things stood before it.
    before: Standing,
    /// What was said already.
    spoke: bool,
    /// What is read at the end.
    wants: Wants,
    /// What is typed into a list chooses, once the list is there.
    pub(super) picks: bool,
    /// What was done, for want of anything else to say.
    done: Option<Action>,
}

/// What an answer ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wants {
    /// What changed.
    #[default]
    Changes,
    /// What has the focus, whole.
    Focus,
    /// The open case.
    Case,
    /// The customer's facts.
    Customer,
    /// Their timeline.
    Timeline,
    /// The article that is open, else those found.
    Article,
    /// The queue.
    Queue,
}

/// What a change is seen by.
#[derive(Clone, PartialEq)]
struct Standing {
    case: Option<CaseId>,
    focus: Pane,
    top: Option<Overlay>,
    form: Option<(InteractionId, Part, String, usize)>,
    row: Option<Row>,
    article: Option<(ArticleId, bool)>,
    hits: Vec<ArticleId>,
    scroll: [usize; 4],
}

fn standing(m: &Model) -> Standing {
    Standing {
        case: m.conversation.case,
        focus: m.focus,
        top: m.overlays.last().cloned(),
        form: wrapup::form(m).map(|f| (f.interaction, f.part, f.problem.clone(), f.choices.len())),
        row: m.queue.chosen,
        article: m.knowledge.preview.as_ref().map(|p| (p.head.id, p.body.is_some())),
        hits: m.knowledge.hits.iter().map(|h| h.id).collect(),
        scroll: [m.conversation.scroll.up, m.customer.list.selected, m.knowledge.list.selected, m.queue.list.selected],
    }
}

/// Whether it only goes from line to line.
fn moves(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Down
            | A::Up
            | A::PageDown
            | A::PageUp
            | A::First
            | A::Last
            | A::OverlayDown
            | A::OverlayUp
            | A::OverlayPageDown
            | A::OverlayPageUp
    )
}

impl Turn<'_> {
    /// A line is there to be answered.
    pub(super) fn begin(&mut self) {
        self.s.given.clear();
        self.s.answer = Some(Answer {
            since: self.now,
            before: standing(self.m),
            spoke: false,
            wants: Wants::default(),
            picks: false,
            done: None,
        });
    }

    /// Runs an action, and remembers it for the answer.
    pub(super) fn run(&mut self, action: Action) {
        if let Some(answer) = &mut self.s.answer {
            answer.done = Some(action);
        }
        self.send(crate::app::msg::Msg::Run(action));
    }

    pub(super) fn wants(&mut self, wants: Wants) {
        if let Some(answer) = &mut self.s.answer {
            answer.wants = wants;
        }
    }

    /// What has the focus is read.
    pub(super) fn want_reading(&mut self) {
        self.wants(Wants::Focus);
    }

    /// The open case is read.
    pub(super) fn want_case(&mut self) {
        self.wants(Wants::Case);
    }

    /// Something was said; without anything else the answer is whole.
    pub(super) fn spoke(&mut self) {
        if let Some(answer) = &mut self.s.answer {
            answer.spoke = true;
        }
    }

    /// Ends the answer when nothing is under way any more, or its time is over.
    pub(super) fn settle(&mut self) {
        if !self.s.greeted {
            self.greet();
            return;
        }
        while let Some(since) = self.s.answer.as_ref().map(|a| a.since) {
            let waited = self.now.since(since);
            let log =
                matches!(self.m.top(), Some(Overlay::Chooser(c)) if c.purpose == Purpose::Log && c.items.is_empty());
            let asks = !self.m.asking.is_empty() || self.m.queue.rest.is_some() || log;
            let claims = self.m.mirror.pending.iter().any(|p| p.is_open() && p.command.needs_link());
            let storing = self.m.mirror.pending.iter().any(|p| p.is_open() && p.n.is_none());
            if !self.s.left && ((asks || storing) && waited < CACHE || claims && waited < SERVER) {
                return;
            }
            if self.s.answer.as_mut().is_some_and(|a| std::mem::take(&mut a.picks)) && self.pick_typed() {
                continue;
            }
            let Some(answer) = self.s.answer.take() else { break };
            self.reveal(answer, claims);
        }
        for line in std::mem::take(&mut self.s.waiting) {
            self.say(&line);
        }
    }

    /// Says what came of a line.
    fn reveal(&mut self, answer: Answer, unanswered: bool) {
        let (before, after) = (answer.before, standing(self.m));
        let mut spoke = answer.spoke;
        for (what, asks) in std::mem::take(&mut self.s.given) {
            spoke = true;
            // Who asks for a contact hears what became of it; everything else is done here and now.
            if !asks {
                self.say(&t!("Done: {what}.", what));
            }
        }
        if unanswered {
            self.say(t!("The server has not answered yet; its answer is announced."));
        }
        match answer.wants {
            Wants::Focus => return self.read_focus(),
            Wants::Case => return self.read_case(false),
            Wants::Customer => return self.read_customer(),
            Wants::Timeline => return self.read_timeline(),
            Wants::Article => return self.read_article(),
            Wants::Queue => return self.read_queue(),
            Wants::Changes => {}
        }
        if after.top.is_some() && after.top != before.top {
            return self.read_top(before.top.as_ref());
        }
        // The form may have been there already: it opens by itself when the customer hangs up meanwhile.
        let form = after.form != before.form || after.focus != before.focus;
        if form && after.focus == Pane::WrapUp {
            return self.read_form();
        }
        if after.case != before.case {
            return self.read_case(false);
        }
        if after.focus == Pane::Knowledge && (after.article != before.article || after.hits != before.hits) {
            return self.read_article();
        }
        if after.focus != before.focus && !spoke {
            return self.read_place();
        }
        if (after.row != before.row || after.scroll != before.scroll) && !spoke {
            return self.read_selected();
        }
        if before.top.is_some() && after.top.is_none() && !spoke {
            return self.read_place();
        }
        if !spoke && !unanswered && !self.s.left && self.s.waiting.is_empty() {
            match answer.done {
                Some(action) if moves(action) => self.read_selected(),
                Some(action) => self.say(&t!("Done: {title}.", title = action.entry().title)),
                None => self.read_place(),
            }
        }
    }

    /// What was typed into a list chooses its line when only one is left, or one has just these words; whether it did.
    fn pick_typed(&mut self) -> bool {
        let Some(Overlay::Chooser(list)) = self.m.top() else { return false };
        if matches!(list.purpose, Purpose::Cases | Purpose::Why | Purpose::Checklist) {
            return false;
        }
        let typed = list.field.text().trim().to_lowercase();
        let items = || list.shown.iter().enumerate().filter_map(|(at, s)| Some((at, list.items.get(s.item)?)));
        let free = || items().filter(|(_, i)| i.disabled.is_none() && !i.is_heading());
        let exact = free().find(|(_, i)| i.label.to_lowercase() == typed).map(|(at, _)| at);
        let only = (free().count() == 1).then(|| free().next().map(|(at, _)| at)).flatten();
        let Some(at) = exact.or(only).filter(|_| !typed.is_empty()) else { return false };
        self.send(crate::app::msg::Msg::Mouse(crate::app::msg::Mouse::Click(crate::app::msg::Spot::Overlay(at))));
        self.run(Action::OverlayAccept);
        self.open_writing();
        self.notice();
        true
    }
}
