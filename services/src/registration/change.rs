//! Changing what a registration says and where it sits.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    fair::Limit,
    form::{FieldErrors, Problem},
    ids::RegistrationId,
    mail::MessageKind,
    registration::{Ask, Asked, Details, OfferedSession, Question, Status, field},
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    hash, leave, search_text,
    store::{
        self, change as sql,
        change::Written,
        seats::{self, SessionSeat},
        standing::{self, Facts},
    },
    waiting,
};
use crate::{
    Context, Error,
    audit::{self, By},
    error::Conflict,
    limits,
    mail::{self, To},
    write,
};

/// How often a change is tried again when another registration of the same phone takes its place among them.
pub(super) const ATTEMPTS: u32 = 20;

/// Whose registration is changed.
#[derive(Clone, Copy, Debug)]
enum Which {
    Link([u8; 32]),
    Id(RegistrationId),
}

/// What the registration behind a link says now, for its form, and whether it can still be changed.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn details(cx: &Context, secret: &str) -> Result<Changeable, Error> {
    let mut connection = cx.pool.acquire().await?;
    let found = standing::by_link(&mut connection, &hash(secret)).await?.filter(|found| !found.is_erased).ok_or(Error::NotFound)?;
    changeable(cx, &mut connection, found).await
}

/// What a registration says now, for staff.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`].
pub async fn details_by_staff(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<Changeable, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let mut connection = cx.pool.acquire().await?;
    let found = standing::find(&mut connection, id).await?.filter(|found| !found.is_erased).ok_or(Error::NotFound)?;
    changeable(cx, &mut connection, found).await
}

/// A registration as its form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changeable {
    pub id: RegistrationId,
    pub audience: domain::ids::AudienceId,
    pub audience_code: String,
    pub kind: domain::registration::AudienceKind,
    pub details: Details,
    /// When its holder can change nothing more.
    pub changes_until: DateTime<Utc>,
    /// Whether its holder can change it now. Staff can as long as it stands.
    pub is_open: bool,
    pub is_ended: bool,
}

impl Changeable {
    /// What its form asks of its holder.
    #[must_use]
    pub fn asked<'a>(&'a self, questions: &'a [Question], sessions: &'a [OfferedSession]) -> Asked<'a> {
        let phone = if self.details.phone.is_some() { Ask::Required } else { Ask::Optional };
        Asked { audience_code: &self.audience_code, phone, questions, sessions, ..Asked::plain(self.audience, self.kind) }
    }

    /// What its form asks of staff: the same and the questions of the gate, with nothing needed but the name. The questions are
    /// [`Question::optional`].
    #[must_use]
    pub fn asked_of_staff<'a>(&'a self, questions: &'a [Question], sessions: &'a [OfferedSession]) -> Asked<'a> {
        let asked = self.asked(questions, sessions);
        Asked { asks: asked.asks.optional(), phone: Ask::Optional, is_of_staff: true, ..asked }
    }
}

async fn changeable(cx: &Context, connection: &mut PgConnection, found: Facts) -> Result<Changeable, Error> {
    let details = sql::details(connection, found.id).await?;
    let is_ended = found.status.is_ended();
    let is_open = !is_ended && cx.now() < found.changes_until;
    let audience_code = sql::audience_code(connection, found.audience).await?;
    Ok(Changeable {
        id: found.id,
        audience: found.audience,
        audience_code,
        kind: found.kind,
        details,
        changes_until: found.changes_until,
        is_open,
        is_ended,
    })
}

/// Changes the registration behind a link, as its form says. Sessions that have begun stay as they are.
///
/// Effects, in one transaction: the registration; seats in sessions, or places in their queues, and what
/// [`waiting::promote`] does with those given back; an audit entry `registration.change` with the names of the fields; a
/// message. Nothing where nothing is different. Then the hint of [`crate::live`]: phones name who comes.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it has ended or the time for changes is over; [`Error::Invalid`]: unknown
/// commune, organisation or session; a phone with as many registrations as the edition allows it.
pub async fn change(cx: &Context, secret: &str, details: Details) -> Result<(), Error> {
    changing(cx, Which::Link(hash(secret)), details, Actor::Anonymous).await
}

/// Changes a registration for its holder, also when the time for changes is over.
///
/// Effects: as [`change`].
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; as [`change`].
pub async fn change_by_staff(cx: &Context, actor: &Actor, id: RegistrationId, details: Details) -> Result<(), Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    changing(cx, Which::Id(id), details, actor.clone()).await
}

async fn changing(cx: &Context, which: Which, details: Details, actor: Actor) -> Result<(), Error> {
    let _told = cx.live.tell_when_done();
    let (cx_, details) = (cx.clone(), Arc::new(details));
    for _ in 0..ATTEMPTS {
        let (cx_, details, actor) = (cx_.clone(), details.clone(), actor.clone());
        let written = write::write(cx, move |tx| {
            let (cx, details, actor) = (cx_.clone(), details.clone(), actor.clone());
            Box::pin(async move { once(tx, &cx, which, &details, &actor).await })
        })
        .await?;
        match written {
            Written::Done => return Ok(()),
            Written::PhoneFull { most } => return Err(FieldErrors::one(field::PHONE, Problem::PhoneFull { most }).into()),
            // The transaction stored nothing: another registration of this phone was faster.
            Written::PlaceInUse => {}
        }
    }
    Err(Error::Internal("no free place of a phone was found".into()))
}

async fn once(tx: &mut PgConnection, cx: &Context, which: Which, details: &Details, actor: &Actor) -> Result<Written, Error> {
    let found = match which {
        Which::Link(link_hash) => standing::by_link(tx, &link_hash).await?,
        Which::Id(id) => standing::find(tx, id).await?,
    };
    let id = found.ok_or(Error::NotFound)?.id;
    let mut touched: Vec<_> = seats::sessions_of(tx, id).await?.into_iter().map(|(session, _)| session).collect();
    touched.extend(&details.sessions);
    let mut counters = seats::lock_sessions(tx, &touched).await?;
    let held = standing::lock(tx, id).await?.filter(|held| !held.is_erased).ok_or(Error::NotFound)?;
    let is_late = matches!(actor, Actor::Anonymous) && cx.now() >= held.changes_until;
    if held.status.is_ended() || is_late {
        return Err(Error::Conflict(Conflict::Registration));
    }
    let errors = unknown(tx, &held, details).await?;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let before = sql::details(tx, id).await?;
    let mut changed = differences(&before, details);
    if changed.iter().any(|field| *field != field::SESSION) {
        match sql::write(tx, &held, details, &search_text(details), before.phone != details.phone, cx.now()).await? {
            Written::Done => {}
            other => return Ok(other),
        }
    }
    if !reseat(tx, cx, &held, details, &mut counters, By::Actor(actor)).await? {
        changed.retain(|field| *field != field::SESSION);
    }
    if changed.is_empty() {
        return Ok(Written::Done);
    }
    if let Which::Link(_) = which {
        limits::take(&mut *tx, cx, Limit::Change, &id.to_string()).await?;
    }
    let entry = audit::Entry {
        action: "registration.change",
        subject_kind: "registration",
        subject_id: Some(id.0),
        detail: json!({ "fields": changed }),
    };
    audit::record(tx, cx.now(), By::Actor(actor), entry).await?;
    mail::enqueue(tx, cx, MessageKind::Changed, To::Registration(id), cx.now()).await?;
    Ok(Written::Done)
}

/// What the details name and nobody can choose.
async fn unknown(tx: &mut PgConnection, held: &Facts, details: &Details) -> Result<FieldErrors, Error> {
    let mut errors = FieldErrors::default();
    let known = sql::known(tx, held.edition, details).await?;
    errors.take(field::COMMUNE, known.commune.then_some(()).ok_or(Problem::UnknownChoice));
    errors.take(field::ORGANISATION, known.organisation.then_some(()).ok_or(Problem::UnknownChoice));
    errors.take(field::SESSION, known.sessions.then_some(()).ok_or(Problem::UnknownChoice));
    for code in store::unknown_answers(&mut *tx, held.edition, &details.answers).await? {
        errors.take(&format!("q.{code}"), Err::<(), _>(Problem::UnknownChoice));
    }
    Ok(errors)
}

/// The names of the fields that are different.
pub(super) fn differences(before: &Details, after: &Details) -> Vec<&'static str> {
    let fields = [
        (field::FULL_NAME, before.full_name != after.full_name),
        (field::PHONE, before.phone != after.phone),
        (field::EMAIL, before.email != after.email),
        (field::COMMUNE, before.commune != after.commune),
        (field::ORGANISATION, before.organisation != after.organisation),
        (field::ORGANISATION_NAME, before.organisation_name != after.organisation_name),
        (field::TAX_CODE, before.tax_code != after.tax_code),
        (field::JOB_TITLE, before.job_title != after.job_title),
        ("answers", before.answers != after.answers),
        (field::SESSION, before.sessions != after.sessions),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

/// Moves a registration out of sessions and into others; whether any was different. The counters are locked.
async fn reseat(
    tx: &mut PgConnection,
    cx: &Context,
    held: &Facts,
    details: &Details,
    counters: &mut Vec<(domain::ids::SessionId, seats::Counter)>,
    by: By<'_>,
) -> Result<bool, Error> {
    let now = seats::sessions_of(tx, held.id).await?;
    let begun = sql::begun(tx, held.id, cx.now()).await?;
    let left: Vec<_> = now.iter().filter(|(id, _)| !details.sessions.contains(id) && !begun.contains(id)).copied().collect();
    let new: Vec<_> = details.sessions.iter().filter(|id| now.iter().all(|(known, _)| known != *id)).copied().collect();
    for (session, seat) in &left {
        if counters.iter().all(|(known, _)| known != session) {
            // Chosen since they were looked at.
            counters.extend(seats::lock_sessions(tx, &[*session]).await?);
        }
        if let Some((_, counter)) = counters.iter().find(|(known, _)| known == session) {
            leave::leave_session(tx, cx, held, (*session, *seat), counter.id, by).await?;
            waiting::promote(tx, cx, counter.id).await?;
        }
    }
    for session in &new {
        if !matches!(held.status, Status::Pending | Status::Confirmed) {
            seats::seat_in_session(tx, held.id, *session, SessionSeat::Wanted).await?;
        } else if let Some((_, counter)) = counters.iter_mut().find(|(known, _)| known == session) {
            waiting::sit(tx, cx, held.edition, (*session, held.id), counter, held.people).await?;
        }
    }
    Ok(!left.is_empty() || !new.is_empty())
}
