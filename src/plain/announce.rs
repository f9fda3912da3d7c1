//! What is said by itself: offers, messages, what became of commands, the link, clocks, the queue. It is found by
//! looking at the model after each message; what was there at the start is no news.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{capital, fact};
use super::session::Turn;
use crate::app::model::Model;
use crate::app::overlays::Overlay;
use crate::app::overlays::outbox::{describe, said_yes};
use crate::app::panes::conversation;
use crate::app::panes::queue::{self, Row};
use crate::app::port::LinkState;
use crate::app::toast::Tone;
use crate::app::{clocks, status, tour};
use crate::config::table::Announce;
use crate::domain::ids::{AgentId, CaseId, InteractionId, MessageId};
use crate::domain::sla::clock::Standing;
use crate::domain::time::At;

/// The greeting waits this long for the link, ms.
const GREET: i64 = 4_000;

/// What was seen last.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// When the desk was opened, this machine's clock.
    since: Option<At>,
    toasts: Vec<(String, At)>,
    offers: BTreeMap<InteractionId, u32>,
    mine: BTreeSet<InteractionId>,
    waiting: BTreeMap<InteractionId, String>,
    inbound: BTreeMap<CaseId, MessageId>,
    thread: Option<(CaseId, BTreeSet<MessageId>)>,
    open: BTreeMap<u64, String>,
    link: Option<LinkState>,
    standing: BTreeMap<CaseId, Standing>,
    late: BTreeSet<InteractionId>,
    presence: String,
    looks: Vec<(AgentId, bool)>,
    case: Option<CaseId>,
    top: Option<(std::mem::Discriminant<Overlay>, usize)>,
    tour: Option<tour::Panel>,
}

/// How much a piece of news matters.
fn heard(level: Announce, least: Announce) -> bool {
    let rank = |a: Announce| match a {
        Announce::Quiet => 0,
        Announce::Normal => 1,
        Announce::All => 2,
    };
    rank(level) >= rank(least)
}

fn offers(m: &Model) -> BTreeMap<InteractionId, u32> {
    let mine = |i: &&crate::domain::work::Interaction| i.offered_to().is_some_and(|(to, _)| Some(to) == m.me());
    m.view().interactions().filter(mine).map(|i| (i.id, i.epoch)).collect()
}

fn look(m: &Model, now: At) -> Seen {
    let view = m.view();
    let server = m.server(now);
    // Whose a contact is the server decides: what this desk only asked for is no news yet.
    let held: Vec<_> = m.mirror.base.interactions().filter(|i| i.owner.is_some() && i.owner == m.me()).collect();
    let waits = m.queue.rows.iter().filter_map(|r| match r {
        Row::Waiting(id) => view.interaction(*id),
        _ => None,
    });
    let waits: Vec<_> = waits.collect();
    let standing = |case: CaseId| Some((case, view.case(case)?.sla.pressing()?.standing_at(server)));
    let status = status::status(m, now);
    Seen {
        since: None,
        toasts: Vec::new(),
        offers: offers(m),
        mine: held.iter().map(|i| i.id).collect(),
        waiting: waits.iter().map(|i| (i.id, queue::name(m, i))).collect(),
        inbound: held.iter().filter_map(|i| Some((i.case, m.mirror.last_inbound(i.case)?))).collect(),
        thread: m.conversation.thread.as_ref().map(|t| (t.case.id, t.messages.iter().map(|m| m.id).collect())),
        open: m.mirror.pending.iter().filter(|p| p.is_open()).map(|p| (p.token, describe(m, &p.command))).collect(),
        link: Some(m.link.state),
        standing: held.iter().filter_map(|i| standing(i.case)).collect(),
        late: waits.iter().filter(|i| queue::is_late(view, i, server)).map(|i| i.id).collect(),
        presence: format!("{}{}", status.presence, status.armed.map(|a| format!(", {a}")).unwrap_or_default()),
        looks: m.conversation.case.and_then(|c| m.looks.get(&c)).cloned().unwrap_or_default(),
        case: m.conversation.case,
        tour: tour::panel(m),
        top: m.top().map(|t| (std::mem::discriminant(t), m.overlays.len())),
    }
}

fn tour_words(panel: &tour::Panel) -> String {
    format!("{}. {} {}", panel.title, panel.text, panel.ways)
}

impl Turn<'_> {
    /// The first words, once the desk has opened and the link is there, or is not coming soon.
    pub(super) fn greet(&mut self) {
        let since = *self.s.seen.since.get_or_insert(self.now);
        let late = self.now.since(since) >= GREET;
        if self.m.welcome.is_none() {
            let known = self.m.me().is_some() && self.m.asking.is_empty() && self.m.link.state == LinkState::Live;
            let hopeless = matches!(self.m.link.state, LinkState::Offline | LinkState::Refused);
            let ready = late || known || hopeless && self.m.asking.is_empty();
            if !ready {
                return;
            }
        }
        self.s.greeted = true;
        self.s.answer = None;
        if self.m.welcome.is_some() {
            self.read_door();
        } else {
            self.say(t!("Cordboard, line by line. help lists what can be typed, quit leaves."));
            self.read_where();
            self.read_form_if_open();
            if let Some(panel) = tour::panel(self.m) {
                self.say(&tour_words(&panel));
            }
        }
        let toasts = std::mem::take(&mut self.s.seen.toasts);
        self.s.seen = Seen { toasts, since: Some(since), ..look(self.m, self.now) };
    }

    fn read_form_if_open(&mut self) {
        if self.m.focus == crate::app::screen::Pane::WrapUp {
            self.read_form();
        }
    }

    /// Messages of the app: part of the answer while one is due, else said at once.
    pub(super) fn hear_toasts(&mut self) {
        let known = std::mem::take(&mut self.s.seen.toasts);
        self.s.seen.toasts = self.m.toasts.iter().map(|t| (t.text.clone(), t.since)).collect();
        let new = |t: &&crate::app::toast::Toast| !known.contains(&(t.text.clone(), t.since));
        let fresh: Vec<_> = self.m.toasts.iter().filter(new).cloned().collect();
        for toast in fresh {
            let serious = matches!(toast.tone, Tone::Warn | Tone::Bad);
            if self.s.answer.is_none() && !serious && !heard(self.s.level, Announce::Normal) {
                continue;
            }
            let line = if toast.way_out.is_empty() { toast.text } else { format!("{} {}", toast.text, toast.way_out) };
            self.say(&line);
            self.spoke();
        }
    }

    /// Says what is new since the last look, or keeps it until the answer is out.
    pub(super) fn notice(&mut self) {
        if !self.s.greeted {
            return;
        }
        let mut after = Seen { toasts: self.s.seen.toasts.clone(), since: self.s.seen.since, ..look(self.m, self.now) };
        // A command is called what it was when it was given, whatever has become of its contact.
        for (token, what) in &mut after.open {
            if let Some(was) = self.s.seen.open.get(token) {
                what.clone_from(was);
            }
        }
        let before = std::mem::replace(&mut self.s.seen, after.clone());
        for (token, what) in after.open.iter().filter(|(token, _)| !before.open.contains_key(token)) {
            let asks = self.m.mirror.pending.iter().any(|p| p.token == *token && p.command.needs_link());
            self.s.given.push((what.clone(), asks));
        }
        let mut news = Vec::new();
        self.news_of_contacts(&before, &after, &mut news);
        self.news_of_messages(&before, &after, &mut news);
        self.news_of_commands(&before, &after, &mut news);
        self.news_of_queue(&before, &after, &mut news);
        if let Some(panel) = after.tour.as_ref().filter(|_| after.tour != before.tour) {
            news.push((Announce::Quiet, tour_words(panel)));
        }
        let stamp = self.stamp(self.m.server(self.now));
        let news: Vec<String> =
            news.into_iter().filter(|(least, _)| heard(self.s.level, *least)).map(|(_, line)| line).collect();
        for line in news {
            // Set in lines belong to the one before them.
            self.s.waiting.push(if line.starts_with(' ') { line } else { format!("{stamp}{line}") });
        }
        if self.s.answer.is_none() {
            for line in std::mem::take(&mut self.s.waiting) {
                self.say(&line);
            }
            // A question nobody asked for by a line: it has the keys now.
            if after.top.is_some() && after.top != before.top {
                self.read_top(None);
                self.open_writing();
            }
        }
    }

    fn news_of_contacts(&mut self, before: &Seen, after: &Seen, news: &mut Vec<(Announce, String)>) {
        if after.offers.iter().any(|(id, epoch)| before.offers.get(id) != Some(epoch)) {
            news.extend(self.offer_words().into_iter().map(|line| (Announce::Quiet, line)));
        }
        let view = self.m.view();
        for id in after.mine.difference(&before.mine) {
            let Some(i) = view.interaction(*id) else { continue };
            let open = self.m.conversation.case == Some(i.case);
            let way = if open { "" } else { t!(" next-contact goes to it.") };
            let (name, case) = (queue::name(self.m, i), queue::number(i.case));
            let words = t!(
                "Yours now: {channel}. Customer: {name}. Case: {case}.{way}",
                channel = super::reading::channel(i.channel),
                name,
                case,
                way
            );
            news.push((Announce::Quiet, words));
        }
        if before.mine.iter().any(|id| !after.mine.contains(id)) {
            let left = after.mine.len();
            news.push((Announce::Normal, t!("Yours: {left}.", left)));
        }
        if before.presence != after.presence {
            news.push((Announce::Normal, t!("Presence: {presence}.", presence = after.presence)));
        }
        if let (Some(was), Some(is)) = (before.link, after.link)
            && was != is
        {
            let least =
                if matches!(is, LinkState::Lost | LinkState::Refused) { Announce::Quiet } else { Announce::Normal };
            news.push((least, t!("Link: {link}.", link = status::link(self.m, self.now).0)));
        }
        for (case, standing) in &after.standing {
            if before.standing.get(case).is_some_and(|was| was != standing)
                && matches!(standing, Standing::AtRisk | Standing::Breached)
            {
                let server = self.m.server(self.now);
                let face = view.case(*case).and_then(|c| clocks::face(c, server));
                let words = face.map(|f| capital(&super::reading::spoken_in(&f.words()))).unwrap_or_default();
                news.push((Announce::Normal, t!("{words}. Case: {case}.", words, case = queue::number(*case))));
            }
        }
    }

    fn news_of_messages(&mut self, before: &Seen, after: &Seen, news: &mut Vec<(Announce, String)>) {
        if let (Some((was, known)), Some((is, ids))) = (&before.thread, &after.thread)
            && was == is
        {
            let entries = conversation::entries(self.m);
            let fresh = |e: &&conversation::Entry<'_>| ids.contains(&e.id) && !known.contains(&e.id) && !e.mine;
            for entry in entries.iter().filter(fresh) {
                let mut lines = self.entry_words(entry);
                if let Some(first) = lines.first_mut() {
                    *first = t!("New. {first}", first);
                }
                news.extend(lines.into_iter().map(|line| (Announce::Quiet, line)));
            }
        }
        let open = after.thread.as_ref().map(|(case, _)| *case);
        for (case, id) in &after.inbound {
            let newer = before.inbound.get(case).is_some_and(|was| was < id);
            if newer && Some(*case) != open {
                let view = self.m.view();
                let name = view.interactions_of(*case).next().map(|i| queue::name(self.m, i)).unwrap_or_default();
                let words = t!(
                    "New message. Customer: {name}. Case: {case}. next-contact goes to it.",
                    name,
                    case = queue::number(*case)
                );
                news.push((Announce::Quiet, words));
            }
        }
        if before.case == after.case && before.looks != after.looks {
            let name = |(agent, writes): &(AgentId, bool)| {
                let name = queue::agent_name(self.m.view(), *agent);
                if *writes { t!("{name} is writing", name) } else { t!("{name} is looking", name) }
            };
            let others = after.looks.iter().filter(|(a, _)| Some(*a) != self.m.me()).map(name).collect::<Vec<_>>();
            let words = if others.is_empty() { t!("nobody else").to_owned() } else { others.join(", ") };
            news.push((Announce::All, t!("Here: {words}.", words)));
        }
    }

    /// The server's word on what was done here. Refusals are messages of the app.
    fn news_of_commands(&mut self, before: &Seen, after: &Seen, news: &mut Vec<(Announce, String)>) {
        for (token, what) in before.open.iter().filter(|(token, _)| !after.open.contains_key(token)) {
            if said_yes(self.m, *token) {
                news.push((Announce::Normal, t!("Confirmed: {what}.", what)));
            }
        }
    }

    fn news_of_queue(&mut self, before: &Seen, after: &Seen, news: &mut Vec<(Announce, String)>) {
        for id in after.waiting.keys().filter(|id| !before.waiting.contains_key(*id)) {
            news.extend(self.row_words(Row::Waiting(*id)).map(|words| (Announce::All, t!("Queue: {words}", words))));
        }
        for (id, name) in before.waiting.iter().filter(|(id, _)| !after.waiting.contains_key(*id)) {
            if !after.mine.contains(id) {
                news.extend(fact(t!("No longer waiting"), name).map(|words| (Announce::All, words)));
            }
        }
        let first = before.late.is_empty();
        for id in after.late.difference(&before.late) {
            let Some(words) = self.row_words(Row::Waiting(*id)) else { continue };
            // One late contact is a warning; the next ones are news of the queue.
            news.push((if first { Announce::Normal } else { Announce::All }, t!("Late: {words}", words)));
        }
    }
}
