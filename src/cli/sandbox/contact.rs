//! One contact as it is played: what the desk did and what time it is go in, what the customer and the coach say comes
//! out.
//!
//! Knows the engine; knows no server, no disk and no clock. One invariant: the inputs it kept play the same contact
//! again.

use std::collections::VecDeque;

use crate::domain::ids::{CaseId, InteractionId};
use crate::sandbox::deed::{self, Ask};
use crate::sandbox::play::{Input, Mark, Output, State, Who};
use crate::sandbox::read::Ready;
use crate::sandbox::report::Mode;
use crate::sandbox::scenario::Channel;
use crate::sandbox::turns;

/// Words a minute that are spoken, and typed in a chat.
const SPOKEN: u32 = 160;
const TYPED: u32 = 110;
/// Turns that can be taken back.
const UNDO: usize = 50;

/// Something to bring to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// The customer says it.
    Customer(String),
    /// The coach says it.
    Coach(String),
    /// The customer leaves.
    Leave,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nobody has answered.
    Waits,
    /// They talk.
    Talks,
    /// It is over and not wrapped up.
    Over,
    /// All of it is done.
    Done,
}

/// A contact.
pub(super) struct Contact {
    pub(super) ready: Ready,
    pub(super) mode: Mode,
    pub(super) interaction: InteractionId,
    pub(super) case: CaseId,
    pub(super) state: State,
    pub(super) stand: Stand,
    /// All that went in.
    pub(super) inputs: Vec<Input>,
    /// Milliseconds of the contact so far, at its own pace.
    elapsed: i64,
    paused: bool,
    /// What is to come, and when.
    speech: VecDeque<(i64, Line)>,
    first: Vec<Output>,
    before: Vec<(State, usize)>,
    /// Entries of the log that the coach has spoken of.
    told: usize,
    helped_at: u32,
    /// Turns that were stepped through since it was done.
    stepped: usize,
}

impl Contact {
    /// A customer who is about to come.
    pub(super) fn new(ready: Ready, attempt: u64, mode: Mode) -> Contact {
        let (state, first) = State::start(&ready, attempt);
        Contact {
            ready,
            mode,
            interaction: InteractionId(0),
            case: CaseId(0),
            state,
            stand: Stand::Waits,
            inputs: Vec::new(),
            elapsed: 0,
            paused: false,
            speech: VecDeque::new(),
            first,
            before: Vec::new(),
            told: 0,
            helped_at: 0,
            stepped: 0,
        }
    }

    /// Their first words, where they write before someone answers.
    pub(super) fn opening(&mut self) -> Option<String> {
        if self.ready.scenario.channel == Channel::Voice {
            return None;
        }
        let words: Vec<String> = std::mem::take(&mut self.first)
            .into_iter()
            .filter_map(|out| if let Output::Says(words) = out { Some(words) } else { None })
            .collect();
        (!words.is_empty()).then(|| words.join("\n\n"))
    }

    /// Somebody answered.
    pub(super) fn answered(&mut self) -> Vec<Line> {
        if self.stand != Stand::Waits {
            return Vec::new();
        }
        self.stand = Stand::Talks;
        let first = std::mem::take(&mut self.first);
        self.take(first);
        let help = if self.mode == Mode::Guided { self.help() } else { Vec::new() };
        let s = &self.ready.scenario;
        let words = match self.mode {
            Mode::Guided => t!("Guided: I help as we go, and it costs nothing.").to_owned(),
            Mode::Practice => t!(
                "Practice: a note that says hint helps you for {cost} points; undo takes your last turn back; pause and go on stop the time.",
                cost = s.hints.cost
            ),
            Mode::Exam => t!("Exam: no help, no pause, no way back.").to_owned(),
        };
        let hands = t!(
            "What you do beside speaking is a note too: did: verify passcode, did: credit 20.00. The macros have them all."
        );
        let words = format!("{}\n{words}\n{hands}", s.about);
        std::iter::once(Line::Coach(words)).chain(help).collect()
    }

    /// So much time has gone by at its pace, ms; what is due now.
    pub(super) fn passes(&mut self, ms: i64) -> Vec<Line> {
        if !self.paused && matches!(self.stand, Stand::Talks | Stand::Over) {
            self.elapsed += ms;
        }
        let mut lines = Vec::new();
        while self.stand == Stand::Talks
            && self.state.over.is_none()
            && i64::from(self.state.clock_s + 1) * 1_000 <= self.elapsed
        {
            self.put_in(Input::Second);
        }
        if self.mode == Mode::Guided && self.stand == Stand::Talks && self.state.over.is_none() {
            let wait = self.ready.scenario.hints.after_s.max(5);
            if self.state.clock_s.saturating_sub(self.helped_at) >= wait {
                lines.extend(self.help());
            }
        }
        while self.speech.front().is_some_and(|(at, _)| *at <= self.elapsed) {
            lines.extend(self.speech.pop_front().map(|(_, line)| line));
        }
        lines
    }

    /// The agent types.
    pub(super) fn typing(&mut self) {
        if self.stand == Stand::Talks && self.inputs.last() != Some(&Input::Typing) {
            self.put_in(Input::Typing);
        }
    }

    /// The agent said or wrote this to the customer.
    pub(super) fn said(&mut self, words: &str) -> Vec<Line> {
        self.paused = false;
        self.keep();
        if self.ready.scenario.channel == Channel::Voice && self.state.over.is_none() {
            // Whoever is spoken over stops.
            self.speech.retain(|(_, line)| !matches!(line, Line::Customer(_)));
        }
        self.put_in(Input::Say(words.to_owned()));
        self.comment()
    }

    /// The agent did this.
    pub(super) fn did(&mut self, verb: &str, what: &str) -> Vec<Line> {
        self.keep();
        self.put_in(Input::Act { verb: verb.to_owned(), what: what.to_owned(), amount: None });
        self.comment()
    }

    /// The agent wrote a note; `None` when it is a note like any other.
    pub(super) fn noted(&mut self, words: &str) -> Option<Vec<Line>> {
        let ask = deed::ask(&self.ready, words)?;
        let coach = |words: &str| Some(vec![Line::Coach(words.to_owned())]);
        let (over, exam) = (self.state.over.is_some(), self.mode == Mode::Exam);
        match ask {
            Ask::Again | Ask::Next | Ask::Replay => None,
            _ if over || self.stand != Stand::Talks => coach(t!("The contact is over; wrap it up.")),
            Ask::Did(input) => {
                self.keep();
                let words = described(&input);
                self.put_in(input);
                let mut lines = vec![Line::Coach(words)];
                lines.extend(self.comment());
                Some(lines)
            }
            Ask::Unclear(verb) => coach(&t!("There is no {verb}; there is {verbs}.", verb, verbs = deed::verbs())),
            Ask::Hint | Ask::Pause | Ask::GoOn | Ask::Undo if exam => coach(t!("Not in an exam.")),
            Ask::Hint => Some(self.help()),
            Ask::Pause => {
                self.paused = true;
                coach(t!("Time stands still. A note that says go on, or your next words, let it run."))
            }
            Ask::GoOn => {
                self.paused = false;
                coach(t!("Time goes on."))
            }
            Ask::Undo => Some(self.undo()),
        }
    }

    /// It was wrapped up.
    pub(super) fn wrapped_up(&mut self, reason: &str, outcome: &str, note: &str) {
        let (reason, outcome, note) = (reason.to_owned(), outcome.to_owned(), note.to_owned());
        self.put_in(Input::WrapUp { reason, outcome, note });
        self.stand = Stand::Done;
        self.speech.clear();
    }

    /// It is over: by the agent, when the customer is still there.
    pub(super) fn ended(&mut self) {
        if self.state.over.is_none() {
            self.put_in(Input::Act { verb: "end".to_owned(), what: String::new(), amount: None });
        }
        if self.stand == Stand::Talks {
            self.stand = Stand::Over;
        }
    }

    fn help(&mut self) -> Vec<Line> {
        self.helped_at = self.state.clock_s;
        let out = self.state.step(&self.ready, Input::Hint);
        self.inputs.push(Input::Hint);
        let hints: Vec<Line> = out
            .into_iter()
            .filter_map(|out| if let Output::Helps(words) = out { Some(Line::Coach(words)) } else { None })
            .collect();
        match (hints.is_empty(), self.mode) {
            (true, Mode::Practice) => vec![Line::Coach(t!("There are no more hints.").to_owned())],
            _ => hints,
        }
    }

    fn undo(&mut self) -> Vec<Line> {
        let Some((state, inputs)) = self.before.pop() else {
            return vec![Line::Coach(t!("There is no turn to take back.").to_owned())];
        };
        self.state = state;
        self.inputs.truncate(inputs);
        self.elapsed = i64::from(self.state.clock_s) * 1_000;
        self.told = self.state.log.len();
        self.speech.clear();
        let last = self.state.log.iter().rev().find(|e| e.who == Who::Customer);
        let words = match last {
            Some(last) => t!("Your last turn is taken back. Their last words: {last}", last = last.words),
            None => t!("Your last turn is taken back. They have not said anything.").to_owned(),
        };
        vec![Line::Coach(words)]
    }

    fn keep(&mut self) {
        if self.stand == Stand::Talks && self.state.over.is_none() {
            self.before.push((self.state.clone(), self.inputs.len()));
            let over = self.before.len().saturating_sub(UNDO);
            self.before.drain(..over);
        }
    }

    fn put_in(&mut self, input: Input) {
        self.inputs.push(input.clone());
        let out = self.state.step(&self.ready, input);
        self.take(out);
    }

    /// What the customer does, at the pace of people.
    fn take(&mut self, out: Vec<Output>) {
        for out in out {
            match out {
                Output::Says(words) => self.says(&words),
                Output::Over(_) => {
                    let at = self.speech.back().map_or(self.elapsed, |(at, _)| *at);
                    self.speech.push_back((at, Line::Leave));
                }
                Output::Helps(_) => {}
            }
        }
    }

    fn says(&mut self, words: &str) {
        let mut at = self.speech.back().map_or(self.elapsed, |(at, _)| (*at).max(self.elapsed));
        let (pieces, pace) = match self.ready.scenario.channel {
            Channel::Voice => (sentences(words), SPOKEN),
            Channel::Chat => (vec![words.to_owned()], TYPED),
            Channel::Email => (vec![words.to_owned()], u32::MAX),
        };
        for piece in pieces {
            let count = piece.split_whitespace().count() as u32;
            at += i64::from(count * 60_000 / pace.max(1));
            self.speech.push_back((at, Line::Customer(piece)));
        }
    }

    /// In guided mode, what the turn was worth.
    fn comment(&mut self) -> Vec<Line> {
        let news: Vec<String> =
            self.state.log.iter().skip(self.told).flat_map(|e| &e.marks).filter_map(|m| self.worth(m)).collect();
        self.told = self.state.log.len();
        if self.mode != Mode::Guided || news.is_empty() {
            return Vec::new();
        }
        self.helped_at = self.state.clock_s;
        vec![Line::Coach(news.join(" "))]
    }

    fn worth(&self, mark: &Mark) -> Option<String> {
        match mark {
            Mark::Goal(_) | Mark::Slip(_) | Mark::Critical(_) => turns::worth(&self.ready, mark),
            Mark::Intent(_) | Mark::Fact(_) | Mark::Patience(..) => None,
        }
    }

    /// The next turn of a contact that is done, in words; after the last one the first again.
    pub(super) fn step_through(&mut self) -> Vec<Line> {
        let turns = turns::turns(&self.ready, &self.state);
        let Some(turn) = turns.get(self.stepped) else {
            self.stepped = 0;
            return vec![Line::Coach(t!("That was the last turn; replay begins again.").to_owned())];
        };
        self.stepped += 1;
        vec![Line::Coach(turns::words(&self.ready, turn))]
    }
}

/// A deed in words, so that the trainee sees how it was taken.
fn described(input: &Input) -> String {
    let Input::Act { verb, what, amount } = input else { return String::new() };
    let amount = amount.map(|a| format!(" {}.{:02}", a / 100, (a % 100).abs())).unwrap_or_default();
    let what = if what.is_empty() { String::new() } else { format!(" {what}") };
    let level = if verb == "verify" { " level" } else { "" };
    t!("Done: {deed}.", deed = format!("{verb}{level}{what}{amount}"))
}

/// Sentences, as they are spoken one after the other.
fn sentences(words: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    for word in words.split_whitespace() {
        if !piece.is_empty() {
            piece.push(' ');
        }
        piece.push_str(word);
        let ends = word.trim_end_matches(['"', '”', '»', '*']).ends_with(['.', '!', '?', '…']);
        if ends && piece.split_whitespace().count() > 4 {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::library;
    use crate::sandbox::script;

    fn contact(mode: Mode) -> Contact {
        let folders = library::folders();
        let mut contact = Contact::new(library::ready(&folders["roaming-bill"]).expect("reads"), 0, mode);
        assert_eq!(contact.opening(), None, "on the telephone one speaks when somebody answers");
        contact
    }

    fn words(lines: &[Line]) -> String {
        let said = |line: &Line| match line {
            Line::Customer(words) | Line::Coach(words) => words.clone(),
            Line::Leave => "(leaves)".to_owned(),
        };
        lines.iter().map(said).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_customer_speaks_at_the_pace_of_people_and_stops_when_spoken_over() {
        let mut c = contact(Mode::Practice);
        assert!(words(&c.answered()).contains("Practice"));
        assert!(c.passes(100).is_empty());
        let first = c.passes(3_000);
        assert_eq!(words(&first), "Two hundred and fourteen pounds!");
        c.said("Hello, this is Ana at Larkfield.");
        let patience = c.state.patience;
        assert!(patience < 60_000, "spoken over: {patience}");
        let rest = words(&c.passes(60_000));
        assert!(!rest.contains("Are you people thieves"), "{rest}");
        assert!(rest.contains("Never mind who you are."), "{rest}");
    }

    #[test]
    fn turns_are_taken_back_time_stands_still_and_all_of_it_can_be_played_again() {
        let mut c = contact(Mode::Practice);
        c.answered();
        c.passes(10_000);
        let before = c.state.clone();
        c.said("Calm down please.");
        assert!(c.state.patience < before.patience);
        assert!(words(&c.noted("undo").expect("heard")).contains("taken back"));
        assert_eq!(c.state, before);
        c.noted("pause").expect("heard");
        c.passes(60_000);
        assert_eq!(c.state.clock_s, 10);
        c.said("I'm so sorry, that must have been a shock.");
        assert!(words(&c.noted("did: verify passcode").expect("heard")).starts_with("Done: verify level 2."));
        assert_eq!(c.state.verified, 2);
        assert_eq!(c.noted("She is angry"), None);
        assert!(words(&c.noted("hint").expect("heard")).contains("Name the feeling first."));
        c.typing();
        c.passes(20_000);
        c.ended();
        c.wrapped_up("Billing › Roaming", "Resolved", "x");
        let steps = script::read("x", &script::write(&c.inputs)).expect("reads");
        let (again, _) = script::play(&c.ready, 0, &steps);
        assert_eq!(again.log, c.state.log);
        assert_eq!(again.written, c.state.written);
    }

    #[test]
    fn an_exam_has_no_help_and_guidance_says_what_a_turn_was_worth() {
        let mut c = contact(Mode::Exam);
        c.answered();
        assert_eq!(words(&c.noted("hint").expect("heard")), "Not in an exam.");
        let mut c = contact(Mode::Guided);
        assert!(words(&c.answered()).ends_with(" Name the feeling first."));
        c.passes(8_000);
        assert!(words(&c.said("I'm so sorry, that must have been a shock.")).contains("+6 You named"));
    }
}
