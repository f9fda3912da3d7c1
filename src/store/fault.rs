//! What went wrong, from SQLite's words into ours.

use std::io;
use std::path::Path;

use rusqlite::ffi::ErrorCode;

use super::StoreError;

/// Why a piece of work inside a database file stopped; [`Fault::at`] says in which file.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite said no.
    Sql(rusqlite::Error),
    /// What was read makes no sense.
    Damaged(String),
    /// What was to be written makes no sense.
    Rejected(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(source: rusqlite::Error) -> Fault {
        Fault::Sql(source)
    }
}

impl Fault {
    /// Something read from the file is not what was written there.
    pub(super) fn damaged(what: impl Into<String>) -> Fault {
        Fault::Damaged(what.into())
    }

    /// Something is asked of the store that it must not take.
    pub(super) fn rejected(what: impl Into<String>) -> Fault {
        Fault::Rejected(what.into())
    }

    /// The same with the file's name.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Fault::Sql(source) => from_sqlite(path, source),
            Fault::Damaged(what) => StoreError::Corrupt { path: path.to_owned(), what },
            Fault::Rejected(what) => StoreError::Rejected { path: path.to_owned(), what },
        }
    }
}

/// Sorts an error of the operating system.
pub(super) fn from_io(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        io::ErrorKind::PermissionDenied => {
            let words = "you have no right to read and write it; check its owner and rights";
            StoreError::Io { path, source: io::Error::new(source.kind(), words) }
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            let words = "it lies on a disk that can only be read; choose another folder";
            StoreError::Io { path, source: io::Error::new(source.kind(), words) }
        }
        _ => StoreError::Io { path, source },
    }
}

/// Sorts an error of SQLite.
pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> StoreError {
    use rusqlite::Error;
    let owned = path.to_owned();
    let code = match &source {
        Error::SqliteFailure(code, _) => code,
        Error::SqlInputError { error, .. } => error,
        // A column holds another type than was written there.
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => return StoreError::Corrupt { path: owned, what: source.to_string() },
        _ => return StoreError::Sqlite { path: owned, source },
    };
    match code.code {
        // The shared memory beside the file is grown by the system; when that fails, the disk is full.
        ErrorCode::SystemIoFailure if code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            StoreError::Full { path: owned }
        }
        ErrorCode::DiskFull => StoreError::Full { path: owned },
        ErrorCode::DatabaseCorrupt => StoreError::Corrupt { path: owned, what: "its pages do not fit together".into() },
        ErrorCode::NotADatabase => StoreError::Corrupt { path: owned, what: "it is not a database".into() },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked { path: owned, pid: 0 },
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => from_io(path, io::ErrorKind::PermissionDenied.into()),
        ErrorCode::ReadOnly => from_io(path, io::ErrorKind::ReadOnlyFilesystem.into()),
        ErrorCode::SystemIoFailure => {
            let words = format!("the disk failed while reading or writing (code {})", code.extended_code);
            StoreError::Io { path: owned, source: io::Error::other(words) }
        }
        _ => StoreError::Sqlite { path: owned, source },
    }
}
