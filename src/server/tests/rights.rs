//! Nobody sees more than allowed, whatever changes while frames are under way.

use proptest::prelude::*;

use super::*;
use crate::domain::scope::Scope;
use crate::server::registry::Goodbye;

#[tokio::test]
async fn rights_that_change_take_and_give_rows_at_once() {
    let house = House::new();
    let (_, billing) = house.chat(BILLING, "about money").await;
    let (_, tech) = house.chat(TECH, "about a router").await;
    let mut ben = house.desk(BEN).await;
    house.same(&mut ben).await;
    assert!(ben.row(Entity::Case, billing.0).is_some() && ben.row(Entity::Case, tech.0).is_none());
    house.operate(vec![put(agent(BEN.0, "ben", Role::Trainee, vec![TECH]))]);
    ben.until("the new rights", |p| p.scopes.contains(&Scope::History(TECH)) && p.row(Entity::Case, tech.0).is_some())
        .await;
    assert!(ben.row(Entity::Case, billing.0).is_none());
    assert!(!ben.scopes.contains(&Scope::Contacts), "a trainee sees no identities in full");
    house.same(&mut ben).await;
    house.verify().await;
}

#[tokio::test]
async fn a_closed_account_and_a_revoked_desk_are_sent_away() {
    let house = House::new();
    let mut ana = house.desk(ANA).await;
    let mut ben = house.desk(BEN).await;
    house.operate(vec![Command::Retire { key: RowKey { entity: Entity::Agent, id: BEN.0 } }]);
    ben.until("a goodbye", |p| p.closed.is_some()).await;
    assert_eq!(ben.closed.as_ref().map(|(_, retry)| *retry), Some(None));
    house.hub.registry.close(ana.device, Goodbye { why: "This desk was shut out.".into(), retry_s: None });
    ana.until("a goodbye", |p| p.closed == Some(("This desk was shut out.".into(), None))).await;
}

#[derive(Debug, Clone)]
enum Step {
    Chat(u64),
    Customer(u64),
    Rights { agent: u64, role: usize, queues: Vec<u64> },
    Pull(u64),
    Transfer,
    Reconnect(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..=3_u64).prop_map(Step::Chat),
        2 => (0..20_u64).prop_map(Step::Customer),
        3 => (1..=3_u64, 0..Role::ALL.len(), prop::collection::btree_set(1..=3_u64, 0..3))
            .prop_map(|(agent, role, queues)| Step::Rights { agent, role, queues: queues.into_iter().collect() }),
        2 => (1..=3_u64).prop_map(Step::Pull),
        1 => Just(Step::Transfer),
        1 => any::<bool>().prop_map(Step::Reconnect),
    ]
}

impl House {
    async fn act(&self, step: Step, desks: &mut [Probe; 3], generation: &mut u32) {
        match step {
            Step::Chat(queue) => drop(self.give(Actor::Operator, chat(QueueId(queue), "hello")).await),
            Step::Customer(n) => drop(self.give(Actor::Operator, customer(n)).await),
            Step::Rights { agent: id, role, queues } => {
                let login = ["ana", "ben", "cyd"][id as usize - 1];
                let queues = queues.into_iter().map(QueueId).collect();
                self.give(Actor::Operator, put(agent(id, login, Role::ALL[role], queues))).await;
            }
            Step::Pull(id) => drop(self.give(Actor::Agent(AgentId(id)), Command::Pull { interaction: None }).await),
            Step::Transfer => {
                let held = self.hub.core.run(|inside| {
                    inside.state.interactions().find(|i| i.owner.is_some()).map(|i| (i.owner, i.id, i.epoch, i.queue))
                });
                if let Some((Some(owner), interaction, epoch, queue)) = held.await.expect("runs") {
                    let to = crate::domain::command::Target::Queue(QueueId(queue.0 % 3 + 1));
                    let transfer = Command::Transfer { interaction, epoch, to, note: "on".into() };
                    self.give(Actor::Agent(owner), transfer).await;
                }
            }
            Step::Reconnect(settled) => {
                *generation += 1;
                let [ana, _, _] = desks;
                if settled {
                    ana.settle(0).await;
                }
                let local = self.local(ANA);
                ana.reconnect(&local, *generation).await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The probe itself asserts that each frame lies within the scopes granted at that moment; here everything
    /// moves at once, and in the end every desk holds exactly the server's rows within its scopes.
    #[test]
    fn no_frame_leaks_and_all_desks_converge(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let house = House::new();
            house.operate(vec![put(queue(0, "third"))]);
            let mut desks = [house.desk(ANA).await, house.desk(BEN).await, house.desk(CYD).await];
            let mut generation = 1;
            for step in steps {
                house.act(step, &mut desks, &mut generation).await;
            }
            for desk in &mut desks {
                house.same(desk).await;
            }
            for desk in &desks {
                let core = house.hub.core.published();
                let rights = core.borrow().rights.clone();
                let scopes: Vec<Scope> = desk.scopes.iter().copied().collect();
                assert_eq!(&scopes[..], &rights[&desk.agent][..]);
            }
            house.verify().await;
        });
    }
}
