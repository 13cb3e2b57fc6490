//! The SQL of the rights over personal data.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{AccountId, EditionId, PrivacyRequestId, RegistrationId},
    privacy::{Purpose, RequestChannel, RequestState, Right, due_on},
    text::{Bilingual, Locale, mask},
    time::local_date,
};
use sqlx::{PgConnection, PgPool};

use super::Reminded;
use crate::Error;

pub(super) mod erasure;
pub(super) mod leader;
pub(super) mod mine;
pub(super) mod requests;
pub(super) mod retention;

/// The person behind a link.
pub(super) struct Holder {
    pub id: RegistrationId,
    pub edition: EditionId,
}

/// Finds and locks the registration behind a link, so that what one person does there happens one after the other.
pub(super) async fn lock(tx: &mut PgConnection, link_hash: &[u8; 32]) -> Result<Option<Holder>, Error> {
    let row =
        sqlx::query!("select id, edition_id from registrations where link_hash = $1 and erased_at is null for update", &link_hash[..])
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|row| Holder { id: RegistrationId(row.id), edition: EditionId(row.edition_id) }))
}

/// As [`lock`], by the registration's id.
pub(super) async fn lock_by_id(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<Holder>, Error> {
    let row = sqlx::query!("select edition_id from registrations where id = $1 and erased_at is null for update", id.0)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| Holder { id, edition: EditionId(row.edition_id) }))
}

/// Whose reminders come or not.
pub(super) async fn reminded(pool: &PgPool, id: RegistrationId) -> Result<Option<Reminded>, Error> {
    let row = sqlx::query!(
        r#"select r.full_name, e.name_vi, e.name_en,
                  coalesce((select given from consents_now where registration_id = r.id and purpose = 'reminders'), false) as "agrees!"
           from registrations r join editions e on e.id = r.edition_id
           where r.id = $1 and r.erased_at is null"#,
        id.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Reminded {
        masked_name: mask(&row.full_name),
        event: Bilingual { vi: row.name_vi, en: row.name_en },
        agrees: row.agrees,
    }))
}

/// Whether the person agrees to a purpose now.
pub(super) async fn agrees(tx: &mut PgConnection, id: RegistrationId, purpose: Purpose) -> Result<bool, Error> {
    let given = sqlx::query_scalar!(
        r#"select given as "given!" from consents_now where registration_id = $1 and purpose = $2"#,
        id.0,
        purpose.key()
    )
    .fetch_optional(tx)
    .await?;
    Ok(given.unwrap_or(false))
}

/// A decision on one purpose.
#[derive(Clone, Copy)]
pub(super) struct Decided {
    pub purpose: Purpose,
    pub given: bool,
    /// The language of the words that were shown.
    pub locale: Locale,
    pub channel: RequestChannel,
    pub at: DateTime<Utc>,
}

/// Adds a decision to the ledger.
pub(super) async fn decide(tx: &mut PgConnection, id: RegistrationId, decided: Decided, notice_version: &str) -> Result<(), Error> {
    let Decided { purpose, given, locale, channel, at } = decided;
    sqlx::query!(
        "insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        purpose.key(),
        given,
        notice_version,
        &purpose.statement_hash(locale)[..],
        locale.tag(),
        channel.key(),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A request to be stored.
#[derive(Clone)]
pub(super) struct Filing {
    pub id: PrivacyRequestId,
    pub edition: EditionId,
    pub registration: Option<RegistrationId>,
    pub right: Right,
    pub channel: RequestChannel,
    pub detail: String,
    pub asked_at: DateTime<Utc>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub answer_due_on: NaiveDate,
    pub due_on: NaiveDate,
    pub state: RequestState,
    pub ended_by: Option<AccountId>,
}

impl Filing {
    /// What was done in the moment in which it was asked for.
    pub fn done(id: PrivacyRequestId, person: &Holder, right: Right, channel: RequestChannel, now: DateTime<Utc>) -> Self {
        Self::done_at_once(id, person.edition, Some(person.id), right, channel, now)
    }

    /// The same by somebody who need not have a registration.
    pub fn done_at_once(
        id: PrivacyRequestId,
        edition: EditionId,
        registration: Option<RegistrationId>,
        right: Right,
        channel: RequestChannel,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            edition,
            registration,
            right,
            channel,
            detail: String::new(),
            asked_at: now,
            acknowledged_at: Some(now),
            answer_due_on: local_date(now),
            due_on: due_on(right, now),
            state: RequestState::Done,
            ended_by: None,
        }
    }
}

pub(super) async fn insert(tx: &mut PgConnection, asked: &Filing) -> Result<(), Error> {
    sqlx::query!(
        "insert into privacy_requests (id, edition_id, registration_id, kind, channel, detail, asked_at, acknowledged_at, answer_due_on,
             due_on, state, ended_at, ended_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        asked.id.0,
        asked.edition.0,
        asked.registration.map(|id| id.0),
        asked.right.key(),
        asked.channel.key(),
        asked.detail,
        asked.asked_at,
        asked.acknowledged_at,
        asked.answer_due_on,
        asked.due_on,
        asked.state.key(),
        (asked.state != RequestState::Open).then_some(asked.asked_at),
        asked.ended_by.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How many requests of a person are open.
pub(super) async fn open_of(tx: &mut PgConnection, id: RegistrationId) -> Result<i64, Error> {
    let open =
        sqlx::query_scalar!(r#"select count(*) as "count!" from privacy_requests where registration_id = $1 and state = 'open'"#, id.0);
    Ok(open.fetch_one(tx).await?)
}

pub(super) async fn holidays(pool: &PgPool) -> Result<BTreeSet<NaiveDate>, Error> {
    Ok(sqlx::query_scalar!("select day from holidays").fetch_all(pool).await?.into_iter().collect())
}
