//! Word for phones that there is something new to ask for, as server-sent events.

use std::time::Duration;

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use domain::access::Action;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    api::Refusal,
    events::{self, Listener, Source},
};
use crate::{App, visit::Visit};

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
    let hints = app.services.live.hints();
    let listener = Listener::enter(app, &actor, visit.token, Action::Scan)?;
    Ok(events::answer(Phone { listener, hints, next_at: Instant::now() }))
}

/// A phone that listens.
struct Phone {
    listener: Listener,
    hints: watch::Receiver<u64>,
    /// When it may be told again.
    next_at: Instant,
}

impl Source for Phone {
    async fn next(&mut self) -> Option<Event> {
        let (next_at, hints) = (self.next_at, &mut self.hints);
        let hint = async {
            sleep_until(next_at).await;
            hints.changed().await.ok()
        };
        self.listener.hear(hint).await?;
        self.next_at = Instant::now() + BETWEEN;
        Some(events::event().data("1"))
    }
}
