//! The programme as people see it.

use chrono::{DateTime, Utc};
use domain::text::Bilingual;

use crate::{Context, Error, edition::Edition};

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
    /// The key of the session's kind, as `hoi_thao`.
    pub kind: domain::programme::SessionKind,
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
    let _ = cx;
    todo!()
}

/// The current edition's programme; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn programme(cx: &Context) -> Result<Option<Programme>, Error> {
    let _ = cx;
    todo!()
}

/// One session of the current edition.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn session(cx: &Context, code: &str) -> Result<SessionPage, Error> {
    let _ = (cx, code);
    todo!()
}
