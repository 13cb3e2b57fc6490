//! The code of a booth: on a poster, for visitors who stamp their passport themselves.
//!
//! `HTTPS://<HOST>/TEM/` + base32 (RFC 4648, upper case, no padding) of 82 bytes: payload 18 ‖ Ed25519 signature 64. All
//! characters are in QR alphanumeric mode. It proves which booth is meant, not that somebody stands before it: a poster can be
//! photographed.
//!
//! | byte | content |
//! |---|---|
//! | 0 | format version (4 bits) · key id (4 bits) |
//! | 1 | edition, as years since 2020 |
//! | 2–17 | id of the checkpoint |

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ids::CheckpointId,
    signed::{self, CodeFault, Head, PublicKey, SignedCode},
};

/// What the code of a booth says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoothCode {
    /// Which of the edition's keys signed it, 0–15.
    pub key_id: u8,
    /// The edition's year, 2020–2275.
    pub year: u16,
    pub checkpoint: CheckpointId,
}

impl BoothCode {
    /// Signs the code and writes it as text: base32 of payload and signature, 132 characters.
    ///
    /// # Panics
    /// When `key_id` exceeds 15 or the year cannot be told in one byte.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        signed::sign(self, key)
    }

    /// The text for the QR code: the address behind which the booth's page lies, in capitals.
    ///
    /// `origin` is scheme and host, as `https://chuyendoiso.dongthap.gov.vn`.
    #[must_use]
    pub fn address(origin: &str, code: &str) -> String {
        signed::address::<Self>(origin, code)
    }

    /// Reads a text and proves the signature. The text may be the whole address or the part after `/TEM/`, in any case; the
    /// host is ignored. Decoding is strict otherwise, as [`crate::ticket::verify`]'s.
    ///
    /// # Errors
    /// [`CodeFault`].
    pub fn verify(text: &str, keys: &[PublicKey]) -> Result<Self, CodeFault> {
        signed::verify(text, keys)
    }

    /// The edition that a text claims to be a booth of, before its signature is proved: says whose keys to try.
    #[must_use]
    pub fn claimed_year(text: &str) -> Option<u16> {
        signed::claimed_year::<Self>(text)
    }
}

impl SignedCode for BoothCode {
    const PURPOSE: &'static [u8] = b"NGAY-CDS BOOTH V1\0";
    const PATH: &'static str = "/TEM/";
    const PAYLOAD: usize = Head::LENGTH + 16;

    fn payload(&self) -> Vec<u8> {
        let head = Head { key_id: self.key_id, year: self.year }.bytes();
        [&head[..], self.checkpoint.0.as_bytes()].concat()
    }

    fn read(Head { key_id, year }: Head, payload: &[u8]) -> Option<Self> {
        Some(Self { key_id, year, checkpoint: CheckpointId(Uuid::from_slice(payload.get(Head::LENGTH..)?).ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        registration::AudienceKind,
        ticket::{self, Ticket, TicketId},
    };

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> [PublicKey; 1] {
        [PublicKey { year: 2027, key_id: 3, key: key().verifying_key() }]
    }

    fn booth() -> BoothCode {
        BoothCode { key_id: 3, year: 2027, checkpoint: CheckpointId(Uuid::from_u128(0x0123_4567_89ab_cdef)) }
    }

    #[test]
    fn the_address_of_a_booth_ends_in_132_characters() {
        let code = booth().sign(&key());
        let address = BoothCode::address("https://ngay-cds.dongthap.gov.vn/", &code);
        assert_eq!((address, code.len()), (format!("HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/TEM/{code}"), 132));
    }

    #[test]
    fn a_booths_code_is_these_characters_for_ever() {
        // Written by another implementation of RFC 8032 and RFC 4648: posters outlive the program.
        let written = "CMDQAAAAAAAAAAAAAERUKZ4JVPG6624GY4OUKTP6TQJCIWJSUKFTHA4NAN3X3356QABDIUSSTZJYYOKV5AG4YG6NZRLJQQGROXZIJOPNVWMEXR5XNLKR6WTGRLHUDOSAZ4CQ";
        assert_eq!(booth().sign(&key()), written);
        assert_eq!(BoothCode::verify(written, &keys()), Ok(booth()));
    }

    #[test]
    fn a_booth_is_no_ticket_and_what_is_signed_for_another_purpose_is_no_booth() {
        let payload = booth().payload();
        let bytes = [&payload[..], &key().sign(&[b"NGAY-CDS TICKET V1\0", &payload[..]].concat()).to_bytes()].concat();
        assert_eq!(BoothCode::verify(&BASE32_NOPAD.encode(&bytes), &keys()), Err(CodeFault::Signature));
        let ticket_keys = [PublicKey { year: 2027, key_id: 3, key: key().verifying_key() }];
        assert_eq!(ticket::verify(&booth().sign(&key()), &ticket_keys), Err(CodeFault::Form));
        let ticket = Ticket { key_id: 3, year: 2027, audience: AudienceKind::Citizen, reissue: 0, is_spare: false, id: TicketId(1) };
        assert_eq!(BoothCode::verify(&ticket.sign(&key()), &keys()), Err(CodeFault::Form));
    }

    proptest! {
        #[test]
        fn every_booth_reads_back_as_itself(key_id in 0u8..16, year in 2020u16..=2275, id: u128) {
            let booth = BoothCode { key_id, year, checkpoint: CheckpointId(Uuid::from_u128(id)) };
            let keys = [PublicKey { year, key_id, key: key().verifying_key() }];
            prop_assert_eq!(BoothCode::verify(&booth.sign(&key()), &keys), Ok(booth));
        }
    }
}
