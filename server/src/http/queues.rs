//! Waiting lists.

use app::{pages::queues::ENTRY, routes::Page};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
};
use services::{Error, registration};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// [`app::routes::Deed::InviteParty`].
pub async fn invite(State(app): State<App>, visit: Visit, Parameter(queue): Parameter, Form(values): Form) -> Response {
    let page = Page::Queue.at(visit.locale(), &queue);
    let invited = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let entry = values.get(ENTRY).parse().map_err(|_| Error::NotFound)?;
        registration::invite(&app.services, &actor, entry).await
    };
    match invited.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}
