//! The house a simulation runs in: some lines, and agents who serve them all.

use crate::domain::ids::{AgentId, OutcomeId, QueueId, ReasonId, SkillId, TeamId};
use crate::domain::people::{Agent, Presence, PresenceRow, Role};
use crate::domain::routing::QueueRules;
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::{Channel, Outcome, Queue, Reason};

/// One queue of the simulated house.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// How it routes.
    pub rules: QueueRules,
    /// Whether it asks for the one skill of the house, at level 1.
    pub skilled: bool,
}

/// The simulated house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Agents, all of them Ready.
    pub agents: usize,
    /// Queues; everyone serves them all.
    pub lines: Vec<Line>,
}

impl World {
    /// One queue and some agents.
    pub fn plain(agents: usize) -> World {
        World { agents, lines: vec![Line::default()] }
    }

    /// The skill of the house.
    pub const SKILL: SkillId = SkillId(1);

    /// The state before the first call.
    pub(super) fn open(&self) -> State {
        let mut state = State::new();
        let queues: Vec<QueueId> = (1..=self.lines.len() as u64).map(QueueId).collect();
        for (id, line) in queues.iter().zip(&self.lines) {
            state.load(
                Queue {
                    id: *id,
                    key: format!("line-{id}"),
                    name: format!("Line {id}"),
                    channels: vec![Channel::Voice],
                    skills: line.skilled.then_some((World::SKILL, 1)).into_iter().collect(),
                    offer_s: 0,
                    wrap_up_s: 0,
                    sl_pct: 80,
                    sl_s: 20,
                    calendar: None,
                    closed_message: String::new(),
                    active: true,
                    rules: line.rules.clone(),
                }
                .into(),
            );
        }
        for id in 1..=self.agents as u64 {
            let agent = Agent {
                id: AgentId(id),
                login: String::new(),
                name: String::new(),
                team: TeamId(1),
                role: Role::Agent,
                skills: [(World::SKILL, 1)].into(),
                queues: queues.clone(),
                active: true,
            };
            state.load(agent.into());
            state.load(
                PresenceRow {
                    agent: AgentId(id),
                    team: TeamId(1),
                    presence: Presence::Ready,
                    since: At(0),
                    next: None,
                    idle_since: At(0),
                    link_lost: None,
                    missed: 0,
                    last_miss: None,
                    forced: None,
                }
                .into(),
            );
        }
        let reason =
            Reason { id: ReasonId(1), path: "call".into(), label: String::new(), queues: Vec::new(), active: true };
        state.load(reason.into());
        let outcome = Outcome {
            id: OutcomeId(1),
            key: "done".into(),
            label: String::new(),
            needs: Vec::new(),
            solves: true,
            active: true,
        };
        state.load(outcome.into());
        state
    }
}
