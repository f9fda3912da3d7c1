//! A few reading halves of the ledger, shared by all sessions.
//!
//! Reads are short and take place on the runtime's blocking threads; a session never has a connection of its own.
//! Where everything runs in one thread, they take place at once.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::store::StoreError;
use crate::store::ledger::LedgerReader;

use super::core::Core;

/// Readers at most.
const MOST: usize = 4;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The ledger said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is going down, or the read panicked.
    #[error("the read was given up")]
    GivenUp,
}

/// The shared readers.
#[derive(Clone)]
pub struct Readers {
    core: Core,
    idle: Arc<Mutex<Vec<Box<dyn LedgerReader>>>>,
    room: Arc<Semaphore>,
    /// Whether who asks may wait for the disk.
    at_once: bool,
}

impl Readers {
    /// Readers of this core's ledger, made as they are needed.
    pub fn new(core: Core) -> Readers {
        Readers { core, idle: Arc::default(), room: Arc::new(Semaphore::new(MOST)), at_once: false }
    }

    /// Only this reader, read from by whoever asks, in their own thread.
    pub fn at_once(core: Core, reader: Box<dyn LedgerReader>) -> Readers {
        let idle = Arc::new(Mutex::new(vec![reader]));
        Readers { core, idle, room: Arc::new(Semaphore::new(1)), at_once: true }
    }

    /// Reads something, on a thread that may wait.
    pub async fn with<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn LedgerReader) -> T + Send + 'static,
    ) -> Result<T, ReadError> {
        let permit = self.room.clone().acquire_owned().await.map_err(|_| ReadError::GivenUp)?;
        if self.at_once {
            let mut reader = self.idle().pop().ok_or(ReadError::GivenUp)?;
            let result = read(reader.as_mut());
            self.idle().push(reader);
            return Ok(result);
        }
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let idle = this.idle().pop();
            let mut reader = match idle {
                Some(reader) => reader,
                None => this.core.reader()?,
            };
            let result = read(reader.as_mut());
            this.idle().push(reader);
            Ok::<T, StoreError>(result)
        });
        Ok(reading.await.map_err(|_| ReadError::GivenUp)??)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn LedgerReader>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
