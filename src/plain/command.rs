//! What a typed line means: an answer to what is asked, a word of this desk, or an action by its name.

use super::answer::Wants;
use super::session::Turn;
use crate::app::action::{Action, Context, TABLE};
use crate::app::enabled::title;
use crate::app::msg::Msg;
use crate::app::overlays::Overlay;
use crate::app::screen::Pane;
use crate::config::nearest;
use crate::config::table::Announce;

/// Words of this desk beside the actions, each with what it does.
pub(super) const WORDS: [(&str, &str); 17] = [
    ("where", tk!("Say what has the focus, what is open, and how you and the link stand.")),
    ("read", tk!("Read all of what has the focus.")),
    ("more", tk!("Read on.")),
    ("list", tk!("Read the last list again, with its numbers.")),
    ("queue", tk!("Read who waits, what is yours and what you promised; a number chooses.")),
    ("case", tk!("Read the open case; with words, look for a past one.")),
    ("customer", tk!("Read who the customer is; with words, look for one.")),
    ("timeline", tk!("Read the customer's timeline; with words, only what holds them.")),
    ("article", tk!("Read the article that is open, or those found; with a number, that one.")),
    ("back", tk!("Leave one level: what is asked, what is read, what is searched for.")),
    ("yes", tk!("Say yes to the question.")),
    ("no", tk!("Say no to the question.")),
    ("done", tk!("Confirm what was marked or written.")),
    ("mark", tk!("Mark or unmark lines of a list by their numbers.")),
    ("fill", tk!("Fill in what a snippet asks, and go on to what it asks next.")),
    ("times", tk!("on or off: say when each message was written.")),
    ("announce", tk!("quiet, normal or all: how much is said by itself.")),
];

/// What an action's name leads to.
pub(super) enum Found<'t> {
    /// This one, with what follows its name.
    One(Action, &'t str),
    /// The beginning of several.
    Several(Vec<&'static str>),
    /// None.
    None,
}

impl Turn<'_> {
    /// A line was typed.
    pub(super) fn typed(&mut self, line: &str) {
        let (line, forced) = match line.trim_start().strip_prefix(':') {
            Some(rest) if !rest.starts_with(':') => (rest.trim(), true),
            _ => (line, false),
        };
        if self.s.writing.is_some() && !forced {
            self.write_line(line);
            return;
        }
        let line = line.trim();
        if line.is_empty() {
            if self.s.more.is_empty() {
                self.read_where();
            } else {
                self.read_more(self.s.page.max(20));
            }
            self.spoke();
            return;
        }
        let literal = line.strip_prefix('/').filter(|_| !forced);
        if self.m.welcome.is_some() {
            return self.at_the_door(literal.unwrap_or(line));
        }
        if literal.is_none()
            && let Ok(n) = line.trim_end_matches('.').parse::<usize>()
            && self.takes_numbers()
            // More than there are lines is what one searches for.
            && (n <= self.s.choices.len() || !self.m.top().is_some_and(Overlay::takes_text))
        {
            self.choose(n);
            self.open_writing();
            return;
        }
        if !self.m.overlays.is_empty() {
            if let Some(words) = literal {
                self.type_into_list(words);
            } else {
                let known = self.over_word(line, forced) || self.word(line) || forced && self.act(line);
                if !known {
                    self.type_into_list(line);
                }
            }
            return;
        }
        if self.m.focus == Pane::WrapUp && crate::app::panes::wrapup::form(self.m).is_some() {
            if let Some(words) = literal {
                self.answer_part(words);
                return;
            }
            if !forced && self.form_word(line) {
                return;
            }
        } else if let Some(words) = literal {
            self.find_article(words);
            return;
        }
        if !self.word(line) && !self.act(line) {
            self.unknown(line);
        }
    }

    /// A word of this desk; false when it is none.
    pub(super) fn word(&mut self, line: &str) -> bool {
        let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(w, r)| (w, r.trim()));
        match word.to_lowercase().as_str() {
            "help" | "?" => self.help(rest),
            "where" if rest.is_empty() => {
                self.read_where();
                self.spoke();
            }
            "read" if rest.is_empty() => self.wants(Wants::Focus),
            "list" if rest.is_empty() => self.wants(Wants::Focus),
            "more" if rest.is_empty() => {
                if self.s.more.is_empty() {
                    self.say(t!("That was all."));
                }
                self.read_more(self.s.page.max(20));
                self.spoke();
            }
            "times" => self.times(rest),
            "announce" => self.announce_level(rest),
            // The rest moves between panes, which what lies over them covers.
            _ if !self.m.overlays.is_empty() => return false,
            "queue" if rest.is_empty() => {
                self.run(Action::GoQueue);
                self.wants(Wants::Queue);
            }
            "case" if rest.is_empty() => {
                self.run(Action::GoConversation);
                self.wants(Wants::Case);
            }
            "case" => self.open_with(Action::FindCase, rest.trim_start_matches('#')),
            "customer" if rest.is_empty() => {
                self.run(Action::GoCustomer);
                self.wants(Wants::Customer);
            }
            "customer" => self.open_with(Action::FindCustomer, rest),
            "timeline" => {
                self.run(Action::GoCustomer);
                self.send(Msg::Run(Action::EditSearch));
                self.send(Msg::Write(rest.to_owned()));
                self.wants(Wants::Timeline);
            }
            "fill" => self.fill(rest),
            "article" if rest.is_empty() => {
                self.run(Action::GoKnowledge);
                self.wants(Wants::Article);
            }
            "article" => match rest.parse::<usize>() {
                Ok(n) => self.choose(n),
                Err(_) => self.find_article(rest),
            },
            "back" | "no" if rest.is_empty() => self.run(Action::Leave),
            _ => return false,
        }
        true
    }

    /// An action by its name, with what follows it; false when there is none like it.
    pub(super) fn act(&mut self, line: &str) -> bool {
        match self.find(line) {
            Found::One(action, rest) => self.do_with(action, rest),
            Found::Several(names) => {
                self.say(&t!("Several begin so: {names}.", names = names.join(", ")));
                self.spoke();
            }
            Found::None => return false,
        }
        true
    }

    /// The action a line names: its name, its title, or a beginning of its name that fits no other. What is given to
    /// the action follows.
    fn find<'t>(&self, line: &'t str) -> Found<'t> {
        let over = !self.m.overlays.is_empty();
        let here = |context: Context| (context == Context::Overlay) == over;
        let tokens: Vec<&str> = line.split_whitespace().collect();
        for n in (1..=tokens.len().min(5)).rev() {
            let words = tokens[..n].join("-").to_lowercase();
            let rest = after(line, n);
            if let Some(entry) = TABLE.iter().find(|e| e.name == words) {
                return Found::One(entry.action, rest);
            }
            let is = |title: &str| title.to_lowercase().replace(' ', "-") == words;
            // What an action would do now, such as ready or away, names it as well.
            let titled = || TABLE.iter().filter(|e| is(e.title) || is(title(self.m, e.action)));
            if let Some(entry) = titled().find(|e| here(e.context())).or_else(|| titled().next()) {
                return Found::One(entry.action, rest);
            }
        }
        let Some(first) = tokens.first().map(|t| t.to_lowercase()) else { return Found::None };
        if WORDS.iter().any(|(word, _)| *word == first) {
            return Found::None;
        }
        let like: Vec<&'static str> =
            TABLE.iter().filter(|e| here(e.context()) && e.name.starts_with(&first)).map(|e| e.name).collect();
        match like[..] {
            [] => Found::None,
            [one] => Action::from_name(one).map_or(Found::None, |action| Found::One(action, after(line, 1))),
            _ => Found::Several(like),
        }
    }

    fn unknown(&mut self, line: &str) {
        let word = line.split_whitespace().next().unwrap_or_default();
        let known = TABLE.iter().map(|e| e.name).chain(WORDS.iter().map(|(w, _)| *w));
        let known = known.filter(|k| *k != word);
        let near = nearest(&line.replace(' ', "-"), known.clone()).or_else(|| nearest(word, known));
        match near {
            Some(near) => self.say(&t!("There is no {word} here. Did you mean {near}?", word, near)),
            None => self.say(&t!("There is no {word} here. help lists what there is.", word)),
        }
        self.spoke();
    }

    fn times(&mut self, rest: &str) {
        self.s.stamps = match rest {
            "on" => true,
            "off" => false,
            _ => !self.s.stamps,
        };
        self.say(if self.s.stamps { t!("Times: on.") } else { t!("Times: off.") });
        self.spoke();
    }

    fn announce_level(&mut self, rest: &str) {
        self.s.level = match rest {
            "quiet" => Announce::Quiet,
            "normal" => Announce::Normal,
            "all" => Announce::All,
            _ => {
                self.say(t!("announce quiet, announce normal or announce all."));
                self.spoke();
                return;
            }
        };
        self.say(&t!("Announcements: {rest}.", rest));
        self.spoke();
    }
}

/// What follows the first words of a line.
fn after(line: &str, words: usize) -> &str {
    let mut rest = line.trim_start();
    for _ in 0..words {
        rest = rest.find(char::is_whitespace).map_or("", |at| rest[at..].trim_start());
    }
    rest
}
