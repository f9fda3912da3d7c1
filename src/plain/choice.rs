//! What numbers stand for: those of the last list that was read. A number keeps its meaning while rows move; what is
//! no longer there is said to be gone, and nothing else is chosen in its place.

use super::session::Turn;
use crate::app::action::Action;
use crate::app::key::Key;
use crate::app::msg::{Mouse, Msg, Spot};
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::Pick;
use crate::app::overlays::outbox;
use crate::app::panes::queue::Row;
use crate::app::panes::wrapup::{self, Code};
use crate::app::screen::Pane;
use crate::domain::ids::{ArticleId, CaseId, MessageId};

/// What one number stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choice {
    /// A row of the queue.
    Row(Row),
    /// A line of a list over the panes, with its words.
    Item(Pick, String),
    /// A command of the outbox: number, words, and when it was given.
    Command(Option<u64>, String, crate::domain::time::At),
    /// A line of a list that does not move: the day's figures, the welcome.
    Line(usize),
    /// A line of the customer's timeline.
    Timeline(CaseId, Option<MessageId>),
    /// An article.
    Hit(ArticleId),
    /// A choice of the wrap-up form.
    Code(Code),
    /// A pair of codes that ends a contact.
    Digit(u8),
}

impl Turn<'_> {
    /// Chooses by number: selects it and does what Enter does.
    pub(super) fn choose(&mut self, n: usize) {
        let Some(choice) = self.choice(n) else { return };
        match choice {
            Choice::Digit(digit) => self.send(Msg::Key(Key::char(char::from(b'0' + digit)))),
            Choice::Code(code) => self.choose_code(code),
            choice => {
                let over = matches!(choice, Choice::Item(..) | Choice::Command(..) | Choice::Line(_));
                if !self.point_at(&choice) {
                    return;
                }
                match choice {
                    Choice::Row(_) => {
                        self.run(Action::Open);
                        if self.m.focus != Pane::WrapUp {
                            self.want_case();
                        }
                    }
                    _ if over => self.run(Action::OverlayAccept),
                    _ => self.run(Action::Open),
                }
            }
        }
    }

    /// Selects by number, before something is done to it; whether it is still there.
    pub(super) fn select(&mut self, n: usize) -> bool {
        self.choice(n).is_some_and(|choice| self.point_at(&choice))
    }

    fn choice(&mut self, n: usize) -> Option<Choice> {
        let found = n.checked_sub(1).and_then(|i| self.s.choices.get(i)).cloned();
        if found.is_none() {
            let most = self.s.choices.len();
            self.say(&match most {
                0 => t!("There is nothing to choose from; queue reads who waits.").to_owned(),
                1 => t!("There is no {n}; there is only 1.", n),
                _ => t!("There is no {n}; choose 1 to {most}.", n, most),
            });
        }
        found
    }

    /// Puts the selection on a choice; says so when it has gone.
    fn point_at(&mut self, choice: &Choice) -> bool {
        let spot = match choice {
            Choice::Row(row) => at(self.m.queue.rows.iter().position(|r| r == row), Pane::Queue),
            Choice::Timeline(case, message) => {
                let same = |l: &crate::app::port::TimelineLine| {
                    l.case.id == *case && l.message.as_ref().map(|m| m.id) == *message
                };
                at(self.m.customer.lines.iter().position(same), Pane::Customer)
            }
            Choice::Hit(id) => at(self.m.knowledge.hits.iter().position(|h| h.id == *id), Pane::Knowledge),
            Choice::Item(pick, label) => match self.m.top() {
                Some(Overlay::Chooser(c)) => {
                    let same = |item: usize| c.items.get(item).is_some_and(|i| i.pick == *pick && i.label == *label);
                    c.shown.iter().position(|s| same(s.item)).map(Spot::Overlay)
                }
                _ => None,
            },
            Choice::Command(n, what, given) => {
                let lines = outbox::lines(self.m, self.now);
                lines.iter().position(|l| l.n == *n && l.what == *what && l.at == *given).map(Spot::Overlay)
            }
            Choice::Line(index) => Some(Spot::Overlay(*index)),
            Choice::Code(_) | Choice::Digit(_) => None,
        };
        match spot {
            Some(spot) => {
                self.send(Msg::Mouse(Mouse::Click(spot)));
                true
            }
            None => {
                self.say(t!("That one has gone; list reads what is there now."));
                false
            }
        }
    }

    /// A code of the wrap-up form. The first nine have a digit; others are chosen as by Enter.
    fn choose_code(&mut self, code: Code) {
        let found = wrapup::form(self.m).and_then(|f| f.choices.iter().position(|c| c.code == code).map(|i| (f, i)));
        let Some((digit, index)) = found.and_then(|(f, i)| Some((f.choices.get(i)?.digit, i))) else {
            self.say(t!("That one has gone; list reads what is there now."));
            return;
        };
        if self.m.focus != Pane::WrapUp {
            self.run(Action::GoWrapUp);
        }
        if (1..=9).contains(&digit) {
            self.send(Msg::Key(Key::char(char::from(b'0' + digit))));
        } else {
            self.send(Msg::Mouse(Mouse::Click(Spot::Row(Pane::WrapUp, index))));
            self.run(Action::Open);
        }
    }
}

fn at(index: Option<usize>, pane: Pane) -> Option<Spot> {
    index.map(|i| Spot::Row(pane, i))
}
