//! How a customer's patience goes and comes back (operations 6.2), in thousandths of a point.
//!
//! Integers only: the same seconds and words give the same patience everywhere.

use super::scenario::{Channel, Tone};

/// Most patience.
pub const FULL: i32 = 100_000;

/// Lost each second of waiting for an answer, for a temper of 100.
const WAIT: i32 = 60;
/// Lost each second on hold beyond the grace.
const HOLD: i32 = 150;
/// Seconds of hold that cost nothing when it was asked for.
const GRACE: u32 = 45;
/// Lost once when it was not.
const UNASKED: i32 = 10_000;
/// Lost each second of dead air.
const DEAD_AIR: i32 = 400;

/// Effects of what is said and done.
pub mod effect {
    /// Naming the feeling, the first time and the second; then nothing.
    pub const EMPATHY: [i32; 2] = [8_000, 4_000];
    /// Using the name, twice at most.
    pub const NAME: [i32; 2] = [1_000, 1_000];
    /// Asking what was said already.
    pub const KNOWN: i32 = -8_000;
    /// Speaking while they speak.
    pub const INTERRUPTS: i32 = -5_000;
    /// Words of the trade.
    pub const JARGON: i32 = -2_000;
    /// Handing over without a word.
    pub const BLIND_TRANSFER: i32 = -15_000;
    /// A promise with a time, once.
    pub const TIMEFRAME: i32 = 4_000;
    /// Thanks for holding, once for each hold.
    pub const THANKS: i32 = 2_000;
    /// Telling someone to calm down.
    pub const CALM_DOWN: i32 = -12_000;
    /// Nothing they could make sense of.
    pub const LOST: i32 = -1_000;
}

/// What the agent lets the customer wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hold {
    /// Whether it was asked for.
    pub asked: bool,
    /// For how long it has been, seconds.
    pub spent: u32,
}

/// Silence from which on it is dead air, seconds; on e-mail nobody waits at the line.
pub fn dead_air_after(channel: Channel) -> Option<u32> {
    match channel {
        Channel::Voice => Some(10),
        Channel::Chat => Some(45),
        Channel::Email => None,
    }
}

/// Lost in the second that has just gone by. `quiet` is how long the agent has given no sign of life, seconds.
pub fn second(channel: Channel, temper: u32, hold: Option<Hold>, quiet: u32) -> i32 {
    let base = match (hold, dead_air_after(channel)) {
        (_, None) => return 0,
        (Some(hold), _) if hold.asked && hold.spent <= GRACE => 0,
        (Some(_), _) => HOLD,
        (None, Some(after)) if quiet > after => DEAD_AIR,
        (None, Some(_)) => WAIT,
    };
    -(i64::from(base) * i64::from(temper) / 100) as i32
}

/// What putting on hold does at once.
pub fn on_hold(asked: bool) -> i32 {
    if asked { 0 } else { -UNASKED }
}

/// What saying something in this way does, the `times`-th time, from 0.
pub fn tone(tone: Tone, times: u32) -> i32 {
    let nth = |effects: [i32; 2]| effects.get(times as usize).copied().unwrap_or(0);
    match tone {
        Tone::Empathy => nth(effect::EMPATHY),
        Tone::Timeframe if times == 0 => effect::TIMEFRAME,
        Tone::CalmDown => effect::CALM_DOWN,
        Tone::Jargon => effect::JARGON,
        Tone::Timeframe | Tone::AskHold | Tone::ThanksHold | Tone::Greet => 0,
    }
}

/// Patience after an effect.
pub fn after(patience: i32, effect: i32) -> i32 {
    patience.saturating_add(effect).clamp(0, FULL)
}
