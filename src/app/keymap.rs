//! Which key does what: the table of [`super::action`], with the user's changes, searched along a stack of contexts.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Context, TABLE};
use super::key::Key;
use super::presets::Preset;
use super::text::takes;

/// A user's change: in this context, this action has these keys instead of the table's. `none` leaves it without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// `[keys.<context>]`, by [`Context::word`].
    pub context: String,
    /// The action's name.
    pub action: String,
    /// Key names; sequences with a space.
    pub keys: Vec<String>,
}

/// Something wrong with an [`Override`]; the rest still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which context, as written.
    pub context: String,
    /// Which action, as written.
    pub action: String,
    /// What is wrong, in words.
    pub because: String,
    /// The action that has the key already, if that is what is wrong.
    pub other: Option<Action>,
}

/// What a key means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// This.
    Act(Action),
    /// The start of something: what may follow.
    Begins,
    /// Nothing.
    Nothing,
}

/// Keys to actions, by context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    binds: BTreeMap<(Context, Vec<Key>), Action>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let mut binds = BTreeMap::new();
        for entry in TABLE {
            for (context, keys) in entry.defaults() {
                binds.insert((context, keys), entry.action);
            }
        }
        Keymap { binds }
    }
}

impl Keymap {
    /// The table with a preset's keys and a user's changes. A key given to another action is taken from the one the table gave it to;
    /// two of the user's own actions on one key are reported, and the first keeps it.
    pub fn with(preset: Preset, overrides: &[Override]) -> (Keymap, Vec<Problem>) {
        let mut map = Keymap::default();
        map.add(preset);
        let mut problems = Vec::new();
        let mut given: BTreeMap<(Context, Vec<Key>), Action> = BTreeMap::new();
        let mut report = |o: &Override, because: String, other: Option<Action>| {
            problems.push(Problem { context: o.context.clone(), action: o.action.clone(), because, other });
        };
        for o in overrides {
            let Some(context) = Context::from_word(&o.context) else {
                let words: Vec<_> = Context::ALL.iter().map(|c| c.word()).collect();
                report(o, format!("`{}` is no context; there are {}", o.context, words.join(", ")), None);
                continue;
            };
            let Some(action) = Action::from_name(&o.action) else {
                let near = nearest(&o.action).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
                report(o, format!("`{}` is no action{near}", o.action), None);
                continue;
            };
            map.binds.retain(|(c, _), a| !(*c == context && *a == action));
            for name in o.keys.iter().filter(|k| k.as_str() != "none") {
                let keys = match Key::parse_sequence(name) {
                    Ok(keys) if !keys.is_empty() => keys,
                    Ok(_) => {
                        report(o, "an empty key".to_owned(), None);
                        continue;
                    }
                    Err(because) => {
                        report(o, because, None);
                        continue;
                    }
                };
                let slot = (context, keys);
                // One begins with the other: the shorter would always be meant.
                let hides = given.iter().find(|((c, keys), a)| {
                    *c == context
                        && **a != action
                        && *keys != slot.1
                        && (keys.starts_with(&slot.1) || slot.1.starts_with(keys))
                });
                match (given.get(&slot), hides) {
                    (Some(other), _) if *other != action => {
                        let why = format!("`{name}` is already given to {} here", other.entry().name);
                        report(o, why, Some(*other));
                    }
                    (_, Some(((_, keys), other))) => {
                        let why = format!("`{name}` and `{}` of {} begin alike", self::name(keys), other.entry().name);
                        report(o, why, Some(*other));
                    }
                    _ => {
                        given.insert(slot.clone(), action);
                        map.binds.insert(slot, action);
                    }
                }
            }
        }
        map.give_way(&given.into_keys().collect());
        (map, problems)
    }

    /// A preset's keys beside the table's.
    fn add(&mut self, preset: Preset) {
        let mut given = BTreeSet::new();
        for (context, action, names) in preset.binds() {
            for name in names.split(',') {
                let keys = Key::parse_sequence(name).expect("invariant: a test reads every preset's keys");
                self.binds.insert((*context, keys.clone()), *action);
                given.insert((*context, keys));
            }
        }
        self.give_way(&given);
    }

    /// A key that was given also goes before a sequence that begins with it, and the other way round.
    fn give_way(&mut self, given: &BTreeSet<(Context, Vec<Key>)>) {
        self.binds.retain(|slot, _| {
            given.contains(slot)
                || !given.iter().any(|(c, keys)| {
                    *c == slot.0 && *keys != slot.1 && (slot.1.starts_with(keys) || keys.starts_with(&slot.1))
                })
        });
    }

    /// What the keys pressed so far mean, top of the stack first. While `typing`, a printable key means nothing
    /// here unless something was begun with a chord.
    pub fn meaning(&self, stack: &[Context], pressed: &[Key], typing: bool) -> Meaning {
        if typing && pressed.first().is_some_and(|k| k.printable().is_some()) {
            return Meaning::Nothing;
        }
        for context in stack {
            if let Some(action) = self.binds.get(&(*context, pressed.to_vec())) {
                return Meaning::Act(*action);
            }
            if self.follows(*context, pressed).next().is_some() {
                return Meaning::Begins;
            }
        }
        Meaning::Nothing
    }

    /// What may follow the keys pressed so far, for the which-key box: the next key and its action.
    pub fn continuations(&self, stack: &[Context], pressed: &[Key]) -> Vec<(Key, Action)> {
        let mut found: Vec<(Key, Action)> = Vec::new();
        for context in stack {
            for (keys, action) in self.follows(*context, pressed) {
                let next = keys[pressed.len()];
                if !found.iter().any(|(k, _)| *k == next) {
                    found.push((next, action));
                }
            }
        }
        found
    }

    /// Keys of an action in a context, the table's order lost, shortest first.
    pub fn keys(&self, context: Context, action: Action) -> Vec<Vec<Key>> {
        let mut keys: Vec<_> = self
            .binds
            .iter()
            .filter(|((c, _), a)| *c == context && **a == action)
            .map(|((_, k), _)| k.clone())
            .collect();
        keys.sort_by_key(|k| (k.len(), rank(k[0])));
        keys
    }

    /// The key to show for an action where `stack` holds; while `typing`, one that works there.
    pub fn shown(&self, stack: &[Context], action: Action, typing: bool) -> Option<String> {
        stack
            .iter()
            .flat_map(|c| self.keys(*c, action).into_iter().map(move |keys| (*c, keys)))
            .filter(|(c, keys)| !(typing && *c == Context::Global && keys.first().is_some_and(|k| takes(*k))))
            .find(|(_, keys)| self.meaning(stack, keys, typing) == Meaning::Act(action))
            .map(|(_, keys)| name(&keys))
    }

    /// Everything, for `cordboard keys` and tests.
    pub fn all(&self) -> impl Iterator<Item = (Context, &[Key], Action)> {
        self.binds.iter().map(|((context, keys), action)| (*context, keys.as_slice(), *action))
    }

    fn follows<'a>(&'a self, context: Context, pressed: &'a [Key]) -> impl Iterator<Item = (&'a [Key], Action)> + 'a {
        self.binds
            .range((context, pressed.to_vec())..)
            .take_while(move |((c, keys), _)| *c == context && keys.starts_with(pressed))
            .filter(move |((_, keys), _)| keys.len() > pressed.len())
            .map(|((_, keys), action)| (keys.as_slice(), *action))
    }
}

/// A sequence as people read it.
pub fn name(keys: &[Key]) -> String {
    keys.iter().map(|k| super::key::label(*k)).collect::<Vec<_>>().join(" ")
}

/// Letters before chords before the rest, so that hints show the shortest thing to press.
fn rank(key: Key) -> (bool, bool, Key) {
    (key.printable().is_none(), key.ctrl || key.alt, key)
}

/// The action whose name is nearest, if it is near enough to be a slip.
fn nearest(name: &str) -> Option<&'static str> {
    let far = |other: &str| distance(other.as_bytes(), name.as_bytes());
    TABLE.iter().map(|e| (far(e.name), e.name)).min().filter(|(d, _)| *d <= 3).map(|(_, n)| n)
}

/// Letters to put in, take out or change to make one of the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &str) -> Vec<Key> {
        Key::parse_sequence(names).expect("a key")
    }

    fn change(context: &str, action: &str, keys: &[&str]) -> Override {
        Override {
            context: context.into(),
            action: action.into(),
            keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        }
    }

    #[test]
    fn the_table_has_no_conflicts() {
        let total: usize = TABLE.iter().map(|e| e.defaults().count()).sum();
        assert_eq!(Keymap::default().binds.len(), total, "one key twice in a context");
        let map = Keymap::default();
        for (context, keys, action) in map.all() {
            for n in 1..keys.len() {
                assert_eq!(map.meaning(&[context], &keys[..n], false), Meaning::Begins, "{action:?}");
            }
        }
    }

    #[test]
    fn the_top_of_the_stack_wins() {
        let map = Keymap::default();
        let queue = [Context::Queue, Context::Global];
        let offered = [Context::Offer, Context::Queue, Context::Global];
        assert_eq!(map.meaning(&queue, &keys("a"), false), Meaning::Act(Action::TakeSelected));
        assert_eq!(map.meaning(&offered, &keys("a"), false), Meaning::Act(Action::AcceptOffer));
        assert_eq!(map.meaning(&queue, &keys("g"), false), Meaning::Begins);
        assert_eq!(map.meaning(&queue, &keys("g q"), false), Meaning::Act(Action::GoQueue));
        assert_eq!(map.meaning(&queue, &keys("g ~"), false), Meaning::Nothing);
        assert!(map.continuations(&queue, &keys("g")).iter().any(|(_, a)| *a == Action::FindCase));
    }

    #[test]
    fn letters_type_in_a_text_field_and_chords_work() {
        let map = Keymap::default();
        let composer = [Context::Composer, Context::Global];
        assert_eq!(map.meaning(&composer, &keys("a"), true), Meaning::Nothing);
        assert_eq!(map.meaning(&composer, &keys("space"), true), Meaning::Nothing);
        assert_eq!(map.meaning(&composer, &keys("f2"), true), Meaning::Act(Action::AcceptOffer));
        assert_eq!(map.meaning(&composer, &keys("ctrl-x ctrl-e"), true), Meaning::Act(Action::OpenEditor));
        assert_eq!(map.shown(&composer, Action::Hold, true).as_deref(), Some("F3"));
        assert_eq!(map.shown(&composer, Action::Hold, false).as_deref(), Some("h"));
        assert_eq!(map.shown(&composer, Action::Reply, true), None);
    }

    #[test]
    fn users_change_keys_and_hear_of_conflicts() {
        let (map, problems) = Keymap::with(
            Preset::Default,
            &[
                change("global", "reply", &["v"]),
                change("global", "note", &["none"]),
                change("global", "snooze", &["v"]),
                change("global", "replly", &["m"]),
                change("nowhere", "reply", &["m"]),
                change("global", "tags", &["hyper-t"]),
                change("global", "hold", &["g"]),
                change("global", "transfer", &["g o"]),
            ],
        );
        let stack = [Context::Global];
        assert_eq!(map.meaning(&stack, &keys("v"), false), Meaning::Act(Action::Reply));
        assert_eq!(map.meaning(&stack, &keys("r"), false), Meaning::Nothing);
        assert_eq!(map.meaning(&stack, &keys("n"), false), Meaning::Nothing);
        assert_eq!(map.meaning(&stack, &keys("g"), false), Meaning::Act(Action::Hold));
        let words: Vec<_> = problems.iter().map(|p| p.because.as_str()).collect();
        assert_eq!(problems.len(), 5, "{words:?}");
        assert!(words[0].contains("already given to reply"));
        assert!(words[1].contains("did you mean `reply`"));
        assert!(words[2].contains("is no context"));
        assert!(words[3].contains("no modifier"));
        assert!(words[4].contains("begin alike"), "{words:?}");
        assert_eq!(problems.iter().map(|p| p.other).collect::<Vec<_>>()[..2], [Some(Action::Reply), None]);
    }
}
