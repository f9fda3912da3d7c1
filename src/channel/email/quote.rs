//! What is new in a mail, what was quoted below it, and the signature: told apart line by line.
//!
//! Careful rather than clever: an answer written between the quoted lines stays whole, a forwarded mail is never
//! hidden, and when nothing new would be left everything counts as new.

mod mark;

use mark::{begins_attribution, ends_attribution, header_word, is_forward, is_original, is_sent_from};

/// Longest signature, lines.
const SIGNATURE: usize = 14;
/// Lines over which an attribution may stretch.
const ATTRIBUTION: usize = 4;

/// The words of a mail in three.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// What was written now.
    pub new: String,
    /// The signature, without its `-- `.
    pub signature: String,
    /// What was answered.
    pub quoted: String,
}

/// Splits the text of a mail. `fold` is an offset from which on its page says it is the answered mail.
pub fn split(text: &str, fold: Option<usize>) -> Split {
    let told = fold.filter(|at| text.is_char_boundary(*at)).map(|at| text[..at].matches('\n').count());
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let forward = lines.iter().position(|l| is_forward(l)).unwrap_or(lines.len());
    let found = (0..forward).find(|i| begins_quoted(&lines, *i));
    let at = match (found, told.filter(|t| *t < forward)) {
        (Some(found), Some(told)) => Some(found.min(told)),
        (one, other) => one.or(other),
    };
    let (new, quoted) = match at {
        Some(at) => apart(&lines, at),
        // A forwarded mail is often marked like a quote.
        None if forward < lines.len() => (lines.clone(), Vec::new()),
        None => trailing(&lines),
    };
    let (mut new, signature) = unsigned(&new);
    let mut quoted = quoted;
    if at.is_none() && quoted.is_empty() && forward == lines.len() {
        (new, quoted) = trailing(&new);
    }
    let new = text_of(&new);
    let quoted = text_of(&quoted);
    if new.is_empty() {
        // Nothing but a quote: whoever sent it wants it read.
        return Split { new: quoted, signature: text_of(&signature), quoted: String::new() };
    }
    Split { new, signature: text_of(&signature), quoted }
}

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with('>') || line.starts_with("| ")
}

/// Whether the answered mail begins at this line.
fn begins_quoted(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    if line.is_empty() || is_quote(line) {
        return false;
    }
    is_original(line) || is_header_block(&lines[at..]) || attribution(&lines[at..]).is_some()
}

/// `On Mon, 3 May 2027 at 10:00, Dana <d@x.org> wrote:`, over how many lines.
fn attribution(lines: &[&str]) -> Option<usize> {
    if !begins_attribution(lines.first()?.trim()) {
        return None;
    }
    let mut all = String::new();
    for (n, line) in lines.iter().take(ATTRIBUTION).enumerate() {
        let line = line.trim();
        if line.is_empty() || is_quote(line) {
            return None;
        }
        all.push_str(line);
        all.push(' ');
        if ends_attribution(&all) {
            return Some(n + 1);
        }
    }
    None
}

/// Outlook's: From, Sent, To, Subject, one a line, perhaps below a ruler.
fn is_header_block(lines: &[&str]) -> bool {
    let mut lines = lines.iter().map(|l| l.trim());
    let Some(first) = lines.next() else { return false };
    let ruler = first.len() >= 8 && first.chars().all(|c| matches!(c, '_' | '-' | '─'));
    let first = if ruler { lines.find(|l| !l.is_empty()).unwrap_or_default() } else { first };
    if header_word(first) != Some("from") {
        return false;
    }
    let rest: Vec<_> = lines.filter(|l| !l.is_empty()).take(5).filter_map(header_word).collect();
    rest.iter().filter(|w| **w != "from").count() >= 2
}

/// The lines before and after; unless someone wrote below or between what they quoted.
fn apart<'a>(lines: &[&'a str], at: usize) -> (Vec<&'a str>, Vec<&'a str>) {
    let (before, after) = lines.split_at(at);
    let head = attribution(after).unwrap_or(1).min(after.len());
    let body = &after[head..];
    let first = body.iter().position(|l| !l.is_empty()).unwrap_or(body.len());
    if !body.get(first).is_some_and(|l| is_quote(l)) {
        // No marks at all: all below is quoted.
        return (before.to_vec(), after.to_vec());
    }
    let quoted = body[first..].iter().take_while(|l| is_quote(l) || l.is_empty()).count() + first;
    let below = &body[quoted..];
    if below.iter().all(|l| l.is_empty()) || is_footer(below) {
        return (before.to_vec(), after.to_vec());
    }
    if below.iter().any(|l| is_quote(l)) {
        // Answered between the lines: it only makes sense whole.
        return (lines.to_vec(), Vec::new());
    }
    // Answered below.
    let new = before.iter().chain(below).copied().collect();
    (new, after[..head + quoted].to_vec())
}

/// No line says where it begins, but the end is quoted; or the beginning is.
fn trailing<'a>(lines: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let end = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |i| i + 1);
    let lines = &lines[..end];
    let begin = lines.iter().rposition(|l| !l.is_empty() && !is_quote(l)).map_or(0, |i| i + 1);
    let between = lines[..begin].iter().any(|l| is_quote(l));
    let tail = &lines[begin..];
    if tail.iter().any(|l| is_quote(l)) && !between {
        return (lines[..begin].to_vec(), tail.to_vec());
    }
    let first = lines.iter().position(|l| !l.is_empty() && !is_quote(l)).unwrap_or(0);
    if first > 0 && lines[..first].iter().any(|l| is_quote(l)) && !lines[first..].iter().any(|l| is_quote(l)) {
        return (lines[first..].to_vec(), lines[..first].to_vec());
    }
    (lines.to_vec(), Vec::new())
}

/// What lists and scanners add below a quote: a ruler or a signature.
fn is_footer(lines: &[&str]) -> bool {
    let first = lines.iter().find(|l| !l.is_empty()).copied().unwrap_or_default();
    is_delimiter(first) || (first.len() >= 5 && first.chars().all(|c| matches!(c, '_' | '-' | '=')))
}

fn is_delimiter(line: &str) -> bool {
    matches!(line, "--" | "-- " | "—" | "__")
}

/// The words without the signature, and the signature.
fn unsigned<'a>(lines: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let end = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |i| i + 1);
    let lines = &lines[..end];
    let near = end.saturating_sub(SIGNATURE + 1);
    if let Some(at) = (near..end).find(|i| is_delimiter(lines[*i])) {
        return (lines[..at].to_vec(), lines[at + 1..].to_vec());
    }
    if let Some(at) = (end.saturating_sub(3)..end).find(|i| is_sent_from(lines[*i])) {
        return (lines[..at].to_vec(), lines[at..].to_vec());
    }
    (lines.to_vec(), Vec::new())
}

/// Lines as one text: no blank ones at the ends, never more than one blank line in a row.
fn text_of(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut blank = 0;
    for line in lines {
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests;
