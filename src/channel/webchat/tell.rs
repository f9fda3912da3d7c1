//! What customers are told, and what the desk is shown of them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::hear::stage;
use super::live::{Side, Talk};
use super::protocol::{By, Card, Down, Line, Told};
use super::talk::Stage;
use super::{Guest, WebChat};
use crate::channel::{self, Desk, Standing};
use crate::domain::ids::{AgentId, MessageId};
use crate::domain::safe;
use crate::domain::work::{Author, Message};
use crate::store::outside::chat::{Chat, ChatLine};

/// Lines told at once.
const MOST: usize = 200;
/// A page that goes and comes again within this time was there all the while, ms.
const BLINK_MS: u64 = 3_000;
/// Pages that may have one conversation open.
const PAGES: usize = 20;

/// What a widget has been told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    k: u64,
    standing: Option<Told>,
    typist: Option<Option<String>>,
    seen: Option<u64>,
}

impl Known {
    /// Lines up to here, and nothing of how it stands.
    pub fn after(k: u64) -> Known {
        Known { k, ..Known::default() }
    }

    /// What is known of how it stands, in a word that changes when it does.
    pub fn word(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (&self.standing, &self.typist, &self.seen).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// A page that has a conversation open; it is there until this is dropped.
pub struct Listening {
    chat: Arc<WebChat>,
    talk: Arc<Talk>,
    /// Changes when there may be news.
    pub news: watch::Receiver<u64>,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listening to {}", self.talk.id)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Some(desk) = self.chat.desk.get() else { return };
        let mut side = self.talk.side();
        side.here = side.here.saturating_sub(1);
        if side.here == 0 {
            side.away_ms = desk.clock().steady_ms();
            side.writes = false;
            let (chat, talk) = (self.chat.clone(), self.talk.clone());
            drop(side);
            // Nobody can be told when the server goes down, and nobody needs to be.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                let blink = desk.clock().wait(BLINK_MS);
                runtime.spawn(async move {
                    blink.await;
                    chat.shown(&talk).await;
                });
            }
        }
    }
}

impl WebChat {
    /// A page opens a conversation; `None` when too many have it open, or the server goes down.
    pub async fn listen(self: &Arc<Self>, guest: &Guest) -> Option<Listening> {
        let desk = self.desk()?;
        let talk = self.live.of(guest.chat, desk.clock().steady_ms());
        {
            let mut side = talk.side();
            side.here = (side.here < PAGES).then_some(side.here + 1)?;
        }
        let listening = Listening { chat: self.clone(), news: talk.news.subscribe(), talk };
        self.shown(&listening.talk).await;
        Some(listening)
    }

    /// What is new for a widget that knows this; it then knows that too.
    pub async fn news(&self, guest: &Guest, known: &mut Known) -> Result<Vec<Down>, String> {
        let desk = self.desk().ok_or("the server is going down")?.clone();
        let id = guest.chat;
        let chat = self.store(move |store| store.chat(id)).await?.ok_or("the conversation is gone")?;
        let mut frames = Vec::new();
        while known.k < chat.k {
            let after = known.k;
            let lines = self.store(move |store| store.chat_lines(id, after, MOST)).await?;
            let Some(last) = lines.last() else { break };
            known.k = last.k;
            frames.extend(self.lines(&desk, lines).await?.into_iter().map(Down::Line));
        }
        let (talk, answered) = (self.live.of(id, desk.clock().steady_ms()), self.answered(&chat).await?);
        let (standing, with) = self.standing(guest, &desk, &chat, answered > 0).await?;
        let (typist, seen) = {
            let mut side = talk.side();
            // It is seen by whoever has the customer, while it is open before them; others who look on see nothing.
            let open = with.is_some_and(|agent| side.readers.contains(&agent));
            side.seen = if open { chat.k } else { side.seen.max(answered) };
            (side.typist.clone().filter(|_| matches!(standing, Told::With { .. })), side.seen)
        };
        if known.standing.as_ref() != Some(&standing) {
            known.standing = Some(standing.clone());
            frames.push(Down::Standing(standing));
        }
        if known.typist.as_ref() != Some(&typist) {
            known.typist = Some(typist.clone());
            frames.push(Down::Typing { who: typist });
        }
        if known.seen != Some(seen) {
            known.seen = Some(seen);
            frames.push(Down::Marks { seen });
        }
        Ok(frames)
    }

    async fn answered(&self, chat: &Chat) -> Result<u64, String> {
        let id = chat.id;
        if chat.k == 0 { Ok(0) } else { self.store(move |store| store.chat_answered(id)).await }
    }

    /// How it stands, and with whom.
    async fn standing(
        &self,
        guest: &Guest,
        desk: &Arc<dyn Desk>,
        chat: &Chat,
        answered: bool,
    ) -> Result<(Told, Option<AgentId>), String> {
        let interaction = match stage(chat) {
            Stage::Form => return Ok((Told::Form, None)),
            Stage::Left => return Ok((Told::Left, None)),
            Stage::Over { rated, .. } => return Ok((Told::Over { ask: answered && !rated }, None)),
            Stage::Open { interaction, .. } => interaction,
        };
        let mut with = None;
        let told = match desk.standing(interaction).await {
            Standing::Waiting { place, expected_s } => {
                Told::Waiting { ahead: place.saturating_sub(1), wait: expected_s }
            }
            Standing::With { id, agent, held } => {
                with = Some(id);
                let who = safe::line(&agent);
                if held { Told::Held { who, words: guest.door.inbox.hold.clone() } } else { Told::With { who } }
            }
            Standing::Over if self.stopping() => return Err("the server is going down".into()),
            Standing::Over => {
                self.over(chat.id).await?;
                Told::Over { ask: answered }
            }
        };
        Ok((told, with))
    }

    /// Lines with their words, from the ledger.
    pub(super) async fn lines(&self, desk: &Arc<dyn Desk>, lines: Vec<ChatLine>) -> Result<Vec<Line>, String> {
        let messages = desk.messages(lines.iter().map(|line| line.message).collect()).await?;
        let messages: HashMap<MessageId, Message> = messages.into_iter().map(|m| (m.id, m)).collect();
        let mut names: HashMap<AgentId, String> = HashMap::new();
        let mut told = Vec::with_capacity(lines.len());
        for line in lines {
            // Erased words leave an empty line: numbers have no gaps.
            let message = messages.get(&line.message);
            let who = match message.map(|m| m.author) {
                Some(Author::Agent(id)) => {
                    if let Some(name) = names.get(&id) {
                        name.clone()
                    } else {
                        let name = safe::line(&desk.agent_name(id).await);
                        names.insert(id, name.clone());
                        name
                    }
                }
                _ => String::new(),
            };
            told.push(Line {
                k: line.k,
                at: message.map_or(0, |m| m.at.0),
                by: if line.once.is_some() { By::You } else { By::Agent },
                who,
                text: message.map(|m| m.body.clone()).unwrap_or_default(),
                files: message.map(|m| m.files.iter().map(Card::from).collect()).unwrap_or_default(),
                once: line.once,
            });
        }
        Ok(told)
    }

    /// Changes the customer's side of a conversation and shows it on the desk, if that shows anything.
    pub(super) async fn show(self: &Arc<Self>, id: u64, change: impl FnOnce(&mut Side)) {
        let Some(talk) = self.live.known(id) else { return };
        let same = {
            let mut side = talk.side();
            let before = side.clone();
            change(&mut side);
            side.looks_like(&before)
        };
        if !same {
            self.shown(&talk).await;
        }
    }

    /// Shows the customer's side of a conversation on the desk: now, or soon, together with what changes until then.
    pub(super) async fn shown(self: &Arc<Self>, talk: &Arc<Talk>) {
        let Some(desk) = self.desk().cloned() else { return };
        match self.shows.take(talk.id, desk.clock().steady_ms()) {
            Ok(()) => self.show_now(talk).await,
            Err(_) if talk.soon.swap(true, Ordering::AcqRel) => {}
            Err(wait_s) => {
                let (chat, talk) = (self.clone(), talk.clone());
                tokio::spawn(async move {
                    desk.clock().wait(wait_s * 1_000).await;
                    talk.soon.store(false, Ordering::Release);
                    chat.show_now(&talk).await;
                });
            }
        }
    }

    async fn show_now(&self, talk: &Talk) {
        let Some(desk) = self.desk().cloned() else { return };
        let (side, id) = (talk.side().clone(), talk.id);
        if side.case.0 == 0 {
            return;
        }
        let named = self.store(move |store| {
            let chat = store.chat(id)?;
            let line = |k: u64| {
                if k == 0 {
                    return Ok(MessageId(0));
                }
                let lines = store.chat_lines(id, k.saturating_sub(1), 1)?;
                Ok(lines.first().map_or(MessageId(0), |line| line.message))
            };
            // A widget that claims more than there is has what there is.
            let newest = chat.as_ref().map_or(0, |chat| chat.k);
            let over = chat.is_none_or(|chat| !matches!(stage(&chat), Stage::Open { .. }));
            Ok((line(side.got.min(newest))?, line(side.read.min(newest))?, over))
        });
        match named.await {
            Ok((_, _, true)) => desk.side(side.case, None),
            Ok((got, seen, false)) => {
                let (there, writes) = (side.here > 0, side.writes);
                desk.side(side.case, Some(channel::Side { there, writes, got, seen, page: side.page }));
            }
            Err(why) => tracing::debug!("a customer's side is not shown: {why}"),
        }
    }
}
