//! What a run begins from: a firm, its ledger, and desks that were at work before. Made once, by the desks and the
//! server themselves, and copied for every run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::flaw::Flaw;
use super::house::{self, DESKS, House, QUEUES};
use super::plan::{Plan, Theme};
use super::time::{ComputerClock, WorldTime};
use super::world::World;
use crate::domain::Command;
use crate::domain::ids::{AgentId, InteractionId, OutcomeId, ReasonId, TeamId};
use crate::domain::people::{Agent, Presence, Role, Team};
use crate::domain::work::{Channel, Outcome, Reason};
use crate::server::core::request::Reply;
use crate::store::cache::{self, Cache};
use crate::store::ledger_sqlite::{self, SqliteLedger};
use crate::store::outbox;

/// Who has a contact: agents whose desks are in every run, and one more.
const BUSY: [u64; 3] = [1, 2, 3];
/// Between the end of the desks' work and the beginning of a run, ms.
const PAUSE_MS: u64 = 5_000;

/// The files, and when it is.
pub struct Morning {
    /// True time, ms.
    pub at: u64,
    /// The ledger as its file.
    pub ledger: Vec<u8>,
    /// The same as a backup, in a folder that stays for as long as the tests run.
    pub backup: PathBuf,
    /// What each desk has.
    pub desks: Vec<Files>,
    /// A desk that was never opened.
    pub new: Files,
    /// Contacts that wait.
    pub open: Vec<InteractionId>,
    _dir: tempfile::TempDir,
}

/// A desk's files, by their names; a missing one is made when the desk is opened.
#[derive(Clone)]
pub struct Files(pub Vec<(&'static str, Vec<u8>)>);

/// Everyone was at work, some with a contact, and all of it arrived.
pub fn morning() -> &'static Morning {
    static MORNING: OnceLock<Morning> = OnceLock::new();
    MORNING.get_or_init(|| {
        let dir = super::folder();
        let theme = Theme::Mixed;
        let plan = Plan { seed: 0, theme, desks: DESKS, steps: 0, in_memory: false, faults: 1, skew: 0 };
        let mut world = World::on(first(), plan, Flaw::None, dir.path().to_owned(), false);
        world.heal();
        world.settle().expect("nothing goes wrong");
        for agent in BUSY.map(AgentId) {
            act(&mut world.house, agent, Command::SetPresence { to: Presence::Ready });
            let state = world.house.state().expect("the server runs");
            let offered = state.interactions().find(|i| i.offered_to().is_some_and(|(to, _)| to == agent));
            let take = offered.map(|i| Command::AcceptOffer { interaction: i.id, epoch: i.epoch });
            act(&mut world.house, agent, take.unwrap_or(Command::Pull { interaction: None }));
        }
        world.settle().expect("nothing goes wrong");
        let at = world.time.now() + PAUSE_MS;
        world.computers.iter_mut().for_each(super::computer::Computer::close);
        let read = |files: PathBuf, name| (name, whole(&files.join(name)));
        let files = world.computers.iter().map(super::computer::Computer::files);
        let desks =
            files.map(|f| Files([cache::FILE, outbox::FILE].map(|name| read(f.clone(), name)).into())).collect();
        let path = world.house.file();
        world.house.crash(&world.sky);
        let backup = dir.path().join("backup");
        house::backed_up(&path, &backup);
        let ledger = whole(&path);
        Morning { at, ledger, backup, desks, new: first().new.clone(), open: first().open.clone(), _dir: dir }
    })
}

fn act(house: &mut House, agent: AgentId, command: Command) {
    let reply = house.act(agent, command);
    assert!(matches!(reply, Some(Reply::Done { .. })), "{reply:?}");
}

/// The firm is founded, customers wait, and no desk was ever opened.
fn first() -> &'static Morning {
    static FIRST: OnceLock<Morning> = OnceLock::new();
    FIRST.get_or_init(|| {
        let dir = super::folder();
        let (path, backup) = (dir.path().join(ledger_sqlite::FILE), dir.path().join("backup"));
        let ledger = SqliteLedger::open(&path, house::EPOCH).expect("opens");
        let clock = Arc::new(ComputerClock::new(WorldTime::default(), 0, 0));
        let replies = house::found(Box::new(ledger), clock, firm().into_iter().chain(customers()));
        let open = replies.iter().filter_map(house::opened).map(|(interaction, _)| interaction).collect();
        let ledger = whole(&path);
        house::backed_up(&path, &backup);
        let new = Files(vec![(cache::FILE, empty_cache())]);
        let desks = vec![new.clone(); DESKS];
        Morning { at: 0, ledger, backup, desks, new, open, _dir: dir }
    })
}

/// A database that nobody has open any more.
fn whole(path: &Path) -> Vec<u8> {
    assert!(!path.with_extension("db-wal").exists(), "{} is still open", path.display());
    std::fs::read(path).expect("is there")
}

/// The file of a cache that holds nothing: making it takes longer than many a run.
fn empty_cache() -> Vec<u8> {
    let dir = super::folder();
    drop(Cache::open(dir.path()).expect("opens"));
    whole(&dir.path().join(cache::FILE))
}

fn firm() -> Vec<Command> {
    let (id, queues) = (ReasonId(0), vec![]);
    let reason = Reason { id, path: "roaming".into(), label: "Roaming".into(), queues, active: true };
    let (id, label, needs) = (OutcomeId(0), "Done".into(), vec![]);
    let outcome = Outcome { id, key: "done".into(), label, needs, solves: true, active: true };
    let roles = [Role::Agent, Role::Senior, Role::Trainee, Role::Agent, Role::Lead];
    let mut commands = vec![house::put(Team { id: TeamId(0), key: "one".into(), name: "One".into() })];
    commands.extend(["billing", "tech", "sales"].map(|key| house::put(house::queue(0, key))));
    for (n, role) in roles.into_iter().enumerate() {
        let row = house::agent(AgentId(n as u64 + 1), role, vec![QUEUES[n % 3], QUEUES[(n + 1) % 3]], true);
        commands.push(house::put(Agent { id: AgentId(0), ..row }));
    }
    commands.extend([house::put(reason), house::put(outcome)]);
    commands
}

fn customers() -> impl Iterator<Item = Command> {
    let come = |(channel, queue)| house::customer(channel, queue, "It does not work");
    [Channel::Email, Channel::Chat].into_iter().cycle().zip(QUEUES.repeat(2)).map(come)
}
