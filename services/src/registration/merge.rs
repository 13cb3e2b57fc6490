//! Merging two registrations of one person.

use domain::{
    access::Actor,
    form::FieldErrors,
    ids::RegistrationId,
    mail::MessageKind,
    registration::{
        Details, Status,
        merge::{Side, sessions_to_take},
    },
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    by_staff,
    change::{ATTEMPTS, differences},
    leave, search_text,
    store::{
        change::{self as details, Written},
        merge as store,
        seats::{self, Counter, SessionSeat},
        standing::{self, Facts},
    },
    waiting,
};
use crate::{
    Context, Error,
    audit::{self, By},
    error::Conflict,
    mail::{self, To},
};

/// The field that says which of the two is kept.
pub const KEEP: &str = "keep";

/// Lets one registration of a person go on and the other end in it. Which may be kept, [`Side::may_be_kept`] says. Merging the
/// same two again changes nothing.
///
/// What goes over: whatever the kept one does not say and the other does; the other's seats and places in the queues of
/// sessions, as far as nobody need sit in two at once; its place in the queue for the day, where that is the better one. What
/// stays: consents, scans and messages, each where they were. The other's ticket stops, and the gate names the kept one's; what it
/// has collected at booths counts for that one (the view `lasting_tickets`).
///
/// Effects, in one transaction: as [`leave::release`] for the other; the kept registration and its sessions; audit entries
/// `registration.merge` for the kept one and `registration.merged` for the other, with the names of the fields; a message to
/// the kept one with its link.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageRegistrations`]; [`Error::NotFound`], also for registrations of two editions;
/// [`Error::Conflict`] where either has ended otherwise; [`Error::Invalid`] at [`KEEP`] where this one may not be kept.
pub async fn merge(cx: &Context, actor: &Actor, kept: RegistrationId, other: RegistrationId) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let merging = by_staff(cx, actor, move |tx, cx, actor| Box::pin(async move { once(tx, &cx, kept, other, &actor).await }));
        if merging.await? {
            return Ok(());
        }
    }
    Err(Error::Internal("no free place of a phone was found".into()))
}

/// `false` where another registration of the phone was faster: then nothing was stored.
async fn once(tx: &mut PgConnection, cx: &Context, kept: RegistrationId, other: RegistrationId, actor: &Actor) -> Result<bool, Error> {
    let mut counters = lock_seats(tx, kept, other).await?;
    // Always in the same order, so that the two ways round do not wait for each other.
    let (first, second) = if kept < other { (kept, other) } else { (other, kept) };
    let (first, second) = (lock(tx, first).await?, lock(tx, second).await?);
    let (to, from) = if kept < other { (first, second) } else { (second, first) };
    if to.edition != from.edition || kept == other {
        return Err(Error::NotFound);
    }
    if store::merged_into(tx, other).await? == Some(kept) {
        return Ok(true);
    }
    if to.status.is_ended() || from.status.is_ended() {
        return Err(Error::Conflict(Conflict::Registration));
    }
    let (to_side, from_side) = (side(tx, &to).await?, side(tx, &from).await?);
    to_side.may_be_kept(from_side).map_err(|problem| FieldErrors::one(KEEP, problem))?;

    let by = By::Actor(actor);
    let (before, theirs) = (details::details(tx, kept).await?, details::details(tx, other).await?);
    let place = take_place(tx, &to, &from).await?;
    let sat_down = take_sessions(tx, cx, (&to, &from), &mut counters, by).await?;
    if !leave::release(tx, cx, other, Status::Cancelled, by).await? {
        return Err(Error::Conflict(Conflict::Registration));
    }
    for (session, counter) in counters.iter_mut().filter(|(session, _)| sat_down.to_seat.contains(session)) {
        *counter = seats::lock(tx, counter.id).await?;
        waiting::sit(tx, cx, to.edition, (*session, kept), counter, to.people).await?;
    }
    store::point_to(tx, other, kept).await?;
    let after = before.clone().completed(&theirs);
    let Some(mut fields) = complete(tx, cx, &to, &before, after).await? else { return Ok(false) };
    fields.extend(store::take_notes(tx, kept, other, cx.now()).await?);

    let merged = audit::Entry {
        action: "registration.merge",
        subject_kind: "registration",
        subject_id: Some(kept.0),
        detail: json!({ "from": other, "fields": fields, "sessions": sat_down.count(), "place": place }),
    };
    audit::record(tx, cx.now(), by, merged).await?;
    let ended = audit::Entry {
        action: "registration.merged",
        subject_kind: "registration",
        subject_id: Some(other.0),
        detail: json!({ "into": kept }),
    };
    audit::record(tx, cx.now(), by, ended).await?;
    mail::enqueue(tx, cx, MessageKind::Link, To::Registration(kept), cx.now()).await?;
    Ok(true)
}

async fn lock(tx: &mut PgConnection, id: RegistrationId) -> Result<Facts, Error> {
    standing::lock(tx, id).await?.filter(|found| !found.is_erased).ok_or(Error::NotFound)
}

/// Locks the counters of both, as the order of locks says, and gives those of sessions.
async fn lock_seats(
    tx: &mut PgConnection,
    kept: RegistrationId,
    other: RegistrationId,
) -> Result<Vec<(domain::ids::SessionId, Counter)>, Error> {
    let mut days = Vec::new();
    let mut sessions = Vec::new();
    for id in [kept, other] {
        days.push(standing::find(tx, id).await?.ok_or(Error::NotFound)?.capacity);
        sessions.extend(seats::sessions_of(tx, id).await?.into_iter().map(|(session, _)| session));
    }
    let counters = seats::lock_sessions(tx, &sessions).await?;
    days.sort_unstable();
    days.dedup();
    for day in days {
        seats::lock(tx, day).await?;
    }
    Ok(counters)
}

async fn side(tx: &mut PgConnection, facts: &Facts) -> Result<Side, Error> {
    Ok(Side { status: facts.status, has_arrived: store::has_arrived(tx, facts.id).await?, people: facts.people })
}

/// Lets the kept one stand where the other stands in the queue for the day, if both wait for the same seats, each alone, and
/// the other came first.
async fn take_place(tx: &mut PgConnection, to: &Facts, from: &Facts) -> Result<bool, Error> {
    let both_wait = to.status == Status::Waiting && from.status == Status::Waiting;
    let alike = to.capacity == from.capacity && to.people == from.people && to.delegation.is_none() && from.delegation.is_none();
    match (to.entry, from.entry) {
        (Some(own), Some(theirs)) if both_wait && alike => store::swap_places(tx, (to.id, own), (from.id, theirs)).await,
        _ => Ok(false),
    }
}

/// The sessions that go over.
struct Taken {
    /// With their seat, or their place in the queue.
    moved: usize,
    /// In which the kept one is to sit down anew.
    to_seat: Vec<domain::ids::SessionId>,
}

impl Taken {
    fn count(&self) -> usize {
        self.moved + self.to_seat.len()
    }
}

/// Moves seats and places in queues over, as far as they can be moved as they are. The counters are locked.
async fn take_sessions(
    tx: &mut PgConnection,
    cx: &Context,
    (to, from): (&Facts, &Facts),
    counters: &mut Vec<(domain::ids::SessionId, Counter)>,
    by: By<'_>,
) -> Result<Taken, Error> {
    let (own, theirs) = (seats::sessions_of(tx, to.id).await?, seats::sessions_of(tx, from.id).await?);
    for (session, _) in own.iter().chain(&theirs) {
        if counters.iter().all(|(known, _)| known != session) {
            // Chosen since they were looked at.
            counters.extend(seats::lock_sessions(tx, &[*session]).await?);
        }
    }
    let new = sessions_to_take(&store::sessions(tx, to.id).await?, &store::sessions(tx, from.id).await?);
    let has_seat = matches!(to.status, Status::Pending | Status::Confirmed);
    let mut taken = Taken { moved: 0, to_seat: Vec::new() };
    for (session, seat) in theirs {
        let before = own.iter().find(|(known, _)| *known == session).map(|(_, seat)| *seat);
        let is_better = before.is_some_and(|before| seat > before);
        if !new.contains(&session) && !is_better {
            continue;
        }
        let counter = counters.iter().find(|(known, _)| *known == session).map(|(_, counter)| counter.id);
        let Some(counter) = counter else { continue };
        if to.people != from.people || (seat == SessionSeat::Wanted && has_seat) {
            if before.is_none() && has_seat {
                taken.to_seat.push(session);
            }
            continue;
        }
        if let Some(before) = before {
            leave::leave_session(tx, cx, to, (session, before), counter, by).await?;
        }
        store::move_session(tx, from.id, to.id, session).await?;
        taken.moved += 1;
    }
    Ok(taken)
}

/// Writes what the kept one now says, and gives the names of the fields; `None` where the phone's place was taken a moment
/// ago. A phone that has as many registrations as it may stays away.
async fn complete(
    tx: &mut PgConnection,
    cx: &Context,
    to: &Facts,
    before: &Details,
    mut after: Details,
) -> Result<Option<Vec<&'static str>>, Error> {
    let mut fields = differences(before, &after);
    while !fields.is_empty() {
        match details::write(tx, to, &after, &search_text(&after), before.phone != after.phone, cx.now()).await? {
            Written::Done => break,
            Written::PlaceInUse => return Ok(None),
            Written::PhoneFull { .. } => {
                after.phone.clone_from(&before.phone);
                fields = differences(before, &after);
            }
        }
    }
    Ok(Some(fields))
}
