//! What is kept on the disk: SQLite, and the desk's book of its link. The only room that knows rusqlite.

pub mod cache;
mod fault;
pub mod ledger;
pub mod ledger_sqlite;
pub mod linkbook;
mod lock;
mod open;
pub mod outbox;
pub mod outside;
mod rows;
#[cfg(test)]
mod sample;
pub mod search;

#[cfg(test)]
pub(crate) use open::after_transactions;

use std::path::PathBuf;

/// What can go wrong with a database file, in words a person can act on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the database {path} failed: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file is damaged.
    #[error("the database {path} is damaged ({what}); restore a backup, or move it away to start anew")]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A newer cordboard wrote it.
    #[error("the database {path} has format {found}, this cordboard knows {known}; use a newer cordboard")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Newest format known.
        known: u32,
    },
    /// A cordboard too old for this one wrote it.
    #[error(
        "the database {path} has the old format {found}, which this cordboard no longer reads; export from it with the cordboard that made it and import that here"
    )]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Someone else has it open.
    #[error("{path} is in use by another cordboard (process {pid}); close that one first")]
    Locked {
        /// Which file.
        path: PathBuf,
        /// By whom, 0 when unknown.
        pid: u32,
    },
    /// It was asked to store what makes no sense.
    #[error("the database {path} does not take this: {what}")]
    Rejected {
        /// Which file.
        path: PathBuf,
        /// What and why.
        what: String,
    },
    /// No room on the disk.
    #[error("the disk that holds {path} is full; make room, nothing was lost")]
    Full {
        /// Which file.
        path: PathBuf,
    },
    /// The file or folder cannot be reached.
    #[error("cannot open {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
