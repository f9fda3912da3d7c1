//! The mail that goes out: headers folded and encoded, words as quoted-printable, files as base64. The same input makes
//! the same bytes, so that a mail tried again is the same mail.

use data_encoding::BASE64;

use super::letter::Person;
use crate::domain::ids::CaseId;
use crate::domain::time::At;

/// Longest line of a head, bytes.
const WIDTH: usize = 76;
/// Bytes of text in one encoded word: 75 characters with what stands around them.
const WORD: usize = 42;
/// Most ids in References; the first and the last ones.
const REFERENCES: usize = 20;
/// Longest subject, characters.
const SUBJECT: usize = 250;

/// A mail to be made.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// From whom.
    pub from: Person,
    /// To whom.
    pub to: Vec<Person>,
    /// Who else gets it.
    pub cc: Vec<Person>,
    /// Who gets it without the others seeing that: never in the head of what is handed over.
    pub bcc: Vec<Person>,
    /// Where answers go, when elsewhere.
    pub reply_to: Option<Person>,
    /// One line.
    pub subject: String,
    /// Its id.
    pub id: String,
    /// The id it answers.
    pub in_reply_to: Option<String>,
    /// The thread, oldest first.
    pub references: Vec<String>,
    /// When.
    pub date: At,
    /// BCP 47, or empty.
    pub language: String,
    /// The words, signature and all.
    pub text: String,
    /// Whether a machine wrote it (RFC 3834).
    pub by_machine: bool,
    /// Name, kind and bytes of files.
    pub files: Vec<(String, String, Vec<u8>)>,
}

impl Outgoing {
    /// The raw mail; lines end in CR LF.
    pub fn raw(&self) -> Vec<u8> {
        let mut head = String::new();
        let mut field = |name: &str, value: String| head.push_str(&folded(name, &value));
        field("From", mailbox(&self.from));
        field("To", list(&self.to));
        if !self.cc.is_empty() {
            field("Cc", list(&self.cc));
        }
        if let Some(reply_to) = &self.reply_to {
            field("Reply-To", mailbox(reply_to));
        }
        let subject: String = super::head::line(&self.subject).chars().take(SUBJECT).collect();
        field("Subject", encoded(&subject));
        field("Date", self.date.to_utc().format("%a, %d %b %Y %H:%M:%S +0000").to_string());
        field("Message-ID", bracketed(&self.id));
        if let Some(id) = &self.in_reply_to {
            field("In-Reply-To", bracketed(id));
        }
        if !self.references.is_empty() {
            let count = self.references.len();
            let kept = self.references.iter().enumerate().filter(|(i, _)| *i == 0 || i + REFERENCES > count);
            field("References", kept.map(|(_, id)| bracketed(id)).collect::<Vec<_>>().join(" "));
        }
        if !self.language.is_empty() {
            field("Content-Language", self.language.chars().filter(char::is_ascii_graphic).collect());
        }
        if self.by_machine {
            let kind = if self.in_reply_to.is_some() { "auto-replied" } else { "auto-generated" };
            field("Auto-Submitted", kind.into());
        }
        field("MIME-Version", "1.0".into());
        let words = format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
            printable(&self.text)
        );
        if self.files.is_empty() {
            return format!("{head}{words}").into_bytes();
        }
        // No line of quoted-printable or base64 can begin like this.
        let boundary = "=_cordboard";
        let mut mail =
            format!("{head}Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{words}");
        for (name, kind, bytes) in &self.files {
            let kind = if is_kind(kind) { kind } else { "application/octet-stream" };
            mail.push_str(&format!("--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"));
            mail.push_str(&format!("Content-Disposition: attachment;\r\n{}\r\n\r\n", parameter(name)));
            for line in BASE64.encode(bytes).as_bytes().chunks(WIDTH) {
                mail.push_str(&String::from_utf8_lossy(line));
                mail.push_str("\r\n");
            }
        }
        mail.push_str(&format!("--{boundary}--\r\n"));
        mail.into_bytes()
    }

    /// Every address it goes to, once.
    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for person in self.to.iter().chain(&self.cc).chain(&self.bcc) {
            if !person.address.is_empty() && !all.iter().any(|a| a.eq_ignore_ascii_case(&person.address)) {
                all.push(person.address.clone());
            }
        }
        all
    }
}

/// The subject of an answer: one `Re: `, however many there were in whatever language; with the case's number when
/// nothing else brings the answer back to it.
pub fn answer_subject(subject: &str, number: Option<CaseId>) -> String {
    const MARKS: &[&str] =
        &["re", "aw", "sv", "antw", "vs", "ref", "rif", "res", "odp", "bls", "rv", "رد", "回复", "答复"];
    let mut rest = subject.trim();
    while let Some((mark, after)) = rest.split_once([':', '：']) {
        let mark = mark.trim().to_lowercase();
        let mark = mark.split('[').next().unwrap_or_default().trim();
        if !MARKS.contains(&mark) {
            break;
        }
        rest = after.trim_start();
    }
    let number = number.map(|case| format!("[#{case}]")).filter(|tag| !rest.contains(tag.as_str()));
    match number {
        Some(tag) if rest.is_empty() => format!("Re: {tag}"),
        Some(tag) => format!("Re: {rest} {tag}"),
        None => format!("Re: {rest}"),
    }
}

fn bracketed(id: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
    format!("<{id}>")
}

fn list(people: &[Person]) -> String {
    people.iter().map(mailbox).collect::<Vec<_>>().join(", ")
}

fn mailbox(person: &Person) -> String {
    let address: String = person.address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let name = super::head::line(&person.name);
    if name.is_empty() {
        return address;
    }
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '\'' | '!' | '/');
    if name.chars().all(simple) {
        format!("{name} <{address}>")
    } else if name.is_ascii() {
        format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        format!("{} <{address}>", encoded(&name))
    }
}

/// Text of a field; as encoded words when it is not plain, or could be taken for one.
fn encoded(text: &str) -> String {
    let long = text.split(' ').any(|w| w.len() > WIDTH - 4);
    if text.is_ascii() && !text.contains("=?") && !long {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        if words.last().is_some_and(|w| w.len() + c.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let words = words.iter().map(|w| format!("=?utf-8?B?{}?=", BASE64.encode(w.as_bytes())));
    words.collect::<Vec<_>>().join(" ")
}

/// A field, broken at blanks.
fn folded(name: &str, value: &str) -> String {
    let mut out = format!("{name}:");
    let mut width = out.len();
    for word in value.split(' ').filter(|w| !w.is_empty()) {
        if width + 1 + word.len() > WIDTH && width > name.len() + 1 {
            out.push_str("\r\n");
            width = 0;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.len();
    }
    out.push_str("\r\n");
    out
}

/// RFC 2045, 6.7; lines end in CR LF.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len() * 5 / 4 + 2);
    for line in text.trim_end_matches('\n').split('\n') {
        let mut width = 0;
        let bytes = line.as_bytes();
        for (i, byte) in bytes.iter().enumerate() {
            let last = i + 1 == bytes.len();
            let bare = match byte {
                b' ' | b'\t' => !last,
                b'=' => false,
                // A line that looks like a boundary, an end of mail or an mbox mark.
                b'.' | b'-' | b'F' => i > 0,
                b => (b'!'..=b'~').contains(b),
            };
            let piece = if bare { char::from(*byte).to_string() } else { format!("={byte:02X}") };
            if width + piece.len() > WIDTH - 1 {
                out.push_str("=\r\n");
                width = 0;
            }
            out.push_str(&piece);
            width += piece.len();
        }
        out.push_str("\r\n");
    }
    out
}

/// A file's name, plain or by RFC 2231.
fn parameter(name: &str) -> String {
    let name = super::head::line(name);
    if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ')) && name.len() <= 60 {
        return format!(" filename=\"{name}\"");
    }
    let code = |b: u8| {
        if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    let coded: Vec<String> = name.bytes().map(code).collect();
    let lines = coded.chunks(20).enumerate().map(|(i, piece)| {
        let first = if i == 0 { "utf-8''" } else { "" };
        format!(" filename*{i}*={first}{}", piece.concat())
    });
    lines.collect::<Vec<_>>().join(";\r\n")
}

fn is_kind(kind: &str) -> bool {
    kind.split_once('/').is_some_and(|(a, b)| {
        let fine = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.+_".contains(&b));
        fine(a)
            && fine(b)
            && kind.len() <= 100
            && !a.eq_ignore_ascii_case("multipart")
            && !a.eq_ignore_ascii_case("message")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::channel::email::letter::{Letter, Limits};

    fn person(name: &str, address: &str) -> Person {
        Person { name: name.into(), address: address.into() }
    }

    fn mail(subject: &str, text: &str) -> Outgoing {
        Outgoing {
            from: person("Soporte, Ñandú", "support@y.org"),
            to: vec![person("Ana \"la jefa\" Ruíz", "ana@x.org"), person("", "b@x.org")],
            cc: vec![person("c", "c@x.org"), person("", "ANA@x.org")],
            reply_to: Some(person("", "support+c1.00000000@y.org")),
            subject: subject.into(),
            id: "c1.m2.00000000@y.org".into(),
            in_reply_to: Some("a@x.org".into()),
            references: (0..40).map(|n| format!("{n}@x.org")).collect(),
            date: At::from_rfc3339("2026-11-23T10:00:00Z").expect("a date"),
            text: text.into(),
            ..Outgoing::default()
        }
    }

    fn read(mail: &Outgoing) -> Letter {
        let raw = mail.raw();
        assert!(raw.is_ascii());
        for line in raw.split(|b| *b == b'\n') {
            assert!(line.len() <= 79, "{}", String::from_utf8_lossy(line));
        }
        Letter::read(&raw, &Limits::default())
    }

    #[test]
    fn what_is_made_is_read_the_same() {
        let subject = format!("Re: {}", "Una línea muy larga con ñ y € ".repeat(6));
        let mut out = mail(&subject, "Hola,\n\n.\nFrom here = there\n--=_cordboard\nfin €  \n");
        out.files.push((
            "factura ñ larguísima con un nombre que no acaba nunca.pdf".into(),
            "application/pdf".into(),
            vec![0, 255, 10],
        ));
        out.files.push(("x.txt".into(), "multipart/evil".into(), b"a".to_vec()));
        let letter = read(&out);
        assert_eq!(letter.from, Some(out.from.clone()));
        assert_eq!(letter.to, out.to);
        assert_eq!(letter.subject, subject.trim());
        assert_eq!((letter.id.as_deref(), letter.sent), (Some("c1.m2.00000000@y.org"), Some(out.date)));
        assert_eq!(letter.references.len(), 20);
        assert_eq!(letter.references.first().map(String::as_str), Some("0@x.org"));
        assert_eq!(letter.words.new, "Hola,\n\n.\nFrom here = there\n--=_cordboard\nfin €");
        assert_eq!(letter.files[0].name, out.files[0].0);
        assert_eq!(
            (letter.files[0].bytes.as_slice(), letter.files[1].kind.as_str()),
            (&[0, 255, 10][..], "application/octet-stream")
        );
        assert_eq!(out.recipients(), ["ana@x.org", "b@x.org", "c@x.org"]);
    }

    #[test]
    fn a_blind_copy_is_in_the_envelope_and_in_nothing_that_anybody_reads() {
        let mut out = mail("Bill", "words");
        out.bcc = vec![person("Zoe", "me@z.org"), person("", "b@x.org")];
        assert_eq!(out.recipients(), ["ana@x.org", "b@x.org", "c@x.org", "me@z.org"]);
        let raw = String::from_utf8(out.raw()).expect("text");
        assert!(!raw.contains("me@z.org") && !raw.to_lowercase().contains("bcc") && !raw.contains("Zoe"), "{raw}");
    }

    #[test]
    fn nobody_smuggles_a_field_in() {
        let mut out = mail("x\r\nBcc: all@y.org", "a");
        out.to = vec![person("Eve\r\nBcc: all@y.org", "e@x.org\r\nBcc: all@y.org")];
        out.id = "a>\r\nBcc: all@y.org".into();
        let raw = String::from_utf8(out.raw()).expect("text");
        assert!(!raw.lines().any(|l| l.starts_with("Bcc")), "{raw}");
    }

    #[test]
    fn subjects_of_answers() {
        for (subject, wanted) in [
            ("Bill", "Re: Bill"),
            ("Re: Bill", "Re: Bill"),
            ("AW: Re: RE[2]: Bill", "Re: Bill"),
            ("رد: فاتورة", "Re: فاتورة"),
            ("Note: this", "Re: Note: this"),
            ("", "Re: "),
        ] {
            assert_eq!(answer_subject(subject, None), wanted);
        }
        assert_eq!(answer_subject("Bill", Some(CaseId(7))), "Re: Bill [#7]");
        assert_eq!(answer_subject("Re: Bill [#7]", Some(CaseId(7))), "Re: Bill [#7]");
    }

    proptest! {
        #[test]
        fn any_words_go_through(subject in "\\PC{0,300}", text in "(\\PC|\n|=| |\\.){0,400}", name in "\\PC{0,60}") {
            let mut out = mail(&subject, &text);
            out.from.name.clone_from(&name);
            let letter = read(&out);
            let line = crate::channel::email::head::line;
            let body = letter.body();
            prop_assert_eq!(letter.subject, line(&subject));
            let blank = |t: &str| t.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect::<String>();
            prop_assert!(blank(&text).is_empty() || blank(&text).len() <= blank(&body).len() + 2, "{} | {}", text, body);
        }
    }
}
