//! All that is known of one person.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::RegistrationId,
    registration::Status,
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use serde_json::{Value, json};

use super::store;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    write,
};

/// A person as organisers see them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: RegistrationId,
    pub status: Status,
    pub full_name: String,
    pub locale: Locale,
    pub audience: Bilingual,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub organisation: Option<String>,
    pub job_title: Option<String>,
    pub tax_code: Option<String>,
    pub commune: Option<String>,
    /// How many come with it.
    pub people: i16,
    /// The delegation that it belongs to.
    pub delegation: Option<String>,
    /// What the gate should know.
    pub attention: Option<String>,
    pub external_ref: Option<String>,
    /// The key of the way in: `form`, `delegation`, `desk`, `import`.
    pub channel: String,
    /// What staff told the person when they decided.
    pub decision_message: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: Option<DateTime<Utc>>,
    /// When the ticket's link was first opened.
    pub opened_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub erased_at: Option<DateTime<Utc>>,
    pub ticket: Option<TicketFacts>,
    /// The edition's questions that were answered, in their order.
    pub answers: Vec<(Bilingual, Vec<String>)>,
    pub sessions: Vec<SeatRow>,
    pub consents: Vec<ConsentRow>,
    pub messages: Vec<MessageRow>,
    pub scans: Vec<ScanRow>,
    pub waiting: Vec<WaitingRow>,
    /// What was done, the last first.
    pub history: Vec<HistoryRow>,
    /// Others of the same name and phone.
    pub twins: Vec<(RegistrationId, Status)>,
}

/// The ticket of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFacts {
    pub short_code: ShortCode,
    pub reissue: i16,
    /// `valid`, `cancelled` or `blocked`.
    pub standing: String,
    pub issued_at: DateTime<Utc>,
}

/// A place in a session, or the wish for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRow {
    pub title: Bilingual,
    pub starts_at: DateTime<Utc>,
    /// `wanted`, `waiting`, `offered` or `held`.
    pub state: String,
}

/// One decision on a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    pub purpose: String,
    pub given: bool,
    pub notice_version: String,
    pub channel: String,
    pub at: DateTime<Utc>,
}

/// A message to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub kind: String,
    pub channel: String,
    pub state: String,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A scan of the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRow {
    pub checkpoint: Bilingual,
    pub verdict: String,
    /// By the phone's corrected clock.
    pub at: DateTime<Utc>,
    pub device: Option<String>,
}

/// A step in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// The session; `None` for the day.
    pub session: Option<Bilingual>,
    pub step: String,
    pub at: DateTime<Utc>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub at: DateTime<Utc>,
    pub action: String,
    pub actor_kind: String,
    /// The account's or the phone's name.
    pub actor: Option<String>,
    pub detail: Value,
}

/// Everything about one registration of the current edition.
///
/// Effects: one audit entry `registration.read`.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`].
pub async fn person(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<Person, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let person = store::person(&cx.pool, id).await?.ok_or(Error::NotFound)?;
    let (at, actor) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        let entry = Entry { action: "registration.read", subject_kind: "registration", subject_id: Some(id.0), detail: json!({}) };
        Box::pin(async move { audit::record(tx, at, By::Actor(&actor), entry).await })
    })
    .await?;
    Ok(person)
}
