//! Tables as files, sent while they are read.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::time::local;
use futures_util::stream;
use http::{HeaderValue, header};
use services::{Error, sheet};
use tokio::sync::mpsc;

use super::answer::{file, with};

/// How much of a file is sent at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// A piece of a file, or why there will be no more: then the answer breaks off, and the browser knows that it is not whole.
type Piece = Result<Bytes, io::Error>;

/// An instant as every spreadsheet reads it: `2027-10-10 08:05`, in Vietnam.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    local(at).format("%Y-%m-%d %H:%M").to_string()
}

/// A table that is being read: some rows at a time, and how a row is written.
pub struct Table<T> {
    /// What the sheet of a workbook is called.
    pub name: &'static str,
    pub heading: Vec<String>,
    pub rows: mpsc::Receiver<Result<Vec<T>, Error>>,
    pub line: Box<dyn Fn(T) -> Vec<String> + Send + Sync>,
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rows are personal.
        f.debug_struct("Table").field("heading", &self.heading).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Table<T> {
    /// The answer as CSV, saved by this name (ASCII, without quotes).
    pub fn csv(self, name: &str) -> Response {
        attachment("text/csv; charset=utf-8", name, pieces(move |sender| self.write_csv(sender)))
    }

    /// The answer as XLSX, saved by this name (ASCII, without quotes).
    pub fn xlsx(self, name: &str) -> Response {
        let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        attachment(media_type, name, pieces(move |sender| self.write_xlsx(sender)))
    }

    async fn write_csv(mut self, sender: mpsc::Sender<Piece>) -> Result<(), Error> {
        let mut piece = sheet::MARK.as_bytes().to_vec();
        piece.extend(sheet::csv(std::slice::from_ref(&self.heading))?);
        let mut pieces = Some(piece);
        loop {
            if let Some(piece) = pieces.take()
                && sender.send(Ok(piece.into())).await.is_err()
            {
                return Ok(());
            }
            let Some(rows) = self.rows.recv().await else { return Ok(()) };
            pieces = Some(sheet::csv(&self.lines(rows?))?);
        }
    }

    async fn write_xlsx(mut self, sender: mpsc::Sender<Piece>) -> Result<(), Error> {
        let mut book = sheet::Book::new(self.name, &self.heading)?;
        while let Some(rows) = self.rows.recv().await {
            book.push(&self.lines(rows?))?;
        }
        if sender.is_closed() {
            return Ok(());
        }
        let packed = tokio::task::spawn_blocking(move || send(book.finish()?, &sender));
        packed.await.map_err(|panic| Error::Internal(panic.into()))?
    }

    fn lines(&self, rows: Vec<T>) -> Vec<Vec<String>> {
        rows.into_iter().map(&self.line).collect()
    }
}

fn attachment(media_type: &'static str, name: &str, pieces: mpsc::Receiver<Piece>) -> Response {
    let body = Body::from_stream(stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces))));
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    with(file(media_type, body), header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")))
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
