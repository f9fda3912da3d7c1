//! The loop: one thread, nothing ticks, a frame only when something visible changed.
//!
//! Signals come before keys, keys before the world, the world before the timer; everything that is ready is taken in
//! before a frame is considered. Invariant: nothing here waits for disk, network or an answer of the terminal; what
//! the app asks of the world goes through [`Port`] and comes back as [`Incoming`].

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::UnboundedReceiver;

use super::alarm::Alarm;
use super::away::{self, Away};
use super::decode::Report;
use super::input::{Input, Keyboard, Places};
use super::links::Links;
use super::manners::{Manners, Notify};
use super::paint::Painter;
use super::screen::{Screen, guard_panics};
use super::select::Selecting;
use super::signals::{Heard, Signals};
use super::theme::Theme;
use super::view::{self, Memory};
use crate::app;
use crate::app::model::Model;
use crate::app::msg::{Mouse, Msg, Spot};
use crate::app::port::{Effect, Incoming, Port};
use crate::app::setup::Setup;
use crate::clock::Clock;
use crate::domain::time::At;

/// After the frame of a key, that of the next key waits at least this long, ms: keys held down share frames.
const KEYS_APART: u64 = 8;
/// After any frame, one caused by the world waits at least this long, ms.
const WORLD_APART: u64 = 33;
/// So many messages of the world are taken in before keys are looked at again.
const AT_ONCE: usize = 64;

/// How the desk deals with its terminal; may change while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What it looks like; which colours, the model says.
    pub theme: Theme,
    /// What may be said to it.
    pub manners: Manners,
}

/// What comes from those who set the desk up.
#[derive(Debug)]
pub enum Order {
    /// The settings were read again.
    Setup(Box<Setup>, Look),
    /// For the app.
    Msg(Msg),
}

/// What the loop is told about where it runs.
pub struct Options {
    /// How it deals with its terminal.
    pub look: Look,
    /// What comes later from those who set the desk up.
    pub orders: UnboundedReceiver<Order>,
    /// Where the report of a panic goes.
    pub report: PathBuf,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The agent left, or chose something on the welcome screen.
    Asked,
    /// Someone else wanted it so: the number of the signal.
    Signal(i32),
}

/// Runs the desk until it is left. The terminal is restored on every way out. Must be called on a thread that runs no
/// tokio runtime. An error means that there is no terminal, or no longer.
pub fn run(
    model: &mut Model,
    port: &dyn Port,
    incoming: UnboundedReceiver<Incoming>,
    options: Options,
) -> io::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    guard_panics(super::report::writer(options.report.clone(), options.clock.clone()));
    runtime.block_on(async {
        // Ears first: from here on no signal ends the process with the terminal in disorder.
        let signals = Signals::new()?;
        let Options { look, orders, clock, .. } = options;
        Desk::open(model, port, look, clock)?.work(signals, Keyboard::open()?, incoming, orders).await
    })
}

struct Desk<'a> {
    model: &'a mut Model,
    port: &'a dyn Port,
    clock: Arc<dyn Clock>,
    look: Look,
    screen: Screen,
    painter: Painter,
    next: Buffer,
    memory: Memory,
    places: Places,
    input: Input,
    selecting: Selecting,
    /// When something visible changes by time alone.
    wake: Option<At>,
    /// Revision of the model on screen.
    drawn: Option<u64>,
    /// When the last frame was written, steady ms, and the last one that a key waited for.
    framed: u64,
    answered: u64,
    /// A key waits for its frame.
    urgent: bool,
    /// The terminal is to be given to someone else for a while.
    away: Option<Away>,
    exit: Option<Exit>,
}

impl<'a> Desk<'a> {
    fn open(model: &'a mut Model, port: &'a dyn Port, look: Look, clock: Arc<dyn Clock>) -> io::Result<Desk<'a>> {
        let (w, h) = Screen::size();
        let mouse = model.settings.mouse;
        let mut desk = Desk {
            model,
            port,
            clock,
            screen: Screen::enter(mouse, look.manners)?,
            look,
            painter: Painter::new(w, h),
            next: Buffer::empty(Rect::new(0, 0, w, h)),
            memory: Memory::default(),
            places: Places::default(),
            input: Input::default(),
            selecting: Selecting::default(),
            wake: None,
            drawn: None,
            framed: 0,
            answered: 0,
            urgent: true,
            away: None,
            exit: None,
        };
        desk.feed(Msg::Resize(w, h))?;
        // The first frame is there before anything else is.
        desk.draw()?;
        Ok(desk)
    }

    async fn work(
        mut self,
        mut signals: Signals,
        mut keyboard: Keyboard,
        mut incoming: UnboundedReceiver<Incoming>,
        mut orders: UnboundedReceiver<Order>,
    ) -> io::Result<Exit> {
        let mut alarm = Alarm::new()?;
        let mut open = true;
        let mut ordered = true;
        let mut ready = Vec::new();
        while self.exit.is_none() {
            let wait = self.wait();
            tokio::select! {
                biased;
                heard = signals.next() => self.heard(heard)?,
                read = keyboard.next(&mut ready) => read?,
                message = incoming.recv(), if open => match message {
                    Some(message) => self.feed(Msg::Incoming(message))?,
                    None => open = false,
                },
                order = orders.recv(), if ordered => match order {
                    Some(order) => self.order(order)?,
                    None => ordered = false,
                },
                rung = alarm.after(wait) => rung?,
            }
            keyboard.take(&mut ready)?;
            for report in ready.drain(..) {
                self.report(report)?;
            }
            for message in std::iter::from_fn(|| incoming.try_recv().ok()).take(AT_ONCE) {
                self.feed(Msg::Incoming(message))?;
            }
            if let Some(away) = self.away.take() {
                self.go_away(away, &mut signals).await?;
            }
            if self.wake.is_some_and(|at| at <= self.clock.now()) {
                self.feed(Msg::Tick)?;
            }
            if self.frame_in() == Some(0) {
                self.draw()?;
            }
            self.wake = app::next_wake(self.model, self.clock.now());
        }
        Ok(self.exit.unwrap_or(Exit::Asked))
    }

    /// How long nothing need be done if nothing comes; `None` is for ever.
    fn wait(&self) -> Option<Duration> {
        let wake = self.wake.map(|at| at.since(self.clock.now()).cast_unsigned());
        wake.into_iter().chain(self.frame_in()).min().map(Duration::from_millis)
    }

    /// Milliseconds until the next frame may be drawn; `None` when there is nothing to draw.
    fn frame_in(&self) -> Option<u64> {
        if self.drawn == Some(self.model.revision) {
            return None;
        }
        let due = if self.urgent { self.answered + KEYS_APART } else { self.framed + WORLD_APART };
        Some(due.saturating_sub(self.clock.steady_ms()))
    }

    fn report(&mut self, report: Report) -> io::Result<()> {
        self.urgent = true;
        let marked = match &report {
            Report::Press(x, y) => self.selecting.press(*x, *y, &self.places),
            Report::Drag(x, y) => self.selecting.drag(*x, *y),
            Report::Release(..) => {
                if let Some(words) = self.selecting.release(self.painter.shown(), &self.places) {
                    self.drawn = None;
                    return self.feed(Msg::Selected(words));
                }
                false
            }
            Report::Focus(_) => false,
            Report::Key(_) | Report::Paste(_) | Report::Wheel(..) => self.selecting.forget(),
        };
        if marked {
            self.drawn = None;
        }
        match self.input.message(report, &self.places, self.clock.now()) {
            Some(message) => {
                self.feed(message)?;
                self.jump()
            }
            None => Ok(()),
        }
    }

    /// Goes where the label leads that was typed, if it is whole now.
    fn jump(&mut self) -> io::Result<()> {
        let Some(typed) = self.model.jump.as_ref().filter(|typed| !typed.is_empty()) else { return Ok(()) };
        let labels = self.places.labels(!self.model.overlays.is_empty());
        let found = labels.iter().find(|(_, _, label)| label == typed).map(|(_, spot, _)| *spot);
        if found.is_none() && labels.iter().any(|(_, _, label)| label.starts_with(typed.as_str())) {
            return Ok(());
        }
        self.feed(Msg::Mouse(Mouse::Click(found.unwrap_or(Spot::Elsewhere))))
    }

    fn heard(&mut self, heard: Heard) -> io::Result<()> {
        match heard {
            Heard::Leave(signal) => self.exit = Some(Exit::Signal(signal)),
            Heard::Stop => self.away = Some(Away::Suspend),
            // Whoever stopped us behind our back may have left the terminal in any state.
            Heard::Continued => self.back()?,
            Heard::Resized => {
                let (w, h) = Screen::size();
                self.urgent = true;
                self.feed(Msg::Resize(w, h))?;
            }
        }
        Ok(())
    }

    /// The settings, or something the agent asked of those who set the desk up.
    fn order(&mut self, order: Order) -> io::Result<()> {
        self.urgent = true;
        match order {
            Order::Setup(mut setup, look) => {
                if setup.problems.is_empty() && look != self.look {
                    setup.beside = true;
                    self.screen.behave(look.manners)?;
                    self.look = look;
                    self.painter.forget();
                    self.drawn = None;
                }
                self.feed(Msg::Setup(setup))
            }
            Order::Msg(message) => self.feed(message),
        }
    }

    /// Gives a message to the app and does what it asks.
    fn feed(&mut self, message: Msg) -> io::Result<()> {
        // Someone waits for these as for the answer to a key.
        self.urgent |= matches!(message, Msg::Incoming(Incoming::Opened { .. } | Incoming::Offered(_)));
        let mut rang = false;
        for effect in app::update(self.model, message, self.clock.now()) {
            match effect {
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Bell => {
                    rang = true;
                    self.screen.bell()?;
                }
                // Once is enough.
                Effect::Notify(_) if rang && self.look.manners.notify == Notify::Bell => {}
                Effect::Notify(words) => self.screen.notify(&words)?,
                Effect::Edit(text) => self.away = Some(Away::Editor(text)),
                Effect::Suspend => self.away = Some(Away::Suspend),
                Effect::Redraw => {
                    self.painter.forget();
                    self.drawn = None;
                }
                Effect::Quit => self.exit = Some(Exit::Asked),
                other => self.port.perform(other),
            }
        }
        self.screen.mouse(self.model.settings.mouse)?;
        Ok(())
    }

    /// Gives the terminal to someone else for a while. Nothing of ours reads it meanwhile.
    async fn go_away(&mut self, away: Away, signals: &mut Signals) -> io::Result<()> {
        self.screen.leave();
        let answer = match away {
            Away::Editor(text) => away::edit(&text).map(Some),
            Away::Suspend => away::stop().map(|()| None),
        };
        if answer == Ok(None) {
            // The stop may take effect only now; the terminal is the shell's until the signal that ends it.
            signals.continued().await;
        }
        self.back()?;
        match answer {
            Ok(Some(text)) => self.feed(Msg::Edited(text)),
            Ok(None) => Ok(()),
            Err(why) => self.feed(Msg::Incoming(Incoming::Trouble(why))),
        }
    }

    /// Takes the terminal again, about which nothing is known now.
    fn back(&mut self) -> io::Result<()> {
        self.screen.take()?;
        self.painter.forget();
        self.drawn = None;
        self.urgent = true;
        let (w, h) = Screen::size();
        self.feed(Msg::Resize(w, h))
    }

    fn draw(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        let (w, h) = self.model.size;
        let theme = self.look.theme.in_colours(self.model.theme()).reordering(self.look.manners.reorder);
        let mut drawn = view::Drawn::default();
        // What the drawing measured may move a list; then it is drawn once more, not twice.
        for _ in 0..2 {
            self.next.resize(Rect::new(0, 0, w, h));
            self.next.reset();
            self.places.clear();
            drawn = view::draw(self.model, now, theme, &mut self.next, &mut self.places, &mut self.memory);
            let revision = self.model.revision;
            self.drawn = Some(revision);
            app::measured(self.model, drawn.measured);
            if self.model.revision == revision {
                break;
            }
        }
        self.selecting.paint(&mut self.next, &self.places);
        if self.look.manners.links {
            self.painter.link(Links::found(self.model, &self.places, &self.next));
        }
        let bytes = self.painter.frame(&mut self.next, drawn.cursor);
        self.screen.frame(&drawn.title, bytes)?;
        self.framed = self.clock.steady_ms();
        if std::mem::take(&mut self.urgent) {
            self.answered = self.framed;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
