//! Who it was that spare tickets let in, as phones tell it after the scans.

use domain::{
    access::{self, Action, Actor},
    checkin::{FactAnswer, MadeAfter, Naming, Refusal, SentNaming, corrected},
};

use super::store::ScannedBy;
use crate::{
    Context, Error,
    access::EndedPhone,
    registration::spare::{self, Told, Whose},
};

/// Writes down who it was that scans let in, each on its own, and answers each, in their order. What is wrong with one is its
/// own matter: the scan stands, and the person keeps the number for a name. A name that was written down before stays; another name
/// of another entry is that of a second person, who came in by the same ticket.
///
/// Effects for each: those of [`spare::write_down`].
///
/// # Errors
/// The policy's for [`Action::Scan`]; [`Error::Unavailable`]: what was written down before is answered as such to a repeat.
pub async fn name(cx: &Context, actor: &Actor, namings: Vec<SentNaming>) -> Result<Vec<FactAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    name_by(cx, &ScannedBy::of(actor), namings).await
}

/// The same of a phone that has been signed out since: whom it let in has told the name then.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn name_late(cx: &Context, phone: &EndedPhone, namings: Vec<SentNaming>) -> Result<Vec<FactAnswer>, Error> {
    name_by(cx, &ScannedBy::of(&phone.actor), namings).await
}

async fn name_by(cx: &Context, by: &ScannedBy, namings: Vec<SentNaming>) -> Result<Vec<FactAnswer>, Error> {
    let mut answers = Vec::with_capacity(namings.len());
    for naming in namings {
        let (id, refused) = match naming {
            SentNaming::Unreadable { id } => (id, Some(Refusal::Unreadable)),
            SentNaming::Naming(naming) => (naming.id, name_one(cx, by, &naming).await?),
        };
        answers.push(FactAnswer { id, refused });
    }
    Ok(answers)
}

async fn name_one(cx: &Context, by: &ScannedBy, naming: &Naming) -> Result<Option<Refusal>, Error> {
    // What is wrong with it was told on the phone; the person is found by the number.
    let Ok(guest) = naming.guest() else { return Ok(Some(Refusal::Unreadable)) };
    let received_at = cx.now();
    let agreed_at = corrected(naming.device_at, naming.offset_ms, received_at, MadeAfter::default()).unwrap_or(received_at);
    match spare::write_down(cx, by.parts(), Whose::Scan(naming.scan_id), guest, (naming.locale, agreed_at)).await {
        Ok(Told::Written | Told::NobodyNameless) => Ok(None),
        Ok(Told::UnknownScan | Told::Undecided) => Ok(Some(Refusal::UnknownScan)),
        Err(Error::Unavailable(source)) => Err(Error::Unavailable(source)),
        Err(error) => {
            tracing::error!(%error, "a guest's name was not written down");
            Ok(Some(Refusal::Failed))
        }
    }
}
