//! What customers do, on its way to the desk.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::protocol::{Asked, Deed, Down, Hello, Offered, Start, Up, Wanted, Welcome, Why};
use super::talk::{Makes, Stage, Terms, makes};
use super::tell::Known;
use super::transcript::WISHES;
use super::{Door, Guest, WebChat, identity, place_of};
use crate::channel::email::mailbox::begun;
use crate::channel::menu::{Choice, Route, Text};
use crate::channel::{Arrival, Brought, Came, Code, Contact, Desk, Made};
use crate::domain::command::CustomerHint;
use crate::domain::file::FileCard;
use crate::domain::ids::FileId;
use crate::domain::mail::{Address, Correspondents};
use crate::domain::proof::Proof;
use crate::domain::safe;
use crate::domain::work::Channel as Kind;
use crate::store::outside::chat::{Chat, ChatStage, Did, NewChat};

/// Longest subject made out of first words, characters.
const SUBJECT: usize = 80;
/// Longest page shown on the desk, characters.
const PAGE: usize = 300;
/// When to come again after something could not be stored, seconds.
const LATER_S: u64 = 2;

fn slow(retry_s: u64) -> Down {
    Down::No { code: Why::Slow, once: None, n: None, retry_s: Some(retry_s) }
}

fn later(why: &str) -> Down {
    tracing::warn!("a customer's chat has to wait: {why}");
    Down::No { code: Why::Later, once: None, n: None, retry_s: Some(LATER_S) }
}

impl WebChat {
    /// Someone comes, or comes back: who they are from now on, what they are told, and what they then know.
    pub async fn hello(&self, inbox: &str, hello: &Hello, from: IpAddr) -> Result<(Guest, Vec<Down>, Known), Down> {
        let door = self.doors.get(inbox).ok_or_else(|| Down::no(Why::Origin))?.clone();
        let desk = self.desk().ok_or_else(|| later("the server is not up yet"))?.clone();
        let from = place_of(from);
        door.addresses.take(from, desk.clock().steady_ms()).map_err(slow)?;
        let identity = vouched(&door, hello).map_err(Down::no)?;
        let language: String = hello.lang.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(35).collect();
        let known = match hello.token.as_deref().and_then(digest) {
            Some(token) => self.store(move |store| store.chat_by_token(&token)).await.map_err(|why| later(&why))?,
            None => None,
        };
        // Somebody else at the same browser, or the same one signed out, is somebody else.
        let known = known.filter(|chat| chat.inbox == door.inbox.key && chat.identity == identity);
        let fresh = known.is_none();
        let (chat, token) = match (known, &hello.token) {
            (Some(chat), Some(token)) => (chat, token.clone()),
            _ => self.begin(&door, &desk, identity, &language).await.map_err(|why| later(&why))?,
        };
        // A widget may have lines that were lost with a ledger; it begins anew.
        let fresh = fresh || hello.k > chat.k;
        let guest = Guest { chat: chat.id, from, proven: chat.identity.is_some(), language, door };
        let talk = self.live.of(chat.id, desk.clock().steady_ms());
        {
            let mut side = talk.side();
            side.is_in(&chat);
            side.page = page(&hello.page, &hello.title);
        }
        let welcome = self.welcome(&guest, &desk, &chat, token, fresh, hello.words).await;
        let mut known = Known::after(if fresh { 0 } else { hello.k });
        let mut frames = vec![Down::Welcome(Box::new(welcome))];
        frames.extend(self.news(&guest, &mut known).await.map_err(|why| later(&why))?);
        Ok((guest, frames, known))
    }

    /// A guest by the token alone, for requests that carry no hello.
    pub async fn guest(&self, inbox: &str, token: &str, from: IpAddr) -> Result<Guest, Down> {
        let door = self.doors.get(inbox).ok_or_else(|| Down::no(Why::Origin))?.clone();
        let token = digest(token).ok_or_else(|| Down::no(Why::Token))?;
        let chat = self.store(move |store| store.chat_by_token(&token)).await.map_err(|why| later(&why))?;
        let chat = chat.filter(|chat| chat.inbox == door.inbox.key).ok_or_else(|| Down::no(Why::Token))?;
        let (proven, language) = (chat.identity.is_some(), chat.language);
        Ok(Guest { door, chat: chat.id, from: place_of(from), proven, language })
    }

    async fn begin(
        &self,
        door: &Door,
        desk: &Arc<dyn Desk>,
        identity: Option<String>,
        language: &str,
    ) -> Result<(Chat, String), String> {
        let mut bytes = [0; 24];
        desk.rand().fill(&mut bytes);
        let token = BASE64URL_NOPAD.encode(&bytes);
        let new = NewChat {
            token: Sha256::digest(token.as_bytes()).into(),
            inbox: door.inbox.key.clone(),
            identity,
            language: language.to_owned(),
        };
        let now = desk.clock().now();
        let made = self.store(move |store| {
            let id = store.chat_begin(&new, now)?;
            store.chat(id)
        });
        let chat = made.await?.ok_or("the conversation just made is not there")?;
        Ok((chat, token))
    }

    async fn welcome(
        &self,
        guest: &Guest,
        desk: &Arc<dyn Desk>,
        chat: &Chat,
        token: String,
        fresh: bool,
        words: bool,
    ) -> Welcome {
        let inbox = &guest.door.inbox;
        let queue = desk.queue(&inbox.queue).await;
        if queue.is_none() {
            tracing::warn!(inbox = inbox.key, queue = inbox.queue, "there is no such queue; messages can only be left");
        }
        let (online, closed) = queue.map_or((false, String::new()), |queue| (queue.open, queue.closed_message));
        Welcome {
            token,
            fresh,
            n: chat.n,
            verified: guest.proven,
            is: stage(chat).word(),
            rated: chat.rated,
            online,
            closed,
            title: inbox.title.clone(),
            accent: inbox.accent.clone(),
            ask: inbox.ask,
            menu: guest.door.menu.as_ref().map(|m| asked(m.ask.as_ref(), &m.choices, &guest.language)),
            text_max: inbox.text_max,
            file: inbox.file.clone(),
            mail: inbox.mail.is_some(),
            words: words.then(|| self.words.of(&guest.language)),
        }
    }

    /// A frame of somebody known; what they are answered at once. News follow by themselves.
    pub async fn hear(self: &Arc<Self>, guest: &Guest, frame: Up) -> Vec<Down> {
        match frame {
            Up::Hello(_) => vec![Down::no(Why::Frame)],
            Up::Do { n, once, deed } => vec![self.does(guest, n, once, deed).await],
            Up::Typing { on } => {
                self.show(guest.chat, |side| side.writes = on).await;
                Vec::new()
            }
            Up::Got { k } => {
                self.show(guest.chat, |side| side.got = side.got.max(k)).await;
                Vec::new()
            }
            Up::Read { k } => {
                self.show(guest.chat, |side| (side.got, side.read) = (side.got.max(k), side.read.max(k))).await;
                Vec::new()
            }
            Up::Page { page: at, title } => {
                self.show(guest.chat, |side| side.page = page(&at, &title)).await;
                Vec::new()
            }
        }
    }

    /// A deed: done once, in its order, whichever way and however often it comes.
    async fn does(&self, guest: &Guest, n: u64, once: String, deed: Deed) -> Down {
        let (id, named) = (guest.chat, once.clone());
        let Some(desk) = self.desk().cloned() else { return wait_for(once, "the server is not up yet") };
        let (talk, now) = (self.live.of(id, desk.clock().steady_ms()), desk.clock().steady_ms());
        // Also what is done already, or comes too early, is looked up.
        if let Err(retry_s) = guest.door.frames.take(id, now) {
            return Down::No { code: Why::Slow, once: Some(once), n: None, retry_s: Some(retry_s) };
        }
        let _one = talk.order.lock().await;
        let read = self.store(move |store| Ok((store.chat(id)?, store.chat_is_done(id, &named)?))).await;
        let chat = match read {
            Ok((Some(chat), true)) => return Down::Ack { n: chat.n, once },
            Ok((Some(chat), false)) => chat,
            Ok((None, _)) => return Down::no(Why::Token),
            Err(why) => return wait_for(once, &why),
        };
        let not = |code: Why| Down::No { code, once: Some(once.clone()), n: Some(chat.n), retry_s: None };
        if n != chat.n + 1 {
            return not(Why::Order);
        }
        let now = desk.clock().steady_ms();
        let (door, from) = (&guest.door, guest.from);
        if let Err(retry_s) = door.addresses.take(from, now).and_then(|()| door.chats.take(id, now)) {
            return Down::No { code: Why::Slow, once: Some(once), n: Some(chat.n), retry_s: Some(retry_s) };
        }
        match self.do_once(guest, &desk, &chat, &once, deed).await {
            Ok(chat) => {
                talk.side().is_in(&chat);
                talk.stir();
                Down::Ack { n: chat.n, once }
            }
            Err(Trouble::Not(why)) => {
                talk.stir();
                not(why)
            }
            Err(Trouble::Later(why)) => wait_for(once, &why),
        }
    }

    async fn do_once(
        &self,
        guest: &Guest,
        desk: &Arc<dyn Desk>,
        chat: &Chat,
        once: &str,
        deed: Deed,
    ) -> Result<Chat, Trouble> {
        let id = chat.id;
        let files = self.files(id, &deed).await?;
        let inbox = &guest.door.inbox;
        let route = match &deed {
            Deed::Start(start) => guest.door.route(start)?,
            _ => Route::default(),
        };
        let queue = led_to(desk, &route, Kind::Chat, &inbox.queue).await;
        let online = matches!(deed, Deed::Start(_)) && desk.queue(&queue).await.is_some_and(|queue| queue.open);
        let mail = matches!(deed, Deed::Mail { .. }) && inbox.mail.is_some() && self.may_wish(chat).await?;
        let terms = Terms { text_max: inbox.text_max, ask: inbox.ask, proven: guest.proven, online, mail };
        let made = makes(stage(chat), terms, deed, files).map_err(Trouble::Not)?;
        let begins = matches!(made, Makes::Contact(_));
        if begins && !guest.door.may_begin(guest.from) {
            return Err(Trouble::Not(Why::Slow));
        }
        let mut did = Did::default();
        let mut thread = None;
        let what = match made {
            Makes::Contact(start) => {
                did.stage = Some(ChatStage::Open);
                Some(Came::Contact(Box::new(contact(guest, chat, start, route, queue, Kind::Chat))))
            }
            Makes::Message(start) => {
                did.stage = Some(ChatStage::Left);
                let queue = led_to(desk, &route, Kind::Email, &inbox.leave_queue).await;
                let mut left = contact(guest, chat, start, route, queue, Kind::Email);
                // The answer goes to the address they gave, by the chat's mailbox.
                left.letter = left.hint.email.clone().map(|address| Box::new(answered_at(address)));
                thread = inbox.mail.as_ref().map(|mailbox| begun(mailbox, &left.subject, &left.language));
                Some(Came::Contact(Box::new(left)))
            }
            Makes::Words(interaction, body, files) => {
                let ids: Vec<FileId> = files.iter().map(|file| file.id).collect();
                if !self.store(move |store| store.chat_said(id, &ids)).await.map_err(Trouble::Later)? {
                    return Err(Trouble::Not(Why::File));
                }
                Some(Came::Words { interaction, body, files, letter: None })
            }
            Makes::Leaves(interaction) => {
                did.stage = Some(ChatStage::Over);
                Some(Came::Left { interaction })
            }
            Makes::Mark(mark) => {
                did.mark = Some(mark);
                None
            }
            Makes::Transcript(email) => {
                did.transcript = Some(email);
                None
            }
            Makes::Nothing => None,
        };
        let words = matches!(what, Some(Came::Words { .. }));
        let ends = matches!(what, Some(Came::Left { .. }));
        let brought = match what {
            Some(what) => desk.bring(Arrival { key: format!("chat:{id}:{once}"), what }).await,
            None => Brought::Done(Made::default()),
        };
        match brought {
            Brought::Done(made) => {
                if let Some((case, thread)) = made.case.zip(thread) {
                    let kept = self.store(move |store| store.begin_mail_thread(case, &thread)).await;
                    kept.map_err(Trouble::Later)?;
                }
                did.message = made.message.filter(|_| begins || words);
                if begins {
                    did.place = made.interaction.zip(made.case);
                    guest.door.begins(guest.from, id);
                }
            }
            // Who leaves what is over has left.
            Brought::Refused { .. } if ends => {}
            Brought::Refused { code: Code::Gone, .. } => {
                self.over(id).await.map_err(Trouble::Later)?;
                return Err(Trouble::Not(Why::Over));
            }
            Brought::Refused { words, .. } => {
                tracing::warn!(chat = id, "a customer's deed was refused: {words}");
                return Err(Trouble::Not(Why::Wrong));
            }
            Brought::Later(why) => return Err(Trouble::Later(why)),
        }
        let (once, now) = (once.to_owned(), desk.clock().now());
        let kept = self.store(move |store| store.chat_did(id, &once, &did, now)).await.map_err(Trouble::Later)?;
        kept.ok_or(Trouble::Not(Why::Token))
    }

    /// Whether one more transcript of it may go out.
    async fn may_wish(&self, chat: &Chat) -> Result<bool, Trouble> {
        let id = chat.id;
        let asked = self.store(move |store| Ok((store.chat_answered(id)?, store.chat_wished(id)?))).await;
        let (answered, wished) = asked.map_err(Trouble::Later)?;
        Ok(answered > 0 && wished < WISHES)
    }

    /// The files that a deed names, if they are this conversation's.
    async fn files(&self, chat: u64, deed: &Deed) -> Result<Vec<FileCard>, Trouble> {
        let Deed::Say { files, .. } = deed else { return Ok(Vec::new()) };
        let ids: Vec<FileId> = files.iter().filter_map(super::protocol::Enclosed::id).collect();
        let cards = self.store(move |store| {
            ids.into_iter().map(|file| store.chat_file(chat, file)).collect::<Result<Option<Vec<_>>, _>>()
        });
        cards.await.map_err(Trouble::Later)?.ok_or(Trouble::Not(Why::File))
    }
}

/// Why a deed is not done.
enum Trouble {
    /// It will not be.
    Not(Why),
    /// It may come again.
    Later(String),
}

impl Door {
    /// Where the menu leads.
    fn route(&self, start: &Start) -> Result<Route, Trouble> {
        match &self.menu {
            Some(menu) => menu.route(&start.menu, "en").ok_or(Trouble::Not(Why::Menu)),
            None if start.menu.is_empty() => Ok(Route::default()),
            None => Err(Trouble::Not(Why::Menu)),
        }
    }

    /// Whether one more conversation may begin from there.
    fn may_begin(&self, from: IpAddr) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.get(&from).is_none_or(|chats| chats.len() < self.inbox.address_open)
    }

    fn begins(&self, from: IpAddr, chat: u64) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).entry(from).or_default().insert(chat);
    }
}

fn wait_for(once: String, why: &str) -> Down {
    tracing::warn!("a customer's deed has to wait: {why}");
    Down::No { code: Why::Later, once: Some(once), n: None, retry_s: Some(LATER_S) }
}

/// Who the site says they are, if it proves it.
fn vouched(door: &Door, hello: &Hello) -> Result<Option<String>, Why> {
    let asked = door.inbox.identity;
    match (&hello.id, &door.secret) {
        (None, _) if asked == Wanted::Must => Err(Why::Identity),
        (None, _) => Ok(None),
        (Some(_), _) if asked == Wanted::No => Ok(None),
        (Some(id), Some(secret)) => {
            let hash = hello.hash.as_deref().unwrap_or_default();
            let fine = !id.is_empty() && safe::is_safe(id) && identity::proves(secret, id, hash);
            if fine { Ok(Some(id.clone())) } else { Err(Why::Identity) }
        }
        (Some(_), None) => Err(Why::Identity),
    }
}

/// What is kept of a token; `None` when it is none of ours.
fn digest(token: &str) -> Option<[u8; 32]> {
    (token.len() == 32).then(|| Sha256::digest(token.as_bytes()).into())
}

/// Where a kept conversation stands.
pub(super) fn stage(chat: &Chat) -> Stage {
    let (interaction, case) = (chat.interaction, chat.case);
    match chat.stage {
        ChatStage::Form => Stage::Form,
        ChatStage::Open => Stage::Open { interaction, case },
        ChatStage::Over => Stage::Over { interaction, case, rated: chat.rated },
        ChatStage::Left => Stage::Left,
    }
}

fn contact(guest: &Guest, chat: &Chat, start: Start, route: Route, queue: String, channel: Kind) -> Contact {
    let given = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let first = start.text.trim().lines().next().unwrap_or_default();
    Contact {
        channel,
        queue,
        hint: CustomerHint {
            reference: chat.identity.clone(),
            phone: None,
            email: given(start.email),
            name: given(start.name).map(|name| safe::line(&name)),
            proof: if guest.proven { Proof::Proven } else { Proof::Said },
            clue: None,
        },
        case: None,
        menu: route.steps,
        priority: route.priority,
        language: route.language.unwrap_or_else(|| guest.language.clone()),
        subject: safe::line(first).chars().take(SUBJECT).collect(),
        body: Some(start.text),
        files: Vec::new(),
        came: None,
        letter: None,
    }
}

/// The queue that the menu leads to if it is there and takes this, else the chat's own.
async fn led_to(desk: &Arc<dyn Desk>, route: &Route, by: Kind, own: &str) -> String {
    if let Some(key) = &route.queue {
        if desk.queue(key).await.is_some_and(|queue| queue.channels.contains(&by)) {
            return key.clone();
        }
        tracing::warn!("a menu leads to the queue {key}, which takes no {}", by.word());
    }
    own.to_owned()
}

/// Who is answered by e-mail.
fn answered_at(address: String) -> Correspondents {
    let to = vec![Address { name: String::new(), address }];
    Correspondents { to, ..Correspondents::default() }
}

/// A question as the widget gets it.
fn asked(ask: Option<&Text>, choices: &[Choice], language: &str) -> Asked {
    let offered = |choice: &Choice| Offered {
        key: choice.key.clone(),
        text: choice.text.of(language).to_owned(),
        next: (!choice.choices.is_empty()).then(|| asked(choice.ask.as_ref(), &choice.choices, language)),
    };
    let ask = ask.map_or_else(String::new, |text| text.of(language).to_owned());
    Asked { ask, choices: choices.iter().map(offered).collect() }
}

/// A page as the desk shows it: its title and where it is, on one line.
fn page(address: &str, title: &str) -> String {
    let (address, title) = (safe::line(address.trim()), safe::line(title.trim()));
    let line = if title.is_empty() { address } else { format!("{title} · {address}") };
    line.chars().take(PAGE).collect()
}
