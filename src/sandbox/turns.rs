//! A contact turn by turn, for the report and for stepping through it: what was said and done, what it gained or cost,
//! and what would have been better.

use std::fmt::Write as _;

use super::play::{Because, Mark, State, Who};
use super::read::Ready;

/// What the agent said or did once, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its number; 0 is before the agent did anything.
    pub number: u32,
    /// When it began, seconds since the start.
    pub at_s: u32,
    /// Who said or did what, in order.
    pub said: Vec<(Who, String)>,
    /// Patience before and after it, thousandths.
    pub patience: (i32, i32),
    /// What it was worth, one sentence each.
    pub worth: Vec<String>,
}

/// All turns of a contact.
pub fn turns(ready: &Ready, state: &State) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut patience = state.log.first().map_or(0, |entry| entry.patience);
    for entry in &state.log {
        if turns.last().is_none_or(|turn| turn.number != entry.turn) {
            let (number, at_s) = (entry.turn, entry.at_s);
            turns.push(Turn { number, at_s, said: Vec::new(), patience: (patience, patience), worth: Vec::new() });
        }
        let Some(turn) = turns.last_mut() else { continue };
        if !entry.words.is_empty() {
            turn.said.push((entry.who, entry.words.clone()));
        }
        turn.worth.extend(entry.marks.iter().filter_map(|mark| worth(ready, mark)));
        patience = entry.patience;
        turn.patience.1 = patience;
    }
    turns
}

/// What a mark means, for the trainee; `None` for what only the engine needs.
pub fn worth(ready: &Ready, mark: &Mark) -> Option<String> {
    let s = &ready.scenario;
    match mark {
        Mark::Intent(_) => None,
        Mark::Goal(i) => s.goal.get(*i).map(|g| format!("+{} {}", g.points, g.good)),
        Mark::Slip(i) => s.slip.get(*i).map(|slip| format!("−{} {}", slip.points, slip.better)),
        Mark::Fact(id) => {
            s.hidden.iter().find(|h| h.id == *id).map(|hidden| t!("Found out: {fact}", fact = hidden.fact))
        }
        Mark::Critical(words) => Some(t!("A critical error: {words}", words)),
        Mark::Patience(change, because) => {
            let points = (change + 500 * change.signum()) / 1_000;
            (points != 0)
                .then(|| t!("Patience {points}: {words}", points = format!("{points:+}"), words = why(because)))
        }
    }
}

fn why(because: &Because) -> String {
    match because {
        Because::Said(how) => t!("how you said it ({how})", how),
        Because::Known(what) => t!("you asked what you knew already ({what})", what),
        Because::Interrupted => t!("you spoke while they spoke").to_owned(),
        Because::Lost => t!("they could not follow").to_owned(),
        Because::Named => t!("you used their name").to_owned(),
        Because::Thanked => t!("you thanked them for holding").to_owned(),
        Because::Unasked => t!("you put them on hold without asking").to_owned(),
        Because::Blind => t!("you handed them on without a word").to_owned(),
        Because::Done => t!("what you said or did").to_owned(),
        Because::Came => t!("what it came to").to_owned(),
    }
}

/// A turn in words, a line each.
pub fn words(ready: &Ready, turn: &Turn) -> String {
    let (before, after) = (turn.patience.0 / 1_000, turn.patience.1 / 1_000);
    let at = time(turn.at_s);
    let mut text = match turn.number {
        0 => t!("Before your first words, {at}, patience {after}", at, after),
        n => t!("Turn {n}, {at}, patience {before} to {after}", n, at, before, after),
    };
    for (who, words) in &turn.said {
        let who = match who {
            Who::Agent => t!("You"),
            Who::Hands => t!("You did"),
            Who::Customer => ready.scenario.persona.name.as_str(),
            Who::Coach => t!("Hint"),
        };
        let _ = write!(text, "\n{who}: {words}");
    }
    for worth in &turn.worth {
        let _ = write!(text, "\n  {worth}");
    }
    text
}

/// Minutes and seconds.
pub fn time(s: u32) -> String {
    format!("{}:{:02}", s / 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{library, script};

    #[test]
    fn a_turn_says_what_it_gained_and_what_would_have_been_better() {
        let ready = library::ready(&library::folders()["roaming-bill"]).expect("reads");
        let script = "> Calm down, it's your own fault.\n> Hello, I'm so sorry, that must have been a shock.\n";
        let (state, _) = script::play(&ready, 0, &script::read("x", script).expect("reads"));
        let turns = turns(&ready, &state);
        assert_eq!(turns.iter().map(|t| t.number).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(turns.windows(2).all(|two| two[0].patience.1 == two[1].patience.0), "{turns:#?}");
        let told: Vec<String> = turns.iter().map(|turn| words(&ready, turn)).collect();
        assert!(told[0].starts_with("Before your first words, 0:00, patience 60\nDana Holt: Two hundred"), "{told:#?}");
        assert!(told[1].contains("\n  A critical error: ") && told[1].contains("Patience -12: how"), "{told:#?}");
        assert!(told[2].contains("\n  +6 You named what it was like"), "{told:#?}");
    }
}
