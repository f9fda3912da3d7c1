//! The customer's part of an article as plain text, as it can be read in a chat or an e-mail.
//!
//! Invariant: only blocks that are not the team's are ever looked at.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{Block, blocks};

/// A part of an article that can be inserted by itself: a heading with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The words of its heading; empty for what stands before the first one.
    pub heading: String,
    /// All of it, as plain text that ends with a line break.
    pub text: String,
}

/// What a customer may read of an article, as plain text that ends with a line break; empty when that is nothing.
pub fn customer_text(markdown: &str) -> String {
    let blocks = blocks(markdown);
    plain(blocks.iter().filter(|b| !b.team))
}

/// All of an article as plain text in order, each part with whether it is for the team only.
pub fn reading(markdown: &str) -> Vec<(bool, String)> {
    let blocks = blocks(markdown);
    let parts = blocks.chunk_by(|a, b| a.team == b.team);
    parts.map(|part| (part[0].team, plain(part))).filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// The parts of [`customer_text`] in order; one with deeper headings holds them too.
pub fn sections(markdown: &str) -> Vec<Section> {
    let blocks: Vec<Block<'_>> = blocks(markdown).into_iter().filter(|b| !b.team).collect();
    let first = blocks.iter().position(|b| b.level.is_some()).unwrap_or(blocks.len());
    let mut sections = Vec::new();
    let mut push = |heading: String, text: String| {
        if !text.is_empty() {
            sections.push(Section { heading, text });
        }
    };
    push(String::new(), plain(&blocks[..first]));
    for (i, block) in blocks.iter().enumerate() {
        let Some(level) = block.level else { continue };
        let end = blocks[i + 1..].iter().position(|b| b.level.is_some_and(|l| l <= level));
        let end = end.map_or(blocks.len(), |n| i + 1 + n);
        push(plain([block]).trim_end().to_owned(), plain(&blocks[i..end]));
    }
    sections
}

/// A table on its way.
#[derive(Default)]
struct Table {
    head: Vec<String>,
    row: Vec<String>,
    /// Where the cell that is being written begins.
    from: usize,
    in_head: bool,
}

#[derive(Default)]
struct Writer {
    out: String,
    lists: Vec<Option<u64>>,
    links: Vec<String>,
    table: Option<Table>,
}

fn plain<'a, 'b: 'a>(blocks: impl IntoIterator<Item = &'a Block<'b>>) -> String {
    let mut writer = Writer::default();
    for block in blocks {
        block.events.iter().for_each(|event| writer.take(event));
    }
    let mut text = writer.out.trim_start_matches('\n').trim_end().to_owned();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

impl Writer {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.out.push_str(text),
            Event::SoftBreak => self.out.push(' '),
            Event::HardBreak => self.out.push('\n'),
            Event::Rule => self.line(true),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::BlockQuote(_) => self.line(true),
            Tag::Paragraph if self.lists.is_empty() => self.line(true),
            Tag::List(first) => {
                self.line(self.lists.is_empty());
                self.lists.push(*first);
            }
            Tag::Item => {
                self.line(false);
                self.out.push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
                match self.lists.last_mut() {
                    Some(Some(n)) => {
                        self.out.push_str(&n.to_string());
                        self.out.push_str(". ");
                        *n += 1;
                    }
                    _ => self.out.push_str("- "),
                }
            }
            Tag::Link { dest_url, .. } => self.links.push(dest_url.to_string()),
            Tag::Table(_) => {
                self.line(true);
                self.table = Some(Table::default());
            }
            Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.in_head = true;
                }
            }
            Tag::TableCell => {
                let from = self.out.len();
                if let Some(table) = &mut self.table {
                    table.from = from;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => {
                self.lists.pop();
                self.line(self.lists.is_empty());
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock if self.lists.is_empty() => self.line(true),
            TagEnd::CodeBlock => self.line(false),
            TagEnd::Link => {
                // An address that is not already what the words say is worth having; anchors are not.
                if let Some(url) = self.links.pop().filter(|u| u.contains(':'))
                    && !self.out.ends_with(url.as_str())
                    && !url.strip_prefix("mailto:").is_some_and(|address| self.out.ends_with(address))
                {
                    self.out.push_str(&format!(" ({url})"));
                }
            }
            TagEnd::TableCell => {
                if let Some(table) = &mut self.table {
                    let cell = self.out.split_off(table.from.min(self.out.len())).trim().to_owned();
                    if table.in_head { table.head.push(cell) } else { table.row.push(cell) }
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.in_head = false;
                }
            }
            TagEnd::TableRow => self.end_row(),
            TagEnd::Table => {
                // A table of headings only is still worth its words.
                if let Some(table) = self.table.take().filter(|_| self.out.ends_with("\n\n") || self.out.is_empty()) {
                    self.out.push_str(&table.head.join(" · "));
                }
                self.line(true);
            }
            _ => {}
        }
    }

    /// One row as `Column: value · Column: value`; what has no column name stands by itself, what is empty is left
    /// out.
    fn end_row(&mut self) {
        let Some(table) = &mut self.table else { return };
        let row = std::mem::take(&mut table.row);
        let cells: Vec<String> = row
            .into_iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(i, cell)| match table.head.get(i).filter(|h| !h.is_empty()) {
                Some(head) => format!("{head}: {cell}"),
                None => cell,
            })
            .collect();
        if !cells.is_empty() {
            self.line(false);
            self.out.push_str(&cells.join(" · "));
            self.out.push('\n');
        }
    }

    /// Ends the line, and with `blank` leaves one empty.
    fn line(&mut self, blank: bool) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        let wanted = if blank { "\n\n" } else { "\n" };
        while !self.out.is_empty() && !self.out.ends_with(wanted) {
            self.out.push('\n');
        }
    }
}
