//! The SQL of the showcase.

use chrono::{DateTime, Utc};
use domain::{
    access::DossierFacts,
    ids::{AccountId, DossierId, EditionId, OrganisationId},
    showcase::{Basis, Content, State},
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Dossier, ModelCard, dossier_number};
use crate::{Error, store::inconsistent};

struct Row {
    id: Uuid,
    organisation_id: Uuid,
    organisation_vi: String,
    organisation_en: Option<String>,
    year: i16,
    state: String,
    serial: Option<i32>,
    slug: Option<String>,
    content: Json<Content>,
    cover: Option<String>,
    version: i32,
    revision: i64,
    return_reason: Option<String>,
    updated_at: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    published_at: Option<DateTime<Utc>>,
    sample: bool,
}

impl TryFrom<Row> for Dossier {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let year = u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?;
        let serial = row.serial.map(u32::try_from).transpose().map_err(|_| inconsistent("dossiers.serial"))?;
        Ok(Self {
            id: DossierId(row.id),
            organisation_id: OrganisationId(row.organisation_id),
            organisation: Bilingual { vi: row.organisation_vi, en: row.organisation_en },
            state: State::from_key(&row.state).ok_or_else(|| inconsistent("dossiers.state"))?,
            number: serial.map(|serial| dossier_number(year, serial)),
            slug: row.slug,
            content: row.content.0,
            cover: row.cover,
            version: row.version,
            revision: row.revision,
            return_reason: row.return_reason,
            updated_at: row.updated_at,
            submitted_at: row.submitted_at,
            published_at: row.published_at,
            sample: row.sample,
        })
    }
}

/// Dossiers of the current edition, of one organisation or of all.
pub(super) async fn dossiers(pool: &PgPool, organisation: Option<OrganisationId>) -> Result<Vec<Dossier>, Error> {
    sqlx::query_as!(
        Row,
        r#"select d.id, d.organisation_id, o.name_vi as organisation_vi, o.name_en as organisation_en, e.year, d.state, d.serial, d.slug,
                  d.content as "content: Json<Content>", d.cover, d.version, d.revision, d.return_reason, d.updated_at, d.submitted_at, d.published_at, d.sample
           from dossiers d join organisations o on o.id = d.organisation_id join editions e on e.id = d.edition_id and e.is_current
           where $1::uuid is null or d.organisation_id = $1 order by d.updated_at desc, d.id"#,
        organisation.map(|id| id.0)
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

pub(super) async fn dossier(pool: &PgPool, id: DossierId) -> Result<Option<Dossier>, Error> {
    find(&mut *pool.acquire().await?, Some(id), None).await
}

pub(super) async fn published(pool: &PgPool, slug: &str) -> Result<Option<Dossier>, Error> {
    find(&mut *pool.acquire().await?, None, Some(slug)).await
}

async fn find(connection: &mut PgConnection, id: Option<DossierId>, slug: Option<&str>) -> Result<Option<Dossier>, Error> {
    sqlx::query_as!(
        Row,
        r#"select d.id, d.organisation_id, o.name_vi as organisation_vi, o.name_en as organisation_en, e.year, d.state, d.serial, d.slug,
                  d.content as "content: Json<Content>", d.cover, d.version, d.revision, d.return_reason, d.updated_at, d.submitted_at, d.published_at, d.sample
           from dossiers d join organisations o on o.id = d.organisation_id join editions e on e.id = d.edition_id
           where d.id = $1 or (d.slug = $2 and d.state = 'published' and e.is_current)"#,
        id.map(|id| id.0),
        slug
    )
    .fetch_optional(connection)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

/// A dossier whose row stays locked until the transaction ends.
pub(super) async fn lock(tx: &mut PgConnection, id: DossierId) -> Result<Option<Dossier>, Error> {
    sqlx::query!("select id from dossiers where id = $1 for update", id.0).fetch_optional(&mut *tx).await?;
    find(tx, Some(id), None).await
}

pub(super) async fn gallery(pool: &PgPool, limit: Option<i64>) -> Result<Vec<ModelCard>, Error> {
    let rows = sqlx::query!(
        r#"select d.slug as "slug!", d.content as "content: Json<Content>", o.name_vi, o.name_en, d.cover, d.sample
           from dossiers d join organisations o on o.id = d.organisation_id join editions e on e.id = d.edition_id and e.is_current
           where d.state = 'published' order by d.published_at desc, d.id limit $1"#,
        limit
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ModelCard {
            slug: row.slug,
            content: row.content.0,
            organisation: Bilingual { vi: row.name_vi, en: row.name_en },
            cover: row.cover,
            sample: row.sample,
        })
        .collect())
}

/// How many drafts the organisation has. Its row is locked until the transaction ends, so that two starts at once count
/// each other.
pub(super) async fn drafts(tx: &mut PgConnection, edition: EditionId, organisation: OrganisationId) -> Result<usize, Error> {
    sqlx::query!("select id from organisations where id = $1 for no key update", organisation.0).fetch_optional(&mut *tx).await?;
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from dossiers where edition_id = $1 and organisation_id = $2 and state = 'draft'"#,
        edition.0,
        organisation.0
    )
    .fetch_one(tx)
    .await?;
    usize::try_from(count).map_err(|_| inconsistent("count of dossiers"))
}

/// Holds a picture of the file store until the transaction ends: it is either stored or removed, never both at once.
pub(super) async fn lock_picture(tx: &mut PgConnection, key: &str) -> Result<(), Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", key).fetch_one(tx).await?;
    Ok(())
}

/// Whether a dossier or one of its submitted versions shows the picture.
pub(super) async fn is_shown(tx: &mut PgConnection, key: &str) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from dossiers where cover = $1) or exists (select from dossier_versions where cover = $1) as "shown!""#,
        key
    )
    .fetch_one(tx)
    .await?)
}

pub(super) async fn insert(
    tx: &mut PgConnection,
    id: DossierId,
    edition: EditionId,
    organisation: OrganisationId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into dossiers (id, edition_id, organisation_id, state, content, created_by, sample, created_at, updated_at)
         values ($1, $2, $3, 'draft', $4, $5, coalesce((select sample from accounts where id = $5), false), $6, $6)",
        id.0,
        edition.0,
        organisation.0,
        Json(Content::default()) as _,
        account.0,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores the text over what its writer has seen; gives the new revision, or `None` where the dossier has moved on.
pub(super) async fn set_content(
    tx: &mut PgConnection,
    id: DossierId,
    basis: &Basis,
    save: Option<i64>,
    content: &Content,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    Ok(sqlx::query_scalar!(
        "update dossiers set content = $4, updated_at = $5, revision = revision + 1, last_save = $6
         where id = $1 and (revision = $2 or last_save = any($3)) returning revision",
        id.0,
        basis.revision,
        &basis.pending,
        Json(content) as _,
        now,
        save
    )
    .fetch_optional(tx)
    .await?)
}

pub(super) async fn set_cover(tx: &mut PgConnection, id: DossierId, key: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update dossiers set cover = $2, updated_at = $3 where id = $1", id.0, key, now).execute(tx).await?;
    Ok(())
}

/// Locks the content in, keeps the version, and gives the dossier its number, once. Returns the version.
///
/// The edition's row is locked while the next number is taken, so that numbers have no gaps and no twins.
pub(super) async fn submit(tx: &mut PgConnection, id: DossierId, by: Option<AccountId>, now: DateTime<Utc>) -> Result<i32, Error> {
    sqlx::query!("select e.id from editions e join dossiers d on d.edition_id = e.id where d.id = $1 for update of e", id.0)
        .fetch_one(&mut *tx)
        .await?;
    Ok(sqlx::query_scalar!(
        r#"with submitted as (
               update dossiers d set
                   state = 'submitted', version = version + 1, revision = revision + 1, last_save = null, submitted_at = $3, updated_at = $3, return_reason = null,
                   serial = coalesce(serial, (select coalesce(max(o.serial), 0) + 1 from dossiers o where o.edition_id = d.edition_id))
               where d.id = $1 returning d.version, d.content, d.cover
           )
           insert into dossier_versions (dossier_id, version, content, cover, submitted_by, submitted_at)
           select $1, version, content, cover, $2, $3 from submitted returning version"#,
        id.0,
        by.map(|id| id.0),
        now
    )
    .fetch_one(tx)
    .await?)
}

pub(super) async fn set_state(
    tx: &mut PgConnection,
    id: DossierId,
    state: State,
    reason: Option<&str>,
    slug: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "update dossiers set state = $2, return_reason = $3, slug = coalesce(slug, $4), updated_at = $5,
             revision = revision + 1, last_save = null,
             published_at = case when $2 = 'published' then $5 else published_at end
         where id = $1",
        id.0,
        state.key(),
        reason,
        slug,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The dossiers that show this picture.
pub(super) async fn covered(pool: &PgPool, key: &str) -> Result<Vec<DossierFacts>, Error> {
    let rows = sqlx::query!("select organisation_id, state from dossiers where cover = $1", key).fetch_all(pool).await?;
    rows.into_iter()
        .map(|row| {
            Ok(DossierFacts {
                owner: OrganisationId(row.organisation_id),
                state: State::from_key(&row.state).ok_or_else(|| inconsistent("dossiers.state"))?,
            })
        })
        .collect()
}
