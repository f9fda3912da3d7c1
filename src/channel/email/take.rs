//! Taking one mail in: read, told to which case it belongs, brought to the desk, written down.
//!
//! What will be done is written down before it is done; a stop in the middle leads to the same thing being done again
//! under the same key, which the desk answers without doing it twice.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::compose::answer_subject;
use super::form;
use super::imap::Head;
use super::letter::{Letter, Limits, Notice};
use super::mailbox::{Correspondence, MailChannel};
use super::sort::Sort;
use super::thread::{self, Known};
use crate::channel::menu::Route;
use crate::channel::{Arrival, Brought, Came, Code, Contact, Desk, Made, Standing, Whose};
use crate::domain::command::CustomerHint;
use crate::domain::file::{FileCard, MAX_FILES};
use crate::domain::identity::is_email;
use crate::domain::ids::{CaseId, InteractionId, MessageId};
use crate::domain::mail::{Address, Correspondents, MAX_NAME, Recipients, Way};
use crate::domain::proof::Proof;
use crate::domain::safe;
use crate::domain::ties::Ties;
use crate::domain::time::{DAY, HOUR};
use crate::domain::work::{Case, Channel as Kind};
use crate::store::outside::mail::{Cursor, Done, Planned, Thread};
use crate::store::outside::post::Letter as Post;

/// Most others who get the answers too.
const OTHERS: usize = 20;
/// Most interactions one sender opens within an hour; more wait in the mailbox for a person to look.
const FLOOD: u64 = 30;
/// Most merges followed from one case to the next.
const MERGES: usize = 50;
/// Most bytes of a report's words told on the case.
const WHY: usize = 1_000;

/// A mail as it was fetched.
pub(super) struct Raw {
    /// The mail, or its head alone.
    pub(super) bytes: Vec<u8>,
    /// How large it is when the rest was left where it is.
    pub(super) left: Option<u64>,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is on a case.
    OnCase,
    /// It is left in the mailbox; why was written down.
    Aside,
    /// It was dealt with before.
    Before,
}

struct Taking<'a> {
    channel: &'a Arc<MailChannel>,
    desk: &'a dyn Desk,
    letter: Letter,
    mark: String,
    sender: String,
    head: &'a Head,
    next: &'a Cursor,
}

/// Takes a mail in; `next` is how far the mailbox is read with it. In words when it cannot be done now.
pub(super) async fn mail(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    raw: Raw,
    head: &Head,
    next: &Cursor,
) -> Result<Taken, String> {
    let read = tokio::task::spawn_blocking(move || {
        let mark = mark_of(&raw);
        // One file is kept free for the whole text of a long mail.
        let limits = Limits { files: MAX_FILES - 1, ..Limits::default() };
        // Reading has no known way to panic; if one is found, this mail must not hold up the others.
        let letter = std::panic::catch_unwind(|| match raw.left {
            Some(bytes) => Letter::head_only(&raw.bytes, bytes),
            None => Letter::read(&raw.bytes, &limits),
        });
        (letter.unwrap_or_else(|_| Letter { notices: vec![Notice::Unreadable], ..Letter::default() }), mark)
    });
    let (letter, mark) = read.await.map_err(|_| "a mail could not be read".to_owned())?;
    let mut taking = Taking { channel, desk, letter, mark, sender: String::new(), head, next };
    let writer = taking.writer().map(|p| p.address.to_ascii_lowercase());
    taking.sender = writer.map(|address| hash(&[address.as_bytes()])).unwrap_or_default();
    taking.take().await
}

/// What tells a mail from others in its mailbox, whatever its number there: its ids and its body. The post offices on
/// the way add fields, so those do not count.
fn mark_of(raw: &Raw) -> String {
    let (head, body) = super::head::Head::read(&raw.bytes);
    let field = |name: &str| head.text(name).unwrap_or_default();
    let left = raw.left.map(|bytes| bytes.to_string()).unwrap_or_default();
    let fields = [field("message-id"), field("date"), field("from"), field("subject"), left];
    let mut pieces: Vec<&[u8]> = fields.iter().map(String::as_bytes).collect();
    pieces.push(body);
    hash(&pieces)
}

fn hash(pieces: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for piece in pieces {
        digest.update((piece.len() as u64).to_le_bytes());
        digest.update(piece);
    }
    HEXLOWER.encode(&digest.finalize()[..20])
}

/// What the store and the desk know, asked beforehand.
struct Asked {
    ids: Vec<(String, CaseId)>,
    customers: Vec<CaseId>,
}

impl Known for Asked {
    fn case_of_id(&self, id: &str) -> Option<CaseId> {
        self.ids.iter().find(|(known, _)| known == id).map(|(_, case)| *case)
    }

    fn is_customers(&self, case: CaseId, _address: &str) -> bool {
        self.customers.contains(&case)
    }
}

impl Taking<'_> {
    async fn take(&self) -> Result<Taken, String> {
        let (name, mark) = (self.channel.plan.name.clone(), self.mark.clone());
        let known = self.channel.stored(move |c| c.store.planned_mail(&name, &mark)).await?;
        if known.is_some_and(|planned| planned.done) {
            let next = self.next.clone();
            self.channel.stored(move |c| c.store.set_mail_cursor(&c.plan.name, &next)).await?;
            return Ok(Taken::Before);
        }
        let ours = self.letter.id.as_deref().is_some_and(|id| self.channel.key.ours(id).is_some());
        if ours || self.letter.from.is_some() && self.writer().is_none() {
            return self.aside("it is our own").await;
        }
        match self.letter.sort {
            Sort::Report => return self.report().await,
            Sort::AutoReply => return self.aside("a machine answered by itself").await,
            Sort::Person | Sort::Machine | Sort::List => {}
        }
        let planned = match known {
            Some(planned) => planned,
            None => match self.plan().await? {
                Some(planned) => planned,
                None => return self.aside("its sender wrote too often within an hour").await,
            },
        };
        self.bring(planned).await
    }

    /// Who wrote it. A form of the firm's site writes in the house's own name and says for whom in Reply-To; whatever
    /// else bears our name is our own.
    fn writer(&self) -> Option<&Address> {
        let theirs = |who: &&Address| !self.channel.is_ours(&who.address);
        self.letter.from.as_ref().filter(theirs).or_else(|| self.letter.reply_to.first().filter(theirs))
    }

    /// To which case it belongs, and into which interaction it goes; `None` is a flood.
    async fn plan(&self) -> Result<Option<Planned>, String> {
        let (asked, from) = (self.ask().await?, &self.letter);
        let mut planned = Planned::default();
        if let Some((case, _)) = thread::case_of(from, &self.channel.key, &asked)
            && let Some(root) = self.root(case).await?
        {
            planned.case = Some(root);
            for case in [root, case] {
                let thread = self.channel.stored(move |c| c.store.mail_thread(case)).await?;
                if let Some(interaction) = thread.and_then(|t| t.interaction)
                    && planned.interaction.is_none()
                    && self.desk.standing(interaction).await != Standing::Over
                {
                    planned.interaction = Some(interaction);
                }
            }
        }
        let now = self.desk.clock().now();
        if planned.interaction.is_none() {
            let sender = self.sender.clone();
            let opened = self.channel.stored(move |c| c.store.mails_opened_by(&sender, now.plus(-HOUR))).await?;
            if opened >= FLOOD {
                return Ok(None);
            }
        }
        self.write_down(planned).await.map(Some)
    }

    /// The case that goes on for this one: itself, unless it became part of another.
    async fn root(&self, case: CaseId) -> Result<Option<CaseId>, String> {
        let mut root = case;
        for _ in 0..MERGES {
            match self.desk.case(root).await? {
                Some((Case { ties: Ties { merged: Some(merged), .. }, .. }, _)) => root = merged.into,
                Some(_) => return Ok(Some(root)),
                None => return Ok(None),
            }
        }
        Ok(Some(root))
    }

    async fn write_down(&self, planned: Planned) -> Result<Planned, String> {
        let (mark, sender, now) = (self.mark.clone(), self.sender.clone(), self.desk.clock().now());
        self.channel.stored(move |c| c.store.plan_mail(&c.plan.name, &mark, &sender, planned, now)).await
    }

    /// What threading needs to know.
    async fn ask(&self) -> Result<Asked, String> {
        let ids: Vec<String> = self.letter.in_reply_to.iter().chain(&self.letter.references).cloned().collect();
        let ids = self.channel.stored(move |c| {
            let mut found = Vec::new();
            for id in ids {
                found.extend(c.store.mail_case(&id)?.map(|case| (id, case)));
            }
            Ok(found)
        });
        let ids = ids.await?;
        let mut customers = Vec::new();
        let address = self.letter.from.as_ref().map(|p| p.address.as_str()).unwrap_or_default();
        if let Some(case) = thread::in_subject(&self.letter.subject) {
            let theirs = addresses(self.desk.case(case).await?);
            let has = theirs.iter().any(|known| known.eq_ignore_ascii_case(address));
            customers.extend((!address.is_empty() && has).then_some(case));
        }
        Ok(Asked { ids, customers })
    }

    async fn bring(&self, mut planned: Planned) -> Result<Taken, String> {
        let mut files = Vec::new();
        for file in self.letter.files.iter().take(MAX_FILES) {
            files.push(self.desk.keep_file(file.name.clone(), file.kind.clone(), file.bytes.clone()).await?);
        }
        let body = self.letter.body();
        let known = self.known(planned.case).await?;
        if let Some(interaction) = planned.interaction {
            let letter = self.names(&known);
            let what = Came::Words { interaction, body: body.clone(), files: files.clone(), letter };
            match self.desk.bring(Arrival { key: self.key("words"), what }).await {
                Brought::Done(_) => {
                    self.chose(interaction, &known).await?;
                    return self.done(planned.case, planned.interaction, false).await;
                }
                Brought::Refused { code: Code::Gone, .. } => {
                    // Over meanwhile: it opens one of its own, and that is what is written down now.
                    let mark = self.mark.clone();
                    self.channel.stored(move |c| c.store.replan_mail(&c.plan.name, &mark)).await?;
                    planned.interaction = None;
                }
                Brought::Refused { words, .. } => {
                    return self.aside(&format!("the desk does not take it: {words}")).await;
                }
                Brought::Later(words) => return Err(words),
            }
        }
        let contact = self.contact(planned.case, &known, body, files).await?;
        match self.desk.bring(Arrival { key: self.key("comes"), what: Came::Contact(Box::new(contact)) }).await {
            Brought::Done(Made { interaction, case, .. }) => {
                self.send_form(planned.case, case).await?;
                self.done(case.or(planned.case), interaction, true).await
            }
            Brought::Refused { words, .. } => self.aside(&format!("the desk does not take it: {words}")).await,
            Brought::Later(words) => Err(words),
        }
    }

    /// What is known of the case it belongs to, and of its customer.
    async fn known(&self, case: Option<CaseId>) -> Result<OnCase, String> {
        let Some(id) = case else { return Ok(OnCase::default()) };
        let addresses = addresses(self.desk.case(id).await?);
        // A line of its own is an answer to the form only where one was sent, and nobody here has spoken since.
        let asked = self.channel.stored(move |c| c.store.form_open(id)).await?;
        Ok(OnCase { there: true, addresses, asked })
    }

    async fn contact(
        &self,
        case: Option<CaseId>,
        known: &OnCase,
        body: String,
        files: Vec<FileCard>,
    ) -> Result<Contact, String> {
        let from = self.writer().map(good).unwrap_or_default();
        let route = self.route(known.asked).unwrap_or_default();
        // Somebody else who has a thread of the customer's writes as whoever they say they are.
        let stranger = !known.addresses.is_empty() && !known.has(&from.address);
        // A name that is an address is for those alone who may see addresses.
        let name = Some(from.name).filter(|name| !name.is_empty() && !name.contains('@'));
        Ok(Contact {
            channel: Kind::Email,
            queue: self.queue(route.queue).await?,
            hint: CustomerHint {
                name,
                email: (!from.address.is_empty()).then_some(from.address),
                proof: if stranger { Proof::Said } else { Proof::Address },
                ..CustomerHint::default()
            },
            case,
            menu: route.steps,
            priority: route.priority,
            language: route.language.unwrap_or_else(|| self.letter.language.clone()),
            subject: self.letter.subject.clone(),
            body: Some(body),
            files,
            came: self.head.came,
            letter: self.names(known),
        })
    }

    /// The queue it goes to: where the menu leads if mail may go there, else the mailbox's own. While neither is there
    /// the mail waits, because nobody would look for it where it was put aside.
    async fn queue(&self, wished: Option<String>) -> Result<String, String> {
        let own = &self.channel.plan.queue;
        for key in wished.iter().chain([own]) {
            if self.desk.queue(key).await.is_some_and(|queue| queue.channels.contains(&Kind::Email)) {
                return Ok(key.clone());
            }
            tracing::warn!(mailbox = self.channel.plan.name, "there is no queue {key} that takes e-mail");
        }
        Err(format!("there is no queue {own} that takes e-mail; set one, or name another for this mailbox"))
    }

    /// Where what the mail says of the menu leads; `ours` when it may answer our own form.
    fn route(&self, ours: bool) -> Option<Route> {
        let menu = self.channel.plan.triage.as_ref()?;
        let keys = form::chosen(menu, &self.letter.words.new, ours)?;
        menu.route(&keys, "en")
    }

    /// The mail may answer the form.
    async fn chose(&self, interaction: InteractionId, known: &OnCase) -> Result<(), String> {
        let Some(mut route) = self.route(known.asked) else { return Ok(()) };
        if let Some(key) = route.queue.take() {
            let there = self.desk.queue(&key).await.is_some_and(|queue| queue.channels.contains(&Kind::Email));
            route.queue = there.then_some(key);
        }
        let what = Came::Chose { interaction, route };
        match self.desk.bring(Arrival { key: self.key("chose"), what }).await {
            Brought::Later(words) => Err(words),
            Brought::Done(_) => Ok(()),
            Brought::Refused { words, .. } => {
                tracing::info!(mailbox = self.channel.plan.name, "a form's answer led nowhere: {words}");
                Ok(())
            }
        }
    }

    /// Sends the form to a person who wrote anew and did not say what it is about; not twice within a day.
    async fn send_form(&self, known: Option<CaseId>, made: Option<CaseId>) -> Result<(), String> {
        let (letter, plan) = (&self.letter, &self.channel.plan);
        let (None, Some(case), Some(menu), Some(above)) = (known, made, &plan.triage, &plan.form) else {
            return Ok(());
        };
        let fine = |to: &&Address| is_email(&to.address) && !self.channel.is_ours(&to.address);
        let Some(to) = letter.answer_to().filter(fine).or_else(|| self.writer().filter(fine)) else {
            return Ok(());
        };
        if !letter.sort.may_be_answered_by_machine() || self.route(false).is_some() {
            return Ok(());
        }
        let form = Post {
            key: self.key("form"),
            to: to.address.clone(),
            subject: answer_subject(&letter.subject, None),
            body: format!("{}\n\n{}", above.of(&letter.language), form::questions(menu, &letter.language)),
            language: letter.language.clone(),
            case,
            answers: letter.id.clone().unwrap_or_default(),
        };
        let now = self.desk.clock().now();
        self.channel
            .stored(move |c| {
                if c.store.posts_to(&form.to, now.plus(-DAY))? == 0 {
                    c.store.post(&c.plan.name, &form, now)?;
                }
                Ok(())
            })
            .await
    }

    /// Whom an answer goes to: whoever wrote it, and with them, where the mailbox says so, whoever else has it. No
    /// address of the house is among them. On a case that is there already the answer follows Reply-To only to an
    /// address of its customer: whoever forges their name would get it otherwise.
    fn names(&self, known: &OnCase) -> Option<Box<Correspondents>> {
        let letter = &self.letter;
        let fine = |a: &Address| a.is_good() && !self.channel.is_ours(&a.address);
        let elsewhere = letter.answer_to().filter(|to| !known.there || known.has(&to.address));
        let to = elsewhere.map(good).filter(fine).or_else(|| self.writer().map(good).filter(fine))?;
        let mut all = Recipients { to: vec![to], ..Recipients::default() };
        let others = letter.to.iter().chain(&letter.cc).filter(|_| self.channel.plan.reply_all).map(good);
        for other in others.filter(|a| a.is_good() && !self.channel.is_ours(&a.address)).take(OTHERS) {
            if all.find(&other.address).is_none() {
                all.put(Way::Cc, other);
            }
        }
        let ours = self.channel.plan.address.clone();
        Some(Box::new(Correspondents { ours, to: all.to, cc: all.cc, ..Correspondents::default() }))
    }

    fn key(&self, what: &str) -> String {
        format!("mail:{}:{}:{what}", self.channel.plan.name, self.mark)
    }

    /// It is on a case: answers go back the way it came.
    async fn done(
        &self,
        case: Option<CaseId>,
        interaction: Option<InteractionId>,
        opened: bool,
    ) -> Result<Taken, String> {
        let Some(case) = case else { return Err("the desk did not say which case it made".into()) };
        let letter = &self.letter;
        let mut references = letter.references.clone();
        references.extend(letter.in_reply_to.iter().filter(|id| !letter.references.contains(id)).cloned());
        references.extend(letter.id.clone());
        let correspondence = Correspondence {
            subject: letter.subject.clone(),
            in_reply_to: letter.id.clone(),
            references,
            language: letter.language.clone(),
        };
        let thread = Thread {
            mailbox: self.channel.plan.name.clone(),
            interaction,
            uid: (self.head.uid, self.next.validity),
            thread: serde_json::to_string(&correspondence).map_err(|e| e.to_string())?,
        };
        let ids: Vec<String> = letter.id.iter().cloned().collect();
        let (mark, next) = (self.mark.clone(), self.next.clone());
        self.channel
            .stored(move |c| {
                let (mailbox, thread) = (c.plan.name.as_str(), Some((case, &thread, ids.as_slice())));
                c.store.mail_done(&Done { mailbox, mark: &mark, words: "", opened, thread, cursor: &next })
            })
            .await?;
        Ok(Taken::OnCase)
    }

    /// It stays in the mailbox, and why is written down.
    async fn aside(&self, words: &str) -> Result<Taken, String> {
        tracing::info!(
            mailbox = self.channel.plan.name,
            uid = self.head.uid,
            "a mail was left in the mailbox: {words}"
        );
        self.write_down(Planned::default()).await?;
        let (mark, next, words) = (self.mark.clone(), self.next.clone(), words.to_owned());
        self.channel
            .stored(move |c| {
                let mailbox = c.plan.name.as_str();
                c.store.mail_done(&Done {
                    mailbox,
                    mark: &mark,
                    words: &words,
                    opened: false,
                    thread: None,
                    cursor: &next,
                })
            })
            .await?;
        Ok(Taken::Aside)
    }

    /// What we sent did not arrive.
    async fn report(&self) -> Result<Taken, String> {
        let Some((case, message)) = thread::about(&self.letter, &self.channel.key) else {
            return self.aside("it reports on mail that is not ours").await;
        };
        let deliveries = &self.letter.deliveries;
        let mut why =
            deliveries.iter().filter(|d| d.failed()).map(super::sort::Delivery::words).collect::<Vec<_>>().join("; ");
        if why.is_empty() {
            if !deliveries.is_empty() {
                return self.aside("it reports a delay, or that all is well").await;
            }
            why.clone_from(&self.letter.words.new);
        }
        why.truncate(super::part::floor(&why, WHY));
        if why.trim().is_empty() {
            "the post office sent it back".clone_into(&mut why);
        }
        self.write_down(Planned { case: Some(case), ..Planned::default() }).await?;
        let what = Came::Undelivered { case, message: Some(message), why };
        match self.desk.bring(Arrival { key: self.key("back"), what }).await {
            Brought::Later(words) => Err(words),
            Brought::Refused { words, .. } => self.aside(&format!("the desk does not take it: {words}")).await,
            Brought::Done(_) => {
                let (mark, next) = (self.mark.clone(), self.next.clone());
                self.channel
                    .stored(move |c| {
                        let mailbox = c.plan.name.as_str();
                        let words = "what we sent came back";
                        c.store.mail_done(&Done {
                            mailbox,
                            mark: &mark,
                            words,
                            opened: false,
                            thread: None,
                            cursor: &next,
                        })
                    })
                    .await?;
                Ok(Taken::OnCase)
            }
        }
    }
}

/// As it may stand on the desk: a name of one safe line.
fn good(person: &Address) -> Address {
    let name = safe::line(&person.name);
    Address { name: name.trim().chars().take(MAX_NAME).collect(), address: person.address.clone() }
}

/// The case a mail belongs to, as far as it is there.
#[derive(Default)]
struct OnCase {
    /// Whether it is.
    there: bool,
    /// Addresses of its customer.
    addresses: Vec<String>,
    /// Whether our form waits for an answer on it.
    asked: bool,
}

impl OnCase {
    fn has(&self, address: &str) -> bool {
        self.addresses.iter().any(|known| known.eq_ignore_ascii_case(address))
    }
}

/// The addresses of a case's customer.
fn addresses(found: Option<Whose>) -> Vec<String> {
    let contacts = found.and_then(|(_, customer)| customer).map(|(_, contacts)| contacts);
    contacts.map(|c| c.emails).unwrap_or_default()
}

/// The key of the arrival that says an answer was not sent.
pub(super) fn undelivered_key(mailbox: &str, message: MessageId, what: &str) -> String {
    format!("mail:{mailbox}:out:{message}:{what}")
}

#[cfg(test)]
mod tests;
