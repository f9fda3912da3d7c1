//! What commands print: words on standard output, tables that line up.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use crate::domain::safe;

/// Prints text and a line break. A closed pipe is an error that the program ends on quietly.
pub fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints rows below a head, columns lined up; says `none` when there are no rows.
pub fn table(head: &[&str], rows: &[Vec<String>], none: &str) -> anyhow::Result<()> {
    if rows.is_empty() {
        return say(none);
    }
    say(&lined_up(head, rows))
}

/// The rows below the head, columns lined up.
pub fn lined_up(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| safe::line(cell)).collect()).collect();
    let mut widths: Vec<usize> = head.iter().map(|h| h.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: &[String]| {
        let mut text = String::new();
        for (width, cell) in widths.iter().zip(cells) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width - cell.width() + 2));
        }
        text.trim_end().to_owned()
    };
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    std::iter::once(line(&head)).chain(rows.iter().map(|r| line(r))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_is_in_them() {
        let rows =
            [vec!["ana".into(), "阿部 友".into(), "x".into()], vec!["b\u{1b}[31m".into(), "B".into(), "y".into()]];
        assert_eq!(
            lined_up(&["LOGIN", "NAME", "Z"], &rows),
            "LOGIN   NAME     Z\nana     阿部 友  x\nb␛[31m  B        y"
        );
    }
}
