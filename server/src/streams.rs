//! The streams of live numbers that are open: how many each account or device has, what they share, and their end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::{
    api::checkin::board::BoardFrame,
    pages::board::{Extent, frame},
};
use domain::text::Locale;
use services::checkin::board::Board;
use tokio::sync::watch;
use uuid::Uuid;

/// How many streams an account or a device may have open: a screen in every hall, and some forgotten tabs.
pub const EACH: usize = 24;

/// The open streams of this process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    open: Mutex<HashMap<Uuid, usize>>,
    /// The newest, written once for all who follow.
    written: Mutex<Option<Written>>,
    ending: watch::Sender<bool>,
}

/// A board, and as it is written for each language and extent.
#[derive(Debug)]
struct Written {
    board: Arc<Board>,
    frames: HashMap<(Locale, Extent), Arc<BoardFrame>>,
}

impl Default for Streams {
    fn default() -> Self {
        Self(Arc::new(Shared { open: Mutex::default(), written: Mutex::default(), ending: watch::Sender::new(false) }))
    }
}

/// What is under these locks cannot be left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Streams {
    /// A place for one more stream of this account or device, as long as it is held; `None` beyond [`EACH`].
    #[must_use]
    pub fn enter(&self, holder: Uuid) -> Option<Turn> {
        let mut open = lock(&self.0.open);
        let own = open.entry(holder).or_default();
        if *own >= EACH {
            return None;
        }
        *own += 1;
        Some(Turn { streams: self.clone(), holder })
    }

    /// A board as it is written for this language and extent.
    #[must_use]
    pub fn frame(&self, locale: Locale, extent: Extent, board: &Arc<Board>) -> Arc<BoardFrame> {
        let mut written = lock(&self.0.written);
        let kept = written.take().filter(|written| Arc::ptr_eq(&written.board, board));
        let newest = written.insert(kept.unwrap_or_else(|| Written { board: Arc::clone(board), frames: HashMap::new() }));
        Arc::clone(newest.frames.entry((locale, extent)).or_insert_with(|| Arc::new(frame::of(locale, extent, board))))
    }

    /// Ends all streams, those that are opened later too: the program stops, and waits for none of them.
    pub fn end(&self) {
        self.0.ending.send_replace(true);
    }

    #[must_use]
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.0.ending.subscribe()
    }
}

/// See [`Streams::enter`].
#[derive(Debug)]
pub struct Turn {
    streams: Streams,
    holder: Uuid,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut open = lock(&self.streams.0.open);
        if let Some(own) = open.get_mut(&self.holder) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_streams_and_another_its_own() {
        let streams = Streams::default();
        let account = Uuid::from_u128;
        let mut turns: Vec<_> = (0..EACH).map(|_| streams.enter(account(1)).unwrap()).collect();
        assert!(streams.enter(account(1)).is_none());
        assert!(streams.enter(account(2)).is_some());
        turns.pop();
        assert!(streams.enter(account(1)).is_some());
        drop(turns);
        assert!(lock(&streams.0.open).is_empty());
    }
}
