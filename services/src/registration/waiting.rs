//! The waiting list: one queue for each thing that can be full, first come, first served.
//!
//! A party stays together: it is offered seats when there are enough for all of it, and until then nobody passes it. A seat
//! that comes free while somebody waits is offered to the head of the queue and held until a set time; then it goes on.
//! Every step has its reason in a log that staff can read.

use domain::{
    access::{self, Action, Actor},
    ids::{EditionId, RegistrationId, SessionId, WaitingEntryId},
    mail::MessageKind,
    registration::Status,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    by_staff,
    store::{
        queue::{self, Entry},
        seats::{self, SessionSeat},
        standing,
    },
    ticket::issue,
};
use crate::{
    Context, Error,
    audit::{self, By},
    error::Conflict,
    mail::{self, To},
    write,
};

/// Puts registrations into the locked queue for the day, as one party of so many people.
///
/// Effects, in the transaction: the entry, its log, the counter of the queue.
pub(super) async fn join(
    tx: &mut PgConnection,
    cx: &Context,
    edition: EditionId,
    capacity: Uuid,
    party: &[RegistrationId],
    people: i16,
) -> Result<(), Error> {
    let entry = Entry { id: WaitingEntryId(cx.new_id()), capacity, session: None, people };
    queue::join(tx, edition, &entry, cx.now()).await?;
    queue::name_entry(tx, party, entry.id).await?;
    queue::log(tx, entry.id, cx.now(), "joined", &json!({ "people": people }), By::Actor(&Actor::Anonymous)).await
}

/// Puts a registration into the locked queue of a session.
pub(super) async fn join_session(
    tx: &mut PgConnection,
    cx: &Context,
    edition: EditionId,
    capacity: Uuid,
    (session, registration): (SessionId, RegistrationId),
    people: i16,
) -> Result<(), Error> {
    let entry = Entry { id: WaitingEntryId(cx.new_id()), capacity, session: Some((session, registration)), people };
    queue::join(tx, edition, &entry, cx.now()).await?;
    seats::seat_in_session(tx, registration, session, SessionSeat::Waiting).await?;
    queue::log(tx, entry.id, cx.now(), "joined", &json!({ "people": people }), By::Actor(&Actor::Anonymous)).await
}

/// Offers free seats to the head of a queue, party after party, as long as they last. Whoever gives seats back calls it in
/// the same transaction.
///
/// Effects, in the transaction: entries, registrations or seats in sessions, counters, log, messages.
pub(crate) async fn promote(tx: &mut PgConnection, cx: &Context, capacity: Uuid) -> Result<(), Error> {
    loop {
        let counter = seats::lock(tx, capacity).await?;
        if counter.waiting == 0 {
            return Ok(());
        }
        let Some(head) = queue::head(tx, capacity).await? else { return Ok(()) };
        if !counter.fits(head.people) {
            if counter.free().is_some_and(|free| free > 0) {
                let why = json!({ "needs": head.people, "free": counter.free() });
                queue::log_held_back(tx, head.id, cx.now(), &why).await?;
            }
            return Ok(());
        }
        offer(tx, cx, &head, "offered", By::System).await?;
    }
}

/// Holds seats of a locked counter for a party.
async fn offer(tx: &mut PgConnection, cx: &Context, entry: &Entry, step: &'static str, by: By<'_>) -> Result<(), Error> {
    let until = queue::hold_until(tx, entry.capacity, cx.now()).await?;
    queue::set_state(tx, entry.id, "offered", Some(until)).await?;
    queue::count(tx, entry.capacity, -i32::from(entry.people)).await?;
    seats::take(tx, entry.capacity, entry.people).await?;
    queue::log(tx, entry.id, cx.now(), step, &json!({ "until": until, "people": entry.people }), by).await?;
    if let Some((session, registration)) = entry.session {
        seats::seat_in_session(tx, registration, session, SessionSeat::Offered).await?;
        return mail::enqueue(tx, cx, MessageKind::Offer, To::Registration(registration), cx.now()).await;
    }
    for registration in queue::party(tx, entry.id).await? {
        standing::set_status(tx, registration, Status::Offered, cx.now()).await?;
    }
    tell_party(tx, cx, entry.id, MessageKind::Offer).await
}

/// Tells a party for the day: the leader of a delegation, or the one who registered.
async fn tell_party(tx: &mut PgConnection, cx: &Context, entry: WaitingEntryId, kind: MessageKind) -> Result<(), Error> {
    for to in standing::addressees(tx, entry).await? {
        mail::enqueue(tx, cx, kind, to, cx.now()).await?;
    }
    Ok(())
}

/// Takes the seat for the day that is held for a ticket link.
///
/// Effects, in one transaction: the registration is confirmed (or waits for staff where its audience needs approval) with a
/// ticket, its wanted sessions, the entry and its log, an audit entry `registration.accept`, a message.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where no seat is held, or not any more.
pub async fn accept(cx: &Context, secret: &str) -> Result<(), Error> {
    let link_hash = super::hash(secret);
    let cx_ = cx.clone();
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let held = standing::by_link(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            match held.entry {
                Some(entry) if held.status == Status::Offered && held.delegation.is_none() => {
                    accept_party(tx, &cx, entry, By::Actor(&Actor::Anonymous)).await
                }
                _ => Err(Error::Conflict(Conflict::Offer)),
            }
        })
    })
    .await
}

/// Takes the seats that are held for a party.
///
/// # Errors
/// [`Error::Conflict`] where none are held, or not any more.
pub(super) async fn accept_party(tx: &mut PgConnection, cx: &Context, id: WaitingEntryId, by: By<'_>) -> Result<(), Error> {
    let wanted = standing::wanted_by_party(tx, id).await?;
    let counters = seats::lock_sessions(tx, &wanted).await?;
    let party = queue::party(tx, id).await?;
    let (_, state, until) = queue::entry(tx, id).await?.ok_or(Error::NotFound)?;
    if state != "offered" || until.is_some_and(|until| until <= cx.now()) {
        return Err(Error::Conflict(Conflict::Offer));
    }
    queue::set_state(tx, id, "taken", None).await?;
    queue::log(tx, id, cx.now(), "accepted", &json!({}), by).await?;
    let mut counters = counters;
    for registration in party {
        let facts = standing::find(tx, registration).await?.ok_or(Error::NotFound)?;
        let status = if facts.needs_approval { Status::Pending } else { Status::Confirmed };
        standing::set_status(tx, registration, status, cx.now()).await?;
        if status == Status::Confirmed {
            issue(tx, cx, registration).await?;
        }
        for (session, seat) in seats::sessions_of(tx, registration).await? {
            if let Some((_, counter)) = counters.iter_mut().find(|(id, _)| *id == session && seat == SessionSeat::Wanted) {
                sit(tx, cx, facts.edition, (session, registration), counter, facts.people).await?;
            }
        }
        let entry = audit::Entry {
            action: "registration.accept",
            subject_kind: "registration",
            subject_id: Some(registration.0),
            detail: json!({ "status": status.key() }),
        };
        audit::record(tx, cx.now(), by, entry).await?;
        let kind = if status == Status::Confirmed { MessageKind::Ticket } else { MessageKind::Pending };
        mail::enqueue(tx, cx, kind, To::Registration(registration), cx.now()).await?;
    }
    Ok(())
}

/// Sits a registration down in a session whose counter is locked, or puts it into the session's queue.
pub(super) async fn sit(
    tx: &mut PgConnection,
    cx: &Context,
    edition: EditionId,
    (session, registration): (SessionId, RegistrationId),
    counter: &mut seats::Counter,
    people: i16,
) -> Result<(), Error> {
    if counter.is_open_to(people) {
        seats::take(tx, counter.id, people).await?;
        counter.taken += i32::from(people);
        seats::seat_in_session(tx, registration, session, SessionSeat::Held).await
    } else {
        counter.waiting += i32::from(people);
        join_session(tx, cx, edition, counter.id, (session, registration), people).await
    }
}

/// Takes the seat in a session that is held for a ticket link.
///
/// Effects, in one transaction: the seat, the entry and its log, an audit entry `registration.accept_session`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where no seat is held, or not any more.
pub async fn accept_session(cx: &Context, secret: &str, session: SessionId) -> Result<(), Error> {
    let link_hash = super::hash(secret);
    let cx_ = cx.clone();
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let held = standing::by_link(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            seats::lock_sessions(tx, &[session]).await?;
            let open = queue::session_entry(tx, held.id, session).await?.ok_or(Error::Conflict(Conflict::Offer))?;
            let (_, state, until) = queue::entry(tx, open).await?.ok_or(Error::NotFound)?;
            if state != "offered" || until.is_some_and(|until| until <= cx.now()) {
                return Err(Error::Conflict(Conflict::Offer));
            }
            queue::set_state(tx, open, "taken", None).await?;
            queue::log(tx, open, cx.now(), "accepted", &json!({}), By::Actor(&Actor::Anonymous)).await?;
            seats::seat_in_session(tx, held.id, session, SessionSeat::Held).await?;
            let entry = audit::Entry {
                action: "registration.accept_session",
                subject_kind: "registration",
                subject_id: Some(held.id.0),
                detail: json!({ "session": session }),
            };
            audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await
        })
    })
    .await
}

/// Lets offers go whose time is over, each in a transaction of its own, and passes their seats on. Gives back how many.
/// Safe to run at several places at once.
///
/// Effects for each: the registrations lapse (or leave the session), counters, the entry and its log, messages, and what
/// [`promote`] does.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lapse_overdue(cx: &Context) -> Result<usize, Error> {
    let mut lapsed = 0;
    for id in queue::overdue(&cx.pool, cx.now()).await? {
        let cx_ = cx.clone();
        let done = write::write(cx, move |tx| {
            let cx = cx_.clone();
            Box::pin(async move { lapse(tx, &cx, id).await })
        })
        .await?;
        lapsed += usize::from(done);
    }
    Ok(lapsed)
}

async fn lapse(tx: &mut PgConnection, cx: &Context, id: WaitingEntryId) -> Result<bool, Error> {
    let Some(capacity) = queue::capacity_of(tx, id).await? else { return Ok(false) };
    seats::lock(tx, capacity).await?;
    let party = queue::party(tx, id).await?;
    let Some((entry, state, until)) = queue::entry(tx, id).await? else { return Ok(false) };
    if state != "offered" || until.is_none_or(|until| until > cx.now()) {
        return Ok(false);
    }
    if let Some((session, registration)) = entry.session {
        seats::leave_session(tx, registration, session).await?;
        mail::enqueue(tx, cx, MessageKind::Lapsed, To::Registration(registration), cx.now()).await?;
    } else {
        tell_party(tx, cx, id, MessageKind::Lapsed).await?;
        for registration in party {
            standing::end(tx, registration, Status::Lapsed, cx.now()).await?;
            standing::forget_sessions(tx, registration).await?;
        }
    }
    queue::set_state(tx, id, "lapsed", None).await?;
    queue::log(tx, id, cx.now(), "lapsed", &json!({ "people": entry.people }), By::System).await?;
    seats::give_back(tx, capacity, entry.people).await?;
    promote(tx, cx, capacity).await?;
    Ok(true)
}

/// Offers a seat to a party out of turn, even where none is free: staff decide and answer for it.
///
/// Effects, in one transaction: as an offer; an audit entry `waiting.invite`.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`]; [`Error::Conflict`] where it does not wait any more.
pub async fn invite(cx: &Context, actor: &Actor, id: WaitingEntryId) -> Result<(), Error> {
    by_staff(cx, actor, move |tx, cx, actor| {
        Box::pin(async move {
            let capacity = queue::capacity_of(tx, id).await?.ok_or(Error::NotFound)?;
            seats::lock(tx, capacity).await?;
            let (entry, state, _) = queue::entry(tx, id).await?.ok_or(Error::NotFound)?;
            if state != "waiting" {
                return Err(Error::Conflict(Conflict::Offer));
            }
            offer(tx, &cx, &entry, "invited", By::Actor(&actor)).await?;
            let entry = audit::Entry { action: "waiting.invite", subject_kind: "waiting_entry", subject_id: Some(id.0), detail: json!({}) };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await
        })
    })
    .await
}

/// Offers a seat for the day out of turn to the party of a registration.
///
/// Effects: as [`invite`].
///
/// # Errors
/// As [`invite`].
pub async fn invite_registration(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let mut connection = cx.pool.acquire().await?;
    let found = standing::find(&mut connection, id).await?.ok_or(Error::NotFound)?;
    drop(connection);
    match found.entry {
        Some(entry) if found.status == Status::Waiting => invite(cx, actor, entry).await,
        _ => Err(Error::Conflict(Conflict::Offer)),
    }
}
