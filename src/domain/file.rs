//! Files that customers send along: the server keeps the bytes, a message names them.

use serde::{Deserialize, Serialize};

use super::ids::FileId;
use super::refusal::Refusal;

/// Files one message may name.
pub const MAX_FILES: usize = 20;
/// Longest name of a file, characters.
pub const MAX_NAME: usize = 200;
/// Longest kind of a file, characters.
const MAX_KIND: usize = 100;

/// A file as a message names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCard {
    /// Identity; the server gives the bytes for it to whoever may see the message. 0 where they are not kept here: the
    /// message was brought in from elsewhere.
    pub id: FileId,
    /// Its name as the sender gave it: one part, no path; made safe where it is shown.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Media type as the sender gave it, such as `image/png`; a hint, never trusted.
    pub kind: String,
}

/// A sender's name for a file as one part without a path, never empty and not hidden.
pub fn one_name(name: &str) -> String {
    let part = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = part.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let clean = clean.trim().trim_start_matches('.').trim().to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

/// Refuses files that are too many, that are not kept here, or whose names are no names.
pub fn check_files(files: &[FileCard]) -> Result<(), Refusal> {
    check(files, |file| file.id.0 != 0)
}

/// The same of files whose bytes stayed elsewhere.
pub fn check_named(files: &[FileCard]) -> Result<(), Refusal> {
    check(files, |file| file.id.0 == 0)
}

fn check(files: &[FileCard], place: impl Fn(&FileCard) -> bool) -> Result<(), Refusal> {
    if files.len() > MAX_FILES {
        return Err(Refusal::invalid("files", format!("there are more than {MAX_FILES}")));
    }
    let bad = |f: &FileCard| f.name != one_name(&f.name) || f.kind.chars().count() > MAX_KIND || !place(f);
    match files.iter().find(|f| bad(f)) {
        Some(file) => Err(Refusal::invalid("files", format!("{:?} is no name of a file that is kept here", file.name))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_part_and_never_empty() {
        for (given, kept) in [
            ("factura ñ.pdf", "factura ñ.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\bill.txt", "bill.txt"),
            (".bashrc", "bashrc"),
            ("a\u{1b}[2Jb", "a[2Jb"),
            ("  ", "file"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(one_name(given), kept, "{given:?}");
            assert_eq!(one_name(kept), kept, "a kept name stays as it is");
        }
    }
}
