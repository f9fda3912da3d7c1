//! Handing over: answers go out one after the other, each by itself tried again for two days; then a copy is put into
//! the folder of sent mail.
//!
//! Before the last dot of a mail it is written down that from now on it may have been taken. When nobody knows whether
//! it was, the folder of sent mail is asked; if that does not know either, the case is told, and nothing is sent twice.

use std::sync::Arc;

use tokio::sync::watch;

use super::compose::{Outgoing, answer_subject};
use super::imap;
use super::letter::{Letter, Person};
use super::mailbox::{Correspondence, Half, MailChannel, stopped};
use super::net::Fault;
use super::smtp::{NotTaken, Session};
use super::take::undelivered_key;
use crate::channel::{Arrival, Brought, Came, Desk, Health};
use crate::domain::mail::Recipients;
use crate::domain::time::{HOUR, MINUTE, SECOND};
use crate::domain::work::Author;
use crate::store::outside::mail::{Out, State};

/// After each try, how long until the next, ms; the last one again and again.
pub(super) const PAUSES: &[i64] = &[5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR];
/// How long it is tried, ms (RFC 5321 asks for four days; people want to know sooner).
pub(super) const PATIENCE: i64 = 48 * HOUR;
/// How often it is tried at least: an answer that was written long ago without a link is as new here as any.
const LEAST: u32 = 24;
/// Answers looked at in one go.
const MOST: usize = 50;
/// Longest wait without looking whether something is due, ms.
const LOOK: i64 = 10 * MINUTE;

/// Hands over until it is told to stop.
pub(super) async fn run(channel: Arc<MailChannel>, desk: Arc<dyn Desk>, stop: watch::Receiver<bool>) {
    loop {
        let wait = match round(&channel, &*desk, &stop).await {
            Ok(wait) => wait,
            Err(words) => {
                channel.says(&*desk, Half::Out, Health::Trouble(format!("sending: {words}")));
                PAUSES[1]
            }
        };
        let wait = u64::try_from(wait.clamp(0, LOOK)).unwrap_or_default();
        tokio::select! {
            () = desk.clock().wait(wait) => {}
            () = channel.answers.notified() => {}
            () = stopped(&stop) => return,
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// Everything that is due; how long until the next is, ms.
async fn round(channel: &Arc<MailChannel>, desk: &dyn Desk, stop: &watch::Receiver<bool>) -> Result<i64, String> {
    let now = desk.clock().now();
    let due = channel.stored(move |c| c.store.answers_due(&c.plan.name, now, MOST)).await?;
    let mut lines = Lines::default();
    let mut trouble = None;
    for out in &due {
        if *stop.borrow() {
            break;
        }
        if let Err(words) = step(channel, desk, &mut lines, out).await {
            trouble = Some(words);
        }
    }
    lines.leave().await;
    let (waiting, next) = channel.stored(|c| c.store.answers_waiting(&c.plan.name)).await?;
    let health = match trouble {
        Some(words) => Health::Trouble(format!("sending: {words}; {waiting} answers wait")),
        None if waiting > 0 => Health::Well(format!("{waiting} answers wait")),
        None => Health::Well("nothing to send".into()),
    };
    channel.says(desk, Half::Out, health);
    Ok(next.map_or(LOOK, |next| next.0 - desk.clock().now().0))
}

/// The sessions of a round, opened when first needed.
#[derive(Default)]
struct Lines {
    smtp: Option<Session>,
    imap: Option<(imap::Session, String)>,
}

impl Lines {
    async fn smtp(&mut self, channel: &MailChannel) -> Result<&mut Session, Fault> {
        if self.smtp.is_none() {
            let host = channel.plan.address.rsplit_once('@').map_or("localhost", |(_, host)| host);
            self.smtp = Some(Session::open(&channel.plan.smtp, host).await?);
        }
        self.smtp.as_mut().ok_or_else(|| Fault::Here("no line".into()))
    }

    /// The mailbox, and its folder of sent mail.
    async fn imap(&mut self, channel: &MailChannel) -> Result<&mut (imap::Session, String), Fault> {
        if self.imap.is_none() {
            let mut session = imap::Session::open(&channel.plan.imap).await?;
            let folder = if channel.plan.sent.is_empty() {
                match session.sent_folder().await? {
                    Some(folder) => folder,
                    None => {
                        session.create("Sent").await?;
                        "Sent".to_owned()
                    }
                }
            } else {
                imap::coded(&channel.plan.sent)
            };
            self.imap = Some((session, folder));
        }
        self.imap.as_mut().ok_or_else(|| Fault::Here("no line".into()))
    }

    async fn leave(self) {
        if let Some(session) = self.smtp {
            session.leave().await;
        }
        if let Some((session, _)) = self.imap {
            session.leave().await;
        }
    }
}

/// Takes an answer as far as it goes now. In words what is in the way.
async fn step(channel: &Arc<MailChannel>, desk: &dyn Desk, lines: &mut Lines, out: &Out) -> Result<(), String> {
    let mut out = out.clone();
    loop {
        let before = out.state;
        match out.state {
            State::Queued => submit(channel, desk, lines, &mut out).await?,
            // Written down, and then we were stopped, or the link was lost.
            State::Committing | State::Doubtful => settle_doubt(channel, desk, lines, &mut out).await?,
            State::Failed => {
                let why = out.words.clone();
                tell(channel, desk, &out, "failed", why).await?;
                stands(channel, desk, &mut out, State::Told, 0, false, None).await?;
            }
            State::Partly => {
                let why = out.words.clone();
                tell(channel, desk, &out, "partly", why).await?;
                stands(channel, desk, &mut out, State::Taken, 0, false, None).await?;
            }
            State::Taken => keep_copy(channel, desk, lines, &mut out).await?,
            State::Sent | State::Told => return Ok(()),
        }
        if out.state == before {
            return Ok(());
        }
    }
}

async fn stands(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    out: &mut Out,
    state: State,
    in_ms: i64,
    tried: bool,
    words: Option<String>,
) -> Result<(), String> {
    let (message, next) = (out.message, desk.clock().now().plus(in_ms));
    out.state = state;
    out.tries += u32::from(tried);
    out.words = words.unwrap_or_default();
    let words = out.words.clone();
    channel.stored(move |c| c.store.answer_stands(message, state, next, tried, &words)).await
}

/// Not now: again later, or never when it has been long enough.
async fn later(channel: &Arc<MailChannel>, desk: &dyn Desk, out: &mut Out, words: String) -> Result<(), String> {
    if desk.clock().now().since(out.since) > PATIENCE && out.tries >= LEAST {
        let words = format!("it was tried for two days: {words}");
        return stands(channel, desk, out, State::Failed, 0, true, Some(words)).await;
    }
    let pause = PAUSES.get(out.tries as usize).or(PAUSES.last()).copied().unwrap_or(HOUR);
    let state = out.state;
    stands(channel, desk, out, state, pause, true, Some(words.clone())).await?;
    Err(words)
}

async fn submit(channel: &Arc<MailChannel>, desk: &dyn Desk, lines: &mut Lines, out: &mut Out) -> Result<(), String> {
    if out.raw.is_none() {
        make(channel, desk, out).await?;
    }
    let recipients: Vec<String> = out.recipients.lines().map(str::to_owned).collect();
    if recipients.is_empty() {
        let words = "there is no address to answer to".to_owned();
        return stands(channel, desk, out, State::Failed, 0, false, Some(words)).await;
    }
    let raw = out.raw.clone().unwrap_or_default();
    let smtp = match lines.smtp(channel).await {
        Ok(smtp) => smtp,
        Err(fault) => return later(channel, desk, out, format!("{}: {fault}", channel.plan.smtp.host)).await,
    };
    let refused = match smtp.offer(&channel.plan.address, &recipients, &raw).await {
        Ok(refused) => refused,
        Err(not) => {
            // Whatever state the line is in, the next answer gets a new one.
            lines.smtp = None;
            return match not {
                NotTaken::Never(words) => stands(channel, desk, out, State::Failed, 0, true, Some(words)).await,
                NotTaken::Later(words) => later(channel, desk, out, words).await,
            };
        }
    };
    stands(channel, desk, out, State::Committing, 0, true, None).await?;
    match smtp.commit().await {
        Ok(Ok(_)) if refused.is_empty() => stands(channel, desk, out, State::Taken, 0, false, None).await,
        Ok(Ok(_)) => {
            let words: Vec<String> = refused.iter().map(|(to, why)| format!("{to}: {why}")).collect();
            stands(channel, desk, out, State::Partly, 0, false, Some(words.join("; "))).await
        }
        Ok(Err(not)) => {
            lines.smtp = None;
            match not {
                NotTaken::Never(words) => stands(channel, desk, out, State::Failed, 0, false, Some(words)).await,
                NotTaken::Later(words) => {
                    out.state = State::Queued;
                    later(channel, desk, out, words).await
                }
            }
        }
        Err(fault) => {
            lines.smtp = None;
            stands(channel, desk, out, State::Doubtful, 0, false, Some(fault.to_string())).await
        }
    }
}

/// Makes the mail of an answer; it stays the same from then on.
async fn make(channel: &Arc<MailChannel>, desk: &dyn Desk, out: &mut Out) -> Result<(), String> {
    let (case, message, thread) = (out.case, out.message, out.thread);
    let to: Option<Recipients> = serde_json::from_str(&out.to).unwrap_or_default();
    let to = to.unwrap_or_default();
    let thread = channel.stored(move |c| c.store.mail_thread(thread)).await?;
    let thread = thread.map(|t| t.thread).unwrap_or_default();
    let talk: Correspondence = serde_json::from_str(&thread).unwrap_or_default();
    let plan = &channel.plan;
    let said = desk.messages(vec![message]).await?.into_iter().next();
    let agent = match said.as_ref().map(|m| m.author) {
        Some(Author::Agent(id)) => desk.agent_name(id).await,
        _ => String::new(),
    };
    let queue = match desk.case(case).await? {
        Some((case, _)) => desk.queue_called(case.queue).await,
        None => None,
    };
    let (key, queue) = queue.unwrap_or_default();
    let signature = plan.signature_of(&key);
    let signature =
        signature.replace("{agent}", &agent).replace("{queue}", &queue).replace("{case}", &case.to_string());
    let mut text = out.body.trim_end().to_owned();
    if !signature.trim().is_empty() {
        text = format!("{text}\n\n-- \n{}", signature.trim_end());
    }
    let mut files = Vec::new();
    for card in said.iter().flat_map(|m| &m.files) {
        if let Some((card, bytes)) = desk.file(card.id).await? {
            files.push((card.name, card.kind, bytes));
        }
    }
    let person = |address: String, name: &str| Person { name: name.to_owned(), address };
    let reply_to = plan.tag.then(|| channel.key.tagged(&plan.address, case)).flatten();
    let host = plan.address.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let mail = Outgoing {
        from: person(plan.address.clone(), &plan.display),
        to: to.to,
        cc: to.cc,
        bcc: to.bcc,
        reply_to: reply_to.map(|address| person(address, &plan.display)),
        subject: answer_subject(&talk.subject, (!plan.tag).then_some(case)),
        id: channel.key.id_of(case, message, host),
        in_reply_to: talk.in_reply_to,
        references: talk.references,
        date: said.map_or(out.since, |m| m.at),
        language: talk.language,
        text,
        by_machine: false,
        files,
    };
    let (raw, recipients, id) = (mail.raw(), mail.recipients().join("\n"), mail.id);
    (out.raw, out.recipients, out.id) = (Some(raw.clone()), recipients.clone(), id.clone());
    channel.stored(move |c| c.store.answer_made(message, &raw, &recipients, &id)).await
}

/// Nobody knows whether it was taken: some post offices put what they took into the folder of sent mail themselves.
async fn settle_doubt(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    lines: &mut Lines,
    out: &mut Out,
) -> Result<(), String> {
    let host = channel.plan.address.rsplit_once('@').map_or("localhost", |(_, host)| host);
    // One that was never made here may have been made and sent before a copy was put back.
    let id = if out.id.is_empty() { channel.key.id_of(out.case, out.message, host) } else { out.id.clone() };
    let found = async {
        let (session, folder) = lines.imap(channel).await?;
        session.examine_raw(folder).await?;
        session.find(&id).await
    };
    match found.await {
        Ok(found) if !found.is_empty() => stands(channel, desk, out, State::Sent, 0, false, None).await,
        Ok(_) => {
            let why = "the line to the post office was lost at the very moment the mail was handed over, so it may or \
                       may not have been sent; ask the customer, or send it again";
            tell(channel, desk, out, "doubt", why.to_owned()).await?;
            stands(channel, desk, out, State::Told, 0, false, None).await
        }
        Err(fault) => {
            lines.imap = None;
            out.state = State::Doubtful;
            later(channel, desk, out, format!("whether a mail was sent is not known: {fault}")).await
        }
    }
}

/// Puts a copy into the folder of sent mail, once, and marks the mail that was answered.
async fn keep_copy(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    lines: &mut Lines,
    out: &mut Out,
) -> Result<(), String> {
    let thread = out.thread;
    let thread = channel.stored(move |c| c.store.mail_thread(thread)).await?;
    let (id, raw) = (out.id.clone(), copy_of(out.raw.as_deref().unwrap_or_default(), &out.recipients));
    let copied = async {
        let (session, folder) = lines.imap(channel).await?;
        if channel.plan.keep_sent {
            session.examine_raw(folder).await?;
            if session.find(&id).await?.is_empty() {
                session.append(folder, &raw).await?;
            }
        }
        if let Some((uid, validity)) = thread.map(|t| t.uid)
            && session.select(&channel.plan.folder).await?.validity == validity
        {
            session.flag(uid, "\\Answered").await?;
        }
        Ok::<_, Fault>(())
    };
    match copied.await {
        Ok(()) => stands(channel, desk, out, State::Sent, 0, false, None).await,
        Err(fault) => {
            lines.imap = None;
            // The customer has it; for the copy nobody waits two days.
            if desk.clock().now().since(out.since) > PATIENCE / 2 {
                return stands(channel, desk, out, State::Sent, 0, false, None).await;
            }
            later(channel, desk, out, format!("the copy for the folder of sent mail: {fault}")).await
        }
    }
}

/// The mail as it lies in the folder of sent mail: there it says who got it without the others seeing that, as people
/// expect of that folder (RFC 5322, 3.6.3, lets it).
fn copy_of(raw: &[u8], recipients: &str) -> Vec<u8> {
    let head = Letter::head_only(raw, 0);
    let seen = |address: &&str| head.to.iter().chain(&head.cc).any(|p| p.is(address));
    let blind: Vec<&str> = recipients.lines().filter(|address| !seen(address)).collect();
    if blind.is_empty() {
        return raw.to_vec();
    }
    let mut copy = format!("Bcc: {}\r\n", blind.join(",\r\n ")).into_bytes();
    copy.extend_from_slice(raw);
    copy
}

/// Tells the case what became of an answer.
async fn tell(channel: &Arc<MailChannel>, desk: &dyn Desk, out: &Out, what: &str, why: String) -> Result<(), String> {
    let key = undelivered_key(&channel.plan.name, out.message, what);
    let what = Came::Undelivered { case: out.case, message: Some(out.message), why };
    match desk.bring(Arrival { key, what }).await {
        Brought::Done(_) => Ok(()),
        Brought::Later(words) => Err(words),
        Brought::Refused { words, .. } => {
            tracing::warn!(case = out.case.0, "the case could not be told that an answer was not sent: {words}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::copy_of;

    #[test]
    fn only_the_copy_says_who_got_it_blind() {
        let raw = b"To: Ana <ana@x.org>\r\nCc: b@x.org\r\n\r\nwords\r\n";
        let copy = |recipients: &str| String::from_utf8(copy_of(raw, recipients)).expect("text");
        assert_eq!(copy("ANA@x.org\nb@x.org").as_bytes(), raw);
        let told = copy("ana@x.org\nb@x.org\nme@z.org\nzoe@z.org");
        assert_eq!(told.strip_prefix("Bcc: me@z.org,\r\n zoe@z.org\r\n").map(str::as_bytes), Some(&raw[..]));
    }
}
