//! The SQL of badges.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    badge::{Reprint, Template},
    ids::{AudienceId, BadgePrintId, EditionId, RegistrationId},
    registration::AudienceKind,
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    Error,
    registration::badges::{Candidate, Filter, Order, Print},
    store::inconsistent,
};

/// Those whose ticket holds, by organisation and name, and how many the filter finds.
pub(in crate::registration) async fn candidates(
    pool: &PgPool,
    edition: EditionId,
    filter: &Filter,
    most: i64,
) -> Result<(Vec<Candidate>, i64), Error> {
    let rows = sqlx::query!(
        r#"select r.id, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, a.name_vi, a.name_en,
                  p.prints as "prints!", p.printed_at, count(*) over () as "total!"
           from tickets t
           join registrations r on r.id = t.registration_id
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           cross join lateral (
               select count(*) as prints, max(print.at) as printed_at
               from badges b join printed_badges printed on printed.digest = b.digest join badge_prints print on print.id = printed.print_id
               where b.ticket_id = t.id
           ) p
           where t.edition_id = $1 and t.standing = 'valid' and ($2::uuid is null or r.id = $2) and ($3::uuid is null or r.audience_id = $3)
               and ($4 = '' or position(lower($4) in lower(coalesce(o.name_vi, r.organisation_name))) > 0)
               and ($5 or not exists (select from badges b where b.ticket_id = t.id))
           order by organisation nulls last, r.full_name, r.id limit $6"#,
        edition.0,
        filter.person.map(|person| person.0),
        filter.audience.map(|audience| audience.0),
        filter.organisation,
        filter.with_printed,
        most
    )
    .fetch_all(pool)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let people = rows.into_iter().map(|row| Candidate {
        id: RegistrationId(row.id),
        full_name: row.full_name,
        organisation: row.organisation,
        audience: Bilingual { vi: row.name_vi, en: row.name_en },
        prints: row.prints,
        printed_at: row.printed_at,
    });
    Ok((people.collect(), total))
}

/// The tickets that hold, and those of them with a badge.
pub(in crate::registration) async fn counts(pool: &PgPool, edition: EditionId) -> Result<(i64, i64), Error> {
    let row = sqlx::query!(
        r#"select count(*) as "tickets!", count(b.digest) as "with_badge!"
           from tickets t left join badges b on b.ticket_id = t.id and b.stopped_at is null
           where t.edition_id = $1 and t.standing = 'valid'"#,
        edition.0
    )
    .fetch_one(pool)
    .await?;
    Ok((row.tickets, row.with_badge))
}

/// The audiences of the edition in their order.
pub(in crate::registration) async fn audiences(pool: &PgPool, edition: EditionId) -> Result<Vec<(AudienceId, Bilingual)>, Error> {
    let rows = sqlx::query!("select id, name_vi, name_en from audiences where edition_id = $1 order by position, code", edition.0)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| (AudienceId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })).collect())
}

/// What badges of the edition are printed on: its own templates, or the usual ones.
pub(in crate::registration) async fn templates(pool: &PgPool, edition: EditionId) -> Result<Vec<Template>, Error> {
    let Json(own) = sqlx::query_scalar!(r#"select badge_templates as "own: Json<Vec<Template>>" from editions where id = $1"#, edition.0)
        .fetch_one(pool)
        .await?;
    Ok(if own.is_empty() { Template::usual() } else { own })
}

/// What a print is called that was made by a template which may be gone.
fn name_of(templates: &[Template], code: String) -> Bilingual {
    let template = templates.iter().find(|template| template.code == code);
    template.map_or(Bilingual { vi: code, en: None }, |template| template.name.clone())
}

macro_rules! print {
    ($row:expr, $templates:expr) => {
        Print {
            id: BadgePrintId($row.id),
            template: name_of($templates, $row.template),
            reason: $row.reason.map(|reason| Reprint::from_key(&reason).ok_or_else(|| inconsistent("badge_prints.reason"))).transpose()?,
            by: $row.account_name,
            at: $row.at,
            badges: $row.badges,
        }
    };
}

/// The last prints, the newest first.
pub(in crate::registration) async fn log(
    pool: &PgPool,
    edition: EditionId,
    templates: &[Template],
    most: i64,
) -> Result<Vec<Print>, Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.template, p.reason, p.account_name, p.at,
                  (select count(*) from printed_badges b where b.print_id = p.id) as "badges!"
           from badge_prints p where p.edition_id = $1 order by p.at desc, p.id desc limit $2"#,
        edition.0,
        most
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| Ok(print!(row, templates))).collect()
}

/// A print as it is found.
pub(in crate::registration) struct FoundPrint {
    /// The name of its edition.
    pub edition: Bilingual,
    pub print: Print,
    /// What it is printed on; `None`: the edition has no such template any more.
    pub template: Option<Template>,
    pub printed_at: Option<DateTime<Utc>>,
}

pub(in crate::registration) async fn find_print(pool: &PgPool, id: BadgePrintId) -> Result<Option<FoundPrint>, Error> {
    let row = sqlx::query!(
        r#"select p.id, p.template, p.reason, p.account_name, p.at, p.printed_at, p.edition_id, e.name_vi, e.name_en,
                  (select count(*) from printed_badges b where b.print_id = p.id) as "badges!"
           from badge_prints p join editions e on e.id = p.edition_id where p.id = $1"#,
        id.0
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let templates = templates(pool, EditionId(row.edition_id)).await?;
    Ok(Some(FoundPrint {
        template: templates.iter().find(|template| template.code == row.template).cloned(),
        edition: Bilingual { vi: row.name_vi, en: row.name_en },
        printed_at: row.printed_at,
        print: print!(row, &templates),
    }))
}

/// Notes when a print went to a printer first. Whether there is such a print.
pub(in crate::registration) async fn note_printed(pool: &PgPool, id: BadgePrintId, now: DateTime<Utc>) -> Result<bool, Error> {
    let noted = sqlx::query!("update badge_prints set printed_at = coalesce(printed_at, $2) where id = $1", id.0, now);
    Ok(noted.execute(pool).await?.rows_affected() > 0)
}

/// A badge on a print.
pub(in crate::registration) struct PrintedRow {
    pub registration: RegistrationId,
    pub digest: [u8; 32],
    pub salt: [u8; 16],
    pub full_name: String,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    pub kind: AudienceKind,
}

/// The badges on a print that are valid, in their order.
pub(in crate::registration) async fn printed(pool: &PgPool, id: BadgePrintId) -> Result<Vec<PrintedRow>, Error> {
    let rows = sqlx::query!(
        "select r.id, b.digest, b.salt, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, a.name_vi, a.name_en, a.kind
         from printed_badges p
         join badges b on b.digest = p.digest and b.stopped_at is null
         join tickets t on t.id = b.ticket_id and t.standing = 'valid'
         join registrations r on r.id = t.registration_id
         join audiences a on a.id = r.audience_id
         left join organisations o on o.id = r.organisation_id
         where p.print_id = $1 order by p.position",
        id.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PrintedRow {
                registration: RegistrationId(row.id),
                digest: row.digest.try_into().map_err(|_| inconsistent("badges.digest"))?,
                salt: row.salt.try_into().map_err(|_| inconsistent("badges.salt"))?,
                full_name: row.full_name,
                organisation: row.organisation,
                audience: Bilingual { vi: row.name_vi, en: row.name_en },
                kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            })
        })
        .collect()
}

/// A ticket that a badge is printed for.
pub(in crate::registration) struct HeldRow {
    pub registration: Uuid,
    pub ticket: i64,
    /// The digest of the badge that is valid.
    pub badge: Option<[u8; 32]>,
}

/// The tickets of these people that hold, in the order asked, locked in the order of their numbers.
pub(in crate::registration) async fn lock(tx: &mut PgConnection, edition: EditionId, people: &[Uuid]) -> Result<Vec<HeldRow>, Error> {
    sqlx::query!(
        "select id from tickets where registration_id = any ($2) and edition_id = $1 order by id for no key update",
        edition.0,
        people
    )
    .fetch_all(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"select t.registration_id, t.id, b.digest as "digest?"
           from (select person, min(place) as place from unnest($2::uuid[]) with ordinality asked (person, place) group by person) asked
           join tickets t on t.registration_id = asked.person and t.edition_id = $1 and t.standing = 'valid'
           left join badges b on b.ticket_id = t.id and b.stopped_at is null
           order by asked.place"#,
        edition.0,
        people
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let badge = row.digest.map(|digest| digest.try_into().map_err(|_| inconsistent("badges.digest"))).transpose()?;
            Ok(HeldRow { registration: row.registration_id, ticket: row.id, badge })
        })
        .collect()
}

/// Gives a ticket another badge; the one that it has stops.
pub(in crate::registration) async fn replace(
    tx: &mut PgConnection,
    ticket: i64,
    digest: &[u8; 32],
    salt: &[u8; 16],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!("update badges set stopped_at = $2 where ticket_id = $1 and stopped_at is null", ticket, now).execute(&mut *tx).await?;
    sqlx::query!("insert into badges (digest, ticket_id, salt, issued_at) values ($1, $2, $3, $4)", &digest[..], ticket, &salt[..], now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(in crate::registration) async fn insert_print(
    tx: &mut PgConnection,
    id: BadgePrintId,
    edition: EditionId,
    order: &Order,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let name = if let Actor::Account { name, .. } = by { name } else { "" };
    sqlx::query!(
        "insert into badge_prints (id, edition_id, template, reason, account_id, account_name, at) values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        edition.0,
        order.template.code,
        order.reason.map(Reprint::key),
        by.account().map(|account| account.0),
        name,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in crate::registration) async fn insert_printed(
    tx: &mut PgConnection,
    print: BadgePrintId,
    digest: &[u8; 32],
    position: i32,
) -> Result<(), Error> {
    sqlx::query!("insert into printed_badges (print_id, digest, position) values ($1, $2, $3)", print.0, &digest[..], position)
        .execute(tx)
        .await?;
    Ok(())
}
