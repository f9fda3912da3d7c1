//! The server in the simulation: its disk, its process, and who runs it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::flaw::{Disk, Flaw};
use super::morning::Morning;
use super::net::{Door, Sky};
use super::story::Story;
use super::tally::Tally;
use super::tasks::{Tasks, poll};
use super::time::ComputerClock;
use crate::clock::Clock;
use crate::domain::command::{CallbackWish, CustomerHint};
use crate::domain::ids::{AgentId, CaseId, DeviceId, InteractionId, OutcomeId, QueueId, ReasonId, TeamId};
use crate::domain::mail::{Address, Correspondents};
use crate::domain::people::{Agent, Role};
use crate::domain::row::Row;
use crate::domain::work::{Channel, Priority, Queue};
use crate::domain::{Actor, Command, State};
use crate::rand::SeededRand;
use crate::server::Hub;
use crate::server::core::Worker;
use crate::server::core::request::{Inside, Origin, Reply};
use crate::store::ledger::{Device, Ledger, LedgerReader};
use crate::store::ledger_sqlite::{self, SqliteLedger};

/// Queues of the firm.
pub const QUEUES: [QueueId; 3] = [QueueId(1), QueueId(2), QueueId(3)];
/// The reason every contact has, and how each ends.
pub const REASON: ReasonId = ReasonId(1);
pub const OUTCOME: OutcomeId = OutcomeId(1);
/// Desks there are at most; desk `i` belongs to agent `i + 1`.
pub const DESKS: usize = 5;
/// The ledger's epoch before it is ever restored.
pub const EPOCH: u64 = 77;

/// Where the ledger lies.
enum Place {
    /// In a file that outlives the process.
    File,
    /// In memory; a reader kept aside stands for the disk.
    Memory { name: String, _keeper: Box<dyn LedgerReader> },
}

/// The server.
pub struct House {
    dir: PathBuf,
    place: Place,
    flaw: Flaw,
    pub clock: Arc<ComputerClock>,
    pub disk: Disk,
    pub tasks: Tasks,
    pub running: Option<(Arc<Hub>, Worker)>,
    pub devices: Vec<Device>,
    run: u64,
    backups: u64,
}

/// The row of a queue that everyone may work in.
pub fn queue(n: u64, key: &str) -> Queue {
    Queue {
        id: QueueId(n),
        key: key.into(),
        name: key.to_uppercase(),
        channels: Channel::ALL.to_vec(),
        skills: [].into(),
        offer_s: 15,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: "We are closed.".into(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    }
}

/// The row of desk `i`'s agent.
pub fn agent(id: AgentId, role: Role, queues: Vec<QueueId>, active: bool) -> Agent {
    let login = format!("agent{id}");
    Agent { id, name: login.to_uppercase(), login, team: TeamId(1), role, skills: [].into(), queues, active }
}

pub fn put(row: impl Into<Row>) -> Command {
    Command::Put { row: Box::new(row.into()) }
}

/// A customer comes and says something.
pub fn customer(channel: Channel, queue: QueueId, words: &str) -> Command {
    Command::OpenInteraction {
        channel,
        queue,
        hint: CustomerHint::default(),
        customer: None,
        case: None,
        menu: vec![],
        priority: Priority::Normal,
        language: "en".into(),
        subject: words.into(),
        body: Some(words.into()),
        came: None,
        callback: Box::<CallbackWish>::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: (channel == Channel::Email).then(|| Box::new(letter())),
    }
}

/// Who writes with them, when they write a mail.
pub fn letter() -> Correspondents {
    let at = |address: &str| Address { name: String::new(), address: address.into() };
    let (to, cc) = (vec![at("dana@x.org")], vec![at("bob@x.org")]);
    Correspondents { ours: "support@y.org".into(), to, cc, ..Correspondents::default() }
}

/// Carries out these commands on an empty ledger, and gives every desk its place in it.
pub fn found(
    ledger: Box<dyn Ledger>,
    clock: Arc<ComputerClock>,
    commands: impl IntoIterator<Item = Command>,
) -> Vec<Reply> {
    let rules = crate::domain::decide;
    let (hub, worker) = Hub::stepped(ledger, clock, Arc::new(SeededRand::new(1)), rules).expect("opens");
    let mut running = (hub, worker);
    let replies: Vec<Reply> =
        commands.into_iter().map(|command| ask(&mut running, command).expect("the core runs")).collect();
    for reply in &replies {
        assert!(matches!(reply, Reply::Done { .. }), "{reply:?}");
    }
    inside(&mut running, |inside| {
        for n in 0..DESKS {
            let agent = AgentId(n as u64 + 1);
            inside.ledger.accounts().add_device([n as u8; 32], agent, "desk", inside.now).expect("stores");
        }
    });
    replies
}

/// Backs up a ledger that nobody has open.
pub fn backed_up(path: &Path, to: &Path) {
    SqliteLedger::open(path, EPOCH).expect("opens").backup(to).expect("copies");
}

/// Decides a command of the operator, whatever else waits.
fn ask(running: &mut (Arc<Hub>, Worker), command: Command) -> Option<Reply> {
    ask_as(running, Actor::Operator, command)
}

fn ask_as(running: &mut (Arc<Hub>, Worker), actor: Actor, command: Command) -> Option<Reply> {
    let core = running.0.core.clone();
    let mut reply = std::pin::pin!(core.submit(actor, Origin::Own, command));
    poll(reply.as_mut())
        .or_else(|| {
            running.1.step();
            poll(reply.as_mut())
        })?
        .ok()
}

/// Runs something with ledger and state.
fn inside<T: Send + 'static>(
    running: &mut (Arc<Hub>, Worker),
    what: impl FnOnce(&mut Inside<'_>) -> T + Send + 'static,
) -> T {
    let core = running.0.core.clone();
    let mut done = std::pin::pin!(core.run(what));
    let first = poll(done.as_mut());
    running.1.step();
    first.or_else(|| poll(done.as_mut())).expect("the core has stepped").expect("and has not stopped")
}

impl House {
    pub fn new(
        dir: PathBuf,
        in_memory: bool,
        flaw: Flaw,
        clock: Arc<ComputerClock>,
        (tally, story): (Tally, Story),
        morning: &Morning,
    ) -> House {
        std::fs::create_dir_all(&dir).expect("makes a folder");
        let place = if in_memory {
            let mut ledger = SqliteLedger::in_memory_from(&morning.backup).expect("opens");
            // A copy has an epoch of its own; this one is to be the ledger that the desks know.
            ledger.set_epoch(EPOCH);
            let (name, keeper) = (ledger.name().to_owned(), ledger.reader().expect("opens"));
            Place::Memory { name, _keeper: keeper }
        } else {
            std::fs::write(dir.join(ledger_sqlite::FILE), &morning.ledger).expect("writes");
            Place::File
        };
        let device = |n: usize| Device {
            id: DeviceId(n as u64 + 1),
            agent: AgentId(n as u64 + 1),
            label: "desk".into(),
            created: clock.now(),
            active: true,
        };
        let devices = (0..DESKS).map(device).collect();
        let (disk, tasks) = (Disk::new(flaw, tally, story, clock.clone()), Tasks::default());
        House { dir, place, flaw, clock, disk, tasks, running: None, devices, run: 0, backups: 0 }
    }

    /// Where the ledger lies.
    pub fn file(&self) -> PathBuf {
        self.dir.join(ledger_sqlite::FILE)
    }

    /// The server's process begins.
    pub fn start(&mut self, sky: &Sky) {
        self.run += 1;
        let ledger = match &self.place {
            Place::File => SqliteLedger::open(&self.file(), EPOCH),
            Place::Memory { name, .. } => SqliteLedger::in_memory_again(name, EPOCH),
        };
        let ledger = self.disk.around(ledger.expect("the ledger opens"), self.file());
        let rand = Arc::new(SeededRand::new(self.run));
        let (hub, worker) =
            Hub::stepped(Box::new(ledger), self.clock.clone(), rand, self.flaw.rules()).expect("starts");
        sky.lock().door = Some(Door { hub: hub.clone(), tasks: self.tasks.clone(), devices: self.devices.clone() });
        self.running = Some((hub, worker));
    }

    /// The server's process ends at once. What was committed is on its disk.
    pub fn crash(&mut self, sky: &Sky) {
        sky.lock().door = None;
        self.running = None;
        self.tasks.die();
        self.disk.forget_last(&self.file());
    }

    pub fn is_in_memory(&self) -> bool {
        matches!(self.place, Place::Memory { .. })
    }

    /// The core takes a step; whether anything was committed.
    pub fn step(&mut self) -> bool {
        let Some((hub, worker)) = &mut self.running else { return false };
        let before = hub.core.published().borrow().seq;
        worker.step();
        hub.core.published().borrow().seq != before
    }

    /// In how many ms the core has something to do by itself.
    pub fn due_in(&mut self) -> Option<u64> {
        self.running.as_mut().and_then(|(_, worker)| worker.due_in())
    }

    /// Decides a command of whoever runs the server, or of a gateway.
    pub fn operate(&mut self, command: Command) -> Option<Reply> {
        ask(self.running.as_mut()?, command)
    }

    /// Decides a command that an agent gave elsewhere.
    pub fn act(&mut self, agent: AgentId, command: Command) -> Option<Reply> {
        ask_as(self.running.as_mut()?, Actor::Agent(agent), command)
    }

    /// Looks into the running server.
    pub fn look<T: Send + 'static>(&mut self, what: impl FnOnce(&mut Inside<'_>) -> T + Send + 'static) -> Option<T> {
        Some(inside(self.running.as_mut()?, what))
    }

    /// The state as the server has it.
    pub fn state(&mut self) -> Option<State> {
        self.look(|inside| inside.state.clone())
    }

    /// Forgets what left a scope up to a while ago, as it does when that is two weeks old.
    pub fn compact(&mut self) {
        self.look(|inside| {
            let old = inside.now.plus(14 * crate::domain::time::DAY - 500);
            inside.ledger.sweep(old)
        });
    }

    /// Copies the ledger, for [`House::restore`].
    pub fn back_up(&mut self) -> bool {
        if self.is_in_memory() {
            return false;
        }
        let to = self.dir.join(format!("backup-{}", self.backups + 1));
        let done = self.look(move |inside| inside.ledger.backup(&to).is_ok()).unwrap_or(false);
        self.backups += u64::from(done);
        done
    }

    /// Puts the newest copy in the ledger's place. The server must not run.
    pub fn restore(&mut self) -> bool {
        if self.backups == 0 || self.is_in_memory() {
            return false;
        }
        let from = self.dir.join(format!("backup-{}", self.backups));
        if self.flaw == Flaw::SameEpochAfterRestore {
            let epoch = self.flaw_epoch();
            remove(&self.file());
            std::fs::copy(&from, self.file()).expect("copies");
            SqliteLedger::open(&self.file(), EPOCH).expect("opens").set_epoch(epoch);
        } else {
            ledger_sqlite::restore(&from, &self.dir).expect("restores");
        }
        true
    }

    fn flaw_epoch(&self) -> u64 {
        SqliteLedger::open(&self.file(), EPOCH).expect("opens").epoch()
    }
}

/// Copies a database as it lies on the disk at this instant.
pub fn copy_database(from: &Path, to: &Path) {
    remove(to);
    for side in ["", "-wal"] {
        let (from, to) = (beside(from, side), beside(to, side));
        match std::fs::copy(&from, &to) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => panic!("{} cannot be copied: {error}", from.display()),
        }
    }
}

fn remove(path: &Path) {
    for side in ["", "-wal", "-shm"] {
        // What is not there need not go.
        drop(std::fs::remove_file(beside(path, side)));
    }
}

fn beside(path: &Path, side: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(side);
    name.into()
}

/// What a reply made, if it opened a contact.
pub fn opened(reply: &Reply) -> Option<(InteractionId, CaseId)> {
    match reply {
        Reply::Done { made, .. } if made.len() >= 2 => Some((InteractionId(made[0].id), CaseId(made[1].id))),
        _ => None,
    }
}
