//! The SQL of the list of attendance.

use chrono::{DateTime, Utc};
use domain::{
    ids::{CheckpointId, EditionId, RegistrationId},
    registration::Status,
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::AttendanceRow;
use crate::{Error, store::inconsistent};

pub(super) async fn checkpoints(pool: &PgPool, edition: EditionId) -> Result<Vec<(CheckpointId, Bilingual)>, Error> {
    let rows = sqlx::query!("select id, name_vi, name_en from checkpoints where edition_id = $1 order by position, code", edition.0)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| (CheckpointId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })).collect())
}

pub(super) async fn count(tx: &mut PgConnection, edition: EditionId) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations r left join tickets t on t.registration_id = r.id
           where r.edition_id = $1 and r.erased_at is null
             and (r.ended_at is null or exists (select from arrivals m where m.ticket_id = t.id))"#,
        edition.0
    )
    .fetch_one(tx)
    .await?)
}

/// The next rows in the order of registration.
pub(super) async fn batch(
    tx: &mut PgConnection,
    edition: EditionId,
    places: &[CheckpointId],
    after: Option<RegistrationId>,
    most: i64,
) -> Result<Vec<AttendanceRow>, Error> {
    let places: Vec<Uuid> = places.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, t.short_code as "short_code?", r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, r.job_title,
                  a.name_vi, a.name_en, r.status, r.people,
                  (select min(m.at) from admissions m join checkpoints c on c.id = m.checkpoint_id
                   where m.ticket_id = t.id and c.kind = 'gate') as arrived_at,
                  array(select m.at from unnest($2::uuid[]) with ordinality place (id, number)
                        left join arrivals m on m.checkpoint_id = place.id and m.ticket_id = t.id
                        order by place.number) as "admitted_at!: Vec<Option<DateTime<Utc>>>"
           from (select * from registrations where edition_id = $1 and erased_at is null and ($3::uuid is null or id > $3)
                   and (ended_at is null
                        or exists (select from arrivals m join tickets t on t.id = m.ticket_id where t.registration_id = registrations.id))
                 order by id limit $4) r
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join tickets t on t.registration_id = r.id
           order by r.id"#,
        edition.0,
        &places,
        after.map(|id| id.0),
        most
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AttendanceRow {
                id: RegistrationId(row.id),
                short_code: row.short_code,
                full_name: row.full_name,
                organisation: row.organisation,
                job_title: row.job_title,
                audience: Bilingual { vi: row.name_vi, en: row.name_en },
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
                people: row.people,
                arrived_at: row.arrived_at,
                admitted_at: row.admitted_at,
            })
        })
        .collect()
}
