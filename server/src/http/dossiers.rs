//! Dossiers: a department writes and submits, an organiser returns, publishes and withdraws.

use std::{future::Future, sync::Arc};

use app::{
    forms::FormState,
    pages::MovedOn,
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    access::Actor,
    form::Values,
    ids::DossierId,
    showcase::{Basis, Content, field},
};
use http::StatusCode;
use leptos::context::provide_context;
use services::{Error, showcase};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter, Upload},
};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on the department's desk: starts a dossier.
pub async fn start(State(app): State<App>, visit: Visit) -> Response {
    let started = async { showcase::start(&app.services, &actor(&app, &visit).await?).await };
    match started.await {
        Ok(id) => see_other(&Page::Dossier.at(visit.locale(), &id.to_string())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// `POST` on a dossier's page: keeps the draft.
pub async fn save(State(app): State<App>, visit: Visit, Parameter(id): Parameter, upload: Upload) -> Response {
    write(app, visit, id, upload, false).await
}

/// [`Deed::SubmitDossier`]: the same form, handed in.
pub async fn submit(State(app): State<App>, visit: Visit, Parameter(id): Parameter, upload: Upload) -> Response {
    write(app, visit, id, upload, true).await
}

async fn write(app: App, visit: Visit, id: String, upload: Upload, submit: bool) -> Response {
    let page = Page::Dossier.at(visit.locale(), &id);
    let Upload { mut values, file, .. } = upload;
    let mut stored = None;
    let written = async {
        let (actor, id) = (actor(&app, &visit).await?, dossier(&app, &visit, &id).await?);
        let (content, basis) = (Content::parse_draft(&values), Basis::parse(values.get(field::REVISION)));
        // The picture is kept even when a field is wrong: a browser does not send it twice by itself.
        if let Some(picture) = file {
            showcase::set_cover(&app.services, &actor, id, picture).await?;
        }
        let revision = showcase::save(&app.services, &actor, id, basis, None, content?).await?;
        stored = Some(revision);
        if submit { showcase::submit(&app.services, &actor, id, revision).await } else { Ok(()) }
    };
    match written.await {
        Ok(()) => see_other(&page),
        Err(Error::Conflict(_)) => moved_on(&app, &visit, page, values).await,
        Err(error) => {
            // A text that is stored but not complete is what the form goes on from.
            if let Some(revision) = stored {
                values.0.retain(|(name, _)| name != field::REVISION);
                values.0.push((field::REVISION.to_owned(), Basis::of(revision).to_string()));
            }
            answer::refused(&app, &visit, page, values, error).await
        }
    }
}

/// The page as the dossier now stands, with what was typed: nothing of either is lost.
async fn moved_on(app: &App, visit: &Visit, page: String, values: Values) -> Response {
    let form = FormState { values, ..FormState::default() };
    let provide = Arc::new(|| provide_context(MovedOn));
    let sheet = Sheet { path: Some(page), form, status: Some(StatusCode::CONFLICT), provide: Some(provide), ..Sheet::default() };
    app.render(visit, sheet).await
}

/// [`Deed::ReturnDossier`].
pub async fn send_back(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let (cx, reason) = (app.services.clone(), values.get(field::REASON).to_owned());
    review(app, visit, id, values, |actor, id| async move { showcase::send_back(&cx, &actor, id, &reason).await }).await
}

/// [`Deed::PublishDossier`].
pub async fn publish(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let cx = app.services.clone();
    review(app, visit, id, Values::default(), |actor, id| async move { showcase::publish(&cx, &actor, id).await }).await
}

/// [`Deed::WithdrawDossier`].
pub async fn withdraw(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let cx = app.services.clone();
    review(app, visit, id, Values::default(), |actor, id| async move { showcase::withdraw(&cx, &actor, id).await }).await
}

async fn review<W>(app: App, visit: Visit, id: String, values: Values, step: impl FnOnce(Actor, DossierId) -> W) -> Response
where
    W: Future<Output = Result<(), Error>>,
{
    let page = Deed::PublishDossier.page().at(visit.locale(), &id);
    let taken = async {
        let (actor, id) = (actor(&app, &visit).await?, dossier(&app, &visit, &id).await?);
        step(actor, id).await
    };
    match taken.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

/// An id that cannot be read is one that nobody has; a visitor is asked to sign in either way.
async fn dossier(app: &App, visit: &Visit, id: &str) -> Result<DossierId, Error> {
    match id.parse() {
        Ok(id) => Ok(id),
        Err(_) if actor(app, visit).await? == Actor::Anonymous => Err(Error::SignIn),
        Err(_) => Err(Error::NotFound),
    }
}
