//! The fields at the head of a mail or of one of its parts.

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};

use super::words;
pub use crate::domain::mail::Address as Person;
use crate::domain::time::At;

/// Largest head read, bytes; what is beyond is left out.
const HEAD: usize = 256 * 1024;
/// Most fields read.
const FIELDS: usize = 1_000;
/// Most addresses read of one field.
const ADDRESSES: usize = 100;
/// Longest address, bytes (RFC 5321).
const ADDRESS: usize = 254;
/// Longest message id kept, bytes.
const ID: usize = 400;
/// Most message ids kept of one field; the last ones, which are the nearest.
const IDS: usize = 60;
/// Longest line made of a field, characters.
pub(super) const LINE: usize = 250;

/// Fields in order, names in lower case, values still folded.
#[derive(Debug, Default)]
pub(super) struct Head {
    fields: Vec<(String, String)>,
}

impl Head {
    /// Reads the head at the beginning of a mail or part; also says where its body begins.
    pub(super) fn read(raw: &[u8]) -> (Head, &[u8]) {
        let (block, body) = split(raw);
        let block = &block[..block.len().min(HEAD)];
        let text = words::even(block, None);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
            } else if let Some((name, value)) = line.split_once(':')
                && fields.len() < FIELDS
                && is_name(name.trim())
            {
                fields.push((name.trim().to_ascii_lowercase(), value.to_owned()));
            }
        }
        (Head { fields }, body)
    }

    /// The first field of a name, folded as it came.
    fn raw(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A field as one line of text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(|value| line(&words::plain(value)))
    }

    /// A field's first word in lower case, without comments and parameters.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let word = text.split([';', '(', ',']).next().unwrap_or_default();
        Some(word.trim().to_ascii_lowercase())
    }

    /// The addresses of every field of this name.
    pub(super) fn people(&self, name: &str) -> Vec<Person> {
        let fields = self.fields.iter().filter(|(n, _)| n == name);
        fields.flat_map(|(_, value)| people(value)).take(ADDRESSES).collect()
    }

    /// Message ids without their brackets.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let Some(value) = self.raw(name) else { return Vec::new() };
        let mut ids: Vec<String> = bracketed(value).collect();
        if ids.is_empty() {
            // Some write them bare.
            ids = value.split_whitespace().filter(|w| w.contains('@')).map(str::to_owned).collect();
        }
        ids.retain(|id| is_id(id));
        ids.split_off(ids.len().saturating_sub(IDS))
    }

    /// When it says it was written.
    pub(super) fn date(&self) -> Option<At> {
        let value = format!("{}\r\n", self.raw("date")?);
        match MessageStream::new(value.as_bytes()).parse_date() {
            HeaderValue::DateTime(date) if date.is_valid() => Some(At(date.to_timestamp().saturating_mul(1_000))),
            _ => None,
        }
    }

    /// A field with parameters: content type or disposition.
    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        let value = format!("{}\r\n", self.raw(name)?);
        match MessageStream::new(value.as_bytes()).parse_content_type() {
            HeaderValue::ContentType(kind) => Some(Kind::of(&kind)),
            _ => None,
        }
    }
}

/// What a content type or disposition says.
#[derive(Debug, Default, Clone)]
pub(super) struct Kind {
    /// `text/plain`, `attachment`, in lower case.
    pub(super) word: String,
    attributes: Vec<(String, String)>,
}

impl Kind {
    fn of(kind: &ContentType<'_>) -> Kind {
        let word = match kind.subtype() {
            Some(sub) => format!("{}/{sub}", kind.ctype()),
            None => kind.ctype().to_owned(),
        };
        let attributes = kind.attributes().unwrap_or_default().iter();
        Kind {
            word: word.trim().to_ascii_lowercase(),
            attributes: attributes.map(|a| (a.name.to_ascii_lowercase(), a.value.to_string())).collect(),
        }
    }

    /// A parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.trim().is_empty())
    }
}

/// Where the head ends and the body begins. A body may be missing, and so may a head.
fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    // The line of mbox files, and what some programs leave before the head.
    let skip = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let raw = &raw[skip..];
    if skip > 0 && !begins_with_field(raw) {
        return (&[], raw);
    }
    let mut at = 0;
    while let Some(len) = raw[at..].iter().position(|b| *b == b'\n') {
        let next = at + len + 1;
        match &raw[next..] {
            [b'\n', ..] => return (&raw[..next], &raw[next + 1..]),
            [b'\r', b'\n', ..] => return (&raw[..next], &raw[next + 2..]),
            _ => at = next,
        }
    }
    if begins_with_field(raw) { (raw, &[]) } else { (&[], raw) }
}

fn begins_with_field(raw: &[u8]) -> bool {
    let line = raw.split(|b| *b == b'\n').next().unwrap_or_default();
    line.starts_with(b"From ")
        || line.iter().position(|b| *b == b':').is_some_and(|at| std::str::from_utf8(&line[..at]).is_ok_and(is_name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 100 && name.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}

/// What stands in angle brackets.
pub(super) fn bracketed(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split('<').skip(1).filter_map(|piece| {
        let id: String = piece.split_once('>')?.0.chars().filter(|c| !c.is_whitespace()).collect();
        Some(id)
    })
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID && id.bytes().all(|b| b.is_ascii_graphic())
}

/// Reads a list of addresses.
pub(super) fn people(value: &str) -> Vec<Person> {
    let value = format!("{value}\r\n");
    let HeaderValue::Address(list) = MessageStream::new(value.as_bytes()).parse_address() else { return Vec::new() };
    let person = |a: &mail_parser::Addr<'_>| {
        let name = line(&words::plain(a.name.as_deref().unwrap_or_default()));
        let address: String =
            a.address.as_deref().unwrap_or_default().trim().trim_matches(['<', '>', '\'', '"']).to_owned();
        let name = name.trim_matches(['"', '\'']).trim().to_owned();
        if address.len() <= ADDRESS && crate::domain::identity::is_email(&address) {
            Person { name, address }
        } else if name.is_empty() {
            Person { name: line(&address), address: String::new() }
        } else {
            Person { name, address: String::new() }
        }
    };
    let people = list.iter().map(person).filter(|p| *p != Person::default());
    people.take(ADDRESSES).collect()
}

/// Text as one line: blanks joined, nothing in it that moves a cursor, and not endless.
pub(super) fn line(text: &str) -> String {
    let safe = crate::domain::safe::line(text);
    let joined = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.chars().count() <= LINE {
        return joined;
    }
    joined.chars().take(LINE - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head::read(text.as_bytes()).0
    }

    #[test]
    fn head_and_body_are_told_apart() {
        for (raw, body) in [
            ("A: b\r\n\r\nbody", "body"),
            ("A: b\n\nbody", "body"),
            ("A: b", ""),
            ("\r\n\r\nA: b\n\nbody", "body"),
            ("no head at all\nhere", "no head at all\nhere"),
            ("\n\nno head", "no head"),
            ("From me Mon\nA: b\n\nbody", "body"),
        ] {
            let (_, found) = Head::read(raw.as_bytes());
            assert_eq!(String::from_utf8_lossy(found), body, "{raw:?}");
        }
    }

    #[test]
    fn people_as_they_really_write_themselves() {
        let one = |text: &str| people(text).first().cloned().unwrap_or_default().to_string();
        assert_eq!(one("Dana Holt <dana@x.org>"), "Dana Holt <dana@x.org>");
        assert_eq!(one("\"Holt, Dana\" <dana@x.org>"), "Holt, Dana <dana@x.org>");
        assert_eq!(one("dana@x.org (Dana)"), "Dana <dana@x.org>");
        assert_eq!(one("=?utf-8?B?SsO8cmdlbiwgSy4=?= <j@x.de>"), "Jürgen, K. <j@x.de>");
        assert_eq!(one("\"=?utf-8?B?SsO8cmdlbg==?=\" <j@x.de>"), "Jürgen <j@x.de>");
        assert_eq!(one("<dana@x.org>"), "dana@x.org");
        assert_eq!(one("'dana@x.org' <dana@x.org>"), "dana@x.org <dana@x.org>");
        assert_eq!(one("Mailer Daemon <>"), "Mailer Daemon");
        assert_eq!(one("evil\u{1b}[31m\u{202e} <e@x.org>"), "evil␛[31m⇄ <e@x.org>");
        assert_eq!(people("a@x.org, B <b@x.org>; c@x.org").len(), 3);
        assert_eq!(people("undisclosed-recipients:;"), []);
        assert_eq!(people("friends: a@x.org, b@x.org;").len(), 2);
        assert_eq!(people(&"a@x.org,".repeat(100_000)).len(), ADDRESSES);
    }

    #[test]
    fn fields() {
        let head = head(
            "subject: =?utf-8?Q?long_?=\r\n =?utf-8?Q?subject?=\r\n\tfolded\u{7} twice\r\nReferences: <a@b>\r\n <c@\r\n d> junk\r\nIn-Reply-To: bare@id\r\nDate: Mon, 23 Nov 2026 12:00:00 +0100 (CET)\r\nAuto-Submitted: Auto-Replied; owner=x\r\n",
        );
        assert_eq!(head.text("subject").as_deref(), Some("long subject folded␛ twice"));
        assert_eq!(head.ids("references"), ["a@b", "c@d"]);
        assert_eq!(head.ids("in-reply-to"), ["bare@id"]);
        assert_eq!(head.date(), At::from_rfc3339("2026-11-23T11:00:00Z"));
        assert_eq!(head.word("auto-submitted").as_deref(), Some("auto-replied"));
        assert!(!head.has("x-none"));
    }

    #[test]
    fn kinds() {
        let head = head(
            "Content-Type: TEXT/Plain; charset=\"utf-8\"; name*=utf-8''factura%20%C3%B1.pdf\r\nContent-Disposition: attachment; filename*0=\"long \"; filename*1=\"name.pdf\"\r\n",
        );
        let kind = head.kind("content-type").expect("read");
        assert_eq!(
            (kind.word.as_str(), kind.get("charset"), kind.get("name")),
            ("text/plain", Some("utf-8"), Some("factura ñ.pdf"))
        );
        assert_eq!(head.kind("content-disposition").expect("read").get("filename"), Some("long name.pdf"));
    }
}
