//! How far the phone's clock is from the server's.

/// An answer that took longer says too little about when the server wrote it.
const LONGEST_ROUND_TRIP: i64 = 1_500;

/// Server clock minus phone clock, as last measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerClock {
    offset: i64,
}

impl ServerClock {
    /// Measured by the page: written by the server at `server`, begun to arrive here at `arrived`.
    pub fn of_page(server: i64, arrived: i64) -> Self {
        Self { offset: server - arrived }
    }

    /// Measures again by an answer: the server wrote it half-way between question and arrival.
    pub fn measure(&mut self, server: i64, asked: i64, arrived: i64) {
        let round_trip = arrived - asked;
        if (0..=LONGEST_ROUND_TRIP).contains(&round_trip) {
            self.offset = server - asked - round_trip / 2;
        }
    }

    pub fn offset(self) -> i64 {
        self.offset
    }

    /// What the server's clock shows when the phone's shows `now`.
    pub fn server(self, now: i64) -> i64 {
        now + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_answers_half_way_between_question_and_arrival() {
        let mut clock = ServerClock::of_page(10_000, 4_000);
        assert_eq!((clock.offset(), clock.server(5_000)), (6_000, 11_000));
        clock.measure(20_100, 14_000, 14_200);
        assert_eq!(clock.offset(), 6_000);
        clock.measure(20_400, 14_000, 14_200);
        assert_eq!(clock.offset(), 6_300);
    }

    #[test]
    fn slow_answers_and_a_clock_set_back_between_measure_nothing() {
        let mut clock = ServerClock::of_page(10_000, 4_000);
        clock.measure(50_000, 14_000, 15_501);
        clock.measure(50_000, 14_000, 13_000);
        assert_eq!(clock.offset(), 6_000);
    }
}
