//! One code in front of the camera is one scan, however long it stays there.

/// A code counts again after it was out of sight for so long.
const QUIET: i64 = 3_000;

/// The codes that were seen lately, and when last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mute {
    seen: Vec<(String, i64)>,
}

impl Mute {
    /// Whether the code is to be looked at: it was out of sight. Other codes are never in its way.
    pub fn passes(&mut self, code: &str, now: i64) -> bool {
        let lately = |at: i64| (0..QUIET).contains(&(now - at));
        let known = self.seen.iter().any(|(seen, at)| seen == code && lately(*at));
        self.seen.retain(|(seen, at)| seen != code && lately(*at));
        self.seen.push((code.to_owned(), now));
        !known
    }

    /// Counts everything as seen just now: while an answer covers the screen, nobody looks.
    pub fn hold(&mut self, now: i64) {
        for (_, at) in &mut self.seen {
            *at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_stays_in_view_is_one_scan() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        assert!((1..100).all(|step| !mute.passes("a", step * 1_000)));
        assert!(!mute.passes("a", 99_000 + QUIET - 1));
        assert!(mute.passes("a", 99_000 + QUIET - 1 + QUIET));
    }

    #[test]
    fn another_code_is_looked_at_at_once_and_does_not_unmute_the_first() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        assert!(mute.passes("b", 100));
        assert!(!mute.passes("a", 200));
    }

    #[test]
    fn reading_an_answer_for_long_does_not_scan_again() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        mute.hold(60_000);
        assert!(!mute.passes("a", 60_100));
    }

    #[test]
    fn a_clock_set_back_does_not_mute_for_ever() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 1_000_000));
        assert!(mute.passes("a", 0));
    }
}
