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

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    registration::AudienceKind,
    signed::{self, CodeFault, Head, PublicKey, SignedCode},
};

mod badge_code;
mod short_code;
/// Crockford's base 32, for other codes that people type.
pub(crate) mod crockford {
    pub(crate) use super::short_code::{read, written};
}

pub use badge_code::BadgeCode;
pub use short_code::ShortCode;

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

impl Ticket {
    /// Signs the ticket and writes it as text: base32 of payload and signature, 122 characters.
    ///
    /// # Panics
    /// When `key_id` or `reissue` exceed 15 or the year cannot be told in one byte.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        signed::sign(self, key)
    }

    /// The text for the QR code: the address behind which the ticket's page lies, in capitals.
    ///
    /// `origin` is scheme and host, as `https://chuyendoiso.dongthap.gov.vn`.
    #[must_use]
    pub fn address(origin: &str, code: &str) -> String {
        signed::address::<Self>(origin, code)
    }
}

impl SignedCode for Ticket {
    const PURPOSE: &'static [u8] = b"NGAY-CDS TICKET V1\0";
    const PATH: &'static str = "/T/";
    const PAYLOAD: usize = Head::LENGTH + 10;

    fn payload(&self) -> Vec<u8> {
        assert!(self.reissue < 16, "the reissue counter has four bits");
        let head = Head { key_id: self.key_id, year: self.year }.bytes();
        let flags = if self.is_spare { SPARE } else { 0 };
        [&head[..], &[self.audience.number(), (self.reissue << 4) | flags], &self.id.0.to_be_bytes()].concat()
    }

    fn read(Head { key_id, year }: Head, payload: &[u8]) -> Option<Self> {
        let [audience, state, id @ ..] = payload.get(Head::LENGTH..)? else { return None };
        (state & UNUSED_FLAGS == 0).then_some(Self {
            key_id,
            year,
            audience: AudienceKind::from_number(*audience)?,
            reissue: state >> 4,
            is_spare: state & SPARE != 0,
            id: TicketId(u64::from_be_bytes(id.try_into().ok()?)),
        })
    }
}

/// Reads a scanned text and proves the signature.
///
/// The text may be the whole address or the part after `/T/`, in any case; the host is ignored. Decoding
/// is strict otherwise: exact length, canonical base32, no trailing bytes, no unused flag set; the
/// signature check refuses weak keys and malleable signatures (RFC 8032 §5.1.7, `verify_strict`).
///
/// # Errors
/// [`CodeFault`].
pub fn verify(text: &str, keys: &[PublicKey]) -> Result<Ticket, CodeFault> {
    signed::verify(text, keys)
}

/// The edition that a text claims to be a ticket of, before its signature is proved: says whose keys to try.
#[must_use]
pub fn claimed_year(text: &str) -> Option<u16> {
    signed::claimed_year::<Ticket>(text)
}

/// The base32 part of a scanned text: what follows the last `/T/` of an address, or a bare code.
pub(crate) fn code_of(text: &str) -> Option<&str> {
    signed::code_of::<Ticket>(text)
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
    use data_encoding::BASE32_NOPAD;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> [PublicKey; 1] {
        [PublicKey { year: 2027, key_id: 3, key: key().verifying_key() }]
    }

    fn ticket() -> Ticket {
        Ticket { key_id: 3, year: 2027, audience: AudienceKind::Official, reissue: 2, is_spare: false, id: TicketId(0x0123_4567_89ab_cdef) }
    }

    #[test]
    fn the_address_of_a_ticket_ends_in_122_characters() {
        let code = ticket().sign(&key());
        let address = Ticket::address("https://ngay-cds.dongthap.gov.vn/", &code);
        assert_eq!((address, code.len()), (format!("HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/T/{code}"), 122));
    }

    #[test]
    fn a_ticket_is_these_characters_for_ever() {
        // Written by another implementation of RFC 8032 and RFC 4648: printed tickets outlive the program.
        let written =
            "CMDQGIABENCWPCNLZXX7PPRHUVHZG7PINSM7I72WCREGOCPUFCOS3MSRA4MOXRVSHZMKNOPCCNMPSSPGPYXJ5D63LPEL6KVX2VVZYXVY3P2TIK6N2P5JUFG2A4";
        assert_eq!(ticket().sign(&key()), written);
        assert_eq!(verify(written, &keys()), Ok(ticket()));
    }

    #[test]
    fn a_spare_ticket_says_so_in_one_bit_and_no_other_flag_is_read() {
        let spare = Ticket { is_spare: true, ..ticket() };
        assert_eq!((ticket().payload()[3], spare.payload()[3]), (0x20, 0x21));
        assert_eq!(verify(&spare.sign(&key()), &keys()), Ok(spare));
        for flag in [0x02, 0x04, 0x08] {
            let mut payload = spare.payload();
            payload[3] |= flag;
            let signature = key().sign(&signed::signed_text::<Ticket>(&payload)).to_bytes();
            payload.extend_from_slice(&signature);
            assert_eq!(verify(&BASE32_NOPAD.encode(&payload), &keys()), Err(CodeFault::Form), "{flag}");
        }
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
            let keys = [PublicKey { year, key_id, key: key().verifying_key() }];
            prop_assert_eq!(verify(&ticket.sign(&key()), &keys), Ok(ticket));
        }

        #[test]
        fn no_text_is_taken_for_a_ticket(text in any::<String>()) {
            prop_assert_ne!(recognise(&text), Reading::Ticket);
        }
    }
}
