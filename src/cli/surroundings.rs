//! What lies around a desk besides its cache and link: the configuration, which may change while it runs, and the log.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::args::Global;
use super::places::Places;
use super::settings;
use crate::app::msg::Msg;
use crate::app::port::{Effect, Incoming, Port};
use crate::app::setup::Setup;
use crate::lang;
use crate::tui::run::Order;

/// So much of the end of the log is shown, bytes.
const TAIL: u64 = 64 << 10;
/// Editors write a file in several steps; it is read when it has been quiet for so long, ms.
#[cfg(target_os = "linux")]
const QUIET: i64 = 500;

/// A desk's port with what lies around it.
pub struct Surroundings<'a> {
    desk: &'a dyn Port,
    place: Arc<Place>,
}

/// Where things are, and who wants to hear of them.
struct Place {
    global: Global,
    places: Places,
    orders: UnboundedSender<Order>,
}

impl<'a> Surroundings<'a> {
    /// Around this desk; what comes of what it asks comes out of the second half.
    pub fn new(desk: &'a dyn Port, global: &Global, places: &Places) -> (Surroundings<'a>, UnboundedReceiver<Order>) {
        let (orders, received) = unbounded_channel();
        let place = Arc::new(Place { global: global.clone(), places: places.clone(), orders });
        (Surroundings { desk, place }, received)
    }

    /// Reads the configuration again whenever its file changes.
    pub fn watch(&self) {
        #[cfg(target_os = "linux")]
        {
            let place = Arc::downgrade(&self.place);
            let config = self.place.places.config.clone();
            std::thread::spawn(move || {
                let watched = follow(&config, || match place.upgrade() {
                    Some(place) => place.read(false),
                    None => false,
                });
                if let Err(error) = watched {
                    tracing::debug!(%error, "the configuration is not watched; :reload reads it");
                }
            });
        }
    }
}

impl Port for Surroundings<'_> {
    fn perform(&self, effect: Effect) {
        let place = Arc::clone(&self.place);
        match effect {
            // Disks may be slow; no key waits for one.
            Effect::Reload => drop(std::thread::spawn(move || place.read(true))),
            Effect::Keep { section, key, word } => drop(std::thread::spawn(move || place.keep(section, key, &word))),
            Effect::ReadLog => drop(std::thread::spawn(move || {
                place.orders.send(Order::Msg(Msg::Log(tail(&place.places.log())))).ok();
            })),
            effect => self.desk.perform(effect),
        }
    }
}

impl Place {
    /// Reads every layer and hands it on; false when nobody listens any more.
    fn read(&self, asked: bool) -> bool {
        let lenient = Global { strict: false, ..self.global.clone() };
        let place = self.places.config.display().to_string();
        let order = match settings::read(&lenient, &self.places) {
            Ok(in_force) => {
                tracing::info!(problems = in_force.problems.len(), "the configuration was read again");
                // With a fault nothing is taken over.
                let spoken = in_force.problems.is_empty() && lang::choose(in_force.language);
                let setup = Setup {
                    settings: settings::settings(&in_force.config),
                    keymap: in_force.keymap,
                    problems: in_force.problems,
                    place,
                    asked,
                    beside: spoken,
                };
                Order::Setup(Box::new(setup), settings::look(&in_force.config))
            }
            Err(error) => Order::Msg(Msg::Incoming(Incoming::Trouble(format!("{error:#}")))),
        };
        self.orders.send(order).is_ok()
    }

    fn keep(&self, section: &'static str, key: &'static str, word: &str) {
        let path = self.places.chosen();
        let kept = super::places::private_folder(&self.places.state)
            .and_then(|()| Ok(crate::config::keep(&path, section, key, word)?));
        let trouble = match kept {
            Err(error) => Some(format!("It holds until you leave; it cannot be kept: {error:#}")),
            Ok(()) => self.overruled(section, key, word),
        };
        if let Some(trouble) = trouble {
            self.orders.send(Order::Msg(Msg::Incoming(Incoming::Trouble(trouble)))).ok();
        }
    }

    /// What goes before what was chosen, in words.
    fn overruled(&self, section: &str, key: &str, word: &str) -> Option<String> {
        let lenient = Global { strict: false, ..self.global.clone() };
        let in_force = settings::read(&lenient, &self.places).ok()?;
        let setting = crate::config::table::find(&format!("{section}.{key}"))?;
        let says = (setting.show)(&in_force.config);
        (says.trim_matches('"') != word).then(|| {
            let file = self.places.config.display();
            format!("It holds until you leave: {section}.{key} is {says} in {file}, the environment or a flag.")
        })
    }
}

/// The last lines of a file, newest first.
fn tail(path: &Path) -> Vec<String> {
    let read = || {
        let mut file = std::fs::File::open(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>((size > TAIL, bytes))
    };
    let Ok((cut, bytes)) = read() else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<String> = text.lines().skip(usize::from(cut)).map(str::to_owned).collect();
    lines.reverse();
    lines
}

/// Calls `changed` whenever the file was written, until it answers false. The folder is watched, since editors put a
/// new file in the place of the old one.
#[cfg(target_os = "linux")]
fn follow(file: &Path, mut changed: impl FnMut() -> bool) -> std::io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let watch = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    add_watch(&watch, folder, WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO)?;
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut dirty = false;
    loop {
        let quiet = Timespec { tv_sec: QUIET / 1000, tv_nsec: QUIET % 1000 * 1_000_000 };
        let mut polled = [PollFd::new(&watch, PollFlags::IN)];
        match poll(&mut polled, dirty.then_some(&quiet)) {
            Ok(0) => {
                dirty = false;
                if !changed() {
                    return Ok(());
                }
                continue;
            }
            // A signal came to this thread; it is heard elsewhere.
            Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut reader = Reader::new(&watch, &mut buffer);
        while let Ok(event) = reader.next() {
            dirty |= event
                .file_name()
                .is_some_and(|n| Some(n.to_bytes()) == file.file_name().map(std::ffi::OsStr::as_encoded_bytes));
        }
    }
}
