//! Word for phones that there is something new to ask for, as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use domain::access::{Action, authorise};
use futures_util::stream;
use http::StatusCode;
use services::Error;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    api::Refusal,
    live::{ASK, RETRY, sent},
};
use crate::{App, streams::Turn, visit::Visit};

/// The least time between two words to one phone: what happens meanwhile is told together. A hall of phones that each ask
/// after every scan would be more work than the scans.
const BETWEEN: Duration = Duration::from_secs(2);

/// `GET /api/checkin/news`: an event whenever scans were stored or tickets have changed. It says nothing else: the phone asks
/// for what is new in its list, as it does from time to time anyway.
///
/// # Errors
/// 401, 403, 429, 503, as JSON.
pub async fn stream(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    authorise(&actor, Action::Scan).map_err(Error::from)?;
    let holder = actor.holder().ok_or(Error::Forbidden)?;
    let turn = app.streams.enter(holder).ok_or(Refusal(StatusCode::TOO_MANY_REQUESTS, "too many streams"))?;
    let listener = Listener {
        hints: app.services.live.hints(),
        ending: app.streams.ending(),
        token: visit.token,
        next_at: Instant::now(),
        ask_at: Instant::now() + ASK,
        _turn: turn,
        app,
    };
    let events = stream::unfold(listener, |mut listener| async move { Some((Ok::<_, Infallible>(listener.next().await?), listener)) });
    Ok(sent(events))
}

/// A phone that listens.
struct Listener {
    app: App,
    hints: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    token: Option<String>,
    /// When it may be told again.
    next_at: Instant,
    ask_at: Instant,
    _turn: Turn,
}

impl Listener {
    /// The next event; `None` when the program stops, or the phone must hear no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let next_at = self.next_at;
            let hints = &mut self.hints;
            let news = async {
                sleep_until(next_at).await;
                hints.changed().await
            };
            tokio::select! {
                _ = self.ending.wait_for(|ending| *ending) => return None,
                heard = news => {
                    heard.ok()?;
                    self.next_at = Instant::now() + BETWEEN;
                    return Some(Event::default().retry(RETRY).data("1"));
                }
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
            Ok(actor) => authorise(&actor, Action::Scan).is_ok(),
            Err(_) => true,
        }
    }
}
