//! One code held before the camera is one scan, though it is read in every frame.

/// A code counts again so long after its answer has left the screen.
const QUIET: i64 = 3_000;

/// The codes that were taken lately, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mute {
    taken: Vec<(String, i64)>,
}

impl Mute {
    /// Whether the code is to be taken. Other codes are never in its way.
    pub fn passes(&mut self, code: &str, now: i64) -> bool {
        self.taken.retain(|(_, at)| (0..QUIET).contains(&(now - at)));
        let passes = self.taken.iter().all(|(taken, _)| taken != code);
        if passes {
            self.taken.push((code.to_owned(), now));
        }
        passes
    }

    /// The answer to this code has left the screen: only now may the person move on.
    pub fn hold(&mut self, code: &str, now: i64) {
        self.taken.retain(|(taken, _)| taken != code);
        self.taken.push((code.to_owned(), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_once_in_three_seconds() {
        let mut mute = Mute::default();
        let taken: Vec<i64> = (0..100).map(|frame| frame * 100).filter(|now| mute.passes("a", *now)).collect();
        assert_eq!(taken, [0, 3_000, 6_000, 9_000]);
    }

    #[test]
    fn another_code_is_taken_at_once_and_does_not_unmute_the_first() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        assert!(mute.passes("b", 100));
        assert!(!mute.passes("a", 200));
    }

    #[test]
    fn the_time_counts_from_when_the_answer_has_left_the_screen() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        mute.hold("a", 60_000);
        assert!(!mute.passes("a", 62_999));
        assert!(mute.passes("a", 63_000));
    }

    #[test]
    fn a_clock_set_back_does_not_mute_for_ever() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 1_000_000));
        assert!(mute.passes("a", 0));
    }
}
