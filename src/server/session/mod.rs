//! One desk's connection as a machine: inputs in, frames out. No socket and no clock in here.
//!
//! The driver ([`drive`]) feeds it commits, answers and frames and calls [`Session::pump`] whenever the pipe has
//! room: what is sent is chosen as late as possible. Reading takes place before the rights of that moment are known,
//! so every frame passes [`Session::release`] last. Invariant: nothing outside the agent's scopes leaves it.

pub mod drive;
mod due;
mod early;
mod lane;
pub(crate) mod parts;
mod pump;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::ids::{AgentId, CaseId, DeviceId, InteractionId, Seq};
use crate::domain::people::Presence;
use crate::domain::row::{Change, Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::{At, HOUR};
use crate::domain::work::Interaction;
use crate::domain::{Actor, Command};
use crate::wire::frame::{Down, Hello, Look, Outcome, Record, Up};

use super::core::request::{Commit, Origin, Reply};
use super::looks::Looks;
use due::{ended_by_hand, is_lazy, is_of_others};
use early::{Early, belonging, case_of};
use lane::Feed;
use parts::Parts;
use window::Window;

/// Changes of who looks where wait this long, ms.
const LOOKS_MS: u64 = 250;
/// While a desk that is a way off has a command at the core, what else there is waits for the verdict, at most this
/// long, ms: the commit is often heard a moment before it.
const VERDICT_MS: u64 = 50;
/// A desk silent for this long is gone, ms.
const DEAD_MS: u64 = 240_000;
/// Deep changes above this many bytes are not sent at once for the sake of one case in them.
const SMALL: usize = 8 << 10;
/// Commands a desk may have unanswered before it is told that it misbehaves; the protocol says 16.
const UNANSWERED: usize = 64;
/// Answers that wait for the pipe at most.
const OUT: usize = 4_096;
/// How old a key press may be at most when nobody knows when the desk was last heard: a shift.
const SHIFT_MS: i64 = 12 * HOUR;
/// When to come back after the server could not store anything, seconds.
const RETRY_S: u32 = 10;

/// Now, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Server time.
    pub at: At,
    /// Steady time, ms.
    pub ms: u64,
}

/// A sorted set of scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// From [`crate::domain::permit::scopes`], which sorts them.
    pub fn new(sorted: Arc<[Scope]>) -> Scopes {
        Scopes(sorted)
    }

    /// Whether a row there may be seen.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.binary_search(&scope).is_ok()
    }

    fn of(&self, lane: Lane) -> Vec<Scope> {
        self.0.iter().copied().filter(|s| s.lane() == lane).collect()
    }
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Number of the session, unique while the server runs.
    pub session: u64,
    /// Whose desk.
    pub agent: AgentId,
    /// Which desk.
    pub device: DeviceId,
    /// Highest command number with a verdict.
    pub last_n: u64,
    /// When the desk was last heard before this connection.
    pub last_heard: Option<At>,
}

/// What the driver is asked to do.
#[derive(Debug)]
pub enum Wish {
    /// Hand a command to the core; its answer comes back as [`Session::answer`].
    Submit {
        /// Number of the command.
        n: u64,
        /// Who asks.
        actor: Actor,
        /// Which one it is.
        origin: Origin,
        /// What is asked; `None` only uses up the number.
        command: Option<Box<Command>>,
    },
    /// Find out whether the case may be seen, and tell [`Session::looks_at`].
    Look {
        /// Which.
        case: CaseId,
        /// What the agent does there.
        look: Look,
    },
    /// The agent looks at nothing any more.
    LookAway,
}

/// What the core said to a command.
#[derive(Debug)]
struct Ruled {
    n: u64,
    seq: Seq,
    outcome: Outcome,
    fresh: bool,
}

/// One connection.
pub struct Session {
    peer: Peer,
    hello: Hello,
    epoch: u64,
    scopes: Scopes,
    live: Feed,
    deep: Feed,
    parts: Parts,
    /// Rows of parts still to be sent, article bodies apart.
    left: u64,
    bodies: u64,
    /// Rights changed since the rows still to come were counted.
    recount: bool,
    window: Window,
    /// Whether the desk wants thin-link mode; else the window judges.
    thin: Option<bool>,
    /// Whether the desk is a way off, as it says itself.
    far: bool,
    early: Early,
    looks: Arc<Looks>,
    looks_due: Option<u64>,
    looks_dirty: BTreeMap<CaseId, Scope>,
    looks_told: BTreeSet<CaseId>,
    open_look: Option<(CaseId, Look)>,
    /// Frames that read nothing: beats, grants, rows that went by and are needed at once.
    out: Vec<Down>,
    /// What the core answered, not yet sent.
    verdicts: Vec<Ruled>,
    /// The agent takes contacts.
    on_duty: bool,
    /// When they last had one in hand, steady ms.
    served: Option<u64>,
    started: bool,
    /// The head when it began.
    began: Seq,
    closing: bool,
    /// The lane's cursor must reach the newest seq soon: a verdict waits for it.
    tell_live: bool,
    tell_deep: bool,
    /// Until when the desk's first answer is waited for; `None` before the start and once it came.
    greet_due: Option<u64>,
    unanswered: usize,
    /// Since when a command is at the core, steady ms.
    asked: Option<u64>,
    pressed: At,
    spoke: u64,
    heard: Moment,
    flushed: u64,
}

impl Session {
    /// A connection that was let in; `scopes` are the agent's rights now.
    pub fn new(peer: Peer, hello: Hello, epoch: u64, scopes: Scopes, looks: Arc<Looks>, now: Moment) -> Session {
        let pressed = peer.last_heard.unwrap_or(now.at.plus(-SHIFT_MS));
        let looks_dirty: BTreeMap<CaseId, Scope> = looks.cases().into_iter().collect();
        Session {
            peer,
            hello,
            epoch,
            scopes,
            live: Feed::new(Lane::Live),
            deep: Feed::new(Lane::Deep),
            parts: Parts::default(),
            left: 0,
            bodies: 0,
            recount: false,
            window: Window::default(),
            thin: None,
            far: false,
            early: Early::default(),
            looks,
            looks_due: (!looks_dirty.is_empty()).then_some(now.ms + LOOKS_MS),
            looks_dirty,
            looks_told: BTreeSet::new(),
            open_look: None,
            out: Vec::new(),
            verdicts: Vec::new(),
            on_duty: false,
            served: None,
            started: false,
            began: 0,
            closing: false,
            tell_live: false,
            tell_deep: false,
            greet_due: None,
            unanswered: 0,
            asked: None,
            pressed,
            spoke: now.ms,
            heard: now,
            flushed: 0,
        }
    }

    /// When the desk was last heard.
    pub fn heard(&self) -> Moment {
        self.heard
    }

    /// Whether the last frame is [`Down::Close`] and nothing follows it.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Bytes of changes held until the desk takes them.
    pub fn held(&self) -> usize {
        self.live.held() + self.deep.held()
    }

    /// Says goodbye; nothing else is sent after it.
    pub fn close(&mut self, why: &str, retry_s: Option<u32>) {
        if !self.closing {
            self.closing = true;
            self.out.push(Down::Close { why: why.to_owned(), retry_s });
        }
    }

    /// A frame from the desk.
    pub fn up(&mut self, frame: Up, now: Moment) -> Option<Wish> {
        self.heard = now;
        self.greet_due = None;
        if self.out.len() + self.verdicts.len() > OUT {
            self.close("This desk asks faster than it reads the answers.", Some(RETRY_S));
            return None;
        }
        let hash = if matches!(frame, Up::Command { .. }) { hash_of(&frame) } else { 0 };
        match frame {
            Up::Command { n, at_ms, command } => {
                self.pressed = At(at_ms).clamp(self.pressed.min(now.at), now.at);
                self.submit(n, hash, Some(command), now)
            }
            Up::Skip { n } => self.submit(n, 0, None, now),
            Up::Credit { bytes } => {
                self.window.credit(bytes, now.ms);
                None
            }
            Up::Look { case, writing } => {
                let look = if writing { Look::Writing } else { Look::Reading };
                self.open_look = case.map(|case| (case, look));
                self.send_what_concerns();
                Some(case.map_or(Wish::LookAway, |case| Wish::Look { case, look }))
            }
            Up::Want { key } => {
                self.early.ask(key);
                None
            }
            Up::Texts { messages } => {
                self.early.ask_texts(messages);
                None
            }
            Up::Line { thin, far } => {
                (self.thin, self.far) = (thin, far);
                None
            }
            Up::Here => None,
            Up::CatchUp => {
                self.deep.urgent |= self.deep.waits() || self.deep.behind;
                None
            }
            Up::Beat { desk_ms } => {
                self.out.push(Down::Beat { desk_ms, server_ms: now.at.0 });
                None
            }
        }
    }

    fn submit(&mut self, n: u64, hash: u64, command: Option<Box<Command>>, now: Moment) -> Option<Wish> {
        self.unanswered += 1;
        self.asked.get_or_insert(now.ms);
        if self.unanswered > UNANSWERED {
            self.close("This desk sends commands faster than it may.", Some(RETRY_S));
            return None;
        }
        let origin = Origin::Desk {
            device: self.peer.device,
            incarnation: self.hello.incarnation,
            n,
            hash,
            pressed: self.pressed,
        };
        Some(Wish::Submit { n, actor: Actor::Agent(self.peer.agent), origin, command })
    }

    /// The core has answered a command.
    pub fn answer(&mut self, n: u64, reply: Reply) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.unanswered == 0 {
            self.asked = None;
        }
        let (seq, outcome, fresh) = match reply {
            Reply::Done { seq, fresh, .. } => (seq, Outcome::Done, fresh),
            Reply::Refused { seq, refusal } => (seq, Outcome::Refused(refusal), false),
            Reply::Cloned => (self.live.cursor, Outcome::Cloned, false),
            Reply::Expect { n } => {
                self.out.push(Down::Expect { n });
                return;
            }
            Reply::Failed(why) => {
                self.close(&format!("The server cannot store anything now: {why}."), Some(RETRY_S));
                return;
            }
            Reply::Repeat { .. } | Reply::Reused => return,
        };
        self.verdicts.push(Ruled { n, seq, outcome, fresh });
        self.tell_live = true;
    }

    /// The verdicts that wait. A desk that is a way off gets what its command made right behind it, so that the rest of
    /// the lane need not come along; elsewhere the lane is sent up to there.
    fn rule(&mut self) -> Vec<Down> {
        let (mut frames, mut made) = (Vec::new(), Vec::new());
        for Ruled { n, seq, outcome, fresh } in std::mem::take(&mut self.verdicts) {
            let ahead = fresh && self.is_far() && self.deep.is_complete() && self.deep.upto() >= seq;
            if ahead {
                made.extend(self.deep.take_out(|change| change.rev() == seq).into_iter().map(Record::from));
            } else {
                self.tell_deep = true;
            }
            frames.push(Down::Verdict { n, seq, deep: if ahead { 0 } else { seq }, outcome });
        }
        if !made.is_empty() {
            frames.push(Down::Early { records: made });
        }
        frames
    }

    /// What waits and belongs to a case the agent works on or looks at goes at once, ahead of its lane.
    fn send_what_concerns(&mut self) {
        if !self.is_far() {
            return;
        }
        let (early, open) = (&self.early, self.open_look.map(|(case, _)| case));
        let concerns = |case: CaseId| early.is_mine(case) || open == Some(case);
        let rows = self.deep.take_out(|c| case_of(c).is_some_and(concerns) || early.is_of_my_customer(c));
        self.send_early(rows);
    }

    fn send_early(&mut self, rows: Vec<Change>) {
        if !rows.is_empty() {
            self.out.push(Down::Early { records: rows.into_iter().map(Record::from).collect() });
        }
    }

    /// The agent may look at the case, which lives in `scope`: the others are told.
    pub fn looks_at(&mut self, case: CaseId, scope: Scope, look: Look) {
        if self.open_look == Some((case, look)) && self.scopes.has(scope) {
            self.looks.set(self.peer.session, self.peer.agent, case, scope, look);
        }
    }

    /// Someone's look changed.
    pub fn look_news(&mut self, case: CaseId, scope: Scope, now: Moment) {
        if !self.scopes.has(scope) && !self.looks_told.contains(&case) {
            return;
        }
        self.looks_dirty.insert(case, scope);
        // Of a case that is not open here a desk that is a way off hears with the next message: most of it is over then.
        if !self.is_far() || self.open_look.is_some_and(|(open, _)| open == case) {
            let due = now.ms + LOOKS_MS;
            self.looks_due = Some(self.looks_due.map_or(due, |before| before.min(due)));
        }
    }

    /// Too many looks changed to follow: look at all of them.
    pub fn looks_missed(&mut self, now: Moment) {
        for (case, scope) in self.looks.cases() {
            self.look_news(case, scope, now);
        }
        let told: Vec<CaseId> = self.looks_told.iter().copied().collect();
        for case in told {
            self.looks_dirty.entry(case).or_insert(Scope::Desk);
        }
    }

    /// A commit went by.
    pub fn commit(&mut self, commit: &Commit, now: Moment) {
        let scopes = self.scopes.clone();
        let visible = |lane| commit.changes.iter().filter(move |c| c.scope().lane() == lane);
        let seen = |change: &&Change| scopes.has(change.scope());
        let mut mine = false;
        for change in visible(Lane::Live).filter(seen) {
            match change.key().entity {
                Entity::Interaction => mine |= self.see_change(change),
                Entity::Presence => self.see_presence(change),
                _ => {}
            }
        }
        self.live.urgent |= mine;
        if mine {
            self.served = Some(now.ms);
        }
        let (me, early, open) = (self.peer.agent, &self.early, self.open_look.map(|(case, _)| case));
        let concerns = |case: CaseId| early.is_mine(case) || open == Some(case);
        let far = self.is_far();
        let ahead = far && self.deep.is_complete();
        let ended = if far { ended_by_hand(&commit.changes) } else { Vec::new() };
        let lazy =
            |change: &Change| is_lazy(change, me) || (far && is_of_others(change, me, commit.at, &ended, concerns));
        let withheld = |change: &Change| far && pump::is_text_of_others(change, me, concerns);
        self.live.take(commit, &scopes, now.ms, lazy, |_| false);
        // What is news here goes ahead of its lane, the rest of which waits.
        self.deep.take(commit, &scopes, now.ms, |change| ahead || lazy(change), withheld);
        if ahead {
            let of_mine = |c: &Change| case_of(c).is_some_and(concerns) || early.is_of_my_customer(c);
            // A contact that comes to concern the agent brings along what waited until now.
            let from = if mine { 0 } else { commit.from };
            let news = self.deep.take_out(|c| c.rev() > from && (of_mine(c) || (c.rev() > commit.from && !lazy(c))));
            self.send_early(news);
        }
        for change in visible(Lane::Deep).filter(seen).filter(|c| c.key().entity == Entity::Case) {
            self.follow_look(change);
        }
        let (early, open) = (&self.early, self.open_look.map(|(case, _)| case));
        let concerns = |case: CaseId| early.is_mine(case) || open == Some(case);
        let fresh = visible(Lane::Deep).filter(seen);
        if !ahead && (mine || fresh.clone().filter_map(case_of).any(concerns)) && !self.deep.behind {
            if self.deep.waiting() <= self.small() {
                self.deep.urgent = true;
            } else {
                let fresh: Vec<Change> = fresh.cloned().collect();
                let records: Vec<Record> = belonging(&fresh, concerns).into_iter().map(Record::from).collect();
                if !records.is_empty() {
                    self.out.push(Down::Early { records });
                }
            }
        }
    }

    /// Bytes of deep changes that still go along with something urgent: little on a link that is thin, or not known.
    fn small(&self) -> usize {
        SMALL.min(2 * self.window.chunk())
    }

    /// The case the agent looks at moved: those who see it now are told, the others no longer.
    fn follow_look(&mut self, change: &Change) {
        let Some((case, look)) = self.open_look.filter(|(case, _)| case.0 == change.key().id) else { return };
        match change {
            Change::Put { scope, .. } => self.looks_at(case, *scope, look),
            Change::Forget { scope, .. } => self.looks.leave(self.peer.session, *scope),
            Change::Absent { .. } => {}
        }
    }

    /// Commits went by unseen.
    pub fn missed_commits(&mut self) {
        self.live.miss();
        self.deep.miss();
    }

    /// An interaction changed or went; true when it concerns this agent, or did.
    fn see_change(&mut self, change: &Change) -> bool {
        match change {
            Change::Put { body, .. } => match Row::decode(Entity::Interaction, body) {
                Some(Row::Interaction(interaction)) => self.see(&interaction),
                _ => false,
            },
            Change::Forget { key, .. } | Change::Absent { key, .. } => self.early.gone(InteractionId(key.id)),
        }
    }

    fn see_presence(&mut self, change: &Change) {
        if let Change::Put { key, body, .. } = change
            && key.id == self.peer.agent.0
            && let Some(Row::Presence(row)) = Row::decode(Entity::Presence, body)
        {
            self.on_duty = row.presence == Presence::Ready;
        }
    }

    fn see(&mut self, interaction: &Interaction) -> bool {
        // Bodies are the last of all, and no case needs them.
        let rest = self.parts.next(Lane::Deep);
        let whole = self.started && rest.is_none_or(|part| part.entity == Entity::ArticleBody);
        self.early.see(interaction, self.peer.agent, whole, self.started)
    }

    /// The agent's rights as of now; `None` when they may see nothing at all.
    pub fn rights(&mut self, scopes: Option<Scopes>) {
        let Some(scopes) = scopes else {
            // Once: whoever listens by them takes other ones for news.
            if !self.scopes.0.is_empty() {
                self.scopes = Scopes(Arc::new([]));
            }
            self.close("This account was closed. Ask your lead.", None);
            return;
        };
        if scopes == self.scopes {
            return;
        }
        let before = std::mem::replace(&mut self.scopes, scopes);
        if !self.started {
            return;
        }
        self.recount = true;
        for scope in before.0.iter().filter(|s| !self.scopes.has(**s)) {
            self.live.drop_scope(*scope);
            self.deep.drop_scope(*scope);
            self.parts.drop_scope(*scope);
            self.looks.leave(self.peer.session, *scope);
            self.out.push(Down::Drop { scope: *scope });
        }
        for scope in self.scopes.0.iter().filter(|s| !before.has(**s)) {
            self.parts.grant(*scope);
            self.out.push(Down::Grant { scope: *scope });
        }
    }
}

/// First 8 bytes of the SHA-256 of a command as it was sent.
fn hash_of(frame: &Up) -> u64 {
    let bytes = postcard::to_stdvec(frame).expect("invariant: plain data always encodes");
    Sha256::digest(bytes).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests;
