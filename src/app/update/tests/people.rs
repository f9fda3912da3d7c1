//! Two customers are one person: said, shown, taken back.

use super::*;

const DAN: CustomerId = CustomerId(7);

/// Dana and Dan Holt share an address; Ana, who is as senior as given, has Dana on the line.
fn two(role: Role, flag: &str) -> (World, InteractionId) {
    let mut w = World::new();
    let ana = Agent { role, ..w.truth.agent(ANA).expect("there").clone() };
    w.truth.load(ana.into());
    w.open();
    let both = |name: &str| vec!["both@example.com".to_owned(), format!("{name}@example.com")];
    let dana = w.truth.customer(DANA).expect("there").clone();
    let dan = Customer {
        id: DAN,
        reference: "C-7".into(),
        name: "Dan Holt".into(),
        flags: vec![flag.into()],
        plan: "Lark 10".into(),
        ..dana.clone()
    };
    for (customer, name) in [(dana, "dana"), (dan, "dan")] {
        let contacts = Contacts { id: customer.id, emails: both(name), ..Contacts::default() };
        let command = Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) };
        w.happen(Actor::Operator, &command).expect("a customer comes in");
    }
    let interaction = w.takes(Channel::Chat, "Hello");
    assert_eq!(w.desk.customer.id, Some(DANA));
    (w, interaction)
}

fn labels(w: &World) -> Vec<(String, String)> {
    let Some(Overlay::Chooser(chooser)) = w.desk.overlays.last() else { panic!("a list is open") };
    chooser.shown.iter().map(|s| (chooser.items[s.item].label.clone(), chooser.items[s.item].right.clone())).collect()
}

fn merged(w: &World, id: CustomerId) -> Option<CustomerId> {
    w.truth.customer(id).expect("there").merged.as_ref().map(|m| m.into)
}

#[test]
fn a_senior_says_that_two_are_one_sees_both_and_takes_it_back() {
    let (mut w, _) = two(Role::Senior, "vulnerable");
    w.keys("g=");
    assert_eq!(labels(&w), [("Dan Holt".into(), "same number or address".into())]);
    w.keys("<enter>");
    let beside = labels(&w);
    assert!(beside.contains(&("Name: Dan Holt".into(), "Dana Holt".into())), "{beside:?}");
    assert!(beside.contains(&("Plan: Lark 10".into(), "Lark 40".into())), "{beside:?}");
    // Without a reason nothing happens.
    w.keys("<enter>");
    assert!(w.said("Type why they are one person.") && merged(&w, DAN).is_none(), "{:?}", w.toasts());
    w.keys("the same voice<enter>");
    w.deliver();
    assert_eq!(merged(&w, DAN), Some(DANA), "{:?}", w.toasts());
    assert!(w.said("Dan Holt is part of Dana Holt now."), "{:?}", w.toasts());
    let facts = customer::facts(&w.desk, w.now).expect("shown");
    assert_eq!(facts.flags, ["legal hold", "vulnerable"], "what is grave about one is grave about both");
    let values = |facts: &customer::Facts| facts.rows.iter().map(|(_, v)| v.clone()).collect::<Vec<_>>();
    assert!(values(&facts).contains(&"dan@example.com".to_owned()), "{facts:?}");
    assert!(facts.rows.contains(&("also", "Dan Holt".into())), "{facts:?}");
    assert!(values(&facts).iter().any(|v| v.starts_with("merged ") && v.ends_with("by Ana Reyes")), "{facts:?}");
    w.keys("u");
    w.deliver();
    assert_eq!(merged(&w, DAN), None, "{:?}", w.toasts());
    let facts = customer::facts(&w.desk, w.now).expect("shown");
    assert_eq!(facts.flags, ["legal hold"]);
    assert!(!values(&facts).contains(&"dan@example.com".to_owned()), "{facts:?}");
}

#[test]
fn one_of_them_is_taken_out_again_by_its_own_key() {
    let (mut w, _) = two(Role::Senior, "vip");
    w.keys("gU");
    assert!(w.said("Nobody became part of the customer shown here."), "{:?}", w.toasts());
    w.keys("g=<enter>one voice<enter>");
    w.deliver();
    w.keys("gU");
    let listed = labels(&w);
    assert_eq!(listed[0].0, "Dan Holt");
    assert!(listed[0].1.starts_with("merged ") && listed[0].1.ends_with("by Ana Reyes"), "{listed:?}");
    w.keys("<enter>");
    w.deliver();
    assert_eq!(merged(&w, DAN), None, "{:?}", w.toasts());
    w.keys("u");
    w.deliver();
    assert_eq!(merged(&w, DAN), Some(DANA), "taken back, they are one again");
    assert_eq!(w.truth.customer(DAN).and_then(|c| c.merged.as_ref()).map(|m| m.reason.as_str()), Some("one voice"));
}

#[test]
fn a_newcomer_becomes_part_of_whoever_was_known_and_the_pane_shows_them() {
    let (mut w, interaction) = two(Role::Senior, "vip");
    let case = w.truth_of(interaction).case;
    let new = Customer { flags: vec!["new".into()], ..w.truth.customer(DANA).expect("there").clone() };
    let contacts = w.truth.contacts(DANA).expect("there").clone();
    let command = Command::ImportCustomer { customer: Box::new(new), contacts: Box::new(contacts) };
    w.happen(Actor::Operator, &command).expect("comes in");
    w.keys("g=Dan Holt<enter>the newcomer<enter>");
    w.deliver();
    assert_eq!((merged(&w, DANA), merged(&w, DAN)), (Some(DAN), None), "{:?}", w.toasts());
    let facts = customer::facts(&w.desk, w.now).expect("shown");
    assert_eq!(facts.name, "Dan Holt");
    let head = conversation::head(&w.desk, w.now).expect("open");
    assert_eq!(head.name, "Dan Holt");
    assert!(w.desk.customer.lines.iter().any(|l| l.case.id == case), "their cases stay theirs and are shown");
}

#[test]
fn who_is_no_senior_is_told_so() {
    let (mut w, _) = two(Role::Agent, "vip");
    w.keys("g=");
    assert!(w.desk.overlays.is_empty());
    assert!(w.toasts().iter().any(|t| t.contains("merge customers")), "{:?}", w.toasts());
}

#[test]
fn who_may_not_see_identities_in_full_sees_none_of_either() {
    let (mut w, _) = two(Role::Senior, "vip");
    w.keys("g=<enter>one voice<enter>");
    w.deliver();
    let file = w.desk.customer.file.as_mut().expect("shown");
    file.contacts = None;
    file.held.iter_mut().for_each(|(_, contacts)| *contacts = None);
    let facts = customer::facts(&w.desk, w.now).expect("shown");
    assert!(facts.rows.iter().all(|(_, v)| !v.contains("example.com") || v.contains('•')), "{facts:?}");
    assert!(facts.rows.iter().any(|(_, v)| v.contains('•')));
}
