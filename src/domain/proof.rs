//! How well we know who a customer is: what the outside says of it, by what they were found, and whose word it is.
//!
//! Invariant: what somebody merely says of themselves never makes them a customer who is known already; an agent asks.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, CustomerId};
use super::time::At;

/// What stands behind who a customer is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Typed by whoever it was.
    #[default]
    Said,
    /// It came from this address or number, which can be forged.
    Address,
    /// The firm's own site signed it, or the gateway vouches for it.
    Proven,
}

impl Proof {
    /// Every one, the weakest first.
    pub const ALL: [Proof; 3] = [Proof::Said, Proof::Address, Proof::Proven];

    /// The word used by gateways and in files.
    pub fn word(self) -> &'static str {
        match self {
            Proof::Said => "said",
            Proof::Address => "address",
            Proof::Proven => "proven",
        }
    }

    /// Reads [`Proof::word`].
    pub fn from_word(word: &str) -> Option<Proof> {
        Proof::ALL.into_iter().find(|p| p.word() == word)
    }

    /// Whether what names exactly one customer makes it them. Where the site vouches for a reference, whatever else
    /// was given beside it was only typed.
    pub fn attaches(self, clue: Clue, with_reference: bool) -> bool {
        match self {
            Proof::Said => false,
            Proof::Address => true,
            Proof::Proven => clue == Clue::Reference || !with_reference,
        }
    }
}

/// What a customer can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clue {
    /// The firm's reference.
    Reference,
    /// A phone number.
    Number,
    /// An e-mail address.
    Address,
}

/// How well we know who the customer of an interaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Known {
    /// What the outside said of it.
    pub proof: Proof,
    /// What they, or those who they may be, were found by.
    pub clue: Option<Clue>,
    /// Who here said that it is they, and when.
    pub told: Option<(AgentId, At)>,
}

/// Who someone is, by what was found for what they gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Match {
    /// They, if it is certain enough.
    pub customer: Option<CustomerId>,
    /// Who they may be, sorted.
    pub maybe: Vec<CustomerId>,
    /// What they were found by.
    pub clue: Option<Clue>,
}

/// Customers at most that someone may be; more would tell an agent nothing.
const MAYBE: usize = 5;

/// Who someone is. `found` is what they gave, in the order of weight, with those it is known of.
pub fn recognise(proof: Proof, found: &[(Clue, Vec<CustomerId>)]) -> Match {
    let with_reference = found.iter().any(|(clue, _)| *clue == Clue::Reference);
    let sure = |(clue, known): &(Clue, Vec<CustomerId>)| match known[..] {
        [one] if proof.attaches(*clue, with_reference) => Some((one, *clue)),
        _ => None,
    };
    if let Some((one, clue)) = found.iter().find_map(sure) {
        return Match { customer: Some(one), maybe: Vec::new(), clue: Some(clue) };
    }
    let mut maybe: Vec<CustomerId> = found.iter().flat_map(|(_, known)| known).copied().collect();
    maybe.sort_unstable();
    maybe.dedup();
    maybe.truncate(MAYBE);
    let clue = found.iter().find(|(_, known)| !known.is_empty()).map(|(clue, _)| *clue);
    Match { customer: None, maybe, clue }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DANA: CustomerId = CustomerId(1);
    const DAN: CustomerId = CustomerId(2);

    fn sure(clue: Clue) -> Match {
        Match { customer: Some(DANA), maybe: Vec::new(), clue: Some(clue) }
    }

    #[test]
    fn an_address_makes_a_customer_as_long_as_it_is_one_persons() {
        let of = |found: &[(Clue, Vec<CustomerId>)]| recognise(Proof::Address, found);
        assert_eq!(of(&[(Clue::Address, vec![DANA])]), sure(Clue::Address));
        assert_eq!(of(&[(Clue::Number, vec![DANA, DAN]), (Clue::Address, vec![DANA])]), sure(Clue::Address));
        let both = Match { customer: None, maybe: vec![DANA, DAN], clue: Some(Clue::Address) };
        assert_eq!(of(&[(Clue::Number, vec![]), (Clue::Address, vec![DAN, DANA])]), both);
        assert_eq!(of(&[(Clue::Address, vec![])]), Match::default());
    }

    #[test]
    fn what_is_typed_beside_a_proven_reference_is_only_said() {
        let of = |found: &[(Clue, Vec<CustomerId>)]| recognise(Proof::Proven, found);
        assert_eq!(of(&[(Clue::Reference, vec![DANA]), (Clue::Address, vec![DAN])]), sure(Clue::Reference));
        let asked = Match { customer: None, maybe: vec![DAN], clue: Some(Clue::Address) };
        assert_eq!(of(&[(Clue::Reference, vec![]), (Clue::Address, vec![DAN])]), asked);
        assert_eq!(of(&[(Clue::Number, vec![DANA])]), sure(Clue::Number), "the gateway vouches for the number");
    }

    proptest! {
        #[test]
        fn what_is_only_said_makes_nobody_a_customer(known in prop::collection::vec((0usize..3, prop::collection::vec(1u64..6, 0..4)), 0..4)) {
            let clues = [Clue::Reference, Clue::Number, Clue::Address];
            let found: Vec<_> =
                known.iter().map(|(clue, ids)| (clues[*clue], ids.iter().copied().map(CustomerId).collect::<Vec<_>>())).collect();
            let said = recognise(Proof::Said, &found);
            prop_assert_eq!(said.customer, None);
            let all = found.iter().flat_map(|(_, ids)| ids);
            prop_assert!(all.clone().all(|id| said.maybe.contains(id)));
            prop_assert_eq!(said.clue.is_none(), all.count() == 0);
        }
    }
}
