//! Rows kept for the figures: a queue's counts of today, an agent's day, waits that ended without an answer, ratings.
//!
//! They are made by [`super::apply()`] from the same events as everything else, so a desk has the figures it shows
//! without asking. One invariant: they say no more than the events do; what is counted how is said in
//! [`super::figures`].

use chrono::{NaiveTime, TimeZone};
use serde::{Deserialize, Serialize};

use super::calendar::wall;
use super::ids::{AgentId, CaseId, DepartureId, InteractionId, QueueId, RatingId};
use super::people::Presence;
use super::row::Entity;
use super::state::State;
use super::time::{At, DAY, SECOND};
use super::work::{Channel, Interaction, WrapUp};

/// What a firm may set about its figures; the definitions name both numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FigureRules {
    /// Giving up after less than this many seconds is short: the customer hung up before anyone could have answered
    /// (operations 1.1, RULE).
    pub short_s: u32,
    /// A contact that comes less than this many times 24 hours after the end of another is a repeat of it
    /// (operations 1.2, RULE).
    pub repeat_days: u32,
}

impl Default for FigureRules {
    fn default() -> FigureRules {
        FigureRules { short_s: 5, repeat_days: 7 }
    }
}

impl FigureRules {
    /// Giving up after less than this is short, ms.
    pub fn short_ms(self) -> i64 {
        i64::from(self.short_s) * SECOND
    }

    /// A contact that comes less than this after the end of another is a repeat, ms.
    pub fn repeat_ms(self) -> i64 {
        i64::from(self.repeat_days) * DAY
    }

    /// What is wrong with them, field and reason.
    pub fn fault(self) -> Option<(&'static str, String)> {
        if self.short_s > 120 {
            return Some(("short", "whoever waits longer than 120 seconds did not hang up at once".into()));
        }
        if !(1..=60).contains(&self.repeat_days) {
            return Some(("repeat-days", "they are a number from 1 to 60".into()));
        }
        None
    }
}

/// After this many finished legs the older half weighs no more in expected waits.
const RECENT_LEGS: i64 = 100;

/// How a wait in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// Someone took it.
    Answered,
    /// The customer gave up.
    Abandoned,
    /// It went on to wait elsewhere.
    FlowedOut,
    /// The customer chose to be called back.
    Callback,
}

impl Settled {
    /// The word used on screen and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Settled::Answered => "answered",
            Settled::Abandoned => "gave up",
            Settled::FlowedOut => "went on",
            Settled::Callback => "call back",
        }
    }
}

/// What happened in a queue in one stretch of time, by the instant it happened at. All service-level variants are
/// made from these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Waits that ended with an answer.
    pub answered: i64,
    /// Of these, within the threshold in force (`<=`).
    pub answered_in: i64,
    /// Their waits together, ms.
    pub wait_ms: i64,
    /// Waits the customer gave up.
    pub abandoned: i64,
    /// Of these, within the threshold.
    pub abandoned_in: i64,
    /// Of these, short ones, by the house's rule of the day.
    pub short: i64,
    /// Waits that went on elsewhere.
    pub flowed_out: i64,
    /// Waits that became a promise to call.
    pub callbacks: i64,
}

impl Counts {
    /// Counts the end of one wait.
    pub fn add(&mut self, how: Settled, wait_ms: i64, target_ms: i64, rules: FigureRules) {
        match how {
            Settled::Answered => {
                self.answered += 1;
                self.answered_in += i64::from(wait_ms <= target_ms);
                self.wait_ms += wait_ms;
            }
            Settled::Abandoned => {
                self.abandoned += 1;
                self.abandoned_in += i64::from(wait_ms <= target_ms);
                self.short += i64::from(wait_ms < rules.short_ms());
            }
            Settled::FlowedOut => self.flowed_out += 1,
            Settled::Callback => self.callbacks += 1,
        }
    }

    /// Both together.
    pub fn and(self, other: Counts) -> Counts {
        Counts {
            answered: self.answered + other.answered,
            answered_in: self.answered_in + other.answered_in,
            wait_ms: self.wait_ms + other.wait_ms,
            abandoned: self.abandoned + other.abandoned,
            abandoned_in: self.abandoned_in + other.abandoned_in,
            short: self.short + other.short,
            flowed_out: self.flowed_out + other.flowed_out,
            callbacks: self.callbacks + other.callbacks,
        }
    }

    /// Waits that ended, however.
    pub fn settled(self) -> i64 {
        self.answered + self.abandoned + self.flowed_out + self.callbacks
    }
}

/// A queue's counts of one day; lives in the queue's live scope, newest day only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDay {
    /// Whose.
    pub queue: QueueId,
    /// Midnight in the firm's zone.
    pub day: At,
    /// The counts since then.
    pub counts: Counts,
    /// Finished legs that still count as recent, and their talk, hold, dialling and wrap-up together, ms: what
    /// expected waits are reckoned from.
    pub recent: (i64, i64),
}

/// What an agent was today, apart from their contacts; lives in their own scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDay {
    /// Whose.
    pub agent: AgentId,
    /// Midnight in the firm's zone.
    pub day: At,
    /// What they chose to be, each until the next; the first may be from an earlier day.
    pub presence: Vec<(At, Presence)>,
    /// Whether a desk of theirs had a link, each until the next; the first may be from an earlier day.
    pub linked: Vec<(At, bool)>,
    /// Offers that rang today and were not answered.
    pub unanswered: Vec<(At, At)>,
    /// Colleagues helped today with their contacts, from being asked to the end.
    pub helped: Vec<(At, At)>,
}

/// A wait in a queue that ended without an answer; lives in the queue's history. Answered ones are told by the
/// wrap-up of the leg that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Identity.
    pub id: DepartureId,
    /// Which interaction.
    pub interaction: InteractionId,
    /// Its case.
    pub case: CaseId,
    /// The queue left.
    pub queue: QueueId,
    /// How it came.
    pub channel: Channel,
    /// When it entered the queue.
    pub entered: At,
    /// When it left.
    pub at: At,
    /// How.
    pub how: Settled,
    /// Service level threshold in force, ms.
    pub target_ms: i64,
}

/// What was asked of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Survey {
    /// How content they are, 1 to `scale`.
    Csat,
    /// Whether they would recommend us, 0–10.
    Nps,
    /// Whether it was easy, 1 to `scale`, high is good.
    Ces,
}

impl Survey {
    /// The word used by the intake and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Survey::Csat => "csat",
            Survey::Nps => "nps",
            Survey::Ces => "ces",
        }
    }

    /// Reads [`Survey::word`].
    pub fn from_word(word: &str) -> Option<Survey> {
        [Survey::Csat, Survey::Nps, Survey::Ces].into_iter().find(|s| s.word() == word)
    }

    /// Least and highest mark of a scale; `None` when there is no such scale.
    pub fn range(self, scale: u8) -> Option<(u8, u8)> {
        match self {
            Survey::Csat if scale == 5 => Some((1, 5)),
            Survey::Nps if scale == 10 => Some((0, 10)),
            Survey::Ces if scale == 7 || scale == 5 => Some((1, scale)),
            _ => None,
        }
    }
}

/// A customer's answer to a survey, with its scale, because a mark without one means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// Identity.
    pub id: RatingId,
    /// What was asked.
    pub survey: Survey,
    /// The mark.
    pub mark: u8,
    /// The highest mark there was to give.
    pub scale: u8,
    /// Which contact.
    pub interaction: InteractionId,
    /// Its case.
    pub case: CaseId,
    /// The case's queue, which decides who sees it.
    pub queue: QueueId,
    /// Who finished the contact.
    pub agent: AgentId,
    /// When.
    pub at: At,
}

/// The midnight at or before `at` in the firm's zone; an unknown zone counts as UTC.
pub fn midnight(zone: &str, at: At) -> At {
    let zone = wall::zone(zone);
    let day = zone.from_utc_datetime(&at.to_utc().naive_utc()).date_naive();
    wall::instant(zone, day.and_time(NaiveTime::MIN))
}

fn firm_midnight(state: &State, at: At) -> At {
    midnight(state.firm().map_or("", |f| f.zone.as_str()), at)
}

/// Ends the wait of an interaction in its queue, unless it has ended; gives the threshold in force, seconds.
pub(super) fn settle(state: &mut State, id: InteractionId, how: Settled, at: At) -> Option<u32> {
    let mut interaction = state.interaction(id).filter(|i| !i.settled).cloned()?;
    let target_s = state.queue(interaction.queue).map_or(0, |q| q.sl_s);
    let target_ms = i64::from(target_s) * SECOND;
    count(state, interaction.queue, at, how, at.since(interaction.enqueued), target_ms);
    if how != Settled::Answered {
        depart(state, &interaction, how, at, target_ms);
    }
    interaction.settled = true;
    state.put(interaction);
    Some(target_s)
}

fn count(state: &mut State, queue: QueueId, at: At, how: Settled, wait_ms: i64, target_ms: i64) {
    let day = firm_midnight(state, at);
    let mut row = queue_day(state, queue, day);
    row.counts.add(how, wait_ms, target_ms, state.house().figures);
    state.put(row);
}

/// A queue's row for a day; a new day begins with no counts.
fn queue_day(state: &State, queue: QueueId, day: At) -> QueueDay {
    match state.queue_day(queue) {
        Some(row) if row.day >= day => row.clone(),
        before => QueueDay { queue, day, counts: Counts::default(), recent: before.map_or((0, 0), |r| r.recent) },
    }
}

/// A leg is finished: the next expected waits go by it. Of the past only the last hundred or so legs count.
pub(super) fn finished(state: &mut State, w: &WrapUp) {
    if w.late || w.channel == Channel::Email || state.queue(w.served).is_none() {
        return;
    }
    let mut row = queue_day(state, w.served, firm_midnight(state, w.at));
    let (legs, ms) = row.recent;
    let (legs, ms) = if legs >= RECENT_LEGS { (legs / 2, ms / 2) } else { (legs, ms) };
    row.recent = (legs + 1, ms + w.dial_ms + w.talk_ms + w.hold_ms + w.wrap_ms);
    state.put(row);
}

fn depart(state: &mut State, i: &Interaction, how: Settled, at: At, target_ms: i64) {
    state.put(Departure {
        id: DepartureId(state.next_id(Entity::Departure, 0)),
        interaction: i.id,
        case: i.case,
        queue: i.queue,
        channel: i.channel,
        entered: i.enqueued,
        at,
        how,
        target_ms,
    });
}

/// An agent is something else from now on.
pub(super) fn presence(state: &mut State, agent: AgentId, to: Presence, at: At) {
    edit_day(state, agent, at, |day| push(&mut day.presence, at, to));
}

/// An agent's desks lost the link, or have it again.
pub(super) fn link(state: &mut State, agent: AgentId, lost: Option<At>, at: At) {
    edit_day(state, agent, at, |day| push(&mut day.linked, lost.unwrap_or(at), lost.is_none()));
}

/// An offer to an agent rang and is over without an answer.
pub(super) fn rang(state: &mut State, agent: AgentId, from: At, at: At) {
    edit_day(state, agent, at, |day| day.unanswered.push((from, at)));
}

/// A colleague was asked at `from`, was there, and is done.
pub(super) fn helped(state: &mut State, agent: AgentId, from: At, at: At) {
    edit_day(state, agent, at, |day| day.helped.push((from, at)));
}

/// Adds what is so from `at` on; two at the same instant are one.
pub(super) fn push<T: PartialEq>(log: &mut Vec<(At, T)>, at: At, value: T) {
    let at = log.last().map_or(at, |(last, _)| at.max(*last));
    log.retain(|(since, _)| *since < at);
    if log.last().is_none_or(|(_, last)| *last != value) {
        log.push((at, value));
    }
}

fn edit_day(state: &mut State, agent: AgentId, at: At, edit: impl FnOnce(&mut AgentDay)) {
    let day = firm_midnight(state, at);
    let new = || AgentDay {
        agent,
        day,
        presence: Vec::new(),
        linked: Vec::new(),
        unanswered: Vec::new(),
        helped: Vec::new(),
    };
    let mut row = state.agent_day(agent).cloned().unwrap_or_else(new);
    if row.day < day {
        row.day = day;
        keep_from(&mut row.presence, day);
        keep_from(&mut row.linked, day);
        row.unanswered.retain(|(_, to)| *to > day);
        row.helped.retain(|(_, to)| *to > day);
    }
    edit(&mut row);
    state.put(row);
}

/// Drops what was over before `day`; what still held then stays.
fn keep_from<T>(log: &mut Vec<(At, T)>, day: At) {
    let old = log.iter().take_while(|(since, _)| *since <= day).count();
    log.drain(..old.saturating_sub(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        At::from_rfc3339(text).expect("a valid instant")
    }

    #[test]
    fn a_day_begins_at_the_firms_midnight() {
        assert_eq!(midnight("Europe/Berlin", at("2025-06-02T21:59:59Z")), at("2025-06-01T22:00:00Z"));
        assert_eq!(midnight("Europe/Berlin", at("2025-06-02T22:00:00Z")), at("2025-06-02T22:00:00Z"));
        // Sao Paulo's clocks skipped midnight.
        assert_eq!(midnight("America/Sao_Paulo", at("2018-11-04T12:00:00Z")), at("2018-11-04T03:00:00Z"));
        assert_eq!(midnight("nowhere", at("2025-06-02T12:00:00Z")), at("2025-06-02T00:00:00Z"));
    }

    #[test]
    fn a_log_says_each_thing_once() {
        let mut log = vec![(At(10), 'a')];
        push(&mut log, At(20), 'a');
        push(&mut log, At(20), 'b');
        push(&mut log, At(20), 'c');
        push(&mut log, At(15), 'd');
        assert_eq!(log, [(At(10), 'a'), (At(20), 'd')]);
        keep_from(&mut log, At(25));
        assert_eq!(log, [(At(20), 'd')]);
    }
}
