//! Triage without a robot: a small menu in the file of channels. What someone chooses says where they go, in which
//! language, how urgently, and what is known of their wish; the agent reads it as a breadcrumb.
//!
//! ```toml
//! [menu.shop]
//! ask = { en = "What is it about?", de = "Worum geht es?" }
//! [[menu.shop.choices]]
//! key = "order"
//! text = { en = "My order", de = "Meine Bestellung" }
//! queue = "orders"
//! ask = "What happened?"
//! choices = [
//!   { key = "late", text = "It is late", priority = "high", facts = { order = "late" } },
//!   { key = "wrong", text = "Something is wrong" },
//! ]
//! ```
//!
//! Invariant: whatever a menu allows to be chosen makes at most [`MOST_STEPS`] steps of one line each.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::decide::MAX_LINE;
use crate::domain::safe;
use crate::domain::work::Priority;

/// Questions one after the other at most.
const MOST_DEPTH: usize = 4;
/// Choices of one question at most.
const MOST_CHOICES: usize = 20;
/// Facts of one choice at most.
const MOST_FACTS: usize = 5;
/// Longest text of a question or choice, characters.
const MOST_TEXT: usize = 100;
/// Steps of a breadcrumb at most; the rules allow ten, two are left for the channel.
const MOST_STEPS: usize = 8;

/// A text for everyone, or one for each language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// For everyone.
    One(String),
    /// By language, BCP 47; `en` serves those who have another.
    Many(BTreeMap<String, String>),
}

impl Text {
    /// For who reads this language.
    pub fn of(&self, language: &str) -> &str {
        match self {
            Text::One(text) => text,
            Text::Many(texts) => {
                let short = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
                let known = texts.get(language).or_else(|| texts.get(&short)).or_else(|| texts.get("en"));
                known.or_else(|| texts.values().next()).map_or("", String::as_str)
            }
        }
    }

    /// Whether it is these words in any language.
    pub fn is(&self, words: &str) -> bool {
        let same = |text: &str| text.trim().to_lowercase() == words.trim().to_lowercase();
        match self {
            Text::One(text) => same(text),
            Text::Many(texts) => texts.values().any(|text| same(text)),
        }
    }

    fn wrong(&self) -> Option<String> {
        let bad = |text: &String| text.trim().is_empty() || text.chars().count() > MOST_TEXT || !safe::is_safe(text);
        let texts: Vec<&String> = match self {
            Text::One(text) => vec![text],
            Text::Many(texts) => texts.values().collect(),
        };
        if texts.is_empty() {
            return Some("a text by language needs one language at least".into());
        }
        let text = texts.into_iter().find(|text| bad(text))?;
        Some(format!("{text:?} is no text of one line with 1 to {MOST_TEXT} characters"))
    }
}

/// A menu: a question and what can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawMenu")]
pub struct Menu {
    /// What is asked; without it the form's own words are.
    pub ask: Option<Text>,
    /// What can be answered.
    pub choices: Vec<Choice>,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in forms and on the wire.
    pub key: String,
    /// What the customer reads, and the agent as a step.
    pub text: Text,
    /// Where it leads instead.
    pub queue: Option<String>,
    /// The language it means, BCP 47.
    pub language: Option<String>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// What is known by it.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// What is asked next.
    pub ask: Option<Text>,
    /// What can be answered then.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMenu {
    ask: Option<Text>,
    choices: Vec<Choice>,
}

impl TryFrom<RawMenu> for Menu {
    type Error = String;

    fn try_from(raw: RawMenu) -> Result<Menu, String> {
        if let Some(wrong) = raw.ask.as_ref().and_then(Text::wrong) {
            return Err(wrong);
        }
        check(&raw.choices, 1)?;
        Ok(Menu { ask: raw.ask, choices: raw.choices })
    }
}

fn check(choices: &[Choice], depth: usize) -> Result<(), String> {
    if depth > MOST_DEPTH {
        return Err(format!("it asks more than {MOST_DEPTH} questions one after the other; nobody reads that far"));
    }
    if choices.is_empty() || choices.len() > MOST_CHOICES {
        return Err(format!("a question has 1 to {MOST_CHOICES} choices"));
    }
    for (n, choice) in choices.iter().enumerate() {
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if choice.key.is_empty() || choice.key.len() > 40 || !choice.key.chars().all(fine) {
            return Err(format!("{:?} is no key: 1 to 40 letters, digits or dashes", choice.key));
        }
        if choices[..n].iter().any(|other| other.key == choice.key) {
            return Err(format!("two choices have the key {:?}; give each its own", choice.key));
        }
        if let Some(wrong) = choice.text.wrong().or_else(|| choice.ask.as_ref().and_then(Text::wrong)) {
            return Err(wrong);
        }
        let long = |(name, value): (&String, &String)| {
            name.chars().count() > 40
                || value.chars().count() > MOST_TEXT
                || !safe::is_safe(name)
                || !safe::is_safe(value)
        };
        if choice.facts.len() > MOST_FACTS || choice.facts.iter().any(long) {
            return Err(format!("{:?} has more than {MOST_FACTS} facts, or one that is no short line", choice.key));
        }
        if !choice.choices.is_empty() {
            check(&choice.choices, depth + 1)?;
        }
    }
    Ok(())
}

impl Choice {
    /// Whether these words name it.
    pub fn reads(&self, words: &str) -> bool {
        self.text.is(words) || self.key.eq_ignore_ascii_case(words)
    }
}

/// Where what was chosen leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// To which queue, if the menu says.
    pub queue: Option<String>,
    /// In which language, if the menu says.
    pub language: Option<String>,
    /// How urgently.
    pub priority: Priority,
    /// The breadcrumb.
    pub steps: Vec<String>,
}

impl Menu {
    /// Follows what was chosen, key by key, to its end; the steps are in the agents' words, `language`'s.
    pub fn route(&self, chosen: &[String], language: &str) -> Option<Route> {
        let mut route = Route::default();
        let mut facts = Vec::new();
        let (mut choices, mut chosen) = (&self.choices, chosen.iter());
        while !choices.is_empty() {
            let key = chosen.next()?;
            let choice = choices.iter().find(|choice| choice.key == *key)?;
            route.queue = choice.queue.clone().or(route.queue);
            route.language = choice.language.clone().or(route.language);
            route.priority = choice.priority.unwrap_or(route.priority);
            route.steps.push(choice.text.of(language).to_owned());
            facts.extend(choice.facts.iter().map(|(name, value)| format!("{name}: {value}")));
            choices = &choice.choices;
        }
        if chosen.next().is_some() {
            return None;
        }
        route.steps.extend(facts);
        route.steps.truncate(MOST_STEPS);
        for step in &mut route.steps {
            *step = step.chars().take(MAX_LINE).collect();
        }
        Some(route)
    }

    /// Every queue it may lead to.
    pub fn queues(&self) -> Vec<&str> {
        fn gather<'a>(choices: &'a [Choice], into: &mut Vec<&'a str>) {
            for choice in choices {
                into.extend(choice.queue.as_deref());
                gather(&choice.choices, into);
            }
        }
        let mut queues = Vec::new();
        gather(&self.choices, &mut queues);
        queues
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
        ask = { en = "What is it about?", de = "Worum geht es?" }
        [[choices]]
        key = "order"
        text = { en = "My order", de = "Meine Bestellung" }
        queue = "orders"
        ask = "What happened?"
        choices = [
            { key = "late", text = "It is late", priority = "high", facts = { order = "late" } },
            { key = "wrong", text = "Something is wrong", queue = "returns", language = "de" },
        ]
        [[choices]]
        key = "other"
        text = "Something else"
    "#;

    fn chosen(keys: &[&str]) -> Option<Route> {
        let menu: Menu = toml::from_str(SHOP).expect("reads");
        menu.route(&keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>(), "en-GB")
    }

    #[test]
    fn what_is_chosen_leads_somewhere() {
        let late = chosen(&["order", "late"]).expect("there");
        assert_eq!((late.queue.as_deref(), late.priority, late.language), (Some("orders"), Priority::High, None));
        assert_eq!(late.steps, ["My order", "It is late", "order: late"]);
        let wrong = chosen(&["order", "wrong"]).expect("there");
        assert_eq!((wrong.queue.as_deref(), wrong.language.as_deref()), (Some("returns"), Some("de")));
        assert_eq!(chosen(&["other"]).expect("there").steps, ["Something else"]);
    }

    #[test]
    fn half_a_way_or_a_wrong_one_is_none() {
        for keys in [&[][..], &["order"], &["order", "late", "more"], &["other", "late"], &["late"], &["nothing"]] {
            assert_eq!(chosen(keys), None, "{keys:?}");
        }
    }

    #[test]
    fn texts_are_in_the_readers_language_or_in_english() {
        let menu: Menu = toml::from_str(SHOP).expect("reads");
        let ask = menu.ask.expect("asks");
        assert_eq!(
            [ask.of("de-AT"), ask.of("fr"), ask.of("")],
            ["Worum geht es?", "What is it about?", "What is it about?"]
        );
        assert_eq!(menu.choices[1].text.of("ar"), "Something else");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_words() {
        let deep = (0..5).fold(String::new(), |inner, _| {
            let inner = if inner.is_empty() { inner } else { format!(", choices = [{inner}]") };
            format!("{{ key = \"a\", text = \"A\"{inner} }}")
        });
        for (text, part) in [
            ("choices = []".to_owned(), "1 to 20 choices"),
            ("choices = [{ key = \"a b\", text = \"A\" }]".to_owned(), "is no key"),
            ("choices = [{ key = \"a\", text = \"A\" }, { key = \"a\", text = \"B\" }]".to_owned(), "two choices"),
            ("choices = [{ key = \"a\", text = \"A\\u001b[2J\" }]".to_owned(), "is no text"),
            ("choices = [{ key = \"a\", text = \"A\", colour = 1 }]".to_owned(), "unknown field `colour`"),
            (format!("choices = [{deep}]"), "more than 4 questions"),
        ] {
            let error = toml::from_str::<Menu>(&text).expect_err(&text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
