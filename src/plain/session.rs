//! What a line-by-line desk remembers between lines: what numbers stand for, what is being written, what was said.
//!
//! Invariant: a line that goes out holds no control character, whoever wrote its words.

use std::collections::VecDeque;

use super::announce::Seen;
use super::answer::Answer;
use super::choice::Choice;
use super::writing::Writing;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::port::Effect;
use crate::app::update;
use crate::app::words;
use crate::config::table::Announce;
use crate::domain::safe;
use crate::domain::time::At;

/// The desk between two lines.
pub struct Session {
    /// How much is announced.
    pub(super) level: Announce,
    /// Lines of a reading at once; the rest comes with `more`. 0 is all of it.
    pub(super) page: usize,
    /// Whether readings and announcements carry the time.
    pub(super) stamps: bool,
    /// What the next numbers stand for.
    pub(super) choices: Vec<Choice>,
    /// The rest of a long reading.
    pub(super) more: VecDeque<String>,
    /// Several lines are being written.
    pub(super) writing: Option<Writing>,
    /// A line is being answered.
    pub(super) answer: Option<Answer>,
    /// What was seen last, to notice what is new.
    pub(super) seen: Seen,
    /// Announcements that wait until the answer is out.
    pub(super) waiting: Vec<String>,
    /// Commands given since the line that is being answered: what each is, and whether it waits for the server's word.
    pub(super) given: Vec<(String, bool)>,
    /// The desk has greeted.
    pub(super) greeted: bool,
    out: Vec<String>,
    effects: Vec<Effect>,
    /// The bell is to ring.
    pub(super) rings: bool,
    /// The desk is to be left.
    pub(super) left: bool,
    /// The process is to stop until it is continued.
    pub(super) stops: bool,
}

/// What the loop is to do after a message.
#[derive(Debug, Default)]
pub struct Done {
    /// Lines to print, safe.
    pub lines: Vec<String>,
    /// What the app asks of the world.
    pub effects: Vec<Effect>,
    /// Ring the bell.
    pub rings: bool,
    /// Leave.
    pub left: bool,
    /// Stop the process until it is continued.
    pub stops: bool,
}

/// One message at work.
pub(super) struct Turn<'a> {
    pub(super) s: &'a mut Session,
    pub(super) m: &'a mut Model,
    pub(super) now: At,
}

impl Session {
    /// A desk that has not said anything yet.
    pub fn new(level: Announce, page: usize) -> Session {
        Session {
            level,
            page,
            stamps: false,
            choices: Vec::new(),
            more: VecDeque::new(),
            writing: None,
            answer: None,
            seen: Seen::default(),
            waiting: Vec::new(),
            given: Vec::new(),
            greeted: false,
            out: Vec::new(),
            effects: Vec::new(),
            rings: false,
            left: false,
            stops: false,
        }
    }

    /// Whether the next line must wait: the desk has not opened yet, or still answers.
    pub fn is_busy(&self) -> bool {
        !self.greeted || self.answer.is_some()
    }

    /// A line was typed.
    pub fn line(&mut self, model: &mut Model, text: &str, now: At) {
        let mut turn = Turn { s: self, m: model, now };
        turn.begin();
        turn.typed(text.trim_end_matches(['\r', '\n']));
        turn.notice();
        turn.settle();
    }

    /// The world, or time, has something.
    pub fn tell(&mut self, model: &mut Model, message: Msg, now: At) {
        let mut turn = Turn { s: self, m: model, now };
        turn.send(message);
        turn.notice();
        turn.settle();
    }

    /// Looks again whether the answer is whole; the loop asks when its time is over.
    pub fn settle(&mut self, model: &mut Model, now: At) {
        Turn { s: self, m: model, now }.settle();
    }

    /// What is to be done now.
    pub fn take(&mut self) -> Done {
        Done {
            lines: std::mem::take(&mut self.out),
            effects: std::mem::take(&mut self.effects),
            rings: std::mem::take(&mut self.rings),
            left: self.left,
            stops: std::mem::take(&mut self.stops),
        }
    }
}

impl Turn<'_> {
    /// Gives a message to the app and keeps what it asks of the world.
    pub(super) fn send(&mut self, message: Msg) {
        for effect in update(self.m, message, self.now) {
            match effect {
                Effect::Copy(text) => self.say(&t!("To copy: {text}", text)),
                Effect::Bell => self.s.rings = true,
                Effect::Edit(_) => self.write_on(),
                // There is no screen to draw again: what has the focus is read again.
                Effect::Redraw => self.want_reading(),
                Effect::Suspend => self.s.stops = true,
                Effect::Quit => self.s.left = true,
                other => self.s.effects.push(other),
            }
        }
        self.hear_toasts();
    }

    /// One line out.
    pub(super) fn say(&mut self, text: &str) {
        let text = safe::line(text);
        let text = text.trim_end();
        if !text.is_empty() {
            self.s.out.push(text.to_owned());
        }
    }

    /// A reading out, as much as one page holds; the rest waits for `more`.
    pub(super) fn read_out(&mut self, lines: Vec<String>) {
        let page = if self.s.page == 0 { usize::MAX } else { self.s.page };
        self.s.more = lines.into();
        self.read_more(page);
    }

    /// The next lines of a long reading.
    pub(super) fn read_more(&mut self, page: usize) {
        for _ in 0..page {
            let Some(line) = self.s.more.pop_front() else { return };
            self.say(&line);
        }
        match self.s.more.len() {
            0 => {}
            left => self.say(&t!("{left} left; type more.", left = tn!(left, "1 line", "{n} lines"))),
        }
    }

    /// The time in front of a line, when it is wanted.
    pub(super) fn stamp(&self, at: At) -> String {
        if !self.s.stamps {
            return String::new();
        }
        format!("{} ", words::moment(at, self.m.server(self.now), self.m.zone()))
    }
}
