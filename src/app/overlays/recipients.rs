//! To whom the reply goes by e-mail: a list in which each choice moves somebody on at once, and what is typed is
//! somebody new.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::{queue, recipients};
use crate::app::port::{DraftField, DraftKey};
use crate::app::update::Desk;
use crate::domain::identity::is_email;
use crate::domain::ids::CaseId;
use crate::domain::mail::{Address, Way};
use crate::domain::work::Kind;
use crate::lang;

const HOW: &str =
    tk!("<overlay-accept> moves the selected one on: to, cc, bcc, not at all. Type an address to add it.");

impl Desk<'_> {
    pub(in crate::app) fn open_recipients(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        self.m.composer.kind = Kind::Message;
        let items = self.recipient_items("");
        let title = t!("To whom the reply on {number} goes", number = queue::number(case));
        self.open_chooser(Chooser::new(Purpose::Recipients, title, lang::text(HOW), items).about(Some(case)));
    }

    fn recipient_items(&self, typed: &str) -> Vec<Item> {
        let before = recipients::before(self.m).unwrap_or_default();
        let now = recipients::now(self.m).unwrap_or_default();
        let item = |piece: &recipients::Piece| {
            let next = match piece.way {
                _ if piece.sign == '-' => Some(piece.way),
                Way::To => Some(Way::Cc),
                Way::Cc => Some(Way::Bcc),
                Way::Bcc => None,
            };
            let then = next.map_or(t!("take out"), Way::word);
            Item::new(Pick::Recipient(next, piece.who.clone()), piece.words()).detail(&piece.who.name).right(then)
        };
        let mut items: Vec<Item> = recipients::pieces(&before, &now).iter().map(item).collect();
        let add = |way: Way, who: &Address| {
            let label = t!("add {way} {who}", way = way.word(), who = &who.address);
            Item::new(Pick::Recipient(Some(way), who.clone()), label).detail(&who.name)
        };
        let known = self.known_addresses();
        let new = known.iter().filter(|a| now.find(&a.address).is_none() && before.find(&a.address).is_none());
        items.extend(new.map(|who| add(Way::Cc, who)));
        if let Some(who) = typed_address(typed).filter(|who| now.find(&who.address).is_none()) {
            items.retain(|i| !matches!(&i.pick, Pick::Recipient(_, known) if known.is(&who.address)));
            items.extend([Way::Cc, Way::To, Way::Bcc].map(|way| add(way, &who)));
        }
        if !now.same(&before) {
            items.push(Item::new(Pick::AsBefore, t!("as before")));
        }
        items
    }

    /// Addresses of the customer of the open case.
    fn known_addresses(&self) -> Vec<Address> {
        let contacts = self.m.customer.file.as_ref().and_then(|f| f.contacts.as_ref().map(|c| (&f.customer.name, c)));
        let all = contacts.into_iter().flat_map(|(name, c)| {
            c.emails.iter().map(|address| Address { name: name.clone(), address: address.clone() })
        });
        all.filter(Address::is_good).collect()
    }

    /// What is typed finds somebody, or is somebody new.
    pub(in crate::app) fn recipients_typed(&mut self) {
        let Some(typed) = self.chooser_mut().map(|c| c.field.text().trim().to_owned()) else { return };
        let items = self.recipient_items(&typed);
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
        }
    }

    /// Moves who was chosen on, and stays open.
    pub(in crate::app) fn recipient_chosen(&mut self, pick: Pick) {
        let Some(case) = self.m.conversation.case else { return };
        let mut now = recipients::now(self.m).unwrap_or_default();
        let mut chosen = None;
        match pick {
            Pick::Recipient(way, who) => {
                match way {
                    Some(way) => now.put(way, who.clone()),
                    None => now.remove(&who.address),
                }
                chosen = Some(who);
            }
            Pick::AsBefore => now = recipients::before(self.m).unwrap_or_default(),
            _ => return,
        }
        let same = recipients::before(self.m).is_some_and(|before| before.same(&now));
        self.name_recipients(case, (!same).then_some(&now));
        let items = self.recipient_items("");
        if let Some(chooser) = self.chooser_mut() {
            let is = |i: &Item| matches!((&i.pick, &chosen), (Pick::Recipient(_, a), Some(b)) if a.is(&b.address));
            let at = items.iter().position(is).unwrap_or_default();
            chooser.field.clear();
            chooser.items = items;
            chooser.filter();
            let len = chooser.shown.len();
            chooser.list.select(at, len);
        }
    }

    /// Notes beside the reply being written to whom it goes.
    pub(in crate::app) fn name_recipients(&mut self, case: CaseId, to: Option<&crate::domain::mail::Recipients>) {
        let key = DraftKey::new(case, DraftField::Reply);
        let (base, before) = (self.newest_seen(case), recipients::before(self.m));
        let written = self.m.drafts.entry(key).or_default();
        if written.field.is_blank() {
            written.base = base;
        }
        recipients::set(&mut written.meta, to);
        if to.is_none() {
            recipients::show(&mut written.meta, before.as_ref().filter(|_| !written.field.is_blank()));
        }
        self.keep(key);
    }
}

/// `dana@x.org` or `Dana Holt <dana@x.org>`, when it is one.
fn typed_address(typed: &str) -> Option<Address> {
    let (name, address) = match typed.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches('>').trim()),
        None => ("", typed),
    };
    let who = Address { name: name.to_owned(), address: address.to_owned() };
    (is_email(address) && who.is_good()).then_some(who)
}

#[cfg(test)]
mod tests {
    use super::typed_address;

    #[test]
    fn an_address_may_be_typed_with_its_name() {
        let who = typed_address("Dana Holt <dana@x.org>").expect("one");
        assert_eq!((who.name.as_str(), who.address.as_str()), ("Dana Holt", "dana@x.org"));
        assert_eq!(typed_address("dana@x.org").expect("one").name, "");
        for odd in ["dana", "Dana <dana>", "a@x.org, b@x.org", "", "\u{1b}[31m <dana@x.org>"] {
            assert_eq!(typed_address(odd), None, "{odd:?}");
        }
    }
}
