//! One promise on one case as a clock.
//!
//! It holds when it began and when it rested, so that any target can be counted from the original start; what is due
//! and when to warn are instants worked out at each turn.

use serde::{Deserialize, Serialize};

use super::Promise;
use super::policy::Policy;
use crate::domain::calendar::Calendar;
use crate::domain::ids::PolicyId;
use crate::domain::time::At;

/// Rests kept one by one; older ones are folded into [`Clock::carried_ms`].
const MAX_RESTS: usize = 20;

/// A promise being kept, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What is promised.
    pub promise: Promise,
    /// By which policy.
    pub policy: PolicyId,
    /// Within this much open time, seconds.
    pub target_s: u32,
    /// When it began.
    pub started: At,
    /// Open time counted before [`Clock::counted`], ms: 0 unless there were very many rests.
    pub carried_ms: i64,
    /// From where rests are known one by one: the start unless there were very many.
    pub counted: At,
    /// Rests that are over, in order.
    pub rests: Vec<(At, At)>,
    /// Rests since then.
    pub paused: Option<At>,
    /// When it is due if it runs on; `None` is never, because the calendar does not open.
    pub due: Option<At>,
    /// When it is at risk if it runs on.
    pub risk: Option<At>,
    /// Since when it is at risk.
    pub warned: Option<At>,
    /// The due time that was missed.
    pub breached: Option<At>,
    /// When and how it ended.
    pub ended: Option<(At, Ending)>,
}

/// How a clock ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// In time: at the due time or before.
    Met,
    /// Too late.
    Late,
    /// It no longer counts.
    Cancelled,
}

/// What a clock did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It began.
    Started,
    /// It rests.
    Paused,
    /// It runs again.
    Resumed,
    /// Its target or calendar changed; counted anew from the original start.
    Retargeted,
    /// It is at risk.
    AtRisk,
    /// It is late.
    Breached,
    /// It ended.
    Ended,
}

/// How a clock stands (operations 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Late, and it still counts.
    Breached,
    /// Not much time is left.
    AtRisk,
    /// It runs.
    Running,
    /// It rests.
    Paused,
    /// It was kept.
    Met,
    /// It was kept, too late.
    MetLate,
    /// It no longer counts.
    Cancelled,
}

impl Standing {
    /// The word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Breached => "late",
            Standing::AtRisk => "at risk",
            Standing::Running => "running",
            Standing::Paused => "paused",
            Standing::Met => "met",
            Standing::MetLate => "met late",
            Standing::Cancelled => "cancelled",
        }
    }
}

impl Clock {
    /// A clock that begins.
    pub fn start(promise: Promise, policy: &Policy, target_s: u32, started: At, calendar: &Calendar) -> Clock {
        let mut clock = Clock {
            promise,
            policy: policy.id,
            target_s,
            started,
            carried_ms: 0,
            counted: started,
            rests: Vec::new(),
            paused: None,
            due: None,
            risk: None,
            warned: None,
            breached: None,
            ended: None,
        };
        clock.aim(policy, target_s, calendar);
        clock
    }

    /// How it stands as last told. What time alone changes is said by [`Clock::standing_at`].
    pub fn standing(&self) -> Standing {
        match self.ended {
            Some((_, Ending::Met)) => Standing::Met,
            Some((_, Ending::Late)) => Standing::MetLate,
            Some((_, Ending::Cancelled)) => Standing::Cancelled,
            None if self.breached.is_some() => Standing::Breached,
            None if self.paused.is_some() => Standing::Paused,
            None if self.warned.is_some() => Standing::AtRisk,
            None => Standing::Running,
        }
    }

    /// How it stands at an instant: a desk without a link sees a warning come and a due time pass by its own clock.
    pub fn standing_at(&self, now: At) -> Standing {
        match self.standing() {
            Standing::Running | Standing::AtRisk if self.due.is_some_and(|due| now > due) => Standing::Breached,
            Standing::Running if self.risk.is_some_and(|risk| now >= risk) => Standing::AtRisk,
            standing => standing,
        }
    }

    /// When something must be said about it: it is at risk from that instant on, late after its due time.
    pub fn alarm(&self) -> Option<At> {
        if self.ended.is_some() || self.paused.is_some() || self.breached.is_some() {
            return None;
        }
        match self.warned {
            None => self.risk.or(self.due.map(|due| due.plus(1))),
            Some(_) => self.due.map(|due| due.plus(1)),
        }
    }

    /// Open time used up at an instant, ms.
    pub fn elapsed_ms(&self, calendar: &Calendar, now: At) -> i64 {
        let until = self.ended.map_or(now, |(at, _)| at).min(self.paused.unwrap_or(now));
        let mut from = self.counted;
        let mut sum = self.carried_ms;
        for (begin, end) in &self.rests {
            sum += calendar.open_ms(from, (*begin).min(until));
            from = *end;
        }
        sum + calendar.open_ms(from, until)
    }

    /// When the open time used up reaches `ms`, if it runs on.
    fn reaches(&self, calendar: &Calendar, ms: i64) -> Option<At> {
        let mut left = ms - self.carried_ms;
        let mut from = self.counted;
        if left <= 0 {
            return Some(from);
        }
        for (begin, end) in &self.rests {
            let open = calendar.open_ms(from, *begin);
            if open >= left {
                return calendar.due(from, left);
            }
            left -= open;
            from = *end;
        }
        let paused = self.paused.filter(|at| *at > from);
        if let Some(at) = paused {
            let open = calendar.open_ms(from, at);
            if open < left {
                return calendar.due(at, left - open);
            }
        }
        calendar.due(from, left)
    }

    /// Counts a target from the original start. Says whether anything changed.
    pub(super) fn aim(&mut self, policy: &Policy, target_s: u32, calendar: &Calendar) -> bool {
        let before = (self.policy, self.target_s, self.due, self.risk);
        self.policy = policy.id;
        self.target_s = target_s;
        self.due = self.reaches(calendar, i64::from(target_s) * 1_000);
        self.risk = self.reaches(calendar, policy.risk_ms(target_s));
        before != (self.policy, self.target_s, self.due, self.risk)
    }

    /// What time alone has brought about by `now`: late, or at risk. One of each at most.
    pub(super) fn tick(&mut self, now: At) -> Option<Turn> {
        if self.ended.is_some() || self.paused.is_some() || self.breached.is_some() {
            return None;
        }
        if let Some(due) = self.due.filter(|due| now > *due) {
            self.breached = Some(due);
            return Some(Turn::Breached);
        }
        if self.warned.is_none() && self.risk.is_some_and(|risk| now >= risk) {
            self.warned = Some(now);
            return Some(Turn::AtRisk);
        }
        None
    }

    /// It rests from an instant on.
    pub(super) fn pause(&mut self, at: At) {
        let last = self.rests.last().map_or(self.counted, |(_, end)| *end);
        self.paused = Some(at.max(last));
    }

    /// It runs again from an instant on.
    pub(super) fn resume(&mut self, at: At, policy: &Policy, calendar: &Calendar) {
        let Some(begin) = self.paused.take() else { return };
        if at > begin {
            self.rests.push((begin, at));
        }
        if self.rests.len() > MAX_RESTS {
            let (begin, end) = self.rests.remove(0);
            self.carried_ms += calendar.open_ms(self.counted, begin);
            self.counted = end;
        }
        self.aim(policy, self.target_s, calendar);
    }

    /// It is over. Done at the due time is in time; a breach that was told before the news of a timely answer came
    /// (a desk had no link) is taken back.
    pub(super) fn end(&mut self, at: At, ending: Option<Ending>) {
        let missed = self.breached.or(self.due.filter(|_| self.paused.is_none())).filter(|due| at > *due);
        if ending.is_none() {
            self.breached = missed;
        }
        let kept = if missed.is_some() { Ending::Late } else { Ending::Met };
        if let Some(begin) = self.paused.take()
            && at > begin
        {
            self.rests.push((begin, at));
        }
        self.ended = Some((at, ending.unwrap_or(kept)));
    }
}
