//! Text fields: what hands expect, and what holds whatever is typed.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::{Field, LIMIT, Press};
use crate::app::key::{Code, Key};

fn press(field: &mut Field, names: &str) {
    for name in names.split_whitespace() {
        field.press(Key::parse(name).expect("a key"));
    }
}

#[test]
fn readline_keys_do_what_hands_expect() {
    let mut f = Field::line().with("one two three");
    press(&mut f, "ctrl-w");
    assert_eq!(f.text(), "one two ");
    press(&mut f, "ctrl-a ctrl-k");
    assert_eq!(f.text(), "");
    press(&mut f, "ctrl-y");
    assert_eq!(f.text(), "one two ");
    press(&mut f, "alt-b alt-b x");
    assert_eq!(f.text(), "xone two ");
    press(&mut f, "ctrl-e ctrl-u");
    assert_eq!(f.text(), "");
    press(&mut f, "ctrl-_ ctrl-_ ctrl-_ ctrl-_ ctrl-_");
    assert_eq!(f.text(), "one two three");
    assert_eq!(f.press(Key::plain(Code::Enter)), Press::Ignored);
    assert_eq!(f.press(Key::plain(Code::Esc)), Press::Ignored);
}

#[test]
fn typing_undoes_by_words() {
    let mut f = Field::area();
    for c in "hello big world".chars() {
        f.press(Key::char(c));
    }
    f.undo();
    assert_eq!(f.text(), "hello big ");
    f.undo();
    assert_eq!(f.text(), "hello ");
    f.redo();
    assert_eq!(f.text(), "hello big ");
}

#[test]
fn a_paste_is_one_step_and_never_submits() {
    let mut line = Field::line();
    line.insert("a\r\nb\nc\td\u{1b}[31m\u{202e}");
    assert_eq!(line.text(), "a b c    d[31m");
    line.undo();
    assert_eq!(line.text(), "");
    let mut area = Field::area();
    area.insert("a\r\nb\rc");
    assert_eq!(area.text(), "a\nb\nc");
}

#[test]
fn the_limit_holds_at_a_grapheme() {
    let mut f = Field::area();
    assert_eq!(f.insert(&"é".repeat(LIMIT)), Press::Full);
    assert_eq!(f.text().len(), LIMIT);
    assert_eq!(f.press(Key::char('x')), Press::Full);
    f.undo();
    assert_eq!(f.text(), "");
}

#[test]
fn rows_wrap_at_words_and_wide_letters_count_two() {
    let f = Field::area().with("the quick brown fox\n\n日本語のテキスト");
    let shown: Vec<_> = f.rows(9).iter().map(|r| &f.text()[r.start..r.end]).collect();
    assert_eq!(shown, ["the quick ", "brown fox", "", "日本語の", "テキスト"]);
    assert_eq!(f.caret_in(&f.rows(9)), (4, 8));
}

#[test]
fn up_and_down_keep_the_column() {
    let mut f = Field::area().with("long first line\nab\nlong third line");
    f.measured(40);
    press(&mut f, "up");
    assert_eq!(f.caret(), "long first line\nab".len());
    press(&mut f, "up");
    assert_eq!(f.caret(), "long first line".len());
    press(&mut f, "up");
    assert_eq!(f.caret(), 0);
    press(&mut f, "down down down down");
    assert_eq!(f.caret(), f.text().len());
}

#[test]
fn a_long_line_scrolls_with_the_caret() {
    let mut f = Field::line().with("0123456789");
    assert_eq!(f.piece(5).text, "6789");
    assert_eq!(f.piece(5).caret, 4);
    assert!(f.piece(5).cut);
    press(&mut f, "home");
    assert_eq!(f.piece(5).text, "01234");
    assert_eq!(f.piece(5).caret, 0);
}

#[test]
fn no_row_begins_with_a_mark_that_closes_something() {
    let shown = |text: &str, width: usize| {
        let f = Field::area().with(text);
        f.rows(width).iter().map(|r| f.text()[r.start..r.end].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown("days from today, 23", 15), ["days from ", "today, 23"]);
    assert_eq!(shown("今日は、晴れ。", 6), ["今日", "は、晴", "れ。"]);
    assert_eq!(shown("see https://a.example/b/c now", 22), ["see ", "https://a.example/b/c ", "now"]);
    assert_eq!(shown("(one) two", 6), ["(one) ", "two"]);
}

/// Every caret place from the left, with its column in a single row.
fn stops(text: &str) -> Vec<(usize, usize)> {
    let mut f = Field::area().with(text);
    press(&mut f, "home");
    let mut found = Vec::new();
    loop {
        let rows = f.rows(1_000);
        found.push((f.caret(), f.caret_in(&rows).1));
        let before = f.caret();
        press(&mut f, "right");
        if f.caret() == before {
            return found;
        }
    }
}

/// Texts of every kind, in what an eye takes for single letters, each with its cells.
const SCRIPTS: [&[(&str, usize)]; 9] = [
    &[("日", 2), ("本", 2), ("語", 2)],
    &[("한", 2), ("국", 2), ("어", 2)],
    // A family, a hand with a skin colour, a flag, a key cap.
    &[("👩‍👩‍👧", 2), ("👍🏽", 2), ("a", 1)],
    &[("🇩🇪", 2), ("🇪🇸", 2), ("!", 1)],
    &[("e\u{301}", 1), ("o\u{308}\u{304}", 1), ("ñ", 1)],
    &[("م", 1), ("ر", 1), ("حَ", 1), ("ب", 1), ("ا", 1)],
    &[("שׁ", 1), ("ל", 1), ("ו", 1), ("ם", 1)],
    &[("ก", 1), ("ี่", 0)],
    &[("a", 1), ("é", 1), ("ß", 1)],
];

#[test]
fn the_caret_goes_by_what_an_eye_takes_for_letters() {
    for letters in SCRIPTS {
        let text: String = letters.iter().map(|(l, _)| *l).collect();
        let (mut at, mut column) = (0, 0);
        let mut wanted = vec![(0, 0)];
        for (letter, cells) in letters {
            (at, column) = (at + letter.len(), column + cells);
            // A mark that belongs to the letter before it is no place of its own.
            if *cells == 0 {
                wanted.pop();
            }
            wanted.push((at, column));
        }
        assert_eq!(stops(&text), wanted, "{text}");
    }
}

#[test]
fn deleting_takes_whole_letters() {
    for letters in SCRIPTS {
        let whole: Vec<&str> = letters.iter().filter(|(_, cells)| *cells > 0).map(|(l, _)| *l).collect();
        let text: String = whole.concat();
        let mut f = Field::line().with(&text);
        for n in (0..whole.len()).rev() {
            press(&mut f, "backspace");
            assert_eq!(f.text(), whole[..n].concat());
        }
        let mut f = Field::line().with(&text);
        press(&mut f, "home");
        for n in 1..=whole.len() {
            press(&mut f, "delete");
            assert_eq!(f.text(), whole[n..].concat());
        }
        press(&mut f, &"ctrl-_ ".repeat(whole.len() + 1));
        assert_eq!(f.text(), text, "all of it comes back");
    }
}

#[test]
fn words_are_words_in_every_script() {
    let ends = |text: &str| {
        let mut f = Field::line().with(text);
        press(&mut f, "home");
        let mut ends = Vec::new();
        while f.caret() < f.text().len() {
            press(&mut f, "alt-f");
            ends.push(f.text()[..f.caret()].to_owned());
        }
        ends
    };
    assert_eq!(ends("naïve café"), ["naïve", "naïve café"]);
    assert_eq!(ends("مرحبا بالعالم"), ["مرحبا", "مرحبا بالعالم"]);
    assert_eq!(ends("שלום עולם"), ["שלום", "שלום עולם"]);
    let mut f = Field::line().with("hallo 👩‍👩‍👧 welt");
    press(&mut f, "alt-b");
    assert_eq!(f.caret(), f.text().len() - "welt".len());
    press(&mut f, "ctrl-w");
    assert_eq!(f.text(), "welt", "what is no word goes with the word before it");
    let mut f = Field::line().with("שלום עולם");
    press(&mut f, "ctrl-w");
    assert_eq!(f.text(), "שלום ");
}

#[test]
fn rows_never_split_a_letter_and_the_caret_stands_where_it_is_drawn() {
    for letters in SCRIPTS {
        let word: String = letters.iter().map(|(l, _)| *l).collect();
        let text = [word.as_str(); 6].join(" ");
        for width in 2..20 {
            let mut f = Field::area().with(&text);
            press(&mut f, "ctrl-home");
            let edges: Vec<usize> = text.grapheme_indices(true).map(|(i, _)| i).chain([text.len()]).collect();
            loop {
                let rows = f.rows(width);
                assert!(rows.iter().all(|r| edges.contains(&r.start) && edges.contains(&r.end)), "{text} at {width}");
                let (row, column) = f.caret_in(&rows);
                let r = rows[row];
                assert_eq!(column, f.text()[r.start..f.caret()].width());
                assert!(f.text()[r.start..r.end].trim_end().width() <= width, "{text} at {width}");
                let before = f.caret();
                press(&mut f, "right");
                if f.caret() == before {
                    break;
                }
            }
        }
    }
}

#[test]
fn stops_move_with_the_words_and_the_same_question_is_answered_once() {
    use crate::domain::stock::text::{fill, read};
    let filled = |words: &str| fill(&read(words).expect("reads"), &|_| None, &|_| None, &|_| None);
    let mut f = Field::area().with("日本 ;x");
    assert_eq!(f.expand("日本 ".len(), &filled("{who?} and {day? Monday}, {who?}.")), Press::Edited);
    assert_eq!(f.selected().map(|r| f.text()[r].to_owned()), Some("{who?}".into()));
    assert_eq!(f.here().map(|h| h.of), Some((1, 3)));
    press(&mut f, "日 本");
    assert!(f.step_stop(1));
    assert_eq!(f.text(), "日本 日本 and Monday, 日本.");
    assert_eq!(f.selected().map(|r| f.text()[r].to_owned()), Some("Monday".into()));
    press(&mut f, "backspace X");
    assert!(f.step_stop(-1));
    assert_eq!(f.selected().map(|r| f.text()[r].to_owned()), Some("日本".into()));
    press(&mut f, "right");
    assert_eq!(f.selected(), None, "who moves replaces nothing");
    assert_eq!(f.text(), "日本 日本 and X, 日本.");
    assert_eq!(f.unfilled(), None);
    let mut f = Field::area().with(";x");
    f.expand(0, &filled("{a?}"));
    f.insert("pasted\ntext");
    assert_eq!(f.text(), "pasted\ntext", "a paste takes the place of what is selected");
    let mut f = Field::area().with(";x");
    f.expand(0, &filled("{how? card | cash}!"));
    press(&mut f, "2");
    assert_eq!(f.text(), "cash!");
    press(&mut f, "ctrl-_ ctrl-_");
    assert_eq!(f.text(), ";x");
}

fn some_key() -> impl Strategy<Value = Key> {
    let chars = prop::sample::select(vec![
        'a',
        'Z',
        ' ',
        'é',
        '日',
        '\u{301}',
        '\u{200d}',
        '👩',
        '🇩',
        '🇪',
        'ع',
        '한',
        '\u{1f3fd}',
        '.',
    ]);
    let names = prop::sample::select(vec![
        "enter",
        "backspace",
        "delete",
        "left",
        "right",
        "up",
        "down",
        "home",
        "end",
        "ctrl-a",
        "ctrl-e",
        "ctrl-w",
        "ctrl-u",
        "ctrl-k",
        "ctrl-y",
        "alt-b",
        "alt-f",
        "alt-d",
        "pageup",
        "pagedown",
    ]);
    prop_oneof![3 => chars.prop_map(Key::char), 2 => names.prop_map(|n| Key::parse(n).expect("a key"))]
}

proptest! {
    #[test]
    fn the_caret_never_splits_a_grapheme_and_undo_gives_all_back(
        start in "\\PC{0,20}", keys in prop::collection::vec(some_key(), 0..60), width in 1usize..20
    ) {
        let mut f = Field::area().with(&start);
        let first = f.text().to_owned();
        f.measured(width);
        for key in keys {
            f.press(key);
            let edges: Vec<_> =
                f.text().grapheme_indices(true).map(|(i, _)| i).chain([f.text().len()]).collect();
            prop_assert!(edges.contains(&f.caret()));
            let rows = f.rows(width);
            let (row, _) = f.caret_in(&rows);
            prop_assert!(rows[row].start <= f.caret() && f.caret() <= rows[row].end);
        }
        let last = f.text().to_owned();
        while f.undo() == Press::Edited {}
        prop_assert_eq!(f.text(), first.as_str());
        while f.redo() == Press::Edited {}
        prop_assert_eq!(f.text(), last.as_str());
    }

    #[test]
    fn rows_cover_the_text_and_fit(text in "[a-z 日é\n]{0,80}", width in 2usize..30) {
        let f = Field::area().with(&text);
        let rows = f.rows(width);
        let mut at = 0;
        for row in &rows {
            prop_assert!(row.start == at || (row.start == at + 1 && &f.text()[at..row.start] == "\n"));
            prop_assert!(f.text()[row.start..row.end].trim_end().width() <= width);
            at = row.end;
        }
        prop_assert_eq!(at, f.text().len());
    }

    #[test]
    fn a_piece_fits_and_holds_the_caret(text in "\\PC{0,40}", back in 0usize..40, width in 2usize..20) {
        let mut f = Field::line().with(&text);
        for _ in 0..back {
            f.press(Key::plain(Code::Left));
        }
        let piece = f.piece(width);
        prop_assert!(piece.caret < width || piece.caret <= piece.text.width());
        prop_assert!(piece.text.width() <= width + 2);
    }
}
