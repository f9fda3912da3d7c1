//! A firm on a busy day: sixty who wait in two queues, a team of eighteen, and colleagues who work.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::firm::{Firm, Seat};
use crate::support::http::Gateway;
use crate::support::term::Term;
use crate::support::thin::{Link, Shape, server_address};
use crate::support::until_within;
use crate::words::Dice;

use super::person::{Person, address_of};
use super::texts::Texts;

/// Who wait.
const WAITING: usize = 60;
/// Colleagues made for the occasion; six of the sample's people are in the team already.
const MORE: usize = 12;
/// Every promise to those who wait is broken after this long.
const PROMISES: Duration = Duration::from_secs(240);
/// Colleagues who work at the same time.
const WORKERS: usize = 6;
/// Contacts the team handles in an hour (spec: sync 2.2: 18 people, 10.7 each).
pub const HOUR: u64 = 193;
/// Contacts between two shifts of the same desk: eight hours.
pub const DAY: u64 = 8 * HOUR;

/// Firm, links and colleagues.
pub struct Office {
    pub links: Vec<Link>,
    pub firm: Firm,
    workers: Vec<PathBuf>,
    pub texts: Texts,
    arrived: AtomicU64,
    gateways: AtomicU64,
    opened: Instant,
}

impl Office {
    /// So many links, a firm at their near end; why there can be none here, in words.
    pub fn opens(links: usize) -> Result<Office, String> {
        let links = (0..links).map(|n| Link::new(n as u64 + 1)).collect::<Result<Vec<_>, _>>()?;
        let firm = Firm::sample_at(&server_address().to_string());
        for queue in ["technical", "orders"] {
            firm.run(&["admin", "queue", "set", queue, "--calendar", "always"]);
        }
        for n in 0..MORE {
            adds(&firm, &format!("team{n}"), "millside");
        }
        let workers = (0..WORKERS).map(|n| firm.join(&format!("team{n}"))).collect();
        let office = Office {
            links,
            firm,
            workers,
            texts: Texts::read(),
            arrived: AtomicU64::new(0),
            gateways: AtomicU64::new(0),
            opened: Instant::now(),
        };
        let gateway = office.gateway(1);
        for _ in 0..WAITING - 6 {
            office.arrives(&gateway, &mut Dice(office.arrived.load(Ordering::SeqCst) + 1), None);
        }
        Ok(office)
    }

    /// Waits until those who have waited from the beginning were all let down once.
    pub fn is_broken_in(&self) {
        std::thread::park_timeout(PROMISES.saturating_sub(self.opened.elapsed()));
    }

    /// Someone new in the other team, and the folder of their desk.
    pub fn hires(&self, login: &str) -> PathBuf {
        adds(&self.firm, login, "harbour");
        self.firm.join(login)
    }

    /// A gateway of one's own, which keeps so many connections between two posts.
    pub fn gateway(&self, kept: usize) -> Gateway {
        Gateway::with(&self.firm, &format!("gateway{}", self.gateways.fetch_add(1, Ordering::SeqCst)), kept)
    }

    /// Someone writes; a name puts them at the head of the queue.
    pub fn arrives(&self, gateway: &Gateway, dice: &mut Dice, urgent: Option<&str>) -> u64 {
        let n = self.arrived.fetch_add(1, Ordering::SeqCst);
        let name = urgent.map_or_else(|| self.texts.name(dice), str::to_owned);
        let queue = if n.is_multiple_of(2) { "technical" } else { "orders" };
        let body = serde_json::json!({
            "channel": "chat", "queue": queue, "customer": {"email": format!("c{n}@example.com"), "name": name},
            "language": "en", "subject": self.texts.subject(dice), "body": self.texts.customer(dice),
            "priority": if urgent.is_some() { "urgent" } else { "normal" },
        });
        gateway.post("/interactions", &body)["interaction"].as_u64().expect("a number")
    }

    /// The team handles so many contacts, as fast as it can or `every` so often; as many new ones come.
    pub fn works(&self, contacts: u64, every: Option<Duration>) {
        let begun = Instant::now();
        let (taken, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for (index, folder) in self.workers.iter().enumerate() {
                let (taken, stop) = (&taken, &stop);
                scope.spawn(move || {
                    // Nobody keeps a connection open through long pauses.
                    let gateway = self.gateway(usize::from(every.is_none()));
                    let mut dice = Dice(7_919 * (index as u64 + 1) + self.arrived.load(Ordering::SeqCst));
                    let mut person = Person::sits_down(address_of(folder), false);
                    person.is_ready();
                    while !stop.load(Ordering::SeqCst) {
                        let n = taken.fetch_add(1, Ordering::SeqCst);
                        if n >= contacts {
                            break;
                        }
                        if let Some(every) = every {
                            let due = every * n as u32;
                            person.listens(due.saturating_sub(begun.elapsed()));
                        }
                        self.arrives(&gateway, &mut dice, None);
                        // In the sample 1.4 answers go to 1.9 messages of the customer, and one note.
                        let answers = (0..=n % 2).map(|_| self.texts.agent(&mut dice)).collect();
                        let note = self.texts.note(&mut dice);
                        // At a person's pace a contact takes a minute or so.
                        let pause = every.map_or(Duration::ZERO, |every| every * WORKERS as u32 / 6);
                        let mut more = Some(self.texts.customer(&mut dice));
                        person.handles(answers, note, |id| {
                            std::thread::park_timeout(pause);
                            if let Some(words) = more.take() {
                                gateway.say(id.0, &words);
                            }
                        });
                    }
                });
            }
        });
    }

    /// A desk of this person over a link.
    pub fn seat(&self, folder: &std::path::Path, link: usize) -> Seat {
        self.firm.seat(folder).beyond(&self.links[link].enter())
    }

    /// Opens a desk nearby until it has everything, and closes it.
    pub fn fills(&self, folder: &std::path::Path) {
        let mut term = self.firm.desk(folder, 120, 40);
        whole(&term, Duration::from_secs(120));
        term.keys("q");
        term.exit_code();
    }

    /// All links are like this.
    pub fn shape(&self, shape: Shape) {
        self.links.iter().for_each(|link| link.shape(shape));
    }
}

/// Waits until the desk has everything: live, nothing loading, nothing unsent.
pub fn whole(term: &Term, patience: Duration) {
    until_within(patience, "a desk that has everything", || {
        let top = term.text().lines().next().unwrap_or_default().to_owned();
        (top.contains("live ") && top.contains("all sent") && !top.contains("loading")).then_some(())
    });
}

fn adds(firm: &Firm, login: &str, team: &str) {
    let skills = "technical=4,orders=4,en=5,es=5,fr=5,de=5";
    let rest = ["--team", team, "--queues", "technical,orders", "--skills", skills];
    let name = Dice(login.bytes().fold(77, |sum, byte| sum * 31 + u64::from(byte))).name();
    firm.run(&[&["admin", "user", "add", login, "--name", &format!("Terry {name}")], &rest[..]].concat());
}
