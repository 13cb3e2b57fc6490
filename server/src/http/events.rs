//! Streams of server-sent events: how they are answered, and until when somebody may listen.

use std::{convert::Infallible, pin::pin, time::Duration};

use axum::response::{
    IntoResponse as _, Response, Sse,
    sse::{Event, KeepAlive},
};
use domain::access::{Action, Actor, authorise};
use futures_util::{Stream, stream};
use http::{HeaderName, HeaderValue, StatusCode};
use services::Error;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{answer::with, api::Refusal};
use crate::{App, streams::Turn};

/// How soon a browser connects again when a stream breaks off.
const RETRY: Duration = Duration::from_secs(2);
/// How often something is sent, so that no proxy takes the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the listener still may: a session that has ended ends its streams within this time.
const ASK: Duration = Duration::from_secs(20);

/// An event that says how soon to connect again.
pub(super) fn event() -> Event {
    Event::default().retry(RETRY)
}

/// An answer that goes on for as long as `source` has events.
pub(super) fn answer<S: Source>(source: S) -> Response {
    let response = Sse::new(events(source)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // nginx would keep frames back to fill its buffer.
    with(response, HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))
}

fn events<S: Source>(source: S) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    stream::unfold(source, |mut source| async move { Some((Ok(source.next().await?), source)) })
}

/// What a stream tells.
pub(super) trait Source: Send + 'static {
    /// The next event; `None` ends the stream.
    fn next(&mut self) -> impl Future<Output = Option<Event>> + Send;
}

/// Who listens to a stream. Listening keeps nobody signed in.
pub(super) struct Listener {
    pub(super) app: App,
    token: Option<String>,
    /// What the listener has to be allowed for as long as the stream lasts.
    action: Action,
    ending: watch::Receiver<bool>,
    ask_at: Instant,
    _turn: Turn,
}

impl Listener {
    /// Whether `actor`, who holds the token, may listen, and has no more streams open than is fair.
    ///
    /// # Errors
    /// 401, 403, 429.
    pub(super) fn enter(app: App, actor: &Actor, token: Option<String>, action: Action) -> Result<Self, Refusal> {
        authorise(actor, action).map_err(Error::from)?;
        let holder = actor.holder().ok_or(Error::Forbidden)?;
        let turn = app.streams.enter(holder).ok_or(Refusal(StatusCode::TOO_MANY_REQUESTS, "too many streams"))?;
        Ok(Self { token, action, ending: app.streams.ending(), ask_at: Instant::now() + ASK, _turn: turn, app })
    }

    /// Waits for `news`; `None` when there will be none, the program stops, or the listener must hear no more.
    pub(super) async fn hear<T>(&mut self, news: impl Future<Output = Option<T>>) -> Option<T> {
        let mut news = pin!(news);
        loop {
            tokio::select! {
                _ = self.ending.wait_for(|ending| *ending) => return None,
                heard = &mut news => return heard,
                () = sleep_until(self.ask_at) => {}
            }
            if !self.still_may().await {
                return None;
            }
            self.ask_at = Instant::now() + ASK;
        }
    }

    /// A database that cannot be reached ends no stream: there is nothing new then.
    async fn still_may(&self) -> bool {
        match self.app.polling_actor(self.token.as_deref()).await {
            Ok(actor) => authorise(&actor, self.action).is_ok(),
            Err(_) => true,
        }
    }
}
