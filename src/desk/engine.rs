//! The thread that owns every write: it takes notes from app, cable and clock, and does what the machine says.
//!
//! Effects of the app are in `perform`, what the app is told in `tell`. One invariant: the machine's outputs are done
//! in order, and once the cache fails, none of the rest is applied.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::app::port::Incoming;
use crate::clock::Clock;
use crate::domain::ids::DeviceId;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Lane;
use crate::domain::time::{At, DAY};
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::cache::{Applied, Batch, Cache, Residue};
use crate::store::linkbook::Linkbook;
use crate::store::outbox::{Outbox, Rewound};
use crate::sync::machine::{Abandoned, Input, Machine, Output, Queued, Start, Status};

use super::cable::{Cable, Event};
use super::drafts::Drafts;
use super::inbox::{Inbox, Note};
use super::line::Line;
use super::questions::Questions;
use super::tell::Teller;
use super::texts::Texts;
use super::translate::{parts, queued, sentence, unreadable};

/// The engine looks at the clocks at least this often while it wants a link, to notice that the machine slept, ms.
const WATCH_MS: u64 = 15_000;
/// The wall clock ran ahead of the steady one by more than this: the machine slept, ms.
const SLEPT_MS: i64 = 5_000;
/// A wall clock that moved by more than this against the steady one was set, ms.
const JUMPED_MS: i64 = 500;
/// After the start the cache is left in peace this long, ms.
const SETTLED_MS: u64 = 10 * 60_000;
/// Notes taken in before the machine's timers get their turn: an answer that lies here already is not overdue.
const ROUND: usize = 64;
/// Setting: the device whose numbers the outbox counts with.
const DEVICE: &str = "device";
/// Setting: server time less this machine's, ms, as last measured.
pub(super) const OFFSET: &str = "server-offset-ms";

pub(super) struct Engine {
    pub(super) dir: PathBuf,
    // Readers are closed before the cache: the last one to close tidies the file, and they may not write.
    pub(super) questions: Questions,
    pub(super) teller: Teller,
    pub(super) cache: Option<Cache>,
    pub(super) outbox: Outbox,
    pub(super) machine: Machine,
    pub(super) cable: Cable,
    pub(super) drafts: Drafts,
    pub(super) clock: Arc<dyn Clock>,
    rand: Arc<dyn Rand>,
    /// How the link does, as last told.
    pub(super) link: Status,
    /// Highest command number the machine has.
    pub(super) handed: u64,
    /// The connection whose bytes are watched, and how many there were.
    heard: (u32, u64),
    /// Both clocks when last looked at.
    watched: (At, u64),
    prune_at: u64,
    /// When the cache is next rid of what its rows left behind, steady ms.
    tidy_at: u64,
    /// When the next held command leaves, server time.
    pub(super) release_at: Option<At>,
    /// When the next command that finds no link lapses, server time.
    pub(super) lapse_at: Option<At>,
    pub(super) line: Line,
    pub(super) texts: Texts,
}

impl Engine {
    pub(super) fn new(
        dir: PathBuf,
        outbox: Outbox,
        cache: Cache,
        cable: Cable,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
        tell: UnboundedSender<Incoming>,
    ) -> Result<Engine, StoreError> {
        let questions = Questions::new(cache.reader()?, Arc::clone(&clock), tell.clone());
        let offset = outbox.setting(OFFSET)?.and_then(|text| text.parse().ok());
        let teller = Teller::new(tell, cache.reader()?, offset);
        let machine = machine(&outbox, &cache, rand.u64());
        let line = Line::new(Linkbook::open(&dir, clock.now().plus(offset.unwrap_or(0))), &outbox);
        let watched = (clock.now(), clock.steady_ms());
        let tidy_at = soonest(&cache, watched.1 + SETTLED_MS);
        Ok(Engine {
            dir,
            outbox,
            cache: Some(cache),
            machine,
            cable,
            drafts: Drafts::default(),
            questions,
            teller,
            clock,
            rand,
            link: Status::default(),
            handed: 0,
            heard: (0, 0),
            watched,
            prune_at: 0,
            tidy_at,
            release_at: None,
            lapse_at: None,
            line,
            texts: Texts::default(),
        })
    }

    /// Until [`Note::Stop`].
    pub(super) fn run(mut self, inbox: &Inbox) {
        self.begin();
        loop {
            let now = self.clock.steady_ms();
            let mut next = inbox.wait(Duration::from_millis(self.wake_at(now).saturating_sub(now)));
            self.watch();
            let mut taken = 0;
            while let Some(note) = next {
                if let Note::Stop = note {
                    return self.close();
                }
                self.note(note);
                taken += 1;
                next = if taken < ROUND { inbox.take() } else { None };
            }
            self.timers();
            self.look_at_line();
        }
    }

    /// The first words to the app, and the first try of the link.
    pub(super) fn begin(&mut self) {
        self.open();
        self.look_at_held();
        self.step(Input::Start);
    }

    /// Deals with one note.
    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::Effect(effect) => self.effect(*effect),
            Note::Cable(generation, Event::Opened) => {
                self.line.rate.connected();
                self.carried_more();
                self.step(Input::Opened { generation });
            }
            Note::Cable(generation, Event::Failed(error)) => self.step(Input::Failed { generation, error }),
            Note::Cable(generation, Event::Closed(why)) => self.step(Input::Closed { generation, why }),
            Note::Cable(generation, Event::Frames(frames, permit)) => {
                // What came with them is heard now, not when silence is next looked for.
                self.carried_more();
                self.step(Input::Frames { generation, frames });
                drop(permit);
            }
            Note::File(card, came) => self.file_came(&card, came),
            Note::Stop => {}
        }
        // However much the cable brings, what is typed goes to the disk in between.
        self.write_due_drafts();
    }

    /// When there is something to do without a note, steady ms.
    pub(super) fn wake_at(&mut self, now: u64) -> u64 {
        let machine = self.machine.wake_at();
        let watch = machine.map(|at| at.min(now + WATCH_MS));
        // What lapses does so while nobody hands it out: with a link there is nothing of it.
        let lapse = self.lapse_at.map(|at| now + at.since(self.server_now()).max(0).cast_unsigned());
        let held = self.release_at.map(|at| now + at.since(self.server_now()).max(0).cast_unsigned());
        [watch, held, lapse, self.drafts.due()].into_iter().flatten().fold(self.prune_at.min(self.tidy_at), u64::min)
    }

    /// Does what is due.
    pub(super) fn timers(&mut self) {
        self.write_due_drafts();
        self.release_due();
        self.lapse_due();
        self.look_at_texts();
        let now = self.clock.steady_ms();
        if self.machine.wake_at().is_some_and(|at| at <= now) {
            let generation = self.cable.generation();
            if self.carried_more() {
                self.step(Input::Heard { generation });
            }
            self.step(Input::Timer);
        }
        if self.prune_at <= now {
            self.prune_at = now + DAY as u64;
            let server = self.server_now();
            if let Err(error) = self.outbox.prune(server) {
                tracing::warn!(%error, "the outbox could not be tidied");
            }
        }
        if self.tidy_at <= now {
            self.tidy_at = now + DAY as u64;
            if let Some(cache) = self.cache.as_mut().filter(|cache| cache.residue() > Residue::None)
                && let Err(error) = cache.tidy()
            {
                tracing::warn!(%error, "the local copy could not be tidied");
                self.tidy_at = now + SETTLED_MS;
            }
        }
    }

    fn write_due_drafts(&mut self) {
        if self.drafts.due().is_some_and(|at| at <= self.clock.steady_ms()) {
            self.write_drafts();
        }
    }

    /// Looks at both clocks: when the wall clock ran ahead, the machine slept (or someone set it, which costs a beat).
    pub(super) fn watch(&mut self) {
        let (wall, steady) = (self.clock.now(), self.clock.steady_ms());
        let passed = steady.saturating_sub(self.watched.1) as i64;
        let ahead = wall.0.saturating_sub(self.watched.0.0).saturating_sub(passed);
        self.watched = (wall, steady);
        if ahead > SLEPT_MS {
            self.step(Input::Woke);
        }
        if ahead.abs() > JUMPED_MS {
            // What the app adds to this machine's time is another number now.
            self.tell_link_again();
        }
    }

    /// Server time as well as it is known.
    pub(super) fn server_now(&mut self) -> At {
        let measured = self.machine.server_time(self.clock.steady_ms());
        measured.unwrap_or_else(|| self.clock.now().plus(self.teller.offset()))
    }

    /// Whether the cable has brought bytes since this was last asked.
    fn carried_more(&mut self) -> bool {
        let carried = (self.cable.generation(), self.cable.bytes().0);
        std::mem::replace(&mut self.heard, carried) != carried
    }

    /// One input to the machine, and everything that follows from it.
    pub(super) fn step(&mut self, input: Input) {
        let now = self.clock.steady_ms();
        let mut queue: VecDeque<Output> = self.machine.step(input, now).into();
        let mut broken = false;
        while let Some(output) = queue.pop_front() {
            if let Some(input) = self.output(output, &mut broken) {
                queue.extend(self.machine.step(input, now));
            }
        }
        self.flush_told();
    }

    /// Does one thing the machine said; what the machine has to know of it.
    fn output(&mut self, output: Output, broken: &mut bool) -> Option<Input> {
        match output {
            Output::Connect { generation, hello } => self.cable.connect(generation, *hello),
            Output::Disconnect { generation } => self.cable.disconnect(generation),
            Output::Send { generation, frames } => self.cable.send(generation, frames),
            Output::Reconcile { last, device } => return self.reconcile(last, device),
            Output::Cloned => return self.renew(true),
            Output::Settled { n, seq, deep, refusal } => return self.settle(n, (seq, deep), refusal.as_ref()),
            Output::Abandoned { n, why } => {
                let refusal = match why {
                    Abandoned::Unlinked => Refusal::NeedsLink,
                    Abandoned::Unreadable => unreadable(),
                };
                return self.settle(n, (0, 0), Some(&refusal));
            }
            Output::Looks { case, who, customer } => self.teller.looks(case, who, customer),
            Output::Status(status) => self.tell_link(status),
            Output::Say(words) => self.teller.trouble(words),
            _ if *broken => {}
            rows => match self.rows(rows) {
                Ok(input) => return input,
                Err(error) => {
                    *broken = true;
                    return Some(self.cache_failed(&error));
                }
            },
        }
        None
    }

    /// An output about the cache.
    fn rows(&mut self, output: Output) -> Result<Option<Input>, StoreError> {
        let Some(cache) = &mut self.cache else { return Ok(None) };
        let applied = match output {
            Output::Wipe { epoch } => {
                cache.wipe(epoch)?;
                self.teller.reset();
                Applied::default()
            }
            Output::Retain { scopes } => {
                if cache.retain_scopes(&scopes)? > 0 {
                    self.tidy_at = soonest(cache, self.tidy_at);
                    self.teller.reset();
                }
                Applied::default()
            }
            Output::DropScope(scope) => {
                if cache.drop_scope(scope)? > 0 {
                    self.tidy_at = soonest(cache, self.tidy_at);
                    self.teller.reset();
                }
                Applied::default()
            }
            Output::Empty(scope) => {
                if cache.empty_scope(scope)? > 0 {
                    self.teller.reset();
                }
                Applied::default()
            }
            Output::Grant(scope) => {
                cache.grant(scope);
                Applied::default()
            }
            Output::Batch { lane, from, to, at, changes } => {
                match cache.apply_batch(lane, from, to, at.0, &changes)? {
                    Batch::Applied(applied) => applied,
                    Batch::Old => Applied::default(),
                    // The machine's cursor is not the cache's: it begins anew from the cache's.
                    Batch::Gap { .. } => return Ok(Some(self.truth(t!("The local copy is out of step.").into()))),
                }
            }
            Output::Early(changes) => {
                self.texts.came(&changes);
                cache.apply_early(&changes)?
            }
            Output::Chunk { part, after, seq, rows } => {
                cache.apply_chunk(part.scope, part.entity, after, part.mark, part.whole, seq, &rows)?
            }
            Output::Person { agent, device } => {
                self.teller.person(agent);
                if cache.set_owner(agent, device)? {
                    // Someone else's rows were here, and the cursors went with them.
                    self.teller.reset();
                    return Ok(Some(self.truth(t!("This desk now belongs to someone else.").into())));
                }
                Applied::default()
            }
            _ => Applied::default(),
        };
        self.teller.applied(applied, (cache.cursor(Lane::Live), cache.cursor(Lane::Deep)));
        Ok(None)
    }

    /// What the cache really holds, for the machine to begin anew from.
    fn truth(&self, why: String) -> Input {
        let Some(cursors) = self.cache.as_ref().map(Cache::cursors) else {
            return Input::ApplyFailed { epoch: 0, live: 0, deep: 0, parts: Vec::new(), seen: [None; 2], why };
        };
        let (epoch, live, deep) = (cursors.epoch, cursors.live, cursors.deep);
        let seen = [cursors.seen_at, cursors.deep_at];
        Input::ApplyFailed { epoch, live, deep, parts: parts(&cursors.parts), seen, why }
    }

    /// The cache could not take something. A damaged one is put aside and fetched again.
    fn cache_failed(&mut self, error: &StoreError) -> Input {
        tracing::error!(%error, "the cache failed");
        if let StoreError::Corrupt { .. } = error {
            self.cache = None;
            match self.new_cache() {
                Ok(()) => self.teller.trouble(t!("The local copy was damaged; it is being fetched again.").into()),
                Err(error) => self.teller.trouble(sentence(&error)),
            }
            self.teller.reset();
        }
        self.truth(sentence(error))
    }

    fn new_cache(&mut self) -> Result<(), StoreError> {
        Cache::put_aside(&self.dir)?;
        let cache = Cache::open(&self.dir)?;
        self.questions.read_from(cache.reader()?);
        self.teller.read_from(cache.reader()?);
        self.cache = Some(cache);
        Ok(())
    }

    /// Brings the outbox in line with the server and hands the machine what waits.
    fn reconcile(&mut self, last: u64, device: DeviceId) -> Option<Input> {
        match self.hand_over(last, device) {
            Ok(Some(items)) => Some(Input::Handed { items }),
            Ok(None) => self.renew(last > self.outbox.highest()),
            Err(error) => Some(self.not_kept(&error)),
        }
    }

    /// The numbered commands that wait; `None` when the numbers cannot be brought together.
    fn hand_over(&mut self, last: u64, device: DeviceId) -> Result<Option<Vec<Queued>>, StoreError> {
        // What waited for too long is not sent just because the link is back.
        self.lapse_due();
        let (mine, name) = (self.outbox.setting(DEVICE)?, device.to_string());
        if mine.as_ref() != Some(&name) {
            self.outbox.set_setting(DEVICE, Some(&name))?;
            if mine.is_some() && self.outbox.highest() > 0 {
                // Numbers count per device: those given as another one mean nothing here.
                return Ok(None);
            }
        }
        let again = match self.outbox.rewind(last)? {
            Rewound::Nothing => false,
            Rewound::Again(_) => true,
            Rewound::Broken => return Ok(None),
        };
        let items = self.outbox.after(0)?;
        self.handed = self.outbox.highest();
        if again {
            self.teller.wait_again(&items);
        }
        Ok(Some(items.iter().filter_map(queued).collect()))
    }

    /// The outbox counts anew. With `ask` the agent has to say what becomes of what may have been done.
    fn renew(&mut self, ask: bool) -> Option<Input> {
        let incarnation = self.rand.u64();
        match self.outbox.new_incarnation(incarnation, ask) {
            Ok(items) => {
                self.handed = 0;
                if ask {
                    self.teller.states(items);
                }
                Some(Input::Renewed { incarnation })
            }
            Err(error) => {
                self.teller.trouble(sentence(&error));
                None
            }
        }
    }

    fn settle(&mut self, n: u64, (seq, deep): (u64, u64), refusal: Option<&Refusal>) -> Option<Input> {
        let now = self.server_now();
        match self.outbox.answered(n, seq, refusal, now) {
            Ok(Some(item)) => self.teller.verdict(item, deep),
            Ok(None) => {}
            Err(error) => return Some(self.not_kept(&error)),
        }
        None
    }

    /// The outbox could not keep something. It is said, and the link is set up anew: only then does the server tell
    /// its answers again, and what waits is handed out. A link that stays would leave both as they are.
    pub(super) fn not_kept(&mut self, error: &StoreError) -> Input {
        self.teller.trouble(sentence(error));
        self.truth(sentence(error))
    }

    fn open(&mut self) {
        let now = self.server_now();
        let Some(cache) = &self.cache else { return };
        if let Err(error) = self.teller.opened(&self.outbox, cache, now) {
            self.teller.trouble(sentence(&error));
        }
    }

    pub(super) fn close(mut self) {
        self.write_drafts();
        self.close_book();
        // Whoever leaves the desk does not take anything back any more.
        self.release(At(i64::MAX));
        // The last words of the agent are on the disk; sending them need not keep anyone from leaving.
        self.cable.let_go();
    }
}

/// When to rid the cache of what its rows left behind: at once if a right was taken away.
fn soonest(cache: &Cache, else_at: u64) -> u64 {
    if cache.residue() == Residue::Revoked { 0 } else { else_at }
}

fn machine(outbox: &Outbox, cache: &Cache, seed: u64) -> Machine {
    let cursors = cache.cursors();
    Machine::new(Start {
        incarnation: outbox.incarnation(),
        epoch: cursors.epoch,
        live: cursors.live,
        deep: cursors.deep,
        parts: parts(&cursors.parts),
        seen_at: cursors.seen_at,
        deep_at: cursors.deep_at,
        offline: false,
        version: env!("CARGO_PKG_VERSION").into(),
        seed,
    })
}
