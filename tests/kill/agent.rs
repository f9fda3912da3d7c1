//! An agent's day: looks at the screen, does what comes next, and has the desk killed under their hands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use cordboard::domain::refusal::Refusal;
use cordboard::domain::time::At;
use cordboard::rand::{Rand as _, SeededRand};
use cordboard::store::outbox::Item;

use super::books::Day;
use super::held::{Disk, Writer};
use super::pause;
use super::support::PATIENCE;
use super::support::firm::Seat;
use super::support::term::Term;
use super::words::{Left, Words, binds};

/// An answer to a claim is waited for this long: as long as a dead server takes to be noticed and to come back.
const ANSWER: Duration = Duration::from_secs(45);

/// Who works, and where.
pub struct Agent {
    pub login: &'static str,
    /// Whose queue they serve: `Own0` …
    pub queue: usize,
    /// The queue they hand on to.
    pub next: usize,
    /// Whether they take offers, or pull.
    pub ready: bool,
    pub seat: Seat,
    pub disk: Arc<Disk>,
    /// Asks for a customer in a queue.
    pub ask: Sender<usize>,
    pub rand: SeededRand,
}

/// The power went, or is about to.
struct Cut;
type Go<T = ()> = Result<T, Cut>;

/// The desk from one opening to its end.
struct Shift<'a> {
    agent: &'a Agent,
    desk: Term,
    writer: Writer,
    words: &'a mut Words,
    /// When the power goes; without one, everything is finished.
    end: Option<Instant>,
    /// A customer was asked for and has not come.
    asked: &'a mut bool,
    /// The server has granted the claim on the contact in hand.
    granted: &'a mut bool,
}

impl Agent {
    /// Works until the desk was killed so often, then finishes what is in hand.
    pub fn work(self, kills: usize) -> Day {
        let mut words = Words::of(self.login);
        let mut accepted: BTreeMap<u64, Item> = BTreeMap::new();
        let (mut asked, mut granted, mut held) = (false, false, Duration::ZERO);
        for round in 0..=kills {
            let desk = self.seat.open(150, 40);
            desk.until("Queue");
            let end = (round < kills).then(|| Instant::now() + Duration::from_millis(self.rand.jitter(2_200)));
            let writer = Writer::of(desk.pid());
            let (asked, granted) = (&mut asked, &mut granted);
            let mut shift = Shift { agent: &self, desk, writer, words: &mut words, end, asked, granted };
            shift.go_on().ok();
            let account = shift.writer.held();
            let killed = Instant::now();
            shift.desk.kill();
            drop(shift);
            let left = Left::read(&self.seat.files());
            held = held.max(words.check(&left, killed, account, &self.disk));
            for (key, item) in &accepted {
                let now = left.accepted.get(key);
                assert!(now.is_some_and(|now| now.command == item.command), "{item:?} is gone from the outbox");
            }
            accepted = left.accepted.into_iter().filter(|(_, item)| binds(&item.command)).collect();
        }
        let left = Left::read(&self.seat.files());
        Day { login: self.login, kept: words.kept(), held, items: left.accepted.into_values().collect() }
    }
}

impl Shift<'_> {
    /// What comes next, again and again.
    fn go_on(&mut self) -> Go {
        self.be_there()?;
        loop {
            let screen = self.see("the desk", |s| s.contains("Queue"))?;
            if has_form(&screen) {
                self.wrap_up()?;
            } else if in_hand(&screen) {
                match self.agent.rand.jitter(if self.end.is_some() { 12 } else { 1 }) {
                    0 | 1 => self.end_contact()?,
                    2 => self.hand_on()?,
                    3..=7 => self.write("r", "▸reply to customer", "The customer reads this")?,
                    _ => self.write("n", "note, team only", "Only your team sees this")?,
                }
            } else if count(&screen, "mine") > 0 {
                self.desk.keys("<f6>");
                self.see("one's own contact", |s| in_hand(s) || has_form(s))?;
            } else if self.end.is_none() && count(&screen, "waiting") == 0 && !screen.contains("Offer ·") {
                self.see("everything to be sent", |s| top(s, "live") && top(s, "all sent"))?;
                return Ok(());
            } else {
                self.claim(&screen)?;
            }
        }
    }

    /// Offers come to who is Ready.
    fn be_there(&mut self) -> Go {
        let there = |s: &str| top(s, "Ready") || top(s, "Away") || top(s, "Not responding");
        let screen = self.see("the presence", there)?;
        if self.agent.ready && !top(&screen, "Ready") {
            self.desk.keys("<f9>");
            self.see("to be Ready", |s| top(s, "Ready") || s.contains("Armed"))?;
        }
        Ok(())
    }

    /// Takes what is offered, the next, or the one selected. The answer is seen, whatever it is.
    fn claim(&mut self, screen: &str) -> Go {
        let waits = |s: &str| s.contains("Offer ·") || count(s, "waiting") > 0;
        if !waits(screen) && !std::mem::replace(self.asked, true) {
            self.agent.ask.send(self.agent.queue).expect("somebody brings customers");
        }
        let screen = self.see("someone to wait", |s| waits(s) || count(s, "mine") > 0)?;
        if count(&screen, "mine") > 0 {
            return Ok(());
        }
        if !top(&screen, "live") {
            // Without a link a claim is refused at once; that is seen now and then, not over and over.
            if self.agent.rand.jitter(4) > 0 {
                self.see("the link", |s| top(s, "live"))?;
            }
        }
        // A contact that was taken away leaves its composer with the keys.
        self.leave_composer()?;
        if self.desk.text().contains("Offer ·") {
            self.desk.keys("<f2>");
        } else if self.agent.rand.jitter(2) == 0 {
            self.desk.keys("<space>");
        } else {
            self.desk.keys("1");
            self.see("the queue", |s| s.contains("▸Queue"))?;
            self.desk.keys("<home>a");
        }
        (*self.asked, *self.granted) = (false, false);
        let answered = |s: &str| count(s, "mine") > 0 || refused(s);
        if self.agent.rand.jitter(2) == 0 {
            // The power waits for the answer: no claim is ignored in silence.
            let pressed = self.desk.text();
            let seen = self.desk.within(ANSWER, &answered);
            let who = self.agent.login;
            assert!(seen.is_some(), "{who}: a claim on\n{pressed}\nhad no answer:\n{}", self.desk.text());
        }
        let screen = self.see("an answer to the claim", answered)?;
        if refused(&screen) {
            // The toast goes by itself; the next try is another claim.
            self.see("the toast to go", |s| !refused(s) || count(s, "mine") > 0)?;
        }
        Ok(())
    }

    /// What only the owner may do waits until the claim is granted: else it falls with it, in words.
    fn be_owner(&mut self) -> Go {
        if !*self.granted {
            self.see("the claim to be granted", |s| in_hand(s) && top(s, "all sent"))?;
            *self.granted = true;
        }
        Ok(())
    }

    /// Writes a few words in the composer and, mostly, gives them.
    fn write(&mut self, key: &str, pane: &str, empty: &str) -> Go {
        self.leave_composer()?;
        self.desk.keys(key);
        self.see("the composer", |s| s.contains(pane))?;
        if self.end.is_some() && self.agent.rand.jitter(5) == 0 {
            // A long text, written until the power goes.
            self.end = Some(Instant::now() + Duration::from_millis(self.agent.rand.jitter(3_500)));
            loop {
                self.type_words()?;
            }
        }
        self.type_words()?;
        if self.agent.rand.jitter(4) > 0 {
            self.desk.keys("<c-s>");
            self.see("it to be given", |s| s.contains(empty))?;
        }
        Ok(())
    }

    /// To a pane where letters are commands.
    fn leave_composer(&mut self) -> Go {
        let writing = |s: &str| s.contains("▸reply to") || s.contains("▸✎ note");
        if writing(&self.desk.text()) {
            self.desk.keys("<esc>");
            self.see("the composer to be left", |s| !writing(s))?;
        }
        Ok(())
    }

    fn type_words(&mut self) -> Go {
        for _ in 0..=self.agent.rand.jitter(4) {
            let word = self.words.next();
            for key in format!(" {word}").chars() {
                self.desk.keys(&key.to_string());
                self.alive()?;
                pause(Duration::from_millis(4));
            }
            self.see("the word", |s| s.contains(&word))?;
            self.words.shown(&word, &self.writer);
        }
        Ok(())
    }

    fn hand_on(&mut self) -> Go {
        self.be_owner()?;
        self.leave_composer()?;
        let target = format!("Own{}", self.agent.next);
        self.desk.keys("t");
        self.see("where to", |s| s.contains("on to ─"))?;
        self.desk.keys(&target);
        self.see("the queue", |s| s.contains(&format!("▸ {target}")))?;
        self.desk.keys("<enter>");
        self.see("the question", |s| s.contains("What must the next one know?"))?;
        self.type_words()?;
        self.desk.keys("<c-s>");
        self.see("it to be handed on", |s| !s.contains("What must the next one know?"))?;
        Ok(())
    }

    fn end_contact(&mut self) -> Go {
        self.be_owner()?;
        self.leave_composer()?;
        self.desk.keys("w");
        self.see("the question", |s| s.contains("End the chat with"))?;
        self.desk.keys("w");
        self.see("the form", has_form)?;
        Ok(())
    }

    /// Finishes the form, wherever it stands.
    fn wrap_up(&mut self) -> Go {
        let screen = self.see("the form", has_form)?;
        if !screen.contains("▸Wrap-up") {
            self.leave_composer()?;
            self.desk.keys("w");
            self.see("the form to have the keys", |s| s.contains("▸Wrap-up"))?;
        }
        let screen = self.see("a part", |s| ["▸reason", "▸outcome", "▸note", "▸✓"].iter().any(|p| s.contains(p)))?;
        if screen.contains("▸reason") {
            self.desk.keys("coverage");
            self.see("the reason", |s| s.lines().any(|l| l.contains("▸ 1") && l.contains("Coverage")))?;
            self.desk.keys("<enter>");
            self.see("the next part", |s| !s.contains("▸reason"))?;
        } else if screen.contains("▸outcome") {
            self.desk.keys("3");
            self.see("the next part", |s| !s.contains("▸outcome"))?;
        } else {
            self.type_words()?;
            self.desk.keys("<c-s>");
            self.see("the wrap-up to be done", |s| !has_form(s))?;
        }
        Ok(())
    }

    /// The screen once it pleases, unless the power goes first.
    fn see(&self, what: &str, pleases: impl Fn(&str) -> bool) -> Go<String> {
        let Some(end) = self.end else {
            return Ok(self.desk.until_screen(&format!("{what} ({})", self.agent.login), pleases));
        };
        let left = end.checked_duration_since(Instant::now()).ok_or(Cut)?;
        self.desk.within(left.min(PATIENCE), &pleases).ok_or(Cut)
    }

    fn alive(&self) -> Go {
        if self.end.is_some_and(|end| end <= Instant::now()) { Err(Cut) } else { Ok(()) }
    }
}

/// Whether the status line says so.
fn top(screen: &str, words: &str) -> bool {
    screen.lines().next().is_some_and(|line| line.contains(words))
}

/// How many rows a part of the queue pane says it has.
fn count(screen: &str, part: &str) -> usize {
    let heading = format!("─ {part} ─");
    let after = screen.split(&heading).nth(1).unwrap_or_default();
    after.trim_start_matches(['─', ' ']).chars().map_while(|c| c.to_digit(10)).fold(0, |n, d| n * 10 + d as usize)
}

/// Whether the open case is a contact of one's own that runs: not one that was handed on and waits in a queue.
fn in_hand(screen: &str) -> bool {
    let runs = |line: &str| line.contains("· yours") && !line.contains(" in Own") && !line.contains("· wrap-up ");
    screen.lines().any(|line| line.contains("chat · ") && runs(line))
}

fn has_form(screen: &str) -> bool {
    screen.contains("Wrap-up ") && screen.contains("follow-up ")
}

/// Whether the desk says why a claim is not done.
fn refused(screen: &str) -> bool {
    let no_link = Refusal::NeedsLink.sentence(At(0));
    let words = [
        no_link.get(..30).unwrap_or(&no_link),
        "Nothing waits that you may",
        "Nothing is offered to you now",
        "Select a waiting contact",
        "You cannot take it",
        " does not serve ",
        "This is no longer yours",
        "is no longer there",
        " took it ",
    ];
    words.iter().any(|w| screen.contains(w))
}
