//! Letters that answer no message, on their way out: transcripts of chats, forms to fill in.
//!
//! They go by the same post office as answers do and are tried as long, but nobody waits for them: no copy is kept,
//! and where it is not known whether one was taken it is not sent again. They say that a machine wrote them, so that
//! no machine answers.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::compose::Outgoing;
use super::hand_over::{PATIENCE, PAUSES};
use super::letter::Person;
use super::mailbox::{Half, MailChannel, stopped};
use super::smtp::{NotTaken, Session};
use crate::channel::{Desk, Health};
use crate::domain::time::{HOUR, MINUTE};
use crate::store::outside::post::{Posted, Stands};

/// Letters looked at in one go.
const MOST: usize = 50;
/// Longest wait without looking whether something is due, ms.
const LOOK: i64 = 10 * MINUTE;

/// Sends letters until it is told to stop.
pub(super) async fn run(channel: Arc<MailChannel>, desk: Arc<dyn Desk>, stop: watch::Receiver<bool>) {
    let mut news = channel.store.posts();
    loop {
        news.borrow_and_update();
        let wait = match round(&channel, &*desk, &stop).await {
            Ok(wait) => wait,
            Err(words) => {
                channel.says(&*desk, Half::Post, Health::Trouble(format!("letters: {words}")));
                PAUSES[1]
            }
        };
        let wait = u64::try_from(wait.clamp(0, LOOK)).unwrap_or_default();
        tokio::select! {
            () = desk.clock().wait(wait) => {}
            _ = news.changed() => {}
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
    let due = channel.stored(move |c| c.store.posts_due(&c.plan.name, now, MOST)).await?;
    let mut line: Option<Session> = None;
    let mut trouble = None;
    for posted in &due {
        if *stop.borrow() {
            break;
        }
        let (stands, words) = if posted.doubtful {
            (Stands::Over, "nobody knows whether it was taken".to_owned())
        } else {
            offer(channel, &mut line, posted, desk).await?
        };
        match stands {
            Stands::Over if words.is_empty() => {}
            Stands::Over => tracing::warn!(mailbox = channel.plan.name, "a letter was not sent: {words}"),
            _ => trouble = Some(words.clone()),
        }
        let n = posted.n;
        channel.stored(move |c| c.store.post_stands(n, stands, &words)).await?;
    }
    if let Some(line) = line {
        line.leave().await;
    }
    let next = channel.stored(|c| c.store.post_next(&c.plan.name)).await?;
    let health = match trouble {
        Some(words) => Health::Trouble(format!("letters: {words}")),
        None => Health::Well(String::new()),
    };
    channel.says(desk, Half::Post, health);
    Ok(next.map_or(LOOK, |next| next.0 - desk.clock().now().0))
}

/// Offers a letter to the post office; how it stands then, and why.
async fn offer(
    channel: &Arc<MailChannel>,
    line: &mut Option<Session>,
    posted: &Posted,
    desk: &dyn Desk,
) -> Result<(Stands, String), String> {
    let plan = &channel.plan;
    let mail = letter(channel, posted);
    let recipients = mail.recipients();
    let now = desk.clock().now();
    let later = |words: String| {
        if now.since(posted.since) > PATIENCE {
            return (Stands::Over, words);
        }
        let pause = PAUSES.get(posted.tries as usize).or(PAUSES.last()).copied().unwrap_or(HOUR);
        (Stands::Waits(now.plus(pause)), words)
    };
    let not = |not: NotTaken| match not {
        NotTaken::Never(words) => (Stands::Over, words),
        NotTaken::Later(words) => later(words),
    };
    let mut smtp = match line.take() {
        Some(smtp) => smtp,
        None => {
            let host = plan.address.rsplit_once('@').map_or("localhost", |(_, host)| host);
            match Session::open(&plan.smtp, host).await {
                Ok(smtp) => smtp,
                Err(fault) => return Ok(later(format!("{}: {fault}", plan.smtp.host))),
            }
        }
    };
    if let Err(why) = smtp.offer(&plan.address, &recipients, &mail.raw()).await {
        return Ok(not(why));
    }
    let n = posted.n;
    channel.stored(move |c| c.store.post_stands(n, Stands::Doubtful, "")).await?;
    Ok(match smtp.commit().await {
        Ok(Ok(_)) => {
            *line = Some(smtp);
            (Stands::Over, String::new())
        }
        Ok(Err(why)) => not(why),
        Err(fault) => (Stands::Over, fault.to_string()),
    })
}

fn letter(channel: &MailChannel, posted: &Posted) -> Outgoing {
    let (plan, letter) = (&channel.plan, &posted.letter);
    let person = |address: String| Person { name: plan.display.clone(), address };
    let (_, host) = plan.address.rsplit_once('@').unwrap_or(("", "localhost"));
    let digest = Sha256::digest(letter.key.as_bytes());
    let id = data_encoding::HEXLOWER.encode(digest.get(..10).unwrap_or_default());
    let about = (letter.case.0 > 0).then_some(letter.case);
    let tag = about.filter(|_| plan.tag).and_then(|case| channel.key.tagged(&plan.address, case));
    let answers = (!letter.answers.is_empty()).then(|| letter.answers.clone());
    Outgoing {
        from: person(plan.address.clone()),
        to: vec![Person { name: String::new(), address: letter.to.clone() }],
        reply_to: tag.map(person),
        subject: match about.filter(|_| !plan.tag) {
            Some(case) => format!("{} [#{case}]", letter.subject),
            None => letter.subject.clone(),
        },
        id: format!("post.{}.{id}@{host}", posted.n),
        references: answers.iter().cloned().collect(),
        in_reply_to: answers,
        date: posted.since,
        language: letter.language.clone(),
        text: letter.body.clone(),
        by_machine: true,
        ..Outgoing::default()
    }
}
