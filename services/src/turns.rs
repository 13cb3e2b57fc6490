//! Heavy work off the async threads, a few at a time.

use tokio::sync::Semaphore;

use crate::Error;

/// How many may work at once, and how many may be there in all, working and waiting.
#[derive(Debug)]
pub(crate) struct Turns {
    working: Semaphore,
    room: Semaphore,
}

impl Turns {
    pub const fn new(working: usize, room: usize) -> Self {
        Self { working: Semaphore::const_new(working), room: Semaphore::const_new(room) }
    }

    /// Runs the work when its turn comes. The turn belongs to the work and not to who waits for it: a caller who leaves
    /// does not let another begin beside it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no room to wait; [`Error::Internal`] when the work panics.
    pub async fn run<T: Send + 'static>(&'static self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = self.room.try_acquire().map_err(|error| Error::Unavailable(error.into()))?;
        let turn = self.working.acquire().await.map_err(|error| Error::Internal(error.into()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|error| Error::Internal(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_caller_who_leaves_lets_nobody_begin_beside_the_work() {
        static TURNS: Turns = Turns::new(1, 3);
        let (end, ended) = mpsc::channel::<()>();
        let left = tokio::time::timeout(Duration::from_millis(50), TURNS.run(move || ended.recv())).await;
        assert!(left.is_err(), "the caller left while the work went on");
        let second = tokio::time::timeout(Duration::from_millis(50), TURNS.run(|| 2)).await;
        assert!(second.is_err(), "the second waits for its turn");
        end.send(()).unwrap();
        assert_eq!(TURNS.run(|| 3).await.unwrap(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_finds_no_room_to_wait_is_told_at_once() {
        static TURNS: Turns = Turns::new(1, 1);
        let (end, ended) = mpsc::channel::<()>();
        let (tell, works) = tokio::sync::oneshot::channel();
        let first = tokio::spawn(TURNS.run(move || {
            tell.send(()).unwrap();
            ended.recv()
        }));
        works.await.unwrap();
        assert!(matches!(TURNS.run(|| 2).await, Err(Error::Unavailable(_))));
        end.send(()).unwrap();
        first.await.unwrap().unwrap().unwrap();
        assert_eq!(TURNS.run(|| 3).await.unwrap(), 3);
    }
}
