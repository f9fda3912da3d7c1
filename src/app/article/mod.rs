//! An article's Markdown, divided into what a customer may read and what is for the team only. It knows nothing of
//! panes or terminals.
//!
//! A line that ends with `{internal}` begins a part for the team: on a heading, up to the next heading of the same or
//! a higher level; elsewhere, the block it stands in and all up to the next heading. Invariant: when in doubt a block
//! is the team's, so that no word of theirs ever reaches a customer.

mod plain;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

pub use plain::{Section, customer_text, reading, sections};

/// A paragraph, heading, list, table …: whatever stands on the outermost level.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// What it is made of.
    pub events: Vec<Event<'a>>,
    /// Its level, 1 to 6, when it is a heading.
    pub level: Option<u8>,
    /// For the team only.
    pub team: bool,
}

/// The blocks of an article in order.
pub fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut events = Vec::new();
    let mut range: Option<Range<usize>> = None;
    let mut depth = 0_usize;
    // The level of the heading that opened a part for the team; 6 is closed by every heading.
    let mut open: Option<u8> = None;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, at) in Parser::new_ext(markdown, options).into_offset_iter() {
        let whole = range.get_or_insert(at.clone());
        *whole = whole.start.min(at.start)..whole.end.max(at.end);
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        events.push(event);
        if depth > 0 {
            continue;
        }
        let events = std::mem::take(&mut events);
        let level = match events.first() {
            Some(Event::Start(Tag::Heading { level, .. })) => Some(*level as u8),
            _ => None,
        };
        if level.is_some_and(|level| open.is_some_and(|open| level <= open)) {
            open = None;
        }
        let marked = range.take().and_then(|r| markdown.get(r)).is_some_and(|source| source.lines().any(is_marked));
        if marked && open.is_none() {
            open = Some(level.unwrap_or(6));
        }
        blocks.push(Block { events, level, team: open.is_some() });
    }
    blocks
}

/// Whether a line of Markdown ends with the mark; signs of Markdown may follow it.
fn is_marked(line: &str) -> bool {
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || "#*_|~\u{200b}\u{feff}".contains(c));
    let Some(inner) = line.strip_suffix('}') else { return false };
    let Some((_, word)) = inner.rsplit_once('{') else { return false };
    word.trim().trim_start_matches('.').eq_ignore_ascii_case("internal")
}

/// A heading's words without the mark.
pub fn unmarked(heading: &str) -> &str {
    let trimmed = heading.trim_end();
    match trimmed.rfind('{') {
        Some(at) if is_marked(trimmed) => trimmed[..at].trim_end(),
        _ => heading,
    }
}

#[cfg(test)]
mod tests;
