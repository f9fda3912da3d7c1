//! What happens to a case, as turns of its clocks.
//!
//! [`follow`] looks at the events of a decision and adds the turns they bring about; [`review`] sets a case's clocks
//! right at an instant and is all that timers and changes of configuration need. Both are total: reviewed twice, a
//! case has nothing more to say. A turn carries the whole clock, so applying it needs no calendar.

use super::clock::{Clock, Ending, Turn};
use super::policy::{self, Policy};
use super::{Cause, Promise};
use crate::domain::apply::apply;
use crate::domain::calendar::Calendar;
use crate::domain::event::Event;
use crate::domain::ids::{CaseId, InteractionId};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::{Author, Case, Kind, Phase, Status};

/// The turns that follow from a decision's events.
pub fn follow(state: &State, events: &[Event], now: At) -> Vec<Event> {
    let mut turns = Vec::new();
    // A small copy of what the events touch, changed by the same `apply` as everything else.
    let mut scratch = State::new();
    let mut begun = false;
    for event in events {
        let Some((case, interaction, cause)) = concerns(event) else { continue };
        if !begun && state.policies().next().is_none() && case_has_no_clock(state, case, interaction) {
            return turns;
        }
        begun = true;
        bring(state, &mut scratch, case, interaction);
        let case = case.or_else(|| scratch.interaction(interaction?).map(|i| i.case));
        apply(&mut scratch, event);
        let Some(case) = case.and_then(|id| scratch.case(id)) else { continue };
        let new = review(state, case, now, cause);
        for turn in &new {
            apply(&mut scratch, turn);
        }
        turns.extend(new);
    }
    turns
}

fn case_has_no_clock(state: &State, case: Option<CaseId>, interaction: Option<InteractionId>) -> bool {
    let case = case.or_else(|| state.interaction(interaction?).map(|i| i.case));
    case.and_then(|id| state.case(id)).is_none_or(|c| c.sla.clocks.is_empty())
}

/// Loads what an event touches, unless an earlier event brought it.
fn bring(state: &State, scratch: &mut State, case: Option<CaseId>, interaction: Option<InteractionId>) {
    if let Some(row) = interaction.and_then(|id| state.interaction(id)) {
        if scratch.interaction(row.id).is_none() {
            scratch.load(row.clone().into());
        }
        bring(state, scratch, Some(row.case), None);
    }
    if let Some(row) = case.and_then(|id| state.case(id))
        && scratch.case(row.id).is_none()
    {
        scratch.load(row.clone().into());
    }
}

/// Which case an event may turn a clock of, and why; by its interaction where it names only that.
fn concerns(event: &Event) -> Option<(Option<CaseId>, Option<InteractionId>, Cause)> {
    Some(match event {
        Event::InteractionOpened { case, .. } => (Some(case.id), None, Cause::Opened),
        Event::MessageAdded { message, .. } if message.kind == Kind::Message => match message.author {
            Author::Customer => (Some(message.case), None, Cause::Heard),
            Author::Agent(_) => (Some(message.case), None, Cause::Answered),
            Author::System => return None,
        },
        Event::OfferAccepted { interaction, .. } | Event::PhaseChanged { interaction, to: Phase::Connected, .. } => {
            (None, Some(*interaction), Cause::Answered)
        }
        Event::InteractionAbandoned { interaction, .. } => (None, Some(*interaction), Cause::Abandoned),
        Event::StatusChanged { case, .. } => (Some(*case), None, Cause::Status),
        Event::PriorityChanged { case, .. } => (Some(*case), None, Cause::Priority),
        Event::CaseMoved { case, .. } => (Some(*case), None, Cause::Moved),
        Event::TagsChanged { case, .. } => (Some(*case), None, Cause::Tags),
        Event::CasesMerged { case, .. } | Event::CaseUnmerged { case, .. } => (Some(*case), None, Cause::Merged),
        _ => return None,
    })
}

/// Sets a case's clocks right at `now`: the policy that holds, clocks that begin, rest, run again and end, and what
/// time has brought about.
pub fn review(state: &State, case: &Case, now: At, cause: Cause) -> Vec<Event> {
    let sla = &case.sla;
    if sla.from.is_none() && sla.waiting.is_none() && sla.open().next().is_none() {
        return Vec::new();
    }
    let policy = policy::matching(state, case);
    let mut events = Vec::new();
    if sla.policy != policy.map(|p| p.id) {
        // Only time passed, and yet another policy holds: someone changed the list.
        let cause = if cause == Cause::Time { Cause::Configuration } else { cause };
        events.push(Event::PolicyApplied { case: case.id, policy: policy.map(|p| p.id), cause, at: now });
    }
    let always = Calendar::always();
    let calendar = policy.and_then(|p| p.calendar).and_then(|id| state.calendar(id)).unwrap_or(&always);
    for promise in Promise::ALL {
        let mut turns = Turns { case, promise, now, cause, events: &mut events };
        turns.review(policy, calendar);
    }
    events
}

/// The turns of one clock in one review.
struct Turns<'a> {
    case: &'a Case,
    promise: Promise,
    now: At,
    cause: Cause,
    events: &'a mut Vec<Event>,
}

impl Turns<'_> {
    fn review(&mut self, policy: Option<&Policy>, calendar: &Calendar) {
        let sla = &self.case.sla;
        let aim = policy.and_then(|p| Some((p, p.target(self.promise, self.case.priority)?)));
        let newest = sla.clock(self.promise);
        let again = policy.is_some_and(|p| p.reopens) && sla.from.is_some();
        let (begin, done) = match (self.promise, sla.reopened) {
            (Promise::First, _) => (sla.from, sla.answered),
            (Promise::Next, _) => (sla.waiting, sla.waiting.is_none().then_some(self.now)),
            (Promise::Resolution, Some(reopened)) if again => (Some(reopened), None),
            // A clock that began when the case was opened again ends now, not when it was solved first.
            (Promise::Resolution, _) if newest.is_some_and(|c| sla.from.is_some_and(|from| from != c.started)) => {
                (sla.from, sla.resolved.map(|_| self.now))
            }
            (Promise::Resolution, _) => (sla.from, sla.resolved),
        };
        let Some(mut clock) = newest.filter(|c| c.ended.is_none()).cloned() else {
            let (Some((policy, target_s)), Some(begin), None) = (aim, begin, done) else { return };
            let over = newest.is_some_and(|c| {
                let cancelled = matches!(c.ended, Some((_, Ending::Cancelled)));
                c.started == begin && !cancelled
            });
            if over || (self.promise == Promise::Resolution && self.is_solved()) {
                return;
            }
            let mut clock = Clock::start(self.promise, policy, target_s, begin, calendar);
            self.say(Turn::Started, &clock);
            self.tick(&mut clock, self.cause);
            self.rest(&mut clock, policy, calendar);
            return;
        };
        if let Some(done) = done {
            clock.end(done, None);
            return self.say(Turn::Ended, &clock);
        }
        let (Some((policy, target_s)), Some(_)) = (aim, begin) else {
            clock.end(self.now, Some(Ending::Cancelled));
            return self.say(Turn::Ended, &clock);
        };
        // What had come to pass under the old target came to pass.
        self.tick(&mut clock, Cause::Time);
        let before = (clock.policy, clock.target_s);
        if clock.aim(policy, target_s, calendar) {
            if clock.risk.is_some_and(|risk| self.now < risk) && clock.breached.is_none() {
                clock.warned = None;
            }
            // The same target counted anew: someone changed the calendar.
            let same = before == (clock.policy, clock.target_s);
            let cause = if same || self.cause == Cause::Time { Cause::Configuration } else { self.cause };
            self.say_because(Turn::Retargeted, &clock, cause);
            self.tick(&mut clock, cause);
        }
        self.rest(&mut clock, policy, calendar);
    }

    fn is_solved(&self) -> bool {
        matches!(self.case.status, Status::Solved | Status::Closed)
    }

    /// Begins or ends a rest. First response never rests.
    fn rest(&mut self, clock: &mut Clock, policy: &Policy, calendar: &Calendar) {
        let rests = self.promise != Promise::First && policy.pauses.contains(&self.case.status);
        match (rests, clock.paused) {
            (true, None) => {
                clock.pause(self.now);
                self.say(Turn::Paused, clock);
            }
            (false, Some(_)) => {
                clock.resume(self.now, policy, calendar);
                self.say(Turn::Resumed, clock);
                self.tick(clock, self.cause);
            }
            _ => {}
        }
    }

    fn tick(&mut self, clock: &mut Clock, cause: Cause) {
        if let Some(turn) = clock.tick(self.now) {
            self.say_because(turn, clock, cause);
        }
    }

    fn say(&mut self, turn: Turn, clock: &Clock) {
        self.say_because(turn, clock, self.cause);
    }

    fn say_because(&mut self, turn: Turn, clock: &Clock, cause: Cause) {
        let (case, at) = (self.case.id, self.now);
        self.events.push(Event::ClockTurned { case, turn, cause, clock: Box::new(clock.clone()), at });
    }
}
