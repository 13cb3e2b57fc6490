//! The SQL of screens.

use chrono::{DateTime, Utc};
use domain::{
    access::DeviceKind,
    ids::{AccountId, DeviceId, EditionId},
};
use sqlx::{PgConnection, PgPool};

use crate::Error;

/// A screen to be paired.
#[derive(Clone)]
pub(in crate::access) struct NewScreen {
    pub id: DeviceId,
    pub edition: EditionId,
    pub name: String,
    pub token_hash: [u8; 32],
    pub paired_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub created_by: Option<AccountId>,
}

pub(in crate::access) async fn insert(tx: &mut PgConnection, screen: &NewScreen) -> Result<(), Error> {
    sqlx::query!(
        "insert into devices (id, edition_id, kind, name, token_hash, paired_at, last_seen_at, expires_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $6)",
        screen.id.0,
        screen.edition.0,
        DeviceKind::Screen.key(),
        screen.name,
        &screen.token_hash[..],
        screen.paired_at,
        screen.expires_at,
        screen.created_by.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in crate::access) async fn has_ended(pool: &PgPool, token_hash: &[u8; 32], now: DateTime<Utc>) -> Result<bool, Error> {
    let has_ended = sqlx::query_scalar!(
        r#"select exists (select from devices where kind = 'screen' and (ended_token_hash = $1 or (token_hash = $1 and expires_at <= $2))) as "has_ended!""#,
        &token_hash[..],
        now
    )
    .fetch_one(pool)
    .await?;
    Ok(has_ended)
}
