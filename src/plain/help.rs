//! Help in words: how lines are read, what can be done here, what one word does.

use super::command::WORDS;
use super::session::Turn;
use crate::app::action::{Action, TABLE};
use crate::app::enabled::enabled;
use crate::app::keyed::keyed;
use crate::app::overlays::palette::is_listed;
use crate::lang;

impl Turn<'_> {
    /// `help`, `help all`, `help WORD`.
    pub(super) fn help(&mut self, about: &str) {
        self.spoke();
        match about {
            "" => self.help_here(),
            "all" => self.help_all(),
            word => self.help_about(word),
        }
    }

    fn help_here(&mut self) {
        self.say(t!("Type the name of an action, or its beginning; a number chooses from the last list."));
        self.say(t!(
            "Text goes behind the name: reply Good morning. Without text, the lines follow, and a single dot ends them."
        ));
        self.say(t!("Words: where, read, more, list, queue, case, customer, timeline, article, back, yes, no, done, mark, times, announce, quit."));
        self.say(t!("A colon in front makes a line a word or an action, a slash makes it text."));
        let free = |a: &Action| is_listed(*a) && enabled(self.m, *a).is_ok();
        let names: Vec<&str> = TABLE.iter().map(|e| e.action).filter(free).map(|a| a.entry().name).collect();
        self.say(&t!("Now: {names}.", names = names.join(", ")));
        self.say(t!("help all reads every action with its sentence; help and a word reads about that word."));
    }

    fn help_all(&mut self) {
        let words = WORDS.iter().map(|(word, what)| format!("{word}: {}", lang::text(what)));
        let mut lines: Vec<String> = words.collect();
        lines.extend(TABLE.iter().map(|e| self.about(e.action)));
        self.read_out(lines);
    }

    fn help_about(&mut self, word: &str) {
        let low = word.to_lowercase().replace(' ', "-");
        let words =
            WORDS.iter().filter(|(name, _)| *name == low).map(|(name, what)| format!("{name}: {}", lang::text(what)));
        let mut lines: Vec<String> = words.collect();
        let named = |e: &&crate::app::action::Entry| e.name.contains(&low) || e.title.replace(' ', "-").contains(&low);
        let mut found: Vec<Action> = TABLE.iter().filter(named).map(|e| e.action).collect();
        if found.is_empty() {
            let low = word.to_lowercase();
            found = TABLE.iter().filter(|e| e.sentence.to_lowercase().contains(&low)).map(|e| e.action).collect();
        }
        lines.extend(found.into_iter().map(|a| self.about(a)));
        if lines.is_empty() {
            lines.push(t!("Nothing is called {word}; help all reads every action.", word));
        }
        self.read_out(lines);
    }

    fn about(&self, action: Action) -> String {
        let entry = action.entry();
        match enabled(self.m, action) {
            Ok(()) => format!("{}: {}", entry.name, lang::text(entry.sentence)),
            Err(why) => t!(
                "{name}: {sentence} Not now: {why}",
                name = entry.name,
                sentence = lang::text(entry.sentence),
                why = keyed(self.m, &why)
            ),
        }
    }
}
