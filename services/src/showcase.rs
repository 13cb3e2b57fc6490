//! The showcase: dossiers from draft to gallery.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    ids::{DossierId, OrganisationId},
    showcase::{Content, Pillar, Sector, State},
    text::Bilingual,
};

use crate::{Context, Error};

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

/// Which cards are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GalleryFilter {
    pub pillar: Option<Pillar>,
    pub sector: Option<Sector>,
    /// At most so many; `None` for all.
    pub limit: Option<i64>,
}

/// The published models of the current edition, the newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn gallery(cx: &Context, filter: GalleryFilter) -> Result<Vec<ModelCard>, Error> {
    let _ = (cx, filter);
    todo!()
}

/// A published model.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn model(cx: &Context, slug: &str) -> Result<Dossier, Error> {
    let _ = (cx, slug);
    todo!()
}

/// The dossiers that the actor may read, the newest change first: a department its own, an organiser all
/// that were submitted, a judge those under review of other organisations.
///
/// # Errors
/// The policy's.
pub async fn dossiers(cx: &Context, actor: &Actor) -> Result<Vec<Dossier>, Error> {
    let _ = (cx, actor);
    todo!()
}

/// One dossier.
///
/// # Errors
/// [`Error::NotFound`] where the actor may not read it.
pub async fn dossier(cx: &Context, actor: &Actor, id: DossierId) -> Result<Dossier, Error> {
    let _ = (cx, actor, id);
    todo!()
}

/// Starts an empty draft for the actor's organisation in the current edition.
///
/// Effects: the dossier, one audit entry `dossier.start`.
///
/// # Errors
/// The policy's for [`domain::access::Action::StartDossier`].
pub async fn start(cx: &Context, actor: &Actor) -> Result<DossierId, Error> {
    let _ = (cx, actor);
    todo!()
}

/// Keeps a draft's text as it stands.
///
/// # Errors
/// The policy's for [`domain::access::Action::EditDossier`].
pub async fn save(cx: &Context, actor: &Actor, id: DossierId, content: Content) -> Result<(), Error> {
    let _ = (cx, actor, id, content);
    todo!()
}

/// Stores a picture as the draft's cover. It is decoded within limits, re-encoded (which drops EXIF and
/// position), at most 1600 px wide, and stored under its own hash.
///
/// # Errors
/// [`Error::Invalid`] on [`domain::showcase::field::COVER`] when it is no picture or too large; the policy's.
pub async fn set_cover(cx: &Context, actor: &Actor, id: DossierId, picture: Vec<u8>) -> Result<(), Error> {
    let _ = (cx, actor, id, picture);
    todo!()
}

/// Submits a dossier: saves the text, checks that nothing is missing, locks it, keeps the version and
/// gives it its number.
///
/// Effects, in one transaction: dossier, version, one audit entry `dossier.submit`.
///
/// # Errors
/// [`Error::Invalid`] with all that is missing (the text is kept as a draft); the policy's.
pub async fn submit(cx: &Context, actor: &Actor, id: DossierId, content: Content) -> Result<(), Error> {
    let _ = (cx, actor, id, content);
    todo!()
}

/// Sends a submitted dossier back with a reason (1–1000 characters).
///
/// Effects: dossier, one audit entry `dossier.return`.
///
/// # Errors
/// [`Error::Conflict`] when it is not submitted; the policy's for [`domain::access::Action::ReviewDossier`].
pub async fn send_back(cx: &Context, actor: &Actor, id: DossierId, reason: &str) -> Result<(), Error> {
    let _ = (cx, actor, id, reason);
    todo!()
}

/// Publishes a submitted dossier in the gallery, under an address made of its title and number.
///
/// Effects: dossier, one audit entry `dossier.publish`.
///
/// # Errors
/// As [`send_back`].
pub async fn publish(cx: &Context, actor: &Actor, id: DossierId) -> Result<(), Error> {
    let _ = (cx, actor, id);
    todo!()
}

/// Takes a published dossier out of the gallery, back under review.
///
/// Effects: dossier, one audit entry `dossier.withdraw`.
///
/// # Errors
/// As [`send_back`].
pub async fn withdraw(cx: &Context, actor: &Actor, id: DossierId) -> Result<(), Error> {
    let _ = (cx, actor, id);
    todo!()
}

/// The bytes of a cover image and its media type. Covers of unpublished dossiers are found only by who
/// may read the dossier.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn cover(cx: &Context, actor: &Actor, key: &str) -> Result<(Vec<u8>, &'static str), Error> {
    let _ = (cx, actor, key);
    todo!()
}
