//! Stops of a snippet in a field: where one goes with Tab to fill in, what is selected there, and the same question
//! answered everywhere at once.
//!
//! Questions that stand open are found in the words themselves, so they outlive a restart and an editor; what was
//! filled in already and could be changed is only remembered while one goes from stop to stop.

use std::ops::Range;

use super::{Field, Press};
use crate::domain::stock::text::{Ask, Filled, blanks};

/// A place one stopped at or can stop at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    range: Range<usize>,
    /// The question as it stood in the words, when it was one.
    blank: Option<String>,
    /// One is filling it in.
    current: bool,
}

/// The stop one is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// What is asked; `None` where a default stands.
    pub ask: Option<Ask>,
    /// Which of them it is, from 1, and how many there are.
    pub of: (usize, usize),
}

impl Field {
    /// Puts a filled-in text in the place of what stands from `from` to the caret, as one step, and goes to its
    /// first stop.
    pub fn expand(&mut self, from: usize, filled: &Filled) -> Press {
        let text = self.clean(&filled.text);
        self.run = false;
        let press = self.splice(from.min(self.caret), self.caret, &text, false);
        self.run = false;
        if press != Press::Edited || text.len() != filled.text.len() {
            return press;
        }
        let rest = filled.caret.map(|at| at..at);
        for range in filled.stops.iter().cloned().chain(rest) {
            let range = range.start + from..range.end + from;
            let blank = blanks(&self.text[range.clone()]).first().map(|_| self.text[range.clone()].to_owned());
            self.stops.push(Stop { range, blank, current: false });
        }
        self.stops.sort_by_key(|s| (s.range.start, s.range.end));
        let first = self.all_stops().into_iter().find(|r| r.start >= from && r.end <= from + text.len());
        match first {
            Some(range) => self.stop_at(range),
            None => self.stops.clear(),
        }
        press
    }

    /// What the next letter replaces.
    pub fn selected(&self) -> Option<Range<usize>> {
        self.selected.clone()
    }

    /// The first question that stands open.
    pub fn unfilled(&self) -> Option<String> {
        blanks(&self.text).into_iter().next().map(|b| b.ask.prompt)
    }

    /// Where to stop, in order: remembered places and open questions.
    fn all_stops(&self) -> Vec<Range<usize>> {
        let mut all: Vec<Range<usize>> = self.stops.iter().map(|s| s.range.clone()).collect();
        for blank in blanks(&self.text) {
            let touches = |r: &Range<usize>| r.start < blank.range.end && blank.range.start < r.end;
            if !all.iter().any(touches) {
                all.push(blank.range);
            }
        }
        all.sort_by_key(|r| (r.start, r.end));
        all
    }

    /// Goes to the next stop or the one before; false when there is none that way and nothing was left.
    pub fn step_stop(&mut self, by: isize) -> bool {
        self.run = false;
        let was_at = self.leave_stop();
        let all = self.all_stops();
        let here = was_at.as_ref().map_or(self.caret, |r| r.start);
        let past = |r: &&Range<usize>| r.start > here || (was_at.is_none() && r.start == here);
        let next = match by > 0 {
            // After the last one, what still stands open comes round again.
            true => all.iter().find(past).cloned().or_else(|| blanks(&self.text).into_iter().next().map(|b| b.range)),
            false => all.iter().rev().find(|r| r.end < here || r.start < here).cloned(),
        };
        match next {
            Some(range) => {
                self.stop_at(range);
                true
            }
            None if by > 0 && was_at.is_some() => {
                self.stops.clear();
                true
            }
            None => match was_at {
                Some(range) => {
                    self.stop_at(range);
                    true
                }
                None => false,
            },
        }
    }

    /// The stop one is at, to say what is asked.
    pub fn here(&self) -> Option<Here> {
        let range = self.stops.iter().find(|s| s.current).map(|s| &s.range)?;
        let all = self.all_stops();
        let at = all.iter().position(|r| r == range)?;
        let stop = self.stops.iter().find(|s| s.current)?;
        let ask = stop.blank.as_ref().and_then(|b| blanks(b).into_iter().next()).map(|b| b.ask);
        Some(Here { ask, of: (at + 1, all.len()) })
    }

    fn stop_at(&mut self, range: Range<usize>) {
        self.stops.iter_mut().for_each(|s| s.current = false);
        match self.stops.iter_mut().find(|s| s.range == range) {
            Some(stop) => stop.current = true,
            None => {
                let blank = self.text.get(range.clone()).map(str::to_owned);
                self.stops.push(Stop { range: range.clone(), blank, current: true });
                self.stops.sort_by_key(|s| (s.range.start, s.range.end));
            }
        }
        self.place(range.end);
        self.selected = (!range.is_empty()).then_some(range);
    }

    /// Leaves the stop one is at. The same question elsewhere gets the same answer.
    fn leave_stop(&mut self) -> Option<Range<usize>> {
        self.selected = None;
        let at = self.stops.iter().position(|s| s.current)?;
        self.stops[at].current = false;
        let stop = self.stops[at].clone();
        let answer = self.text.get(stop.range.clone())?.to_owned();
        let Some(blank) = stop.blank.filter(|b| *b != answer && !answer.trim().is_empty()) else {
            return Some(stop.range);
        };
        let places: Vec<usize> = self.text.match_indices(&blank).map(|(at, _)| at).collect();
        let mut here = stop.range;
        for place in places.into_iter().rev() {
            self.splice(place, place + blank.len(), &answer, false);
            if place < here.start {
                let shift = |n: usize| n + answer.len() - blank.len();
                here = match answer.len() >= blank.len() {
                    true => shift(here.start)..shift(here.end),
                    false => {
                        let less = blank.len() - answer.len();
                        here.start - less..here.end - less
                    }
                };
            }
        }
        self.stops.retain(|s| s.range == here || s.blank.as_ref() != Some(&blank));
        self.place(here.end);
        Some(here)
    }

    /// A key while something is selected: a letter takes its place, a digit takes the choice of that number, what
    /// deletes empties it. `None` leaves the key to the field.
    pub(super) fn press_selected(&mut self, key: crate::app::key::Key) -> Option<Press> {
        use crate::app::key::Code;
        let range = self.selected.clone()?;
        let chosen = key.printable().and_then(|c| c.to_digit(10)).and_then(|digit| {
            let asked = self.here()?.ask?;
            asked.choices.get((digit as usize).checked_sub(1)?).cloned()
        });
        if let Some(choice) = chosen {
            let press = self.splice(range.start, range.end, &choice, false);
            self.run = false;
            return Some(press);
        }
        if key.printable().is_some() {
            let c = key.printable()?.to_string();
            return Some(match self.clean(&c) {
                clean if clean.is_empty() => Press::Moved,
                clean => self.splice(range.start, range.end, &clean, true),
            });
        }
        let deletes =
            matches!((key.code, key.ctrl), (Code::Backspace | Code::Delete, _) | (Code::Char('h' | 'd' | 'w'), true));
        if deletes {
            return Some(self.splice(range.start, range.end, "", false));
        }
        None
    }

    /// The caret went elsewhere: what is selected is not any more, and one fills in no longer.
    pub fn moved_off(&mut self) {
        self.selected = None;
        let caret = self.caret;
        for stop in self.stops.iter_mut().filter(|s| s.current) {
            stop.current = (stop.range.start..=stop.range.end).contains(&caret);
        }
    }

    /// Keeps the stops where they are in the words. `undone` says that what went in is taken back whole.
    pub(super) fn shift_stops(&mut self, from: usize, to: usize, len: usize, undone: bool) {
        self.selected = None;
        let moved = |n: usize| n + len - (to - from);
        self.stops.retain_mut(|stop| {
            let (start, end) = (stop.range.start, stop.range.end);
            let whole = from <= start && to >= end && to > from;
            let within = from >= start && to <= end;
            let grows = within && (stop.current || (from > start && to < end) || (whole && !undone));
            if whole && undone {
                return false;
            }
            match () {
                () if grows => stop.range = start..moved(end),
                () if to <= start => stop.range = moved(start)..moved(end),
                () if from >= end => {}
                () => return false,
            }
            true
        });
    }
}
