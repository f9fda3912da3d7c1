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

/// Set while the terminal is ours, so that leaving twice (error, then drop; panic, then drop) does nothing twice.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Alternate screen, own title kept aside, bracketed paste, focus reports, no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[22;0t\x1b[?2004h\x1b[?1004h\x1b[?25l";
/// Presses and wheel, with coordinates beyond column 223; not the motion, which would wake us for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// The mouse is the terminal's again.
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Everything back, in the opposite order; a frame that was cut short is ended first.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[m\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[23;0t\x1b[?1049l\x1b[?25h";

/// The terminal, ours until dropped.
#[derive(Debug)]
pub struct Screen {
    out: File,
    mouse: bool,
    title: String,
}

impl Screen {
    /// Takes the terminal. An error means that standard output is none, or is gone.
    pub fn enter(mouse: bool) -> io::Result<Screen> {
        let mut screen = Screen { out: terminal_output()?, mouse, title: String::new() };
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
        if self.title == title {
            return if bytes.is_empty() { Ok(()) } else { self.write(bytes) };
        }
        title.clone_into(&mut self.title);
        let mut all = format!("\x1b]2;{title}\x07").into_bytes();
        all.extend_from_slice(bytes);
        self.write(&all)
    }

    /// Puts text on the clipboard of the terminal's own machine, also through ssh (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.write(format!("\x1b]52;c;{}\x07", data_encoding::BASE64.encode(text.as_bytes())).as_bytes())
    }

    /// Takes wheel and clicks from now on, or leaves them to the terminal.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        if self.mouse == on {
            return Ok(());
        }
        self.mouse = on;
        self.write(if on { MOUSE_ON } else { MOUSE_OFF })
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
    if let Ok(mut out) = terminal_output() {
        let _ = out.write_all(LEAVE);
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
