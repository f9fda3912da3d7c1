//! The rows of the fixture's morning: who works, who waits, what is in hand.

use std::collections::BTreeMap;

use super::fixture::{BEN, BILLING, ME, TECHNICAL, ago, now};
use crate::domain::ids::*;
use crate::domain::people::{Agent, BreakCode, Contacts, Customer, Firm, Presence, PresenceRow, Role, Team};
use crate::domain::proof::{Known, Proof};
use crate::domain::row::Row;
use crate::domain::state::State;
use crate::domain::time::{At, DAY, HOUR, MINUTE, SECOND};
use crate::domain::work::*;

fn queue(id: QueueId, key: &str, name: &str) -> Queue {
    Queue {
        id,
        key: key.into(),
        name: name.into(),
        channels: Channel::ALL.to_vec(),
        skills: BTreeMap::new(),
        offer_s: 20,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 180,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    }
}

fn agent(id: AgentId, login: &str, name: &str) -> Agent {
    let queues = vec![BILLING, TECHNICAL];
    Agent {
        id,
        login: login.into(),
        name: name.into(),
        team: TeamId(1),
        role: Role::Agent,
        skills: BTreeMap::new(),
        queues,
        active: true,
    }
}

fn presence(agent: AgentId, presence: Presence, since: i64) -> PresenceRow {
    PresenceRow {
        agent,
        team: TeamId(1),
        presence,
        since: ago(since),
        next: None,
        idle_since: ago(since),
        link_lost: None,
        missed: 0,
        last_miss: None,
        forced: None,
    }
}

struct Person {
    id: u64,
    name: &'static str,
    locale: &'static str,
    plan: &'static str,
    flags: &'static [&'static str],
    note: &'static str,
    since: &'static str,
    phone: &'static str,
    email: &'static str,
}

const PEOPLE: [Person; 8] = [
    Person {
        id: 1,
        name: "Dana Holt",
        locale: "en-GB",
        plan: "Large 40 GB",
        flags: &["vip"],
        note: "Prefers to be called before 17:00.",
        since: "2019-04-02",
        phone: "+447700900123",
        email: "dana.holt@example.com",
    },
    Person {
        id: 2,
        name: "Jude Okafor",
        locale: "en-GB",
        plan: "Fibre 300",
        flags: &[],
        note: "",
        since: "2022-09-14",
        phone: "+447700900456",
        email: "jude@example.org",
    },
    Person {
        id: 3,
        name: "陳美玲 Mei-Ling Chen",
        locale: "zh-TW",
        plan: "Small 5 GB",
        flags: &["interpreter"],
        note: "",
        since: "2024-01-30",
        phone: "+447700900789",
        email: "meiling@example.net",
    },
    Person {
        id: 4,
        name: "Ömer Yılmaz",
        locale: "de-DE",
        plan: "Business 10",
        flags: &["vulnerable", "legal-hold"],
        note: "",
        since: "2017-11-03",
        phone: "+447700900321",
        email: "omer@example.com",
    },
    Person {
        id: 5,
        name: "ليلى حداد",
        locale: "ar",
        plan: "Prepaid",
        flags: &[],
        note: "",
        since: "2025-06-19",
        phone: "+447700900654",
        email: "layla@example.com",
    },
    Person {
        id: 6,
        name: "Zoë 👩‍🚀 Pérez",
        locale: "es",
        plan: "Medium 20 GB",
        flags: &[],
        note: "",
        since: "2023-03-08",
        phone: "+447700900987",
        email: "zoe@example.com",
    },
    Person {
        id: 7,
        name: "\u{1b}[31mMal\u{202e}lory\u{7}",
        locale: "en",
        plan: "Prepaid",
        flags: &[],
        note: "\u{1b}]2;owned\u{7}",
        since: "2026-01-01",
        phone: "+447700900111",
        email: "mallory@example.com",
    },
    Person {
        id: 8,
        name: "Priya Raman",
        locale: "en-GB",
        plan: "Large 40 GB",
        flags: &[],
        note: "",
        since: "2020-02-20",
        phone: "+447700900222",
        email: "priya@example.com",
    },
];

fn case(id: u64, customer: u64, subject: &str, channel: Channel, status: Status, updated: At) -> Case {
    let person = PEOPLE.iter().find(|p| p.id == customer);
    Case {
        id: CaseId(id),
        reference: String::new(),
        customer: Some(CustomerId(customer)),
        queue: BILLING,
        channel,
        subject: subject.into(),
        status,
        priority: Priority::Normal,
        tags: Vec::new(),
        assignee: (status == Status::Open).then_some(ME),
        language: person.map_or("en", |p| p.locale).into(),
        created: updated.plus(-HOUR),
        updated,
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: crate::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    }
}

fn contact(id: u64, case: &Case, queue: QueueId, waited: i64) -> Interaction {
    let person = PEOPLE.iter().find(|p| Some(CustomerId(p.id)) == case.customer).expect("a person");
    Interaction {
        id: InteractionId(id),
        case: case.id,
        customer: case.customer,
        name: person.name.into(),
        channel: case.channel,
        queue,
        phase: Phase::Queued,
        owner: None,
        epoch: 1,
        priority: case.priority,
        language: person.locale.into(),
        subject: case.subject.clone(),
        menu: vec!["billing".into(), "roaming".into()],
        enqueued: ago(waited),
        first_enqueued: ago(waited),
        accepted: None,
        rung: None,
        settled: false,
        target_s: None,
        dial_ms: 0,
        hold_ms: 0,
        holds: 0,
        waiting_since: None,
        customer_gone: false,
        min_role: Role::Trainee,
        passed: Vec::new(),
        place: crate::domain::work::Place::default(),
        card: None,
        maybe: Vec::new(),
        known: Known { proof: Proof::Address, ..Known::default() },
    }
}

pub fn morning() -> State {
    let mut s = State::new();
    let mut put = |row: Row| s.load(row);
    put(Row::Firm(Firm {
        name: "Larkfield Telecom".into(),
        zone: "Europe/London".into(),
        rules: crate::domain::routing::FirmRules::default(),
        locale: String::new(),
    }));
    put(Row::Team(Team { id: TeamId(1), key: "north".into(), name: "North".into() }));
    put(Row::Queue(queue(BILLING, "billing", "Billing")));
    put(Row::Queue(queue(TECHNICAL, "technical", "Technical")));
    put(Row::Agent(agent(ME, "ana", "Ana Reyes")));
    put(Row::Agent(agent(BEN, "ben", "Ben Osei")));
    put(Row::Agent(agent(AgentId(3), "chloe", "Chloe Tan")));
    put(Row::Presence(presence(ME, Presence::Ready, 4 * MINUTE + 12 * SECOND)));
    put(Row::Presence(presence(BEN, Presence::Ready, HOUR)));
    for (id, key, label, limit) in
        [(1, "meal", "Meal", 2700), (2, "short", "Short break", 900), (3, "coach", "Coaching", 0)]
    {
        put(Row::BreakCode(BreakCode { id: BreakId(id), key: key.into(), label: label.into(), limit_s: limit }));
    }
    let reasons = [
        ("billing/roaming", "Billing › Roaming"),
        ("billing/double", "Billing › Double charge"),
        ("billing/late-fee", "Billing › Late fee"),
        ("technical/no-signal", "Technical › No signal"),
        ("technical/slow", "Technical › Slow internet"),
        ("account/address", "Account › Change of address"),
        ("account/cancel", "Account › Cancelling"),
    ];
    for (i, (path, label)) in reasons.into_iter().enumerate() {
        put(Row::Reason(Reason {
            id: ReasonId(i as u64 + 1),
            path: path.into(),
            label: label.into(),
            queues: Vec::new(),
            active: true,
        }));
    }
    for (id, key, label, needs) in [
        (1, "resolved", "Resolved", vec![]),
        (2, "follow-up", "Follow-up promised", vec![Need::Note, Need::FollowUp]),
        (3, "escalated", "Escalated", vec![Need::Note]),
    ] {
        put(Row::Outcome(Outcome {
            id: OutcomeId(id),
            key: key.into(),
            label: label.into(),
            needs,
            solves: id == 1,
            active: true,
        }));
    }
    for p in PEOPLE {
        let contacts = Contacts {
            id: CustomerId(p.id),
            phones: vec![p.phone.into()],
            emails: vec![p.email.into()],
            handle: String::new(),
        };
        put(Row::Customer(Customer {
            id: CustomerId(p.id),
            reference: format!("L-{:05}", 400 + p.id),
            name: p.name.into(),
            locale: p.locale.into(),
            zone: if p.id == 4 { "Europe/Berlin".into() } else { String::new() },
            plan: p.plan.into(),
            flags: p.flags.iter().map(|f| (*f).to_owned()).collect(),
            note: p.note.into(),
            since: p.since.into(),
            masked: contacts.masked(),
            merged: None,
            holds: Vec::new(),
        }));
        put(Row::Contacts(contacts));
    }
    super::words::stocks().into_iter().for_each(|stock| put(stock.into()));
    work(&mut put);
    s
}

fn work(put: &mut impl FnMut(Row)) {
    let mut add = |id: u64, case: Case, queue, waited: i64, change: fn(&mut Interaction)| {
        let mut i = contact(id, &case, queue, waited);
        change(&mut i);
        put(Row::Interaction(i));
        put(Row::Case(case));
    };
    let open = Status::Open;
    let mut roaming = case(4821, 1, "Roaming bill", Channel::Voice, open, ago(2 * MINUTE));
    roaming.tags = vec!["roaming".into(), "refund".into()];
    roaming.last_inbound = Some(MessageId(104));
    add(1, roaming, BILLING, 5 * MINUTE, |i| {
        i.phase = Phase::Connected;
        i.owner = Some(ME);
        i.accepted = Some(ago(125 * SECOND));
    });
    let mut chat = case(4790, 4, "Rechnung doppelt abgebucht", Channel::Chat, open, ago(9 * MINUTE));
    chat.priority = Priority::High;
    chat.last_inbound = Some(MessageId(203));
    add(2, chat, BILLING, 30 * MINUTE, |i| {
        i.phase = Phase::Connected;
        i.owner = Some(ME);
        i.accepted = Some(ago(25 * MINUTE));
        i.waiting_since = Some(ago(580 * SECOND));
    });
    let waiting: [(u64, u64, &str, Channel, QueueId, i64); 9] = [
        (12, 2, "Fibre drops every evening", Channel::Voice, TECHNICAL, 221),
        (13, 3, "帳單問題：國際漫遊費用", Channel::Chat, BILLING, 70),
        (14, 5, "رصيدي اختفى", Channel::Email, BILLING, 640),
        (15, 6, "¿Dónde está mi pedido?", Channel::Email, BILLING, 3900),
        (16, 7, "free \u{1b}[2Jmoney", Channel::Chat, TECHNICAL, 22),
        (17, 8, "Change of address", Channel::Callback, BILLING, 95),
        (18, 2, "Late fee after a failed direct debit", Channel::Email, BILLING, 7200),
        (19, 8, "eSIM on a second phone", Channel::Chat, TECHNICAL, 12),
        (20, 1, "Second line for a child", Channel::Email, BILLING, 5400),
    ];
    for (id, customer, subject, channel, queue, waited) in waiting {
        let mut c = case(4900 + id, customer, subject, channel, open, ago(waited * SECOND));
        c.assignee = None;
        if id == 14 {
            c.priority = Priority::Urgent;
        }
        add(id, c, queue, waited * SECOND, |_| {});
    }
    let past: [(u64, u64, &str, Channel, i64); 6] = [
        (3101, 1, "Roaming pass did not start", Channel::Voice, 19),
        (2790, 1, "SIM swap to eSIM", Channel::Chat, 52),
        (2215, 1, "Price rise in April", Channel::Email, 214),
        (1020, 1, "Moving home, number kept", Channel::Email, 700),
        (3055, 2, "Router keeps restarting", Channel::Voice, 31),
        (2950, 4, "SEPA-Mandat geändert", Channel::Email, 44),
    ];
    for (id, customer, subject, channel, days) in past {
        let mut c = case(id, customer, subject, channel, Status::Solved, ago(days * DAY));
        c.reason = Some(ReasonId(1));
        c.outcome = Some(OutcomeId(1));
        put(Row::Case(c));
    }
    for (id, case, customer, kind, what, due) in [
        (1, 2950, 4, TaskKind::Callback, "Call about the SEPA mandate", 3 * HOUR + 32 * MINUTE),
        (2, 3055, 2, TaskKind::Task, "Check the engineer's report", -20 * MINUTE),
    ] {
        put(Row::Task(Task {
            id: TaskId(id),
            case: CaseId(case),
            customer: Some(CustomerId(customer)),
            owner: ME,
            kind,
            what: what.into(),
            due: now().plus(due),
            done: None,
        }));
    }
}
