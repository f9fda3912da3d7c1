//! The web chat: customers write in a page of the firm's, agents answer at their desks.
//!
//! Nothing here knows HTTP: the server's door hands frames in and takes frames out, over a socket or over single
//! requests alike. Start reading at [`protocol`], then [`talk`]; what is brought to the desk is in `hear`, what
//! customers are told in `tell`. Invariant: a deed is first in the ledger, then in the store, then acknowledged; each
//! step can come again and is done once.

mod gate;
mod hear;
pub mod identity;
pub mod inbox;
pub mod limits;
mod live;
pub mod protocol;
pub mod talk;
mod tell;
#[cfg(test)]
mod tests;
mod transcript;
pub mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, watch};

pub use gate::{Passage, Way, Within};
pub use tell::{Known, Listening};

use super::menu::Menu;
use super::{Answered, Arrival, Came, Channel, Desk, Health, Standing};
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::tally::Survey;
use crate::domain::time::{DAY, SECOND};
use crate::domain::work::Channel as Kind;
use crate::store::outside::Outside;
use crate::store::outside::chat::Chat;
use inbox::Inbox;
use limits::{PerHour, PerMinute, Places};
use live::Live;
use words::Words;

/// How often it is looked after who has gone, ms.
const LOOK_MS: u64 = 5_000;
/// How often conversations that never began are swept away, in looks.
const SWEEP: u64 = 720;
/// How old those are at least, ms.
const STALE_MS: i64 = DAY;
/// How long a customer's mark waits for the end of the agent's work, ms.
const PATIENCE_MS: i64 = 3 * DAY;
/// How long what is known of somebody who left is remembered, ms.
const REMEMBER_MS: u64 = 600_000;

/// Every web chat of this server.
pub struct WebChat {
    doors: BTreeMap<String, Arc<Door>>,
    store: Arc<Outside>,
    desk: OnceLock<Arc<dyn Desk>>,
    stopping: OnceLock<watch::Receiver<bool>>,
    live: Live,
    words: Words,
    /// How often each conversation's side is shown on the desk.
    shows: PerMinute<u64>,
    /// Room for files on their way in, KiB.
    room: Arc<Semaphore>,
}

/// One web chat, ready to be opened.
#[derive(Debug)]
struct Door {
    inbox: Inbox,
    secret: Option<Vec<u8>>,
    menu: Option<Menu>,
    chats: PerMinute<u64>,
    addresses: PerMinute<IpAddr>,
    /// Frames of each conversation that are looked up.
    frames: PerMinute<u64>,
    /// Requests of each address, whatever they ask.
    requests: PerMinute<IpAddr>,
    /// Requests and sockets of each address at this moment.
    lines: Places<IpAddr>,
    /// Questions after news of each conversation.
    asks: PerMinute<u64>,
    /// Those that wait for news at this moment.
    waits: Places<u64>,
    /// Bytes on their way in, of each conversation and of each address.
    coming: (Places<u64>, Places<IpAddr>),
    /// Bytes on their way out, likewise.
    going: (Places<u64>, Places<IpAddr>),
    /// Bytes that each address sent.
    sent: PerHour<IpAddr>,
    /// Conversations that each address began.
    begun: Mutex<HashMap<IpAddr, BTreeSet<u64>>>,
}

/// A customer at the door whose conversation is known.
#[derive(Debug, Clone)]
pub struct Guest {
    door: Arc<Door>,
    chat: u64,
    /// Where they come from, as far as it counts.
    from: IpAddr,
    proven: bool,
    /// BCP 47, as their page says.
    language: String,
}

impl std::fmt::Debug for WebChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebChat").field("doors", &self.doors.keys()).finish_non_exhaustive()
    }
}

impl WebChat {
    /// Opens these web chats. `beside` is the folder that secrets' paths are meant from. What is wrong is said in a
    /// sentence.
    pub fn new(
        inboxes: &[Inbox],
        menus: &BTreeMap<String, Menu>,
        beside: &Path,
        store: Arc<Outside>,
    ) -> Result<WebChat, String> {
        let mut doors = BTreeMap::new();
        for inbox in inboxes {
            let wrong = |why: String| format!("chat {}: {why}", inbox.key);
            let secret = inbox.secret.as_ref().map(|secret| secret.read(beside)).transpose().map_err(wrong)?;
            let menu = match &inbox.menu {
                Some(name) => {
                    Some(menus.get(name).cloned().ok_or_else(|| wrong(format!("there is no [menu.{name}]")))?)
                }
                None => None,
            };
            let door = Door::new(inbox, secret, menu);
            if doors.insert(inbox.key.clone(), Arc::new(door)).is_some() {
                return Err(wrong("two chats have this key; give each its own".into()));
            }
        }
        Ok(WebChat {
            room: Arc::new(Semaphore::new(gate::room(inboxes))),
            doors,
            store,
            desk: OnceLock::new(),
            stopping: OnceLock::new(),
            live: Live::default(),
            words: Words::default(),
            shows: PerMinute::new(gate::SHOWS),
        })
    }

    /// A web chat as it is described.
    pub fn inbox(&self, key: &str) -> Option<&Inbox> {
        self.doors.get(key).map(|door| &door.inbox)
    }

    /// The steady clock, ms; 0 before there is a desk.
    pub fn steady_ms(&self) -> u64 {
        self.desk.get().map_or(0, |desk| desk.clock().steady_ms())
    }

    /// Whether the server is going down: connections end, and come back elsewhere or later.
    pub fn stopping(&self) -> bool {
        self.stopping.get().is_none_or(|stop| *stop.borrow())
    }

    /// Tells when the server goes down; `None` before it is up.
    pub fn stop(&self) -> Option<watch::Receiver<bool>> {
        self.stopping.get().cloned()
    }

    fn desk(&self) -> Option<&Arc<dyn Desk>> {
        self.desk.get().filter(|_| !self.stopping())
    }

    /// Does something with the store where waiting for a disk holds nobody up.
    async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Outside) -> Result<T, crate::store::StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.map_err(|_| "the server is stopping".to_owned())?.map_err(|error| error.to_string())
    }

    /// Looks after who has gone, what has ended, and what never began.
    async fn look_around(&self, desk: &Arc<dyn Desk>, round: u64) -> Result<(), String> {
        let open = self.store(Outside::chats_open).await?;
        for chat in &open {
            let talk = self.live.of(chat.id, desk.clock().steady_ms());
            talk.side().is_in(chat);
            if talk.side().here == 0 {
                self.look_for(desk, chat).await?;
            } else {
                // Places in line change without a word.
                talk.stir();
            }
        }
        self.tell_marks(desk).await?;
        self.send_transcripts(desk).await?;
        let going: BTreeSet<u64> = open.iter().map(|chat| chat.id).collect();
        self.live.forget(desk.clock().steady_ms(), REMEMBER_MS, |id| going.contains(&id));
        for door in self.doors.values() {
            let mut begun = door.begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.values_mut().for_each(|chats| chats.retain(|id| going.contains(id)));
            begun.retain(|_, chats| !chats.is_empty());
        }
        if round.is_multiple_of(SWEEP) {
            let before = desk.clock().now().plus(-STALE_MS);
            let swept = self.store(move |store| Ok((store.chat_sweep(before)?, store.sweep_files(before)?))).await?;
            tracing::debug!(chats = swept.0, files = swept.1, "what never began and was never said is forgotten");
        }
        Ok(())
    }

    /// Tells the desk how customers found their chats. It takes a mark once the agent has wrapped up, and customers give
    /// it before that.
    async fn tell_marks(&self, desk: &Arc<dyn Desk>) -> Result<(), String> {
        for (chat, mark, since) in self.store(Outside::chat_marks).await? {
            let (id, interaction) = (chat.id, Some(chat.interaction));
            let what = Came::Rated { case: chat.case, interaction, survey: Survey::Csat, mark, scale: 5 };
            let told = match desk.bring(Arrival { key: format!("chat:{id}:mark"), what }).await {
                super::Brought::Done(_) => true,
                super::Brought::Later(why) => return Err(why),
                super::Brought::Refused { words, .. } => {
                    let late = desk.clock().now().since(since) > PATIENCE_MS;
                    if late {
                        tracing::warn!(chat = id, "a customer's mark is of no use any more: {words}");
                    }
                    late
                }
            };
            if told {
                self.store(move |store| store.chat_mark_told(id)).await?;
            }
        }
        Ok(())
    }

    /// A conversation nobody has open: it may have ended, or its customer gone for good.
    async fn look_for(&self, desk: &Arc<dyn Desk>, chat: &Chat) -> Result<(), String> {
        if desk.standing(chat.interaction).await == Standing::Over {
            return self.over(chat.id).await;
        }
        let Some(door) = self.doors.get(&chat.inbox) else { return Ok(()) };
        let now = desk.clock().steady_ms();
        let away = now.saturating_sub(self.live.of(chat.id, now).side().away_ms);
        if away < u64::from(door.inbox.away_s) * SECOND.unsigned_abs() {
            return Ok(());
        }
        let key = format!("chat:{}:away", chat.id);
        let what = Came::Left { interaction: chat.interaction };
        match desk.bring(Arrival { key, what }).await {
            super::Brought::Later(why) => Err(why),
            super::Brought::Done(_) | super::Brought::Refused { .. } => self.over(chat.id).await,
        }
    }

    /// A conversation is over, wherever that came from.
    async fn over(&self, id: u64) -> Result<(), String> {
        // A server that goes down says so of everything; that is no end.
        if self.stopping() {
            return Ok(());
        }
        self.store(move |store| store.chat_over(id)).await?;
        if let Some(talk) = self.live.known(id) {
            let case = talk.side().case;
            if let Some(desk) = self.desk() {
                desk.side(case, None);
            }
            talk.stir();
        }
        Ok(())
    }
}

impl Channel for WebChat {
    fn name(&self) -> String {
        "chat".into()
    }

    fn kind(&self) -> Kind {
        Kind::Chat
    }

    fn run(self: Arc<Self>, desk: Arc<dyn Desk>, mut stop: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
        async move {
            self.stopping.set(stop.clone()).ok();
            self.desk.set(desk.clone()).ok();
            let keys: Vec<&str> = self.doors.keys().map(String::as_str).collect();
            let well = Health::Well(format!("open for {}", keys.join(", ")));
            for round in 0.. {
                match self.look_around(&desk, round).await {
                    Ok(()) => desk.health(&self.name(), well.clone()),
                    Err(why) => desk.health(&self.name(), Health::Trouble(why)),
                }
                tokio::select! {
                    () = desk.clock().wait(LOOK_MS) => {}
                    _ = stop.wait_for(|stop| *stop) => break,
                }
            }
        }
        .boxed()
    }

    fn send(&self, answer: Answered<'_>) -> Result<bool, String> {
        let Answered { message, case, held, .. } = answer;
        let cases: Vec<CaseId> = [case.id].iter().chain(held).copied().collect();
        let kept = self.store.chat_answer(&cases, message.id, &message.files).map_err(|error| error.to_string())?;
        let Some(id) = kept else { return Ok(false) };
        if let Some(talk) = self.live.known(id) {
            talk.side().typist = None;
            talk.stir();
        }
        Ok(true)
    }

    fn turned(&self, interaction: InteractionId) {
        self.live.going_on_in(interaction).iter().for_each(|talk| talk.stir());
    }

    fn looks(&self, case: CaseId, who: &[AgentId], writer: Option<&str>) {
        for talk in self.live.about(case) {
            let mut side = talk.side();
            side.readers = who.to_vec();
            side.typist = writer.map(str::to_owned);
            drop(side);
            talk.stir();
        }
    }
}

/// The address as it counts: of IPv6 the network, for a customer has thousands there.
pub fn place_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}
