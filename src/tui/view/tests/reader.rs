//! What a screen reader or a magnifier follows: the cursor stands on the focus, and nothing ticks.

use super::fixture::Desk;
use super::{drawn, letters, theme};
use crate::app::next_wake;
use crate::domain::time::SECOND;

/// The picture, and the line from the cursor on.
fn at_cursor(desk: &mut Desk) -> (String, String) {
    let (buffer, out) = drawn(desk, theme());
    assert!(out.cursor.shown, "the cursor is to be seen");
    let (x, y) = out.cursor.at;
    let line = (x..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (letters(&buffer), line)
}

#[test]
fn the_cursor_stands_on_the_focus() {
    let mut desk = Desk::busy(120, 40);
    assert!(!drawn(&mut desk, theme()).1.cursor.shown, "without a reader a list has no cursor");
    desk.model.settings.reader = true;
    for key in ["1", "2", "4", "5", "g o", "esc", "m", "esc", "C", "esc", "r", "esc"] {
        desk.keys(key);
        at_cursor(&mut desk);
    }
    desk.keys("1 home");
    assert!(at_cursor(&mut desk).1.contains('▸'), "on the selected row");
    desk.keys("?");
    let first = at_cursor(&mut desk).1;
    assert!(first.contains('▸'), "in a list with nothing typed it is on the row: {first}");
    desk.text("wr");
    assert!(!at_cursor(&mut desk).1.contains('▸'), "while one types it is with the letters");
    desk.keys("down");
    assert!(at_cursor(&mut desk).1.contains('▸'), "and then on the row again");
}

#[test]
fn clocks_count_minutes_and_wake_nobody_in_between() {
    let mut desk = Desk::busy(120, 40);
    let wake = |desk: &Desk| next_wake(&desk.model, desk.now).expect("something runs").since(desk.now);
    assert!(wake(&desk) <= SECOND, "a call runs by seconds: {}", wake(&desk));
    desk.model.settings.reader = true;
    assert!(wake(&desk) > SECOND, "with a reader it does not: {}", wake(&desk));
    let (screen, _) = at_cursor(&mut desk);
    let seconds = |word: &str| {
        let parts: Vec<&str> = word.split(':').collect();
        parts.len() == 2 && parts[0].len() < 2 && parts.iter().all(|p| p.parse::<u8>().is_ok())
    };
    let running: Vec<&str> = screen.split(|c: char| c.is_whitespace() || c == '│').filter(|w| seconds(w)).collect();
    assert!(running.is_empty(), "{running:?} in\n{screen}");
}
