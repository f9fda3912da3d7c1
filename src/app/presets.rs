//! Keys that people bring along from another desk or editor. It knows names of keys, not who asked for them.
//!
//! A preset adds keys to the table's: what people know works, and so does what help and hints of the desk say, but for
//! the keys that both want; those are the preset's. Where the other program needs a chord that a plain terminal cannot
//! send (Ctrl-Alt, Ctrl-Shift), the same letter stands with Alt. Invariant: no action is left without a key or a place
//! in the palette.

use super::action::{Action as A, Context};

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// The desk's own.
    #[default]
    Default,
    /// Those of vi and its kin.
    Vim,
    /// Those of Emacs.
    Emacs,
    /// Those of Zendesk's agent workspace.
    Zendesk,
    /// Those of Chatwoot's web desk.
    Chatwoot,
    /// Those of Zammad, as of 2024.
    Zammad,
}

/// One action's further keys in a context, written as in the table.
pub type Bind = (Context, A, &'static str);

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 6] =
        [Preset::Default, Preset::Vim, Preset::Emacs, Preset::Zendesk, Preset::Chatwoot, Preset::Zammad];

    /// What it adds.
    pub fn binds(self) -> &'static [Bind] {
        match self {
            Preset::Default => &[],
            Preset::Vim => VIM,
            Preset::Emacs => EMACS,
            Preset::Zendesk => ZENDESK,
            Preset::Chatwoot => CHATWOOT,
            Preset::Zammad => ZAMMAD,
        }
    }
}

const VIM: &[Bind] = &[
    (Context::Global, A::Reply, "i"),
    (Context::Global, A::PageDown, "ctrl-f"),
    (Context::Global, A::PageUp, "ctrl-b"),
    (Context::Global, A::NextPane, "ctrl-w w, ctrl-w l"),
    (Context::Global, A::PreviousPane, "ctrl-w p, ctrl-w h"),
    (Context::Global, A::GoWrapUp, "ctrl-w j"),
    (Context::Global, A::GoConversation, "ctrl-w k"),
    (Context::Global, A::NextContact, "g t"),
    (Context::Global, A::Quit, "Z Z, Z Q"),
    (Context::Knowledge, A::InsertArticle, "p"),
    (Context::Overlay, A::OverlayUp, "ctrl-p"),
    (Context::Overlay, A::OverlayPageDown, "ctrl-f, ctrl-d"),
    (Context::Overlay, A::OverlayPageUp, "ctrl-b, ctrl-u"),
];

const EMACS: &[Bind] = &[
    (Context::Global, A::Down, "ctrl-n"),
    (Context::Global, A::Up, "ctrl-p"),
    (Context::Global, A::PageDown, "ctrl-v"),
    (Context::Global, A::PageUp, "alt-v"),
    (Context::Global, A::First, "alt-<"),
    (Context::Global, A::Last, "alt->"),
    (Context::Global, A::Palette, "alt-x"),
    (Context::Global, A::Leave, "ctrl-g"),
    (Context::Global, A::FindArticle, "ctrl-s"),
    (Context::Global, A::FindCase, "ctrl-x ctrl-f"),
    (Context::Global, A::NextPane, "ctrl-x o"),
    (Context::Global, A::NextContact, "ctrl-x b"),
    (Context::Global, A::Undo, "ctrl-x u"),
    (Context::Global, A::Quit, "ctrl-x ctrl-c"),
    (Context::Composer, A::Send, "ctrl-c ctrl-c"),
    (Context::WrapUp, A::FinishWrapUp, "ctrl-c ctrl-c"),
    (Context::Overlay, A::OverlayConfirm, "ctrl-c ctrl-c"),
    (Context::Overlay, A::OverlayUp, "ctrl-p"),
    (Context::Overlay, A::OverlayPageDown, "ctrl-v"),
    (Context::Overlay, A::OverlayPageUp, "alt-v"),
    (Context::Overlay, A::OverlayClose, "ctrl-g"),
];

const ZENDESK: &[Bind] = &[
    (Context::Global, A::Reply, "alt-c"),
    (Context::Global, A::Note, "alt-x"),
    (Context::Global, A::Status, "alt-s, alt-o, alt-p, alt-d"),
    (Context::Global, A::FindCase, "alt-f"),
    (Context::Global, A::WrapUp, "alt-w"),
    (Context::Global, A::Views, "alt-v"),
];

const CHATWOOT: &[Bind] = &[
    (Context::Global, A::Down, "alt-j"),
    (Context::Global, A::Up, "alt-k"),
    (Context::Global, A::Reply, "alt-l"),
    (Context::Global, A::Note, "alt-p"),
    (Context::Global, A::WrapUp, "alt-e"),
    (Context::Global, A::Snooze, "alt-m"),
    (Context::Global, A::GoQueue, "alt-c"),
    (Context::Global, A::FindCustomer, "alt-v"),
    (Context::Global, A::MyDay, "alt-r"),
    (Context::Global, A::GoCustomer, "alt-o"),
];

const ZAMMAD: &[Bind] = &[
    (Context::Global, A::Note, "i"),
    (Context::Global, A::FindCase, "s"),
    (Context::Global, A::CopyId, "."),
    (Context::Global, A::MyDay, "h"),
    (Context::Global, A::GoQueue, "o"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::app::action::TABLE;
    use crate::app::key::{Code, Key};
    use crate::app::keymap::{Keymap, Meaning};

    #[test]
    fn what_people_know_works_and_nothing_is_out_of_reach() {
        for preset in Preset::ALL {
            let (map, problems) = Keymap::with(preset, &[]);
            assert!(problems.is_empty(), "{preset:?}: {problems:?}");
            for (context, action, names) in preset.binds() {
                for name in names.split(',') {
                    let keys = Key::parse_sequence(name).expect("a key");
                    assert_eq!(map.meaning(&[*context], &keys, false), Meaning::Act(*action), "{preset:?} {name}");
                }
            }
            let reached: BTreeSet<A> = map.all().map(|(_, _, action)| action).collect();
            for entry in TABLE {
                assert!(reached.contains(&entry.action), "{preset:?}: {}", entry.name);
            }
            for (context, keys, action) in map.all() {
                for n in 1..keys.len() {
                    assert_eq!(map.meaning(&[context], &keys[..n], false), Meaning::Begins, "{preset:?}: {action:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_needs_a_chord_a_plain_terminal_cannot_send() {
        for preset in Preset::ALL {
            for (_, action, names) in preset.binds() {
                for key in names.split(',').flat_map(|name| Key::parse_sequence(name).expect("a key")) {
                    let Code::Char(c) = key.code else { continue };
                    assert!(!(key.ctrl && (key.alt || "mihj[".contains(c))), "{preset:?} {action:?}: {key}");
                }
            }
        }
    }

    #[test]
    fn a_users_own_key_goes_before_the_presets() {
        let own =
            crate::app::keymap::Override { context: "global".into(), action: "tags".into(), keys: vec!["i".into()] };
        let (map, problems) = Keymap::with(Preset::Vim, &[own]);
        assert!(problems.is_empty(), "{problems:?}");
        let key = Key::parse_sequence("i").expect("a key");
        assert_eq!(map.meaning(&[Context::Global], &key, false), Meaning::Act(A::Tags));
    }
}
