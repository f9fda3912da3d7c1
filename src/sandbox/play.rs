//! A contact as it is played: (state, input) -> (state, what the customer does). No clock: a second is an input.
//!
//! Chance is splitmix64 seeded by FNV-1a over (id, seed, attempt, draw): version 1, fixed in the format. One
//! invariant: a state that is over changes only by its wrap-up.

use std::collections::{BTreeMap, BTreeSet};

use super::heard::Heard;
use super::patience::{self, Hold, effect};
use super::read::Ready;
use super::scenario::{Channel, Intent, Rule, Tone, When};
use crate::rand::{Rand as _, SeededRand};

mod told;

pub use told::{Because, Entry, Input, Mark, Output, Over, Who, Written};

/// What an agent can do besides speaking, as conditions name it.
pub const VERBS: [&str; 14] = [
    "open",
    "verify",
    "hold",
    "retrieve",
    "disclose",
    "credit",
    "refund",
    "change",
    "flag",
    "send",
    "transfer",
    "hand-over",
    "escalate",
    "end",
];

/// Words a minute that voice is shown at.
const PACE: u32 = 160;
/// Turns in which a permission to hold counts.
const ASKED: u32 = 2;
/// Times in a row that nothing was understood before the customer helps.
const NUDGE: u32 = 3;
/// Entries of one contact; a loop of a file ends here.
const ENTRIES: usize = 5_000;
/// Nodes one input may lead through.
const HOPS: usize = 16;

/// Where a contact stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Which attempt of this trainee.
    pub attempt: u64,
    /// Where the customer is.
    pub node: usize,
    /// Patience, thousandths of a point.
    pub patience: i32,
    /// Seconds since the start.
    pub clock_s: u32,
    /// Turns of the agent.
    pub turn: u32,
    /// Seconds the customer still speaks; voice only.
    pub speaking_s: u32,
    /// How it was over.
    pub over: Option<Over>,
    /// What was written at the end.
    pub written: Option<Written>,
    /// On hold since.
    pub hold: Option<Hold>,
    /// Holds that are over.
    pub holds: Vec<Hold>,
    /// Seconds of dead air.
    pub silent_s: u32,
    /// Articles that were opened.
    pub opened: BTreeSet<String>,
    /// Verified to this level, 0..=3.
    pub verified: u8,
    /// Hidden facts that are out.
    pub revealed: BTreeSet<String>,
    /// Goals reached and slips made are in here, in order.
    pub log: Vec<Entry>,
    /// Hints taken.
    pub hints: u32,
    /// Flags set.
    pub flags: BTreeSet<String>,
    quiet_s: u32,
    in_node_s: u32,
    said: BTreeSet<String>,
    tones: BTreeMap<Tone, u32>,
    names: usize,
    hold_asked: Option<u32>,
    to_thank: bool,
    lost: u32,
    fired: BTreeSet<usize>,
    goals: BTreeSet<usize>,
    slips: BTreeMap<usize, u32>,
    draws: u64,
    /// The entry that what follows is about.
    about: usize,
}

/// What has just happened, for conditions.
#[derive(Clone, Copy)]
struct Now<'a> {
    intents: &'a [&'a Intent],
    act: Option<(&'a str, &'a str, Option<i64>)>,
}

const NOTHING: Now<'static> = Now { intents: &[], act: None };

impl State {
    /// The customer is there and says their first words.
    pub fn start(ready: &Ready, attempt: u64) -> (State, Vec<Output>) {
        let persona = &ready.scenario.persona;
        let mut state = State {
            attempt,
            node: 0,
            patience: (persona.patience.min(100) * 1_000).cast_signed(),
            clock_s: 0,
            turn: 0,
            speaking_s: 0,
            over: None,
            written: None,
            hold: None,
            holds: Vec::new(),
            silent_s: 0,
            opened: BTreeSet::new(),
            verified: 0,
            revealed: BTreeSet::new(),
            log: Vec::new(),
            hints: 0,
            flags: BTreeSet::new(),
            quiet_s: 0,
            in_node_s: 0,
            said: BTreeSet::new(),
            tones: BTreeMap::new(),
            names: 0,
            hold_asked: None,
            to_thank: false,
            lost: 0,
            fired: BTreeSet::new(),
            goals: BTreeSet::new(),
            slips: BTreeMap::new(),
            draws: 0,
            about: 0,
        };
        for chance in &ready.scenario.chance {
            let drawn = state.draw(ready, chance.one_of.len());
            state.flags.extend(chance.one_of.get(drawn).cloned());
        }
        let mut out = Vec::new();
        state.enter(ready, 0, &mut out);
        state.follow(ready, NOTHING, &mut out);
        (state, out)
    }

    /// One input.
    pub fn step(&mut self, ready: &Ready, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        if self.log.len() >= ENTRIES && self.over.is_none() {
            self.finish(Over::Left, &mut out);
        }
        if let Input::WrapUp { reason, outcome, note } = input {
            self.written = Some(Written { reason, outcome, note });
            return out;
        }
        if self.over.is_some() {
            return out;
        }
        match input {
            Input::Say(words) => self.say(ready, &words, &mut out),
            Input::Act { verb, what, amount } => self.act(ready, &verb, &what, amount, &mut out),
            Input::Typing => self.quiet_s = 0,
            Input::Second => self.second(ready, &mut out),
            Input::Hint => self.hint(ready, &mut out),
            Input::WrapUp { .. } => {}
        }
        if self.over.is_none() && self.patience == 0 {
            let line = ready.style().gone.clone();
            self.customer(ready, &line, &mut out);
            self.finish(Over::Gone, &mut out);
        }
        out
    }

    /// Rules that were taken, by their place in the file.
    pub fn rules_taken(&self) -> impl Iterator<Item = usize> {
        self.fired.iter().copied()
    }

    /// Where the customer is, by name.
    pub fn place<'a>(&self, ready: &'a Ready) -> &'a str {
        ready.scenario.node.get(self.node).map_or("", |n| n.id.as_str())
    }

    fn say(&mut self, ready: &Ready, words: &str, out: &mut Vec<Output>) {
        self.turn += 1;
        self.note(Who::Agent, words);
        self.to_thank |= self.off_hold();
        if ready.scenario.channel == Channel::Voice && self.speaking_s > 0 {
            self.effect(effect::INTERRUPTS, Because::Interrupted);
            self.speaking_s = 0;
        }
        self.quiet_s = 0;
        let heard = Heard::new(words);
        let intents = ready.understood(&heard);
        for intent in &intents {
            self.mark(Mark::Intent(intent.id.clone()));
        }
        self.manners(ready, &heard, &intents);
        let now = Now { intents: &intents, act: None };
        let answered = self.follow(ready, now, out);
        self.count(ready, now);
        self.said.extend(intents.iter().map(|i| i.id.clone()));
        if answered || self.over.is_some() {
            self.lost = 0;
            return;
        }
        let style = ready.style();
        if intents.is_empty() {
            self.lost += 1;
            self.effect(effect::LOST, Because::Lost);
            let lines = if self.lost >= NUDGE { &style.nudge } else { &style.lost };
            let line = self.pick(ready, lines);
            self.customer(ready, &line, out);
        } else {
            self.lost = 0;
            let line = self.pick(ready, &style.heard);
            self.customer(ready, &line, out);
        }
    }

    /// What the way of saying it does.
    fn manners(&mut self, ready: &Ready, heard: &Heard, intents: &[&Intent]) {
        for intent in intents {
            if let Some(known) = intent.known.as_ref().filter(|k| self.knows(k)) {
                self.effect(effect::KNOWN, Because::Known(known.clone()));
            }
            let Some(tone) = intent.tone else { continue };
            if tone == Tone::AskHold {
                self.hold_asked = Some(self.turn);
            }
            if tone == Tone::ThanksHold && std::mem::take(&mut self.to_thank) {
                self.effect(effect::THANKS, Because::Thanked);
            }
            let times = self.tones.entry(tone).or_insert(0);
            let change = patience::tone(tone, *times);
            *times += 1;
            self.effect(change, Because::Said(intent.id.clone()));
        }
        let named = heard.clauses.iter().any(|c| c.words.iter().any(|w| ready.names().contains(w)));
        if let Some(change) = effect::NAME.get(self.names).filter(|_| named) {
            self.names += 1;
            self.effect(*change, Because::Named);
        }
    }

    fn knows(&self, what: &str) -> bool {
        self.revealed.contains(what) || self.flags.contains(what)
    }

    fn act(&mut self, ready: &Ready, verb: &str, what: &str, amount: Option<i64>, out: &mut Vec<Output>) {
        self.turn += 1;
        let much = amount.map(|a| format!(" {a}")).unwrap_or_default();
        self.note(Who::Hands, format!("{verb} {what}{much}").trim_end());
        self.quiet_s = 0;
        match verb {
            "hold" if self.hold.is_none() => {
                let asked = self.hold_asked.take().is_some_and(|turn| self.turn.saturating_sub(turn) <= ASKED);
                self.hold = Some(Hold { asked, spent: 0 });
                self.effect(patience::on_hold(asked), Because::Unasked);
            }
            "retrieve" => self.to_thank |= self.off_hold(),
            "open" => {
                self.opened.insert(what.to_owned());
            }
            "verify" => self.verified = self.verified.max(what.parse().unwrap_or(1).min(3)),
            "transfer" => self.effect(effect::BLIND_TRANSFER, Because::Blind),
            _ => {}
        }
        let now = Now { intents: &[], act: Some((verb, what, amount)) };
        self.follow(ready, now, out);
        self.count(ready, now);
        if self.over.is_none() && matches!(verb, "end" | "transfer" | "hand-over" | "escalate") {
            self.finish(Over::Left, out);
        }
    }

    fn second(&mut self, ready: &Ready, out: &mut Vec<Output>) {
        self.clock_s += 1;
        self.in_node_s += 1;
        if self.speaking_s > 0 {
            self.speaking_s -= 1;
            return;
        }
        self.quiet_s += 1;
        if let Some(hold) = &mut self.hold {
            hold.spent += 1;
        }
        let scenario = &ready.scenario;
        let dead_air = patience::dead_air_after(scenario.channel).is_some_and(|after| self.quiet_s > after);
        self.silent_s += u32::from(self.hold.is_none() && dead_air);
        // What time brings is about the latest of all.
        self.about = self.log.len().saturating_sub(1);
        let loss = patience::second(scenario.channel, scenario.persona.temper, self.hold, self.quiet_s);
        self.patience = patience::after(self.patience, loss);
        let answered = self.follow(ready, NOTHING, out);
        self.count(ready, NOTHING);
        let node = scenario.node.get(self.node).filter(|n| n.timeout_s > 0 && !answered);
        if let Some(node) = node.filter(|n| self.quiet_s >= n.timeout_s && self.in_node_s >= n.timeout_s)
            && let Some(next) = ready.node(&node.on_timeout)
        {
            self.quiet_s = 0;
            self.enter(ready, next, out);
        }
    }

    /// Whether they were on hold; then that is over.
    fn off_hold(&mut self) -> bool {
        let hold = self.hold.take();
        self.holds.extend(hold);
        hold.is_some()
    }

    fn hint(&mut self, ready: &Ready, out: &mut Vec<Output>) {
        let hint = ready.scenario.hints.steps.get(self.hints as usize);
        if let Some(hint) = hint {
            self.hints += 1;
            self.note(Who::Coach, hint);
            out.push(Output::Helps(hint.clone()));
        }
    }

    /// Takes the first rule that holds; whether one did.
    fn follow(&mut self, ready: &Ready, now: Now<'_>, out: &mut Vec<Output>) -> bool {
        let rules = ready.scenario.rule.iter().enumerate();
        let found = rules
            .filter(|(i, rule)| rule.again || !self.fired.contains(i))
            .filter(|(_, rule)| prompted(&rule.when) == (now.act.is_some() || !now.intents.is_empty()))
            .find(|(_, rule)| self.holds(ready, &rule.when, now));
        let Some((i, rule)) = found else { return false };
        self.fired.insert(i);
        self.take(ready, rule, out);
        true
    }

    fn take(&mut self, ready: &Ready, rule: &Rule, out: &mut Vec<Output>) {
        self.effect(rule.effect, Because::Done);
        for fact in &rule.reveal {
            if self.revealed.insert(fact.clone()) {
                self.mark(Mark::Fact(fact.clone()));
            }
        }
        self.flags.extend(rule.flag.iter().cloned());
        if !rule.fail.is_empty() {
            self.mark(Mark::Critical(rule.fail.clone()));
        }
        if !rule.say.is_empty() {
            self.customer(ready, &rule.say, out);
        }
        if let Some(next) = ready.node(&rule.goto) {
            self.enter(ready, next, out);
        }
    }

    fn enter(&mut self, ready: &Ready, node: usize, out: &mut Vec<Output>) {
        self.node = node;
        self.in_node_s = 0;
        let mut at = node;
        for _ in 0..HOPS {
            let Some(here) = ready.scenario.node.get(at) else { return };
            self.effect(here.effect, Because::Came);
            if !here.say.is_empty() {
                self.customer(ready, &here.say, out);
            }
            if here.over {
                self.finish(Over::Done, out);
            }
            // A node without words and without a wait leads straight on.
            match ready.node(&here.on_timeout).filter(|_| here.say.is_empty() && here.timeout_s == 0 && !here.over) {
                Some(next) => at = next,
                None => break,
            }
            self.node = at;
        }
    }

    /// Counts goals and slips that hold now.
    fn count(&mut self, ready: &Ready, now: Now<'_>) {
        for (i, goal) in ready.scenario.goal.iter().enumerate() {
            if !self.goals.contains(&i) && self.holds(ready, &goal.when, now) {
                self.goals.insert(i);
                self.mark(Mark::Goal(i));
            }
        }
        for (i, slip) in ready.scenario.slip.iter().enumerate() {
            let times = self.slips.get(&i).copied().unwrap_or(0);
            let prompted = prompted(&slip.when) == (now.act.is_some() || !now.intents.is_empty());
            if times < slip.most && prompted && self.holds(ready, &slip.when, now) {
                self.slips.insert(i, times + 1);
                self.mark(Mark::Slip(i));
            }
        }
    }

    fn holds(&self, ready: &Ready, when: &When, now: Now<'_>) -> bool {
        let just = |id: &String| now.intents.iter().any(|i| i.id == *id);
        let ever = |id: &String| self.said.contains(id) || just(id);
        let here = self.place(ready);
        let act = |wanted: &String| {
            let (verb, what) = wanted.split_once(':').unwrap_or((wanted, ""));
            now.act.is_some_and(|(v, w, _)| v == verb && (what.is_empty() || w == what))
        };
        let amount = now.act.and_then(|(_, _, amount)| amount);
        let points = self.patience / 1_000;
        (when.node.is_empty() || when.node.iter().any(|id| id == here))
            && (when.intent.is_empty() || when.intent.iter().any(just))
            && !when.not_intent.iter().any(just)
            && (when.said.is_empty() || when.said.iter().any(ever))
            && !when.unsaid.iter().any(ever)
            && when.action.as_ref().is_none_or(act)
            && when.amount_min.is_none_or(|least| amount.is_some_and(|a| a >= least))
            && when.amount_max.is_none_or(|most| amount.is_some_and(|a| a <= most))
            && when.verified.is_none_or(|least| self.verified >= least)
            && when.verified_below.is_none_or(|level| self.verified < level)
            && when.patience.is_none_or(|least| points >= least.cast_signed())
            && when.patience_below.is_none_or(|level| points < level.cast_signed())
            && when.flag.iter().all(|f| self.flags.contains(f))
            && !when.not_flag.iter().any(|f| self.flags.contains(f))
            && when.revealed.iter().all(|f| self.revealed.contains(f))
            && when.silence_s.is_none_or(|least| self.hold.is_none() && self.quiet_s >= least)
    }

    fn customer(&mut self, ready: &Ready, words: &str, out: &mut Vec<Output>) {
        if words.is_empty() {
            return;
        }
        self.note(Who::Customer, words);
        if ready.scenario.channel == Channel::Voice {
            let spoken = words.split_whitespace().count() as u32;
            self.speaking_s += (spoken * 60).div_ceil(PACE);
        }
        out.push(Output::Says(words.to_owned()));
    }

    fn finish(&mut self, over: Over, out: &mut Vec<Output>) {
        self.over = Some(over);
        out.push(Output::Over(over));
    }

    fn note(&mut self, who: Who, words: &str) {
        let (at_s, turn, patience) = (self.clock_s, self.turn, self.patience);
        if who != Who::Customer {
            self.about = self.log.len();
        }
        self.log.push(Entry { at_s, turn, who, words: words.to_owned(), patience, marks: Vec::new() });
    }

    /// Something that what was done meant.
    fn mark(&mut self, mark: Mark) {
        if self.log.is_empty() {
            self.note(Who::Coach, "");
        }
        if let Some(entry) = self.log.get_mut(self.about) {
            entry.marks.push(mark);
        }
    }

    fn effect(&mut self, change: i32, because: Because) {
        if change == 0 {
            return;
        }
        self.patience = patience::after(self.patience, change);
        self.mark(Mark::Patience(change, because));
        let patience = self.patience;
        if let Some(entry) = self.log.get_mut(self.about) {
            entry.patience = patience;
        }
    }

    fn pick(&mut self, ready: &Ready, lines: &[String]) -> String {
        let drawn = self.draw(ready, lines.len());
        lines.get(drawn).cloned().unwrap_or_default()
    }

    fn draw(&mut self, ready: &Ready, of: usize) -> usize {
        self.draws += 1;
        let scenario = &ready.scenario;
        let mut seed: u64 = 0xcbf2_9ce4_8422_2325;
        let numbers = [scenario.seed, self.attempt, self.draws].map(u64::to_le_bytes);
        for byte in scenario.id.bytes().chain(numbers.into_iter().flatten()) {
            seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        SeededRand::new(seed).jitter((of as u64).saturating_sub(1)) as usize
    }
}

/// Whether it is about something said or done, not about time.
pub(super) fn prompted(when: &When) -> bool {
    when.action.is_some() || !when.intent.is_empty()
}

#[cfg(test)]
mod tests;
