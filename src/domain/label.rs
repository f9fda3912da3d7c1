//! Labels: the house's own words for where a case stands, each within one of the fixed statuses.
//!
//! The rules know the four statuses and nothing else; a label only says more. One invariant: a case's label belongs
//! to its status, so whatever changes the status takes the label away.

use serde::{Deserialize, Serialize};

use super::ids::LabelId;
use super::state::State;
use super::work::{Case, Status};

/// Longest name of a label, in characters.
pub const MAX_NAME: usize = 40;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Identity.
    pub id: LabelId,
    /// Short name used in files and views: `waits-for-parts`.
    pub key: String,
    /// Name shown: `Waits for parts`.
    pub name: String,
    /// The status it is within; it never changes.
    pub status: Status,
    /// False once retired; cases that have it keep it.
    pub active: bool,
}

/// Where a case stands, in the house's words where there are any.
pub fn standing<'a>(state: &'a State, case: &Case) -> &'a str {
    let label = case.label.and_then(|id| state.label(id)).filter(|l| l.status == case.status);
    label.map_or(super::named::status(case.status), |l| l.name.as_str())
}

/// Labels that cannot be told apart, or that say another status than they are. Place and reason.
pub(super) fn lints(state: &State) -> Vec<(String, String)> {
    let active: Vec<&Label> = state.labels().filter(|l| l.active).collect();
    let mut found = Vec::new();
    for (n, label) in active.iter().enumerate() {
        let place = format!("label {}", label.key);
        let name = label.name.trim().to_lowercase();
        if let Some(first) = active[..n].iter().find(|other| other.name.trim().to_lowercase() == name) {
            let because = format!("it is called like {}; agents cannot tell them apart", first.key);
            found.push((place.clone(), because));
        }
        if let Some(says) = Status::from_word(&name) {
            let because = match says == label.status {
                true => format!("it says no more than the status {} itself", says.word()),
                false => format!("it says {} but its cases are {}", says.word(), label.status.word()),
            };
            found.push((place, because));
        }
    }
    found
}
