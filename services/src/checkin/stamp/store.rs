//! The SQL of stamps.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{CheckpointId, EditionId},
    text::Bilingual,
    ticket::ShortCode,
};
use sqlx::{PgExecutor, PgPool};

use super::{Booth, Stamp};
use crate::Error;

pub(super) async fn booth(pool: &PgPool, edition: EditionId, id: CheckpointId) -> Result<Option<Booth>, Error> {
    let row =
        sqlx::query!("select id, name_vi, name_en from checkpoints where id = $1 and edition_id = $2 and kind = 'booth'", id.0, edition.0)
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|row| Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } }))
}

pub(super) async fn booths(pool: &PgPool, edition: EditionId) -> Result<Vec<Booth>, Error> {
    let rows = sqlx::query!(
        "select id, name_vi, name_en from checkpoints where edition_id = $1 and kind = 'booth' order by position, code",
        edition.0
    )
    .fetch_all(pool)
    .await?;
    let booth = |id, vi, en| Booth { id: CheckpointId(id), name: Bilingual { vi, en } };
    Ok(rows.into_iter().map(|row| booth(row.id, row.name_vi, row.name_en)).collect())
}

/// The booths, each with the number of tickets that have its stamp and when the last of them got one.
pub(super) async fn booths_with_stamps(pool: &PgPool, edition: EditionId) -> Result<Vec<(Booth, i64, Option<DateTime<Utc>>)>, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.name_vi, c.name_en, count(distinct coalesce(l.lasting_id, m.ticket_id)) as "stamps!", max(m.at) as last_at
           from checkpoints c
           left join admissions m on m.checkpoint_id = c.id
           left join lasting_tickets l on l.ticket_id = m.ticket_id
           where c.edition_id = $1 and c.kind = 'booth' group by c.id order by c.position, c.code"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let booth = Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } };
            (booth, row.stamps, row.last_at)
        })
        .collect())
}

pub(super) async fn stamps(store: impl PgExecutor<'_>, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.name_vi, c.name_en, s.at
           from editions e join checkpoints c on c.edition_id = e.id and c.kind = 'booth'
           left join (
               select m.checkpoint_id, min(m.at) as at
               from tickets t cross join lateral tickets_going_on_in(t.id) l join admissions m on m.ticket_id = l.ticket_id
               where t.short_code = $1 group by m.checkpoint_id
           ) s on s.checkpoint_id = c.id
           where e.is_current order by c.position, c.code"#,
        ticket.as_str()
    )
    .fetch_all(store)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stamp { booth: Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } }, at: row.at })
        .collect())
}

pub(super) async fn is_known(pool: &PgPool, ticket: &ShortCode) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from tickets t join editions e on e.id = t.edition_id and e.is_current where t.short_code = $1) as "known!""#,
        ticket.as_str()
    )
    .fetch_one(pool)
    .await?)
}

/// The valid ticket behind a link, and the last day of its edition, if that is the current one and has booths.
pub(super) async fn with_booths(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<(i64, NaiveDate)>, Error> {
    let row = sqlx::query!(
        "select t.id, e.ends_on from registrations r
         join tickets t on t.registration_id = r.id and t.standing = 'valid'
         join editions e on e.id = t.edition_id and e.is_current
         where r.link_hash = $1 and exists (select from checkpoints c where c.edition_id = e.id and c.kind = 'booth')",
        &link_hash[..]
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.id, row.ends_on)))
}

/// Those of these tickets that are of the current edition: number; name and short code of the ticket that each goes on in, and
/// since when that one has the booth's stamp.
pub(super) async fn tickets(
    store: impl PgExecutor<'_>,
    tickets: &[i64],
    booth: Option<CheckpointId>,
) -> Result<Vec<(i64, String, String, Option<DateTime<Utc>>)>, Error> {
    let rows = sqlx::query!(
        r#"select l.ticket_id as "id!", r.full_name, t.short_code,
                  (select min(m.at) from tickets_going_on_in(t.id) o join admissions m on m.ticket_id = o.ticket_id
                   where m.checkpoint_id = $2) as at
           from lasting_tickets l
           join tickets t on t.id = l.lasting_id
           join editions e on e.id = t.edition_id and e.is_current
           join registrations r on r.id = t.registration_id and r.erased_at is null
           where l.ticket_id = any ($1)"#,
        tickets,
        booth.map(|booth| booth.0)
    )
    .fetch_all(store)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.full_name, row.short_code, row.at)).collect())
}
