//! An article's Markdown as lines to show. It knows nothing of panes.
//!
//! Articles are written by colleagues and by importers, so their words are made safe like everyone's. Invariant: no
//! line is wider than asked, and raw HTML never shows.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::text::{cut, pad, pad_left, width, wrap_all};
use super::theme::{Ink, Mark, Theme};
use crate::app::article;
use crate::domain::safe;

/// Articles longer than this are shown up to here: a preview is no reader of books.
const LONGEST: usize = 200_000;

/// The lines of an article, none wider than `cells`.
pub fn lines(source: &str, theme: Theme, cells: usize) -> Vec<Line<'static>> {
    let source = source.get(..LONGEST.min(source.len())).unwrap_or(source);
    let mut page = Page::new(theme, cells.max(8));
    let blocks = article::blocks(source);
    for (i, block) in blocks.iter().enumerate() {
        let before = i.checked_sub(1).is_some_and(|i| blocks[i].team);
        if block.team != before {
            page.turn(block.team);
        }
        block.events.iter().for_each(|event| page.take(event.clone()));
    }
    page.turn(false);
    page.trim();
    page.lines
}

/// Columns of the bar beside what is for the team only.
const TEAM_BAR: usize = 2;
/// Words are never squeezed into less than this.
const LEAST: usize = 4;

/// Text in one style.
type Run = (String, Style);

/// A table on its way.
#[derive(Default)]
struct Table {
    align: Vec<Alignment>,
    rows: Vec<Vec<String>>,
}

struct Page {
    theme: Theme,
    cells: usize,
    lines: Vec<Line<'static>>,
    /// The block on its way.
    runs: Vec<Run>,
    styles: Vec<Style>,
    /// Numbers of the lists we are in; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Mark of the list item that begins with the next block.
    bullet: Option<String>,
    quotes: usize,
    code: bool,
    table: Option<Table>,
    links: Vec<String>,
    /// The line where a part for the team only begins.
    team: Option<usize>,
}

impl Page {
    fn new(theme: Theme, cells: usize) -> Page {
        Page {
            theme,
            cells,
            lines: Vec::new(),
            runs: Vec::new(),
            styles: Vec::new(),
            lists: Vec::new(),
            bullet: None,
            quotes: 0,
            code: false,
            table: None,
            links: Vec::new(),
            team: None,
        }
    }

    /// What follows is for the team only, or is not. Such a part says so in words and has a bar beside every line.
    fn turn(&mut self, team: bool) {
        self.end_block();
        if let Some(from) = self.team.take() {
            self.trim();
            let bar = if self.theme.ascii() { ": " } else { "┊ " };
            let bar = Span::styled(bar, self.theme.style(Ink::Note));
            for line in self.lines.iter_mut().skip(from) {
                line.spans.insert(0, bar.clone());
            }
            self.cells += TEAM_BAR;
            self.gap();
        }
        if team {
            self.gap();
            self.team = Some(self.lines.len());
            self.cells -= TEAM_BAR;
            let words = t!("{mark} team only", mark = self.theme.mark(Mark::Note));
            self.lines.push(Line::styled(cut(&words, self.cells).into_owned(), self.theme.style(Ink::Note)));
        }
    }

    /// Drops empty lines at the end.
    fn trim(&mut self) {
        while self.lines.last().is_some_and(|l| l.spans.is_empty()) {
            self.lines.pop();
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_lines(&text),
            Event::Text(text) => self.say(&safe::line(&text)),
            Event::Code(text) => {
                let style = self.theme.style(Ink::Code);
                self.runs.push((safe::line(&text), style));
            }
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::Rule => {
                self.end_block();
                let rule = if self.theme.ascii() { "-" } else { "─" }.repeat(self.cells);
                self.lines.push(Line::styled(rule, self.theme.style(Ink::Chrome)));
                self.gap();
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let theme = self.theme;
        match tag {
            Tag::Heading { level, .. } => {
                self.end_block();
                let style = theme.style(Ink::Strong);
                let top = matches!(level, HeadingLevel::H1 | HeadingLevel::H2);
                self.styles.push(if top { style.add_modifier(Modifier::UNDERLINED) } else { style });
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.end_block();
                self.code = true;
                if let CodeBlockKind::Fenced(_) = kind {
                    self.styles.push(Style::new());
                } else {
                    self.styles.push(theme.style(Ink::Code));
                }
            }
            Tag::List(first) => {
                self.end_runs();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_runs();
                self.bullet = Some(match self.lists.last_mut() {
                    Some(Some(n)) => {
                        *n += 1;
                        format!("{}. ", *n - 1)
                    }
                    _ => format!("{} ", theme.mark(Mark::Bullet)),
                });
            }
            Tag::Table(align) => {
                self.end_block();
                self.table = Some(Table { align, rows: Vec::new() });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.styles.push(Style::new().add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.styles.push(theme.style(Ink::Strong)),
            Tag::Strikethrough => self.styles.push(Style::new().add_modifier(Modifier::CROSSED_OUT)),
            Tag::Link { dest_url, .. } => {
                self.links.push(safe::line(&dest_url));
                self.styles.push(theme.style(Ink::Link));
            }
            Tag::Image { .. } => self.say("["),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_block(),
            TagEnd::Heading(_) => {
                if let Some((text, _)) = self.runs.last_mut() {
                    text.truncate(article::unmarked(text).len());
                }
                self.end_block();
                self.styles.pop();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.styles.pop();
                self.gap();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
                self.gap();
            }
            TagEnd::Item => {
                self.end_runs();
                self.bullet = None;
            }
            TagEnd::List(_) => {
                self.end_runs();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::TableCell => {
                let cell: String = std::mem::take(&mut self.runs).into_iter().map(|(text, _)| text).collect();
                if let Some(row) = self.table.as_mut().and_then(|t| t.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.lay_out(&table);
                }
                self.gap();
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.styles.pop();
            }
            TagEnd::Link => {
                self.styles.pop();
                let to = self.links.pop().unwrap_or_default();
                // An address that is not already what the words say is worth reading; anchors are not.
                if to.contains(':') && !self.runs.last().is_some_and(|(text, _)| to.ends_with(text.as_str())) {
                    self.runs.push((format!(" ({to})"), self.theme.style(Ink::Dim)));
                }
            }
            TagEnd::Image => self.say("]"),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        let style = self.styles.iter().fold(Style::new(), |all, one| all.patch(*one));
        self.runs.push((text.to_owned(), style));
    }

    fn code_lines(&mut self, text: &str) {
        let style = self.theme.style(Ink::Code);
        for line in safe::lines(text.strip_suffix('\n').unwrap_or(text)) {
            self.lines
                .push(Line::from(vec![Span::raw("  "), Span::styled(cut(&line, self.cells - 2).into_owned(), style)]));
        }
    }

    fn end_block(&mut self) {
        if self.end_runs() && self.lists.is_empty() {
            self.gap();
        }
    }

    /// One empty line, never two.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|l| !l.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    /// Wraps what was said since the last block. False when nothing was.
    fn end_runs(&mut self) -> bool {
        let runs = std::mem::take(&mut self.runs);
        if runs.iter().all(|(text, _)| text.trim().is_empty()) {
            return false;
        }
        let mut quote = format!("{} ", self.theme.mark(Mark::Quote)).repeat(self.quotes);
        let mut depth = "  ".repeat(self.lists.len().saturating_sub(1));
        let bullet = self.bullet.take();
        let hang = if self.lists.is_empty() { 0 } else { bullet.as_deref().map_or(2, width) };
        if width(&quote) + width(&depth) + hang + LEAST > self.cells {
            // Too deep for the room: the words matter more than where they stand.
            quote.clear();
            depth.clear();
        }
        let lead = width(&quote) + width(&depth) + hang;
        let first = bullet.unwrap_or_else(|| " ".repeat(hang));
        for (i, spans) in wrap_runs(&runs, self.cells.saturating_sub(lead).max(LEAST)).into_iter().enumerate() {
            let mut line = Vec::new();
            if !quote.is_empty() {
                line.push(Span::styled(quote.clone(), self.theme.style(Ink::Chrome)));
            }
            let mark = if i == 0 { first.clone() } else { " ".repeat(hang) };
            if !depth.is_empty() || !mark.is_empty() {
                line.push(Span::styled(format!("{depth}{mark}"), self.theme.style(Ink::Dim)));
            }
            line.extend(spans);
            self.lines.push(Line::from(line));
        }
        true
    }

    fn lay_out(&mut self, table: &Table) {
        let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        let widths: Vec<usize> = (0..columns)
            .map(|c| table.rows.iter().filter_map(|r| r.get(c)).map(|t| width(t)).max().unwrap_or(0).max(1))
            .collect();
        let room = self.cells.saturating_sub(2 * (columns - 1));
        if widths.iter().sum::<usize>() > room {
            return self.lay_out_narrow(table);
        }
        for (r, row) in table.rows.iter().enumerate() {
            let cells: Vec<String> = (0..columns)
                .map(|c| {
                    let text = row.get(c).map_or("", String::as_str);
                    let right = matches!(table.align.get(c), Some(Alignment::Right));
                    if right { pad_left(text, widths[c]) } else { pad(text, widths[c]) }
                })
                .collect();
            let line = cut(&cells.join("  "), self.cells).trim_end().to_owned();
            let ink = if r == 0 { Ink::Strong } else { Ink::Text };
            self.lines.push(Line::from(vec![Span::styled(line, self.theme.style(ink))]));
            if r == 0 {
                let rule = if self.theme.ascii() { "-" } else { "─" };
                let rules: Vec<String> = widths.iter().map(|w| rule.repeat(*w)).collect();
                let rules = cut(&rules.join("  "), self.cells).into_owned();
                self.lines.push(Line::from(vec![Span::styled(rules, self.theme.style(Ink::Chrome))]));
            }
        }
    }
}

impl Page {
    /// A table that is wider than the room: each row by itself, every cell whole under the first one.
    fn lay_out_narrow(&mut self, table: &Table) {
        let (strong, dim) = (self.theme.style(Ink::Strong), self.theme.style(Ink::Dim));
        let head = table.rows.first().cloned().unwrap_or_default();
        let rows = if table.rows.len() > 1 { &table.rows[1..] } else { &table.rows[..] };
        for row in rows {
            for (c, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
                let (lead, style) = if c == 0 { ("", strong) } else { ("  ", Style::new()) };
                let name = head.get(c).filter(|name| !name.is_empty()).map(|name| (format!("{name}: "), dim));
                let runs: Vec<Run> = name.into_iter().chain([(cell.clone(), style)]).collect();
                for spans in wrap_runs(&runs, self.cells.saturating_sub(lead.len()).max(LEAST)) {
                    let lead = (!lead.is_empty()).then(|| Span::raw(lead));
                    self.lines.push(Line::from(lead.into_iter().chain(spans).collect::<Vec<_>>()));
                }
            }
        }
    }
}

/// Wraps runs of differing styles as one text.
fn wrap_runs(runs: &[Run], cells: usize) -> Vec<Vec<Span<'static>>> {
    let text: String = runs.iter().map(|(text, _)| text.as_str()).collect();
    wrap_all(&text, cells)
        .into_iter()
        .map(|piece| {
            let (from, to) = (piece.from, piece.from + piece.text.len());
            let mut at = 0;
            let mut spans = Vec::new();
            for (run, style) in runs {
                let (a, b) = (from.max(at), to.min(at + run.len()));
                if a < b {
                    spans.push(Span::styled(run[a - at..b - at].to_owned(), *style));
                }
                at += run.len();
            }
            spans
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::table as config;

    fn shown(source: &str, cells: usize) -> Vec<String> {
        let theme = Theme::chosen(config::Theme::Ansi, config::Symbols::Unicode, |_| None);
        lines(source, theme, cells).iter().map(|l| l.spans.iter().map(|s| s.content.as_ref()).collect()).collect()
    }

    #[test]
    fn blocks_are_told_apart_by_empty_lines() {
        let text = "# Roaming\n\nCharges *abroad* are `daily`.\n\n- one\n- two\n  continued here\n\n1. first\n2. second\n\n> quoted\n\n---\nEnd.";
        assert_eq!(
            shown(text, 30),
            [
                "Roaming",
                "",
                "Charges abroad are daily.",
                "",
                "• one",
                "• two continued here",
                "",
                "1. first",
                "2. second",
                "",
                "│ quoted",
                "",
                "──────────────────────────────",
                "",
                "End.",
            ]
        );
    }

    #[test]
    fn wrapped_items_hang_and_nested_ones_indent() {
        assert_eq!(
            shown("- a rather long item\n  - inner one\n- b", 12),
            ["• a rather", "  long item", "  • inner", "    one", "• b"]
        );
    }

    #[test]
    fn tables_line_up() {
        assert_eq!(
            shown("| Zone | Price |\n|---|---:|\n| EU | 0 |\n| World 世界 | 12.50 |", 40),
            ["Zone        Price", "──────────  ─────", "EU              0", "World 世界  12.50"]
        );
        assert_eq!(
            shown("| Zone | Where | Price |\n|---|---|---:|\n| A | the European Union | 0 |\n| B | | 12 |", 20),
            ["Zone: A", "  Where: the", "  European Union", "  Price: 0", "Zone: B", "  Price: 12"]
        );
        for line in shown("| a long heading | another long heading |\n|---|---|\n| x | y |", 20) {
            assert!(width(&line) <= 20, "{line}");
        }
    }

    #[test]
    fn what_is_for_the_team_has_a_bar_and_says_so() {
        let text = "Open.\n\n## Steps {internal}\n\n- one\n- two\n\n```\nx\n```\n\n## Prices\n\nfive";
        assert_eq!(
            shown(text, 14),
            [
                "Open.",
                "",
                "┊ ✎ team only",
                "┊ Steps",
                "┊ ",
                "┊ • one",
                "┊ • two",
                "┊ ",
                "┊   x",
                "",
                "Prices",
                "",
                "five"
            ]
        );
        assert_eq!(shown("# All {internal}\n\nwords", 30), ["┊ ✎ team only", "┊ All", "┊ ", "┊ words"]);
    }

    #[test]
    fn code_links_and_html() {
        assert_eq!(
            shown("```sh\nreset --all\n```\nSee [the map](https://example.com/m) <b>now</b>.", 60),
            ["  reset --all", "", "See the map (https://example.com/m) now."]
        );
        assert_eq!(shown("<script>alert(1)</script>\n\nok", 20), ["ok"]);
    }

    #[test]
    fn nothing_is_wider_than_asked() {
        let text = "# 見出し\n\n日本語の長い文章がここにあります。 https://example.com/a/very/long/path/that/goes/on\n\n- x\n  - y\n    - deeply nested words here\n";
        for cells in 8..40 {
            for line in shown(text, cells) {
                assert!(width(&line) <= cells, "{cells}: {line}");
            }
        }
    }
}
