//! The one way to write.
//!
//! sqlx 0.9.0 leaves a pooled connection inside an open transaction when a future is dropped while `BEGIN`
//! is under way, and a phone that loses its network drops the request. So every write runs in a task of its
//! own: once begun, it ends, whoever still listens.

use std::{future::Future, pin::Pin, time::Duration};

use sqlx::{PgConnection, PgPool};
use tracing::Instrument;

use crate::{Context, Error};

/// How often a transaction that lost against another one is tried.
const ATTEMPTS: u32 = 4;

/// The future of a transaction's body.
pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

/// Runs `work` in one transaction and commits it when it succeeds; nothing remains otherwise.
///
/// The body may run again, from the beginning, when Postgres asks for it (serialisation failure, deadlock).
///
/// # Errors
/// What `work` returns, or the store's.
pub(crate) async fn write<T, F>(cx: &Context, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut PgConnection) -> Work<'t, T> + Send + Sync + 'static,
{
    detached(cx, move |pool| async move { write_within(&pool, work).await }).await
}

/// Runs `work` as [`write()`] does, for who is in a task of its own already.
///
/// # Errors
/// What `work` returns, or the store's.
pub(crate) async fn write_within<T, F>(pool: &PgPool, work: F) -> Result<T, Error>
where
    F: for<'t> Fn(&'t mut PgConnection) -> Work<'t, T>,
{
    persistent(|| once(pool, &work)).await
}

/// Runs a write that is atomic by itself (a single statement); it may run again, as [`write()`]'s body.
///
/// # Errors
/// What `work` returns.
pub(crate) async fn statement<T, F, W>(cx: &Context, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Fn(PgPool) -> W + Send + Sync + 'static,
    W: Future<Output = Result<T, Error>> + Send,
{
    detached(cx, move |pool| async move { persistent(|| work(pool.clone())).await }).await
}

/// Runs writes that are atomic by themselves in a task of their own.
///
/// # Errors
/// What `work` returns.
pub(crate) async fn detached<T, F, W>(cx: &Context, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce(PgPool) -> W + Send + 'static,
    W: Future<Output = Result<T, Error>> + Send,
{
    let pool = cx.pool.clone();
    // The task's log lines belong to the request that asked for it.
    let task = async move { work(pool).await }.in_current_span();
    tokio::spawn(task).await.map_err(|panic| Error::Internal(panic.into()))?
}

/// Tries again what lost against another transaction.
async fn persistent<T, W: Future<Output = Result<T, Error>>>(work: impl Fn() -> W) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        match work().await {
            Err(error) if attempt < ATTEMPTS && must_retry(&error) => {
                tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn once<T, F>(pool: &PgPool, work: &F) -> Result<T, Error>
where
    F: for<'t> Fn(&'t mut PgConnection) -> Work<'t, T>,
{
    let mut tx = pool.begin().await?;
    let value = work(&mut tx).await?;
    tx.commit().await?;
    Ok(value)
}

/// Serialisation failure or deadlock: the same work may succeed a moment later.
fn must_retry(error: &Error) -> bool {
    let (Error::Internal(source) | Error::Unavailable(source)) = error else { return false };
    let Some(sqlx::Error::Database(database)) = source.downcast_ref::<sqlx::Error>() else { return false };
    matches!(database.code().as_deref(), Some("40001" | "40P01"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_dropped_caller_leaves_all_or_nothing_and_a_healthy_pool(pool: PgPool) {
        let cx = testing::context(pool);
        for delay in 0..40_u64 {
            let work = write(&cx, move |tx| {
                Box::pin(async move {
                    for half in ["a", "b"] {
                        let code = format!("{delay:02}{half}0");
                        sqlx::query!(
                            "insert into communes (gso_code, kind, name_vi) values (lpad($1, 5, '0'), 'xa', 'X')",
                            code.replace(['a'], "1").replace(['b'], "2")
                        )
                        .execute(&mut *tx)
                        .await?;
                    }
                    Ok(())
                })
            });
            let _ = tokio::time::timeout(Duration::from_micros(delay * 50), work).await;
        }
        // Once begun, each ends, though nobody listens.
        let mut rows = 0;
        for _ in 0..500 {
            rows = sqlx::query_scalar!(r#"select count(*) as "count!" from communes"#).fetch_one(&cx.pool).await.unwrap();
            assert_eq!(rows % 2, 0, "half a transaction was stored");
            if rows == 80 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(rows, 80, "a transaction was begun and not ended");
        let open = sqlx::query_scalar!(
            r#"select count(*) as "count!" from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"#
        )
        .fetch_one(&cx.pool)
        .await
        .unwrap();
        assert_eq!(open, 0, "a pooled connection is still inside a transaction");
    }
}
