//! The machine by itself: whatever commits it sees, misses or reads, its batches chain and lose nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::Command;
use crate::domain::ids::MessageId;
use crate::domain::people::{Presence, PresenceRow};
use crate::domain::row::RowKey;
use crate::domain::work::{Author, Channel, Kind, Message};
use crate::server::tests::{ANA, EPOCH, House, T0, customer, put, queue};
use crate::wire::frame::{PROTOCOL, PROTOCOL_MIN, Part};

const NEVER: u64 = u64::MAX / 2;

#[derive(Debug, Clone)]
enum Step {
    /// A commit that the session sees, or misses.
    Live(bool),
    Deep(u64, bool),
    /// The pipe has room.
    Pump,
    /// Time passes.
    Wait(u64),
    Credit,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Live),
        (0..9_u64, any::<bool>()).prop_map(|(n, seen)| Step::Deep(n, seen)),
        Just(Step::Pump),
        (0..400_u64).prop_map(Step::Wait),
        Just(Step::Credit),
    ]
}

/// The other end: cursors and rows.
#[derive(Default)]
struct End {
    cursors: [Seq; 2],
    rows: BTreeMap<RowKey, Seq>,
    owed: u32,
    whole: bool,
}

impl End {
    fn take(&mut self, frames: Vec<Down>) {
        for frame in frames {
            self.owed += frame.weight();
            match frame {
                Down::Batch { lane, from, to, records, .. } => {
                    let cursor = &mut self.cursors[usize::from(lane == Lane::Deep)];
                    assert!(from == *cursor && to >= from, "{lane:?}: ({from}, {to}] at {cursor}");
                    *cursor = to;
                    for change in records.into_iter().map(Change::from) {
                        assert!(change.rev() <= to, "a batch ends at its newest change");
                        self.put(change.key(), change.rev());
                    }
                }
                Down::Chunk { entity, rows, left, .. } => {
                    for (id, rev, _) in rows {
                        self.put(RowKey { entity, id }, rev);
                    }
                    self.whole = left == 0;
                }
                Down::Early { records } => {
                    records.into_iter().map(Change::from).for_each(|c| self.put(c.key(), c.rev()));
                }
                _ => {}
            }
        }
    }

    fn put(&mut self, key: RowKey, rev: Seq) {
        let known = self.rows.entry(key).or_default();
        *known = rev.max(*known);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_chain_and_lose_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let house = House::new();
        let mut commits = house.hub.core.commits();
        let mut reader = house.hub.core.reader().expect("a reader");
        let rights = house.hub.core.published().borrow().rights[&ANA].clone();
        let scopes = Scopes::new(rights);
        let mut now = Moment { at: T0, ms: 1_000 };
        let mut session = session(&scopes, hello(), now);
        let mut end = End::default();
        let mut pump = |session: &mut Session, end: &mut End, now: Moment| {
            if session.has_output(now) {
                let needs = session.needs_reader(now);
                let pumped = session.pump(now, needs.then_some(reader.as_mut())).expect("reads");
                let frames = session.release(pumped, Some(scopes.clone()), now);
                end.take(frames);
            }
        };
        let mut names = 0;
        for step in steps {
            let (command, seen) = match step {
                Step::Live(seen) => {
                    names += 1;
                    (put(queue(0, &format!("q{names}"))), seen)
                }
                Step::Deep(n, seen) => (customer(n), seen),
                Step::Pump => {
                    pump(&mut session, &mut end, now);
                    continue;
                }
                Step::Wait(ms) => {
                    now.ms += ms;
                    continue;
                }
                Step::Credit => {
                    session.up(Up::Credit { bytes: std::mem::take(&mut end.owed) }, now);
                    continue;
                }
            };
            house.operate(vec![command]);
            let commit = commits.read().expect("a commit");
            if seen { session.commit(&commit, now) } else { session.missed_commits() }
        }
        // Whatever is due goes out; then a verdict carries both cursors to the head.
        for _ in 0..200 {
            now.ms += 300;
            pump(&mut session, &mut end, now);
            session.up(Up::Credit { bytes: std::mem::take(&mut end.owed) }, now);
        }
        session.answer(1, Reply::Done { seq: 0, made: vec![], fresh: false });
        while session.has_output(now) {
            pump(&mut session, &mut end, now);
        }
        let head = house.hub.core.published().borrow().seq;
        prop_assert_eq!(end.cursors, [head, head]);
        prop_assert!(end.whole && session.next_wake(now) < NEVER);
        let mut theirs = BTreeMap::new();
        for scope in [Lane::Live, Lane::Deep].into_iter().flat_map(|lane| scopes.of(lane)) {
            for entity in Entity::ALL {
                let (_, rows) = reader.part(scope, *entity, 0, usize::MAX).expect("reads");
                theirs.extend(rows.into_iter().map(|r| (r.key, r.rev)));
            }
        }
        prop_assert_eq!(end.rows, theirs);
    }
}

/// What a desk says that has nothing.
fn hello() -> Hello {
    Hello {
        min: PROTOCOL_MIN,
        max: PROTOCOL,
        incarnation: 1,
        generation: 1,
        epoch: EPOCH,
        live: 0,
        deep: 0,
        parts: vec![],
        dictionary: 0,
        version: String::new(),
    }
}

/// A session of Ana's whose desk said this.
fn session(scopes: &Scopes, hello: Hello, now: Moment) -> Session {
    let peer = Peer { session: 1, agent: ANA, device: DeviceId(1), last_n: 0, last_heard: None };
    Session::new(peer, hello, EPOCH, scopes.clone(), Arc::default(), now)
}

/// A session of Ana's whose desk has everything up to these cursors.
fn again(scopes: &Scopes, live: Seq, deep: Seq, now: Moment) -> Session {
    let part = |scope: Scope, entity: Entity| Part { scope, entity, mark: 9, whole: true };
    let of = |scope: &Scope| {
        let scope = *scope;
        Entity::ALL.iter().filter(move |e| parts::lives_in(**e, scope)).map(move |e| part(scope, *e))
    };
    session(scopes, Hello { live, deep, parts: scopes.0.iter().flat_map(of).collect(), ..hello() }, now)
}

/// The cursor was known well enough when the desk came; by the time its history is read it is not.
#[tokio::test]
async fn what_the_ledger_forgets_in_the_middle_of_a_session_is_begun_anew() {
    let house = House::new();
    house.operate(vec![customer(1)]);
    let known = house.hub.core.published().borrow().seq;
    house.operate(vec![customer(2)]);
    let mut reader = house.hub.core.reader().expect("a reader");
    let scopes = Scopes::new(house.hub.core.published().borrow().rights[&ANA].clone());
    let mut now = Moment { at: T0, ms: 1_000 };
    let mut session = again(&scopes, known, known, now);
    let mut pump = |session: &mut Session, now: Moment| {
        let pumped = session.pump(now, Some(reader.as_mut())).expect("reads");
        session.release(pumped, Some(scopes.clone()), now)
    };
    let begins = |frames: &[Down], which: Lane| {
        let of =
            |f: &Down| if let Down::Batch { lane, from, .. } = f { (*lane == which).then_some(*from) } else { None };
        frames.iter().find_map(of)
    };
    assert_eq!(begins(&pump(&mut session, now), Lane::Live), Some(known), "what is known is gone on with");
    let sweep = house.hub.core.run(|inside| inside.ledger.sweep(T0.plus(30 * crate::domain::time::DAY)));
    sweep.await.expect("runs").expect("sweeps");
    let mut frames = Vec::new();
    for _ in 0..60 {
        now.ms += 300;
        if session.has_output(now) {
            frames.extend(pump(&mut session, now));
            session.up(Up::Credit { bytes: 4 << 10 }, now);
        }
    }
    assert_eq!(begins(&frames, Lane::Deep), Some(0), "{frames:?}");
    let people = |f: &Down| matches!(f, Down::Chunk { entity: Entity::Customer, rows, .. } if rows.len() == 2);
    assert!(frames.iter().any(people), "everything there is follows: {frames:?}");
}

#[test]
fn in_thin_link_mode_texts_of_articles_come_only_when_asked_for() {
    let house = House::new();
    let head = crate::domain::article::ArticleHead {
        id: crate::domain::ids::ArticleId(0),
        slug: "roaming".into(),
        title: "Roaming".into(),
        locale: "en".into(),
        tags: vec![],
        owner: String::new(),
        verified_until: String::new(),
        internal: false,
        updated: T0,
    };
    house.operate(vec![Command::ImportArticle { head: Box::new(head), body: "Say it slowly.".into() }]);
    let mut line = Line::new(house, Up::Line { thin: Some(true), far: false });
    let rest = |line: &mut Line| line.goes_on(60, 300).concat();
    let chunks = |frames: &[Down]| {
        let chunk = |f: &Down| if let Down::Chunk { entity, left, .. } = f { Some((*entity, *left)) } else { None };
        frames.iter().filter_map(chunk).collect::<Vec<_>>()
    };
    let frames = rest(&mut line);
    let first = chunks(&frames);
    let article = frames.iter().find_map(|f| match f {
        Down::Chunk { entity: Entity::ArticleHead, rows, .. } => rows.first().map(|(id, ..)| *id),
        _ => None,
    });
    assert!(first.iter().any(|(entity, _)| *entity == Entity::ArticleHead), "{first:?}");
    assert!(first.iter().all(|(entity, _)| *entity != Entity::ArticleBody), "{first:?}");
    assert_eq!(first.last().map(|(_, left)| *left), Some(0), "what comes only when asked for is not awaited");
    let body = RowKey { entity: Entity::ArticleBody, id: article.expect("its title came") };
    line.session.up(Up::Want { key: body }, line.now);
    let early = rest(&mut line);
    let put = |r: &Record| matches!(r, Record::Put { key, .. } if *key == body);
    let has = |f: &Down| matches!(f, Down::Early { records } if records.iter().any(put));
    assert!(early.iter().any(has), "{early:?}");
    line.session.up(Up::Line { thin: Some(false), far: false }, line.now);
    let then = chunks(&rest(&mut line));
    assert!(then.iter().any(|(entity, _)| *entity == Entity::ArticleBody), "{then:?}");
}

#[test]
fn what_colleagues_and_their_customers_say_is_told_when_it_concerns_somebody() {
    let mut line = Line::settled(Up::Line { thin: None, far: true });
    let rest = |line: &mut Line| {
        let rows = |frame: Down| match frame {
            Down::Batch { records, .. } | Down::Early { records } => records,
            _ => Vec::new(),
        };
        line.goes_on(60, 2_000).concat().into_iter().flat_map(rows).collect::<Vec<_>>()
    };
    let told = |records: &[Record]| records.iter().map(|r| matches!(r, Record::Put { .. })).collect::<Vec<_>>();
    line.is_said(1, Author::Customer);
    let records = rest(&mut line);
    assert!(matches!(records[..], [Record::Absent { parent: 900, .. }]), "{records:?}");
    line.is_said(2, Author::Agent(ANA));
    assert_eq!(told(&rest(&mut line)), [true], "her own words come back to her");
    line.session.up(Up::Look { case: Some(CaseId(900)), writing: false }, line.now);
    line.is_said(3, Author::Customer);
    assert_eq!(told(&rest(&mut line)), [true], "she has the case open");
}

/// A session of Ana's on a line like this.
struct Line {
    house: House,
    scopes: Scopes,
    session: Session,
    now: Moment,
    head: Seq,
}

impl Line {
    /// One whose desk has nothing yet.
    fn new(house: House, line: Up) -> Line {
        let published = house.hub.core.published().borrow().clone();
        let scopes = Scopes::new(published.rights[&ANA].clone());
        let now = Moment { at: T0, ms: 1_000 };
        let mut session = session(&scopes, hello(), now);
        session.up(line, now);
        Line { house, scopes, session, now, head: published.seq }
    }

    /// One whose desk has everything.
    fn settled(line: Up) -> Line {
        let mut line = Line::new(House::new(), line);
        line.goes_on(60, 300);
        line
    }

    /// Time passes in steps; the messages that come.
    fn goes_on(&mut self, steps: u64, ms: u64) -> Vec<Vec<Down>> {
        let mut reader = self.house.hub.core.reader().expect("a reader");
        let mut messages = Vec::new();
        for _ in 0..steps {
            self.now.ms += ms;
            if self.session.has_output(self.now) {
                let needs = self.session.needs_reader(self.now);
                let pumped = self.session.pump(self.now, needs.then_some(reader.as_mut())).expect("reads");
                let out = self.session.release(pumped, Some(self.scopes.clone()), self.now);
                self.session.up(Up::Credit { bytes: out.iter().map(Down::weight).sum() }, self.now);
                messages.push(out);
            }
        }
        messages
    }

    fn happens(&mut self, row: Row) {
        let change = Change::Put { rev: self.head + 1, scope: row.scope(), key: row.key(), body: row.encode() };
        self.head += 1;
        let commit = Commit { from: self.head - 1, to: self.head, at: T0, changes: vec![change].into() };
        self.session.commit(&commit, self.now);
    }

    /// What somebody says on a case that is not hers.
    fn is_said(&mut self, id: u64, author: Author) {
        let history =
            self.scopes.0.iter().find_map(|s| if let Scope::History(queue) = s { Some(*queue) } else { None });
        self.happens(
            Message {
                id: MessageId(id),
                case: CaseId(900),
                queue: history.expect("she may read"),
                at: T0,
                author,
                kind: Kind::Message,
                channel: Channel::Chat,
                body: "The bill of March is twice as high as the one before.".into(),
                files: Vec::new(),
                went: None,
            }
            .into(),
        );
    }

    fn is_ready(&mut self) {
        let team = self.scopes.0.iter().find_map(|s| if let Scope::Team(team) = s { Some(*team) } else { None });
        self.happens(
            PresenceRow {
                agent: ANA,
                team: team.expect("she is in one"),
                presence: Presence::Ready,
                since: T0,
                next: None,
                idle_since: T0,
                link_lost: None,
                missed: 0,
                last_miss: None,
                forced: None,
            }
            .into(),
        );
    }
}

fn deep_rows(messages: &[Vec<Down>]) -> usize {
    let rows = |frame: &Down| match frame {
        Down::Batch { lane: Lane::Deep, records, .. } => records.len(),
        _ => 0,
    };
    messages.iter().flatten().map(rows).sum()
}

#[test]
fn on_a_thin_link_colleagues_cases_come_in_a_break_or_when_asked_for() {
    let mut line = Line::settled(Up::Line { thin: Some(true), far: true });
    line.is_ready();
    line.is_said(1, Author::Agent(AgentId(77)));
    // Two hours of a shift.
    assert_eq!(deep_rows(&line.goes_on(7_200, 1_000)), 0);
    line.session.up(Up::CatchUp, line.now);
    assert_eq!(deep_rows(&line.goes_on(1, 1_000)), 1, "she asked for it");
    line.is_said(2, Author::Agent(AgentId(77)));
    line.session.on_duty = false;
    assert_eq!(deep_rows(&line.goes_on(900, 1_000)), 1, "a break");
}

#[test]
fn what_a_command_changes_goes_in_one_message_with_its_verdict() {
    for (far, messages) in [(true, 1), (false, 2)] {
        let mut line = Line::settled(Up::Line { thin: Some(false), far });
        line.goes_on(300, 1_000);
        let command = Box::new(Command::SetPresence { to: Presence::Ready });
        line.session.up(Up::Command { n: 1, at_ms: T0.0, command }, line.now);
        // The commit is heard a moment before the verdict.
        line.is_ready();
        let before = line.goes_on(2, VERDICT_MS / 4);
        let seq = line.head;
        line.session.answer(1, Reply::Done { seq, made: Vec::new(), fresh: true });
        let after = line.goes_on(2, VERDICT_MS / 4);
        assert_eq!(before.len() + after.len(), messages, "far: {far}");
        assert!(after.iter().flatten().any(|f| matches!(f, Down::Verdict { n: 1, .. })), "{after:?}");
    }
}

#[test]
fn a_commit_waits_for_its_verdict_for_a_moment_only() {
    let mut line = Line::settled(Up::Line { thin: Some(false), far: true });
    line.goes_on(300, 1_000);
    let command = Box::new(Command::SetPresence { to: Presence::Ready });
    line.session.up(Up::Command { n: 1, at_ms: T0.0, command }, line.now);
    line.is_ready();
    assert!(line.session.next_wake(line.now) <= line.now.ms + VERDICT_MS);
    assert!(!line.goes_on(1, VERDICT_MS + 300).is_empty());
}

#[test]
fn an_account_that_is_closed_is_no_news_twice() {
    let mut line = Line::settled(Up::Line { thin: Some(false), far: true });
    line.session.rights(None);
    let closed = line.session.scopes.clone();
    line.session.rights(None);
    assert!(Arc::ptr_eq(&closed.0, &line.session.scopes.0), "a session whose desk does not read would spin");
}
