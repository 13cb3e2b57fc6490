//! Everything that is stored about one person.

use chrono::{DateTime, Utc};
use domain::{
    checkin::Reason,
    ids::RegistrationId,
    mail::MessageKind,
    privacy::Purpose,
    raffle::Entrant,
    registration::{Status, ToldAnswer},
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use serde::Serialize;

use super::{hash, requests::Request, store};
use crate::{Context, Error};

/// Everything that is stored about one person, each thing named for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mine {
    #[serde(skip)]
    pub id: RegistrationId,
    pub event: Bilingual,
    pub person: Person,
    pub answers: Vec<ToldAnswer>,
    pub sessions: Vec<SessionSeat>,
    pub waiting: Vec<Waiting>,
    /// Every decision, the oldest first.
    pub consents: Vec<Consent>,
    pub messages: Vec<Message>,
    pub scans: Vec<Scan>,
    /// When a badge was printed, the oldest first.
    pub badges: Vec<DateTime<Utc>>,
    /// The raffles whose frozen list has the ticket in it, in the order of their closing.
    pub raffles: Vec<RaffleEntry>,
    pub requests: Vec<Request>,
    /// What was done with the registration, the oldest first.
    pub history: Vec<HistoryEntry>,
}

impl Mine {
    /// The last word on a purpose.
    #[must_use]
    pub fn decision(&self, purpose: Purpose) -> Option<&Consent> {
        self.consents.iter().rfind(|consent| consent.purpose == purpose)
    }
}

/// The registration itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub commune: Option<String>,
    pub organisation: Option<String>,
    pub tax_code: Option<String>,
    pub job_title: Option<String>,
    pub audience: Bilingual,
    pub status: Status,
    /// How many come with the ticket.
    pub people: i16,
    pub locale: Locale,
    /// What the gate knows: "cần xe lăn".
    pub attention: Option<String>,
    /// How it was registered.
    pub channel: String,
    /// What another system calls it.
    pub external_ref: Option<String>,
    /// What staff wrote when deciding.
    pub decision_message: Option<String>,
    pub short_code: Option<ShortCode>,
    pub registered_at: DateTime<Utc>,
    pub changed_at: Option<DateTime<Utc>>,
    pub opened_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A seat in a session, or the wish for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionSeat {
    pub session: Bilingual,
    /// `wanted`, `waiting`, `offered` or `held`.
    pub state: String,
}

/// A place in a queue; of the day where no session is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    pub session: Option<Bilingual>,
    pub state: String,
    pub joined_at: DateTime<Utc>,
}

/// A decision on one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    pub purpose: Purpose,
    pub given: bool,
    /// The exact words, in the language in which they were shown.
    pub words: Option<&'static str>,
    pub locale: Locale,
    pub notice_version: String,
    /// SHA-256 of the words, in hexadecimal.
    pub text_sha256: String,
    pub channel: String,
    pub at: DateTime<Utc>,
}

/// Something that the person was told; its text is made when it is sent, and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub kind: MessageKind,
    pub channel: String,
    pub state: String,
    pub written_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A scan of the ticket, or of the spare ticket of another one by which the person came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scan {
    pub checkpoint: Bilingual,
    pub direction: String,
    pub verdict: String,
    pub at: DateTime<Utc>,
    /// Why staff let the person in without a scan, and what they noted.
    pub by_hand: Option<Reason>,
    pub note: Option<String>,
}

/// That the ticket stood in a raffle, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaffleEntry {
    pub raffle: Bilingual,
    /// As the published list has it.
    pub entrant: Entrant,
    pub frozen_at: DateTime<Utc>,
    pub drawn_at: Option<DateTime<Utc>>,
    /// Once it is drawn, from one.
    pub place: Option<i32>,
    /// Once it is drawn.
    pub has_won: Option<bool>,
}

/// Something that was done with the registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub action: String,
    /// `anonymous` is whoever holds the link; `account`, `device` and `system` are us.
    pub by: String,
}

/// Everything that is stored about the person behind a ticket's secret link.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn mine(cx: &Context, secret: &str) -> Result<Mine, Error> {
    store::mine::read(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)
}
