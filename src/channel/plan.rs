//! The file of channels: which mailboxes, chats and menus there are.
//!
//! TOML. A mistake names its line and what to do; nothing of a file with a mistake is used, because half a set of
//! channels would lose customers without a word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::email::plan::Mailbox;
use super::menu::Menu;
use super::webchat::inbox::Inbox;

/// Which channels there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// Web chats.
    pub chat: Vec<Inbox>,
    /// Triage menus by name.
    pub menu: BTreeMap<String, Menu>,
    /// The file's folder, that paths in it are meant from.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The mailboxes.
    pub mailbox: Vec<Mailbox>,
}

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {what}", path.display(), line.map(|n| format!(":{n}")).unwrap_or_default())]
pub struct Wrong {
    /// Which file.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// What, and what to do.
    pub what: String,
}

impl Plan {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Plan, Wrong> {
        let text = std::fs::read_to_string(path).map_err(|error| Wrong {
            path: path.to_owned(),
            line: None,
            what: format!("it cannot be read: {error}; server.channels names it"),
        })?;
        Plan::read(path, &text)
    }

    /// Reads a file's text.
    pub fn read(path: &Path, text: &str) -> Result<Plan, Wrong> {
        let mut plan: Plan = toml::from_str(text).map_err(|error| Wrong {
            path: path.to_owned(),
            line: error.span().map(|span| line_of(text, span.start)),
            what: error.message().trim().to_owned(),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        folder.clone_into(&mut plan.folder);
        let wrong = |what| Wrong { path: path.to_owned(), line: None, what };
        plan.mailbox.iter_mut().try_for_each(|mailbox| mailbox.settle(folder).map_err(wrong))?;
        let mut names: Vec<&str> = plan.mailbox.iter().map(|mailbox| mailbox.name.as_str()).collect();
        names.sort_unstable();
        if let Some((one, _)) = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next) {
            return Err(wrong(format!("two mailboxes are called {one}; their names tell them apart")));
        }
        for mailbox in &mut plan.mailbox {
            let Some(name) = &mailbox.menu else { continue };
            mailbox.triage = plan.menu.get(name).cloned();
            if mailbox.triage.is_none() {
                return Err(wrong(format!("mailbox {}: there is no [menu.{name}]", mailbox.name)));
            }
        }
        match plan.fits() {
            Some(what) => Err(wrong(what)),
            None => Ok(plan),
        }
    }

    /// The first mistake in what the parts say of each other.
    fn fits(&self) -> Option<String> {
        let lost = |mail: &String| !self.mailbox.iter().any(|mailbox| mailbox.name == *mail);
        let chat = self.chat.iter().find(|chat| chat.mail.as_ref().is_some_and(lost))?;
        let mail = chat.mail.as_deref().unwrap_or_default();
        Some(format!("chat {}: there is no mailbox called {mail:?} to send transcripts from", chat.key))
    }

    /// Whether there is no channel at all.
    pub fn is_empty(&self) -> bool {
        self.chat.is_empty() && self.mailbox.is_empty()
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_true() {
        let text = include_str!("../../assets/channels.example.toml");
        let plan = Plan::read(Path::new("channels.example.toml"), text).expect("reads");
        assert_eq!((plan.chat.len(), plan.menu.len(), plan.mailbox.len()), (1, 1, 1));
        // The menu that the chat asks is there.
        assert!(plan.chat.iter().all(|chat| chat.menu.as_ref().is_some_and(|menu| plan.menu.contains_key(menu))));
    }

    #[test]
    fn files_are_meant_from_the_folder_of_the_file_that_names_them() {
        let text = include_str!("../../assets/channels.example.toml");
        let plan = Plan::read(Path::new("/etc/cordboard/channels.toml"), text).expect("reads");
        let [imap, smtp] = [&plan.mailbox[0].imap, &plan.mailbox[0].smtp];
        assert_eq!(imap.password_file.as_deref(), Some(Path::new("/etc/cordboard/support.password")));
        assert_eq!(smtp.password_file.as_deref(), imap.password_file.as_deref());
    }

    #[test]
    fn a_mistake_names_its_line() {
        let wrong = Plan::read(Path::new("channels.toml"), "# ours\n\n[[mailbocks]]\n").expect_err("unknown");
        assert_eq!(wrong.line, Some(3));
        assert!(wrong.to_string().starts_with("channels.toml:3: unknown field `mailbocks`"), "{wrong}");
        assert!(Plan::read(Path::new("channels.toml"), "").expect("reads").is_empty());
    }
}
