//! The code of an invitation.

use std::fmt;

use crate::ticket::crockford;

/// Twelve Crockford characters (60 bits) that open an audience, hidden ones too. It is a secret of those who have it, so
/// it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode(String);

impl InvitationCode {
    const LENGTH: usize = 12;

    /// The code made of the lowest 60 of these random bits.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        let symbols: [u8; Self::LENGTH] = std::array::from_fn(|place| u8::try_from(bits >> (5 * place) & 31).expect("five bits"));
        Self(crockford::written(&symbols))
    }

    /// Reads a typed code as [`crate::ticket::ShortCode::parse`] does; `None` unless it has twelve characters.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        crockford::read::<{ Self::LENGTH }>(raw).map(|symbols| Self(crockford::written(&symbols)))
    }

    /// The twelve characters without a gap: what is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `7KQ4-M9XW-2PZR`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

impl fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_invitation_code_reads_back_however_it_is_typed(bits: u64) {
            let code = InvitationCode::from_random(bits);
            prop_assert_eq!(InvitationCode::parse(&code.shown().to_lowercase().replace('0', "o")), Some(code.clone()));
            prop_assert_eq!(InvitationCode::parse(&code.as_str()[1..]), None);
        }
    }
}
