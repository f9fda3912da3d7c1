//! The conversation pane: the thread of the open case, newest at the bottom.

use std::borrow::Cow;

use super::who::{self, Backing, Maybe};
use super::{queue, recipients};
use crate::app::action::{Action, Context};
use crate::app::clocks::{self, Face};
use crate::app::list::Scroll;
use crate::app::model::Model;
use crate::app::overlays::chooser::Purpose;
use crate::app::overlays::{checklist, later};
use crate::app::port::{Effect, OutboxState, Thread};
use crate::app::update::{Asking, Desk, contexts, is_linked, typing};
use crate::app::words;
use crate::domain::command::Command;
use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, ArticleId, CaseId, CustomerId, InteractionId, MessageId};
use crate::domain::label::standing;
use crate::domain::mail::Scheduled;
use crate::domain::named;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Author, Case, Channel, Interaction, Kind, Message, Phase, Priority, WrapUp};

/// Links named above the thread.
const LINKS: usize = 3;
/// Threads kept beside the open one.
const SHELF: usize = 12;

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Which case is open.
    pub case: Option<CaseId>,
    /// What the cache holds of it, once it answered.
    pub thread: Option<Box<Thread>>,
    /// The cache answered that it holds nothing.
    pub missing: bool,
    /// Where the reader is.
    pub scroll: Scroll,
    /// Threads lately shown, newest last, so that going back and forth does not flicker.
    pub shelf: Vec<Box<Thread>>,
    /// When the newest customer message came on screen, this machine's clock; see `composer::seen`.
    pub shown: Option<(MessageId, At)>,
}

/// Who speaks, told apart by mark and word, not by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The customer.
    Customer,
    /// This agent or another, to the customer.
    Agent,
    /// A note for the team.
    Note,
    /// The desk itself: wrap-ups, transfers, imports.
    System,
}

/// How sure a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The server has it.
    Confirmed,
    /// It is on the customer's screen, or was seen there; the newest of which this is known.
    There {
        /// They have seen it.
        seen: bool,
    },
    /// Made here, not yet confirmed.
    Unconfirmed,
    /// Made here, and leaves in so many whole seconds; until then this key takes it back.
    Held(i64, String),
    /// Made here, and would be refused as things stand: why.
    Doubtful(String),
    /// It waits for its time, or was stopped: in words, with the key that changes that.
    Later(String),
}

/// One entry of the thread; text is raw and may have many lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Which message; provisional while predicted.
    pub id: MessageId,
    /// Who speaks.
    pub voice: Voice,
    /// Their name; empty for the desk itself.
    pub who: String,
    /// Written by this agent.
    pub mine: bool,
    /// When, server time.
    pub at: At,
    /// The words.
    pub body: Cow<'a, str>,
    /// What came along.
    pub files: &'a [FileCard],
    /// How sure it is.
    pub standing: Standing,
    /// To whom it went by e-mail, when that was not as before.
    pub went: String,
}

/// The line above the thread; text is raw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// `#4821`.
    pub number: String,
    /// Customer's name.
    pub name: String,
    /// The case's subject.
    pub subject: String,
    /// What there is to know in words: `talk 2:05`, `waiting 3m in Billing`, `solved`, `high`, `snoozed until …`.
    pub facts: Vec<String>,
    /// The service clock that presses, if one runs.
    pub clock: Option<Face>,
    /// Tags.
    pub tags: Vec<String>,
    /// Why it was escalated, if it was.
    pub escalated: Option<String>,
    /// Who handed it on, and whether the card was read.
    pub card: Option<String>,
    /// Who else is here: `Ana is writing`, `Ben is looking`.
    pub others: Vec<String>,
    /// The customer's side of a live chat: `on /prices`.
    pub side: Vec<String>,
    /// What stands behind who the customer is.
    pub backing: Option<Backing>,
    /// Who they may be, and why.
    pub maybe: Option<Maybe>,
}

/// A file in a line: `file: bill.pdf, 12 kB`.
pub fn file_words(file: &FileCard) -> String {
    t!("file: {name}, {size}", name = file.name, size = words::bytes(file.size))
}

impl Conversation {
    /// Newest message of the customer in the thread on screen, if it is that case's.
    pub fn inbound(&self, case: CaseId) -> Option<MessageId> {
        let thread = self.thread.as_ref().filter(|t| t.case.id == case)?;
        thread.messages.iter().rev().find(|m| is_inbound(m)).map(|m| m.id)
    }
}

fn is_inbound(m: &Message) -> bool {
    m.author == Author::Customer && m.kind == Kind::Message
}

/// The contact on the open case that matters most here: mine, else offered to me, else any.
pub fn contact(model: &Model) -> Option<&Interaction> {
    let case = model.conversation.case?;
    let me = model.me();
    model.view().interactions_of(case).min_by_key(|i| match i.owner {
        Some(owner) if Some(owner) == me => 0,
        _ if i.offered_to().is_some_and(|(to, _)| Some(to) == me) => 1,
        _ => 2,
    })
}

/// The line above the thread; `None` when no case is open.
pub fn head(model: &Model, now: At) -> Option<Head> {
    let id = model.conversation.case?;
    let view = model.view();
    let server = model.server(now);
    let case = view.case(id);
    let contact = contact(model);
    let customer = case.and_then(|c| c.customer).or(contact.and_then(|i| i.customer));
    let name = customer.and_then(|c| view.customer(view.customer_root(c))).map(|c| c.name.clone());
    let name = name.or_else(|| contact.map(|i| queue::name(model, i))).unwrap_or_default();
    let subject = case.map(|c| c.subject.clone()).filter(|s| !s.is_empty());
    let subject = subject.or_else(|| contact.map(|i| i.subject.clone())).unwrap_or_default();
    let others = queue::looks(model, id).into_iter();
    let others = others
        .map(|(who, writes)| if writes { t!("{who} is writing here", who) } else { t!("{who} is looking here", who) });
    let side = model.customers.get(&id);
    let writes = side.filter(|side| side.writes).map(|_| t!("{name} is writing", name));
    let page = side.filter(|side| !side.page.is_empty()).map(|side| t!("on {page}", page = side.page));
    let away = side.filter(|side| !side.there).map(|_| t!("chat window closed").to_owned());
    Some(Head {
        number: queue::number(id),
        name,
        subject,
        facts: facts(model, case, contact, server),
        clock: case.and_then(|c| clocks::face(c, server)),
        tags: case.map(|c| c.tags.clone()).unwrap_or_default(),
        escalated: case.and_then(|c| c.escalated.clone()),
        card: contact.and_then(|i| card_words(model, i)),
        others: writes.into_iter().chain(others).collect(),
        side: away.into_iter().chain(page).collect(),
        backing: contact.and_then(|i| who::backing(model, i, server)),
        maybe: contact.and_then(|i| who::maybe(model, i)),
    })
}

/// The hand-off card nobody here has read yet, and who left it: of the contact offered, else of the open one.
pub fn unread_card(model: &Model) -> Option<(InteractionId, AgentId)> {
    let me = model.me()?;
    let offers = model.view().interactions().filter_map(|i| Some((i.offered_to().filter(|(to, _)| *to == me)?.1, i)));
    let offered = offers.min_by_key(|(until, i)| (*until, i.id)).map(|(_, i)| i);
    let mine = contact(model).filter(|i| i.owner == Some(me));
    let unread = |i: &&Interaction| i.card.is_some_and(|c| c.by != me && c.read.is_none_or(|(by, _)| by != me));
    let i = offered.into_iter().chain(mine).find(unread)?;
    Some((i.id, i.card?.by))
}

/// What is said of a card over the thread.
fn card_words(model: &Model, i: &Interaction) -> Option<String> {
    let view = model.view();
    let card = i.card?;
    let by = queue::agent_name(view, card.by);
    let me = model.me();
    Some(match card.read {
        Some((who, _)) if Some(who) == me => t!("card from {by}: read", by),
        Some((who, _)) => t!("card from {by}: read by {who}", by, who = queue::agent_name(view, who)),
        None if Some(card.by) == me => t!("your card: not read yet").to_owned(),
        None => t!("card from {by}: not read yet; {key} says you have", by, key = key_of(model)),
    })
}

/// The key of "I have read it".
pub(super) fn key_of(model: &Model) -> String {
    model.keymap.shown(&[Context::Global], Action::ReadCard, false).unwrap_or_default()
}

/// The key that takes a held reply back from where one writes.
fn undo_key(model: &Model) -> String {
    model.keymap.shown(&contexts(model), Action::Undo, typing(model)).unwrap_or_default()
}

fn facts(model: &Model, case: Option<&Case>, contact: Option<&Interaction>, server: At) -> Vec<String> {
    let view = model.view();
    let mut facts = Vec::new();
    if let Some(i) = contact {
        let queue = view.queue(i.queue).map_or_else(String::new, |q| q.name.clone());
        facts.push(named::channel(i.channel).to_owned());
        facts.push(match (i.phase, i.owner) {
            (_, Some(owner)) if Some(owner) == model.me() => {
                let (word, since, _) = queue::standing(view, i, server);
                let span = server.since(since);
                format!("{word} {}", if queue::ticks(i) { model.clock(span) } else { words::short(span) })
            }
            (Phase::WrapUp { .. }, Some(owner)) => t!("wrap-up by {who}", who = queue::agent_name(view, owner)),
            (_, Some(owner)) => t!("with {who}", who = queue::agent_name(view, owner)),
            (Phase::Offered { to, .. }, _) => t!("offered to {who}", who = queue::agent_name(view, to)),
            _ => t!("waits {span} in {queue}", span = words::short(server.since(i.enqueued)), queue),
        });
        if let Some(language) = queue::foreign(model, &i.language) {
            facts.push(language);
        }
        // What they chose on the way here, as a path.
        if !i.menu.is_empty() {
            facts.push(i.menu.join(" > "));
        }
    }
    if let Some(c) = case {
        match &c.ties.merged {
            Some(merged) => facts.push(t!("merged into {number}", number = queue::number(merged.into))),
            None => facts.push(standing(view, c).to_owned()),
        }
        if model.mirror.waits_on(c.id) {
            facts.push(t!("not yet confirmed").to_owned());
        }
        match absent(model) {
            0 => {}
            n if is_linked(model) => facts.push(tn!(n, "1 text still to come", "{n} texts still to come")),
            n => facts.push(tn!(n, "1 text not on this desk", "{n} texts not on this desk")),
        }
        if let Some((done, all)) = checklist::progress(model, c.id) {
            facts.push(t!("checklist {done} of {all}", done, all));
        }
        match c.assignee {
            Some(a) if Some(a) == model.me() => facts.push(t!("yours").to_owned()),
            Some(a) => facts.push(t!("{who}'s", who = queue::agent_name(view, a))),
            None => {}
        }
        if c.priority != Priority::Normal {
            facts.push(named::priority(c.priority).to_owned());
        }
        if !c.ties.holds.is_empty() {
            facts.push(tn!(c.ties.holds.len(), "1 case merged into it", "{n} cases merged into it"));
        }
        for link in c.ties.links.iter().take(LINKS) {
            facts.push(format!("{} {}", named::link(link.kind), queue::number(link.case)));
        }
        if let Some(until) = c.snoozed_until {
            facts.push(t!("snoozed until {moment}", moment = words::moment(until, server, model.zone())));
        }
    }
    facts
}

/// Messages of the open case whose texts are not on this desk.
pub fn absent(model: &Model) -> u32 {
    model.conversation.thread.as_ref().map_or(0, |thread| thread.absent)
}

/// What to say when there are no entries.
pub fn empty(model: &Model) -> &'static str {
    let conversation = &model.conversation;
    match (conversation.case, &conversation.thread) {
        (None, _) => {
            t!(
                "What the customer and the team write stands here. Choose a contact in the queue (<go-queue>), or take the \
             next one (<pull-next>)."
            )
        }
        (Some(_), None) if conversation.missing && !is_linked(model) => {
            t!("Its history is not on this desk; it comes when the link is back.")
        }
        (Some(_), None) if conversation.missing => {
            t!("Its history is not on this desk: it is still coming, or not yours to see.")
        }
        (Some(_), None) => "",
        (Some(_), Some(thread)) if thread.absent > 0 && !is_linked(model) => {
            t!("What was said here is not on this desk; it comes when the link is back.")
        }
        (Some(_), Some(thread)) if thread.absent > 0 => "",
        _ => t!("Nothing was written yet. Write to the customer (<reply>), or a note for the team (<note>)."),
    }
}

/// The thread, oldest first, with what this desk wrote and the server has not confirmed at its end.
pub fn entries(model: &Model) -> Vec<Entry<'_>> {
    let Some(case) = model.conversation.case else { return Vec::new() };
    let thread = model.conversation.thread.as_deref();
    let messages = thread.map_or(&[][..], |t| &t.messages);
    let mut entries: Vec<Entry> = messages.iter().map(|m| entry(model, m, Standing::Confirmed)).collect();
    if let Some(thread) = thread {
        let codes = thread.wrap_ups.iter().filter(|w| w.reason.is_some() || w.outcome.is_some());
        entries.extend(codes.map(|w| wrap_up(model, w)));
        entries.sort_by_key(|e| e.at);
    }
    if let Some(side) = model.customers.get(&case) {
        let reached = |e: &&mut Entry| e.voice == Voice::Agent && e.id <= side.got.max(side.seen);
        if let Some(entry) = entries.iter_mut().rev().find(reached) {
            entry.standing = Standing::There { seen: entry.id <= side.seen };
        }
    }
    // One confirmed message stands for one foreseen: the same words by this agent, not older than the key press.
    let mut taken: Vec<MessageId> = Vec::new();
    for (m, pending) in model.mirror.unconfirmed(case) {
        let same = |x: &&Message| {
            x.author == m.author && x.kind == m.kind && x.body == m.body && x.at >= m.at.plus(-2 * SECOND)
        };
        if let Some(found) = messages.iter().rev().filter(same).find(|x| !taken.contains(&x.id)) {
            taken.push(found.id);
            continue;
        }
        let standing = match pending.map(|p| (&p.state, &p.doubt)) {
            None | Some((OutboxState::Done { .. }, _)) => Standing::Confirmed,
            Some((OutboxState::Held { until }, _)) => {
                // A reader is told the whole time once, not each second of it.
                let from = if model.settings.reader { m.at } else { model.server(model.memory.at) };
                Standing::Held(words::seconds_left(*until, from), undo_key(model))
            }
            Some((_, Some(doubt))) => Standing::Doubtful(doubt.sentence(m.at)),
            Some(_) => Standing::Unconfirmed,
        };
        entries.push(entry(model, m, standing));
    }
    entries.extend(later::waiting(model, case).into_iter().map(|s| waits(model, s)));
    entries
}

fn entry<'a>(model: &Model, m: &'a Message, standing: Standing) -> Entry<'a> {
    let voice = match (m.kind, m.author) {
        (_, Author::System) => Voice::System,
        (Kind::Note, _) => Voice::Note,
        (Kind::Message, Author::Customer) => Voice::Customer,
        (Kind::Message, Author::Agent(_)) => Voice::Agent,
    };
    let who = match m.author {
        Author::Agent(id) => queue::agent_name(model.view(), id),
        Author::Customer => head_name(model),
        Author::System => String::new(),
    };
    let mine = matches!(m.author, Author::Agent(id) if Some(id) == model.me());
    let (body, went) = (Cow::Borrowed(m.body.as_str()), m.went.as_deref().map(recipients::listed).unwrap_or_default());
    Entry { id: m.id, voice, who, mine, at: m.at, body, files: &m.files, standing, went }
}

/// An answer that waits for its time, behind all that was said.
fn waits<'a>(model: &'a Model, s: &'a Scheduled) -> Entry<'a> {
    Entry {
        id: MessageId(0),
        voice: Voice::Agent,
        who: queue::agent_name(model.view(), s.by),
        mine: Some(s.by) == model.me(),
        at: s.asked,
        body: Cow::Borrowed(&s.body),
        files: &[],
        standing: Standing::Later(later::words(model, s)),
        went: String::new(),
    }
}

fn head_name(model: &Model) -> String {
    let case = model.conversation.case.and_then(|c| model.view().case(c));
    let customer = case.and_then(|c| c.customer).and_then(|c| model.view().customer(c)).map(|c| c.name.clone());
    customer.or_else(|| contact(model).map(|i| queue::name(model, i))).unwrap_or_else(|| t!("customer").to_owned())
}

fn wrap_up<'a>(model: &Model, w: &WrapUp) -> Entry<'a> {
    let view = model.view();
    let reason = w.reason.and_then(|r| view.reason(r)).map(|r| r.label.as_str());
    let outcome = w.outcome.and_then(|o| view.outcome(o)).map(|o| o.label.as_str());
    let codes: Vec<&str> = reason.into_iter().chain(outcome).collect();
    let late = if w.late { t!(" (late)") } else { "" };
    let body = t!("wrapped up{late}: {codes}", late, codes = codes.join(" · "));
    Entry {
        id: MessageId(0),
        voice: Voice::System,
        who: queue::agent_name(view, w.agent),
        mine: Some(w.agent) == model.me(),
        at: w.at,
        body: Cow::Owned(body),
        files: &[],
        standing: Standing::Confirmed,
        went: String::new(),
    }
}

impl Desk<'_> {
    /// Shows a case: its thread, its customer, its drafts.
    pub(in crate::app) fn open_case(&mut self, case: CaseId) {
        if self.m.conversation.case == Some(case) {
            return;
        }
        let conversation = &mut self.m.conversation;
        if let Some(thread) = conversation.thread.take() {
            conversation.shelf.retain(|t| t.case.id != thread.case.id);
            conversation.shelf.push(thread);
            let over = conversation.shelf.len().saturating_sub(SHELF);
            conversation.shelf.drain(..over);
        }
        let found = conversation.shelf.iter().position(|t| t.case.id == case);
        conversation.thread = found.map(|i| conversation.shelf.remove(i));
        conversation.case = Some(case);
        conversation.missing = false;
        conversation.scroll = Scroll::default();
        conversation.shown = None;
        self.touched = true;
        self.want(Asking::Thread(case));
        let contact = contact(self.m);
        let voice = contact.is_some_and(|i| matches!(i.channel, Channel::Voice | Channel::Callback));
        let customer = contact.and_then(|i| i.customer);
        let customer = customer.or_else(|| self.m.view().case(case).and_then(|c| c.customer));
        // On the phone one speaks; what is written is a note, but where one practises.
        self.m.composer.kind = if voice && !self.m.view().house().training { Kind::Note } else { Kind::Message };
        self.show_customer(customer);
        self.know_candidates();
    }

    /// The cache answered. `fresh` says that nothing changed since it was asked.
    pub(in crate::app) fn thread_came(&mut self, case: CaseId, thread: Option<Box<Thread>>, fresh: bool) {
        let base = &self.m.mirror.base;
        let known =
            |t: &Thread| base.case(case) == Some(&t.case) && base.correspondents(case) == t.correspondents.as_ref();
        if let Some(thread) = thread.as_deref().filter(|t| !known(t)) {
            self.m.mirror.unload([RowKey { entity: Entity::Correspondents, id: case.0 }]);
            let who = thread.correspondents.clone().map(Row::Correspondents);
            self.m.mirror.load(std::iter::once(Row::Case(thread.case.clone())).chain(who));
            self.m.mirror.refold();
            self.touched = true;
        }
        if fresh {
            self.m.mirror.fresh(case);
        }
        self.keep_cards(case, thread.as_deref());
        self.say_if_late(case, thread.as_deref().map_or(&[], |t| &t.wrap_ups));
        if self.m.conversation.case != Some(case) {
            return;
        }
        if self.m.conversation.thread == thread && self.m.conversation.missing == thread.is_none() {
            return;
        }
        self.touched = true;
        let customer = thread.as_ref().and_then(|t| t.case.customer);
        if thread.is_none() {
            // What is open is needed before the rest of the history.
            self.effect(Effect::Want(RowKey { entity: Entity::Case, id: case.0 }));
        }
        let absent = thread.as_ref().map_or(0, |t| t.absent);
        if absent > 0 {
            // What colleagues said comes when somebody reads it.
            self.effect(Effect::Want(RowKey { entity: Entity::Case, id: case.0 }));
        }
        self.m.conversation.missing = thread.is_none();
        self.m.conversation.thread = thread;
        let newest = self.m.conversation.inbound(case);
        if newest != self.m.conversation.shown.map(|(id, _)| id) {
            self.m.conversation.shown = newest.map(|id| (id, self.now));
        }
        if customer.is_some() && self.m.customer.id != customer {
            self.show_customer(customer);
        }
        self.stale_thread_came(case);
    }

    /// The words of hand-off cards, wherever their case is open.
    fn keep_cards(&mut self, case: CaseId, thread: Option<&Thread>) {
        let notes: Vec<MessageId> = self.m.view().interactions_of(case).filter_map(|i| Some(i.card?.note)).collect();
        for message in thread.into_iter().flat_map(|t| &t.messages).filter(|m| notes.contains(&m.id)) {
            self.touched |= self.m.cards.insert(message.id, message.body.clone()).as_ref() != Some(&message.body);
        }
        let view = self.m.mirror.view();
        let live: Vec<MessageId> = view.interactions().filter_map(|i| Some(i.card?.note)).collect();
        self.m.cards.retain(|id, _| live.contains(id));
    }

    /// "I have read it": the card of the offered contact, else of the one in hand.
    pub(in crate::app) fn read_card(&mut self) {
        let Some((interaction, by)) = unread_card(self.m) else { return };
        if self.submit(Command::ReadCard { interaction }, None) {
            let name = queue::agent_name(self.m.view(), by);
            self.did(t!("{name} sees that you have read it.", name));
        }
    }

    /// Rows of the deep lane changed: what shows one asks again, what only remembers one forgets it.
    pub(in crate::app) fn deep_changed(&mut self, keys: &[RowKey]) {
        let open = self.m.conversation.case;
        let mut thread = false;
        let mut timeline = false;
        let mut day = false;
        let mut cases = false;
        for key in keys {
            match key.entity {
                Entity::Case => {
                    let id = CaseId(key.id);
                    cases = true;
                    timeline |= self.m.customer.lines.iter().any(|l| l.case.id == id)
                        || self.m.customer.file.as_ref().is_some_and(|f| f.cases.iter().any(|c| c.id == id));
                    if open == Some(id) {
                        thread = true;
                        timeline = true;
                    } else if self.m.mirror.base.case(id).is_some() {
                        self.m.conversation.shelf.retain(|t| t.case.id != id);
                        let mine = self.m.view().interactions().any(|i| i.case == id && i.owner == self.m.me());
                        let asked = self.m.overlays.iter().any(|o| o.is_about(id));
                        if mine || asked || self.m.mirror.waits_on(id) || self.m.mirror.is_unread(id) {
                            self.want(Asking::Thread(id));
                        } else {
                            let who = RowKey { entity: Entity::Correspondents, id: key.id };
                            self.m.mirror.unload([*key, who]);
                        }
                    }
                }
                Entity::Message => {
                    thread |= open.is_some();
                    let card = |i: &&Interaction| i.card.is_some_and(|c| c.note.0 == key.id);
                    let case = self.m.view().interactions().find(card).map(|i| i.case);
                    if let Some(case) = case {
                        self.want(Asking::Thread(case));
                    }
                }
                Entity::WrapUp => {
                    thread |= open.is_some();
                    day = true;
                }
                Entity::Departure | Entity::Rating => day = true,
                Entity::Customer | Entity::Contacts => {
                    let id = CustomerId(key.id);
                    let looked_up = self.m.memory.named.contains(&id);
                    let shown = self.m.customer.id.is_some_and(|c| self.m.view().kin(c).iter().any(|one| one.id == id));
                    if let Some(shown) = self.m.customer.id.filter(|_| shown) {
                        // Whoever is one person with them changed: theirs is the file.
                        self.want(Asking::Customer(shown));
                        self.want(Asking::Timeline);
                    }
                    if looked_up || self.m.mirror.base.customer(id).is_some() {
                        self.want(Asking::Customer(id));
                    }
                }
                Entity::Correspondents if self.m.mirror.base.case(CaseId(key.id)).is_some() => {
                    self.want(Asking::Thread(CaseId(key.id)));
                }
                Entity::ArticleHead => self.articles_changed(),
                Entity::ArticleBody => self.article_arrived(ArticleId(key.id)),
                _ => {}
            }
        }
        if day {
            self.day_changed();
        }
        if let Some(case) = open.filter(|_| thread) {
            self.want(Asking::Thread(case));
        }
        if timeline {
            self.want(Asking::Timeline);
        }
        if cases && self.chooser(Purpose::Cases).is_some() {
            self.want(Asking::View);
        }
    }
}
