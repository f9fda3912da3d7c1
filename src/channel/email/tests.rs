//! Whole mails, odd ones, and anything at all.

use std::path::Path;

use proptest::prelude::*;

use super::letter::{Letter, Limits, Notice};
use super::sort::Sort;

fn read(raw: &str) -> Letter {
    Letter::read(raw.replace('\n', "\r\n").as_bytes(), &Limits::default())
}

#[test]
fn an_ordinary_mail_with_a_file() {
    let letter = read(
        "From: Ana =?utf-8?Q?Ru=C3=ADz?= <ana@x.org>\nTo: Support <s@y.org>\nCc: b@x.org\nSubject: =?utf-8?B?RmFjdHVyYQ==?=\n =?utf-8?B?IMOx?=\nMessage-ID: <1@x.org>\nIn-Reply-To: <0@y.org>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b1\"\n\npreamble\n--b1\nContent-Type: multipart/alternative; boundary=b2\n\n--b2\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nHola, la factura est=C3=A1 duplicada.\n--b2\nContent-Type: text/html\n\n<p>Hola, la factura est&aacute; <b>duplicada</b>.</p>\n--b2--\n--b1\nContent-Type: application/pdf; name*=utf-8''factura%20%C3%B1.pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\nJVBERi0=\n--b1--\nepilogue\n",
    );
    assert_eq!(letter.from.as_ref().map(ToString::to_string).as_deref(), Some("Ana Ruíz <ana@x.org>"));
    assert_eq!(letter.subject, "Factura ñ");
    assert_eq!(letter.words.new, "Hola, la factura está duplicada.");
    assert_eq!((letter.id.as_deref(), letter.in_reply_to.as_slice()), (Some("1@x.org"), &["0@y.org".to_owned()][..]));
    assert_eq!(letter.files.len(), 1);
    let file = &letter.files[0];
    assert_eq!(
        (file.name.as_str(), file.kind.as_str(), file.bytes.as_slice()),
        ("factura ñ.pdf", "application/pdf", &b"%PDF-"[..])
    );
    assert_eq!(letter.sort, Sort::Person);
}

#[test]
fn the_page_is_read_when_the_plain_text_only_says_so() {
    let both = |plain: &str, page: &str| {
        read(&format!("Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{page}\n--b--\n")).words.new
    };
    let page = format!("<p>{}</p>", "Many words. ".repeat(30));
    assert!(both("View this in a browser.", &page).starts_with("Many words."));
    assert!(both("", "<b>only here</b>").starts_with("only here"));
    assert_eq!(both("plain", "<p>plain</p>"), "plain");
}

#[test]
fn a_forwarded_mail_is_shown_with_who_wrote_it() {
    let letter = read(
        "From: a@x.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n--b\nContent-Type: message/rfc822\n\nFrom: Luis <l@z.org>\nSubject: The bill\nMessage-ID: <inner@z.org>\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nIt is wrong.\n--c\nContent-Type: image/png; name=\"p.png\"\nContent-Transfer-Encoding: base64\n\niVBORw==\n--c--\n--b--\n",
    );
    let body = letter.body();
    assert!(body.starts_with("See below.\n\n---------- Forwarded message"), "{body}");
    assert!(body.contains("From: Luis <l@z.org>") && body.contains("It is wrong."), "{body}");
    assert_eq!(letter.files[0].name, "p.png");
}

#[test]
fn a_report_that_was_forwarded_is_a_persons_mail() {
    let letter = read(
        "From: dana@x.org\nSubject: Fwd: it came back\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nWhy does this come back?\n--b\nContent-Type: message/rfc822\n\nFrom: MAILER-DAEMON@y.org\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n\nsorry\n--c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; y.org\n\nFinal-Recipient: rfc822; gone@x.org\nAction: failed\nStatus: 5.1.1\n--c--\n--b--\n",
    );
    assert_eq!((letter.sort, letter.deliveries.len()), (Sort::Person, 0));
    assert!(letter.body().starts_with("Why does this come back?"), "{}", letter.body());
}

#[test]
fn a_mail_fits_on_its_case_however_long_its_parts() {
    let quoted = ">a\n".repeat(20_000);
    let letter = read(&format!("From: a@x.org\n\n{}\n{quoted}\n-- \n{}\n", "word ".repeat(30_000), "s".repeat(60_000)));
    assert!(letter.body().len() <= crate::domain::decide::MAX_BODY, "{}", letter.body().len());
}

#[test]
fn who_wrote_it() {
    let sort = |head: &str| read(&format!("From: a@x.org\n{head}\n\nwords\n")).sort;
    for (head, wanted) in [
        ("", Sort::Person),
        ("Auto-Submitted: no", Sort::Person),
        ("Auto-Submitted: auto-replied (vacation)", Sort::AutoReply),
        ("Auto-Submitted: auto-generated", Sort::Machine),
        ("X-Autoreply: yes", Sort::AutoReply),
        ("Precedence: auto_reply", Sort::AutoReply),
        ("Precedence: bulk", Sort::Machine),
        ("Precedence: list", Sort::List),
        ("List-Id: <news.x.org>", Sort::List),
        ("Return-Path: <>", Sort::Machine),
        ("Return-Path: <>\nSubject: Automatic reply: hello", Sort::AutoReply),
        ("X-Auto-Response-Suppress: All\nSubject: Abwesenheitsnotiz", Sort::AutoReply),
        ("X-Auto-Response-Suppress: All", Sort::Person),
        ("Return-Path: <a@x.org>", Sort::Person),
    ] {
        assert_eq!(sort(head), wanted, "{head}");
    }
}

#[test]
fn a_report_says_who_did_not_get_it_and_why() {
    let letter = read(
        "Return-Path: <>\nFrom: MAILER-DAEMON@y.org\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; y.org\n\nFinal-Recipient: rfc822; gone@x.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n such user\n\nFinal-Recipient: rfc822;late@x.org\nAction: delayed\nStatus: 4.4.1\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <ours@y.org>\nSubject: x\n--b--\n",
    );
    assert_eq!(letter.sort, Sort::Report);
    assert_eq!(letter.inner_ids, ["ours@y.org"]);
    let told: Vec<_> = letter.deliveries.iter().map(|d| (d.failed(), d.words())).collect();
    assert_eq!(
        told,
        [(true, "gone@x.org: 5.1.1: 550 5.1.1 no such user".to_owned()), (false, "late@x.org: 4.4.1".to_owned())]
    );
    assert!(letter.files.is_empty(), "{:?}", letter.files);
}

#[test]
fn names_of_files_are_harmless() {
    for (given, wanted) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\temp\\\\x.doc", "x.doc"),
        ("invoice\u{202e}fdp.exe", "invoice_fdp.exe"),
        ("...", "attachment-1.bin"),
        ("=?utf-8?Q?=C3=B1.txt?=", "ñ.txt"),
        ("a<b>|c?.txt", "a_b__c_.txt"),
    ] {
        let letter = read(&format!(
            "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{given}\"\n\nx\n"
        ));
        assert_eq!(letter.files[0].name, wanted, "{given}");
    }
    let long = read(&format!("Content-Type: application/x; name=\"{}.pdf\"\n\nx\n", "n".repeat(4_000)));
    let name = &long.files[0].name;
    assert_eq!((name.chars().count(), name.rsplit('.').next()), (120, Some("pdf")));
}

#[test]
fn bombs_are_bounded() {
    let limits = Limits { files: 3, bytes: 1_000 };
    let part = "--b\nContent-Type: application/x\n\nxxxxxxxxxx\n";
    let letter = Letter::read(
        format!("Content-Type: multipart/mixed; boundary=b\n\n{}", part.repeat(2_000)).as_bytes(),
        &limits,
    );
    assert_eq!(letter.files.len(), 3);
    assert!(letter.notices.contains(&Notice::TooManyParts));
    // Parts in parts, mails in mails, each deeper than any stack.
    let mut deep = String::new();
    for n in 0..50_000 {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"));
    }
    let _ = Letter::read(deep.as_bytes(), &limits);
    let deep = "Content-Type: message/rfc822\n\n".repeat(200_000);
    let letter = Letter::read(deep.as_bytes(), &limits);
    assert!(letter.body().len() < 10_000);
    // A text that does not fit becomes a file.
    let long = read(&format!("\n{}", "many words\n".repeat(20_000)));
    assert!(long.body().len() < 100_000);
    assert_eq!(long.files[0].name, "whole-text.txt");
}

#[test]
fn flowed_text_is_joined() {
    let letter = read(
        "Content-Type: text/plain; format=flowed\n\nThis goes \non here.\nThis not.\n> quoted \n> too\n-- \nDana\n",
    );
    assert_eq!(letter.words.new, "This goes on here.\nThis not.");
    assert_eq!((letter.words.signature.as_str(), letter.words.quoted.as_str()), ("Dana", "> quoted too"));
}

/// Every mail of the corpus is read, and what is shown of it has nothing that moves a cursor in its one-line parts.
#[test]
fn the_corpus_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/corpus");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "eml") {
            continue;
        }
        let raw = std::fs::read(&path).expect("a mail");
        let limits = Limits::default();
        let letter = Letter::read(&raw, &limits);
        let lines = letter.files.iter().map(|f| &f.name).chain([&letter.subject]);
        for line in lines.chain(letter.from.iter().map(|p| &p.name)) {
            assert!(crate::domain::safe::is_safe(line), "{}: {line:?}", path.display());
        }
        assert!(!letter.body().trim().is_empty(), "{}", path.display());
        // Cut anywhere, and with a bit turned anywhere, it is read as well.
        for at in (0..raw.len()).step_by(raw.len() / 40 + 1) {
            let _ = Letter::read(&raw[..at], &limits);
            let mut turned = raw.clone();
            turned[at] ^= 0x20;
            let _ = Letter::read(&turned, &limits).body();
        }
        read += 1;
    }
    assert!(read >= 50, "only {read} mails");
}

proptest! {
    #[test]
    fn anything_at_all_is_read(raw: Vec<u8>) {
        let _ = Letter::read(&raw, &Limits::default()).body();
    }

    #[test]
    fn anything_like_a_mail_is_read(pieces in proptest::collection::vec("(Content-Type: (multipart/(mixed|alternative|digest|report|related)|message/rfc822|text/(plain|html)|message/delivery-status|x)(; (boundary|charset|name\\*?|filename\\*1\\*|format)=\"?(b|c|utf-8''%C3|flowed|gb18030)\"?){0,2}|Content-Transfer-Encoding: (base64|quoted-printable)|--(b|c)(--)?|From: (.{0,8}<a@b.c>|=\\?utf-8\\?B\\?4oI=\\?=)|Subject: =\\?big5\\?Q\\?=A7A\\?=|<(p|blockquote|/p|a href=x)>|> x|On 3 May Dana wrote:|=C3=|YWJj|\\PC{0,6}|)(\r\n|\n|\n\n|)", 0..30)) {
        let raw = pieces.concat();
        let letter = Letter::read(raw.as_bytes(), &Limits::default());
        prop_assert!(!letter.body().is_empty());
        prop_assert!(letter.body().len() < 100_000);
    }
}
