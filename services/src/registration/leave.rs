//! Giving seats back: by the holder, by staff, by erasure.

use domain::{
    access::Actor,
    ids::{RegistrationId, WaitingEntryId},
    mail::MessageKind,
    registration::Status,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    hash,
    store::{
        queue,
        seats::{self, SessionSeat},
        standing::{self, Facts},
    },
    waiting,
};
use crate::{
    Context, Error,
    audit::{self, By},
    mail::{self, To},
    write,
};

/// Cancels the registration behind a secret link; the seat is free at once and the ticket stops.
/// Cancelling again changes nothing.
///
/// Effects: as [`release`], a message, the hint of [`crate::live`].
///
/// # Errors
/// [`Error::NotFound`].
pub async fn cancel(cx: &Context, secret: &str) -> Result<(), Error> {
    let link_hash = hash(secret);
    let _told = cx.live.tell_when_done();
    let cx_ = cx.clone();
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let held = standing::by_link(tx, &link_hash).await?.filter(|held| !held.is_erased).ok_or(Error::NotFound)?;
            if release(tx, &cx, held.id, Status::Cancelled, By::Actor(&Actor::Anonymous)).await? {
                mail::enqueue(tx, &cx, MessageKind::Cancelled, To::Registration(held.id), cx.now()).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Ends a registration with this status; `false` where it had ended before, and nothing is changed.
///
/// Effects, in the transaction: the registration, its ticket, its seats for the day and in sessions, its places in queues,
/// its use of an invitation, what [`waiting::promote`] does with the seats, one audit entry `registration.<status>`.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn release(tx: &mut PgConnection, cx: &Context, id: RegistrationId, status: Status, by: By<'_>) -> Result<bool, Error> {
    let before = standing::find(tx, id).await?.ok_or(Error::NotFound)?;
    let sessions: Vec<_> = seats::sessions_of(tx, id).await?.into_iter().map(|(session, _)| session).collect();
    let mut counters = seats::lock_sessions(tx, &sessions).await?;
    seats::lock(tx, before.capacity).await?;
    let held = standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
    if held.status.is_ended() {
        return Ok(false);
    }
    for (session, seat) in seats::sessions_of(tx, id).await? {
        if counters.iter().all(|(known, _)| *known != session) {
            // Chosen since they were looked at.
            counters.extend(seats::lock_sessions(tx, &[session]).await?);
        }
        if let Some((_, counter)) = counters.iter().find(|(known, _)| *known == session) {
            leave_session(tx, cx, &held, (session, seat), counter.id, by).await?;
        }
    }
    leave_day(tx, cx, &held, by).await?;
    standing::end(tx, id, status, cx.now()).await?;
    if let Some(invitation) = held.invitation {
        standing::give_back_invitation(tx, invitation).await?;
    }
    for (_, counter) in &counters {
        waiting::promote(tx, cx, counter.id).await?;
    }
    waiting::promote(tx, cx, held.capacity).await?;
    let action = match status {
        Status::Refused => "registration.refuse",
        _ => "registration.cancel",
    };
    let entry = audit::Entry { action, subject_kind: "registration", subject_id: Some(id.0), detail: json!({ "was": held.status.key() }) };
    audit::record(tx, cx.now(), by, entry).await?;
    Ok(true)
}

/// Takes a registration out of a session whose counter is locked. The seat is free; promoting is the caller's.
pub(super) async fn leave_session(
    tx: &mut PgConnection,
    cx: &Context,
    held: &Facts,
    (session, seat): (domain::ids::SessionId, SessionSeat),
    capacity: uuid::Uuid,
    by: By<'_>,
) -> Result<(), Error> {
    match seat {
        SessionSeat::Wanted => {}
        SessionSeat::Held => seats::give_back(tx, capacity, held.people).await?,
        SessionSeat::Offered | SessionSeat::Waiting => {
            if seat == SessionSeat::Offered {
                seats::give_back(tx, capacity, held.people).await?;
            } else {
                queue::count(tx, capacity, -i32::from(held.people)).await?;
            }
            if let Some(entry) = queue::session_entry(tx, held.id, session).await? {
                shrink(tx, cx, entry, held.people, by).await?;
            }
        }
    }
    seats::leave_session(tx, held.id, session).await
}

/// Gives the seat for the day back, or the place in its queue. The counter is locked.
async fn leave_day(tx: &mut PgConnection, cx: &Context, held: &Facts, by: By<'_>) -> Result<(), Error> {
    if held.status.holds_seat() {
        seats::give_back(tx, held.capacity, held.people).await?;
    } else {
        queue::count(tx, held.capacity, -i32::from(held.people)).await?;
    }
    match held.entry {
        Some(entry) if matches!(held.status, Status::Waiting | Status::Offered) => shrink(tx, cx, entry, held.people, by).await,
        _ => Ok(()),
    }
}

/// Takes people out of a party; without any left it leaves its queue.
pub(super) async fn shrink(tx: &mut PgConnection, cx: &Context, id: WaitingEntryId, people: i16, by: By<'_>) -> Result<(), Error> {
    let Some((entry, ..)) = queue::entry(tx, id).await? else { return Ok(()) };
    let left = entry.people - people;
    if left > 0 {
        queue::resize(tx, id, left).await?;
        queue::log(tx, id, cx.now(), "shrank", &json!({ "people": left }), by).await
    } else {
        queue::set_state(tx, id, "left", None).await?;
        queue::log(tx, id, cx.now(), "left", &json!({}), by).await
    }
}
