//! What is wrong with a setting, where, and what to do.

use std::path::Path;

/// One thing that could not be understood; the rest of the settings still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, the variable or the flag it came from.
    pub origin: String,
    /// Its line, where there are lines.
    pub line: Option<usize>,
    /// Which key; empty when it is about the file as a whole.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

impl Problem {
    /// About a file as a whole.
    pub fn file(path: &Path, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            origin: path.display().to_string(),
            line: None,
            key: String::new(),
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.origin)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() && self.key != self.origin {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.what)?;
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}
