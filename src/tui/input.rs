//! What the terminal sends, as messages to the app. It knows keys and places, not what they do.
//!
//! [`Keyboard`] reads, [`Input`] turns reports into messages. Mouse positions are looked up in the [`Places`] recorded
//! while the last picture was drawn, so what is hit is what was seen. Invariant: one report gives one message at most.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use ratatui::layout::{Position, Rect};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Sleep;

use super::decode::{Decoder, Report};
use crate::app::jump;
use crate::app::msg::{Mouse, Msg, Spot};
use crate::domain::time::At;

/// Two clicks on one spot within this many milliseconds are a double click.
const DOUBLE: i64 = 400;
/// Lines one turn of the wheel moves.
const WHEEL: i32 = 3;

/// The terminal's other half: what it sends.
#[derive(Debug)]
pub struct Keyboard {
    terminal: AsyncFd<File>,
    decoder: Decoder,
    /// When what is half there is taken as whole; whatever else happens meanwhile does not put it off.
    half: Option<Pin<Box<Sleep>>>,
}

impl Keyboard {
    /// Opens the terminal behind standard input for itself, so that reading without waiting disturbs nobody who
    /// shares it. Needs a tokio runtime.
    #[allow(
        deprecated,
        reason = "its successor is unsafe; the file lives as long as the keyboard, which is what it asks"
    )]
    pub fn open() -> io::Result<Keyboard> {
        let name = rustix::termios::ttyname(io::stdin(), Vec::new());
        let path = name
            .map_or_else(|_| PathBuf::from("/dev/tty"), |n| PathBuf::from(std::ffi::OsStr::from_bytes(n.as_bytes())));
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
        let terminal = AsyncFd::with_interest(file, Interest::READABLE)?;
        Ok(Keyboard { terminal, decoder: Decoder::default(), half: None })
    }

    /// Waits until something was reported, and adds it and all else that is there. An error means that the terminal
    /// is gone.
    pub async fn next(&mut self, reports: &mut Vec<Report>) -> io::Result<()> {
        while reports.is_empty() {
            let half = async {
                match &mut self.half {
                    Some(sleep) => sleep.as_mut().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                ready = self.terminal.readable() => ready?.retain_ready(),
                () = half => {
                    self.half = None;
                    self.decoder.give_up(reports);
                    continue;
                }
            }
            self.take(reports)?;
        }
        Ok(())
    }

    /// Adds what was reported and is there already; never waits.
    pub fn take(&mut self, reports: &mut Vec<Report>) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let mut came = false;
        loop {
            let read = self.terminal.try_io(Interest::READABLE, |mut file| file.read(&mut buffer));
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    came = true;
                    self.decoder.feed(&buffer[..n], reports);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        if came {
            let wait = self.decoder.patience().map(Duration::from_millis);
            self.half = wait.map(|wait| Box::pin(tokio::time::sleep(wait)));
        }
        Ok(())
    }
}

/// What was drawn where.
#[derive(Debug, Clone, Default)]
pub struct Places {
    spots: Vec<(Rect, Spot)>,
    frames: Vec<(Rect, Rect)>,
}

impl Places {
    /// Forgets everything: a new picture begins.
    pub fn clear(&mut self) {
        self.spots.clear();
        self.frames.clear();
    }

    /// Remembers a frame and what is inside; what is drawn later lies on top.
    pub fn add_frame(&mut self, outer: Rect, inside: Rect) {
        self.frames.push((outer, inside));
    }

    /// Frames with what is inside them, the topmost last.
    pub fn frames(&self) -> &[(Rect, Rect)] {
        &self.frames
    }

    /// Whether a cell is seen within the frame that has this inside, not under another one.
    pub fn shows(&self, inside: Rect, x: u16, y: u16) -> bool {
        let here = Position { x, y };
        self.frames.iter().rev().find(|(outer, _)| outer.contains(here)).is_some_and(|(_, top)| *top == inside)
    }

    /// Remembers what stands in an area; what is drawn later lies on top.
    pub fn add(&mut self, area: Rect, spot: Spot) {
        self.spots.push((area, spot));
    }

    /// Where something stands, if it is to be seen.
    pub fn area(&self, spot: Spot) -> Option<Rect> {
        self.spots.iter().rev().find(|(_, there)| *there == spot).map(|(area, _)| *area)
    }

    /// Everything that can be jumped to, each once, with its label: panes first. Under an overlay only its own lines.
    pub fn labels(&self, overlay: bool) -> Vec<(Rect, Spot, String)> {
        let mut targets: Vec<(Rect, Spot)> = Vec::new();
        for (area, spot) in self.spots.iter().filter(|(area, _)| !area.is_empty()) {
            let fits = match spot {
                Spot::Overlay(_) => overlay,
                Spot::Pane(_) | Spot::Row(..) => !overlay,
                Spot::Offer | Spot::Elsewhere => false,
            };
            if fits && !targets.iter().any(|(_, known)| known == spot) {
                targets.push((*area, *spot));
            }
        }
        targets.sort_by_key(|(_, spot)| !matches!(spot, Spot::Pane(_)));
        let labels = jump::labels(targets.len());
        targets.into_iter().zip(labels).map(|((area, spot), label)| (area, spot, label)).collect()
    }

    /// What is to be seen at a place.
    pub fn at(&self, x: u16, y: u16) -> Spot {
        let here = Position { x, y };
        self.spots.iter().rev().find(|(area, _)| area.contains(here)).map_or(Spot::Elsewhere, |(_, spot)| *spot)
    }
}

/// Turns reports into messages; remembers the last click.
#[derive(Debug, Default)]
pub struct Input {
    clicked: Option<(Spot, At)>,
}

impl Input {
    /// The message of a report, if it means something to the app.
    pub fn message(&mut self, report: Report, places: &Places, now: At) -> Option<Msg> {
        Some(match report {
            Report::Key(key) => Msg::Key(key),
            Report::Paste(text) => Msg::Paste(text.replace("\r\n", "\n").replace('\r', "\n")),
            Report::Focus(has) => Msg::Focus(has),
            Report::Press(x, y) => Msg::Mouse(self.click(places.at(x, y), now)),
            Report::Wheel(x, y, turns) => Msg::Mouse(Mouse::Wheel(places.at(x, y), turns * WHEEL)),
            Report::Drag(..) | Report::Release(..) => return None,
        })
    }

    fn click(&mut self, spot: Spot, now: At) -> Mouse {
        if self.clicked.take().is_some_and(|(last, at)| last == spot && now.since(at) <= DOUBLE) {
            return Mouse::DoubleClick(spot);
        }
        self.clicked = Some((spot, now));
        Mouse::Click(spot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screen::Pane;

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
    fn what_can_be_jumped_to_has_one_label_each() {
        let mut places = Places::default();
        places.add(Rect::new(1, 3, 18, 1), Spot::Row(Pane::Queue, 2));
        places.add(Rect::new(0, 0, 20, 10), Spot::Pane(Pane::Queue));
        places.add(Rect::new(40, 0, 9, 1), Spot::Pane(Pane::Queue));
        places.add(Rect::new(2, 4, 9, 1), Spot::Overlay(0));
        let of = |overlay| places.labels(overlay).into_iter().map(|(_, s, l)| (s, l)).collect::<Vec<_>>();
        let (pane, row) = (Spot::Pane(Pane::Queue), Spot::Row(Pane::Queue, 2));
        assert_eq!(of(false), [(pane, "a".to_owned()), (row, "s".to_owned())]);
        assert_eq!(of(true), [(Spot::Overlay(0), "a".to_owned())]);
    }

    #[test]
    fn two_quick_clicks_on_one_spot_are_a_double_click() {
        let mut places = Places::default();
        let spot = Spot::Row(Pane::Queue, 2);
        places.add(Rect::new(0, 0, 20, 10), spot);
        let mut input = Input::default();
        let mut at = |ms| match input.message(Report::Press(1, 1), &places, At(ms)) {
            Some(Msg::Mouse(mouse)) => mouse,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(0), Mouse::Click(spot));
        assert_eq!(at(300), Mouse::DoubleClick(spot));
        assert_eq!(at(500), Mouse::Click(spot));
        assert_eq!(at(1500), Mouse::Click(spot));
    }

    #[test]
    fn pasted_line_ends_are_ours() {
        let message = Input::default().message(Report::Paste("a\r\nb\rc".into()), &Places::default(), At(0));
        assert!(matches!(message, Some(Msg::Paste(text)) if text == "a\nb\nc"));
    }
}
