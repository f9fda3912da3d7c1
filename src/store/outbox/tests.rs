//! Tests of the outbox: numbers without gaps, drafts, what survives a crash.

use std::fs;

use super::*;
use crate::domain::ids::{CaseId, InteractionId, MessageId};
use crate::domain::people::Presence;
use crate::domain::time::DAY;

fn note(text: &str) -> Command {
    Command::AddNote { case: CaseId(7), body: text.into(), from: vec![] }
}

fn presence(to: Presence) -> Command {
    Command::SetPresence { to }
}

fn draft(field: DraftField, body: &str) -> Draft {
    Draft {
        key: DraftKey { case: CaseId(7), field },
        body: body.into(),
        base: Some(MessageId(3)),
        meta: "reason=4".into(),
        at: At(5),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(dir: &Path) -> Outbox {
    Outbox::open(dir, 99).expect("opens")
}

fn numbers(items: &[Item]) -> Vec<Option<u64>> {
    items.iter().map(|i| i.n).collect()
}

fn keys(items: &[Item]) -> Vec<u64> {
    items.iter().map(|i| i.key).collect()
}

/// What a killed process leaves behind: the files as they lie, the log included.
fn killed(dir: &Path) -> tempfile::TempDir {
    let copy = folder();
    for entry in fs::read_dir(dir).expect("lists") {
        let entry = entry.expect("an entry");
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copies");
        }
    }
    copy
}

#[test]
fn a_command_is_numbered_when_handed_out_and_kept_until_answered() {
    let dir = folder();
    let mut outbox = open(dir.path());
    assert_eq!((outbox.incarnation(), outbox.highest()), (99, 0));
    let a = outbox.submit(&note("a"), At(1), None, Turn::default()).expect("submits").0;
    let b = outbox.submit(&note("b"), At(2), None, Turn::default()).expect("submits").0;
    assert_eq!((a.n, b.n), (None, None));
    assert_eq!(numbers(&outbox.after(0).expect("lists")), [Some(1), Some(2)]);
    assert_eq!(numbers(&outbox.after(1).expect("lists")), [Some(2)]);

    outbox.set_linked(true);
    let c = outbox.submit(&note("c"), At(3), None, Turn::default()).expect("submits").0;
    assert_eq!(c.n, Some(3));
    assert_eq!(outbox.highest(), 3);

    let done = outbox.answered(1, 50, None, At(10)).expect("stores").expect("it waited");
    assert_eq!((done.key, done.state), (a.key, State::Done { seq: 50 }));
    assert_eq!(outbox.answered(1, 50, None, At(10)).expect("stores"), None);
    assert_eq!(keys(&outbox.unanswered().expect("lists")), [b.key, c.key]);
    assert_eq!(keys(&outbox.done_beyond(49).expect("lists")), [a.key]);
    assert!(outbox.done_beyond(50).expect("lists").is_empty());

    let refusal = Refusal::gone("case 7");
    outbox.answered(2, 0, Some(&refusal), At(11)).expect("stores");
    let refused = outbox.refused().expect("lists");
    assert_eq!(refused[0].state, State::Refused(refusal));
    assert_eq!(refused[0].command.words(), Some("b"));
}

#[test]
fn everything_survives_a_killed_process() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.submit(&note("a"), At(1), None, Turn::default()).expect("submits");
    outbox.after(0).expect("lists");
    outbox.submit(&note("b"), At(2), None, Turn::default()).expect("submits");
    outbox.keep_drafts(&[draft(DraftField::Reply, "Dear D")], &[]).expect("saves");
    outbox.set_setting("server", Some("wss://desk.example:7400")).expect("sets");
    let left = killed(dir.path());
    let mut outbox = Outbox::open(left.path(), 1).expect("opens");
    assert_eq!(outbox.incarnation(), 99, "the first number stays");
    assert_eq!(outbox.highest(), 1);
    assert_eq!(numbers(&outbox.unanswered().expect("lists")), [Some(1), None]);
    assert_eq!(numbers(&outbox.after(0).expect("lists")), [Some(1), Some(2)]);
    assert_eq!(outbox.drafts().expect("lists"), [draft(DraftField::Reply, "Dear D")]);
    assert_eq!(outbox.setting("server").expect("reads").as_deref(), Some("wss://desk.example:7400"));
    outbox.set_setting("server", None).expect("forgets");
    assert_eq!(outbox.setting("server").expect("reads"), None);
}

#[test]
fn submitting_a_draft_drops_it_in_the_same_breath() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.keep_drafts(&[draft(DraftField::Note, "first")], &[]).expect("saves");
    outbox.keep_drafts(&[draft(DraftField::Note, "second")], &[]).expect("saves");
    outbox.keep_drafts(&[draft(DraftField::Reply, "other")], &[]).expect("saves");
    let key = DraftKey { case: CaseId(7), field: DraftField::Note };
    outbox.submit(&note("second"), At(1), Some(key), Turn::default()).expect("submits");
    let left = killed(dir.path());
    let outbox = Outbox::open(left.path(), 1).expect("opens");
    assert_eq!(outbox.drafts().expect("lists"), [draft(DraftField::Reply, "other")]);
    assert_eq!(outbox.unanswered().expect("lists")[0].command, note("second"));
}

#[test]
fn words_that_move_between_drafts_are_always_in_one_of_them() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.keep_drafts(&[draft(DraftField::Note, "words")], &[]).expect("saves");
    let pages: u32 = outbox.db.with(|c| c.pragma_query_value(None, "page_count", |r| r.get(0))).expect("reads");
    outbox.db.with(|c| c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))).expect("sets");
    let gone = draft(DraftField::Note, "").key;
    outbox.keep_drafts(&[draft(DraftField::WrapUp, &"words ".repeat(20_000))], &[gone]).expect_err("no room");
    assert_eq!(outbox.drafts().expect("lists"), [draft(DraftField::Note, "words")]);
    outbox.keep_drafts(&[draft(DraftField::WrapUp, "words")], &[gone]).expect("moves");
    assert_eq!(outbox.drafts().expect("lists"), [draft(DraftField::WrapUp, "words")]);
}

#[test]
fn only_what_was_never_handed_out_can_be_taken_back_and_no_gap_is_left() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let sent = outbox.submit(&note("sent"), At(1), None, Turn::default()).expect("submits").0;
    outbox.after(0).expect("lists");
    let unsent = outbox.submit(&note("unsent"), At(2), None, Turn::default()).expect("submits").0;
    let later = outbox.submit(&note("later"), At(3), None, Turn::default()).expect("submits").0;
    assert!(!outbox.withdraw(sent.key).expect("asks"), "only the server can say what becomes of it");
    assert!(outbox.withdraw(unsent.key).expect("asks"));
    assert!(!outbox.withdraw(unsent.key).expect("asks"));
    let items = outbox.after(0).expect("lists");
    assert_eq!(numbers(&items), [Some(1), Some(2)]);
    assert_eq!(keys(&items), [sent.key, later.key]);

    outbox.answered(1, 0, Some(&Refusal::NothingWaits), At(4)).expect("stores");
    assert!(!outbox.withdraw(sent.key).expect("asks"));
    outbox.discard(sent.key).expect("puts away");
    assert!(outbox.refused().expect("lists").is_empty());
    assert_eq!(outbox.highest(), 2, "its number stays taken");
}

#[test]
fn of_presence_only_the_newest_waits() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let first = outbox.submit(&presence(Presence::Ready), At(1), None, Turn::default()).expect("submits").0;
    outbox.submit(&note("between"), At(2), None, Turn::default()).expect("submits");
    let second = outbox.submit(&presence(Presence::Away), At(3), None, Turn::default()).expect("submits").0;
    assert_eq!(first.key, second.key);
    let items = outbox.after(0).expect("lists");
    assert_eq!(numbers(&items), [Some(1), Some(2)]);
    assert_eq!((&items[0].command, items[0].at), (&presence(Presence::Away), At(3)));
    let third = outbox.submit(&presence(Presence::Ready), At(4), None, Turn::default()).expect("submits").0;
    assert_ne!(third.key, second.key, "the second one may be on its way");
    assert_eq!(numbers(&outbox.after(2).expect("lists")), [Some(3)]);
}

#[test]
fn a_server_that_forgot_gets_it_again_for_seven_days() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.set_linked(true);
    for (text, at) in [("a", 0), ("b", DAY), ("c", 2 * DAY)] {
        let n = outbox.submit(&note(text), At(at), None, Turn::default()).expect("submits").0.n.expect("a number");
        outbox.answered(n, n * 10, None, At(at)).expect("stores");
    }
    assert_eq!(outbox.rewind(3).expect("rewinds"), Rewound::Nothing);
    assert_eq!(outbox.rewind(1).expect("rewinds"), Rewound::Again(2));
    assert_eq!(numbers(&outbox.after(1).expect("lists")), [Some(2), Some(3)]);
    for n in [2, 3] {
        outbox.answered(n, n * 10, None, At(2 * DAY)).expect("stores");
    }
    assert_eq!(outbox.prune(At(7 * DAY)).expect("prunes"), 0);
    assert_eq!(outbox.prune(At(8 * DAY)).expect("prunes"), 1);
    assert_eq!(outbox.rewind(1).expect("rewinds"), Rewound::Again(2));
    assert_eq!(outbox.rewind(0).expect("rewinds"), Rewound::Broken);
    assert_eq!(outbox.rewind(4).expect("rewinds"), Rewound::Broken);

    let items = outbox.new_incarnation(7, false).expect("begins anew");
    assert_eq!(items.len(), 2);
    assert_eq!((outbox.incarnation(), outbox.highest()), (7, 0));
    assert_eq!(numbers(&outbox.after(0).expect("lists")), [Some(1), Some(2)]);
}

#[test]
fn a_cloned_outbox_asks_before_it_sends_again() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let sent = outbox.submit(&note("sent"), At(1), None, Turn::default()).expect("submits").0;
    let other = outbox.submit(&note("other"), At(1), None, Turn::default()).expect("submits").0;
    outbox.after(0).expect("lists");
    let fresh = outbox.submit(&note("fresh"), At(2), None, Turn::default()).expect("submits").0;
    let asked = outbox.new_incarnation(8, true).expect("begins anew");
    assert_eq!(keys(&asked), [sent.key, other.key]);
    assert_eq!(keys(&outbox.after(0).expect("lists")), [fresh.key]);
    let left = killed(dir.path());
    let mut outbox = Outbox::open(left.path(), 1).expect("opens");
    assert_eq!((outbox.incarnation(), outbox.highest()), (8, 1));
    assert_eq!(outbox.unanswered().expect("lists")[0].state, State::Doubtful);
    assert!(outbox.confirm(sent.key).expect("confirms"));
    assert!(!outbox.confirm(sent.key).expect("confirms"));
    assert!(outbox.withdraw(other.key).expect("asks"));
    let items = outbox.after(1).expect("lists");
    assert_eq!((keys(&items), numbers(&items)), (vec![sent.key], vec![Some(2)]));
}

#[test]
fn a_full_disk_refuses_the_command_and_keeps_the_draft() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.keep_drafts(&[draft(DraftField::Note, "typed")], &[]).expect("saves");
    let pages: u32 = outbox.db.with(|c| c.pragma_query_value(None, "page_count", |r| r.get(0))).expect("reads");
    outbox.db.with(|c| c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))).expect("sets");
    let key = DraftKey { case: CaseId(7), field: DraftField::Note };
    let error = outbox.submit(&note(&"long ".repeat(20_000)), At(1), Some(key), Turn::default());
    assert!(matches!(error, Err(StoreError::Full { .. })), "{error:?}");
    assert_eq!(outbox.drafts().expect("lists").len(), 1);
    assert!(outbox.unanswered().expect("lists").is_empty());
    let item = outbox.submit(&note("short"), At(1), Some(key), Turn::default()).expect("a short one fits").0;
    assert_eq!(outbox.after(0).expect("lists")[0].key, item.key);
}

#[test]
fn two_desks_on_one_outbox_are_told_apart() {
    let dir = folder();
    let _first = open(dir.path());
    let error = Outbox::open(dir.path(), 1).expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
}

#[test]
fn a_command_nobody_can_read_is_damage_and_not_a_panic() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let item = outbox
        .submit(&Command::Pull { interaction: Some(InteractionId(1)) }, At(1), None, Turn::default())
        .expect("submits")
        .0;
    outbox.db.with(|c| c.execute("UPDATE item SET command = '{\"dance\":1}'", [])).expect("writes");
    let error = outbox.unanswered().expect_err("unreadable");
    assert!(error.to_string().contains(&format!("command {} cannot be read", item.key)), "{error}");
}

fn held(case: u64, until: i64) -> Turn {
    Turn { case: Some(CaseId(case)), until: Some(At(until)), lapses: None }
}

#[test]
fn a_held_command_has_no_number_before_its_time_and_can_be_taken_back() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.set_linked(true);
    let first = outbox.submit(&note("first"), At(1), None, held(7, 5_000)).expect("submits").0;
    let other = outbox.submit(&note("other"), At(2), None, Turn::default()).expect("submits").0;
    assert_eq!((first.n, other.n), (None, Some(1)), "what is held leaves no gap");
    assert_eq!(outbox.next_release().expect("reads"), Some(At(5_000)));
    // A power cut later it is still held.
    let left = killed(dir.path());
    let mut outbox = Outbox::open(left.path(), 8).expect("opens");
    assert_eq!(outbox.unanswered().expect("lists")[0].state, State::Held { until: At(5_000) });
    assert_eq!(keys(&outbox.after(0).expect("lists")), [other.key]);
    assert!(outbox.release(At(4_999)).expect("looks").is_empty());
    assert_eq!(keys(&outbox.release(At(5_000)).expect("lets go")), [first.key]);
    assert_eq!(numbers(&outbox.after(1).expect("lists")), [Some(2)]);
    assert!(!outbox.withdraw(first.key).expect("asks"), "it has left");
    let second = outbox.submit(&note("second"), At(6_000), None, held(7, 11_000)).expect("submits").0;
    assert!(outbox.withdraw(second.key).expect("asks"));
    assert_eq!(outbox.next_release().expect("reads"), None);
    assert!(outbox.release(At(11_000)).expect("lets go").is_empty());
}

#[test]
fn commands_of_one_case_leave_in_the_order_in_which_they_were_given() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.set_linked(true);
    let of = |case| Turn { case: Some(CaseId(case)), until: None, lapses: None };
    let reply = outbox.submit(&note("reply"), At(1), None, held(7, 5_000)).expect("submits").0;
    let tags = Command::EditTags { case: CaseId(7), add: vec!["vip".into()], remove: vec![] };
    let follows = outbox.submit(&tags, At(2), None, of(7)).expect("submits").0;
    assert_eq!(follows.state, State::Held { until: At(5_000) }, "it waits with the reply");
    let elsewhere = outbox.submit(&note("elsewhere"), At(3), None, of(8)).expect("submits").0;
    assert_eq!(elsewhere.n, Some(1), "another case does not wait");
    // Others wait for the end of a contact: it goes at once, and what was done before it goes before it.
    let end = Command::EndContact { interaction: InteractionId(1), epoch: 1 };
    let (end, released) = outbox.submit(&end, At(4), None, of(7)).expect("submits");
    assert_eq!(keys(&released), [reply.key, follows.key]);
    assert_eq!(end.n, Some(4));
    assert_eq!(keys(&outbox.after(1).expect("lists")), [reply.key, follows.key, end.key]);
    // A later reply never overtakes an earlier one, whatever the clock did in between.
    outbox.submit(&note("one"), At(9_000), None, held(7, 14_000)).expect("submits");
    let two = outbox.submit(&note("two"), At(3_000), None, held(7, 8_000)).expect("submits").0;
    assert_eq!(two.state, State::Held { until: At(14_000) });
}

#[test]
fn words_stay_in_their_row_until_a_draft_holds_them() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let taken = outbox.submit(&note("taken"), At(1), None, Turn::default()).expect("submits").0;
    assert!(outbox.withdraw(taken.key).expect("asks"));
    // The desk dies before the words are in a draft.
    let left = killed(dir.path());
    let mut outbox = Outbox::open(left.path(), 8).expect("opens");
    assert!(outbox.after(0).expect("lists").is_empty(), "it is never sent");
    let kept = outbox.withdrawn().expect("lists");
    assert_eq!((kept[0].state.clone(), kept[0].command.clone()), (State::Withdrawn, note("taken")));
    outbox.give_back(taken.key, Some(&draft(DraftField::Note, "taken"))).expect("keeps");
    assert!(outbox.withdrawn().expect("lists").is_empty());
    assert_eq!(outbox.drafts().expect("lists")[0].body, "taken");

    let sent = outbox.submit(&note("refused"), At(2), None, Turn::default()).expect("submits").0;
    outbox.after(0).expect("lists");
    outbox.answered(1, 0, Some(&Refusal::NothingWaits), At(3)).expect("stores");
    assert!(!outbox.refused().expect("lists")[0].returned);
    outbox.give_back(sent.key, Some(&draft(DraftField::Note, "refused"))).expect("keeps");
    assert!(outbox.refused().expect("lists")[0].returned, "it is listed until it is put away");
}
