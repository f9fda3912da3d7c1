//! The server's side of the channels: what they bring becomes commands, and what agents answer is handed to them.
//!
//! A channel is a gateway inside the server: its arrivals carry idempotency keys as those of gateways outside do, so
//! that one brought again is answered and not applied. What goes the other way is read from the ledger in its order;
//! the place reached is written down only when every answer before it is kept by its channel.

mod files;
mod follow;
mod health;
mod sides;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedSender;

pub use files::file_for;
pub use follow::{follow, watch_looks};
pub use health::{ChannelStatus, Healths};
pub use sides::{Said, tell_sides};

use super::Hub;
use super::core::request::{Inside, Origin, Reply};
use crate::channel::email::mailbox::MailChannel;
use crate::channel::plan::Plan;
use crate::channel::webchat::WebChat;
use crate::channel::{
    Answer, Arrival, Brought, Came, Channel, Code, Contact, Desk, Health, MAX_KEY, Made, QueueNow, Side, Standing,
    Whose,
};
use crate::clock::Clock;
use crate::domain::command::{CallbackWish, Chosen};
use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, CaseId, CustomerId, FileId, InteractionId, KeyId, MessageId, QueueId};
use crate::domain::kin::MOST;
use crate::domain::people::{Contacts, Customer};
use crate::domain::refusal::Refusal;
use crate::domain::routing::{self, trace};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Message, Phase};
use crate::domain::{Actor, Command, State};
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::outside::Outside;

/// The key of the server's own channels; those of gateways begin at 1.
const OWN: KeyId = KeyId(0);

/// The desk as the channels see it.
pub struct Port {
    hub: Arc<Hub>,
    outside: Arc<Outside>,
    sides: UnboundedSender<Said>,
}

impl Port {
    /// The port of this server. What is said of the customers' sides goes to `sides`, for [`tell_sides`].
    pub fn new(hub: Arc<Hub>, outside: Arc<Outside>, sides: UnboundedSender<Said>) -> Port {
        Port { hub, outside, sides }
    }

    async fn submit(&self, key: String, hash: u64, command: Command) -> Brought {
        let actor = Actor::Gateway(OWN);
        let origin = Origin::Gateway { key: OWN, idempotency: key, hash, answer: answer_of };
        let reply = match self.hub.core.submit(actor, origin, command).await {
            Ok(reply) => reply,
            Err(stopped) => return Brought::Later(stopped.to_string()),
        };
        match reply {
            Reply::Done { made, .. } => Brought::Done(made_of(&made)),
            Reply::Repeat { answer } => match serde_json::from_str(&answer) {
                Ok(made) => Brought::Done(made),
                Err(error) => Brought::Later(format!("the answer given before cannot be read: {error}")),
            },
            Reply::Reused => {
                Brought::Refused { code: Code::Reused, words: "its key was used for something else".into() }
            }
            Reply::Refused { refusal, .. } => refused(&refusal, self.hub.clock.now()),
            Reply::Failed(why) => Brought::Later(why),
            Reply::Cloned | Reply::Expect { .. } => Brought::Later("the server got confused".into()),
        }
    }

    async fn queue_id(&self, key: String) -> Result<QueueId, Brought> {
        let named = key.clone();
        let found = self.hub.core.run(move |inside| {
            inside.state.queues().find(|queue| queue.active && queue.key == named).map(|queue| queue.id)
        });
        match found.await {
            Ok(Some(id)) => Ok(id),
            Ok(None) => Err(Brought::Refused { code: Code::Wrong, words: format!("there is no queue {key}") }),
            Err(stopped) => Err(Brought::Later(stopped.to_string())),
        }
    }

    async fn bring_in(&self, arrival: Arrival) -> Brought {
        let Arrival { key, what } = arrival;
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Brought::Refused { code: Code::Wrong, words: "its key is not one".into() };
        }
        let hash = hash_of(&what);
        let command = match what {
            Came::Contact(contact) => match self.queue_id(contact.queue.clone()).await {
                Ok(queue) => open(*contact, queue),
                Err(brought) => return brought,
            },
            Came::Words { interaction, body, files, letter } => {
                Command::AppendMessage { interaction, body, files, letter }
            }
            Came::Chose { interaction, route } => {
                let queue = match route.queue {
                    Some(key) => match self.queue_id(key).await {
                        Ok(queue) => Some(queue),
                        Err(brought) => return brought,
                    },
                    None => None,
                };
                let language = route.language.unwrap_or_default();
                Command::Triage(Box::new(Chosen {
                    interaction,
                    queue,
                    priority: route.priority,
                    language,
                    menu: route.steps,
                }))
            }
            Came::Left { interaction } => Command::EndInteraction { interaction },
            Came::Rated { case, interaction, survey, mark, scale } => {
                Command::RateContact { case, interaction, survey, mark, scale }
            }
            Came::Undelivered { case, message, why } => Command::ReportUndelivered { case, message, why },
        };
        self.submit(key, hash, command).await
    }

    async fn rows(&self, keys: Vec<RowKey>) -> Result<Vec<Row>, String> {
        let read = self.hub.readers.with(move |reader| reader.stored(&keys)).await;
        let rows = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        Ok(rows.iter().filter_map(|row| Row::decode(row.key.entity, &row.body)).collect())
    }

    async fn case_of(&self, id: CaseId) -> Result<Option<Whose>, String> {
        let mut rows = self.rows(vec![key_of(Entity::Case, id.0)]).await?;
        let Some(Row::Case(case)) = rows.pop() else { return Ok(None) };
        let customer = match case.customer {
            Some(customer) => self.customer_of(customer).await?,
            None => None,
        };
        Ok(Some((case, customer)))
    }

    /// Whoever stands for a customer, to be reached in every way that they are known by: the customer's own first.
    async fn customer_of(&self, id: CustomerId) -> Result<Option<(Customer, Contacts)>, String> {
        let mut state = State::new();
        let mut next = vec![id];
        let mut kin = Vec::new();
        while let Some(id) = next.pop().filter(|_| kin.len() <= MOST) {
            kin.push(id);
            for row in self.rows(vec![key_of(Entity::Customer, id.0), key_of(Entity::Contacts, id.0)]).await? {
                if let Row::Customer(customer) = &row {
                    let others =
                        customer.merged.as_ref().map(|m| m.into).into_iter().chain(customer.holds.iter().copied());
                    next.extend(others.filter(|other| !kin.contains(other)));
                }
                state.load(row);
            }
        }
        let root = state.customer_root(id);
        let Some(who) = state.customer(root).cloned() else { return Ok(None) };
        let mut reach = Contacts { id: root, ..Contacts::default() };
        for theirs in kin.iter().filter_map(|id| state.contacts(*id)) {
            reach.phones.extend(theirs.phones.iter().cloned());
            reach.emails.extend(theirs.emails.iter().cloned());
            if reach.handle.is_empty() {
                reach.handle.clone_from(&theirs.handle);
            }
        }
        Ok(state.contacts(id).is_some().then_some((who, reach)))
    }
}

impl Desk for Port {
    fn bring(&self, arrival: Arrival) -> BoxFuture<'_, Brought> {
        Box::pin(self.bring_in(arrival))
    }

    fn keep_file(&self, name: String, kind: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<FileCard, String>> {
        let (outside, id) = (self.outside.clone(), self.hub.rand.u64());
        Box::pin(async move {
            let kept = tokio::task::spawn_blocking(move || outside.keep_file(id, &name, &kind, &bytes));
            kept.await.map_err(|_| "the server is stopping".to_owned())?.map_err(|error| error.to_string())
        })
    }

    fn file(&self, id: FileId) -> Answer<'_, (FileCard, Vec<u8>)> {
        let outside = self.outside.clone();
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(move || outside.file(id));
            read.await.map_err(|_| "the server is stopping".to_owned())?.map_err(|error| error.to_string())
        })
    }

    fn queue(&self, key: &str) -> BoxFuture<'_, Option<QueueNow>> {
        let key = key.to_owned();
        Box::pin(async move { self.hub.core.run(move |inside| queue_now(inside, &key)).await.ok().flatten() })
    }

    fn queue_called(&self, id: QueueId) -> BoxFuture<'_, Option<(String, String)>> {
        Box::pin(async move {
            let called = move |inside: &Inside<'_>| inside.state.queue(id).map(|q| (q.key.clone(), q.name.clone()));
            self.hub.core.run(move |inside| called(inside)).await.ok().flatten()
        })
    }

    fn standing(&self, interaction: InteractionId) -> BoxFuture<'_, Standing> {
        Box::pin(async move {
            // A server that is stopping ends nobody's conversation.
            let stopping = Standing::Waiting { place: 1, expected_s: None };
            self.hub.core.run(move |inside| standing(inside, interaction)).await.unwrap_or(stopping)
        })
    }

    fn messages(&self, ids: Vec<MessageId>) -> BoxFuture<'_, Result<Vec<Message>, String>> {
        Box::pin(async move {
            let rows = self.rows(ids.into_iter().map(|id| key_of(Entity::Message, id.0)).collect()).await?;
            Ok(rows.into_iter().filter_map(|row| if let Row::Message(m) = row { Some(m) } else { None }).collect())
        })
    }

    fn agent_name(&self, id: AgentId) -> BoxFuture<'_, String> {
        Box::pin(async move {
            let named = self.hub.core.run(move |inside| inside.state.agent(id).map(|agent| agent.name.clone()));
            named.await.ok().flatten().unwrap_or_default()
        })
    }

    fn case(&self, id: CaseId) -> Answer<'_, Whose> {
        Box::pin(self.case_of(id))
    }

    fn side(&self, case: CaseId, side: Option<Side>) {
        // A server that is stopping tells nobody.
        self.sides.send((case, side)).ok();
    }

    fn health(&self, channel: &str, health: Health) {
        if !self.hub.healths.tell(channel, &health, self.hub.clock.now()) {
            return;
        }
        self.hub.metrics.channel(channel, matches!(health, Health::Well(_)));
        match health {
            Health::Well(words) => tracing::info!(channel, "{words}"),
            Health::Trouble(words) => tracing::warn!(channel, "{words}"),
        }
    }

    fn clock(&self) -> &dyn Clock {
        self.hub.clock.as_ref()
    }

    fn rand(&self) -> &dyn Rand {
        self.hub.rand.as_ref()
    }
}

/// The channel of an answer: those of its kind are asked in turn.
pub type Channels = Vec<Arc<dyn Channel>>;

/// The web chats there shall be; what is wrong with them in a sentence.
pub fn chats(plan: &Plan, outside: &Arc<Outside>) -> Result<Option<Arc<WebChat>>, String> {
    if plan.chat.is_empty() {
        return Ok(None);
    }
    WebChat::new(&plan.chat, &plan.menu, &plan.folder, outside.clone()).map(|chats| Some(Arc::new(chats)))
}

/// The channels there shall be.
pub fn channels(
    plan: &Plan,
    chats: Option<&Arc<WebChat>>,
    outside: &Arc<Outside>,
    rand: &dyn Rand,
) -> Result<Channels, StoreError> {
    let mut fresh = [0; 32];
    rand.fill(&mut fresh);
    let mailboxes = MailChannel::all(&plan.mailbox, outside, fresh)?;
    let mailboxes = mailboxes.into_iter().map(|mailbox| mailbox as Arc<dyn Channel>);
    let chats = chats.into_iter().map(|chats| chats.clone() as Arc<dyn Channel>);
    Ok(chats.chain(mailboxes).collect())
}

fn key_of(entity: Entity, id: u64) -> RowKey {
    RowKey { entity, id }
}

fn open(contact: Contact, queue: QueueId) -> Command {
    Command::OpenInteraction {
        channel: contact.channel,
        queue,
        hint: contact.hint,
        customer: None,
        case: contact.case,
        menu: contact.menu,
        priority: contact.priority,
        language: contact.language,
        subject: contact.subject,
        body: contact.body,
        came: contact.came,
        callback: Box::new(CallbackWish::default()),
        files: contact.files,
        maybe: Vec::new(),
        letter: contact.letter,
    }
}

fn made_of(made: &[RowKey]) -> Made {
    let id = |entity: Entity| made.iter().find(|key| key.entity == entity).map(|key| key.id);
    Made {
        interaction: id(Entity::Interaction).map(InteractionId),
        case: id(Entity::Case).map(CaseId),
        message: id(Entity::Message).map(MessageId),
    }
}

fn answer_of(made: &[RowKey]) -> String {
    serde_json::to_string(&made_of(made)).unwrap_or_default()
}

fn refused(refusal: &Refusal, now: At) -> Brought {
    let code = match refusal {
        Refusal::Gone { .. } => Code::Gone,
        Refusal::Invalid { .. } => Code::Wrong,
        _ => Code::Refused,
    };
    Brought::Refused { code, words: refusal.sentence(now) }
}

/// The same for the same arrival; the numbers of its files differ when it is brought again.
fn hash_of(what: &Came) -> u64 {
    let nameless = |files: &[FileCard]| files.iter().map(|f| (f.name.clone(), f.size)).collect::<Vec<_>>();
    let text = match what {
        Came::Contact(c) => {
            let (hint, files) = (&c.hint, nameless(&c.files));
            format!("{:?} {} {hint:?} {:?} {:?} {:?} {files:?}", c.channel, c.queue, c.case, c.subject, c.body)
        }
        Came::Words { interaction, body, files, .. } => format!("{interaction} {body:?} {:?}", nameless(files)),
        other => format!("{other:?}"),
    };
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn queue_now(inside: &Inside<'_>, key: &str) -> Option<QueueNow> {
    let queue = inside.state.queues().find(|queue| queue.active && queue.key == key)?;
    let waits = |phase: Phase| phase.waits() || matches!(phase, Phase::Offered { .. });
    let expected = trace::expected_next(inside.state, queue.id).map(routing::told_wait);
    Some(QueueNow {
        name: queue.name.clone(),
        channels: queue.channels.clone(),
        open: routing::is_open(inside.state, queue, inside.now),
        closed_message: queue.closed_message.clone(),
        waiting: inside.state.interactions().filter(|i| i.queue == queue.id && waits(i.phase)).count(),
        expected_s: expected.map(|(from, to)| (from / SECOND, to / SECOND)),
    })
}

fn standing(inside: &Inside<'_>, id: InteractionId) -> Standing {
    let Some(interaction) = inside.state.interaction(id) else { return Standing::Over };
    if interaction.customer_gone || matches!(interaction.phase, Phase::WrapUp { .. }) {
        return Standing::Over;
    }
    let owner = interaction.owner.and_then(|owner| inside.state.agent(owner));
    if let Some(agent) = owner.filter(|_| !interaction.phase.waits()) {
        let held = matches!(interaction.phase, Phase::OnHold { .. } | Phase::Consult { .. });
        return Standing::With { id: agent.id, agent: agent.name.clone(), held };
    }
    let trace = trace::why(inside.state, id, inside.now);
    let place = trace.as_ref().and_then(|t| t.place).map_or(1, |(place, _)| place);
    let expected = trace.and_then(|t| t.expected_ms);
    Standing::Waiting { place, expected_s: expected.map(|(from, to)| (from / SECOND, to / SECOND)) }
}
