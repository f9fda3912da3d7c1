//! What arrives at the app: keys, text, sizes, time, and the world.

use super::action::Action;
use super::key::Key;
use super::port::Incoming;
use super::screen::Pane;
use super::setup::Setup;

/// Something arrived.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; one step to undo, never submits.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal window has the focus, or lost it.
    Focus(bool),
    /// The mouse, resolved to what was under it.
    Mouse(Mouse),
    /// The world speaks.
    Incoming(Incoming),
    /// The instant `app::status::next_wake` asked for has come.
    Tick,
    /// The settings were read again.
    Setup(Box<Setup>),
    /// The last lines of the log, newest first.
    Log(Vec<String>),
    /// Words on the screen were selected with the mouse, as they stand there.
    Selected(String),
    /// The text comes back from the editor; replaces the whole field, one step to undo.
    Edited(String),
    /// An action was asked for by its name.
    Run(Action),
    /// The field that has the keys is to hold this and nothing else, one step to undo.
    Write(String),
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// One click: focus and select.
    Click(Spot),
    /// Two clicks: open.
    DoubleClick(Spot),
    /// The wheel, lines down (negative is up).
    Wheel(Spot, i32),
}

/// What was under the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A pane, nothing in particular.
    Pane(Pane),
    /// A row of a pane's list: queue rows, timeline lines, article hits, wrap-up choices.
    Row(Pane, usize),
    /// A row of the top overlay's list (index into what it shows).
    Overlay(usize),
    /// The offer band.
    Offer,
    /// Nothing.
    Elsewhere,
}
