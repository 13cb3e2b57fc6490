//! What a device is told of its shift.

use domain::{
    access::{self, Action, Actor},
    checkin::{Checkpoint, Count, Shift},
    text::Locale,
};

use super::{CheckpointCount, counts, store};
use crate::{Context, Error, access::sign_in_of, edition, registration};

/// The checkpoints of the current edition.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] before any import.
pub async fn checkpoints(cx: &Context, actor: &Actor) -> Result<Vec<Checkpoint>, Error> {
    access::authorise(actor, Action::Scan)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    store::checkpoints(&cx.pool, edition.id).await
}

/// What the check-in page needs before the first scan: who scans, by the sign-in of this token if with an account, at which
/// checkpoints of the current edition, what is asked there, the keys that tickets are signed with, and how many have arrived.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`] and [`domain::access::Action::SeeCounts`]; [`Error::NotFound`] before any import.
pub async fn shift(cx: &Context, actor: &Actor, token: Option<&str>) -> Result<Shift, Error> {
    access::authorise(actor, Action::Scan)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let (checkpoints, sessions, mut questions, counts) = tokio::try_join!(
        store::checkpoints(&cx.pool, edition.id),
        store::sessions(&cx.pool, edition.id),
        registration::questions(&cx.pool, edition.id),
        counts(cx, actor)
    )?;
    questions.retain(|question| question.asked_at_check_in);
    let (who, device) = match actor {
        Actor::Account { name, .. } => (name.clone(), None),
        Actor::Device { id, name, .. } => (name.clone(), Some(*id)),
        Actor::Anonymous => (String::new(), None),
    };
    let sign_in = match token {
        Some(token) => sign_in_of(cx, token).await?,
        None => None,
    };
    Ok(Shift {
        // Read last: phones measure their own clock by it.
        server_now: cx.now(),
        year: edition.year,
        who,
        device,
        sign_in,
        checkpoints,
        sessions,
        questions,
        keys: cx.ticket_keys(edition.year).to_vec(),
        counts: counts.into_iter().map(count).collect(),
    })
}

fn count(count: CheckpointCount) -> Count {
    let CheckpointCount { id, name, admitted, scans, inside } = count;
    Count { id, name_en: name.get(Locale::En).to_owned(), name_vi: name.vi, admitted, scans, inside }
}
