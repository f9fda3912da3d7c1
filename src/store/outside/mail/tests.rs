//! Each verb, and that nothing is done twice or half.

use super::*;

fn outside() -> (tempfile::TempDir, Outside) {
    let folder = tempfile::tempdir().expect("a folder");
    let outside = Outside::open(folder.path()).expect("opens");
    (folder, outside)
}

fn cursor(uid: u32) -> Cursor {
    Cursor { folder: "INBOX".into(), validity: 7, uid, old: 2, since: At(5) }
}

fn thread(interaction: Option<u64>) -> Thread {
    let interaction = interaction.map(InteractionId);
    Thread { mailbox: "support".into(), interaction, uid: (1, 7), thread: "{}".into() }
}

fn arrived(outside: &Outside, mark: &str, uid: u32, case: u64) {
    let thread = thread(Some(9));
    outside.plan_mail("support", mark, "hash", Planned::default(), At(10)).expect("writes");
    let ids = [format!("{mark}@x.org")];
    let done = Done {
        mailbox: "support",
        mark,
        words: "",
        opened: true,
        thread: Some((CaseId(case), &thread, &ids)),
        cursor: &cursor(uid),
    };
    outside.mail_done(&done).expect("writes");
}

#[test]
fn a_plan_holds_once_it_was_made() {
    let (folder, outside) = outside();
    let first = Planned { case: Some(CaseId(1)), interaction: Some(InteractionId(2)), done: false };
    assert_eq!(outside.plan_mail("support", "m", "s", first, At(1)).expect("writes"), first);
    assert_eq!(outside.plan_mail("support", "m", "s", Planned::default(), At(1)).expect("writes"), first);
    // The same mail in another mailbox is another.
    assert_eq!(outside.planned_mail("sales", "m").expect("reads"), None);
    outside.replan_mail("support", "m").expect("writes");
    drop(outside);
    let again = Outside::open(folder.path()).expect("opens");
    assert_eq!(again.planned_mail("support", "m").expect("reads"), Some(Planned { interaction: None, ..first }));
}

#[test]
fn a_mail_that_is_done_moves_the_mailbox_on_and_is_known_by_its_id() {
    let (_folder, outside) = outside();
    assert_eq!(outside.mail_cursor("support").expect("reads"), None);
    arrived(&outside, "a", 4, 1);
    assert_eq!(outside.mail_cursor("support").expect("reads"), Some(cursor(4)));
    assert_eq!(outside.mail_case("a@x.org").expect("reads"), Some(CaseId(1)));
    assert_eq!(outside.mail_case("b@x.org").expect("reads"), None);
    assert!(outside.planned_mail("support", "a").expect("reads").expect("there").done);
    assert_eq!(outside.mail_thread(CaseId(1)).expect("reads"), Some(thread(Some(9))));
    assert_eq!(outside.mails_opened_by("hash", At(10)).expect("reads"), 1);
    assert_eq!(outside.mails_opened_by("hash", At(11)).expect("reads"), 0);
}

fn kept<'a>(case: u64, held: &'a [CaseId], body: &'a str) -> Kept<'a> {
    Kept { message: MessageId(3), case: CaseId(case), held, body, to: "null", at: At(20) }
}

#[test]
fn an_answer_on_merged_cases_goes_on_with_the_newest_that_has_a_correspondence() {
    let (_folder, outside) = outside();
    arrived(&outside, "a", 4, 1);
    arrived(&outside, "b", 5, 2);
    assert!(!outside.keep_answer("support", &kept(8, &[CaseId(7)], "w")).expect("writes"));
    assert!(outside.keep_answer("support", &kept(8, &[CaseId(7), CaseId(2), CaseId(1)], "w")).expect("writes"));
    let out = outside.answer(MessageId(3)).expect("reads").expect("there");
    assert_eq!((out.case, out.thread), (CaseId(8), CaseId(2)));
}

#[test]
fn an_answer_is_kept_once_and_only_by_its_mailbox() {
    let (_folder, outside) = outside();
    arrived(&outside, "a", 4, 1);
    let keep =
        |mailbox: &str, case: u64, body: &str| outside.keep_answer(mailbox, &kept(case, &[], body)).expect("writes");
    assert!(!keep("sales", 1, "no"));
    assert!(!keep("support", 2, "no"));
    assert!(keep("support", 1, "first"));
    assert!(keep("support", 1, "again"));
    let due = outside.answers_due("support", At(20), 10).expect("reads");
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].body.as_str(), due[0].state), ("first", State::Queued));
    assert_eq!(outside.answers_waiting("support").expect("reads"), (1, Some(At(20))));
}

#[test]
fn an_answer_goes_from_state_to_state_and_leaves_no_words_behind() {
    let (_folder, outside) = outside();
    arrived(&outside, "a", 4, 1);
    let id = MessageId(3);
    outside.keep_answer("support", &kept(1, &[], "words")).expect("writes");
    outside.answer_made(id, b"raw", "a@x.org\nb@x.org", "ours@y.org").expect("writes");
    assert_eq!(outside.mail_case("ours@y.org").expect("reads"), Some(CaseId(1)));
    outside.answer_stands(id, State::Queued, At(50), true, "busy").expect("writes");
    assert!(outside.answers_due("support", At(49), 10).expect("reads").is_empty());
    for state in State::ALL {
        outside.answer_stands(id, state, At(50), false, "w").expect("writes");
        let now = outside.answer(id).expect("reads").expect("there");
        assert_eq!((now.state, now.tries), (state, 1));
        assert_eq!(outside.answers_due("support", At(50), 10).expect("reads").is_empty(), state.is_over(), "{state:?}");
    }
    let over = outside.answer(id).expect("reads").expect("there");
    assert_eq!((over.raw, over.body.as_str()), (None, ""));
}

#[test]
fn the_key_is_made_once() {
    let (_folder, outside) = outside();
    assert_eq!(outside.mail_key([1; 32]).expect("writes"), [1; 32]);
    assert_eq!(outside.mail_key([2; 32]).expect("writes"), [1; 32]);
}
