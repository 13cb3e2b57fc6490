//! The showcase: keeping a draft while it is written.

use domain::{form::Values, ids::DossierId, text::Locale};
use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;

/// Keeps the text of a dossier's form as it stands; gives back the time, as `08:41`.
///
/// # Errors
/// [`ApiError`], as the policy and the form's rules say.
#[server(prefix = "/api/fn", endpoint = "save-draft", input = Json)]
pub async fn save_draft(dossier: DossierId, values: Values, locale: Locale) -> Result<String, ApiError> {
    let cx = crate::request::request();
    let content = domain::showcase::Content::parse_draft(&values).map_err(|errors| ApiError::invalid(&errors, locale))?;
    services::showcase::save(&cx.services, &cx.actor, dossier, content).await.map_err(|error| ApiError::of(error, locale))?;
    Ok(crate::i18n::time(cx.now))
}
