//! What a supervisor does for one person at a gate, from the person's page.

use std::sync::Arc;

use app::{
    pages::people::{AgainstRule, SCAN, at_scans},
    routes::Page,
};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    checkin::ByHand,
    form::Values,
    ids::ScanId,
    registration::Guest,
};
use http::StatusCode;
use leptos::context::provide_context;
use services::{
    Error,
    checkin::{self, Outcome},
    registration::{self, spare},
};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// [`app::routes::Deed::AdmitByHand`]. Where the rule would not let the person in, the form comes again and asks whether to
/// overrule it.
pub async fn admit(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let page = Page::Person.at(visit.locale(), &id);
    match admitted(&app, &visit, &id, &values).await {
        Ok(Outcome::Recorded(_)) => see_other(&at_scans(visit.locale(), &id)),
        Ok(Outcome::Refused(verdict)) => {
            let form = app::forms::FormState { values, ..Default::default() };
            let provide = Arc::new(move || provide_context(AgainstRule(verdict.clone())));
            let status = Some(StatusCode::UNPROCESSABLE_ENTITY);
            app.render(&visit, Sheet { path: Some(page), form, status, provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

async fn admitted(app: &App, visit: &Visit, id: &str, values: &Values) -> Result<Outcome, Error> {
    let actor = actor(app, visit).await?;
    authorise(&actor, Action::AdmitByHand)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let form = ByHand::parse(values)?;
    // A form without an id is an entry of its own.
    let scan = values.get(SCAN).parse().unwrap_or_else(|_| ScanId(app.services.new_id()));
    checkin::admit_by_hand(&app.services, &actor, id, scan, form).await
}

/// [`app::routes::Deed::UndoScan`].
pub async fn undo(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let undone = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::CorrectScans)?;
        let scan = values.get(SCAN).parse().map_err(|_| Error::NotFound)?;
        checkin::correct(&app.services, &actor, scan).await
    };
    match undone.await {
        Ok(()) => see_other(&at_scans(visit.locale(), &id)),
        Err(error) => answer::refused(&app, &visit, Page::Person.at(visit.locale(), &id), Values::default(), error).await,
    }
}

/// [`app::routes::Deed::WriteAttention`].
pub async fn write_attention(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let page = Page::Person.at(visit.locale(), &id);
    let written = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::WriteAttention)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        registration::write_attention(&app.services, &actor, id, values.get(registration::ATTENTION)).await
    };
    match written.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

/// [`app::routes::Deed::NameGuest`].
pub async fn name_guest(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let page = Page::Person.at(visit.locale(), &id);
    let named = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::RegisterWalkIn)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        spare::name(&app.services, &actor, id, Guest::parse(&values)?, visit.locale()).await
    };
    match named.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}
