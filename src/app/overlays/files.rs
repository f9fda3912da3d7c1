//! Files that customers sent: which to open, and what becomes of it.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::conversation;
use crate::app::panes::queue;
use crate::app::port::Effect;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::file::FileCard;
use crate::domain::ids::MessageId;

impl Desk<'_> {
    /// Opens the file there is, or lets choose among several, newest first.
    pub(in crate::app) fn pick_file(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let entries = conversation::entries(self.m);
        let all: Vec<(MessageId, FileCard, String)> =
            entries.iter().rev().flat_map(|e| e.files.iter().map(|file| (e.id, file.clone(), e.who.clone()))).collect();
        if let [(message, file, _)] = &all[..] {
            return self.fetch_file(*message, file.clone());
        }
        let item = |(message, file, who): (MessageId, FileCard, String)| {
            let right = format!("{} · {who}", words::bytes(file.size));
            Item::new(Pick::File(message, file.clone()), file.name).right(right)
        };
        let items = all.into_iter().map(item).collect();
        let title = t!("Files of {number}", number = queue::number(case));
        let sentence = t!("Files are a stranger's: open only what you expect.");
        self.open_chooser(Chooser::new(Purpose::Files, title, sentence, items).about(Some(case)));
    }

    pub(in crate::app) fn fetch_file(&mut self, message: MessageId, file: FileCard) {
        if file.id.0 == 0 {
            return self.cannot(t!("{name} was not brought along from where this case came from.", name = file.name));
        }
        self.did(t!("{name} is being fetched.", name = file.name));
        self.effect(Effect::Fetch { message, file });
    }

    /// A file is here: it is opened where a program was named for that; its path can be pasted in any case.
    pub(in crate::app) fn file_saved(&mut self, name: String, path: String) {
        self.effect(Effect::Copy(path.clone()));
        let with = self.m.settings.open_files.clone();
        if with.is_empty() {
            self.did(t!("{name} is in {path}; its path is copied.", name, path));
        } else {
            self.did(t!("{name} is opened; it is in {path}.", name, path));
            self.effect(Effect::OpenFile { with, path });
        }
    }
}
