//! The SQL of the desks.

pub(super) mod export;
pub(super) mod import;
mod person;
pub(super) mod walk_in;

use domain::{
    ids::{AudienceId, EditionId, OrganisationId, RegistrationId, SessionId},
    registration::{
        Status,
        search::{Needle, WORDS_MAX},
    },
    text::Bilingual,
    ticket::ShortCode,
};
use sqlx::PgPool;
use uuid::Uuid;

pub(super) use person::person;

use super::{Filters, Order, PersonRow, Search, SessionFilter};
use crate::{Error, store::inconsistent};

/// From how many people on they are looked for by walking the list in its order: the page is soon full. Fewer are gathered by
/// the indexes of what is asked, and sorted in no time.
const COMMON: i64 = 9_000;
/// The same where several words are asked for: those of one name go together more often than the planner takes them to.
const COMMON_TOGETHER: i64 = 2_000;
/// How far it is walked, before even so many are gathered. Family names come in blocks below each given name, so a shorter
/// way would pass none of the commonest.
const WALK: i64 = 4_000;

/// What is asked of the list.
pub(super) struct Question<'a> {
    pub edition: EditionId,
    pub search: &'a Search,
    pub needle: Option<&'a Needle>,
    /// Bodies that the words name.
    pub organisations: Vec<OrganisationId>,
}

/// Where the next page begins: the keys of the last person of the one before.
struct After {
    id: Uuid,
    given_name: String,
    full_name: String,
}

/// The ids of the page's people in its order.
pub(super) async fn ids(pool: &PgPool, question: &Question<'_>, page: usize) -> Result<Vec<RegistrationId>, Error> {
    let most = i64::try_from(page).unwrap_or(i64::MAX);
    let after = match question.search.after {
        Some(id) => Some(after(pool, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let mut ids = Vec::new();
    // Who types or reads out a code means that one person.
    if let (Some(code), None) = (question.needle.and_then(|needle| needle.code.as_ref()), &after) {
        ids = by_code(pool, question.edition, code).await?;
    }
    if ids.is_empty() {
        if is_common(pool, question).await? {
            ids = walk(pool, question, after.as_ref(), most).await?;
        }
        if ids.len() < page {
            ids = look_up(pool, question, after.as_ref(), most).await?;
        }
    }
    Ok(ids.into_iter().map(RegistrationId).collect())
}

async fn after(pool: &PgPool, id: RegistrationId) -> Result<Option<After>, Error> {
    let row = sqlx::query!(r#"select given_name as "given_name!", full_name from registrations where id = $1"#, id.0)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| After { id: id.0, given_name: row.given_name, full_name: row.full_name }))
}

async fn by_code(pool: &PgPool, edition: EditionId, code: &ShortCode) -> Result<Vec<Uuid>, Error> {
    Ok(sqlx::query_scalar!(
        "select r.id from tickets t join registrations r on r.id = t.registration_id
         where t.short_code = $1 and r.edition_id = $2 and r.erased_at is null",
        code.as_str(),
        edition.0
    )
    .fetch_all(pool)
    .await?)
}

/// Whether so many are asked for that a walk soon meets a page of them.
async fn is_common(pool: &PgPool, question: &Question<'_>) -> Result<bool, Error> {
    let Some(needle) = question.needle else { return Ok(true) };
    let from = if needle.has_one_word() { COMMON } else { COMMON_TOGETHER };
    Ok(expected(pool, question).await? >= from)
}

/// How many people the planner expects to be asked for, by its statistics of the words that stand in the list.
async fn expected(pool: &PgPool, question: &Question<'_>) -> Result<i64, Error> {
    let Question { edition, search, needle, organisations } = question;
    let patterns = patterns(*needle);
    let organisations: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    let plan = sqlx::query_scalar!(
        r#"explain (format json) select from registrations r
           where edition_id = $1 and erased_at is null
             and ((($2 = '%' or ' ' || search_text like $2) and ($3 = '%' or ' ' || search_text like $3)
                   and ($4 = '%' or ' ' || search_text like $4) and ($5 = '%' or ' ' || search_text like $5)
                   and ($6 = '%' or ' ' || search_text like $6)) or organisation_id = any ($7))
             and ($8::uuid is null or audience_id = $8) and ($9::text is null or status = $9)
             and ($10::uuid is null or exists (select from session_seats s where s.registration_id = r.id and s.session_id = $10))"#,
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
    .fetch_one(pool)
    .await?;
    Ok(plan.and_then(|plan| plan[0]["Plan"]["Plan Rows"].as_i64()).unwrap_or_default())
}

/// Those of the next [`WALK`] people of the list who are asked for. Planned anew each time: only then does the walk begin at
/// its first person.
async fn walk(pool: &PgPool, question: &Question<'_>, after: Option<&After>, most: i64) -> Result<Vec<Uuid>, Error> {
    let Question { edition, search, needle, organisations } = question;
    let patterns = patterns(*needle);
    let organisations: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    let ids = match search.order {
        Order::Newest => {
            sqlx::query_scalar!(
                r#"select id from (
                       select * from registrations where edition_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
                   ) r
                   where erased_at is null
                     and ((($4 = '%' or ' ' || search_text like $4) and ($5 = '%' or ' ' || search_text like $5)
                           and ($6 = '%' or ' ' || search_text like $6) and ($7 = '%' or ' ' || search_text like $7)
                           and ($8 = '%' or ' ' || search_text like $8)) or organisation_id = any ($9))
                     and ($10::uuid is null or audience_id = $10) and ($11::text is null or status = $11)
                     and ($12::uuid is null or exists (select from session_seats s where s.registration_id = r.id and s.session_id = $12))
                   order by id desc limit $13"#,
                edition.0,
                after.map(|after| after.id),
                WALK,
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
            .persistent(false)
            .fetch_all(pool)
            .await?
        }
        Order::Name => {
            sqlx::query_scalar!(
                r#"select id from (
                       select * from registrations
                       where edition_id = $1
                         and ($2::uuid is null or (given_name, full_name collate "vi-x-icu", id) > ($14, $15 collate "vi-x-icu", $2))
                       order by given_name, full_name collate "vi-x-icu", id limit $3
                   ) r
                   where erased_at is null
                     and ((($4 = '%' or ' ' || search_text like $4) and ($5 = '%' or ' ' || search_text like $5)
                           and ($6 = '%' or ' ' || search_text like $6) and ($7 = '%' or ' ' || search_text like $7)
                           and ($8 = '%' or ' ' || search_text like $8)) or organisation_id = any ($9))
                     and ($10::uuid is null or audience_id = $10) and ($11::text is null or status = $11)
                     and ($12::uuid is null or exists (select from session_seats s where s.registration_id = r.id and s.session_id = $12))
                   order by given_name, full_name collate "vi-x-icu", id limit $13"#,
                edition.0,
                after.map(|after| after.id),
                WALK,
                patterns[0],
                patterns[1],
                patterns[2],
                patterns[3],
                patterns[4],
                &organisations,
                search.audience.map(|id| id.0),
                search.status.map(Status::key),
                search.session.map(|id| id.0),
                most,
                after.map(|after| after.given_name.as_str()),
                after.map(|after| after.full_name.as_str())
            )
            .persistent(false)
            .fetch_all(pool)
            .await?
        }
    };
    Ok(ids)
}

/// The same from the indexes of what is asked: all who are found are gathered first, so that no order tempts the planner to
/// walk the whole list (`offset 0` keeps the two steps apart). By words and by bodies apart: an `or` of both would look at
/// every word twice. Planned anew each time, so that what is not asked costs nothing: not even the words that are not there.
async fn look_up(pool: &PgPool, question: &Question<'_>, after: Option<&After>, most: i64) -> Result<Vec<Uuid>, Error> {
    let Question { edition, search, needle, organisations } = question;
    let patterns = patterns(*needle);
    let organisations: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    Ok(sqlx::query_scalar!(
        r#"with asked as not materialized (
               select * from registrations r
               where edition_id = $1 and erased_at is null
                 and ($9::uuid is null or audience_id = $9) and ($10::text is null or status = $10)
                 and ($11::uuid is null or id in (select registration_id from session_seats where session_id = $11))
                 and ($2::uuid is null or case when $15::bool
                         then (given_name, full_name collate "vi-x-icu", id) > ($12, $13 collate "vi-x-icu", $2) else id < $2 end)
           )
           select id as "id!" from (
               select id, given_name, full_name from asked
               where ($3 = '%' or ' ' || search_text like $3) and ($4 = '%' or ' ' || search_text like $4)
                     and ($5 = '%' or ' ' || search_text like $5) and ($6 = '%' or ' ' || search_text like $6)
                     and ($7 = '%' or ' ' || search_text like $7)
               union all
               select id, given_name, full_name from asked
               where cardinality($8::uuid[]) > 0 and organisation_id = any ($8)
                     and not (($3 = '%' or ' ' || search_text like $3) and ($4 = '%' or ' ' || search_text like $4)
                              and ($5 = '%' or ' ' || search_text like $5) and ($6 = '%' or ' ' || search_text like $6)
                              and ($7 = '%' or ' ' || search_text like $7))
               offset 0
           ) found
           order by case when $15 then given_name end, case when $15 then full_name collate "vi-x-icu" end, case when $15 then id end, id desc
           limit $14"#,
        edition.0,
        after.map(|after| after.id),
        patterns[0],
        patterns[1],
        patterns[2],
        patterns[3],
        patterns[4],
        &organisations,
        search.audience.map(|id| id.0),
        search.status.map(Status::key),
        search.session.map(|id| id.0),
        after.map(|after| after.given_name.as_str()),
        after.map(|after| after.full_name.as_str()),
        most,
        search.order == Order::Name
    )
    .persistent(false)
    .fetch_all(pool)
    .await?)
}

fn patterns(needle: Option<&Needle>) -> [String; WORDS_MAX] {
    needle.map_or_else(|| std::array::from_fn(|_| "%".to_owned()), Needle::patterns)
}

/// The people with these ids, in their order.
pub(super) async fn rows(pool: &PgPool, ids: &[RegistrationId]) -> Result<Vec<PersonRow>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, r.full_name, r.status, r.phone, r.email, r.people, r.created_at, a.name_vi, a.name_en,
                  coalesce(o.name_vi, r.organisation_name) as organisation, t.short_code as "short_code?"
           from unnest($1::uuid[]) with ordinality asked (id, place)
           join registrations r on r.id = asked.id
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join tickets t on t.registration_id = r.id
           order by asked.place"#,
        &ids
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (masked_phone, masked_email) = PersonRow::masked(row.phone.as_deref(), row.email.as_deref());
            Ok(PersonRow {
                id: RegistrationId(row.id),
                full_name: row.full_name,
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
                audience: Bilingual { vi: row.name_vi, en: row.name_en },
                organisation: row.organisation,
                masked_phone,
                masked_email,
                short_code: row
                    .short_code
                    .map(|code| ShortCode::parse(&code).ok_or_else(|| inconsistent("tickets.short_code")))
                    .transpose()?,
                people: row.people,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// Every body's names.
pub(super) async fn organisations(pool: &PgPool) -> Result<Vec<(OrganisationId, String)>, Error> {
    let rows = sqlx::query!(r#"select id, concat_ws(' ', name_vi, name_en) as "name!" from organisations"#).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| (OrganisationId(row.id), row.name)).collect())
}

pub(super) async fn filters(pool: &PgPool) -> Result<Filters, Error> {
    let audiences = sqlx::query!(
        "select a.id, a.name_vi, a.name_en from audiences a join editions e on e.id = a.edition_id and e.is_current order by a.position, a.code"
    )
    .fetch_all(pool)
    .await?;
    let sessions = sqlx::query!(
        "select s.id, s.title_vi, s.title_en, s.starts_at from sessions s join editions e on e.id = s.edition_id and e.is_current
         where s.capacity_id is not null order by s.starts_at, s.code"
    )
    .fetch_all(pool)
    .await?;
    Ok(Filters {
        audiences: audiences.into_iter().map(|row| (AudienceId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })).collect(),
        sessions: sessions
            .into_iter()
            .map(|row| SessionFilter {
                id: SessionId(row.id),
                title: Bilingual { vi: row.title_vi, en: row.title_en },
                starts_at: row.starts_at,
            })
            .collect(),
    })
}
