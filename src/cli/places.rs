//! Where files live: flag, else variable, else the folders the system names (XDG on Linux).

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use super::args::Global;

/// The folders and files of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The configuration file.
    pub config: PathBuf,
    /// Whether someone named that file.
    pub config_named: bool,
    /// Folder of ledger and desk.
    pub data: PathBuf,
    /// Folder of log and reports.
    pub state: PathBuf,
}

impl Places {
    /// Finds them. `data` is a `--data` flag.
    pub fn find(global: &Global, data: Option<&Path>) -> anyhow::Result<Places> {
        let base = etcetera::choose_base_strategy()
            .context("the home folder cannot be found; set HOME, or name the folders with CORDBOARD_DATA, CORDBOARD_STATE and CORDBOARD_CONFIG")?;
        let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let data = data.map(Path::to_owned).or_else(|| variable("CORDBOARD_DATA"));
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Places {
            config: global.config.clone().unwrap_or_else(|| base.config_dir().join("cordboard/config.toml")),
            config_named: global.config.is_some(),
            data: data.unwrap_or_else(|| base.data_dir().join("cordboard")),
            state: variable("CORDBOARD_STATE").unwrap_or_else(|| state.join("cordboard")),
        })
    }

    /// The same for the made-up firm: a folder of its own inside, unless someone named one, so that nothing made up
    /// is ever among real customers.
    pub fn for_practice(self, named: Option<&Path>) -> Places {
        if named.is_some() { self } else { Places { data: self.practice(), ..self } }
    }

    /// Folder of the made-up firm, when nobody names one.
    pub fn practice(&self) -> PathBuf {
        self.data.join("practice")
    }

    /// Folder of the databases of one person's desk in `cordboard host`.
    pub fn desk_of(&self, login: &str) -> PathBuf {
        let safe: String = login.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        self.data.join("desks").join(safe)
    }

    /// Folders of the desks of all who have one here in `cordboard host`, by name.
    pub fn desks(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.data.join("desks")).into_iter().flatten();
        let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        folders.sort();
        folders
    }

    /// Folder of the desk's two databases.
    pub fn desk(&self) -> PathBuf {
        self.data.join("desk")
    }

    /// The server's ledger.
    pub fn ledger(&self) -> PathBuf {
        self.data.join("ledger.db")
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.state.join("cordboard.log")
    }

    /// What was chosen on the desk itself.
    pub fn chosen(&self) -> PathBuf {
        self.state.join("chosen.toml")
    }

    /// Where the report of a panic goes.
    pub fn report(&self) -> PathBuf {
        self.state.join("panic.txt")
    }
}

/// Makes a folder that only its owner may enter.
pub fn private_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder {}; check its parent and your rights", path.display()))
}
