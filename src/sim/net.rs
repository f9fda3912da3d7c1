//! The network between desks and server: connections that keep order within themselves, and keep no other promise.
//!
//! A message is late, lost ones are sent again after a time-out (that is TCP), a connection may be cut with both, one
//! or no side told, and what is not told stays half open for as long as the system's own time-outs let it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dice::Dice;
use super::story::Story;
use super::tally::{Happening, Tally};
use super::tasks::{Tasks, poll};
use super::time::WorldTime;
use crate::server::Hub;
use crate::server::local::Local;
use crate::store::ledger::Device;
use crate::wire::codec::{Decoder, Encoder, Frame, write_frame};
use crate::wire::frame::{Down, Hello, Up};
use crate::wire::pipe::{self, Dial, DialError, Dialing, Opened, Pipe};

/// Messages the systems on the way take from a sender before it has to wait.
const BUFFER: usize = 8;
/// A message that nobody takes for this long ends the sender's side, ms (the server's own limit).
const WRITE_MS: u64 = 60_000;
/// How long a lost message is late, ms.
const AGAIN_MS: i64 = 700;
/// From here on a message counts as late, ms.
const LATE_MS: i64 = 300;

/// What a desk's way to the server is like.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// One way, ms.
    pub delay: i64,
    /// At most this much on top, ms.
    pub jitter: i64,
    /// One message in so many is lost; 0 is none.
    pub loss: u64,
    /// Nothing gets through.
    pub dark: bool,
    /// While it is dark, whoever dials is told at once.
    pub told: bool,
    /// Whether windows begin primed with the dictionary.
    pub primed: bool,
    /// Newer builds speak on the way: what they say besides is in the middle of all else.
    pub strange: bool,
    /// Whether desk and server are of one version.
    pub skew: Skew,
}

/// Who is of an older version, so that the two cannot speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Skew {
    #[default]
    None,
    OldDesk,
    OldServer,
}

/// One direction as a newer build speaks it: frames nobody here knows are among the others.
struct Retold<F> {
    read: Decoder<F>,
    write: Encoder<F>,
}

impl<F: Frame> Retold<F> {
    fn new(primed: bool) -> Retold<F> {
        Retold { read: Decoder::new(primed), write: Encoder::new(primed) }
    }

    fn tell(&mut self, message: &[u8], air: &Air<'_>) -> Vec<u8> {
        let mut plain = Vec::new();
        for frame in self.read.message(message).expect("as it was sent") {
            write_frame(&frame, &mut plain).expect("as large as it was");
            if air.dice.one_in(3) {
                air.tally.met(Happening::Unknown);
                let unknown = [200, 1, 2, 3, 4, 5, 6, 7];
                plain.push(unknown.len() as u8);
                plain.extend(unknown);
            }
        }
        self.write.seal(&plain).expect("hardly larger than it was")
    }
}

#[derive(Debug, Default)]
struct Flow {
    under_way: VecDeque<(u64, Vec<u8>)>,
    last: u64,
    /// The sender has hung up.
    over: bool,
    /// The far end is gone and the sender was not told, since then.
    hole: Option<u64>,
}

impl Flow {
    fn next(&self) -> Option<u64> {
        match self.hole {
            Some(since) => Some(since + WRITE_MS),
            None => self.under_way.front().map(|(at, _)| *at),
        }
    }
}

/// One connection.
pub struct Wire {
    pub desk: usize,
    near: Option<Pipe>,
    far: Option<Pipe>,
    up: Flow,
    down: Flow,
    strange: Option<(Retold<Up>, Retold<Down>)>,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both sides are told.
    Clean,
    /// Only the desk is told.
    DeskKnows,
    /// Only the server is told.
    ServerKnows,
    /// Nobody is told.
    Silent,
}

/// The server as it can be reached now.
#[derive(Clone)]
pub struct Door {
    pub hub: Arc<Hub>,
    pub tasks: Tasks,
    pub devices: Vec<Device>,
}

/// The network.
pub struct Net {
    time: WorldTime,
    dice: Dice,
    tally: Tally,
    pub weather: Vec<Weather>,
    pub door: Option<Door>,
    wires: Vec<Wire>,
    /// Messages that arrived.
    pub moved: u64,
}

/// Shared by everyone who dials.
#[derive(Clone)]
pub struct Sky(Arc<Mutex<Net>>);

impl Sky {
    pub fn new(net: Net) -> Sky {
        Sky(Arc::new(Mutex::new(net)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Net> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is between the two ends of a wire now.
struct Air<'a> {
    now: u64,
    weather: Weather,
    dice: &'a Dice,
    tally: &'a Tally,
}

fn told<'a, F: Frame>(mut strange: Option<&'a mut Retold<F>>, air: &'a Air<'_>) -> impl FnMut(Vec<u8>) -> Vec<u8> {
    move |message| match &mut strange {
        Some(strange) => strange.tell(&message, air),
        None => message,
    }
}

impl Net {
    pub fn new(time: WorldTime, dice: Dice, weather: Vec<Weather>, tally: Tally) -> Net {
        Net { time, dice, tally, weather, door: None, wires: Vec::new(), moved: 0 }
    }

    /// One step of every connection.
    pub fn step(&mut self) {
        let now = self.time.now();
        let Net { dice, weather, wires, moved, tally, .. } = self;
        for wire in wires.iter_mut() {
            let air = Air { now, weather: weather[wire.desk], dice, tally };
            let (up, down) = wire.strange.as_mut().map(|(up, down)| (up, down)).unzip();
            *moved += carry(&mut wire.near, &mut wire.far, &mut wire.up, &air, told(up, &air));
            *moved += carry(&mut wire.far, &mut wire.near, &mut wire.down, &air, told(down, &air));
        }
        wires.retain(|wire| wire.near.is_some() || wire.far.is_some());
    }

    /// When something next arrives, or a sender learns that nothing does.
    pub fn next(&self) -> Option<u64> {
        let flows = self.wires.iter().flat_map(|wire| [&wire.up, &wire.down]);
        flows.filter_map(Flow::next).min()
    }

    /// Whether nothing is under way.
    pub fn idle(&self) -> bool {
        self.wires.iter().all(|w| w.up.under_way.is_empty() && w.down.under_way.is_empty())
    }

    /// Cuts every connection of a desk.
    pub fn cut(&mut self, desk: usize, cut: Cut) -> usize {
        let now = self.time.now();
        let mut count = 0;
        for wire in self.wires.iter_mut().filter(|w| w.desk == desk && w.near.is_some() && w.far.is_some()) {
            count += 1;
            if matches!(cut, Cut::Clean | Cut::DeskKnows) {
                wire.near = None;
            } else {
                wire.up.hole = Some(now);
            }
            if matches!(cut, Cut::Clean | Cut::ServerKnows) {
                wire.far = None;
            } else {
                wire.down.hole = Some(now);
            }
        }
        self.tally.add(if cut == Cut::Clean { Happening::Cut } else { Happening::HalfOpen }, count as u64);
        count
    }

    /// The server's power fails: nobody is told.
    pub fn server_vanishes(&mut self) {
        let now = self.time.now();
        self.tally.add(Happening::HalfOpen, self.wires.len() as u64);
        for wire in &mut self.wires {
            wire.far = None;
            wire.up.hole.get_or_insert(now);
        }
    }

    /// The desk's computer loses its power: the server is not told.
    pub fn desk_vanishes(&mut self, desk: usize) {
        let now = self.time.now();
        for wire in self.wires.iter_mut().filter(|w| w.desk == desk) {
            self.tally.met(Happening::HalfOpen);
            wire.near = None;
            wire.down.hole.get_or_insert(now);
        }
    }
}

/// Moves messages of one direction; how many arrived.
fn carry(
    from: &mut Option<Pipe>,
    to: &mut Option<Pipe>,
    flow: &mut Flow,
    air: &Air<'_>,
    mut told: impl FnMut(Vec<u8>) -> Vec<u8>,
) -> u64 {
    let Air { now, weather, dice, tally } = *air;
    while flow.under_way.len() < BUFFER
        && !flow.over
        && let Some(pipe) = from.as_mut()
    {
        match poll(std::pin::pin!(pipe.rx.next())) {
            Some(Some(message)) => {
                let lost = weather.loss > 0 && dice.one_in(weather.loss);
                let late = weather.delay + dice.between(0, weather.jitter) + if lost { AGAIN_MS } else { 0 };
                tally.met(Happening::Message);
                tally.add(Happening::Lost, lost.into());
                tally.add(Happening::Late, (late >= LATE_MS).into());
                flow.last = flow.last.max(now + late.cast_unsigned());
                flow.under_way.push_back((flow.last, told(message)));
            }
            Some(None) => flow.over = true,
            None => break,
        }
    }
    if let Some(since) = flow.hole {
        // Taken by the system, and never heard of again; when its buffer is full the sender waits, until it is told.
        if flow.over || (flow.under_way.len() >= BUFFER && now >= since + WRITE_MS) {
            *from = None;
        }
        return 0;
    }
    if weather.dark {
        return 0;
    }
    let mut moved = 0;
    while flow.under_way.front().is_some_and(|(at, _)| *at <= now) {
        let gone = match to.as_mut() {
            None => break,
            Some(pipe) => match poll(std::pin::pin!(pipe.tx.room())) {
                Some(Ok(room)) => {
                    if let Some((_, message)) = flow.under_way.pop_front() {
                        room.send(message);
                    }
                    moved += 1;
                    continue;
                }
                Some(Err(_)) => true,
                None => {
                    tally.met(Happening::Backlog);
                    false
                }
            },
        };
        if gone {
            // Nobody reads there any more: the sender learns it.
            *to = None;
        }
        break;
    }
    if to.is_none() || (flow.over && flow.under_way.is_empty()) {
        // The end arrives, after everything that was sent before it.
        *from = None;
        *to = None;
    }
    moved
}

/// How one desk dials.
pub struct SimDial {
    pub sky: Sky,
    pub time: WorldTime,
    pub story: Story,
    pub desk: usize,
}

impl Dial for SimDial {
    fn dial(&self, mut hello: Hello) -> Dialing {
        let (sky, time, story, desk) = (self.sky.clone(), self.time.clone(), self.story.clone(), self.desk);
        Box::pin(async move {
            story.say(time.now(), || {
                let Hello { generation, epoch, live, deep, .. } = &hello;
                format!("desk {desk} dials, connection {generation}: epoch {epoch}, cursors {live} and {deep}")
            });
            let weather = sky.lock().weather[desk];
            time.wait(weather.delay.cast_unsigned()).await;
            let (dark, door) = {
                let net = sky.lock();
                (net.weather[desk].dark, net.door.clone())
            };
            if dark && !weather.told {
                std::future::pending::<()>().await;
            }
            let Some(door) = door.filter(|_| !dark) else {
                return Err(DialError::Unreachable("There is no way to the server.".into()));
            };
            if !weather.primed {
                hello.dictionary = 0;
            }
            if weather.skew != Skew::None {
                sky.lock().tally.met(Happening::Skew);
            }
            match weather.skew {
                Skew::None => {}
                Skew::OldDesk => (hello.min, hello.max) = (hello.min - 1, hello.max - 1),
                Skew::OldServer => (hello.min, hello.max) = (hello.min + 1, hello.max + 1),
            }
            // What the door of a real server reads is the header.
            let hello = Hello::from_header(&hello.to_header()).map_err(|bad| DialError::Stranger(bad.to_string()))?;
            let local = Local::new(door.hub, Arc::new(door.tasks), door.devices[desk].clone());
            let Opened { pipe: far, primed } = local.dial(hello).await?;
            time.wait(weather.delay.cast_unsigned()).await;
            let (here, near) = pipe::pair();
            let (up, down) = (Flow::default(), Flow::default());
            let strange = weather.strange.then(|| (Retold::new(primed), Retold::new(primed)));
            sky.lock().wires.push(Wire { desk, near: Some(near), far: Some(far), up, down, strange });
            Ok(Opened { pipe: here, primed })
        })
    }
}
