//! The further vectors of operations 1.4, and the data set ICMI's five formulas were published with.

use super::*;
use crate::domain::figures::facts::{CaseFact, Contact, Leg, Visit};
use crate::domain::figures::quality::{Agreement, Question, score};
use crate::domain::figures::repeat::{Rule, counted, judge};
use crate::domain::figures::staffing::{adherence, conformance, scheduled_for, shrinkage};
use crate::domain::figures::waiting::service_level;
use crate::domain::ids::{CaseId, CustomerId, InteractionId, RatingId, ReasonId};
use crate::domain::tally::{Counts, FigureRules, Rating, Settled, Survey};
use crate::domain::time::{DAY, HOUR, MINUTE};
use crate::domain::work::{LegEnd, Status};

#[test]
fn published_service_levels() {
    let counts =
        Counts { answered: 1000, answered_in: 860, abandoned: 60, abandoned_in: 20, short: 10, ..Counts::default() };
    let level = |variant| service_level(variant, counts, 1060).decimal(100, 3);
    assert_eq!([1, 2, 3, 4, 5].map(level), ["83.019", "86.000", "81.132", "82.692", "82.075"]);
    assert_eq!(service_level(6, Counts::default(), 0), Value::Na, "a closed queue has no service level");
}

/// One handled contact: asked for at `came`, answered after `wait`, over at once unless `transfer` gives it a second leg.
fn contact(id: u64, customer: u64, reason: u64, came: i64, wait: i64, transfer: bool) -> Contact {
    let answered = At(came + wait);
    let visit =
        Visit { queue: QueueId(1), entered: At(came), settled: Some((answered, Settled::Answered)), target_ms: 0 };
    let leg = |end| Leg {
        ended: Some(answered),
        end: Some(end),
        reason: (end == LegEnd::Finished).then_some(ReasonId(reason)),
        ..Leg::begun(AgentId(1), QueueId(1), Channel::Voice, None, answered)
    };
    let mut legs = vec![leg(LegEnd::Finished)];
    if transfer {
        legs.insert(0, leg(LegEnd::Blind));
    }
    Contact {
        id: InteractionId(id),
        case: CaseId(id),
        customer: Some(CustomerId(customer)),
        channel: Channel::Email,
        visits: vec![visit],
        legs,
        ringing: None,
        asked: None,
        ended: Some(answered),
    }
}

fn cohort() -> Facts {
    const BILLING: u64 = 1;
    const TECH: u64 = 2;
    let noon = 10 * HOUR;
    let mut abandoned = contact(8, 6, BILLING, noon, 0, false);
    abandoned.legs.clear();
    abandoned.visits[0].settled = Some((At(noon), Settled::Abandoned));
    let contacts = [
        contact(1, 1, BILLING, noon, 0, false),
        contact(2, 2, BILLING, noon, 0, false),
        contact(3, 2, BILLING, noon + 3 * DAY, 0, false),
        contact(4, 3, BILLING, noon, 0, false),
        contact(5, 3, TECH, noon + 2 * DAY, 0, false),
        contact(6, 4, BILLING, noon, 0, true),
        contact(7, 5, BILLING, noon, 0, false),
        contact(12, 5, BILLING, noon + 7 * DAY, 0, false),
        abandoned,
        contact(9, 6, BILLING, noon + 5 * MINUTE, 0, false),
        // Two e-mails before any reply: the second chases the first.
        contact(10, 7, BILLING, noon, 4 * HOUR, false),
        contact(11, 7, BILLING, noon + HOUR, 3 * HOUR, false),
    ];
    let mut facts = Facts::default();
    facts.contacts.extend(contacts.into_iter().map(|c| (c.id, c)));
    facts
}

#[test]
fn solved_at_the_first_contact() {
    let facts = cohort();
    let all = Ask { now: At(30 * DAY), ..ask(Window::new(At(0), At(20 * DAY))) };
    let rate = |rule| counted(&judge(rule, &facts, all.rules), &all).0;
    assert_eq!(rate(Rule::DEFAULT), Value::Of { num: 9, den: 10 });
    assert_eq!(of(FigureId::Fcr, &facts, &all), Value::Of { num: 9, den: 10 });
    assert_eq!(rate(Rule { same_reason: false, ..Rule::DEFAULT }), Value::Of { num: 8, den: 10 });
    assert_eq!(rate(Rule { transfer_fails: true, ..Rule::DEFAULT }), Value::Of { num: 8, den: 10 });
    assert_eq!(rate(Rule { at_most: true, ..Rule::DEFAULT }), Value::Of { num: 8, den: 10 });
}

#[test]
fn a_cohort_younger_than_its_window_is_not_judged() {
    let facts = cohort();
    let young = Ask { now: At(7 * DAY), ..ask(Window::new(At(0), At(DAY))) };
    assert_eq!(of(FigureId::Fcr, &facts, &young), Value::Na);
    let ripe = Ask { now: At(7 * DAY + 10 * HOUR), ..young };
    assert_eq!(of(FigureId::Fcr, &facts, &ripe), Value::Of { num: 4, den: 5 }, "only those that ended at ten");
}

fn rated(survey: Survey, scale: u8, marks: &[u8]) -> Facts {
    let rating = |(i, mark): (usize, &u8)| Rating {
        id: RatingId(i as u64 + 1),
        survey,
        mark: *mark,
        scale,
        interaction: InteractionId(1),
        case: CaseId(1),
        queue: QueueId(1),
        agent: AgentId(1),
        at: At(i as i64),
    };
    Facts { ratings: marks.iter().enumerate().map(rating).collect(), ..Facts::default() }
}

#[test]
fn what_customers_say() {
    use FigureId as F;
    let all = ask(Window::new(At(0), At(DAY)));
    let csat = rated(Survey::Csat, 5, &[5, 5, 4, 3, 1, 4, 2, 5]);
    assert_eq!(of(F::Csat, &csat, &all).decimal(100, 1), "62.5");
    assert_eq!(of(F::CsatMean, &csat, &all).decimal(1, 3), "3.625");
    assert_eq!(of(F::Nps, &csat, &all), Value::Na, "another survey");
    let nps = |marks: &[u8]| of(F::Nps, &rated(Survey::Nps, 10, marks), &all);
    assert_eq!(nps(&[10, 9, 9, 8, 7, 6, 3, 10, 0, 5]).decimal(100, 0), "0");
    assert_eq!(nps(&[10, 10, 9, 8, 7, 6]).decimal(100, 2), "33.33");
    assert_eq!(nps(&[10, 9, 3]).decimal(100, 0), "33", "the difference is rounded, not its parts");
    let ces = rated(Survey::Ces, 7, &[7, 6, 5, 4, 2]);
    assert_eq!(of(F::Ces, &ces, &all).decimal(100, 0), "60");
    assert_eq!(of(F::CesMean, &ces, &all).decimal(1, 1), "4.8");
    assert_eq!(of(F::Ces, &rated(Survey::Ces, 5, &[5]), &all), Value::Na, "another scale is another survey");
}

#[test]
fn two_chats_at_once() {
    use FigureId as F;
    let mut facts = Facts::default();
    for (id, from, to) in [(1, 0, 600), (2, 300, 900)] {
        let leg = Leg {
            talk_ms: (to - from) * 1_000,
            ended: Some(s(to)),
            ..Leg::begun(AgentId(1), QueueId(1), Channel::Chat, None, s(from))
        };
        let mut chat = contact(id, id, 1, 0, 0, false);
        chat.legs = vec![leg];
        facts.contacts.insert(chat.id, chat);
    }
    let all = ask(window(0, 1_800));
    assert_eq!(of(F::Aht, &facts, &all).decimal(1, 0), "600000");
    assert_eq!(of(F::ChatBusy, &facts, &all), Value::Of { num: 900_000, den: 2 });
    assert_eq!(of(F::Concurrency, &facts, &all).decimal(1, 4), "1.3333");
    let (elapsed, busy) = of(F::Concurrency, &facts, &all).halves();
    assert_eq!(Value::of(elapsed, 2 * busy).decimal(100, 3), "66.667", "of two slots");
}

#[test]
fn quality_forms_and_their_calibration() {
    let q = |points, of| Question { points, of, fatal: false };
    let form = [q(Some(10), 10), q(Some(20), 20), q(Some(30), 40), q(Some(15), 20), q(None, 10)];
    let (value, fatal) = score(&form);
    assert_eq!((value, fatal, value.decimal(100, 3).as_str()), (Value::Of { num: 75, den: 90 }, 0, "83.333"));
    let failed: Vec<_> = form.into_iter().chain([Question { points: Some(0), of: 10, fatal: true }]).collect();
    assert_eq!((score(&failed).0.decimal(100, 0).as_str(), score(&failed).1), ("0", 1));
    let agreement = Agreement { both: 12, first: 2, second: 1, neither: 5 };
    assert_eq!(agreement.share().decimal(100, 0), "85");
    assert_eq!(agreement.kappa().decimal(1, 4), "0.6591");
    assert_eq!(Agreement { both: 3, first: 0, second: 0, neither: 0 }.kappa(), Value::Na);
}

#[test]
fn planned_and_actual_time() {
    assert_eq!(adherence(60, 10, None).decimal(100, 3), "83.333");
    assert_eq!(adherence(60, 10, Some(10)).decimal(100, 3), "71.429");
    assert_eq!(adherence(60, 90, None), Value::Of { num: 0, den: 60 });
    assert_eq!(adherence(0, 10, None), Value::Na);
    assert_eq!(conformance(60, 60).decimal(100, 0), "100");
    assert_eq!(conformance(10, 0), Value::Na);
    assert_eq!(shrinkage(90, 480).decimal(100, 2), "18.75");
    assert_eq!(scheduled_for(100, 90, 480), Some(124));
    assert_eq!(scheduled_for(100, 480, 480), None);
}

fn case(created: i64, status: &[(i64, Status)], first_reply: Option<i64>) -> CaseFact {
    CaseFact {
        queue: QueueId(1),
        assignee: None,
        created: At(created),
        first_reply: first_reply.map(At),
        status: status.iter().map(|(at, s)| (At(*at), *s)).collect(),
        merged: Vec::new(),
        imported: false,
    }
}

#[test]
fn the_age_of_the_backlog() {
    use FigureId as F;
    let now = 100 * HOUR;
    let ages = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
    let mut facts = Facts::default();
    for (i, age) in ages.iter().enumerate() {
        let made = now - age * HOUR;
        facts.cases.insert(CaseId(i as u64), case(made, &[(made, Status::Open)], None));
    }
    facts.cases.insert(CaseId(50), case(0, &[(0, Status::Open), (5, Status::Pending)], None));
    facts.cases.insert(CaseId(51), case(0, &[(0, Status::Open), (5, Status::Solved)], None));
    let half = |_: QueueId, from: At, to: At| to.since(from) / 2;
    let at = Ask { now: At(now), open_ms: &half, ..ask(Window::new(At(0), At(now))) };
    assert_eq!(of(F::Backlog, &facts, &at), Value::whole(10));
    assert_eq!(of(F::BacklogPending, &facts, &at), Value::whole(1));
    assert_eq!(of(F::BacklogMedian, &facts, &at), Value::whole(8 * HOUR));
    assert_eq!(of(F::BacklogP90, &facts, &at), Value::whole(55 * HOUR));
    assert_eq!(of(F::BacklogOldest, &facts, &at), Value::whole(89 * HOUR));
    assert_eq!(of(F::BacklogMedianHours, &facts, &at), Value::whole(4 * HOUR));
    assert_eq!(of(F::BacklogOldest, &Facts::default(), &at), Value::Na);
    // What went on in another case is counted there.
    facts.cases.get_mut(&CaseId(9)).expect("the oldest").merged = vec![(At(now - HOUR), true)];
    assert_eq!(of(F::BacklogOldest, &facts, &at), Value::whole(55 * HOUR));
}

#[test]
fn answering_and_solving_a_case() {
    use FigureId as F;
    use Status::{Open, Solved};
    let mut facts = Facts::default();
    let steps = [(0, Open), (4, Solved), (6, Open), (9, Solved)].map(|(h, s)| (h * HOUR, s));
    facts.cases.insert(CaseId(1), case(0, &steps, Some(HOUR)));
    let day = Ask { open_ms: &|_, from, to| to.since(from) / 3, ..ask(Window::new(At(0), At(DAY))) };
    assert_eq!(of(F::FirstResponse, &facts, &day), Value::whole(HOUR));
    assert_eq!(of(F::FirstResponseHours, &facts, &day), Value::whole(HOUR / 3));
    assert_eq!(of(F::ResolutionFirst, &facts, &day), Value::whole(4 * HOUR), "reopening never rewrites it");
    assert_eq!(of(F::ResolutionFull, &facts, &day), Value::whole(9 * HOUR));
    assert_eq!(of(F::ResolutionFullHours, &facts, &day), Value::whole(3 * HOUR));
    let before = Ask { window: Window::new(At(0), At(HOUR)), ..day };
    assert_eq!(of(F::FirstResponse, &facts, &before), Value::Na, "nothing until it happens");
}

#[test]
fn the_house_sets_what_is_short_and_what_is_a_repeat_and_the_definitions_say_so() {
    let day = ask(Window::new(At(0), At(20 * DAY)));
    let usual = day.rules;
    let fcr = FigureId::Fcr.definition();
    let level = FigureId::ServiceLevel.definition();
    assert_eq!(level.formula(usual), "answered in target / answered + gave up - gave up in under 5 s");
    assert_eq!((level.edition(usual), fcr.edition(usual)), ("1".to_owned(), "1".to_owned()));
    let rules = FigureRules { short_s: 10, repeat_days: 3 };
    assert!(level.formula(rules).ends_with("gave up in under 10 s"));
    assert_eq!(level.edition(rules), "1, short is under 10 s");
    assert_eq!(fcr.edition(rules), "1, within 3 days");
    assert!(fcr.formula(rules).contains("3 days") && fcr.remark(rules).contains("3 x 24 h"));
    assert_eq!(FigureId::Asa.definition().edition(rules), "1", "it counts neither");
    for odd in [FigureRules { short_s: 121, ..usual }, FigureRules { repeat_days: 0, ..usual }] {
        assert!(odd.fault().is_some());
    }
    let mut counts = Counts::default();
    counts.add(Settled::Abandoned, 7_000, 20_000, usual);
    counts.add(Settled::Abandoned, 7_000, 20_000, rules);
    assert_eq!((counts.abandoned, counts.short), (2, 1));
}
