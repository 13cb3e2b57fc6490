//! The list of attendance as a file: who has come where and when, every row from one snapshot, read as the reader takes it.

mod store;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{CheckpointId, EditionId, RegistrationId},
    registration::Status,
    text::Bilingual,
};
use serde_json::json;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{
    Context, Error,
    audit::{self, Entry},
    edition,
    registration::desk::EXPORTING,
    store::wait_for_the_reader,
};

/// Rows that are read and written at a time.
const BATCH: i64 = 1_000;

/// A list that is being read. Whoever drops it ends the reading.
#[derive(Debug)]
pub struct Attendance {
    /// The edition's checkpoints, a column each.
    pub checkpoints: Vec<(CheckpointId, Bilingual)>,
    /// The rows in the order of registration, some at a time. After an error nothing follows.
    pub rows: mpsc::Receiver<Result<Vec<AttendanceRow>, Error>>,
}

/// A registered person in the list. Neither phone nor e-mail is in it, nor anything that opens a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttendanceRow {
    pub id: RegistrationId,
    pub short_code: Option<String>,
    pub full_name: String,
    pub organisation: Option<String>,
    pub job_title: Option<String>,
    pub audience: Bilingual,
    pub status: Status,
    pub people: i16,
    /// The first admission at any gate.
    pub arrived_at: Option<DateTime<Utc>>,
    /// The admission at each checkpoint, in the order of the columns.
    pub admitted_at: Vec<Option<DateTime<Utc>>>,
}

/// Begins to read everybody who is registered, from one snapshot of the database. Who gave the seat back and did not come is
/// left out.
///
/// Effects: one audit entry `attendance.export` with the number of rows, before the first row is given.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`] before any import; [`Error::Unavailable`] while
/// others are being read.
pub async fn export(cx: &Context, actor: &Actor) -> Result<Attendance, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let turn = EXPORTING.try_acquire().map_err(|error| Error::Unavailable(error.into()))?;
    let checkpoints = store::checkpoints(&cx.pool, edition.id).await?;
    let places = checkpoints.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let (sender, rows) = mpsc::channel(1);
    let (cx, actor) = (cx.clone(), actor.clone());
    let reading = async move {
        let _turn = turn;
        if let Err(error) = read(&cx, &actor, edition.id, &places, &sender).await {
            let _ = sender.send(Err(error)).await;
        }
    };
    tokio::spawn(reading.in_current_span());
    Ok(Attendance { checkpoints, rows })
}

/// Reads the rows batch by batch in one transaction; ends when nobody listens any more.
async fn read(
    cx: &Context,
    actor: &Actor,
    edition: EditionId,
    places: &[CheckpointId],
    sender: &mpsc::Sender<Result<Vec<AttendanceRow>, Error>>,
) -> Result<(), Error> {
    let mut tx = cx.pool.begin_with("begin isolation level repeatable read, read only").await?;
    wait_for_the_reader(&mut tx).await?;
    let rows = store::count(&mut tx, edition).await?;
    let entry =
        Entry { action: "attendance.export", subject_kind: "edition", subject_id: Some(edition.0), detail: json!({ "rows": rows }) };
    audit::note(cx, actor, entry).await?;
    let mut after = None;
    loop {
        let rows = store::batch(&mut tx, edition, places, after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        if sender.send(Ok(rows)).await.is_err() {
            break;
        }
    }
    Ok(tx.rollback().await?)
}
