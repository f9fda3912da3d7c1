//! The queue pane: who waits, what is mine, what I promised.

use crate::app::clocks::{self, Face};
use crate::app::list::List;
use crate::app::model::Model;
use crate::app::port::{DraftField, DraftKey};
use crate::app::words;
use crate::domain::ids::{AgentId, CaseId, InteractionId, TaskId};
use crate::domain::people::Presence;
use crate::domain::routing::waiting_order;
use crate::domain::state::State;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Channel, Interaction, Phase, Priority, TaskKind};
use crate::domain::wrap_up::limit_ms;

/// What a row stands for; the selection follows it when rows move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// Waits in a queue, or is offered to someone.
    Waiting(InteractionId),
    /// Mine, from accept to wrap-up.
    Mine(InteractionId),
    /// A promise of mine.
    Promise(TaskId),
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Rows in order: waiting, mine, promises. Headings are not rows.
    pub rows: Vec<Row>,
    /// The selection among them.
    pub list: List,
    /// What is selected, to find it again when rows move.
    pub chosen: Option<Row>,
    /// The cursor moved: the row under it opens when it has rested until then.
    pub rest: Option<At>,
}

/// A row as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A waiting contact.
    Waiting {
        /// Past the queue's service level: the mark `!`.
        late: bool,
        /// How long it waits, in short: `now`, `3m`, `1h05`.
        wait: String,
        /// How it came.
        channel: Channel,
        /// Who.
        name: String,
        /// Its language, when it is not the firm's.
        language: Option<String>,
        /// Order of need.
        priority: Priority,
        /// Offered to someone now: who.
        offered: Option<String>,
        /// The queue, when the agent serves several.
        queue: String,
        /// Time left until an answer is late: the case's clock that presses, else the queue's service level.
        due: Option<Face>,
        /// Who looks at the case, and whether they write.
        looks: Vec<(String, bool)>,
        /// What this desk asked for and the server has not confirmed: `taking`, or `sending`.
        unconfirmed: Option<&'static str>,
    },
    /// A contact of mine.
    Mine {
        /// The case's number.
        case: String,
        /// How it came.
        channel: Channel,
        /// Who.
        name: String,
        /// `talk`, `hold`, `wrap-up`, `waits` (the customer waits for an answer), `answered`, `gone`.
        state: &'static str,
        /// Clock of that state, `m:ss`.
        clock: String,
        /// The service clock that presses, if one runs.
        due: Option<Face>,
        /// Over a limit: wrap-up too long, customer waiting past the service level.
        late: bool,
        /// Shown in the conversation now.
        open: bool,
        /// A draft lies in it.
        draft: bool,
        /// Who else looks, and whether they write.
        looks: Vec<(String, bool)>,
        /// Not yet confirmed by the server.
        unconfirmed: bool,
    },
    /// A promise of mine.
    Promise {
        /// Its case's number.
        case: String,
        /// Task or callback.
        kind: TaskKind,
        /// What was promised.
        what: String,
        /// When, in short: `14:30`, `tue 9:00`.
        due: String,
        /// The time has passed.
        late: bool,
        /// For whom, when known.
        name: String,
    },
}

/// Where a heading goes: before the row of this index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Before which row.
    pub before: usize,
    /// The word: `waiting`, `mine`, `promises`.
    pub title: &'static str,
    /// How many rows follow.
    pub count: usize,
}

impl Row {
    /// The contact it stands for.
    pub fn interaction(self) -> Option<InteractionId> {
        match self {
            Row::Waiting(id) | Row::Mine(id) => Some(id),
            Row::Promise(_) => None,
        }
    }
}

/// An agent's name.
pub fn agent_name(view: &State, id: AgentId) -> String {
    view.agent(id).map_or_else(|| t!("agent {id}", id), |a| a.name.clone())
}

/// A customer's name: in full when this desk may know it.
pub fn name(model: &Model, i: &Interaction) -> String {
    let known = i.customer.and_then(|c| model.view().customer(c)).map(|c| c.name.as_str());
    let name = known.unwrap_or(&i.name);
    if name.trim().is_empty() { t!("someone unknown").to_owned() } else { name.to_owned() }
}

/// The rows in order: who waits (those free before those offered to someone), mine by how long they need me, my
/// promises by their time.
pub fn rows(model: &Model, server: At) -> Vec<Row> {
    let view = model.view();
    let me = model.me();
    let mut rows: Vec<Row> = waiting_order(view, server).into_iter().map(Row::Waiting).collect();
    let mut offered: Vec<_> = view
        .interactions()
        .filter(|i| matches!(i.phase, Phase::Offered { to, .. } if Some(to) != me))
        .map(|i| (i.enqueued, i.id))
        .collect();
    offered.sort_unstable();
    rows.extend(offered.into_iter().map(|(_, id)| Row::Waiting(id)));
    let mut mine: Vec<_> = view.interactions().filter(|i| me.is_some() && i.owner == me).collect();
    mine.sort_by_key(|i| (clocks::due(model, i.case), i.accepted, i.id));
    rows.extend(mine.into_iter().map(|i| Row::Mine(i.id)));
    let mut promises: Vec<_> =
        view.tasks().filter(|t| Some(t.owner) == me && t.done.is_none()).map(|t| (t.due, t.id)).collect();
    promises.sort_unstable();
    rows.extend(promises.into_iter().map(|(_, id)| Row::Promise(id)));
    rows
}

/// Where the headings go. Every section is named, also when it is empty.
pub fn headings(model: &Model) -> Vec<Heading> {
    let rows = &model.queue.rows;
    let waiting = rows.iter().filter(|r| matches!(r, Row::Waiting(_))).count();
    let mine = rows.iter().filter(|r| matches!(r, Row::Mine(_))).count();
    let promises = rows.len() - waiting - mine;
    let mut headings = vec![
        Heading { before: 0, title: t!("waiting"), count: waiting },
        Heading { before: waiting, title: t!("mine"), count: mine },
    ];
    if promises > 0 {
        headings.push(Heading { before: waiting + mine, title: t!("promises"), count: promises });
    }
    headings
}

/// What to say in place of rows when there are none.
pub fn empty(model: &Model) -> &'static str {
    let Some(me) = model.me() else {
        return t!("Who waits for an answer stands here as soon as the server has been reached.");
    };
    match model.view().presence(me).map(|p| p.presence) {
        Some(Presence::Ready) => {
            t!(
                "Nothing waits. The next contact is offered to you. Customers who wait, your contacts and your promises \
             stand here."
            )
        }
        _ => {
            t!(
                "Nothing waits. To be offered contacts, say that you are Ready (<toggle-ready>). Customers who wait, your \
             contacts and your promises stand here."
            )
        }
    }
}

/// A row as shown; `None` when it has just gone.
pub fn line(model: &Model, row: Row, now: At) -> Option<Line> {
    let view = model.view();
    let server = model.server(now);
    match row {
        Row::Waiting(id) => Some(waiting(model, view.interaction(id)?, server)),
        Row::Mine(id) => Some(mine(model, view.interaction(id)?, server)),
        Row::Promise(id) => {
            let task = view.task(id)?;
            Some(Line::Promise {
                case: number(task.case),
                kind: task.kind,
                what: task.what.clone(),
                due: words::moment(task.due, server, model.zone()),
                late: task.due <= server,
                name: task.customer.and_then(|c| view.customer(c)).map(|c| c.name.clone()).unwrap_or_default(),
            })
        }
    }
}

/// `#4821`; a case this desk has only foreseen has no number yet.
pub fn number(case: CaseId) -> String {
    if case.is_provisional() { t!("#new").to_owned() } else { format!("#{case}") }
}

/// Whether a waiting contact is past its queue's service level; a call we owe is past the time the customer asked for.
pub fn is_late(view: &State, i: &Interaction, server: At) -> bool {
    if let Some(owed) = i.place.owed {
        return owed.until.is_some_and(|until| server > until);
    }
    view.queue(i.queue).is_some_and(|q| server.since(i.enqueued) > i64::from(q.sl_s) * SECOND)
}

fn waiting(model: &Model, i: &Interaction, server: At) -> Line {
    let view = model.view();
    let several = model.me().and_then(|me| view.agent(me)).is_some_and(|a| a.queues.len() > 1);
    let offered = match i.phase {
        Phase::Offered { to, .. } => Some(agent_name(view, to)),
        _ => None,
    };
    Line::Waiting {
        late: is_late(view, i, server),
        wait: match i.phase {
            Phase::Callback { due } if due > server => words::soon(due, server, model.zone()),
            _ => words::short(server.since(i.enqueued)),
        },
        channel: i.channel,
        name: name(model, i),
        language: foreign(model, &i.language),
        priority: i.priority,
        offered,
        queue: if several { view.queue(i.queue).map(|q| q.name.clone()).unwrap_or_default() } else { String::new() },
        due: due(view, i, server),
        looks: looks(model, i.case),
        unconfirmed: model
            .mirror
            .waits_on(i.case)
            .then(|| if model.mirror.takes(i.id) { t!("taking") } else { t!("sending") }),
    }
}

/// Time left for someone who waits, by whole minutes like every clock of a case, so that no row wakes the desk for it.
fn due(view: &State, i: &Interaction, server: At) -> Option<Face> {
    if let Some(face) = view.case(i.case).and_then(|c| clocks::face(c, server)) {
        return Some(face);
    }
    let due = match i.place.owed {
        Some(owed) => owed.until?,
        None => i.enqueued.plus(i64::from(view.queue(i.queue)?.sl_s) * SECOND),
    };
    clocks::running(due, server)
}

fn mine(model: &Model, i: &Interaction, server: At) -> Line {
    let view = model.view();
    let (state, since, late) = standing(view, i, server);
    let draft = |field| {
        let written = model.drafts.get(&DraftKey::new(i.case, field));
        written.is_some_and(|w| !w.field.is_blank())
    };
    Line::Mine {
        case: number(i.case),
        channel: i.channel,
        name: name(model, i),
        state,
        clock: if ticks(i) { model.clock(server.since(since)) } else { words::short(server.since(since)) },
        due: view.case(i.case).and_then(|c| clocks::face(c, server)),
        late,
        open: model.conversation.case == Some(i.case),
        draft: draft(DraftField::Reply) || draft(DraftField::Note),
        looks: looks(model, i.case),
        unconfirmed: model.mirror.waits_on(i.case),
    }
}

/// How a contact of mine stands: the word, since when, and whether it is over a limit.
pub fn standing(view: &State, i: &Interaction, server: At) -> (&'static str, At, bool) {
    let over = |since: At, limit_s: u32| limit_s > 0 && server.since(since) > i64::from(limit_s) * SECOND;
    let queue = view.queue(i.queue);
    let accepted = i.accepted.unwrap_or(i.enqueued);
    match (i.phase, i.waiting_since) {
        (Phase::WrapUp { since, more, .. }, _) => {
            let limit = queue.and_then(|q| limit_ms(q, more));
            (t!("wrap-up"), since, limit.is_some_and(|ms| server.since(since) > ms))
        }
        (Phase::OnHold { since }, _) => (t!("hold"), since, false),
        (Phase::Consult { since, .. }, _) => (t!("asking"), since, false),
        (Phase::Dialing { since }, _) => (t!("calling"), since, false),
        _ if i.customer_gone => (t!("gone"), accepted, false),
        _ if matches!(i.channel, Channel::Voice | Channel::Callback) => (t!("talk"), accepted, false),
        (_, Some(since)) => (t!("waits"), since, over(since, queue.map_or(0, |q| q.sl_s))),
        _ => (t!("answered"), accepted, false),
    }
}

/// Whether its clock shows seconds: someone is on the line, or the wrap-up runs.
pub fn ticks(i: &Interaction) -> bool {
    match i.phase {
        Phase::WrapUp { .. } | Phase::OnHold { .. } | Phase::Consult { .. } | Phase::Dialing { .. } => true,
        Phase::Connected => match i.channel {
            Channel::Voice | Channel::Callback => true,
            Channel::Chat => i.waiting_since.is_some(),
            Channel::Email => false,
        },
        Phase::Queued | Phase::Offered { .. } | Phase::Callback { .. } => false,
    }
}

/// Who else is at a case, by name.
pub fn looks(model: &Model, case: CaseId) -> Vec<(String, bool)> {
    let others = model.looks.get(&case).into_iter().flatten();
    let others = others.filter(|(agent, _)| Some(*agent) != model.me());
    others.map(|(agent, writes)| (agent_name(model.view(), *agent), *writes)).collect()
}

/// A language, when it is not the one of this desk.
pub fn foreign(model: &Model, language: &str) -> Option<String> {
    let short = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let home = if model.settings.locale.is_empty() { "en".to_owned() } else { short(&model.settings.locale) };
    let there = short(language);
    (!there.is_empty() && there != home).then_some(there)
}
