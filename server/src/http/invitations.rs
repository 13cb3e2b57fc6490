//! Invitations: making them, taking them back.

use app::{pages::invitations::MADE, routes::Page};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
    ids::InvitationId,
    registration::field,
};
use services::{
    Error,
    registration::{self, NewInvitation},
};
use uuid::Uuid;

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// `POST` on the invitations' page.
pub async fn create(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let created = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let new = NewInvitation::parse(&values)?;
        // A form without a key was not made by our page: it counts once.
        let key = Uuid::try_parse(values.get(field::IDEMPOTENCY_KEY)).unwrap_or_else(|_| app.services.new_id());
        registration::create_invitation(&app.services, &actor, new, key).await
    };
    match created.await {
        Ok(id) => see_other(&format!("{}?{MADE}={id}", Page::Invitations.path(visit.locale()))),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`app::routes::Deed::RevokeInvitation`].
pub async fn revoke(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let page = Page::Invitations.path(visit.locale());
    let revoked = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let id: InvitationId = id.parse().map_err(|_| Error::NotFound)?;
        registration::revoke_invitation(&app.services, &actor, id).await
    };
    match revoked.await {
        Ok(()) => see_other(page),
        Err(error) => answer::refused(&app, &visit, page.to_owned(), Values::default(), error).await,
    }
}
