//! The desk in other languages: its main screens, and what no language may break.

use super::fixture::Desk;
use super::scenes::scene;
use super::{drawn, letters, theme};
use crate::lang::{Catalogue, LANGUAGES, speaking};

fn spoken(code: &str) -> &'static Catalogue {
    Catalogue::of(code).expect("it comes with the program")
}

#[test]
fn a_busy_desk_in_german_and_arabic() {
    for code in ["de", "ar"] {
        speaking(spoken(code), || {
            scene(&format!("busy-{code}"), Desk::busy, |desk| {
                desk.take(4821);
            });
        });
    }
}

#[test]
fn a_wrap_up_and_a_list_in_german() {
    speaking(spoken("de"), || {
        scene("wrap-up-de", Desk::busy, |desk| {
            desk.take(4821).keys("w w").text("roam");
        });
        scene("help-de", Desk::busy, |desk| {
            desk.take(4821).keys("?");
        });
    });
}

/// Long words are cut, not the screen: the clock of the top line stays, and so does the help at the end of the hints.
#[test]
fn no_language_loses_the_clock_or_the_help() {
    for language in LANGUAGES {
        speaking(spoken(language.code), || {
            for (w, h) in [(80, 24), (120, 40)] {
                let mut desk = Desk::busy(w, h);
                desk.take(4821);
                let (buffer, _) = drawn(&mut desk, theme());
                let text = letters(&buffer);
                let clock = crate::app::status::status(&desk.model, desk.now).time;
                let first = text.lines().next().unwrap_or_default();
                assert!(first.ends_with(&clock), "{} {w}x{h}: {first}", language.code);
                let last = text.lines().last().unwrap_or_default();
                assert!(last.contains('?'), "{} {w}x{h}: {last}", language.code);
            }
        });
    }
}
