//! The SQL of exported lists.

use domain::{
    ids::{EditionId, RegistrationId},
    registration::Status,
    text::{Bilingual, Locale},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Question, patterns};
use crate::{Error, registration::desk::export::ExportRow, store::inconsistent};

/// Has every batch planned for what is asked: a filter that is not set must not be thought of as one.
pub(in crate::registration::desk) async fn plan_anew(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true) as plans").fetch_one(tx).await?;
    Ok(())
}

pub(in crate::registration::desk) async fn questions(pool: &PgPool, edition: EditionId) -> Result<Vec<(String, Bilingual)>, Error> {
    let rows = sqlx::query!("select code, label_vi, label_en from questions where edition_id = $1 order by position, code", edition.0)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| (row.code, Bilingual { vi: row.label_vi, en: row.label_en })).collect())
}

pub(in crate::registration::desk) async fn count(tx: &mut PgConnection, question: &Question<'_>) -> Result<i64, Error> {
    let Question { edition, search, needle, organisations } = question;
    let patterns = patterns(*needle);
    let organisations: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations r
           where edition_id = $1 and erased_at is null
             and ((' ' || search_text like $2 and ' ' || search_text like $3 and ' ' || search_text like $4
                   and ' ' || search_text like $5 and ' ' || search_text like $6) or organisation_id = any ($7))
             and ($8::uuid is null or audience_id = $8) and ($9::text is null or status = $9)
             and ($10::uuid is null or id in (select registration_id from session_seats where session_id = $10))"#,
        edition.0,
        patterns[0],
        patterns[1],
        patterns[2],
        patterns[3],
        patterns[4],
        &organisations,
        search.audience.map(|id| id.0),
        search.status.map(Status::key),
        search.session.map(|id| id.0)
    )
    .persistent(false)
    .fetch_one(tx)
    .await?)
}

/// The next rows in the order of registration.
pub(in crate::registration::desk) async fn batch(
    tx: &mut PgConnection,
    question: &Question<'_>,
    after: Option<RegistrationId>,
    most: i64,
) -> Result<Vec<ExportRow>, Error> {
    let Question { edition, search, needle, organisations } = question;
    let patterns = patterns(*needle);
    let organisations: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, t.short_code as "short_code?", r.full_name, r.status, a.name_vi, a.name_en, r.phone, r.email,
                  coalesce(o.name_vi, r.organisation_name) as organisation, r.job_title, r.tax_code, c.name_vi as "commune?", r.people,
                  coalesce(dorg.name_vi, d.organisation_name) as delegation, r.answers, r.attention, r.external_ref, r.channel, r.locale, r.created_at,
                  (select string_agg(s.code, ', ' order by s.starts_at, s.code) from session_seats p join sessions s on s.id = p.session_id
                   where p.registration_id = r.id and p.state = 'held') as sessions,
                  (select min(m.at) from admissions m join checkpoints k on k.id = m.checkpoint_id
                   where m.ticket_id = t.id and k.kind = 'gate') as arrived_at
           from (
               select * from registrations
               where edition_id = $1 and erased_at is null and ($2::uuid is null or id > $2)
                 and ((' ' || search_text like $3 and ' ' || search_text like $4 and ' ' || search_text like $5
                       and ' ' || search_text like $6 and ' ' || search_text like $7) or organisation_id = any ($8))
                 and ($9::uuid is null or audience_id = $9) and ($10::text is null or status = $10)
                 and ($11::uuid is null or id in (select registration_id from session_seats where session_id = $11))
               order by id limit $12
           ) r
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join communes c on c.gso_code = r.commune_code
           left join delegations d on d.id = r.delegation_id
           left join organisations dorg on dorg.id = d.organisation_id
           left join tickets t on t.registration_id = r.id
           order by r.id"#,
        edition.0,
        after.map(|id| id.0),
        patterns[0],
        patterns[1],
        patterns[2],
        patterns[3],
        patterns[4],
        &organisations,
        search.audience.map(|id| id.0),
        search.status.map(Status::key),
        search.session.map(|id| id.0),
        most
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ExportRow {
                id: RegistrationId(row.id),
                short_code: row.short_code,
                full_name: row.full_name,
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
                audience: Bilingual { vi: row.name_vi, en: row.name_en },
                phone: row.phone,
                email: row.email,
                organisation: row.organisation,
                job_title: row.job_title,
                tax_code: row.tax_code,
                commune: row.commune,
                people: row.people,
                delegation: row.delegation,
                sessions: row.sessions,
                answers: row.answers,
                attention: row.attention,
                external_ref: row.external_ref,
                channel: row.channel,
                locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("registrations.locale"))?,
                created_at: row.created_at,
                arrived_at: row.arrived_at,
            })
        })
        .collect()
}
