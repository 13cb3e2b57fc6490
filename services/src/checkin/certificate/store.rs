//! The SQL of certificates.

use chrono::{DateTime, Utc};
use domain::{
    ids::{EditionId, OrganisationId, RegistrationId},
    text::GUEST_NAMES,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::Part;
use crate::{Error, checkin::board::Organisations};

/// By what a certificate is looked for.
#[derive(Default)]
pub(super) struct Wanted {
    pub link: Option<[u8; 32]>,
    pub person: Option<RegistrationId>,
    pub ticket: Option<i64>,
}

/// Somebody who gets a certificate.
pub(super) struct Holder {
    pub edition_id: Uuid,
    pub full_name: String,
    pub organisation: Option<String>,
    pub ticket_id: i64,
    pub attended_at: DateTime<Utc>,
}

pub(super) async fn find(pool: &PgPool, wanted: Wanted) -> Result<Option<Holder>, Error> {
    let found = sqlx::query_as!(
        Holder,
        r#"select r.edition_id, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation,
                  t.ticket_id as "ticket_id!", t.attended_at as "attended_at!"
           from attended_tickets t
           join registrations r on r.id = t.registration_id
           left join organisations o on o.id = r.organisation_id
           where (r.link_hash = $1 or r.id = $2 or t.ticket_id = $3) and r.full_name !~ $4"#,
        wanted.link.as_ref().map(<[u8; 32]>::as_slice),
        wanted.person.map(|id| id.0),
        wanted.ticket,
        GUEST_NAMES
    )
    .fetch_optional(pool)
    .await?;
    Ok(found)
}

/// The ids and names that a statement takes; `None` is everybody.
fn columns(of: Option<&Organisations>) -> (bool, Vec<Uuid>, &[String]) {
    let known = |of: &Organisations| of.known.iter().map(|OrganisationId(id)| *id).collect();
    (of.is_none(), of.map(known).unwrap_or_default(), of.map(|of| &of.typed[..]).unwrap_or_default())
}

/// Who gets one, in the order of registration, in parts of so many.
pub(super) async fn parts(pool: &PgPool, edition: EditionId, of: Option<&Organisations>, most: i64) -> Result<Vec<Part>, Error> {
    let (is_everybody, known, typed) = columns(of);
    let rows = sqlx::query!(
        r#"select (array_agg(id order by id))[1] as "from!", lead((array_agg(id order by id))[1]) over (order by part) as until, count(*) as "certificates!"
           from (select r.id, (row_number() over (order by r.id) - 1) / $5 as part
                 from attended_tickets t join registrations r on r.id = t.registration_id
                 where t.edition_id = $1 and r.full_name !~ $6
                   and ($2 or r.organisation_id = any ($3) or (r.organisation_id is null and r.organisation_name = any ($4)))) numbered
           group by part order by part"#,
        edition.0,
        is_everybody,
        &known,
        typed,
        most,
        GUEST_NAMES
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Part { from: RegistrationId(row.from), until: row.until.map(RegistrationId), certificates: row.certificates })
        .collect())
}

/// So many of them at most, from one on and before another.
pub(super) async fn part(
    pool: &PgPool,
    edition: EditionId,
    of: Option<&Organisations>,
    (from, until): (RegistrationId, Option<RegistrationId>),
    most: i64,
) -> Result<Vec<Holder>, Error> {
    let (is_everybody, known, typed) = columns(of);
    let rows = sqlx::query_as!(
        Holder,
        r#"select r.edition_id, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation,
                  t.ticket_id as "ticket_id!", t.attended_at as "attended_at!"
           from attended_tickets t
           join registrations r on r.id = t.registration_id
           left join organisations o on o.id = r.organisation_id
           where t.edition_id = $1 and r.full_name !~ $8 and r.id >= $5 and ($7::uuid is null or r.id < $7)
             and ($2 or r.organisation_id = any ($3) or (r.organisation_id is null and r.organisation_name = any ($4)))
           order by r.id limit $6"#,
        edition.0,
        is_everybody,
        &known,
        typed,
        from.0,
        most,
        until.map(|id| id.0),
        GUEST_NAMES
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
