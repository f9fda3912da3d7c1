//! The book of the link: what it reads back, what it forgets, how large it grows.

use super::*;
use crate::domain::time::{HOUR, SECOND};

const T0: At = At(1_750_000_000_000);

fn said(book: &mut Linkbook, at: i64, what: What) {
    book.write(&Line::new(T0.plus(at), what, ""));
}

#[test]
fn a_line_reads_as_it_was_written() {
    let words = Line::new(T0, What::Lost, "It said \"no\", twice.\nThen it went.");
    let trip = Line { round_trip_ms: Some(640), ..Line::new(T0, What::RoundTrip, "") };
    let bytes = Line { bytes: Some((12, 3)), ..Line::new(T0, What::Bytes, "") };
    for line in [words, trip, bytes] {
        assert_eq!(Line::read(&line.csv()), Some(line.clone()), "{}", line.csv());
        assert!(!line.csv().contains('\n'));
    }
    for nonsense in ["", HEADER, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z,flew,,,,", "x,live,,,,"] {
        assert_eq!(Line::read(nonsense), None, "{nonsense}");
    }
}

#[test]
fn gaps_and_bytes_outlive_the_desk() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut book = Linkbook::open(dir.path(), T0);
    said(&mut book, 1_000, What::Live);
    said(&mut book, 60_000, What::Lost);
    said(&mut book, 61_000, What::Lost);
    said(&mut book, 90_000, What::Live);
    said(&mut book, 95_000, What::Offline);
    book.bytes(T0.plus(95_000), (5_000, 300), true);
    book.bytes(T0.plus(96_000), (5_500, 300), false);
    let now = T0.plus(97_000);
    let total =
        |book: &Linkbook, all| book.spent(now, all).iter().fold((0, 0), |(down, up), s| (down + s.down, up + s.up));
    assert_eq!(total(&book, (5_600, 310)), (5_600, 310), "what is not written down yet counts too");
    let gap = Gap { from: T0.plus(60_000), to: Some(T0.plus(90_000)) };
    assert_eq!(book.gaps(), [gap], "working offline on purpose is no gap");
    said(&mut book, 98_000, What::Lost);
    drop(book);
    let book = Linkbook::open(dir.path(), T0.plus(100_000));
    assert_eq!(total(&book, (0, 0)), (5_000, 300), "what the dead desk had not written down is not known");
    assert_eq!(book.gaps().len(), 2);
    assert_eq!(book.gaps()[1].to, Some(T0.plus(100_000)), "a desk that is closed has no gap");
}

#[test]
fn the_book_forgets_after_thirty_days_and_survives_a_torn_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(FILE);
    let old = Line::new(T0, What::Live, "old").csv();
    let new = Line::new(T0.plus(20 * DAY), What::Live, "new").csv();
    let mut bytes = format!("{HEADER}\n{old}\n{new}\n2026-0").into_bytes();
    bytes.extend([0xff, 0xfe]);
    std::fs::write(&path, bytes).expect("written");
    drop(Linkbook::open(dir.path(), T0.plus(31 * DAY)));
    let lines = read(dir.path()).expect("read");
    let words: Vec<_> = lines.iter().map(|l| (l.what, l.words.as_str())).collect();
    assert_eq!(words, [(What::Live, "new"), (What::Opened, "")]);
}

#[test]
fn the_book_stays_small() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(FILE);
    let line = Line { round_trip_ms: Some(640), ..Line::new(T0, What::RoundTrip, "") }.csv();
    let many = MOST / (line.len() + 1) + 1_000;
    std::fs::write(&path, format!("{HEADER}\n{}", format!("{line}\n").repeat(many))).expect("written");
    let mut book = Linkbook::open(dir.path(), T0.plus(HOUR));
    assert!(book.size <= MOST / 2 + 200, "{}", book.size);
    said(&mut book, HOUR + SECOND, What::Live);
    let size = std::fs::metadata(&path).expect("there").len();
    assert_eq!(size, book.size as u64);
    let saved = book.save(T0.plus(HOUR)).expect("saved");
    assert_eq!(std::fs::metadata(saved).expect("there").len(), size);
}
