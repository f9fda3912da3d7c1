//! Tasks polled by hand, in the order in which they began: no runtime, no thread, no chance. One that was not woken is
//! not polled, so that who forgets to wake another is found out.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::wire::pipe::{Abort, Spawn, Task};

/// Takes one step of a future: its result, if it has one now.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// What runs in one process beside its main loop.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Mutex<Board>>);

#[derive(Default)]
struct Board {
    next: u64,
    running: BTreeMap<u64, Running>,
    aborted: BTreeSet<u64>,
}

struct Running {
    task: Task,
    bell: Arc<Bell>,
}

/// Whether a task was woken since it was last polled.
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Tasks {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One step of every task that was woken. One that was aborted takes a last step: it may have been in the middle
    /// of it.
    pub fn poll(&self) {
        let ids: Vec<u64> = {
            let board = self.board();
            let woken = |(id, one): (&u64, &Running)| {
                (one.bell.0.load(Ordering::Relaxed) || board.aborted.contains(id)).then_some(*id)
            };
            board.running.iter().filter_map(woken).collect()
        };
        for id in ids {
            // Polled without the lock: a task may begin or end others.
            let Some(mut one) = self.board().running.remove(&id) else { continue };
            one.bell.0.store(false, Ordering::Relaxed);
            let waker = Waker::from(one.bell.clone());
            let done = one.task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            let mut board = self.board();
            if !done && !board.aborted.remove(&id) {
                board.running.insert(id, one);
                continue;
            }
            board.aborted.remove(&id);
            drop(board);
            drop(one);
        }
    }

    /// The process dies with all of them.
    pub fn die(&self) {
        let dead = std::mem::take(&mut self.board().running);
        drop(dead);
    }
}

impl Spawn for Tasks {
    fn spawn(&self, task: Task) -> Abort {
        let mut board = self.board();
        board.next += 1;
        let (id, tasks) = (board.next, self.clone());
        board.running.insert(id, Running { task, bell: Arc::new(Bell(AtomicBool::new(true))) });
        Abort::new(move || {
            tasks.board().aborted.insert(id);
        })
    }
}
