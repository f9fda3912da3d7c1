//! The socket between the operator's commands and a running server: frames of a length and a postcard body.
//!
//! It lies in the data folder, for its owner only: who may open the ledger may use it, and nobody else.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{OperateError, Operation, Report, office::Office};

/// Name of the socket within the data folder.
const FILE: &str = "control.sock";
/// Largest request, bytes.
const MAX_REQUEST: usize = 64 << 20;
/// Largest report, bytes.
const MAX_REPORT: usize = 512 << 20;
/// Longest path the system takes for a socket, with room to spare.
const MAX_PATH: usize = 100;

/// A talk with the server.
pub(super) struct Line {
    stream: UnixStream,
}

/// Why there is no talk.
pub(super) enum Unreached {
    /// Nobody answers, perhaps only not yet.
    Io(io::Error),
    /// Somebody does, and says no.
    Other(String),
}

impl Line {
    /// Calls the server of this folder; both must be the same version, because rows travel as they are stored.
    pub(super) fn reach(data_dir: &Path) -> Result<Line, Unreached> {
        let place = Place::of(data_dir).map_err(Unreached::Io)?;
        let mut stream = UnixStream::connect(&place.path).map_err(Unreached::Io)?;
        write_frame(&mut stream, &version()).map_err(Unreached::Io)?;
        let there: String = read_frame(&mut stream, 1_000).and_then(|f| f.ok_or_else(closed)).map_err(Unreached::Io)?;
        if there == version() {
            Ok(Line { stream })
        } else {
            let words = format!("the server runs cordboard {there}, this is {}; use the same for both", version());
            Err(Unreached::Other(words))
        }
    }

    pub(super) fn ask(&mut self, operation: &Operation) -> Result<Report, OperateError> {
        let body = encode(operation)?;
        if body.len() > MAX_REQUEST {
            return Err(OperateError::Said("that is too much for one request; do it in smaller parts".into()));
        }
        write_bytes(&mut self.stream, &body).map_err(OperateError::BrokeOff)?;
        let answer: Option<Result<Report, String>> =
            read_frame(&mut self.stream, MAX_REPORT).map_err(OperateError::BrokeOff)?;
        answer.ok_or_else(|| OperateError::BrokeOff(closed()))?.map_err(OperateError::Said)
    }
}

/// The server's half; it ends when this is dropped.
pub struct Listening {
    path: PathBuf,
    place: Place,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listening at {}", self.path.display())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // A call of our own ends the waiting for calls.
        let woken = UnixStream::connect(&self.place.path).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            thread.join().ok();
        }
        // A stale one is removed at the next start.
        fs::remove_file(&self.path).ok();
    }
}

/// Answers the operator's commands until the result is dropped. The caller holds the ledger, so that a socket already
/// there is stale.
pub fn listen(office: Office, data_dir: &Path) -> io::Result<Listening> {
    let path = data_dir.join(FILE);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(&path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file of that name is in the way")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let place = Place::of(data_dir)?;
    let listener = UnixListener::bind(&place.path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    let over = Arc::new(AtomicBool::new(false));
    let stop = over.clone();
    let thread = std::thread::Builder::new().name("control".into()).spawn(move || {
        for stream in listener.incoming() {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = stream else { continue };
            let office = office.again();
            let serving = std::thread::Builder::new().name("operator".into()).spawn(move || serve(stream, office));
            if let Err(error) = serving {
                tracing::error!(%error, "an operator's command could not be served");
            }
        }
    })?;
    Ok(Listening { path, place, over, thread: Some(thread) })
}

/// One talk, until the other side hangs up.
fn serve(mut stream: UnixStream, mut office: Office) {
    let talk = (|| -> io::Result<()> {
        let Some(there) = read_frame::<String>(&mut stream, 1_000)? else { return Ok(()) };
        write_frame(&mut stream, &version())?;
        if there != version() {
            return Ok(());
        }
        while let Some(operation) = read_frame::<Operation>(&mut stream, MAX_REQUEST)? {
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| office.carry_out(operation)));
            let answer = done.unwrap_or_else(|_| Err("the server stumbled; the fault is in its log".into()));
            let mut body = encode(&answer).map_err(io::Error::other)?;
            if body.len() > MAX_REPORT {
                let answer: Result<Report, String> = Err("the answer is too long; ask for less at once".into());
                body = encode(&answer).map_err(io::Error::other)?;
            }
            write_bytes(&mut stream, &body)?;
        }
        Ok(())
    })();
    if let Err(error) = talk {
        tracing::warn!(%error, "a talk with an operator's command broke off");
    }
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")
}

fn encode<T: Serialize>(what: &T) -> Result<Vec<u8>, OperateError> {
    postcard::to_stdvec(what).map_err(|error| OperateError::Said(format!("it cannot be written: {error}")))
}

fn write_frame<T: Serialize>(stream: &mut UnixStream, what: &T) -> io::Result<()> {
    write_bytes(stream, &encode(what).map_err(io::Error::other)?)
}

fn write_bytes(stream: &mut UnixStream, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(body)
}

/// The next frame; `None` when the other side has hung up between two.
fn read_frame<T: DeserializeOwned>(stream: &mut UnixStream, most: usize) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match stream.read(&mut length)? {
        0 => return Ok(None),
        got => stream.read_exact(&mut length[got..])?,
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let mut body = Vec::new();
    // Grows as bytes come in: a length alone costs no memory.
    stream.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(closed());
    }
    postcard::from_bytes(&body).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// A name for the socket that is short enough for the system.
struct Place {
    path: PathBuf,
    /// Held open while the name goes through it.
    _folder: Option<File>,
}

impl Place {
    fn of(data_dir: &Path) -> io::Result<Place> {
        let path = data_dir.join(FILE);
        if path.as_os_str().len() <= MAX_PATH {
            return Ok(Place { path, _folder: None });
        }
        if cfg!(target_os = "linux") {
            use std::os::fd::AsRawFd;
            let folder = File::open(data_dir)?;
            let path = PathBuf::from(format!("/proc/self/fd/{}/{FILE}", folder.as_raw_fd()));
            return Ok(Place { path, _folder: Some(folder) });
        }
        let words = format!("the path of the data folder is longer than {MAX_PATH} bytes; choose a shorter one");
        Err(io::Error::new(io::ErrorKind::InvalidInput, words))
    }
}
