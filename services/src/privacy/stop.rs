//! Withdrawing the consent to reminders from a mail: by a secret that opens nothing else, so that a mail that is passed on, or
//! a mail provider that presses the button, has no way to the ticket.

use data_encoding::BASE64URL_NOPAD;
use domain::{ids::RegistrationId, privacy::Purpose, text::Bilingual, text::Locale};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{RequestChannel, settle, store};
use crate::{Context, Error, write};

/// How much of the derived key stands in the secret, in bytes.
const PROOF: usize = 16;

/// The secret of the link that ends reminders. Never shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct StopSecret(pub String);

impl std::fmt::Debug for StopSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StopSecret(…)")
    }
}

/// What the page behind the link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminded {
    /// [`domain::text::mask`] of the name.
    pub masked_name: String,
    pub event: Bilingual,
    /// Whether the person agrees to reminders now.
    pub agrees: bool,
}

/// The secret of a registration: derived, so that nothing is stored for it.
pub(crate) fn stop_secret(cx: &Context, id: RegistrationId) -> StopSecret {
    let text: Vec<u8> = id.0.as_bytes().iter().copied().chain(proof(cx, id)).collect();
    StopSecret(BASE64URL_NOPAD.encode(&text))
}

fn proof(cx: &Context, id: RegistrationId) -> [u8; PROOF] {
    let derived = cx.secret.derive(&format!("stop reminders {id}"));
    std::array::from_fn(|at| derived[at])
}

/// The registration that a secret names, if the secret is ours.
fn read(cx: &Context, secret: &str) -> Result<RegistrationId, Error> {
    let text = BASE64URL_NOPAD.decode(secret.as_bytes()).map_err(|_| Error::NotFound)?;
    let (id, given) = text.split_at_checked(16).ok_or(Error::NotFound)?;
    let id = RegistrationId(Uuid::from_slice(id).map_err(|_| Error::NotFound)?);
    // Hashes are compared, so that the time it takes tells nothing of the proof.
    if Sha256::digest(given) == Sha256::digest(proof(cx, id)) { Ok(id) } else { Err(Error::NotFound) }
}

/// Whose reminders a secret ends, and whether they come now.
///
/// # Errors
/// [`Error::NotFound`], also for a person who was erased.
pub async fn reminded(cx: &Context, secret: &str) -> Result<Reminded, Error> {
    let id = read(cx, secret)?;
    store::reminded(&cx.pool, id).await?.ok_or(Error::NotFound)
}

/// Withdraws the consent to reminders. Doing it again changes nothing.
///
/// Effects: those of [`super::change_consent`], by the channel `email`.
///
/// # Errors
/// [`Error::NotFound`], also for a person who was erased.
pub async fn stop_reminders(cx: &Context, secret: &str, locale: Locale) -> Result<(), Error> {
    let (id, inner) = (read(cx, secret)?, cx.clone());
    write::write(cx, move |tx| {
        let cx = inner.clone();
        Box::pin(async move {
            let person = store::lock_by_id(tx, id).await?.ok_or(Error::NotFound)?;
            let decision =
                store::Decided { purpose: Purpose::Reminders, given: false, locale, channel: RequestChannel::Email, at: cx.now() };
            settle(tx, &cx, &person, decision).await
        })
    })
    .await
}
