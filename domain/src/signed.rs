//! Codes that are signed: a few bytes and their Ed25519 signature (RFC 8032), as text in the alphanumeric mode of QR codes.
//!
//! `HTTPS://<HOST>` + path + base32 (RFC 4648, upper case, no padding) of payload ‖ signature 64. Each kind of code has a
//! purpose, a path and a payload of its own; every payload begins with the same two bytes:
//!
//! | byte | content |
//! |---|---|
//! | 0 | format version (4 bits) · key id (4 bits) |
//! | 1 | edition, as years since 2020 |

use base32ct::{Base32UpperUnpadded as Base32, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;
const FIRST_YEAR: u16 = 2020;
const SIGNATURE: usize = 64;

/// Why a text is no code of ours of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CodeFault {
    #[error("the text is not in the form of such a code")]
    Form,
    #[error("the code is signed by a key that is not known")]
    UnknownKey,
    #[error("the signature is not right")]
    Signature,
}

/// A public key that codes of one kind and one edition may be signed with. On the wire its 32 bytes, which are proved to be a
/// key when they are read: to unpack them for each code would be a good part of checking its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenKey", into = "WrittenKey")]
pub struct PublicKey {
    pub year: u16,
    /// Which of the edition's keys it is, 0–15.
    pub key_id: u8,
    pub key: VerifyingKey,
}

#[derive(Serialize, Deserialize)]
struct WrittenKey {
    year: u16,
    key_id: u8,
    public: [u8; 32],
}

impl From<PublicKey> for WrittenKey {
    fn from(PublicKey { year, key_id, key }: PublicKey) -> Self {
        Self { year, key_id, public: key.to_bytes() }
    }
}

impl TryFrom<WrittenKey> for PublicKey {
    type Error = ed25519_dalek::SignatureError;

    fn try_from(WrittenKey { year, key_id, public }: WrittenKey) -> Result<Self, Self::Error> {
        Ok(Self { year, key_id, key: VerifyingKey::from_bytes(&public)? })
    }
}

/// What every payload begins with: which key signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// 0–15.
    pub key_id: u8,
    /// 2020–2275.
    pub year: u16,
}

impl Head {
    pub const LENGTH: usize = 2;

    /// # Panics
    /// When the key id exceeds 15 or the year cannot be told in one byte.
    pub fn bytes(self) -> [u8; Self::LENGTH] {
        assert!(self.key_id < 16, "the key id has four bits");
        [(VERSION << 4) | self.key_id, u8::try_from(self.year - FIRST_YEAR).expect("the year is at most 2275")]
    }

    pub fn read(payload: &[u8]) -> Option<Self> {
        let [first, year, ..] = *payload else { return None };
        (first >> 4 == VERSION).then_some(Self { key_id: first & 0x0f, year: FIRST_YEAR + u16::from(year) })
    }
}

/// A kind of code.
pub(crate) trait SignedCode: Sized {
    /// Stands before the payload in the signed text, so that no signature of one kind can pass for another's.
    const PURPOSE: &'static [u8];
    /// Stands before the code in an address, in capitals.
    const PATH: &'static str;
    /// Bytes of the payload.
    const PAYLOAD: usize;
    /// Characters of the code.
    const LENGTH: usize = ((Self::PAYLOAD + SIGNATURE) * 8).div_ceil(5);

    /// [`SignedCode::PAYLOAD`] bytes, the head first.
    fn payload(&self) -> Vec<u8>;

    /// What a payload with this head says, if it is one of this kind.
    fn read(head: Head, payload: &[u8]) -> Option<Self>;
}

/// Signs a code and writes it as text: base32 of payload and signature.
pub(crate) fn sign<C: SignedCode>(code: &C, key: &SigningKey) -> String {
    let mut bytes = code.payload();
    let signature = key.sign(&signed_text::<C>(&bytes));
    bytes.extend_from_slice(&signature.to_bytes());
    Base32::encode_string(&bytes)
}

/// The text for the QR code. `origin` is scheme and host.
pub(crate) fn address<C: SignedCode>(origin: &str, code: &str) -> String {
    format!("{}{}{code}", origin.trim_end_matches('/').to_ascii_uppercase(), C::PATH)
}

/// Reads a text and proves the signature. The text may be the whole address or the part after the path, in any case; the host
/// is ignored. Decoding is strict otherwise: exact length, canonical base32, no trailing bytes; the signature check refuses
/// weak keys and malleable signatures (RFC 8032 §5.1.7, `verify_strict`).
pub(crate) fn verify<C: SignedCode>(text: &str, keys: &[PublicKey]) -> Result<C, CodeFault> {
    let (head, code, bytes) = claimed::<C>(text).ok_or(CodeFault::Form)?;
    let (payload, signature) = bytes.split_at(C::PAYLOAD);
    let known = keys.iter().find(|known| known.year == head.year && known.key_id == head.key_id).ok_or(CodeFault::UnknownKey)?;
    let signature = Signature::from_slice(signature).map_err(|_| CodeFault::Form)?;
    known.key.verify_strict(&signed_text::<C>(payload), &signature).map_err(|_| CodeFault::Signature)?;
    Ok(code)
}

/// The edition that a text claims to be a code of, before its signature is proved.
pub(crate) fn claimed_year<C: SignedCode>(text: &str) -> Option<u16> {
    claimed::<C>(text).map(|(head, ..)| head.year)
}

/// What a text in the form of such a code claims; its payload and signature.
fn claimed<C: SignedCode>(text: &str) -> Option<(Head, C, Vec<u8>)> {
    let code = code_of::<C>(text)?.to_ascii_uppercase();
    // The last character may carry bits that no byte needs: only one spelling leaves them zero.
    let bytes = Base32::decode_vec(&code).ok().filter(|bytes| Base32::encode_string(bytes) == code)?;
    let payload = bytes.get(..C::PAYLOAD).filter(|_| bytes.len() == C::PAYLOAD + SIGNATURE)?;
    let head = Head::read(payload)?;
    Some((head, C::read(head, payload)?, bytes))
}

/// The base32 part of a text: what follows the last path of an address, or a bare code.
pub(crate) fn code_of<C: SignedCode>(text: &str) -> Option<&str> {
    let text = text.trim();
    let code = match text.to_ascii_uppercase().rfind(C::PATH) {
        Some(at) => text.get(at + C::PATH.len()..)?,
        None => text,
    };
    (code.len() == C::LENGTH && code.is_ascii()).then_some(code)
}

pub(crate) fn signed_text<C: SignedCode>(payload: &[u8]) -> Vec<u8> {
    [C::PURPOSE, payload].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A kind of code with a byte to tell.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Told(u8);

    const HEAD: Head = Head { key_id: 3, year: 2027 };
    const TOLD: Told = Told(0xa5);

    impl SignedCode for Told {
        const PURPOSE: &'static [u8] = b"TOLD\0";
        const PATH: &'static str = "/TOLD/";
        const PAYLOAD: usize = Head::LENGTH + 1;

        fn payload(&self) -> Vec<u8> {
            [&HEAD.bytes()[..], &[self.0]].concat()
        }

        fn read(_: Head, payload: &[u8]) -> Option<Self> {
            payload.last().copied().map(Self)
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> [PublicKey; 1] {
        [PublicKey { year: 2027, key_id: 3, key: key().verifying_key() }]
    }

    fn read(text: &str) -> Result<Told, CodeFault> {
        verify(text, &keys())
    }

    #[test]
    fn a_key_is_its_32_bytes_on_the_wire_and_what_is_no_key_is_refused_there() {
        let [key] = keys();
        let written = json!({ "year": 2027, "key_id": 3, "public": key.key.to_bytes() });
        assert_eq!(serde_json::to_value(key).unwrap(), written);
        assert_eq!(serde_json::from_value::<PublicKey>(written).unwrap(), key);
        // No point of the curve has this y (RFC 8032 §5.1.3).
        let mut none = [0; 32];
        none[0] = 2;
        assert!(serde_json::from_value::<PublicKey>(json!({ "year": 2027, "key_id": 3, "public": none })).is_err());
    }

    #[test]
    fn an_address_is_in_qr_alphanumeric_mode_and_ends_in_the_code() {
        let code = sign(&TOLD, &key());
        let written = address::<Told>("https://ngay-cds.dongthap.gov.vn/", &code);
        assert_eq!(written, format!("HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/TOLD/{code}"));
        assert_eq!(code.len(), Told::LENGTH);
        assert!(written.chars().all(|c| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(c)));
    }

    #[test]
    fn any_host_and_any_case_lead_to_the_code() {
        let code = sign(&TOLD, &key());
        for text in [code.clone(), code.to_lowercase(), format!("https://other.example/told/{code}"), format!(" HTTP://X/TOLD/{code}\n")] {
            assert_eq!(read(&text), Ok(TOLD), "{text}");
        }
    }

    #[test]
    fn decoding_takes_one_spelling_only() {
        let code = sign(&TOLD, &key());
        let shorter = &code[..code.len() - 2];
        for text in [&format!("{code}A"), shorter, &format!("{code}===="), &format!("{code}/TOLD/"), &code.replacen('A', "1", 1)] {
            assert_eq!(read(text), Err(CodeFault::Form), "{text}");
        }
        // 67 bytes are 107.2 characters: the last one carries unused bits that must be zero.
        let mut loose = code.into_bytes();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let last = alphabet.iter().position(|c| Some(c) == loose.last()).unwrap();
        *loose.last_mut().unwrap() = alphabet[last | 1];
        assert_eq!(read(std::str::from_utf8(&loose).unwrap()), Err(CodeFault::Form));
    }

    #[test]
    fn what_is_signed_for_another_purpose_is_refused() {
        let payload = TOLD.payload();
        for purpose in [&b""[..], b"TOLE\0"] {
            let bytes = [&payload[..], &key().sign(&[purpose, &payload].concat()).to_bytes()].concat();
            assert_eq!(read(&Base32::encode_string(&bytes)), Err(CodeFault::Signature));
        }
    }

    #[test]
    fn keys_of_other_years_and_numbers_do_not_open_it() {
        let code = sign(&TOLD, &key());
        let other_year = [PublicKey { year: 2026, ..keys()[0] }];
        let other_number = [PublicKey { key_id: 4, ..keys()[0] }];
        for keys in [&other_year[..], &other_number, &[]] {
            assert_eq!(verify::<Told>(&code, keys), Err(CodeFault::UnknownKey));
        }
    }

    proptest! {
        #[test]
        fn one_changed_bit_is_never_a_code(byte in 0usize..67, bit in 0u8..8) {
            let mut bytes = Base32::decode_vec(&sign(&TOLD, &key())).unwrap();
            bytes[byte] ^= 1 << bit;
            prop_assert!(read(&Base32::encode_string(&bytes)).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>()) {
            prop_assert!(read(&text).is_err());
        }
    }
}
