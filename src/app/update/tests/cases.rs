//! Many cases at once: views, marks, bulk changes with a preview and one undo; merging and taking apart.

use super::*;
use crate::domain::ids::CaseId;
use crate::domain::ties::LinkKind;

const OLD_BILL: CaseId = CaseId(900);
const LOST_PHONE: CaseId = CaseId(901);

fn chooser(w: &World) -> &crate::app::overlays::chooser::Chooser {
    match w.desk.top() {
        Some(Overlay::Chooser(chooser)) => chooser,
        other => panic!("no list is open but {other:?}"),
    }
}

fn confirm(w: &World) -> String {
    match w.desk.top() {
        Some(Overlay::Confirm(confirm)) => format!("{}\n{}", confirm.title, confirm.lines.join("\n")),
        other => panic!("nothing is asked but {other:?}"),
    }
}

/// Opens the list of a view as typed.
fn view(w: &mut World, text: &str) {
    w.keys("V");
    w.keys(text);
    w.keys("<end><enter>");
    while w.overlay() == "chooser" && chooser(w).title == "Views of cases" {
        w.keys("<down><enter>");
    }
}

fn status(w: &World, case: CaseId) -> Status {
    w.truth.case(case).expect("there").status
}

#[test]
fn a_view_lists_its_cases_and_enter_opens_one() {
    let mut w = World::new();
    view(&mut w, "status:solved tag:bill");
    assert_eq!(chooser(&w).title, "Cases · 2 cases");
    w.keys(" \"phone\"");
    assert_eq!(chooser(&w).title, "Cases · 1 case");
    w.keys(" stauts:open");
    assert!(chooser(&w).sentence.starts_with("Column 32:"), "{}", chooser(&w).sentence);
    w.keys("<ctrl-u>\"phone\"<enter>");
    assert_eq!(w.desk.conversation.case, Some(LOST_PHONE));
}

#[test]
fn a_bulk_change_is_shown_first_and_taken_back_with_one_key() {
    let mut w = World::new();
    view(&mut w, "status:solved");
    w.keys("<ctrl-s>priority high<enter>");
    assert!(confirm(&w).contains("2 cases, none of them refused"), "{}", confirm(&w));
    assert_eq!(w.truth.case(OLD_BILL).expect("there").priority, Priority::Normal, "nothing happened yet");
    w.keys("y");
    let high = |w: &World| w.truth.cases().filter(|c| c.priority == Priority::High).count();
    assert_eq!(high(&w), 2, "{:?}", w.toasts());
    w.keys("<esc>u");
    assert_eq!(high(&w), 0, "{:?}", w.toasts());
    assert!(w.said("Taken back: priority high, 2 cases."), "{:?}", w.toasts());
    w.keys("u");
    assert!(w.said("There is nothing to take back."));
}

#[test]
fn only_the_marked_are_changed_and_refusals_are_named() {
    let mut w = World::new();
    view(&mut w, "status:solved");
    w.keys("<tab><ctrl-s>status open<enter>y");
    let open: Vec<_> = [OLD_BILL, LOST_PHONE].into_iter().filter(|c| status(&w, *c) == Status::Open).collect();
    assert_eq!(open.len(), 1);
    w.keys("<esc>u");
    assert!([OLD_BILL, LOST_PHONE].into_iter().all(|c| status(&w, c) == Status::Solved));
    // Ana is no lead: she gives cases to nobody but herself.
    view(&mut w, "status:solved");
    w.keys("<ctrl-s>assign to ben<enter>");
    assert_eq!(w.overlay(), "chooser");
    assert!(w.said("2 of them refused"), "{:?}", w.toasts());
}

#[test]
fn a_bulk_change_without_a_link_is_withdrawn_as_a_whole() {
    let mut w = World::new();
    w.link(false);
    view(&mut w, "status:solved");
    w.keys("<ctrl-s>tag vip<enter>y");
    assert_eq!(w.outbox.len(), 2);
    w.keys("<esc>u");
    assert!(w.outbox.is_empty() && w.said("It was not sent."), "{:?}", w.toasts());
}

#[test]
fn a_view_is_saved_listed_and_dropped() {
    let mut w = World::new();
    view(&mut w, "tag:bill");
    w.keys("<ctrl-s>save<enter>Bills<enter>");
    assert_eq!(
        w.truth.saved_views().map(|v| (v.name.as_str(), v.text.as_str())).collect::<Vec<_>>(),
        [("Bills", "tag:bill")]
    );
    w.keys("<esc>Vbills<enter>");
    assert_eq!(chooser(&w).title, "Bills · 2 cases");
    w.keys("<ctrl-s>drop<enter>");
    assert_eq!(w.truth.saved_views().count(), 0);
    w.keys("<esc>u");
    assert_eq!(w.truth.saved_views().count(), 1, "one key brings it back");
}

#[test]
fn merged_unmerged_and_back_with_undo() {
    let mut w = World::new();
    view(&mut w, "\"lost\"");
    w.keys("<enter>M900<enter>");
    assert!(confirm(&w).contains("#901 is closed and read within #900"), "{}", confirm(&w));
    w.keys("y");
    assert_eq!(w.truth.root(LOST_PHONE), OLD_BILL, "{:?}", w.toasts());
    w.keys("u");
    assert_eq!((w.truth.root(LOST_PHONE), status(&w, LOST_PHONE)), (LOST_PHONE, Status::Solved));
    w.keys("M900<enter>yU");
    assert_eq!(w.truth.root(LOST_PHONE), LOST_PHONE, "{:?}", w.toasts());
}

#[test]
fn a_problem_reaches_its_incidents_together() {
    let mut w = World::new();
    view(&mut w, "\"lost\"");
    w.keys("<enter>L900 <down><down><down><enter>");
    assert_eq!(
        w.truth.case(LOST_PHONE).and_then(|c| c.ties.to(OLD_BILL)),
        Some(LinkKind::Incident),
        "{:?}",
        w.toasts()
    );
    w.keys("rIt works again.<esc>I");
    assert_eq!(chooser(&w).title, "Incidents of #901 · 1 case");
    w.keys("<ctrl-s>written reply<enter>");
    assert!(confirm(&w).contains("send the reply"), "{}", confirm(&w));
    w.keys("y");
    assert!(w.truth.messages_of(OLD_BILL).any(|m| m.body == "It works again."), "{:?}", w.toasts());
}

#[test]
fn chosen_messages_become_a_case_of_their_own() {
    let mut w = World::new();
    w.takes(Channel::Email, "My bill is too high");
    let case = w.desk.conversation.case.expect("open");
    w.keys("nAlso lost the phone<ctrl-s><esc>");
    w.keys("gx<down><enter>");
    let new = w.truth.cases().find(|c| c.ties.split_from == Some(case)).expect("a new case").id;
    assert_eq!(w.truth.messages_of(new).map(|m| m.body.as_str()).collect::<Vec<_>>(), ["Also lost the phone"]);
    assert_eq!(w.truth.messages_of(case).count(), 1);
    w.keys("u");
    assert!(w.said("Taken back: split case"), "{:?}", w.toasts());
    assert_eq!((w.truth.messages_of(case).count(), w.truth.case(new)), (2, None));
}

#[test]
fn what_changed_elsewhere_meanwhile_is_still_taken_back() {
    let mut w = World::new();
    view(&mut w, "status:solved");
    w.keys("<ctrl-s>tag storm<enter>");
    // While it is asked, the cases change under it; they stay at hand.
    let high = |case| Command::SetPriority { case, priority: Priority::High };
    for case in [OLD_BILL, LOST_PHONE] {
        w.happen(Actor::Agent(BEN), &high(case)).expect("allowed");
    }
    w.keys("y<esc>");
    let stormy = |w: &World| w.truth.cases().filter(|c| c.tags.iter().any(|t| t == "storm")).count();
    assert_eq!(stormy(&w), 2, "{:?}", w.toasts());
    // All is confirmed, nothing waits, nothing is open: the desk lets go of cases that change.
    for case in [OLD_BILL, LOST_PHONE] {
        w.happen(Actor::Agent(BEN), &Command::AddNote { case, body: "Seen.".into(), from: vec![] }).expect("allowed");
        assert!(w.desk.mirror.base.case(case).is_none(), "it is not at hand any more");
    }
    w.keys("u");
    assert_eq!(stormy(&w), 0, "{:?}", w.toasts());
    assert!(w.said("Taken back: add tag storm, 2 cases."), "{:?}", w.toasts());
}

#[test]
fn a_status_in_the_houses_own_words_is_chosen_shown_and_taken_back() {
    let mut w = World::new();
    let waits = crate::domain::label::Label {
        id: LabelId(1),
        key: "parts".into(),
        name: "Waits for parts".into(),
        status: Status::Pending,
        active: true,
    };
    w.happen(Actor::Operator, &Command::Put { row: Box::new(waits.into()) }).expect("set");
    view(&mut w, "\"lost\"");
    w.keys("<enter>Sparts<enter>");
    let case = |w: &World| w.truth.case(LOST_PHONE).cloned().expect("there");
    assert_eq!((case(&w).status, case(&w).label), (Status::Pending, Some(LabelId(1))), "{:?}", w.toasts());
    let facts = |w: &World| conversation::head(&w.desk, w.now).expect("open").facts;
    assert!(facts(&w).contains(&"Waits for parts".to_owned()), "{:?}", facts(&w));
    w.keys("u");
    assert_eq!((case(&w).status, case(&w).label), (Status::Solved, None), "{:?}", w.toasts());
    // In bulk, found by the view, and without the label again.
    view(&mut w, "status:solved");
    w.keys("<ctrl-s>waits for parts<enter>y<esc>");
    view(&mut w, "label:parts");
    assert_eq!(chooser(&w).title, "Cases · 2 cases");
    assert!(chooser(&w).items[0].right.contains("Waits for parts"), "{:?}", chooser(&w).items[0]);
    w.keys("<esc>Spending<enter>");
    assert_eq!((case(&w).status, case(&w).label), (Status::Pending, None), "{:?}", w.toasts());
    w.keys("u");
    assert_eq!(case(&w).label, Some(LabelId(1)));
}

#[test]
fn a_checklist_is_ticked_added_to_and_asked_for_at_wrap_up() {
    use crate::domain::checklist::{Checklist, Demand, Wanted};
    let mut w = World::new();
    let item = |text: &str, must| Wanted { text: text.into(), must };
    let list = |id, demand, items| Checklist {
        id: ChecklistId(id),
        key: format!("list-{id}"),
        name: "List".into(),
        items,
        queues: vec![BILLING],
        reasons: vec![],
        demand,
        active: true,
    };
    let strict = list(1, Demand::Refuse, vec![item("Verify them", true)]);
    let mild = list(2, Demand::Warn, vec![item("Thank them", true), item("Offer a call", false)]);
    for list in [strict, mild] {
        w.happen(Actor::Operator, &Command::Put { row: Box::new(list.into()) }).expect("set");
    }
    let id = w.takes(Channel::Email, "My bill is too high");
    let case = w.truth_of(id).case;
    let fact =
        |w: &World, words: &str| conversation::head(&w.desk, w.now).expect("open").facts.iter().any(|f| f == words);
    assert!(fact(&w, "checklist 0 of 3"));
    w.keys("Koffer<enter>");
    let done = |w: &World| w.truth.case(case).expect("there").checks.iter().filter_map(|c| c.done).count();
    assert_eq!(done(&w), 1, "{:?}", w.toasts());
    w.keys("Ring back on Monday<enter>");
    assert!(chooser(&w).items.iter().any(|i| i.label == "Ring back on Monday"), "it stays open: {:?}", w.toasts());
    w.keys("<esc>u");
    assert!(w.said("Taken back: checklist on case"), "{:?}", w.toasts());
    assert!(fact(&w, "checklist 1 of 3"));
    w.keys("wplan<enter>1<enter>");
    assert!(w.said("still open: Verify them"), "{:?}", w.toasts());
    assert!(w.truth.interaction(id).is_some(), "it waits");
    w.keys("<ctrl-x>kverify<enter><esc>");
    assert_eq!(done(&w), 2, "{:?}", w.toasts());
    w.keys("<ctrl-s>");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    assert!(w.said("Still open on the checklist: Thank them."), "{:?}", w.toasts());
}

#[test]
fn what_was_done_to_a_case_stays_in_sight_until_its_rows_are_read() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "No network");
    let case = w.truth_of(id).case;
    w.keys(&format!("L{LOST_PHONE}"));
    w.keys(" incident");
    // The server answers and the feed passes it, but the cache is busy: nobody has read the rows.
    w.unread = Some(Vec::new());
    w.keys("<enter>");
    let linked = |w: &World, case| w.desk.view().case(case).is_some_and(|c| c.ties.incidents().next().is_some());
    assert!(linked(&w, case), "{:?} {:?}", w.toasts(), w.desk.mirror);
    assert!(w.desk.mirror.pending.is_empty(), "it is done and seen");
    w.keys("I");
    assert!(chooser(&w).title.starts_with("Incidents of"), "{:?}", w.toasts());
    w.keys("<esc>");
    w.read();
    assert!(linked(&w, case) && !w.desk.mirror.is_unread(case));
    // What is taken away later is gone: nothing holds on to what was read.
    let unlink = Command::LinkCases { case, to: LOST_PHONE, link: None };
    w.happen(Actor::Agent(BEN), &unlink).expect("Ben may");
    assert!(!linked(&w, case));
}
