//! What the gate should know of a person.

use domain::{
    access::{Action, Actor},
    form::FieldErrors,
    ids::RegistrationId,
    registration::ATTENTION_MAX,
    text::clean_line,
};
use serde_json::json;

use super::{
    if_allowed,
    store::{decide as store, standing},
};
use crate::{
    Context, Error,
    audit::{self, By},
    error::Conflict,
};

/// The field of the note.
pub const ATTENTION: &str = "attention";

/// Writes what the gate should know of a person, or takes it away where the note is empty. Phones hear of it with the next
/// page of their list.
///
/// Effects, in one transaction: the registration, one audit entry `registration.attention` without the note.
///
/// # Errors
/// The policy's for [`Action::WriteAttention`]; [`Error::Invalid`] on [`ATTENTION`]; [`Error::NotFound`]; [`Error::Conflict`]
/// where the registration has ended.
pub async fn write_attention(cx: &Context, actor: &Actor, id: RegistrationId, note: &str) -> Result<(), Error> {
    let note = note.to_owned();
    if_allowed(cx, actor, Action::WriteAttention, move |tx, cx, actor| {
        let note = note.clone();
        Box::pin(async move {
            let note = clean_line(&note, ATTENTION_MAX).map_err(|problem| FieldErrors::one(ATTENTION, problem))?;
            let found = standing::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if found.status.is_ended() || found.is_erased {
                return Err(Error::Conflict(Conflict::Registration));
            }
            store::set_attention(tx, id, &note, cx.now()).await?;
            let detail = json!({ "is_empty": note.is_empty() });
            let entry = audit::Entry { action: "registration.attention", subject_kind: "registration", subject_id: Some(id.0), detail };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await
        })
    })
    .await
}
