//! Live numbers: every replica hears within a second that something has changed, and looks for itself.
//!
//! A hint says that check-in has changed and nothing else: no name, no number, no id. Who hears it reads the store. Hints are
//! sent by `pg_notify`, which makes commits wait for each other (Postgres holds one lock for all databases while a
//! transaction that has notified commits), so they are never part of a scan's statement: scans set a mark, and one task of
//! each process sends a hint for whatever was marked meanwhile, at most four times a second.

use std::{sync::Arc, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{Context, Error, checkin::board::Boards};

/// The channel of hints, and what a hint says.
const CHANNEL: &str = "live";
const CHECKIN: &str = "checkin";

/// The least time between two hints of one process.
const BETWEEN: Duration = Duration::from_millis(250);

/// How long to wait before connecting again.
const AGAIN: Duration = Duration::from_secs(1);

/// The hub of one process; cheap to clone. It does nothing by itself: [`announce`], [`listen`] and
/// [`board::keep`](crate::checkin::board::keep) run beside the requests.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    /// Something has changed here that was not announced yet.
    marked: Notify,
    /// How many hints were heard. Whoever missed some sees that the number has moved on, and reads once.
    heard: watch::Sender<u64>,
    boards: Boards,
}

impl Default for Hub {
    fn default() -> Self {
        Self { marked: Notify::new(), heard: watch::Sender::new(0), boards: Boards::default() }
    }
}

impl Live {
    /// Marks check-in as changed once the value is dropped: when scans are stored or a ticket has changed, and also when who
    /// asked for it has hung up before.
    pub(crate) fn tell_when_done(&self) -> Told {
        Told(self.clone())
    }

    /// Follows the hints, those of this process among them.
    #[must_use]
    pub fn hints(&self) -> watch::Receiver<u64> {
        self.0.heard.subscribe()
    }

    /// Whether check-in was marked as changed since this was asked last.
    #[cfg(test)]
    pub(crate) async fn was_marked(&self) -> bool {
        tokio::time::timeout(Duration::ZERO, self.0.marked.notified()).await.is_ok()
    }

    pub(crate) fn boards(&self) -> &Boards {
        &self.0.boards
    }

    fn hear(&self) {
        self.0.heard.send_modify(|heard| *heard = heard.wrapping_add(1));
    }
}

/// See [`Live::tell_when_done`].
#[derive(Debug)]
pub(crate) struct Told(Live);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.0.marked.notify_one();
    }
}

/// Sends a hint for what was marked, at most four times a second; never ends. A hint that cannot be sent is not sent again:
/// boards are read from time to time without one.
pub async fn announce(cx: &Context) {
    loop {
        cx.live.0.marked.notified().await;
        if let Err(error) = notify(&cx.pool).await {
            tracing::warn!(%error, "other replicas were not told of scans");
        }
        sleep(BETWEEN).await;
    }
}

async fn notify(pool: &PgPool) -> Result<(), Error> {
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, CHECKIN).execute(pool).await?;
    Ok(())
}

/// Hears the hints of all replicas, on a connection of its own; never ends. Whenever the connection was lost, hints may have
/// been missed: that counts as one.
pub async fn listen(cx: &Context) {
    loop {
        if let Err(error) = hear(cx).await {
            tracing::warn!(%error, "the hints of other replicas are not heard");
        }
        sleep(AGAIN).await;
    }
}

async fn hear(cx: &Context) -> Result<(), Error> {
    // Not one of the pool that answers requests, which would lack it for good.
    let options = sqlx::postgres::PgConnectOptions::clone(&cx.pool.connect_options());
    let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    cx.live.hear();
    loop {
        // `None`: the connection was lost, and there is a new one.
        if listener.try_recv().await?.is_none_or(|hint| hint.payload() == CHECKIN) {
            cx.live.hear();
        }
    }
}
