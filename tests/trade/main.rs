//! The rules of the trade as an agent meets them: every rule is reached by keys on a real desk with a real server.

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod cases;
mod clocks;
mod figures;
mod hands;
mod independent;
mod line;
mod oddities;
mod routing;
mod simulated_day;
mod wrapup;

/// The first line of a screen.
fn top(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// Whether one line of the screen holds all of these, in this order.
fn shows(screen: &str, words: &[&str]) -> bool {
    screen.lines().any(|line| {
        let mut rest = line;
        words.iter().all(|word| match rest.find(word) {
            Some(at) => {
                rest = &rest[at + word.len()..];
                true
            }
            None => false,
        })
    })
}
