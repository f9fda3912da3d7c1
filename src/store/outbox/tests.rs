//! Tests of the outbox: numbers without gaps, drafts, what survives a crash.

use std::fs;

use super::*;
use crate::domain::ids::{CaseId, InteractionId, MessageId};
use crate::domain::people::Presence;
use crate::domain::time::DAY;

fn note(text: &str) -> Command {
    Command::AddNote { case: CaseId(7), body: text.into() }
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
    let a = outbox.submit(&note("a"), At(1), None).expect("submits");
    let b = outbox.submit(&note("b"), At(2), None).expect("submits");
    assert_eq!((a.n, b.n), (None, None));
    assert_eq!(numbers(&outbox.after(0).expect("lists")), [Some(1), Some(2)]);
    assert_eq!(numbers(&outbox.after(1).expect("lists")), [Some(2)]);

    outbox.set_linked(true);
    let c = outbox.submit(&note("c"), At(3), None).expect("submits");
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
    outbox.submit(&note("a"), At(1), None).expect("submits");
    outbox.after(0).expect("lists");
    outbox.submit(&note("b"), At(2), None).expect("submits");
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
    outbox.submit(&note("second"), At(1), Some(key)).expect("submits");
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
    let sent = outbox.submit(&note("sent"), At(1), None).expect("submits");
    outbox.after(0).expect("lists");
    let unsent = outbox.submit(&note("unsent"), At(2), None).expect("submits");
    let later = outbox.submit(&note("later"), At(3), None).expect("submits");
    assert_eq!(outbox.withdraw(sent.key).expect("asks"), Withdrawal::TooLate);
    assert_eq!(outbox.withdraw(unsent.key).expect("asks"), Withdrawal::Taken(note("unsent")));
    assert_eq!(outbox.withdraw(unsent.key).expect("asks"), Withdrawal::Unknown);
    let items = outbox.after(0).expect("lists");
    assert_eq!(numbers(&items), [Some(1), Some(2)]);
    assert_eq!(keys(&items), [sent.key, later.key]);

    outbox.answered(1, 0, Some(&Refusal::NothingWaits), At(4)).expect("stores");
    assert_eq!(outbox.withdraw(sent.key).expect("asks"), Withdrawal::Dismissed(note("sent")));
    assert!(outbox.refused().expect("lists").is_empty());
    assert_eq!(outbox.highest(), 2, "its number stays taken");
}

#[test]
fn of_presence_only_the_newest_waits() {
    let dir = folder();
    let mut outbox = open(dir.path());
    let first = outbox.submit(&presence(Presence::Ready), At(1), None).expect("submits");
    outbox.submit(&note("between"), At(2), None).expect("submits");
    let second = outbox.submit(&presence(Presence::Away), At(3), None).expect("submits");
    assert_eq!(first.key, second.key);
    let items = outbox.after(0).expect("lists");
    assert_eq!(numbers(&items), [Some(1), Some(2)]);
    assert_eq!((&items[0].command, items[0].at), (&presence(Presence::Away), At(3)));
    let third = outbox.submit(&presence(Presence::Ready), At(4), None).expect("submits");
    assert_ne!(third.key, second.key, "the second one may be on its way");
    assert_eq!(numbers(&outbox.after(2).expect("lists")), [Some(3)]);
}

#[test]
fn a_server_that_forgot_gets_it_again_for_seven_days() {
    let dir = folder();
    let mut outbox = open(dir.path());
    outbox.set_linked(true);
    for (text, at) in [("a", 0), ("b", DAY), ("c", 2 * DAY)] {
        let n = outbox.submit(&note(text), At(at), None).expect("submits").n.expect("a number");
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
    let sent = outbox.submit(&note("sent"), At(1), None).expect("submits");
    let other = outbox.submit(&note("other"), At(1), None).expect("submits");
    outbox.after(0).expect("lists");
    let fresh = outbox.submit(&note("fresh"), At(2), None).expect("submits");
    let asked = outbox.new_incarnation(8, true).expect("begins anew");
    assert_eq!(keys(&asked), [sent.key, other.key]);
    assert_eq!(keys(&outbox.after(0).expect("lists")), [fresh.key]);
    let left = killed(dir.path());
    let mut outbox = Outbox::open(left.path(), 1).expect("opens");
    assert_eq!((outbox.incarnation(), outbox.highest()), (8, 1));
    assert_eq!(outbox.unanswered().expect("lists")[0].state, State::Doubtful);
    assert!(outbox.confirm(sent.key).expect("confirms"));
    assert!(!outbox.confirm(sent.key).expect("confirms"));
    assert_eq!(outbox.withdraw(other.key).expect("asks"), Withdrawal::Taken(note("other")));
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
    let error = outbox.submit(&note(&"long ".repeat(20_000)), At(1), Some(key));
    assert!(matches!(error, Err(StoreError::Full { .. })), "{error:?}");
    assert_eq!(outbox.drafts().expect("lists").len(), 1);
    assert!(outbox.unanswered().expect("lists").is_empty());
    let item = outbox.submit(&note("short"), At(1), Some(key)).expect("a short one fits");
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
    let item = outbox.submit(&Command::Pull { interaction: Some(InteractionId(1)) }, At(1), None).expect("submits");
    outbox.db.with(|c| c.execute("UPDATE item SET command = '{\"dance\":1}'", [])).expect("writes");
    let error = outbox.unanswered().expect_err("unreadable");
    assert!(error.to_string().contains(&format!("command {} cannot be read", item.key)), "{error}");
}
