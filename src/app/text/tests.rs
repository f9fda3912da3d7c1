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
