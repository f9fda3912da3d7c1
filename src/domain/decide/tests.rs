//! Stories of the trade, told in commands.

use super::super::apply;
use super::*;
use crate::domain::command::{CallbackWish, CustomerHint, FollowUp, Target};
use crate::domain::ids::{BreakId, CustomerId, OutcomeId, ReasonId, SkillId, TeamId};
use crate::domain::people::{Agent, BreakCode, Contacts, Customer, Presence, Role, Team};
use crate::domain::routing::{self, Activity};
use crate::domain::row::{Change, Row, RowKey};
use crate::domain::scope::Scope;
use crate::domain::time::{MINUTE, SECOND};
use crate::domain::work::{Need, Outcome, Priority, Queue, Reason, Status, TaskKind};

pub(crate) const BILLING: QueueId = QueueId(1);
pub(crate) const TECH: QueueId = QueueId(2);
pub(crate) const ANA: AgentId = AgentId(1);
pub(crate) const BEN: AgentId = AgentId(2);
pub(crate) const CYD: AgentId = AgentId(3);
pub(crate) const T0: At = At(1_800_000_000_000);

/// A small firm: two queues, Ana (senior, both), Ben (agent, billing), Cyd (trainee, tech).
pub(crate) fn firm() -> State {
    let mut state = State::new();
    state.load(Team { id: TeamId(1), key: "one".into(), name: "Team one".into() }.into());
    for (id, key) in [(BILLING, "billing"), (TECH, "tech")] {
        let queue = Queue {
            id,
            key: key.into(),
            name: key.into(),
            channels: Channel::ALL.to_vec(),
            skills: [(SkillId(id.0), 2)].into(),
            offer_s: 15,
            wrap_up_s: 60,
            sl_pct: 80,
            sl_s: 20,
            calendar: None,
            closed_message: String::new(),
            active: true,
            rules: crate::domain::routing::QueueRules::default(),
        };
        state.load(queue.into());
    }
    let agent = |id, login: &str, role, queues: Vec<QueueId>, levels: &[(u64, u8)]| Agent {
        id,
        login: login.into(),
        name: login.to_uppercase(),
        team: TeamId(1),
        role,
        skills: levels.iter().map(|(s, l)| (SkillId(*s), *l)).collect(),
        queues,
        active: true,
    };
    state.load(agent(ANA, "ana", Role::Senior, vec![BILLING, TECH], &[(1, 5), (2, 3)]).into());
    state.load(agent(BEN, "ben", Role::Agent, vec![BILLING], &[(1, 3)]).into());
    state.load(agent(CYD, "cyd", Role::Trainee, vec![TECH], &[(2, 2)]).into());
    state.load(
        Reason {
            id: ReasonId(1),
            path: "billing/roaming".into(),
            label: "Roaming".into(),
            queues: vec![],
            active: true,
        }
        .into(),
    );
    let outcome = |id, key: &str, needs: Vec<Need>, solves| Outcome {
        id: OutcomeId(id),
        key: key.into(),
        label: key.into(),
        needs,
        solves,
        active: true,
    };
    state.load(outcome(1, "resolved", vec![], true).into());
    state.load(outcome(2, "callback", vec![Need::FollowUp, Need::Note], false).into());
    state.load(BreakCode { id: BreakId(1), key: "break".into(), label: "Break".into(), limit_s: 900 }.into());
    state
}

pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) now: At,
    pub(crate) log: Vec<Event>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { state: firm(), now: T0, log: Vec::new() }
    }

    pub(crate) fn wait(&mut self, ms: i64) {
        self.now = self.now.plus(ms);
    }

    pub(crate) fn give(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.state, &command, actor, self.now)?;
        for event in &events {
            apply(&mut self.state, event);
        }
        self.log.extend(events.clone());
        Ok(events)
    }

    pub(crate) fn ask(&mut self, agent: AgentId, command: Command) -> Result<Vec<Event>, Refusal> {
        self.give(Actor::Agent(agent), command)
    }

    pub(crate) fn ready(&mut self, agent: AgentId) {
        self.give(Actor::System, Command::GainLink { agent }).expect("links");
        self.ask(agent, Command::SetPresence { to: Presence::Ready }).expect("ready");
    }

    /// Lets router and timers speak until they have nothing to say.
    pub(crate) fn settle(&mut self) {
        for _ in 0..100 {
            let commands = routing::due(&self.state, self.now);
            if commands.is_empty() {
                return;
            }
            for command in commands {
                self.give(Actor::System, command).expect("the desk's own commands are sound");
            }
        }
        panic!("router and timers never rest");
    }

    pub(crate) fn open(&mut self, channel: Channel, queue: QueueId, body: Option<&str>) -> InteractionId {
        let command = Command::OpenInteraction {
            channel,
            queue,
            hint: CustomerHint { name: Some("Dana Holt".into()), ..CustomerHint::default() },
            customer: None,
            case: None,
            menu: vec!["Billing".into()],
            priority: Priority::Normal,
            language: "en".into(),
            subject: "Roaming bill".into(),
            body: body.map(str::to_owned),
            came: None,
            callback: Box::new(CallbackWish {
                number: (channel == Channel::Callback).then(|| "+442079460123".to_owned()),
                ..CallbackWish::default()
            }),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        let events = self.give(Actor::Gateway(crate::domain::ids::KeyId(1)), command).expect("opens");
        match &events[0] {
            Event::InteractionOpened { interaction, .. } => interaction.id,
            other => panic!("opened, not {other:?}"),
        }
    }

    pub(crate) fn get(&self, id: InteractionId) -> Interaction {
        self.state.interaction(id).cloned().expect("is open")
    }

    pub(crate) fn accept(&mut self, agent: AgentId, id: InteractionId) {
        let epoch = self.get(id).epoch;
        self.ask(agent, Command::AcceptOffer { interaction: id, epoch }).expect("accepts");
    }
}

pub(crate) fn wrap_up(i: &Interaction, outcome: u64, note: &str, follow_up: Option<FollowUp>) -> Command {
    Command::WrapUp {
        interaction: i.id,
        epoch: i.epoch,
        case: i.case,
        reason: ReasonId(1),
        outcome: OutcomeId(outcome),
        note: note.into(),
        follow_up,
        findings: Default::default(),
    }
}

#[test]
fn a_call_is_offered_taken_held_and_wrapped_up() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    desk.wait(5 * SECOND);
    let id = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::Offered { to: BEN, .. }));
    desk.wait(8 * SECOND);
    desk.accept(BEN, id);
    desk.wait(60 * SECOND);
    let epoch = desk.get(id).epoch;
    desk.ask(BEN, Command::Hold { interaction: id, epoch }).expect("holds");
    desk.wait(30 * SECOND);
    desk.ask(BEN, Command::Resume { interaction: id, epoch }).expect("resumes");
    desk.wait(90 * SECOND);
    desk.ask(BEN, Command::EndContact { interaction: id, epoch }).expect("ends");
    assert_eq!(routing::activity(&desk.state, BEN), Activity::WrapUp);
    desk.wait(20 * SECOND);
    let interaction = desk.get(id);
    desk.ask(BEN, wrap_up(&interaction, 1, "Used data in Switzerland.", None)).expect("wraps up");
    assert!(desk.state.interaction(id).is_none(), "it is over");
    let record = desk.state.wrap_ups().next().expect("a record");
    assert_eq!(
        (record.wait_ms, record.talk_ms, record.hold_ms, record.wrap_ms),
        (8 * SECOND, 150 * SECOND, 30 * SECOND, 20 * SECOND)
    );
    assert_eq!(desk.state.case(interaction.case).map(|c| c.status), Some(Status::Solved));
    assert_eq!(desk.state.presence(BEN).map(|p| p.idle_since), Some(desk.now), "idle counts from the end of wrap-up");
}

#[test]
fn two_agents_pull_one_interaction_and_the_loser_is_told_who() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Email, BILLING, Some("Why so much?"));
    desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect("first come");
    desk.wait(3 * SECOND);
    let refused = desk.ask(ANA, Command::Pull { interaction: Some(id) }).expect_err("second");
    assert_eq!(refused.sentence(desk.now), "BEN took it 3 s ago.");
    assert_eq!(desk.get(id).owner, Some(BEN));
}

#[test]
fn a_claim_foreseen_before_the_offer_came_keeps_its_epoch() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Voice, BILLING, None);
    let mut foreseen = desk.state.clone();
    for event in decide(&foreseen, &Command::Pull { interaction: Some(id) }, Actor::Agent(BEN), desk.now).expect("may")
    {
        apply(&mut foreseen, &event);
    }
    desk.ready(BEN);
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::Offered { to: BEN, .. }), "the router was faster");
    desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect("takes what is offered to them");
    let epoch = foreseen.interaction(id).map(|i| i.epoch).expect("foreseen");
    desk.ask(BEN, Command::EndContact { interaction: id, epoch }).expect("is still theirs");
}

#[test]
fn a_missed_offer_keeps_its_place_and_goes_to_someone_else() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    desk.wait(SECOND);
    desk.ready(ANA);
    let id = desk.open(Channel::Voice, BILLING, None);
    let came = desk.now;
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::Offered { to: BEN, .. }), "the longest idle first");
    desk.wait(15 * SECOND);
    desk.settle();
    let now = desk.get(id);
    assert!(matches!(now.phase, Phase::Offered { to: ANA, .. }));
    assert_eq!(now.enqueued, came, "the customer's clock never restarts");
    assert_eq!(desk.state.presence(BEN).map(|p| p.presence), Some(Presence::NotResponding));
}

#[test]
fn declined_by_the_only_one_there_it_comes_back_after_a_minute() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let id = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    let epoch = desk.get(id).epoch;
    desk.ask(BEN, Command::DeclineOffer { interaction: id, epoch, reason: "system".into() }).expect("declines");
    desk.settle();
    assert_eq!(desk.get(id).phase, Phase::Queued);
    assert_eq!(desk.state.presence(BEN).map(|p| p.presence), Some(Presence::NotResponding));
    desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is back");
    desk.settle();
    assert_eq!(desk.get(id).phase, Phase::Queued, "not at once");
    assert_eq!(routing::next_due(&desk.state, desk.now), Some(desk.now.plus(MINUTE)));
    desk.wait(MINUTE);
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::Offered { to: BEN, .. }));
}

#[test]
fn a_caller_who_hangs_up_while_ringing_is_no_ones_fault() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let idle = desk.state.presence(BEN).map(|p| p.idle_since);
    let id = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    desk.wait(14_900);
    desk.give(Actor::Gateway(crate::domain::ids::KeyId(1)), Command::EndInteraction { interaction: id }).expect("ends");
    desk.settle();
    let ben = desk.state.presence(BEN).expect("is there");
    assert_eq!((ben.presence, ben.missed, Some(ben.idle_since)), (Presence::Ready, 0, idle));
}

#[test]
fn capacity_lets_three_chats_in_and_no_call_beside_them() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    for _ in 0..3 {
        let id = desk.open(Channel::Chat, BILLING, Some("hi"));
        desk.settle();
        desk.accept(BEN, id);
    }
    let chat = desk.open(Channel::Chat, BILLING, Some("hi"));
    let call = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    assert_eq!(desk.get(chat).phase, Phase::Queued);
    assert_eq!(desk.get(call).phase, Phase::Queued);
    assert_eq!(desk.ask(BEN, Command::Pull { interaction: None }), Err(Refusal::NoCapacity { used: 99 }));
}

#[test]
fn priority_points_weigh_as_minutes() {
    let mut desk = Desk::new();
    let early = desk.open(Channel::Email, BILLING, Some("a"));
    desk.wait(4 * MINUTE);
    let urgent = desk.open(Channel::Email, BILLING, Some("b"));
    let case = desk.get(urgent).case;
    desk.ask(BEN, Command::SetPriority { case, priority: Priority::High }).expect("raises");
    assert_eq!(routing::waiting_order(&desk.state, desk.now), vec![urgent, early]);
    desk.ask(BEN, Command::SetPriority { case, priority: Priority::Normal }).expect("lowers");
    assert_eq!(routing::waiting_order(&desk.state, desk.now), vec![early, urgent]);
}

#[test]
fn a_transfer_moves_every_row_of_the_case_out_of_the_old_scope() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("My SIM"));
    desk.ask(ANA, Command::Pull { interaction: Some(id) }).expect("takes it");
    let epoch = desk.get(id).epoch;
    let case = desk.get(id).case;
    desk.state.take_changes(1);
    let note = "SIM swap, verified".to_owned();
    desk.ask(ANA, Command::Transfer { interaction: id, epoch, to: Target::Queue(TECH), note }).expect("transfers");
    let changes = desk.state.take_changes(2);
    let forgets = |scope| changes.iter().filter(|c| matches!(c, Change::Forget { .. }) && c.scope() == scope).count();
    assert_eq!(forgets(Scope::History(BILLING)), 2, "the case and the first message; the note is born there");
    assert_eq!(forgets(Scope::Queue(BILLING)), 1);
    assert_eq!(desk.state.case(case).map(|c| c.queue), Some(TECH));
    assert!(desk.state.rows().all(|r| r.scope() != Scope::History(BILLING)));
    assert_eq!(desk.get(id).owner, None);
    assert!(desk.ask(ANA, Command::EndContact { interaction: id, epoch }).is_err(), "the old epoch is fenced");
}

#[test]
fn a_wrap_up_that_comes_late_is_kept_once() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("Hello"));
    desk.ask(ANA, Command::Pull { interaction: Some(id) }).expect("takes it");
    let mine = desk.get(id);
    let to = Target::Queue(TECH);
    desk.ask(ANA, Command::Transfer { interaction: id, epoch: mine.epoch, to, note: String::new() }).expect("goes on");
    desk.ask(ANA, wrap_up(&mine, 1, "What I still know", None)).expect("kept");
    assert_eq!(desk.state.wrap_ups().filter(|w| w.late).count(), 1);
    assert!(desk.state.interaction(id).is_some(), "the contact goes on elsewhere");
    assert!(matches!(desk.ask(ANA, wrap_up(&mine, 1, "again", None)), Err(Refusal::Exists { .. })));
}

#[test]
fn outcomes_demand_their_fields() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("Hello"));
    desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect("takes it");
    let mine = desk.get(id);
    let refused = desk.ask(BEN, wrap_up(&mine, 2, " ", None)).expect_err("note");
    assert_eq!(refused.sentence(desk.now), "Note: the outcome callback needs a few words.");
    let refused = desk.ask(BEN, wrap_up(&mine, 2, "will call", None)).expect_err("promise");
    assert!(refused.sentence(desk.now).starts_with("Follow-up"));
    let due = desk.now.plus(60 * MINUTE);
    let promise = FollowUp { kind: TaskKind::Callback, what: "Call with the refund".into(), due, owner: None };
    desk.ask(BEN, wrap_up(&mine, 2, "will call", Some(promise))).expect("complete");
    assert_eq!(desk.state.tasks().map(|t| (t.owner, t.due)).collect::<Vec<_>>(), vec![(BEN, due)]);
    assert_eq!(desk.state.case(mine.case).map(|c| c.status), Some(Status::Pending));
}

#[test]
fn a_reply_on_an_outdated_thread_is_not_sent_silently() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("First"));
    desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect("takes it");
    let case = desk.get(id).case;
    let base = desk.state.case(case).and_then(|c| c.last_inbound);
    desk.give(
        Actor::Gateway(crate::domain::ids::KeyId(1)),
        Command::AppendMessage { interaction: id, body: "Wait!".into(), files: Vec::new(), letter: None },
    )
    .expect("appends");
    let reply = |base, anyway| Command::SendReply { case, body: "Answer".into(), base, anyway, from: vec![], to: None };
    let newest = desk.state.case(case).and_then(|c| c.last_inbound).expect("there is one");
    assert_eq!(desk.ask(BEN, reply(base, false)), Err(Refusal::StaleReply { newest }));
    desk.ask(BEN, reply(base, true)).expect("one key sends anyway");
    assert_eq!(desk.get(id).waiting_since, None, "the customer has an answer");
}

#[test]
fn a_colleague_cannot_answer_over_the_owners_head() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("First"));
    desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect("takes it");
    let case = desk.get(id).case;
    let base = desk.state.case(case).and_then(|c| c.last_inbound);
    let refused =
        desk.ask(ANA, Command::SendReply { case, body: "Hi".into(), base, anyway: true, from: vec![], to: None });
    assert!(matches!(refused, Err(Refusal::Taken { .. })));
    desk.ask(ANA, Command::AddNote { case, body: "He called yesterday too".into(), from: vec![] })
        .expect("a note is always welcome");
}

#[test]
fn escalation_reaches_only_the_more_senior() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let id = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    desk.accept(BEN, id);
    desk.ready(ANA);
    let epoch = desk.get(id).epoch;
    let reason = "Threatens with a lawyer".to_owned();
    desk.ask(BEN, Command::Escalate { interaction: id, epoch, reason, card: String::new() }).expect("escalates");
    desk.settle();
    let now = desk.get(id);
    assert!(matches!(now.phase, Phase::Offered { to: ANA, .. }));
    assert_eq!((now.priority, now.min_role), (Priority::High, Role::Senior));
}

#[test]
fn a_break_during_a_contact_waits_for_its_end() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let id = desk.open(Channel::Voice, BILLING, None);
    desk.settle();
    desk.accept(BEN, id);
    let pause = Presence::Break(BreakId(1));
    desk.ask(BEN, Command::SetPresence { to: pause }).expect("arms");
    assert_eq!(desk.state.presence(BEN).map(|p| (p.presence, p.next)), Some((Presence::Ready, Some(pause))));
    let mine = desk.get(id);
    desk.ask(BEN, wrap_up(&mine, 1, "", None)).expect("ends and wraps up at once");
    assert_eq!(desk.state.presence(BEN).map(|p| (p.presence, p.next)), Some((pause, None)));
}

#[test]
fn a_lost_link_returns_offers_and_live_chats_but_never_a_call() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let chat = desk.open(Channel::Chat, BILLING, Some("hi"));
    desk.settle();
    desk.accept(BEN, chat);
    desk.give(Actor::System, Command::LoseLink { agent: BEN, since: desk.now }).expect("is lost");
    desk.settle();
    assert_eq!(desk.get(chat).owner, Some(BEN), "not yet");
    desk.wait(routing::LOST_GRACE_MS);
    desk.settle();
    assert_eq!((desk.get(chat).owner, desk.get(chat).phase), (None, Phase::Queued));
    assert_eq!(desk.state.presence(BEN).map(|p| p.missed), Some(0), "a lost link costs nothing in the figures");
}

#[test]
fn rights_are_denied_by_default() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, TECH, Some("hi"));
    let case = desk.get(id).case;
    let tags = Command::EditTags { case, add: vec!["x".into()], remove: vec![] };
    assert!(matches!(desk.ask(CYD, tags.clone()), Err(Refusal::NotAllowed { .. })), "a trainee changes no cases");
    assert!(matches!(desk.ask(BEN, tags.clone()), Err(Refusal::NotAllowed { .. })), "Ben does not serve tech");
    desk.ask(ANA, tags).expect("Ana does");
    let put = Command::Put { row: Box::new(Team { id: TeamId(0), key: "x".into(), name: "x".into() }.into()) };
    assert!(desk.ask(ANA, put.clone()).is_err());
    desk.give(Actor::Operator, put).expect("the operator configures");
    let offer = Command::Offer { interaction: id, to: ANA };
    assert!(desk.ask(ANA, offer.clone()).is_err() && desk.give(Actor::Operator, offer).is_err());
}

#[test]
fn imports_give_ids_mask_identities_and_find_the_last_word_of_the_customer() {
    let mut desk = Desk::new();
    let customer = Customer {
        id: CustomerId(0),
        reference: "C-1".into(),
        name: "Dana Holt".into(),
        locale: "en-GB".into(),
        zone: "Europe/London".into(),
        plan: String::new(),
        flags: vec![],
        note: String::new(),
        since: String::new(),
        masked: vec![],
        merged: None,
        holds: Vec::new(),
    };
    let contacts = Contacts { phones: vec!["+447700900123".into()], ..Contacts::default() };
    let command = Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) };
    desk.give(Actor::Operator, command).expect("comes in");
    let row = desk.state.customer(CustomerId(1)).expect("has an id");
    assert_eq!(row.masked, ["••••23"]);
    let change = |key: RowKey| desk.state.row(key).map(Row::scope);
    assert_eq!(change(RowKey { entity: Entity::Contacts, id: 1 }), Some(Scope::Contacts));
}

#[test]
fn replay_of_the_log_gives_the_same_rows() {
    let mut desk = Desk::new();
    desk.ready(ANA);
    desk.ready(BEN);
    for n in 0..20 {
        let channel = [Channel::Voice, Channel::Chat, Channel::Email][n % 3];
        desk.open(channel, BILLING, (n % 3 > 0).then_some("words"));
        desk.wait(7 * SECOND);
        desk.settle();
        for agent in [ANA, BEN] {
            let held: Vec<_> = desk.state.interactions().filter(|i| routing::holds(i, agent)).cloned().collect();
            for i in held {
                match i.phase {
                    Phase::Offered { .. } => desk.accept(agent, i.id),
                    _ => drop(desk.ask(agent, wrap_up(&i, 1, "done", None)).expect("wraps up")),
                }
            }
            let _ = desk.ask(agent, Command::SetPresence { to: Presence::Ready });
        }
    }
    let mut again = firm();
    for event in &desk.log {
        apply(&mut again, event);
    }
    assert!(desk.state.rows().eq(again.rows()));
}

#[test]
fn events_lift_their_words_out_and_take_them_back() {
    let mut desk = Desk::new();
    let id = desk.open(Channel::Chat, BILLING, Some("My secret words"));
    let _ = id;
    for event in desk.log.clone() {
        let mut bare = event.clone();
        let words: Vec<String> = bare.words_mut().into_iter().map(std::mem::take).collect();
        assert!(!format!("{bare:?}").contains("secret") && !format!("{bare:?}").contains("Dana"));
        for (slot, word) in bare.words_mut().into_iter().zip(words) {
            *slot = word;
        }
        assert_eq!(bare, event);
    }
}
