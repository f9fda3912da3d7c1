//! What the desk wrote down lately, in a list that can be searched. The log holds nothing a customer said.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::port::Effect;
use crate::app::update::Desk;

impl Desk<'_> {
    pub(in crate::app) fn open_log(&mut self) {
        let sentence = t!("Newest first. Type to search; <overlay-close> goes back.");
        self.open_chooser(Chooser::new(Purpose::Log, t!("Log of this desk"), sentence, Vec::new()));
        self.effect(Effect::ReadLog);
    }

    pub(in crate::app) fn log_came(&mut self, lines: Vec<String>) {
        let Some(chooser) = self.chooser_mut().filter(|c| c.purpose == Purpose::Log) else { return };
        let empty = lines.is_empty();
        // A line is `instant LEVEL place: words`; the words are what one looks for.
        chooser.items = lines
            .into_iter()
            .map(|line| {
                let mut parts = line.splitn(3, ' ').filter(|p| !p.is_empty());
                let (at, rest) = (parts.next().unwrap_or_default(), line.split_once(' ').map_or("", |(_, r)| r.trim()));
                let hour = at.get(11..19).unwrap_or(at).to_owned();
                let (level, words) = rest.split_once(' ').unwrap_or(("", rest));
                let words = words.split_once(": ").map_or(words, |(_, words)| words);
                Item::new(Pick::Text(line.clone()), format!("{level} {words}")).right(hour)
            })
            .collect();
        if empty {
            t!("The log is empty.").clone_into(&mut chooser.sentence);
        }
        chooser.filter();
        self.touched = true;
    }
}
