//! Any sequence of commands keeps to the two machines, and every lookup equals a search of the rows.

use proptest::prelude::*;

use super::*;
use crate::domain::command::Target;
use crate::domain::machine::agent::{BY_HAND, Standing, TABLE};
use crate::domain::machine::{Step, standing};
use crate::domain::routing::{holds, waiting_order};

#[derive(Debug, Clone)]
struct Act {
    who: u8,
    what: u8,
    which: u8,
    wait_s: u16,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one = (0..3_u8, 0..16_u8, 0..6_u8, 0..40_u16);
    prop::collection::vec(one.prop_map(|(who, what, which, wait_s)| Act { who, what, which, wait_s }), 1..120)
}

fn command(desk: &Desk, act: &Act) -> Option<(Actor, Command)> {
    let me = [ANA, BEN, CYD][usize::from(act.who)];
    let other = [BEN, CYD, ANA][usize::from(act.who)];
    let all: Vec<_> = desk.state.interactions().collect();
    let i = all.get(usize::from(act.which)).map(|i| (i.id, i.epoch));
    let agent = Actor::Agent(me);
    let (interaction, epoch) = i.unwrap_or_default();
    let presence = [Presence::Ready, Presence::Away, Presence::Offline][usize::from(act.which % 3)];
    Some(match act.what {
        0 | 1 => (agent, Command::SetPresence { to: presence }),
        2 | 3 => (agent, Command::AcceptOffer { interaction, epoch }),
        4 => (agent, Command::DeclineOffer { interaction, epoch, reason: String::new() }),
        5 => (agent, Command::Hold { interaction, epoch }),
        6 => (agent, Command::Resume { interaction, epoch }),
        7 => (agent, Command::EndContact { interaction, epoch }),
        8 => {
            let row = desk.state.interaction(interaction)?;
            (agent, crate::domain::decide::tests::wrap_up(row, 1, "x", None))
        }
        9 => (agent, Command::Transfer { interaction, epoch, to: Target::Queue(TECH), note: String::new() }),
        10 => (agent, Command::Consult { interaction, epoch, with: other, note: String::new() }),
        11 => (agent, Command::HandOver { interaction, epoch }),
        12 => (agent, Command::CallbackResult { interaction, epoch, reached: act.who == 0 }),
        13 => (agent, Command::AskCallback { interaction, wish: Default::default(), own: None }),
        14 => (Actor::Gateway(crate::domain::ids::KeyId(1)), Command::EndInteraction { interaction }),
        _ => (Actor::System, Command::LoseLink { agent: me, since: At(i64::MAX) }),
    })
}

/// Whether an agent may go from one standing to another within one command, which may make two steps at once.
fn reachable(from: Standing, to: Standing) -> bool {
    let direct = |a: Standing, b: Standing| {
        a == b || TABLE.iter().any(|(f, next)| *f == a && next.contains(&b)) || BY_HAND.contains(&(a, b))
    };
    direct(from, to) || Standing::ALL.into_iter().any(|via| direct(from, via) && direct(via, to))
}

fn step_reachable(from: Step, to: Step) -> bool {
    let direct = |a: Step, b: Step| a == b || a.next().contains(&b);
    let two = |a: Step, b: Step| direct(a, b) || Step::ALL.into_iter().any(|via| direct(a, via) && direct(via, b));
    two(from, to) || Step::ALL.into_iter().any(|via| two(from, via) && direct(via, to))
}

fn check_lookups(desk: &Desk) {
    let state = &desk.state;
    for agent in [ANA, BEN, CYD] {
        let searched: Vec<_> = state.interactions().filter(|i| holds(i, agent) || i.owner == Some(agent)).collect();
        assert_eq!(state.held(agent).collect::<Vec<_>>(), searched);
    }
    let mut searched: Vec<_> = state.interactions().filter(|i| i.phase.waits()).collect();
    searched.sort_by_key(|i| super::super::order::key(state, i, desk.now));
    let searched: Vec<_> = searched.into_iter().map(|i| i.id).collect();
    assert_eq!(waiting_order(state, desk.now), searched);
    let offers = state.interactions().filter_map(|i| match i.phase {
        Phase::Offered { until, .. } => Some(until),
        Phase::Consult { until, .. } => until,
        _ => None,
    });
    if let Some(first) = offers.min() {
        assert!(state.next_alarm().is_some_and(|at| at <= first));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_moves_outside_the_machines(acts in acts()) {
        let mut desk = plain();
        edit(&mut desk, BILLING, |q| q.rules.overflow =
            Some(crate::domain::routing::Overflow { after_s: 50, to: TECH, how: crate::domain::routing::Flow::Add }));
        for agent in [ANA, BEN, CYD] {
            desk.ready(agent);
        }
        for act in &acts {
            desk.wait(i64::from(act.wait_s) * SECOND);
            if desk.state.interactions().count() < 5 {
                let channel = [Channel::Voice, Channel::Callback, Channel::Voice][usize::from(act.who)];
                desk.open(channel, BILLING, None);
            }
            let agents = [ANA, BEN, CYD];
            let mut last: Vec<_> = agents.iter().map(|a| standing(&desk.state, *a)).collect();
            let mut steps: BTreeMap<_, _> = desk.state.interactions().map(|i| (i.id, Step::of(i))).collect();
            let mut rounds: Vec<(Actor, Command)> = command(&desk, act).into_iter().collect();
            for _ in 0..100 {
                if rounds.is_empty() {
                    rounds = super::super::due(&desk.state, desk.now).into_iter().map(|c| (Actor::System, c)).collect();
                }
                if rounds.is_empty() {
                    break;
                }
                let (actor, command) = rounds.remove(0);
                let own = actor == Actor::System && !matches!(command, Command::LoseLink { .. });
                let said = desk.give(actor, command.clone());
                prop_assert!(!own || said.is_ok(), "the desk refuses itself: {command:?} {said:?}");
                for (agent, before) in agents.iter().zip(&mut last) {
                    let now = standing(&desk.state, *agent);
                    prop_assert!(reachable(*before, now), "{agent:?} {before:?} to {now:?} by {command:?}");
                    *before = now;
                }
                for i in desk.state.interactions() {
                    let now = Step::of(i);
                    let before = steps.insert(i.id, now).unwrap_or(Step::New);
                    prop_assert!(step_reachable(before, now), "{before:?} to {now:?} by {command:?}");
                }
                check_lookups(&desk);
            }
            prop_assert!(super::super::due(&desk.state, desk.now).is_empty(), "router and timers rest");
        }
        let mut again = plain();
        edit(&mut again, BILLING, |q| q.rules.overflow =
            Some(crate::domain::routing::Overflow { after_s: 50, to: TECH, how: crate::domain::routing::Flow::Add }));
        for event in &desk.log {
            crate::domain::apply(&mut again.state, event);
        }
        prop_assert!(desk.state.rows().eq(again.state.rows()));
    }
}
