//! The SQL of deliveries.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::Error;

/// Notes that the phone was heard of, and how many facts wait on it.
pub(super) async fn hear_of_delivery(pool: &PgPool, device: Option<Uuid>, waiting: u32, now: DateTime<Utc>) -> Result<(), Error> {
    let waiting = i32::try_from(waiting).unwrap_or(i32::MAX);
    sqlx::query!("update devices set contact_at = $3, waiting = $2 where id = $1 and contact_at is not null", device, waiting, now)
        .execute(pool)
        .await?;
    Ok(())
}
