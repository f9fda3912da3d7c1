//! One agent's computer: the desk's files, its process, and what its app knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::dice::Dice;
use super::flaw::Flaw;
use super::house::copy_database;
use super::morning::Files;
use super::net::{SimDial, Sky};
use super::story::{Story, tells, word};
use super::tally::{Happening, Tally};
use super::tasks::Tasks;
use super::time::{ComputerClock, WorldTime};
use crate::app::port::{Effect, Incoming, LinkState, OutboxState};
use crate::clock::Clock;
use crate::desk::stepped::{Arrival, Stepped};
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::refusal::Refusal;
use crate::domain::scope::Lane;
use crate::domain::time::{At, DAY};
use crate::domain::{Command, State};
use crate::rand::SeededRand;
use crate::store::after_transactions;
use crate::store::cache::{self, Cache};
use crate::store::outbox;
use crate::wire::frame::{Down, Record};

/// Messages that may come late at the same time.
const KEPT: usize = 8;
/// Commands a desk has under way at most: the protocol's number.
pub const UNDER_WAY: usize = 16;

/// A command the agent gave.
#[derive(Debug, Clone)]
pub struct Given {
    pub command: Command,
    /// The outbox's key for it, once it said so.
    pub key: Option<u64>,
    /// It was never stored, and the agent was told why.
    pub not_queued: bool,
}

/// One computer.
pub struct Computer {
    pub number: usize,
    pub me: AgentId,
    dir: PathBuf,
    runs: u64,
    flaw: Flaw,
    pub clock: Arc<ComputerClock>,
    time: WorldTime,
    sky: Sky,
    pub tally: Tally,
    story: Story,
    tasks: Tasks,
    seed: u64,
    pub process: Option<Stepped>,
    /// Stands still until then.
    pub stopped: u64,
    /// What the app knows.
    pub state: State,
    pub link: LinkState,
    /// What the agent reads about the link.
    pub words: String,
    /// Whether the line is a thin one.
    pub thin: bool,
    pub cases: BTreeSet<CaseId>,
    /// Contacts this agent had, with the epoch they had them in.
    pub had: Vec<(InteractionId, u32, CaseId)>,
    pub given: BTreeMap<u64, Given>,
    /// Commands that were stored and have no answer.
    waiting: BTreeSet<u64>,
    /// What the app was told of each command, by key.
    pub verdicts: BTreeMap<u64, OutboxState>,
    /// Newest text of the draft, when it was typed, and whether it must be on the disk by now.
    pub draft: Option<(String, u64, bool)>,
    /// The disk takes no more words.
    pub full: bool,
    /// How old the view is said to be: server time and seq up to which all was seen.
    pub seen: Option<(At, u64)>,
    /// When it last heard something, and the bytes that had come by then.
    pub heard: u64,
    carried: (u32, u64),
    /// Frames that come over a connection after it was given up.
    late: Late,
    /// Whether a copy of the files as they were at some earlier time is there.
    copied: bool,
}

impl Computer {
    pub fn new(
        dir: PathBuf,
        number: usize,
        flaw: Flaw,
        clock: Arc<ComputerClock>,
        time: WorldTime,
        (sky, tally, story): (Sky, Tally, Story),
        files: &Files,
    ) -> Computer {
        std::fs::create_dir_all(dir.join("0")).expect("makes a folder");
        for (name, bytes) in &files.0 {
            std::fs::write(dir.join("0").join(name), bytes).expect("writes");
        }
        Computer {
            number,
            me: AgentId(number as u64 + 1),
            dir,
            runs: 0,
            flaw,
            clock,
            time,
            sky,
            tally,
            story,
            tasks: Tasks::default(),
            seed: number as u64,
            process: None,
            stopped: 0,
            state: State::new(),
            link: LinkState::default(),
            words: String::new(),
            thin: false,
            cases: BTreeSet::new(),
            had: Vec::new(),
            given: BTreeMap::new(),
            waiting: BTreeSet::new(),
            verdicts: BTreeMap::new(),
            draft: None,
            full: false,
            seen: None,
            heard: 0,
            carried: (0, 0),
            late: Late::default(),
            copied: false,
        }
    }

    /// True time, ms.
    pub fn now(&self) -> u64 {
        self.time.now()
    }

    /// Where its files are now.
    pub fn files(&self) -> PathBuf {
        self.dir.join(self.runs.to_string())
    }

    /// The desk is started.
    pub fn start(&mut self, dice: &Dice) {
        self.seed = dice.u64();
        let (sky, time, story) = (self.sky.clone(), self.time.clone(), self.story.clone());
        let dial = SimDial { sky, time, story, desk: self.number };
        let rand = Arc::new(SeededRand::new(self.seed));
        let opened =
            Stepped::open(&self.files(), Arc::new(dial), Arc::new(self.tasks.clone()), self.clock.clone(), rand);
        let mut opened = opened.expect("the desk's files open");
        opened.timers = self.flaw != Flaw::TimersStand || self.late.calm;
        self.process = Some(opened);
    }

    /// The agent leaves the desk properly.
    pub fn close(&mut self) {
        if let Some(process) = self.process.take() {
            process.close();
        }
        self.tasks.poll();
        self.forget_process();
    }

    /// Kill -9: the files stay as they are at this instant.
    pub fn kill(&mut self) {
        let before = self.files();
        self.runs += 1;
        let now = self.files();
        std::fs::create_dir_all(&now).expect("makes a folder");
        for file in [cache::FILE, outbox::FILE] {
            copy_database(&before.join(file), &now.join(file));
        }
        self.process = None;
        self.forget_process();
        drop(std::fs::remove_dir_all(before));
    }

    /// Kill -9 in the middle of a step: the files stay as they were between two of its transactions. Whether there was
    /// such a moment.
    pub fn kill_within(&mut self, dice: &Dice) -> bool {
        let (from, to) = (self.files(), self.dir.join("instant"));
        std::fs::create_dir_all(&to).expect("makes a folder");
        let moment = to.clone();
        let copy =
            move || [cache::FILE, outbox::FILE].iter().for_each(|f| copy_database(&from.join(f), &moment.join(f)));
        // What it was told after that moment it was never told.
        let knew = (self.given.clone(), self.waiting.clone(), self.verdicts.clone(), self.draft.clone());
        after_transactions(Some((1 + dice.below(5) as u32, Box::new(copy))));
        self.poll();
        self.step(64, dice);
        let came = !after_transactions(None);
        self.kill();
        if came {
            (self.given, self.waiting, self.verdicts) = (knew.0, knew.1, knew.2);
            self.draft = knew.3.filter(|(_, _, safe)| *safe);
            [cache::FILE, outbox::FILE].iter().for_each(|f| copy_database(&to.join(f), &self.files().join(f)));
        }
        came
    }

    /// The power fails: what was only NORMAL on the disk may be as it was a while ago.
    pub fn lose_power(&mut self, dice: &Dice) {
        self.kill();
        if self.copied {
            copy_database(&self.dir.join("earlier-cache.db"), &self.files().join(cache::FILE));
            if matches!(self.flaw, Flaw::OutboxRollsBack | Flaw::NumbersReused) {
                copy_database(&self.dir.join("earlier-outbox.db"), &self.files().join(outbox::FILE));
                if self.flaw == Flaw::OutboxRollsBack {
                    let mut outbox = outbox::Outbox::open(&self.files(), 0).expect("opens");
                    outbox.new_incarnation(dice.u64(), false).expect("stores");
                }
            }
        }
    }

    /// What the disk surely holds by now.
    pub fn settle_disk(&mut self) {
        copy_database(&self.files().join(cache::FILE), &self.dir.join("earlier-cache.db"));
        if matches!(self.flaw, Flaw::OutboxRollsBack | Flaw::NumbersReused) {
            copy_database(&self.files().join(outbox::FILE), &self.dir.join("earlier-outbox.db"));
        }
        self.copied = true;
    }

    /// What the present connection still brings comes late: once there is a newer one, if ever.
    pub fn delay(&mut self) {
        self.late.held = self.process.as_ref().map(Stepped::generation);
        self.late.frames.clear();
    }

    /// Whether the line is to break here and now.
    pub fn breaks(&mut self) -> bool {
        std::mem::take(&mut self.late.cut)
    }

    /// From here on nothing goes wrong.
    pub fn calm(&mut self) {
        self.late.calm = true;
        self.process.iter_mut().for_each(|process| process.timers = true);
        self.stopped = 0;
    }

    fn forget_process(&mut self) {
        self.tasks.die();
        self.late = Late { calm: self.late.calm, ..Late::default() };
        // What was typed a moment before may be lost with the process.
        self.draft = self.draft.take().filter(|(_, _, safe)| *safe);
        (self.link, self.seen) = (LinkState::Connecting, None);
    }

    /// In how many ms the engine has something to do by itself.
    pub fn due_in(&mut self) -> Option<u64> {
        let now = self.clock.steady_ms();
        self.process.as_mut().map(|process| process.wake_at(now).saturating_sub(now))
    }

    /// The network's part of the process takes a step.
    pub fn poll(&self) {
        if self.time.now() >= self.stopped {
            self.tasks.poll();
        }
    }

    /// The engine takes a step; how many notes it dealt with.
    pub fn step(&mut self, most: usize, dice: &Dice) -> usize {
        if self.time.now() < self.stopped {
            return 0;
        }
        // Within a second, says the design; an engine that is given no step cannot write.
        let typed_before = self.time.now().saturating_sub(1_000);
        let (flaw, late, tally, now) = (self.flaw, &mut self.late, &self.tally, self.time.now());
        let (number, story) = (self.number, &self.story);
        let Some(process) = &mut self.process else { return 0 };
        // What lay there unread is heard when it is read.
        let mut read = false;
        let notes = process.step(most, |arrival| {
            read = true;
            let Arrival { generation, present, .. } = arrival;
            if !arrival.frames.iter().any(tells) {
                return look(flaw, late, dice, tally, arrival);
            }
            let hears = if late.is_of(generation, present) { "will hear, if ever, what came" } else { "hears" };
            story.say(now, || {
                format!("desk {number} {hears} over {generation} of {present}: {}", words(arrival.frames))
            });
            let old = look(flaw, late, dice, tally, arrival);
            if let Some((of, frames)) = &old {
                story.say(now, || format!("desk {number} hears late, as of {of} of {present}: {}", words(frames)));
            }
            old
        });
        let carried = process.carried();
        if std::mem::replace(&mut self.carried, carried) != carried || read {
            self.heard = now;
        }
        match flaw {
            Flaw::DroppedWhenSent if process.linked() => {
                let outbox = process.outbox();
                let sent = outbox.unanswered().expect("reads").into_iter().filter_map(|item| item.n);
                for n in sent {
                    outbox.answered(n, 0, None, self.clock.now()).expect("stores");
                }
                outbox.prune(self.clock.now().plus(900 * DAY)).expect("stores");
            }
            Flaw::AnsweredNotKept => {
                process.outbox().prune(self.clock.now().plus(900 * DAY)).expect("stores");
            }
            _ => {}
        }
        let mut heard = 0;
        while let Some(incoming) = self.process.as_mut().and_then(Stepped::heard) {
            self.hear(incoming);
            heard += 1;
        }
        // Only now: the words with which a desk opens are from before this step.
        if let Some((_, at, safe)) = &mut self.draft {
            *safe |= *at <= typed_before && notes < most && !self.full;
        }
        notes.max(usize::from(heard > 0))
    }

    /// The app learns something.
    fn hear(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Opened { hot, drafts, .. } => {
                self.take(*hot);
                if let Some((text, at, true)) = &self.draft {
                    let there = drafts.iter().any(|d| d.body == *text);
                    assert!(there, "desk {}: the draft {text:?} typed at {at} ms is gone: {drafts:?}", self.number);
                }
            }
            Incoming::Reset { hot, .. } => self.take(*hot),
            Incoming::Changed { put, gone, .. } => {
                for row in put {
                    if let crate::domain::row::Row::Interaction(interaction) = &row {
                        self.meet(interaction.case, interaction.id, interaction.epoch, interaction.owner);
                    }
                    self.state.load(row);
                }
                gone.into_iter().for_each(|key| self.state.unload(key));
            }
            Incoming::Queued { token, n, .. } => {
                if let Some(given) = self.given.get_mut(&token) {
                    given.key = Some(n);
                }
                self.waiting.insert(n);
                self.tally.add(Happening::FullOutbox, (self.waiting.len() == UNDER_WAY + 1).into());
            }
            Incoming::NotQueued { token, .. } => {
                if let Some(given) = self.given.get_mut(&token) {
                    given.not_queued = true;
                }
            }
            Incoming::Verdict { n, state } => {
                if let OutboxState::Refused(refusal) = &state {
                    self.tally.met(Happening::Refused);
                    self.tally.add(Happening::LostRace, matches!(refusal, Refusal::Taken { .. }).into());
                    self.tally.add(Happening::Stale, matches!(refusal, Refusal::StaleReply { .. }).into());
                }
                self.waiting.remove(&n);
                self.verdicts.insert(n, state);
            }
            Incoming::Link(status) => {
                self.tally.add(Happening::Thin, status.thin.into());
                self.seen = status.seen_at.map(|at| (at, status.seen_seq));
                (self.link, self.words, self.thin) = (status.state, status.words, status.thin);
            }
            _ => {}
        }
    }

    fn take(&mut self, hot: State) {
        let seen: Vec<_> = hot.interactions().map(|i| (i.case, i.id, i.epoch, i.owner)).collect();
        for (case, id, epoch, owner) in seen {
            self.meet(case, id, epoch, owner);
        }
        self.state = hot;
    }

    fn meet(&mut self, case: CaseId, id: InteractionId, epoch: u32, owner: Option<AgentId>) {
        self.cases.insert(case);
        if owner == Some(self.me) && !self.had.contains(&(id, epoch, case)) {
            self.had.push((id, epoch, case));
        }
    }

    /// The agent does something.
    pub fn perform(&self, effect: Effect) {
        if let Some(process) = &self.process {
            process.perform(effect);
        }
    }
}

/// Frames that came over some connection, and whether they were heard then.
struct Old {
    of: u32,
    frames: Vec<Down>,
    heard: bool,
}

/// Frames on their way over connections that the desk gave up.
#[derive(Default)]
struct Late {
    /// Everything this connection brings is late.
    held: Option<u32>,
    frames: Vec<Old>,
    /// The present connection is to end here and now.
    cut: bool,
    /// Nothing goes wrong any more.
    calm: bool,
}

impl Late {
    /// Whether what this connection brings comes late.
    fn is_of(&self, generation: u32, present: u32) -> bool {
        generation != present || self.held == Some(generation)
    }
}

fn words(frames: &[Down]) -> String {
    frames.iter().filter(|frame| tells(frame)).map(word).collect::<Vec<_>>().join("; ")
}

/// What goes into the engine, on its way there.
fn look(flaw: Flaw, late: &mut Late, dice: &Dice, tally: &Tally, arrival: Arrival<'_>) -> Option<(u32, Vec<Down>)> {
    let Arrival { frames, generation, present, cache } = arrival;
    let held = |lane: Lane| cache.is_some_and(|cache| cache.cursor(lane) > 0);
    let anew = |frame: &&Down| matches!(frame, Down::Batch { lane, from: 0, .. } if held(*lane));
    tally.add(Happening::BelowFloor, frames.iter().filter(anew).count() as u64);
    let unsaid = |frame: &&Down| matches!(frame, Down::Batch { records, .. } if records.iter().any(|r| matches!(r, Record::Absent { .. })));
    tally.add(Happening::Unsaid, frames.iter().filter(unsaid).count() as u64);
    let greets = |frames: &[Down]| frames.iter().any(|f| matches!(f, Down::Welcome { .. }));
    let mut old = None;
    let older = late.frames.partition_point(|old| old.of < present);
    if late.is_of(generation, present) {
        // Kept, and said in the middle of a newer connection.
        if late.frames.len() < KEPT {
            late.frames.push(Old { of: generation, frames: std::mem::take(frames), heard: false });
        }
        frames.clear();
    } else if greets(frames) {
        // Nothing comes before the first words of a connection.
    } else if older > 0 && dice.one_in(2) {
        // Those before it are lost.
        let at = if dice.one_in(3) { dice.below(older as u64) as usize } else { 0 };
        let Old { of, frames: mut said, heard } = late.frames.drain(..=at).next_back()?;
        said.retain(|f| !matches!(f, Down::Welcome { .. } | Down::Close { .. }));
        let believed = matches!(flaw, Flaw::OldFrames | Flaw::BatchAnywhere);
        old = Some((if believed { present } else { of }, said));
        tally.met(if heard { Happening::Doubled } else { Happening::Reordered });
        if !late.calm && dice.one_in(3) {
            // It is the last thing that is heard before the line breaks once more.
            (late.held, late.cut) = (Some(present), true);
            late.frames.push(Old { of: present, frames: std::mem::take(frames), heard: false });
        }
    } else if !late.calm && late.frames.len() < KEPT && dice.one_in(6) {
        // A copy of it is still somewhere on the way when there is a newer connection.
        late.frames.push(Old { of: generation, frames: frames.clone(), heard: true });
    }
    let Some(cache) = cache else { return old };
    if flaw == Flaw::BatchAnywhere
        && let Some((_, frames)) = &mut old
    {
        anywhere(cache, frames);
    }
    match flaw {
        Flaw::ForgetUnchecked => {
            for frame in frames.iter_mut() {
                let (Down::Batch { records, .. } | Down::Early { records }) = frame else { continue };
                for record in records {
                    if let Record::Forget { rev, scope, key } = record
                        && let Some(place) = cache.place(*key)
                    {
                        (*scope, *rev) = (place.0, place.1.max(*rev));
                    }
                }
            }
        }
        Flaw::NoForget => {
            for frame in frames.iter_mut() {
                if let Down::Batch { records, .. } | Down::Early { records } = frame {
                    records.retain(|record| matches!(record, Record::Put { .. }));
                }
            }
        }
        Flaw::BatchAnywhere => anywhere(cache, frames),
        Flaw::AgeTooYoung => {
            for frame in frames.iter_mut() {
                if let Down::Batch { server_ms, .. } = frame {
                    *server_ms += 60_000;
                }
            }
        }
        _ => {}
    }
    old
}

/// As if nobody looked where a batch begins.
fn anywhere(cache: &Cache, frames: &mut [Down]) {
    let mut cursors = [cache.cursor(Lane::Live), cache.cursor(Lane::Deep)];
    for frame in frames {
        if let Down::Batch { lane, from, to, .. } = frame {
            let cursor = &mut cursors[usize::from(*lane == Lane::Deep)];
            if *from != 0 {
                *from = *cursor;
            }
            *cursor = (*cursor).max(*to);
        }
    }
}
