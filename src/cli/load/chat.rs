//! One customer of the load in a web chat: the widget's own protocol over a socket of its own.
//!
//! They come, wait until somebody has them, and then say something every few seconds, the way people do: first that
//! they write, then the words. Every sentence carries a mark, so that whoever hears it knows when it was said.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::Stage;
use super::desk::Hall;
use super::notes::Spread;
use crate::rand::{Rand, SeededRand};
use crate::sync::link::{Socket, open_socket};

/// What a sentence's mark begins with.
const MARK: &str = " \u{a7}";
/// From one sentence to the next, ms: at least, and up to so much more.
const THINK_MS: (u64, u64) = (8_000, 4_000);
/// From the first letter to the last, ms.
const WRITE_MS: u64 = 2_000;

/// Which way something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToDesk,
    ToCustomer,
}

/// What is said in all chats.
#[derive(Debug, Default)]
pub(super) struct Talk {
    inner: Mutex<Said>,
    with: AtomicUsize,
}

#[derive(Debug, Default)]
struct Said {
    number: u64,
    /// What nobody has heard yet: since when, steady µs, and whether it counts.
    open: [HashMap<u64, (u64, bool)>; 2],
    /// How long it took, µs.
    took: [Vec<u64>; 2],
}

impl Talk {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody presses the key that says something; the mark it carries.
    pub(super) fn says(&self, way: Way, stage: Stage, now_us: u64) -> String {
        let mut said = self.said();
        said.number += 1;
        let number = said.number;
        said.open[way as usize].insert(number, (now_us, stage == Stage::Work));
        format!("{MARK}{number}")
    }

    /// Something was heard; whether it had been said and was not heard before.
    pub(super) fn hears(&self, way: Way, text: &str, now_us: u64) -> bool {
        let Some(number) = text.rsplit_once(MARK).and_then(|(_, mark)| mark.parse().ok()) else { return false };
        let mut said = self.said();
        let Some((since, counts)) = said.open[way as usize].remove(&number) else { return false };
        if counts {
            said.took[way as usize].push(now_us.saturating_sub(since));
        }
        true
    }

    /// Customers whom somebody has.
    pub(super) fn with(&self) -> usize {
        self.with.load(Ordering::Relaxed)
    }

    /// What it comes to; what was said after `until`, steady µs, may still be under way.
    pub(super) fn figures(&self, chats: usize, until: u64) -> Chats {
        let said = self.said();
        let way = |way: Way| {
            let took = said.took[way as usize].clone();
            let missing = said.open[way as usize].values().filter(|(since, counts)| *counts && *since < until).count();
            Heard { said: took.len(), took_us: Spread::of(took), missing }
        };
        Chats { at_once: chats, to_desk: way(Way::ToDesk), to_customer: way(Way::ToCustomer) }
    }
}

/// What was said in chats.
#[derive(Debug, Serialize)]
pub(super) struct Chats {
    /// Chats at once.
    pub at_once: usize,
    /// From a customer's key to the desk that has them.
    pub to_desk: Heard,
    /// From an agent's key to the customer's page.
    pub to_customer: Heard,
}

/// One way.
#[derive(Debug, Serialize)]
pub(super) struct Heard {
    /// Sentences.
    pub said: usize,
    /// From key to screen, µs.
    pub took_us: Spread,
    /// Sentences nobody heard.
    pub missing: usize,
}

/// Talks until the end; what went wrong, if anything.
pub(super) async fn come(number: u64, door: usize, hall: Arc<Hall>, talk: Arc<Talk>) -> Option<String> {
    let path = format!("/chat/queue-{door}/socket");
    let socket = match open_socket(&hall.address, Arc::clone(&hall.traffic), &path).await {
        Ok(socket) => socket,
        Err(error) => return Some(format!("a customer could not come in: {error}")),
    };
    let guest = Guest { number, rand: SeededRand::new(number), hall, talk, socket, n: 0, with: false, next: None };
    guest.stay().await.err()
}

/// What is done next.
#[derive(Debug, Clone, Copy)]
enum Next {
    Write,
    Say,
}

struct Guest {
    number: u64,
    rand: SeededRand,
    hall: Arc<Hall>,
    talk: Arc<Talk>,
    socket: Socket,
    /// Deeds done.
    n: u64,
    with: bool,
    /// When what is done, steady ms.
    next: Option<(u64, Next)>,
}

impl Guest {
    async fn stay(mut self) -> Result<(), String> {
        self.send(json!({ "t": "hello", "v": 1, "lang": "en", "page": "https://load.example/bill" })).await?;
        let mut stage = self.hall.stage.clone();
        loop {
            let at = *stage.borrow_and_update();
            if at == Stage::End {
                return Ok(());
            }
            let due = self.next.filter(|_| at == Stage::Work);
            let wait = due.map_or(60_000, |(due, _)| due.saturating_sub(self.hall.clock.steady_ms()));
            tokio::select! {
                frame = self.socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => {
                        let frame: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
                        self.hear(&frame).await?;
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(format!("a customer's line broke: {error}")),
                    None => return Err("the server closed a customer's line".into()),
                },
                () = tokio::time::sleep(Duration::from_millis(wait)) => if let Some((_, next)) = due {
                    self.go_on(next, at).await?;
                },
                _ = stage.changed() => {}
            }
        }
    }

    async fn hear(&mut self, frame: &Value) -> Result<(), String> {
        match frame["t"].as_str().unwrap_or_default() {
            "welcome" => {
                let text = "Hello, my last bill is higher than the one before, and I do not see why.";
                let name = format!("Customer {}", self.number);
                let email = format!("customer-{}@load.example", self.number);
                self.does(json!({ "start": { "name": name, "email": email, "text": text } })).await
            }
            "ack" => {
                self.n = frame["n"].as_u64().unwrap_or(self.n);
                Ok(())
            }
            "no" => Err(format!("a customer was told no: {}", frame["code"])),
            "standing" if frame["is"] == "with" && !self.with => {
                self.with = true;
                self.talk.with.fetch_add(1, Ordering::Relaxed);
                self.think();
                Ok(())
            }
            "line" => {
                if frame["by"] == "agent" {
                    let text = frame["text"].as_str().unwrap_or_default();
                    self.talk.hears(Way::ToCustomer, text, self.hall.clock.steady_us());
                }
                self.send(json!({ "t": "read", "k": frame["k"] })).await
            }
            _ => Ok(()),
        }
    }

    /// The next sentence comes after a while.
    fn think(&mut self) {
        let after = THINK_MS.0 + self.rand.jitter(THINK_MS.1);
        self.next = Some((self.hall.clock.steady_ms() + after, Next::Write));
    }

    async fn go_on(&mut self, next: Next, stage: Stage) -> Result<(), String> {
        match next {
            Next::Write => {
                self.next = Some((self.hall.clock.steady_ms() + WRITE_MS, Next::Say));
                self.send(json!({ "t": "typing", "on": true })).await
            }
            Next::Say => {
                self.think();
                let mark = self.talk.says(Way::ToDesk, stage, self.hall.clock.steady_us());
                let text = format!("It says thirty pounds for a week in Spain, and I was at home.{mark}");
                self.does(json!({ "say": { "text": text } })).await?;
                self.send(json!({ "t": "typing", "on": false })).await
            }
        }
    }

    async fn does(&mut self, deed: Value) -> Result<(), String> {
        let once = format!("{:08x}{:08x}", self.number, self.n + 1);
        self.send(json!({ "t": "do", "n": self.n + 1, "once": once, "deed": deed })).await
    }

    async fn send(&mut self, frame: Value) -> Result<(), String> {
        let sent = self.socket.send(Message::Text(frame.to_string().into())).await;
        sent.map_err(|error| format!("a customer's line broke: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard_once_and_what_is_not_is_missing() {
        let talk = Talk::default();
        let mark = talk.says(Way::ToDesk, Stage::Work, 1_000);
        let early = talk.says(Way::ToDesk, Stage::Ready, 1_000);
        let lost = talk.says(Way::ToDesk, Stage::Work, 1_500);
        talk.says(Way::ToDesk, Stage::Work, 9_000);
        assert!(!talk.hears(Way::ToCustomer, &format!("Hello{mark}"), 2_000), "it went the other way");
        assert!(talk.hears(Way::ToDesk, &format!("Hello{mark}"), 3_000));
        assert!(!talk.hears(Way::ToDesk, &format!("Hello{mark}"), 4_000), "once");
        assert!(talk.hears(Way::ToDesk, &early, 4_000), "heard, but it does not count");
        assert!(!talk.hears(Way::ToDesk, "Hello", 4_000));
        let found = talk.figures(1, 5_000);
        assert_eq!((found.to_desk.said, found.to_desk.took_us.max, found.to_desk.missing), (1, 2_000, 1), "{lost}");
    }
}
