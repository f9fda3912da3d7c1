//! What a customer may read of an article, what not, and that no word of the second gets out.

use proptest::prelude::*;

use super::{blocks, customer_text, sections, unmarked};

#[test]
fn markdown_reads_as_plain_text() {
    let text = "# Roaming\n\nYou pay **2 €** a day.\nSee [the list](https://example.org/list), [above](#top) or <a@example.org>.\n\n1. Open *Settings*\n2. Turn on `Roaming`\n   - only once\n\n```\nreset --all\n  now\n```\nDone.";
    assert_eq!(
        customer_text(text),
        "Roaming\n\nYou pay 2 € a day. See the list (https://example.org/list), above or a@example.org.\n\n1. Open Settings\n2. Turn on Roaming\n  - only once\n\nreset --all\n  now\n\nDone.\n"
    );
}

#[test]
fn tables_read_line_by_line() {
    let text = "Prices:\n\n| | In contract | After |\n|---|---|---:|\n| up | any *time* | [now](https://example.org) |\n| down | | any |\n\nEnd.";
    let said = "Prices:\n\nup · In contract: any time · After: now (https://example.org)\ndown · After: any\n\nEnd.\n";
    assert_eq!(customer_text(text), said);
    assert_eq!(customer_text("| One | Two |\n|---|---|\n"), "One · Two\n");
}

#[test]
fn what_is_for_the_team_stays_here() {
    let text = "Open.\n\n## Steps {internal}\n\nsecret\n\n### Deeper\n\nsecret\n\n## Prices\n\n£5\n\n# Team {internal}\n\n## Under it\n\nsecret";
    assert_eq!(customer_text(text), "Open.\n\nPrices\n\n£5\n");
    // Every way to write the mark, and the mistakes people make with it.
    for marked in [
        "## Steps {internal}\nsecret",
        "## Steps {Internal} ##\nsecret",
        "## Steps { internal }  \nsecret",
        "## Steps {.internal}\nsecret",
        "Steps {internal}\n-----\nsecret",
        "**Steps {internal}**\n\nsecret",
        "secret {internal}\nsecret\n\nsecret",
        "secret\nsecret {internal}\n\nsecret",
        "##Steps {internal}\n\nsecret",
        "    ## Steps {internal}\n\nsecret",
        "```\nsecret\n## Steps {internal}\nsecret",
        "> ## secret {internal}\n> secret\n\nsecret",
        "- secret\n- ## Steps {internal}\n\n  secret\n\nsecret",
        "<div>\n## Steps {internal}\n</div>\n\nsecret",
        "| secret | x {internal} |\n|---|---|\n| secret | y |\n\nsecret",
        "## [Steps](https://secret.example) {internal}\nsecret",
    ] {
        let text = format!("Open.\n\n{marked}\n\n> # Not a way out\n\nsecret\n");
        assert_eq!(customer_text(&text), "Open.\n", "{text}");
    }
    // Speaking of the mark marks nothing.
    assert_eq!(customer_text("Write `{internal}` after a heading."), "Write {internal} after a heading.\n");
    assert_eq!((unmarked("Steps {internal}"), unmarked("Steps {x}")), ("Steps", "Steps {x}"));
}

#[test]
fn sections_stand_alone() {
    let text = "Intro.\n\n## A\n\na\n\n### A1\n\na1\n\n## S {internal}\n\nsecret\n\n## B\n\nb";
    let found: Vec<(String, String)> = sections(text).into_iter().map(|s| (s.heading, s.text)).collect();
    let wanted = [("", "Intro.\n"), ("A", "A\n\na\n\nA1\n\na1\n"), ("A1", "A1\n\na1\n"), ("B", "B\n\nb\n")];
    assert_eq!(found, wanted.map(|(h, t)| (h.to_owned(), t.to_owned())));
    assert!(sections("# All {internal}\n\nsecret").is_empty());
}

/// One block of an article; `@` stands for a word that tells whose it is.
fn block() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("@ and *@* with [@](https://@.example/@)".to_owned()),
        Just("- @\n- @\n  1. @\n\n  @".to_owned()),
        Just("| @ | @ |\n|---|---|\n| @ | `@` |".to_owned()),
        Just("> @\n> ## @\n> @".to_owned()),
        Just("```\n@\n# @\n```".to_owned()),
        Just("    @ indented".to_owned()),
        Just("<p>@</p>".to_owned()),
        Just("![@](@.png) \\@ &amp; @".to_owned()),
        Just("***\n\n@  \n@".to_owned()),
    ]
}

proptest! {
    /// No word of a part for the team ever gets into what is inserted, and every other word does.
    #[test]
    fn no_word_of_the_team_is_inserted(
        parts in prop::collection::vec((1_usize..=6, any::<bool>(), prop::collection::vec(block(), 0..4)), 0..12)
    ) {
        let (mut text, mut open, mut shown) = (String::new(), None, false);
        for (level, marked, inside) in parts {
            if open.is_some_and(|o| level <= o) {
                open = None;
            }
            if marked && open.is_none() {
                open = Some(level);
            }
            let word = if open.is_some() { "secret" } else { "public" };
            shown |= open.is_none();
            let mark = if marked { " {internal}" } else { "" };
            text.push_str(&format!("{} {word}{mark}\n\n", "#".repeat(level)));
            for block in inside {
                text.push_str(&block.replace('@', word));
                text.push_str("\n\n");
            }
        }
        let said = customer_text(&text);
        prop_assert!(!said.contains("secret"), "{text}\n---\n{said}");
        prop_assert_eq!(said.contains("public"), shown);
        prop_assert!(said.is_empty() || said.ends_with('\n') && !said.ends_with("\n\n"));
        for section in sections(&text) {
            prop_assert!(!section.text.contains("secret") && !section.heading.contains("secret"));
        }
    }

    /// Anything at all can be read; what is not the team's is all there is to insert.
    #[test]
    fn any_text_is_read(text in "\\PC{0,40}(\n{1,2}[#>|` {}a-z-]{0,20}(\\{internal\\})?){0,12}") {
        let all = blocks(&text);
        if all.iter().all(|b| b.team) {
            prop_assert!(customer_text(&text).is_empty());
        }
        let joined: String = sections(&text).into_iter().map(|s| s.text).collect();
        prop_assert_eq!(customer_text(&text).is_empty(), joined.is_empty());
    }
}
