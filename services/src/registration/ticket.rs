//! What stands behind a ticket's link, and behind its code.

use chrono::{DateTime, Utc};
use domain::{
    checkin::Standing,
    ids::{DelegationId, RegistrationId, SessionId},
    registration::{AudienceKind, Status},
    text::{self, Bilingual, Locale},
    ticket::{self, ShortCode, Ticket, TicketId},
};
use sqlx::PgConnection;

use super::{
    hash,
    store::{self, seats::SessionSeat, standing},
};
use crate::{
    Context, Error,
    edition::{self, Edition},
};

/// How often a ticket is numbered anew when its random number or short code is taken.
const NUMBER_ATTEMPTS: u32 = 4;

/// A registration as its holder sees it.
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
    /// How many come with this ticket.
    pub people: i16,
    /// The delegation that it belongs to: its leader decides for it.
    pub delegation: Option<DelegationId>,
    /// What can be shown at the gate, once the registration was confirmed.
    pub ticket: Option<Issued>,
    /// The first gate that admits this audience: its name and opening time.
    pub gate: Option<(Bilingual, Option<DateTime<Utc>>)>,
    pub sessions: Vec<MySession>,
    /// Where it stands in the queue for the day.
    pub queue: Option<Queue>,
    /// What staff told the person when they decided.
    pub decision_message: Option<String>,
    /// When holders can change nothing more.
    pub changes_until: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether staff merged it into another one of the same person.
    pub is_merged: bool,
}

/// A ticket that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub id: TicketId,
    pub short_code: ShortCode,
    /// The signed text, base32 of 122 characters: what follows `/T/` in the QR code.
    pub code: String,
    /// Staff have blocked it: it opens no gate until they unblock it.
    pub is_blocked: bool,
}

/// A place in a queue, or an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// So many people before it, and one.
    Waiting { position: i64 },
    /// A seat is held until then.
    Offered { until: DateTime<Utc> },
}

/// A session that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MySession {
    pub id: SessionId,
    pub code: String,
    pub title: Bilingual,
    pub room: Bilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub seat: MySeat,
}

/// How somebody sits in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MySeat {
    Held,
    Queued(Queue),
    /// Is looked for as soon as there is a seat for the day.
    Wanted,
}

/// What anybody who scans the code may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicTicket {
    pub edition: Edition,
    /// [`domain::text::mask`] of the name.
    pub masked_name: String,
    pub audience: Bilingual,
    pub status: Status,
    /// Whether staff have blocked it.
    pub is_blocked: bool,
    /// Whether a newer ticket replaces this one.
    pub reissued: bool,
}

/// The registration behind a secret link.
///
/// # Errors
/// [`Error::NotFound`], also for a person who was erased.
pub async fn ticket(cx: &Context, secret: &str) -> Result<TicketPage, Error> {
    let found = store::ticket(&cx.pool, &hash(secret)).await?.filter(|found| !found.is_erased).ok_or(Error::NotFound)?;
    let edition = edition::by_id(cx, found.edition_id).await?;
    let gate = store::first_gate(&cx.pool, edition.id, found.audience_kind).await?;
    let sessions = store::sessions(&cx.pool, found.registration_id).await?.into_iter().map(my_session).collect();
    let queue = match (found.status, found.entry) {
        (Status::Waiting | Status::Offered, Some(entry)) => store::place(&cx.pool, entry).await?,
        _ => None,
    };
    let issued = found.ticket.map(|issued| {
        let (key_id, key) = cx.ticket_signer(edition.year);
        let ticket = Ticket {
            key_id,
            year: edition.year,
            audience: found.audience_kind,
            reissue: issued.reissue,
            is_spare: issued.is_spare,
            id: issued.id,
        };
        Issued { id: issued.id, code: ticket.sign(&key), short_code: issued.short_code, is_blocked: issued.standing == Standing::Blocked }
    });
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
        people: found.people,
        delegation: found.delegation,
        ticket: issued,
        gate,
        sessions,
        queue: queue.map(|(position, until)| queued(found.status == Status::Offered, position, until)),
        decision_message: found.decision_message,
        changes_until: found.changes_until,
        ended_at: found.ended_at,
        is_merged: found.is_merged,
    })
}

pub(super) fn queued(is_offered: bool, position: i64, until: Option<DateTime<Utc>>) -> Queue {
    match until {
        Some(until) if is_offered => Queue::Offered { until },
        _ => Queue::Waiting { position },
    }
}

fn my_session(row: store::SessionRow) -> MySession {
    let seat = match row.seat {
        SessionSeat::Held => MySeat::Held,
        SessionSeat::Wanted => MySeat::Wanted,
        SessionSeat::Waiting | SessionSeat::Offered => {
            MySeat::Queued(queued(row.seat == SessionSeat::Offered, row.position.unwrap_or(1), row.offered_until))
        }
    };
    MySession { id: row.id, code: row.code, title: row.title, room: row.room, starts_at: row.starts_at, ends_at: row.ends_at, seat }
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
    let issued = found.ticket.ok_or(Error::NotFound)?;
    Ok(PublicTicket {
        edition: edition::by_id(cx, found.edition_id).await?,
        masked_name: text::mask(&found.full_name),
        audience: found.audience,
        status: found.status,
        is_blocked: issued.standing == Standing::Blocked,
        reissued: ticket.reissue < issued.reissue,
    })
}

/// Issues the ticket of a registration that was confirmed.
pub(super) async fn issue(tx: &mut PgConnection, cx: &Context, registration: RegistrationId) -> Result<(), Error> {
    for _ in 0..NUMBER_ATTEMPTS {
        let id = TicketId(u64::from_be_bytes(cx.random_bytes()));
        let short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        if standing::insert_ticket(tx, registration, (id, &short_code), cx.now()).await? {
            return Ok(());
        }
    }
    Err(Error::Internal("no free ticket number was found".into()))
}
