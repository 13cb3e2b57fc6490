//! The SQL of the queue.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{AccountId, EditionId, PrivacyRequestId, RegistrationId},
    privacy::{Purpose, RequestChannel, RequestState, Right},
    ticket::ShortCode,
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    Error,
    privacy::requests::{Filed, Request},
    store::inconsistent,
};

/// How many ended requests the queue shows.
const ENDED_SHOWN: i64 = 50;

/// The open requests of the current edition.
pub(in super::super) async fn open(pool: &PgPool) -> Result<Vec<Filed>, Error> {
    find(pool, None, Some("open"), i64::MAX).await
}

/// The last requests of the current edition that were answered.
pub(in super::super) async fn ended(pool: &PgPool) -> Result<Vec<Filed>, Error> {
    find(pool, None, Some("ended"), ENDED_SHOWN).await
}

pub(in super::super) async fn one(pool: &PgPool, id: PrivacyRequestId) -> Result<Option<Filed>, Error> {
    Ok(find(pool, Some(id), None, 1).await?.pop())
}

async fn find(pool: &PgPool, id: Option<PrivacyRequestId>, which: Option<&str>, most: i64) -> Result<Vec<Filed>, Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.edition_id, p.registration_id, p.kind, p.channel, p.detail, p.asked_at, p.acknowledged_at, p.answer_due_on, p.due_on,
                  p.extended_at, p.extension_reason, p.state, p.outcome, p.ended_at,
                  r.full_name as "full_name?", t.short_code as "short_code?",
                  array(select n.purpose from consents_now n where n.registration_id = p.registration_id and n.given) as "given!: Vec<String>"
           from privacy_requests p
           join editions e on e.id = p.edition_id
           left join registrations r on r.id = p.registration_id
           left join tickets t on t.registration_id = r.id
           where p.id = $1 or ($1 is null and e.is_current and (p.state = 'open') = ($2 = 'open'))
           order by p.ended_at desc nulls last, p.id desc limit $3"#,
        id.map(|id| id.0),
        which,
        most
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Filed {
                edition: EditionId(row.edition_id),
                registration: row.registration_id.map(RegistrationId),
                full_name: row.full_name,
                short_code: row.short_code,
                given: row.given.iter().filter_map(|key| Purpose::from_key(key)).collect(),
                request: Request {
                    id: PrivacyRequestId(row.id),
                    right: right(&row.kind)?,
                    channel: channel(&row.channel)?,
                    detail: row.detail,
                    asked_at: row.asked_at,
                    acknowledged_at: row.acknowledged_at,
                    answer_due_on: row.answer_due_on,
                    due_on: row.due_on,
                    extended_at: row.extended_at,
                    extension_reason: row.extension_reason,
                    state: state(&row.state)?,
                    outcome: row.outcome,
                    ended_at: row.ended_at,
                },
            })
        })
        .collect()
}

/// The requests of one person, the oldest first.
pub(super) async fn of(pool: &PgPool, registration: Uuid) -> Result<Vec<Request>, Error> {
    let rows = sqlx::query!(
        "select id, kind, channel, detail, asked_at, acknowledged_at, answer_due_on, due_on, extended_at, extension_reason, state, outcome,
                ended_at
         from privacy_requests where registration_id = $1 order by id",
        registration
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Request {
                id: PrivacyRequestId(row.id),
                right: right(&row.kind)?,
                channel: channel(&row.channel)?,
                detail: row.detail,
                asked_at: row.asked_at,
                acknowledged_at: row.acknowledged_at,
                answer_due_on: row.answer_due_on,
                due_on: row.due_on,
                extended_at: row.extended_at,
                extension_reason: row.extension_reason,
                state: state(&row.state)?,
                outcome: row.outcome,
                ended_at: row.ended_at,
            })
        })
        .collect()
}

fn right(key: &str) -> Result<Right, Error> {
    Right::from_key(key).ok_or_else(|| inconsistent("privacy_requests.kind"))
}

fn channel(key: &str) -> Result<RequestChannel, Error> {
    RequestChannel::from_key(key).ok_or_else(|| inconsistent("privacy_requests.channel"))
}

fn state(key: &str) -> Result<RequestState, Error> {
    RequestState::from_key(key).ok_or_else(|| inconsistent("privacy_requests.state"))
}

/// Whose ticket of the edition has this code.
pub(in super::super) async fn registration(pool: &PgPool, edition: EditionId, code: &ShortCode) -> Result<Option<RegistrationId>, Error> {
    let id = sqlx::query_scalar!("select registration_id from tickets where edition_id = $1 and short_code = $2", edition.0, code.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(id.map(RegistrationId))
}

/// A request that is being answered.
pub(in super::super) struct Locked {
    pub registration: Option<RegistrationId>,
    pub right: Right,
    pub channel: RequestChannel,
    pub state: RequestState,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub is_extended: bool,
    pub due_on: NaiveDate,
}

pub(in super::super) async fn lock(tx: &mut PgConnection, id: PrivacyRequestId) -> Result<Option<Locked>, Error> {
    let row = sqlx::query!(
        r#"select registration_id, kind, channel, state, acknowledged_at, extended_at is not null as "is_extended!", due_on
           from privacy_requests where id = $1 for update"#,
        id.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Locked {
            registration: row.registration_id.map(RegistrationId),
            right: right(&row.kind)?,
            channel: channel(&row.channel)?,
            state: state(&row.state)?,
            acknowledged_at: row.acknowledged_at,
            is_extended: row.is_extended,
            due_on: row.due_on,
        })
    })
    .transpose()
}

/// The person who is to be erased by answering this request.
pub(in super::super) async fn to_erase(
    tx: &mut PgConnection,
    id: PrivacyRequestId,
) -> Result<Option<(RegistrationId, RequestChannel)>, Error> {
    let row = sqlx::query!(
        r#"select p.registration_id as "registration_id!", p.channel from privacy_requests p join registrations r on r.id = p.registration_id
           where p.id = $1 and p.kind = 'erase' and p.state = 'open' and r.erased_at is null"#,
        id.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| Ok((RegistrationId(row.registration_id), channel(&row.channel)?))).transpose()
}

pub(in super::super) async fn acknowledge(tx: &mut PgConnection, id: PrivacyRequestId, at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update privacy_requests set acknowledged_at = $2 where id = $1", id.0, at).execute(tx).await?;
    Ok(())
}

pub(in super::super) async fn extend(
    tx: &mut PgConnection,
    id: PrivacyRequestId,
    at: DateTime<Utc>,
    reason: &str,
    due_on: NaiveDate,
) -> Result<(), Error> {
    sqlx::query!(
        "update privacy_requests set extended_at = $2, extension_reason = $3, due_on = $4, acknowledged_at = coalesce(acknowledged_at, $2)
         where id = $1",
        id.0,
        at,
        reason,
        due_on
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn end(
    tx: &mut PgConnection,
    id: PrivacyRequestId,
    state: RequestState,
    outcome: &str,
    at: DateTime<Utc>,
    by: Option<AccountId>,
) -> Result<(), Error> {
    sqlx::query!(
        "update privacy_requests set state = $2, outcome = $3, ended_at = $4, ended_by = (select id from accounts where id = $5),
             acknowledged_at = coalesce(acknowledged_at, $4)
         where id = $1",
        id.0,
        state.key(),
        outcome,
        at,
        by.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(())
}
