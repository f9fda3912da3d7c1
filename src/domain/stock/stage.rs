//! What a macro would do to a case: each step decided on what the ones before it make, and none of them given.

use super::steps::{Step, Verb, link};
use super::text::{self, Ask, Fact, Part};
use crate::domain::command::{Actor, Command, Target};
use crate::domain::ids::{AgentId, CaseId, MessageId, StockId};
use crate::domain::label::standing;
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::{Case, Priority, Status};
use crate::domain::{apply, decide, when};

/// Snippets by short name, each with its parts.
pub type Snippets<'a> = &'a dyn Fn(&str) -> Option<(StockId, Vec<Part>)>;

/// Where a macro is run: the case, whoever runs it, and what is known and answered.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// As the desk sees it.
    pub state: &'a State,
    /// On which case.
    pub case: CaseId,
    /// Who.
    pub me: AgentId,
    /// When, server time.
    pub now: At,
    /// Zone in which times are typed.
    pub zone: &'a str,
    /// Newest customer message that was seen.
    pub base: Option<MessageId>,
    /// An instant in words.
    pub shown: &'a dyn Fn(At) -> String,
    /// What is known.
    pub facts: &'a dyn Fn(Fact) -> Option<String>,
    /// What was answered.
    pub answers: &'a dyn Fn(&Ask) -> Option<String>,
    /// Snippets by short name.
    pub snippets: Snippets<'a>,
}

/// One step, rehearsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its line in the macro.
    pub line: usize,
    /// What it does.
    pub verb: Verb,
    /// How it is now, in words; empty for words that are added.
    pub before: String,
    /// How it will be; for words that are added, all of them.
    pub after: String,
    /// What gives it; `None` when it is refused.
    pub command: Option<Command>,
    /// It is so already.
    pub idle: bool,
    /// Why not: a whole sentence.
    pub refusal: Option<String>,
}

/// Rehearses every step.
pub fn stage(scene: &Scene, steps: &[Step]) -> Vec<Staged> {
    let mut state = scene.state.clone();
    state.predict();
    let mut list = Vec::with_capacity(steps.len());
    for step in steps {
        let mut staged = Staged {
            line: step.line,
            verb: step.verb,
            before: state.case(scene.case).map_or_else(String::new, |case| how(scene, &state, case, step.verb)),
            after: String::new(),
            command: None,
            idle: false,
            refusal: None,
        };
        match command(scene, &state, step, &mut staged.after) {
            Err(because) => staged.refusal = Some(because),
            Ok(command) => match decide(&state, &command, Actor::Agent(scene.me), scene.now) {
                Err(refusal) => {
                    let way = refusal.way_out();
                    let gap = if way.is_empty() { "" } else { " " };
                    staged.refusal = Some(format!("{}{gap}{way}", refusal.sentence(scene.now)));
                }
                Ok(events) => {
                    staged.idle = events.is_empty();
                    events.iter().for_each(|e| apply(&mut state, e));
                    if let Some(case) = state.case(scene.case).filter(|_| staged.after.is_empty()) {
                        staged.after = how(scene, &state, case, step.verb);
                    }
                    staged.command = Some(command);
                }
            },
        }
        list.push(staged);
    }
    list
}

/// How the case stands in what a verb changes.
fn how(scene: &Scene, state: &State, case: &Case, verb: Verb) -> String {
    let or = |words: String, none: &str| if words.is_empty() { none.to_owned() } else { words };
    match verb {
        Verb::Tag => or(case.tags.join(", "), "no tags"),
        Verb::Priority => case.priority.word().to_owned(),
        Verb::Status => standing(state, case).to_owned(),
        Verb::Assign => {
            let name = case.assignee.and_then(|a| state.agent(a)).map(|a| a.name.clone()).unwrap_or_default();
            or(name, "nobody")
        }
        Verb::Snooze => case.snoozed_until.map_or_else(|| "awake".to_owned(), scene.shown),
        Verb::Link => {
            let links: Vec<String> = case.ties.links.iter().map(|l| format!("{} #{}", l.kind.word(), l.case)).collect();
            or(links.join(", "), "no links")
        }
        Verb::Reply | Verb::Note | Verb::Transfer | Verb::Check => String::new(),
    }
}

/// The command of a step; what it adds goes into `after`. The error is a sentence.
fn command(scene: &Scene, state: &State, step: &Step, after: &mut String) -> Result<Command, String> {
    let mut from = Vec::new();
    for part in &step.words {
        if let Part::Snippet(name) = part {
            match (scene.snippets)(name) {
                Some((id, _)) => from.push(id),
                None => return Err(format!("There is no snippet {name}; see what there is with ;.")),
            }
        }
    }
    let snippets = |name: &str| (scene.snippets)(name).map(|(_, parts)| parts);
    // What has a default and was not asked for is that.
    let answers = |ask: &Ask| (scene.answers)(ask).or_else(|| ask.default.clone());
    let words = text::fill(&step.words, scene.facts, &answers, &snippets).text;
    if let Some(blank) = text::blanks(&words).first() {
        *after = words;
        return Err(format!("“{}” is not filled in.", blank.ask.prompt));
    }
    let words = words.trim().to_owned();
    let id = scene.case;
    let case = state.case(id).ok_or("The case is not on this desk yet; open it first.")?;
    Ok(match step.verb {
        Verb::Reply => {
            after.clone_from(&words);
            Command::SendReply { case: id, body: words, base: scene.base, anyway: false, from, to: None }
        }
        Verb::Note => {
            after.clone_from(&words);
            Command::AddNote { case: id, body: words, from }
        }
        Verb::Check => {
            after.clone_from(&words);
            Command::EditChecks { case: id, add: vec![words], remove: vec![], tick: vec![], untick: vec![] }
        }
        Verb::Tag => {
            let (remove, add): (Vec<&str>, Vec<&str>) =
                words.split([' ', ',']).filter(|t| !t.is_empty()).partition(|t| t.starts_with('-'));
            let add = add.into_iter().map(str::to_owned).collect();
            let remove = remove.into_iter().map(|t| t.trim_start_matches('-').to_owned()).collect();
            Command::EditTags { case: id, add, remove }
        }
        Verb::Priority => {
            let priority = Priority::from_word(&words.to_lowercase())
                .ok_or_else(|| format!("There is no priority {words}; it is low, normal, high or urgent."))?;
            Command::SetPriority { case: id, priority }
        }
        Verb::Status => {
            let labels = || state.labels().filter(|l| l.active);
            let label = labels().find(|l| l.key == words || l.name.to_lowercase() == words.to_lowercase());
            match (Status::from_word(&words.to_lowercase()), label) {
                (Some(status), _) => Command::SetStatus { case: id, status, from: case.status },
                (None, Some(label)) => {
                    Command::SetLabel { case: id, label: Some(label.id), from: case.status, had: case.label }
                }
                (None, None) => {
                    let names: Vec<&str> = labels().map(|l| l.name.as_str()).collect();
                    let all = Status::ALL.map(Status::word).join(", ");
                    let or = if names.is_empty() { String::new() } else { format!(", {}", names.join(", ")) };
                    return Err(format!("There is no status {words}; there are {all}{or}."));
                }
            }
        }
        Verb::Assign => {
            let agent = match words.to_lowercase().as_str() {
                "me" => Some(scene.me),
                "nobody" => None,
                _ => Some(agent(state, &words).ok_or_else(|| format!("There is nobody called {words}."))?),
            };
            Command::Assign { case: id, agent, from: case.assignee }
        }
        Verb::Snooze => Command::Snooze { case: id, until: Some(when::parse(&words, scene.now, scene.zone)?) },
        Verb::Link => {
            let (kind, to) = link(&words).ok_or_else(|| format!("“{words}” is no link; write related 4821."))?;
            Command::LinkCases { case: id, to: CaseId(to), link: Some(kind) }
        }
        Verb::Transfer => {
            let (name, note) = words.split_once(char::is_whitespace).unwrap_or((&words, ""));
            let queue = state.queues().find(|q| q.active && q.key == name).map(|q| (Target::Queue(q.id), &q.name));
            let person = || {
                let agent = agent(state, name).and_then(|a| state.agent(a))?;
                Some((Target::Agent(agent.id), &agent.name))
            };
            let (to, called) =
                queue.or_else(person).ok_or_else(|| format!("There is no queue or person {name} to hand on to."))?;
            let mine = state.interactions_of(id).find(|i| i.owner == Some(scene.me));
            let contact = mine.ok_or("There is no contact of yours on this case to hand on.")?;
            format!("to {called}\n{}", note.trim()).trim_end().clone_into(after);
            let (interaction, epoch, note) = (contact.id, contact.epoch, note.trim().to_owned());
            Command::Transfer { interaction, epoch, to, note }
        }
    })
}

/// Someone by login or by name.
fn agent(state: &State, words: &str) -> Option<AgentId> {
    let active = || state.agents().filter(|a| a.active);
    let by_login = active().find(|a| a.login == words);
    by_login.or_else(|| active().find(|a| a.name.eq_ignore_ascii_case(words))).map(|a| a.id)
}
