//! Lists from other systems: a file is checked, and stored when it is confirmed.

use std::sync::Arc;

use app::{
    forms::FormState,
    pages::people::{FILE, LIST, WrongCells},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::{FieldErrors, Problem, Values},
    registration::field,
};
use http::StatusCode;
use leptos::context::provide_context;
use services::{
    Error,
    registration::desk::{self, Checked},
};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Parameter, Upload},
};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on the page of imports: the file is checked, and nothing of it stored.
pub async fn check(State(app): State<App>, visit: Visit, upload: Upload) -> Response {
    let Upload { values, file, .. } = upload;
    let checked = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let audience = values.get(field::AUDIENCE).parse().map_err(|_| FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice))?;
        let file = file.ok_or_else(|| FieldErrors::one(FILE, Problem::Required))?;
        desk::check_import(&app.services, &actor, file, audience, FILE).await
    };
    match checked.await {
        Ok(Checked::Ready(id)) => see_other(&format!("{}?{LIST}={id}", Page::Import.path(visit.locale()))),
        Ok(Checked::Wrong(problems)) => {
            let wrong = WrongCells(problems);
            let provide = Arc::new(move || provide_context(wrong.clone()));
            let form = FormState { values, ..FormState::default() };
            app.render(&visit, Sheet { form, status: Some(StatusCode::UNPROCESSABLE_ENTITY), provide: Some(provide), ..Sheet::default() })
                .await
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::ConfirmImport`].
pub async fn confirm(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let page = Deed::ConfirmImport.page().path(visit.locale()).to_owned();
    let confirmed = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageRegistrations)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        desk::confirm_import(&app.services, &actor, id).await
    };
    match confirmed.await {
        Ok(()) => see_other(&format!("{page}?{LIST}={id}")),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}
