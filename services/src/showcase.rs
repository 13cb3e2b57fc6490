//! The showcase: dossiers from draft to gallery.

mod cover;
mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Decision, DossierFacts},
    form::{FieldErrors, Problem, at_least},
    ids::{DossierId, OrganisationId},
    showcase::{Basis, Content, State, Step, dossier_number, field},
    text::{self, Bilingual, clean_text},
};
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict,
    files, write,
};

/// The longest reason for sending a dossier back, in characters.
const REASON_MAX: usize = 1000;
/// The longest part of a gallery address that is made of the title, in characters.
const SLUG_MAX: usize = 60;

/// A dossier as its organisation, the organisers and the judges see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    pub id: DossierId,
    pub organisation_id: OrganisationId,
    pub organisation: Bilingual,
    pub state: State,
    /// `MH-2027-0001`, once submitted.
    pub number: Option<String>,
    /// The address in the gallery, once published.
    pub slug: Option<String>,
    pub content: Content,
    /// The key of the cover image: its SHA-256 in hexadecimal.
    pub cover: Option<String>,
    pub version: i32,
    /// Counts the changes of text and state.
    pub revision: i64,
    pub return_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub sample: bool,
}

/// A card of the gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCard {
    pub slug: String,
    pub content: Content,
    pub organisation: Bilingual,
    pub cover: Option<String>,
    pub sample: bool,
}

/// The published models of the current edition, the newest first; at most `limit`, if there is one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn gallery(cx: &Context, limit: Option<i64>) -> Result<Vec<ModelCard>, Error> {
    store::gallery(&cx.pool, limit).await
}

/// A published model.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn model(cx: &Context, slug: &str) -> Result<Dossier, Error> {
    store::published(&cx.pool, slug).await?.ok_or(Error::NotFound)
}

/// The dossiers that the actor may read, the newest change first: a department its own, an organiser all
/// that were submitted, a judge those under review of other organisations.
///
/// # Errors
/// The policy's.
pub async fn dossiers(cx: &Context, actor: &Actor) -> Result<Vec<Dossier>, Error> {
    let found = match actor {
        Actor::Account { role: access::Role::Department, organisation, .. } => store::dossiers(&cx.pool, *organisation).await?,
        Actor::Account { .. } => store::dossiers(&cx.pool, None).await?,
        Actor::Anonymous | Actor::Device { .. } => Vec::new(),
    };
    // The desks' own actions say who may ask at all; each dossier's says which of them are shown.
    if ![Action::SeeOrganiserDesk, Action::SeeDepartmentDesk, Action::SeeCouncilDesk]
        .into_iter()
        .any(|desk| access::decide(actor, desk) == Decision::Allow)
    {
        access::authorise(actor, Action::SeeOrganiserDesk)?;
    }
    Ok(found.into_iter().filter(|dossier| access::decide(actor, Action::ReadDossier(dossier.facts())) == Decision::Allow).collect())
}

/// One dossier.
///
/// # Errors
/// [`Error::NotFound`] where the actor may not read it.
pub async fn dossier(cx: &Context, actor: &Actor, id: DossierId) -> Result<Dossier, Error> {
    let dossier = store::dossier(&cx.pool, id).await?;
    authorised(actor, dossier, Action::ReadDossier)
}

/// Starts an empty draft for the actor's organisation in the current edition. What a sample account starts is
/// marked as sample.
///
/// Effects: the dossier, one audit entry `dossier.start`.
///
/// # Errors
/// [`Error::Invalid`] on [`domain::showcase::field::DOSSIERS`] when the organisation has [`Content::DRAFTS_MAX`] drafts;
/// the policy's for [`domain::access::Action::StartDossier`].
pub async fn start(cx: &Context, actor: &Actor) -> Result<DossierId, Error> {
    access::authorise(actor, Action::StartDossier)?;
    let Actor::Account { id: account, organisation: Some(organisation), .. } = actor else { return Err(Error::Forbidden) };
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let (id, now, account, organisation, by) = (DossierId(cx.new_id()), cx.now(), *account, *organisation, actor.clone());
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            if store::drafts(tx, edition, organisation).await? >= Content::DRAFTS_MAX {
                return Err(FieldErrors::one(field::DOSSIERS, Problem::TooManyDrafts { max: Content::DRAFTS_MAX }).into());
            }
            store::insert(tx, id, edition, organisation, account, now).await?;
            audit::record(tx, now, By::Actor(&by), entry("dossier.start", id)).await
        })
    })
    .await?;
    Ok(id)
}

/// Keeps a draft's text as it stands and gives the dossier's revision, on which the next text may be written. A text that
/// is stored already is not stored again. `save` is the name that the page has given to this save, if any.
///
/// # Errors
/// [`Error::Conflict`] when the dossier is locked, or holds what the writer has not seen: nothing is stored. The policy's
/// for [`domain::access::Action::EditDossier`].
pub async fn save(cx: &Context, actor: &Actor, id: DossierId, basis: Basis, save: Option<i64>, content: Content) -> Result<i64, Error> {
    let (by, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let (by, basis, content) = (by.clone(), basis.clone(), content.clone());
        Box::pin(async move {
            let dossier = editable(tx, &by, id).await?;
            if dossier.content == content {
                return Ok(dossier.revision);
            }
            store::set_content(tx, id, &basis, save, &content, now).await?.ok_or(Error::Conflict(Conflict::DossierState))
        })
    })
    .await
}

/// Stores a picture as the draft's cover. It is set upright, decoded within limits, re-encoded (which drops EXIF and
/// position), at most 1600 px on either side, and stored under its own hash. A cover that it replaces is removed from the
/// store where nothing shows it any more.
///
/// # Errors
/// [`Error::Invalid`] on [`domain::showcase::field::COVER`] when it is no picture or too large; [`Error::Conflict`] when the
/// dossier is locked; the policy's.
pub async fn set_cover(cx: &Context, actor: &Actor, id: DossierId, picture: Vec<u8>) -> Result<(), Error> {
    let dossier = store::dossier(&cx.pool, id).await?;
    writable(actor, dossier)?;
    let picture = cover::reencode(picture).await?;
    let (by, now, cx_) = (actor.clone(), cx.now(), cx.clone());
    let replaced = write::write(cx, move |tx| {
        let (by, cx, picture) = (by.clone(), cx_.clone(), picture.clone());
        Box::pin(async move {
            let dossier = editable(tx, &by, id).await?;
            let key = files::key(&picture);
            store::lock_picture(tx, &key).await?;
            files::put(&cx, picture).await?;
            store::set_cover(tx, id, &key, now).await?;
            Ok(dossier.cover.filter(|cover| *cover != key))
        })
    })
    .await?;
    forget_pictures(cx, replaced.into_iter().collect()).await
}

/// Removes pictures from the store that no dossier and no submitted version shows. Each is locked meanwhile, so that one
/// that is just being stored anew stays.
pub(crate) async fn forget_pictures(cx: &Context, keys: Vec<String>) -> Result<(), Error> {
    for key in keys {
        let cx_ = cx.clone();
        write::write(cx, move |tx| {
            let (cx, key) = (cx_.clone(), key.clone());
            Box::pin(async move {
                store::lock_picture(tx, &key).await?;
                if store::is_shown(tx, &key).await? { Ok(()) } else { files::remove(&cx, &key).await }
            })
        })
        .await?;
    }
    Ok(())
}

/// Submits a dossier as it is stored at this revision: checks that nothing is missing, locks it, keeps the version and
/// gives it its number.
///
/// Effects, in one transaction: dossier, version, one audit entry `dossier.submit`.
///
/// # Errors
/// [`Error::Invalid`] with all that is missing; [`Error::Conflict`] when it is submitted already, or has another revision;
/// the policy's.
pub async fn submit(cx: &Context, actor: &Actor, id: DossierId, revision: i64) -> Result<(), Error> {
    let (by, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            let dossier = editable(tx, &by, id).await?;
            if dossier.revision != revision {
                return Err(Error::Conflict(Conflict::DossierState));
            }
            let mut errors = dossier.content.missing();
            if dossier.cover.is_none() {
                errors.take(field::COVER, Err::<(), _>(Problem::Required));
            }
            if !errors.is_empty() {
                return Err(errors.into());
            }
            step(dossier.state, Step::Submit)?;
            let version = store::submit(tx, id, by.account(), now).await?;
            audit::record(tx, now, By::Actor(&by), Entry { detail: json!({ "version": version }), ..entry("dossier.submit", id) }).await
        })
    })
    .await
}

/// Sends a submitted dossier back with a reason (1–1000 characters).
///
/// Effects: dossier, one audit entry `dossier.return`.
///
/// # Errors
/// [`Error::Conflict`] when it is not submitted; the policy's for [`domain::access::Action::ReviewDossier`].
pub async fn send_back(cx: &Context, actor: &Actor, id: DossierId, reason: &str) -> Result<(), Error> {
    let reason =
        clean_text(reason, REASON_MAX).and_then(|reason| at_least(reason, 1)).map_err(|problem| FieldErrors::one(field::REASON, problem));
    review(cx, actor, id, Step::Return, Some(reason)).await
}

/// Publishes a submitted dossier in the gallery, under an address made of its title and number.
///
/// Effects: dossier, one audit entry `dossier.publish`.
///
/// # Errors
/// As [`send_back`].
pub async fn publish(cx: &Context, actor: &Actor, id: DossierId) -> Result<(), Error> {
    review(cx, actor, id, Step::Publish, None).await
}

/// Takes a published dossier out of the gallery, back under review.
///
/// Effects: dossier, one audit entry `dossier.withdraw`.
///
/// # Errors
/// As [`send_back`].
pub async fn withdraw(cx: &Context, actor: &Actor, id: DossierId) -> Result<(), Error> {
    review(cx, actor, id, Step::Withdraw, None).await
}

/// The bytes of a cover image and its media type. Covers of unpublished dossiers are found only by who
/// may read the dossier.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn cover(cx: &Context, actor: &Actor, key: &str) -> Result<(Vec<u8>, &'static str), Error> {
    let owners = store::covered(&cx.pool, key).await?;
    let may =
        |facts: &DossierFacts| facts.state == State::Published || access::decide(actor, Action::ReadDossier(*facts)) == Decision::Allow;
    if !owners.iter().any(may) {
        return Err(Error::NotFound);
    }
    Ok((files::get(cx, key).await?, cover::MEDIA_TYPE))
}

impl Dossier {
    /// What the policy needs to know of it.
    #[must_use]
    pub fn facts(&self) -> DossierFacts {
        DossierFacts { owner: self.organisation_id, state: self.state }
    }
}

/// One organiser's step with a dossier.
async fn review(cx: &Context, actor: &Actor, id: DossierId, taken: Step, reason: Option<Result<String, FieldErrors>>) -> Result<(), Error> {
    let (by, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let (by, reason) = (by.clone(), reason.clone());
        Box::pin(async move {
            let dossier = locked(tx, &by, id, Action::ReviewDossier).await?;
            let next = step(dossier.state, taken)?;
            let reason = reason.transpose()?;
            let slug = (taken == Step::Publish).then(|| slug(&dossier));
            store::set_state(tx, id, next, reason.as_deref(), slug.as_deref(), now).await?;
            let action = match taken {
                Step::Submit => "dossier.submit",
                Step::Return => "dossier.return",
                Step::Publish => "dossier.publish",
                Step::Withdraw => "dossier.withdraw",
            };
            audit::record(tx, now, By::Actor(&by), entry(action, id)).await
        })
    })
    .await
}

/// Reads a dossier, locked until the transaction ends, and asks the policy.
async fn locked(tx: &mut PgConnection, actor: &Actor, id: DossierId, action: fn(DossierFacts) -> Action) -> Result<Dossier, Error> {
    let dossier = store::lock(tx, id).await?;
    authorised(actor, dossier, action)
}

/// Reads a dossier to be changed by its organisation, locked until the transaction ends.
async fn editable(tx: &mut PgConnection, actor: &Actor, id: DossierId) -> Result<Dossier, Error> {
    writable(actor, store::lock(tx, id).await?)
}

/// The dossier, if the actor may change it. To its own organisation a locked one is no forbidden one: it has moved on.
fn writable(actor: &Actor, dossier: Option<Dossier>) -> Result<Dossier, Error> {
    let moved_on = dossier.as_ref().is_some_and(|dossier| {
        let once = DossierFacts { state: State::Draft, ..dossier.facts() };
        !dossier.state.is_editable() && access::decide(actor, Action::EditDossier(once)) == Decision::Allow
    });
    if moved_on { Err(Error::Conflict(Conflict::DossierState)) } else { authorised(actor, dossier, Action::EditDossier) }
}

/// The dossier, if there is one and the actor may do this with it. Who is not signed in learns nothing.
fn authorised(actor: &Actor, dossier: Option<Dossier>, action: fn(DossierFacts) -> Action) -> Result<Dossier, Error> {
    match dossier {
        Some(dossier) => {
            access::authorise(actor, action(dossier.facts()))?;
            Ok(dossier)
        }
        None if *actor == Actor::Anonymous => Err(Error::SignIn),
        None => Err(Error::NotFound),
    }
}

fn step(from: State, step: Step) -> Result<State, Error> {
    from.after(step).map_err(|_| Error::Conflict(Conflict::DossierState))
}

/// The address in the gallery: the folded title and the serial number, which makes it unique.
fn slug(dossier: &Dossier) -> String {
    let title: String = text::fold(&dossier.content.title)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-");
    let title: String = title.chars().take(SLUG_MAX).collect();
    let serial = dossier.number.as_deref().and_then(|number| number.rsplit('-').next()).unwrap_or_default();
    format!("{}-{}", title.trim_end_matches('-'), serial.trim_start_matches('0'))
}

fn entry(action: &'static str, id: DossierId) -> Entry {
    Entry { action, subject_kind: "dossier", subject_id: Some(id.0), detail: json!({}) }
}
