//! Codes that name a ticket and prove that they are ours: its number, and a part of a key derived from the installation's secret
//! for this ticket and one purpose. Nothing is stored for them, nobody else can make one, and none serves another purpose.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use crate::Context;

/// Bytes of a proof.
const PROOF: usize = 8;

/// The proof of a ticket for this purpose.
pub(super) fn proof(cx: &Context, purpose: &str, ticket: i64) -> [u8; PROOF] {
    let derived = cx.secret.derive(&format!("{purpose} {ticket}"));
    std::array::from_fn(|at| derived[at])
}

/// The code of a ticket for this purpose: 26 letters and digits.
pub(super) fn code(cx: &Context, purpose: &str, ticket: i64) -> String {
    BASE32_NOPAD.encode(&[ticket.to_be_bytes(), proof(cx, purpose, ticket)].concat())
}

/// The ticket that a code names, in any case, if the code is ours and for this purpose.
pub(super) fn read(cx: &Context, purpose: &str, given: &str) -> Option<i64> {
    let bytes = BASE32_NOPAD.decode(given.to_ascii_uppercase().as_bytes()).ok()?;
    let (ticket, given) = bytes.split_first_chunk::<8>()?;
    let ticket = i64::from_be_bytes(*ticket);
    // Hashes are compared, so that the time it takes tells nothing of the proof.
    (Sha256::digest(given) == Sha256::digest(proof(cx, purpose, ticket))).then_some(ticket)
}
