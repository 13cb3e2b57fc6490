//! The edition: its file, its import and export, the sample and its removal.

mod file;
mod store;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use domain::{ids::EditionId, privacy::Retention, text::Bilingual};
use serde_json::json;

use self::{
    file::{Document, File, Step},
    store::{Obstacle, read::Bodies},
};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    mail, showcase,
    store::inconsistent,
    write,
};

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
    pub retention: Retention,
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
                managing_body_vi, managing_body_en, responsible_person, portal_url, handbook_url, sample,
                keep_attendees, keep_logs, keep_proofs, keep_requests
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
            retention: Retention {
                attendees: row.keep_attendees.unsigned_abs(),
                logs: row.keep_logs.unsigned_abs(),
                proofs: row.keep_proofs.unsigned_abs(),
                requests: row.keep_requests.unsigned_abs(),
            },
            sample: row.sample,
        })
    })
    .transpose()
}

/// Reads an edition file and stores the whole edition in one transaction, all or nothing. Existing things
/// are matched by code and kept with their registrations; what the file no longer names is removed, unless
/// something depends on it. Communes and organisations outlive editions: they are never removed. The imported
/// edition becomes the current one.
///
/// Effects: rows of every table of the edition, the moments of reminders that have not gone out, one audit entry
/// `edition.import`.
///
/// # Errors
/// [`ImportError::File`] with every problem, each with line and field; [`ImportError::Store`].
pub async fn import(cx: &Context, text: &str) -> Result<ImportSummary, ImportError> {
    let (document, mut file) = file::read(text).map_err(ImportError::File)?;
    let problems = file::check(&document, &mut file);
    if !problems.is_empty() {
        return Err(ImportError::File(problems));
    }
    store_file(cx, file).await?.map_err(|obstacles| {
        let mut problems: Vec<FileProblem> = obstacles.iter().map(|obstacle| told(&document, obstacle)).collect();
        problems.sort_by_key(|problem| problem.line);
        ImportError::File(problems)
    })
}

/// Stores a checked file, or tells what stands in its way and stores nothing.
async fn store_file(cx: &Context, file: File) -> Result<Result<ImportSummary, Vec<Obstacle>>, Error> {
    let (inner, file, now) = (cx.clone(), Arc::new(file), cx.now());
    write::write(cx, move |tx| {
        let (cx, file) = (inner.clone(), file.clone());
        Box::pin(async move {
            let obstacles = store::obstacles(tx, &file, now).await?;
            if !obstacles.is_empty() {
                return Ok(Err(obstacles));
            }
            let code = file.edition.code.as_str();
            let (before, bodies_before) = (store::read::file(tx, Some(code)).await?, store::read::bodies(tx).await?);
            let id = store::import(&cx, tx, &file).await?;
            mail::follow_day(tx, id, file.edition.peak_on).await?;
            let (after, bodies_after) = (store::read::file(tx, Some(code)).await?, store::read::bodies(tx).await?);
            let summary = difference(code, &things(before.as_ref(), &bodies_before), &things(after.as_ref(), &bodies_after));
            let detail = json!({ "created": summary.created, "updated": summary.updated, "removed": summary.removed });
            let entry = Entry { action: "edition.import", subject_kind: "edition", subject_id: Some(id.0), detail };
            audit::record(tx, now, By::System, entry).await?;
            Ok(Ok(summary))
        })
    })
    .await
}

/// What stands in the way, as a problem of the file.
fn told(document: &Document<'_>, obstacle: &Obstacle) -> FileProblem {
    match obstacle {
        Obstacle::TooFewSeats { index, taken } => {
            let path = [Step::Key("audiences"), Step::Index(*index), Step::Key("seats")];
            document.problem(&path, format!("{taken} seats are taken already"))
        }
        Obstacle::TooFewSeatsInSession { index, taken } => {
            let path = [Step::Key("sessions"), Step::Index(*index), Step::Key("seats")];
            document.problem(&path, format!("{taken} seats are taken already"))
        }
        Obstacle::InUse { list, code } => {
            let why = match *list {
                "checkpoints" => "scans and must stay in the file",
                "sessions" => "registrations and must stay in the file with its seats",
                _ => "registrations and must stay in the file",
            };
            document.problem(&[Step::Key(list)], format!("{code} has {why}"))
        }
        Obstacle::Entered { session } => {
            document.problem(&[Step::Key("sessions")], format!("{session} has scans at its door and must stay in the file"))
        }
        Obstacle::Frozen { index, code } => {
            let path = [Some(Step::Key("raffles")), index.map(Step::Index)];
            let path: Vec<_> = path.into_iter().flatten().collect();
            document.problem(&path, format!("the list of {code} is frozen: it must stay in the file as it was"))
        }
        Obstacle::Sourceless { index } => {
            document.problem(&[Step::Key("raffles"), Step::Index(*index)], "seed_source, seed_digits and seed_at are missing")
        }
        Obstacle::SeedPublic { index } => {
            let path = [Step::Key("raffles"), Step::Index(*index), Step::Key("seed_at")];
            document.problem(&path, "must be still to come: the list is frozen already")
        }
        Obstacle::YearTaken { code } => {
            document.problem(&[Step::Key("edition"), Step::Key("year")], format!("is the year of the edition {code}"))
        }
    }
}

/// What differs between what was stored before an import and after it.
fn difference(code: &str, before: &Things<'_>, after: &Things<'_>) -> ImportSummary {
    let count = |things: usize| u32::try_from(things).unwrap_or(u32::MAX);
    ImportSummary {
        code: code.to_owned(),
        created: count(after.keys().filter(|key| !before.contains_key(*key)).count()),
        updated: count(after.iter().filter(|(key, thing)| before.get(*key).is_some_and(|known| known != *thing)).count()),
        removed: count(before.keys().filter(|key| !after.contains_key(*key)).count()),
    }
}

/// Things by list and code.
type Things<'f> = HashMap<(&'static str, &'f str), Thing<'f>>;

fn things<'f>(file: Option<&'f File>, bodies: &'f Bodies) -> Things<'f> {
    let mut things = HashMap::new();
    if let Some(file) = file {
        things.insert(("edition", file.edition.code.as_str()), Thing::Edition(&file.edition));
        things.extend(file.venues.iter().map(|part| (("venues", part.code.as_str()), Thing::Venue(part))));
        things.extend(file.tracks.iter().map(|part| (("tracks", part.code.as_str()), Thing::Track(part))));
        things.extend(file.speakers.iter().map(|part| (("speakers", part.code.as_str()), Thing::Speaker(part))));
        things.extend(file.sessions.iter().map(|part| (("sessions", part.code.as_str()), Thing::Session(part))));
        things.extend(file.audiences.iter().map(|part| (("audiences", part.code.as_str()), Thing::Audience(part))));
        things.extend(file.checkpoints.iter().map(|part| (("checkpoints", part.code.as_str()), Thing::Checkpoint(part))));
        things.extend(file.raffles.iter().map(|part| (("raffles", part.code.as_str()), Thing::Raffle(part))));
    }
    things.extend(bodies.organisations.iter().map(|part| (("organisations", part.code.as_str()), Thing::Organisation(part))));
    things.extend(bodies.communes.iter().map(|part| (("communes", part.code.as_str()), Thing::Commune(part))));
    things
}

/// A thing of a file, to be compared with itself before.
#[derive(PartialEq)]
enum Thing<'f> {
    Edition(&'f file::EditionPart),
    Venue(&'f file::VenuePart),
    Track(&'f file::TrackPart),
    Speaker(&'f file::SpeakerPart),
    Session(&'f file::SessionPart),
    Audience(&'f file::AudiencePart),
    Checkpoint(&'f file::CheckpointPart),
    Raffle(&'f file::RafflePart),
    Organisation(&'f file::OrganisationPart),
    Commune(&'f file::CommunePart),
}

/// Writes an edition as the text of an edition file; importing it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no edition with this code (`None`: the current one).
pub async fn export(cx: &Context, code: Option<&str>) -> Result<String, Error> {
    let file = store::read::file(&mut *cx.pool.acquire().await?, code).await?.ok_or(Error::NotFound)?;
    file::write(&file)
}

/// Removes everything that is marked as sample: people, sessions (with the checkpoints at their doors), dossiers
/// with their pictures, accounts, venues and organisations that nothing real depends on. Phones that a sample
/// account let in are signed out. The edition's own row stays, with its days, groups and registrations, and
/// loses its mark: from then on it is the organiser's.
///
/// Effects: rows of the tables of all areas, in one transaction; one audit entry `edition.clear_sample`; then the pictures.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn clear_sample(cx: &Context) -> Result<ClearedSample, Error> {
    let now = cx.now();
    let (cleared, pictures) = write::write(cx, move |tx| {
        Box::pin(async move {
            let (cleared, pictures) = store::sample::clear(tx, now).await?;
            let ClearedSample { sessions, speakers, dossiers, accounts, registrations } = cleared;
            let detail = json!({
                "sessions": sessions, "speakers": speakers, "dossiers": dossiers, "accounts": accounts, "registrations": registrations
            });
            let entry = Entry { action: "edition.clear_sample", subject_kind: "edition", subject_id: None, detail };
            audit::record(tx, now, By::System, entry).await?;
            Ok((cleared, pictures))
        })
    })
    .await?;
    showcase::forget_pictures(cx, pictures).await?;
    Ok(cleared)
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
