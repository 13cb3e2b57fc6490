//! The edition: its file, its import and export, the sample and its removal.

use domain::{ids::EditionId, text::Bilingual};

use crate::{Context, Error};

/// The edition that the pages show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    pub id: EditionId,
    pub code: String,
    pub year: u16,
    pub name: Bilingual,
    pub theme: Bilingual,
    pub starts_on: chrono::NaiveDate,
    pub ends_on: chrono::NaiveDate,
    /// The day on which the main programme is held.
    pub peak_on: chrono::NaiveDate,
    /// Where, in one line.
    pub place: Bilingual,
    pub hotline: Option<String>,
    pub email: Option<String>,
    pub managing_body: Bilingual,
    pub responsible_person: Option<String>,
    pub portal_url: Option<String>,
    pub handbook_url: Option<String>,
    pub sample: bool,
}

/// The current edition; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn current(cx: &Context) -> Result<Option<Edition>, Error> {
    let _ = cx;
    todo!()
}

/// Reads an edition file and stores the whole edition in one transaction, all or nothing. Existing things
/// are matched by code and kept with their registrations; what the file no longer names is removed, unless
/// something depends on it. The imported edition becomes the current one.
///
/// Effects: rows of every table of the edition, one audit entry `edition.import`.
///
/// # Errors
/// [`ImportError::File`] with every problem, each with line and field; [`ImportError::Store`].
pub async fn import(cx: &Context, text: &str) -> Result<ImportSummary, ImportError> {
    let _ = (cx, text);
    todo!()
}

/// Writes an edition as the text of an edition file; importing it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no edition with this code (`None`: the current one).
pub async fn export(cx: &Context, code: Option<&str>) -> Result<String, Error> {
    let _ = (cx, code);
    todo!()
}

/// Removes everything that is marked as sample: people, sessions, dossiers with their pictures, accounts.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn clear_sample(cx: &Context) -> Result<ClearedSample, Error> {
    let _ = cx;
    todo!()
}

/// What an import changed: counts by kind of thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    pub code: String,
    pub created: u32,
    pub updated: u32,
    pub removed: u32,
}

/// What was removed: counts by kind of thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClearedSample {
    pub sessions: u64,
    pub speakers: u64,
    pub dossiers: u64,
    pub accounts: u64,
    pub registrations: u64,
}

/// Why an edition file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the edition file has {} problem(s)", .0.len())]
    File(Vec<FileProblem>),
    #[error(transparent)]
    Store(#[from] Error),
}

/// One problem of an edition file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// Counted from 1.
    pub line: usize,
    /// The path of the field, as `sessions[3].room`.
    pub field: String,
    pub message: String,
}
