//! My day: the agent's own figures and those of their queues, today, from what this desk holds. Each has its formula
//! one key away and the contacts behind it one more.
//!
//! Works without a link. The figures are those of [`crate::domain::figures`]; nothing is computed here.

use super::Overlay;
use crate::app::list::List;
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::port::{DayRows, Query};
use crate::app::update::{Asking, Desk};
use crate::app::words;
use crate::domain::figures::{Ask, Behind, Facts, Figure, FigureId, Window, figure};
use crate::domain::ids::{CaseId, QueueId};
use crate::domain::tally::{Counts, midnight};
use crate::domain::time::{At, DAY, HOUR, MINUTE};

/// The figures of the agent alone, in the order shown.
const MINE: [FigureId; 15] = [
    FigureId::Handled,
    FigureId::Aht,
    FigureId::Talk,
    FigureId::Hold,
    FigureId::HoldHeld,
    FigureId::Acw,
    FigureId::TransferRate,
    FigureId::Occupancy,
    FigureId::Utilisation,
    FigureId::Concurrency,
    FigureId::Fcr,
    FigureId::Csat,
    FigureId::CsatMean,
    FigureId::Nps,
    FigureId::Ces,
];

/// The figures of each queue the agent serves.
const QUEUES: [FigureId; 4] = [FigureId::ServiceLevel, FigureId::Asa, FigureId::AbandonRate, FigureId::Answered];

/// Every figure shown here.
pub fn figures() -> impl Iterator<Item = FigureId> {
    MINE.into_iter().chain(QUEUES)
}

/// Whether customers came back can be said of the contacts of as many days as the house looks ahead, that long ago.
fn ripe(model: &Model) -> (i64, i64) {
    let ms = model.view().house().figures.repeat_ms();
    (2 * ms, ms)
}

/// Hours in one trend, at most.
const HOURS: i64 = 12;

/// The overlay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Day {
    /// The selection among the figures.
    pub list: List,
    /// The contacts behind a figure, when they are open: which line, and the selection among them.
    pub behind: Option<(usize, List)>,
    /// The formula of the selected figure is open.
    pub how: bool,
    /// The figures as last computed.
    pub lines: Vec<Line>,
    /// What the cache holds; `None` until it answered.
    rows: Option<DayRows>,
    /// What the lines were made from: version of the view, minute.
    made: (u64, i64),
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Of which queue; `None` is the agent's own.
    pub queue: Option<QueueId>,
    /// The figure.
    pub figure: Figure,
    /// Its value in each of the last hours of the day, the newest last.
    pub trend: Vec<Option<i64>>,
}

/// One contact behind a figure, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its case.
    pub case: CaseId,
    /// `14:30`.
    pub when: String,
    /// `#4821 Dana H. · Roaming bill`.
    pub what: String,
    /// What it adds: `4:05`, `in target`, `5 of 5`.
    pub amount: String,
}

/// What a contact adds above the line, in words.
fn amount(id: FigureId, behind: &Behind) -> String {
    use FigureId as F;
    let (yes, no) = match id {
        F::ServiceLevel => (t!("in target"), t!("late or gave up")),
        F::AbandonRate => (t!("gave up"), t!("did not")),
        F::TransferRate => (t!("handed on"), t!("kept")),
        F::Fcr => (t!("did not come back"), t!("came back")),
        F::Answered => (t!("answered"), ""),
        _ => return id.definition().each.show(crate::domain::figures::Value::whole(behind.amount)),
    };
    (if behind.amount > 0 { yes } else { no }).to_owned()
}

/// The contacts behind a line, newest first.
pub fn contacts(model: &Model, day: &Day, line: &Line, now: At) -> Vec<Contact> {
    let server = model.server(now);
    let names = day.rows.as_ref().map(|r| &r.cases);
    let view = model.view();
    let what = |case: CaseId| {
        let known = names.and_then(|n| n.iter().find(|(c, _)| c.id == case));
        let subject = known.map(|(c, _)| c.subject.as_str()).or_else(|| view.case(case).map(|c| c.subject.as_str()));
        let waiting = view.interactions().find(|i| i.case == case).map(|i| i.name.as_str());
        let name = known.map(|(_, name)| name.as_str()).filter(|n| !n.is_empty()).or(waiting);
        [Some(queue::number(case)), name.map(str::to_owned), subject.map(|s| format!("· {s}"))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let contact = |b: &Behind| Contact {
        case: b.case,
        when: words::moment(b.at, server, model.zone()),
        what: what(b.case),
        amount: amount(line.figure.id, b),
    };
    line.figure.rows.iter().rev().map(contact).collect()
}

/// The formula of a line and what it was filled with, as sentences.
pub fn how(model: &Model, line: &Line) -> Vec<String> {
    let figure = &line.figure;
    let definition = figure.definition();
    let zone = model.view().firm().map_or("", |f| f.zone.as_str());
    let zone = if zone.is_empty() { "UTC" } else { zone };
    let whose = match line.queue.and_then(|q| model.view().queue(q)) {
        Some(q) => t!("{name}, target {n} s", name = q.name, n = q.sl_s),
        None => t!("your own").to_owned(),
    };
    let (num, den) = figure.value.halves();
    let filled = match definition.unit {
        crate::domain::figures::Unit::Count => figure.show(),
        _ if definition.below.is_empty() => figure.show(),
        _ if den == 0 => t!("nothing to divide by, so n/a").to_owned(),
        _ => {
            let each = |n: i64| match definition.each {
                crate::domain::figures::Unit::Time => words::clock(n),
                _ => n.to_string(),
            };
            let below = if definition.each == crate::domain::figures::Unit::Time
                && definition.unit != crate::domain::figures::Unit::Time
            {
                each(den)
            } else {
                den.to_string()
            };
            format!("{} / {below} = {}", each(num), figure.show())
        }
    };
    let date = |at: At| format!("{} {}", words::day(&words::local(at, zone)), words::hour(at, zone));
    let window =
        t!("{from} to {to} {zone}, {whose}", from = date(figure.window.from), to = date(figure.window.to), zone, whose);
    let rules = model.view().house().figures;
    let mut lines = vec![
        t!("{label} (version {edition})", label = definition.said(), edition = definition.edition(rules)),
        definition.formula(rules),
        filled,
        window,
    ];
    if !definition.note.is_empty() {
        lines.push(definition.remark(rules));
    }
    lines
}

/// Today in the firm's zone.
fn today(model: &Model, server: At) -> Window {
    let from = midnight(model.view().firm().map_or("", |f| f.zone.as_str()), server);
    let next = midnight(model.view().firm().map_or("", |f| f.zone.as_str()), from.plus(DAY + 2 * HOUR));
    Window::new(from, next)
}

/// Service level of today over the queues the agent serves, from the counts alone, as the status line has it.
pub fn service_level(model: &Model, now: At) -> crate::domain::figures::Value {
    let view = model.view();
    let today = today(model, model.server(now));
    let mine = queues(model);
    let days = mine.iter().filter_map(|q| view.queue_day(*q)).filter(|d| d.day == today.from);
    let counts = days.map(|d| d.counts).fold(Counts::default(), Counts::and);
    crate::domain::figures::service_level(counts)
}

fn queues(model: &Model) -> Vec<QueueId> {
    let view = model.view();
    let mine = model.me().and_then(|me| view.agent(me)).map(|a| a.queues.clone()).unwrap_or_default();
    mine.into_iter().filter(|q| view.queue(*q).is_some_and(|q| q.active)).collect()
}

/// What happened, from the cache's rows, the hot ones and what this desk asked for.
fn facts(model: &Model, rows: &DayRows) -> Facts {
    let view = model.view();
    let mut facts = Facts::default();
    let mut wrap_ups: Vec<_> = rows.wrap_ups.iter().collect();
    // Foreseen ones count too, unless the cache has them by now.
    let foreseen = view.wrap_ups().filter(|w| w.id.is_provisional());
    let known = |w: &&crate::domain::work::WrapUp| {
        rows.wrap_ups.iter().any(|r| r.interaction == w.interaction && r.epoch == w.epoch && r.agent == w.agent)
    };
    wrap_ups.extend(foreseen.filter(|w| !known(w)));
    wrap_ups.sort_by_key(|w| (w.late, w.at, w.id));
    wrap_ups.into_iter().for_each(|w| facts.add_wrap_up(w));
    rows.departures.iter().for_each(|d| facts.add_departure(d));
    view.interactions().for_each(|i| facts.add_interaction(i));
    if let Some(day) = model.me().and_then(|me| view.agent_day(me)) {
        facts.add_day(day);
    }
    rows.ratings.iter().for_each(|r| facts.add_rating(r));
    facts
}

/// Every figure.
fn lines(model: &Model, rows: &DayRows, server: At) -> Vec<Line> {
    let facts = facts(model, rows);
    let window = today(model, server);
    let ripe = ripe(model);
    let ripe = Window::new(window.from.plus(-ripe.0), window.from.plus(-ripe.1));
    let open_ms = |_: QueueId, from: At, to: At| to.since(from);
    let rules = model.view().house().figures;
    let ask = Ask { window, now: server, queues: &[], agent: model.me(), channels: &[], open_ms: &open_ms, rules };
    let line = |id: FigureId, queue: Option<QueueId>, ask: Ask| {
        let ask = if id == FigureId::Fcr { Ask { window: ripe, ..ask } } else { ask };
        let figure = figure(id, &facts, &ask);
        let trend = if id == FigureId::Fcr { Vec::new() } else { trend(id, &facts, &ask, server) };
        Line { queue, figure, trend }
    };
    let mut lines: Vec<Line> = MINE.into_iter().map(|id| line(id, None, ask)).collect();
    for queue in queues(model) {
        let of = [queue];
        let ask = Ask { queues: &of, agent: None, ..ask };
        lines.extend(QUEUES.into_iter().map(|id| line(id, Some(queue), ask)));
    }
    // The hours before anything happened say nothing.
    let idle = |l: &Line| l.trend.iter().take_while(|v| v.unwrap_or(0) == 0).count();
    let first = lines.iter().filter(|l| !l.trend.is_empty()).map(idle).min().unwrap_or(0);
    lines.iter_mut().for_each(|l| drop(l.trend.drain(..first.min(l.trend.len()))));
    lines
}

/// The figure of each hour of the day so far, the last [`HOURS`] of them.
fn trend(id: FigureId, facts: &Facts, ask: &Ask, server: At) -> Vec<Option<i64>> {
    let begun = server.since(ask.window.from) / HOUR;
    let first = (begun - HOURS + 1).max(0);
    let hour = |n: i64| Window::new(ask.window.from.plus(n * HOUR), ask.window.from.plus((n + 1) * HOUR));
    (first..=begun).map(|n| figure(id, facts, &Ask { window: hour(n), ..*ask }).value.scaled(1_000)).collect()
}

impl Day {
    /// The line selected.
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.behind.map_or(self.list.selected, |(line, _)| line))
    }

    /// Whether the cache has answered.
    pub fn is_read(&self) -> bool {
        self.rows.is_some()
    }

    fn len(&self) -> usize {
        match self.behind {
            Some((line, _)) => self.lines.get(line).map_or(0, |l| l.figure.rows.len()),
            None => self.lines.len(),
        }
    }

    fn list_mut(&mut self) -> &mut List {
        match &mut self.behind {
            Some((_, list)) => list,
            None => &mut self.list,
        }
    }

    /// The list that has the keys.
    pub fn shown(&self) -> List {
        self.behind.map_or(self.list, |(_, list)| list)
    }

    /// Moves the selection.
    pub(in crate::app) fn step(&mut self, by: isize) {
        let len = self.len();
        self.list_mut().step(by, len);
    }

    /// Selects a line.
    pub(in crate::app) fn select(&mut self, index: usize) {
        let len = self.len();
        self.list_mut().select(index, len);
    }

    /// Tells how many lines fit.
    pub(in crate::app) fn measured(&mut self, page: usize) {
        let len = self.len();
        self.list_mut().measured(page, len);
    }
}

impl Desk<'_> {
    pub(in crate::app) fn open_day(&mut self) {
        self.m.overlays.push(Overlay::Day(Box::default()));
        self.want(Asking::Day);
    }

    /// What the figures are made of.
    pub(in crate::app) fn day_query(&self) -> Option<Query> {
        let today = today(self.m, self.server()).from;
        Some(Query::Day { me: self.m.me()?, today, since: today.plus(-ripe(self.m).0) })
    }

    pub(in crate::app) fn day_read(&mut self, rows: DayRows) {
        if let Some(day) = self.day_mut() {
            day.rows = Some(rows);
            day.made = (0, 0);
        }
        self.touched = true;
    }

    /// Rows the figures are made of have changed.
    pub(in crate::app) fn day_changed(&mut self) {
        if self.day_mut().is_some() {
            self.want(Asking::Day);
        }
    }

    fn day_mut(&mut self) -> Option<&mut Day> {
        self.m.overlays.iter_mut().find_map(|o| match o {
            Overlay::Day(day) => Some(day.as_mut()),
            _ => None,
        })
    }

    /// Computes the figures anew when what they are made of has changed, and each minute.
    pub(in crate::app) fn freshen_day(&mut self) {
        let server = self.server();
        let made = (self.m.mirror.version, server.0.div_euclid(MINUTE));
        let Some(day) = self.day_mut().filter(|d| d.made != made) else { return };
        let Some(rows) = day.rows.take() else {
            // Opened before anyone knew whose day it is.
            if !self.m.asking.contains_key(&Asking::Day) {
                self.want(Asking::Day);
            }
            return;
        };
        let fresh = lines(self.m, &rows, server);
        if let Some(day) = self.day_mut() {
            day.made = made;
            day.rows = Some(rows);
            day.lines = fresh;
            let len = day.len();
            day.list_mut().step(0, len);
        }
        self.touched = true;
    }

    /// Opens the contacts behind the selected figure, or the case of the selected contact.
    pub(in crate::app) fn day_accept(&mut self) {
        let now = self.now;
        let Some(Overlay::Day(day)) = self.m.top() else { return };
        let Some(line) = day.line() else { return };
        if let Some((_, list)) = day.behind {
            let case = contacts(self.m, day, line, now).get(list.selected).map(|c| c.case);
            if let Some(case) = case {
                self.close();
                self.open_case(case);
            }
        } else if line.figure.rows.is_empty() {
            self.cannot(t!("There is nothing behind this figure yet."));
        } else if let Some(day) = self.day_mut() {
            day.behind = Some((day.list.selected, List::default()));
            day.how = false;
        }
    }

    /// Shows or hides the formula.
    pub(in crate::app) fn day_how(&mut self) {
        if let Some(Overlay::Day(day)) = self.m.overlays.last_mut() {
            day.how = !day.how;
        }
    }

    /// Goes back one level; false when there is none left.
    pub(in crate::app) fn day_back(&mut self) -> bool {
        match self.m.overlays.last_mut() {
            Some(Overlay::Day(day)) if day.how => {
                day.how = false;
                true
            }
            Some(Overlay::Day(day)) if day.behind.is_some() => {
                day.behind = None;
                true
            }
            _ => false,
        }
    }
}
