//! The conversation as a text, by mail to those who wished for it: when it is over, and from the mailbox that the chat
//! names. Nothing goes out of a conversation in which nobody of the firm's spoke, so that nobody's letters are written
//! by strangers.

use std::sync::Arc;

use super::WebChat;
use super::protocol::By;
use crate::channel::Desk;
use crate::domain::safe;
use crate::domain::time::At;
use crate::store::outside::chat::{Chat, ChatStage};
use crate::store::outside::post::Letter;

/// Wishes of one conversation at most: a slip, and once more.
pub(super) const WISHES: u64 = 3;
/// Lines read at once.
const MOST: usize = 200;

impl WebChat {
    /// Gives the transcripts of conversations that are over to their mailbox.
    pub(super) async fn send_transcripts(&self, desk: &Arc<dyn Desk>) -> Result<(), String> {
        for wish in self.store(crate::store::outside::Outside::chat_wishes).await? {
            let id = wish.chat;
            let chat = self.store(move |store| store.chat(id)).await?;
            let Some(chat) = chat.filter(|chat| chat.stage != ChatStage::Open) else { continue };
            let mailbox = self.doors.get(&chat.inbox).and_then(|door| Some((door, door.inbox.mail.clone()?)));
            if let Some((door, mailbox)) = mailbox {
                let words = self.words.of(&chat.language);
                let subject = words["subject"].as_str().unwrap_or_default().replace("{0}", &door.inbox.title);
                let body = self.transcript(desk, &chat, words["you"].as_str().unwrap_or_default()).await?;
                let letter = Letter {
                    key: format!("chat:{id}:transcript:{}", wish.id),
                    to: wish.email,
                    body: format!("{subject}\n\n{body}"),
                    subject,
                    language: chat.language,
                    ..Letter::default()
                };
                let now = desk.clock().now();
                self.store(move |store| store.post(&mailbox, &letter, now)).await?;
            }
            self.store(move |store| store.chat_wish_done(wish.id)).await?;
        }
        Ok(())
    }

    /// The whole conversation: when, who, what.
    async fn transcript(&self, desk: &Arc<dyn Desk>, chat: &Chat, you: &str) -> Result<String, String> {
        let (id, mut text, mut after) = (chat.id, String::new(), 0);
        loop {
            let lines = self.store(move |store| store.chat_lines(id, after, MOST)).await?;
            let Some(last) = lines.last() else { return Ok(text) };
            after = last.k;
            for line in self.lines(desk, lines).await? {
                let at = At(line.at).to_utc().format("%Y-%m-%d %H:%M UTC");
                let who = if line.by == By::You { you } else { line.who.as_str() };
                text.push_str(&format!("{at}  {who}:\n  {}\n", safe::lines(&line.text).join("\n  ")));
                line.files.iter().for_each(|file| text.push_str(&format!("  [{}]\n", safe::line(&file.name))));
                text.push('\n');
            }
        }
    }
}
