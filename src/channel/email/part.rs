//! The parts of a mail (RFC 2045, 2046), walked with limits: nothing here recurses deeper than [`DEPTH`], looks at more
//! than [`PARTS`] parts, or keeps more bytes than [`Limits`] allow. Archives are files and are not opened.

use super::head::{Head, Kind, Person};
use super::letter::{File, Limits, Notice};
use super::sort::Delivery;
use super::transfer::{Transfer, text};
use super::{html, words};

/// How deep parts may nest; deeper ones are kept as files.
const DEPTH: usize = 16;
/// How many parts are looked at.
const PARTS: usize = 400;
/// Longest page read, bytes.
const PAGE: usize = 4 << 20;
/// Longest text read, bytes.
const TEXT: usize = 1 << 20;
/// Longest file name kept, characters.
const NAME: usize = 120;

/// A piece of what is to be read.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where the answered mail begins, when the page said so.
    pub(super) fold: Option<usize>,
    pub(super) kind: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Plain,
    Page,
    /// Another mail, shown with who wrote it and when.
    Forwarded,
}

/// What the walk found besides words.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<File>,
    pub(super) notices: Vec<Notice>,
    /// Fields of a delivery report.
    pub(super) deliveries: Vec<Delivery>,
    /// Message ids of mails that came along, for reports that bring back what was sent.
    pub(super) inner_ids: Vec<String>,
    parts: usize,
    bytes: usize,
}

/// Walks a mail.
pub(super) struct Walk<'l> {
    pub(super) limits: &'l Limits,
    pub(super) found: Found,
    /// Mails around the part that is read.
    within: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Mail,
    Digest,
    Report,
    Related,
    Other,
}

impl<'l> Walk<'l> {
    pub(super) fn new(limits: &'l Limits) -> Walk<'l> {
        Walk { limits, found: Found::default(), within: 0 }
    }

    /// The words of a mail, in order.
    pub(super) fn mail(&mut self, raw: &[u8]) -> Vec<Piece> {
        self.part(raw, Inside::Mail, 0)
    }

    fn part(&mut self, raw: &[u8], inside: Inside, depth: usize) -> Vec<Piece> {
        self.found.parts += 1;
        if self.found.parts > PARTS {
            self.notice(Notice::TooManyParts);
            return Vec::new();
        }
        let (head, body) = Head::read(raw);
        let kind = head.kind("content-type").unwrap_or_default();
        let word = match kind.word.as_str() {
            "" | "text" if inside == Inside::Digest => "message/rfc822",
            "" | "text" | "plain/text" | "text/text" => "text/plain",
            word => word,
        };
        let transfer = head.word("content-transfer-encoding").map_or(Transfer::Plain, |w| Transfer::named(&w));
        if word.starts_with("multipart/") {
            if depth < DEPTH
                && let Some(parts) = parts(body, kind.get("boundary"))
            {
                return self.several(word, &parts, depth);
            }
            // No parts in it: its text is read as it stands.
            return self.words(body, transfer, &kind, Reading::Plain);
        }
        if matches!(word, "message/rfc822" | "message/global" | "message/rfc822-headers" | "text/rfc822-headers") {
            return self.inner(&head, &kind, transfer, body, inside, depth);
        }
        let disposition = head.kind("content-disposition").unwrap_or_default();
        if matches!(word, "message/delivery-status" | "message/global-delivery-status") {
            // What a mail that came along reports is not what this one does.
            if self.within == 0 {
                self.found.deliveries.extend(Delivery::read(&transfer.undo(body)));
            }
            return Vec::new();
        }
        let attached = disposition.word == "attachment" || name_of(&kind, &disposition).is_some();
        match word {
            "text/plain" | "text/html" if !attached && inside != Inside::Report => {
                let reading = if word == "text/html" { Reading::Page } else { Reading::Plain };
                self.words(body, transfer, &kind, reading)
            }
            "text/plain" if inside == Inside::Report => self.words(body, transfer, &kind, Reading::Plain),
            "text/html" if inside == Inside::Report => self.words(body, transfer, &kind, Reading::Page),
            word => {
                let named = name_of(&kind, &disposition);
                let cid = head.ids("content-id").into_iter().next();
                let inline = disposition.word == "inline" || (inside == Inside::Related && cid.is_some());
                self.file(named, word, inline && disposition.word != "attachment", transfer.undo(body));
                Vec::new()
            }
        }
    }

    fn several(&mut self, word: &str, parts: &[&[u8]], depth: usize) -> Vec<Piece> {
        let inside = match word {
            "multipart/digest" => Inside::Digest,
            "multipart/report" => Inside::Report,
            "multipart/related" => Inside::Related,
            _ => Inside::Other,
        };
        let read = parts.iter().map(|part| self.part(part, inside, depth + 1));
        if word == "multipart/alternative" { best(read.collect()) } else { read.flatten().collect() }
    }

    fn words(&mut self, body: &[u8], transfer: Transfer, kind: &Kind, reading: Reading) -> Vec<Piece> {
        let bytes = transfer.undo(body);
        let mut text = text(&bytes, kind.get("charset"));
        let most = if reading == Reading::Page { PAGE } else { TEXT };
        if text.len() > most {
            self.notice(Notice::TextCut);
            text.truncate(floor(&text, most));
        }
        let (text, fold) = match reading {
            Reading::Page => {
                let page = html::page(&text);
                (page.text, page.fold)
            }
            _ => {
                let flowed = kind.get("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
                let joined = kind.get("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                (if flowed { unflowed(&text, joined) } else { text }, None)
            }
        };
        if text.trim().is_empty() { Vec::new() } else { vec![Piece { text, fold, kind: reading }] }
    }

    /// A mail inside the mail.
    fn inner(
        &mut self,
        outer: &Head,
        kind: &Kind,
        transfer: Transfer,
        body: &[u8],
        inside: Inside,
        depth: usize,
    ) -> Vec<Piece> {
        let bytes = transfer.undo(body);
        let (head, _) = Head::read(&bytes);
        self.found.inner_ids.extend(head.ids("message-id"));
        self.found.inner_ids.truncate(PARTS);
        if inside == Inside::Report {
            return Vec::new();
        }
        let disposition = outer.kind("content-disposition").unwrap_or_default();
        if depth >= DEPTH || kind.word.ends_with("-headers") {
            self.file(name_of(kind, &disposition), "message/rfc822", false, bytes);
            return Vec::new();
        }
        self.within += 1;
        let inner = self.part(&bytes, Inside::Mail, depth + 1);
        self.within -= 1;
        let mut text = forwarded_head(&head);
        for piece in inner {
            text.push('\n');
            text.push_str(piece.text.trim_end());
            text.push('\n');
        }
        vec![Piece { text, fold: None, kind: Reading::Forwarded }]
    }

    fn file(&mut self, name: Option<String>, kind: &str, inline: bool, bytes: Vec<u8>) {
        let number = self.found.files.len() + 1;
        let name = name.unwrap_or_else(|| format!("attachment-{number}.{}", extension(kind)));
        if bytes.is_empty() {
            return;
        }
        if self.found.files.len() >= self.limits.files || self.found.bytes + bytes.len() > self.limits.bytes {
            self.notice(Notice::FileLeft { name, bytes: bytes.len() });
            return;
        }
        self.found.bytes += bytes.len();
        let kind = if kind.len() <= 100 && kind.is_ascii() { kind } else { "application/octet-stream" };
        self.found.files.push(File { name, kind: kind.to_owned(), inline, bytes });
    }

    fn notice(&mut self, notice: Notice) {
        if self.found.notices.len() < 50 && !self.found.notices.contains(&notice) {
            self.found.notices.push(notice);
        }
    }
}

/// Of several versions of the same words the one to read: plain text, unless it is only there to say that the page
/// should be read.
fn best(versions: Vec<Vec<Piece>>) -> Vec<Piece> {
    let weight = |v: &[Piece]| v.iter().map(|p| p.text.trim().chars().count()).sum::<usize>();
    let is_page = |v: &[Piece]| v.iter().any(|p| p.kind == Reading::Page);
    let mut plain: Option<Vec<Piece>> = None;
    let mut page: Option<Vec<Piece>> = None;
    let mut rest: Vec<Piece> = Vec::new();
    for version in versions.into_iter().filter(|v| !v.is_empty()) {
        let slot = if is_page(&version) { &mut page } else { &mut plain };
        match slot {
            None => *slot = Some(version),
            Some(_) => rest.extend(version.into_iter().filter(|p| p.kind == Reading::Forwarded)),
        }
    }
    let mut chosen = match (plain, page) {
        (Some(plain), Some(page)) => {
            let (p, h) = (weight(&plain), weight(&page));
            let stub = p * 4 < h && p < 400;
            let markup = plain.iter().any(|x| x.text.trim_start().starts_with("<html") || x.text.contains("</td>"));
            if stub || markup { page } else { plain }
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Vec::new(),
    };
    chosen.extend(rest);
    chosen
}

fn forwarded_head(head: &Head) -> String {
    let list = |people: Vec<Person>| people.iter().take(10).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut text = "---------- Forwarded message ----------\n".to_owned();
    let fields = [
        ("From", list(head.people("from"))),
        ("Date", head.text("date").unwrap_or_default()),
        ("Subject", head.text("subject").unwrap_or_default()),
        ("To", list(head.people("to"))),
        ("Cc", list(head.people("cc"))),
    ];
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text
}

/// The parts between the lines of a boundary; `None` when there is no such line.
fn parts<'a>(body: &'a [u8], boundary: Option<&str>) -> Option<Vec<&'a [u8]>> {
    let guessed;
    let boundary = match boundary {
        Some(boundary) => boundary.trim_end().as_bytes(),
        // The parameter is missing: the first line that looks like one.
        None => {
            guessed = lines(body).find_map(|(from, to, _)| {
                let line = body.get(from..to)?.trim_ascii_end();
                line.strip_prefix(b"--").filter(|b| b.len() >= 4 && !b.contains(&b' '))
            })?;
            guessed
        }
    };
    if boundary.is_empty() {
        return None;
    }
    let mut found: Vec<&[u8]> = Vec::new();
    let mut begun: Option<usize> = None;
    for (from, to, next) in lines(body) {
        let Some(rest) = body[from..to].strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary)) else { continue };
        let rest = rest.trim_ascii_end();
        if !rest.is_empty() && rest != b"--" {
            continue;
        }
        if let Some(begun) = begun {
            found.push(body.get(begun..from).unwrap_or_default().trim_suffix_line());
        }
        begun = (rest.is_empty()).then_some(next);
        if begun.is_none() || found.len() > PARTS {
            break;
        }
    }
    // The last part's end is missing.
    if let Some(begun) = begun {
        found.push(&body[begun..]);
    }
    (!found.is_empty()).then_some(found)
}

trait TrimLine {
    fn trim_suffix_line(&self) -> &Self;
}

impl TrimLine for [u8] {
    /// Without the line break that belongs to the boundary after it.
    fn trim_suffix_line(&self) -> &[u8] {
        let bytes = self.strip_suffix(b"\n").unwrap_or(self);
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }
}

/// Begin, end without its break, and the next one's begin, of each line.
fn lines(body: &[u8]) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at;
        let rest = body.get(from..).filter(|r| !r.is_empty())?;
        let len = rest.iter().position(|b| *b == b'\n');
        at = len.map_or(body.len(), |l| from + l + 1);
        Some((from, len.map_or(body.len(), |l| from + l), at))
    })
}

/// RFC 3676: lines that end in a blank go on in the next one.
fn unflowed(text: &str, joined: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // How deeply the open paragraph is quoted.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let quoted = line.bytes().take_while(|b| *b == b'>').count();
        let words = &line[quoted..];
        let words = words.strip_prefix(' ').unwrap_or(words);
        let signature = words == "-- ";
        if open == Some(quoted) && !signature {
            out.push_str(words);
        } else {
            if !out.is_empty() || open.is_some() {
                out.push('\n');
            }
            out.push_str(&">".repeat(quoted.min(20)));
            if quoted > 0 {
                out.push(' ');
            }
            out.push_str(words);
        }
        open = (words.ends_with(' ') && !signature).then_some(quoted);
        if open.is_some() && joined {
            out.pop();
        }
        if open.is_none() && words.is_empty() && out.is_empty() {
            out.push('\n');
        }
    }
    out
}

/// The file's name, made one that can be shown and saved anywhere.
fn name_of(kind: &Kind, disposition: &Kind) -> Option<String> {
    let given = disposition.get("filename").or_else(|| kind.get("name"))?;
    let given = words::plain(given);
    let last = given.rsplit(['/', '\\']).find(|piece| !piece.trim().is_empty()).unwrap_or_default();
    let safe: String =
        crate::domain::safe::line(last).chars().map(|c| if "<>:\"|?*␛⇄".contains(c) { '_' } else { c }).collect();
    let safe = safe.trim_matches([' ', '.']).to_owned();
    if safe.is_empty() {
        return None;
    }
    let long = safe.chars().count();
    if long <= NAME {
        return Some(safe);
    }
    // What says its kind is at the end.
    let tail: String = safe.chars().skip(long - 20).collect();
    Some(safe.chars().take(NAME - 21).chain(['…']).chain(tail.chars()).collect())
}

fn extension(kind: &str) -> &str {
    match kind {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "application/pdf" => "pdf",
        "message/rfc822" => "eml",
        "application/ms-tnef" => "dat",
        _ => "bin",
    }
}

/// The nearest place at or before this one that does not cut a character.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
