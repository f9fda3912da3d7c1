//! A desk in the middle of a morning, with a cache that answers. No customer in here exists; the numbers are from
//! the ranges kept free for fiction.

use std::collections::BTreeMap;

use super::words::{articles, threads};

use crate::app::key::Key;
use crate::app::model::{Model, Settings};
use crate::app::msg::Msg;
use crate::app::port::{
    Answer, CaseHit, CustomerFile, Effect, Incoming, LinkState, LinkStatus, Pop, Query, Thread, TimelineLine,
};
use crate::app::{measured, update};
use crate::domain::ids::*;
use crate::domain::people::{Agent, BreakCode, Contacts, Customer, Firm, Presence, PresenceRow, Role, Team};
use crate::domain::row::Row;
use crate::domain::state::State;
use crate::domain::time::{At, DAY, HOUR, MINUTE, SECOND};
use crate::domain::work::*;

pub const ME: AgentId = AgentId(1);
pub const BEN: AgentId = AgentId(2);
pub const BILLING: QueueId = QueueId(1);
pub const TECHNICAL: QueueId = QueueId(2);

/// 10:58 on a Sunday in November.
pub fn now() -> At {
    At::from_rfc3339("2026-11-22T10:58:12Z").expect("an instant")
}

pub fn ago(ms: i64) -> At {
    now().plus(-ms)
}

/// A desk and what its cache knows.
pub struct Desk {
    pub model: Model,
    pub now: At,
    state: State,
    threads: BTreeMap<CaseId, Vec<Message>>,
    articles: Vec<(ArticleHead, String)>,
    pub effects: Vec<Effect>,
    /// Nothing was handled yet.
    pub no_day: bool,
}

impl Desk {
    /// A desk that was opened but knows nobody and nothing: the first start.
    pub fn empty(w: u16, h: u16) -> Desk {
        let mut desk = Desk::with(State::new());
        desk.feed(Msg::Resize(w, h));
        desk.open();
        desk
    }

    /// A desk in the middle of its morning.
    pub fn busy(w: u16, h: u16) -> Desk {
        let mut desk = Desk::with(morning());
        desk.threads = threads();
        desk.articles = articles();
        desk.feed(Msg::Resize(w, h));
        desk.open();
        desk
    }

    fn with(state: State) -> Desk {
        let settings = Settings { zone: "Europe/London".into(), locale: "en".into(), bell: false };
        let model = Model { settings, ..Model::default() };
        Desk {
            model,
            now: now(),
            state,
            threads: BTreeMap::new(),
            articles: Vec::new(),
            effects: Vec::new(),
            no_day: false,
        }
    }

    fn open(&mut self) {
        let known = self.state.firm().is_some();
        let opened = Incoming::Opened {
            agent: known.then_some(ME),
            hot: Box::new(self.state.clone()),
            drafts: Vec::new(),
            outbox: Vec::new(),
        };
        self.feed(Msg::Incoming(opened));
        let live = LinkStatus {
            state: LinkState::Live,
            rtt_ms: Some(48),
            seen_at: Some(self.now),
            seen_seq: 900,
            ..LinkStatus::default()
        };
        self.feed(Msg::Incoming(Incoming::Link(live)));
    }

    /// Types keys, each a name, parted by blanks.
    pub fn keys(&mut self, names: &str) -> &mut Desk {
        for key in Key::parse_sequence(names).expect("keys") {
            self.feed(Msg::Key(key));
        }
        self
    }

    /// Types letters.
    pub fn text(&mut self, text: &str) -> &mut Desk {
        for c in text.chars() {
            self.feed(Msg::Key(Key::char(c)));
        }
        self
    }

    /// What the queue's cursor rests on opens by itself.
    fn rest(&mut self) {
        if let Some(rest) = self.model.queue.rest {
            let now = std::mem::replace(&mut self.now, rest);
            self.feed(Msg::Tick);
            self.now = now;
        }
    }

    /// Opens the contact of this case.
    pub fn take(&mut self, case: u64) -> &mut Desk {
        self.keys("1 home").rest();
        for _ in 0..40 {
            if self.model.conversation.case == Some(CaseId(case)) {
                break;
            }
            let row = self.model.queue.rows.get(self.model.queue.list.selected).copied();
            let here = row
                .and_then(crate::app::panes::queue::Row::interaction)
                .and_then(|i| self.state.interaction(i))
                .map(|i| i.case.0);
            self.keys(if here == Some(case) { "enter" } else { "j" });
            self.rest();
        }
        assert_eq!(self.model.conversation.case, Some(CaseId(case)), "the case is in the queue");
        self
    }

    /// An offer comes in.
    pub fn offer(&mut self) -> &mut Desk {
        let mut i = self.state.interaction(InteractionId(12)).expect("there").clone();
        i.phase = Phase::Offered { to: ME, until: self.now.plus(14 * SECOND) };
        i.epoch += 1;
        let customer = i.customer.and_then(|c| self.state.customer(c)).cloned();
        let cases = self.state.cases().filter(|c| c.customer == i.customer).cloned().collect();
        self.feed(Msg::Incoming(Incoming::Offered(Box::new(Pop { interaction: i.clone(), customer, cases }))));
        let put = vec![Row::Interaction(i)];
        self.feed(Msg::Incoming(Incoming::Changed {
            put,
            gone: Vec::new(),
            deep: Vec::new(),
            seen_seq: 901,
            deep_seq: 900,
        }));
        self
    }

    /// The link goes.
    pub fn lose_link(&mut self) -> &mut Desk {
        self.feed(Msg::Incoming(Incoming::Link(LinkStatus {
            state: LinkState::Lost,
            rtt_ms: Some(48),
            seen_at: Some(ago(2 * MINUTE)),
            seen_seq: 900,
            retry_at: Some(self.now.plus(4 * SECOND)),
            ..LinkStatus::default()
        })));
        self
    }

    /// Someone else writes in a case.
    pub fn other_writes(&mut self, case: u64) -> &mut Desk {
        self.feed(Msg::Incoming(Incoming::Looks { case: CaseId(case), who: vec![(BEN, true)] }));
        self
    }

    /// Hands a message to the desk and answers what it asks, until it asks nothing more.
    pub fn feed(&mut self, msg: Msg) {
        let mut msgs = vec![msg];
        while let Some(msg) = msgs.pop() {
            for effect in update(&mut self.model, msg, self.now) {
                match effect {
                    Effect::Ask(query) => msgs.push(Msg::Incoming(Incoming::Answer(self.answer(query)))),
                    other => self.effects.push(other),
                }
            }
        }
    }

    /// As the loop does after a drawing.
    pub fn measured(&mut self, found: crate::app::model::Measured) {
        measured(&mut self.model, found);
    }

    fn answer(&self, query: Query) -> Answer {
        match query {
            Query::Thread(id) => {
                let thread = self.state.case(id).map(|case| {
                    let messages = self.threads.get(&id).cloned().unwrap_or_default();
                    Box::new(Thread { case: case.clone(), messages, wrap_ups: Vec::new() })
                });
                Answer::Thread(id, thread)
            }
            Query::Customer(id) => {
                let file = self.state.customer(id).map(|customer| {
                    Box::new(CustomerFile {
                        customer: customer.clone(),
                        contacts: self.state.contacts(id).cloned(),
                        cases: self.cases_of(id),
                    })
                });
                Answer::Customer(id, file)
            }
            Query::Articles { seq, words, limit, .. } => {
                let words = words.to_lowercase();
                let fits = |h: &ArticleHead| h.title.to_lowercase().contains(&words) || words.is_empty();
                let hits = self.articles.iter().map(|(h, _)| h).filter(|h| fits(h)).take(limit).cloned().collect();
                Answer::Articles { seq, hits, took_us: 900 }
            }
            Query::Article(id) => {
                Answer::Article(id, self.articles.iter().find(|(h, _)| h.id == id).map(|(_, b)| b.clone()))
            }
            Query::History { seq, words, limit } => {
                let fits = |c: &&Case| c.subject.to_lowercase().contains(&words.to_lowercase());
                let hit = |c: &Case| CaseHit {
                    case: c.clone(),
                    customer: c
                        .customer
                        .and_then(|id| self.state.customer(id))
                        .map(|c| c.name.clone())
                        .unwrap_or_default(),
                    excerpt: c.subject.clone(),
                };
                Answer::History { seq, hits: self.state.cases().filter(fits).take(limit).map(hit).collect() }
            }
            Query::Timeline { seq, customer, .. } => {
                let lines = self.cases_of(customer);
                let lines = lines.into_iter().map(|case| TimelineLine { case, message: None }).collect();
                Answer::Timeline { seq, customer, lines }
            }
            Query::Customers { seq, limit, .. } => {
                Answer::Customers { seq, hits: self.customers().take(limit).collect() }
            }
            Query::Day { .. } if self.no_day => Answer::Day(Box::default()),
            Query::Day { .. } => Answer::Day(Box::new(super::day::rows(&self.state))),
            Query::CasesOf(agent) => {
                Answer::CasesOf(agent, self.state.cases().filter(|c| c.assignee == Some(agent)).cloned().collect())
            }
        }
    }

    fn customers(&self) -> impl Iterator<Item = Customer> + '_ {
        (1..40).filter_map(|id| self.state.customer(CustomerId(id)).cloned())
    }

    fn cases_of(&self, id: CustomerId) -> Vec<Case> {
        let mut cases: Vec<Case> = self.state.cases().filter(|c| c.customer == Some(id)).cloned().collect();
        cases.sort_by_key(|c| std::cmp::Reverse(c.updated));
        cases
    }
}

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
        rules: Default::default(),
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
        waiting_since: None,
        customer_gone: false,
        min_role: Role::Trainee,
        passed: Vec::new(),
        place: Default::default(),
        card: None,
    }
}

fn morning() -> State {
    let mut s = State::new();
    let mut put = |row: Row| s.load(row);
    put(Row::Firm(Firm { name: "Larkfield Telecom".into(), zone: "Europe/London".into(), rules: Default::default() }));
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
        }));
        put(Row::Contacts(contacts));
    }
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
