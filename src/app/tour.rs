//! The first ten minutes: a tour that teaches by doing. Each step says what to do and with which key, and is over when
//! the agent has really done it: what changed in the desk decides, not which key was pressed.
//!
//! Invariant: the tour only looks; it never does anything in the agent's place.

use std::collections::BTreeSet;

use super::keyed::keyed;
use super::model::Model;
use super::overlays::Overlay;
use super::overlays::chooser::Purpose;
use super::panes::composer;
use super::panes::queue::Row;
use super::port::Effect;
use super::screen::Pane;
use super::update::Desk;
use crate::domain::command::Command;
use crate::domain::ids::CaseId;
use crate::lang;

/// Rows of a screen that has room for the panel.
pub const ROWS: u16 = 16;

/// One step.
pub struct Step {
    /// What it is kept by, and its title.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What to do, with the actions whose keys are put in.
    pub text: &'static str,
    /// Whether it was done since the marks were taken.
    done: fn(&Model, &Marks) -> bool,
}

/// How things stood when a step began.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    row: Option<Row>,
    case: Option<CaseId>,
    given: BTreeSet<u64>,
    asleep: bool,
}

/// Where one is in the tour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tour {
    /// What is shown of it.
    pub stage: Stage,
    /// Which step is next.
    pub at: usize,
    marks: Marks,
}

/// What is shown of the tour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing.
    #[default]
    Off,
    /// That there is one.
    Offered,
    /// The step that is next.
    On,
    /// That it is over.
    Over,
}

/// The panel as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// `Tour, 3 of 11: Who is it?`
    pub title: String,
    /// What to do.
    pub text: String,
    /// How to skip it and to leave.
    pub ways: String,
}

/// Whether a command of this kind was given since the step began.
fn given(m: &Model, marks: &Marks, kind: fn(&Command) -> bool) -> bool {
    m.mirror.pending.iter().any(|p| !marks.given.contains(&p.token) && kind(&p.command))
}

fn asleep(m: &Model) -> bool {
    m.conversation.case.and_then(|c| m.view().case(c)).is_some_and(|c| c.snoozed_until.is_some())
}

fn list(m: &Model, purpose: Purpose) -> bool {
    // Line by line both are the word help, which needs no list.
    m.settings.plain || matches!(m.top(), Some(Overlay::Chooser(c)) if c.purpose == purpose)
}

/// The steps in order.
pub static STEPS: [Step; 11] = [
    Step {
        name: "queue",
        title: tk!("Who waits"),
        text: tk!(
            "Who waits, what is yours and what you promised stands in the queue (<go-queue>). Go to another line (<down>, <up>): its case opens beside it."
        ),
        done: |m, marks| m.queue.chosen != marks.row || m.conversation.case != marks.case,
    },
    Step {
        name: "take",
        title: tk!("Take a contact"),
        text: tk!(
            "Take the contact that has the strongest claim on you (<pull-next>), or the selected one (<take-selected>). Once you are Ready (<toggle-ready>), contacts are offered to you."
        ),
        done: |m, _| m.queue.rows.iter().any(|r| matches!(r, Row::Mine(_))),
    },
    Step {
        name: "customer",
        title: tk!("Who is it"),
        text: tk!("Go to the customer (<go-customer>): who they are, and everything that was before, on one timeline."),
        done: |m, _| m.focus == Pane::Customer,
    },
    Step {
        name: "article",
        title: tk!("Find an article"),
        text: tk!(
            "Look for an article (<find-article>): type a word such as roaming, and open one (<open>). Those that suit the case come by themselves."
        ),
        done: |m, _| m.knowledge.preview.is_some(),
    },
    Step {
        name: "insert",
        title: tk!("Put it into the answer"),
        text: tk!(
            "Put what a customer may read of the article into your reply or note (<insert-article>). If it is for the team only, go back (<leave>) and open another."
        ),
        done: |m, _| m.focus == Pane::Composer && composer::written(m).is_some_and(|w| !w.field.is_blank()),
    },
    Step {
        name: "reply",
        title: tk!("Answer"),
        text: tk!(
            "Write a word of your own and send it (<send>). On the telephone it is a note for the team. A reply waits a few seconds, so that it can be taken back."
        ),
        done: |m, marks| given(m, marks, |c| matches!(c, Command::SendReply { .. } | Command::AddNote { .. })),
    },
    Step {
        name: "snooze",
        title: tk!("Let it sleep"),
        text: tk!(
            "Leave what you write (<leave>) and let the case sleep for an hour (<snooze>): it comes back by itself."
        ),
        done: |m, _| asleep(m),
    },
    Step {
        name: "undo",
        title: tk!("Take it back"),
        text: tk!("Take that back (<undo>). Whatever is not sent yet is withdrawn; of the rest the opposite is sent."),
        done: |m, marks| marks.asleep && !asleep(m),
    },
    Step {
        name: "wrap-up",
        title: tk!("Wrap up"),
        text: tk!(
            "End the contact and wrap it up (<wrap-up>): choose why they came and how it ended by number, then finish (<finish-wrap-up>). What you give often is offered first: then two keys are enough."
        ),
        done: |m, marks| given(m, marks, |c| matches!(c, Command::WrapUp { .. } | Command::LeaveWrapUp { .. })),
    },
    Step {
        name: "help",
        title: tk!("Every key"),
        text: tk!("See every key, those of this place first (<help>). What cannot be done now says why."),
        done: |m, _| list(m, Purpose::Help),
    },
    Step {
        name: "palette",
        title: tk!("Anything by its name"),
        text: tk!("Go back (<overlay-close>), then find anything by its name (<palette>), also what has no key."),
        done: |m, _| list(m, Purpose::Palette),
    },
];

impl Tour {
    /// The name of the first step.
    pub fn first() -> &'static str {
        STEPS[0].name
    }

    /// As it was kept: nothing, `offer`, the name of the next step, the same with `later-`, or `done`.
    pub fn kept(word: &str) -> Tour {
        let (stage, name) = match word.strip_prefix("later-") {
            Some(name) => (Stage::Off, name),
            None if word == "offer" => (Stage::Offered, ""),
            None => (Stage::On, word),
        };
        match STEPS.iter().position(|s| s.name == name) {
            Some(at) => Tour { stage, at, ..Tour::default() },
            None if stage == Stage::Offered => Tour { stage, ..Tour::default() },
            None => Tour::default(),
        }
    }

    fn word(&self) -> String {
        let name = STEPS.get(self.at).map_or("done", |s| s.name);
        match self.stage {
            Stage::Off if self.at < STEPS.len() => format!("later-{name}"),
            Stage::Over => "done".to_owned(),
            _ => name.to_owned(),
        }
    }
}

/// The panel, when there is something to show.
pub fn panel(model: &Model) -> Option<Panel> {
    let tour = &model.tour;
    let (title, text, ways) = match tour.stage {
        Stage::Off => return None,
        Stage::Offered => (
            t!("Tour").to_owned(),
            t!("New here? A tour of ten minutes teaches by doing, with these sample customers."),
            t!("<tour> begins it, <tour-skip> leaves it."),
        ),
        Stage::On => {
            let step = STEPS.get(tour.at)?;
            let (n, of, about) = (tour.at + 1, STEPS.len(), lang::text(step.title));
            let title = t!("Tour, {n} of {of}: {about}", n, of, about);
            (title, lang::text(step.text), t!("<tour-skip> skips it, <tour> goes on later."))
        }
        Stage::Over => (
            t!("Tour").to_owned(),
            t!("That was the tour. Say Ready (<toggle-ready>), and contacts are offered to you."),
            t!("<tour-skip> puts this away."),
        ),
    };
    Some(Panel { title, text: keyed(model, text), ways: keyed(model, ways) })
}

impl Desk<'_> {
    fn marks(&self) -> Marks {
        Marks {
            row: self.m.queue.chosen,
            case: self.m.conversation.case,
            given: self.m.mirror.pending.iter().map(|p| p.token).collect(),
            asleep: asleep(self.m),
        }
    }

    /// Begins the tour, goes on with it, or puts it away until later.
    pub(in crate::app) fn tour(&mut self) {
        let stage = self.m.tour.stage;
        let over = self.m.tour.at >= STEPS.len();
        self.m.tour.stage = if stage == Stage::On { Stage::Off } else { Stage::On };
        if over || stage == Stage::Offered {
            self.m.tour.at = 0;
        }
        self.m.tour.marks = self.marks();
        if stage == Stage::On {
            self.say(t!("The tour waits; <tour> goes on with it."));
        } else if self.m.size.1 < ROWS {
            self.say(t!("The tour needs a window of {rows} rows; it shows as soon as there is room.", rows = ROWS));
        }
        self.keep_tour();
    }

    /// Past this step, or away with the panel where there is none.
    pub(in crate::app) fn skip_step(&mut self) {
        match self.m.tour.stage {
            Stage::On => self.next_step(),
            _ => {
                self.m.tour.stage = Stage::Off;
                self.m.tour.at = STEPS.len();
                self.keep_tour();
            }
        }
    }

    fn next_step(&mut self) {
        self.m.tour.at += 1;
        if self.m.tour.at >= STEPS.len() {
            self.m.tour.stage = Stage::Over;
        }
        self.m.tour.marks = self.marks();
        self.keep_tour();
    }

    fn keep_tour(&mut self) {
        let word = self.m.tour.word();
        self.effect(Effect::Keep { section: "desk", key: "tour", word });
        self.touched = true;
    }

    /// Looks whether the step was done.
    pub(in crate::app) fn watch_tour(&mut self) {
        let tour = &self.m.tour;
        if tour.stage != Stage::On || self.m.me().is_none() {
            return;
        }
        // Before anything is on the desk there is nothing to compare with.
        if tour.marks == Marks::default() {
            self.m.tour.marks = self.marks();
            return;
        }
        let done = STEPS.get(tour.at).is_some_and(|step| (step.done)(self.m, &tour.marks));
        if done {
            self.next_step();
        }
    }
}
