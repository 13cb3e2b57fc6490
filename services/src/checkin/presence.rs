//! Who is inside: on the grounds and in the rooms, by name, for whoever has to find people in an emergency; and the same as a file.

mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{CheckpointId, EditionId, RegistrationId},
    text::Bilingual,
};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::{Semaphore, mpsc};
use tracing::Instrument as _;

use crate::{
    Context, Error,
    audit::{self, Entry},
    edition,
    store::wait_for_the_reader,
    write,
};

/// People on a page of the list.
pub const LISTED: i64 = 500;
/// Rows of the file that are read and written at a time: each time, who is inside is found anew.
const BATCH: i64 = 5_000;

/// How many read the file at once. No other file's readers stand in its way: it is for an emergency.
static READING: Semaphore = Semaphore::const_new(3);

/// A gate, or the door of a session that somebody is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: CheckpointId,
    pub name: Bilingual,
    /// People inside who came in here.
    pub people: i64,
}

/// A person who is inside, with all who came in by the same ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    pub id: RegistrationId,
    /// Empty where the person's data were erased since.
    pub full_name: String,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    /// How many came in by the ticket.
    pub people: i16,
    /// The gate that let the person in since he or she left last, and when.
    pub gate: Option<(Bilingual, DateTime<Utc>)>,
    /// The room that he or she entered last and has not left, and when.
    pub room: Option<(Bilingual, DateTime<Utc>)>,
    /// When the ticket was scanned on the way out of the grounds, after all else. A person is in the list of the own room alone then; of a
    /// group somebody may be inside still.
    pub left_at: Option<DateTime<Utc>>,
}

/// People, and the tickets that they came in by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub people: i64,
    pub tickets: i64,
}

/// A page of the list of people inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Every gate, and the doors of sessions that somebody is behind, in the order of the edition.
    pub places: Vec<Place>,
    /// Whether any gate counts who leaves: where none does, everybody who has come is in the list.
    pub are_exits_counted: bool,
    /// All who are inside of those who are asked for, on every page.
    pub inside: Counted,
    /// Those besides who were scanned out, and yet may be inside; nobody where one place is asked for.
    pub out: Counted,
    /// By the called name, [`LISTED`] at most.
    pub listed: Vec<Present>,
    /// After whom the next page begins, where there is one.
    pub next: Option<RegistrationId>,
}

/// Who is inside the grounds or in any room, or of these whoever came in at `place`; the page after a person, or the first one.
/// Those on the grounds are as many as [`Board::inside`](super::board::Board::inside) tells; groups that were scanned out stand
/// among them, marked.
///
/// Effects: one audit entry `presence.list` with the place and the number of rows.
///
/// # Errors
/// The policy's for [`Action::FindPeople`]; [`Error::NotFound`] before any import.
pub async fn inside(cx: &Context, actor: &Actor, place: Option<CheckpointId>, after: Option<RegistrationId>) -> Result<Inside, Error> {
    access::authorise(actor, Action::FindPeople)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    // In a task of its own: who leaves the page must not leave a connection behind in its transaction.
    let found = write::detached(cx, move |pool| async move { listed(&pool, edition.id, place, after, LISTED).await }).await?;
    note(cx, actor, edition.id, "presence.list", place, found.inside.tickets + found.out.tickets).await?;
    Ok(found)
}

/// Reads a page of so many, from one snapshot.
async fn listed(
    pool: &PgPool,
    edition: EditionId,
    place: Option<CheckpointId>,
    after: Option<RegistrationId>,
    most: i64,
) -> Result<Inside, Error> {
    let mut tx = pool.begin_with("begin isolation level repeatable read, read only").await?;
    let (places, are_exits_counted) = store::places(&mut tx, edition).await?;
    let [inside, out] = store::count(&mut tx, edition, place).await?;
    let mut listed = store::batch(&mut tx, edition, place, after, most + 1).await?;
    tx.rollback().await?;
    let is_more = listed.len() > usize::try_from(most).unwrap_or(usize::MAX);
    if is_more {
        listed.pop();
    }
    let next = listed.last().filter(|_| is_more).map(|last| last.id);
    Ok(Inside { places, are_exits_counted, inside, out, listed, next })
}

/// Begins to read all who are inside, as [`inside`] tells them, from one snapshot of the database: some at a time, by the called
/// name. After an error nothing follows; whoever drops the receiver ends the reading.
///
/// Effects: one audit entry `presence.export` with the place and the number of rows, before the first row is given.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`] before any import; [`Error::Unavailable`] while
/// others are being read.
pub async fn export(
    cx: &Context,
    actor: &Actor,
    place: Option<CheckpointId>,
) -> Result<mpsc::Receiver<Result<Vec<Present>, Error>>, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let turn = READING.try_acquire().map_err(|error| Error::Unavailable(error.into()))?;
    let (sender, rows) = mpsc::channel(1);
    let (cx, actor) = (cx.clone(), actor.clone());
    let reading = async move {
        let _turn = turn;
        if let Err(error) = read(&cx, &actor, edition.id, place, &sender).await {
            let _ = sender.send(Err(error)).await;
        }
    };
    tokio::spawn(reading.in_current_span());
    Ok(rows)
}

/// Reads the rows batch by batch in one transaction; ends when nobody listens any more.
async fn read(
    cx: &Context,
    actor: &Actor,
    edition: EditionId,
    place: Option<CheckpointId>,
    sender: &mpsc::Sender<Result<Vec<Present>, Error>>,
) -> Result<(), Error> {
    let mut tx = cx.pool.begin_with("begin isolation level repeatable read, read only").await?;
    wait_for_the_reader(&mut tx).await?;
    let [inside, out] = store::count(&mut tx, edition, place).await?;
    note(cx, actor, edition, "presence.export", place, inside.tickets + out.tickets).await?;
    let mut after = None;
    loop {
        let rows = store::batch(&mut tx, edition, place, after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        if sender.send(Ok(rows)).await.is_err() {
            break;
        }
    }
    Ok(tx.rollback().await?)
}

async fn note(
    cx: &Context,
    actor: &Actor,
    edition: EditionId,
    action: &'static str,
    place: Option<CheckpointId>,
    rows: i64,
) -> Result<(), Error> {
    let detail = json!({ "place": place, "rows": rows });
    let entry = Entry { action, subject_kind: "edition", subject_id: Some(edition.0), detail };
    audit::note(cx, actor, entry).await
}
