//! The SQL that takes away what has served its time.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::erasure::forget_leaders;
use crate::{
    Error,
    privacy::retention::{DEVICES_KEPT, Swept},
};

/// Some of the people who registered for editions that ended long enough ago.
pub(in super::super) async fn attendees(tx: &mut PgConnection, today: NaiveDate, most: i64) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        "select r.id from registrations r join editions e on e.id = r.edition_id
         where r.erased_at is null and e.ends_on + make_interval(months => e.keep_attendees) < $1::date limit $2",
        today,
        most
    );
    Ok(ids.fetch_all(tx).await?)
}

pub(in super::super) async fn count_attendees(pool: &PgPool, today: NaiveDate) -> Result<u64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations r join editions e on e.id = r.edition_id
           where r.erased_at is null and e.ends_on + make_interval(months => e.keep_attendees) < $1::date"#,
        today
    );
    Ok(count.fetch_one(pool).await?.unsigned_abs())
}

/// Takes away what needs no batches; undone again for a dry run.
pub(in super::super) async fn sweep(tx: &mut PgConnection, today: NaiveDate, now: DateTime<Utc>, dry_run: bool) -> Result<Swept, Error> {
    sqlx::raw_sql("savepoint before").execute(&mut *tx).await?;
    let leaders = sqlx::query_scalar!(
        "select d.id from delegations d join editions e on e.id = d.edition_id
         where d.erased_at is null and e.ends_on + make_interval(months => e.keep_attendees) < $1::date",
        today
    )
    .fetch_all(&mut *tx)
    .await?;
    let leaders = forget_leaders(tx, &leaders, now).await?;
    let guests = sqlx::query!(
        "update invitations i set label = '', email = null from editions e
         where e.id = i.edition_id and (i.label <> '' or i.email is not null) and e.ends_on + make_interval(months => e.keep_attendees) < $1::date",
        today
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let requests = sqlx::query!(
        "delete from privacy_requests p using editions e
         where e.id = p.edition_id and p.ended_at + make_interval(months => e.keep_requests) < $1",
        now
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let lists = sqlx::query!("delete from imports where created_at < $1::timestamptz - interval '1 day'", now)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let sessions = sqlx::query!("delete from web_sessions where expires_at < $1", now).execute(&mut *tx).await?.rows_affected();
    let attempts = sqlx::query!("delete from sign_in_attempts where last_at < $1::timestamptz - interval '1 day'", now)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let devices = sqlx::query!(
        "delete from devices where (account_id is not null or kind = 'screen') and coalesce(contact_at, created_at) < $1",
        now - DEVICES_KEPT
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if dry_run {
        sqlx::raw_sql("rollback to savepoint before").execute(tx).await?;
    }
    Ok(Swept { leaders, guests, lists, requests, sign_ins: sessions + attempts, devices, ..Swept::default() })
}

/// How many proofs and entries of the log have served their time. A proof has when what it was given for is gone for so long;
/// one whose registration is no more has no edition that could say how long, and counts from its own day by the longest period.
pub(in super::super) async fn count_records(pool: &PgPool, day: DateTime<Utc>) -> Result<(u64, u64), Error> {
    let row = sqlx::query!(
        r#"select (select count(*) from consent_records c left join registrations r on r.id = c.registration_id left join editions e on e.id = r.edition_id
                   where case when r.id is null then c.at + make_interval(months => (select max(keep_attendees + keep_proofs) from editions)) < $1
                              else r.erased_at + make_interval(months => e.keep_proofs) < $1 end) as "proofs!",
                  (select count(*) from audit_log
                   where at + make_interval(months => (select max(keep_logs) from editions)) < $1) as "logs!""#,
        day
    )
    .fetch_one(pool)
    .await?;
    Ok((row.proofs.unsigned_abs(), row.logs.unsigned_abs()))
}

/// Deletes those, with the triggers that keep them disabled for this transaction. Whoever registers waits for its end.
pub(in super::super) async fn delete_records(tx: &mut PgConnection, day: DateTime<Utc>) -> Result<(), Error> {
    sqlx::raw_sql(
        "alter table consent_records disable trigger consent_records_only_grow; alter table audit_log disable trigger audit_log_only_grows",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from consent_records where id in (
             select c.id from consent_records c left join registrations r on r.id = c.registration_id left join editions e on e.id = r.edition_id
             where case when r.id is null then c.at + make_interval(months => (select max(keep_attendees + keep_proofs) from editions)) < $1
                        else r.erased_at + make_interval(months => e.keep_proofs) < $1 end)",
        day
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from audit_log where at + make_interval(months => (select max(keep_logs) from editions)) < $1", day)
        .execute(&mut *tx)
        .await?;
    sqlx::raw_sql(
        "alter table consent_records enable trigger consent_records_only_grow; alter table audit_log enable trigger audit_log_only_grows",
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether this night's work is ours: nobody has begun it, or whoever did has died.
pub(in super::super) async fn begin_night(pool: &PgPool, day: NaiveDate, now: DateTime<Utc>) -> Result<bool, Error> {
    let begun = sqlx::query!(
        "insert into nights as n (day, begun_at) values ($1, $2)
         on conflict on constraint nights_pkey do update set begun_at = $2
         where n.ended_at is null and n.begun_at < $2::timestamptz - interval '1 hour'",
        day,
        now
    )
    .execute(pool)
    .await?;
    Ok(begun.rows_affected() == 1)
}

pub(in super::super) async fn end_night(pool: &PgPool, day: NaiveDate, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update nights set ended_at = $2 where day = $1", day, now).execute(pool).await?;
    Ok(())
}
