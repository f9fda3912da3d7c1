//! Taking the terminal and giving it back.
//!
//! It knows modes, not pictures. Invariant: whatever was switched on is switched off by [`Screen::leave`], which runs
//! on every way out: return, error, panic (see [`guard_panics`]), signal (the loop returns), suspend and editor. It
//! is one write each way, and nothing is ever asked of the terminal.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal;

use super::manners::Manners;

/// Set while the terminal is ours, so that leaving twice (error, then drop; panic, then drop) does nothing twice.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The order of letters is ours.
static ORDERED: AtomicBool = AtomicBool::new(false);
/// Keyboard levels were pushed that are not popped yet.
static PUSHED: AtomicBool = AtomicBool::new(false);

/// Alternate screen, own title kept aside, bracketed paste, focus reports, no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[22;0t\x1b[?2004h\x1b[?1004h\x1b[?25l";
/// Presses, wheel, and motion while a button is down, with coordinates beyond column 223; not the motion without,
/// which would wake us for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Keys that look alike are told apart (the first flag of the kitty protocol); the alternate screen has levels of its
/// own, so they go before it does.
const KEYBOARD_ON: &[u8] = b"\x1b[>1u";
const KEYBOARD_OFF: &[u8] = b"\x1b[<u";
/// The terminal leaves the order of letters to us (ECMA-48, bi-directional support mode: explicit), and takes it back.
const ORDER_OURS: &[u8] = b"\x1b[8l";
const ORDER_BACK: &[u8] = b"\x1b[8h";
/// Everything back, in the opposite order; a frame that was cut short is ended first. The title is emptied before the
/// old one is taken back, for terminals that kept none.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b]8;;\x1b\\\x1b[m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b]2;\x07\x1b[23;0t\x1b[?1049l\x1b[?25h";

/// The terminal, ours until dropped.
#[derive(Debug)]
pub struct Screen {
    out: File,
    mouse: bool,
    manners: Manners,
    title: String,
}

impl Screen {
    /// Takes the terminal. An error means that standard output is none, or is gone.
    pub fn enter(mouse: bool, manners: Manners) -> io::Result<Screen> {
        let mut screen = Screen { out: terminal_output()?, mouse, manners, title: String::new() };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again after [`Screen::leave`].
    pub fn take(&mut self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut bytes = ENTER.to_vec();
        if self.mouse {
            bytes.extend_from_slice(MOUSE_ON);
        }
        if self.manners.reorder {
            ORDERED.store(true, Ordering::SeqCst);
            bytes.extend_from_slice(ORDER_OURS);
        }
        self.title.clear();
        self.write(&bytes)
    }

    /// Gives the terminal back. Errors are of no interest: a terminal that is gone needs nothing.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Columns and rows now; 80x24 when nobody knows.
    pub fn size() -> (u16, u16) {
        terminal::size().ok().filter(|(w, h)| *w > 0 && *h > 0).unwrap_or((80, 24))
    }

    /// Writes at once, all of it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Writes a frame, and the window's title if it is another one, in one piece; nothing when there is nothing.
    /// Only words of our own and numbers ever go into the title.
    pub fn frame(&mut self, title: &str, bytes: &[u8]) -> io::Result<()> {
        // The keyboard can wait until there is something to look at.
        let keyboard = self.manners.keyboard && !PUSHED.load(Ordering::SeqCst);
        if self.title == title && !keyboard {
            return if bytes.is_empty() { Ok(()) } else { self.write(bytes) };
        }
        let mut all = Vec::with_capacity(bytes.len() + 64);
        if self.title != title {
            title.clone_into(&mut self.title);
            all.extend_from_slice(format!("\x1b]2;{title}\x07").as_bytes());
        }
        all.extend_from_slice(bytes);
        if keyboard {
            PUSHED.store(true, Ordering::SeqCst);
            all.extend_from_slice(KEYBOARD_ON);
        }
        self.write(&all)
    }

    /// Behaves otherwise from now on.
    pub fn behave(&mut self, manners: Manners) -> io::Result<()> {
        let before = std::mem::replace(&mut self.manners, manners);
        if before.reorder == manners.reorder {
            return Ok(());
        }
        ORDERED.store(manners.reorder, Ordering::SeqCst);
        self.write(if manners.reorder { ORDER_OURS } else { ORDER_BACK })
    }

    /// Takes the mouse, or leaves it to the terminal; nothing is written when it is so already.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        if self.mouse == on {
            return Ok(());
        }
        self.mouse = on;
        self.write(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Tells the agent something while they look elsewhere. The words may be a customer's.
    pub fn notify(&mut self, words: &str) -> io::Result<()> {
        let bytes = self.manners.notify.bytes(words);
        if bytes.is_empty() { Ok(()) } else { self.write(&bytes) }
    }

    /// Puts text on the clipboard of the terminal's own machine, also through ssh (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.write(format!("\x1b]52;c;{}\x07", data_encoding::BASE64.encode(text.as_bytes())).as_bytes())
    }

    /// Rings the bell.
    pub fn bell(&mut self) -> io::Result<()> {
        self.write(b"\x07")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The terminal behind standard output, without the line buffer of `Stdout`, which would cut frames to pieces.
fn terminal_output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Restores everything, from any thread, once.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut bytes = Vec::with_capacity(LEAVE.len() + 8);
    if PUSHED.swap(false, Ordering::SeqCst) {
        bytes.extend_from_slice(KEYBOARD_OFF);
    }
    if ORDERED.swap(false, Ordering::SeqCst) {
        bytes.extend_from_slice(ORDER_BACK);
    }
    bytes.extend_from_slice(LEAVE);
    if let Ok(mut out) = terminal_output() {
        let _ = out.write_all(&bytes);
    }
    let _ = terminal::disable_raw_mode();
}

/// From now on a panic of this thread gives the terminal back first, then has `report` write down what happened, and
/// says its answer (where the report is). A panic of another thread is reported and leaves the screen alone.
pub fn guard_panics(report: impl Fn(&std::panic::PanicHookInfo<'_>) -> String + Send + Sync + 'static) {
    let ours = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        let mine = std::thread::current().id() == ours || !TAKEN.load(Ordering::SeqCst);
        if mine {
            give_back();
        }
        let words = report(info);
        if mine {
            // Standard error may be closed; there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{words}");
        }
    }));
}
