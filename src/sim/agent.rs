//! What agents and customers do: mostly sense, sometimes nonsense, often too late.

use std::io::BufRead;

use super::computer::{Computer, Given};
use super::dice::Dice;
use super::house::{OUTCOME, QUEUES, REASON};
use super::tally::Happening;
use super::time::DAWN;
use crate::app::port::{Draft, DraftField, DraftKey, Effect, Thin};
use crate::clock::Clock;
use crate::domain::Command;
use crate::domain::command::Target;
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::people::Presence;
use crate::domain::time::At;
use crate::domain::work::{Channel, Interaction, Phase, Priority, Status};
use crate::domain::wrap_up::Findings;

/// Words nobody else uses, so that a command's effect can be told from every other's.
pub fn words(desk: usize, token: u64) -> String {
    format!("zq{desk}x{token}y said here")
}

/// The tokens of such words in a text, each as often as its words are there whole.
pub fn tokens(bytes: &[u8]) -> Vec<(usize, u64)> {
    let number = |text: &mut &[u8]| {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = text.split_at(digits);
        *text = rest;
        std::str::from_utf8(number).ok()?.parse::<u64>().ok()
    };
    let mut found = Vec::new();
    let mut rest = bytes;
    // The library's own search is optimised even where nothing else is.
    while rest.skip_until(b'z').is_ok_and(|skipped| skipped > 0) {
        let Some(mut text) = rest.strip_prefix(b"q") else { continue };
        let Some(desk) = number(&mut text) else { continue };
        let Some(mut text) = text.strip_prefix(b"x") else { continue };
        let Some(token) = number(&mut text) else { continue };
        if text.starts_with(b"y said here") {
            found.push((desk as usize, token));
        }
    }
    found
}

impl Computer {
    /// Something an agent does now, and in a word what.
    pub fn act(&mut self, dice: &Dice, token: u64) -> Option<String> {
        self.process.as_ref()?;
        let command = match dice.below(20) {
            0 => return Some(self.act_on_link(dice)),
            1 => return Some(self.type_draft(dice, token)),
            2 | 3 => self.note(dice, token)?,
            4 => self.case_field(dice)?,
            5 => self.nonsense(dice, token)?,
            _ => self.sense(dice, token)?,
        };
        self.give(dice, token, command)
    }

    /// A burst of notes: more than may be under way at once.
    pub fn burst(&mut self, dice: &Dice, tokens: std::ops::Range<u64>) -> Option<String> {
        self.process.as_ref()?;
        let count = tokens.end - tokens.start;
        for token in tokens {
            let note = self.note(dice, token)?;
            self.give(dice, token, note)?;
        }
        Some(format!("{count} notes at once"))
    }

    /// Wraps a contact up, whatever became of it.
    pub fn wrap_up_now(
        &mut self,
        dice: &Dice,
        token: u64,
        id: InteractionId,
        epoch: u32,
        case: CaseId,
    ) -> Option<String> {
        let command = self.wrap_up(token, id, epoch, case);
        self.give(dice, token, command)
    }

    /// The agent gives a command, if the desk runs; which.
    pub fn give(&mut self, dice: &Dice, token: u64, command: Command) -> Option<String> {
        self.process.as_ref()?;
        let said = format!("#{token} {}", short(&command));
        let case = command.case();
        let hold = (matches!(command, Command::SendReply { .. }) && dice.one_in(3))
            .then(|| DAWN.plus(self.now().cast_signed() + dice.between(500, 8_000)));
        self.tally.met(Happening::Command);
        self.given.insert(token, Given { command: command.clone(), key: None, not_queued: false });
        let clears = None;
        self.perform(Effect::Submit { token, command: Box::new(command), clears, case, hold, lapses: None });
        Some(said)
    }

    fn act_on_link(&mut self, dice: &Dice) -> String {
        let case = self.some_case(dice);
        let (effect, said) = match dice.below(5) {
            0 => (Effect::RetryLink, "retries the link"),
            1 => (Effect::WorkOffline(dice.one_in(3)), "goes offline or comes back"),
            3 => (Effect::UseLine(if dice.one_in(3) { Thin::Auto } else { Thin::On }), "says whether the link is thin"),
            2 => (Effect::Look { case, writing: dice.one_in(2) }, "looks at a case"),
            _ => {
                let case = case.unwrap_or(CaseId(1));
                let key = crate::domain::row::RowKey { entity: crate::domain::row::Entity::Case, id: case.0 };
                (Effect::Want(key), "wants a case")
            }
        };
        self.perform(effect);
        said.into()
    }

    fn type_draft(&mut self, dice: &Dice, token: u64) -> String {
        let body = format!("draft {} of {token}", dice.below(1_000));
        let key = DraftKey::new(CaseId(1), DraftField::Note);
        let at = self.clock.now();
        self.draft = Some((body.clone(), self.now(), false));
        self.perform(Effect::SaveDraft(Draft { key, body, base: None, meta: String::new(), at }));
        "types".into()
    }

    fn some_case(&self, dice: &Dice) -> Option<CaseId> {
        let all: Vec<CaseId> = self.cases.iter().copied().collect();
        dice.pick(&all).copied()
    }

    fn note(&self, dice: &Dice, token: u64) -> Option<Command> {
        Some(Command::AddNote { case: self.some_case(dice)?, body: words(self.number, token), from: vec![] })
    }

    fn case_field(&self, dice: &Dice) -> Option<Command> {
        let case = self.some_case(dice)?;
        Some(match dice.below(4) {
            0 => Command::EditTags { case, add: vec![format!("tag{}", dice.below(4))], remove: vec!["tag1".into()] },
            1 => Command::SetPriority { case, priority: *dice.pick(&Priority::ALL)? },
            2 => Command::SetStatus { case, status: *dice.pick(&Status::ALL)?, from: *dice.pick(&Status::ALL)? },
            _ => Command::Snooze { case, until: Some(self.clock.now().plus(dice.between(1_000, 90_000))) },
        })
    }

    /// What is refused, or comes late.
    fn nonsense(&self, dice: &Dice, token: u64) -> Option<Command> {
        let (interaction, epoch, case) = *dice.pick(&self.had)?;
        Some(match dice.below(5) {
            0 => Command::Hold { interaction, epoch },
            1 => Command::EndContact { interaction, epoch },
            2 => Command::AddNote { case: CaseId(9_999), body: words(self.number, token), from: vec![] },
            _ => self.wrap_up(token, interaction, epoch, case),
        })
    }

    fn wrap_up(&self, token: u64, interaction: InteractionId, epoch: u32, case: CaseId) -> Command {
        let (reason, outcome, note) = (REASON, OUTCOME, words(self.number, token));
        let findings = Findings::default();
        Command::WrapUp { interaction, epoch, case, reason, outcome, note, follow_up: None, findings }
    }

    /// What a good agent does next.
    fn sense(&self, dice: &Dice, token: u64) -> Option<Command> {
        let ready = self.state.presence(self.me).is_some_and(|p| p.presence == Presence::Ready);
        if (!ready && dice.one_in(2)) || dice.one_in(25) {
            let to = if dice.one_in(8) { Presence::Away } else { Presence::Ready };
            return Some(Command::SetPresence { to });
        }
        let here: Vec<&Interaction> = self.state.interactions().collect();
        let offered: Vec<&&Interaction> =
            here.iter().filter(|i| i.offered_to().is_some_and(|(to, _)| to == self.me)).collect();
        if let Some(i) = dice.pick(&offered) {
            let (interaction, epoch) = (i.id, i.epoch);
            return Some(if dice.one_in(6) {
                Command::DeclineOffer { interaction, epoch, reason: "busy".into() }
            } else {
                Command::AcceptOffer { interaction, epoch }
            });
        }
        let mine: Vec<&&Interaction> = here.iter().filter(|i| i.owner == Some(self.me)).collect();
        if let Some(i) = dice.pick(&mine) {
            return Some(self.work(dice, token, i));
        }
        if dice.one_in(2) {
            return self.note(dice, token);
        }
        let interaction = dice.pick(&here).filter(|_| dice.one_in(2)).map(|i| i.id);
        Some(Command::Pull { interaction })
    }

    fn work(&self, dice: &Dice, token: u64, i: &Interaction) -> Command {
        let (interaction, epoch, case) = (i.id, i.epoch, i.case);
        // What they have read when they write.
        let base = self.state.case(case).and_then(|case| case.last_inbound);
        let reply =
            |anyway| Command::SendReply { case, body: words(self.number, token), base, anyway, from: vec![], to: None };
        match i.phase {
            Phase::WrapUp { .. } => self.wrap_up(token, interaction, epoch, case),
            Phase::OnHold { .. } => Command::Resume { interaction, epoch },
            _ => match dice.below(9) {
                0 => Command::Hold { interaction, epoch },
                1 | 2 => Command::EndContact { interaction, epoch },
                3 => {
                    let queue = QUEUES[dice.below(3) as usize];
                    let agent = AgentId(dice.below(5) + 1);
                    let to = if dice.one_in(3) { Target::Agent(agent) } else { Target::Queue(queue) };
                    Command::Transfer { interaction, epoch, to, note: words(self.number, token) }
                }
                4 => self.wrap_up(token, interaction, epoch, case),
                5 => reply(false),
                6 if i.channel == Channel::Email => {
                    let (at, asked) = (At(token.cast_signed()), At(token.cast_signed()));
                    Command::ScheduleReply {
                        case,
                        body: words(self.number, token),
                        base,
                        from: vec![],
                        to: None,
                        at,
                        asked,
                    }
                }
                _ => reply(true),
            },
        }
    }
}

/// A command in one line.
pub fn short(command: &Command) -> String {
    let mut text = format!("{command:?}");
    text.truncate(text.char_indices().nth(110).map_or(text.len(), |(at, _)| at));
    text
}
