//! The composer: a reply or a note on the open case. Each case keeps one draft of each.

use crate::app::port::DraftField;
use crate::domain::work::Kind;

/// The pane; the words are in [`crate::app::model::Model::drafts`].
#[derive(Debug, Clone)]
pub struct Composer {
    /// Reply ([`Kind::Message`]) or note.
    pub kind: Kind,
}

impl Default for Composer {
    fn default() -> Composer {
        Composer { kind: Kind::Message }
    }
}

impl Composer {
    /// Which draft it writes.
    pub fn field(&self) -> DraftField {
        match self.kind {
            Kind::Message => DraftField::Reply,
            Kind::Note => DraftField::Note,
        }
    }

    /// The words in its border.
    pub fn label(&self) -> &'static str {
        match self.kind {
            Kind::Message => "reply to customer",
            Kind::Note => "note, team only",
        }
    }
}
