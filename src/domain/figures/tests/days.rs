//! Random days through the real rules: what must hold on every one of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::command::{Actor, Command, CustomerHint, Target};
use crate::domain::figures::define::Of;
use crate::domain::figures::fold::Fold;
use crate::domain::figures::waiting::service_level;
use crate::domain::figures::{Lines, of_part, parts};
use crate::domain::ids::{CaseId, InteractionId, OutcomeId, ReasonId, TeamId};
use crate::domain::people::{Agent, Firm, Presence, Role, Team};
use crate::domain::routing::{Flow, Overflow, QueueRules};
use crate::domain::row::Row;
use crate::domain::tally::Survey;
use crate::domain::time::{DAY, SECOND};
use crate::domain::work::{Interaction, Outcome, Phase, Priority, Queue, Reason};
use crate::domain::wrap_up::Findings;
use crate::domain::{State, apply, decide, routing};

const QUEUES: u64 = 3;
const AGENTS: u64 = 4;
/// 2025-06-02, midnight in UTC.
const MIDNIGHT: At = At(1_748_822_400_000);

/// The whole desk in memory, with the fold of its ledger beside it.
struct World {
    state: State,
    fold: Fold,
    now: At,
    /// Every case that ever was.
    cases: BTreeSet<CaseId>,
}

/// One thing that may happen.
#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Come { queue: u64, channel: usize },
    Leave(usize),
    Accept(usize),
    Decline(usize),
    Hold(usize),
    End(usize),
    WrapUp { which: usize, reason: u64 },
    Transfer { which: usize, queue: u64 },
    HandTo { which: usize, agent: u64 },
    Presence { agent: u64, to: usize },
    Link { agent: u64, lost: bool },
    Rate { case: usize, mark: u8 },
    Consult { which: usize, agent: u64 },
    Join(usize),
    HandOver(usize),
    LeaveConsult(usize),
    AskCallback(usize),
    Called { which: usize, reached: bool },
}

impl World {
    fn new() -> World {
        let mut world =
            World { state: State::new(), fold: Fold::new(), now: MIDNIGHT.plus(DAY / 3), cases: BTreeSet::new() };
        world.put(Firm { name: "Northwind".into(), zone: "UTC".into(), ..Firm::default() });
        world.put(Team { id: TeamId(0), key: "one".into(), name: "One".into() });
        // What waits long in the second queue may be taken by the first as well; of the third it moves there.
        for q in 1..=QUEUES {
            let how = if q == 2 { Flow::Add } else { Flow::Move };
            let overflow = (q > 1).then_some(Overflow { after_s: 45, to: QueueId(1), how });
            world.put(Queue {
                id: QueueId(0),
                key: format!("q{q}"),
                name: format!("Queue {q}"),
                channels: Channel::ALL.to_vec(),
                skills: BTreeMap::new(),
                offer_s: 15,
                wrap_up_s: 60,
                sl_pct: 80,
                sl_s: 20,
                calendar: None,
                closed_message: String::new(),
                active: true,
                rules: QueueRules { overflow, callback_tries: 2, callback_gap_s: 30, ..QueueRules::default() },
            });
        }
        for r in 1..=2 {
            let (path, label) = (format!("r{r}"), format!("R{r}"));
            world.put(Reason { id: ReasonId(0), path, label, queues: Vec::new(), active: true });
        }
        let (key, label) = ("done".to_owned(), "Done".to_owned());
        world.put(Outcome { id: OutcomeId(0), key, label, needs: Vec::new(), solves: true, active: true });
        for a in 1..=AGENTS {
            world.put(Agent {
                id: AgentId(0),
                login: format!("a{a}"),
                name: format!("A{a}"),
                team: TeamId(1),
                role: Role::Agent,
                skills: BTreeMap::new(),
                queues: if a == 1 { vec![QueueId(1)] } else { (1..=QUEUES).map(QueueId).collect() },
                active: true,
            });
            world.give(Actor::System, Command::GainLink { agent: AgentId(a) });
            world.give(Actor::Agent(AgentId(a)), Command::SetPresence { to: Presence::Ready });
        }
        world
    }

    fn put(&mut self, row: impl Into<Row>) {
        assert!(self.give(Actor::Operator, Command::Put { row: Box::new(row.into()) }), "the operator configures");
    }

    /// Decides and applies; false when refused.
    fn give(&mut self, actor: Actor, command: Command) -> bool {
        let Ok(events) = decide(&self.state, &command, actor, self.now) else { return false };
        for event in events {
            apply(&mut self.state, &event);
            self.fold.note(&event);
        }
        self.cases.extend(self.state.cases().map(|c| c.id));
        true
    }

    fn nth(&self, which: usize, wanted: impl Fn(&Interaction) -> bool) -> Option<Interaction> {
        let all: Vec<&Interaction> = self.state.interactions().filter(|i| wanted(i)).collect();
        all.get(which % all.len().max(1)).map(|i| (*i).clone())
    }

    fn step(&mut self, step: &Step) {
        let owned = |i: &Interaction| i.owner.is_some();
        match *step {
            Step::Wait(ms) => self.now = self.now.plus(ms),
            Step::Come { queue, channel } => {
                let command = Command::OpenInteraction {
                    channel: Channel::ALL[channel],
                    queue: QueueId(queue),
                    hint: CustomerHint::default(),
                    customer: None,
                    case: None,
                    menu: Vec::new(),
                    priority: Priority::Normal,
                    language: String::new(),
                    subject: "x".into(),
                    body: None,
                    came: None,
                    callback: Default::default(),
                    files: Vec::new(),
                    maybe: Vec::new(),
                    letter: None,
                };
                self.give(Actor::Operator, command);
            }
            Step::Leave(which) => {
                if let Some(i) = self.nth(which, |_| true) {
                    self.give(Actor::Operator, Command::EndInteraction { interaction: i.id });
                }
            }
            Step::Accept(which) => {
                if let Some(i) = self.nth(which, |i| !owned(i)) {
                    let (to, command) = match i.phase {
                        Phase::Offered { to, .. } => (to, Command::AcceptOffer { interaction: i.id, epoch: i.epoch }),
                        _ => (AgentId(which as u64 % AGENTS + 1), Command::Pull { interaction: Some(i.id) }),
                    };
                    self.give(Actor::Agent(to), command);
                }
            }
            Step::Decline(which) => {
                if let Some(i) = self.nth(which, |i| matches!(i.phase, Phase::Offered { .. }))
                    && let Phase::Offered { to, .. } = i.phase
                {
                    let reason = String::new();
                    self.give(Actor::Agent(to), Command::DeclineOffer { interaction: i.id, epoch: i.epoch, reason });
                }
            }
            Step::Hold(which) => self.own(which, |i| match i.phase {
                Phase::OnHold { .. } => Command::Resume { interaction: i.id, epoch: i.epoch },
                _ => Command::Hold { interaction: i.id, epoch: i.epoch },
            }),
            Step::End(which) => self.own(which, |i| Command::EndContact { interaction: i.id, epoch: i.epoch }),
            Step::WrapUp { which, reason } => self.own(which, |i| Command::WrapUp {
                interaction: i.id,
                epoch: i.epoch,
                case: i.case,
                reason: ReasonId(reason),
                outcome: OutcomeId(1),
                note: String::new(),
                follow_up: None,
                findings: Findings::default(),
            }),
            Step::Transfer { which, queue } => self.own(which, |i| Command::Transfer {
                interaction: i.id,
                epoch: i.epoch,
                to: Target::Queue(QueueId(queue)),
                note: String::new(),
            }),
            Step::HandTo { which, agent } => self.own(which, |i| Command::Transfer {
                interaction: i.id,
                epoch: i.epoch,
                to: Target::Agent(AgentId(agent)),
                note: String::new(),
            }),
            Step::Consult { which, agent } => self.own(which, |i| Command::Consult {
                interaction: i.id,
                epoch: i.epoch,
                with: AgentId(agent),
                note: String::new(),
            }),
            Step::Join(which) => self.colleague(which, |i| Command::AcceptOffer { interaction: i.id, epoch: i.epoch }),
            Step::HandOver(which) => self.own(which, |i| Command::HandOver { interaction: i.id, epoch: i.epoch }),
            Step::LeaveConsult(which) => {
                self.colleague(which, |i| Command::LeaveConsult { interaction: i.id, epoch: i.epoch });
            }
            Step::AskCallback(which) => {
                if let Some(i) = self.nth(which, |i| !owned(i)) {
                    self.give(
                        Actor::Operator,
                        Command::AskCallback { interaction: i.id, wish: Default::default(), own: None },
                    );
                }
            }
            Step::Called { which, reached } => {
                self.own(which, |i| Command::CallbackResult { interaction: i.id, epoch: i.epoch, reached });
            }
            Step::Presence { agent, to } => {
                let to = [Presence::Ready, Presence::Away, Presence::Ready, Presence::Offline][to];
                self.give(Actor::Agent(AgentId(agent)), Command::SetPresence { to });
            }
            Step::Link { agent, lost } => {
                let agent = AgentId(agent);
                let command =
                    if lost { Command::LoseLink { agent, since: self.now } } else { Command::GainLink { agent } };
                self.give(Actor::System, command);
            }
            Step::Rate { case, mark } => {
                let case = self.cases.iter().nth(case % self.cases.len().max(1)).copied().unwrap_or_default();
                let (survey, scale) = if mark == 0 { (Survey::Nps, 10) } else { (Survey::Csat, 5) };
                self.give(Actor::Operator, Command::RateContact { case, interaction: None, survey, mark, scale });
            }
        }
        // Router and timers, as long as they have something to do.
        for _ in 0..50 {
            let due = routing::due(&self.state, self.now);
            if due.is_empty() || !due.into_iter().any(|c| self.give(routing::ACTOR, c)) {
                break;
            }
        }
    }

    fn own(&mut self, which: usize, command: impl Fn(&Interaction) -> Command) {
        if let Some(i) = self.nth(which, |i| i.owner.is_some()) {
            let owner = i.owner.expect("asked for owned ones");
            self.give(Actor::Agent(owner), command(&i));
        }
    }

    fn colleague(&mut self, which: usize, command: impl Fn(&Interaction) -> Command) {
        if let Some(i) = self.nth(which, |i| matches!(i.phase, Phase::Consult { .. }))
            && let Phase::Consult { with, .. } = i.phase
        {
            self.give(Actor::Agent(with), command(&i));
        }
    }

    /// The facts as a desk that may see everything would have them.
    fn seen(&self) -> Facts {
        let mut facts = Facts::default();
        self.state.wrap_ups().for_each(|w| facts.add_wrap_up(w));
        self.state.departures().for_each(|d| facts.add_departure(d));
        self.state.interactions().for_each(|i| facts.add_interaction(i));
        self.state.agents().filter_map(|a| self.state.agent_day(a.id)).for_each(|d| facts.add_day(d));
        self.state.ratings().for_each(|r| facts.add_rating(r));
        facts
    }
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..8_usize;
    prop_oneof![
        8 => (0..40_i64).prop_map(|s| Step::Wait(s * SECOND + 137)),
        1 => (0..900_i64).prop_map(|s| Step::Wait(s * SECOND)),
        5 => (1..=QUEUES, 0..4_usize).prop_map(|(queue, channel)| Step::Come { queue, channel }),
        1 => which.clone().prop_map(Step::Leave),
        5 => which.clone().prop_map(Step::Accept),
        1 => which.clone().prop_map(Step::Decline),
        2 => which.clone().prop_map(Step::Hold),
        2 => which.clone().prop_map(Step::End),
        4 => (which.clone(), 1..=2_u64).prop_map(|(which, reason)| Step::WrapUp { which, reason }),
        1 => (which.clone(), 1..=QUEUES).prop_map(|(which, queue)| Step::Transfer { which, queue }),
        1 => (which.clone(), 1..=AGENTS).prop_map(|(which, agent)| Step::HandTo { which, agent }),
        2 => (which.clone(), 1..=AGENTS).prop_map(|(which, agent)| Step::Consult { which, agent }),
        2 => which.clone().prop_map(Step::Join),
        1 => which.clone().prop_map(Step::HandOver),
        1 => which.clone().prop_map(Step::LeaveConsult),
        1 => which.clone().prop_map(Step::AskCallback),
        2 => (which, any::<bool>()).prop_map(|(which, reached)| Step::Called { which, reached }),
        2 => (1..=AGENTS, 0..4_usize).prop_map(|(agent, to)| Step::Presence { agent, to }),
        1 => (1..=AGENTS, any::<bool>()).prop_map(|(agent, lost)| Step::Link { agent, lost }),
        1 => (0..20_usize, 0..=5_u8).prop_map(|(case, mark)| Step::Rate { case, mark }),
    ]
}

/// Figures that need how cases went, which a desk holds only in part.
fn of_cases(id: FigureId) -> bool {
    let key = id.definition().key;
    ["backlog", "first-response", "resolution"].iter().any(|word| key.starts_with(word))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_and_the_desk_give_the_same_figures(steps in prop::collection::vec(step(), 1..160)) {
        let mut world = World::new();
        steps.iter().for_each(|s| world.step(s));
        let (ledger, desk) = (world.fold.facts(), world.seen());
        let today = Ask { now: world.now, ..ask(Window::new(MIDNIGHT, MIDNIGHT.plus(DAY))) };
        for id in FigureId::all().filter(|id| !of_cases(*id)) {
            for agent in std::iter::once(None).chain((1..=AGENTS).map(|a| Some(AgentId(a)))) {
                let ask = Ask { agent, ..today };
                prop_assert_eq!(figure(id, ledger, &ask), figure(id, &desk, &ask));
            }
        }
        // The status line has the counts alone.
        for queue in (1..=QUEUES).map(QueueId) {
            let counts = world.state.queue_day(queue).map(|d| d.counts).unwrap_or_default();
            let queues = [queue];
            let ask = Ask { queues: &queues, ..today };
            let value = of(FigureId::ServiceLevel, ledger, &ask);
            prop_assert_eq!(service_level(6, counts, 0), value);
        }
    }

    #[test]
    fn what_was_offered_is_accounted_for(steps in prop::collection::vec(step(), 1..160), from in -60..1_800_i64, length in 1..900_i64) {
        let mut world = World::new();
        steps.iter().for_each(|s| world.step(s));
        let from = MIDNIGHT.plus(DAY / 3 + from * SECOND);
        for queues in [vec![], vec![QueueId(1)], vec![QueueId(2)]] {
            let ask = Ask { now: world.now, queues: &queues, ..ask(Window::new(from, from.plus(length * SECOND))) };
            let n = |id| of(id, world.fold.facts(), &ask).halves().0;
            let parts = [FigureId::Answered, FigureId::Abandoned, FigureId::FlowedOut, FigureId::CalledBack, FigureId::Waiting];
            prop_assert_eq!(n(FigureId::Offered), parts.map(n).iter().sum::<i64>());
        }
    }

    #[test]
    fn a_rate_is_a_share_and_an_agent_has_no_more_than_the_clock(steps in prop::collection::vec(step(), 1..160)) {
        let mut world = World::new();
        steps.iter().for_each(|s| world.step(s));
        let today = Ask { now: world.now, ..ask(Window::new(MIDNIGHT, MIDNIGHT.plus(DAY))) };
        for id in FigureId::all() {
            let (num, den) = of(id, world.fold.facts(), &today).halves();
            if id.definition().unit == crate::domain::figures::Unit::Percent && id != FigureId::CsatResponse {
                prop_assert!((0..=den).contains(&num), "{:?}: {num}/{den}", id);
            }
        }
        let signed_in = of(FigureId::Utilisation, world.fold.facts(), &Ask { agent: Some(AgentId(1)), ..today });
        prop_assert!(signed_in.halves().1 <= world.now.since(MIDNIGHT));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_of_a_report_has_the_figures_of_all_facts(
        steps in prop::collection::vec(step(), 1..160),
        first in -60..600_i64,
        lengths in prop::collection::vec(1..400_i64, 1..8),
    ) {
        let mut world = World::new();
        steps.iter().for_each(|s| world.step(s));
        let facts = world.fold.facts();
        // A week later it is known who came back.
        let later = world.now.plus(8 * DAY);
        let mut from = MIDNIGHT.plus(DAY / 3 + first * SECOND);
        let mut windows = vec![Window::new(MIDNIGHT, from)];
        for length in lengths {
            windows.push(Window::new(from, from.plus(length * SECOND)));
            from = from.plus(length * SECOND);
        }
        windows.push(Window::new(from, MIDNIGHT.plus(DAY)));
        let queues: Vec<QueueId> = (1..=QUEUES).map(QueueId).collect();
        let agents: Vec<AgentId> = (1..=AGENTS).map(AgentId).collect();
        for now in [world.now, later] {
            let all = Ask { now, ..ask(Window::new(MIDNIGHT, MIDNIGHT.plus(DAY))) };
            let check = |lines: Lines, asks: &[Ask], told: &dyn Fn(Of) -> bool| {
                let parts = parts(facts, &lines, now, all.rules);
                assert_eq!(parts.len(), asks.len());
                for (part, ask) in parts.iter().zip(asks) {
                    for id in FigureId::all().filter(|id| told(id.definition().of)) {
                        assert_eq!(of_part(id, part, ask), figure(id, facts, ask), "{id:?} {lines:?} {ask:?}");
                    }
                }
            };
            let asks: Vec<Ask> = windows.iter().map(|window| Ask { window: *window, ..all }).collect();
            check(Lines::Windows(windows.clone()), &asks, &|_| true);
            let asks: Vec<Ask> = queues.iter().map(|q| Ask { queues: std::slice::from_ref(q), ..all }).collect();
            check(Lines::Queues(queues.clone()), &asks, &|of| of != Of::Agent);
            let asks: Vec<Ask> = agents.iter().map(|a| Ask { agent: Some(*a), ..all }).collect();
            check(Lines::Agents(agents.clone()), &asks, &|of| of != Of::Queue);
        }
    }
}

#[test]
fn a_day_begins_with_what_the_last_one_left() {
    let mut world = World::new();
    let come = Step::Come { queue: 1, channel: 0 };
    for step in [
        come.clone(),
        Step::Wait(5 * SECOND),
        Step::Accept(0),
        Step::Wait(60 * SECOND),
        Step::WrapUp { which: 0, reason: 1 },
    ] {
        world.step(&step);
    }
    let counts = |world: &World| world.state.queue_day(QueueId(1)).map(|d| (d.day, d.counts.answered));
    assert_eq!(counts(&world), Some((MIDNIGHT, 1)));
    world.step(&Step::Wait(DAY));
    for step in [come, Step::Accept(0), Step::Decline(0)] {
        world.step(&step);
    }
    assert_eq!(counts(&world), Some((MIDNIGHT.plus(DAY), 1)));
    let day = world.state.agent_day(AgentId(1)).expect("a day").clone();
    assert_eq!(day.presence.first().map(|(_, p)| *p), Some(Presence::Ready), "ready since the day before");
    let tomorrow = Window::new(MIDNIGHT.plus(DAY), MIDNIGHT.plus(2 * DAY));
    let ask = Ask { now: world.now, agent: Some(AgentId(1)), ..ask(tomorrow) };
    assert_eq!(of(FigureId::Utilisation, &world.seen(), &ask), of(FigureId::Utilisation, world.fold.facts(), &ask));
    assert!(world.state.interaction(InteractionId(99)).is_none());
}

/// A morning of the first agent: two contacts, idle before, between and after, and what the desk itself did then.
fn morning(gap: impl Fn(&mut World, usize)) -> World {
    let mut world = World::new();
    let call = |world: &mut World, moment: usize| {
        world.step(&Step::Come { queue: 1, channel: 0 });
        world.step(&Step::Wait(4 * SECOND));
        world.step(&Step::Accept(0));
        world.step(&Step::Wait(90 * SECOND));
        gap(world, moment);
        world.step(&Step::End(0));
        world.step(&Step::Wait(20 * SECOND));
        world.step(&Step::WrapUp { which: 0, reason: 1 });
    };
    for agent in 2..=AGENTS {
        world.give(Actor::Agent(AgentId(agent)), Command::SetPresence { to: Presence::Offline });
    }
    world.give(Actor::Agent(AgentId(1)), Command::SetPresence { to: Presence::Ready });
    world.step(&Step::Wait(60 * SECOND));
    gap(&mut world, 0);
    call(&mut world, 1);
    world.step(&Step::Wait(120 * SECOND));
    gap(&mut world, 2);
    call(&mut world, 3);
    world.step(&Step::Wait(30 * SECOND));
    world
}

#[test]
fn a_lost_link_costs_the_agent_nothing_in_any_figure() {
    let me = AgentId(1);
    let lose = |world: &mut World, away: i64| {
        world.give(Actor::System, Command::LoseLink { agent: me, since: world.now });
        world.step(&Step::Wait(away));
        world.give(Actor::System, Command::GainLink { agent: me });
    };
    let figures = |world: &World| {
        let window = Window::new(MIDNIGHT, MIDNIGHT.plus(DAY));
        let ask = Ask { now: world.now, agent: Some(me), ..ask(window) };
        let own = FigureId::all().filter(|id| !of_cases(*id));
        own.map(|id| (id, of(id, &world.seen(), &ask), of(id, world.fold.facts(), &ask))).collect::<Vec<_>>()
    };
    let without = morning(|_, _| {});
    // While idle: time without a link is no idleness, however long it was.
    let idle = morning(|world, moment| {
        if moment == 0 || moment == 2 {
            lose(world, 25 * 60 * SECOND);
        }
    });
    assert_eq!(figures(&idle), figures(&without));
    // In the middle of a call, which goes on: the work is the agent's as before.
    let talking = morning(|world, moment| {
        if moment == 1 {
            world.give(Actor::System, Command::LoseLink { agent: me, since: world.now });
            world.give(Actor::System, Command::GainLink { agent: me });
        }
    });
    assert_eq!(figures(&talking), figures(&without));
    let missed = |world: &World| world.state.presence(me).map(|p| (p.missed, p.presence));
    assert_eq!(missed(&without), Some((0, Presence::Ready)));
    assert_eq!(missed(&idle), missed(&without));
}

#[test]
fn an_offer_that_rang_into_a_dead_line_is_no_offer_missed() {
    let me = AgentId(1);
    let mut world = World::new();
    for agent in 2..=AGENTS {
        world.give(Actor::Agent(AgentId(agent)), Command::SetPresence { to: Presence::Offline });
    }
    world.give(Actor::Agent(me), Command::SetPresence { to: Presence::Ready });
    world.step(&Step::Wait(10 * SECOND));
    let heard = world.now;
    world.step(&Step::Wait(5 * SECOND));
    world.step(&Step::Come { queue: 1, channel: 0 });
    assert!(world.nth(0, |i| i.offered_to().is_some()).is_some(), "it rings");
    world.now = world.now.plus(14 * SECOND);
    world.give(Actor::System, Command::LoseLink { agent: me, since: heard });
    let row = world.state.presence(me).expect("there").clone();
    assert_eq!((row.presence, row.missed, row.link_lost), (Presence::Ready, 0, Some(heard)));
    assert!(world.nth(0, |i| i.offered_to().is_some()).is_none(), "it waits for others");
    // Since the last word of the desk, not since the server noticed: those seconds are no idleness either.
    let window = Window::new(MIDNIGHT, MIDNIGHT.plus(DAY));
    let day = world.state.agent_day(me).expect("a day");
    assert_eq!(day.linked.last(), Some(&(heard, false)));
    let later = Ask { now: world.now.plus(3_600 * SECOND), agent: Some(me), ..ask(window) };
    let soon = Ask { now: world.now, ..later };
    let utilisation = |ask: &Ask| of(FigureId::Utilisation, &world.seen(), ask);
    assert_eq!(utilisation(&soon), utilisation(&later), "an hour without a link changes nothing");
}
