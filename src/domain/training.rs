//! What people who practised in the training room chose to show: figures of their attempts, for whoever runs their
//! team.
//!
//! Knows no scenario and holds nobody's words. One invariant: an attempt is kept once, in order of time.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, TeamId};

/// Most attempts kept of one person; the oldest go first.
pub const MOST: usize = 500;
/// Longest name of a scenario or of a kind of case, in characters.
pub const MAX_NAME: usize = 60;
/// Most kinds one scenario is a case of.
pub const MAX_KINDS: usize = 8;

/// How much help there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Help is free.
    Guided,
    /// Help costs points.
    Practice,
    /// No help, no pause, no way back.
    Exam,
}

/// One attempt, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it ended, ms since 1970.
    pub at: i64,
    /// Which scenario.
    pub scenario: String,
    /// Its level.
    pub level: u8,
    /// What it is a case of.
    pub kinds: Vec<String>,
    /// With how much help.
    pub mode: Mode,
    /// Points, 0 to 100.
    pub total: u32,
    /// Whether it was passed.
    pub passed: bool,
    /// Critical errors made.
    pub critical: u32,
}

/// What one person shows; lives where those who run their team see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    /// Whose.
    pub agent: AgentId,
    /// Their team.
    pub team: TeamId,
    /// What they chose to show, oldest first.
    pub attempts: Vec<Attempt>,
}

impl Training {
    /// The same with more; what is known already is not taken twice.
    #[must_use]
    pub fn with(mut self, more: &[Attempt]) -> Training {
        for attempt in more {
            if !self.attempts.iter().any(|a| a.at == attempt.at && a.scenario == attempt.scenario) {
                self.attempts.push(attempt.clone());
            }
        }
        self.attempts.sort_by(|a, b| (a.at, &a.scenario).cmp(&(b.at, &b.scenario)));
        let over = self.attempts.len().saturating_sub(MOST);
        self.attempts.drain(..over);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{Actor, Command};
    use crate::domain::decide::tests::{ANA, BEN, CYD, Desk, T0};
    use crate::domain::event::Event;
    use crate::domain::people::{Agent, Role, Team};
    use crate::domain::permit::scopes;
    use crate::domain::refusal::Refusal;
    use crate::domain::row::Row;
    use crate::domain::scope::Scope;

    fn attempt(day: i64, scenario: &str) -> Attempt {
        let (scenario, kinds) = (scenario.to_owned(), vec!["fraud".to_owned()]);
        let at = T0.0 - day * crate::domain::time::DAY;
        Attempt { at, scenario, level: 2, kinds, mode: Mode::Exam, total: 91, passed: true, critical: 0 }
    }

    fn share(attempts: Vec<Attempt>) -> Command {
        Command::ShareTraining(attempts)
    }

    fn put(desk: &mut Desk, row: impl Into<Row>) {
        desk.give(Actor::Operator, Command::Put { row: Box::new(row.into()) }).expect("set");
    }

    #[test]
    fn what_is_shared_is_kept_once_in_order_and_can_be_taken_back() {
        let mut desk = Desk::new();
        desk.ask(CYD, share(vec![attempt(1, "sim-swap"), attempt(3, "late-parcel")])).expect("shared");
        desk.ask(CYD, share(vec![attempt(2, "arrears"), attempt(1, "sim-swap")])).expect("shared");
        let shown = |desk: &Desk| desk.state.training(CYD).map(|t| t.attempts.clone()).unwrap_or_default();
        let names: Vec<String> = shown(&desk).into_iter().map(|a| a.scenario).collect();
        assert_eq!(names, ["late-parcel", "arrears", "sim-swap"]);
        assert_eq!(desk.ask(CYD, share(vec![attempt(2, "arrears")])).expect("known"), Vec::<Event>::new());
        assert!(desk.state.training(ANA).is_none(), "of nobody else");
        desk.ask(CYD, share(Vec::new())).expect("taken back");
        assert!(desk.state.training(CYD).is_none());
        assert_eq!(desk.ask(CYD, share(Vec::new())).expect("nothing to take back"), Vec::<Event>::new());
    }

    #[test]
    fn only_what_the_room_writes_is_taken_and_only_so_much() {
        let mut desk = Desk::new();
        let odd = |change: fn(&mut Attempt)| {
            let mut attempt = attempt(1, "arrears");
            change(&mut attempt);
            vec![attempt]
        };
        for attempts in [
            odd(|a| a.total = 101),
            odd(|a| a.scenario = "../etc".into()),
            odd(|a| a.scenario = String::new()),
            odd(|a| a.kinds = vec!["x".repeat(MAX_NAME + 1)]),
            odd(|a| a.at = T0.0 + 2 * crate::domain::time::DAY),
            odd(|a| a.level = 0),
            vec![attempt(1, "arrears"); MOST + 1],
        ] {
            assert!(matches!(desk.ask(CYD, share(attempts)), Err(Refusal::Invalid { .. })));
        }
        assert!(desk.state.training(CYD).is_none());
        let days = |days: std::ops::Range<i64>| days.map(|day| attempt(day, "arrears")).collect::<Vec<_>>();
        desk.ask(CYD, share(days(10..10 + MOST as i64))).expect("shared");
        desk.ask(CYD, share(days(0..10))).expect("shared");
        let kept = &desk.state.training(CYD).expect("kept").attempts;
        assert_eq!((kept.len(), kept[MOST - 1].at), (MOST, T0.0), "the oldest have gone");
    }

    #[test]
    fn a_lead_sees_their_own_team_and_nobody_else_does_also_after_a_move() {
        let mut desk = Desk::new();
        put(&mut desk, Team { id: TeamId(0), key: "two".into(), name: "Team two".into() });
        let role = |desk: &Desk, agent, role, team| Agent {
            role,
            team,
            skills: [].into(),
            ..desk.state.agent(agent).expect("there").clone()
        };
        let lead = role(&desk, ANA, Role::Lead, TeamId(1));
        let other = role(&desk, BEN, Role::Lead, TeamId(2));
        put(&mut desk, lead);
        put(&mut desk, other);
        desk.ask(CYD, share(vec![attempt(1, "arrears")])).expect("shared");
        let sees = |desk: &Desk, agent| {
            let home = Row::from(desk.state.training(CYD).expect("kept").clone()).scope();
            scopes(&desk.state, desk.state.agent(agent).expect("there")).contains(&home)
        };
        assert_eq!([ANA, BEN, CYD].map(|agent| sees(&desk, agent)), [true, false, false]);
        let moved = role(&desk, CYD, Role::Trainee, TeamId(2));
        put(&mut desk, moved);
        assert_eq!([ANA, BEN, CYD].map(|agent| sees(&desk, agent)), [false, true, false]);
        for role in Role::ALL {
            let someone = Agent { role, ..desk.state.agent(ANA).expect("there").clone() };
            let training = scopes(&desk.state, &someone).iter().any(|s| matches!(s, Scope::Training(_)));
            assert_eq!(training, role == Role::Lead, "{role:?}");
        }
    }
}
