//! How far the phone's clock is from the server's, also when somebody sets it between two contacts.
//!
//! Beside the clock on the wall, a browser has one that only runs on. Where the two part, either the phone has slept, or
//! its clock was set; which, the next contact with the server shows. Until then the time is a guess, and scans that wait
//! are told with what is measured then.

/// An answer that took longer says too little about when the server wrote it.
const LONGEST_ROUND_TRIP: i64 = 1_500;
/// Clocks that part by less are one clock.
const DRIFT: i64 = 2_000;
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
    /// Measured in this stretch, not carried over into it.
    is_measured: bool,
    /// The clock has leapt so far since it was measured that the offset may be another by hours.
    is_doubted: bool,
    stretch: Stretch,
    last: Reading,
}

impl ServerClock {
    /// As remembered from an earlier visit, or not known at all.
    pub fn remembered(offset: i64, now: Reading) -> Self {
        Self { offset, is_measured: false, is_doubted: false, stretch: Stretch(0), last: now }
    }

    /// Measured by the page: written by the server at `server`, begun to arrive here at `arrived`.
    pub fn of_page(server: i64, arrived: i64, now: Reading) -> Self {
        Self { is_measured: true, ..Self::remembered(server - arrived, now) }
    }

    /// Looks whether the clocks still run together. Called often.
    pub fn look(&mut self, now: Reading) {
        let drift = (now.wall - self.last.wall) - (now.running - self.last.running);
        self.last = now;
        if drift.abs() <= DRIFT {
            return;
        }
        self.stretch.0 += 1;
        self.is_measured = false;
        self.is_doubted |= drift > SURE_SLEEP;
        if !(0..=LONGEST_SLEEP).contains(&drift) {
            self.offset -= drift;
        }
    }

    /// Measures again by an answer: the server wrote it half-way between question and arrival.
    pub fn measure(&mut self, server: i64, asked: Reading, arrived: Reading) {
        self.look(arrived);
        let round_trip = arrived.running - asked.running;
        if (0..=LONGEST_ROUND_TRIP).contains(&round_trip) {
            self.offset = server + round_trip / 2 - arrived.wall;
            (self.is_measured, self.is_doubted) = (true, false);
        }
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
        (self.is_measured && self.stretch == stretch).then_some(self.offset)
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

    #[test]
    fn the_server_answers_half_way_between_question_and_arrival() {
        let mut clock = ServerClock::of_page(10_000, 4_000, at(4_000, 0));
        assert_eq!((clock.offset(), clock.server(5_000)), (6_000, 11_000));
        clock.measure(20_100, at(14_000, 10_000), at(14_200, 10_200));
        assert_eq!(clock.offset(), 6_000);
        clock.measure(20_400, at(14_000, 10_000), at(14_200, 10_200));
        assert_eq!(clock.offset(), 6_300);
    }

    #[test]
    fn a_slow_answer_measures_nothing() {
        let mut clock = ServerClock::of_page(10_000, 4_000, at(4_000, 0));
        clock.measure(50_000, at(14_000, 10_000), at(15_501, 11_501));
        assert_eq!(clock.offset(), 6_000);
    }

    #[test]
    fn a_clock_that_is_set_back_or_into_another_year_changes_no_time() {
        let year = 365 * 24 * HOUR;
        for leap in [-HOUR, -3_000, 5 * year, LONGEST_SLEEP + 1] {
            let mut clock = ServerClock::of_page(0, 0, at(0, 0));
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
        let mut clock = ServerClock::of_page(500, 0, at(0, 0));
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
            let mut clock = ServerClock::of_page(500, 0, at(0, 0));
            clock.look(at(leap, 0));
            assert_eq!((clock.offset(), clock.is_doubted()), (offset, is_doubted), "{leap}");
            // Another small leap takes no doubt away, and neither does a slow answer.
            clock.look(at(leap + HOUR, 0));
            clock.measure(0, at(leap + HOUR, 0), at(leap + HOUR + 1_501, 1_501));
            assert_eq!(clock.is_doubted(), is_doubted, "{leap}");
            let now = at(leap + HOUR + 1_501, 1_501);
            clock.measure(now.wall + 700, now, now);
            assert_eq!((clock.offset(), clock.is_doubted()), (700, false), "{leap}");
        }
    }

    #[test]
    fn the_next_contact_shows_what_a_leap_was() {
        let mut clock = ServerClock::of_page(0, 0, at(0, 0));
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
