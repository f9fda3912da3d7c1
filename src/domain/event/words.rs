//! People's words in events, lifted out so that erasing them leaves the figures true. Invariant: the order is fixed.

use super::Event;
use crate::domain::row::Row;
use crate::domain::work::Message;

impl Event {
    /// The words people typed in this event, in a fixed order. The store takes them out (leaving empty strings)
    /// and puts them back when it reads the event.
    pub fn words_mut(&mut self) -> Vec<&mut String> {
        match self {
            Event::RowSet { row } => match row.as_mut() {
                Row::Customer(c) => {
                    let mut words = vec![&mut c.name, &mut c.note];
                    words.extend(c.masked.iter_mut());
                    words
                }
                Row::Contacts(c) => {
                    let mut words = vec![&mut c.handle];
                    words.extend(c.phones.iter_mut());
                    words.extend(c.emails.iter_mut());
                    words
                }
                Row::ArticleBody(b) => vec![&mut b.body],
                Row::SavedView(v) => vec![&mut v.name, &mut v.text],
                Row::Stock(s) => vec![&mut s.title, &mut s.body],
                Row::Correspondents(c) => c.words_mut(),
                Row::Scheduled(s) => vec![&mut s.body],
                _ => Vec::new(),
            },
            Event::CaseImported { case, messages, tasks, .. } => {
                let mut words = vec![&mut case.subject];
                words.extend(messages.iter_mut().flat_map(said));
                words.extend(tasks.iter_mut().map(|t| &mut t.what));
                words.extend(case.checks.iter_mut().map(|c| &mut c.text));
                words
            }
            Event::InteractionOpened { interaction, case } => {
                vec![&mut interaction.name, &mut interaction.subject, &mut case.subject]
            }
            Event::MessageAdded { message, to } => {
                let mut words: Vec<&mut String> = said(message).collect();
                words.extend(to.iter_mut().flat_map(|to| to.words_mut()));
                words
            }
            Event::CustomerIdentified { name, .. } => vec![name],
            Event::Escalated { reason, .. } => vec![reason],
            Event::TaskAdded { task } => vec![&mut task.what],
            Event::PresenceForced { reason, .. }
            | Event::ConsultEnded { reason, .. }
            | Event::MoreTimeTaken { reason, .. } => vec![reason],
            Event::CasesMerged { merged, .. } => vec![&mut merged.reason],
            Event::CustomersMerged { merged, .. } => vec![&mut merged.reason],
            Event::CaseSplit { case, .. } => {
                let mut words = vec![&mut case.subject];
                words.extend(case.checks.iter_mut().map(|c| &mut c.text));
                words
            }
            Event::ChecksChanged { checks, .. } => checks.iter_mut().map(|c| &mut c.text).collect(),
            Event::TiesImported { ties, .. } => ties.merged.iter_mut().map(|m| &mut m.reason).collect(),
            _ => Vec::new(),
        }
    }
}

/// What was said, what the files that came along are called, and to whom it went.
fn said(message: &mut Message) -> impl Iterator<Item = &mut String> {
    let files = message.files.iter_mut().map(|file| &mut file.name);
    std::iter::once(&mut message.body).chain(files).chain(message.went.iter_mut().flat_map(|to| to.words_mut()))
}
