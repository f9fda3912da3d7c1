//! The one table of figures: name, formula, unit, what is left out. Reports, the desk and their explanations are made
//! from it and from nothing else.
//!
//! A definition that changes gets a new version; old numbers are never silently told anew (operations 1.3, RULE).

use super::ratio::Unit;
use crate::domain::tally::FigureRules;
use crate::lang;

/// What a figure can be broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Queues only: nobody in particular answers for it.
    Queue,
    /// Agents only.
    Agent,
    /// Both.
    Both,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Which figure.
    pub id: FigureId,
    /// Name on the command line and in exports.
    pub key: &'static str,
    /// Counts changes of the formula.
    pub version: u16,
    /// Name shown.
    pub label: &'static str,
    /// What its value counts in.
    pub unit: Unit,
    /// What the amount of each contact behind it counts in.
    pub each: Unit,
    /// What it can be broken down by.
    pub of: Of,
    /// What is above the line.
    pub above: &'static str,
    /// What is below it; empty when there is no line.
    pub below: &'static str,
    /// What is left out, and other things to know.
    pub note: &'static str,
}

impl Definition {
    /// The name in the language spoken here.
    pub fn said(&self) -> &'static str {
        lang::text(self.label)
    }

    /// The formula in words, with the numbers the house set.
    pub fn formula(&self, rules: FigureRules) -> String {
        let words = match self.below {
            "" => lang::text(self.above).to_owned(),
            below => format!("{} / {}", lang::text(self.above), lang::text(below)),
        };
        filled(&words, rules)
    }

    /// What is left out, and other things to know.
    pub fn remark(&self, rules: FigureRules) -> String {
        filled(lang::text(self.note), rules)
    }

    /// The version of the definition, with what the house set otherwise: `1`, `1, short is under 10 s`.
    pub fn edition(&self, rules: FigureRules) -> String {
        let usual = FigureRules::default();
        let says = |what: &str| self.above.contains(what) || self.below.contains(what);
        let mut words = self.version.to_string();
        if says(SHORT) && rules.short_s != usual.short_s {
            words.push_str(&t!(", short is under {n} s", n = rules.short_s));
        }
        if says(REPEAT) && rules.repeat_days != usual.repeat_days {
            words.push_str(&tn!(rules.repeat_days, ", within {n} day", ", within {n} days"));
        }
        words
    }
}

/// Stands in a definition for the seconds under which giving up is short.
const SHORT: &str = "{short}";
/// Stands in a definition for the days within which a contact is a repeat.
const REPEAT: &str = "{repeat}";

fn filled(words: &str, rules: FigureRules) -> String {
    words.replace(SHORT, &rules.short_s.to_string()).replace(REPEAT, &rules.repeat_days.to_string())
}

macro_rules! figures {
    ($($variant:ident, $key:literal, $version:literal, $unit:ident, $each:ident, $of:ident, $label:literal, $above:literal, $below:literal, $note:literal;)*) => {
        /// A figure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FigureId {
            $(#[doc = $label] $variant,)*
        }

        /// The table, in the order of the enum.
        pub static TABLE: &[Definition] = &[
            $(Definition {
                id: FigureId::$variant,
                key: $key,
                version: $version,
                label: $label,
                unit: Unit::$unit,
                each: Unit::$each,
                of: Of::$of,
                above: $above,
                below: $below,
                note: $note,
            },)*
        ];
    };
}

figures! {
    // Waits in queues.
    Offered, "offered", 1, Count, Count, Queue, "Offered", "waits in the queue", "", "Those that still waited when the window began are in it, so that offered = answered + gave up + went on + call back + still waiting.";
    Answered, "answered", 1, Count, Count, Queue, "Answered", "waits that ended with an answer", "", "Counted when answered. A second agent on the same contact is not a second answer.";
    Abandoned, "abandoned", 1, Count, Count, Queue, "Gave up", "waits the customer gave up", "", "Counted when the customer left; leaving while it rings is giving up.";
    FlowedOut, "flowed-out", 1, Count, Count, Queue, "Went on", "waits that went on in another queue", "", "Overflow, not transfers after an answer.";
    CalledBack, "callbacks", 1, Count, Count, Queue, "Call back", "waits that became a promise to call", "", "These customers did not give up.";
    Waiting, "waiting", 1, Count, Count, Queue, "Still waiting", "waits that had not ended when the window did", "", "";
    ServiceLevel, "service-level", 1, Percent, Count, Queue, "Service level", "answered in target", "answered + gave up - gave up in under {short} s", "In target is a wait of at most the queue's seconds, ringing included. Waits that went on or became a call back are left out.";
    ServiceLevel1, "service-level-1", 1, Percent, Count, Queue, "Service level 1", "(answered in target + gave up in target)", "answered + gave up", "Credits everyone who gave up in target.";
    ServiceLevel2, "service-level-2", 1, Percent, Count, Queue, "Service level 2", "answered in target", "answered", "Leaves out everyone who gave up.";
    ServiceLevel3, "service-level-3", 1, Percent, Count, Queue, "Service level 3", "answered in target", "answered + gave up", "";
    ServiceLevel4, "service-level-4", 1, Percent, Count, Queue, "Service level 4", "answered in target", "answered + gave up - gave up in target", "";
    ServiceLevel5, "service-level-5", 1, Percent, Count, Queue, "Service level 5", "(answered in target + gave up in under {short} s)", "answered + gave up", "";
    ServiceLevel6, "service-level-6", 1, Percent, Count, Queue, "Service level 6", "answered in target", "answered + gave up - gave up in under {short} s", "The same as service-level.";
    ServiceLevel7, "service-level-7", 1, Percent, Count, Queue, "Service level 7", "answered in target", "answered + gave up - gave up in under {short} s + went on", "";
    ServiceLevel8, "service-level-8", 1, Percent, Count, Queue, "Service level 8", "answered in target", "offered", "";
    Asa, "asa", 1, Time, Time, Queue, "Average speed of answer", "wait of answered", "answered", "From entering the queue to the answer, ringing and every requeue included.";
    WaitMedian, "wait-median", 1, Time, Time, Queue, "Median wait of answered", "the middle wait of answered (nearest rank)", "", "";
    WaitP90, "wait-p90", 1, Time, Time, Queue, "90th percentile of answered waits", "the wait that 90 % of answered did not exceed (nearest rank)", "", "";
    WaitAll, "wait-all", 1, Time, Time, Queue, "Average wait of all", "wait of all that ended", "answered + gave up + went on + call back", "";
    AbandonTime, "abandon-time", 1, Time, Time, Queue, "Average time to give up", "wait of those who gave up", "gave up", "";
    AbandonRate, "abandon-rate", 1, Percent, Count, Queue, "Gave up", "gave up", "offered", "";
    AbandonRateLong, "abandon-rate-long", 1, Percent, Count, Queue, "Gave up, short ones left out", "gave up after {short} s or more", "offered - gave up in under {short} s", "";
    AbandonRateHandled, "abandon-rate-handled", 1, Percent, Count, Queue, "Gave up, of answered and given up", "gave up after {short} s or more", "answered + gave up after {short} s or more", "";

    // Legs of agents.
    Handled, "handled", 1, Count, Time, Both, "Handled", "legs finished", "", "A leg is one agent's part of a contact; it is finished when its after-contact work is. Imported history is left out.";
    Aht, "aht", 1, Time, Time, Both, "Average handle time", "talk + hold + after-contact work + dialling", "legs finished", "Per leg, in the window in which the leg was finished. Ringing is left out; dialling is in it for calls we make.";
    AhtContact, "aht-contact", 1, Time, Time, Both, "Handle time per contact", "talk + hold + after-contact work + dialling of all its agents", "contacts finished", "";
    Talk, "talk", 1, Time, Time, Both, "Average talk", "talk", "legs finished", "";
    Hold, "hold", 1, Time, Time, Both, "Average hold", "hold", "legs finished", "Of all legs. Consulting someone while the customer waits is hold.";
    HoldHeld, "hold-held", 1, Time, Time, Both, "Average hold of held", "hold", "legs finished that had a hold", "";
    Acw, "acw", 1, Time, Time, Both, "Average wrap-up", "after-contact work", "legs finished", "";
    Workload, "workload", 1, Time, Time, Both, "Handle time in the window", "talk + hold + after-contact work + dialling, cut to the window", "", "Legs that began before or ended after the window count with the part inside it.";
    TransferRate, "transfer-rate", 1, Percent, Count, Both, "Transfers", "blind + consult transfers", "legs finished", "A consult that comes back and an escalation are not transfers; overflow is not one either.";
    Concurrency, "concurrency", 1, Mark, Time, Both, "Chats at once", "elapsed time of chats", "time with at least one chat", "Cut to the window.";
    ChatBusy, "chat-busy", 1, Time, Time, Both, "Busy time per chat", "time with at least one chat", "chats", "Beside handle time: two chats at once take their time only once here. Cut to the window.";

    // Agents' time.
    Occupancy, "occupancy", 1, Percent, Time, Agent, "Occupancy", "ringing + dialling + talk + hold + after-contact work", "that + Ready without a contact", "Not responding, Away and breaks are left out; so is time without a link.";
    OccupancyRingIdle, "occupancy-ring-idle", 1, Percent, Time, Agent, "Occupancy, ringing is not work", "dialling + talk + hold + after-contact work", "that + ringing + Ready without a contact", "";
    OccupancyNoRing, "occupancy-no-ring", 1, Percent, Time, Agent, "Occupancy, ringing left out", "dialling + talk + hold + after-contact work", "that + Ready without a contact", "";
    Utilisation, "utilisation", 1, Percent, Time, Agent, "Utilisation", "busy + Ready without a contact", "time signed in", "Breaks and Away are signed in. Time without a link is left out.";

    // What customers say, and whether they come back.
    Fcr, "fcr", 1, Percent, Count, Both, "Solved at the first contact", "contacts not followed by another", "contacts finished at least {repeat} days ago", "Another is one of the same customer with the same reason that came less than {repeat} x 24 h after the end. Contacts without a known customer, given up, or chasing an unanswered one are left out. Merged customers count as whoever stood for them when they came.";
    Csat, "csat", 1, Percent, Mark, Both, "Content customers", "marks of 4 or 5", "marks given", "Scale of 5. Fewer than 10 answers say little.";
    CsatMean, "csat-mean", 1, Mark, Mark, Both, "Mean mark of content", "sum of marks", "marks given", "Scale of 5.";
    CsatResponse, "csat-response", 1, Percent, Mark, Both, "Customers who answered", "marks given", "contacts finished", "";
    Nps, "nps", 1, Points, Mark, Both, "Net promoter score", "marks of 9 or 10 - marks of 0 to 6", "marks given", "Scale of 0 to 10; from -100 to 100. The difference is rounded, not its parts.";
    Ces, "ces", 1, Percent, Mark, Both, "Found it easy", "marks of 5 to 7", "marks given", "Scale of 7, high is good; other scales are left out.";
    CesMean, "ces-mean", 1, Mark, Mark, Both, "Mean mark of ease", "sum of marks", "marks given", "Scale of 7.";

    // Cases.
    Backlog, "backlog", 1, Count, Time, Both, "Open cases", "cases open when the window ended", "", "Waiting for the customer is shown apart.";
    BacklogPending, "backlog-pending", 1, Count, Time, Both, "Cases waiting for the customer", "cases pending when the window ended", "", "";
    BacklogMedian, "backlog-median", 1, Time, Time, Both, "Median age of open cases", "the middle age of open cases (nearest rank)", "", "Calendar time since they were made.";
    BacklogP90, "backlog-p90", 1, Time, Time, Both, "90th percentile of open cases' age", "the age that 90 % of open cases do not exceed (nearest rank)", "", "Calendar time.";
    BacklogOldest, "backlog-oldest", 1, Time, Time, Both, "Age of the oldest open case", "the highest age of an open case", "", "Calendar time.";
    BacklogMedianHours, "backlog-median-hours", 1, Time, Time, Both, "Median age of open cases in open hours", "the middle age of open cases (nearest rank)", "", "Only time in which their queue was open.";
    BacklogP90Hours, "backlog-p90-hours", 1, Time, Time, Both, "90th percentile of open cases' age in open hours", "the age that 90 % of open cases do not exceed (nearest rank)", "", "Only time in which their queue was open.";
    BacklogOldestHours, "backlog-oldest-hours", 1, Time, Time, Both, "Age of the oldest open case in open hours", "the highest age of an open case", "", "Only time in which their queue was open.";
    FirstResponse, "first-response", 1, Time, Time, Both, "First response", "time from the case's beginning to the first public word of a person", "cases first answered", "A call answered is a public word. Automatic replies and imported cases are left out. Calendar time.";
    FirstResponseHours, "first-response-hours", 1, Time, Time, Both, "First response in open hours", "open time from the case's beginning to the first public word of a person", "cases first answered", "Only time in which the queue was open.";
    ResolutionFirst, "resolution-first", 1, Time, Time, Both, "First resolution", "time from the case's beginning to the first time it was solved", "cases first solved", "Opening it again never changes it. Imported cases are left out. Calendar time.";
    ResolutionFirstHours, "resolution-first-hours", 1, Time, Time, Both, "First resolution in open hours", "open time from the case's beginning to the first time it was solved", "cases first solved", "Only time in which the queue was open.";
    ResolutionFull, "resolution-full", 1, Time, Time, Both, "Full resolution", "time from the case's beginning to the last time it was solved", "cases solved and not opened again", "Imported cases are left out. Calendar time.";
    ResolutionFullHours, "resolution-full-hours", 1, Time, Time, Both, "Full resolution in open hours", "open time from the case's beginning to the last time it was solved", "cases solved and not opened again", "Only time in which the queue was open.";
}

impl FigureId {
    /// Its row of the table.
    pub fn definition(self) -> &'static Definition {
        &TABLE[self as usize]
    }

    /// Reads [`Definition::key`].
    pub fn from_key(key: &str) -> Option<FigureId> {
        TABLE.iter().find(|d| d.key == key).map(|d| d.id)
    }

    /// Every figure, in the order of the table.
    pub fn all() -> impl Iterator<Item = FigureId> {
        TABLE.iter().map(|d| d.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let mut keys = std::collections::BTreeSet::new();
        for (i, d) in TABLE.iter().enumerate() {
            assert_eq!(d.id as usize, i);
            assert!(keys.insert(d.key), "{} is there twice", d.key);
            assert!(d.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert!(d.version > 0 && !d.label.is_empty() && !d.above.is_empty());
            assert_eq!(FigureId::from_key(d.key), Some(d.id));
        }
    }
}
