//! Taking a seat.

use std::sync::Arc;

use domain::{
    fair::Limit,
    form::{FieldErrors, Problem},
    ids::RegistrationId,
    privacy::NOTICE_VERSION,
    registration::{Application, Status, field},
    ticket::{ShortCode, TicketId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    LinkSecret, form_key, hash, link_secret, search_text,
    store::{
        self, AudienceFacts, NewRegistration, Seat,
        seats::{self, SessionSeat},
    },
    waiting,
};
use crate::{Context, Error, limits, write};

/// How often a ticket is numbered anew when its random number or short code is taken.
const NUMBER_ATTEMPTS: u16 = 4;
/// The first of the places that a phone has among its registrations of an edition.
const FIRST_PLACE: i16 = 1;

/// Registers one person: confirmed with a ticket, pending where staff decide, or in the queue where all seats are taken.
///
/// `idempotency_key` was made with the empty form: a repeat of a registration that stands returns its link and stores
/// nothing (the link secret is derived from the key and the installation's secret, so that it can be given again).
/// After its end the same form is a new registration with a link of its own.
///
/// Effects: the seat or the place in the queue, the registration, its ticket, five consent records, one audit entry
/// `registration.register`, a message; seats in sessions or places in their queues; one use of the invitation. Without
/// sessions and invitation this is one statement, which holds the counter's row for the shortest time, and again for a phone
/// that has registered before; else one transaction. Only a few of one process take seats at a time ([`super::Turnstile`]).
/// The seat is a conditional update of a counter, so that none is sold twice. A unique index keeps the number of
/// registrations by one phone.
///
/// Wrong invitation codes are counted by the form that sends them, and nothing else is counted on the way of who is honest.
///
/// # Errors
/// [`Error::TooMany`] after too many wrong invitation codes; [`Error::Unavailable`] when the turn does not come in time; [`Error::Invalid`]: audience unknown, not public, not open,
/// closed, or full without a queue; an invitation that cannot be used; unknown commune, organisation or session; a phone with as many registrations as the edition allows it.
pub async fn register(cx: &Context, application: Application, idempotency_key: Uuid) -> Result<LinkSecret, Error> {
    let form = idempotency_key.to_string();
    if application.invitation.is_some() {
        limits::check(&cx.pool, cx, Limit::WrongCode, &form).await?;
    }
    let idempotency_key = form_key(&application, idempotency_key);
    let Some(audience) = store::audience(&cx.pool, &application, idempotency_key, cx.now()).await? else {
        return Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into());
    };
    let secret = link_secret(cx, idempotency_key, audience.ended);
    if audience.is_repeat {
        return Ok(secret);
    }
    if application.invitation.is_some() && audience.invitation.is_none() {
        wrong_code(cx, form).await?;
    }
    check(cx, &application, &audience).await?;
    let Application { audience: id, locale, details, decisions, .. } = application;
    let mut person = NewRegistration {
        id: RegistrationId(cx.new_id()),
        edition_id: audience.edition_id,
        capacity_id: audience.capacity_id,
        place: FIRST_PLACE,
        audience: id,
        locale,
        decisions,
        status: if audience.needs_approval { Status::Pending } else { Status::Confirmed },
        invitation: audience.invitation.map(|(id, _)| id),
        search_text: search_text(&details),
        link_hash: hash(&secret.0),
        idempotency_key,
        at: cx.now(),
        notice_version: NOTICE_VERSION,
        ticket_id: TicketId(u64::from_be_bytes(cx.random_bytes())),
        short_code: ShortCode::from_random(u64::from_be_bytes(cx.random_bytes())),
        message_id: cx.new_id(),
        details,
    };
    // The plain way is one statement; where it finds no seat, the whole one follows.
    let mut is_plain = person.details.sessions.is_empty() && person.invitation.is_none();
    // Most phones register once. Whoever finds a place in use looks for a free one, and finds one less the next time.
    for _ in 0..=NUMBER_ATTEMPTS + audience.per_phone.unsigned_abs() {
        let seat = if is_plain { plainly(cx, person.clone()).await? } else { wholly(cx, person.clone(), &audience).await? };
        match seat {
            Seat::Taken | Seat::Repeat => return Ok(secret),
            Seat::Full if is_plain && audience.has_waiting_list => is_plain = false,
            Seat::Full => return Err(FieldErrors::one(field::AUDIENCE, Problem::Full).into()),
            Seat::PlaceInUse => person.place = free_place(cx, &person, audience.per_phone).await?,
            Seat::NumberInUse => {
                person.ticket_id = TicketId(u64::from_be_bytes(cx.random_bytes()));
                person.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
            }
        }
    }
    Err(Error::Internal("no free ticket number was found".into()))
}

/// A place that the person's phone still has.
async fn free_place(cx: &Context, person: &NewRegistration, per_phone: i16) -> Result<i16, Error> {
    let free = match &person.details.phone {
        Some(phone) => store::free_place(&cx.pool, person.edition_id, phone, per_phone).await?,
        None => Some(FIRST_PLACE),
    };
    let full = Problem::PhoneFull { most: usize::from(per_phone.unsigned_abs()) };
    free.ok_or_else(|| FieldErrors::one(field::PHONE, full).into())
}

/// Whether what the application asks for can be had.
async fn check(cx: &Context, application: &Application, audience: &AudienceFacts) -> Result<(), Error> {
    let mut errors = FieldErrors::default();
    let is_invited = audience.invitation.is_some();
    errors.take(
        field::AUDIENCE,
        if audience.is_public || is_invited { audience.window.check(cx.now()) } else { Err(Problem::UnknownChoice) },
    );
    if application.invitation.is_some() && !is_invited {
        errors.take(field::INVITATION, Err::<(), _>(Problem::InvitationUnusable));
    }
    details(cx, application, audience, &mut errors).await?;
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

async fn details(cx: &Context, application: &Application, audience: &AudienceFacts, errors: &mut FieldErrors) -> Result<(), Error> {
    errors.take(field::COMMUNE, audience.commune_known.then_some(()).ok_or(Problem::UnknownChoice));
    errors.take(field::ORGANISATION, audience.organisation_known.then_some(()).ok_or(Problem::UnknownChoice));
    let sessions = &application.details.sessions;
    if !sessions.is_empty() && store::offered_sessions(&cx.pool, audience.edition_id, sessions).await? != sessions.len() {
        errors.take(field::SESSION, Err::<(), _>(Problem::UnknownChoice));
    }
    for code in store::unknown_answers(&cx.pool, audience.edition_id, &application.details.answers).await? {
        errors.take(&format!("q.{code}"), Err::<(), _>(Problem::UnknownChoice));
    }
    Ok(())
}

/// Counts a wrong invitation code.
async fn wrong_code(cx: &Context, form: String) -> Result<(), Error> {
    let inner = cx.clone();
    let counting = move |pool| {
        let (cx, form) = (inner.clone(), form.clone());
        async move { limits::take(&pool, &cx, Limit::WrongCode, &form).await }
    };
    write::statement(cx, counting).await
}

/// One person, one seat, one statement.
async fn plainly(cx: &Context, person: NewRegistration) -> Result<Seat, Error> {
    let (person, turnstile) = (Arc::new(person), cx.turnstile.clone());
    let taking = move |pool| {
        let (person, turnstile) = (person.clone(), turnstile.clone());
        async move {
            let _turn = turnstile.turn().await?;
            store::take_seat(&pool, &person, false).await
        }
    };
    write::statement(cx, taking).await
}

/// The seat for the day, those in sessions and the invitation in one transaction.
async fn wholly(cx: &Context, person: NewRegistration, audience: &AudienceFacts) -> Result<Seat, Error> {
    let (cx_, person) = (cx.clone(), Arc::new(person));
    let (has_queue, passes) = (audience.has_waiting_list, audience.invitation.is_some_and(|(_, bypasses)| bypasses));
    let _turn = cx.turnstile.turn().await?;
    write::write(cx, move |tx| {
        let (cx, person) = (cx_.clone(), NewRegistration::clone(&person));
        Box::pin(async move { sit_down(tx, &cx, person, has_queue, passes).await })
    })
    .await
}

async fn sit_down(tx: &mut PgConnection, cx: &Context, mut person: NewRegistration, has_queue: bool, passes: bool) -> Result<Seat, Error> {
    const ALONE: i16 = 1;
    let mut counters = seats::lock_sessions(tx, &person.details.sessions).await?;
    let day = seats::lock(tx, person.capacity_id).await?;
    let has_seat = passes || day.is_open_to(ALONE);
    if !has_seat {
        if !has_queue {
            return Ok(Seat::Full);
        }
        person.status = Status::Waiting;
    }
    match store::take_seat(&mut *tx, &person, true).await? {
        Seat::Taken => {}
        // The transaction is of no more use; committing it stores nothing.
        other => return Ok(other),
    }
    if let Some(invitation) = person.invitation
        && !store::standing::use_invitation(tx, invitation, cx.now()).await?
    {
        return Err(FieldErrors::one(field::INVITATION, Problem::InvitationUnusable).into());
    }
    if has_seat {
        seats::take(tx, day.id, ALONE).await?;
    } else {
        waiting::join(tx, cx, person.edition_id, day.id, &[person.id], ALONE).await?;
    }
    for (session, counter) in &mut counters {
        if has_seat {
            waiting::sit(tx, cx, person.edition_id, (*session, person.id), counter, ALONE).await?;
        } else {
            seats::seat_in_session(tx, person.id, *session, SessionSeat::Wanted).await?;
        }
    }
    Ok(Seat::Taken)
}
