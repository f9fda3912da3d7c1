//! What is measured, one part after the other.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::SEEDS;
use crate::figures::{Report, rank};
use crate::office::{DAY, HOUR, Office, whole};
use crate::support::term::Term;
use crate::support::thin::{Count, Shape};
use crate::words::Dice;

/// Whose desks are measured: two queues, a team of eighteen.
const WHO: &str = "kwame";
/// Starts on each link: with two or five packets lost in a hundred, few of them say nothing of the median.
const ROUNDS: usize = 3;
/// Longest wait for a screen.
const PATIENCE: Duration = Duration::from_secs(120);
/// A desk counts as silent after this long without a packet.
const SILENT: Duration = Duration::from_secs(8);
/// After this long without a word nothing of a connection is left on either side: the server waits longest, 240 s.
const GIVEN_UP: Duration = Duration::from_secs(250);
/// Idle is measured for so long and scaled to an hour: four beats of the desk and eight of the server fit in.
const IDLE: Duration = Duration::from_secs(6 * 60);
/// After this long everything that waited for company has gone out.
const TOLD: Duration = Duration::from_secs(75);
/// One contact of this desk in so long: 10.7 an hour.
const CONTACT: Duration = Duration::from_secs(336);
/// So many in a row: longer than anything is kept back for company.
const CONTACTS: u32 = 3;

/// Desks that were open yesterday, and others that never were.
pub struct Day {
    yesterday: Vec<PathBuf>,
    never: Vec<PathBuf>,
}

impl Day {
    /// Fills the caches, closes the desks and lets the firm work for a day.
    pub fn before(office: &Office) -> Day {
        let folders = |what: &str| -> Vec<PathBuf> {
            (0..(2 * ROUNDS + 1) * SEEDS).map(|n| office.firm.join_as(WHO, &format!("{WHO}-{what}{n}"))).collect()
        };
        let day = Day { yesterday: folders("yesterday"), never: folders("never") };
        for folder in &day.yesterday {
            office.fills(folder);
        }
        let begun = Instant::now();
        office.works(DAY, None);
        eprintln!("a day of {DAY} contacts took {:.0} s", begun.elapsed().as_secs_f64());
        day
    }

    /// Time and bytes until the queue shows, on both links.
    pub fn starts(&self, office: &Office, report: &mut Report) {
        let links = [
            ("9.6 kbit/s, 5 %", Shape::MODEM, 0, [(8.0, 6.0), (16.0, 11.0)]),
            ("64 kbit/s, 2 %", Shape::MOBILE, ROUNDS * SEEDS, [(4.5, 3.3), (4.5, 3.3)]),
        ];
        let (floor, _) = opens(office, &self.yesterday[2 * ROUNDS * SEEDS..], Shape::WIDE);
        eprintln!("  all at once over a link without limits: {floor:.1?} s, which is the machine's share");
        for (name, shape, from, [warm, cold]) in links {
            for (what, folders, (must, aim)) in
                [("yesterday's cache", &self.yesterday, warm), ("new desk", &self.never, cold)]
            {
                let folders = &folders[from..from + ROUNDS * SEEDS];
                let (mut times, mut bytes) = (Vec::new(), Vec::new());
                for folders in folders.chunks(SEEDS) {
                    let (took, cost) = opens(office, folders, shape);
                    times.extend(took);
                    bytes.extend(cost);
                }
                let figure = format!("live queue, {name}, {what}, p50");
                report.count(&figure, rank(&mut times, 0.5), "s", must, aim);
                eprintln!("  all: {times:.1?} s, {bytes:.1?} kB before it shows");
                if shape == Shape::MODEM && what == "new desk" {
                    report.count("first start, before the queue shows", rank(&mut bytes, 0.5), "kB", 10.0, 8.0);
                }
            }
        }
    }
}

/// Opens each desk over a link of its own; seconds until someone who came a moment ago is on screen, and kilobytes.
fn opens(office: &Office, folders: &[PathBuf], shape: Shape) -> (Vec<f64>, Vec<f64>) {
    let gateway = office.gateway(0);
    // The queue shows first names.
    let name = Dice(shape.bits + salt()).name();
    let newcomer = office.arrives(&gateway, &mut Dice(5), Some(&format!("{name} Newcomer")));
    office.shape(shape);
    let measured = std::thread::scope(|scope| {
        let opened: Vec<_> = folders
            .iter()
            .enumerate()
            .map(|(n, folder)| {
                let name = &name;
                scope.spawn(move || {
                    let before = office.links[n].count();
                    let begun = Instant::now();
                    let mut term = office.seat(folder, n).open(120, 40);
                    shows(&term, name);
                    let (took, count) = (begun.elapsed().as_secs_f64(), office.links[n].count().since(before));
                    term.keys("q");
                    (took, count.both() as f64 / 1_000.0)
                })
            })
            .collect();
        opened.into_iter().map(|thread| thread.join().expect("it opens")).unzip()
    });
    gateway.post(&format!("/interactions/{newcomer}/end"), &serde_json::json!({}));
    measured
}

/// So that no two newcomers have the same name.
fn salt() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static SALT: AtomicU64 = AtomicU64::new(1);
    SALT.fetch_add(1_000_003, Ordering::SeqCst)
}

fn shows(term: &Term, text: &str) {
    until(term, text, |screen| screen.contains(text));
}

/// Key press to verdict of a claim while history still comes in.
pub fn claims(office: &Office, report: &mut Report) {
    for (name, shape, must, aim) in
        [("9.6 kbit/s, 5 %", Shape::MODEM, 4.0, 2.0), ("64 kbit/s, 2 %", Shape::MOBILE, 2.0, 1.3)]
    {
        let (gateway, mut dice) = (office.gateway(1), Dice(shape.bits));
        for _ in 0..6 * SEEDS {
            office.arrives(&gateway, &mut dice, None);
        }
        office.shape(shape);
        let mut times: Vec<f64> = std::thread::scope(|scope| {
            let claimed: Vec<_> = (0..2 * SEEDS)
                .map(|n| {
                    let folder = office.hires(&format!("line{n}-{}", shape.bits));
                    scope.spawn(move || {
                        let mut term = office.seat(&folder, n).open(120, 40);
                        until(&term, "the transfer", |s| top(s).contains("live ") && top(s).contains("loading"));
                        let mut times = Vec::new();
                        for held in 1..=3 {
                            std::thread::park_timeout(Duration::from_secs(7));
                            term.keys("1<home>");
                            until(&term, "the transfer to go on", |s| top(s).contains("loading"));
                            let begun = Instant::now();
                            term.keys("<space>");
                            until(&term, "a verdict", |s| mine(s) >= held);
                            times.push(begun.elapsed().as_secs_f64());
                        }
                        term.keys("q");
                        times
                    })
                })
                .collect();
            claimed.into_iter().flat_map(|thread| thread.join().expect("it claims")).collect()
        });
        report.count(&format!("claim during bulk, {name}, p90"), rank(&mut times, 0.9), "s", must, aim);
        eprintln!("  all: {times:.1?}");
    }
}

fn top(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// Contacts in hand, as the heading says.
fn mine(screen: &str) -> u32 {
    let heading = screen.lines().find_map(|line| line.split_once("─ mine ").map(|(_, rest)| rest));
    let number = heading.map(|rest| rest.trim_start_matches('─').trim_start().chars().take_while(char::is_ascii_digit));
    number.and_then(|digits| digits.collect::<String>().parse().ok()).unwrap_or(0)
}

fn until(term: &Term, what: &str, pleases: impl Fn(&str) -> bool) {
    let came = term.within(PATIENCE, &pleases).is_some();
    assert!(came, "waited in vain for {what}; the screen:\n{}", term.text());
}

/// Bytes of coming back after an hour and after a day of the firm's work, until the queue is up to date and until all
/// is silent again.
pub fn reconnects(office: &Office, report: &mut Report) {
    let folders: Vec<PathBuf> = (0..2).map(|n| office.firm.join_as(WHO, &format!("{WHO}-back{n}"))).collect();
    office.shape(Shape::MOBILE.clean());
    for folder in &folders {
        office.fills(folder);
    }
    let mut stays: Term = office.seat(&folders[1], 1).open(120, 40);
    whole(&stays, PATIENCE);
    silent(office, 1);
    office.links[1].silence(true);
    let silent_since = Instant::now();
    office.works(HOUR, None);
    // In an hour both systems have long stopped repeating what was under way, and the server has closed the session.
    std::thread::park_timeout(GIVEN_UP.saturating_sub(silent_since.elapsed()));
    let gateway = office.gateway(0);
    office.arrives(&gateway, &mut Dice(3), Some("Hourly Newcomer"));
    let before = office.links[0].count();
    let mut term = office.seat(&folders[0], 0).open(120, 40);
    shows(&term, "Hourly");
    let shown = office.links[0].count().since(before);
    whole(&term, PATIENCE);
    let all = silent(office, 0).since(before);
    term.keys("q");
    // A program that starts makes a handshake in full; that is no reconnect, and has no budget in bytes.
    eprintln!(
        "  started again after an hour: {:.2} kB until the queue is live, {shown:?}; with the team's history {:.1} kB",
        shown.both() as f64 / 1e3,
        all.both() as f64 / 1e3
    );

    until(&stays, "the loss to be seen", |s| !top(s).contains("live "));
    let before = office.links[1].count();
    office.links[1].silence(false);
    shows(&stays, "Hourly");
    let shown = office.links[1].count().since(before);
    whole(&stays, PATIENCE);
    let all = silent(office, 1).since(before);
    stays.keys("q");
    report.count("reconnect after an hour, until the queue is live", shown.both() as f64 / 1e3, "kB", 4.0, 3.0);
    eprintln!("  {shown:?}; with the team's history of that hour {:.1} kB", all.both() as f64 / 1e3);
}

/// Waits until no packet has come for a while.
fn silent(office: &Office, link: usize) -> Count {
    let mut last = (office.links[link].count(), Instant::now());
    while last.1.elapsed() < SILENT {
        std::thread::park_timeout(Duration::from_millis(100));
        let count = office.links[link].count();
        if count != last.0 {
            last = (count, Instant::now());
        }
    }
    last.0
}

/// An idle hour: six minutes of it, which hold a whole number of beats, times ten.
pub fn idle(office: &Office, report: &mut Report) {
    let folder = office.firm.join_as(WHO, &format!("{WHO}-idle"));
    office.fills(&folder);
    office.shape(Shape::MOBILE.clean());
    let mut term = office.seat(&folder, 0).open(120, 40);
    whole(&term, PATIENCE);
    // A promise that is broken is told to everybody, of their cases a minute later; an idle hour has none.
    office.is_broken_in();
    std::thread::park_timeout(TOLD);
    let before = silent(office, 0);
    std::thread::park_timeout(IDLE); // the span itself is the measurement
    let count = office.links[0].count().since(before);
    let hour = 3_600.0 / IDLE.as_secs_f64();
    term.keys("q");
    report.count("idle hour (six minutes, times ten)", count.both() as f64 * hour / 1e3, "kB", 20.0, 16.0);
    eprintln!("  {count:?} in {IDLE:?}");
}

/// Contacts handled on a desk of a busy firm, one after the other, with all that comes in meanwhile.
pub fn busy(office: &Office, report: &mut Report) {
    let shapes = [
        ("a good link", Shape { bits: 2_000_000, delay_ms: 30, loss: 0.0, queue: 256 << 10 }, 12.0, 8.0),
        ("a thin link", Shape::MODEM.clean(), 6.0, 4.5),
    ];
    let folders: Vec<PathBuf> =
        (0..2).map(|n| office.firm.join_as(&format!("team{}", n + 8), &format!("busy{n}"))).collect();
    for folder in &folders {
        office.fills(folder);
    }
    let mut terms: Vec<Term> = Vec::new();
    for (n, folder) in folders.iter().enumerate() {
        office.links[n].shape(shapes[n].1);
        let term = office.seat(folder, n).open(120, 40);
        whole(&term, PATIENCE);
        silent(office, n);
        terms.push(term);
    }
    // Who was made to wait all at once is promised an answer for the same moment, which no firm knows: it goes by first.
    office.is_broken_in();
    let every = Duration::from_secs(3_600) / HOUR as u32;
    let span = CONTACT * CONTACTS;
    let contacts = span.as_secs() / every.as_secs();
    let counts: Vec<Count> = std::thread::scope(|scope| {
        scope.spawn(|| office.works(contacts + 4, Some(every)));
        let handled: Vec<_> = terms
            .iter_mut()
            .enumerate()
            .map(|(n, term)| {
                scope.spawn(move || {
                    std::thread::park_timeout(Duration::from_secs(20)); // the team is at work
                    let (begun, before) = (Instant::now(), office.links[n].count());
                    for turn in 0..CONTACTS {
                        handles(office, term, &mut Dice(u64::from(turn) * 17 + n as u64 + 9));
                        // The span is the measurement.
                        std::thread::park_timeout((CONTACT * (turn + 1)).saturating_sub(begun.elapsed()));
                    }
                    office.links[n].count().since(before)
                })
            })
            .collect();
        handled.into_iter().map(|thread| thread.join().expect("it is handled")).collect()
    });
    for ((name, _, must, aim), count) in shapes.into_iter().zip(counts) {
        let each = count.both() as f64 / 1e3 / f64::from(CONTACTS);
        report.count(&format!("a handled contact on a busy desk, {name}"), each, "kB", must, aim);
        eprintln!("  {count:?} in {span:?}");
    }
    for mut term in terms {
        term.keys("q");
    }
}

/// Takes whoever waits longest, writes two replies and a note, and wraps up.
fn handles(office: &Office, term: &mut Term, dice: &mut Dice) {
    term.keys("1<home><space>");
    until(term, "a verdict", |s| mine(s) == 1);
    for _ in 0..2 {
        leaves(term);
        term.keys(&format!("r{}<c-s>", office.texts.agent(dice)));
        until(term, "the reply to leave", |s| top(s).contains("all sent"));
        std::thread::park_timeout(Duration::from_secs(75)); // the customer reads and writes
    }
    leaves(term);
    term.keys(&format!("n{}<c-s>", office.texts.note(dice)));
    until(term, "the note to leave", |s| top(s).contains("all sent"));
    std::thread::park_timeout(Duration::from_secs(130)); // the agent looks into it
    leaves(term);
    term.keys("w");
    // A chat is asked about before it is ended, an e-mail is not.
    until(term, "what comes then", |s| s.contains("End the chat with") || s.contains("▸reason"));
    if !term.text().contains("▸reason") {
        term.keys("w");
        until(term, "the form", |s| s.contains("▸reason"));
    }
    term.keys("<enter>");
    // What was given before is offered as a pair, and then that was all.
    until(term, "outcomes, or the end", |s| s.contains("▸outcome") || mine(s) == 0);
    if mine(&term.text()) > 0 {
        term.keys("1");
        until(term, "the outcome", |s| s.lines().any(|l| l.contains("outcome") && !l.contains("▸outcome")));
        term.keys("Done as agreed<c-s>");
    }
    until(term, "the wrap-up to leave", |s| mine(s) == 0 && top(s).contains("all sent"));
}

/// Leaves the field, if there is one: a key right behind Escape would be another one.
fn leaves(term: &mut Term) {
    term.keys("<esc>");
    std::thread::park_timeout(Duration::from_millis(700));
}
