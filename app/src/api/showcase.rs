//! The showcase: keeping a draft while it is written.

use domain::{form::Values, ids::DossierId, text::Locale};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::ApiError;

/// That a draft is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The time, as `08:41`.
    pub at: String,
    /// The revision on which the next text may be written.
    pub revision: i64,
}

/// Keeps the text of a dossier's form as it stands. The values tell what it was written on, as the form's own do; `save`
/// is the page's name for this attempt.
///
/// # Errors
/// [`ApiError`], as the policy and the form's rules say; [`ApiError::Conflict`] where the dossier has moved on.
#[server(prefix = "/api/fn", endpoint = "save-draft", input = Json)]
pub async fn save_draft(dossier: DossierId, values: Values, save: i64, locale: Locale) -> Result<Kept, ApiError> {
    use domain::showcase::{Basis, Content, field};
    let cx = crate::request::request();
    let labels = crate::pages::departments::labels(&crate::i18n::t(locale).departments);
    let content = Content::parse_draft(&values).map_err(|errors| ApiError::invalid(&errors, &labels, locale))?;
    let basis = Basis::parse(values.get(field::REVISION));
    let kept = services::showcase::save(&cx.services, &cx.actor, dossier, basis, Some(save), content).await;
    let revision = kept.map_err(|error| ApiError::of(error, &labels, locale))?;
    Ok(Kept { at: crate::i18n::time(cx.now), revision })
}
