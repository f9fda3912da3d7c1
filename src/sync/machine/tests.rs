//! What the machine does, case by case.

use super::*;
use crate::domain::ids::{AgentId, DeviceId, InteractionId, QueueId};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::scope::Scope;
use crate::wire::frame::{Down, IN_FLIGHT, Outcome, Record};

const QUEUE: Scope = Scope::Queue(QueueId(1));
const HISTORY: Scope = Scope::History(QueueId(1));

/// A machine with a time of its own, and what it said last.
struct Bench {
    machine: Machine,
    now: u64,
}

impl Bench {
    fn new() -> Bench {
        Bench { machine: Machine::new(Start { incarnation: 5, seed: 3, ..Start::default() }), now: 0 }
    }

    fn step(&mut self, input: Input) -> Vec<Output> {
        self.machine.step(input, self.now)
    }

    /// Time passes until the machine wants to be asked; what it says then.
    fn timer(&mut self) -> Vec<Output> {
        self.now = self.machine.wake_at().expect("a timer");
        self.step(Input::Timer)
    }

    fn frames(&mut self, frames: Vec<Down>) -> Vec<Output> {
        let generation = self.machine.generation;
        self.step(Input::Frames { generation, frames })
    }

    /// Up to the welcome, with these commands in the outbox.
    fn up(&mut self, last_n: u64, items: Vec<Queued>) -> Vec<Output> {
        self.step(Input::Start);
        self.welcome(last_n, items)
    }

    fn welcome(&mut self, last_n: u64, items: Vec<Queued>) -> Vec<Output> {
        let generation = self.machine.generation;
        self.step(Input::Opened { generation });
        let out = self.frames(vec![hello(last_n)]);
        assert!(out.iter().any(|o| matches!(o, Output::Reconcile { last, .. } if *last == last_n)), "{out:?}");
        self.step(Input::Handed { items })
    }

    fn state(&self) -> LinkState {
        self.machine.told.as_ref().expect("told").state
    }
}

fn hello(last_n: u64) -> Down {
    let scopes = vec![QUEUE, HISTORY];
    Down::Welcome { epoch: 9, agent: AgentId(1), device: DeviceId(2), scopes, last_n, head: 100, server_ms: 0 }
}

fn note(n: u64) -> Queued {
    Queued {
        n,
        at: At(0),
        command: crate::domain::Command::AddNote { case: CaseId(1), body: n.to_string(), from: vec![] },
    }
}

fn claim(n: u64) -> Queued {
    Queued { n, at: At(0), command: crate::domain::Command::Pull { interaction: Some(InteractionId(1)) } }
}

fn batch(lane: Lane, from: Seq, to: Seq) -> Down {
    Down::Batch { lane, from, to, server_ms: 1_000 + to as i64, records: Vec::new(), bulk: true }
}

fn sent(out: &[Output]) -> Vec<Up> {
    let frames =
        out.iter().filter_map(|o| if let Output::Send { frames, .. } = o { Some(frames.clone()) } else { None });
    frames.flatten().collect()
}

fn numbers(out: &[Output]) -> Vec<u64> {
    sent(out).iter().filter_map(|up| if let Up::Command { n, .. } = up { Some(*n) } else { None }).collect()
}

fn connects(out: &[Output]) -> bool {
    out.iter().any(|o| matches!(o, Output::Connect { .. }))
}

#[test]
fn another_ledger_empties_the_cache_before_anything_else() {
    let mut bench = Bench::new();
    bench.step(Input::Start);
    bench.step(Input::Opened { generation: 1 });
    let out = bench.frames(vec![hello(0), batch(Lane::Live, 0, 100)]);
    assert_eq!(out[0], Output::Wipe { epoch: 9 });
    assert!(matches!(out[2], Output::Retain { .. }));
    let applied = out.iter().position(|o| matches!(o, Output::Batch { .. })).expect("applied");
    assert!(applied > 2);
    assert_eq!(bench.machine.cursor(Lane::Live), 100);
}

#[test]
fn sixteen_commands_in_flight_and_order_kept() {
    let mut bench = Bench::new();
    let out = bench.up(0, (1..=20).map(note).collect());
    assert_eq!(numbers(&out), (1..=IN_FLIGHT as u64).collect::<Vec<_>>());
    let refusal = Outcome::Refused(Refusal::NothingWaits);
    let verdicts = vec![
        Down::Verdict { n: 1, seq: 0, deep: 0, outcome: refusal },
        Down::Verdict { n: 2, seq: 7, deep: 7, outcome: Outcome::Done },
    ];
    let out = bench.frames(verdicts);
    assert_eq!(out[0], Output::Settled { n: 1, seq: 0, deep: 0, refusal: Some(Refusal::NothingWaits) });
    assert_eq!(numbers(&out), [17, 18]);
}

#[test]
fn a_verdict_lost_with_the_link_is_asked_for_again() {
    let mut bench = Bench::new();
    bench.up(0, vec![note(1), note(2)]);
    bench.step(Input::Closed { generation: 1, why: "cut".into() });
    assert_eq!(bench.state(), LinkState::Lost);
    assert!(connects(&bench.timer()));
    // The server has done the first; both go out once more.
    assert_eq!(numbers(&bench.welcome(1, vec![note(1), note(2)])), [1, 2]);
}

#[test]
fn an_unsent_claim_does_not_wait_for_another_link() {
    let mut bench = Bench::new();
    bench.up(0, (1..=16).map(note).collect());
    assert!(numbers(&bench.step(Input::Submitted(Box::new(claim(17))))).is_empty());
    let out = bench.step(Input::Closed { generation: 1, why: "cut".into() });
    assert!(out.contains(&Output::Abandoned { n: 17, why: Abandoned::Unlinked }));
    bench.timer();
    // Its number is not lost: the outbox hands it out again.
    let out = bench.welcome(16, vec![claim(17), note(18)]);
    assert_eq!(sent(&out)[..1], [Up::Skip { n: 17 }]);
    assert_eq!(numbers(&out), [18]);
}

#[test]
fn a_sent_claim_waits_for_its_verdict() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    assert_eq!(numbers(&bench.step(Input::Submitted(Box::new(claim(1))))), [1]);
    bench.step(Input::Closed { generation: 1, why: "cut".into() });
    bench.timer();
    assert_eq!(numbers(&bench.welcome(0, vec![claim(1)])), [1]);
}

#[test]
fn a_claim_of_the_process_before_is_given_up_unless_the_server_has_it() {
    let mut bench = Bench::new();
    let out = bench.up(0, vec![claim(1)]);
    assert!(out.contains(&Output::Abandoned { n: 1, why: Abandoned::Unlinked }));
    assert_eq!(sent(&out)[0], Up::Skip { n: 1 });
    let mut bench = Bench::new();
    assert_eq!(numbers(&bench.up(1, vec![claim(1)])), [1]);
}

#[test]
fn a_claim_without_an_answer_ends_the_link_in_twelve_seconds() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.step(Input::Submitted(Box::new(claim(1))));
    let out = bench.timer();
    assert_eq!(bench.now, 12_000);
    assert!(out.contains(&Output::Disconnect { generation: 1 }));
    assert_eq!(bench.state(), LinkState::Lost);
}

#[test]
fn a_command_the_server_cannot_read_blocks_nobody() {
    let mut bench = Bench::new();
    bench.up(0, vec![note(1), note(2)]);
    for _ in 0..2 {
        let out = bench.frames(vec![Down::Expect { n: 1 }]);
        assert!(out.contains(&Output::Disconnect { generation: bench.machine.generation }));
        bench.timer();
        if bench.machine.generation == 2 {
            assert_eq!(numbers(&bench.welcome(0, vec![note(1), note(2)])), [1, 2]);
        }
    }
    let out = bench.welcome(0, vec![note(1), note(2)]);
    assert!(out.contains(&Output::Abandoned { n: 1, why: Abandoned::Unreadable }));
    assert_eq!(sent(&out)[0], Up::Skip { n: 1 });
    assert_eq!(numbers(&out), [2]);
}

#[test]
fn a_gap_connects_anew_and_the_third_is_said_in_words() {
    let mut bench = Bench::new();
    bench.step(Input::Start);
    let mut said = 0;
    for round in 1..=4 {
        bench.welcome(0, Vec::new());
        let cursor = bench.machine.cursor(Lane::Live);
        let out = bench.frames(vec![batch(Lane::Live, cursor + 50, cursor + 60)]);
        assert_eq!(bench.machine.cursor(Lane::Live), cursor);
        assert!(!out.iter().any(|o| matches!(o, Output::Batch { .. })));
        said += out.iter().filter(|o| matches!(o, Output::Say(_))).count();
        assert_eq!(said, usize::from(round >= 3));
        assert!(connects(&bench.timer()));
    }
}

#[test]
fn old_and_repeated_batches_change_nothing() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![batch(Lane::Live, 0, 100)]);
    let out = bench.frames(vec![batch(Lane::Live, 0, 90), batch(Lane::Live, 0, 100), batch(Lane::Live, 100, 100)]);
    assert!(!out.iter().any(|o| matches!(o, Output::Batch { .. } | Output::Disconnect { .. })));
    let out = bench.step(Input::Frames { generation: 0, frames: vec![batch(Lane::Live, 100, 120)] });
    assert_eq!((out, bench.machine.cursor(Lane::Live)), (Vec::new(), 100));
}

#[test]
fn a_lane_begun_anew_drops_what_was_held() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![batch(Lane::Live, 0, 100), batch(Lane::Deep, 0, 100)]);
    let out = bench.frames(vec![batch(Lane::Deep, 0, 130)]);
    assert_eq!(out[0], Output::Empty(HISTORY));
    assert!(matches!(out[1], Output::Batch { lane: Lane::Deep, from: 100, to: 130, .. }));
}

#[test]
fn chunks_give_credit_after_they_are_applied_and_must_chain() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    let chunk = |after, mark| Down::Chunk {
        scope: HISTORY,
        entity: Entity::Case,
        after,
        mark,
        whole: false,
        seq: 100,
        rows: vec![(mark, 1, vec![0; 92])],
        left: 10,
    };
    let out = bench.frames(vec![chunk(0, 3), chunk(3, 5)]);
    let applied = out.iter().rposition(|o| matches!(o, Output::Chunk { .. })).expect("applied");
    assert_eq!(out[applied + 1], Output::Send { generation: 1, frames: vec![Up::Credit { bytes: 200 }] });
    assert_eq!(bench.machine.told.as_ref().expect("told").coming, Some((10, 10)));
    let out = bench.frames(vec![chunk(4, 9)]);
    assert!(out.contains(&Output::Disconnect { generation: 1 }));
}

#[test]
fn rows_outside_the_rights_are_not_let_in() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    let put = |scope| Record::Put { rev: 1, scope, key: RowKey { entity: Entity::Case, id: 1 }, body: Vec::new() };
    let out = bench.frames(vec![Down::Early { records: vec![put(HISTORY), put(Scope::Contacts)] }]);
    assert!(matches!(&out[0], Output::Early(changes) if changes.len() == 1));
    let out = bench.frames(vec![Down::Drop { scope: HISTORY }, Down::Early { records: vec![put(HISTORY)] }]);
    assert_eq!(out[..2], [Output::DropScope(HISTORY), Output::Early(Vec::new())]);
}

#[test]
fn a_refused_desk_stops_and_asks() {
    let mut bench = Bench::new();
    bench.step(Input::Start);
    let error = DialError::Refused("The server does not know this desk.".into());
    bench.step(Input::Failed { generation: 1, error });
    assert_eq!((bench.state(), bench.machine.wake_at()), (LinkState::Refused, None));
    assert!(connects(&bench.step(Input::RetryNow)));
    bench.welcome(0, Vec::new());
    bench.frames(vec![Down::Close { why: "Signed out.".into(), retry_s: None }]);
    assert_eq!((bench.state(), bench.machine.wake_at()), (LinkState::Refused, None));
}

#[test]
fn strangers_are_asked_again_without_a_storm() {
    let mut bench = Bench::new();
    bench.step(Input::Start);
    for generation in 1..4 {
        let before = bench.now;
        bench.step(Input::Failed { generation, error: DialError::Stranger("Sign in.".into()) });
        assert_eq!(bench.state(), LinkState::Refused);
        assert!(connects(&bench.timer()));
        assert!(bench.now >= before + STRANGER_MS);
    }
}

#[test]
fn close_with_a_time_is_obeyed() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![Down::Close { why: "Restart.".into(), retry_s: Some(20) }]);
    let at = bench.machine.wake_at().expect("a timer");
    assert!((20_000..=26_000).contains(&at), "{at}");
    assert_eq!(bench.machine.told.as_ref().expect("told").words, "Restart.");
}

#[test]
fn silence_is_late_then_lost_and_a_beat_asks_in_between() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.now = 100;
    bench.frames(vec![Down::Beat { desk_ms: 0, server_ms: 5_000 }]);
    assert_eq!(bench.machine.server_time(100), Some(At(5_050)));
    let out = bench.timer();
    assert_eq!((bench.now, bench.state()), (50_100, LinkState::Late));
    assert_eq!(sent(&out), [Up::Beat { desk_ms: 50_100 }]);
    bench.timer();
    assert_eq!((bench.now, bench.state()), (60_100, LinkState::Lost));
}

#[test]
fn an_idle_desk_beats_every_eighty_five_seconds() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![Down::Beat { desk_ms: 0, server_ms: 5_000 }]);
    bench.now = 45_000;
    bench.frames(vec![batch(Lane::Live, 0, 0)]);
    assert_eq!(sent(&bench.timer()), [Up::Beat { desk_ms: 85_000 }]);
    assert_eq!(bench.state(), LinkState::Live);
}

#[test]
fn waking_up_doubts_the_link() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.now = 10;
    assert_eq!(sent(&bench.step(Input::Woke)), [Up::Beat { desk_ms: 10 }]);
    bench.timer();
    bench.timer();
    assert_eq!((bench.now, bench.state()), (5_010, LinkState::Lost));
    // While waiting, waking up tries at once.
    assert!(connects(&bench.step(Input::Woke)));
}

#[test]
fn offline_on_purpose_stays_so() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    assert!(bench.step(Input::Offline(true)).contains(&Output::Disconnect { generation: 1 }));
    assert_eq!((bench.state(), bench.machine.wake_at()), (LinkState::Offline, None));
    assert!(!connects(&bench.step(Input::RetryNow)));
    assert!(!connects(&bench.step(Input::Woke)));
    assert!(connects(&bench.step(Input::Offline(false))));
}

#[test]
fn a_full_disk_goes_back_to_what_the_cache_holds() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![batch(Lane::Live, 0, 100)]);
    let why = "The disk is full.".to_owned();
    let failed = Input::ApplyFailed { epoch: 9, live: 0, deep: 0, parts: Vec::new(), seen: [Some(At(7)), None], why };
    assert!(bench.step(failed).contains(&Output::Disconnect { generation: 1 }));
    assert_eq!(bench.machine.cursor(Lane::Live), 0);
    let told = bench.machine.told.as_ref().expect("told");
    assert_eq!(told.words, "The disk is full.");
    assert_eq!(told.seen_at, Some(At(7)), "nor does it say that it has seen more");
}

#[test]
fn a_cloned_outbox_counts_anew() {
    let mut bench = Bench::new();
    bench.up(0, vec![note(1)]);
    let out = bench.frames(vec![Down::Verdict { n: 1, seq: 0, deep: 0, outcome: Outcome::Cloned }]);
    assert!(out.contains(&Output::Cloned));
    assert!(!out.iter().any(|o| matches!(o, Output::Settled { .. })));
    let out = bench.step(Input::Renewed { incarnation: 77 });
    assert!(out.iter().any(|o| matches!(o, Output::Connect { hello, .. } if hello.incarnation == 77)));
}

#[test]
fn a_server_behind_this_desk_is_not_believed() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![batch(Lane::Live, 0, 200)]);
    bench.step(Input::Closed { generation: 1, why: "cut".into() });
    bench.timer();
    bench.step(Input::Opened { generation: 2 });
    let out = bench.frames(vec![hello(0)]);
    assert_eq!(out[0], Output::Wipe { epoch: 9 });
    assert!(out.contains(&Output::Disconnect { generation: 2 }));
    assert_eq!(bench.machine.cursor(Lane::Live), 0);
}

#[test]
fn what_is_looked_at_is_said_again_on_the_next_link() {
    let mut bench = Bench::new();
    bench.step(Input::Look { case: Some(CaseId(4)), writing: true, far: false });
    let out = bench.up(0, Vec::new());
    assert!(sent(&out).contains(&Up::Look { case: Some(CaseId(4)), writing: true }));
}

#[test]
fn where_every_packet_has_a_way_to_go_a_look_rides_along_or_lasts() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![Down::Beat { desk_ms: 0, server_ms: 0 }]);
    let look = |case, writing| Input::Look { case, writing, far: true };
    let said = |case, writing| Up::Look { case, writing };
    let four = Some(CaseId(4));
    assert!(sent(&bench.step(look(four, true))).is_empty());
    assert_eq!(sent(&bench.step(Input::Shown)), [Up::Here, said(four, false)], "with the next packet, what is sure");
    bench.now += 1_999;
    assert!(sent(&bench.step(Input::Timer)).is_empty());
    bench.now += 1;
    assert_eq!(sent(&bench.step(Input::Timer)), [said(four, true)], "that they write, once it has lasted");
    bench.step(look(four, false));
    assert!(sent(&bench.step(look(four, true))).is_empty());
    bench.now += 9_999;
    assert!(sent(&bench.step(Input::Timer)).is_empty(), "it was over before it was told");
    bench.step(look(None, false));
    bench.now += 29_999;
    assert!(sent(&bench.step(Input::Timer)).is_empty());
    bench.now += 1;
    assert_eq!(sent(&bench.step(Input::Timer)), [said(None, false)], "alone once it has lasted");
}

#[test]
fn thin_link_mode_is_said_at_the_greeting_and_when_it_turns() {
    let mut bench = Bench::new();
    assert!(sent(&bench.step(Input::Line { thin: Some(true), far: false })).is_empty(), "nobody is there yet");
    let out = bench.up(0, Vec::new());
    assert!(sent(&out).contains(&Up::Line { thin: Some(true), far: false }), "{out:?}");
    assert!(sent(&bench.step(Input::Line { thin: Some(true), far: false })).is_empty(), "said already");
    assert_eq!(sent(&bench.step(Input::Line { thin: None, far: true })), [Up::Line { thin: None, far: true }]);
    assert_eq!(sent(&bench.step(Input::Shown)), [Up::Here]);
}

#[test]
fn what_is_still_coming_is_told_by_its_stage() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    bench.frames(vec![batch(Lane::Live, 0, 100), batch(Lane::Deep, 0, 100)]);
    let chunk = |scope, entity, left| Down::Chunk {
        scope,
        entity,
        after: 0,
        mark: 1,
        whole: false,
        seq: 100,
        rows: Vec::new(),
        left,
    };
    let told = |bench: &Bench| bench.machine.told.as_ref().map(|t| (t.stage, t.coming));
    bench.frames(vec![chunk(QUEUE, Entity::Interaction, 90)]);
    assert_eq!(told(&bench), Some((Stage::Queue, Some((90, 90)))));
    bench.frames(vec![chunk(HISTORY, Entity::Case, 30)]);
    assert_eq!(told(&bench), Some((Stage::History, Some((30, 90)))));
    assert!(bench.machine.is_loading());
    bench.frames(vec![chunk(HISTORY, Entity::Message, 0)]);
    assert_eq!(told(&bench).and_then(|(_, coming)| coming), None);
    assert!(!bench.machine.is_loading());
}

#[test]
fn trying_a_link_that_works_brings_what_waits_there() {
    let mut bench = Bench::new();
    bench.up(0, Vec::new());
    assert_eq!(sent(&bench.step(Input::RetryNow)), [Up::CatchUp]);
}
