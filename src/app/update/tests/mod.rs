//! Scripts of keys against the whole app, with a cache and a server made of the rules themselves.

mod cases;
mod chats;
mod clocks;
mod firm;
mod holding;
mod line;
mod lists;
mod mail;
mod offers;
mod people;
mod reach;
mod stock;
mod time;
mod tour;
mod work;
mod wrapup;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use firm::{articles, firm};

use super::update;
use crate::app::key::Key;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::overlays::Overlay;
use crate::app::panes::{conversation, customer, queue};
use crate::app::port::*;
use crate::domain::command::{Actor, Command, CustomerHint};
use crate::domain::ids::*;
use crate::domain::people::*;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::state::State;
use crate::domain::time::{At, SECOND};
use crate::domain::view::{Sight, read};
use crate::domain::work::*;
use crate::domain::{apply, decide};

pub(crate) const ANA: AgentId = AgentId(1);
pub(crate) const BEN: AgentId = AgentId(2);
pub(crate) const DANA: CustomerId = CustomerId(1);
pub(crate) const BILLING: QueueId = QueueId(1);
pub(crate) const TECHNICAL: QueueId = QueueId(2);

/// The truth, a cache that holds all of it, and Ana's desk.
pub(crate) struct World {
    pub(crate) truth: State,
    pub(crate) desk: Model,
    pub(crate) now: At,
    seq: u64,
    linked: bool,
    sent: u64,
    outbox: Vec<OutboxItem>,
    drafts: BTreeMap<DraftKey, Draft>,
    articles: Vec<(ArticleHead, String)>,
    other: Vec<Effect>,
    wire: Vec<u64>,
    full_disk: bool,
    /// Commands whose numbers the outbox has not told yet, while it is slow.
    slow: Option<Vec<(u64, u64)>>,
    /// Held commands with their cases, and until when.
    held: Vec<(u64, Option<CaseId>, At)>,
    /// Everything was handed to the link before the agent asked for it back.
    too_late: bool,
    /// The desk dies before it hears what the outbox answers.
    dying: bool,
    /// When what found no link is asked about again.
    lapsing: Vec<(u64, At)>,
    /// Questions the cache has not answered yet, while it is slow.
    unread: Option<Vec<Query>>,
}

impl World {
    pub(crate) fn new() -> World {
        let mut truth = State::new();
        for row in firm() {
            truth.load(row);
        }
        let mut world = World {
            truth,
            desk: Model::default(),
            now: At(1_750_000_000_000),
            seq: 10,
            linked: true,
            sent: 0,
            outbox: Vec::new(),
            drafts: BTreeMap::new(),
            articles: articles(),
            other: Vec::new(),
            wire: Vec::new(),
            full_disk: false,
            slow: None,
            held: Vec::new(),
            too_late: false,
            dying: false,
            lapsing: Vec::new(),
            unread: None,
        };
        world.desk.size = (160, 50);
        world.open();
        world
    }

    /// Opens the desk on what the disk holds.
    pub(crate) fn open(&mut self) {
        let hot = Box::new(self.hot());
        let drafts = self.drafts.values().cloned().collect();
        let outbox = self.outbox.clone();
        self.tell(Incoming::Opened { agent: Some(ANA), hot, drafts, outbox });
        self.link(true);
    }

    /// The program dies and starts again.
    pub(crate) fn restart(&mut self) {
        self.desk = Model::default();
        self.desk.size = (160, 50);
        self.open();
    }

    pub(crate) fn link(&mut self, up: bool) {
        self.linked = up;
        let state = if up { LinkState::Live } else { LinkState::Lost };
        self.tell(Incoming::Link(LinkStatus { state, rtt_ms: Some(40), ..LinkStatus::default() }));
        if up {
            self.deliver();
        }
    }

    fn hot(&self) -> State {
        let mut hot = State::new();
        for row in self.truth.rows().filter(|r| r.entity().is_hot()) {
            hot.load(row.clone());
        }
        hot
    }

    pub(crate) fn tell(&mut self, incoming: Incoming) {
        self.feed(Msg::Incoming(incoming));
    }

    pub(crate) fn feed(&mut self, msg: Msg) {
        let effects = update(&mut self.desk, msg, self.now);
        for effect in effects {
            self.perform(effect);
        }
    }

    pub(crate) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Submit { token, command, clears, case, hold, lapses } => {
                if self.full_disk {
                    self.tell(Incoming::NotQueued { token, why: "The disk is full.".into() });
                    return;
                }
                self.sent += 1;
                let n = self.sent;
                // What is held of a case keeps its place before what is done next on it.
                let at = self.now;
                let first = command.interaction().is_some() || command.needs_link();
                let before: Vec<(u64, At)> = self.held.iter().filter(|h| h.1 == case).map(|h| (h.0, h.2)).collect();
                let until = before.iter().map(|(_, until)| *until).chain(hold).max().filter(|_| !first);
                let state = until.map_or(OutboxState::Waiting, |until| OutboxState::Held { until });
                self.outbox.push(OutboxItem { n, at, command: *command, state, returned: false });
                if let Some(key) = clears {
                    self.drafts.remove(&key);
                }
                match until {
                    Some(until) => self.held.push((n, case, until)),
                    None => {
                        self.lapsing.extend(lapses.map(|at| (n, at)));
                        before.iter().filter(|_| first).for_each(|(n, _)| self.release(*n));
                        self.wire.push(n);
                    }
                }
                match &mut self.slow {
                    Some(slow) => slow.push((token, n)),
                    None => self.tell(Incoming::Queued { token, n, held: until }),
                }
            }
            Effect::Withdraw { n } => {
                let in_time = !self.too_late;
                if in_time {
                    let item = self.outbox.iter_mut().find(|o| o.n == n).expect("it is kept");
                    item.state = OutboxState::Withdrawn;
                    self.wire.retain(|x| *x != n);
                    self.held.retain(|h| h.0 != n);
                }
                if !self.dying {
                    self.tell(Incoming::Withdrawn { n, in_time });
                }
            }
            Effect::GiveBack { n, draft } => {
                self.drafts.extend(draft.map(|d| (d.key, d)));
                self.outbox.retain(|o| o.n != n || o.state != OutboxState::Withdrawn);
                self.outbox.iter_mut().filter(|o| o.n == n).for_each(|o| o.returned = true);
            }
            Effect::Discard { n } => {
                self.outbox.retain(|o| o.n != n);
                self.wire.retain(|x| *x != n);
            }
            Effect::Confirm { n } => {
                let item = self.outbox.iter_mut().find(|o| o.n == n).expect("it is kept");
                assert!(matches!(item.state, OutboxState::Doubtful | OutboxState::Lapsed));
                item.state = OutboxState::Waiting;
                self.wire.push(n);
            }
            Effect::SaveDraft(draft) => {
                self.drafts.insert(draft.key, draft);
            }
            Effect::DropDraft(key) => {
                self.drafts.remove(&key);
            }
            Effect::MoveDraft { from, to } => {
                self.drafts.remove(&from);
                self.drafts.insert(to.key, to);
            }
            Effect::Ask(query) if self.unread.is_some() => self.unread.iter_mut().for_each(|u| u.push(query.clone())),
            Effect::Ask(query) => {
                let answer = self.answer(query);
                self.tell(Incoming::Answer(answer));
            }
            other => self.other.push(other),
        }
    }

    /// The cache answers what was asked while it was slow, and is slow no more.
    pub(crate) fn read(&mut self) {
        for query in self.unread.take().unwrap_or_default() {
            let answer = self.answer(query);
            self.tell(Incoming::Answer(answer));
        }
    }

    /// A held command's time has come.
    fn release(&mut self, n: u64) {
        self.held.retain(|h| h.0 != n);
        let item = self.outbox.iter_mut().find(|o| o.n == n).expect("it is kept");
        item.state = OutboxState::Waiting;
        self.wire.push(n);
        self.tell(Incoming::Verdict { n, state: OutboxState::Waiting });
    }

    fn answer(&self, query: Query) -> Answer {
        let truth = &self.truth;
        let cases = |c: CustomerId| {
            let kin: Vec<CustomerId> = truth.kin(c).iter().map(|one| one.id).collect();
            let theirs = |x: &&Case| x.customer.is_some_and(|c| kin.contains(&c));
            let mut cases: Vec<Case> = truth.cases().filter(theirs).cloned().collect();
            cases.sort_by_key(|c| std::cmp::Reverse(c.updated));
            cases
        };
        match query {
            Query::Thread(id) => {
                let thread = truth.case(id).map(|case| Thread {
                    case: case.clone(),
                    messages: truth.messages().filter(|m| m.case == id).cloned().collect(),
                    wrap_ups: truth.wrap_ups().filter(|w| w.case == id).cloned().collect(),
                    absent: 0,
                    correspondents: truth.correspondents(id).cloned(),
                });
                Answer::Thread(id, thread.map(Box::new))
            }
            Query::Customer(id) => {
                let kin = truth.kin(id);
                let file = kin.split_first().map(|(c, held)| CustomerFile {
                    customer: (*c).clone(),
                    contacts: truth.contacts(c.id).cloned(),
                    cases: cases(id),
                    held: held.iter().map(|c| ((*c).clone(), truth.contacts(c.id).cloned())).collect(),
                });
                Answer::Customer(id, file.map(Box::new))
            }
            Query::Articles { seq, words, .. } => {
                let hits = self.articles.iter().filter(|(h, _)| h.title.to_lowercase().contains(&words.to_lowercase()));
                Answer::Articles { seq, hits: hits.map(|(h, _)| h.clone()).collect(), took_us: 10 }
            }
            Query::Article(id) => {
                let found = self.articles.iter().find(|(h, _)| h.id == id);
                Answer::Article(id, found.map(|(_, b)| b.clone()))
            }
            Query::History { seq, words, .. } => {
                let hits = truth.cases().filter(|c| c.subject.to_lowercase().contains(&words.to_lowercase()));
                let hit = |c: &Case| CaseHit { case: c.clone(), customer: String::new(), excerpt: c.subject.clone() };
                Answer::History { seq, hits: hits.map(hit).collect() }
            }
            Query::Customers { seq, words, alike, .. } => {
                let mails = |id| truth.contacts(id).map(|c| c.emails.clone()).unwrap_or_default();
                let mine = alike.filter(|_| words.is_empty()).map(mails);
                let known = truth.entity(Entity::Customer).filter_map(|r| match r {
                    Row::Customer(c) if c.merged.is_none() => Some(c),
                    _ => None,
                });
                let known = known
                    .filter(|c| mine.as_ref().is_none_or(|mine| mails(c.id).iter().any(|mail| mine.contains(mail))));
                let hits = known.filter(|c| c.name.to_lowercase().contains(&words.to_lowercase()));
                Answer::Customers { seq, hits: hits.cloned().collect() }
            }
            Query::Timeline { seq, customer, words } => {
                let lines =
                    cases(customer).into_iter().filter(|c| c.subject.to_lowercase().contains(&words.to_lowercase()));
                Answer::Timeline {
                    seq,
                    customer,
                    lines: lines.map(|case| TimelineLine { case, message: None }).collect(),
                }
            }
            Query::View { seq, text, now, limit } => {
                let state = truth;
                let sight = Sight { state, me: Some(ANA), now };
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
            Query::CasesOf(agent) => Answer::CasesOf(agent, Vec::new()),
            Query::Day { .. } => Answer::Day(Box::new(self.day())),
        }
    }

    /// What the cache would say of the day.
    fn day(&self) -> DayRows {
        let truth = &self.truth;
        let name = |c: &Case| c.customer.and_then(|id| truth.customer(id)).map_or(String::new(), |c| c.name.clone());
        DayRows {
            wrap_ups: truth.wrap_ups().cloned().collect(),
            departures: truth.departures().cloned().collect(),
            ratings: truth.ratings().cloned().collect(),
            cases: truth.cases().map(|c| (c.clone(), name(c))).collect(),
        }
    }

    /// The server takes what is on the wire.
    pub(crate) fn deliver(&mut self) {
        while self.linked && !self.wire.is_empty() {
            let n = self.wire.remove(0);
            let Some(item) = self.outbox.iter().find(|o| o.n == n).cloned() else { continue };
            let state = match self.happen(Actor::Agent(ANA), &item.command) {
                Ok(seq) => OutboxState::Done { seq, deep: seq },
                Err(refusal) => OutboxState::Refused(refusal),
            };
            if matches!(state, OutboxState::Done { .. }) {
                self.outbox.retain(|o| o.n != n);
            } else if let Some(o) = self.outbox.iter_mut().find(|o| o.n == n) {
                o.state = state.clone();
            }
            self.tell(Incoming::Verdict { n, state });
        }
    }

    /// Something happens on the server, and the feed says so.
    pub(crate) fn happen(&mut self, actor: Actor, command: &Command) -> Result<u64, crate::domain::Refusal> {
        let events = decide(&self.truth, command, actor, self.now)?;
        for event in &events {
            apply(&mut self.truth, event);
        }
        self.seq += 1;
        let changes = self.truth.take_changes(self.seq);
        let keys: BTreeSet<RowKey> = changes.iter().map(crate::domain::row::Change::key).collect();
        let (mut put, mut gone, mut deep) = (Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            match self.truth.row(key) {
                _ if !key.entity.is_hot() => deep.push(key),
                Some(row) => put.push(row.clone()),
                None => gone.push(key),
            }
        }
        let seq = self.seq;
        if self.linked {
            self.tell(Incoming::Changed { put, gone, deep, seen_seq: seq, deep_seq: seq });
        }
        Ok(seq)
    }

    pub(crate) fn keys(&mut self, script: &str) -> &mut World {
        self.type_only(script);
        self.deliver();
        self
    }

    /// Keys, with the server still thinking.
    fn type_only(&mut self, script: &str) {
        for key in script_keys(script) {
            self.feed(Msg::Key(key));
        }
    }

    pub(crate) fn wait(&mut self, ms: i64) {
        self.now = self.now.plus(ms);
        let now = self.now;
        for (n, _) in self.lapsing.extract_if(.., |(_, at)| *at <= now).collect::<Vec<_>>() {
            // What was handed to the link waits for its verdict.
            let handed = |n: &u64| self.wire.contains(n);
            if self.linked || !handed(&n) {
                continue;
            }
            self.wire.retain(|x| *x != n);
            self.outbox.iter_mut().filter(|o| o.n == n).for_each(|o| o.state = OutboxState::Lapsed);
            self.tell(Incoming::Verdict { n, state: OutboxState::Lapsed });
        }
        self.feed(Msg::Tick);
    }

    /// A customer comes.
    pub(crate) fn comes(
        &mut self,
        channel: Channel,
        queue: QueueId,
        customer: Option<CustomerId>,
        words: &str,
    ) -> InteractionId {
        let before: BTreeSet<_> = self.truth.interactions().map(|i| i.id).collect();
        let body = (channel != Channel::Voice).then(|| words.to_owned());
        let command = Command::OpenInteraction {
            channel,
            queue,
            hint: CustomerHint { name: Some("Dana H.".into()), ..CustomerHint::default() },
            customer,
            case: None,
            menu: vec!["Bill".into(), "Roaming".into()],
            priority: Priority::Normal,
            language: "en".into(),
            subject: words.to_owned(),
            body,
            came: None,
            callback: Box::new(crate::domain::command::CallbackWish {
                number: (channel == Channel::Callback).then(|| "+442079460123".to_owned()),
                ..Default::default()
            }),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        self.happen(Actor::Gateway(KeyId(1)), &command).expect("a customer can come");
        let after = self.truth.interactions().map(|i| i.id).find(|i| !before.contains(i));
        after.expect("the interaction is there")
    }

    pub(crate) fn says(&mut self, interaction: InteractionId, words: &str) {
        let command = Command::AppendMessage { interaction, body: words.to_owned(), files: Vec::new(), letter: None };
        self.happen(Actor::Gateway(KeyId(1)), &command).expect("the customer is there");
    }

    pub(crate) fn offer(&mut self, interaction: InteractionId, to: AgentId) {
        self.happen(Actor::System, &Command::Offer { interaction, to }).expect("an offer can be made");
    }

    /// A contact that Ana has and looks at.
    pub(crate) fn takes(&mut self, channel: Channel, words: &str) -> InteractionId {
        let id = self.comes(channel, BILLING, Some(DANA), words);
        self.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(id) }).expect("Ana takes it");
        let case = self.truth.interaction(id).expect("there").case;
        if self.desk.conversation.case != Some(case) {
            self.keys("<ctrl-l><esc><esc><esc>1");
            self.desk.queue.chosen = Some(queue::Row::Mine(id));
            let mut desk = super::Desk { m: &mut self.desk, now: self.now, out: Vec::new(), touched: true };
            desk.select_row(queue::Row::Mine(id));
            self.keys("<enter>");
        }
        assert_eq!(self.desk.conversation.case, Some(case));
        id
    }

    fn toasts(&self) -> Vec<&str> {
        self.desk.toasts.iter().map(|t| t.text.as_str()).collect()
    }

    fn said(&self, words: &str) -> bool {
        self.desk.toasts.iter().any(|t| t.text.contains(words) || t.way_out.contains(words))
    }

    fn thread(&self) -> Vec<(String, conversation::Standing)> {
        conversation::entries(&self.desk).into_iter().map(|e| (e.body.into_owned(), e.standing)).collect()
    }

    pub(crate) fn draft(&self, field: DraftField) -> &str {
        let key = DraftKey { case: self.desk.conversation.case.expect("a case is open"), field };
        self.desk.drafts.get(&key).map_or("", |w| w.field.text())
    }

    pub(crate) fn truth_of(&self, id: InteractionId) -> &Interaction {
        self.truth.interaction(id).expect("the contact is there")
    }

    fn overlay(&self) -> &'static str {
        match self.desk.top() {
            None => "",
            Some(Overlay::Chooser(_)) => "chooser",
            Some(Overlay::Confirm(_)) => "confirm",
            Some(Overlay::Stale(_)) => "stale",
            Some(Overlay::Outbox(_)) => "outbox",
            Some(Overlay::Day(_)) => "day",
            Some(Overlay::Explain(_)) => "explain",
            Some(Overlay::Prompt(_)) => "prompt",
            Some(Overlay::Stage(_)) => "stage",
        }
    }
}

/// `jj<enter>hello`: characters are themselves, names stand in angle brackets.
fn script_keys(script: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            keys.push(Key::parse(name).unwrap_or_else(|e| panic!("{name}: {e}")));
            rest = after;
        } else {
            keys.push(Key::char(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    keys
}
