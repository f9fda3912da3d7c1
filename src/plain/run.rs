//! The loop: lines in, lines out, in order. A line is read only when the one before it is answered.
//!
//! Invariant: the end of the input leaves as `quit` does; what is written is on the disk long before.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::session::Session;
use crate::app;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::port::{Incoming, LinkState, Port};
use crate::clock::Clock;
use crate::config::table::Announce;
use crate::domain::time::At;

/// Lines of a reading at once on a terminal.
const PAGE: usize = 20;
/// Columns and rows the app is told: everything counts as in sight.
const SIZE: (u16, u16) = (200, 60);
/// While something is being answered the loop looks again this often, ms.
const LOOK: u64 = 250;
/// At the end of the input what was asked for may still be answered for this long, ms.
const LEAVE: u64 = 3_000;

/// What the loop is told about where it runs.
pub struct Options {
    /// How much is announced.
    pub announce: Announce,
    /// What comes later from those who set the desk up.
    pub messages: UnboundedReceiver<Msg>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Runs the desk until it is left or the input ends. Must be called on a thread that runs no tokio runtime. An error
/// means that the output is gone.
pub fn run(
    model: &mut Model,
    port: &dyn Port,
    incoming: UnboundedReceiver<Incoming>,
    options: Options,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let left = runtime.block_on(async { Desk::new(model, port, options).work(incoming).await });
    // A thread may still wait for a line that nobody will type.
    runtime.shutdown_background();
    match left {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

struct Desk<'a> {
    model: &'a mut Model,
    port: &'a dyn Port,
    clock: Arc<dyn Clock>,
    session: Session,
    terminal: bool,
    messages: UnboundedReceiver<Msg>,
    left: bool,
}

impl<'a> Desk<'a> {
    fn new(model: &'a mut Model, port: &'a dyn Port, options: Options) -> Desk<'a> {
        let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let session = Session::new(options.announce, if terminal { PAGE } else { 0 });
        Desk { model, port, clock: options.clock, session, terminal, messages: options.messages, left: false }
    }

    async fn work(mut self, mut incoming: UnboundedReceiver<Incoming>) -> io::Result<()> {
        let mut lines = lines()?;
        let (mut terminate, mut hang_up, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?);
        let (mut open, mut told) = (true, true);
        self.tell(Msg::Resize(SIZE.0, SIZE.1))?;
        while !self.left {
            let wait = self.wait();
            let timer = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = terminate.recv() => break,
                _ = hang_up.recv() => break,
                _ = interrupt.recv() => break,
                message = incoming.recv(), if open => match message {
                    Some(message) => self.tell(Msg::Incoming(message))?,
                    None => open = false,
                },
                message = self.messages.recv(), if told => match message {
                    Some(message) => self.tell(message)?,
                    None => told = false,
                },
                line = lines.recv(), if !self.session.is_busy() => match line {
                    Some(line) => self.line(&line)?,
                    None => {
                        self.let_finish(&mut incoming).await?;
                        break;
                    }
                },
                () = timer => self.tell(Msg::Tick)?,
            }
        }
        let unsent = self.model.mirror.pending.iter().filter(|p| p.is_open()).count();
        if unsent > 0 && self.model.link.state != LinkState::Live {
            self.print(&[t!("Not sent yet: {unsent}. It is kept and goes out when the desk is open again.", unsent)])?;
        }
        self.print(&[t!("The desk is closed. What you wrote is kept.").to_owned()])
    }

    /// The input has ended: what is under way may still be answered.
    async fn let_finish(&mut self, incoming: &mut UnboundedReceiver<Incoming>) -> io::Result<()> {
        let end = self.clock.steady_ms() + LEAVE;
        let waits = |desk: &Desk<'_>| {
            let open = desk.model.mirror.pending.iter().any(|p| p.is_open() && p.held().is_none());
            desk.session.is_busy() || open && desk.model.link.state == LinkState::Live
        };
        while waits(self) && self.clock.steady_ms() < end {
            let left = Duration::from_millis((end - self.clock.steady_ms()).min(LOOK));
            match tokio::time::timeout(left, incoming.recv()).await {
                Ok(Some(message)) => self.tell(Msg::Incoming(message))?,
                Ok(None) => break,
                Err(_) => self.tell(Msg::Tick)?,
            }
        }
        Ok(())
    }

    /// How long nothing need be done if nothing comes.
    fn wait(&self) -> Option<Duration> {
        let now = self.clock.now();
        let wake = app::next_wake(self.model, now).map(|at: At| at.since(now).max(0).cast_unsigned());
        let look = self.session.is_busy().then_some(LOOK);
        wake.into_iter().chain(look).min().map(Duration::from_millis)
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        let now = self.clock.now();
        self.session.line(self.model, line, now);
        self.done()
    }

    fn tell(&mut self, message: Msg) -> io::Result<()> {
        let now = self.clock.now();
        self.session.tell(self.model, message, now);
        self.done()
    }

    /// Does what a message led to.
    fn done(&mut self) -> io::Result<()> {
        let done = self.session.take();
        for effect in done.effects {
            self.port.perform(effect);
        }
        self.print(&done.lines)?;
        if done.rings && self.terminal && self.model.settings.bell {
            io::stdout().write_all(b"\x07")?;
            io::stdout().flush()?;
        }
        if done.stops {
            self.stop()?;
        }
        self.left |= done.left;
        Ok(())
    }

    fn stop(&mut self) -> io::Result<()> {
        if !self.terminal {
            return self.print(&[t!("There is no shell to go back to here.").to_owned()]);
        }
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        Ok(())
    }

    fn print(&self, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}

/// Lines of standard input, from a thread of their own: reading never keeps the loop waiting.
fn lines() -> io::Result<UnboundedReceiver<String>> {
    let (send, lines) = unbounded_channel();
    std::thread::Builder::new().name("lines".into()).spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if send.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}
