//! When to try again what has failed: soon, then less and less often, for as long as the page lives.

/// The first pause after a failure; it doubles up to the longest.
const FIRST_PAUSE: i64 = 250;
const LONGEST_PAUSE: i64 = 8_000;
/// After so many failures in a row somebody should know.
const WORTH_TELLING: u32 = 3;

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strikes {
    count: u32,
    until: i64,
}

impl Strikes {
    pub fn fail(&mut self, now: i64) {
        self.until = now + (FIRST_PAUSE << self.count.min(8)).min(LONGEST_PAUSE);
        self.count += 1;
    }

    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Whether the pause is over. A clock set back does not make it longer.
    pub fn may_try(self, now: i64) -> bool {
        !(0..LONGEST_PAUSE).contains(&(self.until - now - 1))
    }

    pub fn are_worth_telling(self) -> bool {
        self.count >= WORTH_TELLING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_never_end_the_attempts() {
        let mut strikes = Strikes::default();
        assert!(strikes.may_try(0));
        for pause in [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000] {
            strikes.fail(1_000);
            assert!(!strikes.may_try(1_000 + pause - 1) && strikes.may_try(1_000 + pause), "{pause}");
        }
    }

    #[test]
    fn the_third_failure_in_a_row_is_worth_telling_and_a_success_forgets_them() {
        let mut strikes = Strikes::default();
        let told = [(); 3].map(|()| {
            strikes.fail(0);
            strikes.are_worth_telling()
        });
        assert_eq!(told, [false, false, true]);
        strikes.succeed();
        assert!(strikes.may_try(0) && !strikes.are_worth_telling());
    }

    #[test]
    fn a_clock_set_back_does_not_make_a_pause_longer() {
        let mut strikes = Strikes::default();
        strikes.fail(1_000_000);
        assert!(strikes.may_try(0));
    }
}
