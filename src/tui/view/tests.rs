//! Golden pictures: the whole screen as text, then its styles as marks. Look at one before you accept it.

mod clocks;
mod day;
mod demo;
mod fixture;
mod fuzz;
mod morning;
mod reader;
mod scenes;
mod tongues;
mod tour;
mod training;
mod words;

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::app::msg::Msg;
use crate::config::table as config;
use fixture::Desk;

pub fn theme() -> Theme {
    Theme::chosen(config::Theme::Ansi, config::Symbols::Unicode, |_| None)
}

/// Draws as the loop does, measured and all.
fn drawn(desk: &mut Desk, theme: Theme) -> (Buffer, Drawn) {
    let (w, h) = desk.model.size;
    let mut memory = Memory::default();
    let mut places = Places::default();
    let mut out = (Buffer::empty(Rect::new(0, 0, w, h)), Drawn::default());
    for _ in 0..3 {
        out.0 = Buffer::empty(Rect::new(0, 0, w, h));
        places.clear();
        out.1 = draw(&desk.model, desk.now, theme, &mut out.0, &mut places, &mut memory);
        desk.measured(out.1.measured);
    }
    out
}

/// The letters of a picture, without what hangs behind wide ones.
fn letters(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The styles of a picture as runs, only where there are any.
fn styles(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut runs = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.modifier);
            let from = x;
            let mut blank = true;
            while x < buffer.area.width && (buffer[(x, y)].fg, buffer[(x, y)].modifier) == style {
                blank &= buffer[(x, y)].symbol() == " ";
                x += 1;
            }
            if style != (Color::Reset, Modifier::empty()) && !blank {
                let _ = write!(runs, " {from}+{}:{}", x - from, mark(style));
            }
        }
        if !runs.is_empty() {
            let _ = writeln!(text, "{y}:{runs}");
        }
    }
    text
}

fn mark((fg, modifier): (Color, Modifier)) -> String {
    let mut mark = match fg {
        Color::Reset => String::new(),
        Color::DarkGray => "grey".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    for (on, letter) in [
        (Modifier::BOLD, '*'),
        (Modifier::DIM, '-'),
        (Modifier::ITALIC, '/'),
        (Modifier::UNDERLINED, '_'),
        (Modifier::REVERSED, '#'),
    ] {
        if modifier.contains(on) {
            mark.push(letter);
        }
    }
    mark
}

/// Whatever is typed and however large the screen, the step that has the keys shows its best match.
#[test]
fn every_step_of_a_wrap_up_shows_what_it_would_take() {
    for (w, h) in [(80, 24), (99, 30), (120, 40), (150, 45), (200, 60)] {
        for outcome in [false, true] {
            for typed in ["", "roam", "goodwill", "zzz"] {
                let mut desk = Desk::busy(w, h);
                desk.take(4821).keys("w w");
                drawn(&mut desk, theme());
                desk.keys("end");
                drawn(&mut desk, theme());
                if outcome {
                    desk.keys("1");
                    drawn(&mut desk, theme());
                }
                for c in typed.chars() {
                    desk.text(&c.to_string());
                    drawn(&mut desk, theme());
                }
                let (buffer, _) = drawn(&mut desk, theme());
                let form = panes::wrapup::form(&desk.model).expect("open");
                let best = form.choices.get(form.list.selected);
                let wanted = best.map_or("Nothing like it.", |choice| choice.label.as_str());
                // A long label may be cut at the right.
                let start: String = wanted.chars().take(18).collect();
                assert!(
                    letters(&buffer).contains(&start),
                    "{w}x{h} {outcome} {typed:?}: {wanted}\n{}",
                    letters(&buffer)
                );
            }
        }
    }
}

#[test]
fn words_of_ill_will() {
    let mut desk = Desk::busy(120, 40);
    let (buffer, out) = drawn(desk.take(4916), theme());
    for cell in buffer.content() {
        assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
        assert!(!cell.symbol().contains(['\u{202e}', '\u{202c}']), "{:?}", cell.symbol());
    }
    assert!(!out.title.contains("Mallory") && !out.title.contains("owned"));
}

#[test]
fn no_size_makes_trouble() {
    let mut desks = [0; 5].map(|_| Desk::busy(80, 24)).into_iter().chain([Desk::empty(80, 24)]).collect::<Vec<_>>();
    desks[0].take(4821).offer();
    desks[1].take(4790).keys("r").text("some words");
    desks[2].take(4821).keys("w");
    desks[3].take(4821).keys("f enter ?");
    desks[4].take(4821).keys("C");
    for desk in &mut desks {
        for w in [1, 2, 3, 5, 39, 40, 41, 47, 60, 79, 80, 99, 100, 139, 140, 300] {
            for h in [1, 2, 5, 9, 10, 11, 12, 13, 15, 17, 20, 24, 50, 100] {
                desk.feed(Msg::Resize(w, h));
                let (_, out) = drawn(desk, theme());
                assert!(out.cursor.at.0 <= w && out.cursor.at.1 < h.max(1), "{w}x{h} {:?}", out.cursor);
            }
        }
    }
}

#[test]
fn no_message_covers_the_line_being_written_or_the_hints() {
    for (w, h) in [(40, 12), (60, 15), (80, 24), (100, 30), (120, 40), (200, 60)] {
        for keys in ["r", "n", "f", "w w", "4 /", "2"] {
            let mut desk = Desk::busy(w, h);
            desk.take(4790).keys(keys);
            desk.text("words");
            let (bare, before) = drawn(&mut desk, theme());
            for n in 0..3 {
                let words = format!("trouble {n}: something long enough to fill more than one line of the message box");
                desk.feed(Msg::Incoming(crate::app::port::Incoming::Trouble(words)));
            }
            let (buffer, out) = drawn(&mut desk, theme());
            assert_eq!(out.cursor, before.cursor, "{w}x{h} {keys}");
            let line = |b: &Buffer, y: u16| (0..w).map(|x| b[(x, y)].symbol().to_owned()).collect::<String>();
            assert_eq!(line(&buffer, h - 1), line(&bare, h - 1), "{w}x{h} {keys}");
            if out.cursor.shown {
                let y = out.cursor.at.1;
                assert_eq!(line(&buffer, y), line(&bare, y), "{w}x{h} {keys}");
            }
        }
    }
}

#[test]
fn ascii_means_seven_bits_of_ours() {
    let plain = Theme::chosen(config::Theme::Mono, config::Symbols::Ascii, |_| None);
    let mut desk = Desk::empty(120, 40);
    let (buffer, _) = drawn(&mut desk, plain);
    assert!(letters(&buffer).is_ascii(), "{}", letters(&buffer));
}

/// The picture in the README is drawn by the desk itself; `CORDBOARD_UPDATE=1` draws it anew.
#[test]
fn the_picture_in_the_readme_is_the_desk_of_today() {
    let mut desk = Desk::busy(140, 36);
    desk.keys("j enter");
    let (buffer, _) = drawn(&mut desk, theme());
    let picture = crate::tui::picture::svg(&buffer);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/desk.svg");
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        std::fs::write(path, picture).expect("writes");
        return;
    }
    let kept = std::fs::read_to_string(path).expect("the picture");
    assert!(kept == picture, "draw it anew with CORDBOARD_UPDATE=1, and look at it");
}

/// What stands at the right of the hints is true wherever one is: the keys do it, also where letters type.
#[test]
fn the_keys_at_the_right_of_the_hints_work() {
    use crate::app::overlays::chooser::Purpose;
    for keys in ["1", "r", "n", "f", "w w", "4 /", "t", "q", "m", "C"] {
        for (word, purpose) in [("help", Purpose::Help), ("palette", Purpose::Palette)] {
            let mut desk = Desk::busy(120, 40);
            desk.take(4790).keys(keys);
            let over = !desk.model.overlays.is_empty();
            let (buffer, _) = drawn(&mut desk, theme());
            let last = letters(&buffer).lines().last().unwrap_or_default().to_owned();
            let hints = last.split("  ").map(str::trim).filter_map(|hint| hint.rsplit_once(' '));
            let Some((key, _)) = hints.into_iter().find(|(_, said)| *said == word) else {
                assert!(over && word == "palette", "{keys}: {last}");
                continue;
            };
            desk.keys(&key.to_lowercase());
            let top = desk.model.top();
            assert!(matches!(top, Some(Overlay::Chooser(c)) if c.purpose == purpose), "{keys}: {last}");
        }
    }
}
