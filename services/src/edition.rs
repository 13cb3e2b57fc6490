//! The edition: its file, its import and export, the sample and its removal.

use domain::{ids::EditionId, text::Bilingual};

use crate::{Context, Error, store::inconsistent};

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
    find(cx, None).await
}

/// The edition with this id.
pub(crate) async fn by_id(cx: &Context, id: EditionId) -> Result<Edition, Error> {
    find(cx, Some(id)).await?.ok_or(Error::NotFound)
}

/// The edition with this id, or the current one.
async fn find(cx: &Context, id: Option<EditionId>) -> Result<Option<Edition>, Error> {
    let row = sqlx::query!(
        "select id, code, year, name_vi, name_en, theme_vi, theme_en, starts_on, ends_on, peak_on, place_vi, place_en, hotline, email,
                managing_body_vi, managing_body_en, responsible_person, portal_url, handbook_url, sample
         from editions where id = $1 or ($1 is null and is_current)",
        id.map(|id| id.0)
    )
    .fetch_optional(&cx.pool)
    .await?;
    row.map(|row| {
        Ok(Edition {
            id: EditionId(row.id),
            code: row.code,
            year: u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?,
            name: Bilingual { vi: row.name_vi, en: row.name_en },
            theme: Bilingual { vi: row.theme_vi, en: row.theme_en },
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            peak_on: row.peak_on,
            place: Bilingual { vi: row.place_vi, en: row.place_en },
            hotline: row.hotline,
            email: row.email,
            managing_body: Bilingual { vi: row.managing_body_vi, en: row.managing_body_en },
            responsible_person: row.responsible_person,
            portal_url: row.portal_url,
            handbook_url: row.handbook_url,
            sample: row.sample,
        })
    })
    .transpose()
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
