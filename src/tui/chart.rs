//! Small charts made of letters: bars and trends. They cost only the cells that change.

/// A bar of so many cells: in eighths of a cell, or whole ones where only seven bits are used.
pub fn bar(num: i64, den: i64, cells: usize, ascii: bool) -> String {
    const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let step = if ascii { 1 } else { 8 };
    let all = cells as i128 * step as i128;
    let filled = (i128::from(num.max(0)) * all * 2 + i128::from(den)) / (i128::from(den.max(1)) * 2);
    let filled = usize::try_from(filled.min(all)).unwrap_or(0);
    let mut text = if ascii { "#" } else { "█" }.repeat(filled / step);
    if filled % step > 0 {
        text.push(EIGHTHS[filled % step - 1]);
    }
    let missing = cells - text.chars().count();
    text + &if ascii { "." } else { "·" }.repeat(missing)
}

/// Values as columns, the highest full; where there is no value, a dot.
pub fn sparkline(values: &[Option<i64>], ascii: bool) -> String {
    const COLUMNS: [[char; 8]; 2] =
        [['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], ['1', '2', '3', '4', '5', '6', '7', '8']];
    let most = values.iter().flatten().copied().max().unwrap_or(0).max(1);
    let column = |v: i64| COLUMNS[usize::from(ascii)][(v.max(0) as i128 * 7 / i128::from(most)) as usize];
    values.iter().map(|v| v.map_or(if ascii { '.' } else { '·' }, column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_trends_are_as_long_as_asked() {
        assert_eq!(bar(1, 2, 4, false), "██··");
        assert_eq!(bar(0, 5, 4, false), "····");
        assert_eq!(bar(5, 5, 4, false), "████");
        assert_eq!(bar(1, 3, 4, false), "█▍··");
        assert_eq!(bar(9, 5, 4, false), "████");
        assert_eq!(bar(1, 3, 4, true), "#...");
        assert_eq!(sparkline(&[Some(0), None, Some(50), Some(100)], false), "▁·▄█");
        assert_eq!(sparkline(&[Some(0), None, Some(50), Some(100)], true), "1.48");
        assert_eq!(sparkline(&[], false), "");
    }
}
