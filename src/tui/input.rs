//! What the terminal reports, as messages to the app. It knows keys and places, not what they do.
//!
//! Mouse positions are looked up in the [`Places`] recorded while the last picture was drawn, so what is hit is what
//! was seen. Invariant: one event gives at most one message.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::app::key::{Code, Key};
use crate::app::msg::{Mouse, Msg, Spot};
use crate::domain::time::At;

/// Two clicks on one spot within this many milliseconds are a double click.
const DOUBLE: i64 = 400;
/// Lines the wheel moves.
const WHEEL: i32 = 3;

/// What was drawn where.
#[derive(Debug, Clone, Default)]
pub struct Places {
    spots: Vec<(Rect, Spot)>,
}

impl Places {
    /// Forgets everything: a new picture begins.
    pub fn clear(&mut self) {
        self.spots.clear();
    }

    /// Remembers what stands in an area; what is drawn later lies on top.
    pub fn add(&mut self, area: Rect, spot: Spot) {
        self.spots.push((area, spot));
    }

    /// What is to be seen at a place.
    pub fn at(&self, x: u16, y: u16) -> Spot {
        let here = Position { x, y };
        self.spots.iter().rev().find(|(area, _)| area.contains(here)).map_or(Spot::Elsewhere, |(_, spot)| *spot)
    }
}

/// Turns events into messages; remembers the last click.
#[derive(Debug, Default)]
pub struct Input {
    clicked: Option<(Spot, At)>,
}

impl Input {
    /// The message of an event, if it has one.
    pub fn message(&mut self, event: Event, places: &Places, now: At) -> Option<Msg> {
        match event {
            Event::Key(event) => key(event).map(Msg::Key),
            Event::Paste(text) => Some(Msg::Paste(text.replace("\r\n", "\n").replace('\r', "\n"))),
            Event::Resize(w, h) => Some(Msg::Resize(w, h)),
            Event::FocusGained => Some(Msg::Focus(true)),
            Event::FocusLost => Some(Msg::Focus(false)),
            Event::Mouse(event) => self.mouse(event, places, now).map(Msg::Mouse),
        }
    }

    fn mouse(&mut self, event: MouseEvent, places: &Places, now: At) -> Option<Mouse> {
        let spot = places.at(event.column, event.row);
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let again = self.clicked.take().is_some_and(|(last, at)| last == spot && now.since(at) <= DOUBLE);
                if again {
                    return Some(Mouse::DoubleClick(spot));
                }
                self.clicked = Some((spot, now));
                Some(Mouse::Click(spot))
            }
            MouseEventKind::ScrollDown => Some(Mouse::Wheel(spot, WHEEL)),
            MouseEventKind::ScrollUp => Some(Mouse::Wheel(spot, -WHEEL)),
            _ => None,
        }
    }
}

/// A key press; releases and bare modifiers are none.
fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let code = match event.code {
        KeyCode::Char(c) => {
            shift = false;
            Code::Char(if ctrl { c.to_ascii_lowercase() } else { c })
        }
        KeyCode::F(n) => Code::F(n),
        KeyCode::Enter => Code::Enter,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => {
            shift = true;
            Code::Tab
        }
        KeyCode::Esc => Code::Esc,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    Some(Key { code, ctrl, alt: event.modifiers.contains(KeyModifiers::ALT), shift })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screen::Pane;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|k| k.to_string())
    }

    #[test]
    fn keys_have_the_names_people_write() {
        let none = KeyModifiers::NONE;
        assert_eq!(press(KeyCode::Char('a'), none).as_deref(), Some("a"));
        assert_eq!(press(KeyCode::Char('A'), KeyModifiers::SHIFT).as_deref(), Some("A"));
        assert_eq!(press(KeyCode::Char('K'), KeyModifiers::CONTROL | KeyModifiers::SHIFT).as_deref(), Some("ctrl-k"));
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT).as_deref(), Some("shift-tab"));
        assert_eq!(press(KeyCode::Enter, KeyModifiers::ALT).as_deref(), Some("alt-enter"));
        assert_eq!(press(KeyCode::F(2), none).as_deref(), Some("f2"));
        assert_eq!(press(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn what_lies_on_top_is_hit() {
        let mut places = Places::default();
        places.add(Rect::new(0, 0, 20, 10), Spot::Pane(Pane::Queue));
        places.add(Rect::new(1, 3, 18, 1), Spot::Row(Pane::Queue, 2));
        assert_eq!(places.at(5, 3), Spot::Row(Pane::Queue, 2));
        assert_eq!(places.at(5, 4), Spot::Pane(Pane::Queue));
        assert_eq!(places.at(50, 4), Spot::Elsewhere);
    }

    #[test]
    fn two_quick_clicks_on_one_spot_are_a_double_click() {
        let mut places = Places::default();
        places.add(Rect::new(0, 0, 20, 10), Spot::Row(Pane::Queue, 2));
        let click = Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: 1,
            row: 1,
            modifiers: KeyModifiers::NONE,
        });
        let mut input = Input::default();
        let spot = Spot::Row(Pane::Queue, 2);
        let mut at = |ms| match input.message(click.clone(), &places, At(ms)) {
            Some(Msg::Mouse(mouse)) => mouse,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(0), Mouse::Click(spot));
        assert_eq!(at(300), Mouse::DoubleClick(spot));
        assert_eq!(at(500), Mouse::Click(spot));
        assert_eq!(at(1500), Mouse::Click(spot));
    }
}
