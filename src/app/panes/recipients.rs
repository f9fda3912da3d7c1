//! To whom the reply being written goes by e-mail, and what of that differs from the last mail. What was changed is
//! one of the choices kept beside the draft's words.

use super::composer;
use crate::app::model::Model;
use crate::app::port::{DraftField, DraftKey};
use crate::app::stock::used;
use crate::domain::mail::{Address, Correspondents, Recipients, Way};
use crate::domain::permit::{Right, allows};
use crate::domain::work::{Case, Channel, Kind, Phase};

/// Name of the choice beside a draft.
const CHOICE: &str = "to";
/// Name of what stood over the field when the first words were written.
const SHOWN: &str = "shown";

/// Somebody, and what is different about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// `+` is new, `-` no longer, blank as before.
    pub sign: char,
    /// How they get it.
    pub way: Way,
    /// Who.
    pub who: Address,
}

impl Piece {
    /// `+ cc lawyer@y.org`.
    pub fn words(&self) -> String {
        let (way, who) = (self.way.word(), &self.who.address);
        if self.sign == ' ' { format!("{way} {who}") } else { format!("{} {way} {who}", self.sign) }
    }
}

/// What was chosen beside a draft; `None` is as before.
pub fn read(meta: &str) -> Option<Recipients> {
    named(meta, CHOICE)
}

/// To whom a draft goes, whoever wrote meanwhile: those who were chosen, or stood there when its first words were
/// written. `None` where that was not to be seen.
pub fn meant(meta: &str) -> Option<Recipients> {
    read(meta).or_else(|| named(meta, SHOWN))
}

/// Notes beside a draft what stood there, or forgets it.
pub fn show(meta: &mut String, to: Option<&Recipients>) {
    used::put(meta, SHOWN, to.map(|to| serde_json::json!(to)));
}

fn named(meta: &str, key: &str) -> Option<Recipients> {
    let all: serde_json::Value = serde_json::from_str(meta).ok()?;
    serde_json::from_value(all.get(key)?.clone()).ok()
}

/// Says so beside a draft.
pub fn set(meta: &mut String, to: Option<&Recipients>) {
    used::put(meta, CHOICE, to.map(|to| serde_json::json!(to)));
}

/// Whether a reply on the open case goes by e-mail, as the rules see it.
pub fn by_mail(model: &Model) -> bool {
    let view = model.view();
    let Some(case) = model.conversation.case.and_then(|c| view.case(view.root(c))) else { return false };
    let held = |i: &&crate::domain::work::Interaction| i.owner.is_some() && !matches!(i.phase, Phase::WrapUp { .. });
    view.interactions_of(case.id).find(held).map_or(case.channel, |i| i.channel) == Channel::Email
}

/// Those of the newest mail on the open case, when they are known here; before there is one, the customer.
pub fn before(model: &Model) -> Option<Recipients> {
    let view = model.view();
    let case = view.case(view.root(model.conversation.case?)).filter(|_| by_mail(model))?;
    let known = view.correspondents(case.id).map(Correspondents::recipients).filter(|known| !known.to.is_empty());
    known.or_else(|| customers_own(model, case))
}

/// The customer's own address, where it may be seen.
fn customers_own(model: &Model, case: &Case) -> Option<Recipients> {
    let (file, whose) = (model.customer.file.as_ref()?, case.customer?);
    let theirs = file.customer.id == whose || file.held.iter().any(|(held, _)| held.id == whose);
    let address = file.contacts.as_ref().filter(|_| theirs)?.emails.first()?.clone();
    Some(Recipients { to: vec![Address { name: file.customer.name.clone(), address }], ..Recipients::default() })
}

/// Those the reply being written on the open case goes to.
pub fn now(model: &Model) -> Option<Recipients> {
    let key = DraftKey::new(model.conversation.case?, DraftField::Reply);
    model.drafts.get(&key).and_then(|written| meant(&written.meta)).or_else(|| before(model))
}

/// What is, and what differs: those who stay, those who are new, those who get it no longer.
pub fn pieces(before: &Recipients, now: &Recipients) -> Vec<Piece> {
    let piece = |sign, (way, who): (Way, &Address)| Piece { sign, way, who: who.clone() };
    let stays = |(way, who): &(Way, &Address)| before.of(*way).iter().any(|a| a.is(&who.address));
    let gone = |(_, who): &(Way, &Address)| now.find(&who.address).is_none();
    let here = now.all().map(|found| piece(if stays(&found) { ' ' } else { '+' }, found));
    here.chain(before.all().filter(gone).map(|found| piece('-', found))).collect()
}

/// The line over the reply field: words, and whether they say a difference; what does not fit is counted. `None`
/// where nothing is known of addresses, or it is a note.
pub fn line(model: &Model, cells: usize) -> Option<Vec<(String, bool)>> {
    if model.composer.kind != Kind::Message || !by_mail(model) || composer::reply_barrier(model).is_some() {
        return None;
    }
    let Some(now) = now(model) else {
        let role = model.me().and_then(|me| model.view().agent(me)).map(|a| a.role);
        let blind = role.is_some_and(|role| !allows(role, Right::SeeContacts));
        return blind.then(|| vec![(t!("to those the last mail went to").to_owned(), false)]);
    };
    let before = before(model).unwrap_or_default();
    let mut pieces = pieces(&before, &now);
    // What differs comes first after whom it is written to: it is what must not be cut off.
    pieces.sort_by_key(|p| (p.way != Way::To || p.sign != ' ', p.sign == ' '));
    Some(fitting(&pieces, cells))
}

fn fitting(pieces: &[Piece], cells: usize) -> Vec<(String, bool)> {
    let mut line: Vec<(String, bool)> = Vec::new();
    let mut used = 0;
    for (n, piece) in pieces.iter().enumerate() {
        let (words, left) = (piece.words(), pieces.len() - n);
        let width = words.chars().count() + if n == 0 { 0 } else { 3 };
        // Room for the count of those that follow.
        let more = if left > 1 { 12 } else { 0 };
        if n > 0 && used + width + more > cells {
            let differs = pieces[n..].iter().any(|p| p.sign != ' ');
            line.push((tn!(left, "1 more", "{n} more"), differs));
            break;
        }
        used += width;
        line.push((words, piece.sign != ' '));
    }
    line
}

/// All of them in a line, as they are told in the thread.
pub fn listed(to: &Recipients) -> String {
    let words: Vec<String> = to.all().map(|(way, who)| format!("{} {}", way.word(), who.address)).collect();
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(all: &[&str]) -> Vec<Address> {
        all.iter().map(|a| Address { name: String::new(), address: (*a).into() }).collect()
    }

    fn words(before: &Recipients, now: &Recipients, cells: usize) -> String {
        let line = fitting(&pieces(before, now), cells);
        line.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(" · ")
    }

    #[test]
    fn what_differs_has_a_sign_and_what_does_not_fit_a_count() {
        let before = Recipients { to: list(&["dana@x.org"]), cc: list(&["bob@x.org"]), bcc: vec![] };
        assert_eq!(words(&before, &before, 80), "to dana@x.org · cc bob@x.org");
        let now = Recipients { to: list(&["DANA@x.org"]), cc: list(&["lawyer@y.org"]), bcc: list(&["me@z.org"]) };
        assert_eq!(words(&before, &now, 80), "to DANA@x.org · + cc lawyer@y.org · + bcc me@z.org · - cc bob@x.org");
        assert_eq!(words(&before, &now, 45), "to DANA@x.org · + cc lawyer@y.org · 2 more");
        let moved = Recipients { to: list(&["bob@x.org"]), cc: list(&["dana@x.org"]), bcc: vec![] };
        assert_eq!(words(&before, &moved, 80), "+ to bob@x.org · + cc dana@x.org");
    }

    #[test]
    fn the_choice_lies_beside_what_else_was_chosen() {
        let mut meta = String::new();
        used::add(&mut meta, &[crate::domain::ids::StockId(3)]);
        let to = Recipients { to: list(&["dana@x.org"]), ..Recipients::default() };
        set(&mut meta, Some(&to));
        assert_eq!((read(&meta), used::read(&meta).len()), (Some(to.clone()), 1));
        used::clear(&mut meta);
        assert_eq!((read(&meta), used::read(&meta).len()), (Some(to), 0));
        set(&mut meta, None);
        assert_eq!(meta, "");
    }
}
