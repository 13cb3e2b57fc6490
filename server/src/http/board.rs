//! The live board as a stream of server-sent events.

use std::sync::Arc;

use app::{api::checkin::board::BoardFrame, pages::board::Extent};
use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use domain::{access::Action, text::Locale};
use services::checkin::board::{self, Board};
use tokio::sync::watch;

use super::{
    api::Refusal,
    events::{self, Listener, Source},
};
use crate::{App, visit::Visit};

/// `GET /api/checkin/live`: the board first, whole or as a screen shows it, then what changes, as JSON of [`BoardFrame`]; the
/// query `lang=en` asks for English. The stream keeps nobody signed in.
///
/// # Errors
/// 401, 403, 429, 503, as JSON.
pub async fn stream(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    let boards = board::watch(&app.services, &actor)?;
    let (locale, extent) = (visit.file_locale(), Extent::of(&actor));
    let listener = Listener::enter(app, &actor, visit.token, Action::SeeBoardNumbers)?;
    Ok(events::answer(Watcher { listener, boards, locale, extent, sent: BoardFrame::default() }))
}

/// Who follows the board.
struct Watcher {
    listener: Listener,
    boards: watch::Receiver<Option<Arc<Board>>>,
    locale: Locale,
    extent: Extent,
    /// All that was sent so far.
    sent: BoardFrame,
}

impl Source for Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.unsent() {
                return Some(event);
            }
            let boards = &mut self.boards;
            self.listener.hear(async { boards.changed().await.ok() }).await?;
        }
    }
}

impl Watcher {
    /// What has changed since the last event.
    fn unsent(&mut self) -> Option<Event> {
        let board = self.boards.borrow_and_update().clone()?;
        let frame = self.listener.app.streams.frame(self.locale, self.extent, &board);
        let news = frame.beside(&self.sent);
        if news == BoardFrame::default() {
            return None;
        }
        self.sent = BoardFrame::clone(&frame);
        events::event().json_data(news).ok()
    }
}
