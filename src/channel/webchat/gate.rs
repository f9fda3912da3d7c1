//! How much of the door one customer, and one address, may hold at a time: lines, questions after news, files.
//!
//! Everything is asked before a byte of a body is read, and follows from what the inbox allows: behind one address may
//! sit a whole office. Invariant: what is held is free again when its holder is dropped, whichever way it ends.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedSemaphorePermit;

use super::hear::stage;
use super::inbox::Inbox;
use super::limits::{PerHour, PerMinute, Place, Places};
use super::protocol::Why;
use super::talk::Stage;
use super::{Door, Guest, WebChat, place_of};
use crate::channel::menu::Menu;
use crate::domain::file::FileCard;
use crate::domain::ids::FileId;

/// A conversation's side is shown on the desk so often in a minute; beyond that its changes are shown together.
pub(super) const SHOWS: u32 = 120;
/// Requests of an address in a minute, and deeds of a conversation that are looked up, for each that may be done.
const EACH: u32 = 10;
/// Requests and sockets of an address at once, for each conversation that may go on.
const LINES: u64 = 10;
/// Questions after news of one conversation in a minute.
const ASKS: u32 = 120;
/// Those that wait at once.
const WAITS: u64 = 4;
/// Room for files on their way in, KiB, unless one message needs more.
const ROOM_KIB: u64 = 256 << 10;
/// Full messages' worth of files that a conversation may have.
const CHAT_FULL: u64 = 4;
/// Full messages' worth that an address may send in an hour.
const HOUR_FULL: u64 = 10;
/// Full messages' worth of an address that are on their way in at once.
const COMING_FULL: u64 = 2;
/// Full messages' worth of an address that are on their way out at once.
const GOING_FULL: u64 = 4;

/// One more request or socket of an address, until this is dropped.
#[derive(Debug)]
pub struct Within {
    _line: Place<IpAddr>,
}

/// A file that may come in.
#[derive(Debug)]
pub struct Passage {
    door: Arc<Door>,
    from: IpAddr,
    /// So many bytes count for it, and so many it may have.
    bytes: u64,
    _coming: (Place<u64>, Place<IpAddr>),
    _room: OwnedSemaphorePermit,
}

impl Passage {
    /// Bytes it may have.
    pub fn most(&self) -> u64 {
        self.bytes
    }

    /// It is going to be kept, and is so big.
    fn comes(&mut self, bytes: u64) {
        self.door.sent.give_back(&self.from, self.bytes.saturating_sub(bytes));
        self.bytes = 0;
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.door.sent.give_back(&self.from, self.bytes);
    }
}

/// A file on its way out, until this is dropped.
#[derive(Debug)]
pub struct Way {
    _going: (Place<u64>, Place<IpAddr>),
}

/// A full message's worth of files, bytes.
fn full(inbox: &Inbox) -> u64 {
    inbox.file.max.saturating_mul(inbox.file.count as u64)
}

/// Room for files on their way in, KiB.
pub(super) fn room(inboxes: &[Inbox]) -> usize {
    let most = inboxes.iter().map(|inbox| full(inbox) >> 10).max().unwrap_or_default();
    usize::try_from(most.max(ROOM_KIB)).unwrap_or(usize::MAX).min(tokio::sync::Semaphore::MAX_PERMITS)
}

impl Door {
    pub(super) fn new(inbox: &Inbox, secret: Option<Vec<u8>>, menu: Option<Menu>) -> Door {
        Door {
            secret,
            menu,
            chats: PerMinute::new(inbox.per_minute),
            addresses: PerMinute::new(inbox.address_per_minute),
            frames: PerMinute::new(inbox.per_minute.saturating_mul(EACH)),
            requests: PerMinute::new(inbox.address_per_minute.saturating_mul(EACH)),
            lines: Places::default(),
            asks: PerMinute::new(ASKS),
            waits: Places::default(),
            coming: <(Places<u64>, Places<IpAddr>)>::default(),
            going: <(Places<u64>, Places<IpAddr>)>::default(),
            sent: PerHour::new(full(inbox).saturating_mul(HOUR_FULL)),
            begun: Mutex::default(),
            inbox: inbox.clone(),
        }
    }
}

impl WebChat {
    /// One more request or socket of an address; `None` when there are too many, or too many came lately.
    pub fn within(&self, inbox: &str, from: IpAddr) -> Option<Within> {
        let (door, from) = (self.doors.get(inbox)?, place_of(from));
        let most = (door.inbox.address_open as u64).saturating_mul(LINES);
        let line = door.lines.take(from, 1, most)?;
        door.requests.take(from, self.steady_ms()).ok()?;
        Some(Within { _line: line })
    }

    /// One more page that waits for news by asking; `None` when too many of the conversation do.
    pub fn waits(&self, guest: &Guest) -> Option<Place<u64>> {
        guest.door.waits.take(guest.chat, 1, WAITS)
    }

    /// Whether it is asked after news too often; the error is how many seconds to wait.
    pub fn may_ask(&self, guest: &Guest) -> Result<(), u64> {
        guest.door.asks.take(guest.chat, self.steady_ms())
    }

    /// Whether a file may come in, before it does; `announced` is its size, if that is known.
    pub async fn may_send(
        &self,
        guest: &Guest,
        name: &str,
        kind: &str,
        announced: Option<u64>,
    ) -> Result<Passage, Why> {
        let now = self.desk().ok_or(Why::Later)?.clock().steady_ms();
        let (door, from, id) = (guest.door.clone(), guest.from, guest.chat);
        let max = door.inbox.file.max;
        door.addresses.take(from, now).map_err(|_| Why::Slow)?;
        if announced.is_some_and(|bytes| bytes > max) {
            return Err(Why::Big);
        }
        if announced == Some(0) || !door.inbox.takes(name, kind) {
            return Err(Why::Kind);
        }
        let bytes = announced.unwrap_or(max);
        let found = self.store(move |store| Ok((store.chat(id)?, store.chat_sent(id)?, store.has_room(bytes)))).await;
        let (Some(chat), sent, fits) = found.map_err(|_| Why::Later)? else { return Err(Why::Token) };
        match stage(&chat) {
            Stage::Open { .. } => {}
            Stage::Form => return Err(Why::Form),
            Stage::Over { .. } | Stage::Left => return Err(Why::Over),
        }
        if !fits {
            tracing::warn!("the disk is almost full: no customer's file is taken until there is room again");
            return Err(Why::Later);
        }
        let full = full(&door.inbox);
        if sent.saturating_add(bytes) > full.saturating_mul(CHAT_FULL) {
            tracing::warn!(chat = id, "a customer sent as many files as one conversation may have");
            return Err(Why::Wrong);
        }
        // Small ones weigh something too: who sends many at once holds as many lines.
        let weight = bytes.max(max / 2);
        let chats = door.coming.0.take(id, weight, full).ok_or(Why::Slow)?;
        let addresses = door.coming.1.take(from, weight, full.saturating_mul(COMING_FULL)).ok_or(Why::Slow)?;
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).saturating_add(1);
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| Why::Later)?;
        door.sent.take(from, bytes, now).map_err(|_| Why::Slow)?;
        Ok(Passage { door, from, bytes, _coming: (chats, addresses), _room: room })
    }

    /// Keeps a file that goes along with a message to come, whether or not its sender waits for that.
    pub async fn keep_file(
        self: &Arc<Self>,
        guest: &Guest,
        passage: Passage,
        name: &str,
        kind: &str,
        bytes: Vec<u8>,
    ) -> Result<FileCard, Why> {
        if bytes.is_empty() {
            return Err(Why::Kind);
        }
        if bytes.len() as u64 > passage.most() {
            return Err(Why::Big);
        }
        let (chats, chat, name, kind) = (self.clone(), guest.chat, name.to_owned(), kind.to_owned());
        let kept = tokio::spawn(async move { chats.keep(chat, passage, name, kind, bytes).await });
        kept.await.map_err(|_| Why::Later)?
    }

    async fn keep(
        &self,
        chat: u64,
        mut passage: Passage,
        name: String,
        kind: String,
        bytes: Vec<u8>,
    ) -> Result<FileCard, Why> {
        let desk = self.desk().ok_or(Why::Later)?.clone();
        passage.comes(bytes.len() as u64);
        let kept = desk.keep_file(name, kind, bytes).await;
        let card = kept.map_err(|why| {
            tracing::warn!("a customer's file was not kept: {why}");
            Why::Later
        })?;
        let (kept, now) = (card.clone(), desk.clock().now());
        self.store(move |store| store.chat_add_file(chat, &kept, now)).await.map_err(|_| Why::Later)?;
        Ok(card)
    }

    /// A file of the guest's conversation: its bytes, and what is held until they are handed out.
    pub async fn file(&self, guest: &Guest, id: FileId) -> Result<(Vec<u8>, Way), Why> {
        let desk = self.desk().ok_or(Why::Later)?.clone();
        let (chat, door) = (guest.chat, &guest.door);
        let theirs = self.store(move |store| store.chat_file(chat, id)).await.map_err(|_| Why::Later)?;
        // An agent's may be bigger than a customer's may be; one may always go out.
        let most = full(&door.inbox).max(1);
        let bytes = theirs.ok_or(Why::File)?.size.clamp(1, most);
        let to_chat = door.going.0.take(chat, bytes, most).ok_or(Why::Slow)?;
        let to_address = door.going.1.take(guest.from, bytes, most.saturating_mul(GOING_FULL)).ok_or(Why::Slow)?;
        let (_, bytes) = desk.file(id).await.map_err(|_| Why::Later)?.ok_or(Why::File)?;
        Ok((bytes, Way { _going: (to_chat, to_address) }))
    }
}
