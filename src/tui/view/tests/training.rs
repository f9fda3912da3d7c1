//! The training room is never taken for the desk: it says so in every theme, with every alphabet, at every size.

use super::fixture::Desk;
use super::morning::morning;
use super::{drawn, letters};
use crate::config::table as config;
use crate::tui::theme::Theme;

#[test]
fn every_screen_of_the_training_room_says_so() {
    let mut state = morning();
    let mut firm = state.firm().expect("a firm").clone();
    firm.rules.training = true;
    state.load(firm.into());
    for (w, h) in [(30, 8), (40, 10), (79, 24), (80, 24), (120, 40), (200, 60)] {
        let mut desk = Desk::of_morning(state.clone(), w, h);
        for (theme, name) in config::Theme::WORDS {
            for symbols in [config::Symbols::Unicode, config::Symbols::Ascii] {
                let theme = Theme::chosen(*theme, symbols, |_| None);
                for keys in ["1", "?", "esc", "m", "esc"] {
                    desk.keys(keys);
                    let shown = letters(&drawn(&mut desk, theme).0);
                    assert!(shown.contains("TRAINING ROOM"), "{name} {w}x{h} after {keys}:\n{shown}");
                }
            }
        }
    }
    assert!(!letters(&drawn(&mut Desk::busy(120, 40), super::theme()).0).contains("TRAINING"), "a desk at work");
}
