//! Views: read, written again, applied.

use proptest::prelude::*;

use super::*;
use crate::domain::decide::tests::{ANA, BILLING, T0, firm};
use crate::domain::ids::CaseId;
use crate::domain::time::{DAY, HOUR, MINUTE, SECOND};
use crate::domain::work::Case;

fn case(id: u64) -> Case {
    Case {
        id: CaseId(id),
        reference: String::new(),
        customer: None,
        queue: BILLING,
        channel: Channel::Email,
        subject: "Roaming bill".into(),
        status: Status::Open,
        priority: Priority::Normal,
        tags: vec!["vip".into()],
        assignee: None,
        language: "en-GB".into(),
        created: T0,
        updated: T0,
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: Default::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    }
}

fn sees(text: &str, case: &Case) -> bool {
    let state = firm();
    let expr = read(text, &state).unwrap_or_else(|f| panic!("{text}: {}", f.sentence()));
    Sight { state: &state, me: Some(ANA), now: T0.plus(3 * HOUR) }.holds(&expr, case, "Dana Holt")
}

#[test]
fn each_word_means_what_it_says() {
    let plain = case(1);
    let mine = Case { assignee: Some(ANA), priority: Priority::High, ..case(2) };
    for (text, of_plain, of_mine) in [
        ("", true, true),
        ("mine", false, true),
        ("assignee:me", false, true),
        ("assignee:none", true, false),
        ("assignee:ANA", false, true),
        ("!mine", true, false),
        ("queue:billing tag:vip", true, true),
        ("queue:tech | mine", false, true),
        ("priority>=high", false, true),
        ("priority:normal", true, false),
        ("priority<high", true, false),
        ("status:open !snoozed", true, true),
        ("updated<2h", false, false),
        ("created>2h", true, true),
        ("waiting | late", false, false),
        ("language:en", true, true),
        ("language:e", false, false),
        ("\"roaming\"", true, true),
        ("\"holt\" customer:\"dana\"", true, true),
        ("\"refund\"", false, false),
        ("!(mine | tag:none)", true, false),
    ] {
        assert_eq!((sees(text, &plain), sees(text, &mine)), (of_plain, of_mine), "{text}");
    }
}

#[test]
fn every_built_in_view_is_sound() {
    for (name, text) in BUILT_IN {
        let expr = parse(text).unwrap_or_else(|f| panic!("{name}: {}", f.sentence()));
        assert_eq!(expr.to_string(), text, "{name}");
    }
}

#[test]
fn a_fault_names_the_column_and_the_mend() {
    let state = firm();
    for (text, column, mend) in [
        ("mine opne", 6, "in quotes"),
        ("status:opne", 1, "open, pending, solved or closed"),
        ("mine priority>=hi", 6, "low, normal, high or urgent"),
        ("sla:30m", 1, "sla<30m"),
        ("sla<soon", 1, "30m, 2h"),
        ("updated<99999999999999999999d", 1, "30m"),
        ("(mine", 1, "never closed"),
        ("mine)", 5, "closes nothing"),
        ("mine |", 7, "after |"),
        ("| mine", 1, "before this |"),
        ("mine !", 6, "after !"),
        ("\"mine", 1, "closed"),
        ("queue:nope", 1, "billing, tech"),
        ("assignee:zoe", 1, "ana, ben, cyd"),
        ("reason:bill", 1, "billing/roaming"),
        ("tag:", 1, "tag:vip"),
        ("colour:red", 1, "status:"),
    ] {
        let fault = read(text, &state).expect_err(text);
        assert_eq!(fault.column, column, "{text}: {}", fault.because);
        assert!(fault.sentence().contains(mend), "{text}: {}", fault.sentence());
    }
    assert_eq!(read("reason:billing", &state).map(|_| ()), Ok(()));
    let deep = "(".repeat(200);
    assert!(parse(&deep).is_err());
    assert!(parse(&"!".repeat(400)).is_err());
    assert_eq!(parse(&"mine ".repeat(200)).expect_err("long").column, MAX_TEXT + 1);
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9/-]{0,8}", "\\PC{1,12}", Just("a \"b\" \\".to_owned())]
}

fn some_test() -> impl Strategy<Value = Test> {
    let priority = (0usize..4).prop_map(|i| Priority::ALL[i]);
    let compare =
        (0usize..5).prop_map(|i| [Compare::Is, Compare::AtLeast, Compare::AtMost, Compare::More, Compare::Less][i]);
    let ms = prop_oneof![
        (0i64..5000).prop_map(|n| n * SECOND),
        (1i64..5000).prop_map(|n| n * MINUTE),
        (1i64..500).prop_map(|n| n * DAY)
    ];
    prop_oneof![
        Just(Test::Mine),
        Just(Test::Snoozed),
        Just(Test::Escalated),
        Just(Test::Waiting),
        Just(Test::Late),
        Just(Test::Merged),
        any::<u64>().prop_map(Test::Incident),
        (0usize..4).prop_map(|i| Test::Status(Status::ALL[i])),
        (0usize..4).prop_map(|i| Test::Channel(Channel::ALL[i])),
        (compare, priority).prop_map(|(c, p)| Test::Priority(c, p)),
        word().prop_map(Test::Queue),
        word().prop_map(|t| Test::Tag(t.to_lowercase())),
        word().prop_map(|t| Test::Language(t.to_lowercase())),
        word().prop_map(Test::Reason),
        word().prop_map(Test::Outcome),
        word().prop_map(Test::Customer),
        word().prop_map(|l| Test::Assignee(match l.to_lowercase().as_str() {
            "me" => Whose::Me,
            "none" | "nobody" => Whose::Nobody,
            _ => Whose::Login(l),
        })),
        (0usize..4, any::<bool>(), ms).prop_map(|(i, less, ms)| Test::Span { span: Span::ALL[i], less, ms }),
        "\\PC{0,12}".prop_map(Test::Words),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = some_test().prop_map(Expr::Is);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Any),
            inner.prop_map(|e| Expr::Not(Box::new(e))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(expr in expr()) {
        let text = expr.to_string();
        prop_assume!(text.chars().count() <= MAX_TEXT);
        prop_assert_eq!(parse(&text).map_err(|f| f.sentence()), Ok(expr), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}|[a-z:<>()|!\" ]{0,60}") {
        if let Ok(expr) = parse(&text) {
            let again = expr.to_string();
            prop_assert_eq!(parse(&again), Ok(expr));
        }
    }

    #[test]
    fn the_order_is_total_and_stable(ages in prop::collection::vec((0i64..5, 1u64..9), 0..12)) {
        let state = firm();
        let sight = Sight { state: &state, me: None, now: T0.plus(DAY) };
        let mut cases: Vec<Case> = ages.iter().map(|(age, id)| Case { created: T0.plus(*age), ..case(*id) }).collect();
        cases.sort_by_key(|c| sight.order(c));
        let keys: Vec<_> = cases.iter().map(|c| (c.created, c.id)).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        prop_assert_eq!(keys, sorted);
    }
}
