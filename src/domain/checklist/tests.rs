//! Templates fit, items tick, mandatory ones are asked for; labels stay within their status.

use super::*;
use crate::domain::command::Command;
use crate::domain::decide::tests::{ANA, BILLING, Desk, TECH, wrap_up};
use crate::domain::ids::{CaseId, InteractionId, LabelId};
use crate::domain::label::{Label, standing};
use crate::domain::lint::LINTS;
use crate::domain::refusal::Refusal;
use crate::domain::work::{Channel, Status};

fn list(id: u64, demand: Demand, items: &[(&str, bool)]) -> Checklist {
    let items = items.iter().map(|(text, must)| Wanted { text: (*text).into(), must: *must }).collect();
    let (key, name) = (format!("list-{id}"), format!("List {id}"));
    let (queues, reasons) = (Vec::new(), Vec::new());
    Checklist { id: ChecklistId(id), key, name, items, queues, reasons, demand, active: true }
}

fn worked() -> (Desk, InteractionId, CaseId) {
    let mut desk = Desk::new();
    desk.ready(ANA);
    let id = desk.open(Channel::Chat, BILLING, Some("My bill is wrong."));
    desk.ask(ANA, Command::Pull { interaction: Some(id) }).expect("hers");
    let case = desk.get(id).case;
    (desk, id, case)
}

fn edit(case: CaseId, add: &[&str], remove: &[&str], tick: &[&str], untick: &[&str]) -> Command {
    let own = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect();
    Command::EditChecks { case, add: own(add), remove: own(remove), tick: own(tick), untick: own(untick) }
}

fn shown(desk: &Desk, case: CaseId) -> Vec<(String, bool)> {
    let case = desk.state.case(case).expect("there");
    lines(&desk.state, case, case.reason).iter().map(|l| (l.text.to_owned(), l.done.is_some())).collect()
}

#[test]
fn templates_are_on_the_cases_they_fit_and_only_what_was_done_is_stored() {
    let (mut desk, _, case) = worked();
    let billing =
        Checklist { queues: vec![BILLING], ..list(1, Demand::Warn, &[("Read the bill", true), ("Thank them", false)]) };
    desk.state.load(billing.into());
    desk.state.load(Checklist { queues: vec![TECH], ..list(2, Demand::Warn, &[("Ping it", true)]) }.into());
    desk.state
        .load(Checklist { reasons: vec![ReasonId(1)], ..list(3, Demand::Refuse, &[("Check the plan", true)]) }.into());
    assert_eq!(shown(&desk, case), [("Read the bill".into(), false), ("Thank them".into(), false)]);
    desk.ask(ANA, edit(case, &["Ring   back"], &[], &["Read the bill"], &[])).expect("done");
    assert_eq!(
        shown(&desk, case),
        [("Read the bill".into(), true), ("Thank them".into(), false), ("Ring back".into(), false)]
    );
    let row = desk.state.case(case).expect("there");
    assert_eq!(row.checks.len(), 2, "what a template wants and nobody did is not stored");
    assert_eq!(row.checks.iter().filter_map(|c| c.done).collect::<Vec<_>>(), [(ANA, desk.now)]);
    // For the reason given at wrap-up its list counts too.
    assert_eq!(open(&desk.state, row, Some(ReasonId(1)), Demand::Refuse), ["Check the plan"]);
    assert!(open(&desk.state, row, None, Demand::Refuse).is_empty());
    // Undone, it is as before.
    desk.ask(ANA, edit(case, &[], &["Ring back"], &[], &["Read the bill"])).expect("undone");
    assert!(desk.state.case(case).expect("there").checks.is_empty());
    assert_eq!(desk.ask(ANA, edit(case, &[], &[], &[], &["Read the bill"])).expect("nothing to do"), vec![]);
    assert!(matches!(desk.ask(ANA, edit(case, &[" "], &[], &[], &[])), Err(Refusal::Invalid { .. })));
}

#[test]
fn a_wrap_up_waits_for_what_the_house_insists_on() {
    let (mut desk, id, case) = worked();
    desk.state.load(list(1, Demand::Refuse, &[("Verify them", true), ("Offer a call", false)]).into());
    let i = desk.get(id);
    desk.ask(ANA, Command::EndContact { interaction: id, epoch: i.epoch }).expect("ended");
    let done = wrap_up(&desk.get(id), 1, "All well.", None);
    let refused = desk.ask(ANA, done.clone()).expect_err("not verified");
    let words = refused.sentence(desk.now);
    assert!(words.contains("still open: Verify them") && !words.contains("Offer"), "{words}");
    desk.ask(ANA, edit(case, &[], &[], &["Verify them"], &[])).expect("ticked");
    desk.ask(ANA, done).expect("now it passes");
}

#[test]
fn a_label_says_more_within_its_status_and_goes_with_it() {
    let (mut desk, id, case) = worked();
    let label = Label {
        id: LabelId(1),
        key: "parts".into(),
        name: "Waits for parts".into(),
        status: Status::Pending,
        active: true,
    };
    desk.state.load(label.clone().into());
    let set = |label, from| Command::SetLabel { case, label, from, had: None };
    desk.ask(ANA, set(Some(LabelId(1)), Status::Open)).expect("labelled");
    let row = |desk: &Desk| desk.state.case(case).cloned().expect("there");
    assert_eq!((row(&desk).status, standing(&desk.state, &row(&desk))), (Status::Pending, "Waits for parts"));
    assert!(matches!(desk.ask(ANA, set(None, Status::Pending)), Err(Refusal::Changed { .. })), "not what she saw");
    let without = Command::SetLabel { case, label: None, from: Status::Open, had: Some(LabelId(1)) };
    assert!(matches!(desk.ask(ANA, without).map(|e| e.len()), Ok(1)), "without it the status stays");
    assert_eq!(standing(&desk.state, &row(&desk)), "pending");
    desk.ask(ANA, set(Some(LabelId(1)), Status::Pending)).expect("again");
    // The customer's word opens the case, and the label is gone.
    let key = crate::domain::ids::KeyId(1);
    let more = Command::AppendMessage { interaction: id, body: "Hello?".into(), files: Vec::new(), letter: None };
    desk.give(crate::domain::Actor::Gateway(key), more).expect("heard");
    assert_eq!((row(&desk).status, row(&desk).label), (Status::Open, None));
    let stale = desk.ask(ANA, set(Some(LabelId(1)), Status::Solved));
    assert!(matches!(stale, Err(Refusal::Changed { .. })), "someone else was faster");
    // The status of a label stays, and what says another one is odd.
    let moved = Command::Put { row: Box::new(Label { status: Status::Solved, ..label.clone() }.into()) };
    assert!(desk.give(crate::domain::Actor::Operator, moved).is_err());
    desk.state.load(Label { id: LabelId(2), key: "s".into(), name: "Solved".into(), ..label.clone() }.into());
    desk.state.load(Label { id: LabelId(3), key: "p".into(), name: "waits for PARTS".into(), ..label }.into());
    let told: Vec<String> = LINTS.iter().flat_map(|l| l(&desk.state, desk.now)).map(|w| w.place).collect();
    assert!(told.contains(&"label s".into()) && told.contains(&"label p".into()), "{told:?}");
}
