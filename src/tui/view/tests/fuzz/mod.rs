//! Whatever is pressed, pasted, clicked and resized, and whatever the world does meanwhile: nothing panics, and what
//! must always hold, holds. Every frame goes through the real painter into memory.
//!
//! One seed is one run, the same each time. `CORDBOARD_FUZZ_SECONDS=600` goes on from seed to seed for ten minutes,
//! `CORDBOARD_FUZZ_SEED=7` plays one seed again.

mod checks;
mod dice;
mod world;

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::{Memory, draw};
use super::fixture::Desk;
use super::theme;
use crate::app::action::TABLE;
use crate::app::key::{Code, Key};
use crate::app::msg::Msg;
use crate::app::next_wake;
use crate::app::overlays::welcome::Welcome;
use crate::domain::time::SECOND;
use crate::tui::decode::{Decoder, Report};
use crate::tui::input::{Input, Places};
use crate::tui::links::Links;
use crate::tui::paint::Painter;
use crate::tui::select::Selecting;
use dice::Dice;
use world::Server;

/// What one seed does.
const STEPS: usize = 400;
/// Seeds of the short run.
const SEEDS: u64 = 5;

/// A desk, its firm, and a screen.
struct Run {
    dice: Dice,
    desk: Desk,
    server: Server,
    memory: Memory,
    places: Places,
    painter: Painter,
    next: Buffer,
    input: Input,
    selecting: Selecting,
    decoder: Decoder,
    /// What was done last, for whoever reads a failure.
    did: VecDeque<String>,
    seed: u64,
    frames: u64,
    bytes: u64,
    /// Panes, overlays and sizes that were on screen.
    seen: BTreeSet<String>,
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("play it again with CORDBOARD_FUZZ_SEED={}; the last steps, oldest first:", self.seed);
            self.did.iter().for_each(|what| eprintln!("  {what}"));
            eprintln!("the focus: {:?}; over it: {:?}", self.desk.model.focus, self.desk.model.top());
        }
    }
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut dice = Dice::new(seed);
        let (w, h) = dice.size();
        let mut desk = match dice.below(12) {
            0 => Desk::empty(w, h),
            1 => Desk::promised(w, h),
            _ => Desk::busy(w, h),
        };
        if dice.chance(4) {
            desk.model.welcome = Some(Welcome::default());
        }
        let mut run = Run {
            dice,
            desk,
            server: Server::default(),
            memory: Memory::default(),
            places: Places::default(),
            painter: Painter::new(w, h),
            next: Buffer::empty(Rect::new(0, 0, w, h)),
            input: Input::default(),
            selecting: Selecting::default(),
            decoder: Decoder::default(),
            did: VecDeque::new(),
            seed,
            frames: 0,
            bytes: 0,
            seen: BTreeSet::new(),
        };
        run.server.begin(&mut run.desk);
        run.frame();
        run
    }

    fn play(&mut self) {
        for _ in 0..STEPS {
            self.step();
            // As in the loop, several things may share a frame.
            if self.dice.chance(80) {
                self.frame();
            }
        }
    }

    fn step(&mut self) {
        let before = self.desk.now;
        self.desk.now = self.desk.now.plus(match self.dice.below(20) {
            0 => 60 * SECOND,
            1 => 400 * SECOND,
            2..6 => self.dice.below(3_000) as i64,
            _ => self.dice.below(120) as i64,
        });
        if next_wake(&self.desk.model, before).is_some_and(|at| at <= self.desk.now) {
            self.tell(Msg::Tick);
        }
        match self.dice.below(100) {
            0..52 => {
                let key = self.key();
                self.tell(Msg::Key(key));
            }
            52..58 => {
                let text = self.dice.words();
                self.tell(Msg::Paste(text));
            }
            58..60 => {
                let text = self.dice.words();
                self.tell(Msg::Edited(text));
            }
            60..66 => {
                let (w, h) = self.dice.size();
                self.tell(Msg::Resize(w, h));
            }
            66..78 => {
                let report = self.mouse();
                self.report(report);
            }
            78..80 => {
                let has = self.dice.chance(50);
                self.report(Report::Focus(has));
            }
            80..83 => self.bytes_of_a_terminal(),
            _ => {
                let Run { dice, desk, server, .. } = self;
                let what = server.something_happens(desk, dice);
                self.note(what);
            }
        }
        self.server.settle(&mut self.desk, &mut self.dice);
        checks::model(&self.desk.model);
    }

    fn note(&mut self, what: String) {
        self.did.push_back(what);
        if self.did.len() > 40 {
            self.did.pop_front();
        }
    }

    fn tell(&mut self, message: Msg) {
        self.note(format!("{message:?}"));
        self.desk.feed(message);
        self.server.settle(&mut self.desk, &mut self.dice);
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Press(x, y) => drop(self.selecting.press(x, y, &self.places)),
            Report::Drag(x, y) => drop(self.selecting.drag(x, y)),
            Report::Release(..) => {
                if let Some(words) = self.selecting.release(self.painter.shown(), &self.places) {
                    checks::copied(&words);
                    self.tell(Msg::Selected(words));
                }
            }
            _ => {}
        }
        if let Some(message) = self.input.message(report, &self.places, self.desk.now) {
            self.tell(message);
        }
    }

    /// Keys that mean something more often than keys that do not, and letters most of all.
    fn key(&mut self) -> Key {
        let dice = &mut self.dice;
        match dice.below(10) {
            0..4 => {
                let entry = &TABLE[dice.below(TABLE.len())];
                let sequences: Vec<_> = entry.defaults().map(|(_, keys)| keys).collect();
                if sequences.is_empty() {
                    return Key::plain(Code::Esc);
                }
                let keys = &sequences[dice.below(sequences.len())];
                // The first of a sequence, or the one that follows.
                keys[dice.below(keys.len())]
            }
            4..7 => {
                let words = dice.words();
                let printable: Vec<char> = words.chars().filter(|c| !c.is_control()).collect();
                Key::char(if printable.is_empty() { ' ' } else { printable[dice.below(printable.len())] })
            }
            _ => {
                let codes = [
                    Code::Enter,
                    Code::Enter,
                    Code::Tab,
                    Code::Esc,
                    Code::Backspace,
                    Code::Delete,
                    Code::Insert,
                    Code::Up,
                    Code::Down,
                    Code::Down,
                    Code::Left,
                    Code::Left,
                    Code::Right,
                    Code::Home,
                    Code::End,
                    Code::PageUp,
                    Code::PageDown,
                    Code::F(7),
                    Code::Char('w'),
                    Code::Char('k'),
                    Code::Char('y'),
                    Code::Char('z'),
                ];
                let code = codes[dice.below(codes.len())];
                let letter = matches!(code, Code::Char(_));
                Key { code, ctrl: letter || dice.chance(15), alt: dice.chance(10), shift: !letter && dice.chance(10) }
            }
        }
    }

    fn mouse(&mut self) -> Report {
        // A terminal that was made smaller may still report the old places.
        let (w, h) = self.desk.model.size;
        let (x, y) = (self.dice.below(usize::from(w) + 3) as u16, self.dice.below(usize::from(h) + 3) as u16);
        match self.dice.below(6) {
            0 => Report::Drag(x, y),
            1 => Report::Release(x, y),
            2 => Report::Wheel(x, y, if self.dice.chance(50) { 1 } else { -1 }),
            _ => Report::Press(x, y),
        }
    }

    /// Bytes, whole or broken, as a terminal may send them.
    fn bytes_of_a_terminal(&mut self) {
        let mut bytes = match self.dice.below(4) {
            0 => format!("\x1b[200~{}\x1b[201~", self.dice.words()).into_bytes(),
            1 => format!("\x1b[<0;{};{}M", self.dice.below(400), self.dice.below(400)).into_bytes(),
            2 => format!("\x1b[{};{}u", self.dice.below(60_000), self.dice.below(300)).into_bytes(),
            _ => self.dice.words().into_bytes(),
        };
        if self.dice.chance(30) && !bytes.is_empty() {
            let at = self.dice.below(bytes.len());
            bytes[at] = self.dice.below(256) as u8;
        }
        let mut reports = Vec::new();
        self.decoder.feed(&bytes, &mut reports);
        if self.decoder.patience().is_some() {
            self.decoder.give_up(&mut reports);
        }
        // A paste that was begun has its end now.
        self.decoder.feed(b"\x1b[201~", &mut reports);
        for report in reports {
            self.report(report);
        }
    }

    /// Draws as the loop does, and looks at what came out.
    fn frame(&mut self) {
        let (w, h) = self.desk.model.size;
        let mut drawn = super::super::Drawn::default();
        for _ in 0..2 {
            self.next.resize(Rect::new(0, 0, w, h));
            self.next.reset();
            self.places.clear();
            let (model, now) = (&self.desk.model, self.desk.now);
            drawn = draw(model, now, theme(), &mut self.next, &mut self.places, &mut self.memory);
            self.desk.measured(drawn.measured);
        }
        checks::picture(&self.next, &drawn);
        self.selecting.paint(&mut self.next, &self.places);
        if self.seed.is_multiple_of(2) {
            self.painter.link(Links::found(&self.desk.model, &self.places, &self.next));
        }
        let bytes = self.painter.frame(&mut self.next, drawn.cursor);
        checks::bytes(bytes, w, h);
        self.bytes += bytes.len() as u64;
        self.frames += 1;
        self.seen.insert(format!("{:?}", self.desk.model.focus));
        let name = |overlay| format!("{overlay:?}").split(['(', '{', ' ']).next().unwrap_or_default().to_owned();
        self.seen.extend(self.desk.model.overlays.iter().map(name));
    }
}

#[test]
fn nothing_typed_clicked_or_happening_breaks_the_desk() {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    if let Some(seed) = number("CORDBOARD_FUZZ_SEED") {
        Run::new(seed).play();
        return;
    }
    let seconds = number("CORDBOARD_FUZZ_SECONDS");
    let end = seconds.map(|s| Instant::now() + Duration::from_secs(s));
    let (mut frames, mut bytes, mut seed, mut seen) = (0, 0, 0, BTreeSet::new());
    while end.map_or(seed < SEEDS, |end| Instant::now() < end) {
        seed += 1;
        let mut run = Run::new(seed);
        run.play();
        frames += run.frames;
        bytes += run.bytes;
        seen.append(&mut run.seen);
    }
    eprintln!("seeds 1 to {seed}, {} steps, {frames} frames, {bytes} bytes; {seen:?}", seed * STEPS as u64);
    for place in ["Queue", "Conversation", "Composer", "Customer", "Knowledge", "WrapUp", "Chooser", "Confirm"] {
        assert!(seen.contains(place), "it never came to {place}: {seen:?}");
    }
}
