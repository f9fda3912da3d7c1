//! What is played: one scenario after the other as the trainee's level has it, or a drill in which several come.

use anyhow::bail;

use super::attempts::Attempts;
use super::shelf::Shelf;
use crate::domain::simulate::Draw;
use crate::domain::time::At;
use crate::rand::{Rand as _, SeededRand, SystemRand};
use crate::sandbox::ramp::{Attempt, Rules, standing};
use crate::sandbox::read::Ready;
use crate::sandbox::report::Mode;
use crate::sandbox::scenario::Channel;

/// Customers of one drill.
const DRILL: usize = 5;
/// They come so often, an hour, and wait so long for an answer, seconds on average, but so long at least: in Erlang's
/// model whoever finds somebody free is answered at once, and a hand needs a while to answer.
const AN_HOUR: f64 = 40.0;
const PATIENCE_S: f64 = 240.0;
const AT_LEAST_S: f64 = 30.0;
/// Before the first one comes, ms.
const SOON: i64 = 500;

/// One who comes.
pub(super) struct Next {
    pub(super) ready: Ready,
    pub(super) attempt: u64,
    pub(super) mode: Mode,
    /// From now, ms.
    pub(super) after_ms: i64,
    /// How long they wait for an answer, ms; `None` is for ever.
    pub(super) patience_ms: Option<i64>,
}

/// What was asked for.
pub(super) struct Programme {
    /// Only this scenario.
    pub(super) scenario: Option<String>,
    /// With how much help.
    pub(super) mode: Mode,
    /// Several come.
    pub(super) drill: bool,
    /// Language of the trainee, as a code.
    pub(super) language: String,
    /// The last one played.
    last: Option<String>,
}

impl Programme {
    /// Nothing was played yet.
    pub(super) fn new(scenario: Option<String>, mode: Mode, drill: bool, language: &str) -> Programme {
        Programme { scenario, mode, drill, language: language.to_owned(), last: None }
    }

    /// This one was played.
    pub(super) fn finished(&mut self, attempt: &Attempt) {
        self.last = Some(attempt.scenario.clone());
    }

    /// Who comes now.
    pub(super) fn next(&self, shelf: &Shelf, attempts: &Attempts, again: Option<&str>) -> anyhow::Result<Vec<Next>> {
        if let Some(id) = again.or(self.scenario.as_deref().filter(|_| !self.drill)) {
            return Ok(vec![self.one(shelf.ready(id)?, attempts)]);
        }
        let all = self.spoken(shelf);
        if all.is_empty() {
            bail!("there are no scenarios to play");
        }
        if self.drill {
            return Ok(self.several(all, attempts, SystemRand.u64()));
        }
        let level = standing(attempts.all(), &Rules::default(), i64::MAX / 2).level;
        let passed = |r: &Ready| {
            attempts.all().iter().any(|a| a.scenario == r.scenario.id && a.passed && a.mode != Mode::Guided)
        };
        let least = all.into_iter().filter(|r| self.last.as_ref() != Some(&r.scenario.id)).min_by_key(|r| {
            let s = &r.scenario;
            let far = s.level.abs_diff(level);
            (far, passed(r), attempts.of(&s.id), s.id.clone())
        });
        match least {
            Some(ready) => Ok(vec![self.one(ready, attempts)]),
            None => bail!("there is no other scenario to play"),
        }
    }

    /// Scenarios in the trainee's language, else those in English.
    fn spoken(&self, shelf: &Shelf) -> Vec<Ready> {
        let all = shelf.all();
        let code = |r: &Ready| r.scenario.locale.split(['-', '_']).next().unwrap_or_default().to_owned();
        let wanted = if all.iter().any(|r| code(r) == self.language) { self.language.as_str() } else { "en" };
        all.into_iter().filter(|r| code(r) == wanted).collect()
    }

    fn one(&self, ready: Ready, attempts: &Attempts) -> Next {
        // Nobody knows the draw of an exam; in practice it follows from how often it was tried.
        let attempt = match self.mode {
            Mode::Exam => SystemRand.u64() >> 12,
            Mode::Guided | Mode::Practice => attempts.of(&ready.scenario.id),
        };
        Next { ready, attempt, mode: self.mode, after_ms: SOON, patience_ms: None }
    }

    /// Several, by chance, as customers come to a line (Erlang A). The first finds it empty and waits for whoever is
    /// still sitting down.
    fn several(&self, mut all: Vec<Ready>, attempts: &Attempts, seed: u64) -> Vec<Next> {
        let dice = SeededRand::new(seed);
        let mut even = || dice.u64();
        let mut draw = Draw::new(&mut even);
        let arrivals = draw.arrivals(DRILL, AN_HOUR, &[1.0], Some(PATIENCE_S - AT_LEAST_S), At(0));
        let mut coming: Vec<Next> = Vec::new();
        for arrival in arrivals {
            if all.is_empty() {
                break;
            }
            let ready = all.swap_remove(draw.below(all.len()));
            let first = coming.is_empty();
            let waits = first || ready.scenario.channel == Channel::Email;
            let at_least = (AT_LEAST_S * 1_000.0) as i64;
            coming.push(Next {
                after_ms: if first { SOON } else { arrival.at.0 },
                patience_ms: arrival.patience.filter(|_| !waits).map(|ms| at_least + ms),
                ..self.one(ready, attempts)
            });
        }
        coming.sort_by_key(|next| next.after_ms);
        coming
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::library;

    #[test]
    fn nobody_gives_up_in_a_drill_before_they_could_be_answered() {
        let folder = tempfile::tempdir().expect("a folder");
        let attempts = Attempts::open(folder.path()).expect("opens");
        let programme = Programme::new(None, Mode::Practice, true, "en");
        let all: Vec<Ready> = ["roaming-bill", "late-parcel", "sim-swap", "arrears", "double-invoice", "new-router"]
            .iter()
            .map(|id| library::ready(&library::folders()[*id]).expect("ready"))
            .collect();
        let mut patience = Vec::new();
        for seed in 0..200 {
            let coming = programme.several(all.clone(), &attempts, seed);
            assert_eq!(coming.len(), DRILL);
            assert!(coming[0].after_ms == SOON && coming[0].patience_ms.is_none(), "the first waits");
            assert!(coming.is_sorted_by_key(|next| next.after_ms));
            let letters = coming.iter().filter(|next| next.ready.scenario.channel == Channel::Email);
            assert!(letters.into_iter().all(|next| next.patience_ms.is_none()), "a letter waits");
            patience.extend(coming.iter().filter_map(|next| next.patience_ms));
        }
        let mean = patience.iter().sum::<i64>() as f64 / patience.len() as f64 / 1_000.0;
        assert!(patience.iter().all(|ms| *ms >= 30_000) && (mean - PATIENCE_S).abs() < 30.0, "{mean}");
    }
}
