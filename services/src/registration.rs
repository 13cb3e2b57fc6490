//! Registration: the form's choices, taking a seat, the ticket behind the secret link, giving the seat back.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AudienceId, OrganisationId, RegistrationId},
    registration::{Application, AudienceKind, Status, Window},
    text::{Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use uuid::Uuid;

use crate::{Context, Error, edition::Edition};

/// What the registration form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormChoices {
    pub edition: Edition,
    /// The public audiences in their order.
    pub audiences: Vec<AudienceChoice>,
    pub communes: Vec<Commune>,
    /// Departments and other bodies that officials choose from.
    pub organisations: Vec<(OrganisationId, Bilingual)>,
}

/// An audience as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceChoice {
    pub id: AudienceId,
    pub code: String,
    pub kind: AudienceKind,
    pub name: Bilingual,
    pub window: Window,
    /// Seats left; `None` without limit.
    pub left: Option<i32>,
}

/// A commune or ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commune {
    pub code: String,
    /// With its kind: "xã Tân Thành", "phường Mỹ Tho".
    pub name: String,
}

/// The secret in a ticket's link: 32 random bytes in base64url. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret(pub String);

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

/// A ticket as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketPage {
    pub edition: Edition,
    pub registration_id: RegistrationId,
    pub status: Status,
    pub locale: Locale,
    pub full_name: String,
    pub audience: Bilingual,
    pub audience_kind: AudienceKind,
    pub organisation: Option<String>,
    pub phone: String,
    pub email: Option<String>,
    pub ticket_id: TicketId,
    pub short_code: ShortCode,
    /// The signed text, base32 of 122 characters: what follows `/T/` in the QR code.
    pub code: String,
    /// The first gate that admits this audience: its name and opening time.
    pub gate: Option<(Bilingual, Option<DateTime<Utc>>)>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

/// What anybody who scans the code may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicTicket {
    pub edition: Edition,
    /// [`domain::text::mask`] of the name.
    pub masked_name: String,
    pub audience: Bilingual,
    pub status: Status,
    /// Whether a newer ticket replaces this one.
    pub reissued: bool,
}

/// The form's choices now; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn choices(cx: &Context) -> Result<Option<FormChoices>, Error> {
    let _ = cx;
    todo!()
}

/// Registers one person and issues the ticket.
///
/// `idempotency_key` was made with the empty form: a repeat returns the first result's link and stores
/// nothing (the link secret is derived from the key and the installation's secret, so that it can be given again).
///
/// Effects, in one transaction: the registration, its ticket, five consent records, one audit entry
/// `registration.register`, and last the seat: `UPDATE capacities … WHERE taken < size`, so that the hot
/// row is locked for the shortest time.
///
/// # Errors
/// [`Error::Invalid`]: audience unknown, not public, not open, closed or full; unknown commune or organisation.
pub async fn register(cx: &Context, application: Application, idempotency_key: Uuid) -> Result<LinkSecret, Error> {
    let _ = (cx, application, idempotency_key);
    todo!()
}

/// The ticket behind a secret link.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn ticket(cx: &Context, secret: &str) -> Result<TicketPage, Error> {
    let _ = (cx, secret);
    todo!()
}

/// Cancels the registration behind a secret link; the seat is free at once and the ticket stops.
/// Cancelling again changes nothing.
///
/// Effects, in one transaction: registration, ticket, capacity, one audit entry `registration.cancel`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn cancel(cx: &Context, secret: &str) -> Result<(), Error> {
    let _ = (cx, secret);
    todo!()
}

/// What stands behind a scanned code: the signature is proved first.
///
/// # Errors
/// [`Error::NotFound`] for anything that is no ticket of ours.
pub async fn public_ticket(cx: &Context, code: &str) -> Result<PublicTicket, Error> {
    let _ = (cx, code);
    todo!()
}

/// Proves that every capacity's `taken` is the number of confirmed registrations that it counts.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn check_capacities(cx: &Context) -> Result<Vec<CapacityFault>, Error> {
    let _ = cx;
    todo!()
}

/// A counter that does not tell the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityFault {
    pub audience: String,
    pub taken: i64,
    pub counted: i64,
}
