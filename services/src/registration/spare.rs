//! Spare tickets: printed beforehand, nobody's until a gate reads one, so that people who come without a registration get in
//! where there is no network.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{Record, Standing},
    form::{FieldErrors, Problem},
    ids::{AudienceId, RegistrationId, SpareBatchId},
    registration::{SpareOrder, VoidReason, field},
    text::{self, Bilingual, PersonName},
    ticket::{ShortCode, Ticket, TicketId},
};
use serde_json::json;
use uuid::Uuid;

use super::store::spare as store;
use crate::{
    Context, Error,
    audit::{self, By},
    edition,
    store::inconsistent,
    write,
};

mod guest;
#[cfg(test)]
mod tests;

pub use guest::name;
pub(crate) use guest::{Told, Whose, write_down};

/// Used tickets that the page tells of.
const TOLD: i64 = 100;
/// How often a ticket is numbered anew when its number or its short code is taken.
const ATTEMPTS: usize = 4;

/// What the page of spare tickets shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The newest first.
    pub batches: Vec<Batch>,
    pub audiences: Vec<(AudienceId, Bilingual)>,
    /// The last that were used, the newest first, [`TOLD`] at most.
    pub used: Vec<Used>,
    /// How many were used in all.
    pub total_used: i64,
}

/// Tickets that were printed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: SpareBatchId,
    pub audience: Bilingual,
    /// The numbers printed on them, the first and the last.
    pub numbers: (i32, i32),
    /// How many there are, and what became of them. The others are left.
    pub made: i64,
    /// Those that are somebody's: read by a gate before they were voided, or told a name of afterwards.
    pub used: i64,
    /// Those that were voided and are nobody's.
    pub voided: i64,
    pub by: String,
    pub at: DateTime<Utc>,
    /// When and why those that were not used were voided.
    pub void: Option<(DateTime<Utc>, VoidReason)>,
}

impl Batch {
    /// How many can still be used.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.made - self.used - self.voided
    }
}

/// A ticket that is somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    pub number: i32,
    pub at: DateTime<Utc>,
    /// Who holds it; `None` where the registration was taken away since.
    pub holder: Option<(RegistrationId, String)>,
}

/// Tickets as they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub edition: Bilingual,
    pub audience: Bilingual,
    /// By number.
    pub tickets: Vec<Spare>,
}

/// A ticket as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare {
    pub number: i32,
    pub short_code: ShortCode,
    /// The signed text, base32 of 122 characters: what follows `/T/` in the QR code.
    pub code: String,
}

/// The batches of the current edition, and who used which ticket.
///
/// # Errors
/// The policy's for [`Action::ManageSpareTickets`]; [`Error::NotFound`] before any import.
pub async fn listing(cx: &Context, actor: &Actor) -> Result<Listing, Error> {
    access::authorise(actor, Action::ManageSpareTickets)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let batches = store::batches(&cx.pool, edition).await?;
    let audiences = super::store::badges::audiences(&cx.pool, edition).await?;
    let used = store::used(&cx.pool, edition, TOLD).await?;
    let total_used = batches.iter().map(|batch| batch.used).sum();
    Ok(Listing { batches, audiences, used, total_used })
}

/// Makes spare tickets for an audience. Their numbers go on from the edition's last.
///
/// Effects, in one transaction: the batch, its tickets, an audit entry `spare.make`. No seat is taken before a ticket is used.
/// Then the hint of [`crate::live`]: phones take them into their lists.
///
/// # Errors
/// The policy's for [`Action::ManageSpareTickets`]; [`Error::NotFound`] before any import; [`Error::Invalid`] for an audience
/// that is not the edition's.
pub async fn make(cx: &Context, actor: &Actor, order: SpareOrder) -> Result<SpareBatchId, Error> {
    access::authorise(actor, Action::ManageSpareTickets)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let _told = cx.live.tell_when_done();
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::write(cx, move |tx| {
        let (cx, actor) = (cx_.clone(), actor.clone());
        Box::pin(async move {
            let id = SpareBatchId(cx.new_id());
            let last = store::lock_numbers(tx, edition).await?;
            if !store::insert_batch(tx, id, (edition, order.audience), &actor, cx.now()).await? {
                return Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into());
            }
            for number in (last + 1..).take(order.count.into()) {
                insert(tx, &cx, id, number).await?;
            }
            let entry = audit::Entry {
                action: "spare.make",
                subject_kind: "spare_batch",
                subject_id: Some(id.0),
                detail: json!({ "count": order.count }),
            };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await?;
            Ok(id)
        })
    })
    .await
}

async fn insert(tx: &mut sqlx::PgConnection, cx: &Context, batch: SpareBatchId, number: i32) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let id = TicketId(u64::from_be_bytes(cx.random_bytes()));
        let short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        if store::insert_ticket(tx, batch, number, (id, &short_code)).await? {
            return Ok(());
        }
    }
    Err(Error::Internal("no free ticket number was found".into()))
}

/// The tickets of a batch that nobody has used, to be printed.
///
/// # Errors
/// The policy's for [`Action::ManageSpareTickets`]; [`Error::NotFound`], also where none is left.
pub async fn sheet(cx: &Context, actor: &Actor, batch: SpareBatchId) -> Result<Sheet, Error> {
    access::authorise(actor, Action::ManageSpareTickets)?;
    let store::FoundSheet { year, kind, edition, audience, tickets } = store::sheet(&cx.pool, batch).await?.ok_or(Error::NotFound)?;
    let (key_id, key) = cx.ticket_signer(year);
    let signed = |id| Ticket { key_id, year, audience: kind, reissue: 0, is_spare: true, id }.sign(&key);
    let tickets = tickets.into_iter().map(|(number, id, short_code)| Spare { number, short_code, code: signed(id) });
    Ok(Sheet { edition, audience, tickets: tickets.collect() })
}

/// Voids a batch: those of its tickets that no gate has read let nobody in any more. Voiding it again changes nothing.
///
/// Effects, in one transaction: the batch's time and reason, its unused tickets, an audit entry `spare.void`. Then the hint of
/// [`crate::live`]: phones stop them.
///
/// # Errors
/// The policy's for [`Action::ManageSpareTickets`]; [`Error::NotFound`].
pub async fn void(cx: &Context, actor: &Actor, batch: SpareBatchId, reason: VoidReason) -> Result<(), Error> {
    access::authorise(actor, Action::ManageSpareTickets)?;
    let _told = cx.live.tell_when_done();
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::write(cx, move |tx| {
        let (cx, actor) = (cx_.clone(), actor.clone());
        Box::pin(async move {
            let was_voided = store::lock_batch(tx, batch).await?.ok_or(Error::NotFound)?;
            if was_voided {
                return Ok(());
            }
            let voided = store::void(tx, batch, reason, cx.now()).await?;
            let entry = audit::Entry {
                action: "spare.void",
                subject_kind: "spare_batch",
                subject_id: Some(batch.0),
                detail: json!({ "reason": reason.key(), "count": voided }),
            };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await
        })
    })
    .await
}

/// How a scan names a spare ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    Signed(TicketId),
    Short(&'a ShortCode),
}

/// Registers whoever holds a spare ticket, when a checkpoint of its edition reads it first. The person is inside or about to
/// be, so a full house is no reason against it: the seat is one more. The name is [`PersonName::of_guest`] until staff write
/// the true one; as nobody was asked, no consent is noted.
///
/// Gives back which ticket it is that stays nobody's, and what is known of it: one that was voided, or whose holder was turned
/// away.
///
/// Effects, by one statement: the ticket's use, the seat, the registration (channel `desk`), its ticket with the printed
/// number and short code, an audit entry `registration.spare_used`. None for a ticket that is no spare one, was used, was
/// voided, or whose holder `is_turned_away`.
///
/// # Errors
/// The store's.
pub(crate) async fn redeem(
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    checkpoint: Uuid,
    named: Named<'_>,
    is_turned_away: bool,
) -> Result<Option<(TicketId, Record)>, Error> {
    let Some(spare) = store::unused(&cx.pool, checkpoint, named).await? else { return Ok(None) };
    let record =
        |standing| Record { audience: spare.audience, reissue: 0, standing, merged_into: None, seats: Vec::new(), admission: None };
    if spare.is_voided {
        return Ok(Some((spare.id, record(Standing::Cancelled))));
    }
    if is_turned_away {
        return Ok(Some((spare.id, record(Standing::Valid))));
    }
    let mut holder = holder(cx, by, spare);
    for _ in 0..ATTEMPTS {
        let attempt = holder.clone();
        let using = move |pool| {
            let holder = attempt.clone();
            async move { store::redeem(&pool, &holder).await }
        };
        if write::statement(cx, using).await? {
            return Ok(None);
        }
        // Another ticket has been issued with the printed short code since; the code beside it still says who it is.
        holder.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
    }
    Err(inconsistent("spare_tickets.short_code"))
}

/// The registration of whoever holds a spare ticket: with the same link however often it is begun.
fn holder(cx: &Context, by: (&'static str, Option<Uuid>), spare: store::Unused) -> store::Holder {
    let key = super::uuid_of(&format!("spare ticket {}", spare.id.0));
    let name = PersonName::of_guest(spare.number.unsigned_abs());
    store::Holder {
        id: cx.new_id(),
        ticket: spare.id,
        search_text: text::fold(name.as_str()),
        name,
        link_hash: super::hash(&super::link_secret(cx, key, 0).0),
        key,
        at: cx.now(),
        by,
        short_code: spare.short_code,
        is_voided: spare.is_voided,
    }
}
