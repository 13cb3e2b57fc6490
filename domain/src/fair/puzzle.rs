//! The puzzle of the opening: a little work for one browser, too much for a program that registers thousands
//! (hashcash: A. Back, "Hashcash — a denial of service counter-measure", 2002).

use std::num::NonZeroU8;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Wait;
use crate::{contact::Phone, registration::Window};

/// So long after an audience opens, a registration brings a solution.
pub const OPENING: TimeDelta = TimeDelta::minutes(1);

/// So long after the opening, and after it got the form, a browser that works out nothing is let in.
pub const PATIENCE: TimeDelta = TimeDelta::seconds(20);

/// The name of the form's field with the solution.
pub const SOLUTION: &str = "solution";

/// How many leading zero bits a solution has: each doubles the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difficulty(NonZeroU8);

impl Difficulty {
    /// The hardest: a quarter of a minute on a fast machine.
    pub const MOST: u8 = 26;

    /// `None` where nothing is asked for: zero bits.
    ///
    /// # Errors
    /// More than [`Difficulty::MOST`].
    #[expect(clippy::result_unit_err, reason = "there is one way to be wrong")]
    pub fn from_bits(bits: u8) -> Result<Option<Self>, ()> {
        if bits > Self::MOST { Err(()) } else { Ok(NonZeroU8::new(bits).map(Self)) }
    }
}

/// A puzzle: it is of one form and of one phone, so that a solution serves for what one phone may register and no more.
#[derive(Clone, Debug)]
pub struct Puzzle {
    difficulty: Difficulty,
    /// What every try begins with.
    begun: Sha256,
}

impl Puzzle {
    /// The puzzle of the form with this stamp and idempotency key.
    #[must_use]
    pub fn new(difficulty: Difficulty, stamp: &str, key: &str, phone: &Phone) -> Self {
        let mut begun = Sha256::new();
        // None of the parts holds a space, so that no two puzzles begin alike.
        for part in ["ngay-cds/opening/1", stamp, key, phone.e164()] {
            begun.update(part.as_bytes());
            begun.update(b" ");
        }
        Self { difficulty, begun }
    }

    /// Whether a number solves it.
    #[must_use]
    pub fn is_solved_by(&self, solution: u64) -> bool {
        let hash: [u8; 32] = self.begun.clone().chain_update(solution.to_be_bytes()).finalize().into();
        let [a, b, c, d, ..] = hash;
        u32::from_be_bytes([a, b, c, d]).leading_zeros() >= u32::from(self.difficulty.0.get())
    }

    /// Tries so many numbers from one on, and gives back the first that solves it.
    #[must_use]
    pub fn search(&self, from: u64, tries: u64) -> Option<u64> {
        (from..from.saturating_add(tries)).find(|number| self.is_solved_by(*number))
    }
}

/// Whether an audience has just opened.
#[must_use]
pub fn is_opening(window: Window, now: DateTime<Utc>) -> bool {
    window.opens_at.is_some_and(|opened| (opened..opened + OPENING).contains(&now))
}

/// Whether a form without a solution is let in: after the opening, or after its patience.
///
/// # Errors
/// How long to wait; then the same form is let in.
pub fn waited(window: Window, issued: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Wait> {
    let Some(opened) = window.opens_at.filter(|_| is_opening(window, now)) else { return Ok(()) };
    let from = issued.max(opened) + PATIENCE;
    let from = from.min(opened + OPENING);
    if now < from { Err(Wait::until(from, now)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: TimeDelta = TimeDelta::milliseconds(1);

    fn puzzle(bits: u8, stamp: &str, key: &str, phone: &str) -> Puzzle {
        Puzzle::new(Difficulty::from_bits(bits).unwrap().unwrap(), stamp, key, &Phone::parse(phone).unwrap())
    }

    fn opened_at(opened: DateTime<Utc>) -> Window {
        Window { opens_at: Some(opened), closes_at: None }
    }

    #[test]
    fn a_solution_is_of_one_form_one_phone_and_one_difficulty() {
        let ours = puzzle(12, "stamp", "key", "0912345678");
        let solution = ours.search(0, 1 << 20).unwrap();
        assert_eq!(solution, SOLVED_BY, "browsers that loaded the page before an update solve the puzzle that it asks");
        assert!(ours.is_solved_by(solution));
        assert_eq!(ours.search(0, solution), None);
        for other in [
            puzzle(12, "stamp2", "key", "0912345678"),
            puzzle(12, "stamp", "key2", "0912345678"),
            puzzle(12, "stamp", "key", "0912345679"),
            puzzle(26, "stamp", "key", "0912345678"),
        ] {
            assert!(!other.is_solved_by(solution));
        }
    }

    /// The first number whose SHA-256 behind "ngay-cds/opening/1 stamp key +84912345678 " begins with twelve zero bits,
    /// as another program has found it.
    const SOLVED_BY: u64 = 2414;

    #[test]
    fn zero_bits_ask_nothing_and_too_many_are_refused() {
        assert_eq!(Difficulty::from_bits(0), Ok(None));
        assert!(Difficulty::from_bits(Difficulty::MOST).unwrap().is_some());
        assert_eq!(Difficulty::from_bits(Difficulty::MOST + 1), Err(()));
    }

    #[test]
    fn only_the_minute_after_the_opening_asks() {
        let opened = DateTime::UNIX_EPOCH;
        assert!(!is_opening(opened_at(opened), opened - TICK));
        assert!(is_opening(opened_at(opened), opened));
        assert!(is_opening(opened_at(opened), opened + OPENING - TICK));
        assert!(!is_opening(opened_at(opened), opened + OPENING));
        assert!(!is_opening(Window { opens_at: None, closes_at: None }, opened));
    }

    #[test]
    fn who_works_out_nothing_waits_from_the_opening_or_from_the_form_whichever_is_later() {
        let opened = DateTime::UNIX_EPOCH;
        let early = opened - TimeDelta::hours(1);
        assert_eq!(waited(opened_at(opened), early, opened), Err(Wait { seconds: 20 }));
        assert_eq!(waited(opened_at(opened), early, opened + PATIENCE - TICK), Err(Wait { seconds: 1 }));
        assert_eq!(waited(opened_at(opened), early, opened + PATIENCE), Ok(()));
        let late = opened + TimeDelta::seconds(10);
        assert_eq!(waited(opened_at(opened), late, late), Err(Wait { seconds: 20 }));
        assert_eq!(waited(opened_at(opened), late, late + PATIENCE), Ok(()));
    }

    #[test]
    fn nobody_waits_beyond_the_opening() {
        let opened = DateTime::UNIX_EPOCH;
        let last = opened + TimeDelta::seconds(55);
        assert_eq!(waited(opened_at(opened), last, last), Err(Wait { seconds: 5 }));
        assert_eq!(waited(opened_at(opened), last, opened + OPENING), Ok(()));
        assert_eq!(waited(Window { opens_at: None, closes_at: None }, last, last), Ok(()));
    }
}
