//! Is the other side still there? Silence, round trips, and how long to be patient on this link.
//!
//! Every limit grows with the smoothed round trip: fixed limits of 5–10 s would cut live links on thin lines
//! (spec: sync 3.10).

use crate::wire::frame::{QUIET_DOWN_MS, QUIET_UP_MS};

/// How the other side does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Health {
    /// As it should.
    Well,
    /// Quiet for longer than agreed.
    Late,
    /// Given up.
    Lost,
}

/// What was said and heard on one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse {
    heard: u64,
    said: u64,
    /// A beat without an answer yet.
    beat: Option<u64>,
    /// After a wake-up nothing is believed until something is heard.
    suspect: bool,
    /// It was late already when it was doubted; nothing was heard since.
    late: bool,
    /// That it is late was looked at; nothing was heard since.
    seen_late: bool,
    /// Smoothed round trip, ms; outlives connections because it belongs to the network.
    srtt: Option<u64>,
}

impl Pulse {
    /// A connection begins.
    pub(super) fn opened(&mut self, now: u64) {
        *self = Pulse { heard: now, said: now, srtt: self.srtt, ..Pulse::default() };
    }

    /// Bytes came in.
    pub(super) fn heard(&mut self, now: u64) {
        self.heard = now;
        self.suspect = false;
        self.late = false;
        self.seen_late = false;
    }

    /// Something was sent.
    pub(super) fn said(&mut self, now: u64) {
        self.said = now;
    }

    /// A beat was sent.
    pub(super) fn beat(&mut self, now: u64) {
        self.beat = Some(now);
        self.said = now;
    }

    /// The machine was asleep, or somebody wants to know: the link is doubtful until it speaks, and what was late is
    /// not well again by being asked.
    pub(super) fn doubt(&mut self, now: u64) {
        self.late = self.health(now) != Health::Well;
        self.seen_late = self.late;
        self.suspect = true;
        self.heard = now;
    }

    /// The answer to the beat sent at `sent` came; its round trip, if it is the one awaited.
    pub(super) fn answered(&mut self, sent: u64, now: u64) -> Option<u64> {
        self.beat.take_if(|beat| *beat == sent)?;
        let rtt = now.saturating_sub(sent);
        self.srtt = Some(self.srtt.map_or(rtt, |srtt| (srtt * 7 + rtt) / 8));
        Some(rtt)
    }

    /// The greater of a fixed patience and some round trips.
    pub(super) fn patience(&self, least_ms: u64, trips: u64) -> u64 {
        least_ms.max(self.srtt.unwrap_or(0).saturating_mul(trips))
    }

    fn late_at(&self) -> u64 {
        self.heard + if self.suspect { 1_000 } else { QUIET_DOWN_MS + self.patience(5_000, 4) }
    }

    fn lost_at(&self) -> u64 {
        let silence =
            self.heard + if self.suspect { self.patience(5_000, 4) } else { QUIET_DOWN_MS + self.patience(15_000, 8) };
        match self.beat {
            // A beat that nothing followed, neither its answer nor anything else.
            Some(beat) if beat >= self.heard => silence.min(beat + self.patience(15_000, 8)),
            _ => silence,
        }
    }

    /// How it stands now.
    pub(super) fn health(&self, now: u64) -> Health {
        if now >= self.lost_at() {
            Health::Lost
        } else if self.late || now >= self.late_at() {
            Health::Late
        } else {
            Health::Well
        }
    }

    /// Whether it is time to say something.
    pub(super) fn beat_due(&self, now: u64) -> bool {
        now >= self.beat_at() || (self.beat.is_none() && self.health(now) == Health::Late)
    }

    fn beat_at(&self) -> u64 {
        self.said + QUIET_UP_MS
    }

    /// Looks at it: how it stands now.
    pub(super) fn look(&mut self, now: u64) -> Health {
        let health = self.health(now);
        self.seen_late = health == Health::Late;
        health
    }

    /// When to look again. A time that has passed stays due until it was looked at.
    pub(super) fn wake_at(&self) -> u64 {
        let next = self.beat_at().min(self.lost_at());
        if self.seen_late { next } else { next.min(self.late_at()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_passed_stays_due_until_it_was_looked_at() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        assert_eq!(pulse.wake_at(), 50_000);
        assert_eq!(pulse.look(49_000), Health::Well);
        assert_eq!(pulse.wake_at(), 50_000, "whoever wakes a little late must still find it due");
        assert_eq!(pulse.look(50_007), Health::Late);
        assert_eq!(pulse.wake_at(), 60_000);
        pulse.heard(55_000);
        assert_eq!(pulse.wake_at(), 85_000, "its own beat is due before the next silence");
    }

    #[test]
    fn late_then_lost_by_silence() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        assert_eq!(pulse.health(49_999), Health::Well);
        assert_eq!(pulse.health(50_000), Health::Late);
        assert_eq!(pulse.health(59_999), Health::Late);
        assert_eq!(pulse.health(60_000), Health::Lost);
        pulse.heard(59_000);
        assert_eq!(pulse.health(60_000), Health::Well);
    }

    #[test]
    fn a_long_round_trip_makes_it_patient() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        pulse.beat(0);
        assert_eq!(pulse.answered(1, 5_000), None);
        assert_eq!(pulse.answered(0, 5_000), Some(5_000));
        pulse.heard(5_000);
        assert_eq!(pulse.health(69_000), Health::Well);
        assert_eq!(pulse.health(5_000 + 45_000 + 20_000), Health::Late);
        assert_eq!(pulse.health(5_000 + 45_000 + 40_000), Health::Lost);
    }

    #[test]
    fn an_unanswered_beat_shortens_the_wait() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        pulse.beat(100);
        assert_eq!(pulse.health(15_100), Health::Lost);
        pulse.heard(200);
        assert_eq!(pulse.health(15_100), Health::Well);
    }

    #[test]
    fn what_was_late_is_not_well_again_by_being_asked() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        assert_eq!(pulse.look(52_000), Health::Late);
        pulse.doubt(52_000);
        pulse.beat(52_000);
        assert_eq!(pulse.health(52_001), Health::Late);
        assert_eq!(pulse.wake_at(), 57_000, "it is given up soon");
        pulse.heard(52_500);
        assert_eq!(pulse.health(52_500), Health::Well);
        assert_eq!(pulse.health(53_600), Health::Well);
    }

    #[test]
    fn doubt_ends_soon_either_way() {
        let mut pulse = Pulse::default();
        pulse.opened(0);
        pulse.doubt(10_000);
        pulse.beat(10_000);
        assert_eq!(pulse.health(15_000), Health::Lost);
        pulse.heard(11_000);
        assert_eq!(pulse.health(15_000), Health::Well);
    }
}
