//! What is read: queue, case, customer, timeline, articles, and where one is. Labels come before values.

use super::choice::Choice;
use super::overlay::body;
use super::session::Turn;
use crate::app::keyed::keyed;
use crate::app::panes::conversation::{self, Entry, Standing, Voice};
use crate::app::panes::knowledge::{self, Badge};
use crate::app::panes::queue::{self, Line, Row};
use crate::app::panes::{composer, customer, offer, wrapup};
use crate::app::screen::Pane;
use crate::app::{article, status, words};
use crate::domain::work::{Priority, TaskKind};

/// Entries read with a case; `read` reads all.
const LAST: usize = 3;

/// `Label: value.`, when there is one.
pub(super) fn fact(label: &str, value: &str) -> Option<String> {
    (!value.trim().is_empty()).then(|| format!("{label}: {value}."))
}

fn facts(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn looks(who: &[(String, bool)]) -> String {
    let one = |(name, writes): &(String, bool)| format!("{name} is {}", if *writes { "writing" } else { "looking" });
    who.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// How long someone has waited.
fn waited(short: &str) -> String {
    if short == "now" { "less than a minute".to_owned() } else { short.to_owned() }
}

impl Turn<'_> {
    /// All of what has the focus.
    pub(super) fn read_focus(&mut self) {
        if self.m.welcome.is_some() {
            return self.read_door();
        }
        if self.m.top().is_some() {
            return self.read_top(None);
        }
        match self.m.focus {
            Pane::Queue => self.read_queue(),
            Pane::Conversation => self.read_case(true),
            Pane::Composer => self.read_draft(),
            Pane::WrapUp => self.read_form(),
            Pane::Customer if self.s.choices.iter().any(|c| matches!(c, Choice::Timeline(..))) => self.read_timeline(),
            Pane::Customer => self.read_customer(),
            Pane::Knowledge => self.read_article(),
        }
    }

    /// What has the focus now, in a line or two.
    pub(super) fn read_place(&mut self) {
        match self.m.focus {
            Pane::WrapUp if self.m.overlays.is_empty() => self.read_form(),
            Pane::Composer if self.m.overlays.is_empty() => self.read_draft(),
            Pane::Knowledge if self.m.overlays.is_empty() && self.m.knowledge.preview.is_some() => self.read_article(),
            _ => {
                let place = self.place();
                self.say(&place);
            }
        }
    }

    fn place(&self) -> String {
        let open = conversation::head(self.m, self.now).map(|h| format!("{} {}", h.number, h.name));
        facts([fact("Focus", self.m.focus.title()), open.and_then(|o| fact("Open", &o))])
    }

    /// Where one is and how everything stands.
    pub(super) fn read_where(&mut self) {
        if self.m.welcome.is_some() {
            return self.read_door();
        }
        let place = self.place();
        self.say(&place);
        let s = status::status(self.m, self.now);
        let mine = self.m.queue.rows.iter().filter(|r| matches!(r, Row::Mine(_))).count();
        let since = if s.since.is_empty() { String::new() } else { format!(" for {}", s.since) };
        let armed = s.armed.map(|a| format!(", {a}")).unwrap_or_default();
        self.say(&facts([
            fact("You", &s.name),
            fact("Presence", &format!("{}{since}{armed}", s.presence)),
            fact("Yours", &mine.to_string()),
            fact("Waiting", &s.waiting.to_string()),
            s.oldest.and_then(|o| fact("Oldest", &waited(&o))),
            fact("Service level", &s.service_level),
        ]));
        self.say(&facts([fact("Link", &s.link), fact("Time", &s.time)]));
        let offer = self.offer_words();
        offer.iter().for_each(|line| self.say(line));
        if composer::written(self.m).is_some_and(|w| !w.field.is_blank()) {
            let what = self.writing_what();
            self.say(&format!("Draft: {what}, not sent."));
        }
        if self.m.top().is_some() {
            self.read_top(None);
        }
    }

    /// The offer that stands, if one does.
    pub(super) fn offer_words(&self) -> Vec<String> {
        let Some(band) = offer::band(self.m, self.now) else { return Vec::new() };
        let mut lines = vec![facts([
            fact("Offered", band.channel.word()),
            fact("Waiting", &waited(&band.wait)),
            fact("Customer", &band.name),
            fact("Subject", &band.subject),
            fact("Queue", &band.queue),
            fact("Language", &band.language),
            fact("Plan", &band.plan),
            fact("Flags", &band.flags.join(", ")),
            fact("Chosen on the way", &band.menu.join(", ")),
            fact("Pinned note", &band.note),
            fact("Time to answer", &format!("{} s", band.left_s)),
        ])];
        if let Some((by, words, unread)) = &band.card {
            lines.extend(body(&format!("Card from {by}"), words));
            lines.extend(unread.as_ref().map(|_| "read-card says that you have read it.".to_owned()));
        }
        let case = |(when, subject, status): &(String, String, String)| {
            format!("Before: {when}. Subject: {subject}. Status: {status}.")
        };
        lines.extend(band.cases.iter().map(case));
        let more = if band.more > 0 { format!(" {} more are offered.", band.more) } else { String::new() };
        lines.push(format!("accept-offer takes it, decline-offer lets it pass.{more}"));
        lines
    }

    /// Who waits, what is mine, what I promised.
    pub(super) fn read_queue(&mut self) {
        let rows = self.m.queue.rows.clone();
        let s = status::status(self.m, self.now);
        let counts = queue::headings(self.m);
        let counts = counts.iter().map(|h| fact(&capital(h.title), &h.count.to_string()));
        let counts: Vec<_> = counts.collect();
        let oldest = s.oldest.and_then(|o| fact("Oldest", &waited(&o)));
        let head = facts(counts.into_iter().chain([oldest, fact("Service level", &s.service_level)]));
        self.say(&format!("Queue. {head}"));
        self.s.choices.clear();
        if rows.is_empty() {
            let why = keyed(self.m, queue::empty(self.m));
            self.say(&why);
            return;
        }
        let mut lines = Vec::new();
        for row in rows {
            let Some(words) = self.row_words(row) else { continue };
            self.s.choices.push(Choice::Row(row));
            lines.push(format!("{} {words}", self.s.choices.len()));
        }
        self.read_out(lines);
    }

    /// A row of the queue, labels before values.
    pub(super) fn row_words(&self, row: Row) -> Option<String> {
        let due = |due: Option<crate::app::clocks::Face>| due.and_then(|d| fact("Due", &d.words()));
        Some(match queue::line(self.m, row, self.now)? {
            Line::Waiting {
                late,
                wait,
                channel,
                name,
                language,
                priority,
                offered,
                queue,
                due: clock,
                looks: who,
                unconfirmed,
            } => facts([
                fact("Waiting", &waited(&wait)),
                late.then(|| "Late.".to_owned()),
                fact("Channel", channel.word()),
                fact("Customer", &name),
                fact("Queue", &queue),
                language.and_then(|l| fact("Language", &l)),
                (priority != Priority::Normal).then(|| format!("Priority: {}.", priority.word())),
                due(clock),
                offered.and_then(|o| fact("Offered to", &o)),
                fact("Here", &looks(&who)),
                unconfirmed.and_then(|u| fact("Asked for", u)),
            ]),
            Line::Mine {
                case,
                channel,
                name,
                state,
                clock,
                due: limit,
                late,
                open,
                draft,
                looks: who,
                unconfirmed,
            } => facts([
                fact("Yours", &format!("{state} {}", waited(&clock))),
                late.then(|| "Late.".to_owned()),
                fact("Channel", channel.word()),
                fact("Customer", &name),
                fact("Case", &case),
                due(limit),
                open.then(|| "Open.".to_owned()),
                draft.then(|| "A draft lies in it.".to_owned()),
                fact("Here", &looks(&who)),
                unconfirmed.then(|| "Not yet confirmed.".to_owned()),
            ]),
            Line::Promise { case, kind, what, due, late, name } => facts([
                fact("Promise", if kind == TaskKind::Callback { "callback" } else { "task" }),
                fact("Due", &due),
                late.then(|| "Late.".to_owned()),
                fact("Customer", &name),
                fact("What", &what),
                fact("Case", &case),
            ]),
        })
    }

    /// The open case: its head, and its last words or all of them.
    pub(super) fn read_case(&mut self, all: bool) {
        let Some(head) = conversation::head(self.m, self.now) else {
            let why = keyed(self.m, conversation::empty(self.m));
            self.say(&why);
            return;
        };
        let said = facts([
            fact("Case", &head.number),
            fact("Customer", &head.name),
            fact("Subject", &head.subject),
            fact("State", &head.facts.join(", ")),
            head.clock.and_then(|c| fact("Due", &c.words())),
            fact("Tags", &head.tags.join(", ")),
            head.escalated.and_then(|e| fact("Escalated", &e)),
            head.card.map(|c| format!("{c}.")),
            fact("Here", &head.others.join(", ")),
        ]);
        self.say(&capital(&said));
        let entries = conversation::entries(self.m);
        let count = entries.len();
        let skip = if all { 0 } else { count.saturating_sub(LAST) };
        let lines: Vec<String> = entries.iter().skip(skip).flat_map(|e| self.entry_words(e)).collect();
        drop(entries);
        if count == 0 {
            let why = keyed(self.m, conversation::empty(self.m));
            self.say(&why);
        }
        if skip > 0 {
            self.say(&format!("Messages: {count}; the last {LAST} follow, read reads all."));
        }
        self.read_out(lines);
    }

    /// A message, note or wrap-up.
    pub(super) fn entry_words(&self, entry: &Entry<'_>) -> Vec<String> {
        let who = match entry.voice {
            Voice::Customer => format!("Customer {}", entry.who),
            Voice::Agent if entry.mine => "You".to_owned(),
            Voice::Agent => entry.who.clone(),
            Voice::Note if entry.mine => "Your note".to_owned(),
            Voice::Note => format!("Note by {}", entry.who),
            Voice::System if entry.who.is_empty() => "Desk".to_owned(),
            Voice::System => entry.who.clone(),
        };
        let sure = match &entry.standing {
            Standing::Confirmed => String::new(),
            Standing::Unconfirmed => ", not yet confirmed".to_owned(),
            Standing::Held(s, _) => format!(", leaves in {s} s, undo takes it back"),
            Standing::Doubtful(why) => format!(", would be refused: {why}"),
        };
        body(&format!("{}{who}{sure}", self.stamp(entry.at)), &entry.body)
    }

    fn read_draft(&mut self) {
        let what = self.writing_what();
        if let Some(why) = composer::reply_barrier(self.m) {
            self.say(why);
        }
        let text = composer::written(self.m).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        if text.is_empty() {
            self.say(&format!("{what}: nothing is written yet. reply or note writes, send sends."));
            return;
        }
        self.body(&format!("{what}, not sent"), &text);
        self.say("send sends it; reply or note goes on writing; back leaves it.");
    }

    /// Who they are.
    pub(super) fn read_customer(&mut self) {
        let Some(found) = customer::facts(self.m, self.now) else {
            let why = keyed(self.m, customer::empty(self.m));
            self.say(if why.is_empty() { "Customer: nothing is known yet." } else { &why });
            return;
        };
        self.say(&facts([fact("Customer", &found.name), fact("Flags", &found.flags.join(", "))]));
        let rows = found.rows.iter().map(|(label, value)| fact(&capital(label), value));
        let rows = facts(rows);
        self.say(&rows);
        if !found.note.is_empty() {
            self.body("Pinned note", &found.note);
        }
        let count = self.m.customer.lines.len();
        self.say(&format!("Timeline: {}; timeline reads it.", words::count(count, "line")));
    }

    /// What was before, newest first.
    pub(super) fn read_timeline(&mut self) {
        let searched = self.m.customer.search.text().trim().to_owned();
        let held = if searched.is_empty() { String::new() } else { format!(" with {searched}") };
        self.say(&format!("Timeline{held}, newest first. A number opens its case."));
        self.s.choices.clear();
        let mut lines = Vec::new();
        for index in 0..self.m.customer.lines.len() {
            let Some(line) = customer::line(self.m, index, self.now) else { continue };
            let of = &self.m.customer.lines[index];
            self.s.choices.push(Choice::Timeline(of.case.id, of.message.as_ref().map(|m| m.id)));
            let text =
                if line.who.is_empty() { fact("Subject", &line.text) } else { fact(&capital(&line.who), &line.text) };
            let said = facts([
                fact("Date", &line.when),
                fact("Channel", line.channel.word()),
                text,
                fact("Status", &line.status),
                fact("Codes", &line.reason),
                line.open.then(|| "Open.".to_owned()),
            ]);
            lines.push(format!("{} {said}", self.s.choices.len()));
        }
        if lines.is_empty() {
            let why = keyed(self.m, customer::empty(self.m));
            self.say(if why.is_empty() { "It is empty." } else { &why });
        }
        self.read_out(lines);
    }

    /// The article that is open, else those found.
    pub(super) fn read_article(&mut self) {
        let Some(preview) = self.m.knowledge.preview.clone() else { return self.read_hits() };
        let trust = match knowledge::badge(&preview.head, self.m, self.now) {
            Badge::Verified(until) => format!("verified until {until}"),
            Badge::Expired(until) => format!("was verified until {until}"),
            Badge::Unverified => "nobody vouches for it".to_owned(),
        };
        let team = preview.head.internal.then(|| "For the team only.".to_owned());
        self.say(&facts([fact("Article", &preview.head.title), fact("Trust", &trust), team]));
        let Some(markdown) = &preview.body else {
            self.say("Its text is on its way; article reads it when it is here.");
            return;
        };
        let mut lines = vec!["insert-article puts it into the reply; back leaves it.".to_owned()];
        for (team, text) in article::reading(markdown) {
            lines.extend(team.then(|| "For the team only:".to_owned()));
            let text = text.lines().filter(|l| !l.trim().is_empty());
            lines.extend(text.map(|l| format!("  {l}")));
            lines.extend(team.then(|| "For customers again:".to_owned()));
        }
        if lines.last().is_some_and(|l| l == "For customers again:") {
            lines.pop();
        }
        self.read_out(lines);
    }

    fn read_hits(&mut self) {
        let searched = self.m.knowledge.search.text().trim().to_owned();
        let what =
            if searched.is_empty() { "Articles for this case".to_owned() } else { format!("Articles for {searched}") };
        self.s.choices = self.m.knowledge.hits.iter().map(|h| Choice::Hit(h.id)).collect();
        if self.s.choices.is_empty() {
            let why = keyed(self.m, knowledge::empty(self.m));
            self.say(&format!("{what}: none."));
            self.say(&why);
            return;
        }
        self.say(&format!("{what}. A number opens one; insert-article and a number puts it into the reply."));
        let one = |(i, h): (usize, &crate::domain::work::ArticleHead)| {
            let team = if h.internal { " For the team only." } else { "" };
            format!("{} {}.{team}", i + 1, h.title)
        };
        let lines = self.m.knowledge.hits.iter().enumerate().map(one).collect();
        self.read_out(lines);
    }

    /// What the selection stands on.
    pub(super) fn read_selected(&mut self) {
        let words = match self.m.top() {
            Some(crate::app::overlays::Overlay::Chooser(c)) => {
                c.selected().map(|i| format!("{}. {}", i.label, i.right))
            }
            Some(_) => return self.read_top(None),
            None => match self.m.focus {
                Pane::Queue => self.m.queue.chosen.and_then(|row| self.row_words(row)),
                Pane::Customer => customer::line(self.m, self.m.customer.list.selected, self.now)
                    .map(|l| facts([fact("Date", &l.when), fact("Subject", &l.text)])),
                Pane::Knowledge if self.m.knowledge.preview.is_none() => {
                    self.m.knowledge.hits.get(self.m.knowledge.list.selected).map(|h| h.title.clone())
                }
                Pane::WrapUp => {
                    wrapup::form(self.m).and_then(|f| f.choices.get(f.list.selected)).map(|c| c.label.clone())
                }
                _ => None,
            },
        };
        match words {
            Some(words) => self.say(&format!("Selected: {}", words.trim_end_matches([' ', '.']))),
            None => self.read_focus(),
        }
    }
}

/// With a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
