//! The database: the one that the settings name, or a private cluster in the data folder.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use cluster::{Cluster, Options, Running};
use services::store::{self, PgPool};

use tokio::task::{self, JoinHandle};

use crate::config::Config;

/// How often the private cluster is looked after.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// How long the start waits for a Postgres that is not up yet.
const PATIENCE: u32 = 30;

/// An open database, and the cluster under it if it is a private one.
#[derive(Debug)]
pub struct Database {
    pub pool: PgPool,
    keeper: Option<Keeper>,
}

/// Keeps the private cluster alive.
#[derive(Debug)]
struct Keeper {
    cluster: Arc<Mutex<Option<Running>>>,
    task: JoinHandle<()>,
}

impl Database {
    /// Opens the database, and starts the private cluster first where there is no other. A command beside a running
    /// server (`beside`) shares the server's cluster.
    ///
    /// # Errors
    /// When the cluster does not start or the address cannot be read.
    pub async fn open(config: &Config, beside: bool) -> Result<Self> {
        let (url, keeper) = if let Some(url) = &config.database_url {
            (url.0.clone(), None)
        } else {
            match Keeper::start(config.data.clone()).await {
                Err(error) if beside && matches!(error.downcast_ref(), Some(cluster::Error::InUse { .. })) => {
                    (running(config.data.clone()).await?.ok_or(error)?, None)
                }
                started => {
                    let (url, keeper) = started?;
                    (url, Some(keeper))
                }
            }
        };
        // A command works as long as it takes; a request is given up.
        let connect = if beside { store::connect_patiently } else { store::connect };
        let pool = connect(&url, config.database_connections).context("DATABASE_URL cannot be read")?;
        Ok(Self { pool, keeper })
    }

    /// Brings the schema up to date; waits half a minute for a Postgres that is not up yet.
    ///
    /// # Errors
    /// When Postgres does not come up, or a migration fails.
    pub async fn migrate(&self) -> Result<()> {
        for _ in 1..PATIENCE {
            match store::migrate(&self.pool).await {
                Err(services::Error::Unavailable(error)) => {
                    tracing::warn!(error = error.as_ref(), "Postgres cannot be reached: trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => return outcome.context("bringing the schema up to date"),
            }
        }
        store::migrate(&self.pool).await.context("Postgres cannot be reached; is DATABASE_URL right?")
    }

    /// Closes the connections, then stops the private cluster.
    ///
    /// # Errors
    /// When the cluster does not stop.
    pub async fn close(self) -> Result<()> {
        self.pool.close().await;
        match self.keeper {
            Some(keeper) => keeper.stop().await,
            None => Ok(()),
        }
    }
}

impl Keeper {
    async fn start(data: PathBuf) -> Result<(String, Self)> {
        let running = task::spawn_blocking(move || Cluster::start(Options { dir: data, ..Options::default() })).await??;
        let url = running.url();
        let cluster = Arc::new(Mutex::new(Some(running)));
        let task = task::spawn(look_after(cluster.clone()));
        Ok((url, Self { cluster, task }))
    }

    async fn stop(self) -> Result<()> {
        self.task.abort();
        let cluster = self.cluster;
        task::spawn_blocking(move || {
            let running = cluster.lock().unwrap_or_else(PoisonError::into_inner).take();
            running.map_or(Ok(()), Running::stop)
        })
        .await?
        .context("stopping the database cluster")
    }
}

/// The address of the private cluster that a server keeps running.
async fn running(data: PathBuf) -> Result<Option<String>> {
    Ok(task::spawn_blocking(move || Cluster::url_of_running(&data)).await??)
}

/// Starts the cluster again when it has ended by itself.
async fn look_after(cluster: Arc<Mutex<Option<Running>>>) {
    loop {
        tokio::time::sleep(LOOK_AFTER).await;
        let cluster = cluster.clone();
        let revived = task::spawn_blocking(move || {
            cluster.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map_or(Ok(false), Running::revive)
        })
        .await;
        if let Ok(Err(error)) = revived {
            tracing::error!(%error, "the database cluster does not come up again");
        }
    }
}
