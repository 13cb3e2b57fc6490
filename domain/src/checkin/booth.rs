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

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ids::CheckpointId, ticket::TicketFault};

/// Stands before the payload in the signed text, so that no other signature of ours can pass for a booth's.
const PURPOSE: &[u8] = b"NGAY-CDS BOOTH V1\0";
const VERSION: u8 = 1;
const PAYLOAD: usize = 18;
const SIGNED: usize = PAYLOAD + 64;
/// Characters of base32 without padding.
const CODE_LENGTH: usize = (SIGNED * 8).div_ceil(5);
const FIRST_YEAR: u16 = 2020;
/// Stands before the code in an address.
const PATH: &str = "/TEM/";

/// What the code of a booth says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoothCode {
    /// Which of the edition's keys signed it, 0–15.
    pub key_id: u8,
    /// The edition's year, 2020–2275.
    pub year: u16,
    pub checkpoint: CheckpointId,
}

/// A public key that the booths of one edition may be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoothKey {
    pub year: u16,
    pub key_id: u8,
    /// The 32 bytes of the Ed25519 public key.
    pub public: [u8; 32],
}

impl BoothCode {
    /// Signs the code and writes it as text: base32 of payload and signature, 132 characters.
    ///
    /// # Panics
    /// When `key_id` exceeds 15 or the year cannot be told in one byte.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let mut bytes = self.payload().to_vec();
        let signature = key.sign(&signed_text(&bytes));
        bytes.extend_from_slice(&signature.to_bytes());
        BASE32_NOPAD.encode(&bytes)
    }

    /// The text for the QR code: the address behind which the booth's page lies, in capitals.
    ///
    /// `origin` is scheme and host, as `https://chuyendoiso.dongthap.gov.vn`.
    #[must_use]
    pub fn address(origin: &str, code: &str) -> String {
        format!("{}{PATH}{code}", origin.trim_end_matches('/').to_ascii_uppercase())
    }

    /// Reads a text and proves the signature. The text may be the whole address or the part after `/TEM/`, in any case; the
    /// host is ignored. Decoding is strict otherwise, as [`crate::ticket::verify`]'s.
    ///
    /// # Errors
    /// [`TicketFault`].
    pub fn verify(text: &str, keys: &[BoothKey]) -> Result<Self, TicketFault> {
        let bytes = signed_bytes(text).ok_or(TicketFault::Form)?;
        let (payload, signature) = bytes.split_at(PAYLOAD);
        let booth = Self::read(payload).ok_or(TicketFault::Form)?;
        let key = keys.iter().find(|key| key.year == booth.year && key.key_id == booth.key_id).ok_or(TicketFault::UnknownKey)?;
        let key = VerifyingKey::from_bytes(&key.public).map_err(|_| TicketFault::UnknownKey)?;
        let signature = Signature::from_slice(signature).map_err(|_| TicketFault::Form)?;
        key.verify_strict(&signed_text(payload), &signature).map_err(|_| TicketFault::Signature)?;
        Ok(booth)
    }

    /// The edition that a text claims to be a booth of, before its signature is proved: says whose keys to try.
    #[must_use]
    pub fn claimed_year(text: &str) -> Option<u16> {
        Self::read(&signed_bytes(text)?[..PAYLOAD]).map(|booth| booth.year)
    }

    fn payload(&self) -> [u8; PAYLOAD] {
        assert!(self.key_id < 16, "the key id has four bits");
        let mut payload = [0; PAYLOAD];
        payload[0] = (VERSION << 4) | self.key_id;
        payload[1] = u8::try_from(self.year - FIRST_YEAR).expect("the year is at most 2275");
        payload[2..].copy_from_slice(self.checkpoint.0.as_bytes());
        payload
    }

    fn read(payload: &[u8]) -> Option<Self> {
        (payload[0] >> 4 == VERSION).then_some(())?;
        Some(Self {
            key_id: payload[0] & 0x0f,
            year: FIRST_YEAR + u16::from(payload[1]),
            checkpoint: CheckpointId(Uuid::from_slice(&payload[2..PAYLOAD]).ok()?),
        })
    }
}

fn signed_text(payload: &[u8]) -> Vec<u8> {
    [PURPOSE, payload].concat()
}

/// Payload and signature of a text in the form of a booth's code.
fn signed_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().to_ascii_uppercase();
    let code = text.rfind(PATH).map_or(text.as_str(), |at| &text[at + PATH.len()..]);
    (code.len() == CODE_LENGTH).then_some(())?;
    BASE32_NOPAD.decode(code.as_bytes()).ok().filter(|bytes| bytes.len() == SIGNED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        registration::AudienceKind,
        ticket::{self, Ticket, TicketId, TicketKey},
    };

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> [BoothKey; 1] {
        [BoothKey { year: 2027, key_id: 3, public: key().verifying_key().to_bytes() }]
    }

    fn booth() -> BoothCode {
        BoothCode { key_id: 3, year: 2027, checkpoint: CheckpointId(Uuid::from_u128(0x0123_4567_89ab_cdef)) }
    }

    #[test]
    fn the_code_is_132_characters_of_qr_alphanumeric_mode() {
        let address = BoothCode::address("https://ngay-cds.dongthap.gov.vn/", &booth().sign(&key()));
        assert!(address.starts_with("HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/TEM/"));
        assert_eq!(address.len(), "HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/TEM/".len() + 132);
        assert!(address.chars().all(|c| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(c)));
    }

    #[test]
    fn any_host_and_any_case_lead_to_the_booth() {
        let code = booth().sign(&key());
        for text in [code.clone(), code.to_lowercase(), format!("https://other.example/tem/{code}"), format!(" HTTP://X/TEM/{code}\n")] {
            assert_eq!(BoothCode::verify(&text, &keys()), Ok(booth()), "{text}");
        }
    }

    #[test]
    fn decoding_takes_one_spelling_only() {
        let code = booth().sign(&key());
        for text in [format!("{code}A"), code[..130].to_owned(), format!("{code}===="), format!("{code}/TEM/"), code.replacen('A', "1", 1)]
        {
            assert_eq!(BoothCode::verify(&text, &keys()), Err(TicketFault::Form), "{text}");
        }
        // 82 bytes are 131.2 characters: the last one carries unused bits that must be zero.
        let mut loose = code.into_bytes();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let last = alphabet.iter().position(|c| Some(c) == loose.last()).unwrap();
        *loose.last_mut().unwrap() = alphabet[last | 1];
        assert_eq!(BoothCode::verify(std::str::from_utf8(&loose).unwrap(), &keys()), Err(TicketFault::Form));
    }

    #[test]
    fn a_booth_is_no_ticket_and_what_is_signed_for_another_purpose_is_no_booth() {
        let payload = booth().payload();
        let bytes = [&payload[..], &key().sign(&[b"NGAY-CDS TICKET V1\0", &payload[..]].concat()).to_bytes()].concat();
        assert_eq!(BoothCode::verify(&BASE32_NOPAD.encode(&bytes), &keys()), Err(TicketFault::Signature));
        let ticket_keys = [TicketKey { year: 2027, key_id: 3, public: key().verifying_key().to_bytes() }];
        assert_eq!(ticket::verify(&booth().sign(&key()), &ticket_keys), Err(TicketFault::Form));
        let ticket = Ticket { key_id: 3, year: 2027, audience: AudienceKind::Citizen, reissue: 0, is_spare: false, id: TicketId(1) };
        assert_eq!(BoothCode::verify(&ticket.sign(&key()), &keys()), Err(TicketFault::Form));
    }

    #[test]
    fn keys_of_other_years_and_numbers_do_not_open_it() {
        let code = booth().sign(&key());
        for other in [BoothKey { year: 2026, ..keys()[0] }, BoothKey { key_id: 4, ..keys()[0] }] {
            assert_eq!(BoothCode::verify(&code, &[other]), Err(TicketFault::UnknownKey));
        }
    }

    proptest! {
        #[test]
        fn every_booth_reads_back_as_itself(key_id in 0u8..16, year in 2020u16..=2275, id: u128) {
            let booth = BoothCode { key_id, year, checkpoint: CheckpointId(Uuid::from_u128(id)) };
            let keys = [BoothKey { year, key_id, public: key().verifying_key().to_bytes() }];
            prop_assert_eq!(BoothCode::verify(&booth.sign(&key()), &keys), Ok(booth));
        }

        #[test]
        fn one_changed_bit_is_never_a_booth(byte in 0usize..SIGNED, bit in 0u8..8) {
            let mut bytes = BASE32_NOPAD.decode(booth().sign(&key()).as_bytes()).unwrap();
            bytes[byte] ^= 1 << bit;
            prop_assert!(BoothCode::verify(&BASE32_NOPAD.encode(&bytes), &keys()).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>()) {
            prop_assert!(BoothCode::verify(&text, &keys()).is_err());
        }
    }
}
