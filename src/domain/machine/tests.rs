//! All pairs of both tables, against the same tables written another way.

use super::agent::{self, BY_HAND, Standing};
use super::contact::{self, Step};
use crate::domain::refusal::Refusal;
use crate::domain::time::At;

/// One row per standing, one column per standing in the order of `Standing::ALL`; x is a step of operations 2.3.
const AGENT: [&str; 10] = [
    // Off Away Rdy Offr Dial Talk Hold Cons Wrap NotR
    ". x x . . . . . . .", // Offline
    "x x x . . . . . . .", // Away
    "x x . x x . . . . .", // Ready
    "x . x . x x . x . x", // Offered
    ". . x . . x . . x .", // Dialing
    ". . . . . . x x x .", // Talking
    ". . . . . x . . x .", // OnHold
    ". . . . . x . . x .", // Consult
    "x x x x . . . . . .", // WrapUp
    "x x x . . . . . . .", // NotResponding
];

/// Likewise for the contact.
const CONTACT: [&str; 13] = [
    // New Que Off Con Hol Cns Wra Cbk Dia Flo Tra Aba Clo
    ". x . . . . . x . . . . .", // New
    ". . x x . . . x . x . x .", // Queued
    ". x . x . . . x x . . x .", // Offered
    ". . . . x x x . . . x . .", // Connected
    ". . . x . . x . . . . . .", // OnHold
    ". . . x . . x . . . . . .", // Consult
    ". . . . . . . . . . . . x", // WrapUp
    ". . x . . . . . x x . . x", // Callback
    ". . . x . . . x . . . . x", // Dialing
    ". x . . . . . x . . . . .", // FlowedOut
    ". x x . . . . . . . . . .", // Transferred
    ". . . . . . . . . . . . .", // Abandoned
    ". . . . . . . . . . . . .", // Closed
];

fn marked(row: &str, column: usize) -> bool {
    row.split_whitespace().nth(column) == Some("x")
}

#[test]
fn every_pair_of_the_agents_machine_is_a_step_or_a_refusal_in_words() {
    for (row, from) in Standing::ALL.into_iter().enumerate() {
        for (column, to) in Standing::ALL.into_iter().enumerate() {
            let allowed = agent::check(from, to, "do this");
            assert_eq!(allowed.is_ok(), marked(AGENT[row], column), "{from:?} to {to:?}");
            if let Err(refusal) = allowed {
                let words = refusal.sentence(At(0));
                assert!(words.contains(from.word()) && words.contains("do this"), "{words}");
                assert!(from.next().iter().all(|s| words.contains(s.word())), "{words}");
            }
        }
    }
    assert!(BY_HAND.iter().all(|(_, to)| matches!(to, Standing::Talking | Standing::Dialing)));
}

#[test]
fn every_pair_of_the_contacts_machine_is_a_step_or_a_refusal_in_words() {
    for (row, from) in Step::ALL.into_iter().enumerate() {
        for (column, to) in Step::ALL.into_iter().enumerate() {
            let allowed = from.check(to, "do this");
            assert_eq!(allowed.is_ok(), marked(CONTACT[row], column), "{from:?} to {to:?}");
            if let Err(refusal @ Refusal::WrongPhase { .. }) = allowed {
                let words = refusal.sentence(At(0));
                assert!(words.contains(from.word()), "{words}");
            }
        }
        assert_eq!(from.next().is_empty(), matches!(from, Step::Abandoned | Step::Closed), "only these are the end");
    }
    assert_eq!(contact::TABLE.len(), Step::ALL.len());
    assert_eq!(agent::TABLE.len(), Standing::ALL.len());
}
