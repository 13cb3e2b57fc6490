//! The SQL of mailings.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, AudienceId, EditionId, SessionId},
    mail::{Mailing, When},
    registration::Status,
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{Error, mail::MailingRow, store::inconsistent};

/// What a mailing has beside what was written.
#[derive(Clone, Copy)]
pub(in super::super) struct NewRow {
    pub id: Uuid,
    pub edition: EditionId,
    pub send_at: DateTime<Utc>,
}

pub(in super::super) async fn audiences(pool: &PgPool, edition: EditionId) -> Result<Vec<(AudienceId, Bilingual)>, Error> {
    let rows = sqlx::query!("select id, name_vi, name_en from audiences where edition_id = $1 order by position, code", edition.0)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| (AudienceId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })).collect())
}

pub(in super::super) async fn sessions(pool: &PgPool, edition: EditionId) -> Result<Vec<(SessionId, Bilingual)>, Error> {
    let rows = sqlx::query!(
        "select id, title_vi, title_en from sessions where edition_id = $1 and capacity_id is not null order by starts_at, code",
        edition.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (SessionId(row.id), Bilingual { vi: row.title_vi, en: row.title_en })).collect())
}

/// How many a mailing is for now, and one of them: the newest. As `is_recipient` has it, of a mailing that is not stored.
pub(in super::super) async fn recipients(pool: &PgPool, row: &NewRow, mailing: &Mailing) -> Result<(i64, Option<Uuid>), Error> {
    let filter = serde_json::json!({
        "status": mailing.status.key(),
        "audience_id": mailing.audience,
        "session_id": mailing.session,
        "organisation": mailing.organisation,
        "is_about_seat": mailing.is_about_seat,
    });
    let found = sqlx::query!(
        r#"select count(*) as "count!", (array_agg(r.id order by r.id desc))[1] as first
           from registrations r, jsonb_populate_record(null::mailings, $2) m
           where r.edition_id = $1 and is_recipient(m, r)"#,
        row.edition.0,
        filter
    )
    .fetch_one(pool)
    .await?;
    Ok((found.count, found.first))
}

/// `false` if it is stored already.
pub(in super::super) async fn create(
    tx: &mut PgConnection,
    row: &NewRow,
    mailing: &Mailing,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let stored = sqlx::query!(
        "insert into mailings (id, edition_id, subject_vi, body_vi, subject_en, body_en, audience_id, status, session_id, organisation,
             is_about_seat, moment, send_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (id) do nothing",
        row.id,
        row.edition.0,
        mailing.vi.0,
        mailing.vi.1,
        mailing.en.as_ref().map(|(subject, _)| subject),
        mailing.en.as_ref().map(|(_, body)| body),
        mailing.audience.map(|id| id.0),
        mailing.status.key(),
        mailing.session.map(|id| id.0),
        mailing.organisation,
        mailing.is_about_seat,
        mailing.when.key(),
        row.send_at,
        now,
        by.map(|id| id.0)
    );
    Ok(stored.execute(tx).await?.rows_affected() == 1)
}

pub(in super::super) async fn list(pool: &PgPool, edition: EditionId) -> Result<Vec<MailingRow>, Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.subject_vi, m.status, m.organisation, m.send_at, m.recipients, m.cancelled_at is not null as "is_cancelled!",
                  a.name_vi as "audience_vi?", a.name_en as audience_en, s.title_vi as "session_vi?", s.title_en as session_en,
                  (select count(*) from messages where mailing_id = m.id and state = 'sent') as "sent!"
           from mailings m left join audiences a on a.id = m.audience_id left join sessions s on s.id = m.session_id
           where m.edition_id = $1 order by m.created_at desc, m.id limit 50"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MailingRow {
                id: row.id,
                subject: row.subject_vi,
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("mailings.status"))?,
                audience: row.audience_vi.map(|vi| Bilingual { vi, en: row.audience_en }),
                session: row.session_vi.map(|vi| Bilingual { vi, en: row.session_en }),
                organisation: row.organisation,
                send_at: row.send_at,
                recipients: row.recipients,
                sent: row.sent,
                is_cancelled: row.is_cancelled,
            })
        })
        .collect()
}

/// Whether the mailing has started; `None` where there is no such mailing.
pub(in super::super) async fn lock(tx: &mut PgConnection, id: Uuid) -> Result<Option<bool>, Error> {
    let started = sqlx::query_scalar!(r#"select started_at is not null as "is_started!" from mailings where id = $1 for update"#, id);
    Ok(started.fetch_optional(tx).await?)
}

pub(in super::super) async fn cancel(tx: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<u64, Error> {
    let cancelled = sqlx::query!("update mailings set cancelled_at = $2 where id = $1 and cancelled_at is null", id, now);
    Ok(cancelled.execute(tx).await?.rows_affected())
}

pub(in super::super) async fn drop_queued(tx: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<u64, Error> {
    let dropped = sqlx::query!("update messages set state = 'dropped', ended_at = $2 where mailing_id = $1 and state = 'queued'", id, now);
    Ok(dropped.execute(tx).await?.rows_affected())
}

/// Writes the messages of one mailing that is due; `false` if there is none. The messages come due one after the other, so
/// that what somebody waits for at this moment need not wait for all of them.
pub(in super::super) async fn start_one(tx: &mut PgConnection, now: DateTime<Utc>) -> Result<bool, Error> {
    let due = sqlx::query_scalar!(
        "select id from mailings where started_at is null and cancelled_at is null and send_at <= $1
         order by send_at limit 1 for update skip locked",
        now
    );
    let Some(id) = due.fetch_optional(&mut *tx).await? else { return Ok(false) };
    let written = sqlx::query!(
        "insert into messages (id, edition_id, kind, channel, registration_id, mailing_id, due_at, once_key, created_at)
         select gen_random_uuid(), r.edition_id, 'mailing', way_to(r.email, r.phone), r.id, m.id, $2::timestamptz + row_number() over (order by r.id) * interval '20 ms',
                'mailing:' || m.id || ':' || r.id, $2
         from mailings m join registrations r on r.edition_id = m.edition_id
         where m.id = $1 and is_recipient(m, r)
         on conflict on constraint messages_once_key_key do nothing",
        id,
        now
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let written = i32::try_from(written).unwrap_or(i32::MAX);
    sqlx::query!("update mailings set started_at = $2, recipients = $3 where id = $1", id, now, written).execute(tx).await?;
    Ok(true)
}

/// The moments that mailings wait for which are not stopped and have not started, and which depend on the main day.
pub(in super::super) async fn planned(tx: &mut PgConnection, edition: EditionId) -> Result<Vec<(Uuid, When)>, Error> {
    let rows = sqlx::query!(
        "select id, moment from mailings
         where edition_id = $1 and started_at is null and cancelled_at is null and moment <> 'now' for update",
        edition.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(|row| Ok((row.id, When::from_key(&row.moment).ok_or_else(|| inconsistent("mailings.moment"))?))).collect()
}

pub(in super::super) async fn plan(tx: &mut PgConnection, id: Uuid, send_at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update mailings set send_at = $2 where id = $1", id, send_at).execute(tx).await?;
    Ok(())
}
