//! What staff decide about a registration.

use domain::{
    access::{Action, Actor},
    fair::Limit,
    form::{FieldErrors, Problem},
    ids::RegistrationId,
    mail::MessageKind,
    registration::Status,
    text::clean_text,
    ticket::ShortCode,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    by_staff, if_allowed, leave,
    store::{decide as store, standing},
    ticket::issue,
};
use crate::{
    Context, Error,
    audit::{self, By},
    error::Conflict,
    limits,
    mail::{self, To},
};

/// The field of the message to the person.
pub const MESSAGE: &str = "message";
/// The longest message to the person, in characters.
pub const MESSAGE_MAX: usize = 1000;
/// The most tickets that replace a first one: its number has four bits.
const REISSUES: i16 = 15;

/// Approves a registration that waits for staff; `message` may be empty.
///
/// Effects, in one transaction: the registration with its ticket, an audit entry `registration.approve`, a message.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`]; [`Error::Invalid`] for the message;
/// [`Error::Conflict`] where it does not wait for staff any more.
pub async fn approve(cx: &Context, actor: &Actor, id: RegistrationId, message: &str) -> Result<(), Error> {
    let message = message.to_owned();
    by_staff(cx, actor, move |tx, cx, actor| {
        let message = message.clone();
        Box::pin(async move {
            let message = read_message(&message)?;
            pending(tx, id).await?;
            standing::set_status(tx, id, Status::Confirmed, cx.now()).await?;
            store::set_message(tx, id, &message).await?;
            issue(tx, &cx, id).await?;
            note(tx, &cx, &actor, "registration.approve", id).await?;
            mail::enqueue(tx, &cx, MessageKind::Ticket, To::Registration(id), cx.now()).await
        })
    })
    .await
}

/// Refuses a registration that waits for staff; the seat is free at once. `message` may be empty.
///
/// Effects: as [`leave::release`], the message kept, a message.
///
/// # Errors
/// As [`approve`].
pub async fn refuse(cx: &Context, actor: &Actor, id: RegistrationId, message: &str) -> Result<(), Error> {
    let message = message.to_owned();
    by_staff(cx, actor, move |tx, cx, actor| {
        let message = message.clone();
        Box::pin(async move {
            let message = read_message(&message)?;
            let found = standing::find(tx, id).await?.ok_or(Error::NotFound)?;
            if found.status != Status::Pending || !leave::release(tx, &cx, id, Status::Refused, By::Actor(&actor)).await? {
                return Err(Error::Conflict(Conflict::Registration));
            }
            store::set_message(tx, id, &message).await?;
            mail::enqueue(tx, &cx, MessageKind::Refused, To::Registration(id), cx.now()).await
        })
    })
    .await
}

/// Cancels a registration for its holder; the seat is free at once.
///
/// Effects: as [`leave::release`], a message.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`]; [`Error::Conflict`] where it has ended.
pub async fn cancel_by_staff(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    by_staff(cx, actor, move |tx, cx, actor| {
        Box::pin(async move {
            if !leave::release(tx, &cx, id, Status::Cancelled, By::Actor(&actor)).await? {
                return Err(Error::Conflict(Conflict::Registration));
            }
            mail::enqueue(tx, &cx, MessageKind::Cancelled, To::Registration(id), cx.now()).await
        })
    })
    .await
}

/// Replaces a ticket: the old code and the old short code stop at once.
///
/// Effects, in one transaction: the ticket, an audit entry `registration.reissue`, a message.
///
/// # Errors
/// The policy's for [`Action::HoldTickets`]; [`Error::NotFound`]; [`Error::Conflict`] where there is no ticket that
/// holds, or it was replaced fifteen times.
pub async fn reissue(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    if_allowed(cx, actor, Action::HoldTickets, move |tx, cx, actor| {
        Box::pin(async move {
            standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
            let short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
            if !store::reissue(tx, id, &short_code, REISSUES, cx.now()).await? {
                return Err(Error::Conflict(Conflict::Registration));
            }
            note(tx, &cx, &actor, "registration.reissue", id).await?;
            mail::enqueue(tx, &cx, MessageKind::Reissued, To::Registration(id), cx.now()).await
        })
    })
    .await
}

/// Sends the ticket's link to the stored address again.
///
/// Effects, in one transaction: a message, an audit entry `registration.resend`.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`]; [`Error::Conflict`] where it has ended;
/// [`Error::TooMany`] for this registration, or for all.
pub async fn resend(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    by_staff(cx, actor, move |tx, cx, actor| {
        Box::pin(async move {
            let found = standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if found.status.is_ended() || found.is_erased {
                return Err(Error::Conflict(Conflict::Registration));
            }
            limits::take(&mut *tx, &cx, Limit::Resend, &id.to_string()).await?;
            limits::take(&mut *tx, &cx, Limit::Resends, limits::ALL).await?;
            note(tx, &cx, &actor, "registration.resend", id).await?;
            mail::enqueue(tx, &cx, MessageKind::Link, To::Registration(id), cx.now()).await
        })
    })
    .await
}

/// Lets a ticket open no gate until it is unblocked.
///
/// Effects, in one transaction: the ticket, an audit entry `registration.block`.
///
/// # Errors
/// The policy's for [`Action::HoldTickets`]; [`Error::NotFound`]; [`Error::Conflict`] where there is no valid ticket.
pub async fn block(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    set_standing(cx, actor, id, ("valid", "blocked"), "registration.block").await
}

/// Takes a block back.
///
/// Effects, in one transaction: the ticket, an audit entry `registration.unblock`.
///
/// # Errors
/// As [`block`], where the ticket is not blocked.
pub async fn unblock(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<(), Error> {
    set_standing(cx, actor, id, ("blocked", "valid"), "registration.unblock").await
}

async fn set_standing(
    cx: &Context,
    actor: &Actor,
    id: RegistrationId,
    (from, to): (&'static str, &'static str),
    action: &'static str,
) -> Result<(), Error> {
    if_allowed(cx, actor, Action::HoldTickets, move |tx, cx, actor| {
        Box::pin(async move {
            standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if !store::set_standing(tx, id, from, to).await? {
                return Err(Error::Conflict(Conflict::Registration));
            }
            note(tx, &cx, &actor, action, id).await
        })
    })
    .await
}

/// The registration, locked, if staff are to decide about it.
async fn pending(tx: &mut PgConnection, id: RegistrationId) -> Result<(), Error> {
    let found = standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
    if found.status == Status::Pending { Ok(()) } else { Err(Error::Conflict(Conflict::Registration)) }
}

fn read_message(message: &str) -> Result<String, FieldErrors> {
    clean_text(message, MESSAGE_MAX).map_err(|problem: Problem| FieldErrors::one(MESSAGE, problem))
}

async fn note(tx: &mut PgConnection, cx: &Context, actor: &Actor, action: &'static str, id: RegistrationId) -> Result<(), Error> {
    let entry = audit::Entry { action, subject_kind: "registration", subject_id: Some(id.0), detail: json!({}) };
    audit::record(tx, cx.now(), By::Actor(actor), entry).await
}
