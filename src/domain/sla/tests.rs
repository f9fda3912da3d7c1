//! The vectors P1, W1 and Q1 of operations 3.3, and stories of clocks told in commands.

use proptest::prelude::*;

use super::clock::{Clock, Ending, Standing, Turn};
use super::explain::explain;
use super::policy::{Fits, Policy, WARN_LEFT_S, WARN_PCT};
use super::words::targets;
use super::*;
use crate::domain::apply;
use crate::domain::calendar::{Calendar, Timetable, words};
use crate::domain::command::{Actor, Command, CustomerHint};
use crate::domain::decide::decide;
use crate::domain::decide::tests::{ANA, BEN, BILLING, CYD, TECH, firm};
use crate::domain::event::Event;
use crate::domain::ids::{CalendarId, CaseId, InteractionId, KeyId};
use crate::domain::refusal::Refusal;
use crate::domain::routing;
use crate::domain::row::Row;
use crate::domain::state::State;
use crate::domain::time::{HOUR, MINUTE, SECOND};
use crate::domain::work::{Channel, Priority, Status};

const OFFICE: CalendarId = CalendarId(1);
const GATEWAY: Actor = Actor::Gateway(KeyId(1));

/// A London wall time in summer.
fn bst(text: &str) -> At {
    At::from_rfc3339(&format!("{text}:00+01:00")).expect("a valid instant")
}

fn policy(id: u64, promises: &[(Promise, &str)]) -> Policy {
    Policy {
        id: PolicyId(id),
        key: format!("policy-{id}"),
        name: format!("Policy {id}"),
        rank: 10 * id as u32,
        when: Fits::default(),
        calendar: Some(OFFICE),
        targets: promises.iter().map(|(p, text)| (*p, targets(text).expect("targets"))).collect(),
        reopens: false,
        pauses: vec![Status::Pending],
        warn_pct: WARN_PCT,
        warn_left_s: WARN_LEFT_S,
        active: true,
    }
}

struct Desk {
    state: State,
    now: At,
    log: Vec<Event>,
}

impl Desk {
    fn new(now: &str, policies: Vec<Policy>) -> Desk {
        let mut state = firm();
        let windows = words::windows("mon-fri 09:00-17:00").expect("hours");
        let timetable = Timetable { zone: "Europe/London".into(), windows, ..Timetable::default() };
        state.load(Calendar { id: OFFICE, ..Calendar::new("office", timetable) }.into());
        policies.into_iter().for_each(|p| state.load(p.into()));
        Desk { state, now: bst(now), log: Vec::new() }
    }

    fn give(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.state, &command, actor, self.now)?;
        events.iter().for_each(|event| apply(&mut self.state, event));
        self.log.extend(events.clone());
        Ok(events)
    }

    fn ask(&mut self, command: Command) -> Vec<Event> {
        self.give(Actor::Agent(ANA), command).expect("may")
    }

    /// Goes on to an instant, with timers firing on time.
    fn until(&mut self, then: &str) {
        let then = bst(then);
        while let Some(at) = routing::next_due(&self.state, self.now).filter(|at| *at <= then) {
            self.now = self.now.max(at);
            self.settle();
        }
        self.now = then;
        self.settle();
    }

    fn settle(&mut self) {
        for command in routing::due(&self.state, self.now) {
            self.give(Actor::System, command).expect("the desk's own commands are sound");
        }
        assert_eq!(routing::due(&self.state, self.now), Vec::new(), "reviewed twice, nothing more to say");
    }

    fn open(&mut self, channel: Channel, body: Option<&str>) -> (InteractionId, CaseId) {
        let command = Command::OpenInteraction {
            channel,
            queue: BILLING,
            hint: CustomerHint::default(),
            customer: None,
            case: None,
            menu: vec![],
            priority: Priority::Normal,
            language: "en".into(),
            subject: "Bill".into(),
            body: body.map(str::to_owned),
            came: None,
            callback: Default::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        let events = self.give(GATEWAY, command).expect("opens");
        match &events[0] {
            Event::InteractionOpened { interaction, case } => (interaction.id, case.id),
            other => panic!("opened, not {other:?}"),
        }
    }

    fn says(&mut self, id: InteractionId) {
        self.give(
            GATEWAY,
            Command::AppendMessage { interaction: id, body: "And?".into(), files: Vec::new(), letter: None },
        )
        .expect("appends");
    }

    fn reply(&mut self, case: CaseId) {
        self.ask(Command::SendReply { case, body: "So.".into(), base: None, anyway: true, from: vec![], to: None });
    }

    fn status(&mut self, case: CaseId, status: Status) {
        let from = self.state.case(case).map(|c| c.status).expect("is there");
        self.ask(Command::SetStatus { case, status, from });
    }

    fn clock(&self, case: CaseId, promise: Promise) -> Clock {
        self.state.case(case).and_then(|c| c.sla.clock(promise)).cloned().expect("has a clock")
    }

    fn turns(&self, promise: Promise) -> Vec<(Turn, Cause, At)> {
        let turn = |e: &Event| match e {
            Event::ClockTurned { turn, cause, clock, at, .. } if clock.promise == promise => Some((*turn, *cause, *at)),
            _ => None,
        };
        self.log.iter().filter_map(turn).collect()
    }
}

#[test]
fn p1_pending_moves_the_due_time() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::Resolution, "8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    assert_eq!(desk.clock(case, Promise::Resolution).due, Some(bst("2025-06-02T17:00")));
    desk.until("2025-06-02T10:00");
    desk.status(case, Status::Pending);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Paused);
    desk.until("2025-06-03T09:30");
    desk.status(case, Status::Open);
    assert_eq!(desk.clock(case, Promise::Resolution).due, Some(bst("2025-06-03T16:30")));
    desk.until("2025-06-03T14:00");
    desk.status(case, Status::Solved);
    let clock = desk.clock(case, Promise::Resolution);
    let calendar = desk.state.calendar(OFFICE).expect("is there");
    assert_eq!(clock.elapsed_ms(calendar, desk.now), 11 * HOUR / 2, "consumed 5.5 h");
    assert_eq!(calendar.open_ms(clock.started, desk.now), 13 * HOUR, "gross business time");
    assert_eq!(desk.now.since(clock.started), 29 * HOUR, "calendar time");
    assert_eq!(clock.standing(), Standing::Met);
    let turns: Vec<_> = desk.turns(Promise::Resolution).into_iter().map(|(turn, cause, _)| (turn, cause)).collect();
    let status = Cause::Status;
    assert_eq!(
        turns,
        [(Turn::Started, Cause::Opened), (Turn::Paused, status), (Turn::Resumed, status), (Turn::Ended, status)]
    );
}

#[test]
fn w1_one_warning_at_three_quarters() {
    let mut desk = Desk::new("2025-06-06T15:00", vec![policy(1, &[(Promise::Resolution, "8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.until("2025-06-10T12:00");
    let due = bst("2025-06-09T15:00");
    assert_eq!(
        desk.turns(Promise::Resolution)[1..],
        [
            (Turn::AtRisk, Cause::Time, bst("2025-06-09T13:00")),
            // At the due time it would still be in time.
            (Turn::Breached, Cause::Time, due.plus(1)),
        ]
    );
    assert_eq!(desk.clock(case, Promise::Resolution).breached, Some(due));
    desk.status(case, Status::Solved);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::MetLate);
}

#[test]
fn q1_a_higher_priority_counts_from_the_start() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::Resolution, "urgent=1h,normal=8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.until("2025-06-02T12:00");
    desk.ask(Command::SetPriority { case, priority: Priority::Urgent });
    let clock = desk.clock(case, Promise::Resolution);
    assert_eq!((clock.due, clock.breached), (Some(bst("2025-06-02T10:00")), Some(bst("2025-06-02T10:00"))));
    assert_eq!(
        desk.turns(Promise::Resolution)[1..],
        [(Turn::Retargeted, Cause::Priority, desk.now), (Turn::Breached, Cause::Priority, desk.now)]
    );
    // Lowered again the due time is the old one, but what was recorded stays.
    desk.ask(Command::SetPriority { case, priority: Priority::Normal });
    assert_eq!(desk.clock(case, Promise::Resolution).due, Some(bst("2025-06-02T17:00")));
    desk.status(case, Status::Solved);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::MetLate);
}

#[test]
fn kept_at_the_due_time_is_kept() {
    for (minute, standing) in [("10:00", Standing::Met), ("10:01", Standing::MetLate)] {
        let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::First, "1h")])]);
        let (_, case) = desk.open(Channel::Email, Some("My bill"));
        desk.until(&format!("2025-06-02T{minute}"));
        desk.reply(case);
        assert_eq!(desk.clock(case, Promise::First).standing(), standing, "{minute}");
    }
}

#[test]
fn first_response_never_rests_and_an_automatic_word_does_not_end_it() {
    let mut desk =
        Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::First, "2h"), (Promise::Resolution, "8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.status(case, Status::Pending);
    assert_eq!(desk.clock(case, Promise::First).standing(), Standing::Running);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Paused);
    desk.until("2025-06-02T11:30");
    assert_eq!(desk.clock(case, Promise::First).standing(), Standing::Breached);
    desk.ask(Command::AddNote { case, body: "Only for us".into(), from: vec![] });
    assert_eq!(desk.clock(case, Promise::First).standing(), Standing::Breached, "a note is no answer");
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Paused, "no warning while it rests");
}

#[test]
fn a_word_from_the_customer_ends_the_rest_at_its_arrival() {
    let promises = [(Promise::Next, "1h"), (Promise::Resolution, "8h")];
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &promises)]);
    let (contact, case) = desk.open(Channel::Email, Some("My bill"));
    desk.ask(Command::Pull { interaction: Some(contact) });
    desk.until("2025-06-02T09:30");
    desk.reply(case);
    assert!(desk.state.case(case).is_some_and(|c| c.sla.clock(Promise::Next).is_none()), "nobody waits for the next");
    desk.status(case, Status::Pending);
    desk.until("2025-06-02T14:00");
    desk.says(contact);
    let came = desk.now;
    assert_eq!(desk.turns(Promise::Resolution).last(), Some(&(Turn::Resumed, Cause::Heard, came)));
    assert_eq!(desk.clock(case, Promise::Resolution).due, Some(bst("2025-06-03T13:30")));
    let next = desk.clock(case, Promise::Next);
    assert_eq!((next.started, next.due), (came, Some(bst("2025-06-02T15:00"))));
    // A second word does not restart it: it counts from the oldest without an answer.
    desk.until("2025-06-02T14:40");
    desk.says(contact);
    assert_eq!(desk.clock(case, Promise::Next).started, came);
    desk.reply(case);
    assert_eq!(desk.clock(case, Promise::Next).ended, Some((desk.now, Ending::Met)));
    // The one after that is a new clock.
    desk.until("2025-06-02T16:00");
    desk.says(contact);
    assert_eq!(desk.clock(case, Promise::Next).started, desk.now);
    assert_eq!(desk.clock(case, Promise::Next).ended, None);
}

#[test]
fn on_the_telephone_picking_up_is_the_answer() {
    let mut desk =
        Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::First, "10m"), (Promise::Resolution, "8h")])]);
    let (call, case) = desk.open(Channel::Voice, None);
    desk.until("2025-06-02T09:03");
    desk.ask(Command::Pull { interaction: Some(call) });
    assert_eq!(desk.clock(case, Promise::First).ended, Some((desk.now, Ending::Met)));
    // Someone who gives up without a word cannot be answered.
    let (gone, lost) = desk.open(Channel::Voice, None);
    desk.until("2025-06-02T09:04");
    desk.give(GATEWAY, Command::EndInteraction { interaction: gone }).expect("ends");
    for promise in [Promise::First, Promise::Resolution] {
        assert_eq!(desk.clock(lost, promise).standing(), Standing::Cancelled);
    }
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Running, "the other one counts on");
}

#[test]
fn the_first_policy_that_fits_holds_and_changes_follow_the_case() {
    let mut vip = policy(1, &[(Promise::Resolution, "2h")]);
    vip.when.tags = vec!["vip".into()];
    let mut tech = policy(2, &[(Promise::Resolution, "16h")]);
    tech.when.queues = vec![TECH];
    let rest = policy(3, &[(Promise::Resolution, "8h")]);
    let mut desk = Desk::new("2025-06-02T09:00", vec![rest, tech, vip]);
    let (contact, case) = desk.open(Channel::Chat, Some("My bill"));
    assert_eq!(desk.clock(case, Promise::Resolution).policy, PolicyId(3));
    desk.until("2025-06-02T10:00");
    desk.ask(Command::EditTags { case, add: vec!["vip".into()], remove: vec![] });
    let clock = desk.clock(case, Promise::Resolution);
    assert_eq!((clock.policy, clock.due), (PolicyId(1), Some(bst("2025-06-02T11:00"))), "from the original start");
    desk.ask(Command::EditTags { case, add: vec![], remove: vec!["vip".into()] });
    desk.ask(Command::Pull { interaction: Some(contact) });
    let epoch = desk.state.interaction(contact).map(|i| i.epoch).expect("is open");
    let to = crate::domain::command::Target::Queue(TECH);
    desk.ask(Command::Transfer { interaction: contact, epoch, to, note: String::new() });
    let clock = desk.clock(case, Promise::Resolution);
    assert_eq!((clock.policy, clock.due), (PolicyId(2), Some(bst("2025-06-03T17:00"))));
    let applied = desk.log.iter().filter(|e| matches!(e, Event::PolicyApplied { .. })).count();
    assert_eq!(applied, 4, "opened, tagged, untagged, moved");
    assert!(
        desk.log
            .iter()
            .any(|e| matches!(e, Event::PolicyApplied { cause: Cause::Moved, policy: Some(PolicyId(2)), .. }))
    );
}

#[test]
fn a_changed_policy_or_calendar_reaches_clocks_that_run() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::Resolution, "8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.until("2025-06-02T12:00");
    // From noon on it is open until 13:00 only: three hours are used up, one more today, four tomorrow.
    let short = words::windows("mon-fri 09:00-13:00").expect("hours");
    let timetable = Timetable { zone: "Europe/London".into(), windows: short, ..Timetable::default() };
    let row = Row::from(Calendar { id: OFFICE, ..Calendar::new("office", timetable) });
    desk.give(Actor::Operator, Command::Put { row: Box::new(row) }).expect("sets");
    desk.give(Actor::System, Command::CheckClocks { case }).expect("checks");
    assert_eq!(desk.clock(case, Promise::Resolution).due, Some(bst("2025-06-03T13:00")));
    let turns = desk.turns(Promise::Resolution);
    assert_eq!(turns.last(), Some(&(Turn::Retargeted, Cause::Configuration, desk.now)));
    // Without a policy nothing is promised.
    let key = Row::from(policy(1, &[])).key();
    desk.give(Actor::Operator, Command::Retire { key }).expect("retires");
    desk.give(Actor::System, Command::CheckClocks { case }).expect("checks");
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Cancelled);
    assert_eq!(desk.state.case(case).and_then(|c| c.sla.policy), None);
}

#[test]
fn a_timely_answer_that_comes_late_over_the_link_is_timely() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::First, "1h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.until("2025-06-02T10:30");
    assert_eq!(desk.clock(case, Promise::First).standing(), Standing::Breached);
    // Pressed at 9:59 on a desk without a link; the server hears of it half an hour later.
    let pressed = bst("2025-06-02T09:59");
    let reply = Command::SendReply { case, body: "So.".into(), base: None, anyway: true, from: vec![], to: None };
    let events = decide(&desk.state, &reply, Actor::Agent(ANA), pressed).expect("may");
    events.iter().for_each(|event| apply(&mut desk.state, event));
    let clock = desk.clock(case, Promise::First);
    assert_eq!((clock.standing(), clock.breached), (Standing::Met, None));
}

#[test]
fn a_case_opened_again_keeps_its_first_solution() {
    let mut desk =
        Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::Next, "1h"), (Promise::Resolution, "8h")])]);
    let (contact, case) = desk.open(Channel::Email, Some("My bill"));
    desk.ask(Command::Pull { interaction: Some(contact) });
    desk.reply(case);
    desk.until("2025-06-02T11:00");
    desk.status(case, Status::Solved);
    let solved = desk.clock(case, Promise::Resolution);
    desk.until("2025-06-05T11:00");
    desk.says(contact);
    assert_eq!(desk.state.case(case).map(|c| c.status), Some(Status::Open));
    assert_eq!(desk.clock(case, Promise::Resolution), solved);
    assert_eq!(desk.clock(case, Promise::Next).standing(), Standing::Running, "they wait for an answer all the same");
}

#[test]
fn a_policy_may_promise_anew_when_a_case_is_opened_again() {
    let promised = Policy { reopens: true, ..policy(1, &[(Promise::Resolution, "8h")]) };
    let mut desk = Desk::new("2025-06-02T09:00", vec![promised]);
    let (contact, case) = desk.open(Channel::Email, Some("My bill"));
    desk.ask(Command::Pull { interaction: Some(contact) });
    desk.reply(case);
    desk.until("2025-06-02T11:00");
    desk.status(case, Status::Solved);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Met);
    // Three days later the customer writes again: eight open hours from then, not late at once.
    desk.until("2025-06-05T11:00");
    desk.says(contact);
    let again = desk.clock(case, Promise::Resolution);
    assert_eq!((again.standing(), again.started), (Standing::Running, bst("2025-06-05T11:00")));
    assert_eq!(again.due, Some(bst("2025-06-06T11:00")));
    let first = desk.state.case(case).and_then(|c| c.sla.resolved);
    desk.until("2025-06-05T12:00");
    desk.status(case, Status::Solved);
    let solved = desk.clock(case, Promise::Resolution);
    assert_eq!(solved.ended.map(|(at, _)| at), Some(bst("2025-06-05T12:00")));
    assert_eq!(solved.standing(), Standing::Met);
    assert_eq!(desk.state.case(case).and_then(|c| c.sla.resolved), first, "the first solution stays");
    // And a third time, by an agent's hand; this one is late.
    desk.until("2025-06-09T09:00");
    desk.status(case, Status::Open);
    desk.until("2025-06-10T10:00");
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::Breached);
    desk.status(case, Status::Solved);
    assert_eq!(desk.clock(case, Promise::Resolution).standing(), Standing::MetLate);
}

#[test]
fn short_targets_warn_by_their_share_alone() {
    let p = policy(1, &[]);
    assert_eq!(p.risk_ms(8 * 3_600), 6 * HOUR);
    assert_eq!(p.risk_ms(3_600), 45 * MINUTE, "both say the same");
    assert_eq!(p.risk_ms(30 * 60), 15 * MINUTE, "fifteen minutes left come first");
    assert_eq!(p.risk_ms(10 * 60), 450 * SECOND);
}

#[test]
fn the_explanation_says_which_why_and_when() {
    let promises = [(Promise::First, "2h"), (Promise::Resolution, "8h")];
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &promises)]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    let shown = |at: At| {
        at.to_utc()
            .with_timezone(&"Europe/London".parse::<crate::domain::calendar::tz::Tz>().expect("a zone"))
            .format("%a %H:%M")
            .to_string()
    };
    let told = |desk: &Desk| {
        let row = desk.state.case(case).expect("is there");
        let (clocks, next) = explain(&desk.state, row, desk.now, &shown);
        let mut text: Vec<String> = Vec::new();
        for clock in clocks {
            text.push(format!("{}: {}", clock.promise.name(), clock.standing.word()));
            text.extend(clock.words);
        }
        text.push(next);
        text.join("\n")
    };
    desk.until("2025-06-02T10:00");
    desk.status(case, Status::Pending);
    desk.until("2025-06-02T10:50");
    assert_text(
        &told(&desk),
        "First response: at risk
Promised within 2 h of open time (office), by the policy Policy 1 for priority normal; counted from Mon 09:00.
At risk: due Mon 11:00; 10 min left.
Resolution: paused
Promised within 8 h of open time (office), by the policy Policy 1 for priority normal; counted from Mon 09:00.
Paused since Mon 10:00 because the case is pending; 7 h left. A word from the customer starts it again.
Next to be late: first response, after Mon 11:00.",
    );
    desk.until("2025-06-02T12:00");
    desk.status(case, Status::Open);
    desk.reply(case);
    assert_text(
        &told(&desk),
        "Resolution: running
Promised within 8 h of open time (office), by the policy Policy 1 for priority normal; counted from Mon 09:00.
Due Tue 11:00; 7 h left.
It was paused once, 2 h in all.
First response: met late
Promised within 2 h of open time (office), by the policy Policy 1 for priority normal; counted from Mon 09:00.
Kept Mon 12:00, too late: it was due Mon 11:00.
Next to be late: resolution, after Tue 11:00.",
    );
}

fn assert_text(got: &str, want: &str) {
    assert_eq!(got, want, "\n--- got ---\n{got}\n");
}

#[test]
fn a_firm_without_policies_writes_nothing_more() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    desk.reply(case);
    assert!(!desk.log.iter().any(|e| matches!(e, Event::ClockTurned { .. } | Event::PolicyApplied { .. })));
    assert_eq!(desk.state.case(case).map(|c| c.sla.clocks.len()), Some(0));
}

/// Rests without end are folded, and nothing is lost by it.
#[test]
fn very_many_rests_are_folded() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![policy(1, &[(Promise::Resolution, "8h")])]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    for minute in 0..60 {
        desk.now = bst("2025-06-02T09:00").plus(minute * 2 * MINUTE + MINUTE);
        desk.status(case, Status::Pending);
        desk.now = desk.now.plus(MINUTE);
        desk.status(case, Status::Open);
    }
    let clock = desk.clock(case, Promise::Resolution);
    let calendar = desk.state.calendar(OFFICE).expect("is there");
    assert!(clock.rests.len() <= 20);
    assert_eq!(clock.elapsed_ms(calendar, desk.now), HOUR, "one minute of two");
    assert_eq!(clock.due, Some(bst("2025-06-03T10:00")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever happens, in whatever order: elapsed time is that of counting minute by minute, timers always come to
    /// rest, each level is told once per target, and a replay of the log gives the same rows.
    #[test]
    fn clocks_keep_their_books(steps in prop::collection::vec((0u8..8, 1i64..300), 1..30)) {
        let promises = [(Promise::First, "urgent=30m,normal=2h"), (Promise::Next, "1h"), (Promise::Resolution, "urgent=2h,normal=9h")];
        let mut desk = Desk::new("2025-06-06T10:00", vec![policy(1, &promises)]);
        let (contact, case) = desk.open(Channel::Email, Some("My bill"));
        let before = desk.state.clone();
        let from = desk.log.len();
        let mut counted = 0;
        for (what, minutes) in steps {
            for _ in 0..minutes {
                let clock = desk.clock(case, Promise::Resolution);
                let open = desk.state.calendar(OFFICE).is_some_and(|c| c.open_at(desk.now));
                if clock.ended.is_none() && clock.paused.is_none() && open {
                    counted += 1;
                }
                desk.now = desk.now.plus(MINUTE);
                if routing::next_due(&desk.state, desk.now).is_some_and(|at| at <= desk.now) {
                    desk.settle();
                }
            }
            match what {
                0 => desk.says(contact),
                1 => desk.reply(case),
                2 => desk.status(case, Status::Pending),
                3 => desk.status(case, Status::Open),
                4 => drop(desk.ask(Command::SetPriority { case, priority: Priority::Urgent })),
                5 => drop(desk.ask(Command::SetPriority { case, priority: Priority::Normal })),
                6 => desk.status(case, Status::Solved),
                _ => drop(desk.ask(Command::EditTags { case, add: vec![format!("t{minutes}")], remove: vec![] })),
            }
            desk.settle();
            let clock = desk.clock(case, Promise::Resolution);
            let calendar = desk.state.calendar(OFFICE).expect("is there");
            prop_assert_eq!(clock.elapsed_ms(calendar, desk.now), counted * MINUTE);
            if let Some(due) = clock.due.filter(|_| clock.ended.is_none() && clock.paused.is_none()) {
                prop_assert_eq!(clock.elapsed_ms(calendar, due), i64::from(clock.target_s) * 1_000);
            }
        }
        for promise in Promise::ALL {
            let mut told: Vec<Turn> = Vec::new();
            for (turn, _, _) in desk.turns(promise) {
                match turn {
                    Turn::Started | Turn::Retargeted => told.clear(),
                    Turn::AtRisk | Turn::Breached => {
                        prop_assert!(!told.contains(&turn), "{turn:?} told twice");
                        told.push(turn);
                    }
                    _ => {}
                }
            }
        }
        let mut again = before;
        desk.log[from..].iter().for_each(|event| apply(&mut again, event));
        prop_assert!(again.rows().eq(desk.state.rows()));
    }
}

#[test]
fn rights_and_names_are_checked() {
    let mut desk = Desk::new("2025-06-02T09:00", vec![]);
    let (_, case) = desk.open(Channel::Email, Some("My bill"));
    for agent in [ANA, BEN, CYD] {
        assert!(desk.give(Actor::Agent(agent), Command::CheckClocks { case }).is_err(), "timers only");
    }
    let put = |p: Policy| Command::Put { row: Box::new(p.into()) };
    assert!(desk.give(Actor::Agent(ANA), put(policy(0, &[]))).is_err());
    let refused =
        |desk: &mut Desk, p: Policy| desk.give(Actor::Operator, put(p)).expect_err("is refused").sentence(At(0));
    let good = || policy(0, &[(Promise::First, "1h")]);
    assert_eq!(
        refused(&mut desk, policy(0, &[])),
        "Policy policy-0: it promises nothing; give it a target for first, next or resolution."
    );
    assert_eq!(
        refused(&mut desk, Policy { calendar: Some(CalendarId(9)), ..good() }),
        "Policy policy-0, calendar: there is no calendar 9."
    );
    let two = policy(0, &[(Promise::First, "2h"), (Promise::Resolution, "1h")]);
    assert_eq!(
        refused(&mut desk, two),
        "Policy policy-0, resolution for low: it must not be shorter than the first response (2h)."
    );
    let solved = Policy { pauses: vec![Status::Solved], ..good() };
    assert!(refused(&mut desk, solved).contains("a solved case has no clock that could rest"));
    desk.give(Actor::Operator, put(good())).expect("is fine");
    assert!(matches!(desk.give(Actor::Operator, put(good())), Err(Refusal::Exists { .. })));
}
