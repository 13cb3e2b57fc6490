//! The board as a stream of server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use app::{api::checkin::board::BoardFrame, pages::board::Extent};
use axum::{
    extract::State,
    response::{
        IntoResponse as _, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::{
    access::{Action, authorise},
    text::Locale,
};
use futures_util::{Stream, stream};
use http::{HeaderName, HeaderValue, StatusCode};
use services::{
    Error,
    checkin::board::{self, Board},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{answer::with, api::Refusal};
use crate::{App, streams::Turn, visit::Visit};

/// How soon a browser connects again when the stream breaks off.
pub(super) const RETRY: Duration = Duration::from_secs(2);
/// How often something is sent, so that no proxy takes the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the watcher still may: a session that has ended ends its streams within this time.
pub(super) const ASK: Duration = Duration::from_secs(20);

/// `GET /api/checkin/live`: the board first, whole or as a screen shows it, then what changes, as JSON of [`BoardFrame`]; the
/// query `lang=en` asks for English. The stream keeps nobody signed in.
///
/// # Errors
/// 401, 403, 429, 503, as JSON.
pub async fn stream(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    let boards = board::watch(&app.services, &actor)?;
    let holder = actor.holder().ok_or(Error::Forbidden)?;
    let turn = app.streams.enter(holder).ok_or(Refusal(StatusCode::TOO_MANY_REQUESTS, "too many streams"))?;
    let watcher = Watcher {
        boards,
        ending: app.streams.ending(),
        locale: visit.file_locale(),
        extent: Extent::of(&actor),
        token: visit.token,
        sent: BoardFrame::default(),
        ask_at: Instant::now() + ASK,
        _turn: turn,
        app,
    };
    let events = stream::unfold(watcher, |mut watcher| async move { Some((Ok::<_, Infallible>(watcher.next().await?), watcher)) });
    Ok(sent(events))
}

/// An answer that goes on for as long as there are events.
pub(super) fn sent(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // nginx would keep frames back to fill its buffer.
    with(response, HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))
}

/// Who follows the board.
struct Watcher {
    app: App,
    boards: watch::Receiver<Option<Arc<Board>>>,
    ending: watch::Receiver<bool>,
    locale: Locale,
    extent: Extent,
    token: Option<String>,
    /// All that was sent so far.
    sent: BoardFrame,
    ask_at: Instant,
    _turn: Turn,
}

impl Watcher {
    /// The next event; `None` when the program stops, or the watcher must see no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.unsent() {
                return Some(event);
            }
            let must_ask = tokio::select! {
                _ = self.ending.wait_for(|ending| *ending) => return None,
                changed = self.boards.changed() => {
                    changed.ok()?;
                    false
                }
                () = sleep_until(self.ask_at) => true,
            };
            if must_ask {
                if !self.still_may().await {
                    return None;
                }
                self.ask_at = Instant::now() + ASK;
            }
        }
    }

    /// What has changed since the last event.
    fn unsent(&mut self) -> Option<Event> {
        let board = self.boards.borrow_and_update().clone()?;
        let frame = self.app.streams.frame(self.locale, self.extent, &board);
        let news = frame.beside(&self.sent);
        if news == BoardFrame::default() {
            return None;
        }
        self.sent = BoardFrame::clone(&frame);
        Event::default().retry(RETRY).json_data(news).ok()
    }

    /// A database that cannot be reached ends no stream: there are no new numbers then.
    async fn still_may(&self) -> bool {
        match self.app.polling_actor(self.token.as_deref()).await {
            Ok(actor) => authorise(&actor, Action::SeeBoardNumbers).is_ok(),
            Err(_) => true,
        }
    }
}
