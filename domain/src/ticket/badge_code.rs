//! The code on a printed badge.

use sha2::{Digest as _, Sha256};

use super::short_code::{read, syndrome, with_check, written};

/// Stands before the code in its digest, so that it is no digest of anything else.
const PURPOSE: &[u8] = b"NGAY-CDS BADGE V1\0";
/// Random symbols, of five bits each.
const RANDOM: usize = 25;

/// `B`, 25 random Crockford characters (125 bits) and a check character, as of a [`ShortCode`](super::ShortCode): 27
/// characters of QR alphanumeric mode, which a code of version 2-M (38 characters) holds with room to spare.
///
/// A badge is seen by everybody and photographed, so its code says nothing of the ticket, and no gate takes it. Longer than
/// a short code and an invitation's code and shorter than a ticket, it is never taken for one of them.
#[derive(Clone, PartialEq, Eq)]
pub struct BadgeCode(String);

impl std::fmt::Debug for BadgeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BadgeCode(…)")
    }
}

impl BadgeCode {
    /// The code made of the lowest 125 of these random bits.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        let symbols: [u8; RANDOM] = std::array::from_fn(|place| u8::try_from(bits >> (5 * place) & 31).expect("five bits"));
        Self(format!("B{}", written(&with_check(&symbols))))
    }

    /// Reads a scanned or typed code: any case, spaces and hyphens anywhere, `O` as 0, `I` and `L` as 1. `None` unless it
    /// begins with `B`, has its length and the check is right.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let symbols = read::<{ RANDOM + 1 }>(raw.trim_start().strip_prefix(['B', 'b'])?)?;
        (syndrome(&symbols) == 0).then(|| Self(format!("B{}", written(&symbols))))
    }

    /// The 27 characters, as the QR code holds them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By what the code is found: SHA-256 over it. The code itself is stored nowhere.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::new().chain_update(PURPOSE).chain_update(self.0.as_bytes()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ticket::{Reading, ShortCode, recognise};

    const QR_VERSION_2_M: usize = 38;

    #[test]
    fn the_code_fits_a_small_qr_code_and_is_not_shown_by_chance() {
        let code = BadgeCode::from_random(u128::MAX);
        assert_eq!(code.as_str().len(), 27);
        assert!(code.as_str().len() <= QR_VERSION_2_M);
        assert_eq!(format!("{code:?}"), "BadgeCode(…)");
    }

    #[test]
    fn only_one_form_is_read() {
        let zero = BadgeCode::from_random(0);
        assert_eq!(zero.as_str(), "B00000000000000000000000000");
        assert_eq!(BadgeCode::parse(" booooo-00000 00000 00000 00000 O"), Some(zero.clone()));
        let text = zero.as_str();
        for other in [&text[1..], &text[..26], &format!("{text}0"), &format!("C{}", &text[1..]), &format!("B{text}"), "B", ""] {
            assert_eq!(BadgeCode::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_code_reads_back_as_itself_and_as_nothing_else(bits: u128) {
            let code = BadgeCode::from_random(bits);
            prop_assert_eq!(BadgeCode::parse(&code.as_str().to_lowercase()), Some(code.clone()));
            prop_assert_eq!(ShortCode::parse(code.as_str()), None);
            prop_assert_eq!(recognise(code.as_str()), Reading::Badge(code));
        }

        #[test]
        fn a_short_code_is_no_badge(bits: u64) {
            let code = ShortCode::from_random(bits);
            prop_assert_eq!(BadgeCode::parse(code.as_str()), None);
            prop_assert_eq!(recognise(code.as_str()), Reading::Short(code));
        }

        #[test]
        fn one_wrong_character_is_always_found(bits: u128, at in 1usize..27, other in 0u8..32) {
            let code = BadgeCode::from_random(bits);
            let mut letters = code.as_str().as_bytes().to_vec();
            let other = written(&[other]).into_bytes()[0];
            prop_assume!(letters[at] != other);
            letters[at] = other;
            prop_assert_eq!(BadgeCode::parse(std::str::from_utf8(&letters).unwrap()), None);
        }

        #[test]
        fn two_exchanged_characters_are_always_found(bits: u128, a in 1usize..27, b in 1usize..27) {
            let code = BadgeCode::from_random(bits);
            let mut letters = code.as_str().as_bytes().to_vec();
            prop_assume!(letters[a] != letters[b]);
            letters.swap(a, b);
            prop_assert_eq!(BadgeCode::parse(std::str::from_utf8(&letters).unwrap()), None);
        }

        #[test]
        fn different_codes_have_different_digests(a: u128, b: u128) {
            let [a, b] = [a, b].map(BadgeCode::from_random);
            prop_assert_eq!(a == b, a.digest() == b.digest());
        }
    }
}
