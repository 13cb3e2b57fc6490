//! The SQL of deliveries.

use chrono::{DateTime, Utc};
use domain::ids::ScanId;
use sqlx::PgPool;
use uuid::Uuid;

use crate::Error;

/// Notes that the phone was heard of, and that so many scans and undoings less wait on it as were stored of these since it was heard
/// of before: a repeat changes nothing. Nothing is noted of a phone on which nothing waits.
pub(super) async fn hear_of_delivery(pool: &PgPool, device: Option<Uuid>, facts: &[ScanId], now: DateTime<Utc>) -> Result<(), Error> {
    let facts: Vec<_> = facts.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update devices d set contact_at = $3, waiting = greatest(d.waiting
             - (select count(*) from scans s where s.id = any ($2) and s.device_id = d.id and s.received_at > d.contact_at)
             - (select count(*) from undos u where u.id = any ($2) and u.device_id = d.id and u.received_at > d.contact_at), 0)
         where d.id = $1 and d.waiting > 0",
        device,
        &facts,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}
