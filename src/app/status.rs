//! The status line's facts, and when anything visible changes by time alone.

use super::clocks;
use super::keyed::keyed;
use super::mirror::Pending;
use super::model::Model;
use super::panes::{offer, queue};
use super::port::{LinkState, Stage, Thin};
use super::screen::Pane;
use super::words;
use crate::domain::figures::{Unit, Value};
use crate::domain::people::Presence;
use crate::domain::routing::may_take;
use crate::domain::state::State;
use crate::domain::tally::midnight;
use crate::domain::time::{At, DAY, MINUTE, SECOND};
use crate::domain::work::{Interaction, Phase};

/// Clocks that count minutes are brought up together on these instants, ms.
const COARSE: i64 = 20 * SECOND;

/// What waits for longer than this is named, ms.
pub const OLD: i64 = DAY;

/// How the link is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkMark {
    /// Up, nothing to worry about.
    #[default]
    Good,
    /// Being set up, late, or offline on purpose.
    Unsure,
    /// Lost or refused.
    Bad,
}

/// The line as shown. No customer text in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// This is the training room: the words that say so.
    pub training: Option<&'static str>,
    /// Who works here.
    pub name: String,
    /// `Ready`, `Away`, `Meal` …
    pub presence: String,
    /// How long, in short: `4m`; a break with a limit says `12m of 45m`.
    pub since: String,
    /// The break is over its limit, or an offer was let pass.
    pub warn: bool,
    /// `then Meal`, when something is armed.
    pub armed: Option<String>,
    /// `recording, 3 steps`, while a macro is.
    pub recording: Option<String>,
    /// How many wait that this agent could take.
    pub waiting: usize,
    /// Wait of the oldest, in short.
    pub oldest: Option<String>,
    /// Past its service level.
    pub oldest_late: bool,
    /// Contacts of mine with a clock at risk, and with a late one.
    pub clocks: (usize, usize),
    /// Service level of today, or `n/a`.
    pub service_level: String,
    /// `live 48 ms · all sent`, `lost, trying in 4 s · 3 not sent · as of 10:56`.
    pub link: String,
    /// How to mark it.
    pub link_mark: LinkMark,
    /// Commands the server has not answered.
    pub unsent: usize,
    /// Refused and doubtful commands the agent has not dealt with.
    pub refused: usize,
    /// This machine's local time, `10:58`.
    pub time: String,
}

/// The line as it is now.
pub fn status(model: &Model, now: At) -> Status {
    let view = model.view();
    let server = model.server(now);
    let zone = model.zone();
    let row = model.me().and_then(|me| view.presence(me));
    let (link_words, link_mark) = link(model, now);
    let mut status = Status {
        training: view.house().training.then_some(t!("TRAINING ROOM")),
        name: model.me().and_then(|me| view.agent(me)).map(|a| a.name.clone()).unwrap_or_default(),
        service_level: match super::overlays::day::service_level(model, now) {
            Value::Na => Unit::Percent.show(Value::Na),
            share @ Value::Of { .. } => format!("{}%", share.decimal(100, 0)),
        },
        link: link_words,
        link_mark,
        unsent: model.mirror.pending.iter().filter(|p| p.is_open()).count(),
        refused: model.mirror.pending.iter().filter(|p| p.needs_agent()).count(),
        time: words::hour(server, zone),
        ..Status::default()
    };
    match row {
        None => {
            (if model.me().is_some() { t!("Offline") } else { t!("Not signed in") }).clone_into(&mut status.presence);
        }
        Some(row) => {
            let (word, limit) = presence(view, row.presence);
            let spent = server.since(row.since);
            status.presence = word;
            status.since = if row.since == At(0) {
                String::new()
            } else if limit > 0 {
                t!("{spent} of {limit}", spent = words::short(spent), limit = words::short(limit))
            } else {
                words::short(spent)
            };
            status.warn = (limit > 0 && spent > limit) || row.presence == Presence::NotResponding;
            status.armed = row.next.map(|p| t!("then {presence}", presence = presence(view, p).0));
        }
    }
    let recording = model.stock.recording.as_ref();
    status.recording = recording.map(|r| tn!(r.len(), "recording, one step", "recording, {n} steps"));
    status.clocks = clocks::attention(model, server);
    let mine =
        |i: &&Interaction| model.me().and_then(|me| view.agent(me)).is_some_and(|a| may_take(view, a, i, server));
    let waiting: Vec<_> = view.interactions().filter(|i| i.phase.waits()).filter(mine).collect();
    status.waiting = waiting.len();
    // Whoever is to be called does not wait on the line.
    let oldest = waiting.iter().filter(|i| i.place.owed.is_none()).min_by_key(|i| i.enqueued);
    status.oldest = oldest.map(|i| words::short(server.since(i.enqueued)));
    status.oldest_late = waiting.iter().any(|i| queue::is_late(view, i, server));
    status
}

/// A presence's word and its limit, ms; 0 is none.
fn presence(view: &State, presence: Presence) -> (String, i64) {
    match presence {
        Presence::Offline => (t!("Offline").to_owned(), 0),
        Presence::Away => (t!("Away").to_owned(), 0),
        Presence::Ready => (t!("Ready").to_owned(), 0),
        Presence::NotResponding => (t!("Not responding").to_owned(), 0),
        Presence::Break(id) => match view.break_code(id) {
            Some(code) => (code.label.clone(), i64::from(code.limit_s) * SECOND),
            None => (t!("Break").to_owned(), 0),
        },
    }
}

/// What colleagues did is shown to be older than this, if it is.
const STALE: i64 = 2 * MINUTE;

/// The link's words and mark. Never silent about how old the view is.
pub fn link(model: &Model, now: At) -> (String, LinkMark) {
    let link = &model.link;
    let unsent = model.mirror.pending.iter().filter(|p| p.is_open()).count();
    let sent = if unsent == 0 { t!("all sent").to_owned() } else { t!("{unsent} not sent", unsent) };
    let as_of = link.seen_at.map(|at| t!(" · as of {hour}", hour = words::hour(at, model.zone())));
    let as_of = as_of.unwrap_or_else(|| t!(" · nothing here yet").to_owned());
    let coming = coming(model).map(|(percent, _)| match link.stage {
        Stage::Queue => t!(" · loading queue {percent}%", percent),
        Stage::Titles => t!(" · loading titles {percent}%", percent),
        Stage::History => t!(" · loading history {percent}%", percent),
        Stage::Bodies => t!(" · loading articles {percent}%", percent),
    });
    let coming = coming.unwrap_or_default();
    match link.state {
        LinkState::Live => {
            let rtt = link.rtt_ms.map(|ms| t!(" {n} ms", n = rounded(ms))).unwrap_or_default();
            let words = if link.thin {
                t!("thin link{rtt} · {sent}{coming}", rtt, sent, coming)
            } else {
                t!("live{rtt} · {sent}{coming}", rtt, sent, coming)
            };
            (words, LinkMark::Good)
        }
        LinkState::Late => (t!("slow, waiting for the server · {sent}{as_of}", sent, as_of), LinkMark::Unsure),
        LinkState::Connecting => (t!("connecting · {sent}{as_of}", sent, as_of), LinkMark::Unsure),
        LinkState::Offline => (t!("offline on purpose · {sent}{as_of}", sent, as_of), LinkMark::Unsure),
        LinkState::Lost => {
            let retry = link.retry_at.filter(|at| *at > now);
            let retry = match retry {
                None => t!(", trying").to_owned(),
                Some(at) if model.settings.reader && at.since(now) < MINUTE => t!(", trying again soon").to_owned(),
                Some(at) => t!(", trying in {span}", span = countdown(at.since(now))),
            };
            (t!("lost{retry} · {sent}{as_of}", retry, sent, as_of), LinkMark::Bad)
        }
        LinkState::Refused => (t!("not let in · {sent}{as_of}", sent, as_of), LinkMark::Bad),
    }
}

/// How much of what is to be loaded is here, per cent, and how many rows are still to come.
fn coming(model: &Model) -> Option<(u64, u64)> {
    let (left, of) = model.link.coming.filter(|(left, of)| *left > 0 && *of > 0)?;
    Some((of.saturating_sub(left) * 100 / of, left))
}

/// Two digits are enough for a round trip; more would only flicker.
fn rounded(ms: u32) -> u32 {
    match ms {
        0..20 => ms,
        20..100 => (ms + 5) / 10 * 10,
        100..1000 => (ms + 50) / 100 * 100,
        _ => (ms + 500) / 1000 * 1000,
    }
}

fn countdown(ms: i64) -> String {
    words::long((ms + SECOND - 1) / SECOND * SECOND)
}

/// How the link does, line by line, for the outbox.
pub fn link_lines(model: &Model, now: At) -> Vec<String> {
    let link = &model.link;
    let server = model.server(now);
    let mut lines = vec![self::link(model, now).0];
    if !link.words.is_empty() {
        lines.push(link.words.clone());
    }
    if let Some(at) = link.seen_at {
        let age = words::long(server.since(at));
        lines.push(match link.state {
            LinkState::Live => t!("Everything up to {seen_seq} is here.", seen_seq = link.seen_seq),
            _ => t!("Everything up to {seen_seq} is here, seen {age} ago.", seen_seq = link.seen_seq, age),
        });
    }
    if let Some(at) = link.history_at.filter(|at| server.since(*at) >= STALE) {
        let hour = words::hour(at, model.zone());
        let line = t!(
            "Colleagues' cases are as of {hour}; one you open or take comes fresh, <outbox-retry> brings all.",
            hour
        );
        lines.push(keyed(model, &line));
    }
    if let Some((_, rows)) = coming(model) {
        lines.push(match link.stage {
            Stage::Queue => t!("{rows} rows to come: the queue first, then history, then article texts", rows),
            Stage::Titles | Stage::History => t!("{rows} rows of history to come, then article texts", rows),
            Stage::Bodies => t!("{rows} article texts to come; one that you open comes at once", rows),
        });
    }
    lines.push(line_words(model));
    lines.push(today(model, server));
    let oldest = model.mirror.pending.iter().filter(|p| p.is_open()).map(|p| server.since(p.at)).max();
    if let Some(age) = oldest.filter(|age| *age >= OLD) {
        lines.push(t!("The oldest has waited {age}; it is kept until the server answers.", age = words::long(age)));
    }
    lines
}

/// How thick the line is, and whether thin-link mode is on.
fn line_words(model: &Model) -> String {
    let link = &model.link;
    let mut facts = Vec::new();
    facts.extend(link.rtt_ms.map(|ms| t!("Round trip {ms} ms", ms)));
    facts.extend(link.rate.map(|rate| t!("about {rate}/s", rate = words::bytes(rate))));
    let mode = match (model.settings.thin, link.thin) {
        (Thin::Auto, true) => t!("thin link on, by itself (<thin-link>)"),
        (Thin::Auto, false) => t!("thin link off, by itself (<thin-link>)"),
        (Thin::On, _) => t!("thin link on (<thin-link>)"),
        (Thin::Off, _) => t!("thin link off (<thin-link>)"),
    };
    facts.push(keyed(model, mode));
    facts.join(" · ")
}

/// What the day cost, and how long it went without a link.
fn today(model: &Model, server: At) -> String {
    let link = &model.link;
    let midnight = midnight(model.zone(), server);
    let (down, up) =
        link.spent.iter().filter(|s| s.from >= midnight).fold((0, 0), |(down, up), s| (down + s.down, up + s.up));
    let (down, up) = (words::bytes(down), words::bytes(up));
    let gaps = link.gaps.iter().map(|g| (g.from.max(midnight), g.to.unwrap_or(server)));
    let gaps: Vec<i64> = gaps.filter(|(from, to)| from < to).map(|(from, to)| to.since(from)).collect();
    let span = words::long(gaps.iter().sum());
    match gaps.len() {
        0 => t!("Today {down} in, {up} out · link never lost", down, up),
        n => tn!(
            n,
            "Today {down} in, {up} out · link lost once, for {span}",
            "Today {down} in, {up} out · link lost {n} times, {span} in all",
            down,
            up,
            span
        ),
    }
}

/// The next instant after the last message at which anything visible changes by time alone; `None` is never. When it
/// is past, a tick is due. Clocks with seconds wake each second, everything else at its minute, and those together,
/// so that a calm desk sleeps.
pub fn next_wake(model: &Model, now: At) -> Option<At> {
    // What is shown is as old as the last message.
    let now = model.memory.at.min(now);
    let view = model.view();
    let server = model.server(now);
    // Whoever hears the screen hears every change of it.
    let calm = model.settings.reader;
    let mut wake: Option<At> = None;
    let mut at = |when: At| {
        let when = At(when.0.max(now.0 + 1));
        wake = Some(wake.map_or(when, |w| w.min(when)));
    };
    model.toasts.iter().for_each(|t| at(t.until));
    model.queue.rest.into_iter().for_each(&mut at);
    if model.welcome.is_some() {
        return wake;
    }
    // The clock of the status line.
    at(now.plus(MINUTE - server.0.rem_euclid(MINUTE)));
    if let Some(band) = offer::band(model, now) {
        let left = band.until.since(server);
        at(now.plus(if calm { left } else { (left - 1) % SECOND + 1 }));
    }
    for until in model.mirror.pending.iter().filter_map(Pending::held).filter(|until| *until > server) {
        let left = until.since(server);
        at(now.plus(if calm { left } else { (left - 1) % SECOND + 1 }));
    }
    let next_second = |since: At| now.plus(SECOND - server.since(since) % SECOND);
    let minute = |since: At| {
        let due = now.plus(words::until_short(server.since(since)));
        // Together, at most every twenty seconds.
        At((due.0 + COARSE - 1).div_euclid(COARSE) * COARSE)
    };
    let shows = |pane| model.visible().shows(pane);
    for i in view.interactions() {
        if i.owner.is_some() && i.owner == model.me() {
            let (_, since, _) = queue::standing(view, i, server);
            let seen = shows(Pane::Queue) || model.conversation.case == Some(i.case);
            if queue::ticks(i) && seen && model.overlays.is_empty() && !calm {
                at(next_second(since));
            } else {
                at(minute(since));
            }
        } else if i.phase.waits() || matches!(i.phase, Phase::Offered { .. }) {
            at(minute(i.enqueued));
            let late = match i.place.owed {
                Some(owed) => owed.until,
                None => view.queue(i.queue).map(|q| i.enqueued.plus(i64::from(q.sl_s) * SECOND)),
            };
            if let Some(late) = late.filter(|_| !queue::is_late(view, i, server)) {
                at(now.plus(late.plus(1).since(server)));
            }
        }
    }
    if let Some(row) = model.me().and_then(|me| view.presence(me)).filter(|p| p.since > At(0)) {
        at(minute(row.since));
    }
    let mine = model.me().into_iter().flat_map(|me| view.held(me)).map(|i| i.case);
    for case in mine.chain(model.conversation.case).filter_map(|id| view.case(id)) {
        for turn in case.sla.open().filter_map(|c| clocks::turns(c, server)) {
            at(now.plus(turn.since(server)));
        }
    }
    for task in view.tasks().filter(|t| Some(t.owner) == model.me() && t.done.is_none() && t.due > server) {
        at(now.plus(task.due.since(server)));
    }
    if model.link.state == LinkState::Lost
        && let Some(retry) = model.link.retry_at.filter(|r| *r > now)
    {
        let left = retry.since(now);
        let step = if calm { left } else { (left - 1) % SECOND + 1 };
        at(now.plus(if left > MINUTE { left % MINUTE + 1 } else { step }));
    }
    wake
}
