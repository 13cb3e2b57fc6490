//! The short code under the QR code, for reading aloud and typing.

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eight Crockford characters: seven random ones (35 bits) and a check character.
///
/// The check is a Reed–Solomon symbol over GF(2⁵): Σ αⁱ·cᵢ = 0. It finds every single wrong character
/// and every exchange of two characters. It grants nothing by itself: only signed-in staff can use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShortCode(String);

impl ShortCode {
    /// The code made of the lowest 35 of these random bits.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        let symbols: [u8; 7] = std::array::from_fn(|place| u8::try_from(bits >> (5 * place) & 31).expect("five bits"));
        Self(written(&with_check(&symbols)))
    }

    /// Reads a typed code: any case, spaces and hyphens anywhere, `O` as 0, `I` and `L` as 1 (as Crockford
    /// asks). `None` unless it has eight characters and the check is right.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let symbols = read::<8>(raw)?;
        (syndrome(&symbols) == 0).then(|| Self(written(&symbols)))
    }

    /// The eight characters without a gap, as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `7KQ4 M9XW`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}", &self.0[..4], &self.0[4..])
    }
}

/// The symbols of a typed code: any case, spaces and hyphens anywhere, `O` as 0, `I` and `L` as 1 (as Crockford asks).
/// `None` unless there are exactly `N`.
pub(crate) fn read<const N: usize>(raw: &str) -> Option<[u8; N]> {
    let mut symbols = Vec::with_capacity(N);
    for c in raw.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2013}' | '\n' | '\r')) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let symbol = ALPHABET.iter().position(|letter| char::from(*letter) == c)?;
        symbols.push(u8::try_from(symbol).ok()?);
        if symbols.len() > N {
            return None;
        }
    }
    symbols.try_into().ok()
}

/// The characters of symbols, each below 32.
pub(crate) fn written(symbols: &[u8]) -> String {
    symbols.iter().map(|symbol| char::from(ALPHABET[usize::from(*symbol)])).collect()
}

/// The symbols, at most 30, and their check after them: c = Σ αⁱ·cᵢ / αⁿ, found by trying, since the field is small.
pub(super) fn with_check(symbols: &[u8]) -> Vec<u8> {
    let check = (0..32).find(|check| syndrome(&[symbols, &[*check]].concat()) == 0).expect("every element has a multiple");
    [symbols, &[check]].concat()
}

/// Σ αⁱ·cᵢ over GF(2⁵) with α = 2 and the polynomial x⁵ + x² + 1, by Horner's rule.
pub(super) fn syndrome(symbols: &[u8]) -> u8 {
    symbols.iter().rev().fold(0, |sum, symbol| {
        let doubled = sum << 1;
        (if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }) ^ symbol
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_that_look_like_digits_are_read_as_digits() {
        let code = ShortCode::from_random(0);
        assert_eq!(code.shown(), "0000 0000");
        assert_eq!(ShortCode::parse("oooo-OOOO"), Some(code));
        assert_eq!(ShortCode::parse("0000 000U"), None);
        assert_eq!(ShortCode::parse("00000000 0"), None);
    }

    proptest! {
        #[test]
        fn every_code_reads_back_as_itself(bits: u64) {
            let code = ShortCode::from_random(bits);
            prop_assert_eq!(ShortCode::parse(&code.shown().to_lowercase()), Some(code));
        }

        #[test]
        fn one_wrong_character_is_always_found(bits: u64, at in 0usize..8, other in 0usize..32) {
            let code = ShortCode::from_random(bits);
            let mut letters = code.as_str().as_bytes().to_vec();
            prop_assume!(letters[at] != ALPHABET[other]);
            letters[at] = ALPHABET[other];
            prop_assert_eq!(ShortCode::parse(std::str::from_utf8(&letters).unwrap()), None);
        }

        #[test]
        fn two_exchanged_characters_are_always_found(bits: u64, a in 0usize..8, b in 0usize..8) {
            let code = ShortCode::from_random(bits);
            let mut letters = code.as_str().as_bytes().to_vec();
            prop_assume!(letters[a] != letters[b]);
            letters.swap(a, b);
            prop_assert_eq!(ShortCode::parse(std::str::from_utf8(&letters).unwrap()), None);
        }
    }
}
