//! The ticket: twelve bytes and a signature, verifiable with no network, without personal data.
//!
//! `HTTPS://<HOST>/T/` + base32 (RFC 4648, upper case, no padding) of 76 bytes: payload 12 ‖ Ed25519
//! signature 64. All characters are in QR alphanumeric mode.
//!
//! | byte | content |
//! |---|---|
//! | 0 | format version (4 bits) · key id (4 bits) |
//! | 1 | edition, as years since 2020 |
//! | 2 | audience ([`AudienceKind::number`]) |
//! | 3 | reissue counter (4 bits) · flags (4 bits: 1 spare ticket, the others zero) |
//! | 4–11 | random ticket id, big endian |

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::registration::AudienceKind;

mod badge_code;
mod short_code;
/// Crockford's base 32, for other codes that people type.
pub(crate) mod crockford {
    pub(crate) use super::short_code::{read, written};
}

pub use badge_code::BadgeCode;
pub use short_code::ShortCode;

/// Stands before the payload in the signed text, so that no other signature of ours can pass for a ticket's.
const PURPOSE: &[u8] = b"NGAY-CDS TICKET V1\0";
const VERSION: u8 = 1;
const PAYLOAD: usize = 12;
const SIGNED: usize = PAYLOAD + 64;
/// Characters of base32 without padding.
const CODE_LENGTH: usize = (SIGNED * 8).div_ceil(5);
const FIRST_YEAR: u16 = 2020;
/// The flag of a spare ticket, in byte 3.
const SPARE: u8 = 0b0001;
/// The flags that have no meaning yet.
const UNUSED_FLAGS: u8 = 0b1110;

/// The random number that names a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub u64);

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Which of the edition's keys signed it, 0–15.
    pub key_id: u8,
    /// The edition's year, 2020–2275.
    pub year: u16,
    pub audience: AudienceKind,
    /// How often the ticket was reissued, 0–15; a higher one stops the lower.
    pub reissue: u8,
    /// Whether it was printed beforehand and is nobody's until a gate reads it.
    pub is_spare: bool,
    pub id: TicketId,
}

/// Why a text is not a ticket of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TicketFault {
    #[error("the text is not in the form of a ticket")]
    Form,
    #[error("the ticket is signed by a key that is not known")]
    UnknownKey,
    #[error("the signature is not right")]
    Signature,
}

/// A public key that tickets of one edition may be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketKey {
    pub year: u16,
    pub key_id: u8,
    /// The 32 bytes of the Ed25519 public key.
    pub public: [u8; 32],
}

impl Ticket {
    /// Signs the ticket and writes it as text: base32 of payload and signature, 122 characters.
    ///
    /// # Panics
    /// When `key_id` or `reissue` exceed 15 or the year cannot be told in one byte.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let mut bytes = self.payload().to_vec();
        let signature = key.sign(&signed_text(&bytes));
        bytes.extend_from_slice(&signature.to_bytes());
        BASE32_NOPAD.encode(&bytes)
    }

    /// The text for the QR code: the address behind which the ticket's page lies, in capitals.
    ///
    /// `origin` is scheme and host, as `https://chuyendoiso.dongthap.gov.vn`.
    #[must_use]
    pub fn address(origin: &str, code: &str) -> String {
        format!("{}/T/{code}", origin.trim_end_matches('/').to_ascii_uppercase())
    }

    fn payload(&self) -> [u8; PAYLOAD] {
        assert!(self.key_id < 16 && self.reissue < 16, "key id and reissue counter have four bits each");
        let mut payload = [0; PAYLOAD];
        payload[0] = (VERSION << 4) | self.key_id;
        payload[1] = u8::try_from(self.year - FIRST_YEAR).expect("the year is at most 2275");
        payload[2] = self.audience.number();
        payload[3] = (self.reissue << 4) | if self.is_spare { SPARE } else { 0 };
        payload[4..].copy_from_slice(&self.id.0.to_be_bytes());
        payload
    }

    fn read(payload: &[u8]) -> Option<Self> {
        (payload[0] >> 4 == VERSION && payload[3] & UNUSED_FLAGS == 0).then_some(())?;
        Some(Self {
            key_id: payload[0] & 0x0f,
            year: FIRST_YEAR + u16::from(payload[1]),
            audience: AudienceKind::from_number(payload[2])?,
            reissue: payload[3] >> 4,
            is_spare: payload[3] & SPARE != 0,
            id: TicketId(u64::from_be_bytes(payload[4..PAYLOAD].try_into().ok()?)),
        })
    }
}

fn signed_text(payload: &[u8]) -> Vec<u8> {
    [PURPOSE, payload].concat()
}

/// Reads a scanned text and proves the signature.
///
/// The text may be the whole address or the part after `/T/`, in any case; the host is ignored. Decoding
/// is strict otherwise: exact length, canonical base32, no trailing bytes, no unused flag set; the
/// signature check refuses weak keys and malleable signatures (RFC 8032 §5.1.7, `verify_strict`).
///
/// # Errors
/// [`TicketFault`].
pub fn verify(text: &str, keys: &[TicketKey]) -> Result<Ticket, TicketFault> {
    let bytes = signed_bytes(text).ok_or(TicketFault::Form)?;
    let (payload, signature) = bytes.split_at(PAYLOAD);
    let ticket = Ticket::read(payload).ok_or(TicketFault::Form)?;
    let key = keys.iter().find(|key| key.year == ticket.year && key.key_id == ticket.key_id).ok_or(TicketFault::UnknownKey)?;
    let key = VerifyingKey::from_bytes(&key.public).map_err(|_| TicketFault::UnknownKey)?;
    let signature = Signature::from_slice(signature).map_err(|_| TicketFault::Form)?;
    key.verify_strict(&signed_text(payload), &signature).map_err(|_| TicketFault::Signature)?;
    Ok(ticket)
}

/// The edition that a text claims to be a ticket of, before its signature is proved: says whose keys to try.
#[must_use]
pub fn claimed_year(text: &str) -> Option<u16> {
    Ticket::read(&signed_bytes(text)?[..PAYLOAD]).map(|ticket| ticket.year)
}

/// Payload and signature of a text in the form of a ticket.
fn signed_bytes(text: &str) -> Option<Vec<u8>> {
    let code = code_of(text)?.to_ascii_uppercase();
    BASE32_NOPAD.decode(code.as_bytes()).ok().filter(|bytes| bytes.len() == SIGNED)
}

/// The base32 part of a scanned text: what follows the last `/T/` of an address, or a bare code.
pub(crate) fn code_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let code = match text.to_ascii_uppercase().rfind("/T/") {
        Some(at) => text.get(at + 3..)?,
        None => text,
    };
    (code.len() == CODE_LENGTH && code.is_ascii()).then_some(code)
}

/// What a text from a camera or a keyboard looks like, before anything is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In the form of a ticket; whether it is one, [`verify`] says.
    Ticket,
    /// The eight characters from under the code.
    Short(ShortCode),
    /// The code on a printed badge.
    Badge(BadgeCode),
    /// A citizen's identity card: seven fields, the first of twelve digits. Never stored, never sent.
    IdentityCard,
    Other,
}

/// Recognises what a text is by its form.
#[must_use]
pub fn recognise(text: &str) -> Reading {
    let fields: Vec<&str> = text.split('|').collect();
    if fields.len() >= 6 && fields[0].len() == 12 && fields[0].bytes().all(|b| b.is_ascii_digit()) {
        return Reading::IdentityCard;
    }
    if code_of(text).is_some() {
        return Reading::Ticket;
    }
    if let Some(code) = BadgeCode::parse(text) {
        return Reading::Badge(code);
    }
    ShortCode::parse(text).map_or(Reading::Other, Reading::Short)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> [TicketKey; 1] {
        [TicketKey { year: 2027, key_id: 3, public: key().verifying_key().to_bytes() }]
    }

    fn ticket() -> Ticket {
        Ticket { key_id: 3, year: 2027, audience: AudienceKind::Official, reissue: 2, is_spare: false, id: TicketId(0x0123_4567_89ab_cdef) }
    }

    #[test]
    fn the_code_is_122_characters_of_qr_alphanumeric_mode() {
        let address = Ticket::address("https://ngay-cds.dongthap.gov.vn/", &ticket().sign(&key()));
        assert!(address.starts_with("HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/T/"));
        assert_eq!(address.len(), "HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/T/".len() + 122);
        assert!(address.chars().all(|c| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(c)));
    }

    #[test]
    fn any_host_and_any_case_lead_to_the_ticket() {
        let code = ticket().sign(&key());
        for text in [code.clone(), code.to_lowercase(), format!("https://other.example/t/{code}"), format!(" HTTP://X/T/{code}\n")] {
            assert_eq!(verify(&text, &keys()), Ok(ticket()), "{text}");
        }
    }

    #[test]
    fn a_payload_signed_for_another_purpose_is_no_ticket() {
        let payload = ticket().payload();
        let bytes = [&payload[..], &key().sign(&payload).to_bytes()].concat();
        assert_eq!(verify(&BASE32_NOPAD.encode(&bytes), &keys()), Err(TicketFault::Signature));
    }

    #[test]
    fn decoding_takes_one_spelling_only() {
        let code = ticket().sign(&key());
        for text in [format!("{code}A"), code[..120].to_owned(), format!("{code}======"), format!("{code}/T/"), code.replacen('A', "1", 1)]
        {
            assert_eq!(verify(&text, &keys()), Err(TicketFault::Form), "{text}");
        }
        // 76 bytes are 121.6 characters: the last one carries unused bits that must be zero.
        let mut loose = code.into_bytes();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let last = alphabet.iter().position(|c| Some(c) == loose.last()).unwrap();
        *loose.last_mut().unwrap() = alphabet[last | 1];
        assert_eq!(verify(std::str::from_utf8(&loose).unwrap(), &keys()), Err(TicketFault::Form));
    }

    #[test]
    fn a_spare_ticket_says_so_in_one_bit_and_no_other_flag_is_read() {
        let spare = Ticket { is_spare: true, ..ticket() };
        assert_eq!((ticket().payload()[3], spare.payload()[3]), (0x20, 0x21));
        assert_eq!(verify(&spare.sign(&key()), &keys()), Ok(spare));
        for flag in [0x02, 0x04, 0x08] {
            let mut payload = spare.payload().to_vec();
            payload[3] |= flag;
            let signature = key().sign(&signed_text(&payload)).to_bytes();
            payload.extend_from_slice(&signature);
            assert_eq!(verify(&BASE32_NOPAD.encode(&payload), &keys()), Err(TicketFault::Form), "{flag}");
        }
    }

    #[test]
    fn keys_of_other_years_and_numbers_do_not_open_it() {
        let code = ticket().sign(&key());
        let other_year = [TicketKey { year: 2026, ..keys()[0] }];
        let other_number = [TicketKey { key_id: 4, ..keys()[0] }];
        assert_eq!(verify(&code, &other_year), Err(TicketFault::UnknownKey));
        assert_eq!(verify(&code, &other_number), Err(TicketFault::UnknownKey));
        assert_eq!(verify(&code, &[]), Err(TicketFault::UnknownKey));
    }

    #[test]
    fn an_identity_card_is_recognised_by_its_form() {
        let card = "087099000123|340123456|Nguyễn Văn A|01011990|Nam|Phường Cao Lãnh, Đồng Tháp|01012022";
        assert_eq!(recognise(card), Reading::IdentityCard);
        assert_eq!(recognise("a|b|c|d|e|f|g"), Reading::Other);
        assert_eq!(recognise(&ticket().sign(&key())), Reading::Ticket);
        assert_eq!(recognise("https://example.vn"), Reading::Other);
    }

    proptest! {
        #[test]
        fn every_ticket_reads_back_as_itself(key_id in 0u8..16, year in 2020u16..=2275, audience in 1u8..=8, reissue in 0u8..16, is_spare: bool, id: u64) {
            let ticket = Ticket { key_id, year, audience: AudienceKind::from_number(audience).unwrap(), reissue, is_spare, id: TicketId(id) };
            let keys = [TicketKey { year, key_id, public: key().verifying_key().to_bytes() }];
            prop_assert_eq!(verify(&ticket.sign(&key()), &keys), Ok(ticket));
        }

        #[test]
        fn one_changed_bit_is_never_a_ticket(byte in 0usize..SIGNED, bit in 0u8..8) {
            let mut bytes = BASE32_NOPAD.decode(ticket().sign(&key()).as_bytes()).unwrap();
            bytes[byte] ^= 1 << bit;
            prop_assert!(verify(&BASE32_NOPAD.encode(&bytes), &keys()).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>()) {
            prop_assert!(verify(&text, &keys()).is_err());
            prop_assert_ne!(recognise(&text), Reading::Ticket);
        }
    }
}
