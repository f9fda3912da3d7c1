//! Patterns of natural language: `that must * frustrat*`, `where * (travel|use|were you)`.
//!
//! `*` alone is up to four words, a word ending in `*` is its beginning, `(a|b)` is either. What a pattern forgives
//! beside that is in [`super::ear`], which listens for many of them at once.

use super::heard::Heard;

/// Readings of one pattern; more alternatives than that are a mistake of the file.
const READINGS: usize = 256;

/// What was wrong with a pattern, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing but gaps in it.
    #[error("it matches anything; write at least one word")]
    Empty,
    /// A bracket without its other half.
    #[error("a bracket is not closed; write (one|two)")]
    Bracket,
    /// Too many alternatives.
    #[error("it has more than 256 readings; write several patterns")]
    Readings,
}

/// What a reading is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A word, folded.
    Word(String),
    /// How a word begins.
    Beginning(String),
    /// Up to four words.
    Gap,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As it is written.
    pub source: String,
    pub(super) readings: Vec<Vec<Part>>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is empty, not closed, or has too many alternatives.
    pub fn new(source: &str) -> Result<Pattern, PatternError> {
        let text = source.to_owned();
        let mut readings: Vec<Vec<Part>> = vec![Vec::new()];
        let mut rest = text.as_str();
        while let Some(open) = rest.find(['(', ')']) {
            if rest[open..].starts_with(')') {
                return Err(PatternError::Bracket);
            }
            add(&mut readings, &[parts(&rest[..open])])?;
            let inner = &rest[open + 1..];
            let close = inner.find(['(', ')']).filter(|at| inner[*at..].starts_with(')'));
            let close = close.ok_or(PatternError::Bracket)?;
            let choices: Vec<Vec<Part>> = inner[..close].split('|').map(parts).collect();
            add(&mut readings, &choices)?;
            rest = &inner[close + 1..];
        }
        add(&mut readings, &[parts(rest)])?;
        readings.retain(|r| r.iter().any(|p| *p != Part::Gap));
        if readings.is_empty() {
            return Err(PatternError::Empty);
        }
        Ok(Pattern { source: source.to_owned(), readings })
    }

    /// Its words, for the vocabulary.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.readings.iter().flatten().filter_map(|p| match p {
            Part::Word(word) => Some(word.as_str()),
            Part::Beginning(_) | Part::Gap => None,
        })
    }
}

fn add(readings: &mut Vec<Vec<Part>>, choices: &[Vec<Part>]) -> Result<(), PatternError> {
    if readings.len() * choices.len() > READINGS {
        return Err(PatternError::Readings);
    }
    let longer = readings.iter().flat_map(|r| choices.iter().map(|c| [r.as_slice(), c].concat()));
    *readings = longer.collect();
    Ok(())
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for token in text.split_whitespace() {
        if token == "*" {
            parts.push(Part::Gap);
            continue;
        }
        let beginning = token.ends_with('*');
        let mut words: Vec<String> = Heard::new(token).clauses.into_iter().flat_map(|c| c.words).collect();
        let last = words.pop();
        parts.extend(words.into_iter().map(Part::Word));
        parts.extend(last.map(|w| if beginning { Part::Beginning(w) } else { Part::Word(w) }));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_cannot_be_read_says_why() {
        assert_eq!(Pattern::new(" * "), Err(PatternError::Empty));
        assert_eq!(Pattern::new("(a|b"), Err(PatternError::Bracket));
        assert_eq!(Pattern::new("a) b"), Err(PatternError::Bracket));
        assert_eq!(Pattern::new(&"(a|b) ".repeat(9)), Err(PatternError::Readings));
    }
}
