//! The words of the desk in the language of whoever sits at it.
//!
//! The English template in the source is the key: `t!("{n} waiting", n)`. Every room may use it; it knows none of
//! them, nor what a template is for. Which language is spoken belongs to the thread: a server's threads and tests
//! speak English, those of a desk follow what was chosen for the desk. One invariant: a template without a
//! translation reads in English; nothing here fails. Start reading at [`text`].

#[macro_use]
mod macros;

mod catalogue;
mod file;
mod packed;
mod plural;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt::{Display, Write as _};
use std::sync::{PoisonError, RwLock};

pub use catalogue::Catalogue;
pub use file::Fault;
pub use packed::{LANGUAGES, Language, templates};
pub use plural::{Category, categories, category};

/// What a thread speaks.
#[derive(Clone, Copy)]
enum Tongue {
    /// As the source has it.
    English,
    /// What was chosen for the desk.
    Desk,
    /// This, whatever the desk speaks.
    Own(&'static Catalogue),
}

thread_local! {
    static TONGUE: Cell<Tongue> = const { Cell::new(Tongue::English) };
}

static DESK: RwLock<Option<&'static Catalogue>> = RwLock::new(None);

fn current() -> Option<&'static Catalogue> {
    match TONGUE.get() {
        Tongue::English => None,
        Tongue::Desk => *DESK.read().unwrap_or_else(PoisonError::into_inner),
        Tongue::Own(catalogue) => Some(catalogue),
    }
}

/// Chooses the language of the desk; `None` is English as the source has it. Whether it is another than before.
pub fn choose(catalogue: Option<&'static Catalogue>) -> bool {
    let before = std::mem::replace(&mut *DESK.write().unwrap_or_else(PoisonError::into_inner), catalogue);
    before.map(std::ptr::from_ref) != catalogue.map(std::ptr::from_ref)
}

/// From now on this thread speaks what was chosen for the desk.
pub fn follow_desk() {
    TONGUE.set(Tongue::Desk);
}

/// Whether this thread speaks what was chosen for the desk; a thread it starts on the desk's behalf should too.
pub fn follows_desk() -> bool {
    matches!(TONGUE.get(), Tongue::Desk)
}

/// Speaks a language of its own while something runs, on this thread only.
pub fn speaking<T>(catalogue: &'static Catalogue, run: impl FnOnce() -> T) -> T {
    struct Back(Tongue);
    impl Drop for Back {
        fn drop(&mut self) {
            TONGUE.set(self.0);
        }
    }
    let _back = Back(TONGUE.replace(Tongue::Own(catalogue)));
    run()
}

/// The code of the language spoken here: `en`, `de`.
pub fn code() -> &'static str {
    current().map_or("en", Catalogue::code)
}

/// A template in the language spoken here. One of a table's words is marked there with `tk!`.
pub fn text(template: &'static str) -> &'static str {
    text_in(template, template)
}

/// The same for a template that means different things in different places: `key` is `place|template`.
pub fn text_in(key: &'static str, template: &'static str) -> &'static str {
    current().and_then(|c| c.text(key)).unwrap_or(template)
}

/// A template with its slots filled.
pub fn fill(template: &'static str, slots: &[(&str, &dyn Display)]) -> String {
    filled(text(template), slots)
}

/// [`fill`] for a template that means different things in different places.
pub fn fill_in(key: &'static str, template: &'static str, slots: &[(&str, &dyn Display)]) -> String {
    filled(text_in(key, template), slots)
}

/// The form for a number, with its slots filled; `n` is the number.
pub fn count(n: u64, one: &'static str, other: &'static str, slots: &[(&str, &dyn Display)]) -> String {
    let form = current().and_then(|c| c.form(other, n)).unwrap_or(if n == 1 { one } else { other });
    let mut all: Vec<(&str, &dyn Display)> = vec![("n", &n)];
    all.extend_from_slice(slots);
    filled(form, &all)
}

/// A number of things, as [`count`] wants it; a negative one counts like very many.
pub fn counted<N: TryInto<u64>>(n: N) -> u64 {
    n.try_into().unwrap_or(u64::MAX)
}

fn filled(template: &str, slots: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(template.len() + 16 * slots.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let slot = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = slots.iter().find(|(slot, _)| *slot == name)?;
            Some((value, after))
        });
        match slot {
            Some((value, after)) => {
                // Writing into a string does not fail.
                write!(out, "{value}").ok();
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A template with its slots filled, in English wherever it is: words that are stored or sent, and put into the
/// reader's language by [`heard`].
pub fn plain(template: &str, slots: &[(&str, &dyn Display)]) -> String {
    filled(template, slots)
}

/// English words that were stored or sent, in the language spoken here; as they are where nobody has translated them.
/// Words with something filled in are known by what stands around it.
pub fn heard(words: &str) -> String {
    let said = current().and_then(|c| {
        let (template, mut slots) = c.heard(words)?;
        // What was filled in may be words of ours too; names begin with a capital.
        for (_, value) in &mut slots {
            let ours = c.text(value).filter(|_| value.starts_with(char::is_lowercase));
            *value = ours.unwrap_or(value);
        }
        let slots: Vec<(&str, &dyn Display)> = slots.iter().map(|(name, v)| (*name, v as &dyn Display)).collect();
        Some(filled(template, &slots))
    });
    said.unwrap_or_else(|| words.to_owned())
}

/// [`heard`], line by line.
pub fn heard_lines(words: &str) -> String {
    words.lines().map(heard).collect::<Vec<_>>().join("\n")
}

/// The names of a template's slots, sorted.
pub fn slots(template: &str) -> Vec<&str> {
    let mut names: Vec<&str> = template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
