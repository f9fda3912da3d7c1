//! Recording a macro: what this agent does to cases is written down, in words that serve the next case too.

use super::facts::general;
use crate::app::model::Done;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::{Command, Target};
use crate::domain::ids::CaseId;
use crate::domain::stock::Kind;
use crate::domain::stock::steps::{MOST, Verb, write};
use crate::domain::stock::text::quoted;
use crate::domain::time::{At, MINUTE};
use crate::domain::wrap_up::card;

/// What was done so far: by which command, and as a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    steps: Vec<(u64, String)>,
}

impl Recording {
    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing was done yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Desk<'_> {
    /// Begins to record, or ends it and asks for a name.
    pub(in crate::app) fn record(&mut self) {
        let Some(recording) = self.m.stock.recording.take() else {
            self.m.stock.recording = Some(Recording::default());
            self.say(t!("Recording: what you do on a case is written down as a macro. <record-macro> ends it."));
            return;
        };
        if recording.is_empty() {
            self.cannot(t!("Nothing was recorded; replies, notes, tags, status and the like are."));
            return;
        }
        let lines: Vec<String> = recording.steps.into_iter().map(|(_, line)| line).collect();
        self.m.stock.unnamed = lines.join("\n");
        self.ask_name(Kind::Macro);
    }

    /// A command was given: it becomes a step, if a macro can do it.
    pub(in crate::app) fn recorded(&mut self, token: u64, command: &Command) {
        if self.m.stock.recording.is_none() {
            return;
        }
        let lines = self.as_steps(command);
        let Some(recording) = self.m.stock.recording.as_mut() else { return };
        let room = MOST.saturating_sub(recording.steps.len());
        let full = lines.len() > room;
        recording.steps.extend(lines.into_iter().take(room).map(|line| (token, line)));
        if full {
            self.cannot(t!("A macro has at most {n} steps; <record-macro> ends the recording.", n = MOST));
        }
    }

    /// What is taken back was not meant.
    pub(in crate::app) fn unrecorded(&mut self, done: &Done) {
        if let Some(recording) = self.m.stock.recording.as_mut() {
            recording.steps.retain(|(token, _)| done.parts.iter().all(|p| p.token != *token));
        }
    }

    fn as_steps(&self, command: &Command) -> Vec<String> {
        let contact = || command.interaction().and_then(|i| self.m.view().interaction(i)).map(|i| i.case);
        let case = command.case().or_else(contact);
        let view = self.m.view();
        let words = |text: &str, case: Option<CaseId>| general(self.m, case, &quoted(text.trim_end()), self.now);
        match command {
            Command::SendReply { body, .. } => vec![write(Verb::Reply, &words(body, case))],
            Command::AddNote { body, .. } => vec![write(Verb::Note, &words(body, case))],
            Command::EditTags { add, remove, .. } => {
                let gone = remove.iter().map(|t| format!("-{t}"));
                let tags: Vec<String> = add.iter().cloned().chain(gone).collect();
                vec![write(Verb::Tag, &tags.join(" "))]
            }
            Command::SetPriority { priority, .. } => vec![write(Verb::Priority, priority.word())],
            Command::SetStatus { status, .. } => vec![write(Verb::Status, status.word())],
            Command::SetLabel { label: Some(label), .. } => {
                view.label(*label).map(|l| write(Verb::Status, &l.key)).into_iter().collect()
            }
            Command::Assign { agent, .. } => vec![match agent {
                None => write(Verb::Assign, "nobody"),
                agent if *agent == self.m.me() => write(Verb::Assign, "me"),
                Some(agent) => {
                    let login = view.agent(*agent).map(|a| a.login.clone()).unwrap_or_default();
                    write(Verb::Assign, &login)
                }
            }],
            Command::Snooze { until: Some(until), .. } => vec![write(Verb::Snooze, &self.later(*until))],
            Command::LinkCases { link: Some(kind), .. } => {
                vec![write(Verb::Link, &format!("{} {{number of the other case?}}", kind.word()))]
            }
            Command::EditChecks { add, .. } => add.iter().map(|c| write(Verb::Check, &quoted(c))).collect(),
            Command::Transfer { to, note, .. } => {
                let name = match to {
                    Target::Queue(queue) => view.queue(*queue).map(|q| q.key.clone()),
                    Target::Agent(agent) => view.agent(*agent).map(|a| a.login.clone()),
                };
                let note = words(card::asked(note), case);
                let gap = if note.is_empty() { "" } else { "\n" };
                name.map(|name| write(Verb::Transfer, &format!("{name}{gap}{note}"))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// A time as it is typed from now: `2d`, or `tomorrow 9:00` where that is what was meant.
    fn later(&self, until: At) -> String {
        let now = self.server();
        let (to, today) = (words::local(until, self.m.zone()), words::local(now, self.m.zone()));
        let minutes = (until.since(now) + MINUTE / 2) / MINUTE;
        let days = (to.date_naive() - today.date_naive()).num_days();
        match minutes {
            m if m > 0 && m % (24 * 60) == 0 => format!("{}d", m / (24 * 60)),
            m if m > 0 && m % 60 == 0 => format!("{}h", m / 60),
            _ if days == 1 => format!("tomorrow {}", to.format("%H:%M")),
            _ if (2..7).contains(&days) => to.format("%a %H:%M").to_string().to_lowercase(),
            m => format!("{}m", m.max(1)),
        }
    }
}
