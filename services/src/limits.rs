//! Limits on how often something may be asked for, kept in Postgres so that all replicas count together.
//!
//! The keys in the store are derived with the installation's secret: no phone and no address stands there, and none can be
//! found by trying. What has been forgotten is swept out by whoever counts next.

#[cfg(test)]
mod tests;

use domain::fair::{Limit, Wait};
use sqlx::PgExecutor;

use crate::{Context, Error};

/// The target of a limit that counts all alike.
pub(crate) const ALL: &str = "";

/// Counts one use of this target, in the transaction of what is used or by itself through `write::statement`: a use that
/// comes to nothing is not counted.
///
/// # Errors
/// [`Error::TooMany`] when it is one too many; then nothing is counted.
pub(crate) async fn take(store: impl PgExecutor<'_>, cx: &Context, limit: Limit, target: &str) -> Result<(), Error> {
    let now = cx.now();
    let row = sqlx::query!(
        r#"with swept as (
               delete from limits where key in (
                   select key from limits where free_at < $2 and key <> $1 order by free_at limit 2 for update skip locked
               )
           ), counted as (
               insert into limits as l (key, free_at) values ($1, $2 + make_interval(secs => $3))
               on conflict on constraint limits_pkey do update set free_at = greatest(l.free_at, $2) + make_interval(secs => $3)
               where greatest(l.free_at, $2) + make_interval(secs => $3) <= $2 + make_interval(secs => $4)
               returning free_at
           )
           select exists (select from counted) as "is_counted!", (select free_at from limits where key = $1) as free_at"#,
        &key(cx, limit, target)[..],
        now,
        limit.each().as_seconds_f64(),
        limit.window().as_seconds_f64()
    )
    .fetch_one(store)
    .await?;
    if row.is_counted {
        return Ok(());
    }
    // The row that stood in the way may be younger than what this statement sees.
    let free_at = row.free_at.unwrap_or(now + limit.window());
    Err(Error::TooMany(limit.count(Some(free_at), now).err().unwrap_or(Wait { seconds: 1 })))
}

/// Whether one use more would be too many, without counting it.
///
/// # Errors
/// [`Error::TooMany`].
pub(crate) async fn check(store: impl PgExecutor<'_>, cx: &Context, limit: Limit, target: &str) -> Result<(), Error> {
    let free_at =
        sqlx::query_scalar!("select free_at from limits where key = $1", &key(cx, limit, target)[..]).fetch_optional(store).await?;
    limit.count(free_at, cx.now()).map(drop).map_err(Error::TooMany)
}

fn key(cx: &Context, limit: Limit, target: &str) -> [u8; 32] {
    cx.secret.derive(&format!("limit {}: {target}", limit.key()))
}
