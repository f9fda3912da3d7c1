//! A desk in the middle of a morning, with a cache that answers. No customer in here exists; the numbers are from
//! the ranges kept free for fiction.

use std::collections::BTreeMap;

use super::morning::morning;
use super::words::{articles, threads};

use crate::app::key::Key;
use crate::app::model::{Model, Settings};
use crate::app::msg::Msg;
use crate::app::port::{
    Answer, CaseHit, CustomerFile, Effect, Incoming, LinkState, LinkStatus, Pop, Query, Thread, TimelineLine,
};
use crate::app::{measured, update};
use crate::domain::file::FileCard;
use crate::domain::ids::*;
use crate::domain::kin::MergedCustomer;
use crate::domain::people::{Agent, Customer, Role};
use crate::domain::proof::{Clue, Known, Proof};
use crate::domain::row::Row;
use crate::domain::side::Side;
use crate::domain::state::State;
use crate::domain::time::{At, DAY, MINUTE, SECOND};
use crate::domain::view::{Sight, read};
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
    pub state: State,
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
        Desk::of_morning(morning(), w, h)
    }

    /// The same, with clocks on the cases in hand.
    pub fn promised(w: u16, h: u16) -> Desk {
        let mut state = morning();
        super::clocks::promise(&mut state);
        Desk::of_morning(state, w, h)
    }

    pub fn of_morning(state: State, w: u16, h: u16) -> Desk {
        let mut desk = Desk::with(state);
        desk.threads = threads();
        desk.articles = articles();
        desk.feed(Msg::Resize(w, h));
        desk.open();
        desk
    }

    /// A desk in the training room: nothing was said yet.
    pub fn of_room(state: State, w: u16, h: u16) -> Desk {
        let mut desk = Desk::with(state);
        desk.articles = articles();
        desk.feed(Msg::Resize(w, h));
        desk.open();
        desk
    }

    fn with(state: State) -> Desk {
        let settings = Settings { zone: "Europe/London".into(), locale: "en".into(), ..Settings::default() };
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
            history_at: None,
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

    /// Rows change on the server.
    pub fn change(&mut self, put: Vec<Row>) -> &mut Desk {
        put.iter().for_each(|row| self.state.load(row.clone()));
        let deep = put.iter().map(Row::key).collect();
        self.feed(Msg::Incoming(Incoming::Changed { put, gone: Vec::new(), deep, seen_seq: 902, deep_seq: 902 }));
        self
    }

    /// The customer of this case writes.
    pub fn says(&mut self, case: u64, body: &str) -> &mut Desk {
        self.sends(case, body, &[])
    }

    /// The customer's side of a live chat is told: they have seen everything and write.
    pub fn side(&mut self, case: u64) -> &mut Desk {
        let newest = MessageId(u64::MAX >> 2);
        let page = "Roaming prices · example.com/roaming".to_owned();
        let side = Side { there: true, writes: true, got: newest, seen: newest, page };
        self.feed(Msg::Incoming(Incoming::Looks { case: CaseId(case), who: Vec::new(), customer: Some(side) }));
        self
    }

    /// Who works here may say that two are one.
    pub fn senior(&mut self) -> &mut Desk {
        let me = self.state.agent(ME).cloned().expect("is there");
        self.change(vec![Agent { role: Role::Senior, ..me }.into()])
    }

    /// The one customer became part of the other.
    pub fn merged(&mut self, part: u64, root: u64) -> &mut Desk {
        let of = |id| self.state.customer(CustomerId(id)).cloned().expect("is there");
        let merged = MergedCustomer { into: CustomerId(root), by: BEN, at: ago(9 * DAY), reason: "one voice".into() };
        let part = Customer { merged: Some(Box::new(merged)), ..of(part) };
        let root = Customer { holds: vec![part.id], ..of(root) };
        self.change(vec![part.into(), root.into()])
    }

    /// What the customer of this case gave is known of two.
    pub fn doubts(&mut self, case: u64) -> &mut Desk {
        let mut contact = self.state.interactions_of(CaseId(case)).next().cloned().expect("is there");
        contact.customer = None;
        contact.maybe = vec![CustomerId(1), CustomerId(2)];
        contact.known = Known { proof: Proof::Address, clue: Some(Clue::Address), told: None };
        let mut case = self.state.case(CaseId(case)).cloned().expect("is there");
        case.customer = None;
        self.change(vec![contact.into(), case.into()])
    }

    /// The customer of this case writes and sends files along.
    pub fn sends(&mut self, case: u64, body: &str, files: &[&str]) -> &mut Desk {
        let card = |(n, name): (usize, &&str)| FileCard {
            id: FileId(n as u64 + 1),
            name: (*name).to_owned(),
            size: 48_213 * (n as u64 + 1),
            kind: String::new(),
        };
        let files = files.iter().enumerate().map(card).collect();
        let id = MessageId(900);
        let mut case = self.state.case(CaseId(case)).cloned().expect("is there");
        case.last_inbound = Some(id);
        let message = Message {
            id,
            case: case.id,
            queue: case.queue,
            at: ago(4 * SECOND),
            author: Author::Customer,
            kind: Kind::Message,
            channel: case.channel,
            body: body.into(),
            files,
            went: None,
        };
        self.change(vec![message.into(), case.into()])
    }

    /// The link goes.
    pub fn lose_link(&mut self) -> &mut Desk {
        self.feed(Msg::Incoming(Incoming::Link(LinkStatus {
            state: LinkState::Lost,
            rtt_ms: Some(48),
            seen_at: Some(ago(2 * MINUTE)),
            history_at: None,
            seen_seq: 900,
            retry_at: Some(self.now.plus(4 * SECOND)),
            ..LinkStatus::default()
        })));
        self
    }

    /// Someone else writes in a case.
    pub fn other_writes(&mut self, case: u64) -> &mut Desk {
        self.feed(Msg::Incoming(Incoming::Looks { case: CaseId(case), who: vec![(BEN, true)], customer: None }));
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
                    let mut messages = self.threads.get(&id).cloned().unwrap_or_default();
                    messages.extend(self.state.messages_of(id).cloned());
                    let wrap_ups = self.state.wrap_ups_of(id).cloned().collect();
                    Box::new(Thread { case: case.clone(), messages, wrap_ups, absent: 0, correspondents: letter(case) })
                });
                Answer::Thread(id, thread)
            }
            Query::Customer(id) => {
                let kin = self.state.kin(id);
                let with = |c: &Customer| (c.clone(), self.state.contacts(c.id).cloned());
                let file = kin.split_first().map(|(customer, held)| {
                    Box::new(CustomerFile {
                        customer: (*customer).clone(),
                        contacts: self.state.contacts(customer.id).cloned(),
                        cases: self.cases_of(id),
                        held: held.iter().map(|c| with(c)).collect(),
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
            Query::View { seq, text, now, limit } => {
                let state = &self.state;
                let sight = Sight { state, me: Some(AgentId(1)), now };
                let name =
                    |c: &Case| c.customer.and_then(|id| state.customer(id)).map(|c| c.name.clone()).unwrap_or_default();
                let expr = match read(&text, state) {
                    Ok(expr) => expr,
                    Err(fault) => {
                        return Answer::View { seq, hits: Vec::new(), total: 0, fault: Some(fault.sentence()) };
                    }
                };
                let mut cases: Vec<&Case> = state.cases().filter(|c| sight.holds(&expr, c, &name(c))).collect();
                cases.sort_by_key(|c| sight.order(c));
                let total = cases.len();
                let hit = |c: &Case| CaseHit { case: c.clone(), customer: name(c), excerpt: String::new() };
                let hits = cases.into_iter().take(limit).map(hit).collect();
                Answer::View { seq, hits, total, fault: None }
            }
            Query::CasesOf(agent) => {
                Answer::CasesOf(agent, self.state.cases().filter(|c| c.assignee == Some(agent)).cloned().collect())
            }
        }
    }

    fn customers(&self) -> impl Iterator<Item = Customer> + '_ {
        (1..40).filter_map(|id| self.state.customer(CustomerId(id)).cloned())
    }

    fn cases_of(&self, id: CustomerId) -> Vec<Case> {
        let kin: Vec<CustomerId> = self.state.kin(id).iter().map(|c| c.id).collect();
        let theirs = |c: &&Case| c.customer.is_some_and(|id| kin.contains(&id));
        let mut cases: Vec<Case> = self.state.cases().filter(theirs).cloned().collect();
        cases.sort_by_key(|c| std::cmp::Reverse(c.updated));
        cases
    }
}

/// Who writes to each other on a case by e-mail.
fn letter(case: &Case) -> Option<crate::domain::mail::Correspondents> {
    let at = |address: &str| crate::domain::mail::Address { name: String::new(), address: address.into() };
    (case.channel == Channel::Email).then(|| crate::domain::mail::Correspondents {
        case: case.id,
        ours: "support@larkfield.example".into(),
        to: vec![at("dana.holt@example.com")],
        cc: vec![at("ombudsman@example.org"), at("sam.holt@example.net"), at("long.name.of.somebody@example.com")],
        waiting: Vec::new(),
    })
}
