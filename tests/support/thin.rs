//! A thin link: a rate, a delay, a loss and a bounded queue in each direction, between this machine and a network
//! namespace of its own, with every IP packet counted.
//!
//! Two TUN devices, one here and one in the namespace; what is read on one side is serialised at the rate, delayed,
//! perhaps lost (seeded) and written on the other. Needs root, `ip` (iproute2) and /dev/net/tun, and nothing of the
//! kernel's own traffic control. What is not IPv4 is not carried.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cordboard::rand::{Rand as _, SeededRand};
use tappers::{Interface, Tun};

/// Largest packet.
const MTU: usize = 1_500;

/// What a link does to packets, in each direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Bits of IP packets per second; 0 is no limit.
    pub bits: u64,
    /// One way, ms.
    pub delay_ms: u64,
    /// Share of packets lost, per cent.
    pub loss: f64,
    /// Bytes that may wait to be serialised; a packet beyond is dropped.
    pub queue: usize,
}

impl Shape {
    /// As if it were not there.
    pub const WIDE: Shape = Shape { bits: 0, delay_ms: 0, loss: 0.0, queue: usize::MAX };
    /// A modem at the end of the world: 9.6 kbit/s, 600 ms there and back, 5 % loss.
    pub const MODEM: Shape = Shape { bits: 9_600, delay_ms: 300, loss: 5.0, queue: 8 << 10 };
    /// A poor mobile link: 64 kbit/s, 600 ms, 2 % loss.
    pub const MOBILE: Shape = Shape { bits: 64_000, delay_ms: 300, loss: 2.0, queue: 32 << 10 };

    /// The same without loss, for counting bytes.
    pub fn clean(self) -> Shape {
        Shape { loss: 0.0, ..self }
    }
}

/// Packets and bytes offered to a link so far, both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Bytes of IP packets towards the server.
    pub up: u64,
    /// Bytes of IP packets towards the desk.
    pub down: u64,
    /// Packets, both ways.
    pub packets: u64,
}

impl Count {
    /// Both ways.
    pub fn both(self) -> u64 {
        self.up + self.down
    }

    /// What came since then.
    pub fn since(self, then: Count) -> Count {
        Count { up: self.up - then.up, down: self.down - then.down, packets: self.packets - then.packets }
    }
}

/// A running link. Programs started with [`Link::enter`] sit at its far end.
pub struct Link {
    space: String,
    here: String,
    up: Arc<Way>,
    down: Arc<Way>,
}

/// One direction.
struct Way {
    state: Mutex<State>,
    changed: Condvar,
    bytes: AtomicU64,
    packets: AtomicU64,
    silent: AtomicBool,
}

struct State {
    shape: Shape,
    rand: SeededRand,
    /// When the sender's line is free again.
    free: Instant,
    /// When each waiting packet has left the queue, and its size.
    waiting: VecDeque<(Instant, usize)>,
    /// Packets on their way, by arrival.
    flying: VecDeque<(Instant, Vec<u8>)>,
    over: bool,
}

/// The address of this machine on all links of this process.
pub fn server_address() -> Ipv4Addr {
    Ipv4Addr::new(10, 98, (std::process::id() % 250) as u8, 1)
}

impl Link {
    /// A wide link; why there can be none here, in words. The seed decides which packets are lost.
    pub fn new(seed: u64) -> Result<Link, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        if !std::path::Path::new("/dev/net/tun").exists() {
            return Err("there is no /dev/net/tun".into());
        }
        let id = format!("{}x{n}", std::process::id());
        let (space, here, there) = (format!("cb{id}"), format!("cbs{id}"), format!("cbd{id}"));
        ip(&["netns", "add", &space])?;
        let open = |name: &str| {
            Interface::new(name).and_then(Tun::new_named).map(Arc::new).map_err(|e| format!("no TUN device: {e}"))
        };
        let made = open(&here).and_then(|a| Ok((a, open(&there)?)));
        let (a, b) = made.inspect_err(|_| drop(ip(&["netns", "del", &space])))?;
        let (up, down) = (Way::new(seed * 2), Way::new(seed * 2 + 1));
        let link = Link { space, here, up: up.clone(), down: down.clone() };
        let [net, third, one, _] = server_address().octets();
        let (server, desk) = (server_address().to_string(), format!("{net}.{third}.{one}.{}", n + 2));
        let (space, here) = (link.space.as_str(), link.here.as_str());
        ip(&["link", "set", &there, "netns", space])?;
        ip(&["-n", space, "link", "set", "lo", "up"])?;
        // Routers are not looked for: those packets would be counted.
        quiet(&["sysctl", "-qw", &format!("net.ipv6.conf.{here}.disable_ipv6=1")]);
        quiet(&["ip", "netns", "exec", space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"]);
        ip(&["addr", "add", &server, "peer", &desk, "dev", here])?;
        ip(&["-n", space, "addr", "add", &desk, "peer", &server, "dev", &there])?;
        ip(&["link", "set", here, "mtu", "1500", "txqueuelen", "1000", "up"])?;
        ip(&["-n", space, "link", "set", &there, "mtu", "1500", "txqueuelen", "1000", "up"])?;
        for (from, to, way) in [(&b, &a, up), (&a, &b, down)] {
            let (from, to, reading) = (from.clone(), to.clone(), way.clone());
            std::thread::spawn(move || reading.read(&from));
            std::thread::spawn(move || way.write(&to));
        }
        Ok(link)
    }

    /// From now on the link is like this.
    pub fn shape(&self, shape: Shape) {
        for way in [&self.up, &self.down] {
            way.lock().shape = shape;
        }
    }

    /// Loses everything without a word, or no longer.
    pub fn silence(&self, silent: bool) {
        for way in [&self.up, &self.down] {
            way.silent.store(silent, Ordering::SeqCst);
        }
    }

    /// What was offered so far, lost packets included.
    pub fn count(&self) -> Count {
        let of = |way: &Way| (way.bytes.load(Ordering::SeqCst), way.packets.load(Ordering::SeqCst));
        let ((up, sent), (down, came)) = (of(&self.up), of(&self.down));
        Count { up, down, packets: sent + came }
    }

    /// What stands before a command that shall run at the far end.
    pub fn enter(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.space]
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for way in [&self.up, &self.down] {
            way.lock().over = true;
            way.changed.notify_all();
        }
        quiet(&["ip", "link", "del", &self.here]);
        quiet(&["ip", "netns", "del", &self.space]);
    }
}

impl Way {
    fn new(seed: u64) -> Arc<Way> {
        let state = State {
            shape: Shape::WIDE,
            rand: SeededRand::new(seed),
            free: Instant::now(),
            waiting: VecDeque::new(),
            flying: VecDeque::new(),
            over: false,
        };
        Arc::new(Way {
            state: Mutex::new(state),
            changed: Condvar::new(),
            bytes: AtomicU64::new(0),
            packets: AtomicU64::new(0),
            silent: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic holds it")
    }

    /// Takes packets in until the device is gone.
    fn read(&self, from: &Tun) {
        let mut buffer = [0_u8; MTU + 4];
        while let Ok(length) = from.recv(&mut buffer) {
            let packet = &buffer[..length];
            if packet.first().is_none_or(|byte| byte >> 4 != 4) {
                continue;
            }
            self.bytes.fetch_add(length as u64, Ordering::SeqCst);
            self.packets.fetch_add(1, Ordering::SeqCst);
            self.lock().take(packet, Instant::now(), self.silent.load(Ordering::SeqCst));
            self.changed.notify_all();
        }
    }

    /// Hands packets on when their time has come.
    fn write(&self, to: &Tun) {
        let mut state = self.lock();
        while !state.over {
            let now = Instant::now();
            let Some((at, _)) = state.flying.front() else {
                state = self.changed.wait(state).expect("no panic holds it");
                continue;
            };
            if let Some(left) = at.checked_duration_since(now).filter(|left| !left.is_zero()) {
                state = self.changed.wait_timeout(state, left).expect("no panic holds it").0;
                continue;
            }
            let packet = state.flying.pop_front();
            drop(state);
            if let Some((_, packet)) = packet {
                // A device that is gone loses it; the reader ends by that.
                let _ = to.send(&packet);
            }
            state = self.lock();
        }
    }
}

impl State {
    fn take(&mut self, packet: &[u8], now: Instant, silent: bool) {
        // One draw for each packet, so that the same run loses the same packets.
        let lost = self.rand.jitter(99_999) as f64 / 1_000.0 < self.shape.loss;
        while self.waiting.front().is_some_and(|(left, _)| *left <= now) {
            self.waiting.pop_front();
        }
        let waits: usize = self.waiting.iter().map(|(_, size)| size).sum();
        if waits.saturating_add(packet.len()) > self.shape.queue {
            return;
        }
        let bits = packet.len() as u64 * 8;
        let takes = (bits * 1_000_000).checked_div(self.shape.bits).map_or(Duration::ZERO, Duration::from_micros);
        self.free = self.free.max(now) + takes;
        self.waiting.push_back((self.free, packet.len()));
        if !lost && !silent {
            self.flying.push_back((self.free + Duration::from_millis(self.shape.delay_ms), packet.to_vec()));
        }
    }
}

fn ip(args: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output().map_err(|_| "there is no `ip` (iproute2)".to_owned())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("`ip {}` says: {}", args.join(" "), said.trim())) }
}

fn quiet(command: &[&str]) {
    let run = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    // Where it does nothing there is nothing to do.
    drop(run);
}
