//! The list of people as a file: every row from one snapshot, read as the reader takes it.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    form::FieldErrors,
    ids::RegistrationId,
    registration::{Status, search::Needle},
    text::{Bilingual, Locale},
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tracing::Instrument as _;

use super::{Search, find, store};
use crate::{
    Context, Error,
    audit::{self, Entry},
    edition,
    store::wait_for_the_reader,
};

/// Rows that are read and written at a time.
const BATCH: i64 = 1_000;

/// An export holds a connection for as long as its reader takes: a few at a time.
pub(crate) static EXPORTING: Semaphore = Semaphore::const_new(3);

/// A list that is being read. Whoever drops it ends the reading.
#[derive(Debug)]
pub struct Export {
    /// The edition's questions, a column each.
    pub questions: Vec<(String, Bilingual)>,
    /// The rows in the order of registration, some at a time. After an error nothing follows.
    pub rows: mpsc::Receiver<Result<Vec<ExportRow>, Error>>,
}

/// A person in an exported list. No secret of a ticket is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportRow {
    pub id: RegistrationId,
    pub short_code: Option<String>,
    pub full_name: String,
    pub status: Status,
    pub audience: Bilingual,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub organisation: Option<String>,
    pub job_title: Option<String>,
    pub tax_code: Option<String>,
    pub commune: Option<String>,
    pub people: i16,
    pub delegation: Option<String>,
    /// Sessions with a seat, by their codes.
    pub sessions: Option<String>,
    pub answers: Value,
    pub attention: Option<String>,
    pub external_ref: Option<String>,
    pub channel: String,
    pub locale: Locale,
    pub created_at: DateTime<Utc>,
    /// The first admission at a gate.
    pub arrived_at: Option<DateTime<Utc>>,
}

/// Begins to read everybody who is asked for (`order` and `after` aside) from one snapshot of the database.
///
/// Effects: one audit entry `registration.export` with what it was narrowed by and the number of rows, before the first row
/// is given.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::Invalid`] on `field` as [`find`](find::find);
/// [`Error::NotFound`] before any import; [`Error::Unavailable`] while others are being read.
pub async fn export(cx: &Context, actor: &Actor, search: &Search, field: &str) -> Result<Export, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let needle = Needle::parse(&search.words).map_err(|problem| FieldErrors::one(field, problem))?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let turn = EXPORTING.try_acquire().map_err(|error| Error::Unavailable(error.into()))?;
    let organisations = match &needle {
        Some(needle) => find::organisations(cx, needle).await?,
        None => Vec::new(),
    };
    let questions = store::export::questions(&cx.pool, edition.id).await?;
    let (sender, rows) = mpsc::channel(1);
    let detail = json!({
        "words": needle.is_some(),
        "audience": search.audience,
        "status": search.status.map(Status::key),
        "session": search.session,
    });
    let (cx, actor, search) = (cx.clone(), actor.clone(), search.clone());
    let reading = async move {
        let _turn = turn;
        let question = store::Question { edition: edition.id, search: &search, needle: needle.as_ref(), organisations };
        if let Err(error) = read(&cx, &actor, &question, detail, &sender).await {
            let _ = sender.send(Err(error)).await;
        }
    };
    tokio::spawn(reading.in_current_span());
    Ok(Export { questions, rows })
}

/// Reads the rows batch by batch in one transaction; ends when nobody listens any more.
async fn read(
    cx: &Context,
    actor: &Actor,
    question: &store::Question<'_>,
    mut detail: Value,
    sender: &mpsc::Sender<Result<Vec<ExportRow>, Error>>,
) -> Result<(), Error> {
    let mut tx = cx.pool.begin_with("begin isolation level repeatable read, read only").await?;
    wait_for_the_reader(&mut tx).await?;
    store::export::plan_anew(&mut tx).await?;
    let count = store::export::count(&mut tx, question).await?;
    detail["rows"] = json!(count);
    let entry = Entry { action: "registration.export", subject_kind: "edition", subject_id: Some(question.edition.0), detail };
    audit::note(cx, actor, entry).await?;
    let mut after = None;
    loop {
        let rows = store::export::batch(&mut tx, question, after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        if sender.send(Ok(rows)).await.is_err() {
            break;
        }
    }
    Ok(tx.rollback().await?)
}
