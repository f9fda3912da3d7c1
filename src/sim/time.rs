//! Virtual time: one steady instant for the whole world, and clocks of computers that are wrong in their own way.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::clock::Clock;
use crate::domain::time::At;

/// True time when the world begins.
pub const DAWN: At = At(1_800_000_000_000);

/// True time, ms since [`DAWN`].
#[derive(Debug, Clone, Default)]
pub struct WorldTime(Arc<Course>);

#[derive(Debug, Default)]
struct Course {
    now: AtomicU64,
    awaited: Mutex<Awaited>,
}

/// Who waits for which instant.
#[derive(Debug, Default)]
struct Awaited {
    next: u64,
    wakers: BTreeMap<(u64, u64), Waker>,
}

impl WorldTime {
    pub fn at(ms: u64) -> WorldTime {
        WorldTime(Arc::new(Course { now: AtomicU64::new(ms), awaited: Mutex::default() }))
    }

    pub fn now(&self) -> u64 {
        self.0.now.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: u64) {
        let now = self.0.now.fetch_add(ms, Ordering::Relaxed) + ms;
        let due = {
            let mut awaited = self.awaited();
            let later = awaited.wakers.split_off(&(now + 1, 0));
            std::mem::replace(&mut awaited.wakers, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    /// Ready after so many milliseconds; whoever waits is woken then.
    pub fn wait(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let at = self.now().saturating_add(ms);
        let mut awaited = self.awaited();
        awaited.next += 1;
        Box::pin(Until { time: self.clone(), key: (at, awaited.next) })
    }

    /// The next instant someone waits for.
    pub fn next(&self) -> Option<u64> {
        self.awaited().wakers.first_key_value().map(|((at, _), _)| *at)
    }

    fn awaited(&self) -> MutexGuard<'_, Awaited> {
        self.0.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Until {
    time: WorldTime,
    key: (u64, u64),
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.key.0 {
            return Poll::Ready(());
        }
        self.time.awaited().wakers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Until {
    fn drop(&mut self) {
        let waker = self.time.awaited().wakers.remove(&self.key);
        drop(waker);
    }
}

/// The clocks of one computer.
#[derive(Debug)]
pub struct ComputerClock {
    time: WorldTime,
    /// Wall clock less true time, ms.
    wrong: AtomicI64,
    /// Steady clock less true time, ms.
    born: u64,
    set: AtomicBool,
}

impl ComputerClock {
    pub fn new(time: WorldTime, wrong: i64, born: u64) -> ComputerClock {
        ComputerClock { time, wrong: AtomicI64::new(wrong), born, set: AtomicBool::new(false) }
    }

    /// True time, ms.
    pub fn world(&self) -> u64 {
        self.time.now()
    }

    /// Whether the wall clock was ever set.
    pub fn was_set(&self) -> bool {
        self.set.load(Ordering::Relaxed)
    }

    /// Someone sets the wall clock.
    pub fn jump(&self, ms: i64) {
        self.set.store(true, Ordering::Relaxed);
        self.wrong.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for ComputerClock {
    fn now(&self) -> At {
        DAWN.plus(self.time.now().cast_signed() + self.wrong.load(Ordering::Relaxed))
    }

    fn steady_ms(&self) -> u64 {
        self.time.now() + self.born
    }

    fn wait(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.time.wait(ms)
    }
}
