//! Anything a terminal can send, as fast as it comes, to the real binary with a real server: it goes on, and leaves
//! the terminal as it found it.
//!
//! A few seconds; `CORDBOARD_FUZZ_SECONDS=600` makes it ten minutes, `CORDBOARD_FUZZ_SEED=7` repeats a run's keys (not
//! their moments).

use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use cordboard::rand::{Rand as _, SeededRand, SystemRand};

use super::support::firm::{Firm, Seat};
use super::support::http::Gateway;
use super::support::term::Term;

/// What a key press, a paste, a click or an answer may look like, whole and broken.
const SENT: [&[u8]; 62] = [
    b"j",
    b"k",
    b"\r",
    b"q",
    b"\t",
    b"\x1b[Z",
    b"\x7f",
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[C",
    b"\x1b[D",
    b"\x1b[H",
    b"\x1b[F",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[1;5C",
    b"\x1b[1;3D",
    b"\x1b",
    b"\x1bb",
    b"\x1b\x7f",
    b"a",
    b"r",
    b"n",
    b"f",
    b"w",
    b"1",
    b"2",
    b"4",
    b"5",
    b":",
    b"?",
    b"/",
    b"g",
    b"t",
    b"z",
    b"#",
    b"V",
    b"m",
    b"o",
    b"C",
    b"u",
    b"some words ",
    "日本語 👩‍👩‍👧 e\u{301} مرحبا שלום".as_bytes(),
    b"\x13",
    b"\x10",
    b"\x14",
    b"\x17",
    b"\x18",
    b"\x1a",
    b"\x0c",
    b"\x1bOQ",
    b"\x1bOS",
    b"\x1b[20~",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[200~pasted\r\nwords \x1b[2J\xff\x1b[201~",
    b"\x1b[?2026;2$y\x1b[?1;2c",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1b[97;5u\x1b[27;5;13~",
    b"\xff\xc3\x28\x80",
    b"\x1b[",
    b"\x00",
];

const SIZES: [(u16, u16); 8] = [(1, 1), (2, 2), (39, 9), (40, 12), (80, 24), (120, 40), (300, 100), (5, 50)];

struct Chance(SeededRand);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0.jitter(n as u64 - 1) as usize
    }
}

/// A desk and its keyboard.
struct Desk {
    term: Term,
    keys: SyncSender<Vec<u8>>,
}

impl Desk {
    /// Opens a desk whose editor gives everything back as it is; waits until the desk has the terminal, for before
    /// that an interrupt is the terminal's own and ends it.
    fn open(seat: &Seat, chance: &mut Chance) -> Desk {
        let (cols, rows) = SIZES[3 + chance.below(4)];
        let mut term = seat.open_with(&[("EDITOR", Path::new("true")), ("VISUAL", Path::new(""))], cols, rows);
        term.until("?");
        let keys = term.pump();
        Desk { term, keys }
    }

    /// Types, as soon as there is room for it; not to a desk that has ended.
    fn types(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        while let Err(TrySendError::Full(back)) = self.keys.try_send(bytes) {
            if self.term.ended().is_some() {
                return;
            }
            bytes = back;
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

#[test]
fn whatever_a_terminal_sends_the_desk_goes_on_and_gives_it_back() {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seed = number("CORDBOARD_FUZZ_SEED").unwrap_or_else(|| SystemRand.u64() % 1_000_000);
    println!("CORDBOARD_FUZZ_SEED={seed}");
    let span = Duration::from_secs(number("CORDBOARD_FUZZ_SECONDS").unwrap_or(6));
    let mut chance = Chance(SeededRand::new(seed));
    let firm = Firm::sample();
    let gateway = Gateway::new(&firm);
    let seat = firm.seat(&firm.join("ana"));
    let (mut sent, mut desks) = (0u64, 0u64);
    for by_signal in [false, true] {
        let end = Instant::now() + span / 2;
        let mut desk = Desk::open(&seat, &mut chance);
        desks += 1;
        while Instant::now() < end {
            sent += play(&mut desk, &mut chance, &gateway);
            if let Some(code) = desk.term.ended() {
                // One of the keys leaves it.
                assert_eq!(code, 0, "it ended by itself:\n{}", desk.term.text());
                desk.term.assert_restored();
                desk = Desk::open(&seat, &mut chance);
                desks += 1;
            }
        }
        leave(&mut desk, by_signal);
    }
    println!("{sent} keys, pastes, clicks, sizes and broken bytes to {desks} desks");
}

/// Sends a handful of things; how many.
fn play(desk: &mut Desk, chance: &mut Chance, gateway: &Gateway) -> u64 {
    let many = 1 + chance.below(30);
    for _ in 0..many {
        match chance.below(40) {
            0 => {
                let (cols, rows) = SIZES[chance.below(SIZES.len())];
                desk.term.resize(cols, rows);
            }
            1 => desk.term.resize(1 + chance.below(300) as u16, 1 + chance.below(100) as u16),
            2..5 => {
                let (button, x, y) = ([0, 32, 64, 65][chance.below(4)], chance.below(310), chance.below(110));
                let last = if chance.below(3) == 0 { 'm' } else { 'M' };
                desk.types(format!("\x1b[<{button};{x};{y}{last}").as_bytes());
            }
            _ => desk.types(SENT[chance.below(SENT.len())]),
        }
    }
    if chance.below(60) == 0 {
        let words = ["\u{1b}[2J\u{202e}owned", "日本語", "مرحبا", "hello"][chance.below(4)];
        let body = serde_json::json!({
            "channel": "chat", "queue": "billing", "customer": {"reference": "LT-100294"}, "subject": words,
            "body": words,
        });
        // A full house may say no.
        let _ = gateway.try_post("/interactions", &format!("fuzz-{}", chance.0.u64()), &body);
    }
    // Now and then it comes to rest; else everything comes at once.
    if chance.below(4) == 0 {
        desk.term.rests(Duration::from_millis(20), Duration::from_millis(400));
    }
    many as u64
}

/// Ends the desk, by keys or by a signal, and looks at what it leaves.
fn leave(desk: &mut Desk, by_signal: bool) {
    if by_signal {
        desk.term.signal("TERM");
    } else {
        let end = Instant::now() + Duration::from_secs(30);
        while desk.term.ended().is_none() {
            assert!(Instant::now() < end, "no key leaves it:\n{}", desk.term.text());
            // The end of whatever was begun, then the key that leaves from everywhere, twice.
            desk.types(b"\x1b[201~\x03");
            desk.term.rests(Duration::from_millis(30), Duration::from_millis(300));
        }
    }
    let code = desk.term.exit_code();
    assert_eq!(code, 0, "by a signal: {by_signal}\n{}", desk.term.text());
    desk.term.assert_restored();
}
