//! The connection to Postgres.

use std::{str::FromStr, time::Duration};

pub use sqlx::PgPool;
use sqlx::{
    Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Context, Error, MIGRATOR};

/// How long a request waits for a connection. Pages answer 503 within three seconds when Postgres is gone.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an idle connection is taken for a living one. Asking before every use would double the round trips of a scan.
const TRUSTED: Duration = Duration::from_secs(1);

/// A pool of connections to the database of a `postgres://` address. Connects when first used.
///
/// # Errors
/// [`Error::Internal`] when the address cannot be read.
pub fn connect(url: &str, max_connections: u32) -> Result<PgPool, Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("ngay-cds").options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, held| {
            Box::pin(async move {
                if held.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .max_lifetime(Duration::from_mins(10))
        .connect_lazy_with(options))
}

/// Brings the schema up to date. Several processes may do so at once: one does, the others wait.
///
/// # Errors
/// [`Error::Unavailable`] when the database cannot be reached, [`Error::Internal`] when a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), Error> {
    MIGRATOR.run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => error.into(),
        other => Error::Internal(other.into()),
    })
}

/// Whether Postgres answers.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ping(cx: &Context) -> Result<(), Error> {
    sqlx::query_scalar!(r#"select 1 as "one!""#).fetch_one(&cx.pool).await?;
    Ok(())
}

/// A stored value that the domain does not know: the schema and the program disagree.
pub(crate) fn inconsistent(column: &'static str) -> Error {
    Error::Internal(format!("a value of {column} is unknown").into())
}
