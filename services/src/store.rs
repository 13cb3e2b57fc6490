//! The connection to Postgres.

use std::{str::FromStr, time::Duration};

pub use sqlx::PgPool;
use sqlx::{
    Connection as _, PgConnection, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Context, Error, MIGRATOR, write};

/// How long a request waits for a connection. Pages answer 503 within three seconds when Postgres is gone.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an idle connection is taken for a living one. Asking before every use would double the round trips of a scan.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long Postgres works for one statement, waits for a lock, and waits for us inside a transaction.
const LIMITS: [(&str, &str); 3] = [("statement_timeout", "15s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "10s")];
/// As long as it takes.
const NO_LIMITS: [(&str, &str); 3] = [("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0")];

/// Requests ask for a few rows each. Compiling a plan that Postgres takes for a dear one would cost far more than it saves.
const UNCOMPILED: [(&str, &str); 1] = [("jit", "off")];

/// A pool of connections to the database of a `postgres://` address, for requests: what takes long is given up. Connects
/// when first used.
///
/// # Errors
/// [`Error::Internal`] when the address cannot be read.
pub fn connect(url: &str, max_connections: u32) -> Result<PgPool, Error> {
    pool(url, max_connections, LIMITS)
}

/// As [`connect`], for an operator's commands: they wait and work as long as it takes.
///
/// # Errors
/// [`Error::Internal`] when the address cannot be read.
pub fn connect_patiently(url: &str, max_connections: u32) -> Result<PgPool, Error> {
    pool(url, max_connections, NO_LIMITS)
}

/// Lets a transaction wait for a slow reader of what it reads.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn wait_for_the_reader(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("select set_config('idle_in_transaction_session_timeout', '5min', true) as patience").fetch_one(tx).await?;
    Ok(())
}

fn pool(url: &str, max_connections: u32, limits: [(&str, &str); 3]) -> Result<PgPool, Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("ngay-cds").options(limits).options(UNCOMPILED);
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

/// A connection that is kept from one statement to the next, for who asks one after the other. The pool lends its connections in
/// turn and asks each that comes back whether it lives: that is a round trip more for each statement, to a process of Postgres
/// whose plans and tables have gone from the processor's memory meanwhile.
#[derive(Debug)]
pub(crate) struct Line {
    pool: PgPool,
    connection: Option<PoolConnection<Postgres>>,
}

impl Line {
    pub fn of(pool: &PgPool) -> Self {
        Self { pool: pool.clone(), connection: None }
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The connection, borrowed from the pool where there is none.
    pub async fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.pool.acquire().await?)),
        }
    }

    /// Gives the connection back: after an error, since it may be dead, and before another is asked for, which may be the pool's last.
    pub fn hang_up(&mut self) {
        self.connection = None;
    }
}

/// Brings the schema up to date, however long that takes. Several processes may do so at once: one does, the others wait.
///
/// # Errors
/// [`Error::Unavailable`] when the database cannot be reached, [`Error::Internal`] when a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), Error> {
    let mut connection = patient(pool).await?;
    MIGRATOR.run(&mut connection).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => error.into(),
        other => Error::Internal(other.into()),
    })?;
    Ok(connection.close().await?)
}

/// A connection of its own, without the limits of requests.
async fn patient(pool: &PgPool) -> Result<PgConnection, Error> {
    let options = PgConnectOptions::clone(&pool.connect_options()).options(NO_LIMITS);
    let connecting = PgConnection::connect_with(&options);
    Ok(tokio::time::timeout(ACQUIRE_TIMEOUT, connecting).await.map_err(|_| sqlx::Error::PoolTimedOut)??)
}

/// Whether the installation's secret is the one that this database was first used with. The first to ask leaves the
/// fingerprint of its own.
///
/// Effects: the row of `installation`, once.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn knows_secret(cx: &Context) -> Result<bool, Error> {
    let fingerprint = cx.secret.derive("fingerprint");
    write::statement(cx, move |pool| async move {
        sqlx::query!("insert into installation (secret_fingerprint) values ($1) on conflict do nothing", &fingerprint[..])
            .execute(&pool)
            .await?;
        let known = sqlx::query_scalar!("select secret_fingerprint from installation").fetch_one(&pool).await?;
        Ok(known == fingerprint)
    })
    .await
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

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::{MasterSecret, testing};

    async fn limits(connection: &mut PgConnection) -> Vec<String> {
        let mut found = Vec::new();
        for (name, _) in LIMITS {
            found.push(sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(&mut *connection).await.unwrap());
        }
        found
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn requests_are_given_up_and_migrations_and_commands_are_not(pool: PgPool) {
        let url = pool.connect_options().to_url_lossy().to_string();
        let hasty = connect(&url, 1).unwrap();
        assert_eq!(limits(&mut hasty.acquire().await.unwrap()).await, ["15s", "5s", "10s"]);
        assert_eq!(limits(&mut patient(&hasty).await.unwrap()).await, ["0", "0", "0"]);
        let patient = connect_patiently(&url, 1).unwrap();
        assert_eq!(limits(&mut patient.acquire().await.unwrap()).await, ["0", "0", "0"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_database_knows_the_secret_that_it_was_first_used_with(pool: PgPool) {
        let cx = testing::context(pool);
        assert!(knows_secret(&cx).await.unwrap());
        let other = Context { secret: MasterSecret::new([8; 32]), ..cx.clone() };
        assert!(!knows_secret(&other).await.unwrap());
        assert!(knows_secret(&cx).await.unwrap());
    }
}
