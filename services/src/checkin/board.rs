//! The board of arrivals: who has come so far, in numbers, and who of an organisation.

mod store;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{self, Action, Actor},
    form::FieldErrors,
    ids::{CheckpointId, EditionId, OrganisationId, RegistrationId},
    registration::search::Needle,
    text::{Bilingual, fold},
    time::{local, local_date},
};
use serde_json::json;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};

use crate::{
    Context, Error,
    audit::{self, Entry},
    checkin::conflicts,
    edition,
};

/// Minutes that are told one by one.
pub const MINUTES: usize = 60;
/// The length of the bars over the day, in minutes.
pub const BAR: i64 = 5;
/// Organisations on the board: those with most people.
const ORGANISATIONS: i64 = 12;
/// People of an organisation that are listed.
const LISTED: i64 = 500;

/// How often a board is read at most, and how much longer than its own reading it rests at least: the numbers of a million
/// registrations never take more than a quarter of one core of Postgres, and a scan among those of 50,000 is seen within a second.
const BETWEEN: Duration = Duration::from_millis(250);
const REST: u32 = 3;
const BETWEEN_MAX: Duration = Duration::from_secs(5);
/// How often it is read without a hint, while it is watched: hints may be lost, and minutes pass.
const ANYWAY: Duration = Duration::from_secs(5);

/// Arrivals of the current edition. An arrival is the first admission of a ticket at any gate; a registration counts with all
/// its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// When the numbers were read.
    pub at: DateTime<Utc>,
    /// People with a confirmed registration.
    pub registered: i64,
    pub arrived: i64,
    /// People who have arrived and whose last fact at a gate is no exit.
    pub inside: i64,
    /// Scans of every verdict and checkpoint in the last 60 seconds.
    pub scans_last_minute: i64,
    /// Conflicts that nobody has settled.
    pub conflicts: i64,
    /// Scans that wait to be sent on the phones that are in use, as these told last.
    pub waiting: i64,
    pub checkpoints: Vec<CheckpointArrivals>,
    /// The sessions behind doors, of the day of `at` in Vietnam, in their order.
    pub sessions: Vec<SessionArrivals>,
    /// Arrivals in each of the last [`MINUTES`] whole minutes and the one that runs, the oldest first.
    pub minutes: Vec<Bar>,
    /// Arrivals in bars of [`BAR`] minutes over the day of `at` in Vietnam, from the first arrival to the last.
    pub day: Vec<Bar>,
    pub audiences: Vec<Share>,
    /// The organisations with most people, the largest first.
    pub organisations: Vec<Share>,
}

/// One session at its door, in people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionArrivals {
    pub title: Bilingual,
    pub room: Bilingual,
    pub starts_at: DateTime<Utc>,
    /// Who has a seat, where people take seats.
    pub seated: Option<i64>,
    pub admitted: i64,
    /// Of these, who came in after the start.
    pub late: i64,
    /// Who is in the room.
    pub inside: i64,
}

/// One checkpoint in numbers; doors of sessions are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointArrivals {
    pub id: CheckpointId,
    pub name: Bilingual,
    /// People admitted.
    pub admitted: i64,
    /// Scans of every verdict.
    pub scans: i64,
}

/// Arrivals in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    pub from: DateTime<Utc>,
    pub arrived: i64,
}

/// How many of a group have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub name: Bilingual,
    pub registered: i64,
    pub arrived: i64,
}

/// Who of an organisation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationArrivals {
    /// People, all of them, and those who have come.
    pub registered: i64,
    pub arrived: i64,
    /// Those who have not come first, each by the called name. Cut off beyond 500.
    pub people: Vec<Attendee>,
}

/// A registered person, and when he or she came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    pub id: RegistrationId,
    pub full_name: String,
    pub organisation: String,
    pub audience: Bilingual,
    pub people: i16,
    pub arrived_at: Option<DateTime<Utc>>,
}

/// The board as it stands now.
///
/// # Errors
/// The policy's for [`Action::SeeBoardNumbers`]; [`Error::NotFound`] before any import.
pub async fn board(cx: &Context, actor: &Actor) -> Result<Board, Error> {
    access::authorise(actor, Action::SeeBoardNumbers)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    read(cx, edition.id).await
}

/// Follows the board: the newest that this process has read, `None` before the first. All who follow share one reading.
///
/// # Errors
/// The policy's for [`Action::SeeBoardNumbers`].
pub fn watch(cx: &Context, actor: &Actor) -> Result<watch::Receiver<Option<Arc<Board>>>, Error> {
    access::authorise(actor, Action::SeeBoardNumbers)?;
    let boards = cx.live.boards();
    let receiver = boards.newest.subscribe();
    boards.wanted.notify_one();
    Ok(receiver)
}

/// What those who follow share.
#[derive(Debug)]
pub(crate) struct Boards {
    newest: watch::Sender<Option<Arc<Board>>>,
    /// Somebody new follows.
    wanted: Notify,
}

impl Default for Boards {
    fn default() -> Self {
        Self { newest: watch::Sender::new(None), wanted: Notify::new() }
    }
}

/// Reads the board for all who follow it, after each hint and from time to time, while somebody does; never ends.
pub async fn keep(cx: &Context) {
    let boards = cx.live.boards();
    let mut hints = cx.live.hints();
    loop {
        if boards.newest.receiver_count() == 0 {
            // Whoever comes next is not shown what was true then.
            boards.newest.send_replace(None);
            boards.wanted.notified().await;
        }
        hints.borrow_and_update();
        let begun = Instant::now();
        match current(cx).await {
            Ok(board) => drop(boards.newest.send_replace(board.map(Arc::new))),
            Err(error) => tracing::warn!(%error, "the board was not read"),
        }
        sleep((begun.elapsed() * REST).clamp(BETWEEN, BETWEEN_MAX)).await;
        let woken = async {
            tokio::select! {
                _ = hints.changed() => {}
                () = boards.wanted.notified() => {}
            }
        };
        let _ = timeout(ANYWAY, woken).await;
    }
}

async fn current(cx: &Context) -> Result<Option<Board>, Error> {
    match edition::current(cx).await? {
        Some(edition) => Ok(Some(read(cx, edition.id).await?)),
        None => Ok(None),
    }
}

async fn read(cx: &Context, edition: EditionId) -> Result<Board, Error> {
    let at = cx.now();
    let (arrivals, arrived) = store::arrived(&cx.pool, edition).await?;
    let (audiences, organisations) = store::shares(&cx.pool, edition, arrived, ORGANISATIONS).await?;
    let registered = audiences.iter().map(|share| share.registered).sum();
    let checkpoints = store::checkpoints(&cx.pool, edition).await?;
    let sessions = store::sessions(&cx.pool, edition, local_date(at)).await?;
    let (scans_last_minute, left) = store::movements(&cx.pool, edition, at - TimeDelta::minutes(1), at).await?;
    let (conflicts, waiting) = conflicts::trouble(cx, edition).await?;
    let arrived = arrivals.iter().map(|bar| bar.arrived).sum::<i64>();
    let (minutes, day) = (last_minutes(&arrivals, at), over_day(&arrivals, at));
    Ok(Board {
        at,
        registered,
        arrived,
        inside: arrived - left,
        scans_last_minute,
        conflicts,
        waiting,
        checkpoints,
        sessions,
        minutes,
        day,
        audiences,
        organisations,
    })
}

/// The beginning of the stretch of `minutes` that an instant lies in.
fn floor(at: DateTime<Utc>, minutes: i64) -> DateTime<Utc> {
    at - TimeDelta::seconds(at.timestamp().rem_euclid(minutes * 60)) - TimeDelta::nanoseconds(at.timestamp_subsec_nanos().into())
}

/// The last minutes one by one, out of arrivals by minute in their order.
fn last_minutes(arrivals: &[Bar], at: DateTime<Utc>) -> Vec<Bar> {
    let first = floor(at, 1) - TimeDelta::minutes(i64::try_from(MINUTES).unwrap_or_default());
    bars(arrivals, first, floor(at, 1), 1)
}

/// The day of `at` in bars, out of arrivals by minute in their order; nothing where nobody came.
fn over_day(arrivals: &[Bar], at: DateTime<Utc>) -> Vec<Bar> {
    let today: Vec<_> = arrivals.iter().copied().filter(|bar| local(bar.from).date_naive() == local(at).date_naive()).collect();
    match (today.first(), today.last()) {
        (Some(first), Some(last)) => bars(&today, floor(first.from, BAR), floor(last.from, BAR), BAR),
        _ => Vec::new(),
    }
}

fn bars(arrivals: &[Bar], first: DateTime<Utc>, last: DateTime<Utc>, minutes: i64) -> Vec<Bar> {
    let count = (last - first).num_minutes() / minutes + 1;
    (0..count)
        .map(|at| {
            let from = first + TimeDelta::minutes(at * minutes);
            let until = from + TimeDelta::minutes(minutes);
            let arrived = arrivals.iter().filter(|bar| (from..until).contains(&bar.from)).map(|bar| bar.arrived).sum();
            Bar { from, arrived }
        })
        .collect()
}

/// Organisations: those that are known, and the names of others as people have typed them.
#[derive(Debug)]
pub(super) struct Organisations {
    pub known: Vec<OrganisationId>,
    pub typed: Vec<String>,
}

/// Those of an edition whose names hold these words.
pub(super) async fn organisations(cx: &Context, edition: EditionId, needle: &Needle) -> Result<Organisations, Error> {
    let (known, typed) = store::organisations(&cx.pool, edition).await?;
    Ok(Organisations {
        known: known.into_iter().filter(|(_, name)| needle.is_in(&fold(name))).map(|(id, _)| id).collect(),
        typed: typed.into_iter().filter(|name| needle.is_in(&fold(name))).collect(),
    })
}

/// Who of the organisations whose names hold these words has come, and who has not. `None` where nothing was typed.
///
/// Effects: one audit entry `attendance.search` with the number of people found.
///
/// # Errors
/// The policy's for [`Action::FindPeople`]; [`Error::Invalid`] on `field` as [`Needle::parse`];
/// [`Error::NotFound`] before any import.
pub async fn attendance(cx: &Context, actor: &Actor, words: &str, field: &str) -> Result<Option<OrganisationArrivals>, Error> {
    access::authorise(actor, Action::FindPeople)?;
    let Some(needle) = Needle::parse(words).map_err(|problem| FieldErrors::one(field, problem))? else { return Ok(None) };
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let found = store::attendance(&cx.pool, edition.id, &organisations(cx, edition.id, &needle).await?, LISTED).await?;
    let detail = json!({ "found": found.people.len() });
    let entry = Entry { action: "attendance.search", subject_kind: "edition", subject_id: Some(edition.id.0), detail };
    audit::note(cx, actor, entry).await?;
    Ok(Some(found))
}
