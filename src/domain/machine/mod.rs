//! The two state machines of the trade (operations 2.3): one table each, and nothing moves outside them.
//!
//! What a person chose (presence) and what the machine sees (the contacts in hand) are two things; an agent's
//! [`agent::Standing`] is made of both. A step that is not in a table is refused in words: where it stands, what
//! was asked, what is possible.

pub mod agent;
pub mod contact;

pub use agent::{Standing, standing};
pub use contact::Step;

/// Joins words as people say them: `a, b or c`.
fn either(words: &[&str]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => (*one).into(),
        [first @ .., last] => tf!("{first} or {last}", first = first.join(", "), last),
    }
}

#[cfg(test)]
mod tests;
