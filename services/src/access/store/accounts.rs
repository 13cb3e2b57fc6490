//! The SQL of accounts.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    form::{FieldErrors, Problem},
    ids::{AccountId, OrganisationId},
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool};

use super::{super::NewAccount, person};
use crate::Error;

/// An account as signing in needs it.
pub(in crate::access) struct AccountRow {
    pub id: AccountId,
    pub actor: Actor,
    pub password_hash: String,
    pub is_disabled: bool,
}

pub(in crate::access) async fn find(pool: &PgPool, email_key: &str) -> Result<Option<AccountRow>, Error> {
    let row = sqlx::query!(
        r#"select id, full_name, role, organisation_id, password_hash, disabled_at is not null as "is_disabled!"
           from accounts where email_key = $1"#,
        email_key
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(AccountRow {
            id: AccountId(row.id),
            actor: person(row.id, row.full_name, &row.role, row.organisation_id)?,
            password_hash: row.password_hash,
            is_disabled: row.is_disabled,
        })
    })
    .transpose()
}

pub(in crate::access) async fn insert(
    tx: &mut PgConnection,
    id: AccountId,
    account: &NewAccount,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let inserted = sqlx::query!(
        "insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, sample, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.0,
        account.email.as_str(),
        account.email.key(),
        account.full_name.as_str(),
        account.role.key(),
        account.organisation.map(|id| id.0),
        password_hash,
        account.sample,
        now
    )
    .execute(tx)
    .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("accounts_email_key_key") => {
            Err(FieldErrors::one("email", Problem::AlreadyInUse).into())
        }
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("accounts_organisation_id_fkey") => {
            Err(FieldErrors::one("organisation", Problem::UnknownChoice).into())
        }
        inserted => Ok(inserted.map(drop)?),
    }
}

pub(in crate::access) async fn set_password(
    tx: &mut PgConnection,
    email_key: &str,
    password_hash: &str,
) -> Result<Option<AccountId>, Error> {
    let id = sqlx::query_scalar!("update accounts set password_hash = $2 where email_key = $1 returning id", email_key, password_hash)
        .fetch_optional(tx)
        .await?;
    Ok(id.map(AccountId))
}

pub(in crate::access) async fn set_disabled(
    tx: &mut PgConnection,
    email_key: &str,
    at: Option<DateTime<Utc>>,
) -> Result<Option<AccountId>, Error> {
    let id = sqlx::query_scalar!("update accounts set disabled_at = $2 where email_key = $1 returning id", email_key, at)
        .fetch_optional(tx)
        .await?;
    Ok(id.map(AccountId))
}

pub(in crate::access) async fn organisation(pool: &PgPool, code: &str) -> Result<Option<(OrganisationId, Bilingual)>, Error> {
    let row = sqlx::query!("select id, name_vi, name_en from organisations where code = $1", code).fetch_optional(pool).await?;
    Ok(row.map(|row| (OrganisationId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })))
}
