//! Answers in time, whatever becomes of the database, and waits no longer than is fair for what a reader sends.
//!
//! One deadline stands around every handler and everything that it asks and renders. The time in which a handler waits
//! for the reader's own bytes is not counted: a picture may take a minute on a slow line. A handler that is late is
//! dropped; what it has begun to write goes on by itself, all of it or nothing (`services::write`).

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use app::pages::Trouble;
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, timeout};

use crate::{App, http::api, visit::Visit};

/// How long a handler may work: readers learn of a database that is gone, or hangs, within three seconds.
const PATIENCE: Duration = Duration::from_millis(2_700);
/// How long a reader may send nothing in the middle of a body.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a reader may take for a whole body: 5 MB at 350 kbit/s.
const SENDING: Duration = Duration::from_mins(2);

pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts);
    let clock = Arc::new(Clock::begin(Instant::now()));
    let body = Body::new(Timed { body, clock: clock.clone() });
    let mut answer = pin!(next.run(Request::from_parts(parts, body)));
    loop {
        match clock.left(Instant::now()) {
            Ok(left) => {
                if let Ok(response) = timeout(left, &mut answer).await {
                    return response;
                }
            }
            Err(trouble) => return late(&app, &visit, trouble).await,
        }
    }
}

/// The answer in place of the handler's. Nothing is asked for it.
async fn late(app: &App, visit: &Visit, trouble: Trouble) -> Response {
    tracing::warn!(?trouble, "a request was given up");
    if !api::is_api(&visit.path) {
        return app.trouble(visit, trouble).await;
    }
    match trouble {
        Trouble::TooSlow => api::Refusal(StatusCode::REQUEST_TIMEOUT, "the body came too slowly"),
        _ => api::Refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
    .into_response()
}

/// Tells the time that a handler works from the time that it waits for the reader.
#[derive(Debug)]
struct Clock {
    begin: Instant,
    reader: Mutex<Sending>,
}

/// What the reader has needed for its body so far.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// In waits that have ended.
    needed: Duration,
    /// Since when the handler waits now.
    since: Option<Instant>,
}

impl Clock {
    fn begin(begin: Instant) -> Self {
        Self { begin, reader: Mutex::default() }
    }

    fn reader(&self, change: impl FnOnce(&mut Sending)) -> Sending {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut reader);
        *reader
    }

    fn waits(&self, now: Instant) {
        self.reader(|reader| {
            reader.since.get_or_insert(now);
        });
    }

    fn has(&self, now: Instant) {
        self.reader(|reader| reader.needed += reader.since.take().map_or(Duration::ZERO, |since| now - since));
    }

    /// How long the next look at the clock can wait: nothing can be late before.
    ///
    /// # Errors
    /// Who is late: [`Trouble::TooSlow`] is the reader, [`Trouble::Unavailable`] the handler.
    fn left(&self, now: Instant) -> Result<Duration, Trouble> {
        let reader = self.reader(|_| ());
        let silent = reader.since.map(|since| now - since);
        let sending = reader.needed + silent.unwrap_or_default();
        let worked = (now - self.begin).saturating_sub(sending);
        let left = |most: Duration, spent: Duration| most.checked_sub(spent).filter(|left| !left.is_zero());
        let work = left(PATIENCE, worked).ok_or(Trouble::Unavailable)?;
        let Some(silent) = silent else { return Ok(work) };
        let silence = left(SILENCE, silent).ok_or(Trouble::TooSlow)?;
        let sending = left(SENDING, sending).ok_or(Trouble::TooSlow)?;
        Ok(work.min(silence).min(sending))
    }
}

/// A body that tells the clock when it is waited for.
#[derive(Debug)]
struct Timed {
    body: Body,
    clock: Arc<Clock>,
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.clock.waits(Instant::now());
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.clock.has(Instant::now());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_handler_has_its_time_however_long_the_reader_sends() {
        let begin = Instant::now();
        let clock = Clock::begin(begin);
        assert_eq!(clock.left(begin), Ok(PATIENCE));
        assert_eq!(clock.left(begin + seconds(1.0)), Ok(seconds(1.7)));
        clock.waits(begin + seconds(1.0));
        // It may get its bytes at any moment and has 1.7 s of its own then.
        assert_eq!(clock.left(begin + seconds(6.0)), Ok(seconds(1.7)));
        clock.has(begin + seconds(8.0));
        assert_eq!(clock.left(begin + seconds(9.0)), Ok(seconds(0.7)));
        assert_eq!(clock.left(begin + seconds(9.7)), Err(Trouble::Unavailable));
    }

    #[test]
    fn a_reader_who_falls_silent_or_never_ends_is_too_slow() {
        let begin = Instant::now();
        let clock = Clock::begin(begin);
        clock.waits(begin);
        assert_eq!(clock.left(begin + seconds(9.0)), Ok(seconds(1.0)));
        assert_eq!(clock.left(begin + SILENCE), Err(Trouble::TooSlow));
        let clock = Clock::begin(begin);
        for second in 0..120 {
            clock.waits(begin + seconds(f64::from(second)));
            clock.has(begin + seconds(f64::from(second + 1)));
        }
        clock.waits(begin + SENDING);
        assert_eq!(clock.left(begin + SENDING), Err(Trouble::TooSlow));
    }
}
