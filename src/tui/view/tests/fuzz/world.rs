//! The firm around the desk: a server made of the rules themselves, customers, colleagues, and a link that fails.

use std::collections::BTreeSet;

use super::super::fixture::{BEN, BILLING, Desk, ME, TECHNICAL};
use super::dice::Dice;
use crate::app::msg::Msg;
use crate::app::port::{Effect, Incoming, LinkState, LinkStatus, OutboxState, Pop};
use crate::domain::command::{Actor, Command, CustomerHint};
use crate::domain::ids::*;
use crate::domain::people::Presence;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::side::Side;
use crate::domain::time::{At, SECOND};
use crate::domain::work::*;
use crate::domain::{apply, decide};

/// A command on its way.
struct Sent {
    n: u64,
    command: Command,
    held: Option<At>,
    doubtful: bool,
}

/// What answers the desk.
#[derive(Default)]
pub struct Server {
    seq: u64,
    n: u64,
    wire: Vec<Sent>,
    lost: bool,
}

impl Server {
    pub fn begin(&mut self, desk: &mut Desk) {
        self.seq = 1_000;
        for entity in [Entity::Message, Entity::Case, Entity::Interaction, Entity::Customer] {
            desk.state.know_last(entity, 10_000);
        }
    }

    /// Does what the desk asked of the world, until it asks nothing more.
    pub fn settle(&mut self, desk: &mut Desk, dice: &mut Dice) {
        let mut asked = 0;
        while !desk.effects.is_empty() {
            for effect in std::mem::take(&mut desk.effects) {
                asked += 1;
                assert!(asked < 2_000, "it asks for ever: {effect:?}");
                self.perform(desk, dice, effect);
            }
        }
        if dice.chance(60) {
            self.deliver(desk, dice);
        }
    }

    fn perform(&mut self, desk: &mut Desk, dice: &mut Dice, effect: Effect) {
        match effect {
            Effect::Submit { token, command, hold, .. } => {
                if dice.chance(2) {
                    tell(desk, Incoming::NotQueued { token, why: "The disk is full.".into() });
                    return;
                }
                self.n += 1;
                self.wire.push(Sent { n: self.n, command: *command, held: hold, doubtful: false });
                tell(desk, Incoming::Queued { token, n: self.n, held: hold });
            }
            Effect::Withdraw { n } => {
                let at = self.wire.iter().position(|s| s.n == n);
                let in_time = at.map(|at| self.wire.remove(at)).is_some();
                tell(desk, Incoming::Withdrawn { n, in_time });
            }
            Effect::Discard { n } => self.wire.retain(|s| s.n != n),
            Effect::Confirm { n } => {
                self.wire.iter_mut().filter(|s| s.n == n).for_each(|s| s.doubtful = false);
            }
            Effect::WorkOffline(off) => self.link(desk, if off { LinkState::Offline } else { LinkState::Live }),
            Effect::RetryLink => self.link(desk, LinkState::Live),
            _ => {}
        }
    }

    fn deliver(&mut self, desk: &mut Desk, dice: &mut Dice) {
        if self.lost {
            return;
        }
        let due = |s: &Sent, now: At| !s.doubtful && s.held.is_none_or(|until| until <= now);
        while let Some(at) = self.wire.iter().position(|s| due(s, desk.now)) {
            let sent = self.wire.remove(at);
            let n = sent.n;
            if sent.held.is_some() {
                tell(desk, Incoming::Verdict { n, state: OutboxState::Waiting });
            }
            if dice.chance(2) {
                self.wire.push(Sent { held: None, doubtful: true, ..sent });
                tell(desk, Incoming::Verdict { n, state: OutboxState::Doubtful });
                continue;
            }
            let state = match self.happen(desk, Actor::Agent(ME), &sent.command) {
                Ok(seq) => OutboxState::Done { seq, deep: seq },
                Err(refusal) => OutboxState::Refused(refusal),
            };
            tell(desk, Incoming::Verdict { n, state });
        }
    }

    /// Something happens on the server, and the feed says so.
    fn happen(&mut self, desk: &mut Desk, actor: Actor, command: &Command) -> Result<u64, crate::domain::Refusal> {
        let events = decide(&desk.state, command, actor, desk.now)?;
        events.iter().for_each(|event| apply(&mut desk.state, event));
        self.seq += 1;
        let changes = desk.state.take_changes(self.seq);
        let keys: BTreeSet<RowKey> = changes.iter().map(Change::key).collect();
        let (mut put, mut gone, mut deep) = (Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            match desk.state.row(key) {
                _ if !key.entity.is_hot() => deep.push(key),
                Some(row) => put.push(row.clone()),
                None => gone.push(key),
            }
        }
        let offered = put.iter().find_map(|row| match row {
            Row::Interaction(i) if i.offered_to().is_some_and(|(to, _)| to == ME) => Some(i.clone()),
            _ => None,
        });
        if let Some(interaction) = offered {
            let customer = interaction.customer.and_then(|c| desk.state.customer(c)).cloned();
            let cases = desk.state.cases().filter(|c| c.customer == interaction.customer).take(5).cloned().collect();
            tell(desk, Incoming::Offered(Box::new(Pop { interaction, customer, cases })));
        }
        self.changed(desk, put, gone, deep);
        Ok(self.seq)
    }

    fn changed(&self, desk: &mut Desk, put: Vec<Row>, gone: Vec<RowKey>, deep: Vec<RowKey>) {
        tell(desk, Incoming::Changed { put, gone, deep, seen_seq: self.seq, deep_seq: self.seq });
    }

    fn link(&mut self, desk: &mut Desk, state: LinkState) {
        self.lost = !matches!(state, LinkState::Live | LinkState::Late);
        let retry_at = (state == LinkState::Lost).then(|| desk.now.plus(4 * SECOND));
        let link = LinkStatus {
            state,
            rtt_ms: Some(48),
            seen_at: Some(desk.now),
            history_at: None,
            seen_seq: self.seq,
            retry_at,
            ..LinkStatus::default()
        };
        tell(desk, Incoming::Link(link));
    }

    /// One thing that the agent did not do; says which. What the rules refuse does not happen.
    pub fn something_happens(&mut self, desk: &mut Desk, dice: &mut Dice) -> String {
        let interactions: Vec<Interaction> = desk.state.interactions().cloned().collect();
        let some = dice.one(&interactions);
        let cases: Vec<CaseId> = desk.state.cases().map(|c| c.id).collect();
        let case = dice.one(&cases);
        let (gateway, ben) = (Actor::Gateway(KeyId(1)), Actor::Agent(BEN));
        let (actor, command) = match (dice.below(17), some, case) {
            (0..3, ..) => (gateway, comes(dice)),
            (3..5, Some(i), _) => (
                gateway,
                Command::AppendMessage { interaction: i.id, body: dice.words(), files: Vec::new(), letter: None },
            ),
            (5, Some(i), _) => (gateway, Command::EndInteraction { interaction: i.id }),
            (6..8, Some(i), _) => {
                (Actor::System, Command::Offer { interaction: i.id, to: if dice.chance(80) { ME } else { BEN } })
            }
            (8, Some(i), _) => (Actor::System, Command::ExpireOffer { interaction: i.id, epoch: i.epoch }),
            (9, Some(i), _) => (ben, Command::Pull { interaction: Some(i.id) }),
            (10, _, Some(case)) => (ben, Command::AddNote { case, body: dice.words(), from: vec![] }),
            (11, _, Some(case)) => {
                let (add, remove) = (vec![dice.words()], Vec::new());
                (ben, Command::EditTags { case, add, remove })
            }
            (12, _, Some(case)) => {
                let to = dice.one(&[Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]);
                (ben, Command::SetPriority { case, priority: to.unwrap_or_default() })
            }
            (13, ..) => {
                let reason = dice.words();
                (Actor::Operator, Command::ForcePresence { agent: ME, to: Presence::Away, reason })
            }
            _ => return self.something_else(desk, dice),
        };
        let outcome = self.happen(desk, actor, &command);
        format!("{command:?} by {actor:?}: {outcome:?}")
    }

    /// What comes without a command: names change, rows go, the link fails.
    fn something_else(&mut self, desk: &mut Desk, dice: &mut Dice) -> String {
        match dice.below(7) {
            0 => {
                let customers: Vec<_> = (1..9).filter_map(|id| desk.state.customer(CustomerId(id)).cloned()).collect();
                let Some(mut customer) = dice.one(&customers) else { return String::new() };
                customer.name = dice.words();
                customer.flags = vec![dice.words()];
                customer.note = dice.words();
                customer.locale = dice.words();
                desk.state.load(Row::Customer(customer.clone()));
                self.changed(desk, vec![Row::Customer(customer.clone())], Vec::new(), Vec::new());
                format!("a customer is called {:?} now", customer.name)
            }
            1 => {
                let ids: Vec<_> = desk.state.interactions().map(|i| i.id.0).collect();
                let Some(id) = dice.one(&ids) else { return String::new() };
                let key = RowKey { entity: Entity::Interaction, id };
                desk.state.unload(key);
                self.changed(desk, Vec::new(), vec![key], Vec::new());
                format!("contact {id} is out of sight")
            }
            2 => {
                let states = [LinkState::Live, LinkState::Late, LinkState::Lost, LinkState::Refused, LinkState::Live];
                let state = dice.one(&states).unwrap_or_default();
                self.link(desk, state);
                format!("the link is {state:?}")
            }
            3 => {
                let cases: Vec<CaseId> = desk.state.cases().map(|c| c.id).collect();
                let Some(case) = dice.one(&cases) else { return String::new() };
                let who = if dice.chance(50) { vec![(BEN, dice.chance(50))] } else { Vec::new() };
                let customer = dice.chance(50).then(|| Side {
                    there: dice.chance(50),
                    writes: dice.chance(50),
                    got: MessageId(dice.below(200) as u64),
                    seen: MessageId(dice.below(200) as u64),
                    page: dice.words(),
                });
                tell(desk, Incoming::Looks { case, who, customer });
                format!("someone looks at {case:?}")
            }
            4 => {
                let words = dice.words();
                tell(desk, Incoming::Trouble(words.clone()));
                format!("trouble: {words:?}")
            }
            5 if dice.chance(20) => {
                let hot = Box::new(desk.state.clone());
                let agent = desk.state.firm().map(|_| ME);
                tell(desk, Incoming::Reset { agent, hot });
                "everything anew".to_owned()
            }
            _ => {
                self.link(desk, LinkState::Live);
                "the link is there".to_owned()
            }
        }
    }
}

fn tell(desk: &mut Desk, incoming: Incoming) {
    desk.feed(Msg::Incoming(incoming));
}

fn comes(dice: &mut Dice) -> Command {
    let channel = dice.one(&[Channel::Voice, Channel::Chat, Channel::Email]).unwrap_or(Channel::Chat);
    let customer = 1 + dice.below(10) as u64;
    let body = (channel != Channel::Voice).then(|| dice.words());
    Command::OpenInteraction {
        channel,
        queue: if dice.chance(50) { BILLING } else { TECHNICAL },
        hint: CustomerHint { name: Some(dice.words()), ..CustomerHint::default() },
        customer: (customer < 9).then_some(CustomerId(customer)),
        case: None,
        menu: vec![dice.words()],
        priority: Priority::Normal,
        language: "en".into(),
        subject: dice.words(),
        body,
        came: None,
        callback: Box::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    }
}
