//! A bad line: what works without a link, what says why not, what became of what was done meanwhile, and what the desk
//! says of the line itself.

use super::*;
use crate::app::action::{Action, TABLE};
use crate::app::enabled::enabled;
use crate::app::overlays::outbox::{LineState, lines};
use crate::app::status;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, HOUR, MINUTE};

/// What only the server can decide.
const CLAIMS: [Action; 6] =
    [Action::AcceptOffer, Action::PullNext, Action::TakeSelected, Action::Consult, Action::HandOver, Action::SetOther];

fn act(w: &mut World, action: Action) {
    let mut desk = crate::app::update::Desk { m: &mut w.desk, now: w.now, out: Vec::new(), touched: true };
    desk.run(action, None);
    for effect in desk.out {
        w.perform(effect);
    }
}

/// The outbox as its overlay shows it.
fn outbox(w: &World) -> Vec<(String, LineState)> {
    let all = lines(&w.desk, w.now).into_iter().filter(|l| l.state != LineState::Done);
    all.map(|l| (l.what, l.state)).collect()
}

fn refused(w: &World) -> String {
    match outbox(w).first() {
        Some((_, LineState::Refused(why, _))) => why.clone(),
        other => panic!("not refused: {other:?}, {:?}", w.toasts()),
    }
}

/// Ben does something while Ana's desk has no link.
fn ben(w: &mut World, command: &Command) {
    w.happen(Actor::Agent(BEN), command).expect("Ben may");
}

/// The link is back: first what happened, then what waited here.
fn back(w: &mut World) {
    let hot = Box::new(w.hot());
    w.linked = true;
    w.tell(Incoming::Link(LinkStatus { state: LinkState::Live, ..LinkStatus::default() }));
    w.tell(Incoming::Reset { agent: Some(ANA), hot });
    w.deliver();
}

#[test]
fn every_action_works_without_a_link_or_says_at_once_that_it_needs_one() {
    type Scene = fn(&mut World);
    let scenes: [Scene; 5] = [
        |w| {
            w.takes(Channel::Chat, "Hello");
        },
        |w| {
            w.takes(Channel::Email, "Hello");
            w.keys("rGood morning");
        },
        |w| {
            let id = w.comes(Channel::Voice, BILLING, Some(DANA), "Bill");
            w.offer(id, ANA);
        },
        |w| {
            w.takes(Channel::Voice, "Bill");
            w.keys("x");
        },
        |w| {
            w.comes(Channel::Chat, BILLING, Some(DANA), "Hello");
            w.keys("1<home>");
        },
    ];
    let mut seen = BTreeSet::new();
    for scene in scenes {
        for action in TABLE.iter().map(|e| e.action) {
            let set = |up: bool| {
                let mut w = World::new();
                scene(&mut w);
                w.link(up);
                w.desk.toasts.clear();
                w
            };
            let (with, mut w) = (set(true), set(false));
            let (online, offline) = (enabled(&with.desk, action), enabled(&w.desk, action));
            if CLAIMS.contains(&action) {
                let why = offline.clone().expect_err("nobody claims anything without a link");
                assert!(online.is_err() || why.contains("there is no link"), "{action:?}: {why}");
                seen.extend(online.is_ok().then_some(action));
            } else if action != Action::RetryLink {
                assert_eq!(online, offline, "{action:?} is as possible without a link as with one");
            }
            act(&mut w, action);
            let why = w.toasts().join(" ");
            assert!(offline.is_ok() || !why.is_empty(), "{action:?} says why not");
            assert!(offline.is_err() || !why.contains("no link"), "{action:?}: {why}");
            assert!(w.outbox.iter().all(|o| !o.command.needs_link()), "{action:?} leaves no claim behind");
        }
    }
    for action in [Action::AcceptOffer, Action::PullNext, Action::TakeSelected, Action::Consult] {
        assert!(seen.contains(&action), "{action:?} was possible in some scene");
    }
}

#[test]
fn a_day_without_a_link_is_worked_kept_and_sent() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    w.link(false);
    w.keys("nAsked for the invoice.<ctrl-s>");
    w.keys("rGood mornig<ctrl-s>");
    w.keys("#invoice<enter>:priority high<enter>");
    assert_eq!(outbox(&w).len(), 4, "{:?}", outbox(&w));
    assert!(status::link(&w.desk, w.now).0.contains("4 not sent"));
    // The words are brought back from the outbox with one key, mended, and given again.
    w.keys("o");
    while !outbox(&w)[match w.desk.top() {
        Some(Overlay::Outbox(o)) => o.list.selected,
        other => panic!("{other:?}"),
    }]
    .0
    .starts_with("reply")
    {
        w.keys("j");
    }
    w.keys("e");
    assert_eq!((w.overlay(), w.draft(DraftField::Reply)), ("", "Good mornig"), "{:?}", w.toasts());
    w.keys("<backspace><backspace>ing<ctrl-s>");
    assert_eq!(w.draft(DraftField::Reply), "");
    // History, customers and articles are looked up in what is here.
    w.keys("<esc><esc>g/lost<enter>");
    assert_eq!(w.desk.conversation.case, Some(CaseId(901)));
    back(&mut w);
    assert!(w.desk.mirror.pending.is_empty(), "{:?}", outbox(&w));
    let said: Vec<&str> = w.truth.messages_of(case).map(|m| m.body.as_str()).collect();
    assert_eq!(said, ["Hello", "Asked for the invoice.", "Good morning"]);
    assert_eq!(w.truth.case(case).expect("there").tags, ["invoice"]);
}

#[test]
fn a_status_that_someone_else_set_meanwhile_says_who_and_when() {
    let mut w = World::new();
    w.keys("g/lost<enter>");
    let case = CaseId(901);
    w.link(false);
    ben(&mut w, &Command::SetStatus { case, status: Status::Pending, from: Status::Solved });
    w.wait(2 * MINUTE);
    w.keys("Sclosed<enter>");
    back(&mut w);
    assert_eq!(refused(&w), "Ben Okafor changed the status 2 min ago: it is pending now.");
    assert_eq!(w.truth.case(case).expect("there").status, Status::Pending, "nothing was overwritten");
    assert!(w.said("Not done: status closed on case"), "{:?}", w.toasts());
    // One key does it again, now that it was seen.
    w.keys("or");
    assert_eq!(w.truth.case(case).expect("there").status, Status::Closed, "{:?}", w.toasts());
    assert!(outbox(&w).is_empty());
}

#[test]
fn whose_case_it_is_is_never_taken_over_silently() {
    let mut w = World::new();
    w.keys("g/lost<enter>");
    let case = CaseId(901);
    w.link(false);
    ben(&mut w, &Command::Assign { case, agent: Some(BEN), from: None });
    w.wait(MINUTE);
    w.keys("A");
    back(&mut w);
    assert_eq!(refused(&w), "Ben Okafor took the case 1 min ago.");
    assert_eq!(w.truth.case(case).expect("there").assignee, Some(BEN));
    // It is dropped with one key; without words there is nothing to ask about.
    w.keys("od");
    assert!(outbox(&w).is_empty());
}

#[test]
fn tags_merge_and_of_priorities_the_last_one_stands() {
    let mut w = World::new();
    w.keys("g/lost<enter>");
    let case = CaseId(901);
    let before = w.truth.case(case).expect("there").tags.clone();
    w.link(false);
    let tags = |add: &str| Command::EditTags { case, add: vec![add.into()], remove: vec![] };
    ben(&mut w, &tags("sim"));
    ben(&mut w, &Command::SetPriority { case, priority: Priority::High });
    w.keys("#roaming<enter>:priority urgent<enter>");
    back(&mut w);
    let row = w.truth.case(case).expect("there");
    let mut all: Vec<String> = before.into_iter().chain(["roaming".into(), "sim".into()]).collect();
    all.sort();
    assert_eq!((row.tags.clone(), row.priority), (all, Priority::Urgent));
    assert!(outbox(&w).is_empty(), "{:?}", outbox(&w));
}

/// Gives a wrap-up with a note, as the form would.
fn wraps_up(w: &mut World, interaction: InteractionId, epoch: u32, case: CaseId) {
    let finish = Command::WrapUp {
        interaction,
        epoch,
        case,
        reason: w.truth.reasons().next().expect("one").id,
        outcome: w.truth.outcomes().find(|o| o.needs.is_empty()).expect("one").id,
        note: "Told her the way.".into(),
        follow_up: None,
        findings: Default::default(),
    };
    let mut desk = crate::app::update::Desk { m: &mut w.desk, now: w.now, out: Vec::new(), touched: true };
    assert!(desk.submit(finish, None));
    for effect in desk.out {
        w.perform(effect);
    }
}

/// What the server made of a wrap-up may be here before its word on it: foreseen once more, it would seem to be late.
#[test]
fn a_wrap_up_in_time_is_never_said_to_be_late() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hello");
    let (case, epoch) = (w.truth_of(id).case, w.truth_of(id).epoch);
    wraps_up(&mut w, id, epoch, case);
    w.deliver();
    assert!(outbox(&w).is_empty(), "{:?}", outbox(&w));
    assert_eq!(w.truth.wrap_ups_of(case).filter(|x| !x.late).count(), 1);
    assert!(!w.said("came late"), "{:?}", w.toasts());
}

#[test]
fn a_wrap_up_that_comes_late_is_kept_and_said_to_be_late() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hello");
    let (case, epoch) = (w.truth_of(id).case, w.truth_of(id).epoch);
    w.link(false);
    // The lease ran out meanwhile, and Ben took over.
    w.happen(Actor::System, &Command::LoseLink { agent: ANA, since: w.now }).expect("lost");
    w.now = w.now.plus(crate::domain::routing::LOST_GRACE_MS);
    w.happen(Actor::System, &Command::RequeueLost { interaction: id, epoch }).expect("requeued");
    ben(&mut w, &Command::Pull { interaction: Some(id) });
    wraps_up(&mut w, id, epoch, case);
    back(&mut w);
    assert!(w.said("came late: Ben Okafor has the contact."), "{:?}", w.toasts());
    let late: Vec<_> = w.truth.wrap_ups_of(case).filter(|x| x.late).collect();
    assert_eq!(late.len(), 1, "kept, once");
    assert!(w.truth.messages_of(case).any(|m| m.body == "Told her the way."));
    assert_eq!(w.truth_of(id).owner, Some(BEN));
}

#[test]
fn what_was_asked_of_a_contact_that_went_elsewhere_is_refused_in_words() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hello");
    let (case, epoch) = (w.truth_of(id).case, w.truth_of(id).epoch);
    w.link(false);
    w.keys("rI look at it now.<ctrl-s>");
    w.keys("<esc>x");
    w.happen(Actor::System, &Command::LoseLink { agent: ANA, since: w.now }).expect("lost");
    let later = w.now.plus(crate::domain::routing::LOST_GRACE_MS);
    let before = std::mem::replace(&mut w.now, later);
    w.happen(Actor::System, &Command::RequeueLost { interaction: id, epoch }).expect("requeued");
    ben(&mut w, &Command::Pull { interaction: Some(id) });
    w.now = before.plus(MINUTE);
    back(&mut w);
    let all = outbox(&w);
    assert!(
        !all.is_empty() && all.iter().all(|(_, s)| matches!(s, LineState::Refused(why, _) if why.contains("Ben"))),
        "{all:?}"
    );
    assert!(w.truth.messages_of(case).all(|m| m.body != "I look at it now."), "two never answer one customer");
    assert_eq!(w.draft(DraftField::Reply), "I look at it now.", "the words are kept");
}

#[test]
fn a_chat_reply_that_found_no_link_is_asked_about_again() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hello");
    let case = w.truth_of(id).case;
    w.desk.settings.chat_wait_ms = 2 * MINUTE;
    w.link(false);
    w.keys("rGood morning<ctrl-s><esc>");
    w.wait(MINUTE);
    assert_eq!(outbox(&w)[0].1, LineState::Waiting);
    w.wait(MINUTE);
    assert_eq!((outbox(&w)[0].1.clone(), w.overlay()), (LineState::Lapsed, "outbox"));
    assert!(w.said("Not sent for 2 min"), "{:?}", w.toasts());
    back(&mut w);
    assert!(w.truth.messages_of(case).all(|m| m.body != "Good morning"), "not without being asked for");
    // Edited: the words are in the field again.
    w.keys("e");
    assert_eq!(w.draft(DraftField::Reply), "Good morning");
    assert!(outbox(&w).is_empty(), "{:?}", outbox(&w));
    // And the other way: sent after all.
    w.link(false);
    w.keys("<ctrl-s><esc>");
    w.wait(2 * MINUTE);
    w.keys("r");
    back(&mut w);
    assert!(w.truth.messages_of(case).any(|m| m.body == "Good morning"), "{:?}", outbox(&w));
}

#[test]
fn the_link_says_how_it_does() {
    let mut w = World::new();
    let now = w.now;
    let gap = |from: i64, to: Option<i64>| Gap { from: now.plus(from), to: to.map(|to| now.plus(to)) };
    let mut link = LinkStatus {
        state: LinkState::Live,
        rtt_ms: Some(612),
        seen_at: Some(now),
        history_at: None,
        seen_seq: 4_711,
        coming: Some((600, 1_000)),
        stage: Stage::History,
        rate: Some(1_130),
        thin: true,
        spent: vec![
            Spent { from: now.plus(-DAY), down: 9_000_000, up: 9_000_000 },
            Spent { from: now.plus(-MINUTE), down: 212_400, up: 18_000 },
        ],
        gaps: vec![gap(-10 * MINUTE, Some(-8 * MINUTE)), gap(-5 * MINUTE, Some(-4 * MINUTE))],
        ..LinkStatus::default()
    };
    w.tell(Incoming::Link(link.clone()));
    assert_eq!(status::link(&w.desk, w.now).0, "thin link 600 ms · all sent · loading history 40%");
    let said = status::link_lines(&w.desk, w.now);
    assert_eq!(
        said[1..],
        [
            "Everything up to 4711 is here.",
            "600 rows of history to come, then article texts",
            "Round trip 612 ms · about 1.1 kB/s · thin link on, by itself (g b)",
            "Today 212.4 kB in, 18.0 kB out · link lost 2 times, 3 min in all",
        ]
    );
    let aged = |by: i64| LinkStatus { history_at: Some(now.plus(-by)), ..link.clone() };
    let says = |w: &World| status::link_lines(&w.desk, w.now)[2].starts_with("Colleagues' cases are as of ");
    w.tell(Incoming::Link(aged(20 * MINUTE)));
    assert!(says(&w), "what waits for company is not silently old");
    w.keys("R");
    assert!(w.other.contains(&Effect::RetryLink) && w.said("asked for"), "{:?}", w.other);
    w.tell(Incoming::Link(aged(MINUTE)));
    assert!(!says(&w));
    w.keys("gb");
    assert!(w.other.contains(&Effect::UseLine(Thin::On)), "{:?}", w.other);
    assert!(w.said("Thin-link mode is on"));
    // What has waited for long is named.
    w.takes(Channel::Email, "Hello");
    w.link(false);
    w.keys("nLater.<ctrl-s>");
    w.now = w.now.plus(26 * HOUR);
    link.state = LinkState::Lost;
    w.tell(Incoming::Link(link));
    let said = status::link_lines(&w.desk, w.now).join("\n");
    assert!(said.contains("The oldest has waited 26 h"), "{said}");
    w.keys("o");
    let before = w.other.len();
    w.keys("f");
    assert_eq!(w.other[before..], [Effect::WorkOffline(true)]);
}

#[test]
fn the_words_of_a_refusal_name_who() {
    let now = At(10 * MINUTE);
    let say = |to: &str, by: &str| Refusal::Assigned { to: to.into(), by: by.into(), at: At(0) }.sentence(now);
    assert_eq!(say("Ben", "Ben"), "Ben took the case 10 min ago.");
    assert_eq!(say("Ben", "Lea"), "Lea gave the case to Ben 10 min ago.");
    assert_eq!(say("", "Lea"), "Lea made it nobody's case 10 min ago.");
    assert_eq!(say("Ben", ""), "It is Ben's case meanwhile.");
}
