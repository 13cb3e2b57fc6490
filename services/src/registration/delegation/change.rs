//! What a leader changes by the secret link, until the deadline.

use std::sync::Arc;

use domain::{
    access::Actor,
    form::{FieldErrors, Problem},
    ids::RegistrationId,
    mail::MessageKind,
    registration::{
        Status,
        delegation::{self as rules, Kind, Member},
        field,
    },
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    super::{
        leave::{release, shrink},
        store::{queue, seats, standing},
        waiting,
    },
    Person, enter, hash, new_members, store, take_seats, uuid_of,
};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    error::Conflict,
    mail::{self, To},
    write,
};

/// Adds people to a delegation, or to the queue as a party of their own. The same form sent twice adds them once.
///
/// Effects, in one transaction: as of registering the party, for the new members; an audit entry `delegation.add`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the list cannot be changed any more; [`Error::Invalid`] without seats for
/// all, or with more people than a delegation may have.
pub async fn add(cx: &Context, secret: &str, members: Vec<Member>, idempotency_key: Uuid) -> Result<(), Error> {
    let delegation = open(cx, secret, Kind::People).await?;
    let form = uuid_of(&format!("{}\n{idempotency_key}", delegation.id));
    let new = new_members(cx, &delegation, members.iter().map(Person::of), form);
    let (cx_, party) = (cx.clone(), Arc::new((delegation, new)));
    write::write(cx, move |tx| {
        let (cx, party) = (cx_.clone(), party.clone());
        Box::pin(async move {
            let (delegation, new) = &*party;
            seats::lock(tx, delegation.capacity_id).await?;
            let standing = lock(tx, delegation).await?;
            if store::is_known(tx, new[0].idempotency_key).await? {
                return Ok(());
            }
            if standing + new.len() > rules::MOST {
                return Err(FieldErrors::one(rules::field::PASTE, Problem::TooManyRows { max: rules::MOST }).into());
            }
            enter(tx, &cx, delegation, new).await?;
            note(tx, &cx, delegation, "delegation.add", json!({ "people": new.len() })).await
        })
    })
    .await
}

/// Lets somebody else come in a member's place: the seat stays, the old ticket stops, the new person has a ticket and a
/// link of their own. What the old one had chosen among the sessions goes over as well.
///
/// Effects, in one transaction: both registrations and tickets, seats and waits in sessions, the declaration for the new
/// member, audit entries `registration.cancel`, `registration.register` and `delegation.exchange`, messages to both where
/// they have an address. Then the hint of [`crate::live`]: phones stop the old ticket.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the list cannot be changed any more, or the member has gone or is in.
pub async fn exchange(cx: &Context, secret: &str, out: RegistrationId, member: Member) -> Result<(), Error> {
    let delegation = open(cx, secret, Kind::People).await?;
    let new = new_members(cx, &delegation, [Person::of(&member)].into_iter(), out.0);
    let _told = cx.live.tell_when_done();
    let (cx_, party) = (cx.clone(), Arc::new((delegation, new)));
    write::write(cx, move |tx| {
        let (cx, party) = (cx_.clone(), party.clone());
        Box::pin(async move {
            let (delegation, new) = &*party;
            lock(tx, delegation).await?;
            if store::is_known(tx, new[0].idempotency_key).await? {
                return Ok(());
            }
            let status = match store::lock_member(tx, delegation.id, out).await?.ok_or(Error::NotFound)? {
                (status, false) if !status.is_ended() => status,
                _ => return Err(Error::Conflict(Conflict::Delegation)),
            };
            mail::enqueue(tx, &cx, MessageKind::Cancelled, To::Registration(out), cx.now()).await?;
            super::enter_as(tx, &cx, delegation, new, status).await?;
            store::hand_over(tx, out, RegistrationId(new[0].id), cx.now()).await?;
            let entry = Entry {
                action: "registration.cancel",
                subject_kind: "registration",
                subject_id: Some(out.0),
                detail: json!({ "was": status.key(), "exchanged_for": new[0].id }),
            };
            audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await?;
            note(tx, &cx, delegation, "delegation.exchange", json!({ "out": out, "in": new[0].id })).await
        })
    })
    .await
}

/// Changes how many come from a school: seats are taken for more, and free at once for fewer. While the school waits, fewer
/// keep its place, and may be seated sooner; more would have to wait behind those who came since.
///
/// Effects, in one transaction: the registration, the counter of seats or of the queue, who gets those that are free, an audit
/// entry `delegation.recount`. Then the hint of [`crate::live`]: phones tell how many come.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the count cannot be changed any more; [`Error::Invalid`] without seats for
/// all, or for more people while the school waits.
pub async fn recount(cx: &Context, secret: &str, people: u16) -> Result<(), Error> {
    let delegation = open(cx, secret, Kind::School).await?;
    let _told = cx.live.tell_when_done();
    let (cx_, delegation) = (cx.clone(), Arc::new(delegation));
    write::write(cx, move |tx| {
        let (cx, delegation) = (cx_.clone(), delegation.clone());
        Box::pin(async move {
            seats::lock(tx, delegation.capacity_id).await?;
            lock(tx, &delegation).await?;
            let (id, status, before) = store::lock_school(tx, delegation.id).await?.ok_or(Error::Conflict(Conflict::Delegation))?;
            let more = people.cast_signed() - before.cast_signed();
            if status == Status::Waiting {
                shrink_waiting(tx, &cx, id, more).await?;
                waiting::promote(tx, &cx, delegation.capacity_id).await?;
            } else if status != Status::Confirmed && status != Status::Pending {
                return Err(Error::Conflict(Conflict::Delegation));
            } else if more > 0 {
                // Those who came first are not sent back into the queue for the sake of those who come on top.
                let seated = store::Delegation { has_waiting_list: false, ..store::Delegation::clone(&delegation) };
                take_seats(tx, &seated, more).await?;
            } else {
                seats::give_back(tx, delegation.capacity_id, -more).await?;
                waiting::promote(tx, &cx, delegation.capacity_id).await?;
            }
            store::set_people(tx, id, people, cx.now()).await?;
            note(tx, &cx, &delegation, "delegation.recount", json!({ "people": people })).await
        })
    })
    .await
}

/// Takes people out of a school that waits in a locked queue.
async fn shrink_waiting(tx: &mut PgConnection, cx: &Context, school: RegistrationId, more: i16) -> Result<(), Error> {
    if more > 0 {
        return Err(FieldErrors::one(field::AUDIENCE, Problem::SeatsShort { left: 0 }).into());
    }
    let held = standing::lock(tx, school).await?.ok_or(Error::NotFound)?;
    if let Some(entry) = held.entry.filter(|_| more < 0) {
        queue::count(tx, held.capacity, more.into()).await?;
        shrink(tx, cx, entry, -more, By::Actor(&Actor::Anonymous)).await?;
    }
    Ok(())
}

/// Takes a member out: the ticket stops and the seat is free at once. Removing again changes nothing.
///
/// Effects, in one transaction: as of releasing the registration, an audit entry `delegation.remove`, a message to the
/// member who has an address. Then the hint of [`crate::live`]: phones stop the ticket.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the list cannot be changed any more.
pub async fn remove(cx: &Context, secret: &str, out: RegistrationId) -> Result<(), Error> {
    let delegation = open(cx, secret, Kind::People).await?;
    let _told = cx.live.tell_when_done();
    let (cx_, delegation) = (cx.clone(), Arc::new(delegation));
    write::write(cx, move |tx| {
        let (cx, delegation) = (cx_.clone(), delegation.clone());
        Box::pin(async move {
            if !store::is_member(tx, delegation.id, out).await? {
                return Err(Error::NotFound);
            }
            mail::enqueue(tx, &cx, MessageKind::Cancelled, To::Registration(out), cx.now()).await?;
            if !release(tx, &cx, out, Status::Cancelled, By::Actor(&Actor::Anonymous)).await? {
                return Ok(());
            }
            note(tx, &cx, &delegation, "delegation.remove", json!({ "out": out })).await
        })
    })
    .await
}

/// Cancels the whole delegation: all tickets stop and the seats are free at once. Leaving again changes nothing.
///
/// Effects, in one transaction: as of removing each member; an audit entry `delegation.leave`. Then the hint of
/// [`crate::live`]: phones stop the tickets.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the list cannot be changed any more.
pub async fn leave(cx: &Context, secret: &str) -> Result<(), Error> {
    let found = store::delegation(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)?;
    if found.cancelled_at.is_some() {
        return Ok(());
    }
    let _told = cx.live.tell_when_done();
    if !found.is_open(cx.now()) {
        return Err(Error::Conflict(Conflict::Delegation));
    }
    let (cx_, delegation) = (cx.clone(), Arc::new(found.delegation));
    write::write(cx, move |tx| {
        let (cx, delegation) = (cx_.clone(), delegation.clone());
        Box::pin(async move {
            let sessions = store::sessions(tx, delegation.id).await?;
            seats::lock_sessions(tx, &sessions).await?;
            seats::lock(tx, delegation.capacity_id).await?;
            if store::lock(tx, delegation.id).await?.is_none() {
                return Ok(());
            }
            let members = store::standing(tx, delegation.id).await?;
            mail::enqueue_all(tx, &cx, MessageKind::Cancelled, &members, cx.now()).await?;
            // Most have a seat for the day and nothing else: they go together.
            let seats_held = store::end_seated(tx, delegation.id, cx.now()).await?;
            seats::give_back(tx, delegation.capacity_id, seats_held).await?;
            for member in &members {
                release(tx, &cx, *member, Status::Cancelled, By::Actor(&Actor::Anonymous)).await?;
            }
            waiting::promote(tx, &cx, delegation.capacity_id).await?;
            store::leave(tx, delegation.id, cx.now()).await?;
            note(tx, &cx, &delegation, "delegation.leave", json!({ "registrations": members.len() })).await
        })
    })
    .await
}

/// Takes the seats that are held for the members who waited.
///
/// Effects, in one transaction: as of [`super::super::accept`], for the whole party.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where no seats are held, or not any more.
pub async fn accept(cx: &Context, secret: &str) -> Result<(), Error> {
    let found = store::delegation(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)?;
    let (cx_, id) = (cx.clone(), found.delegation.id);
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let offered = store::offered(tx, id).await?;
            if offered.is_empty() {
                return Err(Error::Conflict(Conflict::Offer));
            }
            for entry in offered {
                waiting::accept_party(tx, &cx, entry, By::Actor(&Actor::Anonymous)).await?;
            }
            Ok(())
        })
    })
    .await
}

/// The delegation behind the link, while it may be changed.
async fn open(cx: &Context, secret: &str, kind: Kind) -> Result<store::Delegation, Error> {
    let found = store::delegation(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)?;
    if found.is_open(cx.now()) && found.delegation.kind == kind { Ok(found.delegation) } else { Err(Error::Conflict(Conflict::Delegation)) }
}

/// Locks the delegation, unless it has left, and counts the people who stand.
async fn lock(tx: &mut PgConnection, delegation: &store::Delegation) -> Result<usize, Error> {
    let standing = store::lock(tx, delegation.id).await?.ok_or(Error::Conflict(Conflict::Delegation))?;
    usize::try_from(standing).map_err(|error| Error::Internal(error.into()))
}

async fn note(
    tx: &mut PgConnection,
    cx: &Context,
    delegation: &store::Delegation,
    action: &'static str,
    detail: Value,
) -> Result<(), Error> {
    let entry = Entry { action, subject_kind: "delegation", subject_id: Some(delegation.id.0), detail };
    audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await
}
