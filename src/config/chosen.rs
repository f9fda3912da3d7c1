//! What an agent chose on the desk itself, such as a theme: a small file of the program's own, below the one people
//! write. Invariant: it is replaced whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

/// Keeps one setting. What the file held besides stays; a file that cannot be read as settings is begun anew.
pub fn keep(path: &Path, section: &str, key: &str, word: &str) -> io::Result<()> {
    let mut table = std::fs::read_to_string(path).ok().and_then(|t| t.parse::<toml::Table>().ok()).unwrap_or_default();
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = entry {
        section.insert(key.to_owned(), toml::Value::String(word.to_owned()));
    }
    let text = format!("# Chosen on the desk; the configuration file goes before it.\n{table}");
    let new = path.with_extension("new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::table::{Keys, Theme};
    use crate::config::{Sources, load};

    #[test]
    fn what_was_chosen_holds_unless_the_file_says_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let (chosen, file) = (folder.path().join("chosen.toml"), folder.path().join("config.toml"));
        keep(&chosen, "desk", "keys", "vim").expect("writes");
        keep(&chosen, "desk", "theme", "dark").expect("writes");
        keep(&chosen, "desk", "theme", "light").expect("writes");
        let sources = Sources { chosen: Some(chosen.clone()), file: Some(file.clone()), ..Sources::default() };
        let loaded = load(&sources);
        assert_eq!((loaded.config.desk.theme, loaded.config.desk.keys), (Theme::Light, Keys::Vim));
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        std::fs::write(&file, "[desk]\ntheme = \"mono\"\n").expect("writes");
        assert_eq!(load(&sources).config.desk.theme, Theme::Mono);
        std::fs::write(&chosen, "no = toml = at all").expect("writes");
        keep(&chosen, "desk", "theme", "dark").expect("begins anew");
    }
}
