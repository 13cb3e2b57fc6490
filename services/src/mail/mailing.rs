//! Mailings and reminders: one text to all who fit a filter, once each.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::{Action, Actor, authorise},
    form::{FieldErrors, Problem},
    ids::{AudienceId, EditionId, RegistrationId, SessionId},
    mail::{Mailing, field},
    registration::Status,
    text::{Bilingual, Locale},
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    LetterFacts,
    console::{record, sample},
    store,
};
use crate::{Context, Error, edition, error::Conflict, write};

/// What a mailing may be filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingChoices {
    pub audiences: Vec<(AudienceId, Bilingual)>,
    /// Those with seats of their own, by start.
    pub sessions: Vec<(SessionId, Bilingual)>,
}

/// A mailing as it would go out now.
#[derive(Clone, Debug)]
pub struct MailingPreview {
    /// How many would get it now.
    pub recipients: i64,
    /// Somebody among them to show it on, in each language that has a text.
    pub samples: Vec<LetterFacts>,
}

/// A mailing in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingRow {
    pub id: Uuid,
    pub subject: String,
    pub status: Status,
    pub audience: Option<Bilingual>,
    pub session: Option<Bilingual>,
    pub organisation: Option<String>,
    pub send_at: DateTime<Utc>,
    /// How many messages it has become; `None` until its time.
    pub recipients: Option<i32>,
    pub sent: i64,
    pub is_cancelled: bool,
}

/// What the form of a mailing offers; `None` before any import.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`].
pub async fn mailing_choices(cx: &Context, actor: &Actor) -> Result<Option<MailingChoices>, Error> {
    authorise(actor, Action::ManageMessages)?;
    let Some(edition) = edition::current(cx).await? else { return Ok(None) };
    Ok(Some(MailingChoices {
        audiences: store::mailing::audiences(&cx.pool, edition.id).await?,
        sessions: store::mailing::sessions(&cx.pool, edition.id).await?,
    }))
}

/// Who would get the mailing now, and how it reads for one of them. Nothing is stored.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`] before any import; [`Error::Invalid`] for a time that has
/// passed.
pub async fn preview_mailing(cx: &Context, actor: &Actor, mailing: &Mailing) -> Result<MailingPreview, Error> {
    authorise(actor, Action::ManageMessages)?;
    let row = row(cx, mailing).await?;
    let (recipients, first) = store::mailing::recipients(&cx.pool, &row, mailing).await?;
    let mut samples = Vec::new();
    if let Some(id) = first {
        for locale in Locale::ALL.into_iter().filter(|locale| *locale == Locale::Vi || mailing.en.is_some()) {
            samples.extend(sample(cx, RegistrationId(id), locale).await?);
        }
    }
    Ok(MailingPreview { recipients, samples })
}

/// Keeps a mailing. Its messages are written when its time has come, at once if that is now.
///
/// `key` was made with the form: a repeat stores nothing.
///
/// Effects: the mailing, one audit entry `mailing.create`; then those of [`write_due_mailings`].
///
/// # Errors
/// As [`preview_mailing`].
pub async fn create_mailing(cx: &Context, actor: &Actor, mailing: Mailing, key: Uuid) -> Result<(), Error> {
    authorise(actor, Action::ManageMessages)?;
    let row = store::mailing::NewRow { id: key, ..row(cx, &mailing).await? };
    let (actor, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let (actor, mailing) = (actor.clone(), mailing.clone());
        Box::pin(async move {
            if !store::mailing::create(tx, &row, &mailing, actor.account(), now).await? {
                return Ok(());
            }
            let detail = json!({ "status": mailing.status.key(), "is_about_seat": mailing.is_about_seat, "send_at": row.send_at });
            record(tx, now, &actor, "mailing.create", "mailing", Some(row.id), detail).await
        })
    })
    .await?;
    write_due_mailings(cx).await
}

async fn row(cx: &Context, mailing: &Mailing) -> Result<store::mailing::NewRow, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let send_at = mailing.when.instant(edition.peak_on, cx.now());
    let send_at = send_at.ok_or_else(|| FieldErrors::one(field::WHEN, Problem::TimePassed))?;
    Ok(store::mailing::NewRow { id: cx.new_id(), edition: edition.id, send_at })
}

/// Stops a mailing: what has not gone out of it never will.
///
/// Effects, in one transaction: the mailing or, once started, its queued messages; one audit entry `mailing.cancel`.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`]; [`Error::Conflict`] where nothing of it is left to stop.
pub async fn cancel_mailing(cx: &Context, actor: &Actor, id: Uuid) -> Result<(), Error> {
    authorise(actor, Action::ManageMessages)?;
    let (actor, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        Box::pin(async move {
            let is_started = store::mailing::lock(tx, id).await?.ok_or(Error::NotFound)?;
            let stopped =
                if is_started { store::mailing::drop_queued(tx, id, now).await? } else { store::mailing::cancel(tx, id, now).await? };
            if stopped == 0 {
                return Err(Error::Conflict(Conflict::MessageState));
            }
            record(tx, now, &actor, "mailing.cancel", "mailing", Some(id), json!({ "stopped": stopped })).await
        })
    })
    .await
}

/// Writes the messages of every mailing whose time has come: to each who fits its filter now, once. Other replicas pass
/// over a mailing that one is at.
///
/// Effects, in one transaction for each: its messages, its start.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn write_due_mailings(cx: &Context) -> Result<(), Error> {
    let now = cx.now();
    while write::write(cx, move |tx| Box::pin(async move { store::mailing::start_one(tx, now).await })).await? {}
    Ok(())
}

/// Lets the reminders that have not started follow the edition's main day, in the transaction that moves it. One whose moment
/// by the new day has passed goes out at once, so that nobody is left without it; one that has started is over.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn follow_day(tx: &mut PgConnection, edition: EditionId, peak_on: NaiveDate) -> Result<(), Error> {
    for (id, when) in store::mailing::planned(tx, edition).await? {
        if let Some(send_at) = when.by_day(peak_on) {
            store::mailing::plan(tx, id, send_at).await?;
        }
    }
    Ok(())
}
