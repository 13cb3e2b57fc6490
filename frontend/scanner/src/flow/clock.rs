//! How far the phone's clock is from the server's, also when somebody sets it between two contacts.
//!
//! Beside the clock on the wall, a browser has one that only runs on. Where the two part, either the phone has slept, or
//! its clock was set; which, the next contact with the server shows. Until then the time is a guess, and scans that wait
//! are told with what is measured then.
//!
//! The server wrote its time at some moment between question and answer, so each answer gives two bounds of the offset. The
//! offset lies within the bounds of all answers (Marzullo 1984), and the quickest of them decides: a slow one, at a gate with a
//! bad network, spoils nothing. Bounds widen with time, since clocks drift, and where two exclude each other a clock was set by
//! too little to be noticed: then the newer hold.

/// Bounds as far apart as this, or closer, are best believed in their middle. Of wider ones nobody knows which way was the slow one:
/// there what is believed already is better, where they allow it.
const NARROW: i64 = 1_500;
/// Bounds that are further apart say nothing of whether a phone has slept or its clock was set: they are no measurement.
const WIDEST: i64 = 60_000;
/// In so many milliseconds two clocks part by one: 50 parts in a million, twice what the quartz of a phone is allowed.
const DRIFTS_ONE_IN: i64 = 20_000;
/// Clocks that part by no more between two looks have not been parted.
const LEAP: i64 = 2_000;
/// A phone does not sleep longer in the middle of a day's work: after such a leap, whether it has slept or its clock was set is
/// in doubt.
const SURE_SLEEP: i64 = 12 * 60 * 60 * 1_000;
/// A phone that was made ready days before an event and then laid aside sleeps so long. A longer leap is a clock that was set.
const LONGEST_SLEEP: i64 = 3 * 24 * 60 * 60 * 1_000;

/// One look at both clocks, in milliseconds: the one on the wall since 1970, the other since some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub wall: i64,
    pub running: i64,
}

/// A time in which the clock on the wall ran on evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch(u32);

/// Server clock minus phone clock, as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerClock {
    offset: i64,
    /// What the answers of this stretch say; `None`: the offset is carried over into it.
    bounds: Option<Bounds>,
    /// The clock has leapt so far since it was measured that the offset may be another by hours.
    is_doubted: bool,
    stretch: Stretch,
    last: Reading,
}

/// Between what the offset lay when the running clock showed `at`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    low: i64,
    high: i64,
    at: i64,
}

impl Bounds {
    /// What is left of these after the drift until then, in the light of newer ones.
    fn narrowed_by(self, newer: Self) -> Self {
        let drift = (newer.at - self.at) / DRIFTS_ONE_IN;
        let (low, high) = (self.low - drift, self.high + drift);
        if newer.low <= low && high <= newer.high {
            self
        } else if low <= newer.high && newer.low <= high {
            Self { low: low.max(newer.low), high: high.min(newer.high), ..newer }
        } else {
            newer
        }
    }

    fn width(self) -> i64 {
        self.high - self.low
    }

    /// The offset that is believed, where `known` was before.
    fn of(self, known: i64) -> i64 {
        if self.width() <= NARROW { self.low + self.width() / 2 } else { known.clamp(self.low, self.high) }
    }
}

impl ServerClock {
    /// As remembered from an earlier visit, or not known at all.
    pub fn remembered(offset: i64, now: Reading) -> Self {
        Self { offset, bounds: None, is_doubted: false, stretch: Stretch(0), last: now }
    }

    /// Looks whether the clocks still run together. Called often.
    pub fn look(&mut self, now: Reading) {
        let drift = (now.wall - self.last.wall) - (now.running - self.last.running);
        self.last = now;
        if drift.abs() <= LEAP {
            return;
        }
        self.stretch.0 += 1;
        self.bounds = None;
        self.is_doubted |= drift > SURE_SLEEP;
        if !(0..=LONGEST_SLEEP).contains(&drift) {
            self.offset -= drift;
        }
    }

    /// Measures by an answer, in which the server told the time `server`.
    pub fn measure(&mut self, server: i64, asked: Reading, arrived: Reading) {
        self.look(arrived);
        // In a phone that sleeps the running clock may stand still; one on the wall may be set back.
        let round_trip = (arrived.running - asked.running).max(arrived.wall - asked.wall);
        let low = server - arrived.wall;
        let newer = Bounds { low, high: low + round_trip, at: arrived.running };
        let bounds = self.bounds.map_or(newer, |known| known.narrowed_by(newer));
        self.offset = bounds.of(self.offset);
        self.bounds = Some(bounds);
        self.is_doubted &= bounds.width() > WIDEST;
    }

    pub fn offset(self) -> i64 {
        self.offset
    }

    /// Whether the offset may be wrong by hours, until the server is asked.
    pub fn is_doubted(self) -> bool {
        self.is_doubted
    }

    pub fn stretch(self) -> Stretch {
        self.stretch
    }

    /// What is measured of this stretch, if anything is.
    pub fn measured(self, stretch: Stretch) -> Option<i64> {
        let is_measured = self.bounds.is_some_and(|bounds| bounds.width() <= WIDEST);
        (is_measured && self.stretch == stretch).then_some(self.offset)
    }

    /// What the server's clock shows when the phone's shows `now`.
    pub fn server(self, now: i64) -> i64 {
        now + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(wall: i64, running: i64) -> Reading {
        Reading { wall, running }
    }

    /// Measured at once, the phone's clock showing 0.
    fn measured(offset: i64) -> ServerClock {
        let mut clock = ServerClock::remembered(0, at(0, 0));
        clock.measure(offset, at(0, 0), at(0, 0));
        clock
    }

    #[test]
    fn an_answer_alone_is_taken_as_written_half_way_between_question_and_arrival() {
        let mut clock = ServerClock::remembered(0, at(4_000, 0));
        clock.measure(20_400, at(14_000, 10_000), at(14_200, 10_200));
        assert_eq!((clock.offset(), clock.server(5_000)), (6_300, 11_300));
        assert_eq!(clock.measured(clock.stretch()), Some(6_300));
    }

    #[test]
    fn of_many_answers_the_quick_ones_decide_and_a_slow_one_spoils_nothing() {
        // Written at once, read after more than a second: by itself it says 600 less than is true.
        let slow =
            |clock: &mut ServerClock, running| clock.measure(running + 6_000, at(running, running), at(running + 1_200, running + 1_200));
        let mut clock = ServerClock::remembered(0, at(0, 0));
        slow(&mut clock, 1_000);
        assert_eq!(clock.offset(), 5_400);
        clock.measure(8_050, at(2_300, 2_300), at(2_400, 2_400));
        assert_eq!(clock.offset(), 5_700, "between 5,650 and 5,750");
        slow(&mut clock, 3_000);
        assert_eq!(clock.offset(), 5_700);
        // Each of two says something of its own: between 5,650 and 5,680, when both are believed.
        clock.measure(10_080, at(4_400, 4_400), at(4_500, 4_500));
        assert_eq!(clock.offset(), 5_665);
    }

    #[test]
    fn what_was_measured_long_ago_says_less_by_the_drift_of_two_clocks() {
        let mut clock = measured(6_000);
        // An hour on, 5,820 to 6,180 are left of it; the answer says 6,100 to 7,100.
        clock.measure(HOUR + 7_100, at(HOUR, HOUR), at(HOUR + 1_000, HOUR + 1_000));
        assert_eq!(clock.offset(), 6_140);
    }

    #[test]
    fn a_clock_that_was_set_by_too_little_to_be_noticed_is_believed_when_it_is_asked_again() {
        let mut clock = measured(6_000);
        clock.look(at(11_500, 10_000));
        assert_eq!(clock.measured(clock.stretch()), Some(6_000));
        clock.measure(16_000, at(11_500, 10_000), at(11_600, 10_100));
        assert_eq!(clock.offset(), 4_450);
    }

    #[test]
    fn a_slow_answer_changes_what_is_believed_as_little_as_its_bounds_allow() {
        for (believed, bounded) in [(0, 34_499), (35_000, 35_000), (40_000, 36_000)] {
            let mut clock = ServerClock::remembered(believed, at(0, 0));
            clock.measure(50_000, at(14_000, 14_000), at(15_501, 15_501));
            assert_eq!(clock.offset(), bounded, "{believed}");
            assert_eq!(clock.measured(clock.stretch()), Some(bounded));
        }
    }

    #[test]
    fn an_answer_that_took_more_than_a_minute_bounds_a_guess_and_measures_nothing() {
        for (took, is_measured) in [(WIDEST, true), (WIDEST + 1, false)] {
            let mut clock = ServerClock::remembered(0, at(0, 0));
            clock.measure(HOUR + took, at(0, 0), at(took, took));
            assert_eq!(clock.offset(), HOUR);
            assert_eq!(clock.measured(clock.stretch()), is_measured.then_some(HOUR));
        }
    }

    #[test]
    fn an_answer_that_a_sleeping_phone_reads_hours_later_is_a_slow_one() {
        let mut clock = measured(6_000);
        clock.measure(16_000, at(10_000, 10_000), at(10_100 + HOUR, 10_100));
        assert_eq!(clock.offset(), 6_000);
        assert_eq!(clock.measured(clock.stretch()), None);
    }

    #[test]
    fn a_clock_that_is_set_back_or_into_another_year_changes_no_time() {
        let year = 365 * 24 * HOUR;
        for leap in [-HOUR, -3_000, 5 * year, LONGEST_SLEEP + 1] {
            let mut clock = measured(0);
            clock.look(at(60_000, 60_000));
            let stretch = clock.stretch();
            clock.look(at(120_000 + leap, 120_000));
            assert_eq!(clock.server(120_000 + leap), 120_000, "{leap}");
            assert_ne!(clock.stretch(), stretch);
            assert_eq!(clock.measured(clock.stretch()), None, "it is a guess until the server is asked");
        }
    }

    #[test]
    fn a_phone_that_slept_keeps_its_time() {
        let mut clock = measured(500);
        clock.look(at(2 * HOUR, 1_000));
        assert_eq!(clock.server(2 * HOUR), 2 * HOUR + 500);
    }

    #[test]
    fn after_a_leap_of_more_than_half_a_day_the_time_is_in_doubt_until_the_server_is_asked() {
        for (leap, offset, is_doubted) in [
            (SURE_SLEEP, 500, false),
            (SURE_SLEEP + 1, 500, true),
            (LONGEST_SLEEP, 500, true),
            (LONGEST_SLEEP + 1, 500 - LONGEST_SLEEP - 1, true),
            (-HOUR, 500 + HOUR, false),
        ] {
            let mut clock = measured(500);
            clock.look(at(leap, 0));
            assert_eq!((clock.offset(), clock.is_doubted()), (offset, is_doubted), "{leap}");
            // Another small leap takes no doubt away, and neither does a very slow answer.
            clock.look(at(leap + HOUR, 0));
            let now = at(leap + HOUR + WIDEST + 1, WIDEST + 1);
            clock.measure(now.wall, at(leap + HOUR, 0), now);
            assert_eq!(clock.is_doubted(), is_doubted, "{leap}");
            clock.measure(now.wall + 700, now, now);
            assert_eq!((clock.offset(), clock.is_doubted()), (700, false), "{leap}");
        }
    }

    #[test]
    fn the_next_contact_shows_what_a_leap_was() {
        let mut clock = measured(0);
        // Taken for sleep, but somebody has set the clock an hour ahead.
        clock.look(at(HOUR, 1_000));
        let stretch = clock.stretch();
        clock.measure(2_000, at(HOUR + 900, 1_900), at(HOUR + 1_100, 2_100));
        assert_eq!(clock.measured(stretch), Some(2_100 - HOUR - 1_100));
        assert_eq!(clock.server(HOUR), 1_000);
        clock.look(at(5 * HOUR, 3_000));
        assert_eq!(clock.measured(stretch), None, "the stretch is over");
    }
}
