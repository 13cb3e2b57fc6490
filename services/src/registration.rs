//! Registration: the form's choices, taking a seat, the ticket behind the secret link, giving the seat back.

pub mod delegation;
mod lost;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    access::{self, Action, Actor},
    form::{FieldErrors, Problem},
    ids::{AudienceId, OrganisationId, RegistrationId},
    privacy::NOTICE_VERSION,
    registration::{Application, AudienceKind, Details, Status, Window, field},
    text::{self, Bilingual, Locale},
    ticket::{self, ShortCode, Ticket, TicketId},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition::{self, Edition},
    write,
};

pub use lost::send_links;
use store::Seat;

/// How often a ticket is numbered anew when its random number or short code is taken.
const NUMBER_ATTEMPTS: u16 = 4;

/// How often one form's registration may have ended before its link is no longer found from what is stored.
const MOST_ENDED: i64 = 32;

/// What the registration form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormChoices {
    pub edition: Edition,
    /// The public audiences in their order.
    pub audiences: Vec<AudienceChoice>,
    pub communes: Vec<Commune>,
    /// The bodies that officials choose from.
    pub organisations: Vec<Body>,
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
    /// Without its kind: "Tân Thành".
    pub name: String,
    pub kind: CommuneKind,
}

/// What a commune is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommuneKind {
    /// `xã`
    Rural,
    /// `phường`
    Ward,
}

/// A public body that an official may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub id: OrganisationId,
    pub name: Bilingual,
    pub kind: BodyKind,
}

/// Where a body stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// A department of the province, or any other body that is no commune's.
    Department,
    /// The People's Committee of a commune or ward.
    Commune,
}

/// The secret in a ticket's link: 32 bytes in base64url, derived from the form's key and the installation's secret. Only
/// its hash is stored.
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
    pub phone: Option<String>,
    pub email: Option<String>,
    pub ticket_id: TicketId,
    pub short_code: ShortCode,
    /// The signed text, base32 of 122 characters: what follows `/T/` in the QR code.
    pub code: String,
    /// The first gate that admits this audience: its name and opening time.
    pub gate: Option<(Bilingual, Option<DateTime<Utc>>)>,
    pub ended_at: Option<DateTime<Utc>>,
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
    let Some(edition) = edition::current(cx).await? else { return Ok(None) };
    let audiences = store::audiences(&cx.pool, edition.id).await?;
    let communes = store::communes(&cx.pool).await?;
    let organisations = store::organisations(&cx.pool, edition.peak_on).await?;
    Ok(Some(FormChoices { edition, audiences, communes, organisations }))
}

/// The public audiences now, in their order: what a handler needs to read a form. None before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn audiences(cx: &Context) -> Result<Vec<AudienceChoice>, Error> {
    match edition::current(cx).await? {
        Some(edition) => store::audiences(&cx.pool, edition.id).await,
        None => Ok(Vec::new()),
    }
}

/// Registers one person and issues the ticket.
///
/// `idempotency_key` was made with the empty form: a repeat of a registration that stands returns its link and stores
/// nothing (the link secret is derived from the key and the installation's secret, so that it can be given again).
/// After a cancellation the same form is a new registration with a link of its own.
///
/// Effects, by one statement: the seat, the registration, its ticket, five consent records and one audit
/// entry `registration.register`. The seat is a conditional update of a counter, so that none is sold
/// twice; one statement holds the counter's row for the shortest time. A unique index keeps the number of
/// registrations by one phone.
///
/// # Errors
/// [`Error::Invalid`]: audience unknown, not public, not open, closed or full; unknown commune or organisation;
/// a phone with as many registrations as the edition allows it.
pub async fn register(cx: &Context, application: Application, idempotency_key: Uuid) -> Result<LinkSecret, Error> {
    let idempotency_key = form_key(&application, idempotency_key);
    let Some(audience) = store::audience(&cx.pool, &application, idempotency_key).await? else {
        return Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into());
    };
    let secret = link_secret(cx, idempotency_key, audience.ended);
    if audience.is_repeat {
        return Ok(secret);
    }
    let mut errors = FieldErrors::default();
    errors.take(field::AUDIENCE, if audience.is_public { audience.window.check(cx.now()) } else { Err(Problem::UnknownChoice) });
    errors.take(field::COMMUNE, audience.commune_known.then_some(()).ok_or(Problem::UnknownChoice));
    errors.take(field::ORGANISATION, audience.organisation_known.then_some(()).ok_or(Problem::UnknownChoice));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let mut person = store::NewRegistration {
        id: cx.new_id(),
        edition_id: audience.edition_id,
        capacity_id: audience.capacity_id,
        per_phone: audience.per_phone,
        search_text: search_text(&application.details),
        link_hash: hash(&secret.0),
        idempotency_key,
        at: cx.now(),
        notice_version: NOTICE_VERSION,
        ticket_id: TicketId(u64::from_be_bytes(cx.random_bytes())),
        short_code: ShortCode::from_random(u64::from_be_bytes(cx.random_bytes())),
        application,
    };
    // Whoever loses a place to another registration of the same phone finds one less the next time.
    for _ in 0..NUMBER_ATTEMPTS + audience.per_phone.unsigned_abs() {
        let attempt = Arc::new(person.clone());
        let taking = move |pool| {
            let person = attempt.clone();
            async move { store::take_seat(&pool, &person).await }
        };
        match write::statement(cx, taking).await? {
            Seat::Taken | Seat::Repeat => return Ok(secret),
            Seat::Full => return Err(FieldErrors::one(field::AUDIENCE, Problem::Full).into()),
            Seat::PhoneFull => {
                let most = usize::from(audience.per_phone.unsigned_abs());
                return Err(FieldErrors::one(field::PHONE, Problem::PhoneFull { most }).into());
            }
            Seat::PlaceInUse => {}
            Seat::NumberInUse => {
                person.ticket_id = TicketId(u64::from_be_bytes(cx.random_bytes()));
                person.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
            }
        }
    }
    Err(Error::Internal("no free ticket number was found".into()))
}

/// The ticket behind a secret link.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn ticket(cx: &Context, secret: &str) -> Result<TicketPage, Error> {
    let found = store::ticket(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)?;
    let edition = edition::by_id(cx, found.edition_id).await?;
    let (key_id, key) = cx.ticket_signer(edition.year);
    let ticket = Ticket { key_id, year: edition.year, audience: found.audience_kind, reissue: found.reissue, id: found.ticket_id };
    let gate = store::first_gate(&cx.pool, edition.id, found.audience_kind).await?;
    Ok(TicketPage {
        edition,
        registration_id: found.registration_id,
        status: found.status,
        locale: found.locale,
        full_name: found.full_name,
        audience: found.audience,
        audience_kind: found.audience_kind,
        organisation: found.organisation,
        phone: found.phone,
        email: found.email,
        ticket_id: found.ticket_id,
        short_code: found.short_code,
        code: ticket.sign(&key),
        gate,
        ended_at: found.ended_at,
    })
}

/// Cancels the registration behind a secret link; the seat is free at once and the ticket stops.
/// Cancelling again changes nothing.
///
/// Effects, in one transaction: registration, ticket, capacity, one audit entry `registration.cancel`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn cancel(cx: &Context, secret: &str) -> Result<(), Error> {
    let (link_hash, at) = (hash(secret), cx.now());
    write::write(cx, move |tx| {
        Box::pin(async move {
            let Some((id, capacity)) = store::cancel(tx, &link_hash, at).await? else {
                return if store::exists(tx, &link_hash).await? { Ok(()) } else { Err(Error::NotFound) };
            };
            let entry = Entry {
                action: "registration.cancel",
                subject_kind: "registration",
                subject_id: Some(id.0),
                detail: serde_json::json!({}),
            };
            audit::record(tx, at, By::Actor(&Actor::Anonymous), entry).await?;
            store::give_back(tx, capacity).await
        })
    })
    .await
}

/// What stands behind a scanned code: the signature is proved first.
///
/// # Errors
/// [`Error::NotFound`] for anything that is no ticket of ours.
pub async fn public_ticket(cx: &Context, code: &str) -> Result<PublicTicket, Error> {
    // The year stands in the payload, so the keys of the year that it names are tried.
    let year = ticket::claimed_year(code).ok_or(Error::NotFound)?;
    let ticket = ticket::verify(code, &cx.ticket_keys(year)).map_err(|_| Error::NotFound)?;
    let found = store::ticket_by_id(&cx.pool, ticket.id).await?.ok_or(Error::NotFound)?;
    Ok(PublicTicket {
        edition: edition::by_id(cx, found.edition_id).await?,
        masked_name: text::mask(&found.full_name),
        audience: found.audience,
        status: found.status,
        reissued: ticket.reissue < found.reissue,
    })
}

/// How many are registered, by the seats that they share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// The audiences that share these seats, public and hidden, in their order.
    pub audiences: Vec<Bilingual>,
    /// Confirmed registrations.
    pub taken: i32,
    /// `None` without limit.
    pub size: Option<i32>,
}

/// How full each capacity of the current edition is, in the order of its first audience.
///
/// # Errors
/// The policy's for [`domain::access::Action::SeeOrganiserDesk`].
pub async fn numbers(cx: &Context, actor: &Actor) -> Result<Vec<Occupancy>, Error> {
    access::authorise(actor, Action::SeeOrganiserDesk)?;
    store::numbers(&cx.pool).await
}

/// Proves that every capacity's `taken` is the number of confirmed registrations that it counts.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn check_capacities(cx: &Context) -> Result<Vec<CapacityFault>, Error> {
    store::capacity_faults(&cx.pool).await
}

/// A counter that does not tell the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityFault {
    /// The codes of the audiences that share the capacity.
    pub audiences: String,
    pub taken: i64,
    pub counted: i64,
}

/// The key of a form with this person in it: who goes back in the browser and registers somebody else sends the same
/// hidden key with another person, and that is no repeat.
fn form_key(application: &Application, key: Uuid) -> Uuid {
    let text = format!("{key}\n{}\n{}\n{}", application.audience, application.details.full_name.as_str(), application.details.phone.e164());
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The link of a form's registration after so many that have ended.
fn link_secret(cx: &Context, idempotency_key: Uuid, ended: i64) -> LinkSecret {
    let purpose = match ended {
        0 => format!("ticket link {idempotency_key}"),
        after => format!("ticket link {idempotency_key} {after}"),
    };
    LinkSecret(BASE64URL_NOPAD.encode(&cx.secret.derive(&purpose)))
}

/// The link of a stored registration, by its form's key and the hash that is kept; `None` for links of another secret.
pub(crate) fn link_of(cx: &Context, idempotency_key: Uuid, link_hash: &[u8]) -> Option<LinkSecret> {
    (0..MOST_ENDED).map(|ended| link_secret(cx, idempotency_key, ended)).find(|secret| hash(&secret.0) == link_hash)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What staff find a person by: name, organisation, phone in both spellings, e-mail, folded.
fn search_text(details: &Details) -> String {
    let phone = details.phone.national().replace(' ', "");
    let parts = [
        Some(details.full_name.as_str()),
        details.organisation_name.as_deref(),
        Some(details.phone.e164()),
        Some(&phone),
        details.email.as_ref().map(domain::contact::Email::as_str),
    ];
    text::fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
