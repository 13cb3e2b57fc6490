//! People's lists as files.

use std::{
    fs::File,
    io::{self, Read as _},
};

use app::{
    i18n,
    pages::people::{asked, query},
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::{
    contact::Phone,
    form::Values,
    text::{Bilingual, Locale},
    time::local,
};
use futures_util::stream;
use http::{HeaderValue, header};
use services::{
    Error,
    registration::desk::{self, Export, ExportRow},
    sheet,
};
use tokio::sync::mpsc;

use super::{
    access::actor,
    answer::{self, file, with},
};
use crate::{App, visit::Visit};

/// How much of a file is sent at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// A piece of a file, or why there will be no more: then the answer breaks off, and the browser knows that it is not whole.
type Piece = Result<Bytes, io::Error>;

/// The list as CSV.
pub async fn csv(State(app): State<App>, visit: Visit) -> Response {
    let locale = visit.file_locale();
    match begin(&app, &visit).await {
        Ok(export) => {
            let pieces = pieces(move |sender| write_csv(export, locale, sender));
            attachment("text/csv; charset=utf-8", "attachment; filename=\"danh-sach.csv\"", pieces)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The list as XLSX.
pub async fn xlsx(State(app): State<App>, visit: Visit) -> Response {
    let locale = visit.file_locale();
    match begin(&app, &visit).await {
        Ok(export) => {
            let pieces = pieces(move |sender| write_xlsx(export, locale, sender));
            let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            attachment(media_type, "attachment; filename=\"danh-sach.xlsx\"", pieces)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn begin(app: &App, visit: &Visit) -> Result<Export, Error> {
    let actor = actor(app, visit).await?;
    let value = |name: &str| {
        form_urlencoded::parse(visit.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    };
    desk::export(&app.services, &actor, &asked(value), query::WORDS).await
}

fn attachment(media_type: &'static str, name: &'static str, pieces: mpsc::Receiver<Piece>) -> Response {
    let body = Body::from_stream(stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces))));
    with(file(media_type, body), header::CONTENT_DISPOSITION, HeaderValue::from_static(name))
}

/// Runs the writer in a task of its own: the answer begins at once, however long the file takes.
fn pieces<W>(write: impl FnOnce(mpsc::Sender<Piece>) -> W) -> mpsc::Receiver<Piece>
where
    W: Future<Output = Result<(), Error>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(2);
    let failed = sender.clone();
    let writing = write(sender);
    tokio::spawn(async move {
        if let Err(error) = writing.await {
            tracing::error!(%error, "a list broke off");
            let _ = failed.send(Err(io::Error::other("broken off"))).await;
        }
    });
    receiver
}

async fn write_csv(mut export: Export, locale: Locale, sender: mpsc::Sender<Piece>) -> Result<(), Error> {
    let mut piece = sheet::MARK.as_bytes().to_vec();
    piece.extend(sheet::csv(&[heading(&export, locale)])?);
    let mut pieces = Some(piece);
    loop {
        if let Some(piece) = pieces.take()
            && sender.send(Ok(piece.into())).await.is_err()
        {
            return Ok(());
        }
        let Some(rows) = export.rows.recv().await else { return Ok(()) };
        pieces = Some(sheet::csv(&lines(&export.questions, rows?, locale))?);
    }
}

async fn write_xlsx(mut export: Export, locale: Locale, sender: mpsc::Sender<Piece>) -> Result<(), Error> {
    let mut book = sheet::Book::new(i18n::t(locale).people.list, &heading(&export, locale))?;
    while let Some(rows) = export.rows.recv().await {
        book.push(&lines(&export.questions, rows?, locale))?;
    }
    if sender.is_closed() {
        return Ok(());
    }
    let packed = tokio::task::spawn_blocking(move || send(book.finish()?, &sender));
    packed.await.map_err(|panic| Error::Internal(panic.into()))?
}

/// Sends a file piece by piece, as fast as its reader takes it.
fn send(mut file: File, sender: &mpsc::Sender<Piece>) -> Result<(), Error> {
    loop {
        let mut piece = vec![0; CHUNK];
        let read = file.read(&mut piece).map_err(|error| Error::Internal(error.into()))?;
        piece.truncate(read);
        if read == 0 || sender.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
}

/// The first row: the names that an import knows its columns by, and the questions.
fn heading(export: &Export, locale: Locale) -> Vec<String> {
    let t = &i18n::t(locale).people;
    let fixed = [
        t.external_ref,
        t.full_name,
        t.phone,
        t.email,
        t.audience,
        t.status,
        t.organisation,
        t.job_title,
        t.tax_code,
        t.commune,
        t.people_with,
        t.delegation,
        t.sessions,
        t.attention,
        t.short_code,
        t.arrived_at,
        t.channel,
        t.registered_at,
        t.number,
    ];
    fixed.into_iter().map(str::to_owned).chain(export.questions.iter().map(|(_, label)| label.get(locale).to_owned())).collect()
}

fn lines(questions: &[(String, Bilingual)], rows: Vec<ExportRow>, locale: Locale) -> Vec<Vec<String>> {
    rows.into_iter().map(|row| line(questions, row, locale)).collect()
}

fn line(questions: &[(String, Bilingual)], row: ExportRow, locale: Locale) -> Vec<String> {
    let t = &i18n::t(locale).people;
    let moment = |at: DateTime<Utc>| local(at).format("%Y-%m-%d %H:%M").to_string();
    // With its spaces a number stays text, first zero and all, in every spreadsheet.
    let phone = row.phone.map(|phone| Phone::parse(&phone).map_or(phone, |phone| phone.national()));
    let answers = questions.iter().map(|(code, _)| {
        let values = row.answers[code].as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ")
    });
    let fixed = [
        row.external_ref.unwrap_or_default(),
        row.full_name,
        phone.unwrap_or_default(),
        row.email.unwrap_or_default(),
        row.audience.get(locale).to_owned(),
        (t.status_of)(row.status).to_owned(),
        row.organisation.unwrap_or_default(),
        row.job_title.unwrap_or_default(),
        row.tax_code.unwrap_or_default(),
        row.commune.unwrap_or_default(),
        row.people.to_string(),
        row.delegation.unwrap_or_default(),
        row.sessions.unwrap_or_default(),
        row.attention.unwrap_or_default(),
        row.short_code.unwrap_or_default(),
        row.arrived_at.map(moment).unwrap_or_default(),
        (t.channel_of)(&row.channel).to_owned(),
        moment(row.created_at),
        row.id.to_string(),
    ];
    fixed.into_iter().chain(answers).collect()
}
