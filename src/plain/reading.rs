//! What is read: queue, case, customer, timeline, articles, and where one is. Labels come before values.

use super::choice::Choice;
use super::overlay::body;
use super::session::Turn;
use crate::app::keyed::keyed;
use crate::app::panes::conversation::{self, Entry, Standing, Voice, file_words};
use crate::app::panes::knowledge::{self, Badge};
use crate::app::panes::queue::{self, Line, Row};
use crate::app::panes::{composer, customer, offer, recipients, wrapup};
use crate::app::screen::Pane;
use crate::app::{article, status, words};
use crate::domain::work::{Channel, Priority, TaskKind};

/// Entries read with a case; `read` reads all.
const LAST: usize = 3;

/// `Label: value.`, when there is one.
pub(super) fn fact(label: &str, value: &str) -> Option<String> {
    let end = if value.ends_with('.') { "" } else { "." };
    (!value.trim().is_empty()).then(|| format!("{label}: {value}{end}"))
}

fn facts(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn looks(who: &[(String, bool)]) -> String {
    let one = |(name, writes): &(String, bool)| {
        if *writes { t!("{name} is writing", name) } else { t!("{name} is looking", name) }
    };
    who.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A span as it is heard: `3m` is `3 min`, `1h05` is `1 h 5 min`, `now` less than a minute. Others stay.
pub(super) fn spoken(short: &str) -> String {
    let number = |text: &str| text.parse::<u32>().ok();
    if short == words::short(0) {
        return t!("less than a minute").to_owned();
    }
    if let Some((h, m)) = short.split_once('h').and_then(|(h, m)| Some((number(h)?, number(m)?))) {
        return if m == 0 { t!("{h} h", h) } else { t!("{h} h {m} min", h, m) };
    }
    if let Some(m) = short.strip_suffix('m').and_then(number) {
        return t!("{m} min", m);
    }
    match short.strip_suffix('d').and_then(number) {
        Some(days) => tn!(days as usize, "1 day", "{n} days"),
        None => short.to_owned(),
    }
}

/// The same for the spans in a sentence of ours.
pub(super) fn spoken_in(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', '.', ':']);
        if bare == words::short(0) || bare.starts_with(|c: char| c.is_ascii_digit()) {
            format!("{}{}", spoken(bare), &word[bare.len()..])
        } else {
            word.to_owned()
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// How a contact came, as it is said.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => t!("phone"),
        Channel::Chat => t!("chat"),
        Channel::Email => t!("e-mail"),
        Channel::Callback => t!("call back"),
    }
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
        facts([fact(t!("Focus"), self.m.focus.title()), open.and_then(|o| fact(t!("Open"), &o))])
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
        let since = if s.since.is_empty() { String::new() } else { t!(" for {time}", time = spoken_in(&s.since)) };
        let armed = s.armed.map(|a| format!(", {a}")).unwrap_or_default();
        self.say(&facts([
            fact(t!("You"), &s.name),
            fact(t!("Presence"), &format!("{}{since}{armed}", s.presence)),
            fact(t!("Yours"), &mine.to_string()),
            fact(t!("Waiting"), &s.waiting.to_string()),
            s.oldest.and_then(|o| fact(t!("Oldest"), &spoken(&o))),
            fact(t!("Service level"), &s.service_level),
        ]));
        self.say(&facts([fact(t!("Link"), &s.link), fact(t!("Time"), &s.time)]));
        s.training.into_iter().for_each(|words| self.say(words));
        let offer = self.offer_words();
        offer.iter().for_each(|line| self.say(line));
        if composer::written(self.m).is_some_and(|w| !w.field.is_blank()) {
            let what = self.writing_what();
            self.say(&t!("Draft: {what}, not sent.", what));
        }
        if self.m.top().is_some() {
            self.read_top(None);
        }
    }

    /// The offer that stands, if one does.
    pub(super) fn offer_words(&self) -> Vec<String> {
        let Some(band) = offer::band(self.m, self.now) else { return Vec::new() };
        let mut lines = vec![facts([
            fact(t!("Offered"), self::channel(band.channel)),
            fact(t!("Waiting"), &spoken(&band.wait)),
            fact(t!("Customer"), &band.name),
            band.backing.map(|b| format!("{}.", capital(&b.words))),
            fact(t!("Subject"), &band.subject),
            fact(t!("Queue"), &band.queue),
            fact(t!("Language"), &band.language),
            fact(t!("Plan"), &band.plan),
            fact(t!("Flags"), &band.flags.join(", ")),
            fact(t!("Chosen on the way"), &band.menu.join(", ")),
            fact(t!("Pinned note"), &band.note),
            fact(t!("Time to answer"), &t!("{n} s", n = band.left_s)),
        ])];
        if let Some((by, words, unread)) = &band.card {
            lines.extend(body(&t!("Card from {by}", by), words));
            lines.extend(unread.as_ref().map(|_| t!("read-card says that you have read it.").to_owned()));
        }
        let case = |(when, subject, status): &(String, String, String)| {
            t!("Before: {when}. Subject: {subject}. Status: {status}.", when, subject, status)
        };
        lines.extend(band.cases.iter().map(case));
        let more = if band.more > 0 { t!(" {more} more are offered.", more = band.more) } else { String::new() };
        lines.push(t!("accept-offer takes it, decline-offer lets it pass.{more}", more));
        lines
    }

    /// Who waits, what is mine, what I promised.
    pub(super) fn read_queue(&mut self) {
        let rows = self.m.queue.rows.clone();
        let s = status::status(self.m, self.now);
        let counts = queue::headings(self.m);
        let counts = counts.iter().map(|h| fact(&capital(h.title), &h.count.to_string()));
        let counts: Vec<_> = counts.collect();
        let oldest = s.oldest.and_then(|o| fact(t!("Oldest"), &spoken(&o)));
        let head = facts(counts.into_iter().chain([oldest, fact(t!("Service level"), &s.service_level)]));
        self.say(&t!("Queue. {head}", head));
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
        let due = |due: Option<crate::app::clocks::Face>| due.and_then(|d| fact(t!("Due"), &spoken_in(&d.words())));
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
                fact(t!("Waiting"), &spoken(&wait)),
                late.then(|| t!("Late.").to_owned()),
                fact(t!("Channel"), self::channel(channel)),
                fact(t!("Customer"), &name),
                fact(t!("Queue"), &queue),
                language.and_then(|l| fact(t!("Language"), &l)),
                (priority != Priority::Normal)
                    .then(|| t!("Priority: {priority}.", priority = crate::domain::named::priority(priority))),
                due(clock),
                offered.and_then(|o| fact(t!("Offered to"), &o)),
                fact(t!("Here"), &looks(&who)),
                unconfirmed.and_then(|u| fact(t!("Asked for"), u)),
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
                fact(t!("Yours"), &format!("{state} {}", spoken(&clock))),
                late.then(|| t!("Late.").to_owned()),
                fact(t!("Channel"), self::channel(channel)),
                fact(t!("Customer"), &name),
                fact(t!("Case"), &case),
                due(limit),
                open.then(|| t!("Open.").to_owned()),
                draft.then(|| t!("A draft lies in it.").to_owned()),
                fact(t!("Here"), &looks(&who)),
                unconfirmed.then(|| t!("Not yet confirmed.").to_owned()),
            ]),
            Line::Promise { case, kind, what, due, late, name } => facts([
                fact(t!("Promise"), if kind == TaskKind::Callback { t!("callback") } else { t!("task") }),
                fact(t!("Due"), &due),
                late.then(|| t!("Late.").to_owned()),
                fact(t!("Customer"), &name),
                fact(t!("What"), &what),
                fact(t!("Case"), &case),
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
            fact(t!("Case"), &head.number),
            fact(t!("Customer"), &head.name),
            fact(t!("Subject"), &head.subject),
            fact(t!("State"), &state(&head.facts)),
            head.clock.and_then(|c| fact(t!("Due"), &spoken_in(&c.words()))),
            fact(t!("Tags"), &head.tags.join(", ")),
            head.backing.map(|b| format!("{}.", capital(&b.words))),
            head.maybe.map(|m| {
                let ask = keyed(self.m, t!("Say who it is (<identify>)."));
                format!("{}, {}. {ask}", capital(&m.who), m.why)
            }),
            head.escalated.and_then(|e| fact(t!("Escalated"), &e)),
            head.card.map(|c| format!("{c}.")),
            fact(t!("Here"), &head.others.join(", ")),
            fact(t!("Customer's side"), &head.side.join(", ")),
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
            self.say(&t!("Messages: {count}; the last {LAST} follow, read reads all.", count));
        }
        self.read_out(lines);
    }

    /// A message, note or wrap-up.
    pub(super) fn entry_words(&self, entry: &Entry<'_>) -> Vec<String> {
        let who = match entry.voice {
            Voice::Customer => t!("Customer {who}", who = entry.who),
            Voice::Agent if entry.mine => "You".to_owned(),
            Voice::Agent => entry.who.clone(),
            Voice::Note if entry.mine => t!("Your note").to_owned(),
            Voice::Note => t!("Note by {who}", who = entry.who),
            Voice::System if entry.who.is_empty() => "Desk".to_owned(),
            Voice::System => entry.who.clone(),
        };
        let sure = match &entry.standing {
            Standing::Confirmed => String::new(),
            Standing::There { seen: true } => t!(", seen").to_owned(),
            Standing::There { seen: false } => t!(", delivered").to_owned(),
            Standing::Unconfirmed => t!(", not yet confirmed").to_owned(),
            Standing::Held(s, _) => t!(", leaves in {s} s, undo takes it back", s),
            Standing::Doubtful(why) => t!(", would be refused: {why}", why),
            Standing::Later(words) => format!(", {words}"),
        };
        let mut lines = body(&format!("{}{who}{sure}", self.stamp(entry.at)), &entry.body);
        lines.extend(entry.files.iter().map(file_words));
        lines.extend((!entry.went.is_empty()).then(|| entry.went.clone()));
        lines
    }

    fn read_draft(&mut self) {
        let what = self.writing_what();
        if let Some(why) = composer::reply_barrier(self.m) {
            self.say(why);
        }
        if let Some(to) = recipients::line(self.m, usize::MAX) {
            self.say(&to.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(" · "));
        }
        let text = composer::written(self.m).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        if text.is_empty() {
            self.say(&t!("{what}: nothing is written yet. reply or note writes, send sends.", what));
            return;
        }
        self.body(&t!("{what}, not sent", what), &text);
        if let Some(ask) = composer::written(self.m).and_then(|w| w.field.unfilled()) {
            self.say(&t!("To fill in: {ask}. Type fill and the words.", ask));
        }
        self.say(t!("send sends it; reply or note goes on writing; back leaves it."));
    }

    /// Who they are.
    pub(super) fn read_customer(&mut self) {
        let Some(found) = customer::facts(self.m, self.now) else {
            let why = keyed(self.m, customer::empty(self.m));
            self.say(if why.is_empty() { t!("Customer: nothing is known yet.") } else { &why });
            return;
        };
        self.say(&facts([fact(t!("Customer"), &found.name), fact(t!("Flags"), &found.flags.join(", "))]));
        let rows = found.rows.iter().map(|(label, value)| fact(&capital(label), value));
        let rows = facts(rows);
        self.say(&rows);
        if !found.note.is_empty() {
            self.body(t!("Pinned note"), &found.note);
        }
        let count = self.m.customer.lines.len();
        self.say(&t!("Timeline: {it}; timeline reads it.", it = tn!(count, "1 line", "{n} lines")));
    }

    /// What was before, newest first.
    pub(super) fn read_timeline(&mut self) {
        let searched = self.m.customer.search.text().trim().to_owned();
        let held = if searched.is_empty() { String::new() } else { t!(" with {searched}", searched) };
        self.say(&t!("Timeline{held}, newest first. A number opens its case.", held));
        self.s.choices.clear();
        let mut lines = Vec::new();
        for index in 0..self.m.customer.lines.len() {
            let Some(line) = customer::line(self.m, index, self.now) else { continue };
            let of = &self.m.customer.lines[index];
            self.s.choices.push(Choice::Timeline(of.case.id, of.message.as_ref().map(|m| m.id)));
            let text = if line.who.is_empty() {
                fact(t!("Subject"), &line.text)
            } else {
                fact(&capital(&line.who), &line.text)
            };
            let said = facts([
                fact(t!("Date"), &line.when),
                fact(t!("Channel"), self::channel(line.channel)),
                text,
                fact(t!("Status"), &line.status),
                fact(t!("Codes"), &line.reason),
                line.open.then(|| t!("Open.").to_owned()),
            ]);
            lines.push(format!("{} {said}", self.s.choices.len()));
        }
        if lines.is_empty() {
            let why = keyed(self.m, customer::empty(self.m));
            self.say(if why.is_empty() { t!("It is empty.") } else { &why });
        }
        self.read_out(lines);
    }

    /// The article that is open, else those found.
    pub(super) fn read_article(&mut self) {
        let Some(preview) = self.m.knowledge.preview.clone() else { return self.read_hits() };
        let trust = match knowledge::badge(&preview.head, self.m, self.now) {
            Badge::Verified(until) => t!("verified until {until}", until),
            Badge::Expired(until) => t!("was verified until {until}", until),
            Badge::Unverified => t!("nobody vouches for it").to_owned(),
        };
        let team = preview.head.internal.then(|| t!("For the team only.").to_owned());
        self.say(&facts([fact(t!("Article"), &preview.head.title), fact(t!("Trust"), &trust), team]));
        let Some(markdown) = &preview.body else {
            self.say(t!("Its text is on its way; article reads it when it is here."));
            return;
        };
        let mut lines = vec![t!("insert-article puts it into the reply; back leaves it.").to_owned()];
        for (team, text) in article::reading(markdown) {
            lines.extend(team.then(|| t!("For the team only:").to_owned()));
            let text = text.lines().filter(|l| !l.trim().is_empty());
            lines.extend(text.map(|l| format!("  {}", article::unmarked(l))));
            lines.extend(team.then(|| t!("For customers again:").to_owned()));
        }
        if lines.last().is_some_and(|l| l == "For customers again:") {
            lines.pop();
        }
        self.read_out(lines);
    }

    fn read_hits(&mut self) {
        let searched = self.m.knowledge.search.text().trim().to_owned();
        let what = if searched.is_empty() {
            t!("Articles for this case").to_owned()
        } else {
            t!("Articles for {searched}", searched)
        };
        self.s.choices = self.m.knowledge.hits.iter().map(|h| Choice::Hit(h.id)).collect();
        if self.s.choices.is_empty() {
            let why = keyed(self.m, knowledge::empty(self.m));
            self.say(&t!("{what}: none.", what));
            self.say(&why);
            return;
        }
        self.say(&t!("{what}. A number opens one; insert-article and a number puts it into the reply.", what));
        let one = |(i, h): (usize, &crate::domain::work::ArticleHead)| {
            let team = if h.internal { t!(" For the team only.") } else { "" };
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
                    .map(|l| facts([fact(t!("Date"), &l.when), fact(t!("Subject"), &l.text)])),
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
            Some(words) => self.say(&t!("Selected: {it}", it = words.trim_end_matches([' ', '.']))),
            None => self.read_focus(),
        }
    }
}

/// What is known of a case in words; the second one is how long it has stood so, where a contact is open.
fn state(facts: &[String]) -> String {
    let one = |(i, fact): (usize, &String)| match (i, fact.strip_suffix(" now")) {
        (0, _) if Channel::from_word(fact).is_some() => {
            channel(Channel::from_word(fact).unwrap_or(Channel::Chat)).to_owned()
        }
        (1, Some(word)) => t!("{word} for less than a minute", word),
        (1, None) => spoken_in(fact),
        _ => fact.clone(),
    };
    facts.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
}

/// With a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
