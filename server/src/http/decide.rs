//! What staff decide about a registration, from its page.

use std::future::Future;

use app::{pages::people::chosen, routes::Page};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, Actor, authorise},
    form::Values,
    ids::RegistrationId,
    registration::Question,
};
use services::{Context, Error, registration};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// Does something to the registration of an address and leads back to its page.
async fn done<W: Future<Output = Result<(), Error>>>(
    app: App,
    visit: Visit,
    id: String,
    action: Action,
    values: Values,
    work: impl FnOnce(Context, Actor, RegistrationId) -> W,
) -> Response {
    let page = Page::Person.at(visit.locale(), &id);
    let decided = async {
        let actor = actor(&app, &visit).await?;
        // The policy speaks first: who may not do this to any registration learns nothing of their ids.
        authorise(&actor, action)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        work(app.services.clone(), actor, id).await
    };
    match decided.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

/// `POST` on the page that changes a person's registration.
pub async fn change(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    match changed(&app, &visit, &id, &values).await {
        Ok(()) => see_other(&Page::Person.at(visit.locale(), &id)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn changed(app: &App, visit: &Visit, id: &str, values: &Values) -> Result<(), Error> {
    let actor = actor(app, visit).await?;
    authorise(&actor, Action::ManageRegistrations)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let registration = registration::details_by_staff(&app.services, &actor, id).await?;
    let offer = registration::offer(&app.services, None).await?;
    let questions: Vec<_> = offer.questions.into_iter().map(Question::optional).collect();
    let asked = registration.asked_of_staff(&questions, &offer.sessions);
    let details = registration.details.changed(values, asked, visit.locale())?;
    registration::change_by_staff(&app.services, &actor, id, details).await
}

/// `POST` on the page that compares two registrations of one person.
pub async fn merge(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let merged = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let (kept, other) = chosen(&id, &values)?;
        registration::merge(&app.services, &actor, kept, other).await?;
        Ok(kept)
    };
    match merged.await {
        Ok(kept) => see_other(&Page::Person.at(visit.locale(), &kept.to_string())),
        Err(error) => {
            // What has moved on is shown on the person's page: there may be nothing left to compare.
            let page = if matches!(error, Error::Conflict(_)) { Page::Person.at(visit.locale(), &id) } else { visit.path.clone() };
            answer::refused(&app, &visit, page, values, error).await
        }
    }
}

/// [`app::routes::Deed::ApproveRegistration`].
pub async fn approve(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let message = values.get(registration::MESSAGE).to_owned();
    done(app, visit, id, Action::ManageRegistrations, values, |cx, actor, id| async move {
        registration::approve(&cx, &actor, id, &message).await
    })
    .await
}

/// [`app::routes::Deed::RefuseRegistration`].
pub async fn refuse(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let message = values.get(registration::MESSAGE).to_owned();
    done(app, visit, id, Action::ManageRegistrations, values, |cx, actor, id| async move {
        registration::refuse(&cx, &actor, id, &message).await
    })
    .await
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $verb:ident by $action:ident;)+) => {$(
        $(#[$doc])*
        pub async fn $name(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
            done(app, visit, id, Action::$action, Values::default(), |cx, actor, id| async move { registration::$verb(&cx, &actor, id).await }).await
        }
    )+};
}

plain! {
    /// [`app::routes::Deed::CancelRegistration`].
    cancel = cancel_by_staff by ManageRegistrations;
    /// [`app::routes::Deed::InviteFromQueue`].
    invite = invite_registration by ManageRegistrations;
    /// [`app::routes::Deed::ReissueTicket`].
    reissue = reissue by HoldTickets;
    /// [`app::routes::Deed::BlockTicket`].
    block = block by HoldTickets;
    /// [`app::routes::Deed::UnblockTicket`].
    unblock = unblock by HoldTickets;
    /// [`app::routes::Deed::ResendLink`].
    resend = resend by ManageRegistrations;
}
