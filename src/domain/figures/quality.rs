//! Scores of quality forms, and how well two people who score agree (operations 1.2, 1.4).

use super::ratio::Value;

/// One question of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Points given; `None` does not apply and leaves the score.
    pub points: Option<u32>,
    /// Points there were to get.
    pub of: u32,
    /// Getting none here fails the whole form.
    pub fatal: bool,
}

/// A form's score: points over points of answered questions, and how many fatal questions failed. One fatal failure
/// makes the score 0; the count is kept apart.
pub fn score(form: &[Question]) -> (Value, usize) {
    let answered = form.iter().filter_map(|q| q.points.map(|p| (p, q)));
    let fatal = answered.clone().filter(|(p, q)| q.fatal && *p == 0).count();
    let (points, of) = answered.fold((0, 0), |(p, o), (points, q)| (p + i64::from(points), o + i64::from(q.of)));
    (Value::of(if fatal > 0 { 0 } else { points }, of), fatal)
}

/// How two people scored the same items: both passed, only the first, only the second, both failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Both passed it.
    pub both: i64,
    /// Only the first.
    pub first: i64,
    /// Only the second.
    pub second: i64,
    /// Neither.
    pub neither: i64,
}

impl Agreement {
    fn n(self) -> i64 {
        self.both + self.first + self.second + self.neither
    }

    /// Share of items on which they agree.
    pub fn share(self) -> Value {
        Value::of(self.both + self.neither, self.n())
    }

    /// Cohen's kappa: agreement beyond chance. n/a when chance alone explains everything.
    pub fn kappa(self) -> Value {
        let n = self.n();
        let (a, b) = (self.both + self.first, self.both + self.second);
        // All over n squared.
        let chance = a * b + (n - a) * (n - b);
        Value::of((self.both + self.neither) * n - chance, n * n - chance)
    }
}
