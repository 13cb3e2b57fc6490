//! The programme as people see it.

mod store;

use chrono::{DateTime, Utc};
use domain::{
    programme::{Phase, SessionKind, phase},
    text::Bilingual,
};

use crate::{
    Context, Error,
    edition::{self, Edition},
};

/// How many of the next sessions the home page shows; all that start together count as one step.
const NEXT: usize = 3;

/// What the home page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub edition: Edition,
    /// Sessions that run now, by start.
    pub now: Vec<SessionRow>,
    /// The next sessions to start (at most three, all those of the earliest start first).
    pub next: Vec<SessionRow>,
    pub registered: i64,
    pub sessions: i64,
    pub models: i64,
    pub partners: Vec<Partner>,
}

/// A partner of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    pub name: Bilingual,
    pub url: Option<String>,
}

/// A row of the programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub code: String,
    pub kind: SessionKind,
    pub title: Bilingual,
    pub track: Option<Bilingual>,
    pub room: Bilingual,
    pub room_code: String,
    pub venue: Bilingual,
    pub venue_code: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Seats of the room.
    pub seats: Option<i32>,
    pub speakers: Vec<String>,
    pub sample: bool,
}

/// A session's own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPage {
    pub edition: Edition,
    pub row: SessionRow,
    pub summary: Bilingual,
    pub venue_address: Bilingual,
    pub speakers: Vec<Speaker>,
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    pub name: String,
    pub title: Option<Bilingual>,
    pub organisation: Option<Bilingual>,
    pub sample: bool,
}

/// The whole programme: sessions by start, then by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    pub edition: Edition,
    pub sessions: Vec<SessionRow>,
}

/// The home page's facts at this instant; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn home(cx: &Context) -> Result<Option<Home>, Error> {
    let Some(edition) = edition::current(cx).await? else { return Ok(None) };
    let rows = store::sessions(&cx.pool, edition.id, None).await?;
    let numbers = store::numbers(&cx.pool, edition.id).await?;
    let partners = store::partners(&cx.pool).await?;
    let sessions = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (now, next) = now_and_next(rows, cx.now());
    Ok(Some(Home { edition, now, next, registered: numbers.registered, sessions, models: numbers.models, partners }))
}

/// The current edition's programme; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn programme(cx: &Context) -> Result<Option<Programme>, Error> {
    let Some(edition) = edition::current(cx).await? else { return Ok(None) };
    let sessions = store::sessions(&cx.pool, edition.id, None).await?;
    Ok(Some(Programme { edition, sessions }))
}

/// One session of the current edition.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn session(cx: &Context, code: &str) -> Result<SessionPage, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let row = store::sessions(&cx.pool, edition.id, Some(code)).await?.pop().ok_or(Error::NotFound)?;
    let detail = store::detail(&cx.pool, edition.id, code).await?.ok_or(Error::NotFound)?;
    let speakers = store::speakers(&cx.pool, edition.id, code).await?;
    Ok(SessionPage { edition, row, summary: detail.summary, venue_address: detail.venue_address, speakers })
}

/// What runs at this instant, and what comes next: the next three sessions, and all that start with the first.
fn now_and_next(rows: Vec<SessionRow>, at: DateTime<Utc>) -> (Vec<SessionRow>, Vec<SessionRow>) {
    let mut running = Vec::new();
    let mut ahead: Vec<SessionRow> = Vec::new();
    for row in rows {
        match phase(row.starts_at, row.ends_at, at) {
            Phase::Running => running.push(row),
            Phase::Ahead if ahead.len() < NEXT || ahead[0].starts_at == row.starts_at => ahead.push(row),
            Phase::Ahead | Phase::Over => {}
        }
    }
    (running, ahead)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn row(code: &str, from: i64, to: i64) -> SessionRow {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        let name = Bilingual::default();
        SessionRow {
            code: code.into(),
            kind: SessionKind::Workshop,
            title: name.clone(),
            track: None,
            room: name.clone(),
            room_code: String::new(),
            venue: name,
            venue_code: String::new(),
            starts_at: at(from),
            ends_at: at(to),
            seats: None,
            speakers: Vec::new(),
            sample: false,
        }
    }

    #[test]
    fn now_is_what_runs_and_next_is_the_first_step_ahead() {
        let rows =
            vec![row("over", 0, 1), row("now", 1, 3), row("a", 3, 4), row("b", 3, 4), row("c", 3, 4), row("d", 3, 4), row("late", 5, 6)];
        let (now, next) = now_and_next(rows, DateTime::UNIX_EPOCH + TimeDelta::hours(1));
        let codes = |rows: Vec<SessionRow>| rows.into_iter().map(|row| row.code).collect::<Vec<_>>();
        assert_eq!(codes(now), ["now"]);
        assert_eq!(codes(next), ["a", "b", "c", "d"]);
    }
}
