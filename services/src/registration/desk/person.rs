//! All that is known of one person.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Decision},
    checkin::Reason,
    contact,
    form::Problem,
    ids::{RegistrationId, ScanId},
    registration::{
        Status, ToldAnswer,
        merge::{Alike, Side},
    },
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
    /// Whether messages can be sent: to the address, or to the phone where the installation can.
    pub is_reached: bool,
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
    /// Where the ticket's holder was first seen to be there, and when.
    pub arrived: Option<(Bilingual, DateTime<Utc>)>,
    /// The edition's questions that were answered, in their order.
    pub answers: Vec<ToldAnswer>,
    pub sessions: Vec<SeatRow>,
    pub consents: Vec<ConsentRow>,
    pub messages: Vec<MessageRow>,
    pub scans: Vec<ScanRow>,
    pub waiting: Vec<WaitingRow>,
    /// What was done, the last first.
    pub history: Vec<HistoryRow>,
    /// Others that stand and are probably the same person's.
    pub duplicates: Vec<Duplicate>,
    /// What it was merged into.
    pub merged_into: Option<RegistrationId>,
    /// What was merged into it: the scans and the history are shown with its own.
    pub merged: Vec<RegistrationId>,
}

/// Another registration that is probably the same person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub id: RegistrationId,
    pub full_name: String,
    pub status: Status,
    pub alike: Alike,
}

/// Two registrations side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    pub one: Person,
    pub other: Person,
    /// Whether the first, and whether the second, may be kept.
    pub may_be_kept: [Result<(), Problem>; 2],
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
    pub id: ScanId,
    pub checkpoint: Bilingual,
    pub verdict: String,
    /// By the phone's corrected clock.
    pub at: DateTime<Utc>,
    /// The phone or person who made it, by what the phone says.
    pub device: Option<String>,
    /// It tells that somebody came in: by its verdict, or by what a phone or a supervisor did.
    pub is_entry: bool,
    /// A supervisor let the person in though the rule would not have.
    pub is_against_rule: bool,
    /// Why there was no scan, where somebody was let in by hand.
    pub reason: Option<(Reason, Option<String>)>,
    /// Who undid it.
    pub undone_by: Option<String>,
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

/// Everything about one registration of the current edition; for who may find people and no more, what a gate needs of it
/// ([`Person::at_the_gate`]).
///
/// Effects: one audit entry `registration.read`.
///
/// # Errors
/// The policy's for [`Action::FindPeople`]; [`Error::NotFound`].
pub async fn person(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<Person, Error> {
    access::authorise(actor, Action::FindPeople)?;
    let person = store::person(&cx.pool, id).await?.ok_or(Error::NotFound)?;
    note_reading(cx, actor, &[id]).await?;
    let may_know_all = access::decide(actor, Action::ManageRegistrations) == Decision::Allow;
    Ok(if may_know_all { person } else { person.at_the_gate() })
}

/// Two registrations of the current edition, to be merged.
///
/// Effects: an audit entry `registration.read` for each.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`], also where both are one.
pub async fn compare(cx: &Context, actor: &Actor, one: RegistrationId, other: RegistrationId) -> Result<Compared, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let one = store::person(&cx.pool, one).await?.ok_or(Error::NotFound)?;
    let other = store::person(&cx.pool, other).await?.ok_or(Error::NotFound)?;
    if one.id == other.id || one.erased_at.is_some() || other.erased_at.is_some() {
        return Err(Error::NotFound);
    }
    note_reading(cx, actor, &[one.id, other.id]).await?;
    let (first, second) = (one.side(), other.side());
    Ok(Compared { may_be_kept: [first.may_be_kept(second), second.may_be_kept(first)], one, other })
}

impl Person {
    /// What a gate needs: who it is, whether the ticket holds, where it was scanned. Phone and e-mail only so far that people
    /// can be told apart.
    fn at_the_gate(self) -> Self {
        Self {
            phone: self.phone.as_deref().map(contact::mask_phone),
            email: self.email.as_deref().map(contact::mask_email),
            is_reached: false,
            tax_code: None,
            commune: None,
            external_ref: None,
            decision_message: None,
            answers: Vec::new(),
            consents: Vec::new(),
            messages: Vec::new(),
            waiting: Vec::new(),
            history: Vec::new(),
            duplicates: Vec::new(),
            ..self
        }
    }

    fn side(&self) -> Side {
        Side { status: self.status, has_arrived: self.arrived.is_some(), people: self.people }
    }
}

async fn note_reading(cx: &Context, actor: &Actor, ids: &[RegistrationId]) -> Result<(), Error> {
    let (at, actor, ids) = (cx.now(), actor.clone(), ids.to_vec());
    write::write(cx, move |tx| {
        let (actor, ids) = (actor.clone(), ids.clone());
        Box::pin(async move {
            for id in ids {
                let entry = Entry { action: "registration.read", subject_kind: "registration", subject_id: Some(id.0), detail: json!({}) };
                audit::record(tx, at, By::Actor(&actor), entry).await?;
            }
            Ok(())
        })
    })
    .await
}
