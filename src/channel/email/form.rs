//! A menu as a form in mail: the questions as numbered lines, and what somebody wrote beside or below them.
//!
//! Two kinds of mail carry answers: one that answers our form, where a line of its own is enough (`2.1`, `My bill`),
//! and one that a form on the firm's site made, where a line names its field (`Topic: My bill`). Nothing else is taken
//! for an answer, however much it looks like one.

use crate::channel::menu::{Choice, Menu};

/// Lines looked at.
const LINES: usize = 12;
/// Longest line that is an answer, characters.
const LONGEST: usize = 120;

/// The questions, to be sent: numbered, deeper ones below theirs.
pub(super) fn questions(menu: &Menu, language: &str) -> String {
    let mut text = String::new();
    if let Some(ask) = &menu.ask {
        text.push_str(&format!("{}\n\n", ask.of(language)));
    }
    lines(&menu.choices, "", language, &mut text);
    text
}

fn lines(choices: &[Choice], before: &str, language: &str, into: &mut String) {
    for (n, choice) in choices.iter().enumerate() {
        let number = format!("{before}{}", n + 1);
        let indent = "   ".repeat(number.matches('.').count());
        into.push_str(&format!("{indent}{number}  {}\n", choice.text.of(language)));
        lines(&choice.choices, &format!("{number}."), language, into);
    }
}

/// What was chosen, key by key to its end. `ours` says that the mail answers our form.
pub(super) fn chosen(menu: &Menu, text: &str, ours: bool) -> Option<Vec<String>> {
    let (mut keys, mut choices): (Vec<String>, &[Choice]) = (Vec::new(), &menu.choices);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES) {
        if line.chars().count() > LONGEST {
            continue;
        }
        let answer = match line.rsplit_once([':', '：']) {
            Some((_, answer)) => answer,
            None if ours => line,
            None => continue,
        };
        let answer = answer.trim().trim_matches(['[', ']', '(', ')', '"', '*', ' ']);
        let Some((found, rest)) = steps(choices, answer, ours) else { continue };
        keys.extend(found);
        if rest.is_empty() {
            return Some(keys);
        }
        choices = rest;
    }
    None
}

/// The choices that an answer names, one below the other, and what is still to be chosen.
fn steps<'m>(mut choices: &'m [Choice], answer: &str, numbers: bool) -> Option<(Vec<String>, &'m [Choice])> {
    let numbered = numbers && answer.starts_with(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = if numbered {
        answer.trim_end_matches(['.', ')']).split(['.', ' ', '-', '/']).collect()
    } else {
        answer.split(['>', '›', '»']).collect()
    };
    let mut keys = Vec::new();
    for part in parts.iter().map(|part| part.trim()) {
        let choice = match part.parse::<usize>() {
            Ok(n) if numbered => choices.get(n.checked_sub(1)?)?,
            _ => choices.iter().find(|choice| choice.reads(part))?,
        };
        keys.push(choice.key.clone());
        choices = &choice.choices;
    }
    Some((keys, choices))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn menu() -> Menu {
        toml::from_str(
            r#"
            ask = { en = "What is it about?", de = "Worum geht es?" }
            [[choices]]
            key = "bill"
            text = { en = "My bill", de = "Meine Rechnung" }
            ask = "Which part?"
            choices = [{ key = "roaming", text = "Roaming" }, { key = "other", text = "Something else" }]
            [[choices]]
            key = "fault"
            text = "No network"
            "#,
        )
        .expect("reads")
    }

    #[test]
    fn the_questions_read_well() {
        let text = "What is it about?\n\n1  My bill\n   1.1  Roaming\n   1.2  Something else\n2  No network\n";
        assert_eq!(questions(&menu(), "en"), text);
        assert!(questions(&menu(), "de-CH").starts_with("Worum geht es?\n\n1  Meine Rechnung\n"));
    }

    #[test]
    fn an_answer_to_our_form_is_a_number_or_the_words() {
        for (text, wanted) in [
            ("1.1", "bill roaming"),
            ("1.1.", "bill roaming"),
            ("2)\n\nThanks, Dana", "fault"),
            ("Hello,\n\nno network\n\nDana", "fault"),
            ("1\n2", "bill other"),
            ("My bill\nroaming", "bill roaming"),
            ("Meine Rechnung › Roaming", "bill roaming"),
            ("Your choice: [1 2]", "bill other"),
        ] {
            assert_eq!(chosen(&menu(), text, true).map(|keys| keys.join(" ")).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "1", "3", "0", "1.9", "My bill", "the bill", "1.1.1", "99999999999999999999"] {
            assert_eq!(chosen(&menu(), text, true), None, "{text}");
        }
    }

    #[test]
    fn a_form_of_the_site_names_its_fields_and_other_mail_is_no_form() {
        let form = "Name: Dana Holt\nTopic: No network\nMessage: It is down since Monday.";
        assert_eq!(chosen(&menu(), form, false), Some(vec!["fault".to_owned()]));
        assert_eq!(chosen(&menu(), "Subject: my bill > roaming", false).map(|k| k.len()), Some(2));
        for text in ["No network", "1.1", "2", "I have no network: help", "Order: 2", "Topic: none of these"] {
            assert_eq!(chosen(&menu(), text, false), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_stumble(text in "(\\PC|\n|:|[0-9.]){0,200}", ours in any::<bool>()) {
            if let Some(keys) = chosen(&menu(), &text, ours) {
                prop_assert!(menu().route(&keys, "en").is_some(), "{keys:?}");
            }
        }
    }
}
