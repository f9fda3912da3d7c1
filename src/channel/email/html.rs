//! HTML as words to read: paragraphs, lists, quotes as `> `, links with where they lead. No page is built and nothing
//! is fetched; what is hidden stays out, so that nobody hides words in a mail that only the desk shows.
//!
//! Bounded: one pass over the input, nothing nests deeper than [`DEEP`]. Invariant: never panics, and the text is at
//! most a few times longer than the input.

mod entity;

pub(super) use entity::decoded;

/// How deep quotes and lists may nest before deeper ones look like these.
const DEEP: usize = 12;
/// Longest address of a link that is shown, bytes.
const LINK: usize = 500;
/// Elements whose content is never shown.
const SILENT: &[&str] = &["head", "noscript", "script", "style", "svg", "template", "textarea", "title", "select"];
/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "header",
    "hr", "main", "nav", "section", "table", "tbody", "tfoot", "thead", "tr", "caption",
];
/// Elements with a blank line before and after.
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "pre"];
/// Elements that have no end.
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// Words of a page, and where the mail it answers begins if the page's maker said so.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The words.
    pub(super) text: String,
    /// Offset into the words: from here on it is what was answered.
    pub(super) fold: Option<usize>,
}

/// Reads HTML.
pub(super) fn page(html: &str) -> Page {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        reader.words(&rest[..at]);
        rest = &rest[at..];
        let Some((token, after)) = token(rest) else {
            // No tag: a lone smaller-than.
            reader.words("<");
            rest = &rest[1..];
            continue;
        };
        reader.token(&token);
        rest = after;
    }
    reader.words(rest);
    reader.end()
}

enum Token<'a> {
    Open { name: String, attributes: &'a str },
    Close { name: String },
    Nothing,
}

/// The tag, comment or declaration at the beginning, and what follows it.
fn token(text: &str) -> Option<(Token<'_>, &str)> {
    if let Some(rest) = text.strip_prefix("<!--") {
        let end = rest.find("-->").map_or(rest.len(), |i| i + 3);
        return Some((Token::Nothing, &rest[end..]));
    }
    let inner = text.strip_prefix('<')?;
    if inner.starts_with(['!', '?']) {
        let end = inner.find('>').map_or(inner.len(), |i| i + 1);
        return Some((Token::Nothing, &inner[end..]));
    }
    let (close, inner) = inner.strip_prefix('/').map_or((false, inner), |rest| (true, rest));
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let named = inner.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(inner.len());
    let name = inner[..named].to_ascii_lowercase();
    let attributes = &inner[named..];
    // A larger-than inside quotes does not end the tag.
    let mut quote = None;
    let end = attributes.char_indices().find_map(|(i, c)| match (quote, c) {
        (None, '>') => Some(i),
        (None, '"' | '\'') => {
            // Only a value is quoted; a stray quote is not.
            if attributes[..i].trim_end().ends_with('=') {
                quote = Some(c);
            }
            None
        }
        (Some(open), c) if open == c => {
            quote = None;
            None
        }
        _ => None,
    });
    // A quote that never ends: the tag ends where the first larger-than is.
    let end = end.or_else(|| attributes.find('>')).unwrap_or(attributes.len());
    let after = attributes.get(end + 1..).unwrap_or_default();
    let token = if close { Token::Close { name } } else { Token::Open { name, attributes: &attributes[..end] } };
    Some((token, after))
}

/// The value of an attribute, entities read.
fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let named = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let name = &rest[..named];
        rest = rest[named..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len())),
            };
        } else if named == 0 {
            // Something that is neither name nor value.
            rest = rest.get(rest.chars().next().map_or(1, char::len_utf8)..).unwrap_or_default();
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(decoded(value));
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum List {
    Bullets,
    Numbers(u32),
}

#[derive(Debug, Default)]
struct Reader {
    text: String,
    fold: Option<usize>,
    /// Line breaks owed before the next word.
    owed: usize,
    /// A blank is owed before the next word on this line.
    blank: bool,
    /// Something stands on this line.
    begun: bool,
    quotes: usize,
    /// How deep the line before is quoted.
    quoted: usize,
    lists: Vec<List>,
    pre: usize,
    /// The hidden element we are in, and how many of its kind are open.
    silent: Option<(String, usize)>,
    /// Where the open link leads and where its words began.
    link: Option<(String, usize)>,
}

impl Reader {
    fn words(&mut self, raw: &str) {
        if self.silent.is_some() || raw.is_empty() {
            return;
        }
        let text = decoded(raw);
        for c in text.chars() {
            match c {
                // Invisible fillers of newsletters.
                '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{34f}' => {}
                '\r' if self.pre > 0 => {}
                '\n' if self.pre > 0 => self.owed += 1,
                c if c.is_whitespace() && self.pre == 0 => self.blank = true,
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.owed > 0 {
            let lines = self.owed.min(2);
            if self.text.is_empty() {
                self.begin_line();
            } else {
                // The blank line between two depths belongs to the lesser one.
                for line in 1..=lines {
                    self.text.push('\n');
                    let depth = if line < lines { self.quotes.min(self.quoted) } else { self.quotes };
                    self.text.push_str(&"> ".repeat(depth.min(DEEP)));
                }
                self.quoted = self.quotes;
            }
            (self.owed, self.begun) = (0, false);
        } else if self.text.is_empty() {
            self.begin_line();
        }
        if self.blank && self.begun {
            self.text.push(' ');
        }
        (self.blank, self.begun) = (false, true);
        self.text.push(c);
    }

    fn begin_line(&mut self) {
        self.text.push_str(&"> ".repeat(self.quotes.min(DEEP)));
        self.quoted = self.quotes;
    }

    fn phrase(&mut self, words: &str) {
        words.chars().for_each(|c| if c == ' ' { self.blank = true } else { self.put(c) });
    }

    fn break_lines(&mut self, lines: usize) {
        self.owed = self.owed.max(lines);
        self.blank = false;
    }

    fn token(&mut self, token: &Token<'_>) {
        match token {
            Token::Open { name, attributes } => self.open(name, attributes),
            Token::Close { name } => self.close(name),
            Token::Nothing => {}
        }
    }

    fn open(&mut self, name: &str, attributes: &str) {
        let void = VOID.contains(&name) || attributes.ends_with('/');
        if let Some((silent, depth)) = &mut self.silent {
            if silent == name && !void {
                *depth += 1;
            }
            return;
        }
        if !void && (SILENT.contains(&name) || is_hidden(attributes)) {
            self.silent = Some((name.to_owned(), 1));
            return;
        }
        if self.fold.is_none() && begins_quote(name, attributes) {
            self.break_lines(1);
            self.fold = Some(self.text.len());
        }
        match name {
            "br" => {
                self.owed += 1;
                self.blank = false;
            }
            "hr" => self.break_lines(1),
            "li" => self.item(),
            "td" | "th" => self.blank = true,
            "img" => {
                if let Some(alt) = attribute(attributes, "alt").filter(|alt| !alt.trim().is_empty()) {
                    self.phrase(&format!("[{}]", alt.split_whitespace().collect::<Vec<_>>().join(" ")));
                }
            }
            "a" => {
                let target = attribute(attributes, "href").filter(|href| leads_out(href));
                self.link = target.map(|href| (href.trim().to_owned(), self.text.len()));
            }
            _ if PARAGRAPHS.contains(&name) => {
                self.break_lines(2);
                match name {
                    "blockquote" => self.quotes += 1,
                    "ul" => self.lists.push(List::Bullets),
                    "ol" => self.lists.push(List::Numbers(0)),
                    "pre" => self.pre += 1,
                    _ => {}
                }
            }
            _ if BLOCKS.contains(&name) => self.break_lines(1),
            _ => {}
        }
    }

    fn item(&mut self) {
        self.break_lines(1);
        let depth = self.lists.len().clamp(1, DEEP);
        let mark = match self.lists.last_mut() {
            Some(List::Numbers(n)) => {
                *n = n.saturating_add(1);
                format!("{n}.")
            }
            _ => "•".to_owned(),
        };
        // `put` drops blanks at the beginning of a line; an item's depth is worth some.
        mark.chars().enumerate().for_each(|(i, c)| {
            self.put(c);
            if i == 0 && depth > 1 {
                let at = self.text.len() - c.len_utf8();
                self.text.insert_str(at, &"  ".repeat(depth - 1));
            }
        });
        self.blank = true;
    }

    fn close(&mut self, name: &str) {
        if let Some((silent, depth)) = &mut self.silent {
            if silent == name {
                *depth -= 1;
                if *depth == 0 {
                    self.silent = None;
                }
            }
            return;
        }
        match name {
            "a" => self.end_link(),
            "blockquote" => {
                self.break_lines(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "ul" | "ol" => {
                self.break_lines(if self.lists.len() > 1 { 1 } else { 2 });
                self.lists.pop();
            }
            "pre" => {
                self.break_lines(2);
                self.pre = self.pre.saturating_sub(1);
            }
            "li" => self.break_lines(1),
            _ if PARAGRAPHS.contains(&name) => self.break_lines(2),
            _ if BLOCKS.contains(&name) => self.break_lines(1),
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        let words = self.text.get(from..).unwrap_or_default().trim();
        let bare = |text: &str| {
            let text = ["https://", "http://", "mailto:"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
            text.strip_prefix("www.").unwrap_or(text).trim_end_matches('/').to_lowercase()
        };
        if !words.is_empty() && bare(words) != bare(&target) {
            self.phrase(&format!(" <{target}>"));
        }
    }

    fn end(self) -> Page {
        let mut text = String::with_capacity(self.text.len());
        let mut fold = None;
        let mut from = 0;
        for line in self.text.split_inclusive('\n') {
            if fold.is_none() && self.fold.is_some_and(|f| f <= from) {
                fold = Some(text.len());
            }
            from += line.len();
            text.push_str(line.trim_end());
            if line.ends_with('\n') {
                text.push('\n');
            }
        }
        Page { text, fold }
    }
}

/// Whether an element is there only to be not seen: newsletters' preview lines, and words for machines.
fn is_hidden(attributes: &str) -> bool {
    let style = attribute(attributes, "style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    style.contains("display:none") || style.contains("visibility:hidden") || style.contains("mso-hide:all")
}

/// Whether mail programs begin with this element what they answer.
fn begins_quote(name: &str, attributes: &str) -> bool {
    if !matches!(name, "blockquote" | "div") {
        return false;
    }
    let class = attribute(attributes, "class").unwrap_or_default();
    let id = attribute(attributes, "id").unwrap_or_default();
    let cited = name == "blockquote" && attribute(attributes, "type").is_some_and(|t| t.eq_ignore_ascii_case("cite"));
    // The forwarded mail of Gmail is in a gmail_quote too, but is what the writer wants read.
    cited
        || class.split_whitespace().any(|c| matches!(c, "gmail_quote_container" | "yahoo_quoted" | "moz-cite-prefix"))
        || matches!(id.as_str(), "appendonsend" | "divRplyFwdMsg" | "mail-editor-reference-message-container")
}

fn leads_out(href: &str) -> bool {
    let href = href.trim();
    let lower = href.get(..8.min(href.len())).unwrap_or_default().to_ascii_lowercase();
    href.len() <= LINK
        && !href.contains(|c: char| c.is_whitespace() || c.is_control())
        && (lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("mailto:"))
}

#[cfg(test)]
mod tests;
