//! Few at a time where all want the same counter.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Error;

/// So many of one process take seats at the same time. One holds the counter's row until its commit is on disk; some more
/// prepare their rows meanwhile. Who comes beyond them waits here in order, where waiting costs nothing: in Postgres it
/// would hold a connection, be woken at each commit and have its statement looked at anew.
const AT_ONCE: usize = 6;

/// How long somebody waits for the turn.
const PATIENCE: Duration = Duration::from_secs(8);

/// Lets a few through at a time, first come first served; cheap to clone.
#[derive(Clone, Debug)]
pub struct Turnstile(Arc<Semaphore>);

impl Default for Turnstile {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Turnstile {
    /// Waits for the turn, which lasts until what is given back is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not come in time.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        turn.map_err(|late| Error::Unavailable(late.into()))?.map_err(|closed| Error::Internal(closed.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_few_pass_at_a_time_and_nobody_waits_for_ever() {
        let turnstile = Turnstile::default();
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(turnstile.turn().await.unwrap());
        }
        assert!(matches!(turnstile.turn().await, Err(Error::Unavailable(_))));

        let next = tokio::spawn({
            let turnstile = turnstile.clone();
            async move { turnstile.turn().await.is_ok() }
        });
        tokio::time::sleep(PATIENCE / 2).await;
        turns.pop();
        assert!(next.await.unwrap());
    }
}
