//! One code held before the camera is one scan, though it is read in every frame.
//!
//! Kept are fingerprints of codes, never codes: what an identity card says stays nowhere.

use std::{collections::hash_map::RandomState, hash::BuildHasher};

/// A code counts again when it has been out of sight for so long.
const QUIET: i64 = 3_000;

/// Tells codes apart without telling what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

/// The codes that were seen lately, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mute {
    keys: RandomState,
    seen: Vec<(Fingerprint, i64)>,
}

impl Mute {
    pub fn fingerprint(&self, code: &str) -> Fingerprint {
        Fingerprint(self.keys.hash_one(code))
    }

    /// Whether a code that was read once is to be taken. Other codes are never in its way.
    pub fn passes(&mut self, code: &str, now: i64) -> bool {
        self.seen.retain(|(_, at)| (0..QUIET).contains(&(now - at)));
        let code = self.fingerprint(code);
        let passes = self.seen.iter().all(|(seen, _)| *seen != code);
        if passes {
            self.seen.push((code, now));
        }
        passes
    }

    /// As [`Mute::passes`], for a camera, which reads a code again and again while it is held up.
    pub fn comes_into_sight(&mut self, code: &str, now: i64) -> bool {
        let passes = self.passes(code, now);
        self.hold(self.fingerprint(code), now);
        passes
    }

    /// The answer to this code has left the screen: only now may the person move on.
    pub fn hold(&mut self, code: Fingerprint, now: i64) {
        self.seen.retain(|(seen, _)| *seen != code);
        self.seen.push((code, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a camera that reads `code` at these times takes it.
    fn taken(mute: &mut Mute, code: &str, times: impl Iterator<Item = i64>) -> Vec<i64> {
        times.filter(|now| mute.comes_into_sight(code, *now)).collect()
    }

    #[test]
    fn a_code_that_is_held_up_is_taken_once_until_it_was_out_of_sight_for_three_seconds() {
        let mut mute = Mute::default();
        assert_eq!(taken(&mut mute, "a", (0..100).map(|frame| frame * 100)), [0]);
        assert_eq!(taken(&mut mute, "a", [12_899, 15_899].into_iter()), [15_899]);
    }

    #[test]
    fn a_reader_that_is_pressed_again_and_again_takes_the_code_every_three_seconds() {
        let mut mute = Mute::default();
        let taken: Vec<i64> = (0..10).map(|press| press * 1_000).filter(|now| mute.passes("a", *now)).collect();
        assert_eq!(taken, [0, 3_000, 6_000, 9_000]);
    }

    #[test]
    fn another_code_is_taken_at_once_and_does_not_unmute_the_first() {
        let mut mute = Mute::default();
        assert!(mute.comes_into_sight("a", 0));
        assert!(mute.comes_into_sight("b", 100));
        assert!(!mute.comes_into_sight("a", 200));
    }

    #[test]
    fn the_time_counts_from_when_the_answer_has_left_the_screen() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 0));
        mute.hold(mute.fingerprint("a"), 60_000);
        assert!(!mute.passes("a", 62_999));
        assert!(mute.passes("a", 63_000));
    }

    #[test]
    fn a_clock_set_back_does_not_mute_for_ever() {
        let mut mute = Mute::default();
        assert!(mute.passes("a", 1_000_000));
        assert!(mute.passes("a", 0));
    }

    #[test]
    fn nothing_of_what_a_code_says_is_kept() {
        let mut mute = Mute::default();
        assert!(mute.comes_into_sight("089123456789|341234567|Nguyễn Thị Hạnh|01011970", 0));
        let kept = format!("{mute:?}");
        assert!(!kept.contains("Hạnh") && !kept.contains("089123456789"), "{kept}");
    }
}
