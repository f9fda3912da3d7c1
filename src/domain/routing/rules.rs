//! What a firm may set about routing: per queue and for the whole house. Defaults are those of operations 2.2.
//!
//! Plain data and the checks that need no other row; what several queues are together is checked in
//! [`super::lint`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::calendar::check;
use crate::domain::ids::{QueueId, SkillId};
use crate::domain::tally::FigureRules;
use crate::domain::time::SECOND;
use crate::domain::work::Channel;
use crate::domain::wrap_up::WrapUpRules;

/// Nobody who is expected to wait less than this is offered a call back (operations 2.2), seconds.
pub const CALLBACK_OFFER_S: u32 = 120;

/// Whom a contact goes to among those free at the same ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// Whoever has been idle longest, counted from the end of wrap-up.
    #[default]
    LongestIdle,
    /// Whoever is best at the skills asked for; idle time breaks ties.
    BestSkill,
}

impl Pick {
    /// The word used in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Pick::LongestIdle => "longest-idle",
            Pick::BestSkill => "best-skill",
        }
    }

    /// Reads [`Pick::word`].
    pub fn from_word(word: &str) -> Option<Pick> {
        [Pick::LongestIdle, Pick::BestSkill].into_iter().find(|p| p.word() == word)
    }
}

/// A wider ring of agents, opened when a contact has waited long enough in its queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// Opens after this many seconds in the queue.
    pub after_s: u32,
    /// Least levels from then on; 0 drops a skill, skills not named keep what held before.
    pub skills: BTreeMap<SkillId, u8>,
}

/// How a contact goes to another queue when it has waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Waits in both queues and keeps its place.
    Add,
    /// Waits in the other queue only: a new queue clock, the total wait kept.
    Move,
    /// Someone of the added queue takes it, and it becomes theirs; its place stays.
    Answered,
}

/// What happens at the longest wait a queue allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// Seconds in the queue.
    pub after_s: u32,
    /// Where to.
    pub to: QueueId,
    /// Add the queue or move; never [`Flow::Answered`].
    pub how: Flow,
}

/// How one queue routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueRules {
    /// Whom a contact goes to.
    pub pick: Pick,
    /// Strict class 0–9: a higher class always goes before a lower one, whatever the wait.
    pub class: u8,
    /// Priority points of everything in the queue; one weighs as much as a minute of waiting. −60 to 60.
    pub points: i16,
    /// Waiting beyond this many seconds adds no more score; 0 is no cap.
    pub age_cap_s: u32,
    /// Wider rings, in order of time.
    pub rings: Vec<Ring>,
    /// Seconds a contact waits for the agent who last had its case, while they are busy; 0 is not at all.
    pub sticky_s: u32,
    /// At the longest wait.
    pub overflow: Option<Overflow>,
    /// How often a callback is tried.
    pub callback_tries: u8,
    /// Seconds between two tries.
    pub callback_gap_s: u32,
    /// Seconds a callback promised by one agent waits for them before others may take it.
    pub callback_own_s: u32,
    /// A call back is offered to those who come when the wait expected is at least this many seconds.
    pub callback_offer_s: u32,
    /// What it asks of the work after a contact, which ends when the agent is free again.
    pub wrap_up: WrapUpRules,
}

impl Default for QueueRules {
    fn default() -> QueueRules {
        QueueRules {
            pick: Pick::LongestIdle,
            class: 0,
            points: 0,
            age_cap_s: 0,
            rings: Vec::new(),
            sticky_s: 30,
            overflow: None,
            callback_tries: 3,
            callback_gap_s: 600,
            callback_own_s: 900,
            callback_offer_s: CALLBACK_OFFER_S,
            wrap_up: WrapUpRules::default(),
        }
    }
}

impl QueueRules {
    /// Least levels once `ring` rings have opened over those the queue asks for at first.
    pub fn skills_at(&self, first: &BTreeMap<SkillId, u8>, ring: usize) -> BTreeMap<SkillId, u8> {
        let mut skills = first.clone();
        for wider in self.rings.iter().take(ring) {
            skills.extend(wider.skills.iter().map(|(s, l)| (*s, *l)));
        }
        skills.retain(|_, level| *level > 0);
        skills
    }

    /// What is wrong with the rules by themselves, field and reason; `None` when they can stand.
    pub fn fault(&self, first: &BTreeMap<SkillId, u8>) -> Option<(&'static str, String)> {
        if self.class > 9 {
            return Some(("class", "it is a number from 0 to 9".into()));
        }
        if !(-60..=60).contains(&self.points) {
            return Some(("points", "they are a number from -60 to 60".into()));
        }
        if let Some(pair) = self.rings.windows(2).find(|pair| pair[1].after_s <= pair[0].after_s) {
            let because =
                format!("the ring at {} s does not come after the one at {} s", pair[1].after_s, pair[0].after_s);
            return Some(("rings", because));
        }
        for (n, ring) in self.rings.iter().enumerate() {
            let held = self.skills_at(first, n);
            for (skill, level) in &ring.skills {
                match held.get(skill) {
                    None => {
                        let because = format!("the ring at {} s names a skill that is not asked for", ring.after_s);
                        return Some(("rings", because));
                    }
                    Some(before) if level > before => {
                        return Some(("rings", format!("the ring at {} s asks for more, not less", ring.after_s)));
                    }
                    Some(_) => {}
                }
            }
        }
        if self.sticky_s > 3_600 {
            return Some(("sticky", "nobody is waited for longer than an hour".into()));
        }
        if !(1..=10).contains(&self.callback_tries) {
            return Some(("callback", "it is tried 1 to 10 times".into()));
        }
        if self.callback_gap_s < 30 {
            return Some(("callback", "leave at least 30 seconds between two tries".into()));
        }
        if self.callback_offer_s < CALLBACK_OFFER_S {
            let because = "a call back is offered for an expected wait of at least 120 seconds";
            return Some(("callback-offer", because.into()));
        }
        match self.overflow {
            Some(o) if o.after_s == 0 => Some(("overflow", "it needs a wait of at least a second".into())),
            _ => None,
        }
    }
}

/// How the whole house routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirmRules {
    /// Units of an agent's 100 that one contact takes.
    pub units: BTreeMap<Channel, u32>,
    /// Which channel may be offered on top of which: (the new one, the one in hand).
    pub interrupts: Vec<(Channel, Channel)>,
    /// Seconds an offer stands where the queue does not say.
    pub offer_s: BTreeMap<Channel, u32>,
    /// Two offers let pass within this many seconds set the agent Away; 0 is never.
    pub misses_s: u32,
    /// Whether an agent who declines an offer takes no more until they say Ready.
    pub decline_rests: bool,
    /// Seconds after which the lead is told of an agent whom the desk set Away, if they are not back.
    pub tell_lead_s: u32,
    /// Seconds before an offer comes again to the only one who is there and let it pass.
    pub again_s: u32,
    /// Customers are called from and until, minutes after midnight where they are (operations 2.2, RULE).
    pub calling: (u16, u16),
    /// IANA zones a customer may be in whose zone nobody knows: all must allow the call. Empty is the firm's own.
    pub calling_zones: Vec<String>,
    /// How its figures are counted.
    pub figures: FigureRules,
    /// A training room: every desk says so, and what is said on the telephone is typed.
    pub training: bool,
}

impl Default for FirmRules {
    fn default() -> FirmRules {
        FirmRules {
            units: Channel::ALL.into_iter().map(|c| (c, c.units())).collect(),
            interrupts: vec![(Channel::Voice, Channel::Email)],
            offer_s: [(Channel::Voice, 15), (Channel::Chat, 30), (Channel::Callback, 15)].into(),
            misses_s: 600,
            decline_rests: true,
            tell_lead_s: 60,
            again_s: 60,
            calling: (8 * 60, 21 * 60),
            calling_zones: Vec::new(),
            figures: FigureRules::default(),
            training: false,
        }
    }
}

impl FirmRules {
    /// Units of an agent's 100 that one contact takes.
    pub fn units(&self, channel: Channel) -> u32 {
        self.units.get(&channel).copied().unwrap_or(channel.units())
    }

    /// Whether a new contact may come on top of one in hand.
    pub fn interrupts(&self, new: Channel, held: Channel) -> bool {
        self.interrupts.contains(&(new, held))
    }

    /// Milliseconds an offer stands where the queue does not say.
    pub fn offer_ms(&self, channel: Channel) -> i64 {
        i64::from(self.offer_s.get(&channel).copied().unwrap_or(30).clamp(5, 900)) * SECOND
    }

    /// Milliseconds before an offer comes again to the only one who is there.
    pub fn again_ms(&self) -> i64 {
        i64::from(self.again_s) * SECOND
    }

    /// What is wrong, field and reason.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        if let Some((channel, _)) = self.units.iter().find(|(_, units)| !(1..=100).contains(*units)) {
            return Some(("units", format!("a {} takes 1 to 100 of an agent's 100", channel.word())));
        }
        let phones = [Channel::Voice, Channel::Callback];
        if self.interrupts.iter().any(|(new, held)| phones.contains(new) && phones.contains(held)) {
            return Some(("interrupts", "one call never interrupts another".into()));
        }
        if let Some((channel, _)) = self.offer_s.iter().find(|(_, s)| !(5..=900).contains(*s)) {
            return Some(("offer", format!("an offer of a {} stands 5 to 900 seconds", channel.word())));
        }
        if self.calling.0 >= self.calling.1 || self.calling.1 > 1_440 {
            return Some(("calling", "the hours in which customers are called begin and end within one day".into()));
        }
        if let Some(fault) = self.calling_zones.iter().find_map(|z| check::zone(z).err()) {
            return Some(("calling-zones", fault.because));
        }
        self.figures.fault()
    }
}
