//! Jump mode: everything on the screen that can be gone to bears a label; typing it goes there. The drawer knows what
//! stands where, so the labels are given there ([`labels`]); going there is a click by keyboard.

use super::key::{Code, Key};
use super::msg::{Mouse, Spot};
use super::update::Desk;

/// Letters in the order in which fingers like them.
const LETTERS: &[u8; 26] = b"asdfjklghqweruioptyzxcvbnm";
/// With more targets than letters, so many have one letter and the rest have two.
const SINGLE: usize = 8;

/// The label of each of so many targets, the first the shortest. No label begins with another.
pub fn labels(targets: usize) -> Vec<String> {
    let letter = |i: usize| char::from(LETTERS[i % LETTERS.len()]);
    if targets <= LETTERS.len() {
        return (0..targets).map(|i| letter(i).to_string()).collect();
    }
    let single = (0..SINGLE).map(|i| letter(i).to_string());
    let pairs =
        (SINGLE..LETTERS.len()).flat_map(|a| (0..LETTERS.len()).map(move |b| format!("{}{}", letter(a), letter(b))));
    single.chain(pairs).take(targets).collect()
}

impl Desk<'_> {
    /// Shows the labels.
    pub(in crate::app) fn jump(&mut self) {
        self.m.jump = Some(String::new());
    }

    /// A key while the labels are shown: a letter of one, or away with them. False when there are none.
    pub(in crate::app) fn jump_key(&mut self, key: Key) -> bool {
        let Some(mut typed) = self.m.jump.take() else { return false };
        match key.printable() {
            Some(c) if c.is_ascii_lowercase() => {
                typed.push(c);
                self.m.jump = Some(typed);
            }
            _ if key.code == Code::Backspace && typed.pop().is_some() => self.m.jump = Some(typed),
            _ => {}
        }
        true
    }

    /// The mouse, or a label, has found its spot.
    pub(in crate::app) fn jumped(&mut self, mouse: Mouse) {
        if self.m.jump.take().is_some() && matches!(mouse, Mouse::Click(Spot::Elsewhere)) {
            self.cannot(t!("There is nothing with that label."));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_label_begins_with_another() {
        for n in [0, 1, 26, 27, 200, 476] {
            let labels = labels(n);
            assert_eq!(labels.len(), n);
            assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), n);
            for (i, a) in labels.iter().enumerate() {
                assert!(labels.iter().skip(i + 1).all(|b| !b.starts_with(a.as_str())), "{a}");
            }
        }
    }
}
