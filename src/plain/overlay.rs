//! Lists, questions and dialogs: how they are read, and the words that answer them.

use super::choice::Choice;
use super::reading::capital;
use super::session::Turn;
use crate::app::action::Action;
use crate::app::msg::{Mouse, Msg, Spot};
use crate::app::overlays::chooser::{Chooser, Purpose};
use crate::app::overlays::outbox::LineState;
use crate::app::overlays::welcome::LINES;
use crate::app::overlays::{Overlay, day, explain, outbox};
use crate::app::{status, words};
use crate::domain::safe;

impl Turn<'_> {
    /// A word that answers what lies on top; false when it is none.
    pub(super) fn over_word(&mut self, line: &str, forced: bool) -> bool {
        let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(w, r)| (w, r.trim()));
        let word = word.to_lowercase();
        let alone = rest.is_empty();
        match (self.m.top(), word.as_str(), alone) {
            (Some(Overlay::Stale(_)), "send" | "yes" | "done", true) => self.run(Action::OverlayConfirm),
            (Some(Overlay::Stale(_)), "back" | "no" | "edit", true) => self.run(Action::OverlayAccept),
            (_, "back" | "no", true) => {
                self.s.writing = None;
                self.run(Action::OverlayClose);
            }
            (Some(Overlay::Confirm(_)), "yes" | "done", true) => self.run(Action::OverlayYes),
            (Some(Overlay::Stage(_)), "yes" | "done", true) => {
                self.run(Action::OverlayConfirm);
                self.open_writing();
            }
            (Some(Overlay::Chooser(c)), "done" | "yes", true) => {
                // Of cases in view the marked ones are changed; elsewhere what is marked, or selected, is chosen.
                let cases = c.purpose == Purpose::Cases;
                self.run(if cases { Action::OverlayConfirm } else { Action::OverlayAccept });
                self.open_writing();
            }
            (Some(Overlay::Chooser(c)), "mark", false) if c.marks() => self.mark(rest),
            (Some(Overlay::Prompt(_)), "done" | "yes", true) => {
                self.s.writing = None;
                self.run(Action::OverlayConfirm);
                self.open_writing();
            }
            (Some(Overlay::Outbox(_)), _, _) => return self.prefixed("outbox", &word, rest),
            (Some(Overlay::Day(_)), "formula", _) => self.do_with(Action::FigureHow, rest),
            (Some(Overlay::Day(_)), _, _) => return self.prefixed("figure", &word, rest),
            // In what takes no text an action's name is never anything else.
            (Some(Overlay::Confirm(_) | Overlay::Stale(_) | Overlay::Explain(_) | Overlay::Stage(_)), _, _) => {
                return !forced && self.named(line);
            }
            _ => return line.starts_with("overlay-") && self.named(line),
        }
        true
    }

    fn named(&mut self, line: &str) -> bool {
        let exact = line.split_whitespace().next().and_then(Action::from_name);
        exact.is_some() && self.act(line)
    }

    /// `retry` for `outbox-retry`, and any action by its whole name.
    fn prefixed(&mut self, prefix: &str, word: &str, rest: &str) -> bool {
        let whole = Action::from_name(word).or_else(|| Action::from_name(&format!("{prefix}-{word}")));
        let Some(action) = whole else { return false };
        self.do_with(action, rest);
        true
    }

    /// Marks lines by their numbers, or takes the marks away.
    fn mark(&mut self, rest: &str) {
        for n in rest.split([' ', ',']).filter(|n| !n.is_empty()) {
            match n.parse::<usize>() {
                Ok(n) if self.select(n) => self.run(Action::OverlayMark),
                Ok(_) => return,
                Err(_) => {
                    self.say(&t!("mark takes numbers: {n} is none.", n));
                    return;
                }
            }
        }
        let Some(Overlay::Chooser(c)) = self.m.top() else { return };
        let marked: Vec<&str> = c.items.iter().filter(|i| i.marked).map(|i| i.label.as_str()).collect();
        let said = if marked.is_empty() {
            t!("Marked: nothing.").to_owned()
        } else {
            t!("Marked: {marked}.", marked = marked.join(", "))
        };
        self.say(&said);
        self.spoke();
    }

    /// Reads what lies on top; what only changed is read in short.
    pub(super) fn read_top(&mut self, before: Option<&Overlay>) {
        let Some(top) = self.m.overlays.last().cloned() else { return };
        match top {
            Overlay::Chooser(list) => {
                let same =
                    matches!(before, Some(Overlay::Chooser(b)) if b.purpose == list.purpose && b.title == list.title);
                let moved = matches!(before, Some(Overlay::Chooser(b)) if same && b.shown == list.shown && b.items == list.items);
                if moved { self.read_selected() } else { self.read_list(&list, same) }
            }
            Overlay::Confirm(question) => {
                self.say(&format!("{}?", question.title.trim_end_matches('?')));
                question.lines.iter().for_each(|line| self.say(line));
                self.s.choices = (1..=question.digits.len() as u8).map(Choice::Digit).collect();
                let view = self.m.view();
                let label = |(reason, outcome)| {
                    let reason = view.reason(reason).map(|r| r.label.as_str()).unwrap_or_default();
                    let outcome = view.outcome(outcome).map(|o| o.label.as_str()).unwrap_or_default();
                    format!("{reason}, {outcome}")
                };
                let codes: Vec<String> = question.digits.iter().copied().map(label).collect();
                for (i, codes) in codes.iter().enumerate() {
                    self.say(&t!("{n} yes, and wrap up: {codes}", n = i + 1, codes));
                }
                self.say(&t!("yes: {yes}. no goes back.", yes = question.yes));
            }
            Overlay::Stale(stale) => {
                self.say(t!("The customer wrote since you began your reply. It is not sent."));
                for message in &stale.newer {
                    self.body(t!("Customer"), &message.body);
                }
                self.body(t!("Your reply"), stale.reply.words().unwrap_or_default());
                self.say(t!("send sends it as it is; back goes on writing."));
            }
            Overlay::Stage(stage) => {
                self.say(&stage.title());
                for step in &stage.staged {
                    let verb = step.verb.word();
                    match (&step.refusal, step.idle) {
                        (Some(why), _) => self.say(&t!("{verb}: not possible. {why}", verb, why)),
                        (None, true) => self.say(&t!("{verb}: {now}, as it is", verb, now = step.before)),
                        (None, false) if step.before.is_empty() => self.body(&capital(verb), &step.after),
                        (None, false) => {
                            self.say(&t!(
                                "{verb}: {before} becomes {after}",
                                verb,
                                before = step.before,
                                after = step.after
                            ));
                        }
                    }
                }
                let yes = stage.yes();
                self.say(&if yes.is_empty() {
                    t!("back leaves.").to_owned()
                } else {
                    t!("yes: {yes}. no goes back.", yes)
                });
            }
            Overlay::Outbox(_) => self.read_outbox(),
            Overlay::Day(day) => self.read_day(&day),
            Overlay::Prompt(prompt) => {
                self.say(&format!("{}.", prompt.title));
                if !prompt.facts.is_empty() {
                    self.say(t!("Goes along:"));
                    prompt.facts.iter().for_each(|fact| self.say(&format!("  {fact}")));
                }
                self.s.writing = Some(super::writing::Writing::Prompt);
                self.ask_text();
            }
            Overlay::Explain(_) => {
                let sheet = explain::sheet(self.m, self.now);
                self.say(&format!("{}.", sheet.title));
                let lines =
                    sheet.parts.iter().flat_map(|p| std::iter::once(format!("{}: {}", p.title, p.words.join(" "))));
                let lines: Vec<String> = lines.chain([sheet.next.clone()]).collect();
                self.read_out(lines);
            }
        }
    }

    fn read_list(&mut self, list: &Chooser, again: bool) {
        if !again {
            self.say(&format!("{}.", list.title.trim_end_matches('.')));
        }
        self.say(&list.sentence);
        self.s.choices.clear();
        let mut lines = Vec::new();
        for item in list.shown.iter().filter_map(|s| list.items.get(s.item)) {
            if item.is_heading() {
                lines.push(format!("{}:", item.label));
                continue;
            }
            self.s.choices.push(Choice::Item(item.pick.clone(), item.label.clone()));
            let mut line = format!("{} {}", self.s.choices.len(), item.label);
            if list.marks() && item.marked {
                line.push_str(t!(", marked"));
            }
            for part in [&item.right, &item.detail] {
                if !part.is_empty() && !line.contains(part.as_str()) {
                    line.push_str(&format!(". {part}"));
                }
            }
            if let Some(why) = &item.disabled {
                line.push_str(&t!(". Not now: {why}", why));
            }
            lines.push(line);
        }
        if self.s.choices.is_empty() {
            let typed = list.field.text().trim();
            self.say(&if typed.is_empty() {
                t!("Nothing to choose from.").to_owned()
            } else {
                t!("Nothing like {typed}.", typed)
            });
        } else if list.purpose != Purpose::Why {
            let marks = if list.marks() { t!(" mark and numbers mark several, done confirms.") } else { "" };
            self.say(&t!("Type a number, or words to find one; back leaves.{marks}", marks));
        }
        self.read_out(lines);
    }

    fn read_outbox(&mut self) {
        self.say(t!("Outbox and link."));
        status::link_lines(self.m, self.now).iter().for_each(|line| self.say(line));
        let lines = outbox::lines(self.m, self.now);
        self.s.choices = lines.iter().map(|l| Choice::Command(l.n, l.what.clone(), l.at)).collect();
        if lines.is_empty() {
            self.say(t!("Everything is sent. What waits for the server, or was refused, stands here."));
            return;
        }
        let one = |(i, l): (usize, &outbox::Line)| {
            let state = match &l.state {
                LineState::Storing => t!("being kept").to_owned(),
                LineState::Waiting => t!("waits for the server").to_owned(),
                LineState::Sent => t!("sent, not answered yet").to_owned(),
                LineState::Held(s) => t!("leaves in {s} s", s),
                LineState::Doubtful(why) => t!("would be refused: {why}", why),
                LineState::Unsure => t!("perhaps done already; retry sends it again, drop does not").to_owned(),
                LineState::Lapsed => t!("not sent in time; retry sends it, edit or drop do not").to_owned(),
                LineState::Done => t!("done").to_owned(),
                LineState::Refused(why, way) => t!("refused: {why} {way}", why, way),
            };
            let said = if l.words.is_empty() {
                String::new()
            } else {
                t!(" Words: {words}", words = words::excerpt(&l.words, 200))
            };
            t!("{n} {what}. State: {state}.{said}", n = i + 1, what = l.what, state, said)
        };
        let lines: Vec<String> = lines.iter().enumerate().map(one).collect();
        self.say(t!("retry, edit or drop, with a number; back leaves."));
        self.read_out(lines);
    }

    fn read_day(&mut self, day: &day::Day) {
        if !day.is_read() {
            self.say(t!("My day: the figures are being read."));
            return;
        }
        if let Some(line) = day.line().filter(|_| day.how) {
            day::how(self.m, line).iter().for_each(|line| self.say(line));
            return;
        }
        if let Some((_, _)) = day.behind {
            let Some(line) = day.line() else { return };
            let contacts = day::contacts(self.m, day, line, self.now);
            self.s.choices = (0..contacts.len()).map(Choice::Line).collect();
            self.say(&t!(
                "{label}: the contacts behind it. A number opens one; back leaves.",
                label = line.figure.definition().label
            ));
            let one = |(i, c): (usize, &day::Contact)| {
                t!("{n} {what}. When: {when}. {amount}", n = i + 1, what = c.what, when = c.when, amount = c.amount)
            };
            let lines = contacts.iter().enumerate().map(one).collect();
            self.read_out(lines);
            return;
        }
        self.say(t!(
            "My day. A number reads the contacts behind a figure, formula and a number how it is made; back leaves."
        ));
        self.s.choices = (0..day.lines.len()).map(Choice::Line).collect();
        let one = |(i, l): (usize, &day::Line)| {
            let queue = l.queue.and_then(|q| self.m.view().queue(q)).map(|q| format!("{}, ", q.name));
            format!("{} {}{}: {}", i + 1, queue.unwrap_or_default(), l.figure.definition().label, l.figure.show())
        };
        let lines = day.lines.iter().enumerate().map(one).collect();
        self.read_out(lines);
    }

    /// A label and words that may have several lines; later lines are set in, so that none of them passes for ours.
    pub(super) fn body(&mut self, label: &str, text: &str) {
        for line in body(label, text) {
            self.say(&line);
        }
    }

    /// The first screen of all.
    pub(super) fn at_the_door(&mut self, line: &str) {
        let Some(welcome) = &self.m.welcome else { return };
        let asks_link = welcome.link.is_some();
        match line {
            "quit" => self.run(Action::Quit),
            "back" => self.run(Action::OverlayClose),
            _ if asks_link => {
                self.send(Msg::Write(line.to_owned()));
                self.run(Action::OverlayAccept);
            }
            _ => match line.parse::<usize>() {
                Ok(n) if (1..=LINES.len()).contains(&n) => {
                    self.send(Msg::Mouse(Mouse::Click(Spot::Overlay(n - 1))));
                    self.run(Action::OverlayAccept);
                }
                _ => self.say(&t!("Type a number from 1 to {most}, or quit.", most = LINES.len())),
            },
        }
        if !self.s.left {
            self.read_door();
        }
        self.spoke();
    }

    /// Reads the first screen.
    pub(super) fn read_door(&mut self) {
        let Some(welcome) = &self.m.welcome else { return };
        let (problem, link) = (welcome.problem.clone(), welcome.link.is_some());
        self.say(&problem);
        if link {
            self.say(t!("Type the link your lead sent you; back leaves."));
            return;
        }
        self.say(t!("Cordboard. Nothing is set up on this machine yet."));
        for (i, (title, sentence)) in LINES.iter().enumerate() {
            self.say(&format!("{} {title}. {sentence}", i + 1));
        }
        self.say(t!("Type a number, or quit."));
    }
}

/// A label and words, a line each; later ones set in.
pub(super) fn body(label: &str, text: &str) -> Vec<String> {
    let lines = safe::lines(text.trim_end());
    let mut lines = lines.into_iter().filter(|l| !l.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    std::iter::once(format!("{label}: {first}")).chain(lines.map(|line| format!("  {line}"))).collect()
}
