//! What a seed expands to: how many desks, how long, and what goes wrong most.

use std::fmt;

use super::dice::Dice;
use super::house::DESKS;

/// What goes wrong most in a run: a broken rule shows where its situation comes about again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// A little of everything.
    Mixed,
    /// Connections end, hang and come again.
    Lines,
    /// Desks lose their power soon after their disks were in step.
    Power,
    /// The server dies and comes back.
    Crashes,
    /// The server goes back to older copies.
    Copies,
    /// Rights come and go.
    Rights,
    /// Desks are away for longer than the server remembers what left.
    Absences,
    /// Contacts leave their owners behind their desks' backs.
    Handovers,
}

impl Theme {
    const ALL: [Theme; 8] = [
        Theme::Mixed,
        Theme::Lines,
        Theme::Power,
        Theme::Crashes,
        Theme::Copies,
        Theme::Rights,
        Theme::Absences,
        Theme::Handovers,
    ];

    /// How often each fault comes, in the order in which the world knows them.
    pub fn weights(self) -> [u64; 21] {
        match self {
            Theme::Mixed => [18, 10, 8, 8, 6, 6, 5, 5, 9, 9, 4, 4, 3, 12, 5, 9, 5, 3, 3, 6, 8],
            Theme::Lines => [50, 6, 6, 4, 0, 4, 0, 4, 20, 4, 0, 0, 0, 3, 8, 0, 0, 18, 60, 4, 2],
            Theme::Power => [6, 2, 2, 6, 40, 2, 44, 2, 2, 2, 0, 0, 0, 14, 0, 0, 2, 2, 0, 14, 0],
            Theme::Crashes => [6, 6, 4, 2, 0, 2, 0, 6, 2, 40, 0, 0, 0, 6, 2, 10, 2, 2, 2, 4, 0],
            Theme::Copies => [8, 4, 2, 4, 2, 4, 2, 2, 2, 6, 26, 26, 2, 0, 0, 4, 2, 2, 2, 2, 0],
            Theme::Rights => [14, 6, 6, 4, 0, 4, 0, 4, 50, 2, 0, 0, 4, 0, 0, 0, 2, 4, 10, 4, 6],
            Theme::Absences => [6, 40, 4, 4, 0, 2, 0, 10, 6, 2, 0, 0, 40, 4, 4, 3, 4, 2, 2, 2, 0],
            Theme::Handovers => [10, 10, 4, 2, 0, 2, 0, 8, 4, 2, 0, 0, 0, 4, 2, 3, 50, 2, 0, 4, 12],
        }
    }
}

/// What a seed expands to. It knows nothing of flaws: what notices them is what is clean without them.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub theme: Theme,
    pub desks: usize,
    pub steps: u32,
    /// The ledger is in memory: it is never restored from a copy.
    pub in_memory: bool,
    /// One step in so many is a fault.
    pub faults: u64,
    /// How much the wall clocks are wrong at most, ms.
    pub skew: i64,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, theme, desks, steps, in_memory, faults, skew } = self;
        let ledger = if *in_memory { "in memory" } else { "in a file" };
        write!(f, "seed {seed}: {desks} desks, {steps} steps, one in {faults} a fault, most of them {theme:?}; ")?;
        write!(f, "the ledger {ledger}; the desks' clocks wrong by {} s at most", *skew as f64 / 1_000.0)
    }
}

impl Plan {
    pub fn of(seed: u64) -> Plan {
        let dice = Dice::new(seed.wrapping_mul(3));
        let desks = [2, 2, 2, 2, 2, 3, 3, DESKS][dice.below(8) as usize];
        let theme = Theme::ALL[dice.below(8) as usize];
        let steps = 14 + dice.below(22) as u32;
        // What is in memory has no older copies.
        let in_memory = dice.one_in(2) && theme != Theme::Copies;
        let skew = *dice.pick(&[0, 500, 90_000, 3_600_000]).unwrap_or(&0);
        Plan { seed, theme, desks, steps, in_memory, faults: 2 + dice.below(8), skew }
    }
}
