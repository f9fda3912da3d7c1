//! Text as typed, on its way to the disk: at once when there is time, else several keystrokes in one write.

use std::collections::BTreeMap;

use crate::app::port::{Draft, DraftKey};

/// Keystrokes are gathered for at most this long, ms; the promise is one second.
const GATHER_MS: u64 = 250;
/// After a failed write the next try is this much later, ms.
const RETRY_MS: u64 = 2_000;

/// Drafts that are not yet on the disk as they are now.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// The draft to write, or `None` when it is to go.
    unwritten: BTreeMap<DraftKey, Option<Draft>>,
    /// Not before then, steady ms.
    not_before: u64,
    /// The last write failed, and the agent knows.
    failing: bool,
}

impl Drafts {
    /// A draft changed.
    pub(super) fn save(&mut self, draft: Draft) {
        self.unwritten.insert(draft.key, Some(draft));
    }

    /// A draft is gone. It leaves the disk together with what is unwritten: its words may have moved there.
    pub(super) fn drop(&mut self, key: DraftKey) {
        self.unwritten.insert(key, None);
    }

    /// A draft went into a command, and off the disk with it.
    pub(super) fn forget(&mut self, key: DraftKey) {
        self.unwritten.remove(&key);
    }

    /// When to write, steady ms; `None` when there is nothing to.
    pub(super) fn due(&self) -> Option<u64> {
        (!self.unwritten.is_empty()).then_some(self.not_before)
    }

    /// What is to be written, and what is to go.
    pub(super) fn unwritten(&self) -> (Vec<Draft>, Vec<DraftKey>) {
        let saved = self.unwritten.values().flatten().cloned().collect();
        let dropped = self.unwritten.iter().filter(|(_, draft)| draft.is_none()).map(|(key, _)| *key).collect();
        (saved, dropped)
    }

    /// All of it was written.
    pub(super) fn written(&mut self, now: u64) {
        self.unwritten.clear();
        self.not_before = now + GATHER_MS;
        self.failing = false;
    }

    /// The write failed; whether the agent has to be told.
    pub(super) fn failed(&mut self, now: u64) -> bool {
        self.not_before = now + RETRY_MS;
        !std::mem::replace(&mut self.failing, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::port::DraftField;
    use crate::domain::ids::CaseId;
    use crate::domain::time::At;

    fn draft(body: &str) -> Draft {
        let key = DraftKey { case: CaseId(1), field: DraftField::Note };
        Draft { key, body: body.into(), base: None, meta: String::new(), at: At(0) }
    }

    #[test]
    fn the_first_is_written_at_once_and_the_next_soon() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.due(), None);
        drafts.save(draft("a"));
        assert_eq!(drafts.due(), Some(0));
        drafts.written(1_000);
        drafts.save(draft("ab"));
        drafts.save(draft("abc"));
        assert_eq!(drafts.due(), Some(1_250));
        assert_eq!(drafts.unwritten(), (vec![draft("abc")], vec![]));
    }

    #[test]
    fn a_full_disk_is_told_once_until_it_works_again() {
        let mut drafts = Drafts::default();
        drafts.save(draft("a"));
        assert!(drafts.failed(0));
        assert!(!drafts.failed(2_000));
        assert_eq!(drafts.due(), Some(4_000));
        drafts.written(4_000);
        drafts.save(draft("b"));
        assert!(drafts.failed(5_000));
    }

    #[test]
    fn of_one_draft_the_last_word_counts() {
        let mut drafts = Drafts::default();
        drafts.save(draft("a"));
        drafts.drop(draft("").key);
        assert_eq!(drafts.unwritten(), (vec![], vec![draft("").key]));
        drafts.save(draft("b"));
        assert_eq!(drafts.unwritten(), (vec![draft("b")], vec![]));
    }

    #[test]
    fn what_was_submitted_does_not_come_back() {
        let mut drafts = Drafts::default();
        drafts.save(draft("a"));
        drafts.forget(draft("a").key);
        assert_eq!(drafts.due(), None);
    }
}
