//! What people answered to the questions that are asked at the gate, as phones tell it after the scans.

mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{FactAnswer, Refusal, Reply},
    ids::{EditionId, RegistrationId},
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::ScannedBy;
use crate::{
    Context, Error,
    access::EndedPhone,
    audit::{self, Entry},
    registration, write,
};

/// Writes down what people answered, each on its own, and tells what became of each, in their order. An answer that was
/// written down before stays; what a question does not take is its own matter: the scan stands.
///
/// Effects for each, in one transaction: the registration's answers; an audit entry `registration.replied` with the codes of the
/// questions. Then the hint of [`crate::live`]: phones hear that nothing is to be asked any more.
///
/// # Errors
/// The policy's for [`Action::Scan`]; [`Error::Unavailable`]: what was written down before is answered as such to a repeat.
pub async fn reply(cx: &Context, actor: &Actor, replies: Vec<Reply>) -> Result<Vec<FactAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    reply_by(cx, &ScannedBy::of(actor), replies).await
}

/// The same of a phone that has been signed out since: whom it let in has answered then.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn reply_late(cx: &Context, phone: &EndedPhone, replies: Vec<Reply>) -> Result<Vec<FactAnswer>, Error> {
    reply_by(cx, &ScannedBy::of(&phone.actor), replies).await
}

async fn reply_by(cx: &Context, by: &ScannedBy, replies: Vec<Reply>) -> Result<Vec<FactAnswer>, Error> {
    let _told = (!replies.is_empty()).then(|| cx.live.tell_when_done());
    let mut answers = Vec::with_capacity(replies.len());
    for reply in replies {
        let (id, by, now) = (reply.id, by.parts(), cx.now());
        let written = write::write(cx, move |tx| {
            let reply = reply.clone();
            Box::pin(async move { write_down(tx, by, &reply, now).await })
        });
        let refused = match written.await {
            Ok(refused) => refused,
            Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source)),
            Err(error) => {
                tracing::error!(%error, "an answer was not written down");
                Some(Refusal::Failed)
            }
        };
        answers.push(FactAnswer { id, refused });
    }
    Ok(answers)
}

async fn write_down(
    tx: &mut PgConnection,
    by: (&'static str, Option<Uuid>),
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<Option<Refusal>, Error> {
    if reply.is_too_large() {
        return Ok(Some(Refusal::Unreadable));
    }
    let Some(whose) = store::asked(tx, reply.scan_id).await? else { return Ok(Some(Refusal::UnknownScan)) };
    let Some(asked) = whose else { return Ok(Some(Refusal::Unreadable)) };
    let open = store::open_questions(tx, asked.id).await?;
    let mut questions = registration::questions(&mut *tx, asked.edition).await?;
    questions.retain(|question| open.contains(&question.code));
    let Ok(answers) = reply.answers.at_gate(&questions) else { return Ok(Some(Refusal::Unreadable)) };
    if answers.0.is_empty() {
        return Ok(None);
    }
    store::add_answers(tx, asked.id, &answers, now).await?;
    let entry = Entry {
        action: "registration.replied",
        subject_kind: "registration",
        subject_id: Some(asked.id.0),
        detail: json!({ "questions": answers.0.keys().collect::<Vec<_>>() }),
    };
    audit::record_by(tx, now, by, entry).await?;
    Ok(None)
}

/// Whom a scan was of.
struct Asked {
    id: RegistrationId,
    edition: EditionId,
}
