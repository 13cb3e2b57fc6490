//! Rights over personal data: what is stored about a person, consents that change, and what people ask by the law.
//!
//! Whoever holds the secret link of a ticket is the person; staff answer for the others.

mod erasure;
mod leader;
mod mine;
mod requests;
mod retention;
mod stop;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    access::Actor,
    form::{FieldErrors, Problem},
    ids::{PrivacyRequestId, RegistrationId},
    privacy::{NOTICE_VERSION, Purpose, RequestChannel, RequestState, Right, answer_due_on, due_on, field},
    text::Locale,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    write,
};

pub use erasure::erase_mine;
pub use leader::{Leader, correct_leader, erase_leader, leader};
pub use mine::{Consent, HistoryEntry, Message, Mine, Person, RaffleEntry, Scan, SessionSeat, Waiting, mine};
pub use requests::{Filed, Queue, Request, acknowledge, answer, extend, file, request, requests};
pub use retention::{Night, Swept, nightly, retention};
pub(crate) use stop::stop_secret;
pub use stop::{Reminded, StopSecret, reminded, stop_reminders};

/// The most requests of one person that are open at once.
const MOST_OPEN: i64 = 10;

/// Gives or withdraws the consent for one purpose, behind a ticket's secret link. Saying the same again changes nothing.
///
/// Effects, in one transaction: a consent record with the words in this language, one audit entry `privacy.consent`; for a
/// withdrawal also a request that is done.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for withdrawing what registration needs: that is to cancel or to erase.
pub async fn change_consent(cx: &Context, secret: &str, locale: Locale, purpose: Purpose, given: bool) -> Result<(), Error> {
    if purpose.is_needed() && !given {
        return Err(FieldErrors::one(purpose.field(), Problem::ConsentNeeded).into());
    }
    let (link_hash, inner) = (hash(secret), cx.clone());
    write::write(cx, move |tx| {
        let cx = inner.clone();
        Box::pin(async move {
            let person = store::lock(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            let decision = store::Decided { purpose, given, locale, channel: RequestChannel::Ticket, at: cx.now() };
            settle(tx, &cx, &person, decision).await
        })
    })
    .await
}

/// Writes a decision down, unless it is what holds already.
async fn settle(tx: &mut PgConnection, cx: &Context, person: &store::Holder, decision: store::Decided) -> Result<(), Error> {
    let store::Decided { purpose, given, channel, at, .. } = decision;
    if store::agrees(tx, person.id, purpose).await? == given {
        return Ok(());
    }
    store::decide(tx, person.id, decision, NOTICE_VERSION).await?;
    if !given {
        let asked = store::Filing::done(PrivacyRequestId(cx.new_id()), person, Right::Withdraw, channel, at);
        store::insert(tx, &asked).await?;
    }
    let detail = json!({ "purpose": purpose.key(), "given": given });
    audit::record(tx, at, By::Actor(&Actor::Anonymous), entry("privacy.consent", person.id, detail)).await
}

/// Asks for what only staff can do, behind a ticket's secret link: to correct, to restrict or to object.
///
/// Effects, in one transaction: the request with its due days, one audit entry `privacy.ask`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] on [`field::RIGHT`] for another right, or when ten are open already.
pub async fn ask(cx: &Context, secret: &str, right: Right, detail: &str) -> Result<(), Error> {
    if !matches!(right, Right::Correct | Right::Restrict | Right::Object) {
        return Err(FieldErrors::one(field::RIGHT, Problem::UnknownChoice).into());
    }
    let (link_hash, id, now, detail) = (hash(secret), PrivacyRequestId(cx.new_id()), cx.now(), detail.to_owned());
    let answer_due_on = answer_due_on(now, &store::holidays(&cx.pool).await?);
    write::write(cx, move |tx| {
        let detail = detail.clone();
        Box::pin(async move {
            let person = store::lock(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            if store::open_of(tx, person.id).await? >= MOST_OPEN {
                return Err(FieldErrors::one(field::RIGHT, Problem::TooManyRequests).into());
            }
            let asked = store::Filing {
                id,
                edition: person.edition,
                registration: Some(person.id),
                right,
                channel: RequestChannel::Ticket,
                detail,
                asked_at: now,
                acknowledged_at: Some(now),
                answer_due_on,
                due_on: due_on(right, now),
                state: RequestState::Open,
                ended_by: None,
            };
            store::insert(tx, &asked).await?;
            let detail = json!({ "right": right.key() });
            audit::record(tx, now, By::Actor(&Actor::Anonymous), entry("privacy.ask", person.id, detail)).await
        })
    })
    .await
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn entry(action: &'static str, registration: RegistrationId, detail: serde_json::Value) -> Entry {
    Entry { action, subject_kind: "registration", subject_id: Some(registration.0), detail }
}
