//! Fetching: one session with the mailbox at a time, told by the server when mail comes; after a fault again, later and
//! later.
//!
//! Invariant: the mailbox counts as read up to a mail only when that mail is on a case, or set aside for a reason that
//! was written down.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::imap::{Head, Session};
use super::mailbox::{Half, MailChannel, stopped};
use super::net::Fault;
use super::plan::Import;
use super::take::{self, Raw, Taken};
use crate::channel::{Desk, Health};
use crate::domain::time::{At, HOUR};
use crate::store::outside::mail::Cursor;

/// First wait after a fault, ms; doubled up to [`LONGEST`].
const FIRST: u64 = 1_000;
const LONGEST: u64 = 5 * 60_000;
/// IDLE is asked for anew after this; servers hang up after 30 minutes (RFC 2177).
const IDLE: Duration = Duration::from_secs(25 * 60);
/// Without IDLE the mailbox is looked at this often.
const LOOK: Duration = Duration::from_secs(30);
/// Largest mail that is fetched whole, bytes.
const WHOLE: u64 = 30 << 20;
/// How much earlier than we began a mail may have come and still be new, ms: clocks differ.
const SLACK: i64 = HOUR;

/// Why a session ended.
enum End {
    Stopped,
    Fault(Fault),
    /// The desk does not take anything at this moment.
    Desk(String),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::Fault(fault)
    }
}

/// Fetches until it is told to stop.
pub(super) async fn run(channel: Arc<MailChannel>, desk: Arc<dyn Desk>, stop: watch::Receiver<bool>) {
    let mut pause = FIRST;
    loop {
        let mut worked = false;
        let words = match session(&channel, &*desk, &stop, &mut worked).await {
            End::Stopped => return,
            End::Desk(words) => format!("mail waits in the mailbox: {words}"),
            End::Fault(fault) => format!("{}: {fault}", channel.plan.imap.host),
        };
        if worked {
            pause = FIRST;
        }
        channel.says(&*desk, Half::In, Health::Trouble(format!("fetching: {words}")));
        let wait = pause + desk.rand().jitter(pause / 4);
        tokio::select! {
            () = desk.clock().wait(wait) => {}
            () = stopped(&stop) => return,
        }
        pause = (pause * 2).min(LONGEST);
    }
}

async fn session(channel: &Arc<MailChannel>, desk: &dyn Desk, stop: &watch::Receiver<bool>, worked: &mut bool) -> End {
    let opened = tokio::select! {
        opened = Session::open(&channel.plan.imap) => opened,
        () = stopped(stop) => return End::Stopped,
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(fault) => return fault.into(),
    };
    let end = match watch_folder(channel, desk, stop, &mut session, worked).await {
        Ok(()) => End::Stopped,
        Err(end) => end,
    };
    session.leave().await;
    end
}

async fn watch_folder(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    stop: &watch::Receiver<bool>,
    session: &mut Session,
    worked: &mut bool,
) -> Result<(), End> {
    let folder = channel.plan.folder.clone();
    let opened = session.select(&folder).await.map_err(|fault| match fault {
        Fault::No(words) => Fault::No(format!("the folder {folder} cannot be opened ({words}); was it renamed?")),
        fault => fault,
    })?;
    let mut cursor = begin(channel, desk, session, opened.validity, opened.next).await?;
    loop {
        for head in session.heads(cursor.uid.saturating_add(1)).await? {
            if *stop.borrow() {
                return Ok(());
            }
            let next = Cursor { uid: head.uid, ..cursor.clone() };
            one(channel, desk, session, &cursor, &next, &head).await?;
            cursor = next;
            *worked = true;
        }
        *worked = true;
        channel.says(desk, Half::In, Health::Well(format!("{folder} is watched")));
        if session.can_idle() {
            session.idle(IDLE, stopped(stop)).await?;
        } else {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stopped(stop) => {}
            }
            session.noop().await?;
        }
        if *stop.borrow() {
            return Ok(());
        }
    }
}

/// How far the mailbox was read, given how its mails are numbered now.
async fn begin(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    session: &mut Session,
    validity: u32,
    next: Option<u32>,
) -> Result<Cursor, End> {
    let known = channel.stored(|c| c.store.mail_cursor(&c.plan.name)).await.map_err(End::Desk)?;
    let folder = channel.plan.folder.clone();
    let last = match next {
        Some(next) => next.saturating_sub(1),
        None => session.heads(1).await?.last().map_or(0, |head| head.uid),
    };
    let cursor = match known {
        Some(known) if known.validity == validity && known.folder == folder => return Ok(known),
        // Numbered anew, or another folder: looked through from the beginning, for what came since we began.
        Some(known) => {
            tracing::info!(mailbox = channel.plan.name, "the mails are numbered anew; they are looked through");
            Cursor { folder, validity, uid: 0, old: last, since: known.since }
        }
        None if channel.plan.import == Import::All => Cursor { folder, validity, uid: 0, old: 0, since: At(0) },
        None => Cursor { folder, validity, uid: last, old: last, since: desk.clock().now().plus(-SLACK) },
    };
    let kept = cursor.clone();
    channel.stored(move |c| c.store.set_mail_cursor(&c.plan.name, &kept)).await.map_err(End::Desk)?;
    Ok(cursor)
}

/// Fetches one mail and has it taken.
async fn one(
    channel: &Arc<MailChannel>,
    desk: &dyn Desk,
    session: &mut Session,
    cursor: &Cursor,
    next: &Cursor,
    head: &Head,
) -> Result<(), End> {
    let old = head.uid <= cursor.old && head.came.is_some_and(|came| came < cursor.since);
    let raw = if old {
        None
    } else if head.bytes > WHOLE {
        session.mail_head(head.uid).await?.map(|bytes| Raw { bytes, left: Some(head.bytes) })
    } else {
        session.mail(head.uid, WHOLE).await?.map(|bytes| Raw { bytes, left: None })
    };
    let Some(raw) = raw else {
        // Known from before, or deleted meanwhile.
        let next = next.clone();
        return channel.stored(move |c| c.store.set_mail_cursor(&c.plan.name, &next)).await.map_err(End::Desk);
    };
    let taken = take::mail(channel, desk, raw, head, next).await.map_err(End::Desk)?;
    let flags = match taken {
        Taken::OnCase => "\\Seen $Cordboard",
        Taken::Aside => "$CordboardAside",
        Taken::Before => return Ok(()),
    };
    match session.flag(head.uid, flags).await {
        // Some servers allow no words of one's own.
        Err(Fault::No(_) | Fault::Odd(_)) if taken == Taken::OnCase => match session.flag(head.uid, "\\Seen").await {
            Err(Fault::Link(error)) => Err(Fault::Link(error).into()),
            _ => Ok(()),
        },
        Err(Fault::Link(error)) => Err(Fault::Link(error).into()),
        _ => Ok(()),
    }
}
